"""Typed text that is not yet part of any record: drafts, forms at a locked door, and which forms were sent already."""

from django.db import models
from django.db.models import Q

from openiop.base.models import Record


class Draft(Record):
    """Text someone is writing, saved while they type; ended when signed or let go, never overwritten by a stale tab.

    The owner is the text of a user's id, because this room stands below the people it serves.
    """

    owner_id = models.CharField(max_length=64)
    key = models.CharField(max_length=200)
    text = models.TextField(blank=True)
    version = models.PositiveIntegerField(default=1)
    saved_at = models.DateTimeField()
    restored_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)

    others: int = 0  # how many other versions of the same text are kept; set by the query

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["owner_id", "key"], condition=Q(ended_at__isnull=True), name="draft_one_open_per_key"
            ),
            models.CheckConstraint(condition=Q(version__gte=1), name="draft_version_counts_from_one"),
        ]

    class Privacy:
        identifying: set[str] = set()
        clinical = {"text"}
        open = {"id", "created_at", "owner_id", "key", "version", "saved_at", "restored_at", "ended_at"}


class HeldForm(Record):
    """A form that was sent while its sender was locked out; offered back after sign-in, without secrets."""

    owner_id = models.CharField(max_length=64)
    path = models.CharField(max_length=400)
    fields = models.JSONField()
    held_at = models.DateTimeField()
    released_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["owner_id", "held_at"], condition=Q(released_at__isnull=True), name="held_form_open")
        ]

    class Privacy:
        identifying: set[str] = set()
        clinical = {"fields"}
        open = {"id", "created_at", "owner_id", "path", "held_at", "released_at"}


class Sent(Record):
    """A form that was sent and what answered it, so that the same form sent again makes nothing a second time.

    The mark is a digest: nothing that was typed can be read from it. `status` is 0 until the answer is there, and
    `taken_by` names the server process that makes it.
    """

    owner_id = models.CharField(max_length=64)
    mark = models.CharField(max_length=64)
    sent_at = models.DateTimeField()
    status = models.PositiveSmallIntegerField(default=0)
    location = models.CharField(max_length=400, blank=True)
    taken_by = models.CharField(max_length=160, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["owner_id", "mark"], name="sent_once")]

    class Privacy:
        identifying: set[str] = set()
        clinical: set[str] = set()
        open = {"id", "created_at", "owner_id", "mark", "sent_at", "status", "location", "taken_by"}
