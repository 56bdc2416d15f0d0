"""Deciding a review: what is written, what is turned down, what follows."""

from datetime import date, time, timedelta
from threading import Barrier, Thread
from zoneinfo import ZoneInfo

import pytest
from django.db import connection

from conftest import NOW, TODAY
from openiop.alerts.models import Alert
from openiop.attendance import actions as attendance
from openiop.attendance.models import Presence
from openiop.audit.models import Event
from openiop.base.errors import Refused
from openiop.continuing import actions, jobs, queries
from openiop.continuing.models import Appointment, Review
from openiop.participants.models import Episode, LevelOfCare
from openiop.schedule import actions as plan_week
from openiop.schedule import queries as schedules
from openiop.schedule.models import Seat
from tests import make
from tests.make import admissions, questionnaires, schedule
from tests.make import session as sessions
from tests.make.continuing import DESPITE, booking, reviewed

LATER = NOW + timedelta(days=14)


def test_a_review_that_continues_keeps_the_level_and_the_evidence_and_sets_the_next_date(ada, counselor):
    questionnaires.answered(ada, total=18, at=NOW - timedelta(days=20))
    questionnaires.answered(ada, total=9, at=NOW - timedelta(days=1))
    review = reviewed(ada.episode, counselor, NOW)
    ada.episode.refresh_from_db()
    assert (ada.episode.level, ada.episode.review_on) == ("2.1", date(2026, 10, 28))
    assert (review.level_from, review.level_to, review.since_on) == ("2.1", "2.1", ada.episode.started_on)
    phq9 = next(one for one in review.evidence["measures"] if one["code"] == "phq9")
    assert (phq9["last"], phq9["since_start"]) == (9, "9 points down, reliably better")
    assert review.evidence["despite"] == DESPITE
    assert Event.objects.get(what="review.decided").facts["end"] == "continue"


def test_a_step_down_changes_the_dated_level_of_the_same_episode_and_books_the_next_visit(ada, counselor):
    review = reviewed(ada.episode, counselor, NOW, "step-down")
    assert Episode.objects.get(participant=ada).pk == ada.episode.pk
    levels = LevelOfCare.objects.filter(episode=ada.episode).order_by("from_on", "pk").values_list("level", "until_on")
    assert list(levels) == [("2.1", TODAY), ("1.5", None)]
    visit = Appointment.objects.get(review=review)
    assert (visit.status, visit.at) == ("booked", NOW + timedelta(days=2))
    assert not Alert.objects.filter(kind="no-next-appointment").exists()


def test_a_step_down_without_a_next_visit_raises_an_alert_due_before_they_leave(ada, counselor, supervisor):
    review = reviewed(ada.episode, counselor, NOW, "step-down", appointment=None)
    alert = Alert.objects.get(kind="no-next-appointment")
    assert (alert.level, alert.owner, alert.source_id) == ("medium", counselor, str(review.pk))
    assert alert.due_at.isoformat() == "2026-10-15T00:00:00+00:00"  # 8 PM that day in New York
    actions.book_appointment(episode=ada.episode, booking=booking(NOW), by=counselor, at=NOW)
    alert.refresh_from_db()
    assert alert.closed_at is None
    assert alert.steps.filter(what="fact").count() == 1


def test_a_step_up_changes_the_level_and_sets_a_near_review(ada, counselor):
    reviewed(ada.episode, counselor, NOW, "step-up")
    ada.episode.refresh_from_db()
    assert ada.episode.level == "2.5"


def test_a_discharge_ends_care_frees_the_seats_ahead_and_removes_nothing(ada, counselor):
    past = sessions.session(ada.program, counselor, ada, starts=NOW - timedelta(days=2), title="Past group")
    ahead = sessions.session(ada.program, counselor, ada, starts=NOW + timedelta(days=2), group=False, title="Visit")
    reviewed(ada.episode, counselor, NOW, "discharge")
    ada.episode.refresh_from_db()
    assert (ada.episode.ended_on, ada.episode.ended_reason) == (TODAY, "1")
    assert Seat.objects.get(session=past).dropped_at is None
    assert Seat.objects.get(session=ahead).dropped_at == NOW
    ahead.refresh_from_db()
    assert ahead.status == "cancelled"
    assert not Alert.objects.filter(kind="no-next-appointment").exists()


