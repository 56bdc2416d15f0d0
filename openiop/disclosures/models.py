"""What left, what holds it back, and the papers that bind: written once, and ended, never rewritten."""

from datetime import date

from django.db import models
from django.db.models import Q

from openiop.base.models import Record
from openiop.consents.models import Consent
from openiop.disclosures.rules import papers, release
from openiop.participants.models import Participant
from openiop.programs.models import Membership, Program


class Agreement(Record):
    """A paper that binds a counterpart; without one in force, nothing it covers is switched on."""

    program = models.ForeignKey(Program, on_delete=models.PROTECT, related_name="agreements")
    kind = models.CharField(max_length=10, choices=list(papers.AGREEMENT_WORDS.items()))
    counterpart = models.CharField(max_length=160)
    covers = models.JSONField(default=list)
    words = models.CharField(max_length=300, blank=True)
    signed_on = models.DateField()
    ends_on = models.DateField(null=True, blank=True)
    recorded_at = models.DateTimeField()
    recorded_by = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="recorded_agreements")
    ended_on = models.DateField(null=True, blank=True)
    ended_by = models.ForeignKey(
        Membership, on_delete=models.PROTECT, null=True, blank=True, related_name="ended_agreements"
    )
    ended_reason = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(ended_on__isnull=True, ended_by__isnull=True, ended_reason="")
                | (Q(ended_on__isnull=False, ended_by__isnull=False) & ~Q(ended_reason="")),
                name="agreement_end_has_reason",
            )
        ]

    class Privacy:
        identifying: set[str] = set()
        clinical: set[str] = set()
        open = {
            "id", "created_at", "program", "kind", "counterpart", "covers", "words", "signed_on", "ends_on",
            "recorded_at", "recorded_by", "ended_on", "ended_by", "ended_reason",
        }  # fmt: skip

    def paper(self) -> papers.Paper:
        """The agreement as the rules need it."""
        return papers.Paper(
            kind=self.kind,
            counterpart=self.counterpart,
            covers=frozenset(self.covers),
            signed_on=self.signed_on,
            ends_on=self.ends_on,
            ended_on=self.ended_on,
        )

    @property
    def last_on(self) -> date | None:
        """The last day it binds, as far as is known."""
        return self.ended_on or self.ends_on


class LegalProcess(Record):
    """A subpoena, an order, a warrant or a search: what was asked, and what became of it. Alone it opens nothing."""

    class Status(models.TextChoices):
        OPEN = "open", "Open"
        CLOSED = "closed", "Closed"

    program = models.ForeignKey(Program, on_delete=models.PROTECT, related_name="legal_processes")
    kind = models.CharField(max_length=12, choices=list(papers.PAPER_WORDS.items()))
    received_on = models.DateField()
    received_by = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="received_processes")
    from_whom = models.CharField(max_length=200)
    participant = models.ForeignKey(
        Participant, on_delete=models.PROTECT, null=True, blank=True, related_name="legal_processes"
    )
    about = models.CharField(max_length=200, blank=True)
    asks = models.TextField()
    answer_by = models.DateField(null=True, blank=True)
    statute = models.CharField(max_length=4, blank=True, choices=list(papers.STATUTES.items()))
    order_on = models.DateField(null=True, blank=True)
    with_mandate = models.BooleanField(default=False)
    kinds = models.JSONField(default=list)
    told_on = models.DateField(null=True, blank=True)
    heard_on = models.DateField(null=True, blank=True)
    status = models.CharField(max_length=8, choices=Status, default=Status.OPEN)
    closed_at = models.DateTimeField(null=True, blank=True)
    outcome = models.CharField(max_length=300, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(status="open", closed_at__isnull=True, outcome="")
                | (Q(status="closed", closed_at__isnull=False) & ~Q(outcome="")),
                name="legal_process_closed_with_outcome",
            ),
            models.CheckConstraint(
                condition=Q(statute="") | Q(order_on__isnull=False), name="legal_process_order_has_a_day"
            ),
        ]

    class Privacy:
        identifying = {"about", "from_whom"}
        clinical = {"asks", "outcome", "kinds"}
        open = {
            "id", "created_at", "program", "kind", "received_on", "received_by", "participant", "answer_by", "statute",
            "order_on", "with_mandate", "told_on", "heard_on", "status", "closed_at",
        }  # fmt: skip

    def legal(self) -> papers.Legal:
        """The paper as the rules need it."""
        return papers.Legal(
            statute=self.statute,
            with_mandate=self.with_mandate,
            told_on=self.told_on,
            heard_on=self.heard_on,
            kinds=frozenset(self.kinds),
            open=self.status == self.Status.OPEN,
        )


