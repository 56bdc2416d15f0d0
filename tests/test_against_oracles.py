"""The product beside its independent oracles: each adapter asks the product the oracle's question in its own terms."""

import pytest

from openiop.admissions import rules as admissions_rules
from openiop.questionnaires import queries as questionnaires
from openiop.questionnaires import rules as questionnaire_rules
from tests.oracles import disagreements


def _scores(*, instrument, answers):
    read = questionnaires.instrument({"PHQ-9": "phq9", "GAD-7": "gad7"}[instrument])
    for number, value in enumerate(answers, 1):
        if questionnaire_rules.why_not_answer(
            instrument=read, version=read.version, status="started", item=number, value=value
        ):
            raise ValueError(number)
    given = {str(number): value for number, value in enumerate(answers, 1)}
    points = questionnaire_rules.total(read, given)
    found = questionnaire_rules.band(read, points)
    item9 = None
    if read.critical_items:
        asks = "9" not in given or given["9"] is None
        item9 = "ask" if asks else questionnaire_rules.critical_level(read, 9, given["9"]) or "none"
        refused = questionnaire_rules.why_not_complete(instrument=read, status="started", answers=given)
        assert bool(refused) is asks, "a form is handed in with item 9 open, or kept back without need"
    return {
        "total": points,
        "band": found.name if found else None,
        "positive": None if points is None else questionnaire_rules.positive(read, points),
        "item9": item9,
    }


def _code(*, meaning):
    name, _, part = meaning.partition(" ")
    read = {row.name: row for row in questionnaires.instruments().values()}.get(name)
    if read is None:
        return None
    if part == "panel":
        return read.panel
    if part == "total":
        return read.total_code
    number = 10 if part == "difficulty" else int(part.removeprefix("item "))
    return read.item(number).loinc


def _placement(*, ratings, hard_stops):
    found = admissions_rules.suggest(ratings, hard_stops)
    return (found.rule, found.words, found.residence) if found else (None, None, False)


def _placement_changes(*, ratings):
    return [(one.dimension, one.value, one.suggestion.words) for one in admissions_rules.changes(ratings)]


def _suitability(*, answers):
    found = admissions_rules.screen(answers)
    return found.result.value.replace("-", "_"), found.crisis


ADAPTERS = {
    "placement": _placement,
    "placement.changes": _placement_changes,
    "placement.hard_stops": lambda *, facts: admissions_rules.stops_for(facts),
    "suitability": _suitability,
    "scores": _scores,
    "scores.loinc": lambda *, code: questionnaire_rules.loinc_holds(code),
    "scores.codes": _code,
}


@pytest.mark.parametrize("name", sorted(ADAPTERS))
def test_the_product_answers_as_an_independent_oracle_does(name):
    assert [str(one) for one in disagreements(name, ADAPTERS[name])] == []
