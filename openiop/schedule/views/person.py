"""One person's week: what is prescribed, when they are busy, which groups they are in, their visits."""

from collections.abc import Collection
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_POST

from openiop.base.errors import Refused
from openiop.base.rules import local_day, week_of
from openiop.consents.access import opens
from openiop.consents.queries import Opened
from openiop.consents.rules import Kind
from openiop.participants.models import Episode
from openiop.programs import queries as programs
from openiop.programs.access import Request
from openiop.programs.rules import Permission
from openiop.schedule import actions, queries, rules
from openiop.schedule.forms import (
    CancelForm,
    FromForm,
    PrescriptionForm,
    VisitForm,
    busy_forms,
    minutes_from,
)
from openiop.ui.access import once
from openiop.ui.pages import page, say
from openiop.ui.rules import day_from


def _in_care(opened: Opened) -> Episode:
    """The open episode; a week can be planned only for someone in care."""
    if opened.episode is None or opened.episode.ended_on is not None:
        raise Refused("This person is not in care, so there is no week to plan.")
    opened.episode.participant = opened.participant
    return opened.episode


def _today(opened: Opened) -> date:
    return local_day(timezone.now(), opened.participant.program.zone)


def _page(
    request: Request,
    opened: Opened,
    *,
    on: date | None = None,
    ticked: Collection[str] | None = None,
    partial: str = "main",
    ok: bool = True,
    **forms: Any,
) -> HttpResponse:
    """The whole page with whichever form was sent in its place; `on` and `ticked` are the week being tried."""
    if opened.episode is None:
        return page(request, "schedule/no_week.html", {"opened": opened}, partial="main")
    opened.episode.participant = opened.participant
    today = _today(opened)
    first = on or max(today, opened.episode.started_on)
    sheet = queries.needs_sheet(opened.episode, first, ticked)
    closed = opened.episode.ended_on is not None
    history = list(queries.prescription_history(opened.episode.pk))
    given = sheet.prescription
    start = {"from_on": first}
    if given:
        start |= {"hours": f"{given.minutes_a_week / 60:.4g}", "days": given.days_a_week}  # type: ignore[dict-item]
        start |= {f"mix_{service}": count for service, count in given.mix.items()}
    context = {
        "opened": opened,
        "sheet": sheet,
        "visits": [visit for visit in sheet.visits if visit.ends_at > timezone.now()],
        "elsewhere": queries.elsewhere(opened.episode.pk, timezone.now()),
        "today": today,
        "step": queries.after_step(opened.episode, first) if not closed else None,
        "coming": [row for row in history if row.from_on > first],
        "earlier": [row for row in history if row.from_on <= first and row != given],
        "may_prescribe": request.viewer.may(Permission.PRESCRIBE_HOURS) and not closed,
        "may_plan": request.viewer.may(Permission.KEEP_SCHEDULE) and not closed,
        "prescription_form": PrescriptionForm(initial=start, prefix="p"),
        "prescription_open": given is None,
        "warnings": [],
        "busy_open": not sheet.rows,
        "groups_from": FromForm(initial={"from_on": first}, prefix="groups"),
        "group_reasons": [],
        "tried": ticked is not None,
        "hours": rules.hours,
        "service_count": rules.service_count,
    } | forms
    return page(request, "schedule/needs.html", context, partial=partial, ok=ok)


@opens(Permission.READ_CHART, Kind.SCHEDULE)
def needs(request: Request, opened: Opened) -> HttpResponse:
    """Hours prescribed, times the person cannot come, groups with seats and clashes, visits ahead."""
    return _page(request, opened)


def _beside(form: PrescriptionForm, reasons: list[str], otherwise: str | None) -> None:
    """Each reason against a prescription stands beside the field it is about, or else beside the one named."""
    about = {rules.WHY_OUTSIDE: "reason", rules.BEFORE_CARE: "from_on", rules.FAR_AHEAD: "from_on"}
    for reason in reasons:
        form.add_error(about.get(reason, otherwise), reason)


@once
@opens(Permission.PRESCRIBE_HOURS, Kind.SCHEDULE)
@require_POST
def prescribe(request: Request, opened: Opened) -> HttpResponse:
    """Prescribe the week; what lies outside the bounds is shown first and can be prescribed all the same."""
    episode, at = _in_care(opened), timezone.now()
    form = PrescriptionForm(request.POST, prefix="p")
    warnings: list[str] = []
    if form.is_valid():
        minutes, days = minutes_from(form, "hours"), form.cleaned_data["days"]
        bounds = queries.bounds(opened.participant.program_id, form.cleaned_data["from_on"])
        warnings = rules.why_warn(minutes=max(minutes, 1), days=days, level=episode.level, bounds=bounds)
        try:
            if not warnings or request.POST.get("anyway") == "|".join(warnings):
                actions.prescribe(
                    episode=episode,
                    from_on=form.cleaned_data["from_on"],
                    minutes_a_week=minutes,
                    days_a_week=days,
                    mix=form.mix(),
                    reason=form.cleaned_data["reason"],
                    by=request.viewer,
                    at=at,
                )
                begins = form.cleaned_data["from_on"]
                later = f" from {begins:%b} {begins.day} on" if begins > _today(opened) else ""
                say(request, f"{rules.hours(minutes).capitalize()} a week prescribed{later}.")
                return redirect("schedule:needs", opened.participant.pk)
            if not form.cleaned_data["reason"].strip():
                form.add_error("reason", rules.WHY_OUTSIDE)
        except Refused as refusal:
            _beside(form, refusal.reasons, "hours")
    return _page(request, opened, ok=False, prescription_form=form, prescription_open=True, warnings=warnings)


