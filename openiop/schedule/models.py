"""What should happen: for whom, when, where, led by whom."""

from datetime import date, timedelta

from django.db import models
from django.db.models import F, Q

from openiop.base.models import Record
from openiop.curriculum.models import Topic
from openiop.participants.models import Episode
from openiop.programs.models import Membership, Place, Program


class Track(Record):
    """A way through the week: day, evening, virtual."""

    program = models.ForeignKey(Program, on_delete=models.PROTECT)
    name = models.CharField(max_length=60)
    tone = models.CharField(max_length=10, default="day")
    virtual = models.BooleanField(default=False)
    ended_on = models.DateField(null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["program", "name"], name="track_named_once")]

    class Privacy:
        identifying: set[str] = set()
        clinical: set[str] = set()
        open = {"id", "created_at", "program", "name", "tone", "virtual", "ended_on"}


class Service(models.TextChoices):
    """Kinds of service a week is made of (S10 of the program's requirements)."""

    GROUP = "group", "Group"
    SKILLS = "skills", "Skills group"
    EDUCATION = "education", "Education"
    INDIVIDUAL = "individual", "Individual"
    FAMILY = "family", "Family"
    MEDICATION = "medication", "Medication visit"
    HOLISTIC = "holistic", "Holistic"
    SUPPORT = "support-group", "Support group"
    CASE = "case-management", "Case management"


class Group(Record):
    """A standing group of a track: same day and local time each week."""

    track = models.ForeignKey(Track, on_delete=models.PROTECT, related_name="groups")
    name = models.CharField(max_length=80)
    service = models.CharField(max_length=20, choices=Service)
    weekday = models.PositiveSmallIntegerField()  # 0 is Monday
    starts = models.TimeField()
    minutes = models.PositiveSmallIntegerField()
    place = models.ForeignKey(Place, on_delete=models.PROTECT)
    facilitator = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="led_groups")
    co_facilitator = models.ForeignKey(
        Membership, on_delete=models.PROTECT, null=True, blank=True, related_name="co_led_groups"
    )
    capacity = models.PositiveSmallIntegerField(default=12)
    topic = models.ForeignKey(Topic, on_delete=models.PROTECT, null=True, blank=True)
    from_on = models.DateField()
    until_on = models.DateField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(weekday__lte=6), name="group_on_a_weekday"),
            models.CheckConstraint(condition=Q(minutes__gt=0), name="group_takes_time"),
        ]

    class Privacy:
        identifying: set[str] = set()
        clinical: set[str] = set()
        open = {
            "id", "created_at", "track", "name", "service", "weekday", "starts", "minutes", "place", "facilitator",
            "co_facilitator", "capacity", "topic", "from_on", "until_on",
        }  # fmt: skip


class Session(Record):
    """One meeting of a group, or one visit: made ahead of time, cancelled with a reason, never removed."""

    class Status(models.TextChoices):
        PLANNED = "planned", "Planned"
        CANCELLED = "cancelled", "Cancelled by the program"

    program = models.ForeignKey(Program, on_delete=models.PROTECT)
    group = models.ForeignKey(Group, on_delete=models.PROTECT, null=True, blank=True, related_name="sessions")
    title = models.CharField(max_length=80)
    service = models.CharField(max_length=20, choices=Service)
    on = models.DateField()  # the local day
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    place = models.ForeignKey(Place, on_delete=models.PROTECT)
    facilitator = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="led_sessions")
    co_facilitator = models.ForeignKey(
        Membership, on_delete=models.PROTECT, null=True, blank=True, related_name="co_led_sessions"
    )
    topic = models.ForeignKey(Topic, on_delete=models.PROTECT, null=True, blank=True)
    status = models.CharField(max_length=10, choices=Status, default=Status.PLANNED)
    cancelled_reason = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(ends_at__gt=F("starts_at")), name="session_ends_after_start"),
            models.UniqueConstraint(fields=["group", "on"], name="session_once_a_day_per_group"),
            models.CheckConstraint(
                condition=~Q(status="cancelled") | ~Q(cancelled_reason=""), name="session_cancelled_with_reason"
            ),
        ]
        indexes = [
            models.Index(fields=["program", "starts_at"], name="session_by_time"),
            models.Index(fields=["program", "on"], name="session_by_day"),
            models.Index(fields=["ends_at"], name="session_by_end"),
        ]

    class Privacy:
        identifying: set[str] = set()
        clinical = {"title", "service"}
        open = {
            "id", "created_at", "program", "group", "on", "starts_at", "ends_at", "place", "facilitator",
            "co_facilitator", "topic", "status", "cancelled_reason",
        }  # fmt: skip


