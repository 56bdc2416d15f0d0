"""Placement by the program's own rule set A, its hard stops, and what single rating would change the level.

Source: program rule set A (first matching rule wins; six dimensions rated 0 to 4; a decision aid that restates no
published criteria text) and the program's hard stops HS1 to HS8. The withdrawal threshold in HS2 is the severe band
of the ASAM Clinical Practice Guideline on Alcohol Withdrawal Management, 2020 (CIWA-Ar 19 or more).

Style: no rule is ever evaluated on a vector. All 5**6 = 15,625 vectors are laid out, each rule is a set of boxes of
ratings, and the rules are peeled off in order until nothing remains.

Signatures an adapter must offer:

``placement``             (*, ratings: tuple[int, int, int, int, int, int], hard_stops: frozenset[str])
                          -> (rule id "R1".."R10" or None, level text or None, recovery residence: bool)
                          Level texts: "4", "3.7", "3.5 co-occurring enhanced", "3.5", "3.1 with Level 2.1 hours",
                          "2.5 co-occurring enhanced", "2.5", "2.1 with on-site medical management", "2.1", "1".
                          The residence is never part of the text. Any hard stop: (None, None, False). Illegal rating:
                          raise.
``placement.changes``     (*, ratings: tuple[int, ...])
                          -> iterable of (dimension 1..6, new rating 0..4, level text that would follow)
                          for every single-rating change that alters the level. Changes that only add or remove the
                          recovery residence are ignored, listed or not.
``placement.hard_stops``  (*, facts: Mapping[str, bool | int | None]) -> iterable of "HS1".."HS8"; keys as in
                          ``NO_FACTS``.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from itertools import product
from typing import Any

from .comparison import REFUSED, Given, Oracle, Row

Vector = tuple[int, ...]
RATINGS = "01234"
RESIDENCE = " + recovery residence"

# Each box is six sets of ratings, one for each dimension; a dot is any rating. Order is the order of the rules.
BOXES: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    ("R1", "4", ("4 . . . . .", ". 4 . . . .", ". . 4 . . .")),
    ("R2", "3.7", ("3 . . . . .", ". 3 . . . .")),
    ("R3", "3.5 co-occurring enhanced", (". . 3 . 34 .", ". . 3 . . 34")),
    ("R4", "3.5", (". . . . . 4", ". . . . 4 34")),
    ("R5", "3.1 with Level 2.1 hours", (". . . . 34 3",)),
    ("R6", "2.5 co-occurring enhanced", (". . 3 . . .",)),
    ("R7", "2.5", (". . . . 4 .", ". . . 34 34 .")),
    ("R8", "2.1 with on-site medical management", ("2 . 012 012 . .", ". 2 012 012 . .")),
    ("R8", "2.5", ("2 . . . . .", ". 2 . . . .")),
    ("R9", "2.1", (". . 2 . . .", ". . . 234 . .", ". . . . 234 .", ". . . . . 234")),
    ("R10", "1", (". . . . . .",)),
)


def _cells(box: str) -> Iterator[Vector]:
    return product(*(tuple(map(int, RATINGS if side == "." else side)) for side in box.split()))


def peel() -> dict[Vector, tuple[str, str, bool]]:
    """Every vector with its rule, level and residence: each rule takes what the rules before it left."""
    left = set(product(range(5), repeat=6))
    answers: dict[Vector, tuple[str, str, bool]] = {}
    for rule, level, boxes in BOXES:
        taken = left & {cell for box in boxes for cell in _cells(box)}
        left -= taken
        for cell in taken:
            answers[cell] = (rule, level, rule in {"R8", "R9"} and cell[5] == 3)
    assert not left
    return answers


ALL = peel()


def answer(*, ratings: Vector, hard_stops: frozenset[str] = frozenset()) -> Any:
    """The rule, the level and the residence; nothing automatic while a hard stop is open."""
    if ratings not in ALL:
        return REFUSED
    return (None, None, False) if hard_stops else ALL[ratings]


def changes(*, ratings: Vector) -> frozenset[tuple[int, int, str]]:
    """Every single-rating change after which the level text is another, found by looking at all 24 neighbors."""
    here = ALL[ratings][1]
    found = set()
    for there, (_, level, _) in ((v, ALL[v]) for v in neighbors(ratings)):
        if level != here:
            (dimension,) = (i for i in range(6) if there[i] != ratings[i])
            found.add((dimension + 1, there[dimension], level))
    return frozenset(found)


def neighbors(ratings: Vector) -> list[Vector]:
    """The 24 vectors that differ from this one in exactly one rating."""
    return [(*ratings[:i], new, *ratings[i + 1 :]) for i in range(6) for new in range(5) if new != ratings[i]]


NO_FACTS: dict[str, Any] = {
    "physical_emergency": False,
    "ciwa_ar": None,
    "past_withdrawal_seizure_or_delirium": False,
    "current_heavy_use": False,
    "sedative_dependence_with_withdrawal": False,
    "several_withdrawals_needing_monitoring": False,
    "cssrs_intent": False,
    "cssrs_plan_with_intent": False,
    "cssrs_behavior_within_3_months": False,
    "imminent_violence": False,
    "acute_state_prevents_taking_part": False,
    "pregnant": False,
    "dependent_on_opioids_alcohol_or_sedatives": False,
    "age": 30,
    "minimum_age": 18,
    "home_unsafe": False,
    "safe_alternative": False,
}

# A stop is a list of ways to reach it; a way is a set of conditions that must all hold.
WAYS: dict[str, tuple[frozenset[str], ...]] = {
    "HS1": (frozenset({"physical_emergency"}),),
    "HS2": (frozenset({"ciwa_severe"}), frozenset({"past_withdrawal_seizure_or_delirium", "current_heavy_use"})),
    "HS3": (
        frozenset({"sedative_dependence_with_withdrawal"}),
        frozenset({"several_withdrawals_needing_monitoring"}),
    ),
    "HS4": (
        frozenset({"cssrs_intent"}),
        frozenset({"cssrs_plan_with_intent"}),
        frozenset({"cssrs_behavior_within_3_months"}),
        frozenset({"imminent_violence"}),
    ),
    "HS5": (frozenset({"acute_state_prevents_taking_part"}),),
    "HS6": (frozenset({"pregnant", "dependent_on_opioids_alcohol_or_sedatives"}),),
    "HS7": (frozenset({"under_age"}),),
    "HS8": (frozenset({"home_unsafe", "no_safe_alternative"}),),
}


def hard_stops(*, facts: Given) -> frozenset[str]:
    """The hard stops that are open for these facts."""
    true = {name for name, value in facts.items() if value is True}
    true |= {"ciwa_severe"} if facts["ciwa_ar"] in range(19, 68) else set()
    true |= {"under_age"} if facts["age"] in range(facts["minimum_age"]) else set()
    true |= set() if facts["safe_alternative"] else {"no_safe_alternative"}
    return frozenset(stop for stop, ways in WAYS.items() if any(way <= true for way in ways))


_PUBLISHED = """
0,0,0,0,0,0 R10 1
0,0,1,1,1,1 R10 1
0,0,2,1,2,1 R9 2.1
0,1,1,2,3,2 R9 2.1
1,0,1,2,2,3 R9 2.1 + recovery residence
0,0,1,3,3,1 R7 2.5
0,0,1,1,4,1 R7 2.5
2,0,1,1,2,1 R8 2.1 with on-site medical management
2,1,1,3,2,1 R8 2.5
0,2,1,1,1,1 R8 2.1 with on-site medical management
2,0,1,2,2,3 R8 2.1 with on-site medical management + recovery residence
0,0,3,1,2,1 R6 2.5 co-occurring enhanced
0,0,3,2,3,1 R3 3.5 co-occurring enhanced
0,0,1,2,3,3 R5 3.1 with Level 2.1 hours
0,0,1,2,4,3 R4 3.5
0,0,1,1,2,4 R4 3.5
3,0,0,0,0,0 R2 3.7
0,0,4,0,0,0 R1 4
"""

_BY_HAND = """
4,0,0,0,0,0 R1 4
0,4,0,0,0,0 R1 4
3,0,4,0,4,4 R1 4
0,3,0,0,0,0 R2 3.7
3,0,3,0,4,4 R2 3.7
0,0,3,0,0,3 R3 3.5 co-occurring enhanced
0,0,3,0,0,4 R3 3.5 co-occurring enhanced
0,0,0,0,4,4 R4 3.5
0,0,0,0,4,3 R4 3.5
0,0,0,0,3,4 R4 3.5
0,0,0,0,3,3 R5 3.1 with Level 2.1 hours
2,0,0,0,3,3 R5 3.1 with Level 2.1 hours
0,0,3,0,2,2 R6 2.5 co-occurring enhanced
2,0,3,0,0,0 R6 2.5 co-occurring enhanced
0,0,0,4,3,0 R7 2.5
2,2,2,2,4,2 R7 2.5
2,0,0,3,2,3 R8 2.5 + recovery residence
0,2,2,4,0,0 R8 2.5
2,2,2,2,2,2 R8 2.1 with on-site medical management
0,0,0,2,0,0 R9 2.1
0,0,0,0,0,2 R9 2.1
0,0,0,0,3,2 R9 2.1
0,0,0,4,2,0 R9 2.1
0,0,0,0,2,3 R9 2.1 + recovery residence
1,1,1,1,1,1 R10 1
"""


def _read(text: str) -> Iterator[tuple[Vector, tuple[str, str, bool]]]:
    for line in text.strip().splitlines():
        vector, rule, level = line.split(" ", 2)
        yield tuple(map(int, vector.split(","))), (rule, level.removesuffix(RESIDENCE), level.endswith(RESIDENCE))


PUBLISHED = tuple(_read(_PUBLISHED))

_STOPS: tuple[tuple[dict[str, Any], set[str]], ...] = (
    ({}, set()),
    ({"physical_emergency": True}, {"HS1"}),
    ({"ciwa_ar": 19}, {"HS2"}),
    ({"ciwa_ar": 18}, set()),
    ({"ciwa_ar": 0}, set()),
    ({"past_withdrawal_seizure_or_delirium": True}, set()),
    ({"past_withdrawal_seizure_or_delirium": True, "current_heavy_use": True}, {"HS2"}),
    ({"current_heavy_use": True}, set()),
    ({"sedative_dependence_with_withdrawal": True}, {"HS3"}),
    ({"several_withdrawals_needing_monitoring": True}, {"HS3"}),
    ({"cssrs_intent": True}, {"HS4"}),
    ({"cssrs_plan_with_intent": True}, {"HS4"}),
    ({"cssrs_behavior_within_3_months": True}, {"HS4"}),
    ({"imminent_violence": True}, {"HS4"}),
    ({"acute_state_prevents_taking_part": True}, {"HS5"}),
    ({"pregnant": True}, set()),
    ({"pregnant": True, "dependent_on_opioids_alcohol_or_sedatives": True}, {"HS6"}),
    ({"dependent_on_opioids_alcohol_or_sedatives": True}, set()),
    ({"age": 17}, {"HS7"}),
    ({"age": 18}, set()),
    ({"age": 20, "minimum_age": 21}, {"HS7"}),
    ({"home_unsafe": True}, {"HS8"}),
    ({"home_unsafe": True, "safe_alternative": True}, set()),
    ({"physical_emergency": True, "ciwa_ar": 40, "home_unsafe": True}, {"HS1", "HS2", "HS8"}),
)

_NONE: frozenset[str] = frozenset()

TABLE: tuple[Row, ...] = (
    *(Row("placement", {"ratings": v, "hard_stops": _NONE}, a) for v, a in (*PUBLISHED, *_read(_BY_HAND))),
    Row("placement", {"ratings": (0, 0, 2, 1, 2, 1), "hard_stops": frozenset({"HS4"})}, (None, None, False)),
    Row("placement", {"ratings": (0, 0, 0, 0, 0, 0), "hard_stops": frozenset({"HS8"})}, (None, None, False)),
    Row("placement", {"ratings": (3, 0, 0, 0, 0, 0), "hard_stops": frozenset({"HS2", "HS3"})}, (None, None, False)),
    Row("placement", {"ratings": (0, 0, 0, 0, 0, 5), "hard_stops": _NONE}, REFUSED),
    Row("placement", {"ratings": (-1, 0, 0, 0, 0, 0), "hard_stops": _NONE}, REFUSED),
    Row(
        "placement.changes",
        {"ratings": (1, 1, 1, 1, 1, 1)},
        frozenset(
            {(d, 2, "2.1 with on-site medical management") for d in (1, 2)}
            | {(d, 3, "3.7") for d in (1, 2)}
            | {(d, 4, "4") for d in (1, 2, 3)}
            | {(d, 2, "2.1") for d in (3, 4, 5, 6)}
            | {(3, 3, "2.5 co-occurring enhanced"), (4, 3, "2.1"), (4, 4, "2.1"), (5, 3, "2.1"), (5, 4, "2.5")}
            | {(6, 3, "2.1"), (6, 4, "3.5")}
        ),
    ),
    *(Row("placement.hard_stops", {"facts": {**NO_FACTS, **f}}, frozenset(s)) for f, s in _STOPS),
)


def _every_vector() -> Iterator[tuple[Given, str]]:
    for vector in sorted(ALL):
        yield {"ratings": vector, "hard_stops": _NONE}, ""
    for stop in WAYS:
        yield {"ratings": (0, 0, 2, 1, 2, 1), "hard_stops": frozenset({stop})}, ""
    for i in range(6):
        for wrong in (-1, 5):
            yield {"ratings": tuple(wrong if j == i else 1 for j in range(6)), "hard_stops": _NONE}, ""


def _some_vectors() -> Iterator[tuple[Given, str]]:
    for vector, _ in (*PUBLISHED, *_read(_BY_HAND)):
        yield {"ratings": vector}, ""
    for vector in random.Random(16).sample(sorted(ALL), 250):
        yield {"ratings": vector}, ""


def _facts() -> Iterator[tuple[Given, str]]:
    dice = random.Random(15)
    yes_no = [name for name, value in NO_FACTS.items() if value is False]
    for first in yes_no:
        for second in yes_no:
            yield {"facts": {**NO_FACTS, first: True, second: True}}, ""
    for _ in range(150):
        facts = {name: dice.random() < 0.3 for name in yes_no}
        facts |= {"ciwa_ar": dice.choice([None, 0, 9, 10, 18, 19, 20, 67])}
        facts |= {"age": dice.choice([12, 17, 18, 20, 21, 44]), "minimum_age": dice.choice([18, 21])}
        yield {"facts": {**NO_FACTS, **facts}}, ""


def _normal_changes(given: Given, found: Any) -> Any:
    here = ALL[given["ratings"]][1]
    plain = {(int(d), int(r), str(level).removesuffix(RESIDENCE)) for d, r, level in found}
    return frozenset(one for one in plain if one[2] != here)


ORACLES = (
    Oracle(
        "placement",
        "(*, ratings: tuple[int x6], hard_stops: frozenset[str]) -> (rule | None, level | None, residence: bool)",
        answer,
        tuple(row for row in TABLE if row.oracle == "placement"),
        _every_vector,
        lambda given, said: tuple(said),
    ),
    Oracle(
        "placement.changes",
        "(*, ratings: tuple[int x6]) -> iterable[(dimension 1..6, new rating, new level text)]",
        changes,
        tuple(row for row in TABLE if row.oracle == "placement.changes"),
        _some_vectors,
        _normal_changes,
    ),
    Oracle(
        "placement.hard_stops",
        "(*, facts: Mapping) -> iterable['HS1'..'HS8']",
        hard_stops,
        tuple(row for row in TABLE if row.oracle == "placement.hard_stops"),
        _facts,
        lambda given, said: frozenset(said),
    ),
)
