"""When a week holds: hours against what is prescribed, clashes, seats, local time. Pure."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from itertools import combinations
from typing import Any
from zoneinfo import ZoneInfo

from openiop.base.rules import Period
from openiop.programs.rules import POLICIES, Role

DAY = 24 * 60  # minutes
WEEK = 7 * DAY  # minutes
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
SHORT_DAYS = tuple(name[:3] for name in WEEKDAYS)
BUSY_WORDS = {
    "work": "work",
    "school": "school",
    "childcare": "childcare",
    "travel": "travel",
    "other": "something else",
}
MOST_TRAVEL = 240  # minutes one way; above it the entry is surely a slip of the keyboard

# --- Policy: each default stands in programs with its source; a dated row counts instead. -----------------------------

WEEK_HOURS = "week-hours"  # hours a week by level of care
WEEK_HOURS_DEFAULT: dict[str, float] = POLICIES[WEEK_HOURS].default
WEEK_DAYS = "week-days"
WEEK_DAYS_DEFAULT: dict[str, float] = POLICIES[WEEK_DAYS].default
DAY_HOURS = "day-hours"  # hours on a day of treatment
DAY_HOURS_DEFAULT: dict[str, float] = POLICIES[DAY_HOURS].default
LEVEL_HOURS = "level-hours"  # hours a week to begin with at a level of care
LEVEL_HOURS_DEFAULT: dict[str, float] = POLICIES[LEVEL_HOURS].default
LEVEL_DAYS = "level-days"
LEVEL_DAYS_DEFAULT: dict[str, float] = POLICIES[LEVEL_DAYS].default
GROUP_SEATS = "group-seats"  # seats of a new group
GROUP_SEATS_DEFAULT: int = POLICIES[GROUP_SEATS].default
FACILITATOR_HOURS = "facilitator-hours"  # hours a week with people, most allowed
FACILITATOR_HOURS_DEFAULT: float = POLICIES[FACILITATOR_HOURS].default
ROOM_HOURS = "room-hours"  # hours a week a room is open
ROOM_HOURS_DEFAULT: float = POLICIES[ROOM_HOURS].default
WEEKS_AHEAD = "weeks-ahead"  # weeks for which sessions are made ahead
WEEKS_AHEAD_DEFAULT: int = POLICIES[WEEKS_AHEAD].default
CLOSED_DAYS = "closed-days"  # [{"on": "2026-11-26", "why": "Thanksgiving Day"}]
# Structured treatment is counted; mutual-help meetings are not (program default, configurable).
UNCOUNTED = "uncounted-services"
UNCOUNTED_DEFAULT = ("support-group",)


@dataclass(frozen=True)
class Bounds:
    """What a week may hold, in hours and days, as the program's policies have it on a day."""

    low: float = WEEK_HOURS_DEFAULT["low"]
    least: float = WEEK_HOURS_DEFAULT["least"]
    next: float = WEEK_HOURS_DEFAULT["next"]
    days_least: float = WEEK_DAYS_DEFAULT["least"]
    days_most: float = WEEK_DAYS_DEFAULT["most"]
    day_least: float = DAY_HOURS_DEFAULT["least"]
    day_most: float = DAY_HOURS_DEFAULT["most"]


STANDARD = Bounds()


def _number(value: float) -> str:
    """A number as people write it: 9, 9.5."""
    return f"{value:.1f}".rstrip("0").rstrip(".")


def hours(minutes: float) -> str:
    """Minutes as hours in words: 90 is '1.5 hours', 60 is '1 hour'."""
    text = _number(minutes / 60)
    return f"{text} hour" if text == "1" else f"{text} hours"


def implied_level(minutes: float, bounds: Bounds = STANDARD) -> str:
    """The level of care that so many minutes a week amount to, for adults."""
    if minutes < bounds.least * 60:
        return "1.5"
    return "2.1" if minutes < bounds.next * 60 else "2.5"


