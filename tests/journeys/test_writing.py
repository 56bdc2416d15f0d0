"""What someone types is never lost: not to a closed tab, a second tab, a lost network, a locked screen or a refusal."""

import re

import pytest
from django.conf import settings
from django.template import engines
from jinja2 import ChoiceLoader, DictLoader
from playwright.sync_api import expect

from openiop.ui.models import Draft
from tests.journeys.writing import TEMPLATE

WAITS = "Not saved yet. Keep this page open; it is saved as soon as the connection is back."


@pytest.fixture
def desk(visit, counselor, settings, monkeypatch):
    """The counselor's browser, open at a page to write on."""
    settings.ROOT_URLCONF = "tests.journeys.writing"
    env = engines["jinja2"].env
    monkeypatch.setattr(env, "loader", ChoiceLoader([DictLoader({"journey/write.html": TEMPLATE}), env.loader]))
    return lambda **kind: visit("/write/", as_=counselor, **kind)


def saved(page, words=re.compile(r"^Saved \d+:\d\d [AP]M")):
    expect(page.locator("[data-saved]")).to_have_text(words)


def test_text_is_saved_while_it_is_typed_offered_back_and_gone_once_signed(desk, flawless):
    page = desk()
    page.get_by_label("What was theirs today").press_sequentially("Named payday as a trigger.")
    saved(page)
    page.goto("/write/")
    expect(page.get_by_text("You have unsaved text from")).to_be_visible()
    flawless(page)
    page.get_by_role("button", name="Restore").click()
    expect(page.get_by_label("What was theirs today")).to_have_value("Named payday as a trigger.")
    flawless(page)
    page.get_by_role("button", name="Sign the note").click()
    expect(page.get_by_label("What was theirs today")).to_have_value("")
    page.goto("/write/")
    expect(page.get_by_text("You have unsaved text from")).to_have_count(0)


def test_without_script_unsaved_text_can_be_restored_or_let_go(desk):
    desk().get_by_label("What was theirs today").press_sequentially("Named payday.")
    page = desk(script=False)
    for _ in range(20):
        page.reload()
        if page.get_by_role("button", name="Restore").count():
            break
        page.wait_for_timeout(250)
    page.get_by_role("button", name="Restore").click()
    expect(page.get_by_label("What was theirs today")).to_have_value("Named payday.")
    page.get_by_role("button", name="Let it go").click()
    expect(page.get_by_label("What was theirs today")).to_have_value("")


def test_two_tabs_are_both_kept_and_one_is_chosen(desk, flawless):
    first = desk()
    second = first.context.new_page()
    second.goto("/write/")
    first.get_by_label("What was theirs today").press_sequentially("In the first tab.")
    saved(first)
    second.get_by_label("What was theirs today").press_sequentially("In the second tab.")
    expect(second.locator("[data-saved]")).to_contain_text("You changed this somewhere else")
    both = first.context.new_page()
    both.troubles = []
    both.goto(second.get_by_role("link", name="See both").get_attribute("href"))
    flawless(both)
    both.get_by_role("button", name="Go on with this text").nth(1).click()
    both.goto("/write/")
    expect(both.get_by_label("What was theirs today")).to_have_value("In the second tab.")
    assert Draft.objects.filter(text="In the first tab.").count() == 1


def test_a_lost_network_says_not_saved_keeps_the_text_and_saves_when_it_is_back(desk):
    page = desk()
    page.context.set_offline(True)
    page.get_by_label("What was theirs today").press_sequentially("Named payday.")
    expect(page.locator("[data-saved]")).to_contain_text(WAITS)
    page.context.set_offline(False)
    saved(page)  # by itself, without a press on "Try again"


def test_leaving_while_text_is_not_saved_asks_first_and_staying_keeps_it(desk):
    page = desk()
    page.context.set_offline(True)
    page.get_by_label("What was theirs today").press_sequentially("Named payday.")
    expect(page.locator("[data-saved]")).to_contain_text(WAITS)
    asked = []
    page.once("dialog", lambda dialog: (asked.append(dialog.type), dialog.dismiss()))
    page.close(run_before_unload=True)
    for _ in range(40):
        if asked:
            break
        page.wait_for_timeout(50)
    assert asked == ["beforeunload"]
    expect(page.get_by_label("What was theirs today")).to_have_value("Named payday.")
    page.context.set_offline(False)
    saved(page)
    page.close(run_before_unload=True)
    assert len(asked) == 1


