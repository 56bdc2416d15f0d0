"""The pages of the week: who may open them, what they do, and that they keep what was typed."""

import re
from datetime import date, time, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from conftest import NOW, TODAY
from openiop.audit.models import Event
from openiop.curriculum import actions as curriculum
from openiop.participants import actions as people
from openiop.programs import actions as programs
from openiop.programs.rules import Role
from openiop.schedule import actions, queries
from openiop.schedule.models import Away, Busy, Enrollment, Group, Prescription, Seat, Session, Track
from openiop.schedule.rules import Block
from tests import make
from tests.make import alerts as made_alerts
from tests.make import schedule as week

SOON = date(2026, 10, 15)
MONDAY = date(2026, 10, 12)


@pytest.fixture(autouse=True)
def _now(monkeypatch):
    monkeypatch.setattr("django.utils.timezone.now", lambda: NOW)


@pytest.fixture
def groups(program, counselor):
    made = week.evening_week(program, counselor)
    week.sessions(program, date(2026, 10, 5), date(2026, 11, 23))
    return made


@pytest.fixture
def as_counselor(client, counselor):
    client.force_login(counselor.user)
    return client


def chart(name, person, *args):
    return reverse(f"schedule:{name}", args=[person.pk, *args])


def words(response):
    return " ".join(response.content.decode().split())


# --- who may ---


def test_each_page_opens_for_those_it_is_for_and_for_nobody_else(
    client, groups, ada, counselor, biller, front_desk, director, outsider
):
    session = Session.objects.filter(group=groups[0]).first()
    seen = {
        reverse("schedule:week"): {counselor: 200, front_desk: 200, director: 200, biller: 200, ada.membership: 404},
        reverse("schedule:sessions"): {counselor: 200, front_desk: 200, ada.membership: 404},
        reverse("schedule:groups"): {counselor: 200, front_desk: 200, ada.membership: 404},
        reverse("schedule:doors"): {counselor: 200, front_desk: 200, ada.membership: 404},
        reverse("schedule:group-new"): {counselor: 200, front_desk: 403},
        reverse("schedule:cover"): {counselor: 200, director: 200, front_desk: 200, biller: 403, ada.membership: 404},
        reverse("schedule:group", args=[groups[0].pk]): {counselor: 200, front_desk: 200, outsider: 404},
        reverse("schedule:plan", args=[session.pk]): {counselor: 200, front_desk: 200, outsider: 404},
        chart("needs", ada): {counselor: 200, biller: 403, front_desk: 403, outsider: 404},
        chart("availability", ada): {counselor: 200, biller: 403, outsider: 404},
        chart("step", ada): {counselor: 302, biller: 403, outsider: 404},
        chart("visit", ada): {counselor: 200, biller: 403, outsider: 404},
        chart("letter", ada): {counselor: 200, front_desk: 403, outsider: 404},
    }
    for url, statuses in seen.items():
        for viewer, status in statuses.items():
            client.force_login(viewer.user)
            assert client.get(url).status_code == status, (url, viewer.roles)


def test_every_change_is_closed_to_strangers_and_to_colleagues_without_the_permission(
    client, groups, ada, counselor, biller, outsider
):
    session = Session.objects.filter(group=groups[4], on=SOON).get()
    enrolled = actions.add_seat(session=session, episode=ada.episode, why="make-up", by=counselor, at=NOW)
    one_session = [
        reverse(f"schedule:{name}", args=[session.pk]) for name in ("lead", "topic", "cancel", "restore", "add-seat")
    ]
    other = [
        reverse("schedule:drop-seat", args=[enrolled.pk]),
        reverse("schedule:move", args=[groups[0].pk]),
        reverse("schedule:close", args=[groups[0].pk]),
    ]
    person = [chart(name, ada) for name in ("prescribe", "availability", "choose", "visit")]
    for url in (*one_session, *other, *person):
        client.force_login(outsider.user)
        assert client.post(url).status_code == 404, url
        client.force_login(biller.user)
        assert client.post(url).status_code == 403, url
    assert Event.objects.filter(what__in=("session.cancelled", "group.closed", "seat.dropped")).count() == 0


def test_unknown_people_sessions_and_groups_are_not_found(as_counselor, ada):
    nobody = "00000000-0000-4000-8000-000000000000"
    for name in ("needs", "availability", "letter"):
        assert as_counselor.get(reverse(f"schedule:{name}", args=[nobody])).status_code == 404
    for name in ("plan", "group"):
        assert as_counselor.get(reverse(f"schedule:{name}", args=[nobody])).status_code == 404
    assert as_counselor.get(chart("cancel-visit", ada, nobody)).status_code == 404


def test_opening_a_roster_is_on_record_for_each_person_shown(as_counselor, groups, ada, ben, counselor):
    for person in (ada, ben):
        actions.enroll(group=groups[4], episode=person.episode, from_on=TODAY, by=counselor, at=NOW)
    session = Session.objects.get(group=groups[4], on=SOON)
    for url in (
        reverse("schedule:plan", args=[session.pk]),
        reverse("schedule:group", args=[groups[4].pk]),
        reverse("schedule:doors") + "?on=2026-10-15",
    ):
        before = Event.objects.filter(what="chart.opened").count()
        as_counselor.get(url)
        assert Event.objects.filter(what="chart.opened").count() == before + 2, url


# --- one person's week ---


def test_the_week_is_prescribed_and_shown(as_counselor, ada):
    sent = {"p-hours": "9", "p-days": "3", "p-from_on": "2026-10-14", "p-mix_skills": "3", "p-mix_individual": "1"}
    answer = as_counselor.post(chart("prescribe", ada), sent, follow=True)
    row = Prescription.objects.get()
    assert (row.minutes_a_week, row.days_a_week, row.mix) == (540, 3, {"skills": 3, "individual": 1})
    assert "9 hours</b> a week on <b>3 days</b>: 3 skills groups, 1 individual visit" in words(answer)


