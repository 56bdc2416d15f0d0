"""The oracles stand on published vectors, agree with a plain second writing, and catch every planted fault."""

from __future__ import annotations

import ast
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest

from . import (
    MODULES,
    ORACLES,
    REFUSED,
    OneOf,
    disagreements,
    placement,
    privacy,
    privacy_bounds,
    scores,
    signatures,
    suitability,
    week,
)
from .faults import FAULTS, PLAIN

NAMES = list(ORACLES)
PLANTED = [
    pytest.param(name, faulty, id=f"{name}: {wrong}") for name, faults in FAULTS.items() for wrong, faulty in faults
]


def _module(name):
    return name.partition(".")[0]


def test_no_oracle_imports_the_product():
    for path in Path(__file__).parent.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [a.name for a in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            assert not [name for name in names if name.startswith(("openiop", "django"))], path.name


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.__name__.rpartition(".")[2])
def test_each_table_holds_at_least_25_cases_and_each_row_belongs_to_an_oracle(module):
    assert len(module.TABLE) >= 25
    assert {row.oracle for row in module.TABLE} == {oracle.name for oracle in module.ORACLES}


@pytest.mark.parametrize("name", NAMES)
def test_the_oracle_gives_the_answers_written_by_hand(name):
    oracle = ORACLES[name]
    assert oracle.rows
    for row in oracle.rows:
        answer = oracle.answer(**row.given)
        if isinstance(row.expected, OneOf):
            assert answer == row.expected, row
        else:
            assert oracle.agrees(row.expected, answer), row


@pytest.mark.parametrize("name", NAMES)
def test_a_plain_second_writing_agrees_in_every_case(name):
    assert not [str(one) for one in disagreements(name, PLAIN[name])]


@pytest.mark.parametrize(("name", "faulty"), PLANTED)
def test_every_planted_fault_is_caught(name, faulty):
    assert disagreements(name, faulty, limit=1)


def test_caught_equals_planted_and_every_module_has_at_least_ten():
    caught = {
        name: sum(bool(disagreements(name, faulty, limit=1)) for _, faulty in faults) for name, faults in FAULTS.items()
    }
    planted = {name: len(faults) for name, faults in FAULTS.items()}
    assert caught == planted
    assert set(planted) == set(ORACLES)
    for module in {_module(name) for name in NAMES}:
        assert sum(count for name, count in planted.items() if _module(name) == module) >= 10, module


def test_an_implementation_that_always_answers_the_same_or_raises_disagrees_everywhere():
    def refuses(**given):
        raise NotImplementedError

    for name in NAMES:
        assert disagreements(name, refuses, limit=1), name
        if name != "scores.codes":  # there, None says that the product ships no such code
            assert disagreements(name, lambda **given: None, limit=1), name


def test_a_disagreement_says_what_was_given_expected_and_answered():
    (first, *_) = disagreements("hours", lambda *, minutes: "within", limit=3)
    assert "'minutes': 0" in str(first)
    assert "below_iop" in str(first)
    assert "within" in str(first)


def test_every_oracle_states_its_signature():
    text = signatures()
    assert all(name in text for name in NAMES)
    for module in MODULES:
        for oracle in module.ORACLES:
            assert f"``{oracle.name}``" in module.__doc__, oracle.name


def test_cases_where_the_source_allows_another_reading_can_be_left_out():
    def eight_days(*, unexcused, last_contact, today):
        return PLAIN["attendance.triggers"](
            unexcused=unexcused, last_contact=last_contact, today=today, short=8, long=15, silent=8
        )

    assert disagreements("attendance.triggers", eight_days)
    assert not disagreements("attendance.triggers", eight_days, readings=False)


def test_all_18_published_placement_vectors_hold():
    assert len(placement.PUBLISHED) == 18
    for ratings, expected in placement.PUBLISHED:
        assert placement.answer(ratings=ratings) == expected


def test_the_rules_share_out_all_15625_vectors_as_counting_predicts():
    counted = {}
    for rule, _, _ in placement.ALL.values():
        counted[rule] = counted.get(rule, 0) + 1
    assert sum(counted.values()) == 5**6
    low = 3 * 3  # dimensions 1 and 2 both at 0 to 2
    assert counted["R1"] == (5**3 - 4**3) * 5**3
    assert counted["R2"] == (4 * 4 - low) * 4 * 5**3
    assert counted["R3"] == low * 5 * (25 - 9)
    assert counted["R4"] == low * 3 * 5 * (5 + 1)
    assert counted["R5"] == low * 3 * 5 * 1
    assert counted["R6"] == low * 5 * 9
    assert counted["R7"] == low * 3 * (5 * 3 + 2 * 3)  # dimension 6 at 0 to 2: D5=4 with any D4, or D5=3 with D4 3 or 4
    # left below: D5 0 to 2 with D6 0 to 3 and any D4, or D5=3 with D6 0 to 2 and D4 0 to 2
    rest = 3 * 4 * 5 + 3 * 3
    assert counted["R8"] == (low - 4) * 3 * rest
    assert counted["R10"] == 4 * 2 * 2**3
    assert counted["R9"] == 4 * 3 * rest - counted["R10"]


