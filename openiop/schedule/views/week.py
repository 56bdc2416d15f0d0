"""The program's week: the grid, the list of sessions, one session's plan, a day to cover, door sheets."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from openiop.alerts import queries as alerts
from openiop.base.errors import Refused
from openiop.base.rules import day_starts, local_day, week_of
from openiop.consents import actions as consents
from openiop.consents import queries as guard
from openiop.consents.rules import Access, Kind
from openiop.curriculum import queries as curriculum
from openiop.participants.queries import open_episodes
from openiop.programs.access import Request, require
from openiop.programs.models import Membership
from openiop.programs.rules import Permission
from openiop.schedule import actions, queries
from openiop.schedule.forms import AwayForm, CancelForm, LeadForm, SeatForm, TopicForm
from openiop.schedule.models import Away, Seat, Session
from openiop.ui.access import once
from openiop.ui.pages import page, say
from openiop.ui.rules import day_from

AWAY = "The facilitator is away that day"  # what people read where nothing else is said
SHOWN_SHORT = 10  # people short of hours named beside the week


def _today(request: Request) -> date:
    return local_day(timezone.now(), request.viewer.program.zone)


def _may_hang(request: Request) -> Access:
    """Whether the viewer's roles read who comes on a day, as the sheets at the doors show it."""
    return guard.in_program(request.viewer, Kind.SCHEDULE, timezone.now(), Permission.READ_SCHEDULE)


def _sees_people(request: Request) -> bool:
    """Whether names stand beside the sessions: for those who open records and read the program's week."""
    return request.viewer.may(Permission.READ_CHART) and _may_hang(request).allowed


def _addresses(request: Request) -> Callable[[UUID], str]:
    """Where a session is opened: its roster and note by those who record them, its plan by everyone else."""
    records = request.viewer.may(Permission.RECORD_ATTENDANCE)

    def address(session_id: UUID) -> str:
        try:
            return reverse("attendance:session" if records else "schedule:plan", args=[session_id])
        except NoReverseMatch:  # this program keeps no rosters
            return reverse("schedule:plan", args=[session_id])

    return address


@require(Permission.READ_SCHEDULE)
def week(request: Request) -> HttpResponse:
    """Tracks and times by day: room, facilitator, people and seats; who and which room carries how much."""
    program, today = request.viewer.program, _today(request)
    days = week_of(day_from(request.GET.get("on"), today))
    assert days.until is not None
    sessions = list(queries.sessions_between(program.pk, days.first, days.until))
    people, rooms = queries.loads(sessions, program.pk, days.first)
    short = queries.behind(program.pk, days)
    behind = short if _sees_people(request) else []
    consents.log_reads(
        people=[row.episode.participant for row in behind[:SHOWN_SHORT]],
        kind=Kind.SCHEDULE,
        permission=Permission.READ_SCHEDULE,
        page="schedule:week",
        by=request.viewer,
        at=timezone.now(),
    )
    context = {
        "open_session": _addresses(request),
        "grid": queries.grid(sessions, program.pk, days, program.zone),
        "days": days,
        "today": today,
        "earlier": days.first - timedelta(days=7),
        "later": days.until,
        "people_loads": people,
        "room_loads": rooms,
        "behind": behind,
        "short": len(short),
        "shown_short": SHOWN_SHORT,
        "may_cover": request.viewer.may(Permission.COVER_DAY),
        "away": queries.away_with_work(program.pk, days, sessions, timezone.now()),
        "may_hang": _may_hang(request).allowed,
    }
    return page(request, "schedule/week.html", context, partial="main")


@require(Permission.READ_SCHEDULE)
def sessions(request: Request) -> HttpResponse:
    """Today's sessions, those of the coming week, and those of the past week; one's own unless all are asked for."""
    now, today, program = timezone.now(), _today(request), request.viewer.program
    rows = list(queries.sessions_between(program.pk, today - timedelta(days=7), today + timedelta(days=8)))
    own = [row for row in rows if request.viewer.pk in {row.facilitator_id, row.co_facilitator_id}]
    everyone = request.GET.get("who") == "all" or not own
    shown = rows if everyone else own
    by_name = _may_hang(request).allowed
    seats = queries.rosters([row.pk for row in shown if row.group_id is None]) if by_name else {}
    whose = {key: found[0].episode.participant for key, found in seats.items() if len(found) == 1}
    consents.log_reads(
        people=list(whose.values()),
        kind=Kind.SCHEDULE,
        page="schedule:sessions",
        permission=Permission.READ_SCHEDULE,
        by=request.viewer,
        at=now,
    )
    off = [row for row in shown if row.on == today and row.status == Session.Status.CANCELLED]
    context = {
        "open_session": _addresses(request),
        "may_hang": _may_hang(request).allowed,
        "now": now,
        "today": today,
        "everyone": everyone,
        "whose": whose,
        "off": len(off),
        "leads": bool(own),
        "todays": [row for row in shown if row.on == today],
        "coming": [row for row in shown if row.on > today],
        "past": [row for row in reversed(shown) if row.on < today],
    }
    return page(request, "schedule/sessions.html", context)


