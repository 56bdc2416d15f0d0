"""Where each role lands, and what each sees of the day, the people and one record."""

import re
from datetime import date, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from conftest import NOW, TODAY
from openiop.attendance import actions as attending
from openiop.audit.models import Event
from openiop.consents import queries as guard
from openiop.consents.rules import Kind
from openiop.desk import queries
from openiop.desk.queries.chart import drawn_from
from openiop.notes import actions as notes
from openiop.participants import actions as participants
from openiop.programs import actions as programs
from openiop.programs.rules import Permission, Role
from openiop.recovery import actions as recovery
from openiop.schedule import actions as schedule
from tests import make
from tests.make import admissions, alerts, plans, questionnaires
from tests.make import schedule as weeks
from tests.make import session as sessions
from tests.make.continuing import reviewed


@pytest.fixture(autouse=True)
def _now(monkeypatch):
    monkeypatch.setattr("django.utils.timezone.now", lambda: NOW)


def signed_in(client, member):
    client.force_login(member.user)
    return client


def page(person):
    return f"/people/{person.pk}/"


def lived_in(person, counselor):
    """A person with something in every part of the page."""
    threads = sessions.objectives(person, counselor, "One planned evening")
    over = sessions.session(person.program, counselor, person, starts=NOW - timedelta(days=1))
    sessions.written(over, counselor, at=NOW)
    notes.save_part(
        session=over, episode=person.episode, objectives=threads, took_part="spoke", words="Named payday.", revision=0,
        by=counselor, at=NOW,
    )  # fmt: skip
    assert notes.sign_parts(session=over, by=counselor, at=NOW).signed
    questionnaires.answered(person, total=18, at=NOW - timedelta(days=20))
    questionnaires.answered(person, total=9, at=NOW - timedelta(days=1))
    recovery.check_in(
        participant=person, on=(NOW - timedelta(days=1)).date(), mood=5, craving=9, safe="yes", use="alcohol",
        by=person.membership, at=NOW - timedelta(days=1),
    )  # fmt: skip
    participants.add_diagnosis(participant=person, code="F10.20", words="Alcohol use disorder", by=counselor, at=NOW)
    return person


# Landing


def test_everyone_lands_where_their_day_begins(client, ada, counselor, director, biller, supervisor):
    rosa = make.supporter(ada, counselor)
    for member, where in (
        (counselor, "/today/"), (director, "/program/"), (biller, "/today/"), (supervisor, "/today/"),
        (ada.membership, "/my/"), (rosa.membership, "/support/"),
    ):  # fmt: skip
        said = signed_in(client, member).get("/")
        assert (said.status_code, said["Location"]) == (302, where)


def test_a_stranger_is_welcomed_and_someone_without_a_program_is_told_so(client, db):
    assert client.get("/").status_code == 302
    client.force_login(make.user("Nobody Here"))
    said = client.get("/")
    assert said.status_code == 403
    assert "You belong to no program now." in said.content.decode()


def test_someone_with_two_programs_chooses_and_the_choice_holds(client, counselor):
    other = make.program(name="Fernhollow")
    there = programs.add_member(
        program=other, user=counselor.user, name="Joan Birchwell", roles=[Role.DIRECTOR],
        from_on=NOW.date() - timedelta(days=30), by=None, at=NOW,
    )  # fmt: skip
    signed_in(client, counselor)
    assert client.get("/")["Location"] == "/choose/"
    assert "Fernhollow" in client.get("/choose/").content.decode()
    assert client.post("/choose/", {"membership_id": "someone-else"}).status_code == 422
    said = client.post("/choose/", {"membership_id": str(there.pk)})
    assert said["Location"] == "/program/"
    assert client.get("/")["Location"] == "/program/"
    assert client.get("/today/").status_code == 200


# Today


