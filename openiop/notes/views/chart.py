"""Notes in the chart: the list, and one note with its addenda."""

from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from openiop.attendance import queries as attendance
from openiop.base.errors import Refused
from openiop.consents import actions as consents
from openiop.consents.access import opens
from openiop.consents.queries import Opened
from openiop.consents.rules import Kind
from openiop.notes import actions, queries
from openiop.notes.forms import AddendumForm
from openiop.notes.models import PersonNote
from openiop.programs.access import Request, require
from openiop.programs.rules import Permission
from openiop.ui import actions as drafts
from openiop.ui import queries as kept
from openiop.ui.access import once, owner_of
from openiop.ui.pages import page, say


@opens(Permission.READ_NOTES, Kind.NOTES)
@require_safe
def list_(request: Request, opened: Opened) -> HttpResponse:
    """Every note of this stay, newest first; drafts say so."""
    notes = list(queries.notes_of(opened.episode.pk)) if opened.episode else []
    objectives = queries.words_of_ties(notes)
    return page(request, "notes/list.html", {"opened": opened, "notes": notes, "objectives": objectives})


@once
@require(Permission.READ_NOTES, PersonNote, "note__session__program")
@require_http_methods(["GET", "POST"])
def note(request: Request, part_id: UUID) -> HttpResponse:
    """One person's note, exactly as signed, with what was added since; a POST adds an addendum."""
    at = timezone.now()
    part, opened = queries.note_for(request.viewer, part_id, at)
    key = f"notes.note:{part.pk}:words"
    form = AddendumForm(request.POST or None)
    may_add = request.viewer.may(Permission.WRITE_NOTES)
    if request.method == "POST" and may_add and form.is_valid():
        try:
            actions.add_addendum(part=part, words=form.cleaned_data["words"], by=request.viewer, at=at)
            drafts.end_drafts(owner_id=owner_of(request), key_prefix=f"notes.note:{part.pk}", at=at)
            say(request, "Addendum signed.")
            return redirect("notes:note", part_id=part.pk)
        except Refused as refusal:
            form.add_error("words", refusal.reasons)
    consents.log_read(opened=opened, page="notes:note", by=request.viewer, at=at)
    presence = attendance.presence(part.note.session_id, part.episode_id)
    context = {
        "part": part,
        "opened": opened,
        "form": form,
        "key": key,
        "drafts": kept.drafts_for(owner_of(request), [key]),
        "may_add": may_add,
        "presence": presence,
        "corrected": part.status == "signed" and (presence is None or presence.pk != part.presence_id),
    }
    return page(request, "notes/note.html", context, ok=not form.errors)
