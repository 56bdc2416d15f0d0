"""May this go out now: the one basis, the receiver, the kinds, and what must go with it. Pure.

A consent's variant and kinds are taken as the words `consents` stores: a new one is barred until it is named here.
"""

import hashlib
import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Any


class Basis(StrEnum):
    """Why something may leave. Each disclosure rests on exactly one."""

    CONSENT = "consent"
    EMERGENCY = "emergency"
    AUDIT = "audit"
    QSO = "qso"
    COURT_ORDER = "court-order"
    CHILD_REPORT = "child-report"
    OWN = "own"
    INTERNAL = "internal"
    DEIDENTIFIED = "de-identified"


BASIS_WORDS = {
    Basis.CONSENT: "Their written consent (42 CFR 2.31)",
    Basis.EMERGENCY: "Medical emergency (42 CFR 2.51)",
    Basis.AUDIT: "Audit or evaluation (42 CFR 2.53)",
    Basis.QSO: "Service organization under agreement (42 CFR 2.12(c)(4))",
    Basis.COURT_ORDER: "Court order with a subpoena (42 CFR 2.61 to 2.67)",
    Basis.CHILD_REPORT: "Initial report of child neglect or harm (42 CFR 2.12(c)(6))",
    Basis.OWN: "Their own record (42 CFR 2.23)",
    Basis.INTERNAL: "Inside the program (42 CFR 2.12(c)(3))",
    Basis.DEIDENTIFIED: "De-identified (42 CFR 2.54, 45 CFR 164.514(b)(2))",
}
# Chosen on the release page; an emergency has its own page, the rest has no page because nobody chooses it.
CHOSEN = (Basis.CONSENT, Basis.AUDIT, Basis.COURT_ORDER, Basis.CHILD_REPORT, Basis.OWN)


class Receiver(StrEnum):
    """What kind of person or place receives it."""

    PROVIDER = "provider"
    HEALTH_PLAN = "health-plan"
    OPERATIONS = "operations"
    FAMILY = "family"
    EMPLOYER = "employer"
    SCHOOL = "school"
    CRIMINAL_JUSTICE = "criminal-justice"
    COURT = "court"
    ATTORNEY = "attorney"
    RESEARCHER = "researcher"
    AUDITOR = "auditor"
    INTERMEDIARY = "intermediary"
    APP = "app"
    AUTHORITY = "authority"
    SELF = "self"
    OTHER = "other"


RECEIVER_WORDS = {
    Receiver.PROVIDER: "Treating provider",
    Receiver.HEALTH_PLAN: "Health plan or payer",
    Receiver.OPERATIONS: "Someone who helps run the program",
    Receiver.FAMILY: "Family or supporter",
    Receiver.EMPLOYER: "Employer",
    Receiver.SCHOOL: "School",
    Receiver.CRIMINAL_JUSTICE: "Probation, parole or drug court",
    Receiver.COURT: "Court",
    Receiver.ATTORNEY: "Attorney",
    Receiver.RESEARCHER: "Researcher",
    Receiver.AUDITOR: "Auditor or accreditor",
    Receiver.INTERMEDIARY: "Health information exchange",
    Receiver.APP: "App the participant chose",
    Receiver.AUTHORITY: "Child protective services",
    Receiver.SELF: "The participant",
    Receiver.OTHER: "Someone else",
}


class Use(StrEnum):
    """What it is for."""

    TREATMENT = "treatment"
    CLAIM = "claim"
    REVIEW = "review"
    OPERATIONS = "operations"
    SUPPORT = "support"
    AT_REQUEST = "at-request"
    PROCEEDINGS = "proceedings"
    AUDIT = "audit"
    RESEARCH = "research"
    REPORT = "report"
    OWN = "own"


USE_WORDS = {
    Use.TREATMENT: "Treatment",
    Use.CLAIM: "Payment: a claim",
    Use.REVIEW: "Payment: a continued-stay review",
    Use.OPERATIONS: "Health care operations",
    Use.SUPPORT: "Support by family or friends",
    Use.AT_REQUEST: "At the participant’s request",
    Use.PROCEEDINGS: "A legal proceeding",
    Use.AUDIT: "Audit or evaluation",
    Use.RESEARCH: "Research",
    Use.REPORT: "A report the law asks for",
    Use.OWN: "The participant’s own copy",
}
TPO_USES = frozenset({Use.TREATMENT, Use.CLAIM, Use.REVIEW, Use.OPERATIONS})


