"""The check-in, tap by tap, and the alerts it raises."""

from datetime import UTC, date, datetime, timedelta

import pytest

from conftest import NOW, TODAY
from openiop.alerts import actions as alert_actions
from openiop.alerts.models import Alert
from openiop.audit.models import Event
from openiop.base.errors import Refused
from openiop.base.rules import Period
from openiop.participants import actions as participants
from openiop.programs import actions as programs
from openiop.recovery import actions, jobs, queries
from openiop.recovery.models import CheckIn


def tap(person, at=NOW, on=TODAY, **answers):
    return actions.check_in(participant=person, on=on, at=at, by=person.membership, **answers)


def test_each_tap_adds_to_the_one_check_in_of_the_day(ada):
    tap(ada, mood=5)
    tap(ada, craving=4)
    tap(ada, safe="yes")
    row = CheckIn.objects.get()
    assert (row.mood, row.craving, row.safe) == (5, 4, "yes")
    assert Event.objects.filter(what="check-in.kept").count() == 3


def test_an_answer_can_be_changed_the_same_day_and_not_after(ada):
    tap(ada, mood=1)
    tap(ada, mood=7)
    with pytest.raises(Refused, match="own day only"):
        tap(ada, at=NOW + timedelta(days=1), mood=9)
    assert CheckIn.objects.get().mood == 7


def test_the_day_is_the_programs_day_not_the_worlds(ada):
    late = datetime(2026, 10, 15, 2, 30, tzinfo=UTC)  # still Wednesday evening in New York
    tap(ada, at=late, mood=5)
    assert CheckIn.objects.get().on == TODAY


def test_a_refused_check_in_leaves_nothing(ada):
    with pytest.raises(Refused):
        tap(ada, mood=11)
    assert not CheckIn.objects.exists()
    assert not Event.objects.filter(what="check-in.kept").exists()


@pytest.mark.parametrize(("safe", "level", "hours"), [("no", "urgent", 2), ("unsure", "high", None)])
def test_not_feeling_safe_reaches_the_counselor_with_the_tap(ada, counselor, supervisor, safe, level, hours):
    row = tap(ada, safe=safe)
    alert = Alert.objects.get()
    assert (alert.kind, alert.level, alert.owner, alert.backup) == ("unsafe-check-in", level, counselor, supervisor)
    assert alert.source_id == str(row.pk)
    if hours:
        assert alert.due_at == NOW + timedelta(hours=hours)


def test_a_graver_answer_lifts_the_alert_and_a_milder_one_leaves_it_open(ada):
    tap(ada, safe="unsure")
    tap(ada, safe="no")
    assert Alert.objects.get().level == "urgent"
    tap(ada, safe="yes")
    alert = Alert.objects.get()
    assert (alert.level, alert.closed_at) == ("urgent", None)
    assert alert.steps.filter(what="fact").count() == 1


def test_a_later_tap_elsewhere_does_not_touch_the_alert(ada):
    tap(ada, safe="no")
    tap(ada, mood=3)
    tap(ada, words="A hard day.", share_words=False)
    assert Alert.objects.get().steps.count() == 1


def test_each_concern_of_the_day_has_its_own_alert_and_is_raised_once(ada):
    tap(ada, safe="no")
    tap(ada, craving=9)
    tap(ada, use="alcohol")
    assert {alert.kind: alert.steps.count() for alert in Alert.objects.all()} == {
        "unsafe-check-in": 1,
        "craving": 1,
        "use-reported": 1,
    }


def test_a_milder_answer_that_still_worries_is_added_and_not_raised_again(ada):
    tap(ada, safe="no")
    tap(ada, safe="unsure")
    alert = Alert.objects.get()
    assert (alert.level, alert.words) == ("urgent", "Check-in: does not feel safe")
    assert [step.what for step in alert.steps.order_by("at", "created_at", "pk")] == ["raised", "fact"]


def closed(alert, by, at=NOW):
    alert_actions.close(alert=alert, outcome="spoke-safe", words="Spoke with them.", by=by, at=at)


@pytest.mark.parametrize("then", [("yes", "no"), ("unsure",), ("unsure", "no"), ("yes", "unsure")])
def test_what_is_unsafe_again_after_someone_closed_it_stands_again(ada, counselor, then):
    tap(ada, safe="no")
    closed(Alert.objects.get(), counselor)
    for answer in then:
        tap(ada, safe=answer, at=NOW + timedelta(hours=1))
    alert = Alert.objects.get()
    assert (alert.closed_at, alert.status, alert.raised_at) == (None, "open", NOW + timedelta(hours=1))
    assert alert.steps.filter(what="reopened").exists()


def test_an_answer_sent_along_unchanged_raises_nothing_and_one_said_again_on_purpose_does(ada, counselor):
    row = tap(ada, safe="no")
    assert not queries.is_answered(row)
    closed(Alert.objects.get(), counselor)
    assert queries.is_answered(row)
    tap(ada, safe="no", mood=5)
    assert Alert.objects.get().closed_at
    tap(ada, safe="no", again=True)
    assert Alert.objects.get().closed_at is None
    assert not queries.is_answered(row)


def test_use_said_again_after_it_was_taken_back_and_closed_stands_again(ada, counselor):
    tap(ada, use="alcohol")
    closed(Alert.objects.get(), counselor)
    tap(ada, use="none")
    assert Alert.objects.get().closed_at
    tap(ada, use="alcohol")
    assert Alert.objects.get().closed_at is None


