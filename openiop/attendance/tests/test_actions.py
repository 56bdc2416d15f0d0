"""What recording, correcting and taking back leave behind."""

from datetime import timedelta

import pytest
from django.db import DatabaseError, transaction

from openiop.alerts.models import Alert
from openiop.attendance import actions, jobs, queries, rules
from openiop.attendance.models import Presence
from openiop.audit.models import Event
from openiop.base.errors import Refused
from openiop.programs import actions as programs
from openiop.schedule.models import Seat
from tests import make
from tests.make import session as stage

MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)


@pytest.fixture
def group(program, counselor, ada, ben):
    return stage.session(program, counselor, ada, ben)


def record(group, person, counselor, at=stage.AFTER, **facts):
    return actions.record_presence(session=group, episode=person.episode, by=counselor, at=at, **facts)


def away(group, person, counselor, why="no-contact", at=stage.AFTER, **facts):
    return record(group, person, counselor, here=False, away=why, at=at, **facts)


def kinds():
    return sorted(Alert.objects.values_list("kind", flat=True))


def test_here_without_times_is_the_whole_session(group, ada, counselor):
    row = record(group, ada, counselor, here=True)
    assert (row.minutes, row.late, row.left_early) == (90, False, False)
    assert Event.objects.get(what="presence.recorded").facts["minutes"] == 90


def test_late_and_left_early_are_both_kept_with_the_minutes_in_the_room(group, ada, counselor):
    row = record(group, ada, counselor, here=True, arrived=stage.STARTS + 22 * MINUTE, left=stage.ENDS - 30 * MINUTE)
    assert (row.late, row.left_early, row.minutes) == (True, True, 38)


def test_the_policy_says_how_long_the_grace_is(group, ada, program, counselor):
    facts = {"here": True, "arrived": stage.STARTS + 8 * MINUTE}
    assert not record(group, ada, counselor, **facts).late
    programs.set_policy(
        program=program, name=rules.GRACE_POLICY, value=5, source="program", from_on=group.on, by=counselor,
        at=stage.BEGAN,
    )  # fmt: skip
    assert record(group, ada, counselor, at=stage.AFTER + MINUTE, **facts, reason="looked again").late


def test_a_correction_is_a_new_version_and_the_old_one_stays(group, ada, counselor):
    record(group, ada, counselor, here=True)
    record(group, ada, counselor, here=True, left=stage.ENDS - 30 * MINUTE, at=stage.AFTER + MINUTE)
    first, second = queries.history(group.pk, ada.episode.pk)
    assert (first.minutes, second.minutes) == (90, 60)
    assert first.replaced_at == second.recorded_at
    assert Event.objects.filter(what="presence.corrected").count() == 1


def test_the_same_mark_sent_twice_stands_once(group, ada, counselor):
    record(group, ada, counselor, here=True)
    record(group, ada, counselor, here=True, at=stage.AFTER + MINUTE)
    assert Presence.objects.count() == 1


def test_the_database_itself_refuses_to_overwrite_or_remove_a_presence(group, ada, counselor):
    row = record(group, ada, counselor, here=True)
    for wrong in (
        lambda: Presence.objects.filter(pk=row.pk).update(minutes=1),
        lambda: Presence.objects.filter(pk=row.pk)._raw_delete("default"),
        lambda: Presence.objects.filter(pk=row.pk).update(replaced_at=stage.AFTER),  # with no event beside it
    ):
        with pytest.raises(DatabaseError), transaction.atomic():
            wrong()
    actions.undo(session=group, presence_id=row.pk, by=counselor, at=stage.AFTER)
    with pytest.raises(DatabaseError), transaction.atomic():
        Presence.objects.filter(pk=row.pk).update(replaced_at=None)


def test_a_refused_mark_leaves_nothing(group, ada, counselor):
    before = Event.objects.count()
    with pytest.raises(Refused, match="outside the session"):
        record(group, ada, counselor, here=True, arrived=stage.ENDS, left=stage.ENDS + MINUTE)
    assert (Presence.objects.count(), Alert.objects.count(), Event.objects.count()) == (0, 0, before)


