"""Emergency access in a hurry, the privacy officer's pages, and the answer of someone who is asked about a look."""

from datetime import datetime
from uuid import UUID

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from openiop.accounts.access import confirmed_to_send
from openiop.base.errors import Refused
from openiop.base.rules import local_day
from openiop.consents import actions as consents
from openiop.consents import queries as guard
from openiop.consents.access import opens
from openiop.consents.models import Emergency
from openiop.consents.queries import Opened
from openiop.consents.rules import EMERGENCY_KINDS, GROUNDS, KIND_WORDS, Kind, minutes_left
from openiop.participants import queries as participants
from openiop.privacy import actions, queries, rules
from openiop.privacy.forms import EMERGENCY_WORDS, CloseForm, EmergencyForm, FilterForm, ReviewForm, ToldForm, WordsForm
from openiop.privacy.models import Question, Unusual
from openiop.programs.access import Request, require
from openiop.programs.rules import Permission
from openiop.ui.access import once
from openiop.ui.pages import NavItem, page, say
from openiop.ui.rules import whole

ENDING_DAYS = 30  # consents that end within so many days stand on the first page (program default)
OFFICER = "They keep privacy in this program (45 CFR 164.530(a), 164.308(a)(1)(ii)(D))."
REVIEWER = "They review an emergency access (42 CFR 2.51)."
ASKED = "They are asked why they opened it."


# --- emergency access -------------------------------------------------------------------------------------------------


@once
@opens(Permission.EMERGENCY_ACCESS, Kind.CONTACT)
@confirmed_to_send
def emergency(request: Request, opened: Opened) -> HttpResponse:
    """Open the record for medical personnel, on one screen; where it is open already, what stands open."""
    at = timezone.now()
    sent = request.POST if request.method == "POST" else None
    form = EmergencyForm(sent, initial={"discloser": request.viewer.label})
    if form.is_valid():
        try:
            actions.open_emergency(participant=opened.participant, by=request.viewer, at=at, **form.cleaned_data)
            say(request, "Open for 60 minutes. Every look is on record.")
            return redirect("privacy:sheet", participant_id=opened.participant.pk)
        except Refused as refusal:
            form.add_error(None, refusal.reasons)
    now = opened.emergency
    context = {
        "opened": opened,
        "form": form,
        "now": now,
        "left": minutes_left(now.terms(), at) if now else 0,
        "kinds": [EMERGENCY_WORDS[kind] for kind in EMERGENCY_KINDS if now and now.covers(kind)],
    }
    return page(request, "privacy/emergency.html", context, partial="main", ok=not form.errors)


@opens(Permission.EMERGENCY_ACCESS, Kind.CONTACT)
@require_POST
def end(request: Request, opened: Opened) -> HttpResponse:
    """End it now."""
    if opened.emergency is not None:
        actions.end_emergency(emergency=opened.emergency, by=request.viewer, at=timezone.now())
        say(request, "Emergency access ended. A second person reviews it.")
    return redirect("privacy:emergency", participant_id=opened.participant.pk)


@opens(Permission.EMERGENCY_ACCESS, Kind.CONTACT)
@require_safe
def sheet(request: Request, opened: Opened) -> HttpResponse:
    """What medical personnel need, on one page to read out or print."""
    if opened.emergency is None:
        return redirect("privacy:emergency", participant_id=opened.participant.pk)
    at = timezone.now()
    context = {
        "opened": opened,
        "sheet": queries.sheet(opened, at),
        "emergency": opened.emergency,
        "covers": [KIND_WORDS[kind] for kind in EMERGENCY_KINDS if opened.emergency.covers(kind)],
        "at": at,
    }
    consents.log_sheet(opened=opened, by=request.viewer, at=at)
    return page(request, "privacy/sheet.html", context)


@require(Permission.REVIEW_EMERGENCY, Emergency, "participant__program")
def review(request: Request, emergency_id: UUID) -> HttpResponse:
    """One emergency access with all that was seen under it; a second person judges it."""
    at = timezone.now()
    found = queries.emergency_for(request.viewer, emergency_id)
    form = ReviewForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            actions.review_emergency(emergency=found, **form.cleaned_data, by=request.viewer, at=at)
            say(request, "Reviewed")
            return redirect("privacy:review", emergency_id=found.pk)
        except Refused as refusal:
            form.add_error(None, refusal.reasons)
    return _review(request, found, at, form, ToldForm(prefix="told"))


