"""How am I? Tapped on the phone before a session; an answer that means danger brings help first."""

from datetime import timedelta

import pytest

from conftest import NOW
from openiop.alerts.models import Alert
from openiop.consents import actions as consents
from openiop.questionnaires.models import Response
from openiop.recovery.models import CheckIn
from tests import make
from tests.journeys.conftest import PHONE
from tests.make import plans as made_plans
from tests.make import questionnaires as made


@pytest.fixture(autouse=True)
def _frozen(monkeypatch):
    monkeypatch.setattr("django.utils.timezone.now", lambda: NOW)


@pytest.fixture
def lived(ada, counselor):
    """Ada with a plan, a permission to sign, two questionnaires answered before and one waiting; her sister."""
    made_plans.signed(ada.episode, counselor, NOW - timedelta(days=9))
    ada.sister = make.supporter(ada, counselor)
    for kinds, to, signed in ((["schedule", "plan"], ada.sister, True), (["plan"], None, False)):
        row = consents.prepare_consent(
            participant=ada, variant="family_person" if to else "named_disclosure", kinds=kinds, supporter=to,
            recipient="Dr. Elm, primary care", purpose="To support me", by=counselor, at=NOW - timedelta(days=1),
            expires_at=NOW + timedelta(days=300), expires_when="when care ends",
        )  # fmt: skip
        if signed:
            consents.sign_consent(consent=row, signer_name=ada.legal_name, how="phone", by=ada.membership, at=NOW)
    for days, total in ((28, 17), (14, 11)):
        made.answered(ada, total=total, at=NOW - timedelta(days=days))
    ada.asked = made.assignment(ada, at=NOW)
    return ada


def test_three_taps_are_kept_one_by_one_and_not_feeling_safe_opens_help(visit, flawless, lived, counselor):
    page = visit("/my/", as_=lived.membership, at=PHONE)
    page.get_by_text("Okay", exact=True).click()
    page.get_by_text("Saved 4:48", exact=False).wait_for()
    page.locator(".ten label", has_text="4").click()
    page.wait_for_function("document.activeElement.name === 'craving'")
    page.get_by_text("Not sure", exact=True).click()
    page.get_by_text("Do you want to talk with someone now?").wait_for()
    page.wait_for_load_state("networkidle")
    row = CheckIn.objects.get()
    assert (row.mood, row.craving, row.safe) == (5, 4, "unsure")
    assert (Alert.objects.get().level, Alert.objects.get().owner) == ("high", counselor)
    flawless(page)
    page.locator(".reveal").get_by_role("link", name="Help now").click()
    page.get_by_role("heading", name="Pause.").wait_for()
    flawless(page)


def test_a_questionnaire_is_answered_with_one_thumb_and_item_9_brings_help_before_anything_else(visit, flawless, lived):
    page = visit("/my/", as_=lived.membership, at=PHONE)
    page.get_by_role("link", name="Open Mood questions").click()
    flawless(page)
    for _ in range(8):
        page.get_by_role("button", name="Several days").click()
    page.get_by_text("Question 9 of 10").wait_for()
    page.get_by_role("button", name="Nearly every day").click()
    page.get_by_role("heading", name="Thank you for saying so.").wait_for()
    assert page.get_by_role("link", name="Call 988").is_visible()
    assert Alert.objects.get().level == "urgent"
    flawless(page)
    page.get_by_role("link", name="Go on with the questions").click()
    page.get_by_role("button", name="Somewhat difficult").click()
    page.get_by_role("button", name="Hand in my answers").click()
    page.get_by_role("heading", name="Thank you for answering.").wait_for()
    assert "of 27" not in page.content()
    flawless(page)
    assert Response.objects.get(assignment=lived.asked).total == 11


@pytest.mark.parametrize("dark", [False, True])
def test_every_page_of_ones_own_is_sound_in_light_and_dark(visit, flawless, lived, dark):
    page = visit("/my/", as_=lived.membership, at=PHONE, dark=dark)
    waiting = lived.consents.get(status="draft")
    for path in (
        "/my/", "/my/check-in/", "/my/plan/", "/my/week/", "/my/consents/", f"/my/consents/{waiting.pk}/", "/my/me/",
        "/my/help/", "/my/help/#notice", "/my/help/#act", "/my/help/#used", f"/my/measures/{lived.asked.pk}/?item=end",
    ):  # fmt: skip
        page.goto(path)
        flawless(page)


@pytest.mark.parametrize("dark", [False, True])
def test_measures_are_sound_for_staff_and_sharing_for_a_sister(visit, flawless, lived, counselor, dark):
    page = visit(f"/people/{lived.pk}/measures/", as_=counselor, dark=dark)
    flawless(page)
    done = lived.responses.order_by("completed_at").first()
    for rest in ("measures/ask/", "measures/enter/phq9/", f"measures/{done.pk}/", "check-ins/"):
        page.goto(f"/people/{lived.pk}/{rest}")
        flawless(page)
    theirs = visit("/support/", as_=lived.sister.membership, at=PHONE, dark=dark)
    theirs.get_by_text("Ada shares this with you").wait_for()
    flawless(theirs)


def test_help_works_without_script_and_without_signing_in(visit):
    page = visit("/my/help/", at=PHONE, script=False)
    assert page.get_by_role("heading", name="Pause.").is_visible()
    page.get_by_role("link", name="Next: notice").click()
    assert page.get_by_role("heading", name="Notice.").is_visible()
    assert not page.get_by_role("heading", name="Pause.").is_visible()
    page.get_by_text("Thoughts of hurting myself").click()
    assert page.locator("#notice").get_by_role("link", name="Call 988").is_visible()


def test_the_check_in_works_without_script(visit, lived):
    page = visit("/my/check-in/", as_=lived.membership, at=PHONE, script=False)
    page.get_by_text("Shaky", exact=True).click()
    page.get_by_role("button", name="Done").click()
    assert CheckIn.objects.get().mood == 3
