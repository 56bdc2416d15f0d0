"""Every look from the log, for the privacy officer and for the person themselves; questions about them."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import Max, Min, QuerySet
from django.db.models.functions import TruncDate
from django.http import Http404

from openiop.audit.models import Event
from openiop.base.rules import day_starts, local_day
from openiop.participants import queries as participants
from openiop.participants.models import Participant
from openiop.privacy import rules
from openiop.privacy.models import EmergencyTold, Question
from openiop.privacy.queries.emergencies import told_of
from openiop.programs import queries as programs
from openiop.programs.models import Membership
from openiop.programs.rules import STAFF

QUESTION_DAYS = 14  # program default, changeable as the policy `question-days`
ROLE_NAMES = {"peer": "peer specialist", "privacy": "privacy officer", "prescriber": "prescriber"}
READ = "chart.opened"
SIZE = 50


@dataclass(frozen=True)
class Look:
    """One time someone opened part of a record: by whom, what of it, and why they may."""

    at: datetime
    name: str
    role: str
    viewer_id: str
    kind: str
    page: str
    rule: str
    emergency: str = ""
    person: Participant | None = None


@dataclass(frozen=True)
class Wanted:
    """Which looks are asked for; empty parts ask for all."""

    person: Participant | None = None
    viewer: Membership | None = None
    on: date | None = None


def role_words(roles: str) -> str:
    """The roles of an event in words."""
    return ", ".join(ROLE_NAMES.get(one, one.replace("-", " ")) for one in roles.split(",") if one)


def _named(ids: Iterable[str]) -> dict[str, str]:
    return {str(row.pk): row.label for row in Membership.objects.filter(pk__in={one for one in ids if one})}


def _page(rows: QuerySet[Event], page: int, *, people: bool) -> tuple[list[Look], bool]:
    """One page of looks, newest first, and whether there are earlier ones; at most three queries."""
    start = (page - 1) * SIZE
    fields = ("at", "by_id", "by_role", "facts", "participant_id")
    events = list(rows.order_by("-at", "pk").values(*fields)[start : start + SIZE + 1])
    names = _named(event["by_id"] for event in events)
    keys = {event["participant_id"] for event in events if event["participant_id"]} if people else set()
    whose = {str(row.pk): row for row in Participant.objects.filter(pk__in=keys)} if people else {}
    found = [
        Look(
            at=event["at"],
            name=names.get(event["by_id"], "The program at work"),
            role=role_words(event["by_role"]),
            viewer_id=event["by_id"],
            kind=", ".join(rules.kind_words(event["facts"])),
            page=rules.page_words(event["facts"].get("page", "")),
            rule=event["facts"].get("rule", ""),
            emergency=event["facts"].get("emergency", ""),
            person=whose.get(event["participant_id"]),
        )
        for event in events[:SIZE]
    ]
    return found, len(events) > SIZE


def looks_of(participant_ids: Iterable[UUID], page: int) -> tuple[list[Look], bool]:
    """One page of who opened a record, newest first, and whether there are earlier ones; two queries."""
    keys = [str(one) for one in participant_ids]
    return _page(Event.objects.filter(participant_id__in=keys, what=READ), page, people=False)


def looks(program_id: UUID, zone: str, wanted: Wanted, page: int) -> tuple[list[Look], bool]:
    """One page of the program's looks as asked for; three queries, whatever the length of the log."""
    rows = Event.objects.filter(program_id=str(program_id), what=READ)
    if wanted.person is not None:
        rows = rows.filter(participant_id=str(wanted.person.pk))
    if wanted.viewer is not None:
        rows = rows.filter(by_id=str(wanted.viewer.pk))
    if wanted.on is not None:
        until = day_starts(wanted.on + timedelta(days=1), zone)
        rows = rows.filter(at__gte=day_starts(wanted.on, zone), at__lt=until)
    return _page(rows, page, people=True)


def viewers(program_id: UUID) -> list[Membership]:
    """Everyone who works or worked here, by name."""
    rows = Membership.objects.filter(program_id=program_id, role_rows__role__in=[role.value for role in STAFF])
    return list(rows.distinct().order_by("name", "pk"))


# --- for the person themselves ----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Day:
    """One day on which someone opened part of the record, as its person reads it."""

    on: date
    viewer_id: str
    who: str
    role: str
    kinds: tuple[str, ...]
    why: str
    emergency: bool
    told: EmergencyTold | None
    question: Question | None


DAYS = 30  # lines of a page: a day and a person each


