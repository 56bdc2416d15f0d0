"""Standing groups and tracks: see them, add them, move them, close them."""

from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_POST

from openiop.base.errors import Refused
from openiop.base.rules import local_day
from openiop.consents import actions as consents
from openiop.consents import queries as guard
from openiop.consents.rules import Kind
from openiop.curriculum import queries as curriculum
from openiop.programs import queries as programs
from openiop.programs.access import Request, require
from openiop.programs.rules import Permission
from openiop.schedule import actions, queries, rules
from openiop.schedule.forms import CloseForm, FromForm, GroupForm, TrackForm
from openiop.schedule.models import Group
from openiop.ui.access import once
from openiop.ui.pages import page, say


def _today(request: Request) -> date:
    return local_day(timezone.now(), request.viewer.program.zone)


def _group_form(request: Request, data: Any = None, *, moving: bool = False, **initial: Any) -> GroupForm:
    """The form with the rooms, staff, tracks and topics of the viewer's program."""
    program, today = request.viewer.program, _today(request)
    return GroupForm(
        data,
        places=programs.places(program.pk),
        staff=queries.who_may_lead(program.pk, today),
        tracks=queries.tracks(program.pk, today),
        topics=curriculum.topics(program.pk, today),
        moving=moving,
        initial=initial,
    )


@require(Permission.READ_SCHEDULE)
def groups(request: Request) -> HttpResponse:
    """Every group by track with its seats; tracks and groups can be added."""
    return _groups_page(request, TrackForm())


def _groups_page(request: Request, form: TrackForm) -> HttpResponse:
    program, today = request.viewer.program, _today(request)
    rows = list(queries.groups(program.pk, today))
    tracks = list(queries.tracks(program.pk, today))
    context = {
        "tracks": [(track, [row for row in rows if row.track_id == track.pk]) for track in tracks],
        "track_form": form,
        "span": lambda group: rules.span(queries.meeting(group)),
        "may_plan": request.viewer.may(Permission.KEEP_SCHEDULE),
        "today": today,
    }
    return page(request, "schedule/groups.html", context, partial="main", ok=not form.errors)


@require(Permission.KEEP_SCHEDULE)
@require_POST
def add_track(request: Request) -> HttpResponse:
    """Add a way through the week."""
    form = TrackForm(request.POST)
    if form.is_valid():
        try:
            actions.add_track(
                program=request.viewer.program,
                name=form.cleaned_data["name"],
                tone=form.cleaned_data["tone"],
                virtual=form.cleaned_data["tone"] == "virtual",
                by=request.viewer,
                at=timezone.now(),
            )
            say(request, "Track added.")
            return redirect("schedule:groups")
        except Refused as refusal:
            form.add_error("name", refusal.reasons)
    return _groups_page(request, form)


@once
@require(Permission.KEEP_SCHEDULE)
def new(request: Request) -> HttpResponse:
    """Add a standing group; its sessions for the coming weeks are made at once."""
    program, today, at = request.viewer.program, _today(request), timezone.now()
    seats = programs.policy_value(program.pk, rules.GROUP_SEATS, today, rules.GROUP_SEATS_DEFAULT)
    form = _group_form(
        request,
        request.POST or None,
        track=request.GET.get("track"),
        from_on=today,
        capacity=seats,
        facilitator=request.viewer.pk,
        starts="17:30",
    )
    if form.is_valid():
        try:
            group = actions.add_group(by=request.viewer, at=at, **form.cleaned_data)
            actions.make_sessions(
                program=program,
                from_on=today,
                until_on=queries.horizon(program.pk, at, program.zone),
                by=request.viewer,
                at=at,
            )
            say(request, "Group added, with its sessions for the coming weeks.")
            return redirect("schedule:group", group.pk)
        except Refused as refusal:
            form.add_error(None, refusal.reasons)
    return page(request, "schedule/group_new.html", {"form": form}, partial="sheet", ok=not form.errors)


def _may_see(request: Request, at: datetime) -> bool:
    """Whether the viewer's roles read the week of the program's people; the answer is the same for each of them."""
    return guard.in_program(request.viewer, Kind.SCHEDULE, at, Permission.READ_SCHEDULE).allowed


