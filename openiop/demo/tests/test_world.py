"""The demo program: the same seed and instant give the same history, and every page has something to show."""

from datetime import datetime
from zoneinfo import ZoneInfo

from openiop.admissions.models import Enquiry, HardStop, Referral
from openiop.alerts.models import Alert
from openiop.audit.models import Event
from openiop.demo.world import World
from openiop.notes.models import PersonNote
from openiop.participants.models import Episode, Participant
from openiop.schedule.models import Session

THEN = datetime(2026, 11, 19, 16, 48, tzinfo=ZoneInfo("America/New_York"))


def built(**size):
    world = World(now=THEN, seed=7, password=None, **({"weeks": 5, "current": 6, "past": 1} | size))
    world.build(lambda share, what: None)
    return world


def telling():
    """The history without its ids."""
    rows = Event.objects.order_by("at", "what", "by_role").values_list("at", "what", "by_role")
    return list(rows)


def test_a_small_world_is_alive_today(db):
    world = built()
    assert Episode.objects.filter(ended_on__isnull=True).count() == 6
    assert Episode.objects.filter(ended_on__isnull=False).count() == 1
    assert Session.objects.filter(on=THEN.date()).exists()
    assert Alert.objects.open().filter(kind="phq9-item9", participant__legal_name="Marcus Pebblewick").count() == 1
    assert Alert.objects.open().filter(kind__in=["missed-session", "attendance-pattern"]).exists()
    assert {"draft", "signed"} <= set(PersonNote.objects.values_list("status", flat=True))
    assert all(event.at <= THEN for event in Event.objects.all())
    told = telling()
    names = set(Participant.objects.values_list("legal_name", flat=True))
    assert world.program.name == "Larkmeadow"
    assert len(told) > 300
    assert len(names) == 7 + 4 + 2  # seven lives, four referred, two on their way in
    assert Referral.objects.filter(status="held").count() == 1
    assert set(Enquiry.objects.values_list("result", flat=True)) == {"fit", "not-yet", "needs-more-care"}
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