def _own_looks(participant: Participant) -> QuerySet[Event]:
    """Looks of others at this person's record, or at one read with it."""
    keys = [str(one) for one in participants.ids_together(participant.pk)]
    rows = Event.objects.filter(participant_id__in=keys, what=READ)
    return rows.exclude(by_id=str(participant.membership_id))


def days(participant: Participant, page: int, at: datetime) -> tuple[list[Day], bool]:
    """One page of who looked, by day and person, newest first; the same few queries for any length of the log."""
    zone = ZoneInfo(participant.program.zone)
    theirs = _own_looks(participant)
    each = theirs.annotate(on=TruncDate("at", tzinfo=zone)).values("on", "by_id")
    start = (page - 1) * DAYS
    grouped = list(
        each.annotate(first=Min("at"), last=Max("at")).order_by("-on", "-last", "by_id")[start : start + DAYS + 1]
    )
    shown = grouped[:DAYS]
    if not shown:
        return [], False
    since, until = min(row["first"] for row in shown), max(row["last"] for row in shown)
    events: dict[tuple[date, str], list[tuple[str, dict[str, object]]]] = {}
    rows = theirs.filter(at__gte=since, at__lte=until, by_id__in={row["by_id"] for row in shown})
    for when, by_id, role, facts in rows.order_by("at", "pk").values_list("at", "by_id", "by_role", "facts"):
        events.setdefault((local_day(when, str(zone)), by_id), []).append((role, facts))
    names, told = _named(row["by_id"] for row in shown), told_of(participant.pk)
    asked = {
        (one.on, str(one.looker_id or "")): one
        for one in Question.objects.filter(participant=participant).order_by("asked_at", "pk")
    }
    by_name = programs.policy_value(participant.program_id, "looks-names", local_day(at, str(zone)), 1) == 1
    found = []
    for row in shown:
        mine = events[(row["on"], row["by_id"])]
        roles = role_words(mine[-1][0])
        emergency = next((str(facts["emergency"]) for _, facts in mine if facts.get("emergency")), "")
        works = names.get(row["by_id"], "The program")
        found.append(
            Day(
                on=row["on"],
                viewer_id=row["by_id"],
                who=works if by_name or not roles else f"Someone who works here as {roles}",
                role=roles,
                kinds=tuple(dict.fromkeys(words for _, facts in mine for words in rules.kind_words(facts))),
                why="; ".join(dict.fromkeys(rules.plain_why(facts, roles) for _, facts in mine)),
                emergency=bool(emergency),
                told=told.get(emergency),
                question=asked.get((row["on"], row["by_id"])),
            )
        )
    return found, len(grouped) > DAYS


def name_for(participant: Participant, looker: Membership | None, at: datetime) -> str:
    """How a colleague who looked is called to the person: by name, or by role where the program says so."""
    if looker is None:
        return "The program"
    by_name = programs.policy_value(participant.program_id, "looks-names", local_day(at, participant.program.zone), 1)
    return looker.label if by_name == 1 else f"Someone who works here as {role_words(looker.role_text)}"


def looked(participant: Participant, looker: Membership | None, on: date) -> bool:
    """Whether this colleague, or the program itself, opened the record on the local day."""
    zone = participant.program.zone
    rows = _own_looks(participant).filter(at__gte=day_starts(on, zone), at__lt=day_starts(on + timedelta(days=1), zone))
    return rows.filter(by_id=str(looker.pk) if looker else "").exists()


@dataclass(frozen=True)
class Asked:
    """One question with what the log says of the looks it is about."""

    question: Question
    looks: list[Look]


def questions(program_id: UUID) -> QuerySet[Question]:
    """Questions that wait for an answer, the soonest due first."""
    rows = Question.objects.filter(participant__program_id=program_id, answered_at__isnull=True)
    return rows.select_related("participant", "looker", "owner").order_by("due_at", "pk")


def question_for(viewer: Membership, question_id: UUID) -> Asked:
    """The question with the looks of its day, in the viewer's own program; 404 for everyone else."""
    rows = Question.objects.filter(pk=question_id, participant__program_id=viewer.program_id)
    row = rows.select_related("participant__program", "looker", "owner", "answered_by").first()
    if row is None:
        raise Http404
    program = row.participant.program
    wanted = Wanted(person=row.participant, viewer=row.looker, on=row.on)
    return Asked(row, looks(program.pk, program.zone, wanted, 1)[0])


def names_shown(rows: Iterable[Look]) -> list[Participant]:
    """Whose names these looks show."""
    return list({row.person.pk: row.person for row in rows if row.person is not None}.values())