def test_someone_not_on_the_roster_is_not_marked(program, group, counselor):
    cleo = make.person_in_care(program, counselor, name="Cleo Cloverdell")
    with pytest.raises(Refused, match="not on this roster"):
        record(group, cleo, counselor, here=True)


def test_marking_the_rest_fills_only_what_nobody_marked(group, ada, ben, counselor):
    away(group, ada, counselor)
    assert actions.mark_rest_here(session=group, by=counselor, at=stage.AFTER) == 1
    assert queries.presence(group.pk, ada.episode.pk).away == "no-contact"
    assert queries.presence(group.pk, ben.episode.pk).minutes == 90
    assert actions.mark_rest_here(session=group, by=counselor, at=stage.AFTER) == 0


def test_who_is_excepted_is_not_marked_with_the_rest(group, ada, ben, counselor):
    assert actions.mark_rest_here(session=group, by=counselor, at=stage.AFTER, except_for=[ada.episode.pk]) == 1
    assert queries.presence(group.pk, ada.episode.pk) is None
    assert queries.presence(group.pk, ben.episode.pk).here


def test_the_rest_is_not_marked_the_day_before(group, counselor):
    with pytest.raises(Refused, match="not started"):
        actions.mark_rest_here(session=group, by=counselor, at=stage.STARTS - DAY)


def test_a_group_by_video_is_counted_as_telehealth(program, counselor, ada):
    video = stage.session(program, counselor, ada, virtual=True, title="Video group")
    record(video, ada, counselor, here=True)
    assert rules.Status.TELEHEALTH in queries.sheet(video)[0].statuses


# --- Undo -------------------------------------------------------------------------------------------------------------


def test_undo_of_a_first_mark_leaves_the_person_unmarked_and_the_mark_on_record(group, ada, counselor):
    row = record(group, ada, counselor, here=True)
    assert actions.undo(session=group, presence_id=row.pk, by=counselor, at=stage.AFTER + 5 * timedelta(seconds=1)) == 1
    assert queries.presence(group.pk, ada.episode.pk) is None
    assert len(queries.history(group.pk, ada.episode.pk)) == 1
    assert record(group, ada, counselor, here=True, at=stage.AFTER + MINUTE).version == 2


def test_undo_of_a_correction_brings_the_earlier_facts_back_as_a_new_version(group, ada, counselor):
    record(group, ada, counselor, here=True)
    wrong = away(group, ada, counselor, at=stage.AFTER + MINUTE)
    actions.undo(session=group, presence_id=wrong.pk, by=counselor, at=stage.AFTER + MINUTE)
    assert queries.presence(group.pk, ada.episode.pk).minutes == 90
    assert [row.version for row in queries.history(group.pk, ada.episode.pk)] == [1, 2, 3]


def test_undo_of_marking_the_rest_takes_all_of_them_back(group, ada, ben, counselor):
    record(group, ada, counselor, here=True)
    actions.mark_rest_here(session=group, by=counselor, at=stage.AFTER + MINUTE)
    mark = queries.presence(group.pk, ben.episode.pk)
    assert actions.undo(session=group, presence_id=mark.pk, by=counselor, at=stage.AFTER + MINUTE) == 1
    assert queries.presence(group.pk, ada.episode.pk) is not None


def test_undo_twice_or_late_is_refused(group, ada, counselor):
    row = record(group, ada, counselor, here=True)
    with pytest.raises(Refused, match="short moment"):
        actions.undo(session=group, presence_id=row.pk, by=counselor, at=stage.AFTER + 9 * MINUTE)
    actions.undo(session=group, presence_id=row.pk, by=counselor, at=stage.AFTER)
    with pytest.raises(Refused, match="changed again"):
        actions.undo(session=group, presence_id=row.pk, by=counselor, at=stage.AFTER)
    with pytest.raises(Refused, match="nothing to undo"):
        actions.undo(session=group, presence_id=group.pk, by=counselor, at=stage.AFTER)


# --- What absences ask for --------------------------------------------------------------------------------------------


