"""What planning writes, what it turns down, and that nothing remains of what it turned down."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db import connection

from conftest import NOW, TODAY
from openiop.audit.models import Event
from openiop.base.errors import Refused
from openiop.base.rules import Period, week_of
from openiop.curriculum import actions as curriculum
from openiop.participants import actions as participants
from openiop.programs import actions as programs
from openiop.schedule import actions, jobs, queries
from openiop.schedule.models import Busy, Enrollment, Group, Prescription, Seat, Session
from openiop.schedule.rules import Block
from tests import make
from tests.make import BEGAN
from tests.make import schedule as week

SOON = date(2026, 10, 15)  # Thursday, the day after TODAY
MONDAY = date(2026, 10, 12)


def events(what):
    return Event.objects.filter(what=what).count()


def counts():
    return [model.objects.count() for model in (Group, Session, Seat, Enrollment, Prescription, Busy, Event)]


@pytest.fixture
def groups(program, counselor):
    return week.evening_week(program, counselor)


@pytest.fixture
def turned_down():
    """Run an action that must be turned down, and show that it left nothing behind."""

    def check(action, words, **facts):
        before = counts()
        with pytest.raises(Refused, match=words):
            action(**facts)
        assert counts() == before

    return check


# --- tracks, groups, sessions ---


def test_a_track_needs_a_name_of_its_own_and_a_known_time_of_day(program, turned_down):
    week.track(program)
    facts = {"program": program, "virtual": False, "by": None, "at": NOW}
    turned_down(actions.add_track, "already", name="Evening", tone="evening", **facts)
    turned_down(actions.add_track, "needs a name", name=" ", tone="evening", **facts)
    turned_down(actions.add_track, "day, evening or virtual", name="Night", tone="night", **facts)


def test_a_group_needs_a_free_room_a_free_facilitator_and_seats_that_fit(program, counselor, supervisor, turned_down):
    willow, cedar, evening = week.place(program), week.place(program, "Cedar", seats=8), week.track(program)
    week.group(evening, willow, counselor)
    sound = {
        "track": evening, "name": "Process", "service": "group", "weekday": 0, "starts": time(18), "minutes": 90,
        "place": cedar, "facilitator": supervisor, "capacity": 8, "from_on": TODAY, "by": supervisor, "at": NOW,
    }  # fmt: skip
    turned_down(actions.add_group, "Willow is taken then: Evening Skills", **sound | {"place": willow})
    turned_down(actions.add_group, "Joan Birchwell already leads Evening Skills", **sound | {"facilitator": counselor})
    turned_down(actions.add_group, "Joan Birchwell already leads", **sound | {"co_facilitator": counselor})
    turned_down(actions.add_group, "Cedar has 8 seats, fewer than 9", **sound | {"capacity": 9})
    turned_down(actions.add_group, "at least one seat", **sound | {"capacity": 0})
    turned_down(actions.add_group, "needs a name", **sound | {"name": ""})
    turned_down(actions.add_group, "kind of group", **sound | {"service": "magic"})
    turned_down(actions.add_group, "day of the week", **sound | {"weekday": 7})
    turned_down(actions.add_group, "at least a minute", **sound | {"minutes": 0})
    assert actions.add_group(**sound).name == "Process"
    assert events("group.added") == 2


def test_a_group_is_led_by_staff_of_its_own_program_in_its_own_room(program, outsider, ada, turned_down):
    willow, evening = week.place(program), week.track(program)
    foreign = week.place(outsider.program)
    sound = {
        "track": evening, "name": "Process", "service": "group", "weekday": 0, "starts": time(18), "minutes": 90,
        "place": willow, "capacity": 8, "from_on": TODAY, "by": None, "at": NOW,
    }  # fmt: skip
    turned_down(actions.add_group, "staff of this program", facilitator=outsider, **sound)
    turned_down(actions.add_group, "staff of this program", facilitator=ada.membership, **sound)
    turned_down(actions.add_group, "not in use", facilitator=outsider, **sound | {"place": foreign})


@pytest.mark.parametrize("who", ["biller", "front_desk", "director", "intake"])
def test_groups_and_visits_are_led_only_by_those_whose_role_leads(
    who, request, program, counselor, supervisor, ada, turned_down
):
    member, willow, evening = request.getfixturevalue(who), week.place(program), week.track(program)
    group = week.group(evening, willow, counselor, weekday=3)
    (session,) = week.sessions(program, MONDAY, date(2026, 10, 19))
    facts, says = {"by": supervisor, "at": NOW}, f"{member.name} does not lead"
    place_and_time = {"weekday": 1, "starts": time(9), "minutes": 90, "place": willow, "from_on": TODAY}
    new = place_and_time | {"track": evening, "name": "Art", "service": "holistic", "capacity": 8}
    turned_down(actions.add_group, says, facilitator=member, **new, **facts)
    turned_down(actions.add_group, says, facilitator=counselor, co_facilitator=member, **new, **facts)
    turned_down(actions.move_group, says, group=group, facilitator=member, **place_and_time, **facts)
    turned_down(actions.change_facilitator, says, session=session, to=member, **facts)
    turned_down(actions.cover_day, says, out=counselor, on=SOON, choices={session: member}, reason="", **facts)
    turned_down(
        actions.plan_visit, says, episode=ada.episode, service="individual", on=SOON, starts=time(9), minutes=50,
        place=willow, facilitator=member, **facts,
    )  # fmt: skip
    assert member not in [row for row, _ in queries.free_to_lead(session, TODAY)]
    (line,) = queries.cover_lines(counselor, SOON, NOW)
    assert line.free == [supervisor]


def test_a_group_begins_today_or_later_but_may_be_entered_within_its_first_week(program, counselor, turned_down):
    willow, evening = week.place(program), week.track(program)
    sound = {
        "track": evening, "name": "Process", "service": "group", "weekday": 0, "starts": time(18), "minutes": 90,
        "place": willow, "facilitator": counselor, "capacity": 8, "by": counselor, "at": NOW,
    }  # fmt: skip
    turned_down(actions.add_group, "Choose a day from today on.", from_on=date(2020, 1, 1), **sound)
    turned_down(actions.add_group, "Choose a day from today on.", from_on=TODAY - timedelta(days=8), **sound)
    assert actions.add_group(from_on=TODAY - timedelta(days=7), **sound)


def test_a_group_may_not_be_laid_over_a_visit_already_planned(program, counselor, supervisor, ada, turned_down):
    willow, evening = week.place(program), week.track(program)
    visit(ada, willow, counselor, on=date(2026, 10, 19), starts=time(18))
    with pytest.raises(Refused, match=r"Willow is taken then: Individual, Mon Oct 19"):
        week.group(evening, willow, supervisor, from_on=TODAY, at=NOW)
    week.group(evening, willow, counselor, weekday=1, from_on=TODAY, at=NOW)


def test_sessions_are_made_once_with_a_seat_for_each_person_enrolled(program, groups, ada):
    actions.enroll(group=groups[0], episode=ada.episode, from_on=date(2026, 10, 1), by=None, at=BEGAN)
    made = week.sessions(program, date(2026, 9, 28), date(2026, 10, 19))
    assert len(made) == 3 * 6
    assert sorted(seat.session.on for seat in Seat.objects.select_related("session")) == [
        date(2026, 10, 5),
        MONDAY,
    ]  # not the Monday before the person joined
    assert week.sessions(program, date(2026, 9, 28), date(2026, 10, 19)) == []
    assert Session.objects.count() == 18
    assert events("sessions.made") == 1


def test_making_further_weeks_adds_only_the_new_ones(program, groups):
    week.sessions(program, MONDAY, date(2026, 10, 19))
    assert len(week.sessions(program, MONDAY, date(2026, 10, 26))) == 6


@pytest.mark.parametrize("change", [date(2026, 3, 8), date(2026, 11, 1)])
def test_groups_keep_their_local_time_and_length_over_the_clock_change(program, counselor, change):
    group = week.group(
        week.track(program),
        week.place(program),
        counselor,
        from_on=date(2026, 1, 5),
        at=datetime(2026, 1, 5, 14, tzinfo=UTC),
    )
    before = week_of(change - timedelta(days=6)).first
    sessions = week.sessions(program, before, before + timedelta(days=14))
    local = [one.starts_at.astimezone(ZoneInfo(program.zone)) for one in sessions]
    assert [(one.date(), one.time()) for one in local] == [
        (before, time(17, 30)),
        (before + timedelta(days=7), time(17, 30)),
    ]
    assert local[0].utcoffset() != local[1].utcoffset()
    assert {one.ends_at - one.starts_at for one in sessions} == {timedelta(minutes=group.minutes)}


def test_no_session_is_made_on_a_closed_day_and_one_made_before_is_cancelled_with_the_reason(program, groups):
    week.sessions(program, MONDAY, date(2026, 10, 19))
    programs.set_policy(
        program=program, name="closed-days", source="The program's own calendar", from_on=date(2026, 1, 1),
        value=[{"on": day, "why": "Staff day"} for day in ("2026-10-15", "2026-10-22")], by=None, at=NOW,
    )  # fmt: skip
    assert week.sessions(program, MONDAY, date(2026, 10, 19), at=NOW) == []
    assert {row.cancelled_reason for row in Session.objects.filter(on=SOON)} == {"Closed: Staff day"}
    assert Session.objects.filter(status="cancelled").count() == 2
    after = week.sessions(program, date(2026, 10, 19), date(2026, 10, 26))
    assert {row.on for row in after} == {date(2026, 10, 19), date(2026, 10, 21)}


def test_the_job_keeps_six_weeks_made_and_does_nothing_the_second_time(program, groups):
    assert jobs.run_due(NOW) == 6 * 6
    assert jobs.run_due(NOW) == 0
    programs.set_policy(
        program=program, name="weeks-ahead", value=8, source="Program default", from_on=TODAY, by=None, at=NOW
    )
    assert jobs.run_due(NOW) == 2 * 6


def test_a_moved_group_takes_its_people_and_leaves_the_past_alone(program, counselor, supervisor, groups, ada, ben):
    skills, cedar = groups[0], week.place(program, "Cedar")
    for person in (ada, ben):
        actions.enroll(group=skills, episode=person.episode, from_on=date(2026, 9, 14), by=None, at=BEGAN)
    week.sessions(program, date(2026, 10, 5), date(2026, 11, 2))
    moved = actions.move_group(
        group=skills, weekday=1, starts=time(18), minutes=60, place=cedar, facilitator=supervisor,
        from_on=date(2026, 10, 19), by=supervisor, at=NOW,
    )  # fmt: skip
    past = Session.objects.filter(group=skills)
    assert {row.on for row in past} == {date(2026, 10, 5), MONDAY}
    ahead = list(Session.objects.filter(group=moved).order_by("on"))
    assert [row.on for row in ahead] == [date(2026, 10, 20), date(2026, 10, 27)]
    assert {(row.place_id, row.facilitator_id) for row in ahead} == {(cedar.pk, supervisor.pk)}
    assert {row.ends_at - row.starts_at for row in ahead} == {timedelta(hours=1)}
    assert [len(queries.roster(row)) for row in ahead] == [2, 2]
    skills.refresh_from_db()
    assert skills.until_on == moved.from_on == date(2026, 10, 19)
    assert Enrollment.objects.filter(group=moved, until_on__isnull=True).count() == 2
    assert events("group.moved") == 1


def test_a_group_moved_to_earlier_in_the_week_loses_the_days_gone_by_with_a_reason(program, counselor, groups):
    thursday = groups[4]
    week.sessions(program, MONDAY, date(2026, 10, 26))
    moved = actions.move_group(
        group=thursday, weekday=1, starts=time(17, 30), minutes=90, place=thursday.place, facilitator=counselor,
        from_on=TODAY, by=counselor, at=NOW,
    )  # fmt: skip
    gone = Session.objects.get(group=thursday, on=SOON)
    assert (gone.status, gone.cancelled_reason) == ("cancelled", "The group moved to another day")
    assert [row.on for row in Session.objects.filter(group=moved)] == [date(2026, 10, 20)]


def test_a_group_cannot_move_onto_others_or_into_the_past(
    program, counselor, supervisor, groups, ada, ben, turned_down
):
    monday, later_monday = groups[0], groups[1]
    sound = {
        "group": monday, "weekday": 1, "starts": time(18), "minutes": 60, "place": monday.place,
        "facilitator": counselor, "from_on": SOON, "by": supervisor, "at": NOW,
    }  # fmt: skip
    for group in (monday, groups[2]):
        actions.enroll(group=group, episode=ada.episode, from_on=week.FROM.replace(day=30, month=9), by=None, at=BEGAN)
    turned_down(actions.move_group, "Willow is taken", **sound | {"weekday": 0, "starts": later_monday.starts})
    turned_down(actions.move_group, "today or a later day", **sound | {"from_on": MONDAY})
    actions.enroll(group=monday, episode=ben.episode, from_on=TODAY, by=None, at=BEGAN)
    turned_down(actions.move_group, "2 people are in this group, more than 1 seats", **sound | {"capacity": 1})
    cedar = week.place(program, "Cedar")
    turned_down(
        actions.move_group,
        "1 person of this group is in another group",
        **sound | {"weekday": 2, "starts": time(17, 30), "place": cedar, "facilitator": supervisor},
    )
    actions.close_group(group=monday, on=SOON, reason="No longer needed", by=supervisor, at=NOW)
    turned_down(actions.move_group, "has ended by then", **sound)


def test_a_closed_group_cancels_what_lies_ahead_and_frees_its_people(program, supervisor, groups, ada, turned_down):
    actions.enroll(group=groups[0], episode=ada.episode, from_on=date(2026, 9, 14), by=None, at=BEGAN)
    week.sessions(program, MONDAY, date(2026, 10, 26))
    sound = {"group": groups[0], "on": TODAY, "reason": "Too few people", "by": supervisor, "at": NOW}
    turned_down(actions.close_group, "Say why", **sound | {"reason": " "})
    turned_down(actions.close_group, "had not begun", **sound | {"on": date(1926, 10, 14)})
    turned_down(actions.close_group, "Look at the year", **sound | {"on": date(2126, 10, 14)})
    groups[0].refresh_from_db()
    assert groups[0].until_on is None
    actions.close_group(**sound)
    assert list(Session.objects.filter(group=groups[0]).order_by("on").values_list("on", "status")) == [
        (MONDAY, "planned"),
        (date(2026, 10, 19), "cancelled"),
    ]
    assert queries.enrollments(ada.episode.pk, TODAY) == []
    turned_down(actions.close_group, "ended already", **sound)


# --- one person's week ---


def test_a_prescription_is_dated_and_says_where_it_leaves_the_bounds(ada, counselor):
    facts = {"episode": ada.episode, "mix": {"group": 6, "family": 0}, "by": counselor}
    first = actions.prescribe(from_on=date(2026, 9, 14), minutes_a_week=540, days_a_week=3, at=BEGAN, **facts)
    second = actions.prescribe(from_on=TODAY, minutes_a_week=480, days_a_week=3, reason="Childcare", at=NOW, **facts)
    assert first.warnings == []
    assert first.mix == {"group": 6}
    assert second.warnings == ["8 hours a week does not meet the adult minimum of 9 hours for level 2.1."]
    assert queries.prescription(ada.episode.pk, date(2026, 10, 13)) == first
    assert queries.prescription(ada.episode.pk, TODAY) == second
    assert queries.prescription(ada.episode.pk, date(2026, 9, 1)) is None
    assert events("week.prescribed") == 2


def test_the_bounds_are_the_programs_own_dated_policy(program, ada, counselor):
    programs.set_policy(
        program=program, name="week-hours", value={"low": 6, "least": 10, "next": 20}, source="Payer contract",
        from_on=TODAY, by=None, at=NOW,
    )  # fmt: skip
    facts = {"episode": ada.episode, "minutes_a_week": 540, "days_a_week": 3, "mix": {}, "by": counselor, "at": NOW}
    facts["reason"] = "Agreed with the payer"
    assert actions.prescribe(from_on=date(2026, 10, 13), **facts).warnings == []
    assert "minimum of 10 hours" in actions.prescribe(from_on=TODAY, **facts).warnings[0]


def test_an_impossible_prescription_leaves_nothing(ada, counselor, turned_down):
    facts = {"episode": ada.episode, "from_on": TODAY, "mix": {}, "by": counselor, "at": NOW}
    turned_down(actions.prescribe, "more than zero", minutes_a_week=0, days_a_week=3, **facts)


def test_availability_is_replaced_from_the_day_on_and_kept_for_the_weeks_before(ada, counselor):
    work, school = Block(0, time(9), time(17), "work", 30), Block(2, time(18), time(20), "school")
    facts = {"episode": ada.episode, "by": counselor, "at": NOW}
    actions.set_busy(blocks=[work], from_on=date(2026, 9, 14), **facts)
    actions.set_busy(blocks=[work, school], from_on=TODAY, **facts)
    assert queries.blocks(ada.episode.pk, date(2026, 10, 13)) == [work]
    assert queries.blocks(ada.episode.pk, TODAY) == queries.blocks(ada.episode.pk) == [work, school]
    before = counts()
    actions.set_busy(blocks=[school, work, work], from_on=TODAY, **facts)  # sent twice: nothing new
    assert counts() == before


def test_a_night_shift_is_two_stretches(ada, counselor):
    actions.set_busy(episode=ada.episode, blocks=[Block(4, time(22), time(6))], from_on=TODAY, by=counselor, at=NOW)
    assert [(row.weekday, row.starts, row.ends) for row in queries.busy(ada.episode.pk)] == [
        (4, time(22), time(23, 59)),
        (5, time(0), time(6)),
    ]


def test_a_stretch_that_cannot_be_leaves_the_old_ones(ada, ben, counselor, turned_down):
    facts = {"episode": ada.episode, "from_on": TODAY, "by": counselor, "at": NOW}
    actions.set_busy(blocks=[Block(0, time(9), time(17))], **facts)
    participants.end_episode(episode=ben.episode, on=TODAY, reason="1", last_contact_on=TODAY, by=counselor, at=NOW)
    turned_down(actions.set_busy, "episode has ended", blocks=[], **facts | {"episode": ben.episode})
    turned_down(actions.set_busy, "Travel is 0 to 240", blocks=[Block(0, time(9), time(17), "work", 500)], **facts)


def test_enrolling_takes_a_seat_in_every_session_ahead_and_in_none_gone_by(program, groups, ada, counselor):
    week.sessions(program, date(2026, 10, 5), date(2026, 10, 26))
    actions.enroll(group=groups[0], episode=ada.episode, from_on=date(2026, 10, 1), by=counselor, at=NOW)
    assert [row.session.on for row in ada.episode.seats.select_related("session")] == [date(2026, 10, 19)]
    actions.enroll(group=groups[2], episode=ada.episode, from_on=TODAY, by=counselor, at=NOW)
    assert [one.on for one in queries.person_sessions(ada.episode.pk, TODAY, date(2026, 10, 19))] == [TODAY]
    assert events("group.joined") == 2


def test_a_full_group_takes_nobody_more(program, counselor, ada, ben, turned_down):
    group = week.group(week.track(program), week.place(program), counselor, capacity=1)
    actions.enroll(group=group, episode=ada.episode, from_on=TODAY, by=counselor, at=NOW)
    facts = {"group": group, "episode": ben.episode, "from_on": TODAY, "by": counselor, "at": NOW}
    turned_down(actions.enroll, "Evening Skills is full: all 1 seats are taken", **facts)
    participants.end_episode(episode=ada.episode, on=TODAY, reason="1", last_contact_on=TODAY, by=counselor, at=NOW)
    assert actions.enroll(**facts)  # a seat is free once care has ended


def test_one_person_cannot_be_in_two_groups_at_once(program, counselor, supervisor, ada, turned_down):
    evening = week.track(program)
    one = week.group(evening, week.place(program), counselor)
    other = week.group(evening, week.place(program, "Cedar"), supervisor, "Process", starts=time(18))
    facts = {"episode": ada.episode, "from_on": TODAY, "by": counselor, "at": NOW}
    turned_down(actions.enroll_all, "are at the same time", groups=[one, other], **facts)
    actions.enroll(group=one, **facts)
    turned_down(actions.enroll, "Evening Process and Evening Skills are at the same time", group=other, **facts)
    turned_down(actions.enroll, "in this group already", group=one, **facts)
    changes = actions.choose_groups(
        join=[other], leave=Enrollment.objects.select_related("episode__participant").filter(group=one), **facts
    )
    assert (changes.joined, changes.left) == (1, 1)


def test_an_enrollment_is_turned_down_for_the_dead_ends(program, counselor, groups, ada, outsider, turned_down):
    facts = {"group": groups[0], "episode": ada.episode, "by": counselor, "at": NOW}
    turned_down(actions.enroll, "before care begins", from_on=date(2026, 9, 1), **facts)
    foreign = week.group(week.track(outsider.program), week.place(outsider.program), outsider)
    turned_down(actions.enroll, "not one of this program", from_on=TODAY, **facts | {"group": foreign})
    visit(ada, groups[0].place, counselor, on=date(2026, 10, 19), starts=time(16, 45), minutes=45)
    assert actions.enroll(from_on=TODAY, **facts)
    ending = week.group(
        week.track(program, "Day", "day"), groups[0].place, counselor, "Old", weekday=4, until_on=date(2026, 9, 1)
    )
    turned_down(actions.enroll, "has ended by then", from_on=TODAY, **facts | {"group": ending})
    participants.end_episode(episode=ada.episode, on=TODAY, reason="1", last_contact_on=TODAY, by=counselor, at=NOW)
    turned_down(actions.enroll, "episode has ended", from_on=TODAY, **facts | {"group": groups[2]})


def test_a_group_that_runs_into_a_visit_of_the_person_is_turned_down(program, counselor, groups, ada, turned_down):
    cedar, other = week.place(program, "Cedar"), make.member(program, "counselor", name="Ira Fennel")
    visit(ada, cedar, other, on=date(2026, 10, 19), starts=time(18))
    turned_down(
        actions.enroll, "Skills runs into a visit on Mon Oct 19: Individual",
        group=groups[0], episode=ada.episode, from_on=TODAY, by=counselor, at=NOW,
    )  # fmt: skip


def test_leaving_drops_the_seats_ahead_only_and_coming_back_takes_them_again(program, groups, ada, counselor):
    row = actions.enroll(group=groups[2], episode=ada.episode, from_on=date(2026, 9, 14), by=counselor, at=BEGAN)
    week.sessions(program, date(2026, 10, 5), date(2026, 10, 26))
    actions.leave_group(enrollment=row, on=MONDAY, by=counselor, at=NOW)
    kept = Seat.objects.filter(episode=ada.episode, dropped_at__isnull=True).values_list("session__on", flat=True)
    assert sorted(kept) == [date(2026, 10, 7)]
    actions.enroll(group=groups[2], episode=ada.episode, from_on=TODAY, by=counselor, at=NOW)
    assert kept.all().count() == 3
    assert Seat.objects.count() == 3


def test_leaving_twice_is_turned_down(groups, ada, counselor, turned_down):
    row = actions.enroll(group=groups[0], episode=ada.episode, from_on=TODAY, by=counselor, at=NOW)
    actions.leave_group(enrollment=row, on=TODAY, by=counselor, at=NOW)
    turned_down(actions.leave_group, "left this group already", enrollment=row, on=SOON, by=counselor, at=NOW)


def test_when_care_ends_the_week_is_emptied(program, groups, ada, counselor):
    actions.enroll_all(groups=groups, episode=ada.episode, from_on=date(2026, 9, 14), by=counselor, at=BEGAN)
    week.sessions(program, MONDAY, date(2026, 10, 26))
    visit(ada, groups[0].place, counselor, on=SOON, starts=time(12))
    assert actions.leave_all(episode=ada.episode, on=SOON, by=counselor, at=NOW) == 2 + 6 + 1
    assert queries.next_session(ada.episode.pk, datetime(2026, 10, 15, 3, tzinfo=UTC)) is None
    assert Session.objects.get(group__isnull=True).cancelled_reason == "Care has ended"


def test_week_hours_count_treatment_that_is_planned_and_nothing_else(program, groups, ada, ben, counselor):
    actions.enroll_all(groups=groups, episode=ada.episode, from_on=date(2026, 9, 14), by=counselor, at=BEGAN)
    support = week.group(groups[0].track, groups[0].place, counselor, "Alumni", weekday=4, service="support-group")
    actions.enroll(group=support, episode=ada.episode, from_on=date(2026, 9, 14), by=counselor, at=BEGAN)
    week.sessions(program, MONDAY, date(2026, 10, 26))
    both = [ada.episode.pk, ben.episode.pk]
    assert queries.week_hours(both, week_of(TODAY)) == {ada.episode.pk: 540, ben.episode.pk: 0}
    actions.cancel_session(
        session=Session.objects.get(on=SOON, group=groups[4]), reason="Weather", by=counselor, at=NOW
    )
    assert queries.week_hours(both, week_of(TODAY))[ada.episode.pk] == 450
    assert queries.week_hours(both, Period(MONDAY))[ada.episode.pk] == 990
    assert queries.planned_mix(ada.episode.pk, week_of(TODAY)) == {"skills": 5, "support-group": 1}


def test_clashes_name_the_busy_stretch_and_change_with_it(groups, ada, counselor):
    assert queries.clashes(ada.episode, groups) == []
    actions.set_busy(
        episode=ada.episode, blocks=[Block(0, time(9), time(17), "work", 45)], from_on=TODAY, by=counselor, at=NOW
    )
    (clash,) = queries.clashes(ada.episode, groups)
    assert (clash.key, clash.minutes) == (str(groups[0].pk), 15)
    assert queries.clashes(ada.episode, groups, MONDAY) == []


# --- one session ---


def visit(person, place, facilitator, on=SOON, starts=time(11), minutes=50, service="individual", at=NOW):
    return actions.plan_visit(
        episode=person.episode, service=service, on=on, starts=starts, minutes=minutes, place=place,
        facilitator=facilitator, by=facilitator, at=at,
    )  # fmt: skip


def test_a_visit_has_one_seat_and_takes_room_facilitator_and_person(program, counselor, supervisor, ada, ben):
    willow, cedar = week.place(program), week.place(program, "Cedar")
    session = visit(ada, willow, counselor)
    assert [seat.episode for seat in queries.roster(session)] == [ada.episode]
    for person, place, who, words in (
        (ben, willow, supervisor, "Willow is taken"),
        (ben, cedar, counselor, "Joan Birchwell already leads"),
        (ada, cedar, supervisor, "already expected at Individual"),
    ):
        with pytest.raises(Refused, match=words):
            visit(person, place, who, starts=time(11, 30))
    assert visit(ben, willow, counselor, starts=time(11, 50))
    assert events("visit.planned") == 2


def test_a_visit_sees_groups_whose_sessions_are_not_made_yet(program, groups, supervisor, ada, counselor):
    actions.enroll(group=groups[0], episode=ada.episode, from_on=TODAY, by=counselor, at=NOW)
    monday, cedar = date(2027, 3, 15), week.place(program, "Cedar")
    with pytest.raises(Refused, match="Willow is taken then: Skills"):
        visit(ada, groups[0].place, supervisor, on=monday, starts=time(18))
    with pytest.raises(Refused, match="already expected at Skills"):
        visit(ada, cedar, supervisor, on=monday, starts=time(18))
    assert visit(ada, cedar, supervisor, on=monday, starts=time(16))


def test_a_visit_that_cannot_be_is_turned_down(program, counselor, ada, outsider, turned_down):
    willow = week.place(program)
    programs.set_policy(
        program=program, name="closed-days", value=[{"on": "2026-11-26", "why": "Thanksgiving Day"}],
        source="5 U.S.C. 6103", from_on=date(2026, 1, 1), by=None, at=NOW,
    )  # fmt: skip
    sound = {
        "episode": ada.episode, "service": "family", "on": SOON, "starts": time(11), "minutes": 50, "place": willow,
        "facilitator": counselor, "by": counselor, "at": NOW,
    }  # fmt: skip
    turned_down(actions.plan_visit, "kind of visit", **sound | {"service": "skills"})
    turned_down(actions.plan_visit, "at least a minute", **sound | {"minutes": 0})
    turned_down(actions.plan_visit, "staff of this program", **sound | {"facilitator": outsider})
    turned_down(actions.plan_visit, "not in use", **sound | {"place": week.place(outsider.program)})
    turned_down(actions.plan_visit, "closed on that day: Thanksgiving Day", **sound | {"on": date(2026, 11, 26)})
    turned_down(actions.plan_visit, "has passed", **sound | {"on": MONDAY})
    turned_down(actions.plan_visit, "before care begins", **sound | {"on": date(2026, 9, 1)})
    participants.end_episode(episode=ada.episode, on=TODAY, reason="1", last_contact_on=TODAY, by=counselor, at=NOW)
    turned_down(actions.plan_visit, "episode has ended", **sound)


def test_weekly_visits_are_planned_all_together_or_not_at_all(program, counselor, supervisor, ada, ben, turned_down):
    willow = week.place(program)
    programs.set_policy(
        program=program, name="closed-days", value=[{"on": "2026-11-26", "why": "Thanksgiving Day"}],
        source="5 U.S.C. 6103", from_on=date(2026, 1, 1), by=None, at=NOW,
    )  # fmt: skip
    sound = {
        "episode": ada.episode, "service": "individual", "on": SOON, "starts": time(11), "minutes": 50,
        "place": willow, "facilitator": counselor, "by": counselor, "at": NOW, "weeks": 8,
    }  # fmt: skip
    turned_down(actions.plan_visits, "1 to 52 weeks", **sound | {"weeks": 0})
    visit(ben, willow, supervisor, on=date(2026, 10, 29))
    turned_down(actions.plan_visits, "Willow is taken then: Individual, Thu Oct 29", **sound)
    made = actions.plan_visits(**sound | {"starts": time(12)})
    assert len(made) == 7  # not on Thanksgiving Day
    assert {row.starts_at.astimezone(ZoneInfo(program.zone)).time() for row in made} == {time(12)}
    assert events("visit.planned") == 8


def test_a_cancelled_session_keeps_its_reason_and_can_be_restored_while_all_is_free(
    program, counselor, ada, ben, turned_down
):
    willow = week.place(program)
    session = visit(ada, willow, counselor)
    turned_down(actions.cancel_session, "Say why", session=session, reason="", by=counselor, at=NOW)
    turned_down(actions.restore_session, "not cancelled", session=session, by=counselor, at=NOW)
    done = actions.cancel_session(session=session, reason="Weather", by=counselor, at=NOW)
    assert (done.status, done.cancelled_reason) == ("cancelled", "Weather")
    turned_down(actions.cancel_session, "already", session=session, reason="Weather", by=counselor, at=NOW)
    other = visit(ben, willow, counselor)
    turned_down(actions.restore_session, "Willow is taken", session=session, by=counselor, at=NOW)
    actions.cancel_session(session=other, reason="Weather", by=counselor, at=NOW)
    assert actions.restore_session(session=session, by=counselor, at=NOW).status == "planned"
    after = datetime(2026, 10, 16, tzinfo=UTC)
    turned_down(actions.cancel_session, "taken place", session=session, reason="Weather", by=counselor, at=after)
    turned_down(actions.restore_session, "has passed", session=other, by=counselor, at=after)


def test_a_substitute_must_be_free_staff_of_the_program(
    program, counselor, supervisor, ada, ben, outsider, turned_down
):
    session = visit(ada, week.place(program), counselor)
    facts = {"by": supervisor, "at": NOW}
    turned_down(actions.change_facilitator, "staff of this program", session=session, to=outsider, **facts)
    turned_down(actions.change_facilitator, "staff of this program", session=session, to=ada.membership, **facts)
    taken = visit(ben, week.place(program, "Cedar"), supervisor)
    turned_down(actions.change_facilitator, "already leads Individual", session=session, to=supervisor, **facts)
    actions.cancel_session(session=taken, reason="Weather", **facts)
    days = {"from_on": session.on, "until_on": session.on + timedelta(days=1)}
    away = actions.note_away(member=supervisor, why="sick", **days, **facts)
    turned_down(actions.change_facilitator, "out", session=session, to=supervisor, **facts)
    actions.note_back(away=away, **facts)
    assert actions.change_facilitator(session=session, to=supervisor, **facts).facilitator == supervisor
    before = counts()
    actions.change_facilitator(session=session, to=supervisor, **facts)
    assert counts() == before
    turned_down(actions.change_facilitator, "is cancelled", session=taken, to=counselor, **facts)


def test_the_co_facilitator_who_takes_over_is_named_once(program, counselor, supervisor):
    week.group(week.track(program), week.place(program), counselor, weekday=3, co_facilitator=supervisor)
    (session,) = week.sessions(program, MONDAY, date(2026, 10, 19))
    done = actions.change_facilitator(session=session, to=supervisor, by=supervisor, at=NOW)
    assert (done.facilitator, done.co_facilitator) == (supervisor, None)


def test_a_day_is_covered_all_together_or_not_at_all(program, counselor, supervisor, prescriber, ada, turned_down):
    willow, evening = week.place(program), week.track(program)
    for name, starts, second in (
        ("Skills", time(9), None),
        ("Process", time(11), None),
        ("Art", time(13), supervisor),
        ("Yoga", time(15), supervisor),
    ):
        week.group(evening, willow, counselor, name, 3, starts, co_facilitator=second)
    skills, process, art, yoga = week.sessions(program, SOON, date(2026, 10, 16))
    facts = {"out": counselor, "on": SOON, "reason": "Facilitator away", "by": supervisor, "at": NOW}
    turned_down(
        actions.cover_day, "Nobody else leads Skills", choices={process: prescriber, skills: counselor}, **facts
    )
    turned_down(
        actions.cover_day, "staff of this program", choices={process: prescriber, skills: ada.membership}, **facts
    )
    done = actions.cover_day(choices={skills: prescriber, process: None, art: counselor, yoga: prescriber}, **facts)
    assert (done.given, done.alone, done.cancelled) == (2, 1, 1)
    for session in (skills, process, art, yoga):
        session.refresh_from_db()
    assert skills.facilitator == prescriber
    assert (process.status, process.cancelled_reason) == ("cancelled", "Facilitator away")
    assert (art.facilitator, art.co_facilitator) == (supervisor, None)
    assert (yoga.facilitator, yoga.co_facilitator) == (prescriber, supervisor)
    turned_down(actions.cover_day, "no longer theirs", choices={skills: prescriber}, **facts)
    turned_down(actions.cover_day, "cancelled already", choices={process: prescriber}, **facts)


def test_what_is_over_is_neither_listed_nor_given_to_someone_else(program, counselor, supervisor, turned_down):
    willow, evening = week.place(program), week.track(program)
    for name, starts in (("Early", time(9)), ("Late", time(17, 30))):
        week.group(evening, willow, counselor, name, 3, starts)
    early, late = week.sessions(program, SOON, date(2026, 10, 16))
    noon = early.ends_at
    assert queries.out_on(program.pk, SOON, noon) == [(counselor, 1)]
    assert [line.session for line in queries.cover_lines(counselor, SOON, noon)] == [late]
    assert queries.out_on(program.pk, SOON, noon - timedelta(minutes=1)) == [(counselor, 2)]
    assert queries.out_on(program.pk, SOON, late.ends_at) == []
    facts = {"out": counselor, "on": SOON, "reason": "", "by": supervisor, "at": noon}
    turned_down(actions.cover_day, "Early is over", choices={late: supervisor, early: supervisor}, **facts)
    turned_down(actions.cover_day, "Early is over", choices={late: supervisor, early: None}, **facts)
    assert actions.cover_day(choices={late: supervisor}, **facts).given == 1


def test_a_visit_goes_to_a_counselor_or_supervisor_before_a_prescriber(program, counselor, supervisor, prescriber, ada):
    other = make.member(program, "prescriber", name="Abe Firstlight", credential="MD")
    visit(ada, week.place(program), counselor)
    (line,) = queries.cover_lines(counselor, SOON, NOW)
    assert line.free == [supervisor, other, prescriber]
    assert line.proposed == str(supervisor.pk)


def test_a_substitute_its_people_know_comes_first_and_a_prescriber_last(program, counselor, supervisor, prescriber):
    abe = make.member(program, "counselor", name="Abe Firstlight", credential="LPC")
    zoe = make.member(program, "counselor", name="Zoe Lastlight", credential="LMFT")
    group = week.group(week.track(program), week.place(program), counselor, weekday=3, service="group")
    before, session = week.sessions(program, date(2026, 10, 8), date(2026, 10, 16))
    assert before.group == group
    (line,) = queries.cover_lines(counselor, SOON, NOW)
    assert line.free == [abe, supervisor, zoe, prescriber]  # the same credential first
    Session.objects.filter(pk=before.pk).update(facilitator=zoe)
    (line,) = queries.cover_lines(counselor, SOON, NOW)
    assert (line.free[0], line.free[-1], line.proposed) == (zoe, prescriber, str(zoe.pk))
    out = {"why": "sick", "from_on": SOON, "until_on": SOON + timedelta(days=1)}
    actions.note_away(member=zoe, **out, by=counselor, at=NOW)
    (line,) = queries.cover_lines(counselor, SOON, NOW)
    assert zoe not in line.free
    assert (zoe, "out that day") in line.taken
    assert (zoe, ["out that day"]) in queries.free_to_lead(session, TODAY)


def test_covering_a_day_notes_who_is_out_once_and_says_only_what_was_done(program, counselor, supervisor):
    week.group(week.track(program), week.place(program), counselor, weekday=3)
    week.group(week.track(program, "Day"), week.place(program, "Ash"), counselor, weekday=3, starts=time(9))
    early, late = week.sessions(program, SOON, date(2026, 10, 16))
    facts = {"out": counselor, "on": SOON, "reason": "Away", "why": "sick", "by": supervisor, "at": NOW}
    assert actions.cover_day(choices={early: supervisor}, **facts).words == "1 to a substitute"
    assert actions.cover_day(choices={late: None}, **facts).words == "1 cancelled"
    assert set(queries.away_on(program.pk, SOON)) == {counselor.pk}


def test_a_co_facilitator_who_is_out_is_replaced_as_such(program, counselor, supervisor, prescriber):
    week.group(week.track(program), week.place(program), counselor, weekday=3, co_facilitator=supervisor)
    (session,) = week.sessions(program, SOON, date(2026, 10, 16))
    facts = {"out": supervisor, "on": SOON, "reason": "", "by": counselor, "at": NOW}
    actions.cover_day(choices={session: prescriber}, **facts)
    session.refresh_from_db()
    assert (session.facilitator, session.co_facilitator) == (counselor, prescriber)


def test_who_is_out_as_well_is_neither_proposed_to_go_on_alone_nor_left_alone(program, counselor, supervisor):
    week.group(week.track(program), week.place(program), counselor, weekday=3, co_facilitator=supervisor)
    (session,) = week.sessions(program, SOON, date(2026, 10, 16))
    (line,) = queries.cover_lines(counselor, SOON, NOW)
    assert (line.other, line.proposed) == (supervisor, "alone")
    days = {"from_on": SOON, "until_on": date(2026, 10, 16)}
    actions.note_away(member=supervisor, why="sick", **days, by=counselor, at=NOW)
    (line,) = queries.cover_lines(counselor, SOON, NOW)
    assert (line.other, line.proposed) == (None, "cancel")
    facts = {"out": counselor, "on": SOON, "reason": "", "by": supervisor, "at": NOW}
    with pytest.raises(Refused, match="is out on"):
        actions.cover_day(choices={session: counselor}, **facts)
    session.refresh_from_db()
    assert (session.facilitator, session.co_facilitator) == (counselor, supervisor)


def test_those_free_to_lead_come_first_and_the_others_say_why_not(program, counselor, supervisor, prescriber, ada, ben):
    session = visit(ada, week.place(program), counselor)
    visit(ben, week.place(program, "Cedar"), supervisor)
    rows = queries.free_to_lead(session, TODAY)
    assert [(member, why) for member, why in rows] == [(prescriber, []), (supervisor, ["leads Individual then"])]


def test_the_topic_of_a_session_changes_within_the_program(program, counselor, outsider, ada, turned_down):
    session = visit(ada, week.place(program), counselor)
    topic = curriculum.add_topic(program=program, title="Urge surfing", modality="dbt", by=counselor, at=NOW)
    foreign = curriculum.add_topic(program=outsider.program, title="Urges", modality="dbt", by=outsider, at=NOW)
    turned_down(actions.change_topic, "not taught here", session=session, topic=foreign, by=counselor, at=NOW)
    assert actions.change_topic(session=session, topic=topic, by=counselor, at=NOW).topic == topic
    assert actions.change_topic(session=session, topic=None, by=counselor, at=NOW).topic is None


def test_a_make_up_takes_one_seat_in_one_session(program, counselor, supervisor, groups, ada, ben, turned_down):
    group = week.group(groups[0].track, week.place(program, "Cedar"), supervisor, "Make-up", weekday=3, capacity=1)
    week.sessions(program, SOON, date(2026, 10, 23))
    session = Session.objects.get(group=group, on=SOON)
    facts = {"session": session, "why": "make-up", "by": counselor, "at": NOW}
    seat = actions.add_seat(episode=ada.episode, **facts)
    assert actions.add_seat(episode=ada.episode, **facts) == seat
    turned_down(actions.add_seat, "is full", episode=ben.episode, **facts)
    other = Session.objects.get(group=groups[4], on=SOON)
    turned_down(actions.add_seat, "already expected", episode=ada.episode, **facts | {"session": other})
    turned_down(actions.add_seat, "taken place", episode=ben.episode, **facts | {"at": NOW + timedelta(days=2)})
    turned_down(actions.drop_seat, "has begun", seat=seat, by=counselor, at=NOW + timedelta(days=2))
    assert actions.drop_seat(seat=seat, by=counselor, at=NOW).dropped_at == NOW
    before = counts()
    actions.drop_seat(seat=seat, by=counselor, at=NOW)
    assert counts() == before
    assert actions.add_seat(episode=ada.episode, **facts).dropped_at is None
    actions.cancel_session(session=session, reason="Weather", by=counselor, at=NOW)
    turned_down(actions.add_seat, "is cancelled", episode=ben.episode, **facts)
    participants.end_episode(episode=ben.episode, on=TODAY, reason="1", last_contact_on=TODAY, by=counselor, at=NOW)
    turned_down(actions.add_seat, "has ended", episode=ben.episode, **facts | {"session": other})


def test_two_people_planning_at_once_cannot_both_have_the_last_seat(committed):
    """The second planner waits for the first and then reads that the group is full."""
    if connection.vendor == "sqlite":
        pytest.skip("SQLite lets one writer in at a time (BEGIN IMMEDIATE); PostgreSQL is where two can meet")
    program = make.program()
    counselor = make.member(program, "counselor")
    ada, ben = (make.person_in_care(program, counselor, name=name) for name in ("Ada Alderquist", "Ben Barleyfield"))
    group = week.group(week.track(program), week.place(program), counselor, capacity=1)

    def plan(person):
        try:
            actions.enroll(group=group, episode=person.episode, from_on=TODAY, by=counselor, at=NOW)
        except Refused:
            return "full"
        finally:
            connection.close()
        return "in"

    with ThreadPoolExecutor(2) as both:
        assert sorted(both.map(plan, (ada, ben))) == ["full", "in"]
    assert Enrollment.objects.count() == 1


def test_a_group_is_filled_with_everyone_named_or_with_nobody(
    program, ada, ben, counselor, supervisor, groups, turned_down
):
    art = week.group(groups[0].track, week.place(program, "Cedar"), supervisor, "Art", starts=time(18))
    ella, late = (make.person_in_care(program, counselor, name=name) for name in ("Ella Thistle", "Otto Thistle"))
    actions.enroll(group=groups[0], episode=ella.episode, from_on=MONDAY, by=counselor, at=NOW)
    facts = {"group": art, "from_on": SOON, "by": counselor, "at": NOW}
    assert [row.episode for row in actions.fill_group(episodes=[ada.episode], **facts)] == [ada.episode]
    again = actions.fill_group(episodes=[ada.episode, ben.episode], **facts)
    assert [row.episode for row in again] == [ben.episode]  # who is in it already stays as they are
    turned_down(actions.fill_group, "Ella Thistle: ", episodes=[late.episode, ella.episode], **facts)


def test_a_session_that_is_over_keeps_who_led_it(ada, counselor, supervisor, turned_down):
    last = visit(ada, week.place(ada.program, "Cedar"), counselor)
    facts = {"session": last, "to": supervisor, "by": counselor, "at": last.ends_at + timedelta(minutes=1)}
    turned_down(actions.change_facilitator, "This session is over", **facts)


def test_a_step_prescribes_the_week_and_moves_the_groups_together(ada, counselor, groups, turned_down):
    kept = actions.enroll(group=groups[0], episode=ada.episode, from_on=date(2026, 9, 14), by=counselor, at=BEGAN)
    facts = {
        "episode": ada.episode, "from_on": SOON, "days_a_week": 3, "mix": {"skills": 3}, "reason": "Level 1",
        "join": [groups[1]], "leave": [kept], "by": counselor, "at": NOW,
    }  # fmt: skip
    turned_down(actions.follow_step, "week", minutes_a_week=0, **facts)
    changes = actions.follow_step(minutes_a_week=540, **facts)
    assert (changes.joined, changes.left) == (1, 1)
    assert queries.prescription(ada.episode.pk, SOON).minutes_a_week == 540


# --- who is out, who is elsewhere ---


def test_someone_is_out_from_a_day_up_to_the_day_they_are_back_and_may_be_back_early(counselor, supervisor, outsider):
    out = {"member": counselor, "why": "sick", "from_on": TODAY, "until_on": TODAY + timedelta(days=3)}
    row = actions.note_away(**out, by=supervisor, at=NOW)
    assert set(queries.away_on(counselor.program_id, TODAY + timedelta(days=2))) == {counselor.pk}
    assert queries.away_on(counselor.program_id, TODAY + timedelta(days=3)) == {}
    with pytest.raises(Refused, match="noted as out on some"):
        actions.note_away(**out | {"from_on": TODAY + timedelta(days=2)}, by=supervisor, at=NOW)
    for wrong in ({"member": outsider}, {"why": "bored"}, {"until_on": TODAY}):
        with pytest.raises(Refused):
            actions.note_away(**out | wrong, by=supervisor, at=NOW)
    actions.note_back(away=row, by=supervisor, at=NOW + timedelta(days=1))
    assert set(queries.away_on(counselor.program_id, TODAY)) == {counselor.pk}
    assert queries.away_on(counselor.program_id, TODAY + timedelta(days=1)) == {}
    with pytest.raises(Refused, match="back already"):
        actions.note_back(away=row, by=supervisor, at=NOW + timedelta(days=1))
    never = actions.note_away(**out | {"from_on": TODAY + timedelta(days=2)}, by=supervisor, at=NOW)
    actions.note_back(away=never, by=supervisor, at=NOW)
    assert queries.away_between(counselor.program_id, TODAY + timedelta(days=2), date.max) == []
    again = actions.note_away(**out | {"from_on": TODAY + timedelta(days=1)}, by=supervisor, at=NOW)
    assert set(Event.objects.filter(about_id=again.pk).values_list("what", flat=True)) == {"away.noted"}


def test_an_appointment_elsewhere_names_someone_takes_time_and_is_called_off_once(ada, counselor):
    given = {"episode": ada.episode, "starts_at": NOW + timedelta(days=1), "minutes": 50, "where": " Mill Street "}
    for wrong in ({"with_whom": " "}, {"with_whom": "Dr. Elm", "minutes": 0}):
        with pytest.raises(Refused):
            actions.note_elsewhere(**given | wrong, by=counselor, at=NOW)
    row = actions.note_elsewhere(**given, with_whom="Dr. Elm", by=counselor, at=NOW)
    assert queries.elsewhere(ada.episode.pk, NOW) == [row]
    actions.end_elsewhere(elsewhere=row, by=counselor, at=NOW)
    actions.end_elsewhere(elsewhere=row, by=counselor, at=NOW)
    assert queries.elsewhere(ada.episode.pk, NOW) == []
    assert Event.objects.filter(what="elsewhere.off").count() == 1
