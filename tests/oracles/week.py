"""Sessions through clock changes, clashes with a person's week, and clinical minutes per week.

Sources: Energy Policy Act of 2005, section 110 (15 U.S.C. 260a): daylight time in the United States runs from 2 AM on
the second Sunday of March to 2 AM on the first Sunday of November; in 2026 March 8 and November 1. Program rules: a
group keeps its wall-clock time all year; blocks that only touch do not clash; only therapeutic minutes count toward
weekly hours.

Style: no time zone database; offsets come from counting Sundays. A week is a ring of 10,080 minutes and a block a set
of them.

Signatures an adapter must offer (weekday 0 is Monday; times "HH:MM" on the clinic's wall clock; a block whose end is
not after its start runs past midnight into the next day, Sunday into Monday):

``week.starts``         (*, first_day: date, wall_time: time, weeks: int, zone: "America/New_York" | "America/Phoenix")
                        -> iterable of aware datetimes: the starts of a weekly session, in order
``week.clashes``        (*, busy: tuple[(weekday, start, end)], groups: tuple[(weekday, start, end)])
                        -> iterable of (group index, busy index)
``week.double_booked``  (*, groups: tuple[(weekday, start, end)]) -> iterable of (lower index, higher index)
``week.minutes``        (*, sessions: tuple[(weekday, start, end, therapeutic: bool)]) -> int
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from itertools import combinations, product
from typing import Any

from .comparison import Given, Oracle, Row

RING = 7 * 24 * 60
Block = tuple[int, str, str]


def _sundays(year: int, month: int) -> list[date]:
    days = [date(year, month, 1) + timedelta(n) for n in range(30)]
    return [day for day in days if day.month == month and day.isoweekday() == 7]


def behind_utc(day: date, zone: str) -> int:
    """Hours behind UTC at a daytime or evening hour of this day."""
    if zone == "America/Phoenix":
        return 7
    summer = _sundays(day.year, 3)[1] <= day < _sundays(day.year, 11)[0]
    return 4 if summer else 5


def starts(*, first_day: date, wall_time: time, weeks: int, zone: str) -> tuple[datetime, ...]:
    """The starts in UTC: each is the same wall clock plus that day's own offset."""
    found = []
    for week in range(weeks):
        day = first_day + timedelta(7 * week)
        utc_hour = wall_time.hour + behind_utc(day, zone)
        found.append(
            datetime(day.year, day.month, day.day, 0, wall_time.minute, tzinfo=UTC) + timedelta(hours=utc_hour)
        )
    return tuple(found)


CLOCK = {f"{hour:02}:{minute:02}": hour * 60 + minute for hour in range(24) for minute in range(60)}


def _cells(block: tuple[Any, ...]) -> frozenset[int]:
    """The minutes of the ring this block covers, walked one by one until the clock shows its end."""
    day, start, end = block[:3]
    here, stop = day * 1440 + CLOCK[start], CLOCK[end]
    cells = []
    while not cells or here % 1440 != stop:
        cells.append(here % RING)
        here += 1
    return frozenset(cells)


def clashes(*, busy: tuple[Block, ...], groups: tuple[Block, ...]) -> frozenset[tuple[int, int]]:
    """Each pair of a group and a busy block that share a minute."""
    blocks = [_cells(block) for block in busy]
    return frozenset(
        (g, b) for g, group in enumerate(groups) for b, cells in enumerate(blocks) if _cells(group) & cells
    )


def double_booked(*, groups: tuple[Block, ...]) -> frozenset[tuple[int, int]]:
    """Each pair of groups that share a minute."""
    return frozenset((i, j) for i, j in combinations(range(len(groups)), 2) if _cells(groups[i]) & _cells(groups[j]))


def minutes(*, sessions: tuple[tuple[int, str, str, bool], ...]) -> int:
    """Therapeutic minutes in the week."""
    return sum(len(_cells(session)) for session in sessions if session[3])


