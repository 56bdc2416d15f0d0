"""Rooms, policies and roles: who keeps them, what is turned down, and that the past keeps its own bounds."""

import re
from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from conftest import NOW, TODAY
from openiop.audit.models import Event
from openiop.base.errors import Refused
from openiop.outbox.models import Message
from openiop.programs import actions, queries, rules
from openiop.programs.models import Membership, Place, Policy
from openiop.programs.rules import POLICIES, Role
from tests import make
from tests.make.everything import unsent


@pytest.fixture(autouse=True)
def _now(monkeypatch):
    monkeypatch.setattr("django.utils.timezone.now", lambda: NOW)


@pytest.fixture
def as_director(client, director):
    client.force_login(director.user)
    return client


def words(response):
    return " ".join(response.content.decode().split())


def test_the_programs_own_pages_are_for_those_who_keep_it(client, director, counselor, front_desk, outsider, ada):
    room = make.programs.add_place(program=director.program, name="Willow", seats=12, by=director, at=NOW)
    abroad = make.member(outsider.program, "director", name="Del Farfield")
    pages = [reverse(f"programs:{name}") for name in ("places", "policies", "staff")]
    pages += [reverse("programs:policy", args=["week-hours"])]
    own = [reverse("programs:member", args=[counselor.pk])]
    for viewer, status, of_own in (
        (director, 200, 200), (abroad, 200, 404), (counselor, 403, 403), (front_desk, 403, 403),
        (ada.membership, 404, 404),
    ):  # fmt: skip
        client.force_login(viewer.user)
        assert {client.get(url).status_code for url in pages} == {status}
        assert {client.get(url).status_code for url in own} == {of_own}
    client.force_login(abroad.user)
    assert client.post(reverse("programs:end-place", args=[room.pk])).status_code == 404
    assert client.post(reverse("programs:end-role", args=[counselor.pk, "counselor"])).status_code == 404
    client.force_login(counselor.user)
    assert client.post(reverse("programs:end-place", args=[room.pk])).status_code == 403
    assert client.post(reverse("programs:end-role", args=[counselor.pk, "counselor"])).status_code == 403


def test_a_room_is_added_once_and_taken_out_of_use(as_director):
    url, sent = reverse("programs:places"), {"name": "Fern", "seats": "4"}
    as_director.post(url, sent)
    again = as_director.post(url, sent)
    assert again.status_code == 422
    assert "There is a room of this name already." in words(again)
    room = Place.objects.get()
    end = reverse("programs:end-place", args=[room.pk])
    as_director.post(end)
    assert list(queries.places(room.program_id)) == []
    assert as_director.post(end).status_code == 409


def test_a_policy_holds_from_its_day_on_with_its_source(as_director, program):
    url = reverse("programs:policy", args=["week-hours"])
    sent = {"low": "6", "least": "10", "next": "20", "source": "Payer contract", "from_on": "2026-10-14"}
    for wrong, why in (
        ({"source": ""}, "Say where this bound comes from."),
        ({"least": "30"}, "Each bound must be at least the one before it."),
        ({"from_on": ""}, "Give the first day."),
    ):
        answer = as_director.post(url, sent | wrong)
        assert answer.status_code == 422
        assert why in words(answer)
    assert Policy.objects.count() == 0
    as_director.post(url, sent)
    default = POLICIES["week-hours"].default
    assert queries.policy_value(program.pk, "week-hours", date(2026, 10, 13), default) == default
    assert queries.policy_value(program.pk, "week-hours", TODAY, default)["least"] == 10
    assert "Payer contract" in words(as_director.get(reverse("programs:policies")))
    assert as_director.get(reverse("programs:policy", args=["nothing"])).status_code == 404


def test_a_policy_set_twice_for_one_day_reads_as_given_last_and_its_change_is_on_record(as_director, program):
    url = reverse("programs:policy", args=["group-seats"])
    for seats in ("10", "10", "14.5"):
        as_director.post(url, {"value": seats, "source": "Own decision", "from_on": "2026-10-14"})
    assert Policy.objects.get().value == 14.5
    assert Event.objects.filter(what="policy.corrected").count() == 1
    later = {"value": "16", "source": "Own decision", "from_on": "2026-12-01"}
    as_director.post(url, later)
    assert "From Dec 1, 2026: 16 seats" in words(as_director.get(reverse("programs:policies")))