class Enrollment(Record):
    """One person in one group, from a day until a day."""

    group = models.ForeignKey(Group, on_delete=models.PROTECT, related_name="enrollments")
    episode = models.ForeignKey(Episode, on_delete=models.PROTECT, related_name="enrollments")
    from_on = models.DateField()
    until_on = models.DateField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["group", "episode"], condition=Q(until_on__isnull=True), name="enrollment_once"
            )
        ]

    class Privacy:
        identifying: set[str] = set()
        clinical = {"group", "from_on", "until_on"}
        open = {"id", "created_at", "episode"}


class Seat(Record):
    """One person expected at one session: the roster. Written when sessions are made and when enrollment changes."""

    session = models.ForeignKey(Session, on_delete=models.PROTECT, related_name="seats")
    episode = models.ForeignKey(Episode, on_delete=models.PROTECT, related_name="seats")
    why = models.CharField(max_length=20, default="enrolled")
    dropped_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["session", "episode"], name="seat_once")]

    class Privacy:
        identifying: set[str] = set()
        clinical = {"session", "why"}
        open = {"id", "created_at", "episode", "dropped_at"}


class Prescription(Record):
    """Hours, days and mix prescribed from a day on; the newest row in force counts."""

    episode = models.ForeignKey(Episode, on_delete=models.PROTECT, related_name="prescriptions")
    from_on = models.DateField()
    minutes_a_week = models.PositiveSmallIntegerField()
    days_a_week = models.PositiveSmallIntegerField()
    mix = models.JSONField(default=dict)
    warnings = models.JSONField(default=list)
    reason = models.CharField(max_length=300, blank=True)
    prescribed_at = models.DateTimeField()
    prescribed_by = models.ForeignKey(Membership, on_delete=models.PROTECT)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(days_a_week__gte=1, days_a_week__lte=7), name="prescription_days_in_a_week"
            )
        ]

    class Privacy:
        identifying: set[str] = set()
        clinical = {"from_on", "minutes_a_week", "days_a_week", "mix", "warnings", "reason"}
        open = {"id", "created_at", "episode", "prescribed_at", "prescribed_by"}


class Busy(Record):
    """A weekly stretch in which the person cannot come, with the way there and back."""

    class Why(models.TextChoices):
        WORK = "work", "Work"
        SCHOOL = "school", "School"
        CHILDCARE = "childcare", "Childcare"
        TRAVEL = "travel", "Travel"
        OTHER = "other", "Other"

    episode = models.ForeignKey(Episode, on_delete=models.PROTECT, related_name="busy")
    weekday = models.PositiveSmallIntegerField()
    starts = models.TimeField()
    ends = models.TimeField()
    travel_minutes = models.PositiveSmallIntegerField(default=0)
    why = models.CharField(max_length=12, choices=Why)
    from_on = models.DateField()
    until_on = models.DateField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(ends__gt=F("starts")), name="busy_ends_after_start"),
            models.CheckConstraint(condition=Q(weekday__lte=6), name="busy_on_a_weekday"),
        ]

    class Privacy:
        identifying: set[str] = set()
        clinical = {"why", "weekday", "starts", "ends", "travel_minutes", "from_on", "until_on"}
        open = {"id", "created_at", "episode"}


class Elsewhere(Record):
    """One appointment of the person outside the program: with whom, where, for how long; called off, never removed."""

    episode = models.ForeignKey(Episode, on_delete=models.PROTECT, related_name="elsewhere")
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    with_whom = models.CharField(max_length=160)
    where = models.CharField(max_length=160, blank=True)
    off_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(ends_at__gt=F("starts_at")), name="elsewhere_ends_after_start")
        ]

    class Privacy:
        identifying = {"with_whom", "where"}
        clinical = {"starts_at", "ends_at", "off_at"}
        open = {"id", "created_at", "episode"}


class Away(Record):
    """A member of staff is out, from a day up to the day they are back: nothing is given to them meanwhile."""

    class Why(models.TextChoices):
        SICK = "sick", "Sick"
        LEAVE = "leave", "On leave"
        TRAINING = "training", "Training"
        OTHER = "other", "Other"

    member = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="away")
    why = models.CharField(max_length=10, choices=Why)
    from_on = models.DateField()
    until_on = models.DateField()  # the first day back
    noted_at = models.DateTimeField()
    noted_by = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="noted_away")
    back_at = models.DateTimeField(null=True, blank=True)
    back_by = models.ForeignKey(Membership, on_delete=models.PROTECT, null=True, blank=True, related_name="noted_back")

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(until_on__gte=F("from_on")), name="away_ends_after_start")]

    class Privacy:
        identifying: set[str] = set()
        clinical = {"why"}
        open = {"id", "created_at", "member", "from_on", "until_on", "noted_at", "noted_by", "back_at", "back_by"}

    @property
    def last_on(self) -> date:
        """The last day out."""
        return self.until_on - timedelta(days=1)
