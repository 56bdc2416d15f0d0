"""The placement list, and one person's assessment: safety check, six ratings, suggestion, decision."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from django import forms as django_forms
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils import timezone

from openiop.admissions import actions, queries, rules
from openiop.admissions.forms import CloseStopForm, DecideForm, RatingForm, SafetyForm
from openiop.admissions.models import Assessment
from openiop.base.errors import Refused
from openiop.consents import actions as consents
from openiop.consents.access import opens
from openiop.consents.queries import Opened
from openiop.consents.rules import Kind
from openiop.participants import queries as participants
from openiop.participants.rules import LEVEL_WORDS
from openiop.programs.access import Request, require
from openiop.programs.rules import Permission
from openiop.ui import actions as drafts
from openiop.ui import queries as kept
from openiop.ui.access import owner_of
from openiop.ui.pages import page, say, wants_part

AHEAD = timedelta(days=14)  # how far the list looks for reviews that fall due


@require(Permission.ASSESS)
def placements(request: Request) -> HttpResponse:
    """Who is being rated, who waits for admission, whose review falls due."""
    at = timezone.now()
    today = queries.today(request.viewer, at)
    rows = queries.waiting(request.viewer.program_id, today, today + AHEAD)
    people = [row.participant for row in rows]
    consents.log_reads(
        people=people,
        kind=Kind.PLACEMENT,
        page="admissions:placements",
        permission=Permission.ASSESS,
        by=request.viewer,
        at=at,
    )
    context = {"rows": rows, "today": today, "level_words": LEVEL_WORDS, "stops": sum(row.stops for row in rows)}
    context |= {
        "may_intake": request.viewer.may(Permission.WORK_ENQUIRIES),
        "may_admit": request.viewer.may(Permission.ADMIT),
    }
    return page(request, "admissions/placements.html", context, partial="rows")


def _home(opened: Opened) -> HttpResponse:
    """Back to the person's placement page: after a write, and for who comes to its address without one."""
    return redirect("admissions:placement", participant_id=opened.participant.pk)


def _rating_initial(board: queries.Board) -> dict[str, Any]:
    initial: dict[str, Any] = {"own_view": board.assessment.own_view}
    for line in board.lines:
        number = line.dimension.number
        initial |= {f"d{number}": line.value, f"e{number}": line.evidence, f"s{number}": line.source}
    return initial


def _safety_initial(assessment: Assessment) -> dict[str, Any]:
    facts = assessment.safety
    return {
        "facts": [fact.code for fact in rules.FACTS if facts.get(fact.code)],
        "ciwa_ar": facts.get("ciwa_ar"),
        "asked": assessment.safety_at is not None,
    }


def _shown(request: Request, opened: Opened, **forms: django_forms.Form) -> HttpResponse:
    """The person's placement page: the assessment under way, or the last decided; a refused form as typed."""
    person = opened.participant
    current = queries.draft(person.pk)
    past = list(queries.history(person.pk))
    assessment = current or (past[0] if past else None)
    board = queries.board(assessment) if assessment else None
    viewer = request.viewer
    stem = f"admissions.assessment:{assessment.pk}" if assessment else "admissions.assessment:none"
    stops = list(queries.stops_of(person.pk))
    keys = [f"{stem}:words", *(f"admissions.stop:{stop.pk}:disposition" for stop in stops)]
    in_care = opened.episode is not None and opened.episode.ended_on is None
    level_now = opened.episode.level if opened.episode and in_care else ""
    suggested = ""
    if board and board.suggestion:
        suggested = board.suggestion.level
    elif assessment and assessment.decided:
        suggested = assessment.suggested_level
    frozen = assessment is not None and assessment.decided
    context: dict[str, Any] = {
        "opened": opened,
        "board": board,
        "assessment": assessment,
        "frozen": frozen,
        "past": past if current else past[1:],
        "open_stops": [stop for stop in stops if stop.closed_at is None],
        "closed_stops": [stop for stop in stops if stop.closed_at is not None],
        "stop_words": rules.STOPS,
        "facts": rules.FACTS,
        "ladder": rules.ladder(level_now, suggested),
        "level_now": level_now,
        "level_words": LEVEL_WORDS,
        "differences": rules.DIFFERENCES,
        "sources": rules.SOURCES,
        "words_of": rules.RATING_WORDS,
        "notice": rules.NOTICE,
        "measures": queries.measures(person.pk) if not wants_part(request) else [],
        "diagnoses": participants.active_diagnoses(person.pk),
        "may_rate": viewer.may(Permission.ASSESS) and not frozen,
        "may_start": viewer.may(Permission.ASSESS) and (assessment is None or frozen),
        "may_decide": viewer.may(Permission.CHOOSE_LEVEL) and not frozen,
        "may_close": viewer.may(Permission.CHOOSE_LEVEL),
        "may_admit": viewer.may(Permission.ADMIT) and not in_care,
        "ratings": forms.get("ratings") or RatingForm(initial=_rating_initial(board) if board else {}),
        "safety": forms.get("safety") or SafetyForm(initial=_safety_initial(assessment) if assessment else {}),
        "decision": forms.get("decision") or DecideForm(initial={"level": suggested if suggested != "1" else "1.5"}),
        "closing": {stop.pk: CloseStopForm(auto_id=f"id_{stop.pk}_%s") for stop in stops if stop.closed_at is None},
        "refused_stop": None,
        "drafts": kept.drafts_for(owner_of(request), keys),
        "words_key": keys[0],
        "part": wants_part(request),
    }
    if "stop" in forms:
        context["closing"] |= {forms["stop"].stop_id: forms["stop"]}  # type: ignore[attr-defined]
    return page(
        request,
        "admissions/placement.html",
        context,
        partial="rec",
        ok=not any(form.errors for form in forms.values()),
    )