def test_hours_outside_the_bounds_are_explained_before_they_are_prescribed(as_counselor, ada):
    sent = {"p-hours": "8", "p-days": "3", "p-from_on": "2026-10-14", "p-reason": "Childcare until January"}
    answer = as_counselor.post(chart("prescribe", ada), sent)
    why = "8 hours a week does not meet the adult minimum of 9 hours for level 2.1."
    assert answer.status_code == 422
    assert why in words(answer)
    assert 'value="Childcare until January"' in words(answer)
    assert Prescription.objects.count() == 0
    unsaid = as_counselor.post(chart("prescribe", ada), sent | {"anyway": why, "p-reason": " "})
    assert unsaid.status_code == 422
    assert "Say why the week lies outside the usual bounds." in words(unsaid)
    assert Prescription.objects.count() == 0
    as_counselor.post(chart("prescribe", ada), sent | {"anyway": why})
    assert Prescription.objects.get().warnings == [why]


def test_what_is_prescribed_from_a_later_day_is_shown_as_coming(as_counselor, ada, counselor):
    facts = {"episode": ada.episode, "days_a_week": 3, "mix": {}, "by": counselor, "at": NOW, "reason": "By agreement"}
    actions.prescribe(from_on=MONDAY, minutes_a_week=480, **facts)
    sent = {"p-hours": "9", "p-days": "3", "p-from_on": "2026-11-30", "p-reason": ""}
    said = words(as_counselor.post(chart("prescribe", ada), sent, follow=True))
    assert "9 hours a week prescribed from Nov 30 on." in said
    assert "<b>8 hours</b> a week" in said
    assert "From Nov 30:</b> 9 hours a week" in said
    assert "Earlier prescriptions" not in said


def test_a_move_to_another_track_counts_each_week_by_its_own_days(as_counselor, program, ada, counselor):
    evening = [
        week.group(week.track(program, "Evening", "evening"), week.place(program, "Elm"), counselor, "Evening", 0)
    ]
    room, virtual = week.place(program, "Video"), week.track(program, "Virtual", "virtual")
    lead = make.member(program, "counselor", name="Vera Videofield")
    other = [week.group(virtual, room, lead, "From home", 0)]
    who = {"episode": ada.episode, "by": counselor, "at": NOW}
    actions.choose_groups(join=evening, leave=[], from_on=TODAY, **who)
    rows = queries.enrollments(ada.episode.pk, date(2026, 11, 30))
    actions.choose_groups(join=other, leave=rows, from_on=date(2026, 11, 30), **who)
    sums = queries.needs_sheet(ada.episode, TODAY).sums
    assert (sums.groups, sums.minutes) == (1, evening[0].minutes)
    assert sums.clashes == []
    assert sums.later == ((date(2026, 11, 30), other[0].minutes),)
    said = words(as_counselor.get(chart("needs", ada)))
    assert "until Nov 29" in said
    assert "from Nov 30" in said
    assert queries.at_next_meeting(program.pk, TODAY) == {evening[0].pk: 1}
    assert queries.at_next_meeting(program.pk, date(2026, 11, 30)) == {other[0].pk: 1}
    later = queries.needs_sheet(ada.episode, date(2026, 11, 30)).sums
    assert (later.groups, later.minutes) == (1, other[0].minutes)
    [joiner] = queries.joiners(week.group(virtual, room, lead, "Late", 2), TODAY)
    assert joiner.minutes == evening[0].minutes


def test_a_prescription_that_cannot_be_keeps_what_was_typed(as_counselor, ada):
    answer = as_counselor.post(chart("prescribe", ada), {"p-hours": "0", "p-days": "3", "p-from_on": "2026-10-14"})
    assert answer.status_code == 422
    as_counselor.post(
        chart("prescribe", ada), {"p-hours": "12.5", "p-days": "9", "p-from_on": "", "p-reason": "Kept words"}
    )
    answer = as_counselor.post(
        chart("prescribe", ada), {"p-hours": "12.5", "p-days": "9", "p-from_on": "", "p-reason": "Kept words"}
    )
    assert "A week has 1 to 7 days of treatment." in words(answer)
    assert "Kept words" in words(answer)
    assert Prescription.objects.count() == 0


def busy_lines(*lines):
    sent = {"rows": str(len(lines)), "busy-from_on": "2026-10-14"}
    for place, line in enumerate(lines):
        sent |= {f"b{place}-{name}": value for name, value in line.items()}
    return sent


WORK = {"why": "work", "days": ["0", "1", "2", "3", "4"], "starts": "09:00", "ends": "17:00", "travel_minutes": "45"}


def test_one_line_notes_work_on_five_days(as_counselor, ada):
    as_counselor.post(chart("availability", ada), busy_lines(WORK, {"why": "school", "travel_minutes": "0"}))
    assert Busy.objects.count() == 5
    page = as_counselor.get(chart("needs", ada))
    assert "Work, Mon to Fri, 9:00 AM – 5:00 PM, 45 minutes of travel each way" in words(page)
    assert 'value="09:00' in words(as_counselor.get(chart("availability", ada)))


def test_a_line_with_something_missing_is_kept_and_says_what(as_counselor, ada):
    half = {"why": "school", "days": ["2"], "starts": "18:00", "ends": ""}
    answer = as_counselor.post(chart("availability", ada), busy_lines(WORK, half))
    assert answer.status_code == 422
    assert "Give the end." in words(answer)
    assert 'value="18:00"' in words(answer)
    assert Busy.objects.count() == 0
    answer = as_counselor.post(chart("availability", ada), busy_lines({"starts": "18:00", "ends": "18:00"}))
    assert "Choose the days." in words(answer)


def test_more_lines_can_be_had_without_losing_any(as_counselor, ada):
    answer = as_counselor.post(chart("availability", ada), busy_lines(WORK) | {"more": "3"})
    assert answer.status_code == 200
    assert 'name="rows" value="4"' in words(answer)
    assert 'value="09:00"' in words(answer)


def test_a_line_is_removed_by_its_box(as_counselor, ada, counselor):
    actions.set_busy(episode=ada.episode, blocks=[Block(0, time(9), time(17))], from_on=MONDAY, by=counselor, at=NOW)
    as_counselor.post(chart("availability", ada), busy_lines(WORK | {"remove": "on"}))
    assert queries.busy(ada.episode.pk) == []


