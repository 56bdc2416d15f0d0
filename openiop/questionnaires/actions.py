"""Asking, answering and handing in. A critical answer raises its alert in the same transaction."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from django.db import transaction
from django.urls import reverse

from openiop.alerts import actions as alerts
from openiop.alerts import queries as alert_queries
from openiop.alerts import rules as alert_rules
from openiop.audit import actions as audit
from openiop.base.errors import Refused
from openiop.base.rules import day_starts, local_day
from openiop.participants.models import Participant
from openiop.programs.models import Membership, Program
from openiop.programs.queries import policy_value
from openiop.questionnaires import queries, rules
from openiop.questionnaires.models import Assignment, Response
from openiop.questionnaires.rules import Instrument

CLOSED = "These questions are closed. Nothing was changed."


@transaction.atomic
def assign(
    *,
    participant: Participant,
    instrument: str,
    reason: str,
    due_from: datetime,
    due_until: datetime,
    by: Membership | None,
    at: datetime,
) -> Assignment:
    """The person is asked to answer the instrument between the two times; one of a kind is open at once."""
    read = queries.instrument(instrument)
    if due_until <= due_from:
        raise Refused("The last day must come after the first.")
    Participant.objects.select_for_update().get(pk=participant.pk)  # two askers never open two of a kind
    if Assignment.objects.filter(participant=participant, instrument=instrument, status__in=queries.OPEN).exists():
        raise Refused(f"The {read.name} is already open for this person.")
    row = Assignment.objects.create(
        participant=participant,
        instrument=instrument,
        version=read.version,
        language=read.language,
        reason=reason,
        due_from=due_from,
        due_until=due_until,
        assigned_by=by,
    )
    audit.record(
        what="assignment.made", about=row, by=by, at=at, participant_id=participant.pk,
        program_id=participant.program_id, instrument=instrument, reason=reason,
    )  # fmt: skip
    return row


@transaction.atomic
def assign_due(*, program: Program, at: datetime, by: Membership | None = None) -> int:
    """Everyone whose turn it is by the protocol is asked; returns how many assignments that made."""
    turns = queries.falling_due(program, at)
    today = local_day(at, program.zone)
    for turn in turns:
        days = turn.asked.open_days_intake if turn.reason == "intake" else turn.asked.open_days
        assign(
            participant=turn.participant,
            instrument=turn.asked.instrument,
            reason=turn.reason,
            due_from=at,
            due_until=day_starts(today + timedelta(days=days), program.zone),
            by=by,
            at=at,
        )
    return len(turns)


@transaction.atomic
def lapse_due(*, program: Program, at: datetime, by: Membership | None = None) -> int:
    """What was not answered in time is closed as such, unscored; returns how many."""
    rows = queries.running_out(program, at)
    for row in rows:
        Assignment.objects.filter(pk=row.pk, status__in=queries.OPEN).update(status=Assignment.Status.LAPSED)
        audit.record(
            what="assignment.lapsed", about=row, by=by, at=at, participant_id=row.participant_id, program_id=program.pk
        )
    return len(rows)


@transaction.atomic
def withdraw(*, assignment: Assignment, by: Membership, at: datetime) -> Assignment:
    """The person is no longer asked; what they already answered stays."""
    row = _locked(assignment)
    if row.status not in queries.OPEN:
        raise Refused(CLOSED)
    row.status = Assignment.Status.WITHDRAWN
    row.save(update_fields=["status"])
    audit.record(what="assignment.withdrawn", about=row, by=by, at=at, participant_id=row.participant_id)
    return row


@transaction.atomic
def answer(*, assignment: Assignment, item: int, value: int | None, by: Membership, at: datetime) -> Response:
    """One answer is kept as given (None: skipped); a critical one raises or lifts its alert in this transaction."""
    row = _locked(assignment)
    read = queries.instrument(row.instrument)
    if reasons := rules.why_not_answer(instrument=read, version=row.version, status=row.status, item=item, value=value):
        raise Refused(reasons)
    response, _ = Response.objects.get_or_create(
        assignment=row,
        defaults={
            "participant": row.participant,
            "instrument": row.instrument,
            "version": row.version,
            "language": row.language,
            "started_at": at,
            "entered_by": by,
        },
    )
    before = response.answers.get(str(item))
    response.answers = response.answers | {str(item): value}
    response.save(update_fields=["answers"])
    if row.status != Assignment.Status.STARTED:
        row.status = Assignment.Status.STARTED
        row.save(update_fields=["status"])
    audit.record(
        what="answer.given", about=response, by=by, at=at, participant_id=row.participant_id,
        instrument=row.instrument, item=item, value=value, before=before,
    )  # fmt: skip
    _watch(response, read, item, before, value, by, at)
    return response


@transaction.atomic
def complete(*, assignment: Assignment, by: Membership, at: datetime) -> Response:
    """The form is handed in and frozen, with its total and band; a form with gaps is kept without a score."""
    row = _locked(assignment)
    read = queries.instrument(row.instrument)
    response = Response.objects.select_for_update().filter(assignment=row).first()
    answers = response.answers if response else {}
    if reasons := rules.why_not_complete(instrument=read, status=row.status, answers=answers):
        raise Refused(reasons)
    if response is None:
        raise Refused("Nothing has been answered yet.")
    return _hand_in(response, row, read, by, at)


@transaction.atomic
def enter(
    *, participant: Participant, instrument: str, answers: Mapping[int, int | None], by: Membership, at: datetime
) -> Response:
    """A whole form answered with a member of staff is handed in at once; it closes what was open of its kind."""
    read = queries.instrument(instrument)
    Participant.objects.select_for_update().get(pk=participant.pk)
    opened = Assignment.objects.filter(participant=participant, instrument=instrument, status__in=queries.OPEN).first()
    row = _locked(opened) if opened else None
    kept = {str(item): value for item, value in answers.items()}
    status, version = (row.status, row.version) if row else ("due", read.version)
    reasons = rules.why_not_complete(instrument=read, status=status, answers=kept)
    for item, value in answers.items():
        reasons += rules.why_not_answer(instrument=read, version=version, status=status, item=item, value=value)
    if reasons:
        raise Refused(list(dict.fromkeys(reasons)))
    begun = Response.objects.select_for_update().filter(assignment=row).first() if row else None
    response = begun or Response(
        participant=participant,
        assignment=row,
        instrument=instrument,
        version=read.version,
        language=read.language,
        started_at=at,
    )
    before = response.answers
    response.answers, response.entered_by = before | kept, by
    response.save()
    for item in sorted(read.critical_items):
        _watch(response, read, item, before.get(str(item)), response.answers.get(str(item)), by, at)
    return _hand_in(response, row, read, by, at)


def _locked(assignment: Assignment) -> Assignment:
    rows = Assignment.objects.select_for_update(of=("self",)).select_related("participant__program")
    return rows.get(pk=assignment.pk)


def _hand_in(response: Response, row: Assignment | None, read: Instrument, by: Membership, at: datetime) -> Response:
    points = rules.total(read, response.answers)
    found = rules.band(read, points)
    response.total, response.band, response.completed_at = points, found.name if found else "", at
    response.save(update_fields=["total", "band", "completed_at"])
    if row is not None:
        row.status = Assignment.Status.DONE
        row.save(update_fields=["status"])
    audit.record(
        what="response.completed", about=response, by=by, at=at, participant_id=response.participant_id,
        instrument=response.instrument, scored=points is not None,
    )  # fmt: skip
    if points is not None:
        _compare(response, read, by, at)
    return response


def _compare(response: Response, read: Instrument, by: Membership, at: datetime) -> None:
    """A total that is reliably worse than the one before, or than where the stay began, raises its alert."""
    person = response.participant
    line = queries.latest([person.pk], read.code).get(person.pk)
    if line is None or line.previous is None:
        return
    worse = rules.deterioration(read, first=line.first, previous=line.previous, last=line.total)
    if worse is None:
        return
    start, found = worse
    hours = policy_value(person.program_id, "alert-hours", local_day(at, person.program.zone), None)
    owner = alert_queries.owner_for(person, at)
    above = alert_queries.supervisor(person.program_id, at)
    alerts.raise_alert(
        participant=person,
        kind="measure-worse",
        level="medium",
        words=f"{read.name}: {found.words}",
        why=f"From {start} to {line.total}. Reliable from {read.rc_points} points ({read.rc_source}).",
        source=response,
        due_at=alert_rules.due_for("medium", at, person.program.zone, hours),
        owner=owner,
        backup=above if above and above.pk != owner.pk else None,
        at=at,
        by=by,
        link=reverse("questionnaires:response", args=[person.pk, response.pk]),
    )


def _watch(
    response: Response,
    read: Instrument,
    item: int,
    before: int | None,
    value: int | None,
    by: Membership,
    at: datetime,
) -> None:
    """A critical answer raises its alert or lifts its level; a milder one is added to the alert and closes nothing."""
    asked = read.item(item)
    if asked is None or item not in read.critical_items or before == value:
        return
    level = rules.critical_level(read, item, value)
    standing = alert_queries.about(response._meta.label_lower, response.pk, f"{read.code}-item{item}")
    if standing is not None and standing.closed_at is None and (value or 0) < (before or 0):
        said = asked.words_for(value)
        words = f"The answer to item {item} was changed to “{said}” before it was handed in. Talk about both."
        alerts.add_fact(alert=standing, words=words, by=by, at=at)
        return
    if not level:
        return
    person = response.participant
    owner = alert_queries.owner_for(person, at)
    above = alert_queries.supervisor(person.program_id, at)
    hours = policy_value(person.program_id, "alert-hours", local_day(at, person.program.zone), None)
    alerts.raise_alert(
        participant=person,
        kind=f"{read.code}-item{item}",
        level=level,
        words=f"{read.name} item {item}: {asked.words_for(value).lower()}",
        why=f"“{asked.words}” was answered “{asked.words_for(value)}” over {read.recall}.",
        source=response,
        due_at=alert_rules.due_for(level, at, person.program.zone, hours),
        owner=owner,
        backup=above if above and above.pk != owner.pk else None,
        at=at,
        by=by,
        link=reverse("questionnaires:response", args=[person.pk, response.pk]),
        anew=True,  # an answer that did not change never comes here
    )