@once
@opens(Permission.PRESCRIBE_HOURS, Kind.SCHEDULE)
def step(request: Request, opened: Opened) -> HttpResponse:
    """After a change of level: the week to begin with and the groups that fit it, decided in one go."""
    episode, at = _in_care(opened), timezone.now()
    first = max(_today(opened), episode.started_on)
    found = queries.after_step(episode, first)
    if found is None:
        return redirect("schedule:needs", opened.participant.pk)
    start = {
        "hours": f"{found.minutes / 60:.4g}",
        "days": found.days,
        "from_on": first,
        "reason": f"Level {found.level}",
    }
    start |= {f"mix_{service}": count for service, count in found.mix.items()}
    form = PrescriptionForm(request.POST or None, prefix="p", initial=start)
    offered = [*found.stay, *found.leave, *found.join]
    ticked = {str(one.group.pk) for one in (*found.stay, *found.join)}
    if request.method == "POST":
        ticked = set(request.POST.getlist("group"))
    if form.is_valid():
        on, minutes = form.cleaned_data["from_on"], minutes_from(form, "hours")
        inside = {str(row.group_id): row for row in queries.enrollments(episode.pk, on)}
        shown = {str(one.group.pk) for one in offered}
        try:
            done = actions.follow_step(
                episode=episode,
                from_on=on,
                minutes_a_week=minutes,
                days_a_week=form.cleaned_data["days"],
                mix=form.mix(),
                reason=form.cleaned_data["reason"],
                join=[one.group for one in offered if str(one.group.pk) in ticked - set(inside)],
                leave=[row for key, row in inside.items() if key in shown - ticked],
                by=request.viewer,
                at=at,
            )
            words = f"{rules.hours(minutes).capitalize()} a week prescribed."
            say(request, f"{words} Groups: {done.joined} joined, {done.left} left.")
            return redirect("schedule:needs", opened.participant.pk)
        except Refused as refusal:
            _beside(form, refusal.reasons, None)
    context = {"opened": opened, "found": found, "form": form, "ticked": ticked, "hours": rules.hours}
    return page(request, "schedule/step.html", context, partial="sheet", ok=not form.errors)


@once
@opens(Permission.KEEP_SCHEDULE, Kind.SCHEDULE)
def availability(request: Request, opened: Opened) -> HttpResponse:
    """Note the times of the week at which the person cannot come, one line for each thing."""
    episode, at = _in_care(opened), timezone.now()
    first = max(_today(opened), episode.started_on)
    standing = rules.busy_rows(queries.blocks(episode.pk))
    lines, from_form = busy_forms(None, standing), FromForm(initial={"from_on": first}, prefix="busy")
    reasons: list[str] = []
    wrong = False
    if request.method == "POST":
        more = request.POST.get("more") == "3"
        lines, from_form = busy_forms(request.POST, [], 3 if more else 0), FromForm(request.POST, prefix="busy")
        wrong = not more and not all([form.is_valid() for form in (*lines, from_form)])  # noqa: C419 - every line says what is wrong
        if not wrong and not more:
            rows = [row for line in lines if (row := line.row())]
            try:
                actions.set_busy(
                    episode=episode,
                    blocks=rules.blocks_of(rows),
                    from_on=from_form.cleaned_data["from_on"],
                    by=request.viewer,
                    at=at,
                )
                say(request, "Times saved. Clashes with the groups stand beside them.")
                return redirect("schedule:needs", opened.participant.pk)
            except Refused as refusal:
                reasons = refusal.reasons
    context = {"opened": opened, "lines": lines, "from_form": from_form, "reasons": reasons}
    return page(request, "schedule/availability.html", context, ok=not (wrong or reasons))


def _ticked(request: HttpRequest, episode: Episode, on: date) -> set[str]:
    """The groups ticked on the page, after a whole track was ticked or cleared by its button."""
    ticked = set(request.POST.getlist("group"))
    track = request.POST.get("all") or request.POST.get("none")
    if track:
        sheet = queries.needs_sheet(episode, on, ticked)
        own = {
            str(choice.group.pk)
            for one in sheet.tracks
            if str(one.track.pk) == track
            for choice in one.choices
            if not choice.full
        }
        ticked = ticked | own if request.POST.get("all") else ticked - own
    return ticked