@opens(Permission.READ_CHART, Kind.PLACEMENT)
def placement(request: Request, opened: Opened) -> HttpResponse:
    """Six ratings with their evidence, what they point to and what would change it, and the decision."""
    return _shown(request, opened)


@opens(Permission.ASSESS, Kind.PLACEMENT)
def start(request: Request, opened: Opened) -> HttpResponse:
    """Begin rating; the last decided assessment stays beside it."""
    if request.method != "POST":
        return _home(opened)
    actions.start_assessment(participant=opened.participant, by=request.viewer, at=timezone.now())
    return _home(opened)


@opens(Permission.ASSESS, Kind.PLACEMENT)
def safety(request: Request, opened: Opened, assessment_id: UUID) -> HttpResponse:
    """Save the safety check; what it opens stands at once."""
    if request.method != "POST":
        return _home(opened)
    assessment = queries.assessment_of(opened.participant.pk, assessment_id)
    form = SafetyForm(request.POST)
    if form.is_valid():
        try:
            found = actions.check_safety(
                assessment=assessment, facts=form.given(), by=request.viewer, at=timezone.now()
            )
            say(request, "A hard stop is open." if found else "Safety check saved.")
            return _home(opened)
        except Refused as refusal:
            form.add_error(None, refusal.reasons)
    return _shown(request, opened, safety=form)


@opens(Permission.ASSESS, Kind.PLACEMENT)
def rate(request: Request, opened: Opened, assessment_id: UUID) -> HttpResponse:
    """Save what was rated; htmx and a plain form come here alike and get the same suggestion."""
    if request.method != "POST":
        return _home(opened)
    assessment = queries.assessment_of(opened.participant.pk, assessment_id)
    form = RatingForm(request.POST)
    if form.is_valid():
        at = timezone.now()
        try:
            for dimension, value, evidence, source in form.given():
                actions.rate(
                    assessment=assessment,
                    dimension=dimension,
                    value=value,
                    evidence=evidence,
                    source=source,
                    by=request.viewer,
                    at=at,
                )
            actions.keep_own_view(assessment=assessment, words=form.cleaned_data["own_view"], by=request.viewer, at=at)
            if not wants_part(request):
                say(request, "Ratings saved.")
            return _home(opened)
        except Refused as refusal:
            form.add_error(None, refusal.reasons)
    return _shown(request, opened, ratings=form)


@opens(Permission.CHOOSE_LEVEL, Kind.PLACEMENT)
def decide(request: Request, opened: Opened, assessment_id: UUID) -> HttpResponse:
    """A clinician decides the level; the assessment is frozen with it."""
    if request.method != "POST":
        return _home(opened)
    assessment = queries.assessment_of(opened.participant.pk, assessment_id)
    form = DecideForm(request.POST)
    if form.is_valid():
        at = timezone.now()
        try:
            actions.decide(assessment=assessment, **form.cleaned_data, by=request.viewer, at=at)
            drafts.end_drafts(owner_id=owner_of(request), key_prefix=f"admissions.assessment:{assessment.pk}", at=at)
            say(request, "Level decided.")
            return _home(opened)
        except Refused as refusal:
            form.add_error(None, refusal.reasons)
    return _shown(request, opened, decision=form)


@opens(Permission.CHOOSE_LEVEL, Kind.PLACEMENT)
def close_stop(request: Request, opened: Opened, stop_id: UUID) -> HttpResponse:
    """Close a hard stop with its written disposition."""
    if request.method != "POST":
        return _home(opened)
    stop = queries.stop_of(opened.participant.pk, stop_id)
    form = CloseStopForm(request.POST, auto_id=f"id_{stop.pk}_%s")
    form.stop_id = stop.pk  # type: ignore[attr-defined]
    if form.is_valid():
        at = timezone.now()
        try:
            actions.close_stop(stop=stop, **form.cleaned_data, by=request.viewer, at=at)
            drafts.end_drafts(owner_id=owner_of(request), key_prefix=f"admissions.stop:{stop.pk}", at=at)
            say(request, "Hard stop closed.")
            return _home(opened)
        except Refused as refusal:
            form.add_error(None, refusal.reasons)
    return _shown(request, opened, stop=form)
