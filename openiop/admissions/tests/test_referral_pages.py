"""Bringing referral files in and deciding about one, by page."""

import json

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from conftest import NOW
from openiop.admissions.models import Referral
from openiop.admissions.rules import referral as rules
from openiop.admissions.tests.test_referrals import OWN, as_stranger, taken_in


@pytest.fixture(autouse=True)
def _now(monkeypatch):
    monkeypatch.setattr("django.utils.timezone.now", lambda: NOW)


def upload(client, *paths_or_files):
    files = [
        one if isinstance(one, SimpleUploadedFile) else SimpleUploadedFile(one.name, one.read_bytes())
        for one in paths_or_files
    ]
    return client.post("/intake/referrals/", {"sent": files})


def test_only_those_who_take_referrals_in_see_them(client, program, intake, counselor, supervisor, outsider):
    row = taken_in(program, intake)
    for viewer, status in ((intake, 200), (supervisor, 200), (counselor, 403), (outsider, 404)):
        client.force_login(viewer.user)
        assert client.get("/intake/referrals/").status_code == min(status, 403)
        assert client.get(f"/intake/referrals/{row.pk}/").status_code == status


def test_a_stranger_of_the_same_role_finds_nothing(client, program, intake):
    from tests import make

    row = taken_in(program, intake)
    elsewhere = make.member(make.program(name="Fernhollow"), "intake", name="Ola Farfield")
    client.force_login(elsewhere.user)
    assert client.get(f"/intake/referrals/{row.pk}/").status_code == 404
    assert client.post(f"/intake/referrals/{row.pk}/", {"decision": "new"}).status_code == 404


def test_files_come_in_by_page_and_a_broken_one_says_where_and_why(client, program, intake):
    client.force_login(intake.user)
    assert upload(client, *OWN).status_code == 302
    assert Referral.objects.count() == len(OWN)
    broken = SimpleUploadedFile(
        "broken.json", b'{"resourceType": "Bundle", "type": "collection", "entry": [{"resource": 7}]}'
    )
    said = upload(client, broken)
    assert said.status_code == 422
    assert "broken.json, at /entry/0" in said.content.decode()
    empty = client.post("/intake/referrals/", {})
    assert empty.status_code == 422
    assert "Choose at least one file" in empty.content.decode()
    nobody = SimpleUploadedFile("loose.json", b'{"resourceType": "Observation", "id": "1", "status": "final"}')
    assert "nobody is referred" in upload(client, nobody).content.decode()
    assert Referral.objects.count() == len(OWN)


def test_a_held_referral_is_decided_by_page_and_a_stale_page_changes_nothing(client, program, intake):
    taken_in(program, intake)
    held = taken_in(program, intake, change=as_stranger)
    client.force_login(intake.user)
    page = f"/intake/referrals/{held.pk}/"
    assert "Known here" in client.get(page).content.decode()
    assert client.post(page, {"words": "no choice"}).status_code == 422
    kept = client.post(page, {"decision": "set-aside", "words": ""})
    assert kept.status_code == 422
    assert "Say why" in kept.content.decode()
    assert client.post(page, {"decision": "same", "words": "By phone"}).status_code == 302
    stale = client.post(page, {"decision": "new", "words": ""})
    assert stale.status_code == 422
    assert "decided this referral already" in stale.content.decode()
    assert client.get("/intake/referrals/").status_code == 200


@pytest.mark.parametrize("path", OWN, ids=lambda path: path.stem)
def test_every_fact_of_a_referral_is_shown(client, program, intake, path):
    row = taken_in(program, intake, path)
    client.force_login(intake.user)
    shown = client.get(reverse("admissions:referral", args=[row.pk])).content.decode()
    for fact in row.facts:
        if fact["kind"] == "problem":
            assert json.dumps(fact["text"])[1:-1].replace("'", "&#39;") in shown


