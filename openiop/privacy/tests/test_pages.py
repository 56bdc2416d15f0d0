"""Emergency pages in a hurry, the privacy officer's pages, and who reaches them."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from conftest import NOW, TODAY
from openiop.audit.models import Event
from openiop.consents import actions as consents
from openiop.consents.models import Emergency
from openiop.privacy import actions
from openiop.privacy.models import EmergencyReview, EmergencyTold, Question, Unusual
from tests import make
from tests.make import privacy

HOUR = timedelta(hours=1)


@pytest.fixture
def officer(program):
    return make.member(program, "privacy", name="Petra Quietwell")


@pytest.fixture
def at_now(monkeypatch):
    """The wall clock of the pages stands at NOW; move it with `at_now(later)`."""
    here = {"at": NOW}
    monkeypatch.setattr("django.utils.timezone.now", lambda: here["at"])

    def move(at):
        here["at"] = at

    return move


def test_from_a_closed_page_to_the_sheet_in_three_clicks(client, ada, front_desk, supervisor, at_now):
    client.force_login(front_desk.user)
    closed = client.get(f"/people/{ada.pk}/measures/")
    assert closed.status_code == 403
    way = reverse("privacy:emergency", args=[ada.pk])
    assert f'href="{way}"' in closed.content.decode()  # the first click
    form = client.get(way)
    assert form.status_code == 200
    sent = privacy.FORM | {"minimum": "on"}
    answer = client.post(way, sent)  # the second
    assert (answer.status_code, answer["Location"]) == (302, reverse("privacy:sheet", args=[ada.pk]))
    sheet = client.get(answer["Location"]).content.decode()
    assert "42 CFR part 2 prohibits unauthorized use or disclosure of these records." in sheet
    assert "Dr. Imre Hollowell, Mercy General" in sheet
    assert "Emergency access: 60 minutes left." in sheet


def test_a_form_without_an_element_says_so_beside_the_field_and_keeps_the_rest(client, ada, front_desk, at_now):
    client.force_login(front_desk.user)
    sent = privacy.FORM | {"personnel": "", "minimum": ""}
    answer = client.post(reverse("privacy:emergency", args=[ada.pk]), sent)
    html = answer.content.decode()
    assert answer.status_code == 422
    assert "Give the name of the medical person" in html
    assert "Confirm that you open only what is necessary." in html
    assert "Found unconscious in the waiting room." in html
    assert not Emergency.objects.exists()


def test_every_page_of_that_record_shows_the_minutes_left_and_no_other_record_does(
    client, ada, ben, counselor, supervisor, at_now
):
    privacy.emergency(ada, counselor, NOW)
    client.force_login(counselor.user)
    at_now(NOW + timedelta(minutes=18, seconds=1))
    for name in ("desk:chart", "consents:list", "questionnaires:measures", "notes:list", "privacy:emergency"):
        assert "Emergency access: 42 minutes left." in client.get(reverse(name, args=[ada.pk])).content.decode(), name
        assert "minutes left" not in client.get(reverse(name, args=[ben.pk])).content.decode(), name
    looks = Event.objects.filter(what="chart.opened", participant_id=str(ada.pk))
    assert {row.facts["emergency"] for row in looks} == {str(Emergency.objects.get().pk)}
    assert client.post(reverse("privacy:end", args=[ada.pk])).status_code == 302
    assert "minutes left" not in client.get(reverse("desk:chart", args=[ada.pk])).content.decode()
    assert client.get(reverse("privacy:sheet", args=[ada.pk])).status_code == 302


def test_a_page_that_writes_stays_closed_in_an_emergency(client, ada, front_desk, supervisor, at_now):
    privacy.emergency(ada, front_desk, NOW, kinds=["contact", "measures", "placement"])
    client.force_login(front_desk.user)
    url = reverse("questionnaires:measures", args=[ada.pk])
    assert client.get(url).status_code == 200
    assert client.post(url).status_code == 403
    assert client.get(reverse("questionnaires:ask", args=[ada.pk])).status_code == 403
    assert client.get(reverse("notes:list", args=[ada.pk])).status_code == 403
    at_now(NOW + HOUR)
    client.logout()  # the screen has locked itself in the meantime
    client.force_login(front_desk.user)
    assert client.get(url).status_code == 403


def test_the_way_is_offered_where_a_person_was_found(client, ada, front_desk, officer):
    for viewer, offered in ((front_desk, True), (officer, False)):
        client.force_login(viewer.user)
        html = client.post(reverse("desk:find"), {"q": "Alderquist"}).content.decode()
        assert (reverse("privacy:emergency", args=[ada.pk]) in html) is offered


def test_emergency_pages_are_for_those_who_open_records_here(client, ada, front_desk, director, officer, outsider):
    for name in ("privacy:emergency", "privacy:sheet"):
        statuses = {front_desk: 200 if name == "privacy:emergency" else 302, director: 403, officer: 403, outsider: 404}
        for viewer, status in statuses.items():
            client.force_login(viewer.user)
            assert client.get(reverse(name, args=[ada.pk])).status_code == status, (name, viewer.name)


def test_a_second_person_reviews_it_on_its_page(
    client, ada, front_desk, supervisor, officer, director, outsider, at_now
):
    opened = privacy.emergency(ada, front_desk, NOW)
    privacy.look(front_desk, ada, NOW + timedelta(minutes=1), page="privacy:sheet")
    url = reverse("privacy:review", args=[opened.pk])
    for viewer, status in {supervisor: 200, officer: 200, front_desk: 403, director: 403, outsider: 404}.items():
        client.force_login(viewer.user)
        assert client.get(url).status_code == status
    client.force_login(officer.user)
    assert "It is still open." in client.get(url).content.decode()
    at_now(NOW + 2 * HOUR)
    client.logout()
    client.force_login(officer.user)
    html = client.get(url).content.decode()
    assert "Found unconscious in the waiting room." in html
    assert "Emergency sheet" in html
    assert client.post(url, {"outcome": "justified"}).status_code == 422
    assert client.post(url, {"outcome": "justified", "words": "The hospital asked."}).status_code == 302
    assert EmergencyReview.objects.get().by == officer
    assert "The hospital asked." in client.get(url).content.decode()
    assert client.post(url, {"outcome": "justified", "words": "Again."}).status_code == 422


def test_how_the_person_was_told_is_noted_on_the_same_page(client, ada, front_desk, officer, supervisor, at_now):
    opened = privacy.emergency(ada, front_desk, NOW)
    client.force_login(officer.user)
    url = reverse("privacy:told", args=[opened.pk])
    assert client.post(url, {"told-how": ""}).status_code == 422
    assert client.post(url, {"told-how": "phone"}).status_code == 302
    assert EmergencyTold.objects.get().how == "phone"
    assert client.post(url, {"told-how": "phone"}).status_code == 422


@pytest.mark.parametrize("name", ["privacy:home", "privacy:looks", "privacy:unusual"])
def test_the_officers_pages_are_the_officers_alone(client, name, officer, director, supervisor, counselor, outsider):
    for viewer, status in {officer: 200, director: 403, supervisor: 403, counselor: 403}.items():
        client.force_login(viewer.user)
        assert client.get(reverse(name)).status_code == status, viewer.name


def test_the_first_page_says_what_waits_and_the_menu_how_much(client, program, ada, ben, counselor, officer, at_now):
    nurse = make.member(program, "nurse", name="Nils Newfield")
    privacy.emergency(ada, nurse, NOW - HOUR)
    privacy.unusual(nurse, ben, NOW)
    privacy.question(ben, counselor, NOW)
    shared = consents.prepare_consent(
        participant=ada, variant="named_disclosure", kinds=["plan"], recipient="My employer", purpose="Work",
        information="My plan, from my substance use treatment.", expires_at=NOW + timedelta(days=5),
        by=counselor, at=NOW,
    )  # fmt: skip
    consents.sign_consent(consent=shared, signer_name="Ada Alderquist", how="phone", by=ada.membership, at=NOW)
    client.force_login(officer.user)
    html = client.get(reverse("privacy:home")).content.decode()
    for words in ("Opened by Nils Newfield", "No shared work on record", "Ends Oct 19, 2026", "Due "):
        assert words in html
    assert '<span class="count">3<' in html


def test_looks_are_found_by_record_colleague_and_day(client, ada, ben, counselor, supervisor, officer, at_now):
    privacy.look(counselor, ada, NOW)
    privacy.look(supervisor, ben, NOW - timedelta(days=3))
    client.force_login(officer.user)
    url = reverse("privacy:looks")
    assert "Benedek" not in client.get(url).content.decode()
    assert "Ben Barleyfield" in client.get(url).content.decode()
    one = client.get(url, {"person": ada.number, "viewer": "", "on": ""}).content.decode()
    assert "Ada Alderquist" in one
    assert "Ben Barleyfield" not in one
    by = client.get(url, {"viewer": str(supervisor.pk)}).content.decode()
    assert "Ada Alderquist" not in by.split('id="found"')[1]
    day = client.get(url, {"on": (TODAY - timedelta(days=3)).isoformat()}).content.decode()
    assert "Ben Barleyfield" in day.split('id="found"')[1]
    assert client.get(url, {"person": "99"}).status_code == 422
    assert client.get(url, {"person": "Ada"}).status_code == 422


@pytest.mark.parametrize("name", ["privacy:home", "privacy:looks", "privacy:unusual"])
def test_the_officers_pages_ask_the_same_number_of_questions_however_much_there_is(
    client, program, counselor, officer, supervisor, name, at_now
):
    nurse = make.member(program, "nurse", name="Nils Newfield")
    client.force_login(officer.user)

    def more(number, start):
        for n in range(start, start + number):
            at = NOW - timedelta(days=n + 1)
            person = make.person_in_care(program, counselor, f"Person{n} Number{n}")
            privacy.emergency(person, nurse, at)
            privacy.unusual(make.member(program, "nurse", name=f"Nurse{n} Name{n}"), person, at)
            privacy.question(person, counselor, at)

    more(1, 0)
    client.get(reverse(name))
    counts = []
    for number, start in ((0, 0), (5, 1)):
        more(number, start)
        with CaptureQueriesContext(connection) as ran:
            client.get(reverse(name))
        counts.append(len(ran))
    assert counts[0] == counts[1]


def test_who_looked_explains_on_their_today_and_the_officer_closes_it(client, program, ada, officer, director, at_now):
    nurse = make.member(program, "nurse", name="Nils Newfield")
    found = privacy.unusual(nurse, ada, NOW)
    officers, own = reverse("privacy:one_unusual", args=[found.pk]), reverse("privacy:explain", args=[found.pk])
    client.force_login(nurse.user)
    assert client.get(own).status_code == 404  # not asked yet
    client.force_login(officer.user)
    assert client.get(officers).status_code == 200
    assert client.post(officers, {"ask": "1"}).status_code == 302
    client.force_login(nurse.user)
    assert own in client.get(reverse("desk:today")).content.decode()
    assert client.post(own, {"words": ""}).status_code == 422
    assert client.post(own, {"words": "I covered for Joan."}).status_code == 302
    assert "I covered for Joan." in client.get(own).content.decode()
    assert own not in client.get(reverse("desk:today")).content.decode()
    assert client.post(own, {"words": "More."}).status_code == 422
    colleague = make.member(program, "nurse", name="Other Nurse")
    for viewer, status in {colleague: 404, director: 403}.items():
        client.force_login(viewer.user)
        assert client.get(own).status_code == status
    client.force_login(officer.user)
    assert "I covered for Joan." in client.get(officers).content.decode()
    assert client.post(officers, {"outcome": ""}).status_code == 422
    assert client.post(officers, {"outcome": "explained"}).status_code == 302
    assert "Explained" in client.get(officers).content.decode()
    assert "Explained" in client.get(reverse("privacy:unusual") + "?show=closed").content.decode()
    assert client.post(officers, {"outcome": "explained"}).status_code == 422
    assert Unusual.objects.get().status == "closed"


def test_a_day_with_many_records_is_shown_without_one_person(client, program, ada, officer, at_now):
    nurse = make.member(program, "nurse", name="Nils Newfield")
    found = Unusual.objects.create(
        program=program, rule="many", viewer=nurse, on=TODAY, facts={"people": 40, "usual": 3}, found_at=NOW
    )
    actions.ask_viewer(unusual=found, by=officer, at=NOW)
    client.force_login(officer.user)
    assert "40 people in one hour" in client.get(reverse("privacy:one_unusual", args=[found.pk])).content.decode()
    client.force_login(nurse.user)
    assert "Several" in client.get(reverse("privacy:explain", args=[found.pk])).content.decode()
    actions.close_unusual(unusual=found, outcome="false-alarm", words="", by=officer, at=NOW)
    assert "Nothing is asked of you" in client.get(reverse("privacy:explain", args=[found.pk])).content.decode()


def test_a_question_is_answered_by_the_officer_and_read_by_who_asked(
    client, ada, ben, counselor, officer, director, at_now
):
    client.force_login(ada.membership.user)
    privacy.look(counselor, ada, NOW)
    html = client.get(reverse("portal:looks")).content.decode()
    ask = f"{reverse('portal:ask')}?on={TODAY.isoformat()}&who={counselor.pk}"
    assert ask.replace("&", "&amp;") in html
    assert client.get(ask).status_code == 200
    assert client.post(ask, {"words": ""}).status_code == 422
    assert client.post(ask, {"words": "Why did she look?"}).status_code == 302
    assert client.post(ask, {"words": "Once more?"}).status_code == 422
    assert "You asked: Why did she look?" in client.get(reverse("portal:looks")).content.decode()
    url = reverse("privacy:question", args=[Question.objects.get().pk])
    client.force_login(director.user)
    assert client.get(url).status_code == 403
    client.force_login(officer.user)
    assert "Why did she look?" in client.get(url).content.decode()
    assert client.post(url, {"words": ""}).status_code == 422
    assert client.post(url, {"words": "She treats you."}).status_code == 302
    assert client.post(url, {"words": "Again."}).status_code == 422
    client.force_login(ada.membership.user)
    assert "She treats you." in client.get(reverse("portal:looks")).content.decode()
    client.force_login(ben.membership.user)
    assert "She treats you." not in client.get(reverse("portal:looks")).content.decode()
    assert client.get(ask).status_code == 404


@pytest.mark.parametrize("query", ["", "?on=2026-10-14&who=nobody", "?on=never", "?on=2026-10-14"])
def test_a_question_about_no_look_is_not_there(client, ada, query):
    client.force_login(ada.membership.user)
    assert client.get(reverse("portal:ask") + query).status_code == 404


def test_nobody_asks_about_a_colleague_of_another_program(client, ada, outsider):
    client.force_login(ada.membership.user)
    assert client.get(f"{reverse('portal:ask')}?on={TODAY.isoformat()}&who={outsider.pk}").status_code == 404
