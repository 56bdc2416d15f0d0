"""When presence counts, what an absence is, and what absences ask for. Pure."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

# Minutes after the start that are not yet late (program default, configurable as the policy below).
GRACE_POLICY = "attendance-grace-minutes"
GRACE_MINUTES = 10
# How long before the start someone may be marked here: the doors are open, the first ones sit (program default).
DOORS_OPEN = timedelta(hours=1)
# Times further outside the session than this, or further in the future, are a slip of the hand (program defaults).
FAR_OUTSIDE = timedelta(minutes=60)
AHEAD_OF_NOW = timedelta(minutes=5)
# Offered as a first guess when the real time is not known; always editable.
USUAL_SHORTFALL = timedelta(minutes=15)
# An undo is offered for ten seconds on the page; without script the page may stand a little longer.
UNDO_FOR = timedelta(minutes=2)
# What repeated unexcused absences ask for, in days missed (program defaults).
PLAN_REVIEW = (2, 7)  # days missed, within days
OUTREACH = (3, 14)
# Days without coming or calling, and days without service, after which someone looks (program defaults).
SILENT_DAYS = 7
NO_SERVICE_DAYS = 14

HERE, LATE, LEFT, AWAY = "here", "late", "left", "away"
CALLED, NO_CONTACT, PROGRAM = "called-ahead", "no-contact", "program-cancelled"
AWAY_WORDS = {CALLED: "Called ahead", NO_CONTACT: "No contact", PROGRAM: "Program cancelled"}
WALK_IN, MADE_UP = "walk-in", "made-up"


class Status(StrEnum):
    """What attendance is called when it is counted; late and left early may stand together."""

    PRESENT = "present"
    LATE = "late"
    LEFT_EARLY = "left-early"
    TELEHEALTH = "telehealth-present"
    MADE_UP = "made-up"
    EXCUSED = "excused-absence"
    UNEXCUSED = "unexcused-absence"
    CANCELLED = "cancelled-by-program"


STATUS_WORDS = {
    Status.PRESENT: "Here",
    Status.LATE: "Late",
    Status.LEFT_EARLY: "Left early",
    Status.TELEHEALTH: "By video",
    Status.MADE_UP: "Made up",
    Status.EXCUSED: "Called ahead",
    Status.UNEXCUSED: "No contact",
    Status.CANCELLED: "Program cancelled",
}


@dataclass(frozen=True)
class Trigger:
    """Something absences ask for: an alert's kind, level and words."""

    kind: str
    level: str
    words: str
    why: str


def is_late(*, starts: datetime, arrived: datetime, grace: int = GRACE_MINUTES) -> bool:
    """Whether the arrival lies more than the grace minutes after the start."""
    return arrived - starts > timedelta(minutes=grace)


def is_left_early(*, ends: datetime, left: datetime) -> bool:
    """Whether the person left before the end."""
    return left < ends


