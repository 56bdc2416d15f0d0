"""SUD counseling notes (42 CFR 2.11): a table and a key of their own."""

from django.db import models
from django.db.models import Q

from openiop.base.models import Record
from openiop.participants.models import Participant
from openiop.programs.models import Membership


class CounselingNote(Record):
    """One note about a conversation, sealed: a draft until its author signs it, then frozen. It is in no chart."""

    participant = models.ForeignKey(Participant, on_delete=models.PROTECT, related_name="counseling_notes")
    author = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="counseling_notes")
    about_on = models.DateField()
    sealed = models.TextField()
    sealed_by = models.CharField(max_length=8)  # the short name of the key
    written_at = models.DateTimeField()
    changed_at = models.DateTimeField()
    signed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [models.CheckConstraint(condition=~Q(sealed=""), name="counseling_note_is_sealed")]

    class Privacy:
        identifying: set[str] = set()
        clinical = {"sealed"}
        open = {
            "id", "created_at", "participant", "author", "about_on", "sealed_by", "written_at", "changed_at",
            "signed_at",
        }  # fmt: skip
