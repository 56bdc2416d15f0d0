"""What was asked, answered and scored. Instruments themselves are data files, not rows."""

from django.db import models
from django.db.models import Q

from openiop.base.models import Record
from openiop.participants.models import Participant
from openiop.programs.models import Membership


class Assignment(Record):
    """One instrument asked of one person, open from a time until answered or lapsed."""

    class Status(models.TextChoices):
        DUE = "due", "Due"
        STARTED = "started", "Started"
        DONE = "done", "Answered"
        LAPSED = "lapsed", "Not answered in time"
        WITHDRAWN = "withdrawn", "Withdrawn"

    participant = models.ForeignKey(Participant, on_delete=models.PROTECT, related_name="assignments")
    instrument = models.CharField(max_length=40)
    version = models.CharField(max_length=20)
    language = models.CharField(max_length=10, default="en")
    reason = models.CharField(max_length=40)
    due_from = models.DateTimeField()
    due_until = models.DateTimeField()
    status = models.CharField(max_length=10, choices=Status, default=Status.DUE)
    assigned_by = models.ForeignKey(Membership, on_delete=models.PROTECT, null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["participant", "instrument"],
                condition=Q(status__in=["due", "started"]),
                name="assignment_open_once",
            )
        ]

    class Privacy:
        identifying: set[str] = set()
        clinical = {"instrument", "version", "reason", "due_from", "due_until", "status"}
        open = {"id", "created_at", "participant", "language", "assigned_by"}


class Response(Record):
    """The answers as given, item by item; frozen once complete."""

    participant = models.ForeignKey(Participant, on_delete=models.PROTECT, related_name="responses")
    assignment = models.OneToOneField(
        Assignment, on_delete=models.PROTECT, null=True, blank=True, related_name="response"
    )
    instrument = models.CharField(max_length=40)
    version = models.CharField(max_length=20)
    language = models.CharField(max_length=10, default="en")
    answers = models.JSONField(default=dict)
    started_at = models.DateTimeField()
    completed_at = models.DateTimeField(null=True, blank=True)
    total = models.SmallIntegerField(null=True, blank=True)
    band = models.CharField(max_length=40, blank=True)
    entered_by = models.ForeignKey(Membership, on_delete=models.PROTECT)

    class Meta:
        indexes = [models.Index(fields=["participant", "instrument", "completed_at"], name="response_trend")]

    class Privacy:
        identifying: set[str] = set()
        clinical = {"instrument", "version", "answers", "started_at", "completed_at", "total", "band"}
        open = {"id", "created_at", "participant", "assignment", "language", "entered_by"}
