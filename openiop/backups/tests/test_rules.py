"""Which copies stay, when two are equal, and what a copy must say of itself."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openiop.backups import rules
from openiop.backups.rules import Damaged, Header, Tally

NOON = datetime(2026, 10, 14, 12, tzinfo=UTC)


def names(*days):
    return [rules.name_of(NOON - timedelta(days=day)) for day in days]


def test_a_name_says_when_and_nothing_else():
    assert rules.name_of(NOON) == "openiop-20261014T120000Z.openiop.age"
    assert rules.made_when(rules.name_of(NOON)) == NOON
    assert rules.made_when("notes.txt") is None


def test_a_year_of_nights_leaves_seven_days_five_weeks_and_twelve_months():
    every = names(*range(400))
    gone = rules.to_let_go([*every, "key.txt", ".hidden.part"])
    kept = [name for name in every if name not in gone]
    assert every[:7] == kept[:7]
    assert 7 + 5 + 12 - 4 <= len(kept) <= 7 + 5 + 12
    assert len({name[8:14] for name in kept}) >= 12  # of twelve months at least one each
    assert gone == sorted(gone)


def test_several_copies_of_one_day_leave_the_newest():
    early, late = rules.name_of(NOON), rules.name_of(NOON + timedelta(hours=3))
    assert rules.to_let_go([early, late]) == [early]
    assert rules.to_let_go([]) == []


rows = st.lists(st.tuples(st.sampled_from(["a.one", "b.two"]), st.text(max_size=5)), max_size=12)


@given(rows, st.randoms())
def test_the_order_of_rows_does_not_matter_and_every_other_difference_does(lines, chance):
    one, other = Tally(), Tally()
    for table, line in lines:
        one.add(table, line)
    shuffled = list(lines)
    chance.shuffle(shuffled)
    for table, line in shuffled:
        other.add(table, line)
    assert rules.differences(one.said(), other.said()) == []
    other.add("a.one", "more")
    assert len(rules.differences(one.said(), other.said())) == 1
    assert other.total == len(lines) + 1


def test_a_changed_row_and_a_missing_table_are_each_named():
    one, other = Tally(), Tally()
    one.add("a.one", "x"), other.add("a.one", "y"), one.add("b.two", "z")
    assert rules.differences(one.said(), other.said()) == [
        "a.one: 1 rows, and not the same ones.",
        "b.two: 0 rows where the copy says 1.",
    ]


def test_a_line_is_the_same_whatever_the_order_of_its_keys_and_keeps_every_digit():
    at = datetime(2026, 10, 14, 12, 0, 0, 123456, tzinfo=UTC)
    assert (
        rules.line_of({"b": at, "a": {"y": 1, "x": "é"}})
        == '{"a":{"x":"é","y":1},"b":"2026-10-14T12:00:00.123456+00:00"}'
    )


@pytest.mark.parametrize("line", ["", "no", "[]", "{}", '{"format":"openiop backup 1"}'])
def test_what_is_no_copy_is_said_to_be_none(line):
    with pytest.raises(Damaged, match="not a copy"):
        Header.read(line)


def test_a_copy_of_another_form_is_refused():
    with pytest.raises(Damaged, match="openiop backup 9"):
        Header.read('{"format":"openiop backup 9","made_at":"","migrations":[]}')


def test_a_copy_is_put_back_by_its_own_release_alone():
    header = Header(made_at="", migrations=["a.0001", "a.0002"])
    assert rules.why_not_here(header, ["a.0002", "a.0001"]) == []
    assert "newer release" in rules.why_not_here(header, ["a.0001"])[0]
    assert "older release" in rules.why_not_here(header, ["a.0001", "a.0002", "b.0001"])[0]
