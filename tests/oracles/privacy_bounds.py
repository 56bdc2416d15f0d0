"""Times, counts and fields: an emergency's hour, a consent's end, small cells, and what makes a record nobody's.

Sources: 42 CFR 2.51(c) (what is written down at once in an emergency) with program rule P11 (open at most 60 minutes,
review at most 72 hours later); P20 (cells below 11, configurable); P21 with 45 CFR 164.514(b)(2) (the 18 identifiers,
free text out); the program's own notices before a consent ends (30, 14 and 7 days). Trap 37.

Readings. Small cells: P20 says "cells < 11", so zero is suppressed like any other small number (others print zeros).
Where exactly one cell of a printed row is small, it could be computed from the printed total, so one further cell must
go; which one is free. A row of one cell has no other. Emergency: the hour runs from the second of asking and is over in
its 3600th second. De-identification: a birth year that tells of an age over 89 goes too, and a field the list does not
know goes (deny by default).

Style: clocks as counts of seconds; fields as a printed list with a verb each.

Signatures an adapter must offer:

``privacy.emergency``       (*, given: Mapping, asked_at: datetime, at: datetime) -> "open" | "closed" | iterable of the
                            missing fields; given has the keys of ``EMERGENCY``. Without every field it never opens.
``privacy.review_due``      (*, opened_at: datetime) -> datetime, any moment after opening and at most 72 hours later
``privacy.small_cells``     (*, counts: tuple[int, ...], threshold: int) -> sequence of int | None (None: suppressed)
``privacy.deidentified``    (*, record: Mapping[str, Any]) -> Mapping of the fields that may go (a field left out, or
                            None, is gone); keys in ``FIELDS``; dates become the year, ages over 89 "90+", a ZIP code
                            its first three digits or "000" for ``SPARSE``.
``privacy.expiry_notices``  (*, expires_on: date, today: date, sent: frozenset[int]) -> iterable of the notices (days
                            before the end) that are due out today, of 30, 14 and 7
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from itertools import combinations, product
from typing import Any
from zoneinfo import ZoneInfo

from .comparison import Given, OneOf, Oracle, Row
from .privacy import words

# --- emergency --------------------------------------------------------------------------------------------------------

ASKED = datetime(2026, 10, 14, 18, 0, 0, tzinfo=UTC)
EMERGENCY: dict[str, Any] = {
    "medical_personnel": "Dr. Ines Marrow",
    "facility": "Riverside General Hospital",
    "discloser": "Avery Stone",
    "opened_at": ASKED,
    "nature": "found unconscious, breathing",
    "justification": "the hospital asks for current medication; consent cannot be asked",
    "minimum_necessary": True,
}
HOUR = range(3600)


def emergency(*, given: Given, asked_at: datetime, at: datetime) -> Any:
    """Blank lines first; then whether the second lies in the hour."""
    blank = frozenset(name for name in EMERGENCY if str(given[name]).strip() in ("", "None", "False"))
    if blank:
        return blank
    return "open" if int((at - asked_at).total_seconds() // 1) in HOUR else "closed"


def review_due(*, opened_at: datetime) -> datetime:
    """The last moment: 72 hours of the clock that never changes."""
    return datetime.fromtimestamp(opened_at.timestamp() + 72 * 3600, tz=UTC)


# --- small cells ------------------------------------------------------------------------------------------------------


def small_cells(*, counts: tuple[int, ...], threshold: int) -> Any:
    """Punch holes; where there is only one hole, each other cell may be the second."""
    holes = [place for place, count in enumerate(counts) if count in range(threshold)]

    def punched(*places: int) -> tuple[int | None, ...]:
        return tuple(None if place in places else count for place, count in enumerate(counts))

    if len(holes) == 1 and len(counts) > 1:
        return OneOf(punched(*holes, other) for other in range(len(counts)) if other not in holes)
    return punched(*holes)


# --- de-identification ------------------------------------------------------------------------------------------------

# Each field with what becomes of it. The first lines are the 18 identifiers of 164.514(b)(2)(i), A to R.
FIELD_VERBS = """
drop  A name relative_name employer_name
drop  B street_address city county precinct
zip   B zip
year  C birth_date admission_date discharge_date death_date session_start
age   C age
drop  D phone
drop  E fax
drop  F email
drop  G ssn
drop  H record_number
drop  I health_plan_number
drop  J account_number
drop  K license_number
drop  L vehicle_plate
drop  M device_serial
drop  N url
drop  O ip_address
drop  P fingerprint
drop  Q photo
drop  R participant_code
drop  - note_text goal_text comment
keep  - state sex diagnosis_code level_of_care phq9_total attendance_rate sessions_attended
"""
FIELDS = {
    name: verb for verb, _, *names in (line.split() for line in FIELD_VERBS.strip().splitlines()) for name in names
}
SPARSE = frozenset(words("036 059 063 102 203 556 692 790 821 823 830 831 878 879 884 890 893"))


def deidentified(*, record: Given) -> dict[str, str]:
    """Each field through its verb, all written as text."""
    old = str(record.get("age", "")).isdigit() and int(record["age"]) not in range(90)
    kept = {}
    for name, value in record.items():
        text = str(value)
        became = {
            "keep": text,
            "year": "" if old and name == "birth_date" else text[:4],
            "zip": "000" if text[:3] in SPARSE else text[:3],
            "age": "90+" if old else text,
        }.get(FIELDS.get(name, "drop"), "")
        if became:
            kept[name] = became
    return kept


# --- a consent's end --------------------------------------------------------------------------------------------------

# The calendar of the last days: which notice each of them belongs to.
CALENDAR = {**dict.fromkeys(range(15, 31), 30), **dict.fromkeys(range(8, 15), 14), **dict.fromkeys(range(8), 7)}


def expiry_notices(*, expires_on: date, today: date, sent: frozenset[int]) -> frozenset[int]:
    """The notice whose stretch of the calendar today lies in, unless it went out already."""
    left = expires_on.toordinal() - today.toordinal()
    return frozenset({CALENDAR[left]} - sent) if left in CALENDAR else frozenset()


# --- cases -----------------------------------------------------------------------------------------------------------

LAST_SECOND = "whether an emergency access is still open in its 3600th second"
TWO_CLOCKS = "whether the hour runs from asking or from the time written in the form"
ZERO = "whether zero is a small cell"
SECOND_HOLE = "whether a further cell goes where one could be computed from the total"
LAST_DAY = "whether a notice still goes out on the day the consent ends"
SKIPPED = "a wider notice that never went out once a nearer one did"


def _opens(expected: Any, seconds: float, *, written: float = 0, **changed: Any) -> Row:
    form = {**EMERGENCY, "opened_at": ASKED + timedelta(seconds=written), **changed}
    given = {"given": form, "asked_at": ASKED, "at": ASKED + timedelta(seconds=seconds)}
    complete = isinstance(expected, str)
    reading = TWO_CLOCKS if written and complete else LAST_SECOND if seconds == 3600 and complete else ""
    return Row("privacy.emergency", given, expected, reading)


def _lacks(*names: str) -> Row:
    blank = {name: {"opened_at": None, "minimum_necessary": False}.get(name, "") for name in names}
    return _opens(frozenset(names), 60, **blank)


def _review(opened_at: datetime) -> Row:
    return Row("privacy.review_due", {"opened_at": opened_at}, opened_at.astimezone(UTC) + timedelta(hours=72))


def _table(expected: Any, *counts: int, threshold: int = 11) -> Row:
    small = sum(count < threshold for count in counts)
    reading = ZERO if 0 in counts else SECOND_HOLE if small == 1 and len(counts) > 1 else ""
    return Row("privacy.small_cells", {"counts": counts, "threshold": threshold}, expected, reading)


def _stripped(expected: dict[str, str], **record: Any) -> Row:
    return Row("privacy.deidentified", {"record": record}, expected)


ENDS = date(2026, 10, 14)


def _notice(expected: set[int], left: int, *sent: int) -> Row:
    given = {"expires_on": ENDS, "today": ENDS - timedelta(left), "sent": frozenset(sent)}
    nearest = CALENDAR.get(left, 0)
    skipped = nearest in sent and any(wider > nearest and wider not in sent for wider in (14, 30))
    return Row(
        "privacy.expiry_notices", given, frozenset(expected), SKIPPED if skipped else LAST_DAY if left == 0 else ""
    )


NEW_YORK = ZoneInfo("America/New_York")

TABLE: tuple[Row, ...] = (
    _opens("open", 0),
    _opens("open", 60),
    _opens("open", 3599),
    _opens("closed", 3600),
    _opens("closed", 3601),
    _opens("closed", 4 * 3600),
    _opens("closed", 24 * 3600),
    _opens("closed", 72 * 3600 - 1),
    _opens("closed", -1),
    _opens("open", 3000, written=-1200),
    _opens("closed", 3700, written=1200),
    *(_lacks(name) for name in EMERGENCY),
    _lacks("facility", "nature"),
    _opens(frozenset({"justification"}), 60, justification="   "),
    _opens(frozenset({"facility"}), 7200, facility=""),
    _review(ASKED),
    _review(datetime(2026, 10, 30, 18, 30, tzinfo=NEW_YORK)),
    _review(datetime(2026, 3, 6, 18, 30, tzinfo=NEW_YORK)),
    _table((None, None, 30), 3, 10, 30),
    _table((11, 12, 30), 11, 12, 30),
    _table((None,), 10),
    _table((11,), 11),
    _table((None, 5, None), 4, 5, 1, threshold=5),
    _table((None, None, 20), 19, 11, 20, threshold=20),
    _table(OneOf({(None, None, 30), (None, 20, None)}), 4, 20, 30),
    _table((None, None, 30), 0, 4, 30),
    _table(OneOf({(None, None)}), 3, 40),
    _stripped({"state": "OH", "sex": "female"}, name="Robin Ashgrove", state="OH", sex="female"),
    _stripped({"age": "89", "birth_date": "1937"}, age=89, birth_date=date(1937, 1, 5)),
    _stripped({"age": "90+"}, age=90, birth_date=date(1936, 5, 1)),
    _stripped({"age": "90+"}, age=103),
    _stripped({"admission_date": "2026"}, admission_date=date(2026, 10, 14)),
    _stripped({"session_start": "2026"}, session_start=datetime(2026, 10, 14, 18, 0, tzinfo=UTC)),
    _stripped({"zip": "441"}, zip="44106-2203"),
    _stripped({"zip": "000"}, zip="03601"),
    _stripped({"zip": "000"}, zip="10207"),
    _stripped({}, note_text="Robin said", comment="", nickname="Rob"),
    _stripped({"diagnosis_code": "F10.20"}, diagnosis_code="F10.20", participant_code="P-0031", ip_address="192.0.2.7"),
    _notice(set(), 31),
    _notice({30}, 30),
    _notice({30}, 20),
    _notice(set(), 20, 30),
    _notice({14}, 14, 30),
    _notice({14}, 10),
    _notice({7}, 7, 30, 14),
    _notice({7}, 3),
    _notice(set(), 3, 7, 14, 30),
    _notice(set(), 3, 7),
    _notice({7}, 0),
    _notice(set(), -1),
    _notice(set(), -30),
)


def _emergencies() -> Iterator[tuple[Given, str]]:
    for seconds in (-3600, -60, 1, 1800, 3598, 3600, 3660, 5400, 7200, 86400, 259200):
        row = _opens("", seconds)
        yield row.given, row.reading
    for many in (2, 3):
        for names in combinations(EMERGENCY, many):
            yield _lacks(*names).given, ""


def _reviews() -> Iterator[tuple[Given, str]]:
    for day, zone in product(range(1, 15), ("UTC", "America/New_York", "America/Anchorage")):
        for month in (3, 11):
            yield {"opened_at": datetime(2026, month, day, 22, 15, tzinfo=ZoneInfo(zone)) - timedelta(days=3)}, ""


def _tables() -> Iterator[tuple[Given, str]]:
    dice = random.Random(20)
    for _ in range(200):
        counts = [dice.choice((dice.randint(1, 12), dice.randint(0, 200))) for _ in range(dice.randint(1, 7))]
        row = _table(None, *counts, threshold=dice.choice((11, 11, 5, 20)))
        yield row.given, row.reading


EXAMPLES: dict[str, tuple[Any, ...]] = {
    "zip": ("44106", "03601", "10001", "59201", "05901", "89301-0001", "90210"),
    "age": (17, 34, 88, 89, 90, 91, 99, 100, 104),
    "state": ("OH", "VT"),
    "sex": ("female", "male", "unknown"),
    "phq9_total": (0, 9, 14),
    "attendance_rate": (0.75, 1.0),
    "sessions_attended": (12, 31),
    "diagnosis_code": ("F10.20", "F33.1"),
    "level_of_care": ("2.1", "2.5"),
}


def _records() -> Iterator[tuple[Given, str]]:
    dice = random.Random(164)
    for _ in range(150):
        names = dice.sample([*FIELDS, "tattoo", "mothers_maiden_name"], dice.randint(1, 20))
        record: dict[str, Any] = {}
        for name in names:
            if name == "session_start":
                record[name] = datetime(2026, dice.randint(1, 12), dice.randint(1, 28), 18, tzinfo=UTC)
            elif name.endswith("_date") and name != "birth_date":
                record[name] = date(dice.randint(2024, 2026), dice.randint(1, 12), dice.randint(1, 28))
            elif name != "birth_date":
                record[name] = dice.choice(EXAMPLES.get(name, (f"the {name} of Robin Ashgrove",)))
        if "birth_date" in names:
            record["age"] = record.get("age", 34)
            record["birth_date"] = date(2026 - record["age"], dice.randint(1, 9), dice.randint(1, 28))
        yield {"record": record}, ""


def _notices() -> Iterator[tuple[Given, str]]:
    for left in range(-10, 45):
        for many in range(4):
            for sent in combinations((30, 14, 7), many):
                row = _notice(set(), left, *sent)
                yield row.given, row.reading


def _verdict(given: Given, said: Any) -> Any:
    return said if isinstance(said, str) else frozenset(map(str, said))


def _in_time(given: Given, said: datetime) -> datetime:
    """Any moment after opening and within 72 hours stands for the last one."""
    last = given["opened_at"].astimezone(UTC) + timedelta(hours=72)
    return last if given["opened_at"].astimezone(UTC) < said.astimezone(UTC) <= last else said


def _cells(given: Given, said: Any) -> Any:
    return tuple(said)


def _written(given: Given, said: Any) -> Any:
    return {name: str(value) for name, value in said.items() if value is not None}


def _days(given: Given, said: Any) -> Any:
    return frozenset(map(int, said))


def _rows(name: str) -> tuple[Row, ...]:
    return tuple(row for row in TABLE if row.oracle == name)


ORACLES = (
    Oracle(
        "privacy.emergency",
        '(*, given: Mapping, asked_at, at) -> "open" | "closed" | iterable[missing field]',
        emergency,
        _rows("privacy.emergency"),
        _emergencies,
        _verdict,
    ),
    Oracle(
        "privacy.review_due",
        "(*, opened_at: datetime) -> datetime",
        review_due,
        _rows("privacy.review_due"),
        _reviews,
        _in_time,
    ),
    Oracle(
        "privacy.small_cells",
        "(*, counts: tuple[int, ...], threshold: int) -> sequence[int | None]",
        small_cells,
        _rows("privacy.small_cells"),
        _tables,
        _cells,
    ),
    Oracle(
        "privacy.deidentified",
        "(*, record: Mapping[str, Any]) -> Mapping[str, Any]",
        deidentified,
        _rows("privacy.deidentified"),
        _records,
        _written,
    ),
    Oracle(
        "privacy.expiry_notices",
        "(*, expires_on: date, today: date, sent: frozenset[int]) -> iterable[30 | 14 | 7]",
        expiry_notices,
        _rows("privacy.expiry_notices"),
        _notices,
        _days,
    ),
)
