"""Counseling notes of the viewer about one person: the list, a new one, and one of them."""

from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from openiop.base.errors import Refused
from openiop.base.rules import local_day
from openiop.consents import actions as consents
from openiop.consents.access import opens
from openiop.consents.queries import Opened
from openiop.consents.rules import Kind
from openiop.counseling import actions, queries, rules
from openiop.counseling.forms import ChangeForm, NoteForm
from openiop.counseling.models import CounselingNote
from openiop.programs.access import Request, require
from openiop.programs.rules import Permission
from openiop.ui.access import once
from openiop.ui.pages import page, say


@once
@opens(Permission.WRITE_COUNSELING_NOTES, Kind.CONTACT)
@require_http_methods(["GET", "POST"])
def list_(request: Request, opened: Opened) -> HttpResponse:
    """The viewer's own notes about the person by day, and a new one; what they say is not on this page."""
    at = timezone.now()
    today = local_day(at, opened.participant.program.zone)
    form = NoteForm(request.POST if request.method == "POST" else None, initial={"about_on": today})
    if form.is_valid():
        try:
            made = actions.write_note(
                participant=opened.participant,
                words=form.cleaned_data["sealed_words"],
                about_on=form.cleaned_data["about_on"],
                by=request.viewer,
                at=at,
            )
        except Refused as refusal:
            form.refuse(refusal.reasons)
        else:
            say(request, "Kept as a draft. Only you can read it.")
            return redirect("counseling:note", made.pk)
    context = {
        "opened": opened,
        "form": form,
        "notes": queries.mine(request.viewer, opened.participant.pk),
        "belongs": rules.BELONGS,
        "elsewhere": rules.ELSEWHERE,
    }
    return page(request, "counseling/list.html", context, partial="main", ok=not form.errors)


@require(Permission.WRITE_COUNSELING_NOTES, CounselingNote, program="participant__program")
@require_http_methods(["GET", "POST"])
def note(request: Request, note_id: UUID) -> HttpResponse:
    """One note, for its author alone: a draft to change or sign, or what was signed."""
    at = timezone.now()
    read = queries.note_for(request.viewer, note_id, at)
    consents.log_read(opened=read.opened, page="counseling:note", by=request.viewer, at=at)
    form = ChangeForm(request.POST if request.method == "POST" else None, initial={"sealed_words": read.words})
    if read.note.signed_at is not None and request.method == "POST":
        return redirect("counseling:note", read.note.pk)  # sent twice: it stands as it was signed
    if form.is_valid():
        words = form.cleaned_data["sealed_words"]
        actions.change_note(note=read.note, words=words, by=request.viewer, at=at)
        if "sign" in request.POST:
            actions.sign_note(note=read.note, by=request.viewer, at=at)
        say(request, "Signed. Only you can read it." if "sign" in request.POST else "Saved. Only you can read it.")
        return redirect("counseling:note", read.note.pk)
    context = {"opened": read.opened, "note": read.note, "words": read.words, "form": form}
    context |= {"belongs": rules.BELONGS, "elsewhere": rules.ELSEWHERE}
    return page(request, "counseling/note.html", context, partial="main", ok=not form.errors)
