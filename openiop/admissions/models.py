"""From the first word to admission."""

from django.db import models
from django.db.models import Q

from openiop.base.models import Record
from openiop.participants.models import Episode, Participant
from openiop.programs.models import Membership, Program


class Referral(Record):
    """A referral as it came in, what of it was used, and whose record it became."""

    class Status(models.TextChoices):
        HELD = "held", "Waiting for a decision"
        TAKEN = "taken", "Taken in"
        DISCARDED = "discarded", "Set aside"

    program = models.ForeignKey(Program, on_delete=models.PROTECT)
    participant = models.ForeignKey(
        Participant, on_delete=models.PROTECT, null=True, blank=True, related_name="referrals"
    )
    likely = models.ForeignKey(
        Participant, on_delete=models.PROTECT, null=True, blank=True, related_name="likely_referrals"
    )
    likely_reasons = models.JSONField(default=list)
    status = models.CharField(max_length=10, choices=Status)
    source_system = models.CharField(max_length=200)
    source_id = models.CharField(max_length=120)
    digest = models.CharField(max_length=64)
    received_at = models.DateTimeField()
    received_by = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="received_referrals")
    person = models.JSONField(default=dict)
    facts = models.JSONField(default=list)
    report = models.JSONField(default=dict)
    decided_at = models.DateTimeField(null=True, blank=True)
    decided_by = models.ForeignKey(
        Membership, on_delete=models.PROTECT, null=True, blank=True, related_name="decided_referrals"
    )
    decision = models.CharField(max_length=20, blank=True)
    taken_from = models.ForeignKey(
        Participant, on_delete=models.PROTECT, null=True, blank=True, related_name="referrals_taken_back"
    )
    taken_back_at = models.DateTimeField(null=True, blank=True)
    taken_back_by = models.ForeignKey(
        Membership, on_delete=models.PROTECT, null=True, blank=True, related_name="referrals_taken_back"
    )
    taken_back_reason = models.TextField(blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["program", "source_system", "source_id", "digest"], name="referral_once")
        ]

    class Privacy:
        identifying = {"person", "source_id"}
        clinical = {"facts", "report", "taken_back_reason"}
        open = {
            "id", "created_at", "program", "participant", "likely", "likely_reasons", "status", "source_system",
            "digest", "received_at", "received_by", "decided_at", "decided_by", "decision", "taken_from",
            "taken_back_at", "taken_back_by",
        }  # fmt: skip


class Enquiry(Record):
    """Someone asked. An anonymous visitor leaves no row; a row means a name was given or staff entered it."""

    class Result(models.TextChoices):
        FIT = "fit", "This may fit"
        NOT_YET = "not-yet", "Not yet"
        MORE = "needs-more-care", "Needs more care"

    program = models.ForeignKey(Program, on_delete=models.PROTECT)
    participant = models.ForeignKey(
        Participant, on_delete=models.PROTECT, null=True, blank=True, related_name="enquiries"
    )
    referral = models.ForeignKey(
        Referral, on_delete=models.PROTECT, null=True, blank=True, related_name="enquiries"
    )  # that began it, where nobody asked themselves
    name = models.CharField(max_length=120)
    phone = models.CharField(max_length=40, blank=True)
    email = models.EmailField(blank=True)
    message_ok = models.BooleanField(default=False)
    for_whom = models.CharField(max_length=20, default="self")
    channel = models.CharField(max_length=20)
    words = models.TextField(blank=True)
    concerns = models.JSONField(default=list)
    answers = models.JSONField(default=dict)
    result = models.CharField(max_length=20, choices=Result, blank=True)
    reasons = models.JSONField(default=list)
    hard_stops = models.JSONField(default=list)
    screened_at = models.DateTimeField(null=True, blank=True)
    override = models.CharField(max_length=20, choices=Result, blank=True)
    override_reason = models.TextField(blank=True)
    overridden_by = models.ForeignKey(
        Membership, on_delete=models.PROTECT, null=True, blank=True, related_name="overridden_enquiries"
    )
    received_at = models.DateTimeField()
    received_by = models.ForeignKey(
        Membership, on_delete=models.PROTECT, null=True, blank=True, related_name="received_enquiries"
    )
    contacted_at = models.DateTimeField(null=True, blank=True)
    contacted_by = models.ForeignKey(
        Membership, on_delete=models.PROTECT, null=True, blank=True, related_name="contacted_enquiries"
    )
    status = models.CharField(max_length=12, default="new")
    closed_reason = models.CharField(max_length=20, blank=True)
    chosen = models.CharField(max_length=20, blank=True)
    chosen_with = models.ForeignKey(
        Membership, on_delete=models.PROTECT, null=True, blank=True, related_name="talked_enquiries"
    )
    chosen_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(override="") | (~Q(override_reason="") & Q(overridden_by__isnull=False)),
                name="enquiry_override_justified",
            ),
            models.CheckConstraint(
                condition=~Q(status="closed") | ~Q(closed_reason=""), name="enquiry_closed_with_reason"
            ),
            models.CheckConstraint(
                condition=Q(chosen="") | Q(chosen_with__isnull=False, chosen_at__isnull=False),
                name="enquiry_chosen_with_someone",
            ),
        ]
        indexes = [models.Index(fields=["program", "status", "received_at"], name="enquiry_by_stage")]

    class Privacy:
        identifying = {"name", "phone", "email"}
        clinical = {
            "words", "concerns", "answers", "result", "reasons", "hard_stops", "override", "override_reason",
            "closed_reason", "chosen",
        }  # fmt: skip
        open = {
            "chosen_with", "chosen_at", "referral",
            "id", "created_at", "program", "participant", "message_ok", "for_whom", "channel", "screened_at",
            "overridden_by", "received_at", "received_by", "contacted_at", "contacted_by", "status",
        }  # fmt: skip

    @property
    def decided_result(self) -> str:
        """The result that counts: the clinician's where one overrode it, else the pre-screen's."""
        return self.override or self.result


