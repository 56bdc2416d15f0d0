"""Where each role lands, the day, the people, one record's first page, the program's numbers."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from functools import partial
from uuid import UUID

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from openiop.base.rules import local_day
from openiop.consents import actions as consents
from openiop.consents import queries as guard
from openiop.consents.access import opens
from openiop.consents.queries import Opened
from openiop.consents.rules import KEPT_BACK, Kind
from openiop.desk import actions, queries, rules
from openiop.desk.forms import ChooseForm
from openiop.participants import queries as participants
from openiop.participants.models import Participant
from openiop.privacy import queries as privacy
from openiop.programs import queries as programs
from openiop.programs.access import Request, public, require
from openiop.programs.models import Membership
from openiop.programs.rules import Permission
from openiop.ui.pages import page
from openiop.ui.rules import whole

PER_PAGE = 60  # people on one page of the list
KEPT = "caseload"  # the order and the track someone chose, kept in their session
LISTS = {"mine": "Mine", "team": "My team’s", "all": "Everyone in care"}


def to(name: str, *args: object) -> str:
    """The address of a page, or nothing where the program has no such page."""
    try:
        return reverse(name, args=args)
    except NoReverseMatch:
        return ""


def session_page(viewer: Membership, session_id: object) -> str:
    """Where this viewer opens a session: its roster and note where they record attendance, else its plan."""
    may = viewer.may(Permission.RECORD_ATTENDANCE)
    return to("attendance:session" if may else "schedule:plan", session_id)


def landing(viewer: Membership) -> str:
    """The page this person's day begins on."""
    if viewer.may(Permission.OWN_RECORD):
        return to("portal:home")
    if viewer.may(Permission.SUPPORT):
        return to("portal:support")
    if viewer.may(Permission.READ_DIRECTOR) and not viewer.may(Permission.READ_CASELOAD):
        return to("desk:director")
    return to("desk:today")


@public
@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """The front door: a welcome for strangers, the right first page for everyone else."""
    viewer: Membership | None = getattr(request, "viewer", None)
    if not request.user.is_authenticated:
        return redirect(to("frontdoor:welcome") or "accounts:sign-in")
    if viewer is None:
        return page(request, "desk/nowhere.html", {}, status=403)
    if "membership" not in request.session:
        today = local_day(timezone.now(), viewer.program.zone)
        if programs.memberships_of(viewer.user, today).count() > 1:
            return redirect("desk:choose")
    return redirect(landing(viewer))


@require(Permission.SIGNED_IN)
def choose(request: Request) -> HttpResponse:
    """Which program to look through, for people who belong to several."""
    today = local_day(timezone.now(), request.viewer.program.zone)
    mine = list(programs.memberships_of(request.viewer.user, today))
    form = ChooseForm(request.POST if request.method == "POST" else None, memberships=mine, chosen=request.viewer.pk)
    if form.is_valid():
        chosen = form.membership()
        request.session["membership"] = str(chosen.pk)
        return redirect(landing(chosen))
    return page(request, "desk/choose.html", {"form": form, "mine": mine}, ok=not form.errors)


def _chosen(request: Request, tracks: tuple[str, ...]) -> tuple[str, str]:
    """The track and the order asked for now, else those chosen last time; a new choice is kept."""
    kept = request.session.get(KEPT, {})
    track = request.GET.get("track", kept.get("track", ""))
    sort = request.GET.get("sort", kept.get("sort", "attention"))
    track = track if track in tracks else ""
    sort = sort if sort in rules.SORTS else "attention"
    if {"track": track, "sort": sort} != kept and ("track" in request.GET or "sort" in request.GET):
        request.session[KEPT] = {"track": track, "sort": sort}
    return track, sort


def _table(request: Request, which: str, at: datetime) -> queries.Table:
    tracks = queries.tracks_of(request.viewer.program_id, local_day(at, request.viewer.program.zone))
    track, sort = _chosen(request, tracks)
    return queries.caseload(request.viewer, which, at, track=track, sort=sort, tracks=tracks)


def _log(
    request: Request, table: queries.Table | None, others: tuple[Participant, ...], name: str, at: datetime
) -> None:
    """That these people were shown, under the most telling kind of information the list held."""
    people = {one.id: Participant(pk=one.id) for one in table.people} if table else {}
    people |= {one.pk: one for one in others}
    held = table.kinds if table else frozenset()
    kind = next((kind for kind in (Kind.MEASURES, Kind.ATTENDANCE) if kind in held), Kind.SCHEDULE)
    if people:
        permission = Permission.READ_TODAY if name == "desk:today" else Permission.READ_CASELOAD
        consents.log_reads(
            people=people.values(), kind=kind, page=name, permission=permission, by=request.viewer, at=at
        )


