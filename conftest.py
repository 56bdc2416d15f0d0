"""The cast: the same few people in every test."""

import gc
from datetime import UTC, date, datetime
from importlib import import_module
from pathlib import Path

import coverage
import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from openiop.accounts.access import CONFIRMED
from openiop.base import frozen
from tests import make

# What the database itself keeps, of every room.
ROOMS = sorted(path.parent.name for path in Path(__file__).parent.glob("openiop/*/triggers.py"))
KEPT = [keep for room in ROOMS for keep in import_module(f"openiop.{room}.triggers").KEPT]
TESTS = Path(__file__).parent / "tests"
TODAY = date(2026, 10, 14)
NOW = datetime(2026, 10, 14, 20, 48, tzinfo=UTC)  # Wednesday 4:48 PM in New York

# Coverage doubles the time of what it watches. It is asked of rules and actions, whose own tests are to give it.
UNWATCHED = {"test_world.py"}


def pytest_collection_finish(session):
    """What stands now stands to the end: the collector need not walk through it again and again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 50, 100)


def _unwatched(path):
    """Whether coverage may look away: also from the pages of a room whose rules have tests of their own."""
    if path.is_relative_to(TESTS) or path.name in UNWATCHED:
        return True
    return path.name == "test_pages.py" and path.with_name("test_rules.py").exists()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item):
    """Coverage looks away while a test runs that is not there for rules and actions alone; else one looks, not two."""
    watches = []
    while (watch := coverage.Coverage.current()) is not None:  # pytest-cov starts a second one in each worker of xdist
        watch.stop()
        watches.append(watch)
    if watches and not _unwatched(item.path):
        watches[0].start()
    try:
        return (yield)
    finally:
        while (watch := coverage.Coverage.current()) is not None:
            watch.stop()
        for watch in reversed(watches):
            watch.start()


class JustSignedIn(Client):
    """Whoever is signed in has shown a moment ago who they are, as at the door itself."""

    def force_login(self, user, backend=None):
        super().force_login(user, backend)
        session = self.session
        session[CONFIRMED] = timezone.now().isoformat()
        session.save()


@pytest.fixture
def client():
    return JustSignedIn()


@pytest.fixture
def program(db):
    """Larkmeadow, where everyone but the outsider belongs."""
    return make.program()


@pytest.fixture
def counselor(program):
    return make.member(program, "counselor", name="Joan Birchwell", credential="LPC")


@pytest.fixture
def supervisor(program):
    return make.member(program, "supervisor", name="Celia Rowanfield", credential="LCSW")


@pytest.fixture
def director(program):
    return make.member(program, "director", name="Hollis Grovewright")


@pytest.fixture
def intake(program):
    return make.member(program, "intake", name="Nadia Quillfeather")


@pytest.fixture
def prescriber(program):
    return make.member(program, "prescriber", name="Ira Rowanfield", credential="MD")


@pytest.fixture
def biller(program):
    return make.member(program, "biller", name="Bo Ledgerly")


@pytest.fixture
def front_desk(program):
    return make.member(program, "front-desk", name="Fay Doorley")


@pytest.fixture
def outsider(db):
    """A counselor of another program."""
    return make.member(make.program(name="Fernhollow"), "counselor", name="Otto Farfield")


@pytest.fixture
def ada(program, counselor):
    """A participant in care, who can sign in; `ada.episode` is her open episode."""
    return make.person_in_care(program, counselor, name="Ada Alderquist")


@pytest.fixture
def ben(program, counselor):
    """Another participant in care, who can sign in."""
    return make.person_in_care(program, counselor, name="Ben Barleyfield")


@pytest.fixture
def _triggers_again(request):
    yield
    if "committed" in request.fixturenames:
        request.getfixturevalue("django_db_blocker").unblock()
        frozen.install(connection, KEPT)
        request.getfixturevalue("django_db_blocker").restore()


@pytest.fixture
def outside(settings, tmp_path):
    """What the log notes outside the database stands in a folder of this test alone."""
    settings.AUDIT_ANCHOR, settings.AUDIT_UNSEALED = tmp_path / "audit-anchor", tmp_path / "audit-unsealed"


@pytest.fixture
def committed(_triggers_again, outside, transactional_db):
    """Real commits, for two people at once; the guards are lifted only while the test database is emptied."""
    yield
    frozen.remove(connection, KEPT)