def test_everyone_alike_is_shown_and_the_one_meant_is_chosen(client, program, intake):
    from tests import make

    first = taken_in(program, intake)
    name = first.participant.legal_name
    twin = make.participant(program, name, phone="", birth_on=None)
    held = taken_in(program, intake, change=as_stranger)
    client.force_login(intake.user)
    page = f"/intake/referrals/{held.pk}/"
    shown = client.get(page).content.decode()
    assert f"record {first.participant.number}" in shown
    assert f"record {twin.number}" in shown
    kept = client.post(page, {"decision": "same", "words": "By phone"})
    assert kept.status_code == 422
    assert "Choose whose record it is" in kept.content.decode()
    assert client.post(page, {"decision": "same", "who": str(twin.pk), "words": ""}).status_code == 302
    held.refresh_from_db()
    assert held.participant == twin


def test_a_referral_is_taken_back_by_page_with_a_reason(client, program, intake, counselor):
    row = taken_in(program, intake)
    page = f"/intake/referrals/{row.pk}/"
    client.force_login(counselor.user)
    assert client.post(f"{page}back/", {"words": "Wrong person"}).status_code == 403
    client.force_login(intake.user)
    assert "wrong record" in client.get(page).content.decode()
    kept = client.post(f"{page}back/", {"words": ""})
    assert kept.status_code == 422
    assert "Say why it is taken back" in kept.content.decode()
    assert client.post(f"{page}back/", {"words": "Wrong person"}).status_code == 302
    shown = client.get(page).content.decode()
    assert "Taken back from record" in shown
    assert "Wrong person" in shown
    again = client.post(f"{page}back/", {"words": "Twice"})
    assert again.status_code == 422
    assert "stands on no record" in again.content.decode()


def test_the_page_says_what_became_of_the_files(client, program, intake):
    client.force_login(intake.user)
    for said in ("1 person was brought in.", "0 people were brought in. 1 came in before: nothing changed."):
        upload(client, OWN[0])
        assert said in client.get("/intake/referrals/").content.decode()


def test_two_files_of_one_name_are_both_read_in_one_export(client, program, intake):
    client.force_login(intake.user)
    people = [
        {"resourceType": "Patient", "id": key, "name": [{"family": family, "given": ["Ada"]}], "birthDate": born}
        for key, family, born in (("p1", "Zeltquist", "1990-01-02"), ("p2", "Barleyfield", "1971-05-06"))
    ]
    files = [SimpleUploadedFile("Patient.json", json.dumps(one).encode()) for one in people]
    answer = client.post("/intake/referrals/", {"sent": files, "together": "on"})
    assert answer.status_code == 302
    assert sorted(row.person["names"][0]["family"] for row in Referral.objects.all()) == ["Barleyfield", "Zeltquist"]


def test_files_of_one_name_are_numbered_and_keep_their_ending():
    names = ["Patient.ndjson", "Patient.ndjson", "(2) Patient.ndjson", "Other.json", "Patient.ndjson"]
    kept = rules.apart(names)
    assert kept[:2] == ["Patient.ndjson", "(2) Patient.ndjson"]
    assert len(set(kept)) == len(names)
    assert all(one.endswith(name.removeprefix("(2) ")) for one, name in zip(kept, names, strict=True))


def test_someone_referred_stands_in_every_list_that_waits_for_a_first_call_and_can_be_called(
    client, program, intake, director
):
    client.force_login(intake.user)
    upload(client, OWN[0])
    row = Referral.objects.get()
    shown = client.get("/intake/").content.decode()
    assert row.participant.legal_name in shown
    assert "1 person waits for a first call." in shown
    enquiry = row.enquiries.get()
    assert f'href="/intake/{enquiry.pk}/#call"' in client.get(f"/intake/referrals/{row.pk}/").content.decode()
    shown = client.get(f"/intake/{enquiry.pk}/").content.decode()
    assert f'href="/intake/referrals/{row.pk}/"' in shown
    assert "Referral taken in" in shown
    client.force_login(director.user)
    assert "1 person waits for a first call." in client.get("/program/").content.decode()
    client.force_login(intake.user)
    assert client.post(f"/intake/{enquiry.pk}/contact/", {"reached": "yes", "words": "She comes."}).status_code == 302
    assert "Nobody waits for a first call." in client.get("/intake/").content.decode()