class How(StrEnum):
    """The way it leaves."""

    PRINT = "print"
    DOWNLOAD = "download"
    PHONE = "phone"
    FAX = "fax"
    POST = "post"
    PORTAL = "portal"


HOW_WORDS = {
    How.PRINT: "Printed and handed over",
    How.DOWNLOAD: "File",
    How.PHONE: "Told on the phone",
    How.FAX: "Fax",
    How.POST: "Post",
    How.PORTAL: "Their own pages",
}

# Whom each form of consent can name. A consent for treatment, payment and operations never reaches family, an employer,
# a school, probation or a court (42 CFR 2.31(a)(4), 2.33); proceedings need their own form (2.31(d)).
RECEIVERS: dict[str, frozenset[Receiver]] = {
    "tpo_single": frozenset({Receiver.PROVIDER, Receiver.HEALTH_PLAN, Receiver.OPERATIONS}),
    "payer_only": frozenset({Receiver.HEALTH_PLAN}),
    "named_disclosure": frozenset(Receiver) - {Receiver.COURT, Receiver.SELF, Receiver.AUDITOR, Receiver.AUTHORITY},
    "family_person": frozenset({Receiver.FAMILY}),
    "emergency_contact": frozenset({Receiver.FAMILY}),
    "intermediary": frozenset({Receiver.INTERMEDIARY}),
    "app_vendor": frozenset({Receiver.APP}),
    "research": frozenset({Receiver.RESEARCHER}),
    "criminal_justice_2_35": frozenset({Receiver.CRIMINAL_JUSTICE}),
    "legal_proceedings": frozenset({Receiver.COURT, Receiver.ATTORNEY}),
    "sud_counseling_notes": frozenset(Receiver) - {Receiver.COURT, Receiver.SELF},
}
# A class of receivers is enough in these (42 CFR 2.31(a)(4)); every other form names the receiver.
CLASS_IS_ENOUGH = frozenset({"tpo_single", "payer_only"})
# The words that name a class, in the languages a consent is written in. A health plan called by its own name is none.
CLASSES: dict[str, re.Pattern[str]] = {
    Receiver.PROVIDER: re.compile(r"\b(providers|doctors|clinicians|who treat|proveedores|quienes me tratan)\b"),
    Receiver.HEALTH_PLAN: re.compile(
        r"\b((health )?(plans|payers|insurers)|my (health )?(plan|payer|insurer|insurance)"
        r"|planes|pagadores|aseguradoras|mi (plan|seguro|aseguradora))\b"
    ),
    Receiver.OPERATIONS: re.compile(r"\b(operat\w+|run(ning)?|operar|administrar)\b.*\bprogram"),
}
TPO, PROCEEDINGS, COUNSELING_CONSENT = "tpo_single", "legal_proceedings", "sud_counseling_notes"

# Counseling notes (42 CFR 2.11) are kept apart from the record and leave by their own consent alone (2.31(b)).
COUNSELING = "counseling-notes"
# Work of the house, not part of what is released; the person's own copy says who looked.
NEVER_OUT = frozenset({"alerts", "access-log"})
# The least that serves, where the rule says minimum necessary (45 CFR 164.502(b), 42 CFR 2.13(a)); program defaults.
MINIMUM: dict[Use, frozenset[str]] = {
    Use.CLAIM: frozenset({"contact", "diagnoses", "attendance"}),
    Use.REVIEW: frozenset({"contact", "diagnoses", "attendance", "placement", "plan", "measures"}),
}
# An initial report says who and how to reach them; the record behind it needs consent or an order (2.12(c)(6)).
REPORTED = frozenset({"contact"})
# Their own receivers know why they ask; every other gets the scope in words instead of the consent itself (2.32(b)).
KNOWING = frozenset({Receiver.PROVIDER, Receiver.HEALTH_PLAN, Receiver.OPERATIONS})

# Who is not told by a session's title, a condition or a phone number what kind of place this is; dates and times alone.
UNTOLD = frozenset({Receiver.FAMILY, Receiver.EMPLOYER, Receiver.SCHOOL, Receiver.AUTHORITY, Receiver.OTHER})


