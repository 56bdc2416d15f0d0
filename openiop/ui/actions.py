"""Keep what people type: save and end drafts, hold and release forms. Nothing typed is overwritten unseen."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from secrets import token_hex
from uuid import UUID

from django.db import transaction
from django.db.models import F, Q

from openiop.base.errors import Refused
from openiop.ui import processes, rules
from openiop.ui.models import Draft, HeldForm, Sent


@transaction.atomic
def save_draft(*, owner_id: str, key: str, text: str, version: int, at: datetime) -> Draft:
    """The text is kept under the key; where the version is stale, beside the newer text and under a key of its own.

    `version` is the one the writer last saw, 0 for none. A returned draft whose key differs from the one asked for
    is such a fork: the writer goes on saving under its key.
    """
    if reasons := rules.why_not_keep(key=key, text=text):
        raise Refused(reasons)
    kept = _open(owner_id, key)
    if kept is None and version:
        ended = Draft.objects.filter(owner_id=owner_id, key=key).order_by("-ended_at", "pk").first()
        if ended and ended.text == text:
            return ended  # a late answer to a tab whose text was signed or let go
    if kept is None:
        # Two tabs may begin at once: the constraint lets one in, and the other meets it below.
        fresh = Draft(owner_id=owner_id, key=key, text=text, saved_at=at)
        Draft.objects.bulk_create([fresh], ignore_conflicts=True)
        kept = Draft.objects.get(owner_id=owner_id, key=key, ended_at__isnull=True)
    if kept.text == text:
        return kept
    mine = Draft.objects.filter(owner_id=owner_id, key=key, ended_at__isnull=True, version=version)
    if mine.update(text=text, version=F("version") + 1, saved_at=at):
        return Draft.objects.get(owner_id=owner_id, key=key, ended_at__isnull=True)
    own = f"{rules.root(key)}#{token_hex(4)}"
    return Draft.objects.create(owner_id=owner_id, key=own, text=text, saved_at=at)


@transaction.atomic
def end_drafts(*, owner_id: str, key_prefix: str, at: datetime) -> int:
    """Every open draft under the key, below it, or forked from it is ended and kept; returns how many."""
    stem = key_prefix.rstrip(":")
    below = Q(key=stem) | Q(key__startswith=f"{stem}:") | Q(key__startswith=f"{stem}#")
    return Draft.objects.filter(below, owner_id=owner_id, ended_at__isnull=True).update(ended_at=at)


@transaction.atomic
def restore_draft(*, owner_id: str, draft_id: UUID, at: datetime) -> None:
    """The draft stands in its field again when the page is next opened."""
    Draft.objects.filter(pk=draft_id, owner_id=owner_id, ended_at__isnull=True).update(restored_at=at)


@transaction.atomic
def let_draft_go(*, owner_id: str, draft_id: UUID, at: datetime) -> None:
    """The draft is no longer offered; letting go twice changes nothing."""
    Draft.objects.filter(pk=draft_id, owner_id=owner_id, ended_at__isnull=True).update(ended_at=at)


@transaction.atomic
def choose_draft(*, draft: Draft, at: datetime) -> Draft:
    """Of several versions of one text this one goes on under the plain key, restored; the others are ended and kept."""
    key = rules.root(draft.key)
    newest = Draft.objects.filter(owner_id=draft.owner_id, key=key).order_by("-version", "pk").first()
    end_drafts(owner_id=draft.owner_id, key_prefix=key, at=at)
    return Draft.objects.create(
        owner_id=draft.owner_id,
        key=key,
        text=draft.text,
        version=newest.version + 1 if newest else 1,
        saved_at=at,
        restored_at=at,
    )


@transaction.atomic
def hold_form(*, owner_id: str, path: str, fields: Iterable[tuple[str, str]], at: datetime) -> HeldForm:
    """What was sent to the path is kept for its sender, without passwords, codes and tokens."""
    pairs = rules.keepable(fields)
    waiting = HeldForm.objects.filter(owner_id=owner_id, released_at__isnull=True)
    if reasons := rules.why_not_hold(path=path, pairs=pairs, already=waiting.count()):
        raise Refused(reasons)
    same = waiting.filter(path=path, fields=[list(pair) for pair in pairs]).order_by("held_at", "pk").first()
    return same or HeldForm.objects.create(owner_id=owner_id, path=path, fields=pairs, held_at=at)


@transaction.atomic
def release_held_form(*, owner_id: str, held_id: UUID, at: datetime) -> None:
    """The form no longer waits and what was typed into it is emptied: it was sent, or let go."""
    waiting = HeldForm.objects.filter(pk=held_id, owner_id=owner_id, released_at__isnull=True)
    waiting.update(released_at=at, fields=[])


@transaction.atomic
def take_form(*, owner_id: str, mark: str, lasts: timedelta, at: datetime) -> tuple[Sent, bool]:
    """The sending that stands under the mark, and whether it is this one: then it is to be answered, or let go.

    One whose server process died before it answered made nothing, so it is taken up at once.
    """
    Sent.objects.filter(owner_id=owner_id, sent_at__lt=at - rules.SAME_FORM).delete()
    fresh = Sent(owner_id=owner_id, mark=mark, sent_at=at, taken_by=processes.this())
    Sent.objects.bulk_create([fresh], ignore_conflicts=True)  # two at once: the constraint lets one in
    row = Sent.objects.select_for_update().get(owner_id=owner_id, mark=mark)
    if row.pk == fresh.pk:
        return row, True
    cut_off = not row.status and processes.is_gone(row.taken_by)
    if not cut_off and rules.is_sent_again(sent_at=row.sent_at, at=at, lasts=lasts, answered=bool(row.status)):
        return row, False
    row.sent_at, row.status, row.location, row.taken_by = at, 0, "", processes.this()
    row.save(update_fields=["sent_at", "status", "location", "taken_by"])
    return row, True


@transaction.atomic
def answer_form(*, sent: Sent, status: int, location: str) -> None:
    """The sending was taken; whoever sends the same again is answered alike."""
    Sent.objects.filter(pk=sent.pk).update(status=status, location=location)


@transaction.atomic
def let_sending_go(*, sent: Sent) -> None:
    """The sending was not taken, so the same form may be sent again."""
    Sent.objects.filter(pk=sent.pk).delete()


def _open(owner_id: str, key: str) -> Draft | None:
    """The owner's open draft under exactly this key."""
    return Draft.objects.filter(owner_id=owner_id, key=key, ended_at__isnull=True).first()
