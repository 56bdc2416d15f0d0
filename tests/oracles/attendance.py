"""Attendance statuses, credited minutes, attendance rate and what unexcused absence sets off.

Source: the program's attendance definitions (program default, configurable: 10 minutes of grace; one unexcused
absence: a call the same day; two in 7 days: plan review; three in 14 days, or 7 days without contact: outreach and a
risk check).

Style: time is a set of minute instants counted from the epoch in UTC; minutes are counted by intersecting sets, never
subtracted, so a clock change inside a session cannot mislead.

Signatures an adapter must offer:

``attendance``           (*, starts: datetime, ends: datetime, arrived: datetime | None, left: datetime | None,
                         grace_minutes: int, away: str | None, by_video: bool) -> (iterable of statuses, credited
                         minutes: int) All datetimes are aware and on whole minutes. ``away`` is None, "called_ahead",
                         "no_contact" or "program_cancelled"; when set, arrived and left are None. Statuses:
                         "present", "late", "left_early", "excused_absence", "unexcused_absence",
                         "cancelled_by_program", "telehealth_present". "late" and "left_early" may stand together.
                         "present" beside another presence status is ignored.
``attendance.rate``      (*, sessions: tuple[(scheduled minutes, credited minutes, status)]) -> fraction 0..1 or None
                         None when nothing counts. Sessions cancelled by the program count neither above nor below the
                         line.
``attendance.triggers``  (*, unexcused: tuple[date, ...], last_contact: date, today: date)
                         -> iterable of "same_day_call", "plan_review", "outreach_and_risk_check" due today, all that
                         apply. n days means n calendar days counting today.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from itertools import combinations_with_replacement, product
from typing import Any
from zoneinfo import ZoneInfo

from .comparison import Given, Oracle, Row

CLINIC = ZoneInfo("America/New_York")
AWAY = {
    "called_ahead": "excused_absence",
    "no_contact": "unexcused_absence",
    "program_cancelled": "cancelled_by_program",
}
PRESENCE = frozenset({"late", "left_early", "telehealth_present"})


def _minutes(first: datetime, after_last: datetime) -> set[int]:
    """The minute instants from ``first`` up to, not including, ``after_last``."""
    return set(range(int(first.timestamp()) // 60, int(after_last.timestamp()) // 60))


def presence(
    *,
    starts: datetime,
    ends: datetime,
    arrived: datetime | None,
    left: datetime | None,
    grace_minutes: int = 10,
    away: str | None = None,
    by_video: bool = False,
) -> tuple[frozenset[str], int]:
    """The statuses and the whole minutes spent inside the session."""
    if away is not None or arrived is None or left is None:
        return frozenset({AWAY[str(away)]}), 0
    session, there = _minutes(starts, ends), _minutes(arrived, left)
    inside = session & there
    first, last = min(inside), max(inside)
    missed_before = [minute for minute in session if minute < first]
    missed_after = [minute for minute in session if minute > last]
    statuses = set()
    if len(missed_before) > grace_minutes:
        statuses.add("late")
    if missed_after:
        statuses.add("left_early")
    if by_video:
        statuses.add("telehealth_present")
    return frozenset(statuses or {"present"}), len(inside)


def rate(*, sessions: tuple[tuple[int, int, str], ...]) -> Fraction | None:
    """Minutes credited over minutes scheduled; sessions the program cancelled are left out."""
    scheduled = [
        minute for minutes, _, status in sessions if status != "cancelled_by_program" for minute in range(minutes)
    ]
    credited = [
        minute for _, minutes, status in sessions if status != "cancelled_by_program" for minute in range(minutes)
    ]
    return Fraction(len(credited), len(scheduled)) if scheduled else None


def triggers(*, unexcused: tuple[date, ...], last_contact: date, today: date) -> frozenset[str]:
    """What is due today; windows are written out day by day."""
    days = [today - timedelta(n) for n in range(14)]
    due = set()
    if today in unexcused:
        due.add("same_day_call")
    if sum(unexcused.count(day) for day in days[:7]) >= 2:
        due.add("plan_review")
    if sum(unexcused.count(day) for day in days) >= 3 or last_contact not in days[:7]:
        due.add("outreach_and_risk_check")
    return frozenset(due)


def _given(
    arrived: int | None,
    left: int | None,
    *,
    away: str | None = None,
    by_video: bool = False,
    grace: int = 10,
    starts: datetime = datetime(2026, 10, 14, 18, 0, tzinfo=CLINIC),
    length: int = 180,
) -> Given:
    """A session of ``length`` minutes; arrival and leaving in minutes after its start, real time."""

    def at(minutes: int | None) -> datetime | None:
        if minutes is None:
            return None
        return (starts.astimezone(UTC) + timedelta(minutes=minutes)).astimezone(CLINIC)

    return {
        "starts": starts,
        "ends": at(length),
        "arrived": at(arrived),
        "left": at(left),
        "grace_minutes": grace,
        "away": away,
        "by_video": by_video,
    }


def _row(expected: str, minutes: int, arrived: int | None, left: int | None, **rest: Any) -> Row:
    return Row("attendance", _given(arrived, left, **rest), (frozenset(expected.split()), minutes))


_FALL_BACK = datetime(2026, 11, 1, 0, 30, tzinfo=CLINIC)
_SPRING_FORWARD = datetime(2026, 3, 8, 1, 0, tzinfo=CLINIC)
_OCT_14 = date(2026, 10, 14)


def _due(expected: str, *, ago: tuple[int, ...], contact_ago: int, reading: str = "") -> Row:
    given = {
        "unexcused": tuple(sorted(_OCT_14 - timedelta(n) for n in ago)),
        "last_contact": _OCT_14 - timedelta(contact_ago),
        "today": _OCT_14,
    }
    return Row("attendance.triggers", given, frozenset(expected.split()), reading)


EDGE = "whether the day exactly n days ago is inside the window"
CALL, REVIEW, OUTREACH = "same_day_call", "plan_review", "outreach_and_risk_check"

TABLE: tuple[Row, ...] = (
    _row("present", 180, 0, 180),
    _row("present", 180, -15, 200),
    _row("present", 175, 5, 180),
    _row("present", 170, 10, 180),
    _row("late", 169, 11, 180),
    _row("late", 150, 30, 180),
    _row("left_early", 179, 0, 179),
    _row("left_early", 120, -5, 120),
    _row("left_early", 110, 10, 120),
    _row("late left_early", 109, 11, 120),
    _row("late", 1, 179, 180),
    _row("late left_early", 1, 100, 101),
    _row("telehealth_present", 180, 0, 180, by_video=True),
    _row("telehealth_present late", 160, 20, 180, by_video=True),
    _row("telehealth_present late left_early", 80, 20, 100, by_video=True),
    _row("excused_absence", 0, None, None, away="called_ahead"),
    _row("unexcused_absence", 0, None, None, away="no_contact"),
    _row("cancelled_by_program", 0, None, None, away="program_cancelled"),
    _row("late", 175, 5, 180, grace=0),
    _row("present", 180, 0, 180, grace=0),
    _row("present", 165, 15, 180, grace=15),
    _row("late", 164, 16, 180, grace=15),
    _row("present", 180, 0, 180, starts=_FALL_BACK),
    _row("late left_early", 90, 60, 150, starts=_FALL_BACK),
    _row("left_early", 60, 0, 60, starts=_SPRING_FORWARD, length=120),
    _row("late", 60, 60, 120, starts=_SPRING_FORWARD, length=120),
    Row("attendance.rate", {"sessions": ()}, None),
    Row("attendance.rate", {"sessions": ((180, 0, "cancelled_by_program"),)}, None),
    Row("attendance.rate", {"sessions": ((180, 180, "present"),)}, Fraction(1)),
    Row("attendance.rate", {"sessions": ((180, 180, "present"), (180, 0, "cancelled_by_program"))}, Fraction(1)),
    Row("attendance.rate", {"sessions": ((180, 180, "present"), (180, 0, "excused_absence"))}, Fraction(1, 2)),
    Row("attendance.rate", {"sessions": ((180, 90, "left_early"), (60, 60, "present"))}, Fraction(5, 8)),
    Row("attendance.rate", {"sessions": ((180, 0, "unexcused_absence"),)}, Fraction(0)),
    Row(
        "attendance.rate",
        {"sessions": ((180, 150, "late"), (180, 0, "unexcused_absence"), (180, 0, "cancelled_by_program"))},
        Fraction(5, 12),
    ),
    _due("", ago=(), contact_ago=0),
    _due(CALL, ago=(0,), contact_ago=1),
    _due("", ago=(1,), contact_ago=1),
    _due(f"{CALL} {REVIEW}", ago=(0, 2), contact_ago=1),
    _due(f"{CALL} {REVIEW}", ago=(0, 6), contact_ago=1),
    _due(CALL, ago=(0, 7), contact_ago=1, reading=EDGE),
    _due(CALL, ago=(0, 8), contact_ago=1),
    _due(REVIEW, ago=(2, 4), contact_ago=1),
    _due(f"{CALL} {REVIEW} {OUTREACH}", ago=(0, 2, 4), contact_ago=1),
    _due(f"{CALL} {OUTREACH}", ago=(0, 8, 12), contact_ago=1),
    _due(f"{CALL} {OUTREACH}", ago=(0, 8, 13), contact_ago=1),
    _due(CALL, ago=(0, 8, 14), contact_ago=1, reading=EDGE),
    _due(CALL, ago=(0, 8, 15), contact_ago=1),
    _due("", ago=(), contact_ago=6),
    _due(OUTREACH, ago=(), contact_ago=7, reading=EDGE),
    _due(OUTREACH, ago=(), contact_ago=8),
    _due(f"{CALL} {OUTREACH}", ago=(0,), contact_ago=9),
)


def _times() -> Iterator[tuple[Given, str]]:
    arrivals = (-20, -1, 0, 1, 9, 10, 11, 12, 45, 119)
    leavings = (1, 13, 60, 119, 120, 121, 178, 179, 180, 181, 200)
    for starts in (datetime(2026, 10, 14, 18, 0, tzinfo=CLINIC), _FALL_BACK, datetime(2026, 2, 3, 9, 0, tzinfo=CLINIC)):
        for arrived, left, video, length in product(arrivals, leavings, (False, True), (120, 180)):
            if max(arrived, 0) < min(left, length):
                yield _given(arrived, left, by_video=video, starts=starts, length=length), ""
    for away, video in product(AWAY, (False, True)):
        yield _given(None, None, away=away, by_video=video), ""


def _histories() -> Iterator[tuple[Given, str]]:
    kinds = (
        (180, 180, "present"),
        (180, 0, "cancelled_by_program"),
        (120, 0, "excused_absence"),
        (60, 0, "unexcused_absence"),
        (180, 121, "late"),
        (90, 33, "left_early"),
        (50, 50, "telehealth_present"),
    )
    for size in (1, 2, 3, 4):
        for sessions in combinations_with_replacement(kinds, size):
            yield {"sessions": sessions}, ""


def _absences() -> Iterator[tuple[Given, str]]:
    for ago in (
        (),
        (0,),
        (3,),
        (0, 1),
        (0, 5),
        (0, 6),
        (0, 7),
        (0, 9),
        (1, 8),
        (0, 1, 2),
        (0, 6, 13),
        (0, 7, 13),
        (2, 9, 12),
        (0, 7, 14),
        (0, 13, 14),
        (0, 5, 20),
        (9, 10, 11),
        (15, 16, 17),
        (0, 3, 9, 20),
    ):
        for contact in (0, 1, 5, 6, 7, 8, 13, 14, 30):
            edge = EDGE if {7, 14} & {*ago} or contact == 7 else ""
            for today in (_OCT_14, date(2026, 11, 3), date(2027, 1, 2), date(2028, 3, 1)):
                given = {
                    "unexcused": tuple(today - timedelta(n) for n in ago),
                    "last_contact": today - timedelta(contact),
                    "today": today,
                }
                yield given, edge


def _normal_presence(given: Given, said: Any) -> Any:
    statuses, minutes = said
    statuses = frozenset(map(str, statuses))
    return (statuses - {"present"} if statuses & PRESENCE else statuses), minutes


def _rows(name: str) -> tuple[Row, ...]:
    return tuple(row for row in TABLE if row.oracle == name)


ORACLES = (
    Oracle(
        "attendance",
        "(*, starts, ends, arrived, left, grace_minutes, away, by_video) -> (iterable[status], minutes: int)",
        presence,
        _rows("attendance"),
        _times,
        _normal_presence,
    ),
    Oracle(
        "attendance.rate",
        "(*, sessions: tuple[(scheduled, credited, status)]) -> 0..1 | None",
        rate,
        _rows("attendance.rate"),
        _histories,
        lambda given, said: None if said is None else float(said),
        lambda expected, said: (
            expected is said or (None not in (expected, said) and abs(float(expected) - said) < 0.0005)
        ),
    ),
    Oracle(
        "attendance.triggers",
        "(*, unexcused: tuple[date], last_contact: date, today: date) -> iterable[trigger]",
        triggers,
        _rows("attendance.triggers"),
        _absences,
        lambda given, said: frozenset(map(str, said)) & {CALL, REVIEW, OUTREACH},
    ),
)