def _review(request: Request, found: Emergency, at: datetime, form: ReviewForm, told: ToldForm) -> HttpResponse:
    """The page of one emergency access, with its forms as they stand."""
    actions.log_people(participants=[found.participant], page="privacy:review", rule=REVIEWER, by=request.viewer, at=at)
    context = {
        "emergency": found,
        "review": getattr(found, "review", None),
        "told": getattr(found, "told", None),
        "looks": queries.looks_under(found),
        "ground": GROUNDS[found.ground],
        "covers": [EMERGENCY_WORDS[kind] for kind in EMERGENCY_KINDS if found.covers(kind)],
        "still_open": found.terms().open(at),
        "due_at": found.opened_at + rules.REVIEW_WITHIN,
        "own": found.opened_by_id == request.viewer.pk,
        "outcomes": rules.OUTCOMES,
        "how_told": rules.HOW_TOLD,
        "form": form,
        "told_form": told,
        "at": at,
    }
    return page(request, "privacy/review.html", context, partial="main", ok=not (form.errors or told.errors))


@require(Permission.REVIEW_EMERGENCY, Emergency, "participant__program")
@require_POST
def told(request: Request, emergency_id: UUID) -> HttpResponse:
    """Note how the person was told of it."""
    at = timezone.now()
    found = queries.emergency_for(request.viewer, emergency_id)
    form = ToldForm(request.POST, prefix="told")
    if form.is_valid():
        try:
            actions.note_told(emergency=found, how=form.cleaned_data["how"], by=request.viewer, at=at)
            say(request, "Noted")
            return redirect("privacy:review", emergency_id=found.pk)
        except Refused as refusal:
            form.add_error(None, refusal.reasons)
    return _review(request, found, at, ReviewForm(), form)


# --- the privacy officer's pages --------------------------------------------------------------------------------------


def _tabs(request: HttpRequest) -> list[NavItem]:
    entries = (("Waiting", "privacy:home"), ("Who saw what", "privacy:looks"), ("Unusual looks", "privacy:unusual"))
    return [NavItem(label, reverse(name), "", current=request.path == reverse(name)) for label, name in entries]


@require(Permission.KEEP_PRIVACY)
@require_safe
def home(request: Request) -> HttpResponse:
    """What waits: emergency accesses to review, questions, unusual looks, consents about to end."""
    at, program = timezone.now(), request.viewer.program_id
    reviews = list(queries.waiting_review(program)[:100])
    questions = list(queries.questions(program)[:100])
    unsettled = list(queries.open_unusual(program)[:20])
    ending = guard.ending(program, ENDING_DAYS, at)[:100]
    people = [row.participant for row in reviews] + [row.participant for row in questions]
    people += [row.consent.participant for row in ending]
    people += [row.participant for row in unsettled if row.participant is not None]
    if people:
        actions.log_people(participants=people, page="privacy:home", rule=OFFICER, by=request.viewer, at=at)
    context = {
        "tabs": _tabs(request),
        "reviews": [(row, row.opened_at + rules.REVIEW_WITHIN) for row in reviews],
        "questions": questions,
        "unusual": unsettled,
        "ending": ending,
        "ending_days": ENDING_DAYS,
        "rule_words": rules.RULE_WORDS,
        "at": at,
    }
    return page(request, "privacy/home.html", context, partial="main")


@require(Permission.KEEP_PRIVACY)
@require_safe
def looks(request: Request) -> HttpResponse:
    """Who saw what and why, newest first: of one person, by one colleague, on one day."""
    at, program = timezone.now(), request.viewer.program
    form = FilterForm(request.GET or None, viewers=queries.viewers(program.pk))
    number = whole(request.GET.get("page", "1"), 99_999) or 1
    person = None
    if form.is_bound and form.is_valid() and form.cleaned_data["person"] is not None:
        person = participants.numbered(program.pk, form.cleaned_data["person"])
        if person is None:
            form.add_error("person", "No record has this number.")
    rows: list[queries.Look] = []
    more = False
    if not form.errors:
        chosen = queries.Wanted(person, form.chosen(), form.day()) if form.is_bound else queries.Wanted()
        rows, more = queries.looks(program.pk, program.zone, chosen, number)
    people = [*queries.names_shown(rows), *([person] if person else [])]
    if people:
        actions.log_people(participants=people, page="privacy:looks", rule=OFFICER, by=request.viewer, at=at)
    kept = request.GET.copy()
    kept.pop("page", None)
    here = reverse("privacy:looks") + (f"?{kept.urlencode()}" if kept else "")
    context = {
        "tabs": _tabs(request),
        "form": form,
        "rows": rows,
        "number": number,
        "more": more,
        "here": here,
        "person": person,
    }
    return page(request, "privacy/looks.html", context, partial="found", ok=not form.errors)


