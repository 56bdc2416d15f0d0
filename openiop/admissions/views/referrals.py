"""Referrals: files in, who waits for a decision, and what of each was used."""

from typing import Any
from uuid import UUID

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from openiop.admissions import actions, queries
from openiop.admissions.models import Referral
from openiop.admissions.rules import referral as rules
from openiop.base.errors import Refused
from openiop.programs.access import Request, require
from openiop.programs.rules import Permission
from openiop.ui.pages import page, say

PACKED = 64 * 1024 * 1024  # bytes of one upload; the reader bounds what it unpacks to


class Files(forms.FileInput):
    """A chooser for one file or several."""

    allow_multiple_selected = True


class FilesField(forms.FileField):
    """Several files at once, each within the size one referral may have."""

    widget = Files

    def clean(self, data: Any, initial: Any = None) -> "list[UploadedFile[bytes]]":
        """The files, or a sentence beside the field."""
        found = data if isinstance(data, list) else [data] if data else []
        if not found:
            raise forms.ValidationError("Choose at least one file.")
        if any((each.size or 0) > PACKED for each in found):
            raise forms.ValidationError("A file may have 64 MB at most.")
        return [super(FilesField, self).clean(each, initial) for each in found]


class UploadForm(forms.Form):
    """Referral files, each by itself or together as one export."""

    sent = FilesField(
        label="Referral files",
        help_text="FHIR R4: a Bundle, an NDJSON export or single resources; JSON or XML, zipped (.gz) or not.",
        widget=Files(attrs={"multiple": True, "accept": ".json,.gz,.xml,.ndjson"}),
    )
    together = forms.BooleanField(
        required=False, label="These files are one export", help_text="They are joined by reference."
    )


class DecideForm(forms.Form):
    """What a held referral is."""

    decision = forms.ChoiceField(
        label="This referral is",
        choices=list(rules.DECISIONS.items()),
        widget=forms.RadioSelect,
        error_messages={"required": "Choose what this referral is."},
    )
    words = forms.CharField(
        label="How I know",
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="Needed to set it aside.",
    )


def _taken(request: Request, form: UploadForm) -> bool:
    """Import what was sent; each broken file says where and why beside the field. True where all came in."""
    files: list[UploadedFile[bytes]] = form.cleaned_data["sent"]
    together = form.cleaned_data["together"]
    held = [{str(each.name): each.read() for each in files}] if together else [{str(f.name): f.read()} for f in files]
    people = 0
    for batch in held:
        try:
            done = actions.import_referrals(
                program=request.viewer.program, files=batch, together=together, by=request.viewer, at=timezone.now()
            )
        except actions.Unreadable as why:
            form.add_error("sent", f"{why.file}, at {why.where}: {' '.join(why.reasons)} Nothing of it was kept.")
            continue
        people += len(done.rows)
        if not done.rows:
            form.add_error("sent", f"{', '.join(batch)}: nobody is referred in it. {' '.join(done.sentences[:3])}")
    if people:
        say(request, "1 person came in" if people == 1 else f"{people} people came in")
    return not form.errors


@require(Permission.IMPORT_REFERRALS)
@require_http_methods(["GET", "POST"])
def referrals(request: Request) -> HttpResponse:
    """Bring files in; see who waits for a decision and who came in last."""
    form = UploadForm(request.POST, request.FILES) if request.method == "POST" else UploadForm()
    if request.method == "POST" and form.is_valid() and _taken(request, form):
        return redirect("admissions:referrals")
    waiting = list(queries.referrals(request.viewer.program_id, waiting=True))
    recent = list(queries.referrals(request.viewer.program_id, waiting=False)[:50])
    actions.log_arrivals(rows=[*waiting, *recent], page="admissions:referrals", by=request.viewer, at=timezone.now())
    names = {row.pk: rules.fields_of(row.person)["legal_name"] for row in [*waiting, *recent]}
    context = {"form": form, "waiting": waiting, "recent": recent, "names": names}
    return page(request, "admissions/referrals.html", context, ok=not form.errors)


@require(Permission.IMPORT_REFERRALS, Referral)
@require_http_methods(["GET", "POST"])
def referral(request: Request, referral_id: UUID) -> HttpResponse:
    """One referral: what the sender told, what was used and left, and the decision where it waits."""
    at = timezone.now()
    row = queries.referral_for(request.viewer, referral_id, at)
    form = DecideForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            actions.decide_referral(referral=row, **form.cleaned_data, by=request.viewer, at=at)
            say(request, "Decided")
            return redirect("admissions:referral", referral_id=row.pk)
        except Refused as refusal:
            form.add_error(None, refusal.reasons)
            row = queries.referral_for(request.viewer, referral_id, at)
    likely = [row.likely] if row.likely is not None else []
    actions.log_arrivals(rows=[row], others=likely, page="admissions:referral", by=request.viewer, at=at)
    context = {
        "referral": row,
        "who": rules.fields_of(row.person),
        "facts": rules.by_kind(row.facts),
        "waits": row.status == Referral.Status.HELD,
        "form": form,
        "decisions": rules.DECISIONS,
    }
    return page(request, "admissions/referral.html", context, ok=not form.errors)