def test_a_lesser_substance_said_later_does_not_hide_the_graver_one(ada, counselor):
    participants.add_diagnosis(
        participant=ada, code="F11.20", words="Opioids", family="substance", by=counselor, at=NOW
    )
    tap(ada, use="drug")
    tap(ada, use="alcohol")
    alert = Alert.objects.get()
    assert (alert.level, alert.words) == ("high", "Check-in: reports use, another substance")
    assert "naloxone" in alert.why
    assert alert.steps.get(what="raised-again").words == "Check-in: reports use, alcohol"


def test_reported_use_asks_the_counselor_to_reach_out(ada, counselor):
    tap(ada, use="alcohol")
    assert (Alert.objects.get().kind, Alert.objects.get().level) == ("use-reported", "medium")


def test_reported_use_with_an_opioid_diagnosis_is_raised_higher(ada, counselor):
    participants.add_diagnosis(
        participant=ada, code="F11.20", words="Opioid use disorder, moderate", by=counselor, at=NOW
    )
    tap(ada, use="drug")
    assert Alert.objects.get().level == "high"


def test_use_taken_back_leaves_its_alert_open(ada):
    tap(ada, use="drug")
    tap(ada, use="none")
    assert Alert.objects.get().closed_at is None
    assert Alert.objects.get().steps.filter(what="fact").exists()


def test_a_strong_craving_and_a_sharp_rise_are_looked_at(ada, ben):
    tap(ada, craving=8)
    assert Alert.objects.get(participant=ada).kind == "craving"
    for days, craving in ((1, 2), (2, 3), (3, 2)):
        then = NOW - timedelta(days=days)
        tap(ben, at=then, on=TODAY - timedelta(days=days), craving=craving)
    tap(ben, craving=5)
    assert "middle of the last 7 days was 2" in Alert.objects.get(participant=ben).why


def test_a_program_sets_its_own_craving_bound(ada, program):
    programs.set_policy(
        program=program, name="alert_craving_at", value=5, source="Clinical lead", from_on=TODAY, by=None, at=NOW
    )
    tap(ada, craving=5)
    assert Alert.objects.get().kind == "craving"


def test_a_craving_eased_the_same_day_closes_nothing(ada):
    tap(ada, craving=9)
    tap(ada, craving=3)
    assert Alert.objects.get().closed_at is None


def test_private_words_are_not_among_what_staff_read(ada):
    tap(ada, mood=3, words="Only for me.")
    assert queries.shared(ada.pk)[0].words == ""
    tap(ada, share_words=True)
    assert queries.shared(ada.pk)[0].words == "Only for me."
    assert not Event.objects.filter(facts__icontains="Only for me").exists()


def test_a_day_without_a_check_in_stays_a_gap(ada, ben, django_assert_num_queries):
    tap(ada, craving=4)
    days = Period(date(2026, 10, 12), date(2026, 10, 15))
    with django_assert_num_queries(1):
        line = queries.series_for([ada.pk, ben.pk], days)
    assert [day.craving for day in line[ada.pk]] == [None, None, 4]
    assert [day.craving for day in line[ben.pk]] == [None, None, None]
    assert queries.check_ins(ada.pk).count() == 1


def test_a_low_mood_on_two_days_reaches_the_counselor_and_a_better_answer_closes_nothing(ada, counselor):
    tap(ada, at=NOW - timedelta(days=1), on=TODAY - timedelta(days=1), mood=1)
    tap(ada, craving=2)
    assert not Alert.objects.exists()
    tap(ada, mood=1)
    alert = Alert.objects.get()
    assert (alert.kind, alert.level, alert.owner) == ("low-mood", "medium", counselor)
    assert alert.due_at == NOW + timedelta(hours=24)
    tap(ada, mood=7)
    alert.refresh_from_db()
    assert alert.closed_at is None
    assert alert.steps.filter(what="fact").count() == 1


def test_a_program_sets_its_own_bounds_for_mood(ada, program):
    for name, value in (("alert_mood_at", 3), ("alert_mood_drop", 6)):
        programs.set_policy(program=program, name=name, value=value, source="Own", from_on=TODAY, by=None, at=NOW)
    tap(ada, at=NOW - timedelta(days=1), on=TODAY - timedelta(days=1), mood=3)
    tap(ada, mood=3)
    assert Alert.objects.get().kind == "low-mood"


def test_a_silence_after_many_check_ins_is_told_once_and_a_new_one_again(ada, counselor):
    for n in range(18, 3, -1):
        day = NOW - timedelta(days=n)
        tap(ada, at=day, on=day.date(), mood=5)
    assert jobs.run_due(NOW - timedelta(days=1)) == 0
    assert jobs.run_due(NOW) == 1
    alert = Alert.objects.get()
    assert (alert.kind, alert.level, alert.words) == ("check-in-silence", "low", "No check-in since Oct 10")
    assert alert.due_at == NOW + timedelta(hours=48)
    assert jobs.run_due(NOW + timedelta(days=1)) == 0
    tap(ada, mood=5)
    assert jobs.run_due(NOW + timedelta(days=2)) == 0
    assert jobs.run_due(NOW + timedelta(days=5)) == 1
    assert Alert.objects.count() == 1
    assert alert.steps.filter(what="raised-again").count() == 1