def band_warning(minutes: float, bounds: Bounds = STANDARD, level: str = "2.1") -> str:
    """Why so many minutes a week do not fit the level of care; empty where they do."""
    implied = implied_level(minutes, bounds)
    if implied == level:
        return ""
    if level == "2.5":
        return f"{hours(minutes)} a week is under the {_number(bounds.next)} hours of level 2.5."
    if level == "2.1" and minutes < bounds.low * 60:
        return f"{hours(minutes)} a week is below intensive outpatient: under {_number(bounds.low)} hours is level 1.5."
    if level == "2.1" and implied == "1.5":
        return (
            f"{hours(minutes)} a week does not meet the adult minimum of {_number(bounds.least)} hours for level 2.1."
        )
    if implied == "2.5":
        return (
            f"{hours(minutes)} a week is level 2.5: from {_number(bounds.next)} hours on, "
            "billing and license must be for level 2.5."
        )
    return f"{hours(minutes)} a week is level {implied}, and this person is at level {level}."


def why_warn(*, minutes: float, days: int, level: str = "2.1", bounds: Bounds = STANDARD) -> list[str]:
    """Every reason to look twice at a prescribed week; it may still be prescribed."""
    warnings = [text] if (text := band_warning(minutes, bounds, level)) else []
    if level in {"2.1", "2.5"}:
        if days < bounds.days_least:
            warnings.append(
                f"{days} days a week is fewer than the {_number(bounds.days_least)} this program plans for."
            )
        if days > bounds.days_most:
            warnings.append(f"{days} days a week is more than the {_number(bounds.days_most)} this program plans for.")
        a_day = minutes / days
        if a_day < bounds.day_least * 60:
            warnings.append(f"That is {hours(a_day)} a day, under the {_number(bounds.day_least)} planned for a day.")
        if a_day > bounds.day_most * 60:
            warnings.append(f"That is {hours(a_day)} a day, over the {_number(bounds.day_most)} planned for a day.")
    return warnings


WHY_OUTSIDE = "Say why the week lies outside the usual bounds."
# A week is prescribed to begin this many days ahead at most (program default): later is most often a mistyped year.
PRESCRIBED_AHEAD = 90


FAR_AHEAD = f"It begins more than {PRESCRIBED_AHEAD} days from now. Look at the year."
BEFORE_CARE = "It begins before care did. Choose the first day of care or later."
CLOSED_AHEAD = 366  # days


def why_not_close(*, on: date, from_on: date, today: date) -> list[str]:
    """Why a group cannot end on the day: before it began, or so far ahead that the year is mistyped."""
    if on < min(from_on, today):
        return ["The group had not begun on that day. Choose a later one."]
    return ["That is more than a year away. Look at the year."] if (on - today).days > CLOSED_AHEAD else []


def why_not_prescribe(
    *,
    minutes: int,
    days: int,
    mix: Mapping[str, int],
    services: Iterable[str],
    ended: bool,
    warnings: Collection[str] = (),
    reason: str = "",
    ahead: int = 0,
    before: bool = False,
) -> list[str]:
    """Every reason a week may not be prescribed so; outside the usual bounds it needs words (program rule)."""
    reasons = []
    if ended:
        reasons.append("This episode has ended.")
    if ahead > PRESCRIBED_AHEAD:
        reasons.append(FAR_AHEAD)
    if before:
        reasons.append(BEFORE_CARE)
    if minutes <= 0:
        reasons.append("Prescribe some time: hours a week must be more than zero.")
    if not 1 <= days <= 7:
        reasons.append("A week has 1 to 7 days of treatment.")
    elif minutes > days * DAY:
        reasons.append("So many hours do not fit into so many days.")
    if set(mix) - set(services):
        reasons.append("One of these services is not offered.")
    if any(count < 0 for count in mix.values()):
        reasons.append("A count in the mix cannot be less than zero.")
    if warnings and not reason.strip() and not reasons:
        reasons.append(WHY_OUTSIDE)
    return reasons


def missing_from_mix(mix: Mapping[str, int], planned: Mapping[str, int]) -> dict[str, int]:
    """Services of which the week holds fewer than prescribed: service -> how many are missing."""
    return {service: want - planned.get(service, 0) for service, want in mix.items() if want > planned.get(service, 0)}


SERVICE_WORDS = {
    "group": "group",
    "skills": "skills group",
    "education": "education group",
    "individual": "individual visit",
    "family": "family visit",
    "medication": "medication visit",
    "holistic": "holistic group",
    "support-group": "support group",
    "case-management": "case management visit",
}


