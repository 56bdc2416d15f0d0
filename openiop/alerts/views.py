"""Alerts: the list, the most serious first, and one alert with its whole story."""

from collections.abc import Callable
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from django import forms
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from openiop.alerts import actions, queries, rules
from openiop.alerts.forms import CLOSES, ActForm, CallForm, CloseForm, HandOverForm, SnoozeForm
from openiop.alerts.models import Alert
from openiop.base.errors import Refused
from openiop.base.rules import local_day
from openiop.consents import actions as consents
from openiop.consents.rules import Kind
from openiop.programs import queries as programs
from openiop.programs.access import Request, require
from openiop.programs.rules import Permission
from openiop.ui.access import once
from openiop.ui.pages import page, say


@require(Permission.WORK_ALERTS)
@require_safe
def list_(request: Request) -> HttpResponse:
    """Open alerts: mine, the team's, one colleague's, overdue, or closed in the last two weeks."""
    at = timezone.now()
    which = request.GET.get("show", "mine")
    asked = request.GET.get("owner")
    staff = programs.staff(request.viewer.program_id, local_day(at, request.viewer.program.zone)) if asked else ()
    owner = next((member for member in staff if str(member.pk) == asked), None)
    rows = queries.shown(request.viewer, which, at, owner)
    entries = [queries.entry(alert, request.viewer, at) for alert in rows]
    people = [alert.participant for alert in rows if alert.participant is not None]
    consents.log_reads(
        people=people,
        kind=Kind.ALERTS,
        page="alerts:list",
        permission=Permission.WORK_ALERTS,
        by=request.viewer,
        at=at,
    )
    context = {
        "entries": entries,
        "which": "" if owner else which,
        "owner": owner,
        "counts": queries.counts(request.viewer, at),
    }
    return page(request, "alerts/list.html", context, partial="list")


def _forms(alert: Alert, request: Request, at: datetime, sent: str = "") -> dict[str, forms.Form]:
    day = local_day(at, request.viewer.program.zone)
    staff = [
        member
        for member in programs.staff(alert.program_id, day)
        if member.pk != alert.owner_id and member.may(Permission.WORK_ALERTS)
    ]
    data = {sent: request.POST}
    return {
        "call": CallForm(
            data.get("call"), alert=alert, may_end=rules.may_end(alert.kind, request.viewer.roles), prefix="call"
        ),
        "act": ActForm(data.get("act"), prefix="act"),
        "close": CloseForm(data.get("close"), alert=alert, prefix="close"),
        "hand_over": HandOverForm(data.get("hand_over"), staff=staff, prefix="hand_over"),
        "snooze": SnoozeForm(data.get("snooze"), prefix="snooze"),
    }


def _show(request: Request, alert: Alert, at: datetime, shown: dict[str, forms.Form], *, ok: bool) -> HttpResponse:
    """The alert's page, with its forms as they stand; that it was looked at is on record."""
    if alert.participant is not None:
        consents.log_reads(
            people=[alert.participant],
            kind=Kind.ALERTS,
            page="alerts:alert",
            permission=Permission.WORK_ALERTS,
            by=request.viewer,
            at=at,
        )
    danger = alert.kind in rules.SAFETY and alert.closed_at is None
    calls = alert.participant is not None and (danger or alert.kind in rules.OUTREACH)
    context = {
        "alert": alert,
        "calls": rules.CALLS if calls else {},
        "closes": "" if danger else CLOSES,
        "call": rules.CALL,
        "phone": queries.phone(request.viewer, alert.participant, at) if alert.participant else "",
        "todo": rules.STEPS[alert.kind] if danger else (),
        "contacts": queries.contacts(alert.participant, at) if danger and alert.participant else [],
        "may_end": rules.may_end(alert.kind, request.viewer.roles) and alert.kind not in rules.ENDS_ELSEWHERE,
        "not_a_clinician": rules.who_ends(alert.kind),
        "entry": queries.entry(alert, request.viewer, at),
        "steps": queries.steps(alert),
        "forms": shown,
        "outcomes": rules.OUTCOMES,
        "levels": rules.LEVEL_WORDS,
        "may_wait": alert.level not in {"urgent", "high"} and alert.kind not in rules.ENDS_ELSEWHERE,
    }
    return page(request, "alerts/alert.html", context, partial="alert", ok=ok)