def test_times_saved_as_they_stood_keep_the_way_there_to_the_minute(as_counselor, ada, counselor):
    stands = [Block(0, time(9), time(17), "work", 20), Block(2, time(13), time(15), "childcare", 7)]
    actions.set_busy(episode=ada.episode, blocks=stands, from_on=MONDAY, by=counselor, at=NOW)
    page = as_counselor.get(chart("availability", ada))
    assert '<option value="20" selected>20 min</option>' in words(page)
    chosen = [
        re.search(rf'name="b{n}-travel_minutes".*?<option value="(\d+)" selected', words(page))[1] for n in range(2)
    ]
    lines = [
        {"why": "work", "days": ["0"], "starts": "09:00", "ends": "17:00", "travel_minutes": chosen[0]},
        {"why": "childcare", "days": ["2"], "starts": "13:00", "ends": "15:00", "travel_minutes": chosen[1]},
    ]
    assert as_counselor.post(chart("availability", ada), busy_lines(*lines)).status_code == 302
    assert [block.travel_minutes for block in queries.blocks(ada.episode.pk)] == [20, 7]
    assert (
        as_counselor.post(chart("availability", ada), busy_lines(WORK | {"travel_minutes": "241"})).status_code == 422
    )


def test_what_is_on_record_but_not_in_use_any_more_is_never_changed_by_saving(
    as_counselor, groups, program, counselor, supervisor
):
    actions.move_group(
        group=groups[0], weekday=1, starts=time(17, 30), minutes=90, place=groups[0].place, facilitator=supervisor,
        from_on=SOON, by=counselor, at=NOW,
    )  # fmt: skip
    moved = Group.objects.get(weekday=1)
    programs.end_role(member=supervisor, role=Role.SUPERVISOR, by=counselor, at=NOW)
    page = words(as_counselor.get(reverse("schedule:group", args=[moved.pk])))
    assert re.search(r'name="facilitator"[^>]*> ?<option value=""[^>]*>choose', page)
    topic = curriculum.add_topic(program=program, title="Triggers", modality="cbt", objective="", by=counselor, at=NOW)
    session = Session.objects.filter(group=groups[4], on=SOON).get()
    actions.change_topic(session=session, topic=topic, by=counselor, at=NOW)
    curriculum.end_topic(topic=topic, on=TODAY, by=counselor, at=NOW)
    page = words(as_counselor.get(reverse("schedule:plan", args=[session.pk])))
    assert f'<option value="{topic.pk}" selected>' in page


def test_all_evening_groups_are_two_clicks(as_counselor, groups, ada):
    url, track = chart("choose", ada), groups[0].track
    first = as_counselor.post(url, {"groups-from_on": "2026-10-14", "all": str(track.pk)})
    assert first.status_code == 200
    assert words(first).count(" checked") == 6
    assert "A week would hold" in words(first)
    assert Enrollment.objects.count() == 0
    ticked = {"groups-from_on": "2026-10-14", "group": [str(group.pk) for group in groups], "do": "save"}
    as_counselor.post(url, ticked)
    assert Enrollment.objects.count() == 6
    as_counselor.post(url, ticked)  # pressed twice
    assert Enrollment.objects.count() == 6


def test_ticking_shows_hours_and_clashes_alone_to_htmx_and_in_the_whole_page_without_it(
    as_counselor, groups, ada, counselor
):
    actions.set_busy(
        episode=ada.episode, blocks=[Block(0, time(9), time(17), "work", 45)], from_on=MONDAY, by=counselor, at=NOW
    )
    actions.prescribe(
        episode=ada.episode, from_on=MONDAY, minutes_a_week=540, days_a_week=3, mix={}, by=counselor, at=NOW
    )
    sent = {"groups-from_on": "2026-10-14", "group": [str(group.pk) for group in groups[:3]], "do": "preview"}
    part = as_counselor.post(chart("choose", ada), sent, headers={"HX-Request": "true"})
    whole = as_counselor.post(chart("choose", ada), sent)
    for answer in (part, whole):
        assert "4.5</b>" in words(answer)
        assert "4.5 hours fewer than prescribed" in words(answer)
        assert "work 9:00 AM – 5:00 PM, with 45 minutes of travel each way, overlaps by 15 minutes" in words(answer)
    assert "<html" not in words(part)
    assert words(part).startswith('<div id="sums"')
    assert "<html" in words(whole)
    assert Enrollment.objects.count() == 0


def test_unticking_leaves_the_group_and_a_stale_page_leaves_nothing_else(as_counselor, groups, ada, counselor):
    actions.enroll_all(groups=groups[:2], episode=ada.episode, from_on=MONDAY, by=counselor, at=NOW)
    stale = {"groups-from_on": "2026-10-14", "do": "save", "had": str(groups[0].pk)}
    as_counselor.post(chart("choose", ada), stale)
    assert [row.group for row in queries.enrollments(ada.episode.pk, TODAY)] == [groups[1]]


def test_groups_that_cannot_be_saved_stay_ticked_and_say_why(as_counselor, groups, program, ada, supervisor):
    other = week.group(groups[0].track, week.place(program, "Cedar"), supervisor, "Art", starts=time(18))
    sent = {"groups-from_on": "2026-10-14", "group": [str(groups[0].pk), str(other.pk)], "do": "save"}
    answer = as_counselor.post(chart("choose", ada), sent)
    assert answer.status_code == 422
    assert "are at the same time: Monday" in words(answer)
    assert words(answer).count(" checked") == 2
    assert Enrollment.objects.count() == 0
    assert as_counselor.post(chart("choose", ada), sent | {"groups-from_on": ""}).status_code == 422


