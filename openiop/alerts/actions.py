"""Raising, owning, acting on and closing alerts. Every step leaves its row; none can vanish."""

from datetime import datetime

from django.db import models, transaction
from django.urls import reverse

from openiop.alerts import rules
from openiop.alerts.models import Alert, AlertStep
from openiop.audit import actions as audit
from openiop.base.errors import Refused
from openiop.consents import queries as consents
from openiop.consents.rules import Kind
from openiop.participants.models import Participant
from openiop.programs.models import Membership, Program
from openiop.programs.rules import Permission


def _step(
    alert: Alert, what: str, *, at: datetime, by: Membership | None, words: str = "", to: Membership | None = None
) -> AlertStep:
    return AlertStep.objects.create(alert=alert, what=what, words=words, at=at, by=by, to=to)


def _lock(alert: Alert) -> Alert:
    return Alert.objects.select_for_update().get(pk=alert.pk)


def _record(what: str, alert: Alert, by: Membership | None, at: datetime, **facts: object) -> None:
    audit.record(
        what=what,
        about=alert,
        by=by,
        at=at,
        participant_id=alert.participant_id,
        program_id=alert.program_id,
        kind=alert.kind,
        level=alert.level,
        **facts,
    )


@transaction.atomic
def raise_alert(
    *,
    participant: Participant | None,
    kind: str,
    level: str,
    words: str,
    source: models.Model,
    due_at: datetime,
    owner: Membership,
    at: datetime,
    by: Membership | None = None,
    why: str = "",
    program: Program | None = None,
    backup: Membership | None = None,
    link: str = "",
    anew: bool = False,
) -> Alert:
    """An alert stands for this cause, owned and due; the same cause raises one, and a graver answer lifts its level.

    What is said the second time in other words, or `anew` (someone has just said it again), opens a closed alert. A
    graver one must be seen anew; a milder one is added, and the heading stays what was gravest.
    """
    program = program or owner.program
    cause = {"kind": kind, "source": source._meta.label_lower, "source_id": str(source.pk)}
    found = Alert.objects.select_for_update().filter(**cause).first()
    if found is None:
        alert = Alert.objects.create(
            program=program,
            participant=participant,
            level=level,
            words=words,
            why=why,
            link=link,
            raised_at=at,
            due_at=due_at,
            owner=owner,
            backup=backup,
            **cause,
        )
        _step(alert, "raised", at=at, by=by, words=words)
        _record("alert.raised", alert, by, at)
        return alert
    if found.closed_at is None and found.words != words:
        _raise_again(found, level, words, why, due_at)
        _step(found, "raised-again", at=at, by=by, words=words)
        _record("alert.raised-again", found, by, at)
    elif found.closed_at is not None and (anew or found.words != words):
        # Closed on an earlier answer: what is new must be seen again.
        found.status, found.level, found.words, found.why = Alert.Status.OPEN, level, words, why
        found.due_at, found.raised_at, found.owner = due_at, at, owner
        found.closed_at = found.closed_by = found.acknowledged_at = found.escalated_at = found.escalated_to = None
        found.outcome = found.outcome_words = ""
        found.save()
        _step(found, "reopened", at=at, by=by, words=words)
        _record("alert.reopened", found, by, at)
    return found


def _raise_again(alert: Alert, level: str, words: str, why: str, due_at: datetime) -> None:
    """An open alert after another answer: the gravest heads it, and who saw a lesser one has not seen this."""
    graver, milder = rules.is_graver(level, alert.level), rules.is_graver(alert.level, level)
    if not milder:
        alert.level, alert.words, alert.why = level, words, why
    if graver:
        alert.status, alert.acknowledged_at = Alert.Status.OPEN, None
    alert.due_at = min(alert.due_at, due_at)
    alert.save(update_fields=["level", "words", "why", "due_at", "status", "acknowledged_at"])