@opens(Permission.KEEP_SCHEDULE, Kind.SCHEDULE)
@require_POST
def choose(request: Request, opened: Opened) -> HttpResponse:
    """Show the hours and clashes of the ticked groups, or save them: join what is new, leave what was unticked."""
    episode, at = _in_care(opened), timezone.now()
    form = FromForm(request.POST, prefix="groups")
    if not form.is_valid():
        ticked = set(request.POST.getlist("group"))
        return _page(request, opened, ticked=ticked, ok=False, groups_from=form, partial="main")
    on = form.cleaned_data["from_on"]
    ticked = _ticked(request, episode, on)
    reasons: list[str] = []
    if request.POST.get("do") == "save":
        inside = {str(row.group_id): row for row in queries.enrollments(episode.pk, on)}
        stood = set(request.POST.getlist("had"))  # what the page showed: a stale page takes nobody out of anything else
        groups = [group for group in queries.groups(episode.participant.program_id, on) if str(group.pk) in ticked]
        try:
            done = actions.choose_groups(
                episode=episode,
                join=[group for group in groups if str(group.pk) not in inside],
                leave=[row for key, row in inside.items() if key in stood - ticked],
                from_on=on,
                by=request.viewer,
                at=at,
            )
            say(request, f"Groups saved: {done.joined} joined, {done.left} left.")
            return redirect("schedule:needs", opened.participant.pk)
        except Refused as refusal:
            reasons = refusal.reasons
    return _page(
        request,
        opened,
        on=on,
        ticked=ticked,
        partial="sums",
        ok=not reasons,
        groups_from=form,
        group_reasons=reasons,
    )


@opens(Permission.KEEP_SCHEDULE, Kind.SCHEDULE)
def visit(request: Request, opened: Opened) -> HttpResponse:
    """Plan an individual, family or medication visit; clashes with the person's week are said before it is planned."""
    episode, at = _in_care(opened), timezone.now()
    program, today = opened.participant.program, _today(opened)
    staff = queries.who_may_lead(program.pk, today)
    form = VisitForm(
        request.POST or None,
        places=programs.places(program.pk),
        staff=staff,
        initial={"on": today + timedelta(days=1), "facilitator": request.viewer.pk, "service": "individual"},
    )
    found: list[str] = []
    if form.is_valid():
        given = form.cleaned_data
        days = [given["on"] + timedelta(weeks=week) for week in range(int(given["weeks"]))]
        ways = [words for on in days for words in queries.in_the_way(episode, on, given["starts"], given["minutes"])]
        found = list(dict.fromkeys([*queries.out_then(given["facilitator"], days), *ways]))
        if not found or request.POST.get("anyway") == "|".join(found):
            try:
                given["weeks"] = int(given["weeks"])
                made = actions.plan_visits(episode=episode, by=request.viewer, at=at, **given)
                say(request, "Visit planned." if len(made) == 1 else f"{len(made)} visits planned.")
                return redirect("schedule:needs", opened.participant.pk)
            except Refused as refusal:
                form.add_error("starts", refusal.reasons)
                found = []
    context = {"opened": opened, "form": form, "clashes": found, "sheet": queries.needs_sheet(episode, today)}
    return page(request, "schedule/visit.html", context, ok=not (form.errors or found))


@opens(Permission.KEEP_SCHEDULE, Kind.SCHEDULE)
def cancel_visit(request: Request, opened: Opened, session_id: UUID) -> HttpResponse:
    """Cancel one visit of this person, with the reason."""
    session = queries.visit_for(request.viewer, opened.participant.pk, session_id)
    form = CancelForm(request.POST or None)
    if form.is_valid():
        try:
            actions.cancel_session(
                session=session, reason=form.cleaned_data["reason"], by=request.viewer, at=timezone.now()
            )
            say(request, "Visit cancelled.")
            return redirect("schedule:needs", opened.participant.pk)
        except Refused as refusal:
            form.add_error("reason", refusal.reasons)
    context = {"opened": opened, "form": form, "session": session}
    return page(request, "schedule/cancel_visit.html", context, partial="sheet", ok=not form.errors)


@opens(Permission.READ_CHART, Kind.SCHEDULE)
def letter(request: Request, opened: Opened) -> HttpResponse:
    """The person's week to print and hand to them; it says nothing of what the appointments are for."""
    today = _today(opened)
    first = week_of(day_from(request.GET.get("on"), today)).first
    sessions = (
        [
            row
            for row in queries.person_sessions(opened.episode.pk, first, first + timedelta(days=28))
            if row.status == "planned"
        ]
        if opened.episode
        else []
    )
    weeks = [
        (first + timedelta(weeks=n), [row for row in sessions if week_of(row.on).first == first + timedelta(weeks=n)])
        for n in range(4)
    ]
    context = {"opened": opened, "today": today, "weeks": weeks, "program": opened.participant.program}
    return page(request, "schedule/letter.html", context, partial="main")