def test_closed_days_each_have_a_reason_and_stand_once(as_director, program):
    url = reverse("programs:policy", args=["closed-days"])
    sent = {
        "rows": "3", "on_0": "2026-12-25", "why_0": "Christmas Day", "on_1": "2026-11-26", "why_1": "Thanksgiving Day",
        "source": "5 U.S.C. 6103", "from_on": "2026-01-01",
    }  # fmt: skip
    assert "Say why the program is closed" in words(as_director.post(url, sent | {"why_0": ""}))
    assert "Each day can stand once." in words(as_director.post(url, sent | {"on_0": "2026-11-26"}))
    as_director.post(url, sent)
    assert [row["on"] for row in Policy.objects.get().value] == ["2026-11-26", "2026-12-25"]
    assert 'value="2026-11-26"' in words(as_director.get(url))
    assert "2026-11-26: Thanksgiving Day" in words(as_director.get(reverse("programs:policies")))


def test_roles_are_given_and_ended_and_someone_always_keeps_them(as_director, counselor, director):
    url = reverse("programs:member", args=[counselor.pk])
    as_director.post(url, {"role": "peer"})
    assert "Peer" in words(as_director.get(reverse("programs:staff")))
    assert as_director.post(url, {"role": "peer"}).status_code == 422
    as_director.post(reverse("programs:end-role", args=[counselor.pk, "peer"]))
    assert as_director.post(reverse("programs:end-role", args=[counselor.pk, "peer"])).status_code == 404
    last = as_director.post(reverse("programs:end-role", args=[director.pk, "director"]))
    assert last.status_code == 409
    assert "Someone must be able to keep the roles." in words(last)
    actions.grant_role(member=counselor, role=Role.DIRECTOR, by=director, at=NOW)
    actions.end_role(member=director, role=Role.DIRECTOR, by=director, at=NOW)
    with pytest.raises(Refused, match="do not hold this role"):
        actions.end_role(member=director, role=Role.PEER, by=counselor, at=NOW)
    with pytest.raises(Refused, match="hold this role already"):
        actions.grant_role(member=counselor, role=Role.DIRECTOR, by=counselor, at=NOW)


def test_what_the_pages_cannot_send_is_turned_down_too(program, director, counselor):
    facts = {"by": director, "at": NOW}
    with pytest.raises(Refused, match="at least one seat"):
        actions.add_place(program=program, name="Fern", seats=0, **facts)
    with pytest.raises(Refused, match="Say where this bound comes from"):
        actions.set_policy(program=program, name="group-seats", value=10, source=" ", from_on=TODAY, **facts)
    joining = {"program": program, "name": "Again", "from_on": TODAY} | facts
    with pytest.raises(Refused, match="belongs to the program already"):
        actions.add_member(user=counselor.user, roles=[Role.PEER], **joining)
    with pytest.raises(Refused, match="at least one role"):
        actions.add_member(user=make.user(), roles=[], **joining)


def test_each_known_policy_can_be_said_and_its_default_stands():
    for kind in POLICIES.values():
        assert rules.why_not_policy(kind, kind.default) == []
        assert rules.policy_words(kind, kind.default)
        assert kind.source
    assert rules.policy_words(POLICIES["closed-days"], [{"on": "2026-12-25", "why": "Christmas Day"}]) == "1 day"
    assert rules.why_not_policy(POLICIES["group-seats"], 0) == ["Give a number above zero."]
    assert rules.why_not_policy(POLICIES["group-seats"], -1) == ["A bound cannot be less than zero."]


@pytest.mark.parametrize("name", ["places", "policies", "staff"])
def test_the_pages_ask_the_same_number_of_questions_however_long(as_director, program, director, name):
    url, asked = reverse(f"programs:{name}"), []
    as_director.get(url)
    for place in range(12):
        make.programs.add_place(program=program, name=f"Room {place}", seats=8, by=director, at=NOW)
        make.member(program, "counselor", name=f"Staff {place}")
        actions.set_policy(
            program=program, name="week-days", value={"least": 3, "most": 5}, source="Own",
            from_on=date(2026, 1, 1 + place), by=director, at=NOW,
        )  # fmt: skip
        with CaptureQueriesContext(connection) as queries:
            as_director.get(url)
        asked.append(len(queries))
    assert len(set(asked)) == 1
    assert asked[0] <= 8  # one of them is whether this sign-in was ended meanwhile


NEWCOMER = {"name": "Wren Hollowell", "credential": "LPC", "email": "wren@example.org", "roles": ["counselor", "peer"]}


