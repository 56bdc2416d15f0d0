"""Restrictions, agreements, legal papers, holds and how long a record is kept. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from openiop.disclosures.rules.release import Receiver, plain

# --- restrictions (42 CFR 2.26) ---------------------------------------------------------------------------------------


def must_agree(*, receiver: str, paid_in_full: bool) -> bool:
    """Whether the program has no choice: paid in full by the person, and held back from a health plan (2.26(a)(4))."""
    return receiver == Receiver.HEALTH_PLAN and paid_in_full


def why_not_ask_restriction(*, words: str) -> list[str]:
    """Why a request to hold something back cannot be taken down."""
    return [] if words.strip() else ["Write what should be held back, and from whom."]


def why_not_decide_restriction(
    *, status: str, agree: bool, reason: str, receiver: str, paid_in_full: bool
) -> list[str]:
    """Every reason a request to hold something back may not be answered so."""
    reasons = [] if status == "asked" else ["This request was answered already."]
    if not agree and must_agree(receiver=receiver, paid_in_full=paid_in_full):
        reasons.append("They paid in full and ask to hold it back from a health plan: the program must agree.")
    if not agree and not reason.strip():
        reasons.append("Say why, in words the participant can read.")
    return reasons


# --- agreements, and what may be switched on --------------------------------------------------------------------------


class AgreementKind(StrEnum):
    """What kind of paper binds a counterpart."""

    QSOA = "qsoa"
    BAA = "baa"
    AUDIT = "audit"
    RESEARCH = "research"


AGREEMENT_WORDS = {
    AgreementKind.QSOA: "Qualified service organization (42 CFR 2.11)",
    AgreementKind.BAA: "Business associate (45 CFR 164.504(e))",
    AgreementKind.AUDIT: "Audit or evaluation (42 CFR 2.53)",
    AgreementKind.RESEARCH: "Research (42 CFR 2.52)",
}


@dataclass(frozen=True)
class Paper:
    """An agreement as the rules need it."""

    kind: str
    counterpart: str
    covers: frozenset[str]
    signed_on: date
    ends_on: date | None = None
    ended_on: date | None = None


def is_active(paper: Paper, on: date) -> bool:
    """Whether the agreement binds on the day; its last day still counts, the day it was ended does not."""
    if on < paper.signed_on or (paper.ended_on is not None and on >= paper.ended_on):
        return False
    return paper.ends_on is None or on <= paper.ends_on


SOON = timedelta(days=60)  # program default


def ends_soon(paper: Paper, on: date) -> bool:
    """Whether it ends within two months, so that the next one is agreed in time."""
    return is_active(paper, on) and paper.ends_on is not None and paper.ends_on - on <= SOON


def audits(papers: Iterable[Paper], counterpart: str, on: date) -> bool:
    """Whether an audit agreement with this counterpart binds on the day."""
    return any(
        paper.kind == AgreementKind.AUDIT and plain(paper.counterpart) == plain(counterpart) and is_active(paper, on)
        for paper in papers
    )


@dataclass(frozen=True)
class Integration:
    """Something outside that records or messages could pass through. `local`: it never leaves this machine."""

    name: str
    words: str
    needs: frozenset[str]
    local: bool = False
    consent: bool = False


def why_not_switch_on(
    integration: Integration, papers: Iterable[Paper], on: date, *, consented: bool = False
) -> list[str]:
    """Every reason this may not be on: no agreement of a fitting kind covers it, or a consent must and does not."""
    if integration.local:
        return []
    covered = any(
        integration.name in paper.covers and paper.kind in integration.needs and is_active(paper, on)
        for paper in papers
    )
    reasons = [] if covered else [f"No agreement in force covers {integration.words}."]
    if integration.consent and not consented:
        reasons.append("It also needs each participant’s consent.")
    return reasons


def why_not_agreement(
    *, counterpart: str, kind: str, covers: Iterable[str], signed_on: date, ends_on: date | None, today: date
) -> list[str]:
    """Every reason this cannot stand in the register of agreements."""
    reasons = [] if counterpart.strip() else ["Name the other side."]
    if signed_on > today:
        reasons.append("It is signed today or earlier, not later.")
    if ends_on is not None and ends_on < signed_on:
        reasons.append("It cannot end before it is signed.")
    if kind in {AgreementKind.QSOA, AgreementKind.BAA} and not list(covers):
        reasons.append("Choose what it covers.")
    return reasons


def why_not_end_agreement(*, ended: bool, reason: str) -> list[str]:
    """Every reason this agreement may not be ended so."""
    if ended:
        return ["This agreement has ended already."]
    return [] if reason.strip() else ["Say why it ends."]


# --- legal papers -----------------------------------------------------------------------------------------------------


class PaperKind(StrEnum):
    """What someone brought."""

    SUBPOENA = "subpoena"
    ORDER = "court-order"
    WARRANT = "warrant"
    SEARCH = "search"
    REQUEST = "request"


PAPER_WORDS = {
    PaperKind.SUBPOENA: "Subpoena",
    PaperKind.ORDER: "Court order",
    PaperKind.WARRANT: "Warrant",
    PaperKind.SEARCH: "Search",
    PaperKind.REQUEST: "Letter from an attorney or agency",
}
STATUTES = {
    "2.64": "2.64: for a civil or other non-criminal purpose",
    "2.65": "2.65: to investigate or charge the participant",
    "2.66": "2.66: to investigate the program",
    "2.67": "2.67: to place an undercover agent",
}
TOLD_FIRST = frozenset({"2.64"})  # the person and the holder have notice, 2.64(b)
HEARD_FIRST = frozenset({"2.64", "2.65"})  # and may respond or be heard, 2.64(b), 2.65(b)


@dataclass(frozen=True)
class Legal:
    """A legal paper as the rules need it."""

    statute: str
    with_mandate: bool
    told_on: date | None
    heard_on: date | None
    kinds: frozenset[str]
    open: bool = True


def why_not_answer(legal: Legal, today: date) -> list[str]:
    """Every reason this paper opens nothing yet (42 CFR 2.61 to 2.67)."""
    if not legal.open:
        return ["This paper is closed."]
    if not legal.statute:
        return ["A subpoena, a warrant or a search alone opens nothing and confirms nobody (42 CFR 2.61)."]
    if legal.statute == "2.67":
        return ["An order under 2.67 places an agent. It opens no record."]
    reasons = []
    if not legal.with_mandate:
        reasons.append("The order comes with a subpoena or a like mandate, or it does not compel (42 CFR 2.61(a)).")
    if legal.statute in TOLD_FIRST and legal.told_on is None:
        reasons.append("Write down when the participant was told of it (42 CFR 2.64(b)).")
    if legal.statute in HEARD_FIRST and (legal.heard_on is None or legal.heard_on > today):
        reasons.append("First there is a chance to answer or be heard. Write down when it was.")
    if not legal.kinds:
        reasons.append("Write down which kinds of information the order names.")
    return reasons


def why_not_take_in(*, from_whom: str, asks: str, received_on: date, today: date) -> list[str]:
    """Every reason a legal paper cannot be taken in so."""
    reasons = [] if from_whom.strip() else ["Write who brought or sent it."]
    if not asks.strip():
        reasons.append("Write what it asks for.")
    if received_on > today:
        reasons.append("It came today or earlier, not later.")
    return reasons


def why_not_order(*, open_: bool, statute: str, order_on: date | None, today: date) -> list[str]:
    """Every reason a court's order may not be written down so."""
    reasons = [] if open_ else ["This paper is closed."]
    if statute not in STATUTES:
        reasons.append("Choose the section the order was made under. An order that names none goes to counsel first.")
    if order_on is None or order_on > today:
        reasons.append("Give the day the court signed it.")
    return reasons


