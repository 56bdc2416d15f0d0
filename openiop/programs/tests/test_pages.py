"""Rooms, policies and roles: who keeps them, what is turned down, and that the past keeps its own bounds."""

from datetime import date

import pytest
from django.urls import reverse

from conftest import NOW, TODAY
from openiop.audit.models import Event
from openiop.base.errors import Refused
from openiop.programs import actions, queries, rules
from openiop.programs.models import Place, Policy
from openiop.programs.rules import POLICIES, Role
from tests import make


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
def test_the_pages_ask_the_same_number_of_questions_however_long(
    as_director, program, director, name, django_assert_max_num_queries
):
    url = reverse(f"programs:{name}")
    as_director.get(url)
    for place in range(12):
        make.programs.add_place(program=program, name=f"Room {place}", seats=8, by=director, at=NOW)
        make.member(program, "counselor", name=f"Staff {place}")
        actions.set_policy(
            program=program, name="week-days", value={"least": 3, "most": 5}, source="Own",
            from_on=date(2026, 1, 1 + place), by=director, at=NOW,
        )  # fmt: skip
    with django_assert_max_num_queries(7):
        as_director.get(url)