def _start(day: str, clock: str, utc: str, zone: str = "America/New_York") -> Row:
    given = {"first_day": date.fromisoformat(day), "wall_time": time.fromisoformat(clock), "weeks": 1, "zone": zone}
    return Row("week.starts", given, (datetime.fromisoformat(utc).replace(tzinfo=UTC),))


def _blocks(text: str) -> tuple[Any, ...]:
    """'Mon 18:00-21:00, Tue 09:00-12:00 break' as blocks; a trailing word marks a session that is not therapeutic."""
    names = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
    found = []
    for part in filter(None, text.split(", ")):
        day, span, *mark = part.split(" ")
        start, end = span.split("-")
        found.append((names.index(day), start, end, not mark))
    return tuple(found)


def _plain(text: str) -> tuple[Block, ...]:
    return tuple(block[:3] for block in _blocks(text))


def _clash(groups: str, busy: str, *pairs: tuple[int, int], reading: str = "") -> Row:
    return Row("week.clashes", {"busy": _plain(busy), "groups": _plain(groups)}, frozenset(pairs), reading)


def _double(groups: str, *pairs: tuple[int, int]) -> Row:
    return Row("week.double_booked", {"groups": _plain(groups)}, frozenset(pairs))


def _sum(expected: int, sessions: str) -> Row:
    return Row("week.minutes", {"sessions": _blocks(sessions)}, expected)


NIGHT = "whether a busy block may run past midnight"

TABLE: tuple[Row, ...] = (
    _start("2026-03-02", "18:00", "2026-03-02T23:00"),
    _start("2026-03-07", "09:00", "2026-03-07T14:00"),
    _start("2026-03-08", "09:00", "2026-03-08T13:00"),
    _start("2026-03-09", "18:00", "2026-03-09T22:00"),
    _start("2026-03-09", "20:30", "2026-03-10T00:30"),
    _start("2026-03-02", "20:30", "2026-03-03T01:30"),
    _start("2026-10-26", "18:00", "2026-10-26T22:00"),
    _start("2026-10-31", "09:00", "2026-10-31T13:00"),
    _start("2026-11-01", "09:00", "2026-11-01T14:00"),
    _start("2026-11-02", "18:00", "2026-11-02T23:00"),
    _start("2026-12-28", "18:00", "2026-12-28T23:00"),
    _start("2027-03-14", "10:15", "2027-03-14T14:15"),
    _start("2026-07-06", "18:00", "2026-07-07T01:00", "America/Phoenix"),
    _start("2026-12-07", "18:00", "2026-12-08T01:00", "America/Phoenix"),
    _clash("Mon 18:00-21:00", ""),
    _clash("Mon 18:00-21:00", "Mon 09:00-17:00"),
    _clash("Mon 18:00-21:00", "Mon 09:00-18:00"),
    _clash("Mon 18:00-21:00", "Mon 21:00-22:00"),
    _clash("Mon 18:00-21:00", "Mon 09:00-18:01", (0, 0)),
    _clash("Mon 18:00-21:00", "Mon 20:59-22:00", (0, 0)),
    _clash("Mon 18:00-21:00", "Mon 19:00-20:00", (0, 0)),
    _clash("Mon 19:00-20:00", "Mon 18:00-21:00", (0, 0)),
    _clash("Mon 18:00-21:00", "Mon 18:00-21:00", (0, 0)),
    _clash("Mon 18:00-21:00", "Tue 18:00-21:00"),
    _clash("Mon 18:00-21:00, Wed 18:00-21:00", "Wed 17:00-19:00, Mon 08:00-18:30", (0, 1), (1, 0)),
    _clash("Tue 06:00-08:00", "Mon 22:00-07:00", (0, 0), reading=NIGHT),
    _clash("Mon 05:00-06:00", "Sun 23:00-05:30", (0, 0), reading=NIGHT),
    _clash("Mon 07:00-08:00", "Sun 23:00-07:00", reading=NIGHT),
    _clash("Mon 22:30-23:30", "Sun 22:00-07:00", reading=NIGHT),
    _double("Mon 18:00-21:00, Tue 18:00-21:00"),
    _double("Mon 18:00-21:00, Mon 21:00-22:00"),
    _double("Mon 18:00-21:00, Mon 20:30-22:00", (0, 1)),
    _double("Mon 09:00-12:00, Tue 09:00-12:00, Mon 11:00-13:00, Mon 12:30-14:00", (0, 2), (2, 3)),
    _sum(0, ""),
    _sum(540, "Mon 18:00-21:00, Wed 18:00-21:00, Thu 18:00-21:00"),
    _sum(900, "Mon 09:00-12:00, Tue 09:00-12:00, Wed 09:00-12:00, Thu 09:00-12:00, Fri 09:00-12:00"),
    _sum(165, "Mon 18:00-19:30, Mon 19:30-19:45 break, Mon 19:45-21:00"),
    _sum(50, "Fri 13:00-13:50"),
)


