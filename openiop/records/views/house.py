"""The program's side: what to say to a caller, legal papers, holds, agreements and figures."""

from typing import Any
from uuid import UUID

from django import forms
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from openiop.accounts.access import confirmed, confirmed_to_send
from openiop.base.errors import Refused
from openiop.base.rules import local_day
from openiop.consents import actions as consents
from openiop.consents.rules import Kind
from openiop.disclosures import actions as disclosure_actions
from openiop.disclosures import queries as disclosures
from openiop.disclosures.models import Agreement, Disclosure, LegalHold, LegalProcess
from openiop.disclosures.rules import papers, release
from openiop.participants.models import Participant
from openiop.programs.access import Request, require
from openiop.programs.rules import Permission
from openiop.records import actions, rules
from openiop.records.forms import (
    AgreementForm,
    CallerForm,
    CloseForm,
    ExportForm,
    HoldForm,
    NoticeForm,
    OrderForm,
    PaperForm,
    ReasonForm,
    TieForm,
)
from openiop.records.queries import data, pages
from openiop.ui.access import once
from openiop.ui.pages import NavItem, page, say

NO_RECORD = "There is no such record here."


def _tabs(request: Request) -> list[NavItem]:
    """The pages of what leaves, as far as the viewer may open them."""
    entries = (
        ("A caller", "records:caller", Permission.ANSWER_CALLS),
        ("Legal papers", "records:legal", Permission.WORK_LEGAL),
        ("Holds and retention", "records:holds", Permission.WORK_LEGAL),
        ("Agreements", "records:agreements", Permission.KEEP_AGREEMENTS),
        ("Figures", "records:exports", Permission.EXPORT_DATA),
    )
    return [
        NavItem(label, reverse(name), "", current=request.path.startswith(reverse(name)))
        for label, name, permission in entries
        if request.viewer.may(permission)
    ]


def _read(request: Request, people: list[Participant], name: str, permission: Permission) -> None:
    """That these people were shown."""
    consents.log_reads(
        people=people, kind=Kind.CONTACT, page=name, permission=permission, by=request.viewer, at=timezone.now()
    )


@never_cache
@require(Permission.ANSWER_CALLS)
def caller(request: Request) -> HttpResponse:
    """What may be said to someone who asks; the neutral sentence stands first, whoever they ask about."""
    form = CallerForm(request.POST if request.method == "POST" else None)
    answer = None
    if form.is_valid():
        sent = form.cleaned_data
        answer = pages.caller(request.viewer, sent["about"], sent["who"], timezone.now())
        if answer.participant is not None:
            _read(request, [answer.participant], "records:caller", Permission.ANSWER_CALLS)
    context = {
        "form": form,
        "answer": answer,
        "neutral": release.NEUTRAL_SENTENCE,
        "legal": release.LEGAL_SENTENCE,
        "tabs": _tabs(request),
    }
    return page(request, "records/caller.html", context, partial="main", ok=not form.errors)


# --- legal papers -----------------------------------------------------------------------------------------------------


@once
@never_cache
@require(Permission.WORK_LEGAL)
def legal(request: Request) -> HttpResponse:
    """Legal papers, what waits for an answer, and taking in a new one. The list names nobody."""
    at, program = timezone.now(), request.viewer.program
    today = local_day(at, program.zone)
    form = PaperForm(request.POST if request.method == "POST" else None, initial={"received_on": today})
    if form.is_valid():
        sent = dict(form.cleaned_data)
        record = sent.pop("record")
        person = pages.person_called(request.viewer, record) if record else None
        if record and person is None:
            form.add_error("record", NO_RECORD)
        else:
            try:
                row = actions.take_in(program=program, participant=person, by=request.viewer, at=at, **sent)
                say(request, "Taken in. Nothing leaves that record by hand now.")
                return redirect("records:process", row.pk)
            except Refused as refusal:
                form.add_error("received_on" if "came today" in refusal.reasons[0] else None, refusal.reasons)
    requests, asked = (
        list(disclosures.requests_waiting(program.pk)),
        list(disclosures.restrictions_waiting(program.pk)),
    )
    waiting = [row.participant for row in requests] + [row.participant for row in asked]
    _read(request, waiting, "records:legal", Permission.WORK_LEGAL)
    context = {
        "open": list(disclosures.processes(program.pk, open_=True)),
        "closed": list(disclosures.processes(program.pk, open_=False)[:50]),
        "requests": requests,
        "restrictions": asked,
        "asked": release.ASKED_WORDS,
        "form": form,
        "today": today,
        "legal": release.LEGAL_SENTENCE,
        "tabs": _tabs(request),
    }
    return page(request, "records/legal.html", context, partial="main", ok=not form.errors)