def test_the_day_shows_what_needs_me_what_i_lead_and_what_i_sign(client, ada, ben, counselor):
    lived_in(ada, counselor)
    alerts.alert(ada, counselor, kind="phq9-item9", level="urgent", words="PHQ-9 item 9: several days")
    over = sessions.session(ada.program, counselor, ada, ben, starts=NOW - timedelta(hours=4), title="Morning group")
    sessions.written(over, counselor, ada, ben, at=NOW)
    sessions.session(ada.program, counselor, ada, starts=NOW + timedelta(hours=1), group=False, title="Individual")
    shown = signed_in(client, counselor).get("/today/").content.decode()
    for words in (
        "Wednesday, October 14", "One thing is urgent.", "PHQ-9 item 9: several days", "Morning group", "Draft note",
        "Now. Free for 60 minutes", "Notes to sign", "My caseload", "2 people", "Ada Alderquist",
    ):  # fmt: skip
        assert words in shown, words


def test_a_session_nobody_came_to_has_no_note_and_is_not_called_signed(client, ada, ben, counselor):
    for people, facts, says in (
        ([ada], {"group": False, "title": "Individual"}, "Away, no note"),
        ([ada, ben], {"title": "Morning group"}, "Nobody came, no note"),
    ):
        over = sessions.session(ada.program, counselor, *people, starts=NOW - timedelta(hours=4), **facts)
        for person in people:
            attending.record_presence(
                session=over, episode=person.episode, here=False, away="no-contact", by=counselor, at=NOW
            )
        shown = signed_in(client, counselor).get("/today/").content.decode()
        assert says in shown
        assert "</svg>Signed" not in shown


def test_the_day_of_each_role_holds_only_what_the_role_reads(
    client, ada, counselor, biller, front_desk, director, outsider
):
    lived_in(ada, counselor)
    sessions.session(ada.program, counselor, ada)
    sessions.session(ada.program, counselor, ada, starts=NOW + timedelta(hours=2), group=False, title="Individual")
    for member, has, lacks in (
        (biller, ["Sessions today", "2 sessions today.", "Joan Birchwell"], ["Needs me", "Notes to sign", "Craving"]),
        (front_desk, ["Sessions today", "Skills group", "Ada Alderquist"], ["Needs me", "My caseload"]),
        (director, ["Sessions today"], ["My caseload", "Alderquist"]),
        (outsider, ["My caseload", "You treat nobody"], ["Alderquist", "Skills group"]),
    ):
        shown = signed_in(client, member).get("/today/").content.decode()
        assert [words for words in has if words not in shown] == []
        assert [words for words in lacks if words in shown] == []
    assert signed_in(client, ada.membership).get("/today/").status_code == 404


def test_the_desk_sees_who_leads_now_and_counts_what_takes_place(client, ada, counselor, front_desk):
    sessions.session(ada.program, counselor, ada, starts=NOW + timedelta(hours=1))
    gone = sessions.session(ada.program, counselor, ada, starts=NOW + timedelta(hours=3), title="Older group")
    sessions.session(ada.program, counselor, ada, starts=NOW + timedelta(hours=2), group=False, title="Individual")
    schedule.cancel_session(session=gone, reason="Heating is out", by=counselor, at=NOW)
    shown = signed_in(client, front_desk).get("/today/").content.decode()
    assert "2 sessions today, 1 cancelled." in shown
    assert "Joan Birchwell, Individual" in shown
    assert ">6:48 PM</time>" in shown
    listed = " ".join(client.get("/sessions/?who=all").content.decode().split())
    assert "2 sessions today, 1 cancelled" in listed
    assert f'with <span class="pn">{ada.name}</span>' in listed


def test_someone_not_yet_marked_does_not_look_behind(client, ada, counselor):
    sessions.session(ada.program, counselor, ada, starts=NOW - timedelta(hours=5))
    row = queries.caseload(counselor, "team", NOW).people[0]
    assert (row.due, row.behind, row.tone) == (0, False, "ok")


# People


def test_the_order_and_the_track_someone_chose_stick(client, ada, ben, counselor):
    sessions.session(ada.program, counselor, ada)
    signed_in(client, counselor)
    assert 'value="name" selected' in client.get("/people/?sort=name&track=").content.decode()
    assert 'value="name" selected' in client.get("/people/").content.decode()
    assert 'value="name" selected' in client.get("/today/").content.decode()
    assert 'value="attention" selected' in client.get("/people/?sort=attention&track=nonsense").content.decode()
    none = client.get("/people/?track=Evening").content.decode()
    assert "Nobody in this track." in none


