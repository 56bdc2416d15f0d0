"""Counseling notes of one author; nobody else's are ever loaded."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.db.models import QuerySet
from django.http import Http404

from openiop.consents import queries as consents
from openiop.consents.queries import Opened
from openiop.consents.rules import Kind
from openiop.counseling import rules
from openiop.counseling.models import CounselingNote
from openiop.programs.models import Membership
from openiop.programs.rules import Permission


def mine(viewer: Membership, participant_id: UUID) -> QuerySet[CounselingNote]:
    """The viewer's own notes about this person, newest first, with nothing of their words."""
    rows = CounselingNote.objects.filter(author=viewer, participant_id=participant_id).defer("sealed")
    return rows.order_by("-about_on", "-written_at", "pk")


@dataclass(frozen=True)
class Read:
    """One note as its author reads it."""

    note: CounselingNote
    words: str
    opened: Opened


def note_for(viewer: Membership, note_id: UUID, at: datetime) -> Read:
    """The note, opened for its author; a stranger gets 404, any colleague 403, whatever their role."""
    rows = CounselingNote.objects.filter(pk=note_id, participant__program_id=viewer.program_id)
    note = rows.select_related("participant__program", "author").first()
    if note is None:
        raise Http404
    opened = consents.open_record(
        viewer,
        note.participant_id,
        Kind.COUNSELING_NOTES,
        at,
        Permission.WRITE_COUNSELING_NOTES,
        author=note.author_id == viewer.pk,
    )
    return Read(note, rules.unseal(note.sealed, about=str(note.pk), secrets=settings.NOTES_KEYS), opened)