@require(Permission.WORK_ALERTS, Alert)
@require_safe
def alert(request: Request, alert_id: UUID) -> HttpResponse:
    """One alert: why it stands, what was done, and what can be done now."""
    at = timezone.now()
    found = queries.alert_for(request.viewer, alert_id, at)
    return _show(request, found, at, _forms(found, request, at), ok=True)


def _work(
    request: Request, alert_id: UUID, name: str, do: Callable[[Alert, forms.Form, datetime], object], done: str
) -> HttpResponse:
    """Take one form of the alert page, do it, or show it again with what was typed and why not."""
    at = timezone.now()
    found = queries.alert_for(request.viewer, alert_id, at)
    asked = _forms(found, request, at, sent=name)
    form = asked[name]
    if form.is_valid():
        try:
            do(found, form, at)
            say(request, done)
            return redirect("alerts:alert", alert_id=found.pk)
        except Refused as refusal:
            form.add_error(None, refusal.reasons)
    return _show(request, queries.alert_for(request.viewer, alert_id, at), at, asked, ok=False)


@require(Permission.WORK_ALERTS, Alert)
@require_POST
def acknowledge(request: Request, alert_id: UUID) -> HttpResponse:
    """It was seen."""
    at = timezone.now()
    actions.acknowledge(alert=queries.alert_for(request.viewer, alert_id, at), by=request.viewer, at=at)
    say(request, "Marked as seen")
    return redirect("alerts:alert", alert_id=alert_id)


@once
@require(Permission.WORK_ALERTS, Alert)
@require_POST
def act(request: Request, alert_id: UUID) -> HttpResponse:
    """Something was done about it."""
    return _work(
        request,
        alert_id,
        "act",
        lambda found, form, at: actions.act(alert=found, words=form.cleaned_data["words"], by=request.viewer, at=at),
        "Written down. The alert stays open",
    )


@once
@require(Permission.WORK_ALERTS, Alert)
@require_POST
def call(request: Request, alert_id: UUID) -> HttpResponse:
    """Someone called; the same form may end the alert."""
    return _work(
        request,
        alert_id,
        "call",
        lambda found, form, at: actions.log_call(alert=found, **form.cleaned_data, by=request.viewer, at=at),
        "Call written down",
    )


@require(Permission.WORK_ALERTS, Alert)
@require_POST
def close(request: Request, alert_id: UUID) -> HttpResponse:
    """It ended, with an outcome."""
    return _work(
        request,
        alert_id,
        "close",
        lambda found, form, at: actions.close(alert=found, **form.cleaned_data, by=request.viewer, at=at),
        "Alert closed",
    )


@require(Permission.WORK_ALERTS, Alert)
@require_POST
def hand_over(request: Request, alert_id: UUID) -> HttpResponse:
    """A colleague owns it now."""
    return _work(
        request,
        alert_id,
        "hand_over",
        lambda found, form, at: actions.hand_over(alert=found, **form.cleaned_data, by=request.viewer, at=at),
        "Handed over",
    )


@require(Permission.WORK_ALERTS, Alert)
@require_POST
def snooze(request: Request, alert_id: UUID) -> HttpResponse:
    """It can wait until then, for this reason."""
    zone = ZoneInfo(request.viewer.program.zone)

    def do(found: Alert, form: forms.Form, at: datetime) -> None:
        until = form.cleaned_data["until"].replace(tzinfo=zone)
        actions.snooze(alert=found, until=until, reason=form.cleaned_data["reason"], by=request.viewer, at=at)

    return _work(request, alert_id, "snooze", do, "Put off")