def _plan_page(request: Request, session: Session, *, ok: bool = True, **forms: Any) -> HttpResponse:
    """One session's plan with whichever form was sent in its place."""
    now, today = timezone.now(), _today(request)
    seats = queries.roster(session)
    may_see = _sees_people(request)
    may_plan, over = request.viewer.may(Permission.KEEP_SCHEDULE), session.ends_at <= now
    free = queries.free_to_lead(session, today)
    inside = {seat.episode_id for seat in seats}
    may_seat = may_see and may_plan and session.group_id and not over and session.status == Session.Status.PLANNED
    others = open_episodes(session.program_id).exclude(pk__in=inside)
    others = others if may_seat else others.none()
    if may_see:
        people = [*(seat.episode.participant for seat in seats), *(row.participant for row in others)]
        consents.log_reads(
            people=people,
            kind=Kind.SCHEDULE,
            page="schedule:plan",
            permission=Permission.READ_SCHEDULE,
            by=request.viewer,
            at=now,
        )
    context = {
        "open_session": _addresses(request),
        "session": session,
        "seats": seats if may_see else [],
        "people": len(seats),
        "over": over,
        "begun": session.starts_at <= now,
        "may_plan": may_plan,
        "may_cover": request.viewer.may(Permission.COVER_DAY),
        "may_see": may_see,
        "may_seat": may_seat,
        "lead_form": LeadForm(people=free),
        "although_out": "",
        "topic_form": TopicForm(
            topics=curriculum.topics(session.program_id, today, session.topic_id), initial={"topic": session.topic_id}
        ),
        "cancel_form": CancelForm(),
        "seat_form": SeatForm(episodes=others),
    } | forms
    return page(request, "schedule/plan.html", context, partial="main", ok=ok)


@require(Permission.READ_SCHEDULE, Session)
def plan(request: Request, session_id: UUID) -> HttpResponse:
    """One session's plan: who leads it, what it works on, who is expected, whether it takes place."""
    return _plan_page(request, _staff_session(request, session_id))


def _staff_session(request: Request, session_id: UUID) -> Session:
    session = queries.session_for(request.viewer, session_id)
    if not request.viewer.is_staff:
        raise Http404
    return session


@require(Permission.KEEP_SCHEDULE, Session)
@require_POST
def lead(request: Request, session_id: UUID) -> HttpResponse:
    """Give this one session to someone else."""
    session = _staff_session(request, session_id)
    form = LeadForm(request.POST, people=queries.free_to_lead(session, _today(request)))
    sure = bool(form.data.get("to")) and form.data.get("although_out") == form.data.get("to")
    if form.is_valid():
        try:
            actions.change_facilitator(
                session=session,
                to=form.members[form.cleaned_data["to"]],
                by=request.viewer,
                at=timezone.now(),
                although_out=sure,
            )
            say(request, "Facilitator changed for this session.")
            return redirect("schedule:plan", session.pk)
        except Refused as refusal:
            form.add_error("to", refusal.reasons)
    out = {str(key) for key in queries.away_on(session.program_id, session.on)}
    chosen = form.data.get("to", "")
    return _plan_page(request, session, ok=False, lead_form=form, although_out=chosen if chosen in out else "")


@require(Permission.KEEP_SCHEDULE, Session)
@require_POST
def topic(request: Request, session_id: UUID) -> HttpResponse:
    """Choose what this one session works on."""
    session = _staff_session(request, session_id)
    form = TopicForm(request.POST, topics=curriculum.topics(session.program_id, _today(request), session.topic_id))
    if form.is_valid():
        actions.change_topic(session=session, topic=form.cleaned_data["topic"], by=request.viewer, at=timezone.now())
        say(request, "Topic changed for this session.")
        return redirect("schedule:plan", session.pk)
    return _plan_page(request, session, ok=False, topic_form=form)