_FORMS: dict[str, type[forms.Form]] = {"order": OrderForm, "notice": NoticeForm, "tie": TieForm, "close": CloseForm}


@never_cache
@require(Permission.WORK_LEGAL, LegalProcess)
def process(request: Request, process_id: UUID) -> HttpResponse:
    """One legal paper: what stands against answering it, and each step towards it."""
    at = timezone.now()
    row = disclosures.process_for(request.viewer, process_id)
    do = request.POST.get("do", "") if request.method == "POST" else ""
    shown = {
        name: form(request.POST if name == do else None, auto_id=f"{name}-%s", initial=_start(row))
        for name, form in _FORMS.items()
    }
    form = shown.get(do)
    if form is not None and form.is_valid():
        try:
            said = _work(request, row, do, form.cleaned_data)
            say(request, said)
            return redirect("records:process", row.pk)
        except Refused as refusal:
            form.add_error(None, refusal.reasons)
    if row.participant is not None:
        _read(request, [row.participant], "records:process", Permission.WORK_LEGAL)
    today = local_day(at, request.viewer.program.zone)
    context = {
        "row": row,
        "forms": shown,
        "reasons": papers.why_not_answer(row.legal(), today),
        "steps": list(disclosures.steps_of(row)),
        "statutes": papers.STATUTES,
        "legal": release.LEGAL_SENTENCE,
        "may_release": row.participant is not None and request.viewer.may(Permission.DISCLOSE),
        "tabs": _tabs(request),
    }
    return page(request, "records/process.html", context, partial="main", ok=form is None or not form.errors)


def _start(row: LegalProcess) -> dict[str, Any]:
    """What is on record already."""
    names = ("statute", "order_on", "with_mandate", "kinds", "told_on", "heard_on")
    return {name: getattr(row, name) for name in names}


def _work(request: Request, row: LegalProcess, do: str, sent: dict[str, Any]) -> str:
    """One step of a legal paper; what the page then says."""
    given: dict[str, Any] = {"process": row, "by": request.viewer, "at": timezone.now()}
    if do == "order":
        disclosure_actions.record_order(**given, **sent)
        return "The order is written down."
    if do == "notice":
        disclosure_actions.record_notice(**given, **sent)
        return "Written down."
    if do == "tie":
        person = pages.person_called(request.viewer, sent["record"])
        if person is None:
            raise Refused(NO_RECORD)
        disclosure_actions.tie_process(**given, participant=person)
        return "Tied. That record is on hold now."
    actions.close_process(**given, **sent)
    return "Closed. Its hold stays until someone lifts it."


# --- holds and retention ----------------------------------------------------------------------------------------------


@once
@never_cache
@require(Permission.WORK_LEGAL)
def holds(request: Request) -> HttpResponse:
    """Records on hold, and how long each of those who left is kept; placing a hold."""
    form = HoldForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        person = pages.person_called(request.viewer, form.cleaned_data["record"])
        if person is None:
            form.add_error("record", NO_RECORD)
        else:
            disclosure_actions.place_hold(
                participant=person, reason=form.cleaned_data["reason"], by=request.viewer, at=timezone.now()
            )
            say(request, "On hold. Nothing of it is sealed or destroyed.")
            return redirect("records:holds")
    return _holds(request, form)


def _holds(
    request: Request, form: forms.Form | None = None, lift: forms.Form | None = None, which: object = ""
) -> HttpResponse:
    program = request.viewer.program
    today = local_day(timezone.now(), program.zone)
    found = list(disclosures.holds(program.pk))
    keeping = disclosures.keeping(program, today)
    _read(
        request,
        [row.participant for row in found] + [row.participant for row in keeping],
        "records:holds",
        Permission.WORK_LEGAL,
    )
    context = {
        "holds": found,
        "keeping": keeping,
        "words": papers.KEEPING_WORDS,
        "form": form or HoldForm(),
        "lift": lift or ReasonForm(auto_id="lift-%s"),
        "which": str(which),
        "tabs": _tabs(request),
    }
    wrong = any(one is not None and one.errors for one in (form, lift))
    return page(request, "records/holds.html", context, partial="main", ok=not wrong)


@require(Permission.WORK_LEGAL, LegalHold, "participant__program")
@require_POST
def lift(request: Request, hold_id: UUID) -> HttpResponse:
    """The record is kept as any other again."""
    row = disclosures.hold_for(request.viewer, hold_id)
    form = ReasonForm(request.POST, auto_id="lift-%s")
    if not form.is_valid():
        return _holds(request, lift=form, which=row.pk)
    disclosure_actions.lift_hold(hold=row, by=request.viewer, at=timezone.now(), **form.cleaned_data)
    say(request, "Lifted.")
    return redirect("records:holds")


