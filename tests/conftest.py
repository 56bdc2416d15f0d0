"""A program in full use, for the checks that go through every page."""

import pytest

from conftest import NOW
from tests.make.everything import everything


@pytest.fixture
def at_noon(monkeypatch):
    """Pages think it is NOW."""
    monkeypatch.setattr("django.utils.timezone.now", lambda: NOW)


@pytest.fixture
def world(program, counselor, supervisor, intake, at_noon):
    """One thing of each kind that has an address."""
    return everything(program, counselor)
