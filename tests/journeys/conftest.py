"""A browser, a server of real commits, and what every page is held to: no error in the console, nothing axe finds."""

import os
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings
from django.db import connection
from django.test import Client
from playwright.sync_api import Page, expect, sync_playwright

from conftest import KEPT
from openiop.base import frozen
from tests.journeys.pictures import packed

ROOT = Path(__file__).parents[2]
CHROMIUM = "/usr/bin/chromium"
QUIET = [
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
]
PHONE, DESK = {"width": 390, "height": 844}, {"width": 1440, "height": 900}

expect.set_options(timeout=20_000)  # milliseconds; a busy machine is no fault
# Playwright's own loop runs in this thread, so Django believes that it is called from asynchronous code.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"


def pytest_collection_modifyitems(items):
    """Without Chromium every story is skipped, and says so."""
    if not Path(CHROMIUM).exists():
        for item in items:
            item.add_marker(pytest.mark.skip(reason=f"there is no {CHROMIUM}"))


@pytest.fixture(scope="session")
def browser():
    """Debian's Chromium, without a window."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        yield browser
        browser.close()


@pytest.fixture
def committed(transactional_db):
    """Real commits. The database's guards stand anew for each story, and are lifted at its end so that tables empty."""
    frozen.install(connection, KEPT)
    yield
    frozen.remove(connection, KEPT)


@pytest.fixture
def visit(browser, live_server, committed):
    """Open a new, empty browser as one person: `visit("/today/", as_=counselor, at=PHONE)` gives its page."""
    opened = []

    def visit(path="/", *, as_=None, at=DESK, dark=False, script=True) -> Page:
        context = browser.new_context(
            base_url=live_server.url,
            viewport=at,
            color_scheme="dark" if dark else "light",
            java_script_enabled=script,
            locale="en-US",
            reduced_motion="reduce",
            timezone_id="America/New_York",
        )
        context.origin = live_server.url
        opened.append(context)
        page = context.new_page()
        page.set_default_timeout(20_000)
        page.troubles = []
        page.on("pageerror", lambda error: page.troubles.append(str(error)))
        page.on("console", lambda said: page.troubles.append(said.text) if said.type == "error" else None)
        if as_ is not None:
            sign_in(context, as_)
        page.goto(path)
        return page

    yield visit
    for context in opened:
        context.close()


def sign_in(context, member):
    """The browser is signed in as a member of the cast; the sign-in page itself has its own stories."""
    client = Client()
    client.force_login(member.user, backend=settings.AUTHENTICATION_BACKENDS[0])
    cookie = client.cookies[settings.SESSION_COOKIE_NAME].value
    context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": cookie, "url": context.origin}])


@pytest.fixture
def flawless():
    """Hold a page to the house: axe finds nothing, nothing is wider than the window, the console is quiet."""

    def flawless(page, colors=False):
        """All rules; with `colors` only those of color, for a page whose other theme has been held to all of them."""
        options = {"runOnly": {"type": "rule", "values": ["color-contrast", "link-in-text-block"]}} if colors else None
        found = Axe().run(page, options=options).response["violations"]
        told = [f"{v['id']}: {v['help']}: {[node['html'][:160] for node in v['nodes'][:3]]}" for v in found]
        assert told == [], f"{page.url}"
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), (
            f"{page.url} scrolls sideways"
        )
        # The browser itself reports a refused form (422) as an error; it is the answer we mean to give.
        assert [t for t in page.troubles if "422" not in t] == [], page.url

    return flawless


@pytest.fixture
def picture(browser):
    """Keep a picture of the page for docs/tour, when OPENIOP_TOUR=on asks for new ones."""

    def picture(page, name, dark=False):
        if os.environ.get("OPENIOP_TOUR") == "on":
            page.emulate_media(color_scheme="dark" if dark else "light")
            page.evaluate("scrollTo(0, 0)")
            (ROOT / "docs/tour" / f"{name}.png").write_bytes(packed(browser, page.screenshot()))
            page.emulate_media(color_scheme="light")

    return picture
