"""Emergency access, questions and unusual looks: what is written, what is refused, what remains."""

from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied

from conftest import NOW, TODAY
from openiop.alerts import actions as alerts
from openiop.alerts.models import Alert
from openiop.audit.models import Event
from openiop.base.errors import Refused
from openiop.consents import queries as guard
from openiop.consents.models import Emergency
from openiop.consents.rules import Kind
from openiop.privacy import actions, jobs, queries
from openiop.privacy.models import EmergencyReview, EmergencyTold, Examined, Question, Unusual
from openiop.programs import actions as programs
from openiop.programs.rules import Permission
from tests import make
from tests.make import privacy

HOUR = timedelta(hours=1)
PAGE = Permission.READ_CHART


@pytest.fixture
def officer(program):
    return make.member(program, "privacy", name="Petra Quietwell")


def test_an_emergency_opens_what_was_chosen_for_an_hour_to_someone_who_reads_none_of_it(ada, front_desk, supervisor):
    with pytest.raises(PermissionDenied):
        guard.open_record(front_desk, ada.pk, Kind.MEDICATIONS, NOW, PAGE)
    opened = privacy.emergency(ada, front_desk, NOW)
    assert opened.closes_at == NOW + HOUR
    assert guard.open_record(front_desk, ada.pk, Kind.MEDICATIONS, NOW, PAGE).emergency == opened
    for kind in (Kind.NOTES, Kind.PLAN, Kind.MEASURES):
        with pytest.raises(PermissionDenied):
            guard.open_record(front_desk, ada.pk, kind, NOW, PAGE)
    assert Event.objects.get(what="emergency.opened").facts["kinds"] == ["contact", "diagnoses", "medications"]


def test_it_closes_by_itself_from_the_same_second(ada, front_desk, supervisor):
    privacy.emergency(ada, front_desk, NOW)
    assert guard.open_record(front_desk, ada.pk, Kind.DIAGNOSES, NOW + HOUR - timedelta(seconds=1), PAGE).access.allowed
    with pytest.raises(PermissionDenied):
        guard.open_record(front_desk, ada.pk, Kind.DIAGNOSES, NOW + HOUR, PAGE)


def test_who_opened_it_ends_it_and_nobody_else(ada, front_desk, counselor, supervisor):
    opened = privacy.emergency(ada, front_desk, NOW)
    with pytest.raises(Refused):
        actions.end_emergency(emergency=opened, by=counselor, at=NOW + timedelta(minutes=5))
    ended = actions.end_emergency(emergency=opened, by=front_desk, at=NOW + timedelta(minutes=5))
    again = actions.end_emergency(emergency=opened, by=front_desk, at=NOW + timedelta(minutes=6))
    assert again.ended_at == ended.ended_at == NOW + timedelta(minutes=5)
    with pytest.raises(PermissionDenied):
        guard.open_record(front_desk, ada.pk, Kind.DIAGNOSES, NOW + timedelta(minutes=5), PAGE)


def test_one_that_ran_out_is_not_ended_afterwards(ada, front_desk, supervisor):
    opened = privacy.emergency(ada, front_desk, NOW)
    assert actions.end_emergency(emergency=opened, by=front_desk, at=NOW + HOUR).ended_at is None


@pytest.mark.parametrize("name", ["nature", "personnel", "facility", "discloser", "why"])
def test_without_one_of_the_elements_nothing_opens_and_nothing_remains(ada, front_desk, supervisor, name):
    before = Event.objects.count()
    with pytest.raises(Refused):
        privacy.emergency(ada, front_desk, NOW, **{name: " "})
    assert (Emergency.objects.count(), Alert.objects.count(), Event.objects.count()) == (0, 0, before)


def test_a_second_one_while_the_first_is_open_is_refused(ada, front_desk, supervisor):
    privacy.emergency(ada, front_desk, NOW)
    with pytest.raises(Refused):
        privacy.emergency(ada, front_desk, NOW + timedelta(minutes=59))
    assert privacy.emergency(ada, front_desk, NOW + HOUR).opened_at == NOW + HOUR


def test_its_review_falls_to_a_supervisor_within_72_hours_never_to_the_opener(ada, program, counselor, supervisor):
    privacy.emergency(ada, counselor, NOW)
    task = Alert.objects.get(kind=actions.REVIEW)
    assert (task.owner, task.due_at, task.participant) == (supervisor, NOW + timedelta(hours=72), ada)
    privacy.emergency(ada, supervisor, NOW)
    assert Alert.objects.exclude(pk=task.pk).get().owner == supervisor  # alone; it waits for another
    officer = make.member(program, "privacy", name="Petra Quietwell")
    assert queries.reviewer_for(Emergency.objects.get(opened_by=supervisor), NOW) == officer


