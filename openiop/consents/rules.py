"""What a consent must hold, when it holds, and who may read what. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from openiop.programs.rules import Role


class Kind(StrEnum):
    """Kinds of information, as a consent names them and the guard asks for them."""

    CONTACT = "contact"
    SCHEDULE = "schedule"
    ATTENDANCE = "attendance"
    DIAGNOSES = "diagnoses"
    REFERRAL = "referral"
    PLACEMENT = "placement"
    PLAN = "plan"
    NOTES = "notes"
    MEASURES = "measures"
    CHECKINS = "check-ins"
    MEDICATIONS = "medications"
    CONSENTS = "consents"
    ALERTS = "alerts"
    ACCESS_LOG = "access-log"


KIND_WORDS = {
    Kind.CONTACT: "name and contact details",
    Kind.SCHEDULE: "sessions and schedule",
    Kind.ATTENDANCE: "attendance",
    Kind.DIAGNOSES: "diagnoses, including substance use disorder",
    Kind.REFERRAL: "referral records",
    Kind.PLACEMENT: "assessment and level of care",
    Kind.PLAN: "treatment plan and progress",
    Kind.NOTES: "session notes",
    Kind.MEASURES: "questionnaire results",
    Kind.CHECKINS: "daily check-ins",
    Kind.MEDICATIONS: "medication",
    Kind.CONSENTS: "consents",
    Kind.ALERTS: "alerts",
    Kind.ACCESS_LOG: "who opened the record",
}
# A supporter never sees these, whatever a consent says (program rule; notes stay in the room they were written for).
NEVER_FOR_FAMILY = frozenset(
    {Kind.NOTES, Kind.MEASURES, Kind.CHECKINS, Kind.ALERTS, Kind.CONSENTS, Kind.ACCESS_LOG, Kind.REFERRAL}
)
SHAREABLE_WITH_FAMILY = (Kind.SCHEDULE, Kind.ATTENDANCE, Kind.PLAN, Kind.DIAGNOSES, Kind.MEDICATIONS, Kind.CONTACT)

_CLINICAL = {Role.COUNSELOR, Role.SUPERVISOR, Role.PRESCRIBER}
_CARE = _CLINICAL | {Role.NURSE}
_ALL = frozenset(set(Role) - {Role.PARTICIPANT, Role.FAMILY, Role.DIRECTOR})

# Need to know inside the program (42 CFR 2.12(c)(3)); billing and the front desk see no narrative.
READERS: Mapping[Kind, frozenset[Role]] = {
    Kind.CONTACT: _ALL,
    Kind.SCHEDULE: _ALL,
    Kind.ATTENDANCE: frozenset(_CARE | {Role.INTAKE, Role.BILLER, Role.PEER}),
    Kind.DIAGNOSES: frozenset(_CARE | {Role.INTAKE, Role.BILLER}),
    Kind.REFERRAL: frozenset(_CARE | {Role.INTAKE}),
    Kind.PLACEMENT: frozenset(_CARE | {Role.INTAKE}),
    Kind.PLAN: frozenset(_CARE | {Role.INTAKE, Role.PEER}),
    Kind.NOTES: frozenset(_CARE),
    Kind.MEASURES: frozenset(_CARE | {Role.INTAKE, Role.PEER}),
    Kind.CHECKINS: frozenset(_CARE | {Role.PEER}),
    Kind.MEDICATIONS: frozenset(_CARE),
    Kind.CONSENTS: frozenset(_CARE | {Role.INTAKE, Role.PEER, Role.PRIVACY}),
    Kind.ALERTS: frozenset(_CARE | {Role.INTAKE, Role.PEER}),
    Kind.ACCESS_LOG: frozenset({Role.SUPERVISOR, Role.PRIVACY}),
}


class Relation(StrEnum):
    """How the viewer stands to the person whose record it is."""

    SELF = "self"
    SUPPORTER = "supporter"
    TEAM = "team"
    STAFF = "staff"
    STRANGER = "stranger"


class Variant(StrEnum):
    """The forms a consent takes. Notes and legal-proceedings consents never share a document with another."""

    TPO = "tpo_single"
    NAMED = "named_disclosure"
    FAMILY = "family_person"


VARIANT_WORDS = {
    Variant.TPO: "Treatment, payment and operations",
    Variant.NAMED: "To a named person or place",
    Variant.FAMILY: "To family or a supporter",
}


@dataclass(frozen=True)
class Terms:
    """A consent as the guard needs it."""

    id: str
    variant: str
    kinds: frozenset[str]
    supporter_id: str
    signed_at: datetime | None
    expires_at: datetime | None
    revoked_at: datetime | None


def in_force(terms: Terms, at: datetime) -> bool:
    """Whether the consent holds at the instant: blocked from the same second it expires or is revoked."""
    if terms.signed_at is None or at < terms.signed_at:
        return False
    if terms.expires_at is not None and at >= terms.expires_at:
        return False
    return terms.revoked_at is None or at < terms.revoked_at


@dataclass(frozen=True)
class Access:
    """The guard's answer: a status to send, and the rule that decided, in words."""

    status: int
    rule: str
    consent_id: str = ""

    @property
    def allowed(self) -> bool:
        """Whether the read may happen."""
        return self.status == 200


