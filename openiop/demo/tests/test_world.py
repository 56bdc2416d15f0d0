"""The demo program: the same seed and instant give the same history, and every page has something to show."""

import re
from contextlib import suppress
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from django.apps import apps
from django.core.management import CommandError, call_command
from django.db import transaction

from openiop.admissions.models import Enquiry, HardStop, Referral
from openiop.admissions.queries import doubles
from openiop.alerts.models import Alert
from openiop.audit.models import Event
from openiop.consents.models import Emergency
from openiop.demo.world import World
from openiop.notes.models import PersonNote
from openiop.participants.models import Episode, Merge, Participant
from openiop.privacy.models import Question, Unusual
from openiop.schedule.models import Session

UNTOLD = {"id", "created_at", "password", "sealed"}
# An id, or the fingerprint of a text that names ids.
ID = re.compile(r"UUID\('[0-9a-f-]{36}'\)|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|[0-9a-f]{64}")
THEN = datetime(2026, 11, 19, 16, 48, tzinfo=ZoneInfo("America/New_York"))


def built(**size):
    world = World(now=THEN, seed=7, password=None, **({"weeks": 5, "current": 6, "past": 1} | size))
    world.build(lambda share, what: None)
    return world


class Undone(Exception):
    """Takes back all that was written."""


def said(model):
    """Every row of a table without its id and the moment it was written; other ids are told apart, not named."""
    names = [field.attname for field in model._meta.concrete_fields if field.attname not in UNTOLD]
    return sorted(ID.sub("#", repr(row)) for row in model.objects.order_by("pk").values_list(*names))


def told():
    """Everything the database says, table by table."""
    return {model._meta.label: said(model) for model in apps.get_models() if model.__module__.startswith("openiop.")}


def test_a_database_that_holds_a_program_is_not_built_upon(program):
    with pytest.raises(CommandError, match="holds a program already"):
        call_command("build_demo")


def test_a_small_world_is_alive_today_and_told_again_has_the_same_rows_in_every_table(db):
    once = {}
    with suppress(Undone), transaction.atomic():
        built()
        once = told()
        raise Undone
    world = built()
    again = told()
    assert len(once["audit.Event"]) > 300
    assert sum(map(bool, once.values())) > 35
    assert {label: len(rows) for label, rows in once.items()} == {label: len(rows) for label, rows in again.items()}
    assert [label for label, rows in once.items() if rows != again[label]] == []
    assert Episode.objects.filter(ended_on__isnull=True).count() == 6
    assert Episode.objects.filter(ended_on__isnull=False).count() == 1
    assert Session.objects.filter(on=THEN.date()).exists()
    assert Alert.objects.open().filter(kind="phq9-item9", participant__legal_name="Marcus Pebblewick").count() == 1
    assert Alert.objects.open().filter(kind__in=["missed-session", "attendance-pattern"]).exists()
    assert {"draft", "signed"} <= set(PersonNote.objects.values_list("status", flat=True))
    assert all(event.at <= THEN for event in Event.objects.all())
    names = set(Participant.objects.values_list("legal_name", flat=True))
    assert world.program.name == "Larkmeadow"
    assert len(names) == 7 + 4 + 2 + 2  # seven lives, four referred, two on their way in, two who came twice
    assert Emergency.objects.filter(review__isnull=True).count() == 1
    assert Unusual.objects.filter(status="asked").count() == 1
    assert Question.objects.filter(answered_at__isnull=True).count() == 1
    assert Merge.objects.filter(undone_at__isnull=True).count() == 1
    assert ["Tobin Greenacre", "Tobin Greenacres"] in [
        sorted([pair.one.legal_name, pair.other.legal_name]) for pair in doubles(world.program.pk)
    ]
    assert Referral.objects.filter(status="held").count() == 1
    assert Enquiry.objects.filter(channel="referral", contacted_at__isnull=True).exists()
    asked = Enquiry.objects.filter(screened_at__isnull=False)
    assert set(asked.values_list("result", flat=True)) == {"fit", "not-yet", "needs-more-care"}
    assert HardStop.objects.filter(closed_at__isnull=True).exists()


def test_eighty_people_have_eighty_names():
    world = World(now=THEN, seed=2026, password=None)
    world.draw_lives()
    assert len({life.name for life in world.lives}) == 80
    assert len({life.email for life in world.lives}) == 80
    again = World(now=THEN, seed=2026, password=None)
    again.draw_lives()
    assert [(life.name, life.starts, life.ends, life.phq9) for life in world.lives] == [
        (life.name, life.starts, life.ends, life.phq9) for life in again.lives
    ]
    assert world.draw.random() == again.draw.random()