def test_a_residence_is_added_only_to_2_1_or_2_5_and_only_at_3_in_dimension_6():
    for ratings, (_, level, residence) in placement.ALL.items():
        if residence:
            assert ratings[5] == 3
            assert level.startswith(("2.1", "2.5"))


def test_a_change_and_its_way_back_are_both_named():
    for ratings in [vector for vector, _ in placement.PUBLISHED]:
        here = placement.ALL[ratings][1]
        for dimension, new, _ in placement.changes(ratings=ratings):
            there = (*ratings[: dimension - 1], new, *ratings[dimension:])
            assert (dimension, ratings[dimension - 1], here) in placement.changes(ratings=there)


def test_every_shipped_code_has_the_right_check_digit_and_the_known_wrong_ones_do_not():
    assert all(scores.loinc(code=code) for code in scores.CODES.values())
    assert not any(scores.loinc(code=code) for code in scores.MALFORMED)
    for base, digit in (("44261", 6), ("75626", 2), ("72109", 2)):
        assert scores.check_digit(base) == digit


@pytest.mark.parametrize(("meaning", "code"), sorted(scores.MISLABELLED))
def test_a_right_looking_code_under_the_wrong_meaning_is_caught(meaning, code):
    assert scores.loinc(code=code)
    found = disagreements("scores.codes", lambda *, meaning: wrong.get(meaning)) if (wrong := {meaning: code}) else []
    assert [one.given["meaning"] for one in found] == [meaning]


def test_danger_wins_whatever_else_is_answered():
    for row in ORACLES["suitability"].cases():
        if "yes" in (row.given["answers"][item] for item in ("withdrawal_danger", "suicidal_thoughts")):
            assert row.expected == {("needs_more_care", True)}


def test_the_prescreen_leaves_at_least_one_answer_and_settles_most_ideal_ones():
    assert all(row.expected for row in ORACLES["suitability"].cases())
    assert suitability.answer(answers=suitability.IDEAL) == {("fit", False)}


def test_the_oracle_for_clock_changes_finds_the_days_of_2026():
    days = [datetime(2026, 1, 1, tzinfo=UTC).date() + timedelta(n) for n in range(365)]
    changes = [
        b for a, b in pairwise(days) if week.behind_utc(a, "America/New_York") != week.behind_utc(b, "America/New_York")
    ]
    assert [day.isoformat() for day in changes] == ["2026-03-08", "2026-11-01"]


def test_a_refusal_agrees_only_where_the_oracle_refuses():
    refused = [row for row in ORACLES["placement"].cases() if row.expected == REFUSED]
    assert len(refused) >= 12
    assert all(not all(0 <= rating <= 4 for rating in row.given["ratings"]) for row in refused)


def test_counseling_notes_open_to_no_one_but_perhaps_the_person():
    for row in ORACLES["privacy.read"].cases():
        if "counseling" in (row.given["label"], row.given["kind"].partition("-")[0]):
            assert 200 not in row.expected or row.given["relation"] == "self"
    for row in ORACLES["privacy.release"].cases():
        for kinds in row.expected if isinstance(row.expected, OneOf) else [row.expected]:
            if kinds != REFUSED and "counseling-notes" in kinds:
                assert (row.given["basis"], row.given["variant"]) == ("consent", "sud_counseling_notes")


def test_no_page_opens_to_a_stranger_but_the_public_ones():
    for row in ORACLES["privacy.pages"].cases():
        about = privacy.PAGES[row.given["page"]][0]
        if about == "public":
            assert row.expected == {200}
        elif row.given["relation"] == "nobody":
            assert row.expected == {302}
        elif row.given["role"] in ("participant", "family"):
            assert row.expected == {404} or about not in privacy.STAFF_ABOUT
        elif row.given["relation"] == "other-program":
            assert row.expected == {404} or about == "list"


def test_every_page_has_one_sign_for_each_role_and_each_kind_one_for_each_viewer():
    assert len(privacy.PAGES) == 51
    for page, (about, *signs) in privacy.PAGES.items():
        assert len(signs) == (len(privacy.STAFF) if about in privacy.STAFF_ABOUT else 0), page
    assert all(len(signs) == len(privacy.KINDS) for signs in privacy.BY_KIND.values())


def test_all_18_identifiers_have_a_field():
    letters = {line.split()[1] for line in privacy_bounds.FIELD_VERBS.strip().splitlines()}
    assert letters == {*"ABCDEFGHIJKLMNOPQR", "-"}


def test_a_fault_against_privacy_is_caught_without_the_readings_too_unless_it_is_a_reading_itself():
    itself = {
        "a clinician reads beyond the team",
        "open in the 3600th second",
        "the form sets the clock",
        "a single small cell can be computed",
        "zero is printed",
    }
    unseen = {
        wrong
        for name, faults in FAULTS.items()
        if _module(name) == "privacy"
        for wrong, faulty in faults
        if not disagreements(name, faulty, limit=1, readings=False)
    }
    assert unseen == itself