@transaction.atomic
def add_fact(*, alert: Alert, words: str, by: Membership | None, at: datetime) -> AlertStep:
    """Something about the cause changed; it stands on the alert for its owner to weigh, and closes nothing."""
    step = _step(alert, "fact", at=at, by=by, words=words)
    _record("alert.fact-added", alert, by, at)
    return step


@transaction.atomic
def tie(*, cause: models.Model, participant: Participant, by: Membership | None, at: datetime) -> int:
    """Alerts this cause raised before there was a record are about the person from now on; returns how many.

    Nothing else of them changes: level, due time, owner, state and steps stay.
    """
    rows = Alert.objects.select_for_update().filter(
        source=cause._meta.label_lower, source_id=str(cause.pk), participant__isnull=True
    )
    found = list(rows.order_by("pk"))
    for alert in found:
        alert.participant = participant
        alert.save(update_fields=["participant"])
        _step(alert, "tied", at=at, by=by)
        _record("alert.tied", alert, by, at)
    return len(found)


@transaction.atomic
def acknowledge(*, alert: Alert, by: Membership, at: datetime) -> Alert:
    """Its owner, or whoever stands in, has seen it."""
    alert = _lock(alert)
    if alert.closed_at:
        raise Refused("This alert is closed already.")
    if alert.acknowledged_at is None:
        alert.acknowledged_at, alert.status = at, Alert.Status.ACKNOWLEDGED
        alert.save(update_fields=["acknowledged_at", "status"])
        _step(alert, "acknowledged", at=at, by=by)
        _record("alert.acknowledged", alert, by, at)
    return alert


@transaction.atomic
def act(*, alert: Alert, words: str, by: Membership, at: datetime) -> AlertStep:
    """Something was done about it: a call, a message, a talk. It stays open."""
    alert = _lock(alert)
    if alert.closed_at:
        raise Refused("This alert is closed already.")
    if not words.strip():
        raise Refused("Write what you did.")
    acknowledge(alert=alert, by=by, at=at)
    step = _step(alert, "acted", at=at, by=by, words=words)
    _record("alert.acted-on", alert, by, at)
    return step


@transaction.atomic
def log_call(
    *, alert: Alert, went: str, words: str, by: Membership, at: datetime, next_step: str = "", outcome: str = ""
) -> AlertStep:
    """Someone called about it; with an outcome the same call ends it, else it stays open."""
    alert = _lock(alert)
    if reasons := rules.why_not_log_call(closed=alert.closed_at is not None, went=went, words=words):
        raise Refused(reasons)
    acknowledge(alert=alert, by=by, at=at)
    said = words.strip() + (f" Next: {next_step.strip()}" if next_step.strip() else "")
    step = _step(alert, went, at=at, by=by, words=said)
    _record("alert.acted-on", alert, by, at, call=went)
    if outcome:
        close(alert=alert, outcome=outcome, words=said, by=by, at=at)
    return step


@transaction.atomic
def hand_over(*, alert: Alert, to: Membership, words: str, by: Membership, at: datetime) -> Alert:
    """Another member of staff who works on alerts owns it now; the due time stays."""
    alert = _lock(alert)
    if alert.closed_at:
        raise Refused("This alert is closed already.")
    if to.program_id != alert.program_id or not to.is_staff:
        raise Refused("Choose someone who works in this program.")
    if not to.may(Permission.WORK_ALERTS):
        raise Refused(f"{to.name} does not work on alerts: choose someone who does.")
    if alert.participant is not None:
        may = consents.ask(to, alert.participant, Kind.ALERTS, at, Permission.WORK_ALERTS).access
        if not may.allowed:
            raise Refused(f"{to.name} could not open this alert: they are not on the care team.")
    if to.pk == alert.owner_id:
        raise Refused("They own this alert already.")
    alert.owner, alert.status, alert.acknowledged_at = to, Alert.Status.OPEN, None
    alert.save(update_fields=["owner", "status", "acknowledged_at"])
    _step(alert, "handed-over", at=at, by=by, words=words, to=to)
    _record("alert.handed-over", alert, by, at)
    return alert


