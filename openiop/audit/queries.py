"""What hangs in the chain, what does not yet, and where it does not hold."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from os import SEEK_END
from pathlib import Path

from django.conf import settings
from django.db.models import Exists, OuterRef, QuerySet

from openiop.audit import rules
from openiop.audit.models import Event, Link

CHUNK = 2000  # rows
TAIL = 1000  # bytes, some lines of the anchor


def unsealed(newest: Link | None) -> QuerySet[Event]:
    """Events in no link, by the instant of their writing; from a while before the newest link on, for speed."""
    rows = Event.objects.filter(~Exists(Link.objects.filter(event_id=OuterRef("pk")))).order_by("created_at", "pk")
    last = Event.objects.filter(pk=newest.event_id).first() if newest else None
    return rows.filter(created_at__gte=last.created_at - rules.LATE) if last else rows


def fresh_files() -> tuple[Path, Path, Path]:
    """Where events not sealed yet are followed: the file written to, the one set aside, and what is left of earlier."""
    file = Path(settings.AUDIT_UNSEALED)
    return file, file.with_name(f"{file.name}.aside"), file.with_name(f"{file.name}.kept")


def fresh() -> dict[str, str]:
    """By id, what each event said that was written and may not be sealed yet; it stands outside the database."""
    found: dict[str, str] = {}
    for file in reversed(fresh_files()):
        found |= rules.fresh(_text(file))
    return found


def not_in_chain(said: dict[str, str]) -> dict[str, str]:
    """Those of these events that hang in no link."""
    rest = dict(said)
    ids = iter(said)
    while some := list(islice(ids, CHUNK)):
        for event_id in Link.objects.filter(event_id__in=some).values_list("event_id", flat=True):
            del rest[str(event_id)]
    return rest


def last_noted() -> rules.Anchor | None:
    """The newest place the anchor notes, read from the file's end alone."""
    file = Path(settings.AUDIT_ANCHOR)
    if not file.exists():
        return None
    with file.open("rb") as source:
        source.seek(max(0, file.stat().st_size - TAIL))
        lines = source.read().decode(errors="replace").splitlines()
    places = (rules.anchor_of(line) for line in reversed(lines))
    return next((place for place in places if place and place.genuine(settings.AUDIT_KEYS)), None)


def torn(file: Path) -> bool:
    """Whether the file's last line was not written to its end, as a power cut leaves it."""
    if not file.exists() or not file.stat().st_size:
        return False
    with file.open("rb") as source:
        source.seek(-1, SEEK_END)
        return source.read() != b"\n"


def _text(file: Path) -> str:
    return file.read_text(errors="replace") if file.exists() else ""


@dataclass(frozen=True)
class Break:
    """One place where the record of events does not hold: the event, or the link or file, and what is wrong."""

    event_id: str
    what: str
    where: str = ""

    @property
    def name(self) -> str:
        """What is broken, as the command names it."""
        return f"event {self.event_id}" if self.event_id else self.where


@dataclass(frozen=True)
class Noted:
    """What stands outside the database: places the chain must have, and what is wrong with the files themselves."""

    places: list[rules.Anchor]
    troubles: list[Break]


def noted(copy: Path | None = None) -> Noted:
    """What the anchor in service notes, and a copy of it that was kept elsewhere."""
    file = Path(settings.AUDIT_ANCHOR)
    keys = settings.AUDIT_KEYS
    troubles = []
    here, strange = rules.anchors(_text(file), keys)
    if not here and chained():
        troubles.append(
            Break(
                "",
                "It is missing or notes nothing. Without it, events taken off the end of the chain cannot be seen. "
                "Compare with a copy: --anchor FILE. The worker begins a new one.",
                f"anchor {file}",
            )
        )
    odd = [(file, number) for number in strange]
    elsewhere: list[rules.Anchor] = []
    if copy is not None:
        elsewhere, strange = rules.anchors(_text(copy), keys)
        odd += [(copy, number) for number in strange]
        if not elsewhere:
            what = "It notes nothing that this program wrote. Is it a copy of the anchor, and is the key the same?"
            troubles.append(Break("", what, f"anchor {copy}"))
        for one in rules.left_out(elsewhere, here)[:1]:
            what = f"The end noted on {one.at:%Y-%m-%d %H:%M} UTC, link {one.number}, stands in {copy} and not here: "
            troubles.append(Break("", f"{what}this file was cut, changed or begun anew.", f"anchor {file}"))
    for where, number in odd:
        what = f"Line {number} was not written by this program, or was changed; it counts for nothing."
        troubles.append(Break("", what, f"anchor {where}"))
    known = {(one.at, one.number, one.seal) for one in elsewhere}
    every = [*elsewhere, *(one for one in here if (one.at, one.number, one.seal) not in known)]
    return Noted(rules.standing(every), troubles)


