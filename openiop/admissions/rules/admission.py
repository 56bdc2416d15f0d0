"""What must stand before care begins. Pure."""

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from openiop.participants.rules import OFFERED, Level


class Need(StrEnum):
    """The things an admission rests on, in the order they are done."""

    ASSESSMENT = "assessment"
    STOPS = "stops"
    LEVEL = "level"
    CONSENT = "consent"
    NOT_IN_CARE = "not-in-care"


@dataclass(frozen=True)
class Missing:
    """One thing still missing, in a sentence."""

    need: Need
    words: str


# Days until the first review, by level (program default, configurable as the policy `first-review-days`).
REVIEW_DAYS = {Level.L15: 30, Level.L21: 14, Level.L25: 14}


def missing_for_admission(
    *, decided: bool, rating_again: bool, open_stops: int, level: str, has_tpo: bool, in_care: bool
) -> list[Missing]:
    """Everything that still stands between this person and admission; empty means ready."""
    found = []
    if in_care:
        found.append(Missing(Need.NOT_IN_CARE, "This person is already in care."))
    if rating_again:
        found.append(Missing(Need.ASSESSMENT, "A newer assessment is being rated. Decide it first."))
    elif not decided:
        found.append(Missing(Need.ASSESSMENT, "There is no decided assessment yet."))
    elif level not in OFFERED:
        found.append(Missing(Need.LEVEL, f"The decided level is {level}, which this program does not offer."))
    if open_stops:
        found.append(Missing(Need.STOPS, "A hard stop is open. It needs a written disposition."))
    if not has_tpo:
        # 42 CFR 2.33(b): one consent for all future treatment, payment and operations.
        found.append(Missing(Need.CONSENT, "No consent for treatment, payment and operations is in force."))
    return found


def first_review(starts_on: date, level: str, days: dict[str, int] | None = None) -> date:
    """The day the first review is due by policy."""
    by_level = days or {key.value: value for key, value in REVIEW_DAYS.items()}
    return starts_on + timedelta(days=by_level.get(level, 14))


def why_not_start(
    *, level: str, decided_level: str, starts_on: date, decided_on: date, review_on: date | None, counselor: bool
) -> list[str]:
    """Every reason care may not begin so, beside what is missing."""
    reasons = []
    if level != decided_level:
        reasons.append("The level must be the one a clinician decided on.")
    if starts_on < decided_on:
        reasons.append("Care cannot begin before its level was decided.")
    if review_on is None:
        reasons.append("Set the date of the first review.")
    elif review_on > starts_on + timedelta(days=90):
        reasons.append("The first review must come within 90 days.")
    if not counselor:
        reasons.append("Choose a primary counselor who works in this program.")
    return reasons
