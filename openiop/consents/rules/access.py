"""Who may read which fields of what, for which purpose, and by which rule. Pure; denied unless a rule allows it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from openiop.consents.rules.kinds import (
    EMERGENCY_KINDS,
    FAMILY_FIELDS,
    FIELDS,
    KIND_WORDS,
    LABELLED,
    NEVER_FOR_FAMILY,
    PAYER_FIELDS,
    SEPARATE,
    SHAREABLE_WITH_FAMILY,
    Kind,
)
from openiop.consents.rules.life import Terms, in_force
from openiop.consents.rules.variants import Variant
from openiop.programs.rules import Permission, Role


class Relation(StrEnum):
    """How the viewer stands to the person whose record it is."""

    SELF = "self"
    SUPPORTER = "supporter"
    TEAM = "team"
    STAFF = "staff"
    PAYER = "payer"
    STRANGER = "stranger"


class Purpose(StrEnum):
    """What a page is for. A page names its purposes; the guard allows one of them or none."""

    TREATMENT = "treatment"
    PAYMENT = "payment"
    OPERATIONS = "operations"
    OVERSIGHT = "oversight"
    OWN = "own"
    SUPPORT = "support"
    EMERGENCY = "emergency"


PURPOSE_WORDS: Mapping[Purpose, str] = {
    Purpose.TREATMENT: "to treat the person",
    Purpose.PAYMENT: "to be paid for care",
    Purpose.OPERATIONS: "to run the program’s day",
    Purpose.OVERSIGHT: "to watch over how records are used",
    Purpose.OWN: "to read one’s own record",
    Purpose.SUPPORT: "to support someone who asked for it",
    Purpose.EMERGENCY: "to help in a medical emergency",
}

_T, _P, _O, _S = Purpose.TREATMENT, Purpose.PAYMENT, Purpose.OPERATIONS, Purpose.OVERSIGHT
# What the pages of each permission are for, most telling first. A page about a record whose permission is not named
# here does not start: nothing is read without a purpose.
PURPOSES: Mapping[Permission, tuple[Purpose, ...]] = {
    Permission.READ_TODAY: (_T, _P, _O, _S),
    Permission.READ_CASELOAD: (_T, _P, _O, _S),
    Permission.OPEN_RECORD: (_T, _P, _O, _S),
    Permission.READ_CHART: (_T, _O, _S),
    Permission.READ_NOTES: (_T, _S),
    Permission.READ_SCHEDULE: (_T, _P, _O),
    Permission.READ_ACCESS_LOG: (_S,),
    Permission.SEE_AS: (_S,),
    Permission.IMPORT_REFERRALS: (_T,),
    Permission.WORK_ENQUIRIES: (_T,),
    Permission.ASSESS: (_T,),
    Permission.CHOOSE_LEVEL: (_T,),
    Permission.ADMIT: (_T,),
    Permission.KEEP_CONSENTS: (_T, _O, _S),
    Permission.WRITE_PLANS: (_T,),
    Permission.PRESCRIBE_HOURS: (_T,),
    Permission.KEEP_SCHEDULE: (_T, _O),
    Permission.COVER_DAY: (_T, _O),
    Permission.RECORD_ATTENDANCE: (_T,),
    Permission.WRITE_NOTES: (_T,),
    Permission.WRITE_COUNSELING_NOTES: (_T,),
    Permission.ASSIGN_MEASURES: (_T,),
    Permission.WORK_ALERTS: (_T,),
    Permission.REVIEW: (_T,),
    Permission.EMERGENCY_ACCESS: (_T, _P, _O),
    Permission.DISCLOSE: (_T, _S),
    Permission.ANSWER_CALLS: (_T, _O, _S),
    Permission.WORK_LEGAL: (_S,),
    Permission.REVIEW_EMERGENCY: (_T, _S),
    Permission.KEEP_PRIVACY: (_S,),
    Permission.MERGE_RECORDS: (_T, _S),
    Permission.OWN_RECORD: (Purpose.OWN,),
    Permission.SUPPORT: (Purpose.SUPPORT,),
}

_Fields = Mapping[Kind, frozenset[str]]
ALL_FIELDS: _Fields = {kind: frozenset(names) for kind, names in FIELDS.items()}


def _whole(*kinds: Kind) -> _Fields:
    return {kind: ALL_FIELDS[kind] for kind in kinds}


def _but(kind: Kind, *left_out: str) -> frozenset[str]:
    return ALL_FIELDS[kind] - set(left_out)


_CARE = _whole(
    Kind.CONTACT, Kind.SCHEDULE, Kind.ATTENDANCE, Kind.DIAGNOSES, Kind.REFERRAL, Kind.PLACEMENT, Kind.PLAN, Kind.NOTES,
    Kind.MEASURES, Kind.CHECKINS, Kind.MEDICATIONS, Kind.CONSENTS, Kind.ALERTS,
)  # fmt: skip
_SENT = _whole(Kind.DISCLOSURES)
# Need to know inside the program, by role and purpose (42 CFR 2.12(c)(3); least privilege by task, 45 CFR 164.502(b)).
# Billing sees codes, dates, minutes and diagnoses, no reason and no narrative; the front desk names, phone and
# schedule; the privacy officer the books and no kind of care; the director no one's record. Nobody reads counseling
# notes by role.
READS: Mapping[Role, Mapping[Purpose, _Fields]] = {
    Role.COUNSELOR: {_T: {**_CARE, **_SENT}},
    Role.SUPERVISOR: {_T: {**_CARE, **_SENT}, _S: {**_CARE, **_SENT, **_whole(Kind.ACCESS_LOG)}},
    Role.PRESCRIBER: {_T: {**_CARE, **_SENT}},
    Role.NURSE: {_T: _CARE},
    Role.INTAKE: {
        _T: {
            **_whole(
                Kind.CONTACT, Kind.SCHEDULE, Kind.ATTENDANCE, Kind.DIAGNOSES, Kind.REFERRAL, Kind.PLACEMENT, Kind.PLAN,
                Kind.MEASURES, Kind.CONSENTS, Kind.ALERTS,
            ),
            **_SENT,
        }
    },
    Role.BILLER: {
        _P: {
            Kind.CONTACT: frozenset({"name", "record number", "birth date", "address"}),
            Kind.SCHEDULE: _but(Kind.SCHEDULE, "leader"),
            Kind.ATTENDANCE: frozenset({"session", "day", "minutes", "status"}),
            Kind.DIAGNOSES: frozenset({"code", "words", "since"}),
        }
    },
    Role.FRONT_DESK: {
        _O: {
            Kind.CONTACT: frozenset({"name", "preferred name", "record number", "phone"}),
            **_whole(Kind.SCHEDULE),
        }
    },
    Role.PEER: {
        _T: {
            Kind.CONTACT: _but(Kind.CONTACT, "birth date", "address"),
            **_whole(
                Kind.SCHEDULE, Kind.ATTENDANCE, Kind.PLAN, Kind.MEASURES, Kind.CHECKINS, Kind.CONSENTS, Kind.ALERTS
            ),
        }
    },
    Role.PRIVACY: {
        _S: {
            Kind.CONTACT: _but(Kind.CONTACT, "pronouns", "emergency contact", "strengths"),
            **_whole(Kind.CONSENTS, Kind.DISCLOSURES, Kind.ACCESS_LOG),
        }
    },
    Role.DIRECTOR: {},
    Role.PARTICIPANT: {},
    Role.FAMILY: {},
}  # fmt: skip
# These read about people of their own team alone (program rule).
OWN_TEAM_ONLY = frozenset({Role.PEER})
READERS: Mapping[Kind, frozenset[Role]] = {
    kind: frozenset(role for role, purposes in READS.items() if any(kind in found for found in purposes.values()))
    for kind in Kind
}


def own_team_only(roles: Iterable[str]) -> bool:
    """Whether these roles read about people of their own team alone, so that lists of the program show them no one."""
    held = {Role(role) for role in roles}
    return bool(held & OWN_TEAM_ONLY) and not any(READS[role] for role in held - OWN_TEAM_ONLY)


# How long emergency access may stay open (program rule; 42 CFR 2.51); it closes by itself from the same second.
EMERGENCY_LASTS = timedelta(minutes=60)
# Why a list, a roster or a search may show someone: recorded with each look (45 CFR 164.312(b)).
SHARED_PAGE = "Shown on a shared page that their role in this program opens (42 CFR 2.12(c)(3))."


@dataclass(frozen=True)
class EmergencyTerms:
    """An emergency access as the guard needs it: opened by its viewer for this record."""

    opened_at: datetime
    closes_at: datetime
    ended_at: datetime | None = None

    def open(self, at: datetime) -> bool:
        """Whether it is open at the instant; never longer than an hour, whatever was asked for."""
        ends = min(self.closes_at, self.opened_at + EMERGENCY_LASTS)
        ends = min(ends, self.ended_at) if self.ended_at is not None else ends
        return self.opened_at <= at < ends


@dataclass(frozen=True)
class Access:
    """The guard's answer: a status to send, the rule that decided, the purpose it stands on, the fields it opens."""

    status: int
    rule: str
    consent_id: str = ""
    fields: frozenset[str] = frozenset()
    purpose: Purpose | None = None
    rule_id: str = ""
    kind: Kind | None = None
    sensitive: bool = False

    @property
    def allowed(self) -> bool:
        """Whether the read may happen."""
        return self.status == 200

    @property
    def purpose_words(self) -> str:
        """What the read is for, in words."""
        return PURPOSE_WORDS[self.purpose] if self.purpose else ""

    @property
    def left_out(self) -> tuple[str, ...]:
        """The fields of this kind that are kept from the viewer, in words."""
        names = FIELDS[self.kind] if self.kind and self.allowed else ()
        return tuple(name for name in names if name not in self.fields)

    @property
    def keeps_back(self) -> bool:
        """Whether items marked as sensitive are kept from the viewer where this kind has any."""
        return self.allowed and self.kind in LABELLED and not self.sensitive

    def why(self) -> str:
        """The whole answer to “Why can I see this?”: rule, purpose, what is left out."""
        parts = [self.rule, f"Purpose: {self.purpose_words}." if self.purpose else ""]
        parts.append(f"Left out for you: {', '.join(self.left_out)}." if self.left_out else "")
        parts.append("Items marked as sensitive are kept back." if self.keeps_back else "")
        return " ".join(part for part in parts if part)


