"""Consents as signed, every change of their state, what was said before they end, and which items are sensitive."""

import uuid

from django.db import models
from django.db.models import F, Q

from openiop.base.models import Record
from openiop.consents import rules
from openiop.participants.models import Participant, Supporter
from openiop.programs.models import Membership


class Consent(Record):
    """One consent with all elements of 42 CFR 2.31(a) and the exact text that was shown."""

    class Status(models.TextChoices):
        DRAFT = "draft", "Not yet signed"
        ACTIVE = "active", "In force"
        REVOKED = "revoked", "Ended"
        WITHDRAWN = "withdrawn", "Set aside before signing"

    participant = models.ForeignKey(Participant, on_delete=models.PROTECT, related_name="consents")
    document = models.UUIDField(default=uuid.uuid4, db_index=True)
    renews = models.ForeignKey("self", on_delete=models.PROTECT, null=True, blank=True, related_name="renewals")
    variant = models.CharField(max_length=30, choices=[(v.value, v.value) for v in rules.Variant])
    supporter = models.ForeignKey(Supporter, on_delete=models.PROTECT, null=True, blank=True)
    discloser = models.CharField(max_length=200)
    recipient = models.CharField(max_length=300)
    kinds = models.JSONField(default=list)
    information = models.TextField()
    purpose = models.CharField(max_length=300)
    right_to_revoke = models.TextField()
    expires_at = models.DateTimeField(null=True, blank=True)
    expires_when = models.CharField(max_length=200, blank=True)
    redisclosure = models.TextField(blank=True)
    if_declined = models.TextField(blank=True)
    extra = models.JSONField(default=dict)
    revocable_on = models.DateField(null=True, blank=True)
    text_shown = models.TextField()
    text_version = models.CharField(max_length=40)
    language = models.CharField(max_length=10, default="en")
    text_checked = models.BooleanField(default=True)
    status = models.CharField(max_length=10, choices=Status, default=Status.DRAFT)
    prepared_by = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="prepared_consents")
    signed_at = models.DateTimeField(null=True, blank=True)
    signer_name = models.CharField(max_length=160, blank=True)
    signed_how = models.CharField(max_length=40, blank=True)
    capacity = models.CharField(max_length=20, blank=True)
    basis = models.CharField(max_length=200, blank=True)
    second_name = models.CharField(max_length=160, blank=True)
    paper_on = models.DateField(null=True, blank=True)
    signed_by = models.ForeignKey(
        Membership, on_delete=models.PROTECT, null=True, blank=True, related_name="signed_consents"
    )
    revoked_at = models.DateTimeField(null=True, blank=True)
    revoked_by = models.ForeignKey(
        Membership, on_delete=models.PROTECT, null=True, blank=True, related_name="revoked_consents"
    )
    revoked_how = models.CharField(max_length=200, blank=True)
    revocation_entered_at = models.DateTimeField(null=True, blank=True)
    relied_reads = models.PositiveIntegerField(null=True, blank=True)
    relied_last_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(status__in=["draft", "withdrawn"], signed_at__isnull=True)
                | (Q(status__in=["active", "revoked"], signed_at__isnull=False) & ~Q(signer_name="")),
                name="consent_in_force_is_signed",
            ),
            models.CheckConstraint(
                condition=Q(status="revoked", revoked_at__isnull=False, revoked_by__isnull=False)
                | (~Q(status="revoked") & Q(revoked_at__isnull=True)),
                name="consent_revoked_by_someone",
            ),
            models.CheckConstraint(
                condition=Q(expires_at__isnull=False) | ~Q(expires_when=""), name="consent_says_when_it_ends"
            ),
        ]

    class Privacy:
        identifying = {"recipient", "signer_name", "second_name", "basis", "extra", "text_shown"}
        clinical = {"information", "purpose", "kinds", "discloser"}
        open = {
            "id", "created_at", "participant", "document", "renews", "variant", "supporter", "right_to_revoke",
            "expires_at", "expires_when", "redisclosure", "if_declined", "revocable_on", "text_version", "language",
            "text_checked", "status", "prepared_by", "signed_at", "signed_how", "signed_by", "capacity", "paper_on",
            "revoked_at", "revoked_by", "revoked_how", "revocation_entered_at", "relied_reads", "relied_last_at",
        }  # fmt: skip

    def terms(self) -> rules.Terms:
        """The consent as the guard needs it."""
        return rules.Terms(
            id=str(self.id),
            variant=self.variant,
            kinds=frozenset(self.kinds),
            supporter_id=str(self.supporter_id or ""),
            signed_at=self.signed_at,
            expires_at=self.expires_at,
            revoked_at=self.revoked_at,
        )