@require(Permission.READ_TODAY)
@require_safe
def today(request: Request) -> HttpResponse:
    """The day: what needs me, my sessions, notes to sign, my caseload."""
    at = timezone.now()
    day = queries.day(request.viewer, at)
    table = _table(request, "team", at) if request.viewer.may(Permission.READ_CASELOAD) else None
    _log(request, table, day.people, "desk:today", at)
    context = {
        "day": day,
        "table": table,
        "at": at,
        "on": local_day(at, request.viewer.program.zone),
        "sorts": rules.SORTS,
        "which": "",
        "to": to,
        "session_page": partial(session_page, request.viewer),
        "may_work": request.viewer.may(Permission.WORK_ALERTS),
        "may_sign": request.viewer.may(Permission.WRITE_NOTES),
    }
    return page(request, "desk/today.html", context, partial="caseload")


@require(Permission.READ_CASELOAD)
@require_safe
def people(request: Request) -> HttpResponse:
    """Everyone in care, mine or all, in the same table as on Today."""
    at = timezone.now()
    which = request.GET.get("show", "")
    if which not in LISTS:
        which = "team" if request.viewer.may(Permission.WRITE_NOTES) else "all"
    found = _table(request, which, at)
    shown = Paginator(found.people, PER_PAGE).get_page(request.GET.get("page"))
    table = replace(found, people=tuple(shown))
    _log(request, table, (), "desk:people", at)
    context = {
        "table": table, "many": len(found.people), "shown": shown, "which": which, "lists": LISTS,
        "sorts": rules.SORTS, "to": to,
    }  # fmt: skip
    return page(request, "desk/people.html", context, partial="caseload")


@require(Permission.OPEN_RECORD)
@require_POST
def find(request: Request) -> HttpResponse:
    """People by name or record number; the words searched for never stand in an address."""
    at, words = timezone.now(), request.POST.get("q", "").strip()[:80]
    found = queries.find(request.viewer, words)
    if found:
        consents.log_reads(
            people=found,
            kind=Kind.CONTACT,
            page="desk:find",
            permission=Permission.OPEN_RECORD,
            by=request.viewer,
            at=at,
        )
    return page(request, "desk/find.html", {"words": words, "found": found, "to": to}, partial="found")


def _links(participant: Participant, request: Request) -> Callable[[queries.Entry], str]:
    """Where each thing on the timeline can be opened; pages of the record need its id first."""

    def link(entry: queries.Entry) -> str:
        if entry.page == "attendance:session":
            return session_page(request.viewer, entry.id)
        keys = [participant.pk] if entry.page != "alerts:alert" else []
        address = to(entry.page, *keys, *([entry.id] if entry.id else [])) if entry.page else ""
        return address if address and request.leads_to(address) else ""  # type: ignore[attr-defined]

    return link


@require(Permission.OPEN_RECORD, Participant)
@require_safe
def chart(request: Request, participant_id: UUID) -> HttpResponse:
    """A record's first page: problem to proof, measures on one axis, what happened."""
    at = timezone.now()
    opened = guard.open_record(request.viewer, participant_id, Kind.CONTACT, at, Permission.OPEN_RECORD)
    if opened.participant.merged_into_id is not None:
        return redirect("desk:chart", participant_id=opened.participant.merged_into_id)
    request.emergency = opened.emergency  # type: ignore[attr-defined]
    seen = queries.overview(request.viewer, opened, at, long=request.GET.get("timeline") == "all")
    actions.log_overview(opened=opened, kinds=seen.shown, by=request.viewer, at=at)
    context = {
        "opened": opened,
        "seen": seen,
        "at": at,
        "to": to,
        "links": _links(opened.participant, request),
        "kept_back": KEPT_BACK,
        "may_ask": request.viewer.may(Permission.ASSIGN_MEASURES),
        "may_review": request.viewer.may(Permission.REVIEW),
        "may_note": request.viewer.may(Permission.WRITE_NOTES),
    }
    return page(request, "desk/chart.html", context, partial="main")


@opens(Permission.READ_ACCESS_LOG, Kind.ACCESS_LOG)
@require_safe
def who_looked(request: Request, opened: Opened) -> HttpResponse:
    """Everyone who opened the record, newest first."""
    asked = request.GET.get("page", "1")
    number = whole(asked, 99_999) or 1
    rows, more = privacy.looks_of(participants.ids_together(opened.participant.pk), number)
    context = {"opened": opened, "rows": rows, "number": number, "more": more}
    return page(request, "desk/who_looked.html", context, partial="main")


@require(Permission.READ_DIRECTOR)
@require_safe
def director(request: Request) -> HttpResponse:
    """The program in numbers, each with its unit, its reference and how it is computed."""
    at = timezone.now()
    context = {
        "at": at,
        "n": queries.numbers(request.viewer, at),
        "to": to,
        "may_open": request.viewer.may(Permission.READ_CASELOAD),
        "may_work": request.viewer.may(Permission.WORK_ALERTS),
        "may_ask": request.viewer.may(Permission.WORK_ENQUIRIES),
    }
    return page(request, "desk/director.html", context)