def _no(status: int, rule: str, rule_id: str, kind: Kind, purpose: Purpose) -> Access:
    return Access(status, rule, rule_id=rule_id, kind=kind, purpose=purpose)


def decide(
    *,
    relation: Relation,
    roles: Iterable[str],
    kind: Kind,
    purpose: Purpose,
    at: datetime,
    consents: Iterable[Terms] = (),
    supporter_id: str = "",
    author: bool = False,
    emergency: EmergencyTerms | None = None,
) -> Access:
    """May this viewer read this kind of information now, for this purpose, and by which rule. Deny by default.

    `author`: the viewer wrote the item asked for. `emergency`: the emergency access they opened for this record.
    """
    if relation is Relation.STRANGER:
        return _no(404, "Another program's record.", "stranger", kind, purpose)
    if relation is Relation.SELF:
        return _own(kind, purpose)
    if relation is Relation.SUPPORTER:
        return _support(kind, purpose, consents, supporter_id, at)
    if relation is Relation.PAYER:
        return _payer(kind, purpose, consents, at)
    if kind in SEPARATE:
        if author and purpose is Purpose.TREATMENT:
            rule = "You wrote this SUD counseling note. Nobody else opens it (42 CFR 2.11, 2.31(b))."
            return Access(200, rule, "", ALL_FIELDS[kind], purpose, "author", kind, sensitive=True)
        rule = "A SUD counseling note opens to the one who wrote it, and by no role (42 CFR 2.11, 2.31(b))."
        return _no(403, rule, "counseling-notes", kind, purpose)
    if purpose is Purpose.EMERGENCY:
        return _emergency(kind, emergency, at)
    return _staff(relation, {Role(role) for role in roles}, kind, purpose)


