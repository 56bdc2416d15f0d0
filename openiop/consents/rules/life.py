"""When a consent holds, who may sign and end it, and when people hear that it will end. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum


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


def why_not_in_force(terms: Terms | None, at: datetime) -> str:
    """Why nothing may leave on this consent now; empty where it holds (42 CFR 2.31(c))."""
    if terms is None:
        return "The consent is not on record."
    if in_force(terms, at):
        return ""
    if terms.signed_at is None or at < terms.signed_at:
        return "The consent is not signed."
    return (
        "The consent was ended." if terms.revoked_at is not None and at >= terms.revoked_at else "The consent ran out."
    )


class Capacity(StrEnum):
    """In what capacity someone signs (42 CFR 2.14, 2.15; the law of the state says who may)."""

    SELF = "participant"
    MINOR = "minor-alone"
    MINOR_AND_PARENT = "minor-and-parent"
    REPRESENTATIVE = "representative"


CAPACITY_WORDS = {
    Capacity.SELF: "The participant",
    Capacity.MINOR: "A minor who may consent alone",
    Capacity.MINOR_AND_PARENT: "A minor and a parent, both",
    Capacity.REPRESENTATIVE: "A personal representative",
}


class Method(StrEnum):
    """How the one who signed was known to be who they are."""

    OWN = "phone"
    TABLET = "tablet"
    PAPER = "paper"


METHOD_WORDS = {
    Method.OWN: "On their own sign-in",
    Method.TABLET: "On the tablet in the room",
    Method.PAPER: "On paper, entered here",
}


def why_not_sign(
    *,
    status: str,
    signer_name: str,
    legal_name: str,
    expired: bool,
    own: bool,
    in_the_room: bool,
    capacity: str = Capacity.SELF,
    second_name: str = "",
    basis: str = "",
    paper: bool = False,
    paper_on: date | None = None,
    today: date | None = None,
) -> list[str]:
    """Every reason this consent may not be signed now.

    `own`: on the participant's own sign-in; `in_the_room`: on the tablet of someone who keeps consents; `paper`: a
    signed page is entered, with the day on it. A minor who may consent alone signs alone, also towards a parent.
    """
    reasons = []
    if status != "draft":
        reasons.append("This consent is signed already." if status == "active" else "This consent has ended.")
    if not own and not in_the_room and not paper:
        reasons.append("Only the participant signs, on their phone or on the tablet in the room.")
    if paper and (paper_on is None or (today is not None and paper_on > today)):
        reasons.append(PAPER_DAY)
    if not signer_name.strip():
        reasons.append("Type your full name to sign.")
    elif capacity == Capacity.REPRESENTATIVE:
        if _plain(signer_name) == _plain(legal_name):
            reasons.append("A representative signs with their own name.")
    elif _plain(signer_name) != _plain(legal_name):
        reasons.append("Sign with the name on the record.")
    if capacity == Capacity.REPRESENTATIVE and not basis.strip():
        reasons.append(SAY_BASIS)
    if capacity == Capacity.MINOR_AND_PARENT:
        if not second_name.strip():
            reasons.append(PARENT_TOO)
        elif _plain(second_name) == _plain(signer_name):
            reasons.append("Two people sign: the minor and a parent.")
    if own and capacity in {Capacity.MINOR_AND_PARENT, Capacity.REPRESENTATIVE}:
        reasons.append("Someone else signs too, so this is signed in the room or on paper.")
    if expired:
        reasons.append("The end date has passed. Prepare a new one.")
    return reasons


PAPER_DAY = "Give the day on the signed page, today or earlier."
SAY_BASIS = "Say on what basis they sign: a court’s order, a power of attorney, or another."
PARENT_TOO = "The parent or guardian signs too, with their full name."


def _plain(name: str) -> str:
    return " ".join(name.casefold().split())


def why_not_revoke(
    *,
    status: str,
    at: datetime | None = None,
    received_at: datetime | None = None,
    signed_at: datetime | None = None,
    revocable_on: date | None = None,
    today: date | None = None,
) -> list[str]:
    """Every reason this consent may not be ended. `received_at`: when the program was told, which is when it ends."""
    if status != "active":
        return ["Only a consent in force can be ended."]
    reasons = []
    if received_at is not None and at is not None and received_at > at:
        reasons.append(NOT_YET_TOLD)
    if received_at is not None and signed_at is not None and received_at < signed_at:
        reasons.append(TOLD_TOO_EARLY)
    if revocable_on is not None and today is not None and today < revocable_on:  # 42 CFR 2.35(c)
        reasons.append(f"This consent can be ended from {revocable_on:%B} {revocable_on.day}, {revocable_on.year} on.")
    return reasons


NOT_YET_TOLD = "The program was told today or earlier."
TOLD_TOO_EARLY = "It was not signed yet then."


def state_of(*, status: str, expires_at: datetime | None, at: datetime) -> str:
    """How the consent stands now: draft, active, expired, revoked or withdrawn."""
    return "expired" if status == "active" and expires_at is not None and at >= expires_at else status


NOTICE_DAYS = (30, 14, 7)  # days before a consent ends on which people hear of it (program default)


def notice_due(*, last: date, today: date, given: Iterable[int]) -> int | None:
    """Which notice is due today for a consent whose last day is `last`: the nearest only, and each once."""
    left = (last - today).days
    due = [days for days in NOTICE_DAYS if 0 <= left <= days]
    return min(due) if due and min(due) not in set(given) else None