@pytest.mark.parametrize("sort", ["attention", "name", "review", "hours"])
def test_each_order_lists_everyone(ada, ben, counselor, sort):
    alerts.alert(ben, counselor)
    people = queries.caseload(counselor, "all", NOW, sort=sort).people
    assert len(people) == 2
    assert people[0].name == ("Ben Barleyfield" if sort == "attention" else "Ada Alderquist")


def test_the_lists_are_mine_my_teams_and_everyone(client, ada, counselor, supervisor):
    participants.join_team(
        episode=ada.episode, member=supervisor, part="Supervisor", on=NOW.date(), by=counselor, at=NOW
    )
    make.person_in_care(ada.program, supervisor, name="Cal Cedarling")
    names = {
        which: {one.name for one in queries.caseload(supervisor, which, NOW).people}
        for which in ("mine", "team", "all")
    }
    assert names == {
        "mine": {"Cal Cedarling"},
        "team": {"Ada Alderquist", "Cal Cedarling"},
        "all": {"Ada Alderquist", "Cal Cedarling"},
    }
    for which in ("mine", "team", "all", "nonsense"):
        assert signed_in(client, supervisor).get(f"/people/?show={which}").status_code == 200


def test_people_is_for_those_with_a_caseload_and_shows_each_what_they_read(
    client, ada, counselor, biller, director, outsider
):
    lived_in(ada, counselor)
    for member, status, named in (
        (counselor, 200, True),
        (biller, 200, True),
        (director, 403, False),
        (outsider, 200, False),
    ):
        said = signed_in(client, member).get("/people/?show=all")
        assert said.status_code == status
        assert ("Ada Alderquist" in said.content.decode()) is named
    shown = signed_in(client, biller).get("/people/?show=all").content.decode()
    assert "Hours this week" in shown
    assert "Craving" not in shown
    assert "PHQ-9" not in shown
    assert Event.objects.filter(what="chart.opened", participant_id=str(ada.pk), by_id=str(biller.pk)).exists()


def test_htmx_gets_the_table_alone(client, ada, counselor):
    part = signed_in(client, counselor).get("/people/?sort=name", headers={"HX-Request": "true"}).content.decode()
    assert part.lstrip().startswith('<div id="caseload"')
    part = client.get("/today/?sort=name", headers={"HX-Request": "true"}).content.decode()
    assert part.lstrip().startswith('<section id="caseload"')


# Finding


def test_a_person_is_found_by_name_or_number_in_one_program_only(
    client,
    ada,
    ben,
    counselor,
    outsider,
):
    signed_in(client, counselor)
    for words, found in (("alder", True), (str(ada.number), True), ("ada quist", True), ("zzz", False), ("", False)):
        said = client.post("/people/find/", {"q": words})
        assert said.status_code == 200
        assert ("Ada Alderquist" in said.content.decode()) is found
    assert client.get("/people/find/").status_code == 405
    assert "Ada Alderquist" not in signed_in(client, outsider).post("/people/find/", {"q": "alder"}).content.decode()


def test_finding_is_closed_to_those_who_open_no_record(client, ada, director):
    assert signed_in(client, director).post("/people/find/", {"q": "alder"}).status_code == 403


# One record


