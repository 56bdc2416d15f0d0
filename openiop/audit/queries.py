"""What hangs in the chain, what does not yet, and where it does not hold."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from pathlib import Path

from django.conf import settings
from django.db.models import Exists, OuterRef, QuerySet

from openiop.audit import rules
from openiop.audit.models import Event, Link

CHUNK = 2000  # rows


def unsealed(newest: Link | None) -> QuerySet[Event]:
    """Events in no link, by the instant of their writing; from a while before the newest link on, for speed."""
    rows = Event.objects.filter(~Exists(Link.objects.filter(event_id=OuterRef("pk")))).order_by("created_at", "pk")
    last = Event.objects.filter(pk=newest.event_id).first() if newest else None
    return rows.filter(created_at__gte=last.created_at - rules.LATE) if last else rows


@dataclass(frozen=True)
class Break:
    """One place where the record of events does not hold: the event or link, and what is wrong in a sentence."""

    event_id: str
    what: str


def breaks(at: datetime) -> Iterator[Break]:
    """Every place where events were changed, taken out or put in behind the application's back; the first one first."""
    keys = settings.AUDIT_KEYS
    number, previous = 0, rules.START
    seals: dict[int, str] = {}
    file = Path(settings.AUDIT_ANCHOR)
    noted = {one.number: one.seal for one in (rules.anchors(file.read_text()) if file.exists() else [])}
    for links in _chunks(Link.objects.order_by("number").iterator(chunk_size=CHUNK)):
        events = Event.objects.in_bulk([link.event_id for link in links])
        for link in links:
            name = str(link.event_id)
            if link.number != number + 1:
                yield Break(name, f"Between link {number} and link {link.number} something was taken out of the chain.")
            elif link.previous != previous:
                yield Break(name, f"Link {link.number} does not hang from the one before it.")
            if not link.place().sealed(link.seal, keys):
                yield Break(name, f"Link {link.number} was not made, or was changed, by this program.")
            event = events.get(link.event_id)
            if event is None:
                yield Break(name, f"The event of link {link.number} was removed.")
            elif rules.digest(event.written()) != link.digest:
                yield Break(name, f"The event of link {link.number} was changed after it was sealed.")
            elif not rules.marked(event.said(), event.mark, keys):
                yield Break(name, f"The event of link {link.number} was not written by this program.")
            number, previous = link.number, link.seal
            if number in noted:
                seals[number] = link.seal
    for anchored, seal in sorted(noted.items()):
        if seals.get(anchored) != seal:
            yield Break("", f"Link {anchored} is not the one that was noted outside the database.")
    for event in unsealed(None).iterator(chunk_size=CHUNK):
        if not rules.marked(event.said(), event.mark, keys):
            yield Break(str(event.pk), "An event that hangs in no link was not written by this program.")
        elif event.created_at < at - rules.LATE:
            yield Break(
                str(event.pk), "An event has hung in no link for too long: it was put in, or the worker stands."
            )


def _chunks(rows: Iterator[Link]) -> Iterator[list[Link]]:
    while found := list(islice(rows, CHUNK)):
        yield found


def chained() -> int:
    """How many events the chain holds."""
    newest = Link.objects.order_by("-number").first()
    return newest.number if newest else 0
