"""The daily check-in."""

from django.db import models
from django.db.models import Q

from openiop.base.models import Record
from openiop.participants.models import Participant


class CheckIn(Record):
    """How am I really doing, in three taps; more if wanted. One a day, changeable the same day only."""

    class Safe(models.TextChoices):
        YES = "yes", "Yes"
        UNSURE = "unsure", "Not sure"
        NO = "no", "No"

    class Use(models.TextChoices):
        NONE = "none", "No"
        ALCOHOL = "alcohol", "Yes, alcohol"
        DRUG = "drug", "Yes, another substance"
        BEHAVIOR = "behavior", "Yes, gambling or another behavior"
        UNSURE = "unsure", "Not sure"

    participant = models.ForeignKey(Participant, on_delete=models.PROTECT, related_name="check_ins")
    on = models.DateField()
    mood = models.PositiveSmallIntegerField(null=True, blank=True)
    craving = models.PositiveSmallIntegerField(null=True, blank=True)
    safe = models.CharField(max_length=8, choices=Safe, blank=True)
    sleep_hours = models.DecimalField(max_digits=3, decimal_places=1, null=True, blank=True)
    use = models.CharField(max_length=10, choices=Use, blank=True)
    medication = models.CharField(max_length=16, blank=True)
    words = models.TextField(blank=True)
    share_words = models.BooleanField(default=False)
    answered_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["participant", "on"], name="check_in_once_a_day"),
            models.CheckConstraint(
                condition=(Q(mood__isnull=True) | Q(mood__lte=10)) & (Q(craving__isnull=True) | Q(craving__lte=10)),
                name="check_in_0_to_10",
            ),
        ]

    class Privacy:
        identifying: set[str] = set()
        clinical = {"mood", "craving", "safe", "sleep_hours", "use", "medication", "words"}
        open = {"id", "created_at", "participant", "on", "share_words", "answered_at"}
