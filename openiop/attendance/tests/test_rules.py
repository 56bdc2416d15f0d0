"""When presence counts, what an absence is called, and what absences ask for."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openiop.attendance import rules
from openiop.attendance.rules import Status

STARTS = datetime(2026, 10, 14, 21, 30, tzinfo=UTC)  # 5:30 PM in New York
ENDS = STARTS + timedelta(minutes=90)
NEW_YORK = "America/New_York"


def at(minutes):
    return STARTS + timedelta(minutes=minutes)


@pytest.mark.parametrize(
    ("arrived", "left", "minutes"),
    [(0, 90, 90), (-10, 100, 90), (22, 90, 68), (0, 60, 60), (22, 60, 38), (90, 120, 0), (-30, 0, 0)],
)
def test_only_time_inside_the_session_is_credited(arrived, left, minutes):
    assert rules.credited_minutes(starts=STARTS, ends=ENDS, arrived=at(arrived), left=at(left)) == minutes


@given(st.integers(-300, 300), st.integers(-300, 300))
def test_credit_is_never_negative_nor_more_than_the_session(arrived, left):
    credit = rules.credited_minutes(starts=STARTS, ends=ENDS, arrived=at(arrived), left=at(left))
    assert 0 <= credit <= 90


@pytest.mark.parametrize(("minutes", "late"), [(0, False), (10, False), (11, True), (-5, False)])
def test_late_is_more_than_ten_minutes_after_the_start(minutes, late):
    assert rules.is_late(starts=STARTS, arrived=at(minutes)) is late


def test_the_program_sets_its_own_grace():
    assert rules.is_late(starts=STARTS, arrived=at(6), grace=5)


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ({"here": True}, [Status.PRESENT]),
        ({"here": True, "late": True}, [Status.LATE]),
        ({"here": True, "late": True, "left_early": True}, [Status.LATE, Status.LEFT_EARLY]),
        ({"here": True, "remote": True}, [Status.PRESENT, Status.TELEHEALTH]),
        ({"here": True, "why": "made-up"}, [Status.PRESENT, Status.MADE_UP]),
        ({"here": True, "left_early": True, "remote": True}, [Status.LEFT_EARLY, Status.TELEHEALTH]),
        ({"here": False, "away": "called-ahead"}, [Status.EXCUSED]),
        ({"here": False, "away": "no-contact"}, [Status.UNEXCUSED]),
        ({"here": False, "away": "program-cancelled"}, [Status.CANCELLED]),
    ],
)
def test_every_way_of_being_there_or_away_has_its_status(facts, expected):
    assert rules.statuses(**facts) == expected
    assert all(status in rules.STATUS_WORDS for status in expected)


@pytest.mark.parametrize(
    ("facts", "counts"),
    [
        ({"cancelled": False, "away": "", "why": "enrolled"}, True),
        ({"cancelled": True, "away": "", "why": "enrolled"}, False),
        ({"cancelled": False, "away": "program-cancelled", "why": "enrolled"}, False),
        ({"cancelled": False, "away": "no-contact", "why": "enrolled"}, True),
        ({"cancelled": False, "away": "", "why": "made-up"}, False),
        ({"cancelled": False, "away": "", "why": "walk-in"}, True),
    ],
)
def test_what_the_program_cancelled_is_left_out_of_the_rate(facts, counts):
    assert rules.counts_as_scheduled(**facts) is counts


def test_a_rate_without_anything_scheduled_is_no_number():
    assert rules.rate(attended=0, scheduled=0) is None
    assert rules.rate(attended=45, scheduled=90) == 0.5


def why_not(**facts):
    base = {"cancelled": False, "seated": True, "here": True, "starts": STARTS, "ends": ENDS, "at": ENDS}
    return rules.why_not_record(**{**base, "arrived": STARTS, "left": ENDS, **facts})


def test_a_person_who_sits_early_may_be_marked_but_not_the_day_before():
    assert why_not(at=at(-4)) == []
    assert why_not(at=at(-61)) == ["The session has not started yet."]


@pytest.mark.parametrize(
    ("facts", "said"),
    [
        ({"cancelled": True}, "cancelled"),
        ({"seated": False}, "not on this roster"),
        ({"arrived": None}, "time in"),
        ({"arrived": at(30), "left": at(30)}, "after the time in"),
        ({"arrived": at(95), "left": at(99)}, "outside the session"),
        ({"arrived": at(-61)}, "more than an hour before the start"),
        ({"left": at(151), "at": at(300)}, "more than an hour after the end"),
        ({"left": at(80), "at": at(74)}, "time out is still to come"),
        ({"arrived": at(30), "at": at(24)}, "time in is still to come"),
        ({"left": at(100), "at": at(92)}, "still to come"),
        ({"here": False}, "why they are away"),
        ({"here": False, "away": "no-contact", "at": at(-1)}, "may still come"),
        ({"here": False, "away": "called-ahead", "called": at(1)}, "not ahead"),
    ],
)
def test_each_refusal_is_a_sentence(facts, said):
    assert said in " ".join(why_not(**facts))


def test_times_at_the_edge_are_taken_and_the_end_itself_may_lie_ahead():
    assert why_not(arrived=at(-60), left=at(150), at=at(300)) == []
    assert why_not(left=at(79), at=at(74)) == []
    assert why_not(at=at(5)) == []


def test_an_absence_is_excused_only_by_a_call_before_the_start():
    assert why_not(here=False, away="called-ahead", called=at(-1)) == []
    assert why_not(here=False, away="called-ahead", called=STARTS) != []


def taps(*names, now=120):
    arrived, left = None, None
    for name in names:
        arrived, left = rules.first_times(tap=name, starts=STARTS, ends=ENDS, at=at(now), arrived=arrived, left=left)
    return (arrived - STARTS).seconds // 60, (left - STARTS).seconds // 60


def test_one_tap_sets_both_times():
    assert taps("here") == (0, 90)


def test_late_and_left_early_may_both_be_set():
    assert taps("late", "left") == (15, 75)


def test_a_second_tap_on_late_takes_it_back_and_keeps_the_rest():
    assert taps("late", "left", "late") == (0, 75)
    assert taps("late", "left", "left") == (15, 90)


def test_while_the_session_runs_the_tap_says_when():
    assert taps("late", now=22) == (22, 90)
    assert taps("left", now=60) == (0, 60)


def test_late_at_once_after_the_start_is_late_by_the_grace():
    assert taps("late", now=3) == (11, 90)


@pytest.mark.parametrize(
    ("text", "clock"),
    [
        ("5:52", "17:52"), ("5:52 PM", "17:52"), ("17:52", "17:52"), ("552", "17:52"), ("5.52p", "17:52"),
        ("6", "18:00"), ("5:30 am", "05:30"), ("12:10", "12:10"), ("0:10", "00:10"),
    ],
)  # fmt: skip
def test_a_typed_time_means_the_time_nearest_to_the_session(text, clock):
    found = rules.read_time(text, near=STARTS, zone=NEW_YORK)
    assert found.strftime("%H:%M") == clock
    assert found.date() == date(2026, 10, 14)


@pytest.mark.parametrize("text", ["", "soon", "25:00", "5:75", "13 pm", "5:5:5", "99"])
def test_what_is_no_time_is_none(text):
    assert rules.read_time(text, near=STARTS, zone=NEW_YORK) is None


def test_a_time_on_the_day_the_clocks_change_is_the_wall_clock_of_that_day():
    near = datetime(2026, 11, 1, 14, 0, tzinfo=UTC)  # 9 AM, after the change
    assert rules.read_time("9:05", near=near, zone=NEW_YORK).utcoffset() == timedelta(hours=-5)


WED = date(2026, 10, 14)


def asked(*days_ago):
    return [
        (ask.kind, ask.level) for ask in rules.triggers(missed_on=[WED - timedelta(days=n) for n in days_ago], on=WED)
    ]


CALL, LOOK, OUTREACH = ("missed-session", "high"), ("attendance-pattern", "medium"), ("attendance-pattern", "high")


@pytest.mark.parametrize(
    ("days_ago", "expected"),
    [
        ([0], [CALL]),
        ([0, 0, 0], [CALL]),  # three groups of one day are one day missed
        ([0, 6], [CALL, LOOK]),
        ([0, 7], [CALL]),
        ([0, 3, 13], [CALL, OUTREACH]),
        ([0, 3, 14], [CALL, LOOK]),
        ([0, 1, 2], [CALL, OUTREACH]),
    ],
)
def test_one_missed_day_asks_for_a_call_two_for_the_plan_three_for_outreach(days_ago, expected):
    assert asked(*days_ago) == expected


def test_undo_is_open_for_a_moment_and_only_for_the_last_mark():
    assert rules.why_not_undo(replaced=False, recorded_at=STARTS, at=STARTS + timedelta(seconds=10)) == []
    assert rules.why_not_undo(replaced=True, recorded_at=STARTS, at=STARTS)
    assert rules.why_not_undo(replaced=False, recorded_at=STARTS, at=STARTS + timedelta(minutes=5))


def test_a_seat_needs_room_and_a_person_in_care():
    free = {"cancelled": False, "seated": False, "in_care": True, "taken": 3, "capacity": 12}
    assert rules.why_not_seat(**free) == []
    assert rules.why_not_seat(**{**free, "capacity": None}) == []
    for wrong in ({"cancelled": True}, {"seated": True}, {"in_care": False}, {"taken": 12}):
        assert len(rules.why_not_seat(**free | wrong)) == 1


def test_the_door_sheet_says_enough_to_tell_two_people_apart_and_no_more():
    people = [("Ada", "Ada Alderquist"), ("Ben", "Benjamin Barleyfield"), ("Ada", "Ada Alton"), ("Cher", "Cher")]
    assert rules.door_names(people) == ["Ada Ald.", "Ben B.", "Ada Alt.", "Cher"]


@pytest.mark.parametrize(
    ("days", "said"), [(6, None), (7, "Start outreach"), (13, "Start outreach"), (14, "review the stay")]
)
def test_a_silence_asks_for_more_the_longer_it_lasts(days, said):
    ask = rules.silence(last=WED - timedelta(days=days), on=WED)
    assert ask is None if said is None else said in ask.words
