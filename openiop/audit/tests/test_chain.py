"""The chain of events holds while the program writes, and names the first event anyone else touched."""

from datetime import timedelta
from io import StringIO

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import timezone

from conftest import KEPT
from openiop.audit import actions, jobs, queries, rules
from openiop.audit.models import Event, Link
from openiop.base import frozen

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("outside")]


@pytest.fixture
def sealed(counselor):
    """Seven events of every shape, sealed, with the guards lifted as someone with the database in hand would."""
    now = timezone.now()
    for number in range(7):
        facts = {"number": number, "share": 0.1 * number, "kinds": ["plan", "notes"], "ok": True, "none": None}
        actions.record(what=f"test.{number}", about=counselor.program, by=counselor, at=now, **facts)
    jobs.run_due(now)
    mine = [keep for keep in KEPT if keep.table in {"audit_event", "audit_link"}]
    frozen.remove(connection, mine)
    yield list(Event.objects.filter(what__startswith="test.").order_by("created_at", "pk"))
    frozen.install(connection, mine)


def first(at=None):
    """The first break, or nothing."""
    return next(queries.breaks(at or timezone.now()), None)


def later():
    """Long after the worker ought to have sealed everything."""
    return timezone.now() + rules.LATE + timedelta(minutes=1)


def test_an_untouched_record_holds_now_and_later(sealed):
    assert first() is None
    assert first(later()) is None
    assert queries.chained() == Event.objects.count()


def test_an_event_taken_out_with_its_link_leaves_a_gap(sealed):
    Event.objects.filter(pk=sealed[3].pk).delete()
    Link.objects.filter(event_id=sealed[3].pk).delete()
    assert "taken out of the chain" in first().what


def test_the_last_events_taken_out_with_their_links_are_missed_at_the_noted_end(sealed):
    for event in sealed[-2:]:
        Link.objects.filter(event_id=event.pk).delete()
        Event.objects.filter(pk=event.pk).delete()
    assert "taken off the end" in first().what


def test_an_event_put_in_without_the_key_is_named_before_and_after_it_is_sealed(sealed):
    false = Event.objects.create(**Event.said(sealed[2]) | {"id": "00000000-0000-4000-8000-000000000001"})
    assert first().event_id == str(false.pk)
    assert "not written by this program" in first().what
    actions.seal(at=timezone.now())
    assert first().event_id == str(false.pk)
    assert "not written by this program" in first().what


def test_an_event_put_in_with_the_mark_of_another_is_named(sealed):
    false = Event(**Event.said(sealed[2]) | {"id": "00000000-0000-4000-8000-000000000001"}, mark=sealed[2].mark)
    false.save(force_insert=True)
    assert first().event_id == str(false.pk)


def test_a_chain_made_again_without_the_key_is_named(sealed):
    Event.objects.filter(pk=sealed[3].pk).delete()
    previous = rules.START
    rows = []
    for number, link in enumerate(Link.objects.exclude(event_id=sealed[3].pk).order_by("number"), 1):
        link.number, link.previous = number, previous
        link.seal = previous = link.place().seal(b"a guess")
        rows.append(link)
    Link.objects.all().delete()
    Link.objects.bulk_create(rows)
    assert "was not made, or was changed, by this program" in first().what


def test_an_event_nobody_sealed_for_too_long_is_named(counselor):
    actions.record(what="test.alone", about=counselor.program, by=counselor, at=timezone.now())
    assert first() is None
    assert "hung in no link for too long" in first(later()).what


def test_a_key_that_was_turned_still_opens_what_it_sealed(sealed, settings, counselor):
    settings.AUDIT_KEYS = [b"a newer key", *settings.AUDIT_KEYS]
    actions.record(what="test.new", about=counselor.program, by=counselor, at=timezone.now())
    jobs.run_due(timezone.now())
    assert first() is None
    settings.AUDIT_KEYS = settings.AUDIT_KEYS[:1]
    assert first() is not None


def test_the_chain_is_sealed_in_the_order_of_writing_and_once(sealed, settings):
    anchor = settings.AUDIT_ANCHOR
    links = list(Link.objects.order_by("number"))
    assert [link.number for link in links] == list(range(1, len(links) + 1))
    assert [link.event_id for link in links if link.event_id in {e.pk for e in sealed}] == [e.pk for e in sealed]
    noted = anchor.read_text()
    assert jobs.run_due(timezone.now()) == 0
    assert Link.objects.count() == len(links)
    assert anchor.read_text() == noted
    assert not actions.note_end(at=timezone.now())


def test_the_work_goes_on_where_it_stopped(sealed, counselor):
    for number in range(5):
        actions.record(what=f"more.{number}", about=counselor.program, by=counselor, at=timezone.now())
    assert actions.seal(at=timezone.now(), most=2) == 2
    assert actions.seal(at=timezone.now(), most=2) == 2
    assert actions.seal(at=timezone.now(), most=2) == 1
    assert first() is None


def test_the_command_says_how_much_holds_or_names_the_first_break(sealed):
    said = StringIO()
    call_command("verify_audit", stdout=said)
    assert f"{Event.objects.count()} events hang in the chain" in said.getvalue()
    Event.objects.filter(pk__in=[sealed[3].pk, sealed[5].pk]).update(what="test.other")
    with pytest.raises(CommandError, match=str(sealed[3].pk)) as failed:
        call_command("verify_audit")
    assert str(sealed[5].pk) not in str(failed.value)
    with pytest.raises(CommandError, match=str(sealed[5].pk)):
        call_command("verify_audit", "--most", "9")


def test_events_of_many_reads_at_once_are_marked(counselor, ada):
    actions.record_many(what="chart.read", about=[ada], by=counselor, at=timezone.now(), facts={"page": "test"})
    event = Event.objects.get(what="chart.read", participant_id=str(ada.pk))
    assert rules.marked(event.said(), event.mark, settings.AUDIT_KEYS)
