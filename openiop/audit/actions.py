"""The one way an event comes to be."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

from django.db import models

from openiop.audit.models import Event

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
    return Event.objects.create(
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
    Event.objects.bulk_create(rows)
    return len(rows)
