"""The intake list, one enquiry, its pre-screen, and the record it leads to."""

from typing import Any
from uuid import UUID

from django import forms as django_forms
from django.core.paginator import Paginator
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect
from django.utils import timezone

from openiop.admissions import actions, queries, rules
from openiop.admissions.forms import (
    CloseForm,
    ContactForm,
    EnquiryForm,
    OptionForm,
    OverrideForm,
    RecordForm,
    ScreenForm,
)
from openiop.admissions.models import Enquiry
from openiop.base.errors import Refused
from openiop.base.rules import local_day
from openiop.participants.rules import why_not_born
from openiop.programs import queries as programs
from openiop.programs.access import Request, require
from openiop.programs.rules import Permission
from openiop.ui import actions as drafts
from openiop.ui import queries as kept
from openiop.ui.access import once, owner_of
from openiop.ui.pages import page, say

PER_PAGE = 50
QUESTIONS = {"criteria": rules.CRITERIA, "substances": list(rules.SUBSTANCES), "behaviors": list(rules.BEHAVIORS)}


def _posted(request: Request) -> QueryDict | None:
    return request.POST if request.method == "POST" else None


@require(Permission.WORK_ENQUIRIES)
def intake(request: Request) -> HttpResponse:
    """Who asked and where each stands, longest waiting first; or those that ended."""
    at = timezone.now()
    ended = request.GET.get("show") == "ended"
    shown = Paginator(queries.enquiries(request.viewer.program_id, ended=ended), PER_PAGE).get_page(
        request.GET.get("page")
    )
    rows = [(row, rules.hours_waiting(row.received_at, row.contacted_at, at)) for row in shown]
    actions.log_arrivals(rows=[row for row, _ in rows], page="admissions:intake", by=request.viewer, at=at)
    counts = queries.stage_counts(request.viewer.program_id)
    context = {
        "rows": rows,
        "shown": shown,
        "ended": ended,
        "dangers": queries.dangers(row for row, _ in rows),
        "counts": counts,
        "waiting": counts.get("new", 0),
        "held": queries.held_referrals(request.viewer.program_id),
        "stages": rules.STAGES,
        "channels": rules.CHANNELS,
        "results": rules.RESULT_WORDS,
        "concern_words": rules.CONCERNS,
        "may_import": request.viewer.may(Permission.IMPORT_REFERRALS),
    }
    return page(request, "admissions/intake.html", context, partial="rows")


@require(Permission.WORK_ENQUIRIES)
def enquiry_new(request: Request) -> HttpResponse:
    """Take an enquiry down, with the pre-screen if there is time for it now."""
    form = EnquiryForm(_posted(request), initial={"channel": "phone", "for_whom": "self"})
    screening = ScreenForm(_posted(request))
    key = f"admissions.enquiry.new:{request.viewer.pk}:words"
    if request.method == "POST":
        begun = screening.begun
        if not begun:
            screening = ScreenForm()
        if form.is_valid() and (not begun or screening.is_valid()):
            try:
                enquiry = actions.receive_enquiry(
                    program=request.viewer.program,
                    **form.cleaned_data,
                    answers=screening.answers() if begun else None,
                    concerns=screening.concerns_given() if begun else (),
                    by=request.viewer,
                    at=timezone.now(),
                )
                drafts.end_drafts(owner_id=owner_of(request), key_prefix=key, at=timezone.now())
                return redirect("admissions:enquiry", enquiry_id=enquiry.pk)
            except Refused as refusal:
                form.add_error(None, refusal.reasons)
    found = kept.drafts_for(owner_of(request), [key])
    context = {"form": form, "screening": screening, "key": key, "drafts": found, **QUESTIONS}
    return page(
        request, "admissions/enquiry_new.html", context, partial="main", ok=not form.errors and not screening.errors
    )


def _option_form(request: Request, enquiry: Enquiry, data: Any = None) -> OptionForm:
    program = request.viewer.program
    start = {"option": enquiry.chosen, "discussed_with": str(enquiry.chosen_with_id or request.viewer.pk)}
    staff = programs.staff(program.pk, local_day(timezone.now(), program.zone))
    return OptionForm(data, staff=staff, initial=start, auto_id="option_%s")


