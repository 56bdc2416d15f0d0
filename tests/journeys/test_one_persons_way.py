"""One person's way: referral, placement, consent, week, session, note, measures, alert, step-down, told in a row."""

import gzip
import json
import os
import re
from datetime import datetime
from pathlib import Path
from types import SimpleNamespace
from zoneinfo import ZoneInfo

import pytest
from django.apps import apps
from playwright.sync_api import expect

from openiop.admissions.models import Assessment, Enquiry, Referral
from openiop.alerts.models import Alert
from tests.journeys.conftest import PHONE

ROOT = Path(__file__).parents[2]
SHARED = Path(os.environ.get("OPENIOP_SHARED", ROOT.parent / "shared")) / "data/fhir-patients/synthea-bundles"
OWN = ROOT / "openiop/admissions/bundles/alcohol-and-depression.json"
NEW_YORK = ZoneInfo("America/New_York")
LIVING_WITH = "Opioid abuse (disorder)"


def a_referral():
    """Someone alive with an addiction from the shared bundles; our own bundle where these are absent, and on tour."""
    if os.environ.get("OPENIOP_TOUR") != "on":
        for path in sorted(SHARED.glob("*.json.gz")):
            rows = [entry["resource"] for entry in json.loads(gzip.decompress(path.read_bytes()))["entry"]]
            alive = not any("deceasedDateTime" in row for row in rows if row["resourceType"] == "Patient")
            if alive and any(row.get("code", {}).get("text") == LIVING_WITH for row in rows):
                return path
    return OWN


@pytest.fixture
def clock(monkeypatch):
    """What time it is in New York for everyone: `clock(10, 5, 9, 10)` is October 5, 9:10 AM."""

    def clock(month, day, hour, minute=0):
        now = datetime(2026, month, day, hour, minute, tzinfo=NEW_YORK)
        monkeypatch.setattr("django.utils.timezone.now", lambda: now)
        return now

    return clock


@pytest.fixture
def read(flawless):
    """The page as it stands has no fault, in light and in dark."""

    def read(page):
        page.emulate_media(color_scheme="dark")
        flawless(page)
        page.emulate_media(color_scheme="light")
        flawless(page)

    return read


@pytest.fixture
def story(visit, read, picture, clock, program, intake, counselor, supervisor, director, prescriber):
    """The people concerned and what they have at hand."""
    clock(10, 5, 9, 10)
    return SimpleNamespace(
        visit=visit, read=read, picture=picture, clock=clock, program=program, intake=intake, counselor=counselor,
        supervisor=supervisor, director=director, prescriber=prescriber,
    )  # fmt: skip


def press(page, words, **kind):
    page.get_by_role("button", name=words, **kind).first.click()


def answer(page, question, word):
    page.get_by_role("group", name=question, exact=True).get_by_text(word, exact=True).click()


def test_one_persons_way(story):
    the_referral_comes_in(story)
    a_visitor_leaves_nothing(story)
    an_enquiry_is_answered(story)
    placement(story)


def the_referral_comes_in(story):
    story.clock(10, 5, 9, 10)
    page = story.visit("/intake/", as_=story.intake)
    page.get_by_role("link", name="Referrals").click()
    page.wait_for_url("**/intake/referrals/")
    story.read(page)
    file = a_referral()
    page.get_by_label("Referral files").set_input_files(
        {"name": file.name, "mimeType": "application/json", "buffer": file.read_bytes()}
    )
    press(page, "Bring them in")
    expect(page.get_by_text("1 person came in")).to_be_visible()
    row = Referral.objects.get()
    story.person = row.participant
    story.read(page)
    page.get_by_label("Referral files").set_input_files(
        {"name": file.name, "mimeType": "application/json", "buffer": file.read_bytes()}
    )
    press(page, "Bring them in")
    assert Referral.objects.count() == 1, "the same file comes in once"
    page.get_by_label("Referral files").set_input_files(
        {"name": "torn.json", "mimeType": "application/json", "buffer": file.read_bytes()[:-40]}
    )
    press(page, "Bring them in")
    expect(page.get_by_text("Nothing of it was kept.")).to_be_visible()
    assert Referral.objects.count() == 1
    page.get_by_role("link", name=story.person.legal_name).click()
    expect(page.get_by_role("heading", name="What was used and left")).to_be_visible()
    story.read(page)
    story.picture(page, "01-referral")


