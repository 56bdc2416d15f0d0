"""The rules of privacy that staff and participants meet in this room, and in the rooms below it, each by its number."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
from django.db import DatabaseError, transaction
from django.urls import reverse

from conftest import NOW, TODAY
from openiop.alerts.models import Alert
from openiop.attendance import actions as attendance
from openiop.attendance.models import Presence
from openiop.audit import actions as audit
from openiop.audit import queries as log
from openiop.audit.models import Event
from openiop.base.errors import Refused
from openiop.base.rules import local_day, week_of
from openiop.consents import actions as consents
from openiop.consents import queries as guard
from openiop.consents.models import Emergency
from openiop.consents.rules import KIND_WORDS, NEVER_FOR_FAMILY, READERS, Kind
from openiop.notes import actions as notes
from openiop.notes.models import PersonNote
from openiop.participants import actions as people
from openiop.privacy import actions, queries
from openiop.privacy.models import Unusual
from openiop.programs import actions as programs
from openiop.programs.rules import GRANTS, Permission, Role
from openiop.schedule import actions as schedule
from openiop.schedule.models import Session
from tests import make
from tests.make import privacy
from tests.make import schedule as weeks
from tests.make import session as stage
from tests.make.consents import shared

HOUR = timedelta(hours=1)


@pytest.fixture
def at_now(monkeypatch):
    monkeypatch.setattr("django.utils.timezone.now", lambda: NOW)


# --- P11, trap 37: emergency access -----------------------------------------------------------------------------------


def test_p11_an_emergency_access_opens_for_60_minutes_at_most_and_its_review_is_due_in_72_hours(
    ada, front_desk, supervisor
):
    opened = privacy.emergency(ada, front_desk, NOW)
    assert opened.closes_at - opened.opened_at <= timedelta(minutes=60)
    assert Alert.objects.get(source_id=str(opened.pk)).due_at - NOW <= timedelta(hours=72)


@pytest.mark.parametrize("name", ["personnel", "facility", "discloser", "nature"])
def test_trap_37_none_of_the_four_required_fields_can_be_left_out(ada, front_desk, supervisor, name):
    with pytest.raises(Refused):
        privacy.emergency(ada, front_desk, NOW, **{name: ""})
    assert not Emergency.objects.exists()
    with pytest.raises(DatabaseError), transaction.atomic():  # nor past the program
        Emergency.objects.create(
            participant=ada, opened_by=front_desk, opened_at=NOW, closes_at=NOW + HOUR,
            **({one: privacy.FORM[one] for one in privacy.FORM} | {name: ""}),
        )  # fmt: skip


def test_trap_37_the_review_stands_until_someone_else_has_judged_it(ada, front_desk, supervisor):
    opened = privacy.emergency(ada, front_desk, NOW)
    assert list(queries.waiting_review(ada.program_id)) == [opened]
    assert list(queries.waiting_review(ada.program_id)) == [opened]
    with pytest.raises(Refused):
        actions.review_emergency(emergency=opened, outcome="justified", words="Mine.", by=front_desk, at=NOW + 2 * HOUR)


def test_p11_counseling_notes_are_never_opened_by_an_emergency(client, ada, front_desk, supervisor, at_now):
    with pytest.raises(Refused):
        privacy.emergency(ada, front_desk, NOW, kinds=["contact", "notes"])
    privacy.emergency(
        ada, front_desk, NOW, kinds=["contact", "diagnoses", "medications", "placement", "measures", "alerts"]
    )
    client.force_login(front_desk.user)
    assert client.get(reverse("notes:list", args=[ada.pk])).status_code == 403


# --- P14, P15, trap 35: who sees whom ---------------------------------------------------------------------------------


def test_p14_a_participant_sees_nobody_else_of_their_group(client, program, counselor, ada, ben, at_now):
    stage.session(program, counselor, ada, ben, starts=NOW + HOUR, title="Process")
    client.force_login(ada.membership.user)
    for name in ("portal:home", "portal:week", "portal:me", "portal:looks"):
        html = client.get(reverse(name)).content.decode()
        assert "Ben" not in html, name
        assert "Barleyfield" not in html, name


def test_trap_35_a_group_note_stands_in_each_chart_without_the_others_names(
    client, program, counselor, ada, ben, at_now
):
    held = stage.session(program, counselor, ada, ben, starts=NOW - 2 * HOUR, title="Process")
    stage.signed(held, counselor, ada, ben, at=NOW - timedelta(minutes=5))
    client.force_login(counselor.user)
    html = client.get(reverse("notes:list", args=[ada.pk])).content.decode()
    assert "Process" in html
    assert "Barleyfield" not in html


def test_p15_family_sees_what_a_consent_in_force_names_and_never_more(ada, counselor):
    sister = make.supporter(ada, counselor)
    seen = {kind for kind in Kind if guard.ask(sister.membership, ada, kind, NOW, Permission.SUPPORT).access.allowed}
    assert seen == set()
    shared(sister, counselor, "plan", "schedule", expires_at=NOW + HOUR)
    seen = {kind for kind in Kind if guard.ask(sister.membership, ada, kind, NOW, Permission.SUPPORT).access.allowed}
    assert seen == {Kind.PLAN, Kind.SCHEDULE}
    assert not seen & NEVER_FOR_FAMILY
    assert not any(
        guard.ask(sister.membership, ada, kind, NOW + HOUR, Permission.SUPPORT).access.allowed for kind in Kind
    )


# --- P16, trap 38: every look is on record ----------------------------------------------------------------------------


def test_p16_a_look_says_who_what_when_and_why(client, ada, supervisor, at_now):
    client.force_login(supervisor.user)
    client.get(reverse("consents:list", args=[ada.pk]))
    client.get(reverse("desk:people") + "?show=all")
    rows = Event.objects.filter(what="chart.opened", participant_id=str(ada.pk))
    assert {row.facts["page"] for row in rows} == {"consents:list", "desk:people"}
    for row in rows:
        assert (row.by_id, row.by_role, row.at) == (str(supervisor.pk), "supervisor", NOW)
        assert "2.12(c)(3)" in row.facts["rule"]
        assert KIND_WORDS[Kind(row.facts["kind"])]


def test_trap_38_a_look_at_a_colleagues_record_is_found_and_has_to_be_explained(program, counselor):
    nurse = make.member(program, "nurse", name="Nils Newfield")
    colleague = make.participant(program, "Joan Birchwell")  # also the counselor's name
    privacy.look(nurse, colleague, NOW)
    actions.examine(program=program, on=TODAY, at=NOW + timedelta(days=1))
    assert set(Unusual.objects.values_list("rule", flat=True)) == {"no-tie", "colleague"}


@pytest.mark.parametrize(
    ("mine", "theirs"),
    [
        ({"phone": "555-010-0199"}, {"phone": "(555) 010-0199"}),
        ({"address": "9 Elm Row", "postal_code": "04401"}, {"address": "9 elm row", "postal_code": "04401-0001"}),
        ({"email": "home@example.org"}, {"email": "HOME@example.org"}),
    ],
)
def test_trap_38_someone_of_the_same_home_is_found_and_what_is_the_same_is_not_shown(
    client, program, counselor, mine, theirs, at_now
):
    nurse = make.member(program, "nurse", name="Nils Newfield")
    elsewhere = make.program(name="Fernhollow")  # once in care elsewhere, the nurse gave a phone and an address there
    once = make.participant(elsewhere, "Nils Newfield", **mine)
    there = programs.add_member(
        program=elsewhere, user=nurse.user, name="Nils", credential="", roles=[Role.PARTICIPANT],
        from_on=date(2026, 1, 1), by=None, at=NOW,
    )  # fmt: skip
    people.give_sign_in(participant=once, member=there, by=None, at=NOW)
    person = make.participant(program, "Olga Oakley", **theirs)
    privacy.look(nurse, person, NOW)
    actions.examine(program=program, on=TODAY, at=NOW + timedelta(days=1))
    found = Unusual.objects.get(rule="same-home")
    client.force_login(make.member(program, "privacy", name="Petra Quietwell").user)
    html = client.get(reverse("privacy:one_unusual", args=[found.pk])).content.decode()
    assert "is the same for both" in html
    assert not any(value in html for value in [*mine.values(), *theirs.values()] if value != "04401")


def test_trap_38_a_relative_who_is_named_as_a_supporter_is_found_by_their_phone(program, counselor, ada):
    nurse = make.member(program, "nurse", name="Nils Newfield")
    elsewhere = make.program(name="Fernhollow")
    other = make.participant(elsewhere, "Otto Oakley")
    named = people.add_supporter(
        participant=other, name="Nils", relation="Brother", phone="555-010-0177", by=counselor, at=NOW
    )
    there = programs.add_member(
        program=elsewhere, user=nurse.user, name="Nils", credential="", roles=[Role.FAMILY], from_on=date(2026, 1, 1),
        by=None, at=NOW,
    )  # fmt: skip
    people.give_supporter_sign_in(supporter=named, member=there, by=None, at=NOW)
    people.correct_participant(participant=ada, phone="555 010 0177", by=counselor, at=NOW - timedelta(days=30))
    privacy.look(nurse, ada, NOW)
    actions.examine(program=program, on=TODAY, at=NOW + timedelta(days=1))
    assert Unusual.objects.filter(rule="same-home", participant=ada).exists()


# --- P17: roles -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("role", "never"),
    [
        (Role.BILLER, {Kind.NOTES, Kind.CHECKINS, Kind.MEASURES, Kind.PLAN, Kind.REFERRAL}),
        (Role.FRONT_DESK, set(Kind) - {Kind.CONTACT, Kind.SCHEDULE}),
        (Role.PEER, {Kind.NOTES, Kind.DIAGNOSES, Kind.MEDICATIONS, Kind.PLACEMENT}),
        (Role.PRIVACY, {Kind.NOTES, Kind.CHECKINS, Kind.MEASURES, Kind.PLAN, Kind.DIAGNOSES}),
        (Role.DIRECTOR, set(Kind)),
    ],
)
def test_p17_each_role_reads_what_its_work_needs(role, never):
    assert {kind for kind in Kind if role in READERS[kind]} & never == set()


def test_p17_the_privacy_officers_pages_are_not_the_directors():
    assert [role for role in Role if Permission.KEEP_PRIVACY in GRANTS.get(role, ())] == [Role.PRIVACY]


# --- P27: the log -----------------------------------------------------------------------------------------------------


def test_p27_a_look_can_be_neither_changed_nor_taken_out_and_the_chain_holds(outside, ada, front_desk, supervisor):
    privacy.emergency(ada, front_desk, NOW)
    privacy.look(front_desk, ada, NOW + HOUR / 2)
    for change in (lambda rows: rows.update(by_id="someone"), lambda rows: rows.delete()):
        with pytest.raises(DatabaseError), transaction.atomic():
            change(Event.objects.filter(what="chart.opened"))
    audit.seal(at=NOW + HOUR)
    audit.note_end(at=NOW + HOUR)
    assert list(log.breaks(NOW + HOUR)) == []


# --- P28: the person themselves ---------------------------------------------------------------------------------------


def test_p28_the_person_reads_who_looked_what_and_why_with_emergencies_marked(
    client, ada, counselor, front_desk, supervisor, at_now
):
    privacy.look(counselor, ada, NOW - timedelta(days=1), Kind.PLAN)
    privacy.emergency(ada, front_desk, NOW)
    privacy.look(front_desk, ada, NOW, Kind.DIAGNOSES, "privacy:sheet")
    client.force_login(ada.membership.user)
    html = client.get(reverse("portal:looks")).content.decode()
    for words in (
        "Joan Birchwell, LPC", "Treatment plan and progress", "Part of your care team",
        "Fay Doorley", "A medical emergency", "Your record was opened for a medical emergency", "Dr. Imre Hollowell",
    ):  # fmt: skip
        assert words in html, words
    told = {"emergency": str(Emergency.objects.get().pk)}
    assert client.post(reverse("portal:told"), told).status_code == 302
    assert client.post(reverse("portal:told"), {"emergency": "other"}).status_code == 302
    html = client.get(reverse("portal:looks")).content.decode()
    assert "You were told" in html
    assert "Your record was opened" not in html


def test_p28_the_program_says_whether_names_or_roles_alone_are_read(client, program, ada, counselor, director, at_now):
    privacy.look(counselor, ada, NOW)
    programs.set_policy(
        program=program, name="looks-names", value=2, source="Board, 2026", from_on=TODAY, by=director, at=NOW
    )
    client.force_login(ada.membership.user)
    html = client.get(reverse("portal:looks")).content.decode()
    assert "Someone who works here as counselor" in html
    assert "Birchwell" not in html
    ask = f"{reverse('portal:ask')}?on={TODAY.isoformat()}&who={counselor.pk}"
    assert "Birchwell" not in client.get(ask).content.decode()


def test_p28_a_long_history_is_read_page_by_page_with_as_many_questions(
    client, ada, counselor, django_assert_num_queries, at_now
):
    client.force_login(ada.membership.user)
    for n in range(35):
        privacy.look(counselor, ada, NOW - timedelta(days=n))
    first = client.get(reverse("portal:looks")).content.decode()
    second = client.get(reverse("portal:looks") + "?page=2").content.decode()
    assert (first.count("Part of your care team"), second.count("Part of your care team")) == (30, 5)
    assert "Nothing on this page." in client.get(reverse("portal:looks") + "?page=9").content.decode()


# --- traps 41 and 42: who signed, and which day it was ----------------------------------------------------------------


def test_trap_41_a_note_is_signed_by_a_person_at_an_instant_and_never_changes_after(
    program, counselor, supervisor, ada
):
    held = stage.session(program, counselor, ada, starts=NOW - 2 * HOUR, title="Process")
    [part] = stage.signed(held, counselor, ada, at=NOW - timedelta(minutes=5))
    row = PersonNote.objects.get(pk=part.pk)
    assert (row.signed_by, row.signed_at) == (counselor, NOW - timedelta(minutes=5))
    assert notes.sign_parts(session=held, by=supervisor, at=NOW).signed == []
    row.refresh_from_db()
    assert (row.signed_by, row.signed_at) == (counselor, NOW - timedelta(minutes=5))
    with pytest.raises(DatabaseError), transaction.atomic():
        PersonNote.objects.filter(pk=row.pk).update(words="Something else.")


def test_trap_42_an_evening_session_belongs_to_its_local_day_and_week(program, counselor, ada):
    sunday_night = datetime(2026, 10, 19, 1, 30, tzinfo=UTC)  # Sunday, October 18, 9:30 PM in New York
    weeks.group(weeks.track(program), weeks.place(program), counselor, weekday=6, starts=time(21, 30))
    weeks.sessions(program, date(2026, 10, 12), date(2026, 10, 19))
    held = Session.objects.get(starts_at=sunday_night)
    schedule.enroll(group=held.group, episode=ada.episode, from_on=date(2026, 10, 12), by=counselor, at=NOW)
    assert held.on == local_day(sunday_night, program.zone) == date(2026, 10, 18)
    assert week_of(held.on).holds(date(2026, 10, 12))
    attendance.mark_rest_here(session=held, by=counselor, at=sunday_night + HOUR)
    assert Presence.objects.filter(session__on=date(2026, 10, 18), replaced_at__isnull=True).exists()


def test_trap_42_a_look_late_in_the_evening_is_gone_through_with_its_local_day(program, ada):
    nurse = make.member(program, "nurse", name="Nils Newfield")
    late = datetime(2026, 10, 15, 2, 0, tzinfo=UTC)  # still October 14 in New York
    privacy.look(nurse, ada, late)
    assert actions.examine(program=program, on=TODAY, at=late + timedelta(days=1)) >= 1
    assert Unusual.objects.first().on == TODAY
    page = {"page": "desk:people", "permission": Permission.READ_CASELOAD}
    consents.log_reads(people=[ada], kind=Kind.SCHEDULE, **page, by=nurse, at=late)
