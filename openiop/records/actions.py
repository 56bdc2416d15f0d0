"""Sending a record on its way, and what follows from what was asked or brought: a task with an owner and a day."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Any

from django.db import models, transaction
from django.urls import reverse

from openiop.alerts import actions as alerts
from openiop.alerts import queries as open_alerts
from openiop.alerts.models import Alert
from openiop.alerts.rules import due_for
from openiop.audit import actions as audit
from openiop.audit.models import Event
from openiop.base.errors import Refused
from openiop.base.rules import day_starts, local_day
from openiop.disclosures import actions as disclosures
from openiop.disclosures.models import Disclosure, LegalProcess, Restriction, RightsRequest
from openiop.disclosures.rules import papers, release
from openiop.participants.models import Participant
from openiop.programs import queries as programs
from openiop.programs.models import Membership, Program
from openiop.programs.rules import Permission, Role
from openiop.records import rules
from openiop.records.queries import data, pages


@transaction.atomic
def release_record(
    *, participant: Participant, ground: pages.Ground, ask: release.Ask, by: Membership, at: datetime,
    first_on: date | None = None, last_on: date | None = None, purpose: str = "", address: str = "",
) -> Disclosure:  # fmt: skip
    """The packet is put together and has left, with its notice and scope, in one act; only what may go is in it."""
    if reasons := rules.why_not_days(first_on, last_on):
        raise Refused(reasons)
    drawn = pages.drawn(participant, ground, ask, first=first_on, last=last_on, viewer=by, at=at)
    if not drawn.found.allowed:
        raise Refused(drawn.found.reasons)
    return disclosures.disclose(
        participant=participant,
        ask=ask,
        content=drawn.content,
        description=drawn.description,
        readable=pages.readable(by),
        officer=pages.officer(by),
        consent=ground.consent,
        agreement=drawn.agreement,
        process=ground.process,
        purpose=purpose,
        address=address,
        first_on=first_on,
        last_on=last_on,
        scope=drawn.scope,
        by=by,
        at=at,
    )


@transaction.atomic
def copy_own(*, participant: Participant, by: Membership, at: datetime) -> Disclosure:
    """The participant has their own copy: everything on record, who looked and who received it (42 CFR 2.23)."""
    ask = release.Ask(
        basis=release.Basis.OWN,
        receiver=release.Receiver.SELF,
        recipient=participant.legal_name,
        use=release.Use.OWN,
        kinds=tuple(kind.value for kind in rules.OWN_COPY),
        how=release.How.PORTAL,
    )
    ground = pages.ground_for(participant, release.Basis.OWN.value, at)
    return release_record(participant=participant, ground=ground, ask=ask, by=by, at=at)


@transaction.atomic
def log_shown(*, participant: Participant, kinds: Iterable[str], page: str, by: Membership, at: datetime) -> Event:
    """That someone looked at what a packet holds or would hold, kind by kind."""
    return audit.record(
        what="chart.opened",
        about=participant,
        by=by,
        at=at,
        participant_id=participant.pk,
        kind="release",
        kinds=list(kinds),
        page=page,
    )


@transaction.atomic
def export_rows(*, program: Program, recipient: str, purpose: str, by: Membership, at: datetime) -> Disclosure:
    """A de-identified set, one row a stay, has left."""
    columns, found = data.rows(program.pk, local_day(at, program.zone))
    return disclosures.disclose_figures(
        program=program,
        content={"columns": list(columns), "rows": found},
        recipient=recipient,
        purpose=purpose,
        description=f"De-identified set, {len(columns)} columns",
        by=by,
        at=at,
    )


@transaction.atomic
def export_counts(*, program: Program, recipient: str, purpose: str, by: Membership, at: datetime) -> Disclosure:
    """Counts with small cells hidden have left."""
    least = data.small(program.pk, local_day(at, program.zone))
    return disclosures.disclose_figures(
        program=program,
        content={"columns": ["table", "group", "people"], "rows": rules.counted(data.tables(program.pk), least)},
        recipient=recipient,
        purpose=purpose,
        description=f"Counts, none of 1 to {least - 1}",
        by=by,
        at=at,
    )


# --- what the participant asks for ------------------------------------------------------------------------------------


@transaction.atomic
def ask_list(*, participant: Participant, kind: str, by: Membership, at: datetime) -> RightsRequest:
    """A list is asked for, and someone owns the task until its day."""
    row = disclosures.ask_list(participant=participant, kind=kind, by=by, at=at)
    due = day_starts(row.due_on + timedelta(days=1), participant.program.zone)
    _task(participant, row, "Asked for a list of who received their records", due, by, at)
    return row


@transaction.atomic
def ask_restriction(
    *, participant: Participant, words: str, receiver: str, paid_in_full: bool, by: Membership, at: datetime
) -> Restriction:
    """Something is to be held back, and someone owns the task to answer."""
    row = disclosures.ask_restriction(
        participant=participant, words=words, receiver=receiver, paid_in_full=paid_in_full, by=by, at=at
    )
    due = at + timedelta(days=release.ANSWER_DAYS)
    _task(participant, row, "Asked to hold part of their record back", due, by, at)
    return row


@transaction.atomic
def answer_list(*, request: RightsRequest, how: str, by: Membership, at: datetime) -> RightsRequest:
    """The list was given, and its task is done."""
    row = disclosures.answer_list(request=request, how=how, by=by, at=at)
    _done(row, "record-request", by, at)
    return row


@transaction.atomic
def decide_restriction(
    *, restriction: Restriction, agree: bool, kinds: list[str], reason: str, by: Membership, at: datetime
) -> Restriction:
    """The program answered, and the task is done."""
    row = disclosures.decide_restriction(restriction=restriction, agree=agree, kinds=kinds, reason=reason, by=by, at=at)
    _done(row, "record-request", by, at)
    return row


def _task(participant: Participant, row: models.Model, words: str, due: datetime, by: Membership, at: datetime) -> None:
    alerts.raise_alert(
        participant=participant,
        kind="record-request",
        level=Alert.Level.ADMIN,
        words=words,
        source=row,
        due_at=due,
        owner=open_alerts.duty(participant.program_id, at),
        by=by,
        at=at,
        link=reverse("records:disclosures", args=[participant.pk]),
    )


def _done(row: models.Model, kind: str, by: Membership, at: datetime) -> None:
    found = open_alerts.about(row._meta.label_lower, row.pk, kind)
    if found is not None and found.closed_at is None:
        alerts.close(alert=found, outcome="task-done", words="", by=by, at=at)


# --- legal papers -----------------------------------------------------------------------------------------------------


@transaction.atomic
def take_in(*, program: Program, by: Membership, at: datetime, **given: Any) -> LegalProcess:
    """A legal paper came in: release stops, the record is held, and someone owns the task. The task names nobody."""
    row = disclosures.take_in(program=program, by=by, at=at, **given)
    owner = _owner(program, at)
    reads = owner.may(Permission.WORK_LEGAL)
    alerts.raise_alert(
        participant=None,
        program=program,
        kind="legal-process",
        level=Alert.Level.ADMIN,
        words="A legal paper came in: release nothing, confirm nobody",
        why=papers.PAPER_WORDS[papers.PaperKind(row.kind)],
        source=row,
        due_at=due_for("admin", at, program.zone),
        owner=owner,
        by=by,
        at=at,
        link=reverse("records:process", args=[row.pk]) if reads else reverse("records:caller"),
    )
    return row


def _owner(program: Program, at: datetime) -> Membership:
    """The privacy officer where they work on alerts, else a supervisor, else whoever answers for the rest."""
    today = local_day(at, program.zone)
    for role in (Role.PRIVACY, Role.SUPERVISOR):
        for member in programs.staff(program.pk, today, role).select_related("program"):
            if member.may(Permission.WORK_ALERTS):
                return member
    return open_alerts.duty(program.pk, at)


@transaction.atomic
def close_process(*, process: LegalProcess, outcome: str, by: Membership, at: datetime) -> LegalProcess:
    """The paper is closed, and its task is done."""
    row = disclosures.close_process(process=process, outcome=outcome, by=by, at=at)
    _done(row, "legal-process", by, at)
    return row