def test_the_first_absence_without_contact_asks_the_counselor_to_call_the_same_day(group, ada, counselor):
    away(group, ada, counselor)
    alert = Alert.objects.get()
    assert (alert.kind, alert.level, alert.owner, alert.participant) == ("missed-session", "high", counselor, ada)
    assert alert.due_at - stage.AFTER <= timedelta(hours=4)
    assert "Ada" not in alert.words + alert.why


@pytest.mark.parametrize("why", ["called-ahead", "program-cancelled"])
def test_who_called_ahead_or_was_sent_home_raises_nothing(group, ada, counselor, why):
    away(group, ada, counselor, why)
    assert kinds() == []


def test_three_groups_missed_on_one_day_are_one_call(program, counselor, ada):
    for hour in (0, 2, 4):
        starts = stage.STARTS - timedelta(hours=hour)
        missed = stage.session(program, counselor, ada, starts=starts, title=f"Group {hour}")
        away(missed, ada, counselor)
    assert kinds() == ["missed-session"]
    assert Alert.objects.get().steps.filter(what="fact").count() == 2


def missed_days(program, counselor, person, *days_ago):
    for n in days_ago:
        starts = stage.STARTS - n * DAY
        missed = stage.session(program, counselor, person, starts=starts, title=f"Group {n}")
        away(missed, person, counselor, at=starts + timedelta(hours=2))


def test_two_days_in_seven_ask_for_a_look_at_the_plan(program, counselor, ada):
    missed_days(program, counselor, ada, 5, 0)
    assert kinds() == ["attendance-pattern", "missed-session", "missed-session"]
    assert Alert.objects.get(kind="attendance-pattern").level == "medium"


def test_a_third_day_lifts_the_same_alert_to_outreach(program, counselor, ada):
    missed_days(program, counselor, ada, 5, 3, 0)
    alert = Alert.objects.get(kind="attendance-pattern")
    assert (alert.level, "risk" in alert.words) == ("high", True)


def test_correcting_an_absence_closes_nothing_and_says_so_on_the_alert(group, ada, counselor):
    away(group, ada, counselor)
    record(group, ada, counselor, here=True, at=stage.AFTER + MINUTE)
    alert = Alert.objects.get()
    assert alert.closed_at is None
    assert alert.steps.get(what="fact").words == "Attendance was corrected: Skills group, here."


def test_a_corrected_absence_no_longer_counts_toward_a_pattern(program, counselor, ada):
    missed_days(program, counselor, ada, 5)
    row = Presence.objects.get()
    record(row.session, ada, counselor, here=False, away="called-ahead", at=stage.AFTER)
    missed_days(program, counselor, ada, 0)
    assert "attendance-pattern" not in kinds()


def later(group, days):
    return stage.AFTER + timedelta(days=days)


def expected_again(program, counselor, *people, days):
    starts = stage.STARTS + timedelta(days=days)
    return stage.session(program, counselor, *people, starts=starts, title=f"Group in {days}")


def test_a_week_without_coming_or_calling_asks_for_outreach_once(program, group, ada, ben, counselor):
    record(group, ada, counselor, here=True)
    away(group, ben, counselor, "called-ahead")
    next_one = expected_again(program, counselor, ada, ben, days=3)
    record(next_one, ben, counselor, here=True, at=later(group, 3))
    assert jobs.run_due(later(group, 6)) == 0
    assert jobs.run_due(later(group, 7)) == 1
    assert jobs.run_due(later(group, 8)) == 0
    alert = Alert.objects.get()
    assert (alert.participant, alert.level, alert.owner) == (ada, "high", counselor)
    assert alert.words == "No contact since Oct 14. Start outreach and check risk."


def test_two_weeks_without_service_lift_the_same_alert_to_a_look_at_the_stay(program, group, ada, counselor):
    record(group, ada, counselor, here=True)
    for days in (3, 10):
        expected_again(program, counselor, ada, days=days)
    jobs.run_due(later(group, 7))
    assert jobs.run_due(later(group, 14)) == 1
    assert "review the stay" in Alert.objects.get().words