def _shown(request: Request, enquiry: Enquiry, **forms: django_forms.Form) -> HttpResponse:
    """One enquiry's page, with the form that was refused in the place of its empty one; the look is on record."""
    at = timezone.now()
    actions.log_arrivals(rows=[enquiry], page="admissions:enquiry", by=request.viewer, at=at)
    keys = [f"admissions.enquiry:{enquiry.pk}:{name}" for name in ("contact", "override")]
    found = {side: [one for one in enquiry.reasons if one["side"] == side] for side in ("against", "ask", "for")}
    context: dict[str, Any] = {
        "enquiry": enquiry,
        "dangers": queries.dangers([enquiry]).get(enquiry.pk, []),
        "steps": queries.steps(enquiry),
        "waited": rules.hours_waiting(enquiry.received_at, enquiry.contacted_at, at),
        "points": found,
        "criteria": rules.CRITERIA,
        "stages": rules.STAGES,
        "stage_order": [stage for stage in rules.STAGES if stage != "closed"],
        "channels": rules.CHANNELS,
        "for_whom": rules.FOR_WHOM,
        "results": rules.RESULT_WORDS,
        "concerns": [rules.CONCERNS[code] for code in enquiry.concerns if code in rules.CONCERNS],
        "closing": rules.CLOSING,
        "may_override": request.viewer.may(Permission.CHOOSE_LEVEL),
        "may_assess": request.viewer.may(Permission.ASSESS),
        "open": enquiry.status not in queries.ENDED,
        "contact_form": forms.get("contact") or ContactForm(initial={"reached": "yes"}, auto_id="contact_%s"),
        "options": rules.OPTIONS,
        "option_form": forms.get("option") or _option_form(request, enquiry),
        "override_form": forms.get("override") or OverrideForm(auto_id="override_%s"),
        "close_form": forms.get("close") or CloseForm(auto_id="close_%s"),
        "drafts": kept.drafts_for(owner_of(request), keys),
        "contact_key": keys[0],
        "override_key": keys[1],
    }
    ok = not any(form.errors for form in forms.values())
    return page(request, "admissions/enquiry.html", context, partial="main", ok=ok)


@require(Permission.WORK_ENQUIRIES, Enquiry)
def enquiry(request: Request, enquiry_id: UUID) -> HttpResponse:
    """One enquiry: what they said, what the pre-screen answered, what happened since, what is next."""
    return _shown(request, queries.enquiry_for(request.viewer, enquiry_id))


@once
@require(Permission.WORK_ENQUIRIES, Enquiry)
def contact(request: Request, enquiry_id: UUID) -> HttpResponse:
    """Log a call: reached or not."""
    row = queries.enquiry_for(request.viewer, enquiry_id)
    if request.method != "POST":
        return redirect("admissions:enquiry", enquiry_id=row.pk)
    form = ContactForm(request.POST, auto_id="contact_%s")
    if form.is_valid():
        at = timezone.now()
        reached = form.cleaned_data["reached"] == "yes"
        try:
            actions.log_contact(
                enquiry=row, reached=reached, words=form.cleaned_data["words"], by=request.viewer, at=at
            )
            drafts.end_drafts(owner_id=owner_of(request), key_prefix=f"admissions.enquiry:{row.pk}:contact", at=at)
            say(request, "Contact logged." if reached else "Try logged. The clock runs on.")
            return redirect("admissions:enquiry", enquiry_id=row.pk)
        except Refused as refusal:
            form.add_error(None, refusal.reasons)
    return _shown(request, row, contact=form)


@require(Permission.WORK_ENQUIRIES, Enquiry)
def choose(request: Request, enquiry_id: UUID) -> HttpResponse:
    """Record which way of care they chose, and with whom it was talked through."""
    row = queries.enquiry_for(request.viewer, enquiry_id)
    if request.method != "POST":
        return redirect("admissions:enquiry", enquiry_id=row.pk)
    form = _option_form(request, row, request.POST)
    if form.is_valid():
        try:
            actions.choose_option(enquiry=row, **form.given(), by=request.viewer, at=timezone.now())
            say(request, "Their choice is recorded.")
            return redirect("admissions:enquiry", enquiry_id=row.pk)
        except Refused as refusal:
            form.add_error(None, refusal.reasons)
    return _shown(request, row, option=form)