def _group_page(request: Request, group: Group, *, ok: bool = True, **forms: Any) -> HttpResponse:
    today, at = _today(request), timezone.now()
    people = queries.enrolled(group, today)
    may_see = request.viewer.may(Permission.READ_CHART) and _may_see(request, at)
    if may_see:
        consents.log_reads(
            people=[row.episode.participant for row in people],
            kind=Kind.SCHEDULE,
            permission=Permission.READ_SCHEDULE,
            page="schedule:group",
            by=request.viewer,
            at=at,
        )
    ahead = queries.sessions_between(group.track.program_id, today, today + timedelta(weeks=6)).filter(group=group)
    context = {
        "group": group,
        "span": rules.span(queries.meeting(group)),
        "people": people if may_see else [],
        "taken": len(people),
        "may_see": may_see,
        "ahead": list(ahead),
        "ended": group.until_on is not None and group.until_on <= today,
        "may_plan": request.viewer.may(Permission.KEEP_SCHEDULE),
        "today": today,
        "move_form": _group_form(
            request,
            moving=True,
            weekday=group.weekday,
            starts=group.starts,
            minutes=group.minutes,
            place=group.place_id,
            capacity=group.capacity,
            facilitator=group.facilitator_id,
            co_facilitator=group.co_facilitator_id,
            from_on=today + timedelta(days=1),
        ),
        "close_form": CloseForm(prefix="close", initial={"on": today + timedelta(days=1)}),
    } | forms
    return page(request, "schedule/group.html", context, partial="main", ok=ok)


@require(Permission.READ_SCHEDULE, Group, "track__program")
def group(request: Request, group_id: UUID) -> HttpResponse:
    """One standing group: when, where, with whom, who is in it, its sessions ahead."""
    return _group_page(request, queries.group_for(request.viewer, group_id))


@require(Permission.KEEP_SCHEDULE, Group, "track__program")
def fill(request: Request, group_id: UUID) -> HttpResponse:
    """Choose people in care for the group, with their hours and what runs into it; who is chosen has a seat."""
    at, today = timezone.now(), _today(request)
    found = queries.group_for(request.viewer, group_id)
    if not (_may_see(request, at) and request.viewer.may(Permission.READ_CHART)):
        raise PermissionDenied("Names are shown to the care team.")
    if found.until_on is not None and found.until_on <= today:
        raise Refused("This group has ended.")
    form = FromForm(request.POST or None, prefix="fill", initial={"from_on": max(today, found.from_on)})
    chosen, reasons = set(request.POST.getlist("episode")), []
    on = form.cleaned_data["from_on"] if form.is_valid() else max(today, found.from_on)
    rows = queries.joiners(found, on)
    if request.method == "POST" and form.is_valid():
        episodes = [row.episode for row in rows if str(row.episode.pk) in chosen]
        try:
            if not chosen:
                raise Refused("Choose at least one person.")
            made = actions.fill_group(group=found, episodes=episodes, from_on=on, by=request.viewer, at=at)
            say(request, f"{len(made)} {'person is' if len(made) == 1 else 'people are'} in the group.")
            return redirect("schedule:group", found.pk)
        except Refused as refusal:
            reasons = refusal.reasons
    people = [row.episode.participant for row in rows]
    consents.log_reads(
        people=people,
        kind=Kind.SCHEDULE,
        page="schedule:fill",
        permission=Permission.KEEP_SCHEDULE,
        by=request.viewer,
        at=at,
    )
    taken = len(queries.enrolled(found, on))
    context = {
        "group": found,
        "span": rules.span(queries.meeting(found)),
        "rows": rows,
        "chosen": chosen,
        "taken": taken,
        "free": max(0, found.capacity - taken),
        "form": form,
        "reasons": reasons,
    }
    return page(request, "schedule/fill.html", context, partial="main", ok=not (reasons or form.errors))


@require(Permission.KEEP_SCHEDULE, Group, "track__program")
@require_POST
def move(request: Request, group_id: UUID) -> HttpResponse:
    """The group meets at another time, room or with another facilitator from a day on; its people move along."""
    found = queries.group_for(request.viewer, group_id)
    form = _group_form(request, request.POST, moving=True)
    if form.is_valid():
        try:
            moved = actions.move_group(group=found, by=request.viewer, at=timezone.now(), **form.cleaned_data)
            say(request, "Group moved, and its people with it.")
            return redirect("schedule:group", moved.pk)
        except Refused as refusal:
            form.add_error(None, refusal.reasons)
    return _group_page(request, found, ok=False, move_form=form)


@require(Permission.KEEP_SCHEDULE, Group, "track__program")
@require_POST
def close(request: Request, group_id: UUID) -> HttpResponse:
    """The group does not meet from a day on; what lies ahead is cancelled with the reason."""
    found = queries.group_for(request.viewer, group_id)
    form = CloseForm(request.POST, prefix="close")
    if form.is_valid():
        try:
            actions.close_group(group=found, by=request.viewer, at=timezone.now(), **form.cleaned_data)
            say(request, "Group closed. Its people are free for others.")
            return redirect("schedule:groups")
        except Refused as refusal:
            form.add_error("on", refusal.reasons)
    return _group_page(request, found, ok=False, close_form=form)