class LegalStep(Record):
    """One thing that happened to a legal paper, in order."""

    process = models.ForeignKey(LegalProcess, on_delete=models.PROTECT, related_name="steps")
    what = models.CharField(max_length=20)
    words = models.CharField(max_length=300, blank=True)
    at = models.DateTimeField()
    by = models.ForeignKey(Membership, on_delete=models.PROTECT)

    class Privacy:
        identifying: set[str] = set()
        clinical = {"what", "words"}
        open = {"id", "created_at", "process", "at", "by"}


class LegalHold(Record):
    """Nothing of this record is destroyed or sealed until it is lifted, for a reason."""

    participant = models.ForeignKey(Participant, on_delete=models.PROTECT, related_name="legal_holds")
    process = models.ForeignKey(
        LegalProcess, on_delete=models.PROTECT, null=True, blank=True, related_name="legal_holds"
    )
    reason = models.CharField(max_length=200)
    from_at = models.DateTimeField()
    placed_by = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="placed_holds")
    lifted_at = models.DateTimeField(null=True, blank=True)
    lifted_by = models.ForeignKey(
        Membership, on_delete=models.PROTECT, null=True, blank=True, related_name="lifted_holds"
    )
    lifted_reason = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(lifted_at__isnull=True, lifted_by__isnull=True, lifted_reason="")
                | (Q(lifted_at__isnull=False, lifted_by__isnull=False) & ~Q(lifted_reason="")),
                name="legal_hold_lifted_with_reason",
            ),
            models.UniqueConstraint(
                fields=["participant", "process"], condition=Q(lifted_at__isnull=True), name="legal_hold_once_for_each"
            ),
        ]

    class Privacy:
        identifying: set[str] = set()
        clinical = {"reason", "lifted_reason"}
        open = {"id", "created_at", "participant", "process", "from_at", "placed_by", "lifted_at", "lifted_by"}


class Seal(Record):
    """A record kept long enough is closed: nothing leaves it, and it may be destroyed by whoever keeps the database."""

    participant = models.OneToOneField(Participant, on_delete=models.PROTECT, related_name="seal")
    kept_until = models.DateField()
    sealed_at = models.DateTimeField()
    sealed_by = models.ForeignKey(Membership, on_delete=models.PROTECT)

    class Privacy:
        identifying: set[str] = set()
        clinical: set[str] = set()
        open = {"id", "created_at", "participant", "kept_until", "sealed_at", "sealed_by"}


class Disclosure(Record):
    """Something left the program: to whom, what, why, on which one basis, and with which notice. Never changed."""

    program = models.ForeignKey(Program, on_delete=models.PROTECT, related_name="disclosures")
    participant = models.ForeignKey(
        Participant, on_delete=models.PROTECT, null=True, blank=True, related_name="disclosures"
    )
    basis = models.CharField(max_length=14, choices=list(release.BASIS_WORDS.items()))
    consent = models.ForeignKey(Consent, on_delete=models.PROTECT, null=True, blank=True, related_name="disclosures")
    agreement = models.ForeignKey(
        Agreement, on_delete=models.PROTECT, null=True, blank=True, related_name="disclosures"
    )
    process = models.ForeignKey(
        LegalProcess, on_delete=models.PROTECT, null=True, blank=True, related_name="disclosures"
    )
    receiver = models.CharField(max_length=18, choices=list(release.RECEIVER_WORDS.items()))
    recipient = models.CharField(max_length=300)
    address = models.CharField(max_length=300, blank=True)
    use = models.CharField(max_length=12, choices=list(release.USE_WORDS.items()))
    purpose = models.CharField(max_length=300)
    kinds = models.JSONField(default=list)
    description = models.CharField(max_length=500)
    first_on = models.DateField(null=True, blank=True)
    last_on = models.DateField(null=True, blank=True)
    notice = models.CharField(max_length=1, blank=True)
    notice_version = models.CharField(max_length=20, blank=True)
    notice_words = models.TextField(blank=True)
    scope = models.TextField(blank=True)
    how = models.CharField(max_length=10, choices=list(release.HOW_WORDS.items()))
    digest = models.CharField(max_length=64)
    by_software = models.BooleanField(default=True)
    made_at = models.DateTimeField()
    made_by = models.ForeignKey(Membership, on_delete=models.PROTECT)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(basis="consent", consent__isnull=False, agreement__isnull=True, process__isnull=True)
                | Q(basis__in=["audit", "qso"], consent__isnull=True, agreement__isnull=False, process__isnull=True)
                | Q(basis="court-order", consent__isnull=True, agreement__isnull=True, process__isnull=False)
                | Q(
                    basis__in=["emergency", "child-report", "own", "internal", "de-identified"],
                    consent__isnull=True, agreement__isnull=True, process__isnull=True,
                ),
                name="disclosure_rests_on_one_basis",
            ),
            models.CheckConstraint(
                condition=Q(basis="de-identified", participant__isnull=True)
                | (~Q(basis="de-identified") & Q(participant__isnull=False)),
                name="disclosure_names_someone_or_nobody",
            ),
            models.CheckConstraint(
                condition=~Q(basis="consent") | (~Q(notice="") & ~Q(notice_words="") & ~Q(scope="")),
                name="disclosure_with_consent_has_notice_and_scope",
            ),
        ]  # fmt: skip
        indexes = [models.Index(fields=["participant", "made_at"], name="disclosure_by_participant")]

    class Privacy:
        identifying = {"recipient", "address", "scope"}
        clinical = {"kinds", "description", "purpose", "first_on", "last_on"}
        open = {
            "id", "created_at", "program", "participant", "basis", "consent", "agreement", "process", "receiver", "use",
            "notice", "notice_version", "notice_words", "how", "digest", "by_software", "made_at", "made_by",
        }  # fmt: skip

    def sent(self) -> release.Sent:
        """The disclosure as the accounting needs it."""
        tpo = self.basis == release.Basis.CONSENT and self.use in release.TPO_USES
        return release.Sent(self.made_at, self.basis, tpo, self.by_software)