@dataclass(frozen=True)
class Ask:
    """What someone wants to send."""

    basis: str
    receiver: str
    recipient: str
    use: str
    kinds: tuple[str, ...]
    how: str = How.PRINT


@dataclass(frozen=True)
class Grant:
    """A consent as release needs it; `holds` is whether it is in force at this very instant."""

    id: str
    variant: str
    kinds: frozenset[str]
    recipient: str
    holds: bool


@dataclass(frozen=True)
class Limit:
    """An agreed restriction (42 CFR 2.26): no kinds means all, no receiver means everyone."""

    kinds: frozenset[str] = frozenset()
    receiver: str = ""


@dataclass(frozen=True)
class Standing:
    """What stands against a release now. `officer`: the privacy officer releases."""

    limits: tuple[Limit, ...] = ()
    process_open: bool = False
    on_hold: bool = False
    sealed: bool = False
    officer: bool = False


@dataclass(frozen=True)
class Ordered:
    """A court's order as release needs it: every reason it may not be answered yet, and the kinds it names."""

    reasons: tuple[str, ...] = ()
    kinds: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Left:
    """One kind that stays behind, and why; for staff alone."""

    kind: str
    why: str


@dataclass(frozen=True)
class Release:
    """The answer: what may go, what stays, every reason it may not, and what goes with it."""

    kinds: tuple[str, ...]
    left: tuple[Left, ...]
    reasons: tuple[str, ...]
    notice: str
    accompany: str

    @property
    def allowed(self) -> bool:
        """Whether anything may go."""
        return not self.reasons


def plain(name: str) -> str:
    """A name as two people would say it is the same: letters alone, spaces once."""
    return " ".join("".join(one if one.isalnum() else " " for one in name.casefold()).split())


def names(named: str, recipient: str) -> bool:
    """Whether a consent that names this receiver, or several parted by semicolons, means the one asked for."""
    return bool(plain(recipient)) and plain(recipient) in {plain(one) for one in named.split(";")}


def names_class(named: str, receiver: str) -> bool:
    """Whether a consent that names classes of receivers means this one (42 CFR 2.31(a)(4)(i) and (ii))."""
    return receiver in CLASSES and bool(CLASSES[receiver].search(plain(named)))


def why_not_receiver(ask: Ask, grant: Grant) -> list[str]:
    """Every reason the receiver or the use stands outside the consent."""
    if ask.receiver not in RECEIVERS.get(grant.variant, frozenset()):
        return ["This form of consent does not reach such a receiver."]
    if ask.use == Use.PROCEEDINGS and grant.variant != PROCEEDINGS:
        return [OWN_GROUND]
    if grant.variant == TPO and ask.use not in TPO_USES:
        return ["This consent is for treatment, payment and operations alone."]
    if not plain(ask.recipient):
        return ["Name the receiver."]
    meant = grant.variant in CLASS_IS_ENOUGH and names_class(grant.recipient, ask.receiver)
    return [] if meant or names(grant.recipient, ask.recipient) else ["The consent does not name this receiver."]


OWN_GROUND = "A proceeding needs its own consent or a court’s order (42 CFR 2.31(d))."


def why_not_basis(ask: Ask, *, grant: Grant | None, agreed: bool, order: Ordered | None) -> list[str]:
    """Every reason the basis does not carry this; exactly one is given, and whatever it rests on goes with it."""
    if ask.basis not in set(CHOSEN):
        return ["Choose the basis it rests on."]
    given = [grant is not None, agreed, order is not None]
    needs = [ask.basis == Basis.CONSENT, ask.basis == Basis.AUDIT, ask.basis == Basis.COURT_ORDER]
    if any(has and not need for has, need in zip(given, needs, strict=True)):
        return ["A release rests on one basis, not on two."]
    if ask.basis == Basis.CONSENT:
        if grant is None:
            return ["Choose the consent it rests on."]
        return why_not_receiver(ask, grant) if grant.holds else ["This consent is not in force."]
    if ask.use == Use.PROCEEDINGS and ask.basis in {Basis.AUDIT, Basis.CHILD_REPORT}:  # 42 CFR 2.12(d)
        return [OWN_GROUND]
    if ask.basis == Basis.AUDIT:
        if not agreed:
            return ["An audit needs a written agreement in force with this receiver (42 CFR 2.53)."]
        return [] if ask.receiver == Receiver.AUDITOR else ["An audit goes to an auditor."]
    if ask.basis == Basis.COURT_ORDER:
        return ["Choose the order it rests on."] if order is None else list(order.reasons)
    if ask.basis == Basis.CHILD_REPORT:
        return [] if ask.receiver == Receiver.AUTHORITY else ["Such a report goes to the authority that takes it."]
    return [] if ask.receiver == Receiver.SELF else ["Their own copy goes to the participant alone."]