def test_a_visit_is_planned_and_cancelled_with_a_reason(as_counselor, program, ada, ben, counselor):
    room = week.place(program)
    sent = {
        "service": "individual", "on": "2026-10-15", "starts": "11:00", "minutes": "50", "place": str(room.pk),
        "facilitator": str(counselor.pk),
    }  # fmt: skip
    as_counselor.post(chart("visit", ada), sent)
    session = Session.objects.get()
    assert [seat.episode for seat in queries.roster(session)] == [ada.episode]
    weekly = sent | {"on": "2026-10-16", "weeks": "4"}
    assert "4 visits planned." in words(as_counselor.post(chart("visit", ada), weekly, follow=True))
    session = Session.objects.get(on=SOON)
    again = as_counselor.post(chart("visit", ada), sent)
    assert again.status_code == 422
    assert "Willow is taken then" in words(again)
    url = chart("cancel-visit", ada, session.pk)
    assert as_counselor.post(url, {"reason": ""}).status_code == 422
    assert as_counselor.post(chart("cancel-visit", ben, session.pk), {"reason": "Away"}).status_code == 404  # not his
    as_counselor.post(url, {"reason": "Counselor away"})
    session.refresh_from_db()
    assert session.cancelled_reason == "Counselor away"


def test_a_visit_that_is_over_does_not_lie_ahead(as_counselor, program, ada, counselor, monkeypatch):
    sent = {
        "service": "individual", "on": "2026-10-14", "starts": "17:00", "minutes": "50",
        "place": str(week.place(program).pk), "facilitator": str(counselor.pk),
    }  # fmt: skip
    as_counselor.post(chart("visit", ada), sent)
    visit = Session.objects.get()
    assert chart("cancel-visit", ada, visit.pk) in words(as_counselor.get(chart("needs", ada)))
    monkeypatch.setattr("django.utils.timezone.now", lambda: visit.ends_at + timedelta(minutes=1))
    later = Client()
    later.force_login(counselor.user)
    shown = words(later.get(chart("needs", ada)))
    assert chart("cancel-visit", ada, visit.pk) not in shown
    assert "None in the next six weeks." in shown


def test_a_visit_when_they_cannot_come_is_asked_about_first(as_counselor, program, ada, counselor):
    room = week.place(program)
    actions.set_busy(episode=ada.episode, blocks=[Block(3, time(9), time(17))], from_on=MONDAY, by=counselor, at=NOW)
    sent = {
        "service": "family", "on": "2026-10-15", "starts": "11:00", "minutes": "50", "place": str(room.pk),
        "facilitator": str(counselor.pk),
    }  # fmt: skip
    answer = as_counselor.post(chart("visit", ada), sent)
    assert answer.status_code == 422
    why = "This visit, Thursday 11:00 – 11:50 AM: work 9:00 AM – 5:00 PM overlaps by 50 minutes."
    assert why in words(answer)
    as_counselor.post(chart("visit", ada), sent | {"anyway": why})
    assert Session.objects.count() == 1


def test_the_letter_gives_times_and_no_word_of_what_they_are_for(as_counselor, groups, ada, counselor):
    actions.enroll_all(groups=groups, episode=ada.episode, from_on=MONDAY, by=counselor, at=NOW)
    answer = words(as_counselor.get(chart("letter", ada)))
    assert "Thu Oct 15" in answer
    body = answer[answer.index("<article") : answer.index("</article>")]
    assert not {"Skills", "Process", "group", "treatment", "Evening"} & set(body.replace("<", " ").split())


def test_someone_not_in_care_has_a_page_and_no_week_to_plan(as_counselor, program, counselor):
    person = make.participant(program, "Noor Fernwick", by=counselor)
    assert "no week to plan yet" in words(as_counselor.get(chart("needs", person)))
    assert as_counselor.post(chart("prescribe", person), {}).status_code == 409


def stepped(person, to, counselor):
    people.change_level(episode=person.episode, to=to, from_on=TODAY, reason="step", by=counselor, at=NOW)
    person.episode.refresh_from_db()


def test_after_a_step_down_the_week_and_its_groups_follow_in_one_click(as_counselor, groups, ada, counselor):
    actions.prescribe(
        episode=ada.episode, from_on=MONDAY, minutes_a_week=540, days_a_week=3,
        mix={"skills": 3, "group": 3, "individual": 1}, by=counselor, at=NOW - timedelta(days=9),
    )  # fmt: skip
    actions.enroll_all(groups=groups, episode=ada.episode, from_on=MONDAY, by=counselor, at=NOW)
    assert as_counselor.get(chart("step", ada)).status_code == 302
    stepped(ada, "1.5", counselor)
    assert chart("step", ada) in words(as_counselor.get(chart("needs", ada)))
    assert chart("step", ada) in words(as_counselor.get(f"/people/{ada.pk}/review/"))
    shown = as_counselor.get(chart("step", ada))
    assert "level 1.5: program default" in words(shown)
    assert words(shown).count(" checked") == 2
    assert "No longer fit" in words(shown)
    sent = {"p-hours": "4", "p-days": "2", "p-from_on": "2026-10-14", "p-mix_skills": "1", "p-mix_individual": "1"}
    refused = as_counselor.post(chart("step", ada), sent | {"p-hours": "0", "group": [str(groups[0].pk)]})
    assert refused.status_code == 422
    assert words(refused).count(" checked") == 1
    assert Prescription.objects.count() == 1
    done = as_counselor.post(chart("step", ada), sent | {"group": [str(one.pk) for one in groups[:2]]}, follow=True)
    assert "4 hours a week prescribed. Groups: 0 joined, 4 left." in words(done)
    assert {row.group for row in queries.enrollments(ada.episode.pk, TODAY)} == set(groups[:2])
    assert "The level changed" not in words(done)
    assert as_counselor.post(chart("step", ada), sent).status_code == 302
    assert Prescription.objects.count() == 2


def test_after_a_step_up_groups_with_a_seat_are_proposed_and_joined(as_counselor, groups, program, ada, counselor):
    actions.prescribe(
        episode=ada.episode, from_on=MONDAY, minutes_a_week=540, days_a_week=3, mix={}, by=counselor,
        at=NOW - timedelta(days=9),
    )  # fmt: skip
    actions.enroll_all(groups=groups[:4], episode=ada.episode, from_on=MONDAY, by=counselor, at=NOW)
    programs.set_policy(
        program=program, name="level-hours", value={"1.5": 4, "2.1": 9, "2.5": 21}, source="Our license", by=None,
        from_on=date(2026, 1, 1), at=NOW,
    )  # fmt: skip
    stepped(ada, "2.5", counselor)
    shown = words(as_counselor.get(chart("step", ada)))
    assert "Could join" in shown
    assert 'value="21' in shown
    assert "Our license" in shown
    sent = {"p-hours": "21", "p-days": "5", "p-from_on": "2026-10-14", "p-reason": "Level 2.5",
            "group": [str(one.pk) for one in groups]}  # fmt: skip
    assert "2 joined, 0 left" in words(as_counselor.post(chart("step", ada), sent, follow=True))


