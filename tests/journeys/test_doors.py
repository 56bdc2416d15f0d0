"""The way in."""

import pytest

from tests.journeys.conftest import DESK, PHONE


@pytest.mark.parametrize("at", [PHONE, DESK], ids=["phone", "desk"])
@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_the_sign_in_page_can_be_read_by_everyone(visit, flawless, at, dark):
    flawless(visit("/sign-in/", at=at, dark=dark))


@pytest.mark.parametrize("script", [True, False], ids=["script", "no script"])
def test_a_wrong_password_is_said_in_words_and_keeps_the_email(visit, script):
    page = visit("/sign-in/", script=script)
    page.get_by_label("Email").fill("nobody@example.org")
    page.get_by_label("Password").fill("not the word")
    page.get_by_role("button", name="Sign in").click()
    assert page.get_by_label("Email").input_value() == "nobody@example.org"
    assert page.get_by_text("not correct").first.is_visible()


def test_a_counselor_signs_in_locks_the_screen_and_signs_in_again(visit, flawless, counselor):
    counselor.user.set_password("the heron stands in the reeds")
    counselor.user.save(update_fields=["password"])
    page = visit("/me/")
    assert "/sign-in/" in page.url
    page.get_by_label("Email").fill(counselor.user.email)
    page.get_by_label("Password").fill("the heron stands in the reeds")
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/me/")
    flawless(page)
    page.get_by_role("button", name="Lock").first.click()
    page.wait_for_url("**/lock/**")
    assert not page.get_by_text("Joan").is_visible(), "a locked screen names nobody"
    page.get_by_label("Password").fill("the heron stands in the reeds")
    page.get_by_role("button", name="Unlock").click()
    page.wait_for_url(lambda address: "/lock/" not in address)
