"""Measures as staff see them, ask for them and enter them."""

import re
from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from conftest import NOW
from openiop.alerts.models import Alert
from openiop.questionnaires import actions
from openiop.questionnaires.models import Assignment, Response
from tests.make import questionnaires as made


@pytest.fixture(autouse=True)
def _frozen(monkeypatch):
    monkeypatch.setattr("django.utils.timezone.now", lambda: NOW)


def url(person, rest=""):
    return f"/people/{person.pk}/measures/{rest}"


def test_measures_are_read_by_the_team_and_by_no_stranger(client, ada, counselor, outsider, biller):
    done = made.answered(ada, total=12, at=NOW)
    for rest in ("", f"{done.pk}/", "ask/", "enter/phq9/"):
        for viewer, status in {counselor: 200, outsider: 404, biller: 403, ada.membership: 404}.items():
            client.force_login(viewer.user)
            assert client.get(url(ada, rest)).status_code == status, rest


def test_the_trend_tells_the_change_against_what_is_reliable(client, ada, counselor):
    for days, total in ((28, 17), (14, 12), (0, 11)):
        made.answered(ada, total=total, at=NOW - timedelta(days=days))
    client.force_login(counselor.user)
    text = client.get(url(ada)).content.decode()
    assert "PHQ-9 went from 17 to 11 of 27." in text
    assert "6 points down, reliably better" in text
    assert "1 point down, within what the measure varies by itself" in text
    assert "Not yet clinically reviewed" in text
    assert "No GAD-7 yet." in text


def test_every_answer_can_be_read_and_another_persons_cannot(client, ada, ben, counselor):
    done = made.answered(ada, total=12, at=NOW, item9=1)
    client.force_login(counselor.user)
    text = client.get(url(ada, f"{done.pk}/")).content.decode()
    assert "Thoughts that you would be better off dead" in text
    assert "One answer asks for a talk today." in text
    assert client.get(url(ben, f"{done.pk}/")).status_code == 404
    assert client.get(url(ada, f"{uuid4()}/")).status_code == 404


def test_a_form_with_a_gap_is_shown_as_not_scored(client, ada, counselor):
    done = actions.enter(participant=ada, instrument="gad7", answers={1: 2, 2: None}, by=counselor, at=NOW)
    client.force_login(counselor.user)
    assert "Open questions: 2, 3, 4, 5, 6, 7." in client.get(url(ada, f"{done.pk}/")).content.decode()
    assert "Incomplete, not scored" in client.get(url(ada)).content.decode()


def test_asking_puts_it_on_their_phone_once(client, ada, counselor):
    client.force_login(counselor.user)
    facts = {"instrument": "phq9", "until": "2026-10-17"}
    assert client.post(url(ada, "ask/"), facts).status_code == 302
    again = client.post(url(ada, "ask/"), facts)
    assert again.status_code == 422
    assert "already open" in again.content.decode()
    assert 'value="2026-10-17"' in again.content.decode()
    assert Assignment.objects.count() == 1


@pytest.mark.parametrize(
    ("facts", "says"),
    [
        ({"instrument": "phq9", "until": "2026-10-01"}, "This day has passed"),
        ({"instrument": "phq9", "until": "soon"}, "Write a day"),
        ({"instrument": "nothing", "until": "2026-10-17"}, "Select a valid choice"),
        ({}, "Choose a day"),
    ],
)
def test_a_wrong_question_is_refused_beside_its_field(client, ada, counselor, facts, says):
    client.force_login(counselor.user)
    answer = client.post(url(ada, "ask/"), facts)
    assert (answer.status_code, says in answer.content.decode()) == (422, True)
    assert not Assignment.objects.exists()


def test_what_was_asked_can_be_withdrawn_once(client, ada, ben, counselor):
    asked = made.assignment(ada, at=NOW)
    client.force_login(counselor.user)
    where = url(ada, f"withdraw/{asked.pk}/")
    assert client.get(where).status_code == 405
    assert client.post(url(ben, f"withdraw/{asked.pk}/")).status_code == 404
    assert client.post(where).status_code == 302
    assert client.post(where).status_code == 409
    assert Assignment.objects.get().status == "withdrawn"


def test_a_form_entered_with_staff_keeps_what_was_typed_when_item_9_is_open(client, ada, counselor):
    client.force_login(counselor.user)
    answers = {f"item{n}": "2" for n in range(1, 9)}
    refused = client.post(url(ada, "enter/phq9/"), answers)
    assert refused.status_code == 422
    assert "This question matters most" in refused.content.decode()
    assert len(re.findall(r"<input[^>]* checked", refused.content.decode())) == 8
    assert not Response.objects.exists()
    assert client.post(url(ada, "enter/phq9/"), answers | {"item9": "2"}).status_code == 302
    assert (Response.objects.get().total, Alert.objects.get().level) == (18, "urgent")


def test_an_unknown_instrument_is_not_found(client, ada, counselor):
    client.force_login(counselor.user)
    assert client.get(url(ada, "enter/made-up/")).status_code == 404


def test_htmx_gets_the_form_alone(client, ada, counselor):
    client.force_login(counselor.user)
    text = client.get(url(ada, "ask/"), headers={"HX-Request": "true"}).content.decode()
    assert text.lstrip().startswith("<form")


def test_the_page_asks_the_same_number_of_questions_however_many_responses(client, ada, counselor):
    client.force_login(counselor.user)
    client.get(url(ada))  # the first page of a session also sets its clock
    counts = []
    for size in (1, 8):
        for day in range(size):
            made.answered(ada, total=day, at=NOW - timedelta(days=day))
        with CaptureQueriesContext(connection) as asked:
            client.get(url(ada))
        counts.append(len(asked))
    assert counts[0] == counts[1]