def why_not_now(ask: Ask, standing: Standing) -> list[str]:
    """What stands against it whatever the basis; nobody's own copy waits, and no report that the law asks for."""
    if ask.basis in {Basis.OWN, Basis.CHILD_REPORT}:
        return []
    reasons = []
    if standing.process_open and ask.basis != Basis.COURT_ORDER and not standing.officer:
        reasons.append("A legal paper about this person is open. Only the privacy officer releases now.")
    if standing.on_hold and ask.basis != Basis.COURT_ORDER and not standing.officer:
        reasons.append("This record is on legal hold. Only the privacy officer releases now.")
    if standing.sealed:
        reasons.append("This record is sealed.")
    return reasons


def why_left(
    kind: str,
    ask: Ask,
    *,
    grant: Grant | None,
    order: Ordered | None,
    limits: Iterable[Limit],
    readable: frozenset[str],
) -> str:
    """Why this kind stays behind, or nothing. A kind outside is left out; the rest still goes."""
    own_consent = grant is not None and grant.variant == COUNSELING_CONSENT
    if kind == COUNSELING and not own_consent:
        return "Counseling notes leave by their own consent alone."
    if own_consent and kind != COUNSELING:
        return "This consent covers counseling notes alone."
    if kind in NEVER_OUT and not (kind == "access-log" and ask.basis == Basis.OWN):
        return "This is work of the house and never leaves."
    if grant is not None and kind not in grant.kinds:
        return "The consent does not cover it."
    if order is not None and kind not in order.kinds:
        return "The order does not name it."
    if ask.basis == Basis.CHILD_REPORT and kind not in REPORTED:
        return "An initial report holds no more than who it is about."
    if ask.receiver == Receiver.HEALTH_PLAN and kind not in MINIMUM.get(Use(ask.use), frozenset({kind})):
        return "More than this payment needs."
    if ask.basis == Basis.CONSENT:
        for limit in limits:
            if limit.receiver in {"", ask.receiver} and (not limit.kinds or kind in limit.kinds):
                return "The participant asked to hold this back, and the program agreed."
    return "" if kind in readable else "None of your roles reads it. Ask someone whose role does."


def decide_release(
    ask: Ask,
    *,
    standing: Standing,
    readable: frozenset[str],
    grant: Grant | None = None,
    agreed: bool = False,
    order: Ordered | None = None,
) -> Release:
    """What of this may go out now, and with what. Deny by default; the reasons are for staff and nobody else."""
    reasons = [*why_not_basis(ask, grant=grant, agreed=agreed, order=order), *why_not_now(ask, standing)]
    kept: list[str] = []
    left: list[Left] = []
    for kind in dict.fromkeys(ask.kinds):
        why = why_left(kind, ask, grant=grant, order=order, limits=standing.limits, readable=readable)
        if why:
            left.append(Left(kind, why))
        else:
            kept.append(kind)
    if not ask.kinds:
        reasons.append("Choose at least one kind of information.")
    elif not kept and not reasons:
        reasons.append("Nothing of what was chosen may go out on this basis.")
    return Release(
        kinds=() if reasons else tuple(kept),
        left=tuple(left),
        reasons=tuple(reasons),
        notice=notice_for(ask.basis, ask.how),
        accompany=accompany_for(ask.basis, ask.receiver),
    )


def notice_for(basis: str, how: str) -> str:
    """Which notice of 42 CFR 2.32(a) goes with it: the short one is read out on the phone; none on one's own copy."""
    if basis in {Basis.OWN, Basis.INTERNAL, Basis.DEIDENTIFIED}:
        return ""
    return "A" if basis == Basis.CONSENT and how != How.PHONE else "B"


def accompany_for(basis: str, receiver: str) -> str:
    """What says the scope (42 CFR 2.32(b)): a copy of the consent, or its scope in words that tell no more."""
    if basis != Basis.CONSENT:
        return ""
    return "consent" if receiver in KNOWING else "scope"