@transaction.atomic
def snooze(*, alert: Alert, until: datetime, reason: str, by: Membership, at: datetime) -> Alert:
    """It is due later, for a written reason. Urgent and high alerts are never put off."""
    alert = _lock(alert)
    if alert.closed_at:
        raise Refused("This alert is closed already.")
    if alert.kind in rules.ENDS_ELSEWHERE:
        raise Refused(rules.ENDS_ELSEWHERE[alert.kind])
    if alert.level in {Alert.Level.URGENT, Alert.Level.HIGH}:
        raise Refused("An urgent or raised alert cannot be put off. Hand it over instead.")
    if not reason.strip():
        raise Refused("Say why it can wait.")
    if until <= at:
        raise Refused("The new time must lie ahead.")
    alert.due_at, alert.escalated_at, alert.escalated_to = until, None, None
    alert.save(update_fields=["due_at", "escalated_at", "escalated_to"])
    _step(alert, "put-off", at=at, by=by, words=reason)
    _record("alert.put-off", alert, by, at)
    return alert


@transaction.atomic
def close(*, alert: Alert, outcome: str, words: str, by: Membership, at: datetime, settled: bool = False) -> Alert:
    """It ended, in this way; who closed it and what they wrote stays. Who handed a danger over is told how it ended.

    `settled`: its cause has ended on a page of its own, as `rules.ENDS_ELSEWHERE` asks.
    """
    alert = _lock(alert)
    if reasons := rules.why_not_close(
        closed=alert.closed_at is not None,
        kind=alert.kind,
        outcome=outcome,
        words=words,
        roles=by.roles,
        settled=settled,
    ):
        raise Refused(reasons)
    alert.status, alert.closed_at, alert.closed_by = Alert.Status.CLOSED, at, by
    alert.outcome, alert.outcome_words = outcome, words
    alert.save(update_fields=["status", "closed_at", "closed_by", "outcome", "outcome_words"])
    _step(alert, "closed", at=at, by=by, words=words)
    _record("alert.closed", alert, by, at, outcome=outcome)
    if alert.kind in rules.SAFETY:
        _tell(alert, by, at)
    return alert


def _tell(alert: Alert, by: Membership, at: datetime) -> None:
    """Each who handed the alert over, and did not close it, has a task that says how it ended."""
    given: dict[object, AlertStep] = {}
    for step in AlertStep.objects.filter(alert=alert, what="handed-over").select_related("by__program").order_by("at"):
        if step.by is not None and step.by_id != by.pk and step.by.may(Permission.WORK_ALERTS):
            given[step.by_id] = step
    for step in given.values():
        assert step.by is not None
        raise_alert(
            participant=alert.participant,
            kind=rules.TOLD,
            level=Alert.Level.ADMIN,
            words=f"What you handed over has ended: {rules.OUTCOMES[alert.outcome]}",
            why=f"{alert.words}. Closed by {by.label}.",
            source=step,
            due_at=rules.due_for("admin", at, alert.program.zone),
            owner=step.by,
            at=at,
            by=by,
            link=reverse("alerts:alert", args=[alert.pk]),
        )


@transaction.atomic
def escalate(*, alert: Alert, to: Membership, by: Membership | None, at: datetime) -> bool:
    """An overdue alert stands before the supervisor too; false where another worker was first."""
    claimed = Alert.objects.filter(pk=alert.pk, closed_at__isnull=True, escalated_at__isnull=True, due_at__lt=at)
    if not claimed.update(escalated_at=at, escalated_to=to):
        return False
    alert.refresh_from_db()
    _step(alert, "escalated", at=at, by=by, to=to)
    _record("alert.escalated", alert, by, at)
    return True