def test_the_task_ends_with_the_review_alone(ada, front_desk, supervisor):
    opened = privacy.emergency(ada, front_desk, NOW)
    task = Alert.objects.get(kind=actions.REVIEW)
    with pytest.raises(Refused):
        alerts.close(alert=task, outcome="no-action", words="Looked fine.", by=supervisor, at=NOW + HOUR)
    with pytest.raises(Refused):
        alerts.snooze(alert=task, until=NOW + 200 * HOUR, reason="Later", by=supervisor, at=NOW + HOUR)
    assert opened in queries.waiting_review(ada.program_id)
    actions.review_emergency(
        emergency=opened, outcome="justified", words="The hospital asked.", by=supervisor, at=NOW + 2 * HOUR
    )
    task.refresh_from_db()
    assert (task.status, task.closed_by) == ("closed", supervisor)
    assert not queries.waiting_review(ada.program_id)
    with pytest.raises(Refused):
        actions.review_emergency(
            emergency=opened, outcome="justified", words="Again.", by=supervisor, at=NOW + 3 * HOUR
        )
    assert EmergencyReview.objects.count() == 1


def test_a_task_closed_in_another_way_does_not_stop_the_review(ada, front_desk, supervisor):
    opened = privacy.emergency(ada, front_desk, NOW)
    task = Alert.objects.get(kind=actions.REVIEW)
    alerts.close(alert=task, outcome="task-done", words="", by=supervisor, at=NOW, settled=True)
    done = actions.review_emergency(
        emergency=opened, outcome="justified", words="The hospital asked.", by=supervisor, at=NOW + 2 * HOUR
    )
    assert done.outcome == "justified"


def test_one_not_justified_is_followed_up(ada, front_desk, supervisor):
    opened = privacy.emergency(ada, front_desk, NOW)
    actions.review_emergency(
        emergency=opened, outcome="not-justified", words="Nobody had asked.", by=supervisor, at=NOW + 2 * HOUR
    )
    task = Alert.objects.get(kind=actions.FOLLOW_UP)
    assert (task.owner, task.closed_at) == (supervisor, None)
    assert task.due_at == NOW + 2 * HOUR + timedelta(days=7)


def test_each_look_under_it_carries_its_id(ada, front_desk, supervisor):
    opened = privacy.emergency(ada, front_desk, NOW)
    privacy.look(front_desk, ada, NOW + timedelta(minutes=1), Kind.DIAGNOSES, "privacy:sheet")
    privacy.look(front_desk, ada, NOW + 2 * HOUR)
    assert [one.kinds for one in queries.looks_under(opened)] == [["diagnoses, including substance use disorder"]]


def test_that_the_person_was_told_is_noted_once(ada, front_desk, supervisor):
    opened = privacy.emergency(ada, front_desk, NOW)
    assert queries.untold(ada.pk) == [opened]
    with pytest.raises(Refused):
        actions.note_told(emergency=opened, how="pigeon", by=supervisor, at=NOW)
    first = actions.note_told(emergency=opened, how="phone", by=supervisor, at=NOW + HOUR)
    with pytest.raises(Refused):
        actions.note_told(emergency=opened, how="letter", by=supervisor, at=NOW + HOUR)
    assert actions.note_told(emergency=opened, how="read", by=ada.membership, at=NOW + HOUR) == first
    assert (EmergencyTold.objects.count(), queries.untold(ada.pk)) == (1, [])


# --- questions --------------------------------------------------------------------------------------------------------


def test_a_question_about_a_look_has_an_owner_a_due_day_and_one_answer(ada, counselor, officer):
    asked = privacy.question(ada, counselor, NOW)
    assert (asked.owner, asked.due_at) == (officer, NOW + HOUR + timedelta(days=14))
    with pytest.raises(Refused):
        actions.answer_question(question=asked, words=" ", by=officer, at=NOW)
    actions.answer_question(question=asked, words="She treats you.", by=officer, at=NOW + 2 * HOUR)
    with pytest.raises(Refused):
        actions.answer_question(question=asked, words="Again.", by=officer, at=NOW + 3 * HOUR)
    assert Question.objects.get().answer == "She treats you."


