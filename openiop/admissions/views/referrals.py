"""Referrals: files in, who waits for a decision, and what of each was used."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
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
    """What a held referral is; where it may be someone known, whom."""

    who = forms.ChoiceField(label="Known here", widget=forms.RadioSelect, required=False)
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

    def __init__(self, *args: Any, candidates: Sequence[queries.Alike], waits: bool = True, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.people = {str(one.participant.pk): one.participant for one in candidates}
        who, decision = self.fields["who"], self.fields["decision"]
        assert isinstance(who, forms.ChoiceField)
        assert isinstance(decision, forms.ChoiceField)
        who.choices = [(key, f"Record {person.number}") for key, person in self.people.items()]
        if waits and not self.people:
            decision.choices = [one for one in rules.DECISIONS.items() if one[0] != "same"]

    def clean(self) -> dict[str, Any]:
        """Where several may be the person, the one meant is named."""
        data = super().clean() or {}
        if data.get("decision") == "same" and not data.get("who") and "who" not in self.errors:
            if len(self.people) > 1:
                self.add_error("who", "Choose whose record it is.")
            else:
                data["who"] = next(iter(self.people), "")
        return data


class TakeBackForm(forms.Form):
    """Why a referral does not belong to the record it stands on."""

    words = forms.CharField(
        label="Why it does not belong here",
        widget=forms.Textarea(attrs={"rows": 2}),
        error_messages={"required": "Say why it is taken back."},
        max_length=2000,
    )


def _taken(request: Request, form: UploadForm) -> bool:
    """Import what was sent; each broken file says where and why beside the field. True where all came in."""
    files: list[UploadedFile[bytes]] = form.cleaned_data["sent"]
    together = form.cleaned_data["together"]
    named = rules.apart([str(each.name) for each in files])
    read = [(name, each.read()) for name, each in zip(named, files, strict=True)]
    held = [dict(read)] if together else [{name: data} for name, data in read]
    before = queries.referral_count(request.viewer.program_id)
    rows: dict[UUID, Referral] = {}
    for batch in held:
        try:
            done = actions.import_referrals(
                program=request.viewer.program, files=batch, together=together, by=request.viewer, at=timezone.now()
            )
        except actions.Unreadable as why:
            form.add_error("sent", f"{why.file}, at {why.where}: {' '.join(why.reasons)} Nothing of it was kept.")
            continue
        rows |= {row.pk: row for row in done.rows}
        if not done.rows:
            form.add_error("sent", f"{', '.join(batch)}: nobody is referred in it. {' '.join(done.sentences[:3])}")
    if rows:
        new = queries.referral_count(request.viewer.program_id) - before
        waiting = sum(row.status == Referral.Status.HELD for row in rows.values())
        messages.success(request, rules.said_of(new=new, known=len(rows) - new, waiting=waiting))
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
    waits = row.status == Referral.Status.HELD
    found = queries.candidates(row) if waits else []
    form = DecideForm(request.POST or None, candidates=found, waits=waits)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            actions.decide_referral(
                referral=row,
                decision=given["decision"],
                same_as=form.people.get(given["who"]),
                words=given["words"],
                by=request.viewer,
                at=at,
            )
            say(request, "Decided")
            return redirect("admissions:referral", referral_id=row.pk)
        except Refused as refusal:
            form.add_error(None, refusal.reasons)
            row = queries.referral_for(request.viewer, referral_id, at)
    return _one(request, row, found, at, form=form)


@require(Permission.IMPORT_REFERRALS, Referral)
@require_http_methods(["POST"])
def take_back(request: Request, referral_id: UUID) -> HttpResponse:
    """A referral that stands on the wrong record is taken back from it, with the reason."""
    at = timezone.now()
    row = queries.referral_for(request.viewer, referral_id, at)
    form = TakeBackForm(request.POST)
    if form.is_valid():
        try:
            actions.take_back_referral(referral=row, words=form.cleaned_data["words"], by=request.viewer, at=at)
            say(request, "Taken back. It waits for a decision.")
            return redirect("admissions:referral", referral_id=row.pk)
        except Refused as refusal:
            form.add_error(None, refusal.reasons)
    return _one(request, row, [], at, back=form)


def _one(
    request: Request,
    row: Referral,
    found: Sequence[queries.Alike],
    at: datetime,
    *,
    form: DecideForm | None = None,
    back: TakeBackForm | None = None,
) -> HttpResponse:
    """One referral's page, with the form that was refused in the place of its empty one."""
    others = [one.participant for one in found]
    actions.log_arrivals(rows=[row], others=others, page="admissions:referral", by=request.viewer, at=at)
    form = form or DecideForm(candidates=found)
    back = back or TakeBackForm(auto_id="back_%s")
    context = {
        "referral": row,
        "who": rules.fields_of(row.person),
        "facts": rules.by_kind(row.facts),
        "waits": row.status == Referral.Status.HELD,
        "form": form,
        "back": back,
        "found": found,
        "decisions": rules.DECISIONS,
        "enquiry": queries.begun_by(row) if request.viewer.may(Permission.WORK_ENQUIRIES) else None,
    }
    return page(request, "admissions/referral.html", context, ok=not form.errors and not back.errors)