def decide(
    *,
    relation: Relation,
    roles: Iterable[str],
    kind: Kind,
    at: datetime,
    consents: Iterable[Terms] = (),
    supporter_id: str = "",
) -> Access:
    """May this viewer read this kind of information now, and by which rule. Deny by default."""
    if relation is Relation.SELF:
        return Access(200, "This is your own record (42 CFR 2.23).")
    if relation is Relation.SUPPORTER:
        if kind in NEVER_FOR_FAMILY:
            return Access(404, "This is never shared with supporters.")
        for terms in consents:
            if (
                terms.variant == Variant.FAMILY
                and terms.supporter_id == supporter_id
                and kind in terms.kinds
                and in_force(terms, at)
            ):
                return Access(200, "The participant consented to share this with you (42 CFR 2.31).", terms.id)
        return Access(404, "No consent in force covers this.")
    if relation is Relation.STRANGER:
        return Access(404, "Another program's record.")
    held = {Role(role) for role in roles} & READERS[kind]
    if not held:
        return Access(403, f"None of your roles reads {KIND_WORDS[kind]}.")
    if relation is Relation.TEAM:
        return Access(200, "You are on this person's care team (42 CFR 2.12(c)(3)).")
    named = ", ".join(sorted(held))
    return Access(200, f"Your role in this program needs it: {named} (42 CFR 2.12(c)(3)).")


# The elements a consent must hold (42 CFR 2.31(a), as amended 2024), with what to say when one is missing.
ELEMENTS = {
    "participant": "Whose record it is.",
    "discloser": "Say who may share the information.",
    "kinds": "Choose at least one kind of information.",
    "information": "Describe the information. Substance use treatment must be named.",
    "recipient": "Say who may receive it.",
    "purpose": "Say what it is for.",
    "right_to_revoke": "Say that it can be ended in writing, and how.",
    "expiry": "Give a day, or an event, on which it ends.",
    "redisclosure": "Say that the receiver may share it on under HIPAA, except in proceedings against the participant.",
    "if_declined": "Say what happens if the participant does not sign.",
    "signer": "The participant's own signature, by full name.",
}
SUD_WORDS = ("substance use", "addiction", "alcohol", "drug")


def missing(
    *, given: Mapping[str, str], kinds: Iterable[str], has_expiry: bool, covered_recipient: bool = False
) -> list[str]:
    """The elements (keys of ELEMENTS) this consent still lacks before signing; 42 CFR 2.31(a)(1) to (8).

    `given` holds the texts by name: variant, discloser, recipient, information, purpose, right_to_revoke,
    redisclosure, if_declined.
    """
    tpo = given["variant"] == Variant.TPO
    needed = {"discloser", "recipient", "information", "purpose", "right_to_revoke"}
    needed |= {"redisclosure"} if tpo or covered_recipient else set()
    needed |= {"if_declined"} if tpo else set()
    lacks = {name for name in needed if not given.get(name, "").strip()}
    # 2.31(a)(3): specific and meaningful, with an explicit description of the substance use disorder information.
    if not any(word in given.get("information", "").lower() for word in SUD_WORDS):
        lacks.add("information")
    lacks |= set() if list(kinds) else {"kinds"}
    lacks |= set() if has_expiry else {"expiry"}
    return [name for name in ELEMENTS if name in lacks]


def why_not_sign(*, status: str, lacking: Iterable[str], signer_name: str, legal_name: str, expired: bool) -> list[str]:
    """Every reason this consent may not be signed now."""
    reasons = [ELEMENTS[name] for name in lacking]
    if status != "draft":
        reasons.append("This consent is signed already.")
    if not signer_name.strip():
        reasons.append("Type your full name to sign.")
    elif _plain(signer_name) != _plain(legal_name):
        reasons.append("Sign with the name on the record.")
    if expired:
        reasons.append("The end date has passed. Prepare a new one.")
    return reasons


def _plain(name: str) -> str:
    return " ".join(name.casefold().split())


def why_not_revoke(*, status: str) -> list[str]:
    """Every reason this consent may not be ended."""
    return [] if status == "active" else ["Only a consent in force can be ended."]


TEXT_VERSION = "2026-11"
REVOKE_WORDS = (
    "I can end this consent at any time, in writing, on my phone or by telling the program. "
    "It ends when the program receives it. What was already shared in reliance on it stays shared."
)
REDISCLOSURE_WORDS = (
    "A health plan, provider or other covered receiver may share these records on as HIPAA allows, "
    "and federal confidentiality rules may then no longer protect them. "
    "They may not be used in any civil, criminal, administrative or legislative proceeding against me "
    "without my specific written consent or a court order."
)
IF_DECLINED_WORDS = (
    "If I do not sign, the program may not be able to bill my health plan or plan my care with others. "
    "I can then pay myself, and emergency care is never affected."
)


def text_of(
    *,
    variant: str,
    participant: str,
    discloser: str,
    recipient: str,
    information: str,
    purpose: str,
    right_to_revoke: str,
    ends: str,
    redisclosure: str,
    if_declined: str,
) -> str:
    """The exact text to show and to keep, one paragraph an element, in the order of 42 CFR 2.31(a)."""
    lines = [
        f"Consent: {VARIANT_WORDS[Variant(variant)].lower()}",
        f"I am {participant}.",
        f"Who may share: {discloser}.",
        f"What may be shared: {information}",
        f"Who may receive it: {recipient}.",
        f"What it is for: {purpose}.",
        f"How I can end it: {right_to_revoke}",
        f"When it ends: {ends}.",
    ]
    if redisclosure:
        lines.append(f"What the receiver may do: {redisclosure}")
    if if_declined:
        lines.append(f"If I do not sign: {if_declined}")
    return "\n\n".join(lines)


def information_of(kinds: Iterable[str], program: str) -> str:
    """The kinds in words, with the substance use treatment they come from named (42 CFR 2.31(a)(3))."""
    words = [KIND_WORDS[Kind(kind)] for kind in kinds]
    if not words:
        return ""
    return f"My {', '.join(words)}, from my substance use and mental health treatment at {program}."