def test_who_is_asked_about_does_not_own_the_question(ada, officer, supervisor):
    assert privacy.question(ada, officer, NOW).owner == supervisor


def test_where_there_is_nobody_for_privacy_the_question_falls_to_whoever_is_on_duty(ada, counselor):
    assert privacy.question(ada, counselor, NOW).owner == counselor


def test_nobody_asks_about_a_look_that_was_not_or_twice(ada, counselor, ben):
    with pytest.raises(Refused):
        actions.ask_question(participant=ben, on=TODAY, looker=counselor, words="Why?", by=ben.membership, at=NOW)
    privacy.question(ada, counselor, NOW)
    with pytest.raises(Refused):
        actions.ask_question(participant=ada, on=TODAY, looker=counselor, words="Why?", by=ada.membership, at=NOW)
    assert Question.objects.count() == 1


# --- unusual looks ----------------------------------------------------------------------------------------------------


def test_a_look_without_shared_work_is_found_asked_about_explained_and_closed(program, ada, officer):
    nurse = make.member(program, "nurse", name="Nils Newfield")
    found = privacy.unusual(nurse, ada, NOW)
    with pytest.raises(Refused):
        actions.explain(unusual=found, words="I covered.", by=nurse, at=NOW + HOUR)
    actions.ask_viewer(unusual=found, by=officer, at=NOW + HOUR)
    assert queries.asked_of(nurse) == [found]
    with pytest.raises(Refused):
        actions.ask_viewer(unusual=found, by=officer, at=NOW + HOUR)
    with pytest.raises(Refused):
        actions.explain(unusual=found, words="She covered.", by=officer, at=NOW + HOUR)
    actions.explain(unusual=found, words="I covered for Joan.", by=nurse, at=NOW + 2 * HOUR)
    assert queries.asked_of(nurse) == []
    with pytest.raises(Refused):
        actions.close_unusual(unusual=found, outcome="fine", words="", by=officer, at=NOW + 3 * HOUR)
    closed = actions.close_unusual(unusual=found, outcome="explained", words="", by=officer, at=NOW + 3 * HOUR)
    assert (closed.status, closed.closed_by) == ("closed", officer)
    with pytest.raises(Refused):
        actions.close_unusual(unusual=found, outcome="explained", words="", by=officer, at=NOW + 3 * HOUR)
    steps = Event.objects.filter(what__startswith="unusual-look.").order_by("at", "created_at")
    assert list(steps.values_list("what", flat=True)) == [
        "unusual-look.asked",
        "unusual-look.answered",
        "unusual-look.closed",
    ]


def test_a_day_is_gone_through_once_and_an_emergency_or_the_team_is_never_in_it(program, ada, counselor, front_desk):
    privacy.emergency(ada, front_desk, NOW)
    privacy.look(front_desk, ada, NOW + timedelta(minutes=1))
    privacy.look(counselor, ada, NOW)
    assert actions.examine(program=program, on=TODAY, at=NOW + timedelta(days=1)) == 0
    assert actions.examine(program=program, on=TODAY, at=NOW + timedelta(days=2)) == 0
    assert (Examined.objects.get().looks, Unusual.objects.count()) == (1, 0)


def test_the_worker_goes_through_each_day_that_is_over_and_through_none_again(program, ada):
    nurse = make.member(program, "nurse", name="Nils Newfield")
    privacy.look(nurse, ada, NOW)
    assert jobs.run_due(NOW) == 0
    assert Examined.objects.count() == 14
    assert jobs.run_due(NOW + timedelta(days=1)) == 1
    assert jobs.run_due(NOW + timedelta(days=1)) == 0
    assert Unusual.objects.get().viewer == nurse


def test_a_bound_of_the_program_counts(program, ada, director):
    nurse = make.member(program, "nurse", name="Nils Newfield")
    for back in (15, 3):
        privacy.look(nurse, ada, NOW - timedelta(days=back))
    programs.set_policy(
        program=program, name="unusual-people-hour", value=1, source="Test", from_on=TODAY, by=director, at=NOW
    )
    ben = make.participant(program, "Ben Barleyfield")
    for person in (ada, ben):
        privacy.look(nurse, person, NOW)
    actions.examine(program=program, on=TODAY, at=NOW + timedelta(days=1))
    assert set(Unusual.objects.values_list("rule", flat=True)) == {"no-tie", "many"}
