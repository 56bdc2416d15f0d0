"""The way of an enquiry: received, contacted, screened, assessed, admitted, or closed. Pure."""

from datetime import datetime
from enum import StrEnum

from openiop.participants.rules import why_not_phone


class Stage(StrEnum):
    """How far an enquiry has come."""

    NEW = "new"
    CONTACTED = "contacted"
    SCREENED = "screened"
    ASSESSED = "assessed"
    ADMITTED = "admitted"
    CLOSED = "closed"


STAGES = {
    Stage.NEW: "New",
    Stage.CONTACTED: "Contacted",
    Stage.SCREENED: "Screened",
    Stage.ASSESSED: "Assessed",
    Stage.ADMITTED: "Admitted",
    Stage.CLOSED: "Closed",
}
_ORDER = (Stage.NEW, Stage.CONTACTED, Stage.SCREENED, Stage.ASSESSED, Stage.ADMITTED)
CHANNELS = {"web": "Web page", "phone": "Phone", "walk-in": "Came by", "email": "Email", "referral": "Referral"}
SPOKEN = frozenset({"phone", "walk-in"})  # taking these down is itself the first contact
FOR_WHOM = {"self": "For themselves", "family": "For a family member", "professional": "A professional, for someone"}
# What someone may choose once the ways of care have been gone through with them.
OPTIONS = {
    "here": "This program",
    "inpatient": "Inpatient care",
    "weekly": "Weekly counseling",
    "elsewhere": "Another program",
    "undecided": "Not decided yet",
}
CLOSING = {
    "more-care": "Went to more care",
    "less-care": "Weekly counseling is enough",
    "elsewhere": "Went to another program",
    "not-now": "Does not want to start now",
    "no-answer": "Could not be reached",
    "cost": "Cost or insurance",
    "duplicate": "The same person asked twice",
    "other": "Another reason",
}


def furthest(now: str, reached: Stage) -> Stage:
    """The stage an enquiry stands at once it reached another; it never goes back, and a closed one stays closed."""
    if now == Stage.CLOSED:
        return Stage.CLOSED
    return max(Stage(now), reached, key=_ORDER.index)


def hours_waiting(received_at: datetime, contacted_at: datetime | None, at: datetime) -> float:
    """Hours from the first word to the first contact, or to now while nobody has called."""
    return round(((contacted_at or at) - received_at).total_seconds() / 3600, 1)


def why_not_receive(*, name: str, phone: str, email: str, by_staff: bool) -> list[str]:
    """Every reason an enquiry may not be kept: nothing is kept of a visitor who left no name."""
    reasons = []
    if not name.strip():
        reasons.append("A name is needed. Without one, nothing is kept.")
    if not by_staff and not phone.strip() and not email.strip():
        reasons.append("Leave a phone number, so that we can call.")
    return [*reasons, *why_not_phone(phone)]


def why_not_close_enquiry(*, status: str, reason: str, words: str) -> list[str]:
    """Every reason this enquiry may not be closed so."""
    reasons = []
    if status in {Stage.CLOSED, Stage.ADMITTED}:
        reasons.append("This enquiry has ended already.")
    if reason not in CLOSING:
        reasons.append("Choose why it ends.")
    elif reason == "other" and not words.strip():
        reasons.append("Say in a few words why it ends.")
    return reasons


def why_not_choose(*, option: str, same_program: bool) -> list[str]:
    """Every reason this choice may not be recorded so."""
    reasons = []
    if option not in OPTIONS:
        reasons.append("Choose what they decided, or that it is not decided yet.")
    if not same_program:
        reasons.append("Choose who talked it through with them.")
    return reasons