def _own(kind: Kind, purpose: Purpose) -> Access:
    if purpose is not Purpose.OWN:
        return _no(404, "This page is not for one’s own record.", "purpose", kind, purpose)
    if kind in SEPARATE:  # 45 CFR 164.524(a)(1)(i); program rule
        return _no(404, "Counseling notes are kept apart from the record.", "counseling-notes", kind, purpose)
    rule = "This is your own record (42 CFR 2.23)."
    return Access(200, rule, "", ALL_FIELDS[kind], purpose, "own", kind, sensitive=True)


def _support(kind: Kind, purpose: Purpose, consents: Iterable[Terms], supporter_id: str, at: datetime) -> Access:
    if purpose is not Purpose.SUPPORT:
        return _no(404, "This page is not for supporters.", "purpose", kind, purpose)
    if kind in NEVER_FOR_FAMILY:
        return _no(404, "This is never shared with supporters.", "never-family", kind, purpose)
    if kind not in SHAREABLE_WITH_FAMILY:
        return _no(404, "A supporter’s page does not show this.", "no-place", kind, purpose)
    for terms in consents:
        if (
            terms.variant == Variant.FAMILY
            and terms.supporter_id == supporter_id
            and kind in terms.kinds
            and in_force(terms, at)
        ):
            rule = "The participant consented to share this with you (42 CFR 2.31)."
            return Access(200, rule, terms.id, FAMILY_FIELDS[kind], purpose, "family-consent", kind)
    return _no(404, "No consent in force covers this.", "no-consent", kind, purpose)