def _years() -> Iterator[tuple[Given, str]]:
    for first, clock, zone in product(
        (
            date(2026, 2, 23),
            date(2026, 2, 28),
            date(2026, 3, 1),
            date(2026, 10, 19),
            date(2026, 10, 25),
            date(2026, 10, 29),
        ),
        (time(9, 0), time(18, 0), time(20, 30)),
        ("America/New_York", "America/Phoenix"),
    ):
        yield {"first_day": first, "wall_time": clock, "weeks": 5, "zone": zone}, ""
    yield {"first_day": date(2026, 1, 5), "wall_time": time(18, 0), "weeks": 52, "zone": "America/New_York"}, ""


def _some(dice: random.Random, many: int) -> tuple[Block, ...]:
    found = []
    for _ in range(many):
        start = dice.randrange(6 * 4, 20 * 4)
        end = start + dice.choice([2, 3, 4, 6, 8, 12])
        found.append((dice.randrange(7), f"{start // 4:02}:{start % 4 * 15:02}", f"{end // 4:02}:{end % 4 * 15:02}"))
    return tuple(found)


def _weeks() -> Iterator[tuple[Given, str]]:
    dice = random.Random(7)
    for _ in range(60):
        yield {"busy": _some(dice, 8), "groups": _some(dice, 5)}, ""


def _lists() -> Iterator[tuple[Given, str]]:
    dice = random.Random(8)
    for _ in range(60):
        yield {"groups": _some(dice, 7)}, ""


def _sessions() -> Iterator[tuple[Given, str]]:
    dice = random.Random(10)
    for _ in range(60):
        yield {"sessions": tuple((*block, dice.random() < 0.8) for block in _some(dice, 6))}, ""


def _instants(given: Given, said: Any) -> Any:
    said = tuple(said)
    if any(moment.utcoffset() is None for moment in said):
        return "a datetime without a zone"
    return tuple(moment.astimezone(UTC) for moment in said)


def _pairs(given: Given, said: Any) -> Any:
    return frozenset((int(a), int(b)) for a, b in said)


def _rows(name: str) -> tuple[Row, ...]:
    return tuple(row for row in TABLE if row.oracle == name)


ORACLES = (
    Oracle(
        "week.starts",
        "(*, first_day: date, wall_time: time, weeks: int, zone: str) -> iterable[aware datetime]",
        starts,
        _rows("week.starts"),
        _years,
        _instants,
    ),
    Oracle(
        "week.clashes",
        "(*, busy: tuple[(weekday, 'HH:MM', 'HH:MM')], groups: same) -> iterable[(group index, busy index)]",
        clashes,
        _rows("week.clashes"),
        _weeks,
        _pairs,
    ),
    Oracle(
        "week.double_booked",
        "(*, groups: tuple[(weekday, 'HH:MM', 'HH:MM')]) -> iterable[(lower index, higher index)]",
        double_booked,
        _rows("week.double_booked"),
        _lists,
        _pairs,
    ),
    Oracle(
        "week.minutes",
        "(*, sessions: tuple[(weekday, 'HH:MM', 'HH:MM', therapeutic)]) -> int",
        minutes,
        _rows("week.minutes"),
        _sessions,
    ),
)
