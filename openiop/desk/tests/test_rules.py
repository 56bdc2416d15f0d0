"""Who needs someone first, a day in a sentence, and the drawing of a stay."""

from datetime import UTC, date, datetime, timedelta

import pytest

from openiop.desk import rules
from openiop.desk.rules import Event, Line, Signs

ZONE = "America/New_York"
NOW = datetime(2026, 10, 14, 20, 48, tzinfo=UTC)  # Wednesday 4:48 PM in New York
START, TODAY = date(2026, 9, 14), date(2026, 10, 14)


@pytest.mark.parametrize(
    ("signs", "tone"),
    [
        (Signs(), "ok"),
        (Signs(alerts=[("admin", "Review was due")]), "ok"),
        (Signs(alerts=[("low", "No check-in")]), "watch"),
        (Signs(alerts=[("medium", "Craving 9"), ("urgent", "Not safe")]), "urgent"),
        (Signs(alerts=[("high", "Missed twice")], worse=True), "raised"),
        (Signs(worse=True), "watch"),
        (Signs(done=60, due=120), "watch"),
        (Signs(done=61, due=120), "ok"),
        (Signs(overdue="plan"), "watch"),
        (Signs(planned=60, prescribed=540), "watch"),
        (Signs(planned=500, prescribed=540), "ok"),
    ],
)
def test_the_gravest_open_alert_says_how_much_attention_someone_needs(signs, tone):
    assert rules.tone(signs)[0] == tone


def test_the_reason_stands_beside_the_shape():
    assert rules.tone(Signs(alerts=[("high", "Missed twice")])) == ("raised", "Missed twice")
    assert sorted(["ok", "urgent", "watch", "raised"], key=rules.rank) == ["urgent", "raised", "watch", "ok"]


@pytest.mark.parametrize(
    ("counts", "says"),
    [
        ((0, 0, 0, 0), "Nothing is due, and every note is signed."),
        ((1, 0, 2, 3), "One thing is urgent. Two more are due by 6 PM, and notes of three sessions wait to be signed."),
        ((2, 0, 0, 0), "Two things are urgent."),
        ((0, 1, 1, 1), "One is overdue, one more is due by 6 PM, and notes of one session wait to be signed."),
        ((0, 0, 1, 0), "One is due by 6 PM."),
        ((0, 12, 0, 0), "12 are overdue."),
        ((1, 1, 0, 0), "One thing is urgent. One more is overdue."),
    ],
)
def test_the_day_is_summed_up_in_a_sentence(counts, says):
    urgent, overdue, today, sessions = counts
    assert rules.summary(urgent=urgent, overdue=overdue, today=today, by="6 PM", sessions=sessions) == says


def test_a_time_is_said_as_near_as_it_is():
    assert rules.when(NOW + timedelta(hours=1), NOW, ZONE) == "Today 5:48 PM"
    assert rules.when(NOW + timedelta(days=1), NOW, ZONE) == "Thu 4:48 PM"
    assert rules.when(NOW + timedelta(days=12), NOW, ZONE) == "Oct 26"
    assert rules.when(NOW - timedelta(days=2), NOW, ZONE) == "Oct 12"


def drawn(points=(), hours=(), events=(), prescribed=540, today=TODAY):
    line = Line("PHQ-9", "0–27", 27, points, [(0, 5, "minimal", "band"), (20, 27, "severe", "")])
    return rules.draw([line], hours, prescribed=prescribed, events=events, starts=START, today=today)


def test_a_stay_is_drawn_on_one_axis_at_least_ten_weeks_wide():
    drawing = drawn([(START, 17.0), (TODAY, 11.0)], [(date(2026, 9, 14), 480), (date(2026, 10, 12), 240)])
    lane = drawing.lanes[0]
    assert [dot.words for dot in lane.dots] == ["17", "11"]
    assert lane.dots[0].x == 62
    assert lane.dots[1].x == drawing.now
    assert [bar.part for bar in drawing.bars] == [False, True]
    assert drawing.bars[0].height == 2 * drawing.bars[1].height
    assert len(drawing.weeks) == 10
    assert drawing.reference_words == "prescribed 9"
    assert drawing.summary == "PHQ-9 went from 17 to 11. 12 hours attended in 2 weeks."


def test_a_gap_stays_a_gap_and_one_value_is_a_dot():
    gap = drawn([(START, 4.0), (START + timedelta(days=1), None), (START + timedelta(days=2), 6.0)])
    assert gap.lanes[0].path.count("M") == 2
    one = drawn([(START, 4.0)])
    assert one.summary == "PHQ-9 is 4."
    assert drawn().summary == "Nothing is measured yet."
    assert drawn().reference is not None
    assert drawn(prescribed=None).reference is None


def test_only_the_three_newest_events_are_named_and_earlier_ones_not_at_all():
    events = [Event(START + timedelta(days=n), f"Thing {n}") for n in range(-1, 5)]
    assert [mark.words for mark in drawn(events=events).events] == ["Thing 2", "Thing 3", "Thing 4"]


def test_a_long_stay_names_fewer_weeks():
    drawing = drawn(today=START + timedelta(weeks=30))
    assert rules.week_marks(32) == 3
    assert len(drawing.weeks) == 11


def test_a_short_list_gathers_repeats_and_never_leaves_a_danger_out():
    causes = [
        ("theo", "missed"),
        ("theo", "missed"),
        ("ada", "missed"),
        (None, "held"),
        (None, "held"),
        ("ben", "danger"),
    ]
    assert rules.shown_first(causes, 2, {"danger"}) == {0: 1, 2: 0, 5: 0}
    assert rules.shown_first(causes, 9, ()) == {0: 1, 2: 0, 3: 0, 4: 0, 5: 0}
    assert rules.shown_first([], 2, ()) == {}


def test_attention_names_the_kind_of_review_and_the_hours_planned():
    assert rules.tone(Signs(overdue="plan"))[1] == "The plan review is past its day"
    assert rules.tone(Signs(overdue="level"))[1] == "The level review is past its day"
    assert rules.tone(Signs(planned=60, prescribed=540))[1] == "1.0 of 9.0 hours planned this week"


def test_a_part_of_a_stay_is_drawn_with_the_numbers_of_its_own_weeks():
    drawing = rules.draw([], [], prescribed=None, events=[], starts=START, today=TODAY, first_week=30)
    assert [week.words for week in drawing.weeks][:2] == ["week 30", "31"]
