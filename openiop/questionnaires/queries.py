"""Instruments, what is due, and what was answered."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import NamedTuple
from uuid import UUID

from django.db.models import Q, QuerySet
from django.http import Http404

from openiop.alerts import queries as alerts
from openiop.alerts.models import Alert
from openiop.base.rules import local_day
from openiop.consents import queries as consents
from openiop.consents.queries import Opened
from openiop.consents.rules import Kind
from openiop.participants.models import Episode, Participant
from openiop.programs import queries as programs
from openiop.programs.models import Membership, Program
from openiop.programs.rules import Permission
from openiop.questionnaires import rules
from openiop.questionnaires.models import Assignment, Response
from openiop.questionnaires.rules import Asked, Instrument

FOLDER = Path(__file__).parent / "instruments"
PROTOCOL = Path(__file__).parent / "protocol.toml"
OPEN = ("due", "started")
# A questionnaire answered up to this long before admission still counts as the start of the stay (program default).
BEFORE_ADMISSION = timedelta(days=30)


@cache
def instruments() -> dict[str, Instrument]:
    """Every instrument by its code; a malformed file stops this with its name, line and fault."""
    found = {}
    for file in sorted(FOLDER.glob("*.toml")):
        read = rules.read_instrument(file.read_text(encoding="utf-8"), file.name)
        if read.code != file.stem:
            raise rules.Malformed(f"{file.name}, line 1: code must be {file.stem}, the name of the file.")
        found[read.code] = read
    order = [row.instrument for row in protocol()]
    return dict(sorted(found.items(), key=lambda one: (order.index(one[0]) if one[0] in order else len(order), one[0])))


def instrument(code: str) -> Instrument:
    """The instrument of that code; 404 where there is none."""
    try:
        return instruments()[code]
    except KeyError:
        raise Http404 from None


@cache
def protocol() -> tuple[Asked, ...]:
    """Which instrument is asked of whom and how often, as shipped."""
    return rules.read_protocol(PROTOCOL.read_text(encoding="utf-8"), PROTOCOL.name)


def protocol_of(program_id: UUID, on: date) -> list[Asked]:
    """The protocol at the pace this program has set by policy, else as shipped."""
    every = programs.policy_value(program_id, "measures_every_days", on, None)
    stays = programs.policy_value(program_id, "measures_open_days", on, None)
    return [
        Asked(row.instrument, row.levels, every or row.every_days, stays or row.open_days, row.open_days_intake)
        for row in protocol()
    ]


def assignment_for(viewer: Membership, assignment_id: UUID, at: datetime) -> Assignment:
    """The assignment asked of the viewer, on their own page; else 404."""
    found = Assignment.objects.filter(pk=assignment_id, participant__program_id=viewer.program_id)
    row = found.select_related("participant__program", "participant__membership").first()
    if row is None:
        raise Http404
    consents.open_record(viewer, row.participant_id, Kind.MEASURES, at, Permission.OWN_RECORD)
    return row


def assignment_of(opened: Opened, assignment_id: UUID) -> Assignment:
    """One assignment of the opened record; 404 for another person's."""
    row = Assignment.objects.filter(pk=assignment_id, participant=opened.participant).first()
    if row is None:
        raise Http404
    return row


def response_of(opened: Opened, response_id: UUID) -> Response:
    """One response of the opened record, or of one read with it; 404 for another person's."""
    person = opened.participant
    mine = Q(participant=person) | Q(participant__merged_into=person)
    rows = Response.objects.filter(mine, pk=response_id)
    row = rows.select_related("entered_by", "assignment").first()
    if row is None:
        raise Http404
    return row


def alert_of(response: Response) -> Alert | None:
    """The alert a critical answer of this response raised, or None."""
    return alerts.about(response._meta.label_lower, response.pk, f"{response.instrument}-item9")


def due(participant_id: UUID, at: datetime) -> QuerySet[Assignment]:
    """What the person is asked to answer now, soonest closing first, with what they began."""
    rows = Assignment.objects.filter(participant_id=participant_id, status__in=OPEN, due_from__lte=at)
    return rows.select_related("response").order_by("due_until", "instrument", "pk")


def assignments(participant_id: UUID) -> QuerySet[Assignment]:
    """Everything ever asked of the person, newest first."""
    rows = Assignment.objects.filter(participant_id=participant_id).select_related("assigned_by")
    return rows.order_by("-due_from", "instrument", "pk")


def responses(participant_id: UUID) -> QuerySet[Response]:
    """Everything the person handed in, newest first."""
    rows = Response.objects.filter(participant_id=participant_id, completed_at__isnull=False)
    return rows.select_related("entered_by").order_by("-completed_at", "pk")


def trend(participant_id: UUID, code: str) -> list[tuple[date, int]]:
    """(local day, total in points) of every scored response in the present version, oldest first."""
    rows = Response.objects.filter(
        participant_id=participant_id, instrument=code, version=instrument(code).version, total__isnull=False
    )
    found = rows.order_by("completed_at", "pk").values_list("completed_at", "total", "participant__program__zone")
    return [(local_day(at, zone), points) for at, points, zone in found if at is not None and points is not None]


