"""The same form sent twice makes what it makes once: every form that makes something new, from its own page."""

import re
import subprocess
from contextlib import suppress
from datetime import timedelta

import pytest
from django.apps import apps
from django.db import transaction
from django.urls import reverse

from conftest import NOW
from openiop.alerts.models import Alert
from openiop.programs.rules import STAFF
from openiop.questionnaires.models import Response
from openiop.schedule.models import Track
from openiop.ui import processes
from openiop.ui.models import Sent
from tests import make
from tests.make import alerts
from tests.make.privacy import FORM
from tests.test_doors import TABLE

TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="(\w+)"')
ERROR = re.compile(r'class="err"[^>]*>(.*?)</p', re.S)
ASIDE = {"audit_event", "ui_sent", "ui_draft", "django_session"}  # what was done and shown, and this check itself
PHQ9 = {f"item{n}": "1" for n in range(1, 9)} | {"item9": "3"}
VISIT = {"on": "2026-10-16", "starts": "10:00", "with_whom": "Dr. Fenwick, outpatient clinic", "where": "Mill Street"}
BUSY = {"rows": "1", "busy-from_on": "2026-10-14"}
BUSY |= {f"b0-{name}": value for name, value in {"why": "work", "travel_minutes": "45"}.items()}
BUSY |= {"b0-days": ["0"], "b0-starts": "09:00", "b0-ends": "17:00"}
SEVEN = {f"item{n}": "2" for n in range(1, 8)}
FAMILY = {"variant": "family_person", "kinds": ["plan"], "purpose": "Support", "ends_on": "2027-01-31"}
FAMILY |= {"right_to_revoke": "In writing", "supporter": "new", "new_name": "Iris Elm", "new_relation": "Friend"}
EMERGENCY = FORM | {"minimum": "on"}
GROUP = {"name": "Coping", "service": "skills", "weekday": "1", "starts": "07:00", "minutes": "60", "capacity": "8"}

AGREED = {"kind": "qsoa", "counterpart": "Mail", "covers": ["smtp"], "signed_on": "2026-10-01"}
PAPER = {"kind": "subpoena", "from_whom": "Counsel", "asks": "All records", "received_on": "2026-10-14"}
PACKET = {"on": "own", "receiver": "self", "recipient": "Herself", "use": "own", "kinds": ["contact"], "how": "print"}
PACKET |= {"send": "1"}

# The form's address, the page it stands on, and what is typed into it.
FORMS = [
    ("admissions:contact", "admissions:enquiry", {"reached": "no", "words": "Rang twice."}),
    ("admissions:enquiry_new", "admissions:enquiry_new", {"name": "Rue", "channel": "walk-in", "for_whom": "self"}),
    ("admissions:double", "admissions:double", {"apart": "1", "apart-reason": "Two cousins."}),
    ("alerts:act", "alerts:alert", {"act-words": "Called, voicemail"}),
    ("alerts:call", "alerts:alert", {"call-words": "Rang twice.", "call-went": "call-missed"}),
    ("consents:add_supporter", "consents:supporters", {"name": "Iris Elm", "relation": "Friend"}),
    ("consents:invite", "consents:supporters", {}),
    ("consents:new", "consents:new?variant=family_person", FAMILY),
    ("continuing:book", "continuing:review", VISIT),
    ("counseling:list", "counseling:list", {"about_on": "2026-10-14", "sealed_words": "What was said."}),
    ("curriculum:topics", "curriculum:topics", {"title": "Urge surfing", "modality": "cbt"}),
    ("notes:note", "notes:note", {"words": "She was there for the second half."}),
    ("plans:add_diagnosis", "plans:diagnoses", {"code": "F41.1"}),
    ("plans:start", "plans:plan", {}),
    ("programs:places", "programs:places", {"name": "Fern", "seats": "4"}),
    ("privacy:emergency", "privacy:emergency", EMERGENCY),
    ("questionnaires:ask", "questionnaires:ask", {"instrument": "phq9", "until": "2026-10-17"}),
    ("questionnaires:enter", "questionnaires:enter", PHQ9),
    ("records:agreements", "records:agreements", AGREED),
    ("records:ask_list", "records:disclosures", {"kind": "intermediaries"}),
    ("records:exports", "records:exports", {"what": "counts", "recipient": "County", "purpose": "Planning"}),
    ("records:holds", "records:holds", {"reason": "A complaint"}),
    ("records:legal", "records:legal", PAPER),
    ("records:release", "records:release?on=own", PACKET),
    ("records:restrict", "records:disclosures", {"words": "Not to my employer", "receiver": "employer"}),
    ("schedule:add-track", "schedule:groups", {"name": "Weekend", "tone": "day"}),
    ("schedule:availability", "schedule:availability", BUSY),
    ("schedule:group-new", "schedule:group-new", GROUP),
    (
        "schedule:note-away",
        "schedule:cover",
        {"away-why": "sick", "away-from_on": "2026-10-15", "away-last_on": "2026-10-15"},
    ),
    ("schedule:prescribe", "schedule:needs", {"p-hours": "9", "p-days": "3", "p-from_on": "2026-10-14"}),
    ("schedule:visit", "schedule:visit", {"service": "individual", "on": "2026-10-15", "starts": "07:00"}),
]


@pytest.fixture
def everyone(client, program):
    """A colleague who holds every role of staff, signed in."""
    found = make.member(program, *STAFF, name="Mara Manyhats")
    client.force_login(found.user)
    return found


def rows():
    """How many rows each table has."""
    return {
        model._meta.db_table: model._default_manager.count()
        for model in apps.get_models()
        if model._meta.db_table not in ASIDE
    }