# --- the program's week ---


def test_the_grid_shows_seats_substitutes_cancellations_and_closed_days(
    as_counselor, program, groups, ada, counselor, supervisor
):
    actions.enroll_all(groups=groups, episode=ada.episode, from_on=MONDAY, by=counselor, at=NOW)
    on_thursday = Session.objects.get(group=groups[4], on=SOON)
    actions.change_facilitator(session=on_thursday, to=supervisor, by=counselor, at=NOW)
    actions.cancel_session(
        session=Session.objects.get(group=groups[5], on=SOON), reason="Weather", by=counselor, at=NOW
    )
    programs.set_policy(
        program=program, name="closed-days", value=[{"on": "2026-10-16", "why": "Staff day"}], source="Own calendar",
        from_on=date(2026, 1, 1), by=None, at=NOW,
    )  # fmt: skip
    answer = words(as_counselor.get(reverse("schedule:week")))
    assert "Timetable, Oct 12 – 16" in answer
    assert "5 groups for 1 person. 1 cancelled." in answer
    assert "<small>1/10</small>" in answer
    assert "Willow, Celia (substitute)" in answer
    assert "<s>Process</s><small>Weather</small>" in answer
    assert "Closed: Staff day" in answer


def test_those_short_of_their_hours_stand_beside_the_grid(as_counselor, groups, ada, counselor, front_desk):
    actions.prescribe(
        episode=ada.episode, from_on=MONDAY, minutes_a_week=540, days_a_week=3, mix={}, by=counselor, at=NOW
    )
    actions.enroll_all(groups=groups[4:], episode=ada.episode, from_on=MONDAY, by=counselor, at=NOW)
    url = reverse("schedule:week") + "?on=2026-10-19"
    before = Event.objects.filter(what="chart.opened").count()
    assert f'pn" href="{chart("needs", ada)}">{ada.name}</a><span class="num"><b>3.0</b>' in words(
        as_counselor.get(url)
    )
    assert Event.objects.filter(what="chart.opened", participant_id=str(ada.pk)).count() == before + 1
    as_counselor.force_login(front_desk.user)
    answer = words(as_counselor.get(url))
    assert "holds what is prescribed" not in answer
    assert "1 person has fewer hours than prescribed." in answer
    assert ada.name not in answer
    actions.enroll_all(groups=groups[:4], episode=ada.episode, from_on=MONDAY, by=counselor, at=NOW)
    assert "holds what is prescribed" in words(as_counselor.get(url))


@pytest.mark.parametrize("address", ["week", "sessions", "groups", "doors", "cover"])
def test_an_odd_day_in_the_address_is_read_as_today(as_counselor, groups, address):
    assert as_counselor.get(reverse(f"schedule:{address}") + "?on=yesterday").status_code == 200


def test_the_list_of_sessions_has_today_the_week_ahead_and_what_has_gone_by(as_counselor, client, groups, supervisor):
    answer = words(as_counselor.get(reverse("schedule:sessions")))
    assert "2 sessions today, 6 in the week ahead" in answer
    client.force_login(supervisor.user)  # leads nothing, so sees everyone's
    assert "2 sessions today" in words(client.get(reverse("schedule:sessions")))


def test_a_day_is_covered_in_three_clicks(as_counselor, groups, program, counselor, supervisor):
    """Someone is out; who it is; apply."""
    week.group(groups[0].track, week.place(program, "Cedar"), supervisor, "Art", weekday=4)
    first = as_counselor.get(reverse("schedule:cover") + "?on=2026-10-15")
    assert f"?on=2026-10-15&amp;who={counselor.pk}" in first.content.decode()
    chosen = as_counselor.get(reverse("schedule:cover"), {"on": "2026-10-15", "who": str(counselor.pk)})
    assert words(chosen).count(f'<option value="{supervisor.pk}" selected>') == 2
    assert ">Joan Birchwell, LPC, 2 sessions</a>" in words(chosen)
    sessions = Session.objects.filter(on=SOON).order_by("starts_at")
    sent = {"on": "2026-10-15", "who": str(counselor.pk)} | {f"s-{row.pk}": str(supervisor.pk) for row in sessions}
    done = as_counselor.post(reverse("schedule:cover"), sent, follow=True)
    assert "2 to a substitute" in words(done)
    assert set(sessions.values_list("facilitator", flat=True)) == {supervisor.pk}
    stale = as_counselor.post(reverse("schedule:cover"), sent)
    assert stale.status_code == 422
    assert "lead nothing on that day any more" in words(stale)


def test_the_front_desk_notes_who_is_out_and_covers_the_day(client, groups, counselor, supervisor, front_desk, ada):
    room = Session.objects.filter(on=SOON).first().place
    actions.plan_visit(
        episode=ada.episode, service="individual", on=SOON, starts=time(9), minutes=50, place=room,
        facilitator=counselor, by=counselor, at=NOW,
    )  # fmt: skip
    client.force_login(front_desk.user)
    assert "Someone is out" in words(client.get(reverse("schedule:week")))
    page = words(client.get(reverse("schedule:cover"), {"on": "2026-10-15", "who": str(counselor.pk)}))
    assert f'Individual, with <span class="pn">{ada.name}</span>' in page
    sent = {"on": "2026-10-15", "who": str(counselor.pk), "why": "sick"}
    sessions = list(Session.objects.filter(on=SOON).order_by("starts_at"))
    sent |= {f"s-{row.pk}": "cancel" if row == sessions[0] else str(supervisor.pk) for row in sessions}
    done = client.post(reverse("schedule:cover"), sent, follow=True)
    assert "The day is covered: 2 to a substitute, 1 cancelled." in words(done)
    assert "Out this week" in words(done)
    assert "sick" not in words(done).lower()
    sessions[0].refresh_from_db()
    assert sessions[0].cancelled_reason == "The facilitator is away that day"
    assert Away.objects.get().member == counselor
    opened = reverse("schedule:plan", args=[sessions[0].pk])
    assert "Let it take place" in words(client.get(opened))
    assert "Change topic" not in words(client.get(opened))
    assert client.post(reverse("schedule:lead", args=[sessions[0].pk]), {"to": supervisor.pk}).status_code == 403
    assert client.post(reverse("schedule:restore", args=[sessions[0].pk])).status_code == 302
    page = words(client.get(reverse("schedule:week") + "?on=2026-10-15"))
    assert "Cover 1 session, Thu Oct 15" in page