class Emergency(Record):
    """One access for a medical emergency with what 42 CFR 2.51(c) asks to be written down; open for an hour at most."""

    participant = models.ForeignKey(Participant, on_delete=models.PROTECT, related_name="emergencies")
    personnel = models.CharField(max_length=120)
    facility = models.CharField(max_length=160)
    discloser = models.CharField(max_length=160)
    nature = models.TextField()
    why = models.TextField()
    ground = models.CharField(max_length=12, choices=list(rules.GROUNDS.items()))
    kinds = models.JSONField(default=list)
    minimum = models.BooleanField()
    opened_by = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="opened_emergencies")
    opened_at = models.DateTimeField()
    closes_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_by = models.ForeignKey(
        Membership, on_delete=models.PROTECT, null=True, blank=True, related_name="ended_emergencies"
    )

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(closes_at__gt=F("opened_at"), minimum=True)
                & ~Q(personnel="")
                & ~Q(facility="")
                & ~Q(discloser="")
                & ~Q(nature="")
                & ~Q(why=""),
                name="emergency_says_what_the_law_asks",
            ),
            models.CheckConstraint(
                condition=Q(ended_at__isnull=True, ended_by__isnull=True)
                | Q(ended_at__isnull=False, ended_by__isnull=False),
                name="emergency_ended_by_someone",
            ),
        ]
        indexes = [models.Index(fields=["opened_by", "closes_at"], name="emergency_open")]

    class Privacy:
        identifying = {"personnel", "facility", "discloser"}
        clinical = {"nature", "why", "kinds"}
        open = {
            "id", "created_at", "participant", "ground", "minimum", "opened_by", "opened_at", "closes_at", "ended_at",
            "ended_by",
        }  # fmt: skip

    def terms(self) -> rules.EmergencyTerms:
        """The access as the guard needs it."""
        return rules.EmergencyTerms(opened_at=self.opened_at, closes_at=self.closes_at, ended_at=self.ended_at)

    def covers(self, kind: str) -> bool:
        """Whether this kind of information was asked for."""
        return str(kind) in self.kinds


class ConsentChange(Record):
    """One step in a consent's life, in order: prepared, signed, revoked."""

    consent = models.ForeignKey(Consent, on_delete=models.PROTECT, related_name="changes")
    to = models.CharField(max_length=10)
    at = models.DateTimeField()
    by = models.ForeignKey(Membership, on_delete=models.PROTECT)

    class Privacy:
        identifying: set[str] = set()
        clinical: set[str] = set()
        open = {"id", "created_at", "consent", "to", "at", "by"}


class ConsentNotice(Record):
    """That a consent will end was said, once for each of the days before it, to whoever leads the person's care."""

    consent = models.ForeignKey(Consent, on_delete=models.PROTECT, related_name="notices")
    days = models.PositiveSmallIntegerField()
    last_on = models.DateField()
    told_at = models.DateTimeField()
    owner = models.ForeignKey(Membership, on_delete=models.PROTECT, null=True, blank=True)
    seen_at = models.DateTimeField(null=True, blank=True)
    seen_by = models.ForeignKey(
        Membership, on_delete=models.PROTECT, null=True, blank=True, related_name="seen_consent_notices"
    )

    class Meta:
        constraints = [models.UniqueConstraint(fields=["consent", "days"], name="consent_notice_once")]

    class Privacy:
        identifying: set[str] = set()
        clinical: set[str] = set()
        open = {"id", "created_at", "consent", "days", "last_on", "told_at", "owner", "seen_at", "seen_by"}


class ItemLabel(Record):
    """How one item of a record is marked, in versions: the newest holds. The item of a room above is named as text."""

    participant = models.ForeignKey(Participant, on_delete=models.PROTECT, related_name="item_labels")
    item = models.CharField(max_length=60)
    item_id = models.CharField(max_length=40)
    version = models.PositiveSmallIntegerField()
    word = models.CharField(max_length=20, blank=True, choices=[(one.value, one.value) for one in rules.Label])
    reason = models.CharField(max_length=300, blank=True)
    at = models.DateTimeField()
    by = models.ForeignKey(Membership, on_delete=models.PROTECT)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["item", "item_id", "version"], name="item_label_version_once")]

    class Privacy:
        identifying: set[str] = set()
        clinical = {"word", "reason"}
        open = {"id", "created_at", "participant", "item", "item_id", "version", "at", "by"}
