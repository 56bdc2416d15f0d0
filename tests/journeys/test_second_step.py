"""Passkeys, codes and recovery codes in a real browser, whose authenticator is a virtual one."""

import re
import time

import pytest

from openiop.accounts import rules
from tests.journeys.conftest import DESK, PHONE

PASSWORD = "the heron stands in the reeds"


@pytest.fixture
def joan(counselor, settings):
    settings.STAFF_SECOND_FACTOR = "required"
    counselor.user.set_password(PASSWORD)
    counselor.user.save(update_fields=["password"])
    return counselor


def with_key(page):
    """The browser has an authenticator that says yes, as a finger on a sensor would."""
    session = page.context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    options = {"protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True}
    session.send("WebAuthn.addVirtualAuthenticator", {"options": options | {"isUserVerified": True}})
    return session


def by_password(page, user):
    page.get_by_label("Email").fill(user.email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()


def test_a_passkey_is_added_then_signs_in_unlocks_and_confirms(visit, flawless, joan, settings):
    page = visit("/today/")
    with_key(page)
    by_password(page, joan.user)
    page.wait_for_url("**/second-step/**")
    flawless(page)
    page.get_by_role("link", name="Add a passkey").click()
    flawless(page)
    page.get_by_label("What do you call it?").fill("This laptop")
    page.get_by_role("button", name="Add this passkey").click()
    page.get_by_role("heading", name="Your recovery codes").wait_for()
    flawless(page)
    page.get_by_role("link", name="I have kept them").click()
    page.wait_for_url("**/today/")
    page.goto("/me/")
    page.locator("main").get_by_role("button", name="Sign out").click()
    page.wait_for_url("**/sign-in/")
    page.get_by_role("button", name="Use passkey").click()
    page.wait_for_url("**/today/")
    page.get_by_role("button", name="Lock").first.click()
    page.get_by_role("button", name="Use passkey").click()
    page.wait_for_url(lambda address: "/lock/" not in address)
    settings.CONFIRM_MINUTES = 0
    page.goto("/second-step/passkey/")
    page.wait_for_url("**/confirm/**")
    flawless(page)
    settings.CONFIRM_MINUTES = 10
    page.get_by_role("button", name="Use passkey").click()
    page.wait_for_url("**/second-step/passkey/")


def test_a_passkey_that_is_refused_is_said_in_words_and_the_password_still_works(visit, joan):
    page = visit("/sign-in/")
    with_key(page)
    page.get_by_role("button", name="Use passkey").click()
    page.get_by_text("No passkey was used").wait_for()
    page.troubles.clear()
    by_password(page, joan.user)
    page.wait_for_url("**/second-step/**")


@pytest.mark.parametrize("at", [PHONE, DESK], ids=["phone", "desk"])
def test_without_a_script_a_code_app_is_set_up_and_a_code_and_a_recovery_code_open(visit, joan, at):
    page = visit("/today/", script=False, at=at)
    assert not page.get_by_role("button", name="Use passkey").is_visible()
    by_password(page, joan.user)
    page.get_by_role("link", name="Set up a code app").click()
    secret = page.locator("code").inner_text().replace(" ", "")
    now = int(time.time()) // 30
    page.get_by_label("6-digit code").fill(rules.hotp(secret, now))
    page.get_by_role("button", name="Check and save").click()
    codes = page.locator("main li code").all_inner_texts()
    assert len(codes) == 10
    assert all(re.fullmatch(r"[A-Z2-9]{5}-[A-Z2-9]{5}", code) for code in codes)
    for way, code, opens in (("", rules.hotp(secret, now), False), ("", rules.hotp(secret, now + 1), True)):
        page.context.clear_cookies()
        page.goto("/sign-in/?next=/today/")
        by_password(page, joan.user)
        page.get_by_label("6-digit code").fill(code)
        page.get_by_role("button", name="Sign in").click()
        assert ("/today/" in page.url) is opens, (way, page.url)
    for opens in (True, False):
        page.context.clear_cookies()
        page.goto("/sign-in/?next=/today/")
        by_password(page, joan.user)
        page.get_by_role("link", name="Use a recovery code").click()
        page.get_by_label("Recovery code").fill(codes[0])
        page.get_by_role("button", name="Sign in").click()
        assert ("/today/" in page.url) is opens
    assert page.get_by_text("Each works once").first.is_visible()


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("at", [PHONE, DESK], ids=["phone", "desk"])
def test_the_pages_of_signing_in_can_be_read_by_everyone(visit, flawless, counselor, ada, at, dark):
    for who in (counselor, ada.membership):
        page = visit("/me/devices/", as_=who, at=at, dark=dark)
        for path in ("/me/devices/", "/second-step/", "/confirm/"):
            page.goto(path)
            flawless(page, colors=dark)
