"""Reviews, what they end in, and what comes next."""

from django.db import models
from django.db.models import Q

from openiop.base.models import Record
from openiop.participants.models import Episode
from openiop.programs.models import Membership
from openiop.schedule.models import Elsewhere, Session


class Review(Record):
    """The team looked at the evidence and a named person decided: continue, step up, step down or discharge."""

    class End(models.TextChoices):
        CONTINUE = "continue", "Continue"
        STEP_UP = "step-up", "Step up"
        STEP_DOWN = "step-down", "Step down"
        DISCHARGE = "discharge", "Discharge"

    episode = models.ForeignKey(Episode, on_delete=models.PROTECT, related_name="reviews")
    since_on = models.DateField()
    evidence = models.JSONField(default=dict)
    end = models.CharField(max_length=10, choices=End)
    words = models.TextField()
    level_from = models.CharField(max_length=4)
    level_to = models.CharField(max_length=4)
    next_review_on = models.DateField(null=True, blank=True)
    reason_code = models.CharField(max_length=2, blank=True)
    decided_at = models.DateTimeField()
    decided_by = models.ForeignKey(Membership, on_delete=models.PROTECT)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(end="discharge") & ~Q(reason_code="")
                | ~Q(end="discharge") & Q(next_review_on__isnull=False),
                name="review_ends_in_a_date_or_a_reason",
            )
        ]

    class Privacy:
        identifying: set[str] = set()
        clinical = {
            "since_on", "evidence", "end", "words", "level_from", "level_to", "next_review_on", "reason_code",
        }  # fmt: skip
        open = {"id", "created_at", "episode", "decided_at", "decided_by"}


class Appointment(Record):
    """The first visit after a change of level: booked, then kept or missed."""

    class Status(models.TextChoices):
        BOOKED = "booked", "Booked"
        KEPT = "kept", "Kept"
        MISSED = "missed", "Missed"
        CANCELLED = "cancelled", "Cancelled"

    episode = models.ForeignKey(Episode, on_delete=models.PROTECT, related_name="appointments")
    review = models.ForeignKey(Review, on_delete=models.PROTECT, null=True, blank=True, related_name="appointments")
    # Here it is a visit of the week, which alone says whether it took place; elsewhere it takes the person's time.
    visit = models.ForeignKey(Session, on_delete=models.PROTECT, null=True, blank=True, related_name="appointments")
    elsewhere = models.ForeignKey(Elsewhere, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    at = models.DateTimeField()
    minutes = models.PositiveSmallIntegerField(default=50)
    with_whom = models.CharField(max_length=160)
    where = models.CharField(max_length=160, blank=True)
    status = models.CharField(max_length=10, choices=Status, default=Status.BOOKED)
    closed_at = models.DateTimeField(null=True, blank=True)
    closed_by = models.ForeignKey(
        Membership, on_delete=models.PROTECT, null=True, blank=True, related_name="closed_appointments"
    )
    booked_at = models.DateTimeField()
    booked_by = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="booked_appointments")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(visit__isnull=True) | Q(status="booked"), name="appointment_here_is_closed_by_attendance"
            )
        ]

    class Privacy:
        identifying = {"with_whom", "where"}
        clinical = {"at", "minutes", "status", "visit", "elsewhere"}
        open = {"id", "created_at", "episode", "review", "closed_at", "closed_by", "booked_at", "booked_by"}
