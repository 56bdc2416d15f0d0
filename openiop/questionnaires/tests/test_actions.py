"""Asking, answering, handing in; item 9 and its alert."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from conftest import NOW
from openiop.alerts import actions as alerts
from openiop.alerts.models import Alert
from openiop.audit.models import Event
from openiop.base.errors import Refused
from openiop.programs import actions as programs
from openiop.questionnaires import actions, jobs, queries
from openiop.questionnaires.models import Assignment, Response
from tests import make
from tests.make import questionnaires as made

SOON = NOW + timedelta(minutes=5)


def give(assignment, *values, by, at=NOW):
    for number, value in enumerate(values, 1):
        response = actions.answer(assignment=assignment, item=number, value=value, by=by, at=at)
    return response


def test_answers_are_kept_as_given_and_the_form_is_scored_when_handed_in(ada):
    asked = made.assignment(ada, at=NOW)
    give(asked, 2, 2, 2, 2, 2, 0, 0, 0, 0, 1, by=ada.membership)
    assert Response.objects.get().total is None
    done = actions.complete(assignment=asked, by=ada.membership, at=SOON)
    assert (done.total, done.band, done.completed_at) == (10, "moderate", SOON)
    assert Assignment.objects.get().status == "done"
    assert Event.objects.filter(what="response.completed").count() == 1
    assert Event.objects.filter(what="answer.given").count() == 10


def test_a_form_with_a_gap_is_handed_in_without_a_score(ada):
    asked = made.assignment(ada, at=NOW)
    give(asked, 2, None, 2, 2, 2, 0, 0, 0, 0, None, by=ada.membership)
    done = actions.complete(assignment=asked, by=ada.membership, at=SOON)
    assert (done.total, done.band) == (None, "")
    assert queries.trend(ada.pk, "phq9") == []


def test_a_form_is_not_handed_in_while_item_9_is_open(ada):
    asked = made.assignment(ada, at=NOW)
    give(asked, 0, 0, 0, 0, 0, 0, 0, 0, None, 0, by=ada.membership)
    with pytest.raises(Refused, match="still open"):
        actions.complete(assignment=asked, by=ada.membership, at=SOON)
    assert Response.objects.get().completed_at is None
    assert not Event.objects.filter(what="response.completed").exists()


def test_nothing_answered_is_nothing_handed_in(ada):
    asked = made.assignment(ada, "gad7", at=NOW)
    with pytest.raises(Refused, match="Nothing has been answered"):
        actions.complete(assignment=asked, by=ada.membership, at=SOON)


@pytest.mark.parametrize(
    ("value", "level", "due"),
    [
        (1, "high", datetime(2026, 10, 15, 0, 0, tzinfo=UTC)),
        (2, "urgent", NOW + timedelta(hours=2)),
        (3, "urgent", NOW + timedelta(hours=2)),
    ],
)
def test_thoughts_of_dying_reach_the_counselor_with_the_answer_itself(ada, counselor, supervisor, value, level, due):
    asked = made.assignment(ada, at=NOW)
    response = actions.answer(assignment=asked, item=9, value=value, by=ada.membership, at=NOW)
    alert = Alert.objects.get()
    assert (alert.level, alert.due_at, alert.owner, alert.backup) == (level, due, counselor, supervisor)
    assert (alert.kind, alert.participant, alert.source_id) == ("phq9-item9", ada, str(response.pk))
    assert str(response.pk) in alert.link
    assert Response.objects.get().completed_at is None, "it does not wait for the form"


def test_no_thoughts_of_dying_raise_no_alert(ada):
    asked = made.assignment(ada, at=NOW)
    give(asked, 3, 3, 3, 3, 3, 3, 3, 3, 0, 3, by=ada.membership)
    assert not Alert.objects.exists()


def test_an_alert_that_cannot_be_raised_takes_the_answer_with_it(ada, monkeypatch):
    def broken(**facts):
        raise RuntimeError

    asked = made.assignment(ada, at=NOW)
    monkeypatch.setattr(alerts, "raise_alert", broken)
    with pytest.raises(RuntimeError):
        actions.answer(assignment=asked, item=9, value=2, by=ada.membership, at=NOW)
    assert not Response.objects.exists()
    assert not Event.objects.filter(what="answer.given").exists()


def test_a_graver_second_answer_lifts_the_level_of_the_same_alert(ada, supervisor):
    asked = made.assignment(ada, at=NOW)
    actions.answer(assignment=asked, item=9, value=1, by=ada.membership, at=NOW)
    actions.answer(assignment=asked, item=9, value=3, by=ada.membership, at=SOON)
    alert = Alert.objects.get()
    assert (alert.level, alert.due_at) == ("urgent", SOON + timedelta(hours=2))


def test_an_answer_taken_back_and_given_again_after_someone_closed_its_alert_stands_again(ada, counselor):
    asked = made.assignment(ada, at=NOW)
    actions.answer(assignment=asked, item=9, value=3, by=ada.membership, at=NOW)
    alerts.close(alert=Alert.objects.get(), outcome="spoke-safe", words="We talked.", by=counselor, at=NOW)
    actions.answer(assignment=asked, item=9, value=0, by=ada.membership, at=SOON)
    assert Alert.objects.get().closed_at
    actions.answer(assignment=asked, item=9, value=3, by=ada.membership, at=SOON)
    assert Alert.objects.get().closed_at is None


@pytest.mark.parametrize("later", [0, 1, None])
def test_a_milder_second_answer_leaves_the_alert_open_and_says_so_on_it(ada, later):
    asked = made.assignment(ada, at=NOW)
    actions.answer(assignment=asked, item=9, value=3, by=ada.membership, at=NOW)
    actions.answer(assignment=asked, item=9, value=later, by=ada.membership, at=SOON)
    alert = Alert.objects.get()
    assert (alert.level, alert.closed_at) == ("urgent", None)
    assert [step.what for step in alert.steps.order_by("at", "pk")] == ["raised", "fact"]
    assert "changed to" in alert.steps.get(what="fact").words


def test_the_same_answer_twice_raises_one_alert(ada):
    asked = made.assignment(ada, at=NOW)
    for _ in range(2):
        actions.answer(assignment=asked, item=9, value=2, by=ada.membership, at=NOW)
    assert Alert.objects.get().steps.count() == 1


def test_a_new_answer_after_the_alert_was_closed_is_seen_again(ada, counselor):
    asked = made.assignment(ada, at=NOW)
    actions.answer(assignment=asked, item=9, value=2, by=ada.membership, at=NOW)
    alerts.close(alert=Alert.objects.get(), outcome="spoke-safe", words="Talked; safe for now.", by=counselor, at=SOON)
    actions.answer(assignment=asked, item=9, value=3, by=ada.membership, at=SOON)
    assert Alert.objects.get().closed_at is None


def test_a_form_entered_with_staff_raises_the_same_alert_and_closes_what_was_open(ada, counselor):
    asked = made.assignment(ada, at=NOW)
    done = actions.enter(
        participant=ada, instrument="phq9", answers=dict.fromkeys(range(1, 10), 1), by=counselor, at=NOW
    )
    assert (done.total, done.assignment, done.entered_by) == (9, asked, counselor)
    assert Assignment.objects.get().status == "done"
    assert Alert.objects.get().level == "high"


def test_a_form_begun_on_the_phone_can_be_finished_with_staff(ada, counselor):
    asked = made.assignment(ada, at=NOW)
    actions.answer(assignment=asked, item=1, value=3, by=ada.membership, at=NOW)
    actions.enter(participant=ada, instrument="phq9", answers=dict.fromkeys(range(1, 10), 0), by=counselor, at=SOON)
    assert Response.objects.get().total == 0


def test_staff_cannot_hand_in_an_open_item_9_or_a_made_up_answer(ada, counselor):
    answers = dict.fromkeys(range(1, 10), 0)
    for wrong in ({9: None}, {4: 7}):
        with pytest.raises(Refused):
            actions.enter(participant=ada, instrument="phq9", answers=answers | wrong, by=counselor, at=NOW)
    assert not Response.objects.exists()


def test_a_handed_in_form_is_never_changed(ada):
    asked = made.assignment(ada, "gad7", at=NOW)
    give(asked, *[1] * 7, by=ada.membership)
    actions.complete(assignment=asked, by=ada.membership, at=NOW)
    for again in (
        lambda: actions.answer(assignment=asked, item=1, value=3, by=ada.membership, at=SOON),
        lambda: actions.complete(assignment=asked, by=ada.membership, at=SOON),
        lambda: actions.withdraw(assignment=asked, by=ada.membership, at=SOON),
    ):
        with pytest.raises(Refused, match="closed"):
            again()
    assert Response.objects.get().answers["1"] == 1


def test_one_of_a_kind_is_open_at_once(ada):
    made.assignment(ada, at=NOW)
    with pytest.raises(Refused, match="already open"):
        made.assignment(ada, at=NOW)
    made.assignment(ada, "gad7", at=NOW)
    with pytest.raises(Refused, match="after the first"):
        made.assignment(ada, days=0, at=NOW)


def test_what_is_withdrawn_is_no_longer_asked(ada, counselor):
    asked = made.assignment(ada, at=NOW)
    actions.withdraw(assignment=asked, by=counselor, at=SOON)
    assert list(queries.due(ada.pk, SOON)) == []


def test_the_protocol_asks_at_intake_and_every_two_weeks(ada, ben, program):
    assert actions.assign_due(program=program, at=NOW) == 4
    assert actions.assign_due(program=program, at=NOW) == 0, "what is open is not asked twice"
    assert {row.reason for row in Assignment.objects.all()} == {"intake"}
    for row in Assignment.objects.filter(participant=ada):
        actions.withdraw(assignment=row, by=ada.membership, at=NOW)
    made.answered(ben, at=NOW)
    made.answered(ben, "gad7", at=NOW)
    assert actions.assign_due(program=program, at=NOW + timedelta(days=13)) == 2, "what was withdrawn is asked again"
    Assignment.objects.filter(participant=ada, status="due").update(status="withdrawn")
    assert {row.participant for row in Assignment.objects.filter(reason="protocol")} == set()
    actions.assign_due(program=program, at=NOW + timedelta(days=14))
    assert {row.participant for row in Assignment.objects.filter(reason="protocol")} == {ben}


def test_a_program_sets_its_own_pace(ada, program):
    programs.set_policy(
        program=program, name="measures_every_days", value=7, source="Clinical lead, 2026-10-01",
        from_on=NOW.date(), by=None, at=NOW,
    )  # fmt: skip
    made.answered(ada, at=NOW)
    assert [row.every_days for row in queries.protocol_of(program.pk, NOW.date())] == [7, 7]


def test_the_protocol_asks_nobody_who_is_not_in_care(program):
    make.participant(program)
    assert actions.assign_due(program=program, at=NOW) == 0


def test_the_worker_lapses_what_ran_out_and_asks_what_is_due(ada, program):
    made.assignment(ada, at=NOW)
    began = made.assignment(ada, "gad7", at=NOW)
    actions.answer(assignment=began, item=1, value=1, by=ada.membership, at=NOW)
    later = NOW + timedelta(days=3, hours=1)
    assert jobs.run_due(later) == 1
    assert {row.instrument: row.status for row in Assignment.objects.all()} == {"phq9": "lapsed", "gad7": "started"}
    assert jobs.run_due(later + timedelta(days=1)) == 1
    assert jobs.run_due(NOW + timedelta(days=14)) == 2
    assert jobs.run_due(NOW + timedelta(days=14)) == 0


def test_only_totals_of_the_present_version_stand_in_the_trend(ada, monkeypatch):
    earlier = replace(queries.instrument("phq9"), version="0")
    with monkeypatch.context() as then:
        then.setattr(queries, "instrument", lambda code: earlier)
        made.answered(ada, total=17, at=NOW - timedelta(days=28))
    made.answered(ada, total=11, at=NOW)
    assert [points for _, points in queries.trend(ada.pk, "phq9")] == [11]
    assert queries.latest([ada.pk], "phq9")[ada.pk] == (11, 11, None, NOW.date())


def test_the_latest_total_stands_beside_the_first_of_this_stay_and_the_one_before(ada, ben):
    made.answered(ada, total=24, at=NOW - timedelta(days=400))
    made.answered(ada, total=17, at=NOW - timedelta(days=28))
    made.answered(ada, total=12, at=NOW - timedelta(days=14))
    made.answered(ada, total=11, at=NOW)
    assert queries.latest([ada.pk, ben.pk], "phq9") == {ada.pk: (11, 17, 12, NOW.date())}


def test_a_total_at_the_cut_off_is_a_positive_screen_for_mental_health(ada, ben):
    made.answered(ada, total=9, at=NOW - timedelta(days=2))
    assert queries.positive_screens(ada.pk) == frozenset()
    made.answered(ada, "gad7", total=10, at=NOW)
    assert queries.positive_screens(ada.pk) == {"mental-health"}
    assert queries.positive_screens(ben.pk) == frozenset()


def test_two_questions_answer_the_caseload_however_long_it_is(program, counselor, django_assert_num_queries):
    people = [make.person_in_care(program, counselor, name=f"P{n} Example") for n in range(6)]
    for person in people:
        made.answered(person, total=5, at=NOW)
    for size in (1, 6):
        with django_assert_num_queries(2):
            queries.latest([person.pk for person in people[:size]], "phq9")


def test_a_total_that_is_reliably_worse_is_brought_to_the_counselor_once(ada, counselor):
    for days, total in ((60, 9), (46, 8), (32, 14), (18, 14)):
        made.answered(ada, total=total, at=NOW - timedelta(days=days))
    alert = Alert.objects.get(kind="measure-worse")
    assert (alert.level, alert.owner) == ("medium", counselor)
    assert alert.words == "PHQ-9: 6 points up, reliably worse"
    assert alert.why.startswith("From 8 to 14. Reliable from")
    assert alert.raised_at == NOW - timedelta(days=32)


def test_a_slow_rise_is_worse_than_where_the_stay_began(ada):
    for days, total in ((60, 4), (46, 7), (32, 10), (18, 9)):
        made.answered(ada, total=total, at=NOW - timedelta(days=days))
    assert Alert.objects.get(kind="measure-worse").why.startswith("From 4 to 10.")


def test_better_or_within_the_noise_of_the_measure_raises_nothing(ada):
    for days, total in ((60, 12), (46, 14), (32, 6), (18, 10)):
        made.answered(ada, total=total, at=NOW - timedelta(days=days))
    assert not Alert.objects.filter(kind="measure-worse").exists()
