"""Writing, changing and signing a counseling note. No event holds a word of one."""

import secrets
from datetime import date, datetime
from uuid import uuid4

from django.conf import settings
from django.db import transaction

from openiop.audit import actions as audit
from openiop.base.errors import Refused
from openiop.base.rules import local_day
from openiop.counseling import rules
from openiop.counseling.models import CounselingNote
from openiop.participants.models import Participant
from openiop.programs.models import Membership
from openiop.programs.rules import Permission


def _sealed(words: str, note_id: object) -> tuple[str, str]:
    key = settings.NOTES_KEYS[0]
    nonce = secrets.token_bytes(rules.NONCE)
    return rules.seal(words.strip(), about=str(note_id), secret=key, nonce=nonce), rules.key_id(key)


def _record(what: str, note: CounselingNote, by: Membership, at: datetime) -> None:
    audit.record(what=what, about=note, by=by, at=at, participant_id=note.participant_id)


@transaction.atomic
def write_note(
    *,
    participant: Participant,
    words: str,
    about_on: date,
    by: Membership,
    at: datetime,
) -> CounselingNote:
    """A draft is kept, sealed; its author alone reads it."""
    may = by.program_id == participant.program_id and by.may(Permission.WRITE_COUNSELING_NOTES)
    reasons = rules.why_not_write(words=words, signed=False, author=may)
    if about_on > local_day(at, participant.program.zone):
        reasons.append("The conversation was today or earlier.")
    if reasons:
        raise Refused(reasons)
    key = uuid4()
    sealed, sealed_by = _sealed(words, key)
    note = CounselingNote.objects.create(
        id=key,
        participant=participant,
        author=by,
        about_on=about_on,
        sealed=sealed,
        sealed_by=sealed_by,
        written_at=at,
        changed_at=at,
    )
    _record("counseling.written", note, by, at)
    return note


@transaction.atomic
def change_note(*, note: CounselingNote, words: str, by: Membership, at: datetime) -> CounselingNote:
    """The draft says this now, sealed with the newest key."""
    note = CounselingNote.objects.select_for_update().get(pk=note.pk)
    author = by.pk == note.author_id
    if reasons := rules.why_not_write(words=words, signed=note.signed_at is not None, author=author):
        raise Refused(reasons)
    note.sealed, note.sealed_by = _sealed(words, note.pk)
    note.changed_at = at
    note.save(update_fields=["sealed", "sealed_by", "changed_at"])
    _record("counseling.changed", note, by, at)
    return note


@transaction.atomic
def sign_note(*, note: CounselingNote, by: Membership, at: datetime) -> CounselingNote:
    """The note is frozen as its author left it."""
    note = CounselingNote.objects.select_for_update().get(pk=note.pk)
    if reasons := rules.why_not_sign(signed=note.signed_at is not None, author=by.pk == note.author_id):
        raise Refused(reasons)
    note.signed_at = at
    note.save(update_fields=["signed_at"])
    _record("counseling.signed", note, by, at)
    return note