def test_who_is_out_is_proposed_for_nothing_that_day_and_asked_about_before_anything_is_given(
    as_counselor, client, groups, counselor, supervisor, director, ada, outsider
):
    note, cover = reverse("schedule:note-away"), reverse("schedule:cover")
    given = {"away-why": "leave", "away-from_on": "2026-10-15", "away-last_on": "2026-10-16"}
    assert as_counselor.post(note, given).status_code == 422
    past = as_counselor.post(note, given | {"away-member": supervisor.pk, "away-last_on": "2026-10-01"})
    assert "cannot come before the first" in words(past)
    as_counselor.post(note, given | {"away-member": supervisor.pk})
    page = words(as_counselor.get(cover, {"on": "2026-10-15", "who": str(counselor.pk)}))
    assert f'<option value="{supervisor.pk}" disabled>' in page
    assert "out that day" in page
    assert "Celia Rowanfield" in page[page.index("Out on") :]
    sessions = Session.objects.filter(on=SOON).order_by("starts_at")
    sent = {"on": "2026-10-15", "who": str(counselor.pk)} | {f"s-{row.pk}": str(supervisor.pk) for row in sessions}
    refused = as_counselor.post(cover, sent)
    assert "Celia Rowanfield is out on Thu Oct 15." in words(refused)
    lead = reverse("schedule:lead", args=[sessions[0].pk])
    asked = as_counselor.post(lead, {"to": supervisor.pk})
    assert (asked.status_code, "Give it to them all the same" in words(asked)) == (422, True)
    assert as_counselor.post(lead, {"to": supervisor.pk, "although_out": supervisor.pk}).status_code == 302
    room = week.place(counselor.program, "Ash")
    visit = {"service": "individual", "on": "2026-10-15", "starts": "09:00", "minutes": "50", "weeks": "1"}
    visit |= {"place": room.pk, "facilitator": supervisor.pk}
    asked = as_counselor.post(chart("visit", ada), visit)
    assert "Celia Rowanfield is out on Thu Oct 15." in words(asked)
    (agreed,) = re.findall(r'name="anyway" value="([^"]+)"', words(asked))
    assert as_counselor.post(chart("visit", ada), visit | {"anyway": agreed}).status_code == 302
    back = reverse("schedule:back", args=[Away.objects.get().pk])
    client.force_login(outsider.user)
    assert client.post(back).status_code == 404
    client.force_login(director.user)
    assert client.post(back).status_code == 302
    assert queries.away_on(counselor.program_id, SOON) == {}


def test_alerts_of_who_is_out_can_be_handed_over_from_the_day(as_counselor, groups, counselor, supervisor, ada):
    made_alerts.alert(ada, counselor)
    link = f"{reverse('alerts:list')}?owner={counselor.pk}"
    page = words(as_counselor.get(reverse("schedule:cover"), {"on": "2026-10-15", "who": str(counselor.pk)}))
    assert "1 open alert is theirs and due that day or before." in page
    assert link in page
    as_counselor.force_login(supervisor.user)
    assert "Alerts of Joan Birchwell" in re.sub(r"<[^>]+>", "", words(as_counselor.get(link)))


def test_only_those_whose_role_leads_are_offered(as_counselor, groups, counselor, ada, biller, front_desk, director):
    session = Session.objects.get(group=groups[4], on=SOON)
    for url in (
        reverse("schedule:group-new"),
        reverse("schedule:group", args=[groups[4].pk]),
        reverse("schedule:plan", args=[session.pk]),
        reverse("schedule:cover") + f"?on=2026-10-15&who={counselor.pk}",
        chart("visit", ada),
    ):
        said = words(as_counselor.get(url))
        for member in (biller, front_desk, director):
            assert member.name not in said, (url, member.name)


def test_a_cover_that_cannot_be_changes_nothing_and_says_why(as_counselor, groups, program, counselor, supervisor):
    late = week.group(groups[0].track, week.place(program, "Cedar"), supervisor, "Art", weekday=3, starts=time(19, 30))
    week.sessions(program, SOON, date(2026, 10, 16))
    early, clash = Session.objects.filter(on=SOON).exclude(group=late).order_by("starts_at")
    sent = {
        "on": "2026-10-15",
        "who": str(counselor.pk),
        f"s-{early.pk}": "cancel",
        f"s-{clash.pk}": str(supervisor.pk),
    }
    answer = as_counselor.post(reverse("schedule:cover"), sent)
    assert answer.status_code == 422
    assert "Celia Rowanfield already leads Art then" in words(answer)
    assert Session.objects.filter(status="cancelled").count() == 0
    answer = as_counselor.post(reverse("schedule:cover"), sent | {f"s-{clash.pk}": "somebody"})
    assert "Choose who takes Process" in words(answer)


