"""Notes in the chart: the list, and one note with its addenda."""

from datetime import datetime
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from openiop.attendance import queries as attendance
from openiop.base.errors import Refused
from openiop.consents import actions as consents
from openiop.consents import queries as guard
from openiop.consents.access import opens
from openiop.consents.queries import Opened
from openiop.consents.rules import KEPT_BACK, LABEL_WORDS, Kind
from openiop.notes import actions, queries
from openiop.notes.forms import AddendumForm, MarkForm
from openiop.notes.models import PersonNote
from openiop.programs.access import Request, require
from openiop.programs.rules import Permission, Role
from openiop.ui import actions as drafts
from openiop.ui import queries as kept
from openiop.ui.access import once, owner_of
from openiop.ui.pages import page, say

PER_PAGE = 40


@opens(Permission.READ_NOTES, Kind.NOTES)
@require_safe
def list_(request: Request, opened: Opened) -> HttpResponse:
    """Every note of this stay, newest first, some on each page; drafts say so."""
    rows = queries.notes_of(opened.episode.pk if opened.episode else None)
    shown = Paginator(rows, PER_PAGE).get_page(request.GET.get("page"))
    notes = list(shown)
    context = {
        "opened": opened,
        "notes": notes,
        "shown": shown,
        "objectives": queries.words_of_ties(notes),
        "kept": queries.kept_back(opened.access, notes),
        "kept_back": KEPT_BACK,
    }
    return page(request, "notes/list.html", context)


@once
@require(Permission.READ_NOTES, PersonNote, "note__session__program")
@require_http_methods(["GET", "POST"])
def note(request: Request, part_id: UUID) -> HttpResponse:
    """One person's note, exactly as signed, with what was added since; a POST adds an addendum."""
    at = timezone.now()
    part, opened = queries.note_for(request.viewer, part_id, at)
    kept_from = part.pk in queries.kept_back(opened.access, [part]) and not queries.wrote(part, request.viewer)
    form = AddendumForm(request.POST or None)
    may_add = request.viewer.may(Permission.WRITE_NOTES) and not kept_from
    if request.method == "POST" and may_add and form.is_valid():
        try:
            actions.add_addendum(part=part, words=form.cleaned_data["words"], by=request.viewer, at=at)
            drafts.end_drafts(owner_id=owner_of(request), key_prefix=f"notes.note:{part.pk}", at=at)
            say(request, "Addendum signed.")
            return redirect("notes:note", part_id=part.pk)
        except Refused as refusal:
            form.add_error("words", refusal.reasons)
    return _note(request, part, opened, at, form=form)


@require(Permission.WRITE_NOTES, PersonNote, "note__session__program")
@require_POST
def mark(request: Request, part_id: UUID) -> HttpResponse:
    """The note is marked as sensitive, or no longer; its words stay as they are."""
    at = timezone.now()
    part, opened = queries.note_for(request.viewer, part_id, at)
    if not (queries.wrote(part, request.viewer) or Role.SUPERVISOR in request.viewer.roles):
        raise PermissionDenied("Whoever wrote it marks it, or a supervisor.")
    form = MarkForm(request.POST)
    if form.is_valid():
        sent = form.cleaned_data
        try:
            actions.mark_part(part=part, word=sent["label"], reason=sent["reason"], by=request.viewer, at=at)
            say(request, "Marked.")
            return redirect("notes:note", part_id=part.pk)
        except Refused as refusal:
            for reason in refusal.reasons:
                form.add_error("reason" if "why" in reason else "label", reason)
    return _note(request, part, opened, at, mark=form)


def _note(
    request: Request,
    part: PersonNote,
    opened: Opened,
    at: datetime,
    *,
    form: AddendumForm | None = None,
    mark: MarkForm | None = None,
) -> HttpResponse:
    key = f"notes.note:{part.pk}:words"
    wrote = queries.wrote(part, request.viewer)
    kept_from = part.pk in queries.kept_back(opened.access, [part]) and not wrote
    marks = guard.label_history(queries.ITEM, part.pk)
    label = marks[-1].word if marks else ""
    consents.log_read(opened=opened, page="notes:note", by=request.viewer, at=at)
    presence = attendance.presence(part.note.session_id, part.episode_id)
    context = {
        "part": part,
        "opened": opened,
        "form": form or AddendumForm(),
        "kept": kept_from,
        "kept_back": KEPT_BACK,
        "mark": mark or MarkForm(initial={"label": label}, auto_id="mark-%s"),
        "marks": marks,
        "label": label,
        "label_words": LABEL_WORDS,
        "may_mark": wrote or Role.SUPERVISOR in request.viewer.roles,
        "key": key,
        "drafts": kept.drafts_for(owner_of(request), [key]),
        "may_add": request.viewer.may(Permission.WRITE_NOTES) and not kept_from,
        "presence": presence,
        "corrected": part.status == "signed" and (presence is None or presence.pk != part.presence_id),
    }
    return page(request, "notes/note.html", context, ok=not any(one is not None and one.errors for one in (form, mark)))