def scope_words(*, signed: str, kinds: Sequence[str], use: str, ends: str) -> str:
    """A clear explanation of the consent's scope; it says nothing that the receiver is not to know."""
    return (
        f"Shared by written consent of {signed}. It covers {', '.join(kinds)}, and nothing else. "
        f"It is for: {use}. It ends: {ends}. It may be used for nothing else."
    )


def why_not_notice(option: str, words: str) -> list[str]:
    """Why this text is no notice of 42 CFR 2.32(a) as amended in 2024: the wording of before said less."""
    says = f" {plain(words)} "  # whole words: “because orders” says nothing of use
    reasons = []
    if " 42 cfr part 2 " not in says:
        reasons.append("It does not name 42 CFR part 2.")
    if " use or " not in says:
        reasons.append("It is the wording of before 2024, without “use or”.")
    if option == "A" and " proceedings " not in says:
        reasons.append("It says nothing of proceedings.")
    if option == "A" and " general authorization " not in says:
        reasons.append("It does not say that a general authorization is not enough.")
    return reasons


# --- accounting -------------------------------------------------------------------------------------------------------

YEARS, YEARS_HIPAA = 3, 6  # 42 CFR 2.25(a); 45 CFR 164.528(a)
HIPAA_BASES = frozenset({Basis.EMERGENCY, Basis.AUDIT, Basis.QSO, Basis.COURT_ORDER, Basis.CHILD_REPORT})


@dataclass(frozen=True)
class Sent:
    """One disclosure as the accounting needs it."""

    made_at: datetime
    basis: str
    tpo: bool
    by_software: bool


def years_before(at: datetime, years: int) -> datetime:
    """The same instant so many years ago; February 29 counts as the 28th."""
    try:
        return at.replace(year=at.year - years)
    except ValueError:
        return at.replace(year=at.year - years, day=28)


def is_accounted(sent: Sent, at: datetime) -> bool:
    """Whether an accounting asked for now lists it.

    With consent: three years, and those for treatment, payment and operations where this software sent them (42 CFR
    2.25). Without consent: six years (45 CFR 164.528). One's own copies, and what names nobody, are never listed.
    """
    if sent.made_at > at:
        return False
    if sent.basis == Basis.CONSENT:
        return sent.made_at >= years_before(at, YEARS) and (sent.by_software or not sent.tpo)
    return sent.basis in HIPAA_BASES and sent.made_at >= years_before(at, YEARS_HIPAA)


ANSWER_DAYS = 30  # 42 CFR 2.24; the program answers the other two as soon


class Asked(StrEnum):
    """What a participant can ask for about their records."""

    ACCOUNTING = "accounting"
    INTERMEDIARIES = "intermediaries"


ASKED_WORDS = {
    Asked.ACCOUNTING: "A list of who received my records",
    Asked.INTERMEDIARIES: "A list of who got them through an exchange or app",
}


@dataclass(frozen=True)
class Neutral:
    """What the front desk may say to a caller, and what a consent lets them say more."""

    sentence: str
    kinds: tuple[str, ...] = field(default=())


# 42 CFR 2.13(c): an answer must not affirm or deny that someone is or was here.
NEUTRAL_SENTENCE = "We can say neither that someone is here nor that they are not. May I take your name and number?"
LEGAL_SENTENCE = (
    "Federal law does not let us say whether anyone is or was here. "
    "Please leave the paper and a number; the person who handles such papers will answer in writing."
)


def answer_caller(caller: str, grants: Iterable[Grant]) -> Neutral:
    """The neutral sentence, and the kinds this caller may be told where a consent in force names them."""
    told: dict[str, None] = {}
    for grant in grants:
        if (
            grant.holds
            and grant.variant not in CLASS_IS_ENOUGH | {COUNSELING_CONSENT}
            and names(grant.recipient, caller)
        ):
            told |= dict.fromkeys(sorted(grant.kinds - NEVER_OUT - {COUNSELING}))
    return Neutral(NEUTRAL_SENTENCE, tuple(told))


def day_words(on: date) -> str:
    """A day in words: October 14, 2026."""
    return f"{on:%B} {on.day}, {on.year}"


def digest_of(content: Any) -> str:
    """One figure over exactly what goes out."""
    said = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(said.encode()).hexdigest()