def test_a_record_opens_for_each_role_as_far_as_the_role_reads(
    client, ada, counselor, supervisor, prescriber, intake, biller, front_desk, director, outsider
):
    lived_in(ada, counselor)
    for member, status in (
        (counselor, 200), (supervisor, 200), (prescriber, 200), (intake, 200), (biller, 200), (front_desk, 200),
        (director, 403), (outsider, 404), (ada.membership, 404),
    ):  # fmt: skip
        assert signed_in(client, member).get(page(ada)).status_code == status
    for member, has, lacks in (
        (counselor, ["Golden thread", "One planned evening", "Note signed by Joan", "Timeline"], ["Not shown to your"]),
        (intake, ["Golden thread", "Diagnoses", "Not shown to your role"], ["Craving", "Note signed by"]),
        (biller, ["F10.20", "Hours this week", "This week", "Not shown to your role"], ["Golden thread", "PHQ-9"]),
        (biller, [], ["Craving", "Level of care", "Level 2.1"]),
        (front_desk, ["This week", "How to reach them"], ["F10.20", "Golden thread", "Hours this week"]),
    ):  # fmt: skip
        shown = signed_in(client, member).get(page(ada)).content.decode()
        assert [words for words in has if words not in shown] == [], member.name
        assert [words for words in lacks if words in shown] == [], member.name


def test_each_role_is_offered_only_the_tabs_it_may_open(client, ada, counselor, biller, supervisor):
    for member, has, lacks in (
        (counselor, ["Plan", "Review"], ["Who looked"]),
        (supervisor, ["Who looked"], []),
        (biller, ["Overview"], ["Review", "Placement", "Who looked"]),
    ):
        shown = signed_in(client, member).get(page(ada)).content.decode()
        tabs = shown[shown.index('aria-label="Record"') :]
        tabs = tabs[: tabs.index("</nav>")]
        assert [words for words in has if words not in tabs] == []
        assert [words for words in lacks if words in tabs] == []


def test_an_objective_without_a_note_for_two_weeks_says_so(client, ada, counselor):
    sessions.objectives(ada, counselor, "One planned evening")
    assert "No signed note yet, 72 days" in signed_in(client, counselor).get(page(ada)).content.decode()
    lived = sessions.session(ada.program, counselor, ada, starts=NOW - timedelta(days=20))
    sessions.written(lived, counselor, ada, at=NOW)
    seen = client.get(page(ada)).content.decode()
    assert "objective has a gap" in seen


def test_the_timeline_tells_what_happened_newest_first(client, ada, counselor):
    lived_in(ada, counselor)
    admissions.decided(ada, counselor, at=NOW)
    reviewed(ada.episode, counselor, NOW, "step-up")
    sessions.session(ada.program, counselor, ada, starts=NOW + timedelta(days=1))
    shown = signed_in(client, counselor).get(page(ada)).content.decode()
    for words in ("Level changed to 2.5", "Review: step up", "Return to use: alcohol", "Expected", "Plan, version 1"):
        assert words in shown, words
    assert client.get(f"{page(ada)}?timeline=all").status_code == 200


def test_a_record_before_and_after_care_stays_readable(client, ada, program, counselor):
    new = admissions.newcomer(program)
    assert "Not yet in care." in signed_in(client, counselor).get(page(new)).content.decode()
    reviewed(ada.episode, counselor, NOW, "discharge")
    assert "Care ended" in client.get(page(ada)).content.decode()


# Who looked


def test_who_looked_is_for_supervisors_and_privacy(client, ada, counselor, supervisor, biller, outsider):
    privacy = make.member(ada.program, "privacy", name="Pia Wardwell")
    signed_in(client, counselor).get(page(ada))
    for member, status in ((supervisor, 200), (privacy, 200), (counselor, 403), (biller, 403)):
        assert signed_in(client, member).get(f"{page(ada)}who-looked/").status_code == status
    shown = signed_in(client, privacy).get(f"{page(ada)}who-looked/").content.decode()
    assert "Joan Birchwell, LPC" in shown
    assert "Overview" in shown
    assert "name and contact details" in shown
    assert "session notes" in shown
    stranger = make.member(outsider.program, "privacy", name="Odd Farfield")
    assert signed_in(client, stranger).get(f"{page(ada)}who-looked/").status_code == 404
    for number, status in (("2", 200), ("0", 200), ("x", 200), ("99999999", 200)):
        assert signed_in(client, privacy).get(f"{page(ada)}who-looked/?page={number}").status_code == status


# The program


