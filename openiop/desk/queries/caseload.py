"""The caseload: one row a person, in the same number of queries for any number of people."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from django.db.models import Min, Q

from openiop.alerts.models import Alert
from openiop.attendance.models import Presence
from openiop.base.rules import Period, local_day, week_of
from openiop.consents.rules import PURPOSES, Access, Kind, Relation, first, own_team_only
from openiop.desk import rules
from openiop.desk.rules import Signs
from openiop.participants import queries as participants
from openiop.participants.models import Participant
from openiop.participants.rules import called, week_number
from openiop.plans.models import Plan
from openiop.programs.models import Membership
from openiop.programs.rules import STAFF, Permission
from openiop.questionnaires import queries as questionnaires
from openiop.questionnaires import rules as scoring
from openiop.questionnaires.models import Response
from openiop.recovery import queries as recovery
from openiop.schedule import queries as schedule
from openiop.schedule.models import Enrollment, Seat, Session
from openiop.ui.rules import whole

CRAVING_DAYS = 14


@dataclass(frozen=True)
class Person:
    """One person as the caseload shows them; times in minutes, None where nothing is known."""

    id: UUID
    episode_id: UUID
    number: int
    name: str
    tone: str
    why: str
    track: str
    level: str
    week: int
    primary: str
    done: int
    due: int
    planned: int
    behind: bool
    cravings: tuple[int | None, ...]
    craving: int | None
    craving_high: bool
    phq: int | None
    phq_line: tuple[int, ...]
    phq_change: int | None
    phq_worse: bool
    phq_better: bool
    phq_band: str
    review: str
    review_on: date
    review_late: bool
    seen: str


@dataclass(frozen=True)
class Table:
    """The rows of one list with what its viewer may read and may choose from."""

    people: tuple[Person, ...]
    total: int
    kinds: frozenset[Kind]
    tracks: tuple[str, ...]
    track: str
    sort: str

    def sees(self, kind: str) -> bool:
        """Whether the viewer's roles read this kind of information."""
        return Kind(kind) in self.kinds


def answers_for(
    viewer: Membership, at: datetime, page: Permission, relation: Relation = Relation.STAFF
) -> dict[Kind, Access]:
    """What the guard lets this colleague read on this page: each kind that opens, with its fields and its rule."""
    asked = {
        kind: first(purposes=PURPOSES[page], relation=relation, roles=viewer.roles, kind=kind, at=at) for kind in Kind
    }
    return {kind: access for kind, access in asked.items() if access.allowed}


def kinds_for(
    viewer: Membership, at: datetime, page: Permission, relation: Relation = Relation.STAFF
) -> frozenset[Kind]:
    """Every kind of information the guard lets this colleague read on this page."""
    return frozenset(answers_for(viewer, at, page, relation))


def sees_own_team_alone(viewer: Membership) -> bool:
    """Whether the viewer's lists hold the people of their own team and no one else."""
    return own_team_only(viewer.roles & STAFF)


def tracks_of(program_id: UUID, on: date) -> tuple[str, ...]:
    """The tracks in use, by name, in the order of the day."""
    return tuple(schedule.tracks(program_id, on).values_list("name", flat=True))


def _length(starts: datetime, ends: datetime) -> int:
    return round((ends - starts).total_seconds() / 60)


def hours_of(episode_ids: Iterable[UUID], week: Period) -> tuple[dict[UUID, int], dict[UUID, int]]:
    """Minutes attended in the week, and minutes of the sessions marked so far (not those cancelled), by episode."""
    ids = list(episode_ids)
    done, due = dict.fromkeys(ids, 0), dict.fromkeys(ids, 0)
    marked = Presence.objects.filter(replaced_at__isnull=True, episode_id__in=ids, session__on__gte=week.first)
    if week.until is not None:
        marked = marked.filter(session__on__lt=week.until)
    for episode_id, minutes, away, starts, ends in marked.values_list(
        "episode_id", "minutes", "away", "session__starts_at", "session__ends_at"
    ).order_by("pk"):
        done[episode_id] += minutes
        if away != Presence.Away.PROGRAM:
            due[episode_id] += _length(starts, ends)
    return done, due


