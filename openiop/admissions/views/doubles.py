"""Records that may be one person: side by side, read together, parted again."""

from datetime import datetime
from uuid import UUID

from django import forms
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_safe

from openiop.admissions import actions, queries
from openiop.base.errors import Refused
from openiop.consents import actions as consents
from openiop.consents import queries as guard
from openiop.consents.rules import Kind
from openiop.participants import actions as people
from openiop.participants import queries as participants
from openiop.participants.models import Merge, Participant
from openiop.programs.access import Request, require
from openiop.programs.rules import Permission
from openiop.ui.access import once
from openiop.ui.pages import page, say


class MergeForm(forms.Form):
    """Which record stays, and why they are one person."""

    keep = forms.ChoiceField(
        label="The record that stays", widget=forms.RadioSelect, error_messages={"required": "Choose which one stays."}
    )
    reason = forms.CharField(
        label="Why they are one person",
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 2}),
        error_messages={"required": "Say why they are one person."},
    )

    def __init__(self, *args: object, pair: tuple[Participant, Participant], **kwargs: object) -> None:
        """Either of the two can stay."""
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        field = self.fields["keep"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [(str(one.pk), f"Record {one.number}") for one in pair]


class ReasonForm(forms.Form):
    """Why two records are two people."""

    reason = forms.CharField(
        label="How you know that they are two people",
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 2}),
        error_messages={"required": "Say how you know."},
    )


@require(Permission.MERGE_RECORDS)
@require_safe
def doubles(request: Request) -> HttpResponse:
    """Pairs that may be one person, with what is alike, and records that are read together."""
    at, program = timezone.now(), request.viewer.program_id
    pairs = queries.doubles(program)[:100]
    merges = list(participants.merges(program)[:200])
    shown = [one for pair in pairs for one in (pair.one, pair.other)]
    shown += [one for merge in merges for one in (merge.kept, merge.absorbed)]
    if shown:
        consents.log_reads(
            people=shown,
            kind=Kind.CONTACT,
            page="admissions:doubles",
            permission=Permission.MERGE_RECORDS,
            by=request.viewer,
            at=at,
        )
    return page(request, "admissions/doubles.html", {"pairs": pairs, "merges": merges}, partial="main")


@once
@require(Permission.MERGE_RECORDS, Participant)
def double(request: Request, one_id: UUID, other_id: UUID) -> HttpResponse:
    """Two records side by side: read them together with a reason, or keep them apart."""
    at = timezone.now()
    opened = [
        guard.open_record(request.viewer, key, Kind.CONTACT, at, Permission.MERGE_RECORDS) for key in (one_id, other_id)
    ]
    pair = (opened[0].participant, opened[1].participant)
    sent = request.POST if request.method == "POST" else None
    apart = ReasonForm(sent if sent and "apart" in sent else None, prefix="apart")
    merge = MergeForm(sent if sent is not None and "apart" not in sent else None, pair=pair)
    if apart.is_valid():
        people.keep_apart(one=pair[0], other=pair[1], reason=apart.cleaned_data["reason"], by=request.viewer, at=at)
        say(request, "Kept apart. They are not offered again.")
        return redirect("admissions:doubles")
    if merge.is_valid():
        kept, absorbed = pair if merge.cleaned_data["keep"] == str(one_id) else (pair[1], pair[0])
        try:
            done = actions.merge_records(
                kept=kept, absorbed=absorbed, reason=merge.cleaned_data["reason"], by=request.viewer, at=at
            )
            say(request, "Read together from now on. It can be undone.")
            return redirect("admissions:merge", merge_id=done.pk)
        except Refused as refusal:
            merge.add_error(None, refusal.reasons)
    consents.log_reads(
        people=pair,
        kind=Kind.CONTACT,
        page="admissions:double",
        permission=Permission.MERGE_RECORDS,
        by=request.viewer,
        at=at,
    )
    context = {
        "pair": pair,
        "sides": [queries.held_by(one.pk) for one in pair],
        "signs": queries.signs_of(*pair),
        "form": merge,
        "apart": apart,
    }
    return page(request, "admissions/double.html", context, partial="main", ok=not (merge.errors or apart.errors))


@require(Permission.MERGE_RECORDS, Merge, "kept__program")
def merge(request: Request, merge_id: UUID) -> HttpResponse:
    """One merge: why, what was written on each record since, and parting them again."""
    at = timezone.now()
    found = participants.merge_for(request.viewer, merge_id)
    form = ReasonForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            people.part_records(merge=found, reason=form.cleaned_data["reason"], by=request.viewer, at=at)
            say(request, "Each record stands alone again.")
            return redirect("admissions:merge", merge_id=found.pk)
        except Refused as refusal:
            form.add_error(None, refusal.reasons)
    return _merge(request, found, form, at)


def _merge(request: Request, found: Merge, form: ReasonForm, at: datetime) -> HttpResponse:
    pair = (found.kept, found.absorbed)
    consents.log_reads(
        people=pair,
        kind=Kind.CONTACT,
        page="admissions:merge",
        permission=Permission.MERGE_RECORDS,
        by=request.viewer,
        at=at,
    )
    until = found.undone_at or at
    context = {
        "merge": found,
        "since": [(one, queries.written_between(one.pk, found.at, until)) for one in pair],
        "form": form,
    }
    return page(request, "admissions/merge.html", context, partial="main", ok=not form.errors)