@require(Permission.WORK_LEGAL, Participant)
@require_POST
def seal(request: Request, participant_id: UUID) -> HttpResponse:
    """A record kept long enough is closed; nothing is destroyed here."""
    person = pages.person_for(request.viewer, participant_id)
    disclosure_actions.seal_record(participant=person, by=request.viewer, at=timezone.now())
    say(request, "Sealed. Nothing leaves it any more.")
    return redirect("records:holds")


# --- agreements -------------------------------------------------------------------------------------------------------


@once
@never_cache
@require(Permission.KEEP_AGREEMENTS)
def agreements(request: Request) -> HttpResponse:
    """Agreements, what each lets be switched on, and what is off for want of one."""
    known = [(one.name, one.words.capitalize()) for one in disclosures.integrations().values() if not one.local]
    form = AgreementForm(request.POST if request.method == "POST" else None, integrations=known)
    if form.is_valid():
        try:
            disclosure_actions.add_agreement(
                program=request.viewer.program, by=request.viewer, at=timezone.now(), **form.cleaned_data
            )
            say(request, "Written down.")
            return redirect("records:agreements")
        except Refused as refusal:
            form.refuse(refusal.reasons)
    return _agreements(request, form)


def _agreements(request: Request, form: forms.Form, end: forms.Form | None = None, which: object = "") -> HttpResponse:
    at, program = timezone.now(), request.viewer.program
    today = local_day(at, program.zone)
    rows = list(disclosures.agreements(program.pk))
    known = disclosures.integrations()
    bound = [row.paper() for row in rows]
    context = {
        "rows": [(row, papers.is_active(row.paper(), today), papers.ends_soon(row.paper(), today)) for row in rows],
        "kinds": papers.AGREEMENT_WORDS,
        "known": known,
        "switches": [
            (one, papers.why_not_switch_on(one, bound, today), one.consent) for one in known.values() if not one.local
        ],
        "mail_waits": disclosures.email_leaves() and bool(papers.why_not_switch_on(known["smtp"], bound, today)),
        "form": form,
        "end": end or ReasonForm(auto_id="end-%s"),
        "which": str(which),
        "tabs": _tabs(request),
    }
    wrong = bool(form.errors) or (end is not None and bool(end.errors))
    return page(request, "records/agreements.html", context, partial="main", ok=not wrong)


@require(Permission.KEEP_AGREEMENTS, Agreement)
@require_POST
def end_agreement(request: Request, agreement_id: UUID) -> HttpResponse:
    """It binds no longer, and what it covered is off."""
    row = disclosures.agreement_for(request.viewer, agreement_id)
    form = ReasonForm(request.POST, auto_id="end-%s")
    if not form.is_valid():
        known = [(one.name, one.words.capitalize()) for one in disclosures.integrations().values() if not one.local]
        return _agreements(request, AgreementForm(integrations=known), end=form, which=row.pk)
    disclosure_actions.end_agreement(agreement=row, by=request.viewer, at=timezone.now(), **form.cleaned_data)
    say(request, "Ended. What it covered is off from now on.")
    return redirect("records:agreements")


# --- figures ----------------------------------------------------------------------------------------------------------


@once
@never_cache
@require(Permission.EXPORT_DATA)
@confirmed_to_send
def exports(request: Request) -> HttpResponse:
    """Counts of the program with small cells hidden, and sets that name nobody, to take along."""
    at, program = timezone.now(), request.viewer.program
    form = ExportForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        given = {name: form.cleaned_data[name] for name in ("recipient", "purpose")}
        make = actions.export_rows if form.cleaned_data["what"] == "rows" else actions.export_counts
        try:
            make(program=program, by=request.viewer, at=at, **given)
            say(request, "Made. Take the file below.")
            return redirect("records:exports")
        except Refused as refusal:
            form.add_error(None, refusal.reasons)
    least = data.small(program.pk, local_day(at, program.zone))
    context = {
        "counts": rules.counted(data.tables(program.pk), least),
        "least": least,
        "rows": list(disclosures.exports(program.pk)[:50]),
        "form": form,
        "tabs": _tabs(request),
    }
    return page(request, "records/exports.html", context, partial="main", ok=not form.errors)


@never_cache
@require(Permission.EXPORT_DATA, Disclosure)
@confirmed
@require_safe
def export_file(request: Request, disclosure_id: UUID) -> HttpResponse:
    """A set that names nobody, as it was made."""
    row = disclosures.export_for(request.viewer, disclosure_id)
    disclosure_actions.log_opened(disclosure=row, how="file", by=request.viewer, at=timezone.now())
    content = row.packet.content
    answer = HttpResponse(rules.csv_of(content["columns"], content["rows"]), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = 'attachment; filename="figures.csv"'
    return answer