@require(Permission.COVER_DAY, Session)
@require_POST
def cancel(request: Request, session_id: UUID) -> HttpResponse:
    """Cancel this one session, with the reason, once it is clear for whom; it can be restored while it lies ahead."""
    session = _staff_session(request, session_id)
    form = CancelForm(request.POST)
    if form.is_valid() and session.status == Session.Status.PLANNED and not request.POST.get("sure"):
        now, seats = timezone.now(), queries.roster(session)
        may_see = _sees_people(request)
        if may_see:
            people = [seat.episode.participant for seat in seats]
            consents.log_reads(
                people=people,
                kind=Kind.SCHEDULE,
                page="schedule:cancel",
                permission=Permission.KEEP_SCHEDULE,
                by=request.viewer,
                at=now,
            )
        context = {
            "session": session,
            "form": form,
            "people": len(seats),
            "seats": seats if may_see else [],
            "over": session.ends_at <= now,
        }
        return page(request, "schedule/cancel.html", context, partial="main")
    if form.is_valid():
        try:
            actions.cancel_session(
                session=session, reason=form.cleaned_data["reason"], by=request.viewer, at=timezone.now()
            )
            say(request, "Session cancelled.", undo=reverse("schedule:restore", args=[session.pk]))
            return redirect("schedule:plan", session.pk)
        except Refused as refusal:
            form.add_error("reason", refusal.reasons)
    return _plan_page(request, session, ok=False, cancel_form=form)


@require(Permission.COVER_DAY, Session)
@require_POST
def restore(request: Request, session_id: UUID) -> HttpResponse:
    """Let a cancelled session take place after all."""
    session = _staff_session(request, session_id)
    actions.restore_session(session=session, by=request.viewer, at=timezone.now())
    say(request, "The session takes place after all.")
    return redirect("schedule:plan", session.pk)


@require(Permission.KEEP_SCHEDULE, Session)
@require_POST
def add_seat(request: Request, session_id: UUID) -> HttpResponse:
    """Expect one more person at this one session."""
    session = _staff_session(request, session_id)
    form = SeatForm(request.POST, episodes=open_episodes(session.program_id))
    if form.is_valid():
        try:
            actions.add_seat(
                session=session,
                episode=form.cleaned_data["episode"],
                why="make-up",
                by=request.viewer,
                at=timezone.now(),
            )
            say(request, "One more person is expected.")
            return redirect("schedule:plan", session.pk)
        except Refused as refusal:
            form.add_error("episode", refusal.reasons)
    return _plan_page(request, session, ok=False, seat_form=form)


@require(Permission.KEEP_SCHEDULE, Seat, "session__program")
@require_POST
def drop_seat(request: Request, seat_id: UUID) -> HttpResponse:
    """Expect this person no longer at this one session."""
    seat = queries.seat_for(request.viewer, seat_id)
    actions.drop_seat(seat=seat, by=request.viewer, at=timezone.now())
    say(request, "Not expected at this session any more.")
    return redirect("schedule:plan", seat.session_id)


@require(Permission.COVER_DAY)
def cover(request: Request) -> HttpResponse:
    """Someone is out for a day: each of their sessions to a substitute, to their partner, or cancelled, in one go."""
    at, today = timezone.now(), _today(request)
    sent = request.POST if request.method == "POST" else request.GET
    on = day_from(sent.get("on"), today)
    leading = queries.out_on(request.viewer.program_id, on, at)
    out = next((member for member, _ in leading if str(member.pk) == sent.get("who")), None)
    lines = queries.cover_lines(out, on, at) if out else []
    picked = {str(line.session.pk): sent.get(f"s-{line.session.pk}") or line.proposed for line in lines}
    reasons: list[str] = []
    if request.method == "POST" and out and lines:
        reason = sent.get("reason", "").strip() or AWAY
        try:
            done = actions.cover_day(
                out=out,
                on=on,
                choices={line.session: _substitute(line, out, picked[str(line.session.pk)]) for line in lines},
                reason=reason,
                why=sent.get("why", ""),
                by=request.viewer,
                at=at,
            )
            say(request, f"The day is covered: {done.words}.")
            return redirect(f"{reverse('schedule:week')}?on={on}")
        except Refused as refusal:
            reasons = refusal.reasons
    elif request.method == "POST":
        reasons = ["They lead nothing on that day any more."]
    form = AwayForm(prefix="away", initial={"from_on": on, "last_on": on}, staff=_staff(request, on))
    return _cover_page(request, on, leading, out, lines, picked, reasons, form)