def behind(copy: Path) -> str:
    """How far a copy of the anchor reaches, in a sentence."""
    places, _ = rules.anchors(_text(copy), settings.AUDIT_KEYS)
    newest, end = places[-1], chained()
    later = end - newest.number
    told = f"{copy} notes the chain up to link {newest.number}, on {newest.at:%Y-%m-%d %H:%M} UTC."
    return told if later <= 0 else f"{told} It is older: of the {later} links since then it proves nothing."


def breaks(at: datetime, copy: Path | None = None) -> Iterator[Break]:
    """Every place where events were changed, taken out or put in behind the application's back; the first one first."""
    keys = settings.AUDIT_KEYS
    followed = not_in_chain(fresh())  # read first: what is written from now on is no matter
    outside = noted(copy)
    number, previous = 0, rules.START
    wanted, seals = {one.number for one in outside.places}, dict[int, str]()
    for links in _chunks(Link.objects.order_by("number").iterator(chunk_size=CHUNK)):
        events = Event.objects.in_bulk([link.event_id for link in links])
        for link in links:
            yield from _of_link(link, events.get(link.event_id), number, previous, keys)
            number, previous = link.number, link.seal
            if number in wanted:
                seals[number] = link.seal
    for one in sorted(outside.places, key=lambda place: place.number):
        if one.number > number:
            what = f"It was noted on {one.at:%Y-%m-%d %H:%M} UTC, and the chain ends at link {number}: "
            yield Break("", f"{what}links {number + 1} to {one.number} were taken off the end.", f"link {number + 1}")
        elif seals.get(one.number) != one.seal:
            what = f"It is not the one that was noted outside the database on {one.at:%Y-%m-%d %H:%M} UTC."
            yield Break("", what, f"link {one.number}")
    yield from outside.troubles
    yield from _unsealed_breaks(at, followed, keys)


def _of_link(link: Link, event: Event | None, number: int, previous: str, keys: Sequence[bytes]) -> Iterator[Break]:
    name = str(link.event_id)
    if link.number != number + 1:
        gone = f"Between link {number} and link {link.number} something was taken out of the chain."
        yield Break(name, gone)
    elif link.previous != previous:
        yield Break(name, f"Link {link.number} does not hang from the one before it.")
    if not link.place().sealed(link.seal, keys):
        yield Break(name, f"Link {link.number} was not made, or was changed, by this program.")
    if event is None:
        yield Break(name, f"The event of link {link.number} was removed.")
    elif rules.digest(event.written()) != link.digest:
        yield Break(name, f"The event of link {link.number} was changed after it was written.")
    elif not rules.marked(event.said(), event.mark, keys):
        yield Break(name, f"The event of link {link.number} was not written by this program.")


def _unsealed_breaks(at: datetime, followed: dict[str, str], keys: Sequence[bytes]) -> Iterator[Break]:
    for event in unsealed(None).iterator(chunk_size=CHUNK):
        said = followed.pop(str(event.pk), None)
        if not rules.marked(event.said(), event.mark, keys):
            yield Break(
                str(event.pk), "An event that hangs in no link was not written by this program, or was changed."
            )
        elif said and said != rules.digest(event.written()):
            yield Break(str(event.pk), "An event that hangs in no link was changed after it was written.")
        elif event.created_at < at - rules.LATE:
            yield Break(
                str(event.pk), "An event has hung in no link for too long: it was put in, or the worker stands."
            )
    for event_id in not_in_chain(followed):
        yield Break(event_id, "An event was removed before it was sealed.")


def _chunks(rows: Iterator[Link]) -> Iterator[list[Link]]:
    while found := list(islice(rows, CHUNK)):
        yield found


def chained() -> int:
    """How many events the chain holds."""
    newest = Link.objects.order_by("-number").first()
    return newest.number if newest else 0
