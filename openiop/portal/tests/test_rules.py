"""Greetings, joining, the week's knots, one earned line."""

from datetime import UTC, date, datetime, timedelta

import pytest

from openiop.portal import rules

AT = datetime(2026, 10, 14, 21, 30, tzinfo=UTC)
MONDAY, WEDNESDAY = date(2026, 10, 12), date(2026, 10, 14)


@pytest.mark.parametrize(
    ("hour", "words"), [(3, "Good evening"), (8, "Good morning"), (12, "Good afternoon"), (17, "Good evening")]
)
def test_the_greeting_goes_by_the_programs_clock(hour, words):
    local = datetime(2026, 10, 14, hour, 0, tzinfo=UTC)
    assert rules.greeting(local, "UTC") == words
    assert rules.greeting(local + timedelta(hours=4), "America/New_York") == words
    assert rules.spoken_day(local, "UTC") == "Wednesday, October 14"


@pytest.mark.parametrize(
    ("before", "first", "join"),
    [(31, False, False), (30, True, False), (10, True, True), (0, True, True), (-90, False, False)],
)
def test_a_near_session_stands_first_and_opens_its_room_ten_minutes_before(before, first, join):
    at = AT - timedelta(minutes=before)
    times = {"starts": AT, "ends": AT + timedelta(minutes=90), "at": at}
    assert (rules.stands_first(**times), rules.joinable(**times)) == (first, join)


@pytest.mark.parametrize(
    ("minutes", "words"),
    [
        (-1, "on now"),
        (1, "starts in 1 minute"),
        (12, "starts in 12 minutes"),
        (60, "starts in 1 hour"),
        (185, "starts in 3 hours"),
        (1500, ""),
    ],
)
def test_how_long_until_a_session_is_said_in_words(minutes, words):
    assert rules.starts_in(AT + timedelta(minutes=minutes), AT) == words


@pytest.mark.parametrize(
    ("minutes", "words"), [(0, "0"), (60, "1"), (90, "1.5"), (75, "1.2"), (475, "7.9"), (600, "10")]
)
def test_minutes_are_said_as_hours(minutes, words):
    assert rules.hours(minutes) == words


def test_the_week_is_a_line_that_goes_on():
    drawn = rules.knots(
        MONDAY,
        WEDNESDAY,
        [
            rules.Meeting(MONDAY, 180, 180, True),
            rules.Meeting(MONDAY + timedelta(days=1), 90, 0, True),
            rules.Meeting(WEDNESDAY, 60, 60, True),
            rules.Meeting(WEDNESDAY, 180, None, False),
            rules.Meeting(MONDAY + timedelta(days=3), 180, None, False),
        ],
    )
    assert [(knot.word, knot.state, knot.hours, knot.says) for knot in drawn[:5]] == [
        ("Mon", "done", "3 h", "3 hours attended"),
        ("Tue", "off", "", "away"),
        ("Wed", "done", "1 + 3 h", "1 hour attended, 3 hours still planned"),
        ("Thu", "", "3 h", "3 hours planned"),
        ("Fri", "off", "", "nothing planned"),
    ]
    assert [knot.today for knot in drawn] == [False, False, True, False, False, False, False]


@pytest.mark.parametrize(
    ("meetings", "says"),
    [
        ([(90, None, True, True)], "called off by the program"),
        ([(90, None, True, True), (50, 50, True, False)], "0.8 hours attended"),
        ([(90, None, True, True), (50, None, True, False)], "not written down yet"),
        ([(90, None, True, True), (50, 0, True, False)], "away"),
        ([(90, None, True, True), (50, None, False, False)], "0.8 hours planned"),
    ],
)
def test_a_day_on_which_one_session_was_called_off_says_what_came_of_the_others(meetings, says):
    drawn = rules.knots(MONDAY, WEDNESDAY, [rules.Meeting(MONDAY, *facts) for facts in meetings])
    assert drawn[0].says == says


@pytest.mark.parametrize(
    ("facts", "words"),
    [
        ((0, 0, 0), ""),
        ((0, 0, 2), ""),
        ((0, 0, 3), "3 of the last 7 days"),
        ((1, 90, 0), "1 session"),
        ((1, 90, 5), "5 of the last 7 days"),
        ((3, 270, 7), "You came to 3 sessions this week. That is 4.5 hours"),
    ],
)
def test_an_encouragement_counts_something_the_person_did(facts, words):
    sessions, minutes, check_ins = facts
    said = rules.earned(sessions=sessions, minutes=minutes, check_ins=check_ins)
    assert words in said
    assert bool(words) is bool(said)


def test_a_supporter_reads_first_what_is_shared_and_who_decides():
    assert rules.shared_line("Ada", ["attendance"]).startswith("Ada shares this with you: attendance. Ada decides")
    assert "sessions, attendance and plan" in rules.shared_line("Ada", ["sessions", "attendance", "plan"])


@pytest.mark.parametrize(
    ("change", "words"), [("better", "less than last time"), ("worse", "more than last time"), ("", "low mood.")]
)
def test_a_score_is_said_in_plain_words(change, words):
    said = rules.plain_score(plain="some low mood", change=change)
    assert words in said
    assert "mild" not in said
