"""What must stand before care begins. Pure."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from openiop.participants.rules import OFFERED, Level
from openiop.programs.rules import TREATING, Role


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


# No first day lies further ahead than this, in days (program default, configurable as this policy).
AHEAD_POLICY = "admission-days-ahead"
AHEAD = 60
# What someone may be on a care team, by the roles they hold; the first that fits is theirs unless another is chosen.
PARTS: dict[str, frozenset[Role]] = {
    "Prescriber": frozenset({Role.PRESCRIBER}),
    "Nurse": frozenset({Role.NURSE}),
    "Supervisor": frozenset({Role.SUPERVISOR}),
    "Counselor": frozenset({Role.COUNSELOR, Role.SUPERVISOR}),
    "Peer support": frozenset({Role.PEER}),
    "Group facilitator": TREATING,
}


def part_for(roles: Collection[str]) -> str:
    """The part on a care team that someone's roles give them; "" where they give none."""
    return next((part for part, wanted in PARTS.items() if wanted & set(roles)), "")


def why_not_part(part: str, roles: Collection[str]) -> list[str]:
    """Why someone with these roles may not stand on a care team as this; an unknown part is anyone's who treats."""
    if PARTS.get(part, TREATING) & set(roles):
        return []
    return [f"They do not work here as {part[:1].lower()}{part[1:]}. Choose a part that fits."]


def why_not_first_day(starts_on: date, today: date, ahead: int = AHEAD) -> list[str]:
    """Why care cannot begin on a day that far ahead: most often the year is mistyped."""
    if starts_on > today + timedelta(days=ahead):
        return [f"The first day is more than {ahead} days away. Look at the year."]
    return []


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
