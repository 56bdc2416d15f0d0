"""Reviews of emergency accesses, questions about looks, and looks someone is asked about."""

from django.db import models
from django.db.models import Q

from openiop.base.models import Record
from openiop.consents.models import Emergency
from openiop.participants.models import Participant
from openiop.privacy import rules
from openiop.programs.models import Membership, Program


class EmergencyReview(Record):
    """How a second person judged one emergency access."""

    emergency = models.OneToOneField(Emergency, on_delete=models.PROTECT, related_name="review")
    outcome = models.CharField(max_length=16, choices=list(rules.OUTCOMES.items()))
    words = models.TextField()
    by = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="emergency_reviews")
    at = models.DateTimeField()

    class Privacy:
        identifying: set[str] = set()
        clinical = {"outcome", "words"}
        open = {"id", "created_at", "emergency", "by", "at"}


class EmergencyTold(Record):
    """That the person was told of an emergency access, how and when."""

    emergency = models.OneToOneField(Emergency, on_delete=models.PROTECT, related_name="told")
    how = models.CharField(max_length=12, choices=list(rules.HOW_TOLD.items()))
    by = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Privacy:
        identifying: set[str] = set()
        clinical: set[str] = set()
        open = {"id", "created_at", "emergency", "how", "by", "at"}


class Question(Record):
    """A person's question about who looked on a day: one owner, one due time, one answer."""

    participant = models.ForeignKey(Participant, on_delete=models.PROTECT, related_name="look_questions")
    looker = models.ForeignKey(Membership, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    on = models.DateField()
    words = models.TextField()
    asked_by = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    owner = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="look_questions")
    due_at = models.DateTimeField()
    answer = models.TextField(blank=True)
    answered_by = models.ForeignKey(Membership, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    answered_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(answered_at__isnull=True, answered_by__isnull=True, answer="")
                | (Q(answered_at__isnull=False, answered_by__isnull=False) & ~Q(answer="")),
                name="question_answered_by_someone",
            ),
        ]
        indexes = [models.Index(fields=["due_at"], condition=Q(answered_at__isnull=True), name="question_open")]

    class Privacy:
        identifying: set[str] = set()
        clinical = {"words", "answer"}
        open = {
            "id", "created_at", "participant", "looker", "on", "asked_by", "asked_at", "owner", "due_at",
            "answered_by", "answered_at",
        }  # fmt: skip


class Examined(Record):
    """That the looks of one local day were gone through."""

    program = models.ForeignKey(Program, on_delete=models.PROTECT)
    on = models.DateField()
    looks = models.PositiveIntegerField()
    found = models.PositiveIntegerField()
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["program", "on"], name="examined_once_a_day")]

    class Privacy:
        identifying: set[str] = set()
        clinical: set[str] = set()
        open = {"id", "created_at", "program", "on", "looks", "found", "at"}


class Unusual(Record):
    """Looks of one day that someone is, or may be, asked about; closed with an outcome or it stays."""

    class Status(models.TextChoices):
        OPEN = "open", "To look at"
        ASKED = "asked", "Waiting for their answer"
        ANSWERED = "answered", "Answered"
        CLOSED = "closed", "Closed"

    program = models.ForeignKey(Program, on_delete=models.PROTECT)
    rule = models.CharField(max_length=16, choices=[(rule.value, words) for rule, words in rules.RULE_WORDS.items()])
    viewer = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="unusual_looks")
    participant = models.ForeignKey(Participant, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    on = models.DateField()
    facts = models.JSONField(default=dict)
    found_at = models.DateTimeField()
    status = models.CharField(max_length=10, choices=Status, default=Status.OPEN)
    asked_by = models.ForeignKey(Membership, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    asked_at = models.DateTimeField(null=True, blank=True)
    answer = models.TextField(blank=True)
    answered_at = models.DateTimeField(null=True, blank=True)
    outcome = models.CharField(max_length=12, blank=True, choices=list(rules.CLOSINGS.items()))
    words = models.TextField(blank=True)
    closed_by = models.ForeignKey(Membership, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    closed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["rule", "viewer", "participant", "on"],
                condition=Q(participant__isnull=False),
                name="unusual_once_about_a_person",
            ),
            models.UniqueConstraint(
                fields=["rule", "viewer", "on"], condition=Q(participant__isnull=True), name="unusual_once_a_day"
            ),
            models.CheckConstraint(
                condition=(Q(status="closed", closed_at__isnull=False, closed_by__isnull=False) & ~Q(outcome=""))
                | (~Q(status="closed") & Q(closed_at__isnull=True, outcome="")),
                name="unusual_closed_with_outcome",
            ),
        ]
        indexes = [models.Index(fields=["program", "status", "on"], name="unusual_by_state")]

    class Privacy:
        identifying: set[str] = set()
        clinical = {"answer", "words"}
        open = {
            "id", "created_at", "program", "rule", "viewer", "participant", "on", "facts", "found_at", "status",
            "asked_by", "asked_at", "answered_at", "outcome", "closed_by", "closed_at",
        }  # fmt: skip