def why_not_close(*, open_: bool, words: str) -> list[str]:
    """Every reason a legal paper may not be closed so."""
    if not open_:
        return ["This paper is closed already."]
    return [] if words.strip() else ["Write how it ended."]


# --- holds, and how long a record is kept -----------------------------------------------------------------------------


def why_not_hold(reason: str) -> list[str]:
    """Why no hold can be placed so."""
    return [] if reason.strip() else ["Say what the hold is for."]


def why_not_lift(*, released: bool, reason: str) -> list[str]:
    """Every reason a hold may not be lifted so."""
    if released:
        return ["This hold is lifted already."]
    return [] if reason.strip() else ["Say why it may be lifted."]


def _years_on(day: date, years: int) -> date:
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return day.replace(year=day.year + years, month=3, day=1)


def kept_until(*, last_on: date, born_on: date | None, years: int, minor_until: int) -> date:
    """The day until which the record must be kept: so many years on, and for a minor until that age, if later."""
    until = _years_on(last_on, years)
    if born_on is not None and last_on < _years_on(born_on, 18):
        until = max(until, _years_on(born_on, minor_until))
    return until


def keeping(*, today: date, until: date, held: bool, sealed: bool) -> str:
    """How a record of someone who left stands: held, kept, to seal, or sealed and therefore may be destroyed."""
    if held:
        return "held"
    if sealed:
        return "sealed"
    return "to-seal" if today >= until else "kept"


KEEPING_WORDS = {
    "held": "On legal hold: nothing of it is destroyed",
    "kept": "Kept",
    "to-seal": "Kept long enough: can be sealed",
    "sealed": "Sealed: may be destroyed by whoever keeps the database",
}


def why_not_seal(state: str) -> list[str]:
    """Every reason a record may not be sealed."""
    return {
        "held": ["It is on legal hold."],
        "kept": ["It must still be kept open."],
        "sealed": ["It is sealed already."],
    }.get(state, [])
