"""What is typed in a note outlives a killed server and a sign-in that ran out."""

import os
import re
import signal
import socket
import sqlite3
import subprocess
import sys
import time
import urllib.error
import urllib.request
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection
from django.utils import timezone
from playwright.sync_api import expect

from openiop.notes.models import PersonNote
from tests.make import session as stage
from tests.make.alerts import alert

ROOT = Path(__file__).parents[2]
PASSWORD = "the heron stands in the reeds"
WORDS = "What was theirs today"


@pytest.fixture
def note(program, counselor, ada):
    """A session that began an hour ago, and a counselor with a password."""
    counselor.user.set_password(PASSWORD)
    counselor.user.save(update_fields=["password"])
    starts = timezone.now().replace(second=0, microsecond=0) - timedelta(hours=1)
    return stage.session(program, counselor, ada, starts=starts)


class Server:
    """The product in a process of its own, over a copy of what the test has made."""

    def __init__(self, folder):
        copy = sqlite3.connect(folder / "openiop.sqlite3")
        connection.connection.backup(copy)
        copy.close()
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.environ = os.environ | {"OPENIOP_VAR": str(folder), "OPENIOP_DEBUG": "on"}
        self.address = f"http://127.0.0.1:{self.port}"

    def start(self):
        """Serve, and return once it answers."""
        command = [sys.executable, "manage.py", "runserver", "--noreload", "--settings", "tests.settings"]
        self.process = subprocess.Popen(
            [*command, f"127.0.0.1:{self.port}"], cwd=ROOT, env=self.environ, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )  # fmt: skip
        for _ in range(240):
            try:
                urllib.request.urlopen(f"{self.address}/sign-in/", timeout=5).close()
                return
            except (urllib.error.URLError, OSError):
                assert self.process.poll() is None, "the server ended by itself"
                time.sleep(0.25)
        raise AssertionError("the server never answered")

    def kill(self):
        """No goodbye: the process is gone in the middle of whatever it did."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()


@pytest.fixture
def server(note, tmp_path, transactional_db):
    """A server that can be killed."""
    if connection.vendor != "sqlite":
        pytest.skip("this story copies a SQLite file; the server is the same")
    server = Server(tmp_path)
    server.start()
    yield server
    server.kill()


def sign_in(page, counselor):
    page.get_by_label("Email").fill(counselor.user.email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()


def saved(page):
    expect(page.locator("#part-form [data-saved]")).to_have_text(re.compile(r"^Saved \d+:\d\d [AP]M"))


def test_text_in_a_note_outlives_a_killed_server(visit, server, note, counselor):
    here = f"{server.address}/sessions/{note.pk}/"
    page = visit(here)
    sign_in(page, counselor)
    page.get_by_label(WORDS).press_sequentially("Named payday as a trigger.")
    saved(page)
    server.kill()
    page.get_by_label(WORDS).press_sequentially(" Will call her sister.")
    expect(page.locator("#part-form [data-saved]")).to_contain_text("Not saved yet. Keep this page open")
    page.context.close()
    server.start()
    page = visit(here)
    sign_in(page, counselor)
    expect(page.get_by_text("You have unsaved text from")).to_be_visible()
    page.get_by_role("button", name="Restore").click()
    expect(page.get_by_label(WORDS)).to_have_value(re.compile(r"^Named payday as a trigger\."))
    page.locator("#part-form").get_by_role("button", name="Save", exact=True).click()
    expect(page.locator("#person-state")).to_contain_text("In the record")
    expect(page.locator("#part-form [data-restored]")).to_have_count(0)


def test_a_sign_in_that_ran_out_while_typing_takes_nothing(visit, note, counselor, flawless):
    page = visit(f"/sessions/{note.pk}/", as_=counselor)
    page.get_by_label(WORDS).press_sequentially("Named payday.")
    saved(page)
    page.context.clear_cookies(name=settings.SESSION_COOKIE_NAME)
    page.get_by_label(WORDS).press_sequentially(" Will call her sister.")
    expect(page.locator("#part-form [data-saved]")).to_contain_text("it is saved as soon as you are signed in again.")
    with page.context.expect_page() as opened:
        page.get_by_role("link", name="Unlock in a new tab").click()
    door = opened.value
    sign_in(door, counselor)
    expect(door.get_by_role("heading", name="What you sent is still here")).to_be_visible()
    expect(door.get_by_role("definition").first).to_have_text("Named payday. Will call her sister.")
    door.troubles = []
    flawless(door)
    door.get_by_role("button", name="Send now").click()
    door.wait_for_url(f"**/sessions/{note.pk}/**")
    expect(door.get_by_label(WORDS)).to_have_value("Named payday. Will call her sister.")
    assert PersonNote.objects.get().words == "Named payday. Will call her sister."


def test_what_is_typed_on_an_alert_stays_when_it_is_seen_and_outlives_a_reload(visit, ada, counselor, flawless):
    row = alert(ada, counselor, at=timezone.now())
    page = visit(f"/alerts/{row.pk}/", as_=counselor)
    page.get_by_label("In a sentence").fill("They answered and will come tomorrow.")
    page.get_by_role("button", name="Mark as seen").click()
    expect(page.locator("#facts")).to_contain_text("Seen")
    expect(page.get_by_role("button", name="Mark as seen")).to_have_count(0)
    expect(page.get_by_label("In a sentence")).to_have_value("They answered and will come tomorrow.")
    form = page.locator("form").filter(has=page.get_by_label("In a sentence"))
    expect(form.locator("[data-saved]")).to_contain_text("Saved")
    page.reload()
    page.get_by_role("button", name="Restore").click()
    expect(page.get_by_label("In a sentence")).to_have_value("They answered and will come tomorrow.")
    flawless(page)
