"""One row for each thing done or opened."""

from typing import Any

from django.db import models

from openiop.audit import rules
from openiop.base.models import Record


class EventQuerySet(models.QuerySet["Event"]):
    """Filters over one table."""

    def about_person(self, participant_id: object) -> "EventQuerySet":
        """Events that concern one participant."""
        return self.filter(participant_id=str(participant_id))


class Event(Record):
    """Who did or opened what, when, about whom. Ids and codes only: no names, no clinical text."""

    at = models.DateTimeField(db_index=True)
    what = models.CharField(max_length=80)
    about = models.CharField(max_length=80)
    about_id = models.CharField(max_length=40)
    by_id = models.CharField(max_length=40)
    by_role = models.CharField(max_length=80)
    program_id = models.CharField(max_length=40)
    participant_id = models.CharField(max_length=40, blank=True)
    facts = models.JSONField(default=dict)
    mark = models.CharField(max_length=64, blank=True)

    objects = EventQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["participant_id", "at"], name="event_by_participant"),
            models.Index(fields=["what", "at"], name="event_by_what"),
            models.Index(fields=["created_at"], name="event_by_writing"),
            models.Index(fields=["program_id", "what", "at"], name="event_by_program"),
            models.Index(fields=["by_id", "at"], name="event_by_viewer"),
        ]

    class Privacy:
        identifying: set[str] = set()
        clinical = {"facts"}
        open = {
            "id",
            "created_at",
            "at",
            "what",
            "about",
            "about_id",
            "by_id",
            "by_role",
            "program_id",
            "participant_id",
            "mark",
        }

    def said(self) -> dict[str, Any]:
        """What the event says, as its mark covers it."""
        names = ("at", "what", "about", "about_id", "by_id", "by_role", "program_id", "participant_id", "facts")
        return {"id": str(self.pk)} | {name: getattr(self, name) for name in names}

    def written(self) -> dict[str, Any]:
        """What the event says with its mark and the instant of its writing, as the chain covers it."""
        return self.said() | {"mark": self.mark, "created_at": self.created_at}


class Link(Record):
    """One event in its place in the chain. It names the event without a key, so that a missing one is seen."""

    created_at = models.DateTimeField(editable=False)  # given by the worker, since the seal covers it
    number = models.PositiveBigIntegerField(unique=True)
    event_id = models.UUIDField(unique=True)
    digest = models.CharField(max_length=64)
    previous = models.CharField(max_length=64)
    seal = models.CharField(max_length=64)

    class Privacy:
        identifying: set[str] = set()
        clinical: set[str] = set()
        open = {"id", "created_at", "number", "event_id", "digest", "previous", "seal"}

    def place(self) -> rules.Link:
        """The link as the rules know it."""
        return rules.Link(
            number=self.number,
            event_id=str(self.event_id),
            digest=self.digest,
            previous=self.previous,
            row_id=str(self.pk),
            made_at=self.created_at,
        )
