"""Weekly clinical hours of an adult, the level they imply, and the program's bounds on days and session length.

Sources: SAMHSA Advisory PEP20-02-01-021 (2021): intensive outpatient is at least 9 hours a week for adults; fewer
than 20, above which care is partial hospitalization. Bounds of 3 to 5 days and 2 to 4 hours a session: program
default, configurable.

Style: bands are tapes with one cell for each minute of the week.

Signatures an adapter must offer:

``hours``         (*, minutes: int) -> "below_iop" (under 6 h) | "below_adult_minimum" (6 to under 9 h) | "within" (9
                  to under 20 h) | "above_iop" (20 h or more): the class of the warning for weekly scheduled clinical
                  minutes
``hours.level``   (*, minutes: int) -> "1.5" | "2.1" | "2.5"
``hours.bounds``  (*, days: int, session_minutes: int) -> iterable of "too_few_days", "too_many_days", "too_short",
                  "too_long"
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product

from .comparison import Given, Oracle, Row

TAPE = [
    *["below_iop"] * (6 * 60),
    *["below_adult_minimum"] * (3 * 60),
    *["within"] * (11 * 60),
    *["above_iop"] * (148 * 60 + 1),
]
LEVEL = {"below_iop": "1.5", "below_adult_minimum": "1.5", "within": "2.1", "above_iop": "2.5"}


def warning(*, minutes: int) -> str:
    """The cell of the tape at this many minutes a week."""
    return TAPE[minutes]


def level(*, minutes: int) -> str:
    """The level of care that these hours imply for an adult."""
    return LEVEL[TAPE[minutes]]


DAYS = {
    0: "too_few_days",
    1: "too_few_days",
    2: "too_few_days",
    3: "",
    4: "",
    5: "",
    6: "too_many_days",
    7: "too_many_days",
}
LENGTH = ["too_short"] * 120 + [""] * 121 + ["too_long"] * 240


def bounds(*, days: int, session_minutes: int) -> frozenset[str]:
    """What lies outside the program's bounds; empty when nothing does."""
    return frozenset({DAYS[days], LENGTH[session_minutes]} - {""})


def _hours(minutes: int, expected: str, implied: str) -> tuple[Row, Row]:
    return Row("hours", {"minutes": minutes}, expected), Row("hours.level", {"minutes": minutes}, implied)


def _bounds(days: int, minutes: int, expected: str = "") -> Row:
    return Row("hours.bounds", {"days": days, "session_minutes": minutes}, frozenset(expected.split()))


TABLE: tuple[Row, ...] = (
    *_hours(0, "below_iop", "1.5"),
    *_hours(240, "below_iop", "1.5"),
    *_hours(345, "below_iop", "1.5"),
    *_hours(359, "below_iop", "1.5"),
    *_hours(360, "below_adult_minimum", "1.5"),
    *_hours(480, "below_adult_minimum", "1.5"),
    *_hours(539, "below_adult_minimum", "1.5"),
    *_hours(540, "within", "2.1"),
    *_hours(720, "within", "2.1"),
    *_hours(900, "within", "2.1"),
    *_hours(1199, "within", "2.1"),
    *_hours(1200, "above_iop", "2.5"),
    *_hours(1800, "above_iop", "2.5"),
    _bounds(3, 180),
    _bounds(5, 240),
    _bounds(3, 120),
    _bounds(2, 120, "too_few_days"),
    _bounds(6, 180, "too_many_days"),
    _bounds(3, 119, "too_short"),
    _bounds(3, 241, "too_long"),
    _bounds(2, 60, "too_few_days too_short"),
    _bounds(7, 300, "too_many_days too_long"),
    _bounds(1, 300, "too_few_days too_long"),
    _bounds(4, 210),
)


def _weeks() -> Iterator[tuple[Given, str]]:
    for minutes in sorted({*range(0, 2400, 15), *(edge + step for edge in (360, 540, 1200) for step in (-1, 0, 1))}):
        yield {"minutes": minutes}, ""


def _shapes() -> Iterator[tuple[Given, str]]:
    for days, minutes in product(range(1, 8), (15, 60, 119, 120, 121, 150, 180, 239, 240, 241, 300)):
        yield {"days": days, "session_minutes": minutes}, ""


def _rows(name: str) -> tuple[Row, ...]:
    return tuple(row for row in TABLE if row.oracle == name)


ORACLES = (
    Oracle("hours", "(*, minutes: int) -> warning class", warning, _rows("hours"), _weeks),
    Oracle("hours.level", "(*, minutes: int) -> '1.5' | '2.1' | '2.5'", level, _rows("hours.level"), _weeks),
    Oracle(
        "hours.bounds",
        "(*, days: int, session_minutes: int) -> iterable[bound broken]",
        bounds,
        _rows("hours.bounds"),
        _shapes,
        lambda given, said: frozenset(map(str, said)),
    ),
)
