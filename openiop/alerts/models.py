"""Alerts and every step of their lives."""

from datetime import datetime

from django.db import models
from django.db.models import Q

from openiop.base.models import Record
from openiop.participants.models import Participant
from openiop.programs.models import Membership, Program


class AlertQuerySet(models.QuerySet["Alert"]):
    """Filters over one table."""

    def open(self) -> "AlertQuerySet":
        """Alerts nobody has closed."""
        return self.filter(closed_at__isnull=True)

    def overdue(self, at: datetime) -> "AlertQuerySet":
        """Open alerts whose due time has passed."""
        return self.open().filter(due_at__lt=at)


class Alert(Record):
    """Something a person must act on: one owner, one due time. It is closed with an outcome or it stays."""

    class Level(models.TextChoices):
        URGENT = "urgent", "Urgent"
        HIGH = "high", "High"
        MEDIUM = "medium", "Medium"
        LOW = "low", "Low"
        ADMIN = "admin", "Admin"

    class Status(models.TextChoices):
        OPEN = "open", "Open"
        ACKNOWLEDGED = "acknowledged", "Seen"
        CLOSED = "closed", "Closed"

    program = models.ForeignKey(Program, on_delete=models.PROTECT)
    participant = models.ForeignKey(Participant, on_delete=models.PROTECT, null=True, blank=True, related_name="alerts")
    kind = models.CharField(max_length=40)
    level = models.CharField(max_length=10, choices=Level)
    status = models.CharField(max_length=14, choices=Status, default=Status.OPEN)
    words = models.CharField(max_length=200)
    why = models.CharField(max_length=300, blank=True)
    source = models.CharField(max_length=80)
    source_id = models.CharField(max_length=40)
    link = models.CharField(max_length=200, blank=True)
    raised_at = models.DateTimeField()
    due_at = models.DateTimeField()
    owner = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="owned_alerts")
    backup = models.ForeignKey(
        Membership, on_delete=models.PROTECT, related_name="backed_alerts", null=True, blank=True
    )
    acknowledged_at = models.DateTimeField(null=True, blank=True)
    escalated_at = models.DateTimeField(null=True, blank=True)
    escalated_to = models.ForeignKey(
        Membership, on_delete=models.PROTECT, related_name="escalated_alerts", null=True, blank=True
    )
    closed_at = models.DateTimeField(null=True, blank=True)
    closed_by = models.ForeignKey(
        Membership, on_delete=models.PROTECT, related_name="closed_alerts", null=True, blank=True
    )
    outcome = models.CharField(max_length=40, blank=True)
    outcome_words = models.TextField(blank=True)

    objects = AlertQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(status="closed", closed_at__isnull=False, closed_by__isnull=False) & ~Q(outcome="")
                | ~Q(status="closed") & Q(closed_at__isnull=True),
                name="alert_closed_with_outcome",
            ),
            models.UniqueConstraint(fields=["kind", "source", "source_id"], name="alert_once_per_cause"),
        ]
        indexes = [
            models.Index(fields=["owner", "due_at"], condition=Q(closed_at__isnull=True), name="alert_open"),
            models.Index(fields=["program", "due_at"], condition=Q(closed_at__isnull=True), name="alert_open_here"),
            models.Index(fields=["participant"], condition=Q(closed_at__isnull=True), name="alert_open_about"),
        ]

    class Privacy:
        identifying: set[str] = set()
        clinical = {"kind", "level", "words", "why", "outcome", "outcome_words"}
        open = {
            "id", "created_at", "program", "participant", "status", "source", "source_id", "link", "raised_at",
            "due_at", "owner", "backup", "acknowledged_at", "escalated_at", "escalated_to", "closed_at", "closed_by",
        }  # fmt: skip


class AlertStep(Record):
    """One thing that happened to an alert, in order: raised, acknowledged, acted on, handed over, escalated, closed."""

    alert = models.ForeignKey(Alert, on_delete=models.PROTECT, related_name="steps")
    what = models.CharField(max_length=20)
    words = models.TextField(blank=True)
    at = models.DateTimeField()
    by = models.ForeignKey(Membership, on_delete=models.PROTECT, null=True, blank=True)
    to = models.ForeignKey(Membership, on_delete=models.PROTECT, null=True, blank=True, related_name="+")

    class Privacy:
        identifying: set[str] = set()
        clinical = {"what", "words"}
        open = {"id", "created_at", "alert", "at", "by", "to"}
