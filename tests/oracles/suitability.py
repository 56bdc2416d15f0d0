"""The pre-screen: does an intensive outpatient program fit, not yet, or is more care needed?

Source: the program's pre-screen (program default, one coded item for each criterion). Hard items always win: danger
in withdrawal or thoughts of suicide first of all, then round-the-clock need and an unsafe home; each shows crisis
help at once. Weekly counseling may be enough, and that is a real answer.

Style: no score and no branching on answers; each outcome is struck from a list by vetoes, each a partial answer
sheet. Where the program's text does not settle the outcome, every outcome left standing is acceptable.

Signature an adapter must offer:

``suitability``  (*, answers: Mapping[criterion, "yes" | "no" | "unsure"])
                 -> ("fit" | "not_yet" | "needs_more_care", crisis help shown: bool)
                 answers holds every criterion in ``CRITERIA``; "substance_or_behavior" says that substance use or a
                 behavioral addiction is present.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from itertools import product
from typing import Any

from .comparison import Given, OneOf, Oracle, Row

CRITERIA = (
    "finished_inpatient",
    "needs_24h",
    "stable_home",
    "support",
    "motivated",
    "co_occurring",
    "more_than_weekly",
    "early_help",
    "withdrawal_danger",
    "suicidal_thoughts",
    "unsafe_home",
    "can_manage_duties",
    "substance_or_behavior",
)
HARD = ("withdrawal_danger", "suicidal_thoughts", "needs_24h", "unsafe_home")
FIT, NOT_YET, MORE = "fit", "not_yet", "needs_more_care"

# A veto: when every answer on the partial sheet is given, these outcomes are struck.
Veto = tuple[dict[str, str], frozenset[str]]
VETOES: tuple[Veto, ...] = (
    *(({item: "yes"}, frozenset({FIT, NOT_YET})) for item in HARD),
    (dict.fromkeys(HARD, "no") | {"stable_home": "yes", "can_manage_duties": "yes"}, frozenset({MORE})),
    ({"stable_home": "no"}, frozenset({FIT})),
    ({"motivated": "no"}, frozenset({FIT})),
    ({"can_manage_duties": "no"}, frozenset({FIT})),
    ({"substance_or_behavior": "no", "co_occurring": "no"}, frozenset({FIT})),
    (
        dict.fromkeys(("finished_inpatient", "more_than_weekly", "early_help", "co_occurring"), "no"),
        frozenset({FIT}),
    ),
    *(
        (
            dict.fromkeys(HARD, "no")
            | dict.fromkeys(
                ("stable_home", "support", "motivated", "can_manage_duties", "substance_or_behavior"), "yes"
            )
            | {need: "yes"},
            frozenset({NOT_YET, MORE}),
        )
        for need in ("finished_inpatient", "more_than_weekly")
    ),
)
# The program's text does not say what a "not sure" about danger leads to; it must not lead to "fit".
UNSURE_VETO = {"withdrawal_danger", "suicidal_thoughts"}
UNSURE = "a 'not sure' about danger may not end in 'fit'"
DUTIES = "not able to manage daily duties may not end in 'fit'"


def answer(*, answers: Mapping[str, str]) -> OneOf:
    """Every (outcome, crisis) pair that no veto strikes."""
    left = {FIT, NOT_YET, MORE}
    for sheet, struck in VETOES:
        if sheet.items() <= answers.items():
            left -= struck
    if any(answers[item] == "unsure" for item in UNSURE_VETO):
        left -= {FIT}
    hard = [answers[item] for item in HARD]
    crisis = {True} if "yes" in hard else {True, False} if "unsure" in hard else {False}
    return OneOf(product(left, crisis))


def _reading(answers: Mapping[str, str]) -> str:
    if any(answers[item] == "yes" for item in HARD):
        return ""
    if any(answers[item] == "unsure" for item in UNSURE_VETO):
        return UNSURE
    return DUTIES if answers["can_manage_duties"] == "no" else ""


IDEAL = dict.fromkeys(CRITERIA, "no") | dict.fromkeys(
    ("stable_home", "support", "motivated", "can_manage_duties", "substance_or_behavior", "more_than_weekly"), "yes"
)


def _case(outcomes: str, crisis: str, changed: dict[str, str] | None = None) -> Row:
    answers = {**IDEAL, **(changed or {})}
    expected = OneOf(product(outcomes.split(), [word == "yes" for word in crisis.split()]))
    return Row("suitability", {"answers": answers}, expected, _reading(answers))


_NO_NEED = {"more_than_weekly": "no", "finished_inpatient": "no", "early_help": "no", "co_occurring": "no"}

TABLE: tuple[Row, ...] = (
    _case("fit", "no"),
    _case("fit", "no", {"more_than_weekly": "no", "finished_inpatient": "yes"}),
    _case("fit", "no", {"finished_inpatient": "yes"}),
    _case("fit", "no", {"co_occurring": "yes"}),
    _case("fit", "no", {"early_help": "yes"}),
    _case("fit not_yet", "no", {"more_than_weekly": "no", "early_help": "yes"}),
    _case("fit not_yet", "no", {"support": "no"}),
    _case("not_yet", "no", _NO_NEED),
    _case("not_yet", "no", {"motivated": "no"}),
    _case("not_yet", "no", {"substance_or_behavior": "no"}),
    _case("not_yet needs_more_care", "no", {"can_manage_duties": "no"}),
    _case("not_yet needs_more_care", "no", {"stable_home": "no"}),
    _case("not_yet needs_more_care", "no", {"stable_home": "no", "support": "no"}),
    _case("needs_more_care", "yes", {"withdrawal_danger": "yes"}),
    _case("needs_more_care", "yes", {"suicidal_thoughts": "yes"}),
    _case("needs_more_care", "yes", {"withdrawal_danger": "yes", "suicidal_thoughts": "yes"}),
    _case("needs_more_care", "yes", {"needs_24h": "yes"}),
    _case("needs_more_care", "yes", {"unsafe_home": "yes"}),
    _case("needs_more_care", "yes", {"suicidal_thoughts": "yes", **_NO_NEED}),
    _case("needs_more_care", "yes", {"suicidal_thoughts": "yes", "motivated": "no"}),
    _case("needs_more_care", "yes", {"withdrawal_danger": "yes", "stable_home": "no"}),
    _case("needs_more_care", "yes", {"withdrawal_danger": "yes", "substance_or_behavior": "no"}),
    _case("needs_more_care", "yes", {"suicidal_thoughts": "yes", "finished_inpatient": "yes", "co_occurring": "yes"}),
    _case("needs_more_care", "yes", dict.fromkeys(HARD, "yes")),
    _case("needs_more_care", "yes", dict.fromkeys(CRITERIA, "yes")),
    _case("not_yet", "no", dict.fromkeys(CRITERIA, "no") | {"stable_home": "yes", "can_manage_duties": "yes"}),
    _case("not_yet needs_more_care", "yes no", {"withdrawal_danger": "unsure", "stable_home": "yes", **_NO_NEED}),
    _case("fit not_yet", "no", {"substance_or_behavior": "no", "co_occurring": "yes", "stable_home": "yes"}),
    _case("fit not_yet", "no", {"motivated": "unsure"}),
    _case("needs_more_care", "yes", {"withdrawal_danger": "yes", "suicidal_thoughts": "unsure"}),
)


def _sheets() -> Iterator[tuple[Given, str]]:
    for choices in product(("no", "yes"), repeat=len(CRITERIA)):
        answers = dict(zip(CRITERIA, choices, strict=True))
        yield {"answers": answers}, _reading(answers)
    dice = random.Random(3)
    for _ in range(1500):
        answers = {
            item: dice.choice(["no", "no", "unsure", "yes"] if item in HARD else ["yes", "no", "unsure"])
            for item in CRITERIA
        }
        yield {"answers": answers}, _reading(answers)


def _normal(given: Given, said: Any) -> Any:
    outcome, crisis = said
    return str(outcome), bool(crisis)


ORACLES = (
    Oracle(
        "suitability",
        "(*, answers: Mapping[criterion, 'yes'|'no'|'unsure']) -> ('fit'|'not_yet'|'needs_more_care', crisis: bool)",
        answer,
        TABLE,
        _sheets,
        _normal,
    ),
)