@require(Permission.KEEP_PRIVACY)
@require_safe
def unusual(request: Request) -> HttpResponse:
    """Looks that may need an explanation, each with its reason; or those that are closed."""
    at, closed = timezone.now(), request.GET.get("show") == "closed"
    rows = list(queries.open_unusual(request.viewer.program_id, closed=closed)[:200])
    people = [row.participant for row in rows if row.participant is not None]
    if people:
        actions.log_people(participants=people, page="privacy:unusual", rule=OFFICER, by=request.viewer, at=at)
    context = {
        "tabs": _tabs(request),
        "rows": [(row, rules.because(row.rule, row.facts)) for row in rows],
        "rule_words": rules.RULE_WORDS,
        "closings": rules.CLOSINGS,
        "closed": closed,
    }
    return page(request, "privacy/unusual.html", context, partial="main")


@require(Permission.KEEP_PRIVACY, Unusual)
def one_unusual(request: Request, unusual_id: UUID) -> HttpResponse:
    """One of them: ask who looked, read the answer, close it with an outcome."""
    at = timezone.now()
    found = queries.unusual_for(request.viewer, unusual_id)
    form = CloseForm(request.POST if request.method == "POST" and "ask" not in request.POST else None)
    if request.method == "POST" and "ask" in request.POST:
        actions.ask_viewer(unusual=found, by=request.viewer, at=at)
        say(request, "Asked. It stands on their Today.")
        return redirect("privacy:one_unusual", unusual_id=found.pk)
    if form.is_valid():
        try:
            actions.close_unusual(unusual=found, **form.cleaned_data, by=request.viewer, at=at)
            say(request, "Closed")
            return redirect("privacy:one_unusual", unusual_id=found.pk)
        except Refused as refusal:
            form.add_error(None, refusal.reasons)
    program = found.program
    wanted = queries.Wanted(person=found.participant, viewer=found.viewer, on=found.on)
    rows, more = queries.looks(program.pk, program.zone, wanted, 1)
    people = [*queries.names_shown(rows), *([found.participant] if found.participant else [])]
    actions.log_people(participants=people, page="privacy:unusual", rule=OFFICER, by=request.viewer, at=at)
    context = {
        "tabs": _tabs(request),
        "one": found,
        "because": rules.because(found.rule, found.facts),
        "title": rules.RULE_WORDS[rules.Rule(found.rule)],
        "closings": rules.CLOSINGS,
        "rows": rows,
        "more": more,
        "form": form,
        "own": found.viewer_id == request.viewer.pk,
    }
    return page(request, "privacy/one_unusual.html", context, partial="main", ok=not form.errors)


@require(Permission.KEEP_PRIVACY, Question, "participant__program")
def question(request: Request, question_id: UUID) -> HttpResponse:
    """A person's question about a look, with what the log says; the answer goes to their own page."""
    at = timezone.now()
    asked = queries.question_for(request.viewer, question_id)
    sent = request.POST if request.method == "POST" else None
    form = WordsForm(sent, label="Your answer", missing="Write the answer.")
    if form.is_valid():
        try:
            actions.answer_question(question=asked.question, **form.cleaned_data, by=request.viewer, at=at)
            say(request, "Answered. They read it on their own page.")
            return redirect("privacy:question", question_id=question_id)
        except Refused as refusal:
            form.add_error(None, refusal.reasons)
    people = [asked.question.participant]
    actions.log_people(participants=people, page="privacy:question", rule=OFFICER, by=request.viewer, at=at)
    context = {"tabs": _tabs(request), "asked": asked, "form": form, "at": at}
    return page(request, "privacy/question.html", context, partial="main", ok=not form.errors)


@require(Permission.OPEN_RECORD, Unusual)
def explain(request: Request, unusual_id: UUID) -> HttpResponseBase:
    """Whoever looked says why."""
    at = timezone.now()
    found = queries.explaining_for(request.viewer, unusual_id)
    sent = request.POST if request.method == "POST" else None
    form = WordsForm(sent, label="Why did you open it?", missing="Write why you opened it.")
    if form.is_valid():
        try:
            actions.explain(unusual=found, **form.cleaned_data, by=request.viewer, at=at)
            say(request, "Thank you. The privacy officer reads it.")
            return redirect("desk:today")
        except Refused as refusal:
            form.add_error(None, refusal.reasons)
    if found.participant is not None:
        actions.log_people(
            participants=[found.participant], page="privacy:explain", rule=ASKED, by=request.viewer, at=at
        )
    context = {
        "one": found,
        "because": rules.because(found.rule, found.facts),
        "form": form,
        "today": local_day(at, request.viewer.program.zone),
    }
    return page(request, "privacy/explain.html", context, partial="main", ok=not form.errors)
