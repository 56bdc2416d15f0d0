"""The one way an event comes to be."""

import os
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol
from uuid import UUID

from django.conf import settings
from django.db import models, transaction

from openiop.audit import queries, rules
from openiop.audit.models import Event, Link

ROLES = 80  # characters kept of the roles; their full history stands in `programs`


class Doer(Protocol):
    """Whoever acts: a membership of a program, or the program itself at work."""

    @property
    def id(self) -> UUID | str: ...
    @property
    def program_id(self) -> UUID | str: ...
    @property
    def role_text(self) -> str: ...


def record(
    *,
    what: str,
    about: models.Model | type[models.Model],
    by: Doer | None,
    at: datetime,
    participant_id: UUID | str | None = None,
    program_id: UUID | str | None = None,
    **facts: Any,
) -> Event:
    """Write one event. `facts` hold ids, codes and numbers, never names or typed text.

    `about` is a row, or a model where it is not known which row, or whether there is one.
    """
    event = Event(
        at=at,
        what=what,
        about=about._meta.label_lower,
        about_id=str(about.pk) if isinstance(about, models.Model) else "",
        by_id=str(by.id) if by else "",
        by_role=by.role_text[:ROLES] if by else "the program at work",
        program_id=str(program_id or (by.program_id if by else "")),
        participant_id=str(participant_id or ""),
        facts={
            key: value if isinstance(value, int | float | bool | list | type(None)) else str(value)
            for key, value in facts.items()
        },
    )
    event.mark = rules.mark(event.said(), settings.AUDIT_KEYS[0])
    event.save(force_insert=True)
    _follow([event])
    return event


def record_many(
    *,
    what: str,
    about: Sequence[models.Model],
    by: Doer,
    at: datetime,
    facts: dict[str, Any],
    people: bool = True,
) -> int:
    """Write one event for each row, in one statement; returns how many. `people`: the rows are participants."""
    rows = [
        Event(
            at=at,
            what=what,
            about=row._meta.label_lower,
            about_id=str(row.pk),
            by_id=str(by.id),
            by_role=by.role_text[:ROLES],
            program_id=str(by.program_id),
            participant_id=str(row.pk) if people else "",
            facts=facts,
        )
        for row in about
    ]
    for event in rows:
        event.mark = rules.mark(event.said(), settings.AUDIT_KEYS[0])
    Event.objects.bulk_create(rows)
    _follow(rows)
    return len(rows)


def _follow(events: Sequence[Event]) -> None:
    """Once they are committed, what each said stands outside the database too, until it hangs in the chain."""
    lines = "".join(f"{event.pk} {rules.digest(event.written())}\n" for event in events)
    transaction.on_commit(lambda: _append(Path(settings.AUDIT_UNSEALED), lines), robust=True)


def _append(file: Path, lines: str, *, surely: bool = False) -> None:
    """The lines stand at the end of the file, and nothing before them changed; `surely` outlives a power cut."""
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    out = os.open(file, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    try:
        os.write(out, lines.encode())
        if surely:
            os.fsync(out)
    finally:
        os.close(out)


@transaction.atomic
def seal(*, at: datetime, most: int = 5000) -> int:
    """Events that hang in no chain yet have their place in it, oldest first; returns how many. One at a time works.

    The place holds what an event said when it was written, where that is known, so that a change since then shows.
    """
    newest = Link.objects.select_for_update().order_by("-number").first()
    number, previous = (newest.number, newest.seal) if newest else (0, rules.START)
    said = queries.fresh()
    made = []
    for event in queries.unsealed(newest)[:most]:
        number += 1
        digest = said.get(str(event.pk)) or rules.digest(event.written())
        link = Link(number=number, event_id=event.pk, digest=digest, previous=previous, created_at=at)
        link.seal = previous = link.place().seal(settings.AUDIT_KEYS[0])
        made.append(link)
    Link.objects.bulk_create(made, batch_size=500)
    return len(made)


def let_go_of_sealed(*, at: datetime) -> None:
    """What is followed outside the database is only what hangs in no chain yet. Of an event removed before that, the
    line stays, as evidence.

    A writer may still be at the end of the file that was set aside last, so it is looked through a round later.
    """
    new, aside, kept = queries.fresh_files()
    if aside.exists():
        rest = queries.not_in_chain(queries.fresh())
        made = kept.with_name(f"{kept.name}.part")
        with os.fdopen(os.open(made, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as out:
            out.writelines(f"{event_id} {digest}\n" for event_id, digest in rest.items())
        os.replace(made, kept)
        aside.unlink()
    if new.exists():
        os.replace(new, aside)


def note_end(*, at: datetime) -> bool:
    """The end of the chain is noted in a file outside the database; true when there was something new to note."""
    newest = Link.objects.order_by("-number").first()
    if newest is None:
        return False
    place = rules.Anchor(at=at, number=newest.number, seal=newest.seal)
    if not rules.worth_noting(queries.last_noted(), place):
        return False
    _note(place)
    return True


def note_restored(*, at: datetime) -> None:
    """A copy was put back: what was noted past its end stands in no chain any more, and nothing is followed."""
    newest = Link.objects.order_by("-number").first()
    number, seal = (newest.number, newest.seal) if newest else (0, rules.START)
    _note(rules.Anchor(at=at, number=number, seal=seal, kind=rules.RESTORED))
    for file in queries.fresh_files():
        file.unlink(missing_ok=True)


def _note(place: rules.Anchor) -> None:
    file = Path(settings.AUDIT_ANCHOR)
    begun = "\n" if queries.torn(file) else ""
    _append(file, begun + place.checked(settings.AUDIT_KEYS[0]).line(), surely=True)
