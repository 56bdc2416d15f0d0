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
    return len(rows)


@transaction.atomic
def seal(*, at: datetime, most: int = 5000) -> int:
    """Events that hang in no chain yet have their place in it, oldest first; returns how many. One at a time works."""
    newest = Link.objects.select_for_update().order_by("-number").first()
    number, previous = (newest.number, newest.seal) if newest else (0, rules.START)
    made = []
    for event in queries.unsealed(newest)[:most]:
        number += 1
        place = rules.Link(
            number=number, event_id=str(event.pk), digest=rules.digest(event.written()), previous=previous
        )
        previous = place.seal(settings.AUDIT_KEYS[0])
        made.append(Link(number=number, event_id=event.pk, digest=place.digest, previous=place.previous, seal=previous))
    Link.objects.bulk_create(made, batch_size=500)
    return len(made)


def drop_anchor(*, at: datetime) -> bool:
    """The end of the chain is noted in a file outside the database; true when there was something new to note."""
    newest = Link.objects.order_by("-number").first()
    file = Path(settings.AUDIT_ANCHOR)
    noted = rules.anchors(file.read_text()) if file.exists() else []
    if newest is None or (noted and noted[-1].number >= newest.number):
        return False
    made = file.with_name(f".{file.name}.part")
    with os.fdopen(os.open(made, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as out:
        new = rules.Anchor(at=at, number=newest.number, seal=newest.seal)
        out.writelines(anchor.line() for anchor in rules.with_anchor(noted, new))
        out.flush()
        os.fsync(out.fileno())
    os.replace(made, file)
    return True
