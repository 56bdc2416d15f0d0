"""The public pages: an honest answer at once, help before everything, and nothing kept of an anonymous visitor."""

import re
from datetime import timedelta

import pytest
from django.contrib.sessions.models import Session
from django.test import Client
from django.urls import reverse

from conftest import NOW as LIVE
from conftest import TODAY
from openiop.admissions import rules as screening
from openiop.admissions.models import Enquiry
from openiop.alerts.models import Alert
from openiop.audit.models import Event
from openiop.frontdoor import queries, rules
from tests import make
from tests.make import schedule as week
from tests.make.admissions import AT, FITS

FIT = "/is-this-right-for-me/"
NOW = AT + timedelta(hours=1)


@pytest.fixture(autouse=True)
def _now(monkeypatch):
    monkeypatch.setattr("django.utils.timezone.now", lambda: NOW)


@pytest.fixture
def client():
    """A browser of today, which says where a form comes from."""
    return Client(headers={"Origin": "http://testserver"})


@pytest.mark.parametrize("name", ["welcome", "fit", "thanks"])
def test_public_pages_open_for_anyone_with_the_crisis_lines_first(client, program, name):
    page = client.get(reverse(f"frontdoor:{name}"))
    assert page.status_code == 200
    assert 'href="tel:988"' in page.text
    assert not page.cookies


def test_without_a_program_there_is_no_front_door(client, db):
    assert client.get("/welcome/").status_code == 404


def test_groups_still_ahead_today_make_today_the_next_group_day(client, program, counselor, monkeypatch):
    week.group(week.track(program), week.place(program), counselor, weekday=TODAY.weekday())
    week.sessions(program, TODAY, TODAY + timedelta(days=8))
    for at, said in ((LIVE, "Next group day: Wed Oct 14"), (LIVE + timedelta(hours=3), "Next group day: Wed Oct 21")):
        monkeypatch.setattr("django.utils.timezone.now", lambda at=at: at)
        assert said in client.get("/welcome/").text


def test_the_programs_own_crisis_lines_are_shown(client, db):
    make.program(crisis_lines=[{"label": "Call 0800", "url": "tel:0800", "icon": "phone"}])
    page = client.get("/welcome/").text
    assert "tel:0800" in page
    assert "988" not in page


@pytest.mark.parametrize(
    ("changed", "heading"),
    [
        ({}, "This kind of program may fit you."),
        ({"suicidal_thoughts": "yes"}, "Please talk to a person first, today."),
        ({"withdrawal_danger": "unsure"}, "Please talk to a person first, today."),
        ({"motivated": "no"}, "Not yet, as things are."),
        ({"can_manage_duties": "no"}, "More care may help first."),
        ({"more_than_weekly": "no", "co_occurring": "no"}, "Weekly counseling may be enough."),
    ],
)
def test_an_anonymous_visitor_gets_the_answer_and_leaves_nothing(client, program, changed, heading):
    events = Event.objects.count()
    page = client.post(FIT, FITS | {"concerns": ["gambling"]} | changed)
    assert page.status_code == 200
    assert heading in page.text
    assert not page.cookies
    assert not client.cookies
    assert not Session.objects.exists()
    assert not Enquiry.objects.exists()
    assert not Alert.objects.exists()
    assert Event.objects.count() == events


def test_a_danger_is_answered_at_once_however_much_is_unanswered(client, program):
    page = client.post(FIT, {"suicidal_thoughts": "yes"})
    assert page.status_code == 200
    assert "You did the right thing by answering honestly." in page.text
    assert page.text.index("Call 988") < page.text.index("Ask us to call")


def test_an_unanswered_question_is_shown_beside_it_and_the_rest_is_kept(client, program):
    page = client.post(FIT, {key: value for key, value in FITS.items() if key != "support"} | {"concerns": ["gaming"]})
    assert page.status_code == 422
    assert page.text.count("Choose one.") == 1
    assert re.search(r'value="gaming"[^>]*checked', page.text)
    assert not page.cookies


