"""The cast: the same few people in every test."""

from datetime import UTC, date, datetime
from importlib import import_module
from pathlib import Path

import pytest
from django.db import connection

from openiop.base import frozen
from tests import make

# What the database itself keeps, of every room.
ROOMS = sorted(path.parent.name for path in Path(__file__).parent.glob("openiop/*/triggers.py"))
KEPT = [keep for room in ROOMS for keep in import_module(f"openiop.{room}.triggers").KEPT]
TODAY = date(2026, 10, 14)
NOW = datetime(2026, 10, 14, 20, 48, tzinfo=UTC)  # Wednesday 4:48 PM in New York


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
def committed(_triggers_again, transactional_db):
    """Real commits, for two people at once; the guards are lifted only while the test database is emptied."""
    yield
    frozen.remove(connection, KEPT)