def _staff(request: Request, on: date) -> Any:
    return queries.who_may_lead(request.viewer.program_id, on)


def _cover_page(
    request: Request,
    on: date,
    leading: list[tuple[Membership, int]],
    out: Membership | None,
    lines: list[queries.CoverLine],
    picked: dict[str, str],
    reasons: list[str],
    form: AwayForm,
) -> HttpResponse:
    """The page of one day: who leads, who is out, and the sessions of the one chosen with whatever was picked."""
    program, at = request.viewer.program, timezone.now()
    by_name = _may_hang(request).allowed
    people = [line.person for line in lines if line.person] if by_name else []
    consents.log_reads(
        people=people,
        kind=Kind.SCHEDULE,
        page="schedule:cover",
        permission=Permission.COVER_DAY,
        by=request.viewer,
        at=at,
    )
    works = request.viewer.may(Permission.WORK_ALERTS)
    context = {
        "on": on,
        "today": _today(request),
        "leading": leading,
        "away": queries.away_on(program.pk, on),
        "out": out,
        "lines": lines,
        "by_name": by_name,
        "picked": picked,
        "reasons": reasons,
        "sent": request.POST,
        "whys": Away.Why.choices,
        "alerts": alerts.due_for(out, day_starts(on + timedelta(days=1), program.zone)) if out and works else 0,
        "away_form": form,
    }
    return page(request, "schedule/cover.html", context, partial="main", ok=not (reasons or form.errors))


@once
@require(Permission.COVER_DAY)
@require_POST
def note_away(request: Request) -> HttpResponse:
    """Someone is out on these days; their sessions are covered day by day."""
    at, today = timezone.now(), _today(request)
    form = AwayForm(request.POST, prefix="away", staff=_staff(request, today))
    if form.is_valid():
        given = form.cleaned_data
        try:
            actions.note_away(
                member=given["member"],
                why=given["why"],
                from_on=given["from_on"],
                until_on=given["last_on"] + timedelta(days=1),
                by=request.viewer,
                at=at,
            )
            say(request, f"{given['member'].name} is noted as out.")
            return redirect(f"{reverse('schedule:cover')}?on={given['from_on']}&who={given['member'].pk}")
        except Refused as refusal:
            form.add_error("last_on", refusal.reasons)
    leading = queries.out_on(request.viewer.program_id, today, at)
    return _cover_page(request, today, leading, None, [], {}, [], form)


@require(Permission.COVER_DAY, Away, "member__program")
@require_POST
def back(request: Request, away_id: UUID) -> HttpResponse:
    """They are back, or do not go."""
    row = queries.away_for(request.viewer, away_id)
    actions.note_back(away=row, by=request.viewer, at=timezone.now())
    say(request, f"{row.member.name} is back. Sessions given to others stay with them.")
    return redirect("schedule:week")


def _substitute(line: queries.CoverLine, out: Membership, choice: str) -> Membership | None:
    """Who takes the session by the choice made: someone, the partner alone (named by the one who is out), or nobody."""
    if choice == "cancel":
        return None
    if choice == "alone":
        return out
    found: Membership | None = next(
        (member for member in [*line.free, *(row for row, _ in line.taken)] if str(member.pk) == choice), None
    )
    if found is None:
        raise Refused(f"Choose who takes {line.session.title}, or cancel it.")
    return found


@require(Permission.READ_SCHEDULE)
def doors(request: Request) -> HttpResponse:
    """What hangs at each door on one day: time, room, facilitator, first names with an initial."""
    program, today = request.viewer.program, _today(request)
    asked = _may_hang(request)
    if not asked.allowed:  # the names at a door are for those who meet the people
        raise PermissionDenied(asked.rule)
    on = day_from(request.GET.get("on"), today)
    rows = [
        row
        for row in queries.sessions_between(program.pk, on, on + timedelta(days=1))
        if row.status == Session.Status.PLANNED
    ]
    rosters = queries.rosters([row.pk for row in rows])
    people = {seat.episode.participant for seats in rosters.values() for seat in seats}
    consents.log_reads(
        people=people,
        kind=Kind.SCHEDULE,
        page="schedule:doors",
        permission=Permission.READ_SCHEDULE,
        by=request.viewer,
        at=timezone.now(),
    )
    context = {
        "on": on,
        "today": today,
        "sheets": [(row, rosters.get(row.pk, [])) for row in rows],
    }
    return page(request, "schedule/doors.html", context, partial="main")