def test_who_leaves_a_name_and_a_phone_is_kept_with_the_answers(client, program, intake):
    typed = FITS | {"concerns": ["gambling"], "do": "call", "name": "Rue", "phone": "555-0148", "for_whom": "self"}
    answer = client.post(FIT, typed)
    assert answer.url == reverse("frontdoor:thanks")
    assert not answer.cookies
    enquiry = Enquiry.objects.get()
    assert (enquiry.channel, enquiry.result, enquiry.concerns, enquiry.message_ok) == (
        "web",
        "fit",
        ["gambling"],
        False,
    )
    client.post(FIT, typed)
    assert Enquiry.objects.count() == 1
    assert not Alert.objects.exists()


def test_a_danger_with_a_name_raises_an_alert(client, program, intake):
    typed = FITS | {"unsafe_home": "yes", "do": "call", "name": "Rue", "phone": "555-0148", "for_whom": "self"}
    client.post(FIT, typed)
    assert (Alert.objects.get().level, Alert.objects.get().owner) == ("urgent", intake)


def test_a_call_without_a_phone_is_refused_and_keeps_the_answer_and_the_name(client, program):
    page = client.post(FIT, FITS | {"do": "call", "name": "Rue", "phone": "", "for_whom": "self"})
    assert page.status_code == 422
    assert 'value="Rue"' in page.text
    assert "This kind of program may fit you." in page.text
    assert not Enquiry.objects.exists()


@pytest.mark.parametrize("headers", [{"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://elsewhere.example"}])
def test_a_form_on_another_site_keeps_nothing_here(client, program, headers):
    typed = FITS | {"do": "call", "name": "Rue", "phone": "555-0148", "for_whom": "self"}
    assert client.post(FIT, typed, headers=headers).status_code == 403
    assert not Enquiry.objects.exists()
    assert client.post(FIT, typed, headers={"Origin": "http://testserver"}).status_code == 302


CALL = FITS | {"do": "call", "name": "Rue", "phone": "555-0148", "for_whom": "self", "words": "After six, please."}


def test_an_old_browser_is_known_by_the_page_it_came_from(program):
    old = Client(headers={"Referer": f"http://testserver{FIT}"})
    assert old.post(FIT, CALL).status_code == 302
    assert Client(headers={"Referer": "https://elsewhere.example/"}).post(FIT, CALL).status_code == 403
    assert Enquiry.objects.count() == 1


def test_a_form_that_says_nothing_of_its_page_is_refused_in_words_and_nothing_typed_is_lost(program):
    page = Client().post(FIT, CALL)
    assert page.status_code == 422
    assert "Your browser does not say which page this was sent from" in page.text
    assert 'value="Rue"' in page.text
    assert "After six, please." in page.text
    assert not Enquiry.objects.exists()


def test_one_address_may_ask_so_often_and_then_is_told_to_call(client, db, settings):
    make.program(phone="555-0100")
    settings.ACCOUNT_RATE_LIMITS = {"enquiry": "2/h/ip"}
    for name in ("Rue", "Roe"):
        assert client.post(FIT, CALL | {"name": name}).status_code == 302
    page = client.post(FIT, CALL | {"name": "Rae"})
    assert page.status_code == 422
    assert "Many requests came from your connection in the last hour" in page.text
    assert "Please call us at 555-0100." in page.text
    assert 'value="Rae"' in page.text
    assert "This kind of program may fit you." in page.text, "the questions are answered however often they are asked"
    assert Enquiry.objects.count() == 2
    assert client.post(FIT, CALL, REMOTE_ADDR="198.51.100.8").status_code == 302


def test_the_enquiry_goes_to_the_program_whose_door_this_is(program, monkeypatch):
    monkeypatch.setattr("django.utils.timezone.now", lambda: NOW + timedelta(days=1))
    make.program(name="Fernhollow")
    assert queries.front_program() == program


def test_the_words_of_each_danger_are_said():
    found = screening.screen(dict.fromkeys(screening.HARD, "yes"))
    assert len(rules.answer(found).says) == 4


def test_the_welcome_page_asks_the_same_number_of_questions_always(client, program, django_assert_num_queries):
    client.get("/welcome/")
    with django_assert_num_queries(3):
        client.get("/welcome/")
