"""What a review may end in, what each end asks to have on record, and what an appointment is. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import NotRequired, TypedDict

from openiop.participants.rules import LEVEL_WORDS, OFFERED, TEDS_REASONS, Level


class End(StrEnum):
    """The four ways a review ends; there is no fifth, so no stay drifts on unlooked at."""

    CONTINUE = "continue"
    STEP_UP = "step-up"
    STEP_DOWN = "step-down"
    DISCHARGE = "discharge"


END_WORDS = {
    End.CONTINUE: "Continue",
    End.STEP_UP: "Step up",
    End.STEP_DOWN: "Step down",
    End.DISCHARGE: "Discharge",
}
# Days to the first visit after a step down or discharge (program default; HEDIS FUI counts follow-up within 7 days).
NEXT_VISIT_DAYS = 7
# No review lies further off than this, in days (program default, configurable as the policy `review-days-longest`).
LONGEST_POLICY = "review-days-longest"
LONGEST = 90
# No appointment is booked further ahead than this, in days (program default): later is most often a mistyped year.
BOOKED_AHEAD = 365
TOO_FAR = "The appointment is more than a year away. Look at the year."
# Ratings are current when decided since the last review or within these days (program default).
RATINGS_DAYS = 30
# An appointment nobody closed is asked about this long after it began (program default).
ASK_AFTER = timedelta(hours=24)
# After these ends of care no visit can be expected (TEDS-D REASON: incarcerated, died).
NO_VISIT = frozenset({"5", "6"})
# Ends of care that are not planned with the person: their missing evidence needs no second explanation.
UNPLANNED = frozenset({"2", "5", "6"})


class Booking(TypedDict):
    """The next appointment as it is booked."""

    at: datetime
    with_whom: str
    where: NotRequired[str]
    minutes: NotRequired[int]


@dataclass(frozen=True)
class Facts:
    """What a review rests on, as few values as the rules need."""

    level: str
    rated_days_ago: int | None = None
    rated_since: bool = False
    ratings: Sequence[int] = ()
    before: Sequence[int | None] = ()
    open_stops: int = 0
    suggested: str = ""
    suggested_before: str = ""
    objectives: int = 0
    met: int = 0
    plan_changed: bool = False
    attendance: float | None = None
    totals: int = 0
    better: bool = False
    worse: bool = False
    worse_before: bool = False
    use_days: int = 0
    prepared: bool = False


@dataclass(frozen=True)
class Need:
    """One piece of evidence a decision should have on record, and whether it is there."""

    code: str
    words: str
    met: bool
    says: str = ""


def order(level: str) -> int:
    """Where a level of care stands, from least to most care."""
    return list(Level).index(Level(level))


def levels_for(end: str, level: str) -> list[str]:
    """The levels this program offers that a step up or down may lead to."""
    if end == End.STEP_UP:
        return [one.value for one in OFFERED if order(one) > order(level)]
    if end == End.STEP_DOWN:
        return [one.value for one in reversed(OFFERED) if order(one) < order(level)]
    return [level]


def level_words(level: str) -> str:
    """A level by number and words."""
    return f"{level} {LEVEL_WORDS[Level(level)].lower()}"


def _below(suggested: str, level: str) -> bool:
    return bool(suggested) and order(suggested) < order(level)


def worse_ratings(facts: Facts) -> int:
    """How many dimensions are rated higher (more risk) than the last time."""
    return sum(
        before is not None and now > before for now, before in zip(facts.ratings, facts.before, strict=False)
    )  # fmt: skip


def _share(facts: Facts) -> str:
    return "" if facts.attendance is None else f"{facts.attendance:.0%} of scheduled time"


def needs(end: str, facts: Facts, *, appointment_in: int | None = None, reason_code: str = "") -> list[Need]:
    """What should be on record for this decision; `appointment_in` is days from today, None without one.

    After the transition and continued-service criteria of The ASAM Criteria (3rd ed., 2013), in our own words.
    """
    current = facts.rated_since or (facts.rated_days_ago is not None and facts.rated_days_ago <= RATINGS_DAYS)
    rated = Need(
        "ratings",
        f"All six dimensions rated since the last review or within {RATINGS_DAYS} days",
        current,
        "Not rated yet" if facts.rated_days_ago is None else f"Rated {_days(facts.rated_days_ago)} ago",
    )
    visit = Need(
        "visit",
        f"The next visit booked within {NEXT_VISIT_DAYS} days",
        appointment_in is not None and appointment_in <= NEXT_VISIT_DAYS,
        "None booked" if appointment_in is None else f"In {_days(appointment_in)}",
    )
    if end == End.CONTINUE:
        return [
            Need(
                "goals",
                "Goals of the signed plan not all met",
                facts.objectives > facts.met,
                f"{facts.met} of {facts.objectives} objectives met" if facts.objectives else "No signed plan",
            ),
            Need(
                "progress",
                "Progress shown, or the plan changed with reason to expect it",
                facts.better or facts.met > 0 or facts.plan_changed,
                "Plan changed since the last review" if facts.plan_changed else "",
            ),
            rated,
            Need("attendance", "Attendance since the last review", facts.attendance is not None, _share(facts)),
            Need("measures", "A questionnaire score since the last review", facts.totals > 0),
        ]
    if end == End.STEP_DOWN:
        twice = _below(facts.suggested, facts.level) and _below(facts.suggested_before, facts.level)
        return [
            rated,
            Need(
                "need",
                f"No need for level {facts.level} in any dimension, at this review and the one before",
                twice,
                _need_says(facts),
            ),
            Need("prepared", "Prevention plan and safety plan gone through with the person", facts.prepared),
            visit,
        ]
    if end == End.STEP_UP:
        worse = worse_ratings(facts)
        twice_worse = facts.worse and facts.worse_before
        found = [
            f"{worse} {'rating' if worse == 1 else 'ratings'} worse" if worse else "",
            "A hard stop is open" if facts.open_stops else "",
            "A measure reliably worse at two reviews in a row" if twice_worse else "",
            f"Use reported on {_days(facts.use_days)}" if facts.use_days else "",
        ]
        said = ". ".join(one for one in found if one)
        return [
            Need(
                "reason",
                "A worse rating, an open hard stop, two reviews with a reliably worse measure, or use reported",
                bool(said),
                said,
            ),
            rated,
        ]
    if reason_code in NO_VISIT:
        return []
    return [visit]


def _days(count: int) -> str:
    return f"{count} day" if count == 1 else f"{count} days"


def _need_says(facts: Facts) -> str:
    if not facts.suggested:
        return "Ratings point to no level yet"
    before = f"; last review {facts.suggested_before}" if facts.suggested_before else "; no earlier review to compare"
    return f"Ratings point to level {facts.suggested}{before}"


def lacking(found: Sequence[Need]) -> list[str]:
    """The sentences of what is not on record."""
    return [need.words for need in found if not need.met]


def why_not_decide(
    *,
    end: str,
    level: str,
    words: str,
    on: date,
    level_to: str = "",
    next_review_on: date | None = None,
    reason_code: str = "",
    missing: Sequence[str] = (),
    despite: str = "",
    appointment_on: date | None = None,
    with_whom: str = "",
    longest: int = LONGEST,
    last_contact_on: date | None = None,
    since_on: date | None = None,
) -> dict[str, str]:
    """For each field in the way of this decision, the sentence to show beside it; empty when it may stand."""
    if end not in list(End):
        return {"end": "Choose how the review ends."}
    reasons = {}
    if not words.strip():
        reasons["words"] = "Write the reasons for this decision."
    if end in {End.STEP_UP, End.STEP_DOWN} and level_to not in levels_for(end, level):
        choices = levels_for(end, level)
        reasons["level_to"] = (
            "Choose the new level."
            if choices
            else "This program offers no such level. Discharge with “Moved to another program” and hand over."
        )
    if end == End.DISCHARGE:
        if reason_code not in TEDS_REASONS:
            reasons["reason_code"] = "Choose the reason from the list."
    elif next_review_on is None:
        reasons["next_review_on"] = "Set the date of the next review."
    elif next_review_on <= on:
        reasons["next_review_on"] = "The next review must lie ahead."
    elif next_review_on > on + timedelta(days=longest):
        reasons["next_review_on"] = f"The next review must come within {longest} days."
    if appointment_on is not None and appointment_on < on:
        reasons["appointment_on"] = "The appointment must lie ahead."
    elif appointment_on is not None and appointment_on > on + timedelta(days=BOOKED_AHEAD):
        reasons["appointment_on"] = TOO_FAR
    if end == End.DISCHARGE and last_contact_on is not None:
        if last_contact_on > on:
            reasons["last_contact_on"] = "The last contact cannot lie ahead."
        elif since_on is not None and last_contact_on < since_on:
            reasons["last_contact_on"] = "The last contact cannot lie before the first day of care."
    if appointment_on is not None and not with_whom.strip():
        reasons["with_whom"] = "Say with whom the appointment is."
    if missing and not despite.strip() and not (end == End.DISCHARGE and reason_code in UNPLANNED):
        reasons["despite"] = "Some evidence is not on record. Say why you decide without it."
    return reasons


def leaves_uncovered(end: str, reason_code: str, *, booked: bool) -> bool:
    """Whether the person would go without a next appointment where one must be booked before they leave."""
    needed = end == End.STEP_DOWN or (end == End.DISCHARGE and reason_code not in NO_VISIT)
    return needed and not booked


NO_ONE_NAMED = "Say with whom the appointment is."
NEEDS_ROOM = "Choose the room for a visit here."
WORKS_HERE = "They work here: choose them under “With one of us”, so that it stands in their week."


def why_not_book(
    *,
    booking_at: datetime,
    with_whom: str,
    at: datetime,
    here: bool = False,
    room: bool = False,
    works_here: bool = False,
) -> list[str]:
    """Every reason this appointment may not be booked; `here` with someone of this program, in a room."""
    reasons = []
    if booking_at <= at:
        reasons.append("The appointment must lie ahead.")
    if booking_at > at + timedelta(days=BOOKED_AHEAD):
        reasons.append(TOO_FAR)
    if not here and not with_whom.strip():
        reasons.append(NO_ONE_NAMED)
    if here and not room:
        reasons.append(NEEDS_ROOM)
    if works_here and not here:
        reasons.append(WORKS_HERE)
    return reasons


def why_not_close(*, status: str, starts: datetime, at: datetime, to: str) -> list[str]:
    """Every reason an appointment may not be marked kept, missed or called off now."""
    if status != "booked":
        return ["This appointment is closed already."]
    if to in {"kept", "missed"} and at < starts:
        return ["This appointment lies ahead. It can be marked once it has begun."]
    return []
