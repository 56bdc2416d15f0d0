"""PHQ-9 and GAD-7 scoring, item 9, LOINC codes and reliable change.

Sources: PHQ-9 (Kroenke, Spitzer and Williams 2001); GAD-7 (Spitzer et al. 2006); LOINC and its Mod 10 check digit;
reliable change and the cut-off c (Jacobson and Truax 1991). Program rules: an incomplete form is not scored and
nothing is imputed; item 9 at 1 is a high alert, at 2 or 3 urgent, and a missing item 9 is asked again, never taken as
"no".

Style: a band is read off a tape with one cell for each total; totals are lengths; roots are taken in 40-digit decimals.

Signatures an adapter must offer:

``scores``         (*, instrument: "PHQ-9" | "GAD-7", answers: tuple[int | None, ...])
                   -> {"total": int | None, "band": str | None, "positive": bool | None, "item9": str | None}
                   None total, band and positive where any answer is missing. Bands: "minimal", "mild", "moderate",
                   "moderately severe" (PHQ-9 only), "severe". positive: total of 10 or more. item9: "none", "high",
                   "urgent" or "ask"; None for the GAD-7. Item 9 is judged also on an incomplete form. Illegal answer:
                   raise.
``scores.loinc``   (*, code: str) -> bool: digits, a hyphen and the right Mod 10 check digit.
``scores.codes``   (*, meaning: str) -> the LOINC code the product ships for this meaning, or None where it ships none
                   (None is never a disagreement). Meanings as in ``CODES``.
``scores.rci``     (*, sd: float, r: float, first: float, second: float) -> {"sem": float, "s_diff": float,
                   "threshold": float, "whole_points": int, "rci": float, "reliable": bool}; numbers to within 0.006.
                   whole_points is the least whole change that is reliable. Keys left out are not compared, but
                   "reliable" must be there.
``scores.cutoff``  (*, mean_clinical, sd_clinical, mean_normal, sd_normal) -> float
``scores.change``  (*, sd, r, cutoff, first, second, higher_is_better: bool)
                   -> "recovered" | "improved" | "unchanged" | "deteriorated"
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from decimal import Decimal, getcontext
from itertools import product
from math import floor
from typing import Any

from .comparison import REFUSED, Given, Oracle, Row

getcontext().prec = 40

MODERATE = ["minimal"] * 5 + ["mild"] * 5 + ["moderate"] * 5
TAPE = {"PHQ-9": [*MODERATE, *["moderately severe"] * 5, *["severe"] * 8], "GAD-7": [*MODERATE, *["severe"] * 7]}
ITEMS = {"PHQ-9": 9, "GAD-7": 7}
ITEM9 = {None: "ask", 0: "none", 1: "high", 2: "urgent", 3: "urgent"}


def score(*, instrument: str, answers: tuple[int | None, ...]) -> Any:
    """The total as the number of ticks, its cell on the tape, and what item 9 asks for."""
    if not set(answers) <= set(ITEM9):
        return REFUSED
    item9 = ITEM9[answers[8]] if instrument == "PHQ-9" else None
    if None in answers:
        return {"total": None, "band": None, "positive": None, "item9": item9}
    ticks = "".join("|" * int(answer or 0) for answer in answers)
    return {
        "total": len(ticks),
        "band": TAPE[instrument][len(ticks)],
        "positive": len(ticks) in range(10, 28),
        "item9": item9,
    }


DOUBLED = dict(zip(range(10), (0, 2, 4, 6, 8, 1, 3, 5, 7, 9), strict=True))


def check_digit(base: str) -> int:
    """The Mod 10 check digit, found by trying all ten until the whole number sums to a multiple of ten."""
    worth = [DOUBLED[int(d)] if place % 2 == 0 else int(d) for place, d in enumerate(reversed(base))]
    (digit,) = (d for d in range(10) if (sum(worth) + d) % 10 == 0)
    return digit


def loinc(*, code: str) -> bool:
    """Whether the code is well formed and its check digit right."""
    base, hyphen, digit = code.partition("-")
    plain = all(c in "0123456789" for c in base + digit) and hyphen == "-" and base != "" and len(digit) == 1
    return plain and check_digit(base) == int(digit)


CODES: dict[str, str] = {
    "PHQ-9 panel": "44249-1",
    "PHQ-9 total": "44261-6",
    "PHQ-9 difficulty": "69722-7",
    **dict(
        zip(
            (f"PHQ-9 item {n}" for n in range(1, 10)),
            ["44250-9", "44255-8", "44259-0", "44254-1", "44251-7", "44258-2", "44252-5", "44253-3", "44260-8"],
            strict=True,
        )
    ),
    "GAD-7 panel": "69737-5",
    "GAD-7 total": "70274-6",
    **dict(
        zip(
            (f"GAD-7 item {n}" for n in range(1, 8)),
            ["69725-0", "68509-9", "69733-4", "69734-2", "69735-9", "69689-8", "69736-7"],
            strict=True,
        )
    ),
    "PHQ-2 panel": "55757-9",
    "PHQ-2 total": "55758-7",
    "AUDIT panel": "72110-0",
    "AUDIT total": "75624-7",
    "AUDIT-C panel": "72109-2",
    "AUDIT-C total": "75626-2",
    "DAST-10 panel": "82666-9",
    "DAST-10 total": "82667-7",
    "PC-PTSD-5 panel": "102010-6",
    "C-SSRS screener panel": "93373-9",
}

# Codes found in the wild under the wrong meaning (check digit right), and codes whose check digit is wrong.
MISLABELLED = {
    ("AUDIT-C total", "75624-7"),
    ("AUDIT total", "75626-2"),
    ("GAD-7 total", "69737-5"),
    ("PHQ-2 total", "69737-5"),
    ("PHQ-2 panel", "69737-5"),
}
MALFORMED = ("72109-3", "93373-7", "89708-7", "93038-1")


def reliable_change(*, sd: float, r: float, first: float, second: float) -> dict[str, Any]:
    """SEM, S_diff, the threshold 1.96 S_diff, the least reliable whole change, and the index itself."""
    spread, trust, step = Decimal(str(sd)), Decimal(str(r)), Decimal(str(second)) - Decimal(str(first))
    sem = (spread * spread * (1 - trust)).sqrt()
    s_diff = (2 * sem * sem).sqrt()
    threshold = Decimal("1.96") * s_diff
    return {
        "sem": float(sem),
        "s_diff": float(s_diff),
        "threshold": float(threshold),
        "whole_points": floor(threshold) + 1,
        "rci": float(step / s_diff),
        "reliable": abs(step) > threshold,
    }


def cutoff(*, mean_clinical: float, sd_clinical: float, mean_normal: float, sd_normal: float) -> float:
    """The score weighted toward the narrower of the two distributions: equally many SDs from either mean."""
    low, high = sorted((Decimal(str(mean_clinical)), Decimal(str(mean_normal))))
    sds = {Decimal(str(mean_clinical)): Decimal(str(sd_clinical)), Decimal(str(mean_normal)): Decimal(str(sd_normal))}
    for _ in range(120):  # bisection: no formula
        middle = (low + high) / 2
        a, b = sorted(sds)
        if (middle - a) / sds[a] < (b - middle) / sds[b]:
            low = middle
        else:
            high = middle
    return float(low)


def change(*, sd: float, r: float, cutoff: float, first: float, second: float, higher_is_better: bool) -> str:
    """The class of clinically significant change; a higher-is-better scale is turned upside down first."""
    if higher_is_better:
        cutoff, first, second = -cutoff, -first, -second
    if not reliable_change(sd=sd, r=r, first=first, second=second)["reliable"]:
        return "unchanged"
    if second > first:
        return "deteriorated"
    return "recovered" if second < cutoff <= first else "improved"


def _scored(instrument: str, answers: str, total: int | None, band: str | None, item9: str | None) -> Row:
    given = {"instrument": instrument, "answers": tuple(None if c == "-" else int(c) for c in answers)}
    positive = None if total is None else total >= 10
    return Row("scores", given, {"total": total, "band": band, "positive": positive, "item9": item9})


def _rci(sd: float, r: float, sem: float, s_diff: float, threshold: float, whole: int) -> Iterator[Row]:
    for step, reliable in ((whole, True), (whole - 1, False), (-whole, True), (1 - whole, False)):
        given = {"sd": sd, "r": r, "first": 30, "second": 30 + step}
        yield Row(
            "scores.rci",
            given,
            {"sem": sem, "s_diff": s_diff, "threshold": threshold, "whole_points": whole, "reliable": reliable},
        )


def _class(expected: str, sd: float, r: float, cut: float, first: float, second: float, up: bool = False) -> Row:
    given = {"sd": sd, "r": r, "cutoff": cut, "first": first, "second": second, "higher_is_better": up}
    return Row("scores.change", given, expected)


TABLE: tuple[Row, ...] = (
    _scored("PHQ-9", "000000000", 0, "minimal", "none"),
    _scored("PHQ-9", "111100000", 4, "minimal", "none"),
    _scored("PHQ-9", "111110000", 5, "mild", "none"),
    _scored("PHQ-9", "333000000", 9, "mild", "none"),
    _scored("PHQ-9", "111111111", 9, "mild", "high"),
    _scored("PHQ-9", "333100000", 10, "moderate", "none"),
    _scored("PHQ-9", "333320000", 14, "moderate", "none"),
    _scored("PHQ-9", "333330000", 15, "moderately severe", "none"),
    _scored("PHQ-9", "222222222", 18, "moderately severe", "urgent"),
    _scored("PHQ-9", "333333100", 19, "moderately severe", "none"),
    _scored("PHQ-9", "333333200", 20, "severe", "none"),
    _scored("PHQ-9", "333333333", 27, "severe", "urgent"),
    _scored("PHQ-9", "000000001", 1, "minimal", "high"),
    _scored("PHQ-9", "000000002", 2, "minimal", "urgent"),
    _scored("PHQ-9", "000000003", 3, "minimal", "urgent"),
    _scored("PHQ-9", "33333333-", None, None, "ask"),
    _scored("PHQ-9", "00000000-", None, None, "ask"),
    _scored("PHQ-9", "-00000000", None, None, "none"),
    _scored("PHQ-9", "--------3", None, None, "urgent"),
    _scored("PHQ-9", "3333-3331", None, None, "high"),
    _scored("PHQ-9", "---------", None, None, "ask"),
    _scored("GAD-7", "0000000", 0, "minimal", None),
    _scored("GAD-7", "1111000", 4, "minimal", None),
    _scored("GAD-7", "1111100", 5, "mild", None),
    _scored("GAD-7", "3330000", 9, "mild", None),
    _scored("GAD-7", "3331000", 10, "moderate", None),
    _scored("GAD-7", "2222222", 14, "moderate", None),
    _scored("GAD-7", "3333300", 15, "severe", None),
    _scored("GAD-7", "3333333", 21, "severe", None),
    _scored("GAD-7", "333333-", None, None, None),
    Row("scores", {"instrument": "PHQ-9", "answers": (4, 0, 0, 0, 0, 0, 0, 0, 0)}, REFUSED),
    Row("scores", {"instrument": "PHQ-9", "answers": (0, 0, 0, 0, 0, 0, 0, 0, -1)}, REFUSED),
    Row("scores", {"instrument": "GAD-7", "answers": (0, 0, 0, 0, 0, 0, 4)}, REFUSED),
    *(Row("scores.loinc", {"code": code}, True) for code in CODES.values()),
    *(
        Row("scores.loinc", {"code": code}, False)
        for code in (*MALFORMED, "44261", "44261-", "-6", "4426I-6", "44261-66")
    ),
    *(Row("scores.codes", {"meaning": meaning}, code) for meaning, code in CODES.items()),
    *_rci(10, 0.80, 4.47, 6.32, 12.40, 13),
    *_rci(5.69, 0.84, 2.28, 3.22, 6.31, 7),
    *_rci(6.10, 0.89, 2.02, 2.86, 5.61, 6),
    *_rci(4.70, 0.92, 1.33, 1.88, 3.68, 4),
    *_rci(16.0, 0.84, 6.40, 9.05, 17.74, 18),
    *_rci(9.0, 0.90, 2.85, 4.02, 7.89, 8),
    Row("scores.cutoff", {"mean_clinical": 16, "sd_clinical": 6, "mean_normal": 4, "sd_normal": 3}, 8.0),
    Row("scores.cutoff", {"mean_clinical": 20, "sd_clinical": 5, "mean_normal": 10, "sd_normal": 5}, 15.0),
    Row("scores.cutoff", {"mean_clinical": 30, "sd_clinical": 8, "mean_normal": 50, "sd_normal": 2}, 46.0),
    _class("recovered", 6.10, 0.89, 10, 18, 6),
    _class("improved", 6.10, 0.89, 10, 24, 12),
    _class("unchanged", 6.10, 0.89, 10, 12, 8),
    _class("deteriorated", 6.10, 0.89, 10, 8, 16),
    _class("improved", 6.10, 0.89, 10, 9, 2),
    _class("recovered", 9.0, 0.90, 47, 38, 50, True),
    _class("deteriorated", 9.0, 0.90, 47, 50, 38, True),
    _class("improved", 9.0, 0.90, 47, 20, 35, True),
    _class("unchanged", 9.0, 0.90, 47, 44, 50, True),
)


def _forms() -> Iterator[tuple[Given, str]]:
    dice = random.Random(9)
    for instrument, items in ITEMS.items():
        for total in range(items * 3 + 1):
            for _ in range(4):
                answers = [0] * items
                while sum(answers) < total:
                    answers[dice.choice([i for i in range(items) if answers[i] < 3])] += 1
                yield {"instrument": instrument, "answers": tuple(answers)}, ""
        for hole in range(items):
            for value in range(4):
                one = tuple(None if i == hole else value for i in range(items))
                yield {"instrument": instrument, "answers": one}, ""
        for _ in range(200):
            wild = tuple(dice.choice([0, 1, 2, 3, 3, 2, 1, 0, None]) for _ in range(items))
            yield {"instrument": instrument, "answers": wild}, ""


def _every_digit() -> Iterator[tuple[Given, str]]:
    for code in CODES.values():
        base = code.partition("-")[0]
        for digit in range(10):
            yield {"code": f"{base}-{digit}"}, ""


def _pairs() -> Iterator[tuple[Given, str]]:
    for (sd, r), first, step in product(
        ((6.10, 0.89), (4.70, 0.92), (5.69, 0.84), (16.0, 0.84)), (3, 11, 20), range(-19, 20)
    ):
        yield {"sd": sd, "r": r, "first": first, "second": first + step}, ""


def _courses() -> Iterator[tuple[Given, str]]:
    for first, second, up in product(range(0, 28, 3), range(1, 28, 3), (False, True)):
        yield {"sd": 6.10, "r": 0.89, "cutoff": 10.5, "first": first, "second": second, "higher_is_better": up}, ""


def _normal_score(given: Given, said: Any) -> Any:
    said = {key: said[key] for key in ("total", "band", "positive", "item9")}
    if (
        given["instrument"] == "GAD-7"
        and said["total"] in range(5)
        and said["band"] in (None, "", "none", "none to minimal")
    ):
        said["band"] = "minimal"  # the lowest GAD-7 band is published without a name
    return said


def _near(expected: Any, said: Any) -> bool:
    if not isinstance(said, dict):
        return False
    return "reliable" in said and all(
        said[key] is want if isinstance(want, bool) else abs(said[key] - want) < 0.006
        for key, want in expected.items()
        if key in said
    )


def _rows(name: str) -> tuple[Row, ...]:
    return tuple(row for row in TABLE if row.oracle == name)


ORACLES = (
    Oracle(
        "scores",
        "(*, instrument: 'PHQ-9'|'GAD-7', answers: tuple[int|None]) -> {total, band, positive, item9}",
        score,
        _rows("scores"),
        _forms,
        _normal_score,
    ),
    Oracle("scores.loinc", "(*, code: str) -> bool", loinc, _rows("scores.loinc"), _every_digit),
    Oracle(
        "scores.codes",
        "(*, meaning: str) -> code | None",
        lambda *, meaning: CODES[meaning],
        _rows("scores.codes"),
        equal=lambda expected, said: said is None or said == expected,
    ),
    Oracle(
        "scores.rci",
        "(*, sd, r, first, second) -> {sem, s_diff, threshold, whole_points, rci, reliable}",
        reliable_change,
        _rows("scores.rci"),
        _pairs,
        equal=_near,
    ),
    Oracle(
        "scores.cutoff",
        "(*, mean_clinical, sd_clinical, mean_normal, sd_normal) -> float",
        cutoff,
        _rows("scores.cutoff"),
        equal=lambda expected, said: said != REFUSED and abs(float(expected) - float(said)) < 0.006,
    ),
    Oracle(
        "scores.change",
        "(*, sd, r, cutoff, first, second, higher_is_better) -> recovered|improved|unchanged|deteriorated",
        change,
        _rows("scores.change"),
        _courses,
    ),
)
