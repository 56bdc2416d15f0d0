"""Notes: one for the group, one part for each person, tied to presence and to an objective."""

from django.db import models
from django.db.models import Q

from openiop.attendance.models import Presence
from openiop.base.models import Record
from openiop.notes import rules
from openiop.participants.models import Episode
from openiop.programs.models import Membership
from openiop.schedule.models import Session


class SessionNote(Record):
    """What was done and how the group was, written once; it names nobody. Frozen with the first signed part."""

    session = models.OneToOneField(Session, on_delete=models.PROTECT, related_name="note")
    topic = models.CharField(max_length=120, blank=True)
    did = models.TextField(blank=True)
    mood = models.TextField(blank=True)
    revision = models.PositiveIntegerField(default=1)
    changed_at = models.DateTimeField()
    changed_by = models.ForeignKey(Membership, on_delete=models.PROTECT)
    frozen_at = models.DateTimeField(null=True, blank=True)

    class Privacy:
        identifying: set[str] = set()
        clinical = {"topic", "did", "mood"}
        open = {"id", "created_at", "session", "revision", "changed_at", "changed_by", "frozen_at"}


class PersonNote(Record):
    """One person's own part: their objectives, how they took part, what was theirs. Signed, then frozen."""

    class Status(models.TextChoices):
        DRAFT = "draft", "Draft"
        SIGNED = "signed", "Signed"

    note = models.ForeignKey(SessionNote, on_delete=models.PROTECT, related_name="parts")
    episode = models.ForeignKey(Episode, on_delete=models.PROTECT, related_name="notes")
    presence = models.ForeignKey(Presence, on_delete=models.PROTECT, null=True, blank=True)
    took_part = models.CharField(max_length=10, blank=True, choices=list(rules.TOOK_PART.items()))
    words = models.TextField(blank=True)
    status = models.CharField(max_length=8, choices=Status, default=Status.DRAFT)
    revision = models.PositiveIntegerField(default=1)
    changed_at = models.DateTimeField()
    changed_by = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="changed_parts")
    signed_at = models.DateTimeField(null=True, blank=True)
    signed_by = models.ForeignKey(
        Membership, on_delete=models.PROTECT, null=True, blank=True, related_name="signed_parts"
    )
    started_at = models.DateTimeField(null=True, blank=True)
    stopped_at = models.DateTimeField(null=True, blank=True)
    minutes = models.PositiveSmallIntegerField(default=0)
    frozen_text = models.JSONField(default=dict)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["note", "episode"], name="part_once_per_person"),
            models.CheckConstraint(
                condition=Q(status="draft", signed_at__isnull=True)
                | Q(status="signed", signed_at__isnull=False, signed_by__isnull=False, presence__isnull=False),
                name="part_signed_rests_on_presence",
            ),
        ]

    class Privacy:
        identifying: set[str] = set()
        clinical = {"took_part", "words", "started_at", "stopped_at", "minutes", "frozen_text"}
        open = {
            "id", "created_at", "note", "episode", "presence", "status", "revision", "changed_at", "changed_by",
            "signed_at", "signed_by",
        }  # fmt: skip


class Tie(Record):
    """A person's part serves this objective (by its thread, the same through all plan versions)."""

    part = models.ForeignKey(PersonNote, on_delete=models.PROTECT, related_name="ties")
    objective = models.UUIDField(db_index=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["part", "objective"], name="tie_once")]

    class Privacy:
        identifying: set[str] = set()
        clinical = {"objective"}
        open = {"id", "created_at", "part"}


class Addendum(Record):
    """Words added after signing; the signed part stays as it was."""

    part = models.ForeignKey(PersonNote, on_delete=models.PROTECT, related_name="addenda")
    words = models.TextField()
    signed_at = models.DateTimeField()
    signed_by = models.ForeignKey(Membership, on_delete=models.PROTECT)

    class Privacy:
        identifying: set[str] = set()
        clinical = {"words"}
        open = {"id", "created_at", "part", "signed_at", "signed_by"}