SAFE = {
    "When you stop or cut down": "No", "Do you have thoughts of ending": "No", "Does someone where you live": "No",
    "Do you need someone with you day": "No", "Do you have a steady place": "Yes",
    "Is there someone who supports": "Yes", "Can you get through most days": "Yes",
    "Do you want something to change": "Yes", "Is low mood": "Yes", "Have you tried weekly": "Yes",
    "Have you just finished": "No", "Is it early": "No",
}  # fmt: skip


def screen(page, **other):
    """Answer the pre-screen as it stands; what is not given otherwise is safe and fits."""
    page.get_by_text("Gambling or betting", exact=True).click()
    for words, word in SAFE.items():
        question = page.locator("fieldset").filter(has_text=words)
        question.get_by_text(other.get(words.split()[-1], word), exact=True).click()


def rows_of_everything():
    return {model._meta.label: model.objects.count() for model in apps.get_models()}


def a_visitor_leaves_nothing(story):
    """Someone who gives no name is answered, gets help first where it is needed, and leaves no row and no cookie."""
    before = rows_of_everything()
    page = story.visit("/welcome/", at=PHONE)
    story.read(page)
    page.goto("/is-this-right-for-me/")
    story.read(page)
    screen(page, ending="Yes")
    press(page, "See my answer", exact=True)
    expect(page.get_by_role("heading", name="Please talk to a person first, today.")).to_be_visible()
    expect(page.get_by_role("main").get_by_role("link", name="Call 988")).to_be_visible()
    story.read(page)
    story.picture(page, "02-first-answer")
    assert page.context.cookies() == []
    assert rows_of_everything() == before


def an_enquiry_is_answered(story):
    """Staff ask on the phone; a danger named shows help at once and becomes an alert."""
    story.clock(10, 5, 10, 30)
    page = story.visit("/intake/new/", as_=story.intake)
    page.get_by_label("Name", exact=True).fill("Rue Fennimore")
    page.get_by_label("Phone").fill("555-0148")
    screen(page, ending="Yes")
    story.read(page)
    press(page, "Keep this enquiry")
    expect(page.get_by_text("A danger was named. Call now.")).to_be_visible()
    expect(page.get_by_role("main").get_by_role("link", name="Call 988")).to_be_visible()
    story.read(page)
    assert Enquiry.objects.get().result == "needs-more-care"
    assert Alert.objects.get().level == "urgent"
    page.goto("/alerts/")
    story.read(page)


def placement(story):
    """Six ratings with their evidence, what they point to, what would change it, and a clinician's decision."""
    story.clock(10, 6, 14, 0)
    page = story.visit(f"/people/{story.person.pk}/placement/", as_=story.counselor)
    story.read(page)
    press(page, "Start an assessment")
    page.get_by_label("I asked about each of these.").check()
    press(page, "Save the safety check")
    evidence = [
        "No signs since August.", "Blood pressure treated by their doctor.", "PHQ-9 of 14, sleeps four hours.",
        "Came by themselves and asks for evenings.", "Used twice in three weeks, always after work.",
        "Lives with a sister who supports this.",
    ]  # fmt: skip
    for number, (value, words) in enumerate(zip((0, 1, 2, 1, 2, 1), evidence, strict=True), start=1):
        page.locator(f"#id_e{number}").fill(words)
        row = page.get_by_role("group").filter(has=page.locator(f"#id_e{number}"))
        row.locator(f"label:has(input[name=d{number}][value='{value}'])").click()
        expect(page.locator(f"#word-{number} b")).not_to_have_text("Not yet rated")
    expect(page.get_by_role("heading", name="What would change it")).to_be_visible()
    story.read(page)
    story.picture(page, "03-placement")
    assert page.locator("#rec").get_by_text("Intensive outpatient").first.is_visible()
    page.get_by_label("Reason, in your words").fill("Steady enough for evenings; both halves treated together.")
    page.get_by_label("Level of care").select_option("1.5")
    press(page, "Decide this level")
    expect(page.locator(".err, [data-errors]").first).to_be_visible()
    story.read(page)
    page.get_by_label("Level of care").select_option("2.1")
    press(page, "Decide this level")
    expect(page.get_by_role("heading", name="Decision")).to_be_visible()
    story.read(page)
    decided = Assessment.objects.get()
    assert (decided.selected, decided.suggested_level, decided.difference) == ("2.1", "2.1", "")
