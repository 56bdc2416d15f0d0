"""What a copy says of itself, when two copies are equal, and which copies are kept. Pure."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

FORMAT = "openiop backup 1"
SUFFIX = ".openiop.age"
DAYS, WEEKS, MONTHS = 7, 5, 12  # how many daily, weekly and monthly copies stay (program default)
FULL = 1 << 256


class Damaged(Exception):
    """The copy cannot be trusted; the reason is a sentence. Nothing has been overwritten."""


def line_of(row: Mapping[str, Any]) -> str:
    """One row as a line of text that is the same whichever database it came from; instants keep every digit."""
    return json.dumps(row, sort_keys=True, separators=(",", ":"), ensure_ascii=False, default=_plain)


def _plain(value: Any) -> str:
    return value.isoformat() if hasattr(value, "isoformat") else str(value)


@dataclass
class Tally:
    """How many rows each table has, and one figure over all of them that does not depend on their order."""

    rows: dict[str, int] = field(default_factory=dict)
    sums: dict[str, int] = field(default_factory=dict)

    def add(self, table: str, line: str) -> None:
        """Count one row."""
        figure = int.from_bytes(hashlib.sha256(line.encode()).digest())
        self.rows[table] = self.rows.get(table, 0) + 1
        self.sums[table] = (self.sums.get(table, 0) + figure) % FULL

    def said(self) -> dict[str, list[Any]]:
        """Table by table, how many rows and their figure, as the last line of a copy says it."""
        return {table: [count, f"{self.sums[table]:064x}"] for table, count in sorted(self.rows.items())}

    @property
    def total(self) -> int:
        """How many rows in all."""
        return sum(self.rows.values())


def differences(said: Mapping[str, Any], found: Mapping[str, Any]) -> list[str]:
    """A sentence for each table in which two tallies differ; empty where they are equal."""
    reasons = []
    for table in sorted({*said, *found}):
        (rows, figure), (other, its) = said.get(table, [0, ""]), found.get(table, [0, ""])
        if rows != other:
            reasons.append(f"{table}: {other} rows where the copy says {rows}.")
        elif figure != its:
            reasons.append(f"{table}: {rows} rows, and not the same ones.")
    return reasons


@dataclass(frozen=True)
class Header:
    """The first line of a copy: what it is, when it was made, and the tables it was made from."""

    made_at: str
    migrations: list[str]
    format: str = FORMAT

    @classmethod
    def read(cls, line: str) -> "Header":
        """The header a line holds; Damaged when it is not one."""
        try:
            found = json.loads(line)
            header = cls(made_at=found["made_at"], migrations=found["migrations"], format=found["format"])
        except (ValueError, TypeError, KeyError) as trouble:
            raise Damaged("This is not a copy of OpenIOP.") from trouble
        if header.format != FORMAT:
            raise Damaged(f"This copy has the form “{header.format}”; this release reads “{FORMAT}”.")
        return header


def why_not_here(header: Header, migrations: Iterable[str]) -> list[str]:
    """Why a copy cannot be put back with these tables: it must be of the same release."""
    ours, theirs = set(migrations), set(header.migrations)
    if newer := sorted(theirs - ours):
        return [f"The copy is of a newer release (it has {newer[0]}). Install that release, then restore."]
    if older := sorted(ours - theirs):
        return [
            f"The copy is of an older release (it lacks {older[0]}). "
            "Restore it with that release, then upgrade: docs/production.md says how."
        ]
    return []


def name_of(made_at: datetime) -> str:
    """The file name of a copy made at an instant, in UTC; names sort by time and say nothing else."""
    return f"openiop-{made_at:%Y%m%dT%H%M%S}Z{SUFFIX}"


def made_when(name: str) -> datetime | None:
    """When the copy of this name was made, or nothing where it is no copy's name."""
    try:
        return datetime.strptime(name, f"openiop-%Y%m%dT%H%M%SZ{SUFFIX}").replace(tzinfo=UTC)
    except ValueError:
        return None


def to_let_go(names: Iterable[str]) -> list[str]:
    """Copies past their time: all but the newest of each of 7 days, 5 weeks and 12 months, oldest first."""
    made = sorted(((when, name) for name in names if (when := made_when(name))), reverse=True)
    kept: set[str] = set()
    for limit, span in ((DAYS, _day), (WEEKS, _week), (MONTHS, _month)):
        newest: dict[Any, str] = {}
        for when, name in made:
            newest.setdefault(span(when.date()), name)
        kept |= set(list(newest.values())[:limit])
    return [name for _, name in reversed(made) if name not in kept]


def _day(day: date) -> date:
    return day


def _week(day: date) -> date:
    return day - timedelta(days=day.weekday())


def _month(day: date) -> date:
    return day.replace(day=1)