def service_count(service: str, count: int) -> str:
    """So many of a service in words: 1 individual visit, 3 skills groups."""
    word = SERVICE_WORDS.get(service, service)
    return f"{count} {word}" if count == 1 else f"{count} {word}s"


# --- After a step -----------------------------------------------------------------------------------------------------

# Visits go on as they were when the level changes; groups follow the hours (program default).
VISITS = frozenset({"individual", "family", "medication", "case-management"})


def mix_at(mix: Mapping[str, int], *, was_minutes: int, minutes: int) -> dict[str, int]:
    """The mix to begin with after a step: visits as before, groups in proportion to the hours, at least one of each."""
    share = minutes / was_minutes if was_minutes else 1
    return {
        service: count if service in VISITS else max(1, round(count * share)) for service, count in mix.items() if count
    }


# --- Who leads --------------------------------------------------------------------------------------------------------

# Those who treat, and peers, who lead or co-lead peer groups. Intake, billing, the front desk, the privacy official and
# a director who is nothing else do not treat, so no group or visit is given to them (program default).
MAY_LEAD = frozenset({Role.COUNSELOR, Role.SUPERVISOR, Role.PRESCRIBER, Role.NURSE, Role.PEER})
# Who is proposed first for a visit of one person or a family: a talk is a counselor's work, not a medication visit.
TALKS = frozenset({Role.COUNSELOR, Role.SUPERVISOR})
MEDICAL = "medication"  # a prescriber's work, and of nothing else the prescriber's first
TALK_SERVICES = frozenset({"individual", "family"})


def why_not_lead(name: str, roles: Collection[str]) -> list[str]:
    """Why someone with these roles cannot lead a group, a session or a visit; empty where they can."""
    if MAY_LEAD & set(roles):
        return []
    return [f"{name} does not lead: choose a counselor, supervisor, prescriber, nurse or peer."]


def can_be_covered(ends_at: datetime, at: datetime) -> bool:
    """Whether a session can still be given to someone else: it has not ended yet."""
    return ends_at > at


ENTERED_LATE = timedelta(days=7)  # a group that began this week may still be entered; program default


def why_not_begin(from_on: date, today: date) -> list[str]:
    """Why a group cannot begin on the day: it lies further back than a week; empty where it can."""
    return ["Choose a day from today on."] if from_on < today - ENTERED_LATE else []


# --- Local time -------------------------------------------------------------------------------------------------------


def instants(on: date, starts: time, minutes: int, zone: str) -> tuple[datetime, datetime]:
    """Start and end, in UTC, of something at a local wall time; the wall time holds through clock changes.

    A wall time that the clock skips is read as if the clock had not changed yet; one that comes twice is the first.
    The length is real time.
    """
    begins = datetime.combine(on, starts, tzinfo=ZoneInfo(zone)).astimezone(UTC)
    return begins, begins + timedelta(minutes=minutes)


def dates(weekday: int, first: date, until: date) -> Iterator[date]:
    """Each day of that weekday from `first` up to and without `until`."""
    day = first + timedelta(days=(weekday - first.weekday()) % 7)
    while day < until:
        yield day
        day += timedelta(days=7)


def clock(at: time) -> str:
    """A wall time as people say it: 5:30 PM."""
    return f"{at.hour % 12 or 12}:{at.minute:02d} {'PM' if at.hour >= 12 else 'AM'}"


def minute_of(at: time) -> int:
    """Minutes from midnight."""
    return at.hour * 60 + at.minute