def test_leaving_early_needs_no_second_reason_but_raises_the_alert(ada, counselor):
    reviewed(ada.episode, counselor, NOW, "discharge", reason_code="2", appointment=None, despite="")
    assert Alert.objects.filter(kind="no-next-appointment").count() == 1


def test_where_no_visit_can_be_no_alert_is_raised(ada, counselor):
    reviewed(ada.episode, counselor, NOW, "discharge", reason_code="6", appointment=None, despite="")
    assert not Alert.objects.exists()


def nothing_changed(episode, before):
    episode.refresh_from_db()
    return (
        not Review.objects.exists()
        and not Appointment.objects.exists()
        and not Alert.objects.exists()
        and (episode.level, episode.review_on, episode.ended_on) == before
        and not Event.objects.filter(what="review.decided").exists()
    )


@pytest.mark.parametrize(
    ("end", "facts"),
    [
        ("continue", {"despite": ""}),
        ("continue", {"words": ""}),
        ("continue", {"next_review_on": None}),
        ("continue", {"next_review_on": TODAY}),
        ("step-down", {"level_to": "2.5"}),
        ("step-down", {"appointment": booking(NOW, days=-1)}),
        ("step-down", {"appointment": {"at": NOW - timedelta(minutes=5), "with_whom": "Dr. Fenwick"}}),
        ("step-up", {"level_to": ""}),
        ("discharge", {"reason_code": ""}),
        ("discharge", {"reason_code": "9"}),
    ],
)
def test_a_decision_turned_down_leaves_nothing(ada, counselor, end, facts):
    before = (ada.episode.level, ada.episode.review_on, ada.episode.ended_on)
    with pytest.raises(Refused):
        reviewed(ada.episode, counselor, NOW, end, **facts)
    assert nothing_changed(ada.episode, before)


def test_only_a_clinician_decides(ada, intake, biller):
    for member in (intake, biller):
        with pytest.raises(Refused, match="Only a clinician"):
            reviewed(ada.episode, member, NOW)


def test_a_page_open_while_someone_else_decides_is_turned_down(ada, counselor, supervisor):
    seen = queries.seen(None, ada.episode)
    reviewed(ada.episode, supervisor, NOW, seen=seen)
    with pytest.raises(actions.Stale, match="Celia Rowanfield, LCSW decided"):
        reviewed(ada.episode, counselor, NOW, seen=seen)
    assert Review.objects.count() == 1
    reviewed(ada.episode, counselor, NOW, "discharge")
    with pytest.raises(actions.Stale, match="ended"):
        reviewed(ada.episode, counselor, NOW)


def test_a_level_changed_meanwhile_makes_the_page_stale(ada, counselor):
    seen = queries.seen(None, ada.episode)
    ada.episode.level = "2.5"
    ada.episode.save(update_fields=["level"])
    with pytest.raises(actions.Stale, match="changed meanwhile"):
        reviewed(ada.episode, counselor, NOW, seen=seen)


def test_the_second_review_begins_where_the_first_ended_and_remembers_what_it_saw(ada, counselor):
    admissions.decided(ada, counselor, ratings=(0, 0, 1, 0, 1, 1), level="2.1", difference="preference", at=NOW)
    reviewed(ada.episode, counselor, NOW)
    second = queries.evidence(ada.episode, TODAY, LATER)
    assert second.facts.suggested_before == "1"
    assert second.since == TODAY


def test_an_appointment_kept_is_closed_and_one_missed_is_followed_the_same_day(ada, counselor):
    review = reviewed(ada.episode, counselor, NOW, "step-down")
    visit = Appointment.objects.get(review=review)
    with pytest.raises(Refused, match="lies ahead"):
        actions.keep_appointment(appointment=visit, by=counselor, at=NOW)
    after = visit.at + timedelta(hours=1)
    actions.miss_appointment(appointment=visit, by=counselor, at=after)
    alert = Alert.objects.get(kind="appointment-missed")
    assert (alert.level, alert.owner) == ("medium", counselor)
    with pytest.raises(Refused, match="closed already"):
        actions.keep_appointment(appointment=visit, by=counselor, at=after)
    other = actions.book_appointment(episode=ada.episode, booking=booking(after), by=counselor, at=after)
    kept = actions.keep_appointment(appointment=other, by=counselor, at=other.at)
    assert (kept.status, kept.closed_by) == ("kept", counselor)
    assert list(
        Event.objects.filter(what__startswith="appointment.").order_by("at", "pk").values_list("what", flat=True)
    )


