"""How a review may end, and what it asks to have on record."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from openiop.continuing import rules
from openiop.continuing.rules import End, Facts

ON = date(2026, 10, 14)
AT = datetime(2026, 10, 14, 20, 48, tzinfo=UTC)
PLAIN = {"level": "2.1", "words": "Steady.", "on": ON, "next_review_on": date(2026, 10, 28)}
WHOLE = Facts(
    level="2.1",
    rated_days_ago=3,
    ratings=[0, 0, 1, 1, 1, 1],
    before=[0, 0, 2, 1, 2, 1],
    suggested="1",
    suggested_before="1.5",
    objectives=3,
    met=1,
    attendance=0.9,
    totals=2,
    better=True,
    prepared=True,
)


def lacks(end, facts, **more):
    return {need.code for need in rules.needs(end, facts, **more) if not need.met}


def test_a_review_ends_in_one_of_four_ways_and_no_other():
    assert rules.why_not_decide(end="maybe", **PLAIN) == {"end": "Choose how the review ends."}
    assert rules.why_not_decide(end="continue", **PLAIN) == {}


def test_to_continue_goals_are_open_progress_shows_and_the_figures_are_there():
    assert lacks("continue", WHOLE) == set()
    bare = Facts(level="2.1")
    assert lacks("continue", bare) == {"goals", "progress", "ratings", "attendance", "measures"}
    assert lacks("continue", replace(WHOLE, met=3)) == {"goals"}
    assert lacks("continue", replace(WHOLE, better=False, met=0)) == {"progress"}
    assert lacks("continue", replace(WHOLE, better=False, met=0, plan_changed=True)) == set()
    assert lacks("continue", replace(WHOLE, rated_days_ago=31)) == {"ratings"}
    assert lacks("continue", replace(WHOLE, rated_days_ago=31, rated_since=True)) == set()


def test_to_step_down_the_need_is_absent_twice_the_plans_are_ready_and_a_visit_is_booked_within_a_week():
    assert lacks("step-down", WHOLE, appointment_in=7) == set()
    assert lacks("step-down", WHOLE, appointment_in=8) == {"visit"}
    assert lacks("step-down", WHOLE) == {"visit"}
    assert lacks("step-down", replace(WHOLE, suggested_before="2.1"), appointment_in=1) == {"need"}
    assert lacks("step-down", replace(WHOLE, suggested_before=""), appointment_in=1) == {"need"}
    assert lacks("step-down", replace(WHOLE, suggested="2.1"), appointment_in=1) == {"need"}
    assert lacks("step-down", replace(WHOLE, suggested=""), appointment_in=1) == {"need"}
    assert lacks("step-down", replace(WHOLE, prepared=False), appointment_in=1) == {"prepared"}


@pytest.mark.parametrize(
    "change",
    [
        {"ratings": [0, 0, 3, 1, 1, 1]},
        {"open_stops": 1},
        {"worse": True, "worse_before": True},
        {"use_days": 1},
    ],
)
def test_to_step_up_one_of_four_reasons_is_enough(change):
    assert lacks("step-up", WHOLE) == {"reason"}
    assert lacks("step-up", replace(WHOLE, **change)) == set()


def test_one_worse_score_alone_is_no_reason_to_step_up():
    assert lacks("step-up", replace(WHOLE, worse=True)) == {"reason"}


def test_a_first_rating_is_never_counted_as_worse():
    assert rules.worse_ratings(replace(WHOLE, before=[None] * 6)) == 0


def test_a_discharge_asks_for_the_next_visit_unless_no_visit_can_be():
    assert lacks("discharge", WHOLE, reason_code="1") == {"visit"}
    assert lacks("discharge", WHOLE, reason_code="1", appointment_in=3) == set()
    assert lacks("discharge", WHOLE, reason_code="6") == set()


def test_missing_evidence_asks_for_a_reason_except_where_the_end_was_not_planned():
    missing = ["A questionnaire score since the last review"]
    assert set(rules.why_not_decide(end="continue", missing=missing, **PLAIN)) == {"despite"}
    assert rules.why_not_decide(end="continue", missing=missing, despite="The tablet was broken.", **PLAIN) == {}
    left = PLAIN | {"next_review_on": None}
    assert set(rules.why_not_decide(end="discharge", reason_code="1", missing=missing, **left)) == {"despite"}
    assert rules.why_not_decide(end="discharge", reason_code="2", missing=missing, **left) == {}


def test_a_stay_never_goes_on_without_a_review_date_that_lies_ahead_and_near():
    for day, word in ((None, "Set the date"), (ON, "lie ahead"), (ON + timedelta(days=91), "within 90 days")):
        said = rules.why_not_decide(end="continue", **(PLAIN | {"next_review_on": day}))
        assert word in said["next_review_on"]


def test_reasons_in_words_are_always_asked_for():
    assert set(rules.why_not_decide(end="continue", **(PLAIN | {"words": "  "}))) == {"words"}


def test_a_step_goes_only_to_a_level_offered_on_that_side():
    assert rules.levels_for("step-up", "2.1") == ["2.5"]
    assert rules.levels_for("step-down", "2.5") == ["2.1", "1.5"]
    assert rules.levels_for("continue", "2.1") == ["2.1"]
    assert "level_to" in rules.why_not_decide(end="step-down", level_to="2.5", **PLAIN)
    assert rules.why_not_decide(end="step-down", level_to="1.5", **PLAIN) == {}
    said = rules.why_not_decide(end="step-down", level_to="1", **(PLAIN | {"level": "1.5"}))
    assert "Moved to another program" in said["level_to"]


def test_a_discharge_needs_a_coded_reason_and_no_review_date():
    left = PLAIN | {"next_review_on": None}
    assert set(rules.why_not_decide(end="discharge", **left)) == {"reason_code"}
    assert rules.why_not_decide(end="discharge", reason_code="4", **left) == {}


def test_an_appointment_lies_ahead_and_names_someone():
    said = rules.why_not_decide(
        end="step-down", level_to="1.5", appointment_on=ON - timedelta(days=1), with_whom="", **PLAIN
    )
    assert set(said) == {"appointment_on", "with_whom"}
    assert len(rules.why_not_book(booking_at=AT, with_whom="", at=AT)) == 2
    assert rules.why_not_book(booking_at=AT + timedelta(hours=1), with_whom="Dr. Fenwick", at=AT) == []


def test_who_leaves_uncovered():
    assert rules.leaves_uncovered(End.STEP_DOWN, "", booked=False)
    assert rules.leaves_uncovered(End.DISCHARGE, "2", booked=False)
    assert not rules.leaves_uncovered(End.DISCHARGE, "6", booked=False)
    assert not rules.leaves_uncovered(End.STEP_DOWN, "", booked=True)
    assert not rules.leaves_uncovered(End.CONTINUE, "", booked=False)


def test_an_appointment_is_marked_once_and_only_after_it_began():
    later = AT + timedelta(hours=1)
    assert rules.why_not_close(status="booked", starts=AT, at=AT, to="kept") == []
    assert rules.why_not_close(status="kept", starts=AT, at=AT, to="missed")
    assert rules.why_not_close(status="booked", starts=later, at=AT, to="missed")
    assert rules.why_not_close(status="booked", starts=later, at=AT, to="cancelled") == []


def test_levels_are_named_by_number_and_words():
    assert rules.level_words("1.5") == "1.5 outpatient therapy"


def test_an_appointment_in_another_age_and_a_last_contact_ahead_are_refused():
    at = datetime(2026, 10, 14, 14, 0, tzinfo=UTC)
    assert rules.TOO_FAR in rules.why_not_book(booking_at=at.replace(year=2099), with_whom="Dr. Alder", at=at)
    assert rules.why_not_book(booking_at=at + timedelta(days=30), with_whom="Dr. Alder", at=at) == []
    ended = {"end": "discharge", "level": "2.1", "words": "Done", "on": at.date(), "reason_code": "1"}
    ahead = rules.why_not_decide(**ended, last_contact_on=at.date() + timedelta(days=1))
    assert "ahead" in ahead["last_contact_on"]
    early = rules.why_not_decide(**ended, last_contact_on=date(2020, 1, 1), since_on=date(2026, 9, 1))
    assert "first day" in early["last_contact_on"]
    assert rules.why_not_decide(**ended, last_contact_on=at.date()) == {}
    far = rules.why_not_decide(**ended, appointment_on=date(2099, 1, 1), with_whom="Dr. Alder")
    assert far["appointment_on"] == rules.TOO_FAR
