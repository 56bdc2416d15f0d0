"""One row for each thing done or opened."""

from django.db import models

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

    objects = EventQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["participant_id", "at"], name="event_by_participant"),
            models.Index(fields=["what", "at"], name="event_by_what"),
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
        }