def later(at: time, minutes: int) -> time:
    """The wall time so many minutes on, past midnight if need be."""
    moved = (minute_of(at) + minutes) % DAY
    return time(moved // 60, moved % 60)


# --- Clashes ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Block:
    """A weekly stretch someone is busy; the way there and back lies before and after it."""

    weekday: int
    starts: time
    ends: time
    why: str = "work"
    travel_minutes: int = 0


@dataclass(frozen=True)
class Meeting:
    """Something that takes place each week on a weekday at a local time, for the days of its period."""

    key: str
    name: str
    weekday: int
    starts: time
    minutes: int
    period: Period = field(default_factory=lambda: Period(date.min))
    service: str = "group"


@dataclass(frozen=True)
class Clash:
    """Two things one person cannot do at once: the meeting's key, in words, and for how many minutes."""

    key: str
    words: str
    minutes: int
    kind: str  # "busy" or "booked"
    short: str = ""  # the same beside the meeting itself: work and the way, 15 minutes


def _start(meeting: Meeting) -> int:
    return meeting.weekday * DAY + minute_of(meeting.starts)


def overlap(first: int, length: int, other: int, other_length: int) -> int:
    """Minutes two weekly stretches share; both are minutes from Monday midnight and may run past Sunday."""
    return sum(
        max(0, min(first + length, other + shift + other_length) - max(first, other + shift))
        for shift in (-WEEK, 0, WEEK)
    )


def periods_meet(one: Period, other: Period) -> bool:
    """Whether some day lies in both periods."""
    first = max(one.first, other.first)
    ends = [end for end in (one.until, other.until) if end is not None]
    return all(first < end for end in ends)


def takes_place(meeting: Meeting, since: date) -> bool:
    """Whether the meeting is held in the seven days from `since` on: its weekday there lies within its period."""
    return meeting.period.holds(since + timedelta(days=(meeting.weekday - since.weekday()) % 7))


def meetings_meet(one: Meeting, other: Meeting) -> bool:
    """Whether two weekly meetings ever take place at the same time."""
    return (
        periods_meet(one.period, other.period) and overlap(_start(one), one.minutes, _start(other), other.minutes) > 0
    )


def stretch(first: time, last: time) -> str:
    """Two wall times, AM or PM once where it is the same: 5:30 – 7:00 PM."""
    start = clock(first)
    if (first.hour >= 12) == (last.hour >= 12):
        start = start[:-3]
    return f"{start} – {clock(last)}"


def span(meeting: Meeting) -> str:
    """Day and times of a meeting: Monday 5:30 – 7:00 PM."""
    ends = later(meeting.starts, meeting.minutes)
    return f"{WEEKDAYS[meeting.weekday]} {stretch(meeting.starts, ends)}"


def busy_clash(meeting: Meeting, block: Block) -> Clash | None:
    """How a meeting runs into a busy stretch and the way there and back; None where it does not."""
    starts = block.weekday * DAY + minute_of(block.starts) - block.travel_minutes
    length = minute_of(block.ends) - minute_of(block.starts) + 2 * block.travel_minutes
    shared = overlap(_start(meeting), meeting.minutes, starts, length)
    if not shared:
        return None
    travel = f", with {block.travel_minutes} minutes of travel each way," if block.travel_minutes else ""
    what = BUSY_WORDS.get(block.why, block.why)
    return Clash(
        key=meeting.key,
        words=(
            f"{meeting.name}, {span(meeting)}: {what} "
            f"{clock(block.starts)} – {clock(block.ends)}{travel} overlaps by {shared} minutes."
        ),
        minutes=shared,
        kind="busy",
        short=f"{what.capitalize()}{' and the way' if travel else ''}, {shared} minutes",
    )


def clashes(meetings: Sequence[Meeting], blocks: Iterable[Block]) -> list[Clash]:
    """Every clash of the meetings with the busy stretches and with one another, in the order of the week."""
    blocks = list(blocks)
    found = [
        (_start(meeting), clash)
        for meeting in meetings
        for block in blocks
        if (clash := busy_clash(meeting, block)) is not None
    ]
    for one, other in combinations(sorted(meetings, key=lambda each: (_start(each), each.key)), 2):
        if meetings_meet(one, other):
            shared = overlap(_start(one), one.minutes, _start(other), other.minutes)
            words = f"{other.name} and {one.name} are both on {span(one)}: they share {shared} minutes."
            found.append((_start(other), Clash(other.key, words, shared, "booked", f"{one.name} at the same time")))
    return [clash for _, clash in sorted(found, key=lambda each: (each[0], each[1].kind, each[1].words))]


def that_fit(meetings: Iterable[Meeting], *, minutes: int, days: int) -> set[str]:
    """Keys of the groups that stay within so many minutes on so many days: whole days first, in the order of the week.

    Where no whole day fits, the first groups of the first day that do.
    """
    by_day: dict[int, list[Meeting]] = {}
    for one in sorted(meetings, key=lambda each: (_start(each), each.key)):
        by_day.setdefault(one.weekday, []).append(one)
    kept: list[Meeting] = []
    for whole in (True, False):
        for day in by_day.values():
            left = minutes - sum(one.minutes for one in kept)
            if day[0] in kept or len({one.weekday for one in kept}) >= days:
                continue
            if sum(one.minutes for one in day) <= left:
                kept += day
            elif not whole:
                for one in day:
                    if one.minutes <= left:
                        kept.append(one)
                        left -= one.minutes
    return {one.key for one in kept}


# --- Busy stretches as typed ------------------------------------------------------------------------------------------


def why_not_busy(block: Block) -> list[str]:
    """Every reason a busy stretch cannot be kept as it is."""
    reasons = []
    if not 0 <= block.weekday <= 6:
        reasons.append("Choose a day of the week.")
    if block.ends <= block.starts:
        reasons.append("The end must come after the start.")
    if not 0 <= block.travel_minutes <= MOST_TRAVEL:
        reasons.append(f"Travel is 0 to {MOST_TRAVEL} minutes each way.")
    if block.why not in BUSY_WORDS:
        reasons.append("Choose what it is: work, school, childcare, travel or something else.")
    return reasons


def over_night(block: Block) -> list[Block]:
    """The stretch as kept: one that runs past midnight becomes its two parts, each on its own day."""
    if block.ends > block.starts:
        return [block]
    parts = [Block(block.weekday, block.starts, time(23, 59), block.why, block.travel_minutes)]
    if block.ends > time(0):
        parts.append(Block((block.weekday + 1) % 7, time(0), block.ends, block.why, block.travel_minutes))
    return [part for part in parts if part.ends > part.starts]


# --- Bookings on one day ----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Booking:
    """One stretch of real time that takes a room, its facilitators and its people."""

    key: str
    title: str
    starts_at: datetime
    ends_at: datetime
    place: str
    facilitators: frozenset[str]
    people: frozenset[str] = frozenset()


def moment(at: datetime, zone: str) -> str:
    """An instant on the program's clock, as a sentence says it: Wed Oct 14, 5:30 PM."""
    local = at.astimezone(ZoneInfo(zone))
    return f"{SHORT_DAYS[local.weekday()]} {local:%b} {local.day}, {clock(local.time())}"


def at_once(one: Booking, other: Booking) -> bool:
    """Whether two bookings share any time; one that begins as the other ends does not."""
    return one.starts_at < other.ends_at and other.starts_at < one.ends_at


def why_not_book(
    wanted: Booking,
    others: Iterable[Booking],
    *,
    zone: str,
    names: Callable[[str], str],
    rooms: Callable[[str], str],
) -> list[str]:
    """Every double booking of room, facilitator or person; empty where all are free.

    `names` and `rooms` turn keys into the words the sentence uses.
    """
    reasons: list[str] = []
    for other in others:
        if other.key == wanted.key or not at_once(wanted, other):
            continue
        when = moment(other.starts_at, zone)
        if other.place == wanted.place:
            reasons.append(f"{rooms(wanted.place)} is taken then: {other.title}, {when}.")
        reasons += [
            f"{names(who)} already leads {other.title} then ({when})."
            for who in sorted(wanted.facilitators & other.facilitators)
        ]
        if wanted.people & other.people:
            reasons.append(f"They are already expected at {other.title} then ({when}).")
    return reasons


def why_not_standing(
    wanted: Meeting,
    others: Iterable[tuple[Meeting, str, frozenset[str]]],
    *,
    place: str,
    facilitators: frozenset[str],
    names: Callable[[str], str],
    rooms: Callable[[str], str],
) -> list[str]:
    """Every weekly double booking of room or facilitator by another group; each other is (meeting, place, leads)."""
    reasons: list[str] = []
    for other, other_place, leads in others:
        if other.key == wanted.key or not meetings_meet(wanted, other):
            continue
        if other_place == place:
            reasons.append(f"{rooms(place)} is taken then: {other.name}, {span(other)}.")
        reasons += [
            f"{names(who)} already leads {other.name} then ({span(other)})." for who in sorted(facilitators & leads)
        ]
    return reasons


def why_not_seat(*, taken: int, capacity: int, name: str) -> list[str]:
    """Why one more person cannot have a seat; empty where there is room."""
    if taken < capacity:
        return []
    return [f"{name} is full: all {capacity} seats are taken."]


# --- Who is out -------------------------------------------------------------------------------------------------------

AWAY_WORDS = {"sick": "Sick", "leave": "On leave", "training": "Training", "other": "Other"}
LONGEST_AWAY = 366  # days; later is most often a mistyped year (program default)


def out_words(name: str, on: date) -> str:
    """That someone is out on a day, as a sentence."""
    return f"{name} is out on {SHORT_DAYS[on.weekday()]} {on:%b} {on.day}."


def why_not_away(*, why: str, first: date, until: date, today: date, stands: Iterable[Period]) -> list[str]:
    """Every reason a time away cannot be noted so; `until` is the first day back."""
    reasons = []
    if why not in AWAY_WORDS:
        reasons.append("Choose why they are out.")
    if until <= first:
        reasons.append("The last day out cannot come before the first.")
    if until <= today:
        reasons.append("These days have passed.")
    if (until - first).days > LONGEST_AWAY or (first - today).days > LONGEST_AWAY:
        reasons.append("That is more than a year. Look at the year.")
    if any(periods_meet(Period(first, until), other) for other in stands):
        reasons.append("They are noted as out on some of these days already.")
    return reasons


# --- A day off --------------------------------------------------------------------------------------------------------

WhyClosed = Callable[[date], str]


def closed_days(rows: Iterable[tuple[date, Any]]) -> WhyClosed:
    """Why the program is closed on a day, by its dated policy rows; empty where it is open.

    Each row is (in force from, [{"on": ISO date, "why": words}]); the newest row in force on the day counts.
    """
    known = [
        (since, {str(entry["on"]): str(entry["why"]) for entry in value})
        for since, value in sorted(rows, key=lambda row: row[0], reverse=True)
    ]

    def why(day: date) -> str:
        return next((names.get(day.isoformat(), "") for since, names in known if since <= day), "")

    return why


# --- Busy stretches as a page shows them ------------------------------------------------------------------------------


@dataclass(frozen=True)
class BusyRow:
    """One line of the availability page: the same stretch on several days of the week."""

    days: tuple[int, ...]
    starts: time
    ends: time
    why: str
    travel_minutes: int

    @property
    def words(self) -> str:
        """The line as a sentence: Work, Mon to Fri, 9:00 AM – 5:00 PM, 30 minutes of travel each way."""
        travel = f", {self.travel_minutes} minutes of travel each way" if self.travel_minutes else ""
        what = BUSY_WORDS.get(self.why, self.why).capitalize()
        return f"{what}, {days_text(self.days)}, {clock(self.starts)} – {clock(self.ends)}{travel}"


def days_text(days: Sequence[int]) -> str:
    """Days of the week in few words: Mon to Fri; Mon, Wed, Fri."""
    days = sorted(days)
    if len(days) > 2 and days[-1] - days[0] == len(days) - 1:
        return f"{SHORT_DAYS[days[0]]} to {SHORT_DAYS[days[-1]]}"
    return ", ".join(SHORT_DAYS[day] for day in days)


def busy_rows(blocks: Iterable[Block]) -> list[BusyRow]:
    """The stretches as lines: days that share times stand together, and the two parts of a night are one again."""
    blocks = sorted(blocks, key=lambda block: (block.weekday, block.starts, block.ends))
    mornings = [block for block in blocks if block.starts == time(0)]
    lines: dict[tuple[time, time, str, int], list[int]] = {}
    used: list[Block] = []
    for block in blocks:
        if block.ends == time(23, 59):
            for part in mornings:
                same = (part.why, part.travel_minutes) == (block.why, block.travel_minutes)
                if same and part.weekday == (block.weekday + 1) % 7 and part not in used and part.ends < block.starts:
                    used.append(part)
                    lines.setdefault((block.starts, part.ends, block.why, block.travel_minutes), []).append(
                        block.weekday
                    )
                    used.append(block)
                    break
    for block in blocks:
        if block not in used:
            lines.setdefault((block.starts, block.ends, block.why, block.travel_minutes), []).append(block.weekday)
    rows = [BusyRow(tuple(sorted(days)), *key) for key, days in lines.items()]
    return sorted(rows, key=lambda row: (row.days, row.starts, row.ends, row.why))


def blocks_of(rows: Iterable[BusyRow]) -> list[Block]:
    """The lines as weekly stretches, one for each day."""
    return [Block(day, row.starts, row.ends, row.why, row.travel_minutes) for row in rows for day in row.days]
