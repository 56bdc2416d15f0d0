"""A person's measures, for staff: the trend, each response, asking, withdrawing, entering on a tablet."""

from datetime import timedelta
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_POST

from openiop.base.errors import Refused
from openiop.base.rules import day_starts, local_day
from openiop.consents.access import opens
from openiop.consents.queries import Opened
from openiop.consents.rules import Kind
from openiop.programs.access import Request
from openiop.programs.rules import Permission
from openiop.questionnaires import actions, queries, rules
from openiop.questionnaires.forms import AskForm, EnterForm
from openiop.ui.access import once
from openiop.ui.pages import page, say


@opens(Permission.READ_CHART, Kind.MEASURES)
def measures(request: Request, opened: Opened) -> HttpResponse:
    """Each instrument's trend with its bands, its change against the reliable change, and what is open."""
    asked = list(queries.assignments(opened.participant.pk))
    context = {
        "opened": opened,
        "sheets": queries.sheets(opened, timezone.now()),
        "open": [row for row in asked if row.status in queries.OPEN],
        "past": [row for row in asked if row.status in {"lapsed", "withdrawn"}][:10],
        "names": {code: read.name for code, read in queries.instruments().items()},
        "may_ask": request.viewer.may(Permission.ASSIGN_MEASURES),
    }
    return page(request, "questionnaires/measures.html", context, partial="main")


@opens(Permission.READ_CHART, Kind.MEASURES)
def response(request: Request, opened: Opened, response_id: UUID) -> HttpResponse:
    """One response, answer by answer."""
    row = queries.response_of(opened, response_id)
    read = queries.instrument(row.instrument)
    lines = [(item, item.words_for(row.answers.get(item.key)), row.answers.get(item.key)) for item in read.items]
    context = {
        "opened": opened,
        "response": row,
        "instrument": read,
        "same_version": row.version == read.version,
        "lines": lines,
        "missing": rules.missing(read, row.answers),
        "needs_help": rules.needs_help(read, row.answers),
        "alert": queries.alert_of(row),
    }
    return page(request, "questionnaires/response.html", context, partial="main")


@opens(Permission.ASSIGN_MEASURES, Kind.MEASURES)
def ask(request: Request, opened: Opened) -> HttpResponse:
    """Ask the person for one questionnaire; it then stands on their phone."""
    at, zone = timezone.now(), opened.participant.program.zone
    choices = [(code, f"{read.name}, {read.about.lower()}") for code, read in queries.instruments().items()]
    form = AskForm(request.POST if request.method == "POST" else None, choices=choices, today=local_day(at, zone))
    if form.is_valid():
        try:
            actions.assign(
                participant=opened.participant,
                instrument=form.cleaned_data["instrument"],
                reason="asked",
                due_from=at,
                due_until=day_starts(form.cleaned_data["until"] + timedelta(days=1), zone),
                by=request.viewer,
                at=at,
            )
            say(request, "Asked for. It stands on their page now.")
            return redirect("questionnaires:measures", opened.participant.pk)
        except Refused as refusal:
            form.add_error("instrument", refusal.reasons)
    context = {"opened": opened, "form": form}
    return page(request, "questionnaires/ask.html", context, partial="sheet", ok=not form.errors)


@opens(Permission.ASSIGN_MEASURES, Kind.MEASURES)
@require_POST
def withdraw(request: Request, opened: Opened, assignment_id: UUID) -> HttpResponse:
    """Stop asking; what was answered stays."""
    row = queries.assignment_of(opened, assignment_id)
    actions.withdraw(assignment=row, by=request.viewer, at=timezone.now())
    say(request, "Withdrawn. What was answered stays in the record.")
    return redirect("questionnaires:measures", opened.participant.pk)


@once
@opens(Permission.ASSIGN_MEASURES, Kind.MEASURES)
def enter(request: Request, opened: Opened, instrument: str) -> HttpResponse:
    """All questions on one page, for a tablet handed over or read aloud."""
    read = queries.instrument(instrument)
    form = EnterForm(request.POST if request.method == "POST" else None, instrument=read)
    if form.is_valid():
        try:
            done = actions.enter(
                participant=opened.participant,
                instrument=read.code,
                answers=form.answers(),
                by=request.viewer,
                at=timezone.now(),
            )
            return redirect("questionnaires:response", opened.participant.pk, done.pk)
        except Refused as refusal:
            form.add_error(None, refusal.reasons)
    context = {"opened": opened, "instrument": read, "form": form}
    return page(request, "questionnaires/enter.html", context, partial="sheet", ok=not form.errors)