def caseload(
    viewer: Membership,
    which: str,
    at: datetime,
    *,
    track: str = "",
    sort: str = "attention",
    tracks: tuple[str, ...] = (),
) -> Table:
    """The people of one list: `mine` (primary), `team` (on my team) or `all` in care; filtered and sorted."""
    zone = viewer.program.zone
    today = local_day(at, zone)
    week = week_of(today)
    assert week.until is not None
    alone = sees_own_team_alone(viewer)
    kinds = kinds_for(viewer, at, Permission.READ_CASELOAD, Relation.TEAM if alone else Relation.STAFF)
    rows = participants.open_episodes(viewer.program_id)
    if which == "mine":
        rows = rows.filter(primary=viewer)
    elif which == "team" or alone:
        rows = participants.caseload(viewer)
    episodes = list(
        rows.values_list(
            "pk", "participant_id", "participant__number", "participant__legal_name", "participant__preferred_name",
            "level", "started_on", "review_on", "primary__name",
        )
    )  # fmt: skip
    ids = [row[0] for row in episodes]
    people = [row[1] for row in episodes]

    groups: dict[UUID, str] = {}
    live = Q(from_on__lte=today) & (Q(until_on__isnull=True) | Q(until_on__gt=today))
    for episode_id, name in (
        Enrollment.objects.filter(live, episode_id__in=ids)
        .values_list("episode_id", "group__track__name")
        .order_by("-group__track__name", "pk")
    ):
        groups[episode_id] = name

    done: dict[UUID, int] = dict.fromkeys(ids, 0)
    due: dict[UUID, int] = dict.fromkeys(ids, 0)
    planned: dict[UUID, int] = dict.fromkeys(ids, 0)
    ahead, prescribed = dict.fromkeys(ids, 0), dict.fromkeys(ids, 0)
    if Kind.ATTENDANCE in kinds:
        done, due = hours_of(ids, week)
        planned = schedule.week_hours(ids, week)
        ahead = dict(planned)
        for episode_id, prescription in schedule.prescriptions(ids, week.until - timedelta(days=1)).items():
            planned[episode_id] = prescribed[episode_id] = prescription.minutes_a_week

    next_at: dict[UUID, datetime] = dict(
        Seat.objects.filter(
            episode_id__in=ids,
            dropped_at__isnull=True,
            session__ends_at__gt=at,
            session__status=Session.Status.PLANNED,
        )
        .values_list("episode_id")
        .annotate(first=Min("session__starts_at"))
        .order_by("episode_id")
    )

    cravings: dict[UUID, list[recovery.Day]] = {}
    if Kind.CHECKINS in kinds:
        days = Period(today - timedelta(days=CRAVING_DAYS - 1), today + timedelta(days=1))
        cravings = recovery.series_for(people, days)

    phq9 = questionnaires.instrument("phq9")
    lines: dict[UUID, list[int]] = {}
    if Kind.MEASURES in kinds:
        starts_of = {row[1]: row[6] - questionnaires.BEFORE_ADMISSION for row in episodes}
        scored = Response.objects.filter(
            participant_id__in=people, instrument="phq9", version=phq9.version, total__isnull=False
        )
        for person, completed, total in scored.order_by("completed_at", "pk").values_list(
            "participant_id", "completed_at", "total"
        ):
            if completed is not None and total is not None and local_day(completed, zone) >= starts_of[person]:
                lines.setdefault(person, []).append(total)

    raised: dict[UUID, list[tuple[str, str]]] = {}
    if Kind.ALERTS in kinds:
        waiting = Alert.objects.open().filter(participant_id__in=people)
        for person, level, words in waiting.order_by("due_at", "pk").values_list("participant_id", "level", "words"):
            assert person is not None
            raised.setdefault(person, []).append((level, words))

    plan_on: dict[UUID, date] = {}
    if Kind.PLAN in kinds:
        for episode_id, on in Plan.objects.filter(status="signed", episode_id__in=ids).values_list(
            "episode_id", "review_on"
        ):
            if on is not None:
                plan_on[episode_id] = on

    found = []
    for pk, person, number, legal, preferred, level, started_on, review_on, primary in episodes:
        line = lines.get(person, [])
        change = scoring.change(phq9, line[0], line[-1]) if len(line) > 1 else None
        band = scoring.band(phq9, line[-1]) if line else None
        series = tuple(day.craving for day in cravings.get(person, []))
        last = next((one for one in reversed(series) if one is not None), None)
        plan_first = pk in plan_on and plan_on[pk] < review_on
        first_review = plan_on[pk] if plan_first else review_on
        worse = bool(change and change.reliable and not change.better)
        kind = "plan" if plan_first else "level"
        name, why = rules.tone(
            Signs(
                alerts=raised.get(person, ()),
                done=done[pk],
                due=due[pk],
                worse=worse,
                overdue=kind if first_review < today else "",
                planned=ahead[pk],
                prescribed=prescribed[pk] if started_on <= week.first else 0,  # a first week is rarely a whole one
            )
        )
        found.append(
            Person(
                id=person,
                episode_id=pk,
                number=number,
                name=called(legal, preferred),
                tone=name,
                why=why,
                track=groups.get(pk, ""),
                level=level,
                week=week_number(started_on, today),
                primary=primary,
                done=done[pk],
                due=due[pk],
                planned=planned[pk],
                behind=rules.behind(done[pk], due[pk]),
                cravings=series,
                craving=last,
                craving_high=last is not None and last >= 7,
                phq=line[-1] if line else None,
                phq_line=tuple(line),
                phq_change=change.points if change else None,
                phq_worse=worse,
                phq_better=bool(change and change.reliable and change.better),
                phq_band=band.name.lower() if band else "",
                review=f"{kind.capitalize()} review, {first_review:%b} {first_review.day}",
                review_on=first_review,
                review_late=first_review < today,
                seen=rules.when(next_at[pk], at, zone) if pk in next_at else "",
            )
        )
    shown = [one for one in found if not track or one.track == track]
    return Table(
        people=tuple(sorted(shown, key=lambda one: _order(one, sort))),
        total=len(found),
        kinds=kinds,
        tracks=tracks,
        track=track,
        sort=sort,
    )


def _order(one: Person, sort: str) -> tuple[object, ...]:
    if sort == "name":
        return (one.name.casefold(), one.number)
    if sort == "review":
        return (one.review_on, one.number)
    if sort == "hours":
        return (one.done - one.due, one.number)
    return (rules.rank(one.tone), one.done - one.due, one.number)


def find(viewer: Membership, words: str) -> list[Participant]:
    """People of the program whose name or record number holds the words, at most 30, by number; none for no words."""
    wanted = words.split()[:6]
    if not wanted:
        return []
    rows = participants.people(viewer.program_id)
    if sees_own_team_alone(viewer):
        rows = rows.filter(pk__in=participants.caseload(viewer).order_by().values("participant_id"))
    for word in wanted:
        number = whole(word)
        by_number = Q() if number is None else Q(number=number)
        named = Q(legal_name__icontains=word) | Q(preferred_name__icontains=word)
        rows = rows.filter(named | by_number if by_number else named)
    return list(rows.order_by("number", "pk")[:30])