def test_the_programs_numbers_are_counted_from_its_records(
    client, ada, ben, counselor, supervisor, director, biller, outsider
):
    lived_in(ada, counselor)
    alerts.alert(ben, counselor, at=NOW - timedelta(days=3))
    over = sessions.session(ada.program, counselor, ben, starts=NOW - timedelta(days=2), title="Older group")
    sessions.written(over, counselor, ben, at=NOW)
    waiting = admissions.enquiry(ada.program, at=NOW - timedelta(hours=30))
    numbers = queries.numbers(director, NOW)
    assert (numbers.in_care, {level: count for level, _, count in numbers.census}["2.1"]) == (2, 2)
    assert (numbers.alerts_overdue, numbers.notes_waiting, numbers.notes_late) == (1, 1, 1)
    assert numbers.delivered == 180
    assert waiting.contacted_at is None
    assert numbers.uncontacted == 1
    assert [(one.name, one.people) for one in numbers.loads] == [("Joan Birchwell", 2)]
    later = queries.numbers(director, NOW + timedelta(days=40))
    assert (numbers.reviews_late, numbers.plans_late) == (0, 1)
    assert (later.reviews_late, later.plans_late) == (2, 1)
    assert [(one.late, one.plans_late) for one in later.loads] == [(2, 1)]
    for member, status in ((director, 200), (supervisor, 200), (counselor, 403), (biller, 403)):
        assert signed_in(client, member).get("/program/").status_code == status
    assert "Alderquist" not in signed_in(client, director).get("/program/").content.decode()
    there = make.member(outsider.program, "director", name="Odd Farfield")
    assert queries.numbers(there, NOW).in_care == 0
    assert signed_in(client, there).get("/program/").status_code == 200


def test_waiting_counts_stand_beside_the_menu(client, ada, counselor):
    alerts.alert(ada, counselor)
    over = sessions.session(ada.program, counselor, ada, starts=NOW - timedelta(hours=4))
    sessions.written(over, counselor, ada, at=NOW)
    assert queries.waiting(counselor, NOW) == (1, 1)
    assert '<span class="count">1' in signed_in(client, counselor).get("/alerts/").content.decode()


# What it costs


def cost(client, address):
    client.get(address)
    with CaptureQueriesContext(connection) as asked:
        assert client.get(address).status_code == 200
    return len(asked)


def full(person, counselor, n):
    questionnaires.answered(person, total=n % 20, at=NOW - timedelta(days=n + 1))
    recovery.check_in(
        participant=person, on=(NOW - timedelta(days=1)).date(), mood=5, craving=9, safe="yes",
        by=person.membership, at=NOW - timedelta(days=1),
    )  # fmt: skip
    alerts.alert(person, counselor, words=f"Craving 9, {n}")
    plans.signed(person.episode, counselor)


def test_a_list_asks_the_same_number_of_questions_for_any_number_of_people(client, ada, counselor, supervisor):
    lists = {"/today/": counselor, "/people/?show=all": counselor, "/program/": supervisor}
    full(ada, counselor, 0)
    over = sessions.session(ada.program, counselor, ada, starts=NOW - timedelta(hours=5), title="Group 0")
    sessions.written(over, counselor, ada, at=NOW)
    sessions.session(ada.program, counselor, ada, starts=NOW + timedelta(hours=1), group=False)
    few = {address: cost(signed_in(client, member), address) for address, member in lists.items()}
    others = [make.person_in_care(ada.program, counselor, name=f"Person Number{n}") for n in range(4)]
    for n, person in enumerate(others):
        full(person, counselor, n)
        late = sessions.session(
            ada.program, counselor, person, starts=NOW - timedelta(hours=6 + n), title=f"Group {n + 1}"
        )
        sessions.written(late, counselor, person, at=NOW)
        sessions.session(ada.program, counselor, person, starts=NOW + timedelta(hours=2 + n / 10), group=False)
    assert {address: cost(signed_in(client, member), address) for address, member in lists.items()} == few