def test_someone_new_gets_a_link_chooses_a_password_and_finds_their_pages(as_director, client, program):
    answer = as_director.post("/program/staff/", NEWCOMER)
    assert answer.status_code == 200
    wren = Membership.objects.get(name="Wren Hollowell")
    assert wren.roles == {"counselor", "peer"}
    assert Message.objects.get(recipient="wren@example.org").kind == "set-password"
    link = re.search(r"http://testserver(/set-up/[^<\s]+)", answer.content.decode()).group(1)
    client.logout()
    choose = client.get(link, follow=True)
    path = choose.redirect_chain[-1][0] if choose.redirect_chain else link
    client.post(path, {"password": "a long quiet sentence", "again": "a long quiet sentence"}, follow=True)
    wren.user.refresh_from_db()
    assert wren.user.check_password("a long quiet sentence")
    client.force_login(wren.user)
    assert client.get("/people/").status_code == 200
    assert {"member.added", "member.invited"} <= set(Event.objects.values_list("what", flat=True))


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"name": ""}, "Give their name."),
        ({"email": "nobody"}, "Enter a valid email address."),
        ({"roles": []}, "Choose at least one role."),
        ({"roles": ["participant"]}, "participant"),
    ],
)
def test_a_newcomer_who_lacks_something_is_refused_and_nothing_typed_is_lost(as_director, changed, said):
    answer = as_director.post("/program/staff/", NEWCOMER | changed)
    assert answer.status_code == 422
    assert said in words(answer)
    assert "LPC" in words(answer)
    assert not Membership.objects.filter(name="Wren Hollowell").exists()


def test_an_address_that_signs_in_already_is_refused(as_director, counselor):
    answer = as_director.post("/program/staff/", NEWCOMER | {"email": counselor.user.email.upper()})
    assert answer.status_code == 422
    assert "has a sign-in already" in words(answer)
    with pytest.raises(Refused, match="no role of staff"):
        actions.invite_member(
            program=counselor.program, name="x", credential="", email="x@example.org", roles=[Role.FAMILY],
            site="http://testserver/", by=counselor, at=NOW,
        )  # fmt: skip


def test_the_link_of_a_sign_in_in_use_goes_to_its_owner_alone(as_director, counselor):
    counselor.user.set_password("a long quiet sentence")
    counselor.user.save()
    answer = as_director.post(f"/program/staff/{counselor.pk}/link/")
    assert "/set-up/" not in words(answer)
    assert "/set-up/" in Message.objects.get(recipient=counselor.user.email).body


def test_someone_who_leaves_opens_nothing_from_that_instant_and_what_they_did_stays(
    as_director, client, director, counselor, ada
):
    page = f"/people/{ada.pk}/"
    client.force_login(counselor.user)
    assert client.get(page).status_code == 200
    events = Event.objects.filter(by_id=str(counselor.pk)).count()
    actions.end_member(member=counselor, by=director, at=NOW)
    assert client.get(page)["Location"].startswith("/sign-in/"), "their device is signed out"
    client.force_login(counselor.user)
    assert client.get(page).status_code == 404
    assert client.get("/people/").status_code == 404
    assert Event.objects.filter(by_id=str(counselor.pk)).count() >= events
    for again in (actions.end_member, actions.send_link):
        extra = {"site": "http://testserver/"} if again is actions.send_link else {}
        with pytest.raises(Refused):
            again(member=counselor, by=director, at=NOW, **extra)


def test_nobody_ends_their_own_membership_and_the_page_ends_others(as_director, director, counselor):
    with pytest.raises(Refused, match="your own"):
        actions.end_member(member=director, by=director, at=NOW)
    assert as_director.post(f"/program/staff/{counselor.pk}/leave/").status_code == 302
    counselor.refresh_from_db()
    assert counselor.until_on == TODAY
    assert "Joan Birchwell" not in words(as_director.get("/program/staff/")).split("Their membership has ended")[-1]


def test_a_message_that_maybe_left_is_shown_and_a_person_decides(as_director, director, client, counselor, outsider):
    message_id = unsent(director.program)
    answer = words(as_director.get("/program/messages/"))
    assert "Maybe sent" in answer
    assert "It may have arrived" in answer
    client.force_login(counselor.user)
    assert client.get("/program/messages/").status_code == 403
    assert client.post(f"/program/messages/{message_id}/again/").status_code == 403
    client.force_login(outsider.user)
    assert client.post(f"/program/messages/{message_id}/again/").status_code == 404
    mighty = make.member(outsider.program, "director", name="Ola Farfield")
    client.force_login(mighty.user)
    assert client.post(f"/program/messages/{message_id}/again/").status_code == 404
    client.force_login(director.user)
    assert client.post(f"/program/messages/{message_id}/again/").status_code == 302
    assert Message.objects.get(pk=message_id).status == "due"
    assert "Every message has left" in words(client.get("/program/messages/"))
    assert client.post(f"/program/messages/{message_id}/aside/").status_code == 409
    another = unsent(director.program)
    assert client.post(f"/program/messages/{another}/aside/").status_code == 302
    assert Message.objects.get(pk=another).status == "stopped"