def test_what_did_not_go_through_is_said_once_beside_the_text_that_waits(desk):
    page = desk()
    page.context.set_offline(True)
    page.get_by_label("What was theirs today").press_sequentially("Named payday.")
    expect(page.locator("[data-saved]")).to_contain_text(WAITS)
    page.get_by_role("button", name="Sign the note").click()
    expect(page.locator("[data-saved]")).to_contain_text("That did not go through. Not saved yet.")
    expect(page.locator("#said .notice")).to_have_count(0)
    page.context.set_offline(False)
    saved(page)


def test_a_page_with_unsaved_text_is_covered_instead_of_left_when_nobody_is_here(desk, monkeypatch):
    page = desk()
    page.clock.install()
    page.reload()
    page.context.set_offline(True)
    page.get_by_label("What was theirs today").press_sequentially("Named payday.")
    page.clock.run_for(3 * 3600 * 1000)
    expect(page.get_by_text("This screen is covered")).to_be_visible()
    expect(page.get_by_label("What was theirs today")).to_be_hidden()
    page.context.set_offline(False)
    page.clock.run_for(10_000)
    expect(page).to_have_url(re.compile(r"/lock"))  # one try may have been cut off with the network
    assert Draft.objects.get().text == "Named payday."


def test_a_sign_in_that_ended_says_not_saved_and_leads_to_the_door(desk):
    page = desk()
    page.context.clear_cookies(name=settings.SESSION_COOKIE_NAME)
    page.get_by_label("What was theirs today").press_sequentially("Named payday.")
    expect(page.locator("[data-saved]")).to_contain_text("it is saved as soon as you are signed in again.")
    expect(page.get_by_role("link", name="Unlock in a new tab")).to_be_visible()
    expect(page.get_by_label("What was theirs today")).to_have_value("Named payday.")


def test_a_note_that_is_turned_down_keeps_its_words_and_goes_on_saving(desk, flawless):
    page = desk()
    text = page.get_by_label("What was theirs today")
    text.fill("x")
    page.get_by_role("button", name="Sign the note").click()
    expect(page.locator(".err")).to_be_visible()
    expect(text).to_be_focused()
    expect(text).to_have_value("x")
    text.press("End")
    text.press_sequentially(" and more")
    saved(page)
    flawless(page)
    assert page.evaluate("Object.keys(localStorage).length") == 0
    assert "and more" not in page.evaluate("JSON.stringify(sessionStorage)")


def test_a_form_with_a_stale_token_waits_and_is_sent_again(desk, flawless):
    page = desk()
    page.get_by_label("What was theirs today").fill("Named payday.")
    page.evaluate("document.querySelector('#sheet [name=csrfmiddlewaretoken]').value = 'x'.repeat(64)")
    page.evaluate("document.body.removeAttribute('hx-headers')")
    page.get_by_role("button", name="Sign the note").click()
    page.wait_for_url("**/held/")
    expect(page.get_by_text("Named payday.").first).to_be_visible()
    page.troubles.clear()
    flawless(page)
    page.get_by_role("button", name="Send now").click()
    page.wait_for_url("**/write/")
    expect(page.get_by_text("Signed.")).to_be_visible()
    page.goto("/held/")
    expect(page.get_by_role("heading", name="Nothing is waiting")).to_be_visible()


def test_blurred_names_stay_blurred_on_the_next_page(desk):
    page = desk()
    page.get_by_role("button", name="Blur names").click()
    page.goto("/write/")
    assert "blur-names" in page.evaluate("document.documentElement.className")


def test_three_shifts_leave_the_page(desk):
    page = desk()
    page.goto("/held/")
    page.context.route("https://**", lambda route: route.fulfill(body="a neutral page"))
    for _ in range(3):
        page.keyboard.press("Shift")
    page.wait_for_url("https://www.weather.gov/")