def test_a_record_asks_the_same_number_of_questions_for_any_history(client, ada, counselor):
    lived_in(ada, counselor)
    sessions.session(ada.program, counselor, ada, starts=NOW + timedelta(days=1))
    signed_in(client, counselor)
    few = cost(client, page(ada))
    for n in range(5):
        questionnaires.answered(ada, total=n, at=NOW - timedelta(days=n + 2))
        alerts.alert(ada, counselor, kind=f"craving-{n}")
        over = sessions.session(ada.program, counselor, ada, starts=NOW - timedelta(days=n + 2), title=f"Group {n}")
        sessions.written(over, counselor, ada, at=NOW)
    assert cost(client, page(ada)) == few


def test_the_rate_of_attendance_is_the_same_on_every_page_at_the_same_instant(
    client, ada, counselor, director, monkeypatch
):
    """One session missed, one attended, this evening's yet to come: then marked."""
    gone = [sessions.session(ada.program, counselor, ada, starts=NOW - timedelta(days=days)) for days in (9, 8, 7)]
    for row in gone[:2]:
        attending.record_presence(session=row, episode=ada.episode, here=True, by=counselor, at=NOW)
    attending.record_presence(session=gone[2], episode=ada.episode, here=False, away="no-contact", by=counselor, at=NOW)
    evening = sessions.session(ada.program, counselor, ada, starts=NOW + timedelta(minutes=30))

    def said():
        pages = {page(ada): counselor, f"{page(ada)}review/": counselor, "/program/": director}
        shown = [signed_in(client, viewer).get(url).content.decode() for url, viewer in pages.items()]
        words = r"(\d+%) attended in 4 weeks|<dt>Attendance</dt>.*?(\d+%)"
        return ["".join(filter(None, re.search(words, part, re.DOTALL).groups())) for part in shown]

    assert said() == ["67%"] * 3
    attending.record_presence(session=evening, episode=ada.episode, here=True, by=counselor, at=NOW)
    assert said() == ["75%"] * 3


def test_someone_whose_groups_begin_tomorrow_is_not_said_to_have_nothing_scheduled(client, program, counselor, ada):
    client.force_login(counselor.user)
    assert "nothing ahead" in client.get(f"/people/{ada.pk}/").content.decode()
    group = weeks.group(weeks.track(program), weeks.place(program), counselor, weekday=(TODAY.weekday() + 1) % 7)
    weeks.sessions(program, TODAY, TODAY + timedelta(days=14))
    schedule.enroll(group=group, episode=ada.episode, from_on=TODAY, by=counselor, at=NOW)
    said = client.get(f"/people/{ada.pk}/").content.decode()
    assert "Nothing scheduled" not in said
    assert "Nothing to attend so far" in said


def test_of_a_long_stay_the_last_half_year_is_drawn_beside_the_first_score(client, program, counselor):
    cy = make.person_in_care(program, counselor, name="Cy Cedarholm", starts_on=date(2025, 6, 2))
    for ago in (60, 40, 10, 1):
        questionnaires.answered(cy, total=ago // 4, at=NOW - timedelta(weeks=ago), by=counselor)
    assert drawn_from(cy.episode, TODAY) == date(2026, 4, 13)
    assert drawn_from(cy.episode, date(2025, 9, 1)) == date(2025, 6, 2)
    assert "week 46" in signed_in(client, counselor).get(page(cy)).content.decode()
    opened = guard.open_record(counselor, cy.pk, Kind.CONTACT, NOW, Permission.OPEN_RECORD)
    [(name, line)] = queries.overview(counselor, opened, NOW).scores
    assert (name, [points for _, points in line]) == ("PHQ-9", [15, 2, 0])


def test_people_come_in_pages_and_only_who_is_shown_is_on_record(client, program, counselor):
    for number in range(61):
        make.person_in_care(program, counselor, name=f"Person {number:02}")
    first = signed_in(client, counselor).get("/people/?show=all&sort=name")
    assert "Page 1 of 2" in " ".join(first.content.decode().split())
    assert "61 people in this list" in " ".join(first.content.decode().split())
    assert Event.objects.filter(facts__page="desk:people").count() == 60
    second = client.get("/people/?show=all&page=2").content.decode()
    assert "Person 60" in second
    assert Event.objects.filter(facts__page="desk:people").count() == 61
