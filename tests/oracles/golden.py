"""Is the plan whole? Each problem family at work needs an active goal or a signed, dated deferral.

Sources: PHQ-9 (Kroenke 2001) and GAD-7 (Spitzer 2006) for the screens of 10 or more; program rule for the golden
thread: each family (substance use or a behavioral addiction; mental health) with an active diagnosis or a positive
screen has an active goal, or a deferral signed by a clinician and carrying a review date.

Style: facts are rows in an in-memory database and the answer is one EXCEPT query.

Signature an adapter must offer:

``golden``  (*, diagnoses: tuple[(family, active: bool)], phq9: int | None, gad7: int | None,
            goals: tuple[(family, status)], deferrals: tuple[(family, signed: bool, review_date: date | None)])
            -> iterable of families that lack cover
            family: "substance_or_behavior" | "mental_health"; goal status: "draft" | "active" | "met" | "stopped"; phq9
            and gad7 are the latest scored totals, None where there is none (not answered, or incomplete, not scored).
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from datetime import date
from functools import cache
from itertools import product
from typing import Any

from .comparison import Given, Oracle, Row

SUD, MH = "substance_or_behavior", "mental_health"
REVIEW = date(2026, 11, 14)

QUERY = """
select family from diagnosis where active = 1
union select 'mental_health' from screen where total >= 10
except
select family from (
    select family from goal where status = 'active'
    union select family from deferral where signed = 1 and review_date is not null
)
"""


@cache
def _database() -> sqlite3.Connection:
    base = sqlite3.connect(":memory:")
    base.executescript(
        "create table diagnosis (family, active); create table screen (total); create table goal (family, status);"
        "create table deferral (family, signed, review_date)"
    )
    return base


def gaps(
    *,
    diagnoses: tuple[tuple[str, bool], ...],
    phq9: int | None,
    gad7: int | None,
    goals: tuple[tuple[str, str], ...],
    deferrals: tuple[tuple[str, bool, date | None], ...],
) -> frozenset[str]:
    """The families that need cover and have none."""
    base = _database()
    for table in ("diagnosis", "screen", "goal", "deferral"):
        base.execute(f"delete from {table}")
    base.executemany("insert into diagnosis values (?, ?)", diagnoses)
    base.executemany("insert into screen values (?)", [(phq9,), (gad7,)])
    base.executemany("insert into goal values (?, ?)", goals)
    base.executemany("insert into deferral values (?, ?, ?)", [(f, s, d and d.isoformat()) for f, s, d in deferrals])
    return frozenset(family for (family,) in base.execute(QUERY))


def _row(
    lacking: str,
    *,
    active: str = "",
    past: str = "",
    phq9: int | None = None,
    gad7: int | None = None,
    goals: tuple[tuple[str, str], ...] = (),
    deferrals: tuple[tuple[str, bool, date | None], ...] = (),
) -> Row:
    given = {
        "diagnoses": (*((f, True) for f in active.split()), *((f, False) for f in past.split())),
        "phq9": phq9,
        "gad7": gad7,
        "goals": goals,
        "deferrals": deferrals,
    }
    return Row("golden", given, frozenset(lacking.split()))


BOTH = f"{SUD} {MH}"

TABLE: tuple[Row, ...] = (
    _row(""),
    _row(SUD, active=SUD),
    _row(MH, active=MH),
    _row(BOTH, active=BOTH),
    _row("", past=BOTH),
    _row("", active=SUD, goals=((SUD, "active"),)),
    _row(MH, active=BOTH, goals=((SUD, "active"),)),
    _row(SUD, active=BOTH, goals=((MH, "active"),)),
    _row("", active=BOTH, goals=((SUD, "active"), (MH, "active"))),
    _row(SUD, active=SUD, goals=((SUD, "draft"),)),
    _row(SUD, active=SUD, goals=((SUD, "met"),)),
    _row(SUD, active=SUD, goals=((SUD, "stopped"),)),
    _row("", active=SUD, goals=((SUD, "met"), (SUD, "active"))),
    _row("", phq9=9, gad7=9),
    _row(MH, phq9=10),
    _row(MH, gad7=10),
    _row(MH, phq9=27, gad7=21),
    _row("", phq9=10, goals=((MH, "active"),)),
    _row(MH, phq9=10, goals=((SUD, "active"),)),
    _row(BOTH, active=SUD, phq9=12),
    _row("", active=MH, deferrals=((MH, True, REVIEW),)),
    _row(MH, active=MH, deferrals=((MH, False, REVIEW),)),
    _row(MH, active=MH, deferrals=((MH, True, None),)),
    _row(MH, active=MH, deferrals=((SUD, True, REVIEW),)),
    _row("", active=BOTH, goals=((SUD, "active"),), deferrals=((MH, True, REVIEW),)),
    _row("", gad7=15, deferrals=((MH, True, REVIEW),)),
    _row("", active=SUD, past=SUD, deferrals=((SUD, True, REVIEW),)),
    _row(SUD, active=SUD, past=f"{SUD} {MH}"),
    _row("", past=MH, phq9=4, gad7=3),
    _row(MH, past=MH, phq9=4, gad7=11),
)


def _plans() -> Iterator[tuple[Given, str]]:
    problem: tuple[Any, ...] = ((), (True,), (False,), (False, True))
    work: tuple[Any, ...] = ((), ("active",), ("draft",), ("met",), ("stopped", "active"))
    put_off: tuple[Any, ...] = ((), ((False, REVIEW),), ((True, None),), ((True, REVIEW),))
    side = list(product(problem, work, put_off))
    for n, (phq9, gad7) in enumerate(product((None, 0, 9, 10, 20), (None, 9, 10))):
        for m, (one, two) in enumerate(product(side, side)):
            if (n + m) % 23:
                continue
            families = ((SUD, one), (MH, two))
            yield (
                {
                    "diagnoses": tuple((f, state) for f, (states, _, _) in families for state in states),
                    "phq9": phq9,
                    "gad7": gad7,
                    "goals": tuple((f, status) for f, (_, statuses, _) in families for status in statuses),
                    "deferrals": tuple((f, *off) for f, (_, _, offs) in families for off in offs),
                },
                "",
            )


ORACLES = (
    Oracle(
        "golden",
        "(*, diagnoses, phq9, gad7, goals, deferrals) -> iterable[family lacking cover]",
        gaps,
        TABLE,
        _plans,
        lambda given, said: frozenset(map(str, said)),
    ),
)
