"""The person and their care over time."""

from datetime import date

from django.db import models
from django.db.models import F, Q

from openiop.base.models import Record
from openiop.participants import rules
from openiop.programs.models import Membership, Program


class Participant(Record):
    """One person of one program, from the referral on. The record number is what titles may show."""

    program = models.ForeignKey(Program, on_delete=models.PROTECT)
    number = models.PositiveIntegerField()
    membership = models.OneToOneField(
        Membership, on_delete=models.PROTECT, null=True, blank=True, related_name="participant"
    )
    legal_name = models.CharField(max_length=160)
    preferred_name = models.CharField(max_length=80, blank=True)
    pronouns = models.CharField(max_length=40, blank=True)
    birth_on = models.DateField(null=True, blank=True)
    gender = models.CharField(max_length=10, blank=True)
    phone = models.CharField(max_length=40, blank=True)
    email = models.EmailField(blank=True)
    address = models.CharField(max_length=200, blank=True)
    postal_code = models.CharField(max_length=20, blank=True)
    language = models.CharField(max_length=20, default="en")
    strengths = models.TextField(blank=True)
    merged_into = models.ForeignKey("self", on_delete=models.PROTECT, null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["program", "number"], name="participant_numbered_once")]

    class Privacy:
        identifying = {
            "legal_name", "preferred_name", "pronouns", "birth_on", "phone", "email", "address", "postal_code",
        }  # fmt: skip
        clinical = {"gender", "strengths"}
        open = {"id", "created_at", "program", "number", "membership", "language", "merged_into"}

    @property
    def name(self) -> str:
        """The name they go by."""
        return rules.called(self.legal_name, self.preferred_name)

    @property
    def first_name(self) -> str:
        """What to call them."""
        return self.preferred_name or self.legal_name.split()[0]


class Merge(Record):
    """Two records of one person read together: the absorbed one leads on to the kept one. Undone, each stands alone.

    No row moves: each fact stays under the record it was written on, so undoing gives back exactly what was.
    """

    absorbed = models.ForeignKey(Participant, on_delete=models.PROTECT, related_name="absorptions")
    kept = models.ForeignKey(Participant, on_delete=models.PROTECT, related_name="merges")
    reason = models.TextField()
    signs = models.JSONField(default=list)
    by = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    undone_at = models.DateTimeField(null=True, blank=True)
    undone_by = models.ForeignKey(Membership, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    undone_reason = models.TextField(blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["absorbed"], condition=Q(undone_at__isnull=True), name="merge_in_force_once"
            ),
            models.CheckConstraint(condition=~Q(absorbed=F("kept")), name="merge_of_two_records"),
            models.CheckConstraint(
                condition=Q(undone_at__isnull=True, undone_by__isnull=True, undone_reason="")
                | (Q(undone_at__isnull=False, undone_by__isnull=False) & ~Q(undone_reason="")),
                name="merge_undone_with_reason",
            ),
        ]

    class Privacy:
        identifying: set[str] = set()
        clinical = {"reason", "signs", "undone_reason"}
        open = {"id", "created_at", "absorbed", "kept", "by", "at", "undone_at", "undone_by"}


class NotSame(Record):
    """That two records alike were looked at and are two people: they are not offered again."""

    one = models.ForeignKey(Participant, on_delete=models.PROTECT, related_name="+")
    other = models.ForeignKey(Participant, on_delete=models.PROTECT, related_name="+")
    reason = models.TextField()
    by = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["one", "other"], name="not_same_once")]

    class Privacy:
        identifying: set[str] = set()
        clinical = {"reason"}
        open = {"id", "created_at", "one", "other", "by", "at"}


class Supporter(Record):
    """Family or another person the participant named. They see what a consent lets them see, nothing else."""

    participant = models.ForeignKey(Participant, on_delete=models.PROTECT, related_name="supporters")
    membership = models.OneToOneField(
        Membership, on_delete=models.PROTECT, null=True, blank=True, related_name="supporter"
    )
    name = models.CharField(max_length=120)
    relation = models.CharField(max_length=60)
    phone = models.CharField(max_length=40, blank=True)
    email = models.EmailField(blank=True)
    emergency = models.BooleanField(default=False)
    ended_at = models.DateTimeField(null=True, blank=True)

    class Privacy:
        identifying = {"name", "relation", "phone", "email"}
        clinical: set[str] = set()
        open = {"id", "created_at", "participant", "membership", "emergency", "ended_at"}


