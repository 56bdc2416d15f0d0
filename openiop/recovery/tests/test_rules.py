"""What a check-in may hold, what someone must look at, what is said back."""

from datetime import date, timedelta

import pytest

from openiop.recovery import rules

DAY = date(2026, 10, 14)
QUIET = {"safe": "yes", "use": "none", "craving": 2, "earlier": (), "opioid": False}


@pytest.mark.parametrize(
    ("answers", "words"),
    [
        ({"mood": 11}, "0 to 10"),
        ({"craving": -1}, "0 to 10"),
        ({"safe": "maybe"}, "yes, not sure or no"),
        ({"use": "some"}, "answers shown"),
        ({"medication": "some"}, "answers shown"),
        ({"sleep_hours": 25}, "0 and 24"),
        ({"weight": 80}, "does not ask for weight"),
    ],
)
def test_what_a_check_in_does_not_take_is_said(answers, words):
    assert words in rules.why_not(on=DAY, today=DAY, answers=answers)[0]


def test_a_check_in_takes_any_one_tap_by_itself():
    for answers in ({"mood": 0}, {"craving": 10}, {"safe": "no"}, {"use": "none", "sleep_hours": "7.5"}, {}):
        assert rules.why_not(on=DAY, today=DAY, answers=answers) == []


def test_a_check_in_belongs_to_its_day():
    assert "own day only" in rules.why_not(on=date(2026, 10, 13), today=DAY, answers={"mood": 5})[0]


@pytest.mark.parametrize(
    ("value", "word"),
    [(None, ""), (0, "Low"), (1, "Low"), (2, "Low"), (3, "Shaky"), (5, "Okay"), (8, "Good"), (10, "Strong")],
)
def test_a_mood_has_the_word_that_was_tapped(value, word):
    assert rules.mood_word(value) == word


@pytest.mark.parametrize(
    ("facts", "found"),
    [
        ({}, []),
        ({"safe": "no"}, [("unsafe-check-in", "urgent")]),
        ({"safe": "unsure"}, [("unsafe-check-in", "high")]),
        ({"safe": ""}, []),
        ({"use": "alcohol"}, [("use-reported", "medium")]),
        ({"use": "behavior"}, [("use-reported", "medium")]),
        ({"use": "drug"}, [("use-reported", "medium")]),
        ({"use": "drug", "opioid": True}, [("use-reported", "high")]),
        ({"use": "alcohol", "opioid": True}, [("use-reported", "medium")]),
        ({"use": "unsure"}, []),
        ({"craving": 7}, []),
        ({"craving": 8}, [("craving", "medium")]),
        ({"craving": 5, "earlier": (2, 2, 3)}, [("craving", "medium")]),
        ({"craving": 4, "earlier": (2, 2, 3)}, []),
        ({"craving": 5, "earlier": (2, 3)}, []),
        ({"craving": 6, "craving_at": 6}, [("craving", "medium")]),
        ({"craving": None, "earlier": (0,)}, []),
        ({"mood": 2, "earlier_moods": (7, None, 2)}, [("low-mood", "medium")]),
        ({"mood": 3, "earlier_moods": (3, 3, 2)}, []),
        ({"mood": 2, "earlier_moods": (3, 2, None)}, []),
        ({"mood": 2, "earlier_moods": ()}, []),
        ({"mood": 3, "earlier_moods": (7, 7, 8)}, [("low-mood", "medium")]),
        ({"mood": 4, "earlier_moods": (7, 7, 8)}, []),
        ({"mood": 3, "earlier_moods": (3, 3, 3), "mood_at": 3}, [("low-mood", "medium")]),
        (
            {"craving": 9, "safe": "no", "use": "drug"},
            [("unsafe-check-in", "urgent"), ("use-reported", "medium"), ("craving", "medium")],
        ),
    ],
)
def test_what_someone_must_look_at(facts, found):
    assert [(one.kind, one.level) for one in rules.concerns(**QUIET | facts)] == found


@pytest.mark.parametrize(
    ("facts", "step"),
    [
        ({}, "done"),
        ({"safe": "no", "use": "drug", "craving": 10}, "help"),
        ({"safe": "unsure"}, "help"),
        ({"use": "alcohol", "craving": 9}, "used"),
        ({"craving": 8}, "tools"),
        ({"mood": 3}, "words"),
        ({"safe": ""}, ""),
    ],
)
def test_what_is_said_back_puts_safety_first_and_names_one_step(facts, step):
    said = rules.said_back(**{"mood": 5, "craving": 2, "safe": "yes", "use": "", "counselor": "Joan"} | facts)
    assert said.step == step
    assert bool(said.heard) is bool(step)


def test_the_team_is_named_where_the_counselor_is_not_known():
    assert "your care team" in rules.said_back(mood=None, craving=None, safe="no", use="", counselor="").next


def test_three_taps_make_a_check_in_whole():
    assert rules.complete(mood=0, craving=0, safe="yes")
    assert not rules.complete(mood=0, craving=0, safe="")


@pytest.mark.parametrize(
    ("days", "silent"),
    [
        (range(4, 18), True),
        (range(4, 14), True),
        (range(4, 13), False),
        (range(3, 17), False),
        (range(14), False),
        (range(5, 19), True),
        ((), False),
    ],
)
def test_who_usually_checks_in_and_has_not_for_three_full_days_is_looked_for(days, silent):
    today = date(2026, 10, 14)
    last = rules.silence([today - timedelta(days=n) for n in days], today)
    assert (last is not None) is silent
    if silent:
        assert last == today - timedelta(days=min(days))