def test_one_session_is_led_by_another_works_on_another_topic_and_is_cancelled_and_restored(
    as_counselor, groups, counselor, supervisor, ada
):
    session = Session.objects.get(group=groups[4], on=SOON)

    def post(name, **sent):
        return as_counselor.post(reverse(f"schedule:{name}", args=[session.pk]), sent, follow=True)

    assert "Celia Rowanfield" in words(post("lead", to=str(supervisor.pk)))
    assert post("lead", to="nobody").status_code == 422
    assert "Topic changed" in words(post("topic", topic=""))
    assert post("topic", topic="nothing").status_code == 422
    assert "One more person" in words(post("add-seat", episode=str(ada.episode.pk)))
    assert post("add-seat", episode="").status_code == 422
    seat = Seat.objects.get(session=session)
    as_counselor.post(reverse("schedule:drop-seat", args=[seat.pk]))
    assert queries.roster(session) == []
    assert post("cancel", reason=" ").status_code == 422
    asked = words(post("cancel", reason="Weather"))
    assert "Cancel this session?" in asked
    assert "expected." in asked
    assert "called it off" in asked
    session.refresh_from_db()
    assert session.status == "planned", "one press does not cancel"
    assert "Cancelled: Weather" in words(post("cancel", reason="Weather", sure="1"))
    assert post("cancel", reason="Weather").status_code == 422
    assert post("add-seat", episode=str(ada.episode.pk)).status_code == 422
    assert "takes place after all" in words(post("restore"))
    assert as_counselor.post(reverse("schedule:restore", args=[session.pk])).status_code == 409


def test_a_session_that_is_over_is_not_given_to_anyone_else(as_counselor, groups, counselor, supervisor, monkeypatch):
    session = Session.objects.get(group=groups[4], on=SOON)
    monkeypatch.setattr("django.utils.timezone.now", lambda: session.ends_at + timedelta(minutes=1))
    as_counselor.force_login(counselor.user)
    answer = as_counselor.post(reverse("schedule:lead", args=[session.pk]), {"to": str(supervisor.pk)})
    assert answer.status_code == 422
    assert "This session is over. Who led it stays on record." in words(answer)
    session.refresh_from_db()
    assert session.facilitator == counselor


# --- groups ---


def group_sent(program, counselor, **facts):
    return {
        "name": "Process", "track": str(Track.objects.get().pk), "service": "group", "weekday": "1", "starts": "17:30",
        "minutes": "90", "place": str(queries.groups(program.pk, TODAY)[0].place_id), "capacity": "10",
        "facilitator": str(counselor.pk), "co_facilitator": "", "topic": "", "from_on": "2026-10-14",
    } | facts  # fmt: skip


def test_a_group_is_added_with_its_sessions_for_six_weeks(as_counselor, groups, program, counselor):
    url = reverse("schedule:group-new")
    taken = as_counselor.post(url, group_sent(program, counselor, weekday="0"))
    assert taken.status_code == 422
    assert "Willow is taken then: Evening Skills, Monday" in words(taken)
    assert 'value="Process"' in words(taken)
    long_ago = as_counselor.post(url, group_sent(program, counselor, from_on="2020-01-01"))
    assert long_ago.status_code == 422
    assert "Choose a day from today on." in words(long_ago)
    twice = as_counselor.post(url, group_sent(program, counselor, co_facilitator=str(counselor.pk)))
    assert "Choose someone else, or none." in words(twice)
    as_counselor.post(url, group_sent(program, counselor))
    group = Group.objects.get(weekday=1)
    assert group.sessions.count() == 6


def test_a_group_is_moved_and_closed(as_counselor, groups, program, counselor):
    move, close = (reverse(f"schedule:{name}", args=[groups[0].pk]) for name in ("move", "close"))
    assert as_counselor.post(move, group_sent(program, counselor, weekday="2")).status_code == 422
    as_counselor.post(move, group_sent(program, counselor))
    moved = Group.objects.get(weekday=1)
    assert moved.name == "Skills"
    close = reverse("schedule:close", args=[moved.pk])
    assert as_counselor.post(close, {"close-on": "2026-10-20", "close-reason": ""}).status_code == 422
    as_counselor.post(close, {"close-on": "2026-10-20", "close-reason": "Too few people"})
    moved.refresh_from_db()
    assert moved.until_on == date(2026, 10, 20)
    assert as_counselor.post(close, {"close-on": "2026-10-20", "close-reason": "Again"}).status_code == 422


def test_a_group_is_filled_from_its_own_page(as_counselor, groups, ada, ben, counselor):
    art = groups[0]
    actions.prescribe(
        episode=ben.episode, from_on=MONDAY, minutes_a_week=540, days_a_week=3, mix={}, by=counselor, at=NOW
    )
    actions.enroll(group=groups[1], episode=ben.episode, from_on=MONDAY, by=counselor, at=NOW)
    work = [Block(0, time(9), time(17), "work", 45)]
    actions.set_busy(episode=ben.episode, blocks=work, from_on=MONDAY, by=counselor, at=NOW)
    url, own = reverse("schedule:fill", args=[art.pk]), reverse("schedule:group", args=[art.pk])
    assert f'href="{url}"' in words(as_counselor.get(own))
    shown = words(as_counselor.get(url))
    assert shown.index(ben.name) < shown.index(ada.name)
    assert "Work and the way, 15 minutes" in shown
    assert '<td role="cell" data-l="With this group" class="num r">3.0</td>' in shown
    sent = {"fill-from_on": "2026-10-14", "episode": [str(ada.episode.pk), str(ben.episode.pk)]}
    done = words(as_counselor.post(url, sent, follow=True))
    assert "2 people are in the group." in done
    for person in (ada, ben):
        assert chart("needs", person) in done
        assert Seat.objects.filter(episode=person.episode, session__group=art, dropped_at__isnull=True).exists()
    assert words(as_counselor.post(url, sent, follow=True)).count(ada.name) == 1
    assert Enrollment.objects.filter(group=art).count() == 2


def test_people_who_cannot_have_a_seat_stay_ticked_and_nobody_is_enrolled(
    as_counselor, groups, program, ada, ben, counselor, supervisor
):
    art = week.group(groups[0].track, week.place(program, "Cedar"), supervisor, "Art", starts=time(18), capacity=1)
    actions.enroll(group=groups[0], episode=ada.episode, from_on=MONDAY, by=counselor, at=NOW)
    url = reverse("schedule:fill", args=[art.pk])
    assert "Evening Skills at the same time" in words(as_counselor.get(url))
    sent = {"fill-from_on": "2026-10-14", "episode": [str(ada.episode.pk), str(ben.episode.pk)]}
    answer = as_counselor.post(url, sent)
    assert answer.status_code == 422
    assert f"{ada.name}: Evening Art and Evening Skills are at the same time" in words(answer)
    assert words(answer).count(" checked") == 2
    assert as_counselor.post(url, {"fill-from_on": ""}).status_code == 422
    none = as_counselor.post(url, {"fill-from_on": "2026-10-14"})
    assert "Choose at least one person." in words(none)
    assert not Enrollment.objects.filter(group=art).exists()