class EnquiryStep(Record):
    """One thing that happened to an enquiry, in order: received, tried, reached, screened, chosen, closed."""

    enquiry = models.ForeignKey(Enquiry, on_delete=models.PROTECT, related_name="steps")
    what = models.CharField(max_length=20)
    words = models.TextField(blank=True)
    at = models.DateTimeField()
    by = models.ForeignKey(Membership, on_delete=models.PROTECT, null=True, blank=True)

    class Privacy:
        identifying: set[str] = set()
        clinical = {"what", "words"}
        open = {"id", "created_at", "enquiry", "at", "by"}


class Assessment(Record):
    """Six dimensions rated 0 to 4 with an evidence line each, the rule's suggestion and the clinician's decision."""

    class Status(models.TextChoices):
        DRAFT = "draft", "Being rated"
        DECIDED = "decided", "Decided"

    participant = models.ForeignKey(Participant, on_delete=models.PROTECT, related_name="assessments")
    episode = models.ForeignKey(Episode, on_delete=models.PROTECT, null=True, blank=True, related_name="assessments")
    previous = models.ForeignKey("self", on_delete=models.PROTECT, null=True, blank=True, related_name="followed_by")
    edition = models.CharField(max_length=10, default="3")
    rule_set = models.CharField(max_length=10, default="A")
    status = models.CharField(max_length=10, choices=Status, default=Status.DRAFT)
    own_view = models.TextField(blank=True)
    safety = models.JSONField(default=dict)
    safety_at = models.DateTimeField(null=True, blank=True)
    safety_by = models.ForeignKey(
        Membership, on_delete=models.PROTECT, null=True, blank=True, related_name="safety_checks"
    )
    started_at = models.DateTimeField()
    started_by = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="started_assessments")
    rule = models.CharField(max_length=10, blank=True)
    suggested = models.CharField(max_length=80, blank=True)
    suggested_level = models.CharField(max_length=4, blank=True)
    selected = models.CharField(max_length=4, blank=True)
    difference = models.CharField(max_length=40, blank=True)
    words = models.TextField(blank=True)
    decided_at = models.DateTimeField(null=True, blank=True)
    decided_by = models.ForeignKey(
        Membership, on_delete=models.PROTECT, null=True, blank=True, related_name="decided_assessments"
    )

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(status="draft", decided_at__isnull=True)
                | (Q(status="decided", decided_at__isnull=False, decided_by__isnull=False) & ~Q(selected="")),
                name="assessment_decided_by_someone",
            ),
            models.UniqueConstraint(
                fields=["participant"], condition=Q(status="draft"), name="assessment_rated_one_at_a_time"
            ),
        ]

    class Privacy:
        identifying: set[str] = set()
        clinical = {
            "own_view", "safety", "rule", "suggested", "suggested_level", "selected", "difference", "words",
        }  # fmt: skip
        open = {
            "id", "created_at", "participant", "episode", "previous", "edition", "rule_set", "status", "safety_at",
            "safety_by", "started_at", "started_by", "decided_at", "decided_by",
        }  # fmt: skip

    @property
    def decided(self) -> bool:
        """Whether a clinician has decided it; from then on it is frozen."""
        return self.status == self.Status.DECIDED


class Rating(Record):
    """One dimension rated once, with its evidence line; a later rating is a new row, the newest counts."""

    assessment = models.ForeignKey(Assessment, on_delete=models.PROTECT, related_name="ratings")
    dimension = models.PositiveSmallIntegerField()
    version = models.PositiveSmallIntegerField(default=1)
    value = models.PositiveSmallIntegerField()
    evidence = models.TextField()
    source = models.CharField(max_length=40, blank=True)
    rated_at = models.DateTimeField()
    rated_by = models.ForeignKey(Membership, on_delete=models.PROTECT)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(dimension__gte=1, dimension__lte=6), name="rating_of_six_dimensions"),
            models.CheckConstraint(condition=Q(value__gte=0, value__lte=4), name="rating_from_0_to_4"),
            models.UniqueConstraint(fields=["assessment", "dimension", "version"], name="rating_version_once"),
        ]

    class Privacy:
        identifying: set[str] = set()
        clinical = {"dimension", "value", "evidence", "source"}
        open = {"id", "created_at", "assessment", "version", "rated_at", "rated_by"}


class HardStop(Record):
    """A condition that ends automatic placement; owned by a named clinician, closed only with a written disposition."""

    assessment = models.ForeignKey(Assessment, on_delete=models.PROTECT, related_name="stops")
    code = models.CharField(max_length=4)
    found_at = models.DateTimeField()
    owner = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="owned_stops")
    disposition = models.TextField(blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    closed_by = models.ForeignKey(
        Membership, on_delete=models.PROTECT, null=True, blank=True, related_name="closed_stops"
    )

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(closed_at__isnull=True) | (~Q(disposition="") & Q(closed_by__isnull=False)),
                name="hard_stop_closed_in_words",
            ),
            models.UniqueConstraint(
                fields=["assessment", "code"], condition=Q(closed_at__isnull=True), name="hard_stop_open_once"
            ),
        ]

    class Privacy:
        identifying: set[str] = set()
        clinical = {"code", "disposition"}
        open = {"id", "created_at", "assessment", "found_at", "owner", "closed_at", "closed_by"}