def test_an_appointment_called_off_asks_for_another_unless_one_is_booked(ada, counselor):
    one = actions.book_appointment(episode=ada.episode, booking=booking(NOW), by=counselor, at=NOW)
    other = actions.book_appointment(episode=ada.episode, booking=booking(NOW, 4), by=counselor, at=NOW)
    actions.call_off_appointment(appointment=one, by=counselor, at=NOW)
    assert not Alert.objects.exists()
    actions.call_off_appointment(appointment=other, by=counselor, at=NOW)
    assert Alert.objects.get().kind == "no-next-appointment"


def test_a_review_past_its_day_becomes_a_task_once_and_the_review_ends_it(ada, ben, counselor):
    due = NOW + timedelta(days=40)  # both were due Nov 9
    assert jobs.run_due(NOW) == 0
    assert jobs.run_due(due) == 2
    assert jobs.run_due(due + timedelta(minutes=5)) == 0
    reviewed(ada.episode, counselor, due, next_review_on=date(2026, 12, 14))
    alerts = {alert.participant_id: alert for alert in Alert.objects.filter(kind="review-due")}
    assert (alerts[ada.pk].outcome, alerts[ada.pk].closed_by) == ("task-done", counselor)
    assert alerts[ben.pk].closed_at is None
    assert jobs.run_due(due + timedelta(days=1)) == 0
    assert jobs.run_due(due + timedelta(days=60)) == 1  # the next date passed too


def test_an_appointment_nobody_marked_is_asked_about_after_a_day_and_marking_it_answers(ada, counselor):
    visit = actions.book_appointment(episode=ada.episode, booking=booking(NOW), by=counselor, at=NOW)
    assert jobs.run_due(visit.at + timedelta(hours=23)) == 0
    late = visit.at + timedelta(hours=25)
    assert jobs.run_due(late) == 1
    assert jobs.run_due(late) == 0
    actions.keep_appointment(appointment=visit, by=counselor, at=late)
    assert Alert.objects.get(kind="appointment-open").outcome == "task-done"


def test_the_weeks_of_the_stay_are_counted_in_minutes_attended(ada, counselor):
    marked = sessions.session(ada.program, counselor, ada)
    sessions.signed(marked, counselor, ada)
    weeks = queries.weeks(ada.episode, ada.episode.started_on, TODAY)
    assert [week.attended for week in weeks] == [0, 0, 0, 0, 90]
    assert [week.number for week in weeks] == [1, 2, 3, 4, 5]
    assert queries.weeks(ada.episode, TODAY + timedelta(days=7), TODAY) == []


def test_this_evenings_session_is_not_missed_yet(ada, counselor):
    sessions.session(ada.program, counselor, ada, starts=NOW + timedelta(hours=1))
    assert queries.evidence(ada.episode, TODAY, NOW).rate.share is None
    marked = sessions.session(ada.program, counselor, ada, starts=NOW - timedelta(hours=3), title="Morning group")
    sessions.written(marked, counselor, at=NOW)
    assert queries.evidence(ada.episode, TODAY, NOW).rate.share == 1


def test_evidence_costs_the_same_however_much_there_is(ada, counselor, django_assert_max_num_queries):
    with django_assert_max_num_queries(60) as small:
        queries.evidence(ada.episode, ada.episode.started_on, NOW)
    sessions.objectives(ada, counselor, "One evening walk", "Two calls")
    with django_assert_max_num_queries(60) as planned:
        queries.evidence(ada.episode, ada.episode.started_on, NOW)
    for n in range(5):
        questionnaires.answered(ada, total=10 + n, at=NOW - timedelta(days=n + 1))
    sessions.signed(sessions.session(ada.program, counselor, ada), counselor, ada)
    with django_assert_max_num_queries(60) as large:
        queries.evidence(ada.episode, ada.episode.started_on, NOW)
    assert len(small) <= len(planned) == len(large)


def test_a_standing_group_is_left_at_discharge(ada, counselor, program):
    group = schedule.evening_week(program, counselor)[0]
    plan_week.enroll(group=group, episode=ada.episode, from_on=TODAY, by=counselor, at=NOW)
    reviewed(ada.episode, counselor, NOW, "discharge")
    group.refresh_from_db()
    assert group.enrollments.get().until_on == TODAY