class Diagnosis(Record):
    """A coded condition of the person. Both families stand in one list because they are treated as one."""

    participant = models.ForeignKey(Participant, on_delete=models.PROTECT, related_name="diagnoses")
    system = models.CharField(max_length=20, default="icd-10-cm")
    code = models.CharField(max_length=20)
    words = models.CharField(max_length=240)
    family = models.CharField(max_length=20, choices=[(f.value, f.value) for f in rules.Family])
    source = models.CharField(max_length=20, default="clinician")
    onset_on = models.DateField(null=True, blank=True)
    recorded_at = models.DateTimeField()
    recorded_by = models.ForeignKey(Membership, on_delete=models.PROTECT)
    ended_on = models.DateField(null=True, blank=True)
    ended_reason = models.CharField(max_length=200, blank=True)

    class Privacy:
        identifying: set[str] = set()
        clinical = {"system", "code", "words", "family", "onset_on", "ended_on", "ended_reason"}
        open = {"id", "created_at", "participant", "source", "recorded_at", "recorded_by"}


class EpisodeQuerySet(models.QuerySet["Episode"]):
    """Filters over one table."""

    def open(self) -> "EpisodeQuerySet":
        """Episodes still in care."""
        return self.filter(ended_on__isnull=True)


class Episode(Record):
    """One stay in the program, whatever its levels of care. It has no fixed end; it has a next review."""

    participant = models.ForeignKey(Participant, on_delete=models.PROTECT, related_name="episodes")
    started_on = models.DateField()
    level = models.CharField(max_length=4)
    review_on = models.DateField()
    primary = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="primary_episodes")
    ended_on = models.DateField(null=True, blank=True)
    ended_reason = models.CharField(max_length=2, blank=True)
    last_contact_on = models.DateField(null=True, blank=True)

    objects = EpisodeQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["participant"], condition=Q(ended_on__isnull=True), name="episode_open_once"
            ),
            models.CheckConstraint(
                condition=Q(ended_on__isnull=True) | Q(ended_on__gte=F("started_on")), name="episode_ends_after_start"
            ),
            models.CheckConstraint(
                condition=Q(ended_on__isnull=True, ended_reason="") | (Q(ended_on__isnull=False) & ~Q(ended_reason="")),
                name="episode_end_has_reason",
            ),
        ]

    class Privacy:
        identifying: set[str] = set()
        clinical = {"started_on", "level", "review_on", "ended_on", "ended_reason", "last_contact_on"}
        open = {"id", "created_at", "participant", "primary"}

    def week(self, day: date) -> int:
        """The week of the stay, counted from 1."""
        return rules.week_number(self.started_on, day)


class LevelOfCare(Record):
    """A level in force from a day on; the row before ends that day. `Episode.level` is the newest, to read by."""

    episode = models.ForeignKey(Episode, on_delete=models.PROTECT, related_name="levels")
    level = models.CharField(max_length=4)
    from_on = models.DateField()
    until_on = models.DateField(null=True, blank=True)
    reason = models.CharField(max_length=40)
    words = models.TextField(blank=True)
    decided_by = models.ForeignKey(Membership, on_delete=models.PROTECT)
    decided_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["episode"], condition=Q(until_on__isnull=True), name="level_in_force_once")
        ]

    class Privacy:
        identifying: set[str] = set()
        clinical = {"level", "from_on", "until_on", "reason", "words"}
        open = {"id", "created_at", "episode", "decided_by", "decided_at"}


class TeamPlace(Record):
    """One member of staff on one person's care team, from when until when."""

    episode = models.ForeignKey(Episode, on_delete=models.PROTECT, related_name="team")
    member = models.ForeignKey(Membership, on_delete=models.PROTECT)
    part = models.CharField(max_length=40)
    from_on = models.DateField()
    until_on = models.DateField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["episode", "member"], condition=Q(until_on__isnull=True), name="team_place_once"
            )
        ]

    class Privacy:
        identifying: set[str] = set()
        clinical = {"part"}
        open = {"id", "created_at", "episode", "member", "from_on", "until_on"}
