"""One person's time in one session, every version of it."""

from django.db import models
from django.db.models import F, Q

from openiop.attendance import rules
from openiop.base.models import Record
from openiop.participants.models import Episode
from openiop.programs.models import Membership
from openiop.schedule.models import Session


class Presence(Record):
    """What happened, as last corrected (`replaced_at` is empty). Corrections are new rows; none is overwritten."""

    class Away(models.TextChoices):
        CALLED = rules.CALLED, rules.AWAY_WORDS[rules.CALLED]
        NO_CONTACT = rules.NO_CONTACT, rules.AWAY_WORDS[rules.NO_CONTACT]
        PROGRAM = rules.PROGRAM, rules.AWAY_WORDS[rules.PROGRAM]

    session = models.ForeignKey(Session, on_delete=models.PROTECT, related_name="presences")
    episode = models.ForeignKey(Episode, on_delete=models.PROTECT, related_name="presences")
    version = models.PositiveSmallIntegerField(default=1)
    here = models.BooleanField()
    late = models.BooleanField(default=False)
    left_early = models.BooleanField(default=False)
    remote = models.BooleanField(default=False)
    away = models.CharField(max_length=20, choices=Away, blank=True)
    called_at = models.DateTimeField(null=True, blank=True)  # when they called ahead, where it is known
    arrived_at = models.DateTimeField(null=True, blank=True)
    left_at = models.DateTimeField(null=True, blank=True)
    minutes = models.PositiveSmallIntegerField(default=0)
    recorded_at = models.DateTimeField()
    recorded_by = models.ForeignKey(Membership, on_delete=models.PROTECT)
    reason = models.CharField(max_length=200, blank=True)
    replaced_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["session", "episode"], condition=Q(replaced_at__isnull=True), name="presence_one_in_force"
            ),
            models.UniqueConstraint(fields=["session", "episode", "version"], name="presence_version_once"),
            models.CheckConstraint(
                condition=Q(left_at__isnull=True) | Q(left_at__gt=F("arrived_at")),
                name="presence_leaves_after_arriving",
            ),
            models.CheckConstraint(
                condition=Q(here=True, away="", arrived_at__isnull=False, left_at__isnull=False)
                | (Q(here=False, minutes=0, late=False, left_early=False) & ~Q(away="")),
                name="presence_here_or_away",
            ),
        ]
        indexes = [models.Index(fields=["episode", "replaced_at"], name="presence_by_episode")]

    class Privacy:
        identifying: set[str] = set()
        clinical = {
            "here",
            "late",
            "left_early",
            "remote",
            "away",
            "called_at",
            "arrived_at",
            "left_at",
            "minutes",
            "reason",
        }
        open = {
            "id", "created_at", "session", "episode", "version", "recorded_at", "recorded_by", "replaced_at",
        }  # fmt: skip