def typed(name, sent, world, everyone):
    """What is typed, with the people and places of this program."""
    room = {"place": str(world.ids["place_id"]), "facilitator": str(everyone.pk)}
    more = {
        "records:holds": lambda: {"record": str(world.people["ada"].number)},
        "schedule:note-away": lambda: {"away-member": str(everyone.pk)},
        "schedule:visit": lambda: room | {"minutes": "50"},
        "schedule:group-new": lambda: room | {"track": str(Track.objects.first().pk), "from_on": "2026-10-14"},
    }
    return sent | more.get(name, dict)()


def address(name, world):
    """Where a name leads, for the first person."""
    name, _, asked = name.partition("?")
    page = dict(TABLE)[name]
    return reverse(name, kwargs=world.args(page)) + (f"?{asked}" if asked else "")


class Undone(Exception):
    """Nothing of this form stays."""


def twice(client, world, everyone, name, page, sent):
    """What is wrong with sending this form twice, as the page gave it; nothing where all is well."""
    shown = client.get(address(page, world)).content.decode()
    form = typed(name, sent, world, everyone) | {"csrfmiddlewaretoken": TOKEN.search(shown)[1]}
    before = rows()
    first = client.post(address(name, world), form)
    if first.status_code != 302:
        return f"{name}: {first.status_code}, {ERROR.findall(first.content.decode())}"
    once = rows()
    again = client.post(address(name, world), form)
    if once == before:
        return f"{name}: nothing made"
    if (again.status_code, again["Location"]) != (302, first["Location"]):
        return f"{name}: then {again.status_code}"
    return "" if rows() == once else f"{name}: made twice"


def test_the_same_form_sent_twice_makes_what_it_makes_once(client, world, everyone):
    wrong = []
    for name, page, sent in FORMS:
        with suppress(Undone), transaction.atomic():
            wrong.append(twice(client, world, everyone, name, page, sent))
            raise Undone
    assert [one for one in wrong if one] == []


@pytest.mark.parametrize("how", ["with its token", "without one", "by htmx"])
def test_a_screen_sent_twice_is_one_response_and_one_alert(client, ada, counselor, at_noon, how):
    client.force_login(counselor.user)
    url = reverse("questionnaires:enter", args=[ada.pk, "phq9"])
    shown = client.get(url).content.decode()
    form = PHQ9 | ({} if how == "without one" else {"csrfmiddlewaretoken": TOKEN.search(shown)[1]})
    headers = {"HX-Request": "true"} if how == "by htmx" else {}
    first, again = (client.post(url, form, headers=headers) for _ in range(2))
    assert (first.status_code, again.status_code, first["Location"]) == (302, 302, again["Location"])
    assert (Response.objects.count(), Alert.objects.count()) == (1, 1)


def test_the_same_words_on_a_page_drawn_anew_are_a_new_form(client, ada, counselor, at_noon):
    alert = alerts.alert(ada, counselor)
    client.force_login(counselor.user)
    for _ in range(2):
        shown = client.get(f"/alerts/{alert.pk}/").content.decode()
        form = {"act-words": "Called, voicemail", "csrfmiddlewaretoken": TOKEN.search(shown)[1]}
        assert client.post(f"/alerts/{alert.pk}/act/", form).status_code == 302
    shown = client.get(f"/alerts/{alert.pk}/").content.decode()
    assert shown.count("Called, voicemail") == 2


def test_a_form_that_was_turned_down_may_be_sent_again(client, ada, counselor, at_noon):
    client.force_login(counselor.user)
    url = reverse("questionnaires:enter", args=[ada.pk, "phq9"])
    for _ in range(2):
        assert client.post(url, PHQ9 | {"item9": "", "csrfmiddlewaretoken": "a"}).status_code == 422
    assert not Sent.objects.exists()


def test_a_form_whose_server_died_before_it_answered_is_made_when_it_is_sent_again(client, ada, counselor, at_noon):
    client.force_login(counselor.user)
    url, form = reverse("questionnaires:enter", args=[ada.pk, "phq9"]), PHQ9 | {"csrfmiddlewaretoken": "a"}
    with suppress(Undone), transaction.atomic():
        assert client.post(url, form).status_code == 302
        left = Sent.objects.values().get()
        raise Undone
    server = subprocess.Popen(["sleep", "60"])
    died = processes.named(server.pid)
    server.kill()
    server.wait()
    Sent.objects.create(**left | {"status": 0, "location": "", "taken_by": died})
    assert client.post(url, form).status_code == 302
    assert (Response.objects.count(), Sent.objects.get().status) == (1, 302)


def test_what_one_person_sent_answers_nobody_else(client, ada, counselor, supervisor, at_noon):
    url = reverse("questionnaires:enter", args=[ada.pk, "phq9"])
    for who in (counselor, supervisor):
        client.force_login(who.user)
        assert client.post(url, PHQ9).status_code == 302
    assert Response.objects.count() == 2


def test_the_same_words_without_a_token_are_a_new_form_after_a_minute(client, ada, counselor, monkeypatch):
    client.force_login(counselor.user)
    for after in (0, 30, 61):
        monkeypatch.setattr("django.utils.timezone.now", lambda after=after: NOW + timedelta(seconds=after))
        assert client.post(reverse("questionnaires:enter", args=[ada.pk, "gad7"]), SEVEN).status_code == 302
    assert Response.objects.count() == 2


def test_every_form_marked_to_be_taken_once_is_in_the_table():
    marked = {name for name, page in TABLE if getattr(page.callback, "once", False)}
    assert marked - {name for name, *_ in FORMS} == {"schedule:step"}
