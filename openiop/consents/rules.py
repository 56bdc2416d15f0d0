"""What a consent must hold, when it holds, and who may read what. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
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
# What a supporter's own page has a place for: this is offered, opened and shown, and no other kind is any of the three.
SHAREABLE_WITH_FAMILY = (Kind.SCHEDULE, Kind.ATTENDANCE, Kind.PLAN, Kind.DIAGNOSES, Kind.CONTACT)

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
        if kind not in SHAREABLE_WITH_FAMILY:
            return Access(404, "A supporter’s page does not show this.")
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
    "information": "Describe the information, not just everything. Substance use treatment must be named.",
    "recipient": "Say who may receive it.",
    "hipaa": "Say that the receiver may share it on under HIPAA, except in proceedings against the participant.",
    "purpose": "Say what it is for. “At the request of the participant” stands only where they asked for it.",
    "right_to_revoke": "Say that it can be ended in writing, and how.",
    "expiry": "Give a day, or an event, on which it ends.",
    "redisclosure": "Say that the receiver may share it on and that these rules may then no longer protect it.",
    "if_declined": "Say what happens if the participant does not sign.",
}
SUD_WORDS = ("substance use", "addiction", "alcohol", "drug")
VAGUE = ("everything", "all records", "all my records", "any and all")
AT_REQUEST = "at the request of the "  # participant; the rule has its own word for them


def missing(
    *,
    given: Mapping[str, str],
    kinds: Iterable[str],
    has_expiry: bool,
    covered_recipient: bool = False,
    initiated: bool = False,
) -> list[str]:
    """The elements (keys of ELEMENTS) this consent still lacks before signing; 42 CFR 2.31(a)(1) to (7) and (10).

    `given` holds the texts by name: variant, participant, discloser, recipient, information, purpose,
    right_to_revoke, redisclosure, if_declined. `initiated`: the participant asked for it themselves.
    """
    tpo = given["variant"] == Variant.TPO
    needed = {"participant", "discloser", "recipient", "information", "purpose", "right_to_revoke"}
    needed |= {"redisclosure", "if_declined"} if tpo else set()
    lacks = {name for name in needed if not given.get(name, "").strip()}
    # 2.31(a)(3): specific and meaningful, with an explicit description of the substance use disorder information.
    information = given.get("information", "").strip().lower()
    if information.startswith(VAGUE) or not any(word in information for word in SUD_WORDS):
        lacks.add("information")
    onward = given.get("redisclosure", "").lower()
    if tpo and covered_recipient and "proceeding" not in onward:  # 2.31(a)(4)(ii)
        lacks.add("hipaa")
    if tpo and "no longer" not in onward:  # 2.31(a)(10)(i)
        lacks.add("redisclosure")
    if given.get("purpose", "").strip().lower().startswith(AT_REQUEST) and not initiated:  # 2.31(a)(5)
        lacks.add("purpose")
    lacks |= set() if list(kinds) else {"kinds"}
    lacks |= set() if has_expiry else {"expiry"}
    return [name for name in ELEMENTS if name in lacks]


def says_when_it_ends(*, variant: str, day: bool, event: str) -> bool:
    """Whether an end is given; “none” is an end only for treatment, payment and operations (42 CFR 2.31(a)(7))."""
    event = event.strip().lower().rstrip(".")
    return day or (bool(event) and (event != "none" or variant == Variant.TPO))


@dataclass(frozen=True)
class Composed:
    """A consent as it would be shown: its elements, its exact text, and every reason it may not stand."""

    filled: Mapping[str, str]
    text: str
    reasons: list[str]


def compose(
    *,
    program: str,
    kinds: Iterable[str],
    given: Mapping[str, str],
    ends_on: str,
    ends_when: str,
    past: bool,
    far: bool,
    supported: bool,
    initiated: bool,
) -> Composed:
    """The consent these entries make. `given` as for `missing`; blanks that the program words itself are filled.

    `ends_on` is the last day in words, `past` whether it lies behind, `far` whether it outlasts
    any purpose, `supported` whether a supporter was chosen.
    """
    kinds = list(kinds)
    variant = given["variant"]
    filled = dict(given) | {
        "discloser": given["discloser"].strip() or program,
        "information": given["information"].strip() or information_of(kinds, program),
    }
    if variant != Variant.TPO:  # only this form needs them, and a signed page says nothing that is not so
        filled |= {"redisclosure": "", "if_declined": ""}
    reasons = [
        ELEMENTS[name]
        for name in missing(
            given=filled,
            kinds=kinds,
            has_expiry=says_when_it_ends(variant=variant, day=bool(ends_on), event=ends_when),
            covered_recipient=True,
            initiated=initiated,
        )
    ]
    if variant == Variant.FAMILY and not supported:
        reasons.append(CHOOSE_SUPPORTER)
    if variant == Variant.FAMILY and set(kinds) & NEVER_FOR_FAMILY:
        reasons.append(NEVER_SHARED)
    elif variant == Variant.FAMILY and set(kinds) - set(SHAREABLE_WITH_FAMILY):
        reasons.append(NOT_SHOWN)
    if past:
        reasons.append(LIES_BEHIND)
    if far:
        reasons.append(LIES_FAR)
    ends = " or ".join(part for part in (ends_on, ends_when.strip()) if part)
    return Composed(filled=filled, text=text_of(ends=ends, **filled), reasons=reasons)


CHOOSE_SUPPORTER = "Choose the supporter it is for."
NEVER_SHARED = "Notes, questionnaires and check-ins are never shared with supporters."
NOT_SHOWN = "A supporter’s page shows no medication and no assessment, so they cannot be shared there."
LIES_BEHIND = "The end must lie ahead."
# A consent lasts while its purpose does (42 CFR 2.31(a)(7)); a year such as 2999 is a slip (program default).
LONGEST_YEARS = 10
LIES_FAR = f"The last day is more than {LONGEST_YEARS} years away. Choose a nearer one; it can be signed again."


def is_far(last: date, today: date) -> bool:
    """Whether the last day lies further ahead than any consent here may last."""
    return (last.year - LONGEST_YEARS, last.month, last.day) > (today.year, today.month, today.day)


def why_not_sign(
    *, status: str, signer_name: str, legal_name: str, expired: bool, own: bool, in_the_room: bool
) -> list[str]:
    """Every reason this consent may not be signed now.

    `own`: on the participant's own sign-in; `in_the_room`: on the tablet of someone who keeps consents.
    """
    reasons = []
    if status != "draft":
        reasons.append("This consent is signed already." if status == "active" else "This consent has ended.")
    if not own and not in_the_room:
        reasons.append("Only the participant signs, on their phone or on the tablet in the room.")
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


def state_of(*, status: str, expires_at: datetime | None, at: datetime) -> str:
    """How the consent stands now: draft, active, expired, revoked or withdrawn."""
    return "expired" if status == "active" and expires_at is not None and at >= expires_at else status


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
    redisclosure: str = "",
    if_declined: str = "",
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
