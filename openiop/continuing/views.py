"""The review: the evidence since the last one, the decision, and what came of earlier ones."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from openiop.admissions import queries as admissions
from openiop.admissions import rules as placement
from openiop.base.errors import Refused
from openiop.base.rules import local_day
from openiop.consents.access import opens
from openiop.consents.queries import Opened
from openiop.consents.rules import KEPT_BACK, Kind, opens_labelled
from openiop.continuing import actions, queries, rules
from openiop.continuing.forms import BookingForm, DecideForm, FirstDayForm
from openiop.continuing.models import Appointment
from openiop.continuing.rules import End
from openiop.participants.models import Episode
from openiop.participants.rules import TEDS_REASONS
from openiop.programs import queries as programs
from openiop.programs.access import Request
from openiop.programs.rules import Permission
from openiop.schedule import queries as schedule
from openiop.ui import queries as drafts
from openiop.ui.access import once, owner_of
from openiop.ui.pages import page, say

USES = {
    "alcohol": "alcohol",
    "drug": "another substance",
    "behavior": "gambling or another behavior",
    "unsure": "not sure",
}


def _show(
    request: Request,
    opened: Opened,
    at: datetime,
    form: DecideForm | None,
    found: queries.Evidence | None,
    *,
    book: BookingForm | None = None,
    clashes: list[str] | None = None,
    status: int | None = None,
) -> HttpResponse:
    """The review page; the evidence is read once, by whoever asks for the page."""
    episode, zone = opened.episode, opened.participant.program.zone
    context: dict[str, object] = {
        "opened": opened,
        "episode": episode,
        "found": found,
        "form": form,
        "book": book or BookingForm(**_where(opened, at), auto_id="book_%s"),
        "clashes": clashes or [],
        "today": local_day(at, zone),
        "now": at,
        "sees_sensitive": opens_labelled(opened.access),
        "kept_back": KEPT_BACK,
        "reviews": queries.reviews(episode.pk) if episode else [],
        "appointments": queries.appointments(opened.participant.pk),
        "end_words": rules.END_WORDS,
        "level_words": rules.level_words,
        "uses": USES,
        "teds": TEDS_REASONS,
        "open_week": request.viewer.may(Permission.KEEP_SCHEDULE) and request.viewer.may(Permission.PRESCRIBE_HOURS),
        "step": schedule.after_step(episode, local_day(at, zone)) if episode and episode.ended_on is None else None,
    }
    if found is not None and episode is not None:
        key = f"continuing.review:{episode.pk}:words"
        context |= {
            "needs": {end.value: rules.needs(end, replace(found.facts, prepared=True)) for end in End},
            "key": key,
            "drafts": drafts.drafts_for(owner_of(request), [key]),
            "none_up": not rules.levels_for(End.STEP_UP, episode.level),
            "none_down": not rules.levels_for(End.STEP_DOWN, episode.level),
            "days_in": (local_day(at, zone) - found.since).days,
        }
    refused = bool(clashes) or (form is not None and bool(form.errors)) or (book is not None and bool(book.errors))
    return page(request, "continuing/review.html", context, ok=not refused, status=status)


def _where(opened: Opened, at: datetime) -> dict[str, Any]:
    """What an appointment is booked among: the program's clock, who may lead a visit, and its rooms."""
    program = opened.participant.program
    staff = schedule.who_may_lead(program.pk, local_day(at, program.zone))
    return {"zone": program.zone, "staff": staff, "places": programs.places(program.pk)}


def _in_the_way(request: Request, form: BookingForm, episode: Episode) -> list[str]:
    """What stands against the time chosen, until it is booked all the same."""
    booking = form.booking()
    found = queries.in_the_way(episode, booking, form.cleaned_data.get("facilitator")) if booking else []
    return [] if request.POST.get("anyway") == "|".join(found) else found


def _form(request: Request, opened: Opened, at: datetime, found: queries.Evidence, episode: Episode) -> DecideForm:
    program = opened.participant.program
    today = local_day(at, program.zone)
    last = queries.last_review(episode.pk)
    days = admissions.review_days(program.pk, today)
    return DecideForm(
        request.POST if request.method == "POST" else None,
        facts=found.facts,
        today=today,
        **_where(opened, at),
        longest=programs.policy_value(program.pk, rules.LONGEST_POLICY, today, rules.LONGEST),
        initial={
            "seen": queries.seen(last, episode),
            "next_review_on": placement.first_review(today, episode.level, days),
            "last_contact_on": today,
        },
    )


