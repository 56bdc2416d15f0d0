"""What a person's own pages say: greetings, when a session can be joined, the week's knots, one earned line. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

SOON = timedelta(minutes=30)  # a session this near stands before everything else (program default)
JOIN_FROM = timedelta(minutes=10)  # a video room opens this long before (program default)
DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
# What helps in the next minutes when nothing of one's own is on record yet. General coping steps, no treatment.
SMALL_THINGS = (
    ("Walk around the block", "Ten minutes, phone in the pocket"),
    ("Cold water, count to 50", "Hands and face, slowly"),
    ("Breathe out longer than in", "In for 4, out for 6, ten times"),
)


def greeting(at: datetime, zone: str) -> str:
    """Good morning, afternoon or evening, by the program's clock."""
    hour = at.astimezone(ZoneInfo(zone)).hour
    return "Good morning" if 4 <= hour < 12 else "Good afternoon" if 12 <= hour < 17 else "Good evening"


def spoken_day(at: datetime, zone: str) -> str:
    """The local day in full: Wednesday, October 14."""
    local = at.astimezone(ZoneInfo(zone))
    return f"{local:%A, %B} {local.day}"


def stands_first(starts: datetime, ends: datetime, at: datetime) -> bool:
    """Whether a session is on now or begins within half an hour."""
    return starts - SOON <= at < ends


def joinable(starts: datetime, ends: datetime, at: datetime) -> bool:
    """Whether its video room is open."""
    return starts - JOIN_FROM <= at < ends


def starts_in(starts: datetime, at: datetime) -> str:
    """How long until a session begins, in words; nothing when it is more than a day away."""
    left = starts - at
    if left <= timedelta():
        return "on now"
    minutes = -(-int(left.total_seconds()) // 60)
    if minutes < 60:
        return f"starts in {minutes} {'minute' if minutes == 1 else 'minutes'}"
    hours = round(minutes / 60)
    return f"starts in {hours} {'hour' if hours == 1 else 'hours'}" if hours < 24 else ""


def hours(minutes: int) -> str:
    """Minutes as hours with one digit at most, as staff read them: 90 is 1.5, 475 is 7.9, 60 is 1."""
    return f"{minutes / 60:.1f}".removesuffix(".0")


@dataclass(frozen=True)
class Meeting:
    """One session of the week as the knots need it: its day, its minutes, and what came of it."""

    on: date
    minutes: int
    attended: int | None  # minutes; None while nobody has recorded it
    over: bool
    cancelled: bool = False  # by the program


@dataclass(frozen=True)
class Knot:
    """One day of the week on the person's line."""

    word: str
    state: str
    today: bool
    hours: str
    says: str


def knots(monday: date, today: date, meetings: Iterable[Meeting]) -> list[Knot]:
    """Seven knots: filled where they came, open where something is planned, grey where nothing was or it passed by."""
    rows = list(meetings)
    found = []
    for n in range(7):
        day = monday + timedelta(days=n)
        mine = [row for row in rows if row.on == day and not row.cancelled]
        called_off = any(row.on == day and row.cancelled for row in rows)
        planned = sum(row.minutes for row in mine if row.attended is None and not row.over)
        attended = sum(row.attended or 0 for row in mine)
        both = attended and planned
        said = f"{hours(attended)} + {hours(planned)} h" if both else f"{hours(attended or planned)} h"
        if attended:
            ahead = f", {_spoken(planned)} still planned" if planned else ""
            state, says = "done", f"{_spoken(attended)} attended{ahead}"
        elif planned:
            state, says = "", f"{_spoken(planned)} planned"
        else:
            state, said = "off", ""
            says = _passed(mine, called_off)
        found.append(Knot(DAYS[n], state, day == today, said if attended or planned else "", says))
    return found


def _passed(meetings: Sequence[Meeting], called_off: bool) -> str:
    """The word for a day without time attended or ahead: what nobody wrote down yet is not said to be missed."""
    if any(row.attended is None for row in meetings):
        return "not written down yet"
    return "away" if meetings else "called off by the program" if called_off else "nothing planned"


def _spoken(minutes: int) -> str:
    return f"{hours(minutes)} {'hour' if minutes == 60 else 'hours'}"


def earned(*, sessions: int, minutes: int, check_ins: int) -> str:
    """One line about what the person did, with a count of their own; nothing where there is nothing to count yet."""
    if sessions >= 2:
        return f"You came to {sessions} sessions this week. That is {hours(minutes)} hours you gave yourself."
    if check_ins >= 3:
        return f"You checked in with yourself on {check_ins} of the last 7 days."
    if sessions == 1:
        return "You came to 1 session this week. Coming is the work."
    return ""


def shared_line(name: str, kinds: Sequence[str]) -> str:
    """What a supporter may see, in one sentence that says who decides."""
    words = kinds[0] if len(kinds) == 1 else f"{', '.join(kinds[:-1])} and {kinds[-1]}"
    return f"{name} shares this with you: {words}. {name} decides, and can end it at any time."


def plain_score(*, plain: str, change: str) -> str:
    """A total in plain words, with how it moved where that is more than the measure's own noise."""
    moved = {"better": " That is less than last time.", "worse": " That is more than last time."}.get(change, "")
    return f"Your answers show {plain}.{moved}"
