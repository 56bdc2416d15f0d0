"""The forms of the main path, sent by a browser that runs no script at all."""

import re

import pytest
from playwright.sync_api import expect

from conftest import NOW
from openiop.admissions.models import Assessment, Enquiry
from openiop.alerts.models import Alert
from openiop.consents.models import Consent
from openiop.notes.models import PersonNote
from openiop.questionnaires.models import Response
from openiop.recovery.models import CheckIn
from tests import make
from tests.journeys.conftest import PHONE
from tests.make import questionnaires as made
from tests.make import session as stage

PASSWORD = "the heron stands in the reeds"


@pytest.fixture(autouse=True)
def _frozen(monkeypatch):
    monkeypatch.setattr("django.utils.timezone.now", lambda: NOW)


@pytest.fixture
def door(visit):
    """Sign in by the form, without a script."""

    def door(member, path, **kind):
        member.user.set_password(PASSWORD)
        member.user.save(update_fields=["password"])
        page = visit(path, script=False, **kind)
        page.get_by_label("Email").fill(member.user.email)
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Sign in").click()
        page.wait_for_url(f"**{path}")
        return page

    return door


def press(page, words, **kind):
    page.get_by_role("button", name=words, **kind).first.click()


def test_an_enquiry_a_placement_and_a_consent(door, intake, counselor, program):
    page = door(intake, "/intake/new/")
    page.get_by_label("Name", exact=True).fill("Rue Fennimore")
    page.get_by_text("Alcohol", exact=True).click()
    for question in page.locator("fieldset.q").all():
        question.get_by_text("Not sure", exact=True).click()
    press(page, "Keep this enquiry")
    assert Enquiry.objects.get().screened_at == NOW

    person = make.participant(program, "Noor Linden")
    home = f"/people/{person.pk}"
    page = door(counselor, f"{home}/placement/")
    press(page, "Start an assessment")
    page.get_by_label("I asked about each of these.").check()
    press(page, "Save the safety check")
    for number, value in enumerate((0, 0, 2, 1, 2, 1), start=1):
        page.locator(f"#id_e{number}").fill("Said so in the interview.")
        page.locator(f"label:has(input[name=d{number}][value='{value}'])").click()
    press(page, "Save ratings")
    expect(page.locator("#rec .big-line")).to_contain_text("2.1")
    page.get_by_label("Reason, in your words").fill("Steady enough for evenings.")
    page.get_by_label("Level of care").select_option("2.1")
    press(page, "Decide this level")
    assert Assessment.objects.get().selected == "2.1"

    page.goto(f"{home}/consents/new/?variant=tpo_single")
    press(page, "Prepare for signing")
    press(page, "Hand over the tablet")
    page.get_by_label("Your full legal name").fill("Noor Linden")
    press(page, "Sign the consent")
    expect(page.get_by_text("Signed. Please give the tablet back.")).to_be_visible()
    press(page, "Give the tablet back")
    page.get_by_label("Password").fill(PASSWORD)
    press(page, re.compile("^Unlock as"))
    expect(page.get_by_text("In force").first).to_be_visible()
    assert Consent.objects.get().status == "active"


def test_attendance_and_a_note_and_an_alert(door, program, counselor, ada, ben):
    session = stage.session(program, counselor, ada, ben, starts=stage.STARTS.replace(hour=18))
    page = door(counselor, f"/sessions/{session.pk}/")
    page.get_by_role("group", name="Attendance, Ben Barleyfield").get_by_role("button", name="Away").click()
    press(page, "No contact")
    press(page, "Mark the rest here")
    page.get_by_label("What we did").fill("Each named one trigger.")
    press(page, "Save the group note")
    page.get_by_role("link", name="Ada Alderquist").click()
    page.locator("#person").get_by_text("Spoke", exact=True).click()
    page.get_by_label("What was theirs today").fill("Named payday as a trigger.")
    press(page, "Save this part")
    press(page, "Sign 1 note")
    assert PersonNote.objects.get(status="signed").episode == ada.episode
    alert = Alert.objects.get(participant=ben)
    page.goto(f"/alerts/{alert.pk}/")
    press(page, "Mark as seen")
    page.get_by_label("What I did").fill("Called; his bus broke down.")
    press(page, "Write it down")
    page.get_by_label("How it ended").select_option(index=1)
    page.get_by_label("In a sentence").fill("He comes tomorrow.")
    press(page, "Close this alert")
    alert.refresh_from_db()
    assert alert.closed_by == counselor


def test_a_check_in_and_a_questionnaire_on_the_phone(door, ada):
    made.assignment(ada, at=NOW)
    page = door(ada.membership, "/my/", at=PHONE)
    page.get_by_text("Okay", exact=True).click()
    page.locator(".ten label", has_text=re.compile(r"^\s*4\s*$")).click()
    page.get_by_text("Yes", exact=True).first.click()
    press(page, "Done")
    row = CheckIn.objects.get()
    assert (row.mood, row.craving, row.safe) == (5, 4, "yes")
    page.goto("/my/")
    page.get_by_role("link", name="Open Mood questions").click()
    for _ in range(8):
        press(page, "Several days")
    press(page, "Nearly every day")
    expect(page.get_by_role("link", name="Call 988")).to_be_visible()
    assert Alert.objects.get().level == "urgent"
    page.get_by_role("link", name="Go on with the questions").click()
    press(page, "Somewhat difficult")
    press(page, "Hand in my answers")
    assert Response.objects.get().total == 11