@require(Permission.CHOOSE_LEVEL, Enquiry)
def override(request: Request, enquiry_id: UUID) -> HttpResponse:
    """A clinician's own result, with the reason."""
    row = queries.enquiry_for(request.viewer, enquiry_id)
    if request.method != "POST":
        return redirect("admissions:enquiry", enquiry_id=row.pk)
    form = OverrideForm(request.POST, auto_id="override_%s")
    if form.is_valid():
        at = timezone.now()
        try:
            actions.override_result(enquiry=row, **form.cleaned_data, by=request.viewer, at=at)
            drafts.end_drafts(owner_id=owner_of(request), key_prefix=f"admissions.enquiry:{row.pk}:override", at=at)
            say(request, "Your result counts now. The pre-screen's stays beside it.")
            return redirect("admissions:enquiry", enquiry_id=row.pk)
        except Refused as refusal:
            form.add_error(None, refusal.reasons)
    return _shown(request, row, override=form)


@require(Permission.WORK_ENQUIRIES, Enquiry)
def close(request: Request, enquiry_id: UUID) -> HttpResponse:
    """End an enquiry with its reason."""
    row = queries.enquiry_for(request.viewer, enquiry_id)
    if request.method != "POST":
        return redirect("admissions:enquiry", enquiry_id=row.pk)
    form = CloseForm(request.POST, auto_id="close_%s")
    if form.is_valid():
        try:
            actions.close_enquiry(enquiry=row, **form.cleaned_data, by=request.viewer, at=timezone.now())
            say(request, "Enquiry closed.")
            return redirect("admissions:intake")
        except Refused as refusal:
            form.add_error(None, refusal.reasons)
    return _shown(request, row, close=form)


@require(Permission.WORK_ENQUIRIES, Enquiry)
def screen(request: Request, enquiry_id: UUID) -> HttpResponse:
    """Ask the pre-screen with the person."""
    row = queries.enquiry_for(request.viewer, enquiry_id)
    form = ScreenForm(_posted(request), initial={**row.answers, "concerns": row.concerns})
    if request.method == "POST" and form.is_valid():
        try:
            actions.screen_enquiry(
                enquiry=row,
                answers=form.answers(),
                concerns=form.concerns_given(),
                by=request.viewer,
                at=timezone.now(),
            )
            return redirect("admissions:enquiry", enquiry_id=row.pk)
        except Refused as refusal:
            form.add_error(None, refusal.reasons)
    actions.log_arrivals(rows=[row], page="admissions:screen", by=request.viewer, at=timezone.now())
    context = {"enquiry": row, "screening": form, **QUESTIONS}
    return page(request, "admissions/screen.html", context, partial="main", ok=not form.errors)


@require(Permission.WORK_ENQUIRIES, Enquiry)
def record(request: Request, enquiry_id: UUID) -> HttpResponse:
    """Make a record of the enquiry; whoever may be the same person is shown first."""
    row = queries.enquiry_for(request.viewer, enquiry_id)
    if row.participant is not None:
        return redirect("admissions:enquiry", enquiry_id=row.pk)
    form = RecordForm(_posted(request), initial={"legal_name": row.name, "phone": row.phone, "email": row.email})
    data = request.POST if request.method == "POST" else form.initial
    typed = form.cleaned_data if request.method == "POST" and form.is_valid() else {}
    likely = queries.alike(
        row,
        name=typed.get("legal_name") or row.name,
        birth_on=typed.get("birth_on"),
        phone=typed.get("phone") or row.phone,
    )
    if request.method == "POST":
        chosen = next((one.participant for one in likely if str(one.participant.pk) == data.get("same_as")), None)
        if chosen is not None or typed:
            try:
                person = actions.make_record(enquiry=row, same_as=chosen, **typed, by=request.viewer, at=timezone.now())
                say(request, f"Record {person.number} made." if chosen is None else "Joined to the record.")
                if request.viewer.may(Permission.ASSESS):
                    return redirect("admissions:placement", participant_id=person.pk)
                return redirect("admissions:enquiry", enquiry_id=row.pk)
            except Refused as refusal:
                today = local_day(timezone.now(), request.viewer.program.zone)
                about_birth = why_not_born(typed.get("birth_on"), today)
                for reason in refusal.reasons:
                    form.add_error("birth_on" if reason in about_birth else None, reason)
    alike = [one.participant for one in likely]
    actions.log_arrivals(rows=[row], others=alike, page="admissions:record", by=request.viewer, at=timezone.now())
    context = {"enquiry": row, "form": form, "likely": likely}
    return page(request, "admissions/record.html", context, partial="main", ok=not form.errors)
