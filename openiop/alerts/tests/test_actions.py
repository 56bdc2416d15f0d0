"""Alerts: one owner, one due time, and an end in words."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from conftest import NOW
from openiop.alerts import actions, jobs, queries, rules
from openiop.alerts.models import Alert
from openiop.audit.models import Event
from openiop.base.errors import Refused
from openiop.participants import actions as participants
from tests import make
from tests.make.alerts import alert

ZONE = "America/New_York"


def raised(ada, counselor, kind="phq9-item9", level="high", words="PHQ-9 item 9: several days", at=NOW, anew=False):
    return actions.raise_alert(
        participant=ada,
        kind=kind,
        level=level,
        words=words,
        source=ada,
        due_at=rules.due_for(level, at, ZONE),
        owner=counselor,
        at=at,
        anew=anew,
    )


def test_one_cause_raises_one_alert_and_a_graver_answer_lifts_it(ada, counselor):
    first = raised(ada, counselor)
    again = raised(ada, counselor)
    graver = raised(ada, counselor, level="urgent", words="PHQ-9 item 9: nearly every day")
    assert first.pk == again.pk == graver.pk
    assert graver.level == "urgent"
    assert [step.what for step in graver.steps.order_by("at", "created_at")] == ["raised", "raised-again"]


def test_an_answer_that_worsens_after_closing_opens_the_alert_again(ada, counselor):
    alert = raised(ada, counselor)
    actions.close(alert=alert, outcome="spoke-safe", words="We talked.", by=counselor, at=NOW)
    alert = raised(ada, counselor, level="urgent", words="PHQ-9 item 9: nearly every day", at=NOW + timedelta(hours=1))
    assert alert.status == "open"
    assert alert.steps.filter(what="closed").exists()


def test_a_graver_answer_must_be_seen_anew_and_a_milder_one_leaves_the_heading(ada, counselor):
    alert = raised(ada, counselor)
    actions.acknowledge(alert=alert, by=counselor, at=NOW)
    graver = raised(ada, counselor, level="urgent", words="PHQ-9 item 9: nearly every day")
    assert (graver.status, graver.acknowledged_at, graver.level) == ("open", None, "urgent")
    actions.acknowledge(alert=graver, by=counselor, at=NOW)
    milder = raised(ada, counselor, words="PHQ-9 item 9: several days")
    assert (milder.status, milder.level, milder.words) == ("acknowledged", "urgent", "PHQ-9 item 9: nearly every day")
    assert milder.steps.filter(what="raised-again").count() == 2


def test_what_is_told_anew_in_the_same_words_opens_a_closed_alert(ada, counselor):
    alert = raised(ada, counselor)
    actions.close(alert=alert, outcome="spoke-safe", words="We talked.", by=counselor, at=NOW)
    assert raised(ada, counselor).closed_at
    assert raised(ada, counselor, anew=True).closed_at is None


@pytest.mark.parametrize(("outcome", "words"), [("", ""), ("no-action", "Fine."), ("spoke-safe", " ")])
def test_a_danger_is_not_closed_without_a_real_outcome_in_words(ada, counselor, outcome, words):
    alert = raised(ada, counselor)
    with pytest.raises(Refused):
        actions.close(alert=alert, outcome=outcome, words=words, by=counselor, at=NOW)
    alert.refresh_from_db()
    assert alert.closed_at is None
    assert not Event.objects.filter(what="alert.closed").exists()


def test_an_overdue_alert_reaches_the_supervisor_once(ada, counselor, supervisor):
    alert = raised(ada, counselor, level="urgent")
    assert jobs.run_due(NOW + timedelta(hours=1)) == 0
    assert jobs.run_due(NOW + timedelta(hours=3)) == 1
    assert jobs.run_due(NOW + timedelta(hours=4)) == 0
    assert alert in queries.open_for(supervisor)
    assert alert in queries.open_for(counselor)


def test_a_handed_over_alert_has_one_new_owner_and_keeps_its_due_time(ada, counselor, supervisor, outsider):
    alert = raised(ada, counselor)
    due = alert.due_at
    with pytest.raises(Refused):
        actions.hand_over(alert=alert, to=outsider, words="", by=counselor, at=NOW)
    alert = actions.hand_over(alert=alert, to=supervisor, words="I am in group.", by=counselor, at=NOW)
    assert (alert.owner, alert.due_at) == (supervisor, due)
    assert alert not in queries.open_for(counselor)


@pytest.mark.parametrize("who", ["biller", "front_desk", "director"])
def test_an_alert_is_handed_only_to_someone_who_works_on_alerts(ada, counselor, who, request):
    alert, to = raised(ada, counselor), request.getfixturevalue(who)
    with pytest.raises(Refused, match=f"{to.name} does not work on alerts"):
        actions.hand_over(alert=alert, to=to, words="", by=counselor, at=NOW)
    alert.refresh_from_db()
    assert alert.owner == counselor


def test_only_what_can_wait_is_put_off(ada, counselor):
    with pytest.raises(Refused):
        actions.snooze(alert=raised(ada, counselor), until=NOW + timedelta(days=1), reason="Busy", by=counselor, at=NOW)
    low = raised(ada, counselor, kind="craving", level="low", words="Craving rose")
    later = actions.snooze(alert=low, until=NOW + timedelta(days=3), reason="On leave", by=counselor, at=NOW)
    assert later.due_at == NOW + timedelta(days=3)


def test_acting_needs_words_and_marks_it_seen(ada, counselor):
    alert = raised(ada, counselor)
    with pytest.raises(Refused):
        actions.act(alert=alert, words="", by=counselor, at=NOW)
    actions.act(alert=alert, words="Called, voicemail.", by=counselor, at=NOW)
    alert.refresh_from_db()
    assert alert.status == "acknowledged"


def test_same_day_means_by_evening_where_the_program_is_and_never_under_two_hours():
    zone = ZoneInfo(ZONE)
    noon, night = datetime(2026, 10, 14, 12, tzinfo=zone), datetime(2026, 10, 14, 22, tzinfo=zone)
    assert rules.due_for("high", noon, ZONE) == datetime(2026, 10, 14, 20, tzinfo=zone)
    assert rules.due_for("high", night, ZONE) == night + timedelta(hours=2)


def test_alerts_cannot_be_read_by_strangers_nor_lost(ada, counselor, outsider):
    alert = raised(ada, counselor)
    assert queries.alert_for(counselor, alert.pk, NOW) == alert
    with pytest.raises(queries.Http404):
        queries.alert_for(outsider, alert.pk, NOW)
    assert Alert.objects.count() == 1


def test_a_closed_alert_is_not_worked_on_any_more(ada, counselor, supervisor):
    alert = raised(ada, counselor, kind="craving", level="low", words="Craving rose")
    closed = actions.close(alert=alert, outcome="spoke-safe", words="We talked.", by=counselor, at=NOW)
    later, steps = NOW + timedelta(days=1), closed.steps.count()
    changes = [
        lambda: actions.acknowledge(alert=alert, by=counselor, at=NOW),
        lambda: actions.act(alert=alert, words="Called.", by=counselor, at=NOW),
        lambda: actions.hand_over(alert=alert, to=supervisor, words="", by=counselor, at=NOW),
        lambda: actions.snooze(alert=alert, until=later, reason="On leave", by=counselor, at=NOW),
    ]
    for change in changes:
        with pytest.raises(Refused, match="closed already"):
            change()
    assert not actions.escalate(alert=alert, to=supervisor, by=None, at=later)
    closed.refresh_from_db()
    assert (closed.owner, closed.status, closed.steps.count()) == (counselor, "closed", steps)


def test_an_alert_is_not_handed_to_the_one_who_owns_it(ada, counselor):
    alert = raised(ada, counselor)
    with pytest.raises(Refused, match="own this alert already"):
        actions.hand_over(alert=alert, to=counselor, words="", by=counselor, at=NOW)
    assert not Event.objects.filter(what="alert.handed-over").exists()


@pytest.mark.parametrize(("days", "reason"), [(1, " "), (0, "On leave"), (-1, "On leave")])
def test_putting_off_needs_a_reason_and_a_time_ahead(ada, counselor, days, reason):
    low = raised(ada, counselor, kind="craving", level="low", words="Craving rose")
    with pytest.raises(Refused):
        actions.snooze(alert=low, until=NOW + timedelta(days=days), reason=reason, by=counselor, at=NOW)
    due = low.due_at
    low.refresh_from_db()
    assert low.due_at == due
    assert not Event.objects.filter(what="alert.put-off").exists()


def test_who_handed_a_danger_over_is_told_how_it_ended(ada, counselor, supervisor, program):
    row = alert(ada, counselor, kind="phq9-item9", level="urgent")
    actions.hand_over(alert=row, to=supervisor, words="Please call", by=counselor, at=NOW)
    actions.close(alert=row, outcome="safety-plan", words="Plan made together.", by=supervisor, at=NOW)
    told = Alert.objects.get(kind="handed-over-ended")
    assert (told.owner, told.level, told.participant) == (counselor, "admin", ada)
    assert "Safety plan made or renewed" in told.words
    assert told.link == f"/alerts/{row.pk}/"


def test_who_closes_a_danger_themselves_is_not_told_of_it(ada, counselor, supervisor):
    row = alert(ada, counselor, kind="phq9-item9", level="urgent")
    actions.hand_over(alert=row, to=supervisor, words="Please call", by=counselor, at=NOW)
    actions.hand_over(alert=row, to=counselor, words="They ask for you", by=supervisor, at=NOW)
    actions.close(alert=row, outcome="spoke-safe", words="We spoke.", by=counselor, at=NOW)
    assert [told.owner for told in Alert.objects.filter(kind=rules.TOLD)] == [supervisor]


def test_a_danger_is_closed_by_a_clinician_only(ada, counselor, program):
    peer = make.member(program, "peer", name="Perry Peerfield")
    row = alert(ada, peer, kind="phq9-item9", level="urgent")
    with pytest.raises(Refused, match="A clinician closes"):
        actions.close(alert=row, outcome="spoke-safe", words="We spoke.", by=peer, at=NOW)
    actions.close(alert=row, outcome="spoke-safe", words="We spoke.", by=counselor, at=NOW)


def test_an_alert_is_handed_to_nobody_who_could_not_open_it(ada, counselor, program):
    peer = make.member(program, "peer", name="Perry Peerfield")
    row = alert(ada, counselor)
    with pytest.raises(Refused, match="not on the care team"):
        actions.hand_over(alert=row, to=peer, words="Please call", by=counselor, at=NOW)
    participants.join_team(episode=ada.episode, member=peer, part="peer", on=NOW.date(), by=counselor, at=NOW)
    assert actions.hand_over(alert=row, to=peer, words="Please call", by=counselor, at=NOW).owner == peer


def test_a_task_that_ends_on_a_page_of_its_own_is_neither_closed_nor_put_off_here(ada, supervisor):
    task = actions.raise_alert(
        participant=ada, kind="emergency-review", level="admin", words="Emergency access to review", source=ada,
        due_at=NOW + timedelta(hours=72), owner=supervisor, at=NOW,
    )  # fmt: skip
    with pytest.raises(Refused, match="ends when the emergency access is reviewed"):
        actions.close(alert=task, outcome="task-done", words="", by=supervisor, at=NOW)
    with pytest.raises(Refused, match="ends when the emergency access is reviewed"):
        actions.snooze(alert=task, until=NOW + timedelta(days=9), reason="Later.", by=supervisor, at=NOW)
    assert actions.close(alert=task, outcome="task-done", words="", by=supervisor, at=NOW, settled=True).closed_at
    assert rules.who_ends("craving") == rules.NOT_A_CLINICIAN


def test_a_call_stands_among_the_steps_with_its_next_step(ada, counselor):
    row = alert(ada, counselor, kind="missed-session")
    facts = {"alert": row, "by": counselor, "at": NOW}
    step = actions.log_call(**facts, went="call-missed", words="No answer.", next_step="Again at 6.")
    assert (step.what, step.words) == ("call-missed", "No answer. Next: Again at 6.")
    row.refresh_from_db()
    assert (row.status, row.acknowledged_at) == ("acknowledged", NOW)
    assert Event.objects.filter(what="alert.acted-on").count() == 1
    actions.log_call(**facts, went="call-reached", words="She comes tomorrow.", outcome="reached")
    row.refresh_from_db()
    assert (row.status, row.outcome, row.outcome_words) == ("closed", "reached", "She comes tomorrow.")
    with pytest.raises(Refused, match="closed already"):
        actions.log_call(**facts, went="call-reached", words="Again.")


def test_a_call_that_may_not_end_the_alert_so_leaves_nothing(ada, counselor):
    row = raised(ada, counselor)
    for facts in (
        {"went": "", "words": "Rang."},
        {"went": "call-reached", "words": " "},
        {"went": "call-reached", "words": "They are safe.", "outcome": "reached"},
    ):
        with pytest.raises(Refused):
            actions.log_call(alert=row, by=counselor, at=NOW, **facts)
    row.refresh_from_db()
    assert (row.status, row.steps.count()) == ("open", 1)


def test_a_silence_leads_to_the_record_and_repeated_absences_to_the_plan():
    assert rules.link_words("attendance-pattern", "/people/1/") == "Open the record"
    assert rules.link_words("attendance-pattern", "/people/1/plan/") == "Open the plan"
    assert rules.link_words("unheard", "") == "Open"


def test_an_alert_about_nobody_yet_is_handed_over_like_any_other(program, counselor, supervisor):
    row = actions.raise_alert(
        participant=None, program=program, kind="referral-held", level="admin", words="A referral waits.",
        source=program, due_at=NOW, owner=counselor, at=NOW,
    )  # fmt: skip
    assert actions.hand_over(alert=row, to=supervisor, words="Please decide", by=counselor, at=NOW).owner == supervisor
