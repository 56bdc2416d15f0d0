"""One plan per episode, in versions: what is signed is frozen, a change begins the next version."""

from django.db import models
from django.db.models import Q

from openiop.base.models import Record
from openiop.participants.models import Diagnosis, Episode
from openiop.programs.models import Membership


class Plan(Record):
    """One version of a person's plan."""

    class Status(models.TextChoices):
        DRAFT = "draft", "Being written"
        SIGNED = "signed", "Signed"
        REPLACED = "replaced", "Replaced by a later version"

    episode = models.ForeignKey(Episode, on_delete=models.PROTECT, related_name="plans")
    version = models.PositiveSmallIntegerField()
    status = models.CharField(max_length=10, choices=Status, default=Status.DRAFT)
    own_words = models.TextField(blank=True)
    review_on = models.DateField(null=True, blank=True)
    started_at = models.DateTimeField()
    started_by = models.ForeignKey(Membership, on_delete=models.PROTECT)
    signed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["episode", "version"], name="plan_version_once"),
            models.UniqueConstraint(fields=["episode"], condition=Q(status="draft"), name="plan_one_draft"),
            models.UniqueConstraint(fields=["episode"], condition=Q(status="signed"), name="plan_one_in_force"),
            models.CheckConstraint(
                condition=Q(status="draft") | Q(signed_at__isnull=False, review_on__isnull=False),
                name="plan_signed_has_review",
            ),
        ]

    class Privacy:
        identifying: set[str] = set()
        clinical = {"own_words", "review_on"}
        open = {"id", "created_at", "episode", "version", "status", "started_at", "started_by", "signed_at"}


class Problem(Record):
    """What the plan treats: tied to a diagnosis or a screen, of one family."""

    plan = models.ForeignKey(Plan, on_delete=models.PROTECT, related_name="problems")
    thread = models.UUIDField()  # the same problem through all versions
    family = models.CharField(max_length=20)
    words = models.CharField(max_length=300)
    diagnosis = models.ForeignKey(Diagnosis, on_delete=models.PROTECT, null=True, blank=True)
    status = models.CharField(max_length=12, default="active")
    status_reason = models.CharField(max_length=300, blank=True)
    place = models.PositiveSmallIntegerField(default=0)

    class Privacy:
        identifying: set[str] = set()
        clinical = {"family", "words", "diagnosis", "status", "status_reason"}
        open = {"id", "created_at", "plan", "thread", "place"}


class Goal(Record):
    """What the person wants to be different, in their words where we have them."""

    problem = models.ForeignKey(Problem, on_delete=models.PROTECT, related_name="goals")
    thread = models.UUIDField()
    words = models.CharField(max_length=300)
    status = models.CharField(max_length=12, default="active")
    status_reason = models.CharField(max_length=300, blank=True)
    place = models.PositiveSmallIntegerField(default=0)

    class Privacy:
        identifying: set[str] = set()
        clinical = {"words", "status", "status_reason"}
        open = {"id", "created_at", "problem", "thread", "place"}


class Objective(Record):
    """A measurable step: baseline, target, date, and how it is measured."""

    class Status(models.TextChoices):
        ACTIVE = "active", "Active"
        MET = "met", "Met"
        REVISED = "revised", "Revised"
        DROPPED = "dropped", "Dropped"

    goal = models.ForeignKey(Goal, on_delete=models.PROTECT, related_name="objectives")
    thread = models.UUIDField(db_index=True)  # the same objective through all versions: notes and measures tie to it
    words = models.CharField(max_length=300)
    measure = models.CharField(max_length=80)
    baseline = models.CharField(max_length=80)
    target = models.CharField(max_length=80)
    target_on = models.DateField()
    status = models.CharField(max_length=10, choices=Status, default=Status.ACTIVE)
    status_reason = models.CharField(max_length=300, blank=True)
    place = models.PositiveSmallIntegerField(default=0)

    class Privacy:
        identifying: set[str] = set()
        clinical = {"words", "measure", "baseline", "target", "target_on", "status", "status_reason"}
        open = {"id", "created_at", "goal", "thread", "place"}


class Intervention(Record):
    """What the program does for an objective: which service, how often, who."""

    objective = models.ForeignKey(Objective, on_delete=models.PROTECT, related_name="interventions")
    thread = models.UUIDField()
    service = models.CharField(max_length=40)
    words = models.CharField(max_length=300)
    frequency = models.CharField(max_length=80)
    responsible = models.ForeignKey(Membership, on_delete=models.PROTECT)
    status = models.CharField(max_length=12, default="active")
    status_reason = models.CharField(max_length=300, blank=True)
    place = models.PositiveSmallIntegerField(default=0)

    class Privacy:
        identifying: set[str] = set()
        clinical = {"service", "words", "frequency", "status", "status_reason"}
        open = {"id", "created_at", "objective", "thread", "responsible", "place"}


class Deferral(Record):
    """Why one problem family has no goal yet, signed, and when that is looked at again."""

    plan = models.ForeignKey(Plan, on_delete=models.PROTECT, related_name="deferrals")
    family = models.CharField(max_length=20)
    reason = models.TextField()
    review_on = models.DateField()
    signed_at = models.DateTimeField()
    signed_by = models.ForeignKey(Membership, on_delete=models.PROTECT)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["plan", "family"], name="deferral_once_per_family")]

    class Privacy:
        identifying: set[str] = set()
        clinical = {"family", "reason", "review_on"}
        open = {"id", "created_at", "plan", "signed_at", "signed_by"}


class PlanSignature(Record):
    """One signature under one version: the participant's, the clinician's."""

    plan = models.ForeignKey(Plan, on_delete=models.PROTECT, related_name="signatures")
    part = models.CharField(max_length=12)
    name = models.CharField(max_length=160)
    how = models.CharField(max_length=40)
    digest = models.CharField(max_length=64)
    signed_at = models.DateTimeField()
    signed_by = models.ForeignKey(Membership, on_delete=models.PROTECT)
    lapsed_at = models.DateTimeField(null=True, blank=True)  # the words changed after this signature

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["plan", "part"], condition=Q(lapsed_at__isnull=True), name="plan_signed_once_by_each"
            )
        ]

    class Privacy:
        identifying = {"name"}
        clinical: set[str] = set()
        open = {"id", "created_at", "plan", "part", "how", "digest", "signed_at", "signed_by", "lapsed_at"}