def credited_minutes(*, starts: datetime, ends: datetime, arrived: datetime, left: datetime) -> int:
    """Whole minutes spent inside the session; coming early or staying on earns nothing."""
    inside = min(left, ends) - max(arrived, starts)
    return max(0, int(inside.total_seconds() // 60))


def statuses(
    *, here: bool, away: str = "", late: bool = False, left_early: bool = False, remote: bool = False, why: str = ""
) -> list[Status]:
    """Every status this presence counts as; `why` is the reason for the seat (enrolled, walk-in, made-up)."""
    if not here:
        return [{CALLED: Status.EXCUSED, PROGRAM: Status.CANCELLED}.get(away, Status.UNEXCUSED)]
    found = [
        status
        for status, holds in (
            (Status.LATE, late),
            (Status.LEFT_EARLY, left_early),
            (Status.TELEHEALTH, remote),
            (Status.MADE_UP, why == MADE_UP),
        )
        if holds
    ]
    return found if late or left_early else [Status.PRESENT, *found]


def counts_as_scheduled(*, cancelled: bool, away: str, why: str) -> bool:
    """Whether the session's minutes stand in the denominator of the person's rate.

    What the program cancelled is left out; a made-up session fills the place of the one missed, which stays in.
    """
    return not cancelled and away != PROGRAM and why != MADE_UP


def rate(*, attended: int, scheduled: int) -> float | None:
    """Minutes attended by minutes scheduled (without what the program cancelled); None where nothing was scheduled."""
    return attended / scheduled if scheduled else None


def why_not_record(
    *,
    cancelled: bool,
    seated: bool,
    here: bool,
    starts: datetime,
    ends: datetime,
    at: datetime,
    away: str = "",
    arrived: datetime | None = None,
    left: datetime | None = None,
    called: datetime | None = None,
) -> list[str]:
    """Every reason this may not be recorded; an empty list means it may.

    The start and the end of the session itself may lie ahead: who is marked here sits in its place and is expected to
    stay.
    """
    reasons = []
    if cancelled:
        reasons.append("This session was cancelled, so nobody is marked.")
    if not seated:
        reasons.append("They are not on this roster. Add them first.")
    if here:
        if at < starts - DOORS_OPEN:
            reasons.append("The session has not started yet.")
        if arrived is None or left is None:
            reasons.append("Give the time in and the time out.")
        elif left <= arrived:
            reasons.append("The time out must be after the time in.")
        elif arrived < starts - FAR_OUTSIDE:
            reasons.append("The time in is more than an hour before the start. Check it.")
        elif left > ends + FAR_OUTSIDE:
            reasons.append("The time out is more than an hour after the end. Check it.")
        elif credited_minutes(starts=starts, ends=ends, arrived=arrived, left=left) == 0:
            reasons.append("These times lie outside the session. If they were not in it, choose Away.")
        elif arrived != starts and arrived > at + AHEAD_OF_NOW:
            reasons.append("The time in is still to come. Write it when they arrive.")
        elif left != ends and left > at + AHEAD_OF_NOW:
            reasons.append("The time out is still to come. Write it when they leave.")
        return reasons
    if away not in AWAY_WORDS:
        reasons.append("Choose why they are away: called ahead, no contact, or program cancelled.")
    if away == NO_CONTACT and at < starts:
        reasons.append("The session has not started yet. They may still come.")
    if called is not None and called >= starts:
        reasons.append("A call after the start is not ahead. Choose No contact, and write what they said.")
    return reasons


def why_not_undo(*, replaced: bool, recorded_at: datetime, at: datetime) -> list[str]:
    """Every reason the last mark may not be taken back; correct it instead."""
    if replaced:
        return ["This was changed again since. Correct it in the roster."]
    if at - recorded_at > UNDO_FOR:
        return ["Undo is open for a short moment only. Correct it in the roster."]
    return []


def why_not_seat(*, cancelled: bool, seated: bool, in_care: bool, taken: int, capacity: int | None) -> list[str]:
    """Every reason this person may not be added to the roster."""
    reasons = []
    if cancelled:
        reasons.append("This session was cancelled.")
    if seated:
        reasons.append("They are on this roster already.")
    if not in_care:
        reasons.append("They are not in care in this program on that day.")
    if capacity is not None and taken >= capacity:
        reasons.append(f"All {capacity} seats are taken.")
    return reasons


def first_times(
    *, tap: str, starts: datetime, ends: datetime, at: datetime, arrived: datetime | None, left: datetime | None,
    grace: int = GRACE_MINUTES,
) -> tuple[datetime, datetime]:  # fmt: skip
    """Time in and time out after one tap on Here, Late or Left early; a second tap on Late or Left early undoes it.

    Late and Left early keep each other. While the session runs the tap says when; afterwards it is a guess to correct.
    """
    now = at.replace(second=0, microsecond=0)
    if tap == HERE or arrived is None or left is None:
        arrived, left = starts, ends
    if tap == LATE:
        late = is_late(starts=starts, arrived=arrived, grace=grace)
        first_late = starts + timedelta(minutes=grace + 1)
        guess = max(now, first_late) if now < ends else starts + max(USUAL_SHORTFALL, timedelta(minutes=grace + 1))
        arrived = starts if late else min(guess, left - timedelta(minutes=1))
    if tap == LEFT:
        early = is_left_early(ends=ends, left=left)
        guess = now if starts < now < ends else ends - USUAL_SHORTFALL
        left = ends if early else max(guess, arrived + timedelta(minutes=1))
    return arrived, left


def read_time(text: str, *, near: datetime, zone: str) -> datetime | None:
    """The instant a typed time of day means (5:52, 17:52, 552, 5:52 PM), on the day of the session and nearest to it.

    Without AM or PM the half of the day nearer to `near` is meant. None where the text is no time.
    """
    found = re.fullmatch(r"\s*(\d{1,2})(?:[:.h ]?(\d{2}))?\s*([ap])?\.?m?\.?\s*", text.strip().lower())
    if not found:
        return None
    hour, minute, half = int(found[1]), int(found[2] or 0), found[3]
    if hour > 23 or minute > 59 or (half and not 1 <= hour <= 12):
        return None
    if half:
        hours = [hour % 12 + (12 if half == "p" else 0)]
    elif 1 <= hour <= 12:
        hours = [hour % 12, hour % 12 + 12]
    else:
        hours = [hour]
    there = ZoneInfo(zone)
    day = near.astimezone(there).date()
    guesses = [datetime.combine(day, time(one, minute), tzinfo=there) for one in hours]
    return min(guesses, key=lambda guess: abs(guess - near))


def triggers(*, missed_on: Iterable[date], on: date) -> list[Trigger]:
    """What the unexcused absences up to and with this day ask for, counted in days missed (several groups of one day
    are one): a call the same day; two in 7 days, a look at the plan; three in 14, outreach and a risk check.
    The sterner of the last two stands alone (program defaults)."""
    days = {day for day in missed_on if day <= on} | {on}
    asks = [
        Trigger(
            kind="missed-session",
            level="high",
            words="Missed a session without contact. Reach out today.",
            why="First contact on the day itself keeps people in care (program default).",
        )
    ]

    def within(span: int) -> int:
        return len([day for day in days if (on - day).days < span])

    if within(OUTREACH[1]) >= OUTREACH[0]:
        count = within(OUTREACH[1])
        asks.append(
            Trigger(
                kind="attendance-pattern",
                level="high",
                words=f"Missed {count} days in {OUTREACH[1]} without contact. Start outreach and check risk.",
                why=f"{OUTREACH[0]} days missed in {OUTREACH[1]} ask for outreach and a risk check (program default).",
            )
        )
    elif within(PLAN_REVIEW[1]) >= PLAN_REVIEW[0]:
        asks.append(
            Trigger(
                kind="attendance-pattern",
                level="medium",
                words=f"Missed {within(PLAN_REVIEW[1])} days in {PLAN_REVIEW[1]} without contact. Look at the plan.",
                why=f"{PLAN_REVIEW[0]} days missed in {PLAN_REVIEW[1]} ask for a plan review (program default).",
            )
        )
    return asks


def silence(*, last: date, on: date) -> Trigger | None:
    """What days without any contact ask for: outreach after 7; after 14 without service, a look at the stay itself.

    `last` is the last day the person came or called. The words hold that day, so that each silence is told once.
    """
    days = (on - last).days
    since = f"{last:%b} {last.day}"
    if days >= NO_SERVICE_DAYS:
        return Trigger(
            kind="attendance-pattern",
            level="high",
            words=f"No service since {since}. Check risk, reach out, and review the stay.",
            why=f"{NO_SERVICE_DAYS} days without service ask for a review of the stay (program default).",
        )
    if days >= SILENT_DAYS:
        return Trigger(
            kind="attendance-pattern",
            level="high",
            words=f"No contact since {since}. Start outreach and check risk.",
            why=f"{SILENT_DAYS} days without contact ask for outreach and a risk check (program default).",
        )
    return None


def door_names(people: Iterable[tuple[str, str]]) -> list[str]:
    """First name and initial for each (first name, full name), in order; longer where two would read the same."""
    listed = list(people)

    def short(first: str, full: str, letters: int) -> str:
        last = full.split()[-1] if " " in full else ""
        return f"{first} {last[:letters]}{'.' if letters < len(last) else ''}".strip()

    found = []
    for first, full in listed:
        letters = 1
        others = [one for one in listed if one != (first, full)]
        while letters < len(full) and any(
            short(first, full, letters) == short(one, whole, letters) for one, whole in others
        ):
            letters += 1
        found.append(short(first, full, letters))
    return found
