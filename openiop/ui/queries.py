"""Reads of drafts and held forms; every one starts from the owner."""

from collections.abc import Iterable
from datetime import tzinfo
from uuid import UUID

from django.db.models import Q
from django.shortcuts import get_object_or_404

from openiop.ui import rules
from openiop.ui.models import Draft, HeldForm, Sent


class Typed:
    """The drafts of the long fields of one page, found by where they stand; asked once, and only if there is one."""

    def __init__(self, owner_id: str, stem: str, zone: tzinfo | str) -> None:
        self.owner_id, self.stem, self.zone = owner_id, stem, zone
        self._found: dict[str, Draft] | None = None

    def key(self, field: str) -> str:
        """The name the text of this field is kept under."""
        return f"{self.stem}:{field}"

    def draft(self, field: str) -> Draft | None:
        """The open draft of this field, or None."""
        if self._found is None:
            mine = Draft.objects.filter(owner_id=self.owner_id, ended_at__isnull=True)
            rows = mine.filter(key__startswith=f"{self.stem}:").order_by("key", "pk")
            self._found = {row.key: row for row in rows}
        return self._found.get(self.key(field))


def drafts_for(owner_id: str, keys: Iterable[str]) -> dict[str, Draft]:
    """The owner's open draft under each key, where there is one; `others` counts versions kept beside it."""
    wanted = list(keys)
    named = Q(key__in=wanted)
    for key in wanted:
        named |= Q(key__startswith=f"{key}#")
    found: dict[str, Draft] = {}
    if wanted:
        # The plain key sorts before its forks, so it is the one that is offered.
        for draft in Draft.objects.filter(named, owner_id=owner_id, ended_at__isnull=True).order_by("key", "pk"):
            first = found.setdefault(rules.root(draft.key), draft)
            first.others += first is not draft
    return found


def draft_for(owner_id: str, draft_id: UUID) -> Draft:
    """The owner's own open draft, or 404."""
    return get_object_or_404(Draft, pk=draft_id, owner_id=owner_id, ended_at__isnull=True)


def versions_of(draft: Draft) -> list[Draft]:
    """Every open version of the same text, the plain one first."""
    root = rules.root(draft.key)
    same = Draft.objects.filter(Q(key=root) | Q(key__startswith=f"{root}#"), owner_id=draft.owner_id)
    return list(same.filter(ended_at__isnull=True).order_by("key", "pk"))


def held_for(owner_id: str) -> list[HeldForm]:
    """The owner's forms that wait to be sent again, newest first."""
    return list(HeldForm.objects.filter(owner_id=owner_id, released_at__isnull=True).order_by("-held_at", "pk"))


def held_form_for(owner_id: str, held_id: UUID) -> HeldForm:
    """The owner's own waiting form, or 404."""
    return get_object_or_404(HeldForm, pk=held_id, owner_id=owner_id, released_at__isnull=True)


def sending(sent_id: UUID) -> Sent | None:
    """How a form that is being taken stands now; None where it was not taken."""
    return Sent.objects.filter(pk=sent_id).first()