def _payer(kind: Kind, purpose: Purpose, consents: Iterable[Terms], at: datetime) -> Access:
    if purpose is not Purpose.PAYMENT:
        return _no(404, "A payer is told nothing but for payment (42 CFR 2.33).", "purpose", kind, purpose)
    if kind not in PAYER_FIELDS:
        return _no(404, "More than a payer needs (45 CFR 164.502(b)).", "minimum-necessary", kind, purpose)
    for terms in consents:
        if terms.variant not in {Variant.TPO, Variant.PAYER} or not in_force(terms, at):
            continue
        if kind in terms.kinds or kind is Kind.CONTACT:  # a claim names its person
            rule = "The participant consented to payment; a payer gets the least it needs (42 CFR 2.31, 2.33)."
            return Access(200, rule, terms.id, PAYER_FIELDS[kind], purpose, "payer-consent", kind)
    return _no(404, "No consent in force covers this.", "no-consent", kind, purpose)


def _emergency(kind: Kind, terms: EmergencyTerms | None, at: datetime) -> Access:
    purpose = Purpose.EMERGENCY
    if terms is None or not terms.open(at):
        return _no(403, "No emergency access is open.", "no-emergency", kind, purpose)
    if kind not in EMERGENCY_KINDS:
        return _no(403, "More than a medical emergency needs (42 CFR 2.51(a)).", "minimum-necessary", kind, purpose)
    rule = "You opened it for a medical emergency (42 CFR 2.51). It is reviewed afterwards."
    return Access(200, rule, "", ALL_FIELDS[kind], purpose, "emergency", kind)


def _staff(relation: Relation, roles: set[Role], kind: Kind, purpose: Purpose) -> Access:
    reading = {role for role in roles if kind in READS[role].get(purpose, {})}
    on_team = relation is Relation.TEAM
    held = reading if on_team else reading - OWN_TEAM_ONLY
    if not held:
        if reading:
            return _no(403, "You read about people of your own team alone.", "own-team", kind, purpose)
        return _no(403, f"None of your roles reads {KIND_WORDS[kind]} {PURPOSE_WORDS[purpose]}.", "role", kind, purpose)
    fields = frozenset[str]().union(*(READS[role][purpose][kind] for role in held))
    sensitive = Role.SUPERVISOR in held or (on_team and purpose is Purpose.TREATMENT)
    if on_team and purpose is Purpose.TREATMENT:
        rule = "You are on this person's care team (42 CFR 2.12(c)(3))."
        return Access(200, rule, "", fields, purpose, "care-team", kind, sensitive)
    rule = f"Your role in this program needs it: {', '.join(sorted(held))} (42 CFR 2.12(c)(3))."
    return Access(200, rule, "", fields, purpose, "role-need", kind, sensitive)


def first(
    *,
    purposes: Iterable[Purpose],
    relation: Relation,
    roles: Iterable[str],
    kind: Kind,
    at: datetime,
    consents: Iterable[Terms] = (),
    supporter_id: str = "",
    author: bool = False,
    emergency: EmergencyTerms | None = None,
) -> Access:
    """The answer for the first of a page's purposes that allows the read, else the most telling of the refusals."""
    roles, consents = list(roles), list(consents)
    refusal = Access(404, "This page serves no purpose.", rule_id="purpose", kind=kind)
    for purpose in purposes:
        answer = decide(
            relation=relation,
            roles=roles,
            kind=kind,
            purpose=purpose,
            at=at,
            consents=consents,
            supporter_id=supporter_id,
            author=author,
            emergency=emergency,
        )
        if answer.allowed:
            return answer
        if _TELLING.get(answer.rule_id, 2) > _TELLING.get(refusal.rule_id, 2):
            refusal = answer
    if refusal.rule_id == "role":
        return replace(refusal, rule=f"None of your roles reads {KIND_WORDS[kind]} here.")
    return refusal


_TELLING = {"purpose": 0, "role": 1}  # the other refusals say more


KEPT_BACK = "Kept back: marked as sensitive, so only the care team and supervisors read it (program rule)."


def opens_labelled(access: Access, *, author: bool = False) -> bool:
    """Whether an item marked as sensitive opens: to the care team, supervisors, its author, and the person."""
    return access.allowed and (access.sensitive or author)


def why_not_label(
    *, word: str, known: Iterable[str], reason: str, first: bool, author: bool, supervises: bool
) -> list[str]:
    """Every reason an item may not be marked so. The first needs no reason; author or supervisor marks."""
    reasons = [] if word in set(known) else ["Choose how it is marked."]
    if not (author or supervises):
        reasons.append("Whoever wrote it marks it, or a supervisor.")
    if not first and not reason.strip():
        reasons.append("Say why the mark changes.")
    return reasons