def test_who_was_not_expected_or_came_lately_is_not_called_silent(program, group, ada, counselor):
    record(group, ada, counselor, here=True)
    assert jobs.run_due(later(group, 7)) == 0
    assert actions.raise_silence(episode=ada.episode, last=group.on, on=group.on, by=None, at=stage.AFTER) is None


# --- Counting ---------------------------------------------------------------------------------------------------------


def counted(person, group):
    return queries.rate(person.episode.pk, group.on, group.on + DAY)


def test_the_rate_is_minutes_attended_by_minutes_scheduled(group, ada, counselor):
    record(group, ada, counselor, here=True, left=stage.STARTS + 45 * MINUTE)
    assert (counted(ada, group).attended, counted(ada, group).scheduled, counted(ada, group).share) == (45, 90, 0.5)


def test_what_the_program_cancelled_is_not_held_against_anyone(group, ada, counselor):
    away(group, ada, counselor, "program-cancelled")
    assert counted(ada, group).share is None
    assert queries.absences(ada.episode.pk, group.on, group.on + DAY) == []


def test_absences_say_whether_they_were_excused(group, ada, ben, counselor):
    away(group, ada, counselor, "called-ahead")
    away(group, ben, counselor)
    assert [one.excused for one in queries.absences(ada.episode.pk, group.on, group.on + DAY)] == [True]
    assert [one.excused for one in queries.absences(ben.episode.pk, group.on, group.on + DAY)] == [False]


def test_sessions_with_someone_unmarked_wait_for_their_counselor(group, ada, counselor, supervisor):
    record(group, ada, counselor, here=True)
    assert queries.to_mark([group.pk]) == {group.pk: 1}
    assert list(queries.sessions_to_mark(counselor, stage.AFTER)) == [group]
    assert list(queries.sessions_to_mark(supervisor, stage.AFTER)) == []
    assert queries.last_attended([ada.episode.pk]) == {ada.episode.pk: group.on}
    assert queries.attended_sessions([ada.episode.pk], group.on, group.on + DAY) == {ada.episode.pk: 1}


# --- Walking in -------------------------------------------------------------------------------------------------------


def test_a_walk_in_has_a_seat_and_may_be_marked(program, group, counselor):
    cleo = make.person_in_care(program, counselor, name="Cleo Cloverdell")
    assert cleo.episode in queries.could_walk_in(group, stage.AFTER)
    seat = actions.add_walk_in(session=group, episode=cleo.episode, by=counselor, at=stage.AFTER)
    assert seat.why == "walk-in"
    assert record(group, cleo, counselor, here=True).minutes == 90
    with pytest.raises(Refused, match="already"):
        actions.add_walk_in(session=group, episode=cleo.episode, by=counselor, at=stage.AFTER)


def test_someone_whose_seat_was_given_up_may_walk_in_again(group, ada, counselor):
    Seat.objects.filter(session=group, episode=ada.episode).update(dropped_at=stage.BEGAN)
    actions.add_walk_in(session=group, episode=ada.episode, by=counselor, at=stage.AFTER)
    assert len(queries.sheet(group)) == 2


def test_a_session_of_another_program_takes_nobody_of_ours(group, outsider):
    dee = make.person_in_care(outsider.program, outsider, name="Dee Farfield")
    with pytest.raises(Refused, match="not in care"):
        actions.add_walk_in(session=group, episode=dee.episode, by=outsider, at=stage.AFTER)


def test_making_up_needs_a_session_of_the_kind_missed_this_week(program, group, ada, counselor):
    friday = stage.session(program, counselor, starts=stage.STARTS + 2 * DAY, title="Friday group")
    facts = {"session": friday, "episode": ada.episode, "made_up": True, "by": counselor}
    with pytest.raises(Refused, match="none to make up"):
        actions.add_walk_in(**facts, at=stage.AFTER)
    away(group, ada, counselor)
    actions.add_walk_in(**facts, at=stage.AFTER)
    record(friday, ada, counselor, here=True, at=stage.AFTER + 2 * DAY)
    assert rules.Status.MADE_UP in queries.sheet(friday)[0].statuses
    rate = queries.rate(ada.episode.pk, group.on, group.on + 4 * DAY)
    assert (rate.attended, rate.scheduled) == (90, 90)