def test_a_group_is_filled_by_those_who_keep_the_schedule_and_read_the_records(
    client, groups, counselor, director, front_desk, biller, outsider, ada
):
    url = reverse("schedule:fill", args=[groups[0].pk])
    cast = {counselor: 200, director: 403, front_desk: 403, biller: 403, outsider: 404, ada.membership: 404}
    for viewer, status in cast.items():
        client.force_login(viewer.user)
        assert client.get(url).status_code == status, viewer.roles
    client.force_login(director.user)
    assert url not in words(client.get(reverse("schedule:group", args=[groups[0].pk])))


def test_a_track_is_added_once(as_counselor, program):
    url = reverse("schedule:add-track")
    as_counselor.post(url, {"name": "Weekend", "tone": "day"})
    again = as_counselor.post(url, {"name": "Weekend", "tone": "day"})
    assert again.status_code == 422
    assert "of this name already" in words(again)
    assert Track.objects.count() == 1


# --- how much is asked of the database ---


@pytest.mark.parametrize("name", ["week", "sessions", "groups", "doors", "needs", "plan", "group", "cover", "fill"])
def test_pages_ask_the_same_number_of_questions_however_many_people(
    as_counselor, program, groups, counselor, ada, name, django_assert_num_queries
):
    session = Session.objects.get(group=groups[4], on=SOON)
    extra = week.group(groups[0].track, groups[0].place, counselor, "Art", weekday=4)
    url = {
        "needs": chart("needs", ada),
        "plan": reverse("schedule:plan", args=[session.pk]),
        "group": reverse("schedule:group", args=[groups[4].pk]),
        "fill": reverse("schedule:fill", args=[extra.pk]),
        "doors": reverse("schedule:doors") + "?on=2026-10-15",
        "cover": reverse("schedule:cover") + f"?on=2026-10-15&who={counselor.pk}",
    }.get(name) or reverse(f"schedule:{name}")

    def join(person):
        actions.enroll_all(groups=groups, episode=person.episode, from_on=MONDAY, by=counselor, at=NOW)
        actions.prescribe(
            episode=person.episode, from_on=MONDAY, minutes_a_week=900, days_a_week=3, mix={}, by=counselor,
            at=NOW, reason="More support",
        )  # fmt: skip

    join(ada)
    as_counselor.get(url)

    with CaptureQueriesContext(connection) as few:
        as_counselor.get(url)
    for place in range(6):
        join(make.person_in_care(program, counselor, name=f"Person Number{place}"))
    with django_assert_num_queries(len(few)):
        as_counselor.get(url)
    assert len(few) < 30


# --- a role that keeps the week and reads no record ---


def test_a_director_who_is_nothing_else_sees_no_name_and_meets_no_closed_door(
    client, program, groups, ada, ben, counselor, director
):
    for person in (ada, ben):
        actions.enroll_all(groups=groups, episode=person.episode, from_on=MONDAY, by=counselor, at=NOW)
        actions.prescribe(
            episode=person.episode, from_on=MONDAY, minutes_a_week=900, days_a_week=3, mix={}, by=counselor,
            at=NOW, reason="More support",
        )  # fmt: skip
    session = Session.objects.get(group=groups[4], on=SOON)
    client.force_login(director.user)
    begin = [reverse(f"schedule:{name}") for name in ("week", "sessions", "groups", "cover", "group-new")]
    begin += [reverse("schedule:group", args=[groups[0].pk]), reverse("schedule:plan", args=[session.pk])]
    begin += ["/", reverse("desk:director")]
    begin.append(f"{reverse('schedule:cover')}?on=2026-10-15&who={counselor.pk}")
    seen, wrong = set(), []
    assert client.get(f"{reverse('schedule:doors')}?on=2026-10-15").status_code == 403
    for page in begin:
        answer = client.get(page, follow=True)
        if answer.status_code != 200:
            wrong.append((page, answer.status_code))
        for person in (ada, ben):
            if re.search(rf"\b({person.name}|{person.first_name})\b", words(answer)):
                wrong.append((page, person.number))
        for link in set(re.findall(r'href="(/[^"#]*)"', words(answer))) - seen:
            seen.add(link)
            if link.startswith(("/static/", "/accounts/logout")):
                continue
            status = client.get(link.replace("&amp;", "&"), follow=True).status_code
            if status != 200:
                wrong.append((page, link, status))
    assert wrong == []


@pytest.mark.parametrize("day", ["9999-12-31", "0001-01-01", "2020-01-01", "2199-12-31"])
def test_a_first_day_nobody_means_is_refused_beside_the_field_and_kept(as_counselor, ada, day):
    sent = {"p-hours": "9", "p-days": "3", "p-from_on": day}
    answer = as_counselor.post(chart("prescribe", ada), sent)
    assert answer.status_code == 422
    assert f'value="{day}"' in answer.text
    assert re.search(r'id="id_p-from_on_error".{0,400}(year|before care did)', answer.text, re.S)


@pytest.mark.parametrize("rows", ["²", "7" * 5000, "-1", ""])
def test_lines_are_kept_whatever_is_said_of_their_number(as_counselor, ada, rows):
    sent = busy_lines({"days": [0], "starts": "09:00", "ends": "17:00", "why": "work"}) | {"rows": rows}
    assert as_counselor.post(chart("availability", ada), sent).status_code == 302
    assert ada.episode.busy.count() == 1


def test_a_group_is_not_closed_before_it_began(client, groups, supervisor):
    client.force_login(supervisor.user)
    for day in ("0001-01-01", "1900-01-01", "9999-12-31"):
        sent = {"close-on": day, "close-reason": "Too few people"}
        answer = client.post(reverse("schedule:close", args=[groups[0].pk]), sent)
        assert answer.status_code == 422, day
        assert "id_close-on_error" in answer.text
        assert "Too few people" in answer.text