def test_two_people_deciding_at_once_leave_one_decision_and_one_level(committed):
    program = make.program()
    joan = make.member(program, "counselor", name="Joan Birchwell")
    ada = make.person_in_care(program, joan)
    seen = queries.seen(None, ada.episode)
    start = Barrier(2)
    said = []

    def one(end):
        start.wait()
        try:
            reviewed(Episode.objects.get(pk=ada.episode.pk), joan, NOW, end, seen=seen)
            said.append("decided")
        except actions.Stale:
            said.append("stale")
        finally:
            connection.close()

    threads = [Thread(target=one, args=(end,)) for end in ("step-down", "step-up")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(said) == ["decided", "stale"]
    assert Review.objects.count() == 1
    assert LevelOfCare.objects.filter(episode=ada.episode, until_on__isnull=True).count() == 1


def mistyped(program, counselor, **facts):
    """Someone admitted for the wrong day, a week before care was to begin."""
    noor = make.person_in_care(program, counselor, name="Noor Linden", **facts)
    admissions.decided(noor, counselor, at=NOW - timedelta(days=2))
    return noor.episode


FIRST_DAY = {"review_on": date(2026, 12, 1), "words": "One week was meant."}


@pytest.mark.parametrize(
    ("starts_on", "words"),
    [
        (TODAY - timedelta(days=3), "cannot begin before its level was decided"),
        (date(2126, 10, 14), "Look at the year"),
    ],
)
def test_a_first_day_before_the_decision_or_in_a_mistyped_year_leaves_the_stay_as_it_was(
    program, counselor, starts_on, words
):
    episode = mistyped(program, counselor, starts_on=date(2026, 10, 21))
    was = (episode.started_on, episode.review_on)
    given = FIRST_DAY | {"review_on": starts_on + timedelta(weeks=4)}
    with pytest.raises(Refused, match=words):
        actions.correct_first_day(episode=episode, starts_on=starts_on, by=counselor, at=NOW, **given)
    episode.refresh_from_db()
    assert (episode.started_on, episode.review_on) == was
    assert not Event.objects.filter(what="episode.first-day-corrected").exists()


def test_a_first_day_stands_once_something_happened_in_the_stay(program, counselor):
    episode = mistyped(program, counselor, starts_on=date(2026, 10, 21))
    actions.book_appointment(episode=episode, booking=booking(NOW), by=counselor, at=NOW)
    with pytest.raises(Refused, match="An appointment is booked"):
        actions.correct_first_day(episode=episode, starts_on=date(2026, 10, 28), by=counselor, at=NOW, **FIRST_DAY)
    episode.refresh_from_db()
    assert episode.started_on == date(2026, 10, 21)


@pytest.mark.parametrize("decided", [True, False])
def test_a_first_day_mistyped_is_the_one_meant(program, counselor, decided):
    admitted = mistyped if decided else lambda *who, **day: make.person_in_care(*who, **day).episode
    episode = admitted(program, counselor, starts_on=date(2026, 10, 21))
    actions.correct_first_day(episode=episode, starts_on=date(2026, 10, 28), by=counselor, at=NOW, **FIRST_DAY)
    episode.refresh_from_db()
    assert (episode.started_on, episode.review_on) == (date(2026, 10, 28), date(2026, 12, 1))
    assert LevelOfCare.objects.get(episode=episode).from_on == date(2026, 10, 28)
    assert Event.objects.get(what="episode.first-day-corrected").facts["was"] == "2026-10-21"


# --- a visit here, an appointment elsewhere ---


@pytest.fixture
def fern(program):
    return schedule.place(program, "Fern")


def here(person, counselor, place, days=2, **booking_facts):
    given = booking(NOW, days=days, with_whom=counselor.label) | booking_facts
    return actions.book_appointment(
        episode=person.episode, booking=given, facilitator=counselor, place=place, by=counselor, at=NOW
    )


def test_an_appointment_with_one_of_us_is_a_visit_of_the_week(ada, counselor, fern):
    row = here(ada, counselor, fern)
    visit = row.visit
    assert (visit.facilitator, visit.place, visit.starts_at) == (counselor, fern, row.at)
    assert [seat.episode for seat in visit.seats.all()] == [ada.episode]
    assert row.elsewhere is None


def test_it_is_refused_where_counselor_room_or_person_is_taken_and_leaves_nothing(ada, ben, counselor, program, fern):
    here(ben, counselor, fern)
    with pytest.raises(Refused, match="already leads Individual"):
        here(ada, counselor, schedule.place(program, "Ash"))
    other = make.member(program, "counselor", name="Celia Rowanfield")
    third = make.member(program, "counselor", name="Ira Alderson")
    group = schedule.group(
        schedule.track(program), schedule.place(program, "Oak"), third, weekday=4, starts=time(16, 30), minutes=60
    )
    plan_week.enroll(group=group, episode=ada.episode, from_on=date(2026, 10, 15), by=counselor, at=NOW)
    with pytest.raises(Refused, match="already expected at Skills"):
        here(ada, other, schedule.place(program, "Elm"))
    with pytest.raises(Refused, match="Choose the room"):
        here(ada, other, None)
    assert Appointment.objects.filter(episode=ada.episode).count() == 0


def test_whether_it_was_kept_is_attendance_and_stands_there_once(ada, counselor, fern):
    row = here(ada, counselor, fern)
    with pytest.raises(Refused, match="lies ahead"):
        actions.keep_appointment(appointment=row, by=counselor, at=NOW)
    late = row.at + timedelta(hours=2)
    attendance.record_presence(session=row.visit, episode=ada.episode, here=True, by=counselor, at=late)
    (seen,) = queries.appointments(ada.pk)
    assert (seen.status, seen.says, seen.by) == ("kept", "Kept", counselor)
    with pytest.raises(Refused, match="closed already"):
        actions.miss_appointment(appointment=row, by=counselor, at=late)
    other = here(ada, counselor, fern, days=3)
    actions.miss_appointment(appointment=other, by=counselor, at=other.at + timedelta(hours=2))
    assert Presence.objects.get(session=other.visit).away == "no-contact"
    assert queries.booked(other).says == "Missed, no contact"
    assert {alert.kind for alert in Alert.objects.all()} == {"missed-session"}
    third = here(ada, counselor, fern, days=4)
    actions.keep_appointment(appointment=third, by=counselor, at=third.at + timedelta(hours=2))
    assert Presence.objects.get(session=third.visit).here
    assert not Appointment.objects.exclude(status="booked").exists()
    assert jobs.run_due(third.at + timedelta(days=2)) == 0


def test_a_visit_called_off_in_the_week_or_here_asks_once_for_another(ada, counselor, fern):
    row = here(ada, counselor, fern)
    assert queries.booked_ahead(ada.episode.pk, NOW)
    plan_week.cancel_session(session=row.visit, reason="Heating is out", by=counselor, at=NOW)
    assert queries.booked(row).status == "cancelled"
    assert not queries.booked_ahead(ada.episode.pk, NOW)
    assert (jobs.run_due(NOW), jobs.run_due(NOW)) == (1, 0)
    assert Alert.objects.get().kind == "no-next-appointment"
    other = here(ada, counselor, fern, days=3)
    actions.call_off_appointment(appointment=other, by=counselor, at=NOW)
    other.visit.refresh_from_db()
    assert other.visit.status == "cancelled"


def test_an_appointment_elsewhere_takes_the_persons_time_until_it_is_called_off(ada, counselor):
    row = actions.book_appointment(episode=ada.episode, booking=booking(NOW), by=counselor, at=NOW)
    assert [one.with_whom for one in schedules.elsewhere(ada.episode.pk, NOW)] == [row.with_whom]
    local = row.at.astimezone(ZoneInfo("America/New_York"))
    (said,) = schedules.in_the_way(ada.episode, local.date(), local.time(), 30)
    assert said == "They are with Dr. Marlowe Fenwick, outpatient clinic then: Fri Oct 16, 4:48 PM."
    actions.call_off_appointment(appointment=row, by=counselor, at=NOW)
    assert schedules.elsewhere(ada.episode.pk, NOW) == []


def test_someone_who_works_here_is_not_booked_as_someone_elsewhere(ada, counselor):
    for name in (counselor.label, f" {counselor.name.lower()} "):
        with pytest.raises(Refused, match="They work here"):
            actions.book_appointment(episode=ada.episode, booking=booking(NOW, with_whom=name), by=counselor, at=NOW)