class Packet(Record):
    """Exactly what went out with one disclosure."""

    disclosure = models.OneToOneField(Disclosure, on_delete=models.PROTECT, related_name="packet")
    content = models.JSONField()

    class Privacy:
        identifying: set[str] = set()
        clinical = {"content"}
        open = {"id", "created_at", "disclosure"}


class Restriction(Record):
    """The participant asked to hold something back (42 CFR 2.26), and what the program answered."""

    class Status(models.TextChoices):
        ASKED = "asked", "Waiting for an answer"
        AGREED = "agreed", "Agreed"
        DECLINED = "declined", "Declined"
        ENDED = "ended", "Ended by the participant"

    participant = models.ForeignKey(Participant, on_delete=models.PROTECT, related_name="restrictions")
    receiver = models.CharField(max_length=18, blank=True, choices=list(release.RECEIVER_WORDS.items()))
    kinds = models.JSONField(default=list)
    words = models.TextField()
    paid_in_full = models.BooleanField(default=False)
    status = models.CharField(max_length=10, choices=Status, default=Status.ASKED)
    asked_at = models.DateTimeField()
    asked_by = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="asked_restrictions")
    decided_at = models.DateTimeField(null=True, blank=True)
    decided_by = models.ForeignKey(
        Membership, on_delete=models.PROTECT, null=True, blank=True, related_name="decided_restrictions"
    )
    reason = models.CharField(max_length=300, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(status="asked", decided_at__isnull=True)
                | Q(status__in=["agreed", "declined", "ended"], decided_at__isnull=False, decided_by__isnull=False),
                name="restriction_decided_by_someone",
            ),
            models.CheckConstraint(
                condition=Q(status="ended", ended_at__isnull=False) | (~Q(status="ended") & Q(ended_at__isnull=True)),
                name="restriction_ended_once",
            ),
        ]

    class Privacy:
        identifying: set[str] = set()
        clinical = {"receiver", "kinds", "words", "reason"}
        open = {
            "id", "created_at", "participant", "paid_in_full", "status", "asked_at", "asked_by", "decided_at",
            "decided_by", "ended_at",
        }  # fmt: skip


class RightsRequest(Record):
    """The participant asked for a list of who received their records; it is answered within thirty days."""

    participant = models.ForeignKey(Participant, on_delete=models.PROTECT, related_name="rights_requests")
    kind = models.CharField(max_length=16, choices=list(release.ASKED_WORDS.items()))
    asked_at = models.DateTimeField()
    asked_by = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="asked_requests")
    due_on = models.DateField()
    answered_at = models.DateTimeField(null=True, blank=True)
    answered_by = models.ForeignKey(
        Membership, on_delete=models.PROTECT, null=True, blank=True, related_name="answered_requests"
    )
    how = models.CharField(max_length=10, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["participant", "kind"], condition=Q(answered_at__isnull=True), name="rights_request_open_once"
            ),
            models.CheckConstraint(
                condition=Q(answered_at__isnull=True, answered_by__isnull=True)
                | Q(answered_at__isnull=False, answered_by__isnull=False),
                name="rights_request_answered_by_someone",
            ),
        ]

    class Privacy:
        identifying: set[str] = set()
        clinical: set[str] = set()
        open = {
            "id", "created_at", "participant", "kind", "asked_at", "asked_by", "due_on", "answered_at", "answered_by",
            "how",
        }  # fmt: skip