@opens(Permission.ADMIT, Kind.PLACEMENT)
def first_day(request: Request, opened: Opened) -> HttpResponse:
    """Correct the first day of a stay in which nothing happened yet."""
    episode = opened.episode
    if episode is None or episode.ended_on is not None:
        raise Http404
    start = {"starts_on": episode.started_on, "review_on": episode.review_on}
    form = FirstDayForm(request.POST if request.method == "POST" else None, initial=start)
    if request.method == "POST" and form.is_valid():
        try:
            actions.correct_first_day(episode=episode, **form.cleaned_data, by=request.viewer, at=timezone.now())
        except Refused as refusal:
            form.add_error(None, refusal.reasons)
        else:
            say(request, "First day corrected. Look at their week next.")
            return redirect("admissions:admit", opened.participant.pk)
    context = {"opened": opened, "episode": episode, "form": form, "happened": queries.happened(episode)}
    return page(request, "continuing/first_day.html", context, ok=not form.errors)


@opens(Permission.REVIEW, Kind.PLACEMENT)
def review(request: Request, opened: Opened) -> HttpResponse:
    """Everything since the last review on one page, ending in a decision."""
    at, episode = timezone.now(), opened.episode
    if episode is None or (episode.ended_on is not None and request.method != "POST"):
        return _show(request, opened, at, None, None)
    episode.participant = opened.participant
    last = queries.last_review(episode.pk)
    found = queries.evidence(episode, queries.since_of(episode, last, opened.participant.program.zone), at)
    form = _form(request, opened, at, found, episode)
    status = None
    clashes: list[str] = []
    if form.is_bound and form.is_valid():
        clashes = _in_the_way(request, form, episode) if form.decision()["appointment"] else []
    if form.is_bound and form.is_valid() and not clashes:
        try:
            done = actions.decide_review(episode=episode, **form.decision(), by=request.viewer, at=at)
            say(request, f"Review decided: {rules.END_WORDS[End(done.end)].lower()}")
            return redirect("continuing:review", opened.participant.pk)
        except actions.Stale as stale:
            form.add_error(None, stale.reasons)
            fresh = request.POST.copy()
            fresh["seen"] = queries.seen(queries.last_review(episode.pk), episode)
            form.data = fresh
            status = 409
        except Refused as refusal:
            form.add_error(None, refusal.reasons)
    return _show(request, opened, at, form, found, clashes=clashes, status=status)


@opens(Permission.REVIEW, Kind.PLACEMENT)
@require_safe
def past(request: Request, opened: Opened, review_id: UUID) -> HttpResponse:
    """One earlier review as it was decided, with the evidence kept beside it."""
    own = [episode.pk for episode in opened.participant.episodes.order_by("started_on", "pk")]
    row = queries.review_of(own, review_id)
    context = {
        "opened": opened,
        "review": row,
        "end_words": rules.END_WORDS,
        "level_words": rules.level_words,
        "teds": TEDS_REASONS,
        "uses": USES,
        "dimensions": {one.number: one.name for one in placement.DIMENSIONS},
    }
    return page(request, "continuing/past.html", context, partial="main")


@once
@opens(Permission.REVIEW, Kind.PLACEMENT)
@require_POST
def book(request: Request, opened: Opened) -> HttpResponse:
    """Book the next appointment."""
    at, episode = timezone.now(), opened.episode
    form = BookingForm(request.POST, **_where(opened, at), auto_id="book_%s")
    clashes: list[str] = []
    if form.is_valid() and episode is not None:
        episode.participant = opened.participant
        booking = form.booking()
        assert booking is not None
        clashes = _in_the_way(request, form, episode)
        try:
            if not clashes:
                actions.book_appointment(episode=episode, booking=booking, **form.here(), by=request.viewer, at=at)
                say(request, "Appointment booked")
                return redirect("continuing:review", opened.participant.pk)
        except Refused as refusal:
            form.refused(refusal.reasons)
    return _show(request, opened, at, None, None, book=form, clashes=clashes)


def _mark(
    request: Request, opened: Opened, appointment_id: UUID, do: Callable[..., Appointment], said: str
) -> HttpResponse:
    row = queries.appointment_of(opened.participant.pk, appointment_id)
    do(appointment=row, by=request.viewer, at=timezone.now())
    say(request, said)
    return redirect("continuing:review", opened.participant.pk)


@opens(Permission.REVIEW, Kind.PLACEMENT)
@require_POST
def kept(request: Request, opened: Opened, appointment_id: UUID) -> HttpResponse:
    """The person came."""
    return _mark(request, opened, appointment_id, actions.keep_appointment, "Marked as kept")


@opens(Permission.REVIEW, Kind.PLACEMENT)
@require_POST
def missed(request: Request, opened: Opened, appointment_id: UUID) -> HttpResponse:
    """The person did not come."""
    return _mark(request, opened, appointment_id, actions.miss_appointment, "Marked as missed. It needs a call today")


@opens(Permission.REVIEW, Kind.PLACEMENT)
@require_POST
def called_off(request: Request, opened: Opened, appointment_id: UUID) -> HttpResponse:
    """It does not take place."""
    return _mark(request, opened, appointment_id, actions.call_off_appointment, "Called off")