class Latest(NamedTuple):
    """The newest total, the first of this stay, the one before the newest (None where there is one only), its day."""

    total: int
    first: int
    previous: int | None
    on: date


def latest(participant_ids: Collection[UUID], code: str) -> dict[UUID, Latest]:
    """The newest total of each person with where it started this stay; two queries for any number of people."""
    begun: dict[UUID, date] = {}
    for person, day in (
        Episode.objects.filter(participant_id__in=participant_ids)
        .order_by("started_on", "pk")
        .values_list("participant_id", "started_on")
    ):
        begun[person] = day
    rows = Response.objects.filter(
        participant_id__in=participant_ids, instrument=code, version=instrument(code).version, total__isnull=False
    )
    found: dict[UUID, list[tuple[date, int]]] = {}
    for person, at, points, zone in rows.order_by("completed_at", "pk").values_list(
        "participant_id", "completed_at", "total", "participant__program__zone"
    ):
        if at is None or points is None:
            continue
        day = local_day(at, zone)
        if person not in begun or day >= begun[person] - BEFORE_ADMISSION:
            found.setdefault(person, []).append((day, points))
    return {
        person: Latest(line[-1][1], line[0][1], line[-2][1] if len(line) > 1 else None, line[-1][0])
        for person, line in found.items()
    }


def positive_screens(participant_id: UUID) -> frozenset[str]:
    """Problem families in which the newest total of an instrument reaches its published cut-off."""
    return frozenset(
        read.family
        for read in instruments().values()
        if (newest := latest([participant_id], read.code).get(participant_id)) and rules.positive(read, newest.total)
    )


@dataclass(frozen=True)
class Turn:
    """One assignment that falls due today, and why."""

    participant: Participant
    asked: Asked
    reason: str


def falling_due(program: Program, at: datetime) -> list[Turn]:
    """Who is to be asked what today by the protocol and has nothing of the kind open; a fixed number of queries."""
    today = local_day(at, program.zone)
    lines = protocol_of(program.pk, today)
    live = Episode.objects.open().filter(participant__program=program, started_on__lte=today)
    people = list(live.select_related("participant").order_by("participant__number", "pk"))
    last: dict[tuple[UUID, str], date] = {}
    held: set[tuple[UUID, str]] = set()
    asked = Assignment.objects.filter(participant__program=program, participant__episodes__in=people)
    for person, code, since, status in asked.order_by("due_from", "pk").values_list(
        "participant_id", "instrument", "due_from", "status"
    ):
        if status in OPEN:
            held.add((person, code))
        if status != Assignment.Status.WITHDRAWN:
            last[person, code] = local_day(since, program.zone)
    turns = []
    for episode in people:
        for line in lines:
            key = (episode.participant_id, line.instrument)
            if episode.level not in line.levels or key in held:
                continue
            if why := rules.asked_now(
                every_days=line.every_days, started_on=episode.started_on, last_on=last.get(key), today=today
            ):
                turns.append(Turn(episode.participant, line, why))
    return turns


def running_out(program: Program, at: datetime) -> list[Assignment]:
    """Open assignments of the program whose time has passed."""
    rows = Assignment.objects.filter(participant__program=program, status__in=OPEN, due_until__lte=at)
    return [
        row
        for row in rows.order_by("due_until", "pk")
        if rules.lapses(status=row.status, due_until=row.due_until, at=at)
    ]


def programs_at_work() -> Iterable[Program]:
    """Every program, in a steady order, for the worker."""
    return Program.objects.order_by("name", "pk")


@dataclass(frozen=True)
class Sheet:
    """One instrument on a person's page: its trend, its change, and every response, older versions apart."""

    instrument: Instrument
    plot: rules.Plot
    newest: Response | None
    since_start: rules.Change | None
    since_last: rules.Change | None
    responses: list[Response]
    outdated: int


def sheets(opened: Opened, at: datetime) -> list[Sheet]:
    """Every instrument with what the person answered; one query whatever the number of responses."""
    zone = opened.participant.program.zone
    rows = list(responses(opened.participant.pk))
    today = local_day(at, zone)
    found = []
    for read in instruments().values():
        mine = [row for row in rows if row.instrument == read.code]
        scored = [row for row in reversed(mine) if row.version == read.version and row.total is not None]
        days = [(local_day(row.completed_at, zone), row.total) for row in scored if row.completed_at]
        line = [(on, points) for on, points in days if points is not None]
        starts = opened.episode.started_on if opened.episode else (line[0][0] if line else today)
        found.append(
            Sheet(
                instrument=read,
                plot=rules.plot(read, line, starts=min(starts, line[0][0]) if line else starts, today=today),
                newest=scored[-1] if scored else None,
                since_start=rules.change(read, line[0][1], line[-1][1]) if len(line) > 1 else None,
                since_last=rules.change(read, line[-2][1], line[-1][1]) if len(line) > 2 else None,
                responses=mine,
                outdated=sum(row.version != read.version for row in mine),
            )
        )
    return found
