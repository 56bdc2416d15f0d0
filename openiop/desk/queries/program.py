"""The program in numbers, counted from its records at the moment they are asked for."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median
from uuid import UUID

from django.db.models import Count, Q

from openiop.admissions.models import Enquiry
from openiop.alerts.models import Alert
from openiop.attendance import queries as attendance
from openiop.base.rules import local_day, week_of
from openiop.desk.queries.caseload import hours_of
from openiop.notes import queries as notes
from openiop.participants import queries as participants
from openiop.participants.models import Episode
from openiop.participants.rules import LEVEL_WORDS, OFFERED
from openiop.plans.models import Plan
from openiop.programs.models import Membership
from openiop.schedule import queries as schedule

CONTACT_DAYS = 30
RATE_DAYS = 28
WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


@dataclass(frozen=True)
class Fill:
    """One group's seats."""

    id: UUID
    name: str
    track: str
    tone: str
    when: str
    taken: int
    capacity: int


@dataclass(frozen=True)
class Load:
    """How many people one counselor is primary for, and how many of their reviews are past."""

    name: str
    people: int
    late: int
    plans_late: int


@dataclass(frozen=True)
class Numbers:
    """Everything on the director's first page; times in minutes, shares between 0 and 1."""

    census: tuple[tuple[str, str, int], ...]
    in_care: int
    admitted: int
    ended: int
    delivered: int
    due: int
    prescribed: int
    without_prescription: int
    rate: float | None
    rate_before: float | None
    alerts_open: int
    alerts_overdue: int
    alerts_urgent: int
    notes_waiting: int
    notes_late: int
    contact_hours: float | None
    contacted: int
    uncontacted: int
    longest_wait: float | None
    reviews_late: int
    reviews_soon: int
    plans_late: int
    plans_soon: int
    fills: tuple[Fill, ...]
    loads: tuple[Load, ...]


def _share(rates: Mapping[UUID, attendance.Rate]) -> float | None:
    scheduled = sum(one.scheduled for one in rates.values())
    return sum(one.attended for one in rates.values()) / scheduled if scheduled else None


def numbers(viewer: Membership, at: datetime) -> Numbers:
    """The program's numbers now; the same number of queries for any number of people."""
    program_id, zone = viewer.program_id, viewer.program.zone
    today = local_day(at, zone)
    week = week_of(today)
    assert week.until is not None
    census = participants.census(program_id, today)
    episodes = list(
        participants.open_episodes(program_id).values_list("pk", "review_on", "primary__name", "started_on")
    )
    ids = [row[0] for row in episodes]
    prescribed = {key: row.minutes_a_week for key, row in schedule.prescriptions(ids, today).items()}

    # Everyone who was in care at some time in the span counts, also those who have left since.
    ever = list(
        Episode.objects.filter(participant__program_id=program_id)
        .exclude(ended_on__lt=today - timedelta(days=2 * RATE_DAYS))
        .order_by("pk")
        .values_list("pk", flat=True)
    )
    done, due = hours_of(ever, week)
    first, before = today - timedelta(days=RATE_DAYS), today - timedelta(days=2 * RATE_DAYS)

    open_alerts = Alert.objects.open().filter(program_id=program_id)
    counted = open_alerts.aggregate(
        all=Count("pk"), late=Count("pk", filter=Q(due_at__lt=at)), urgent=Count("pk", filter=Q(level="urgent"))
    )

    asked = Enquiry.objects.filter(program_id=program_id, received_at__gte=at - timedelta(days=CONTACT_DAYS))
    waits = [
        (contacted - received).total_seconds() / 3600
        for received, contacted in asked.filter(contacted_at__isnull=False).values_list("received_at", "contacted_at")
        if contacted is not None
    ]
    uncontacted = (
        Enquiry.objects.filter(program_id=program_id, contacted_at__isnull=True)
        .exclude(status__in=("closed", "admitted"))
        .order_by("received_at", "pk")
        .values_list("received_at", flat=True)
    )
    still = list(uncontacted)

    plan_on = {
        key: on
        for key, on in Plan.objects.filter(status="signed", episode_id__in=ids)
        .order_by("pk")
        .values_list("episode_id", "review_on")
        if on is not None
    }
    loads: dict[str, list[tuple[bool, bool]]] = {}
    for key, review_on, primary, _ in episodes:
        loads.setdefault(primary, []).append((review_on < today, plan_on.get(key, today) < today))
    recent = Episode.objects.filter(participant__program_id=program_id)
    meeting = schedule.at_next_meeting(program_id, today)
    return Numbers(
        census=tuple((level.value, LEVEL_WORDS[level], census.get(level.value, 0)) for level in reversed(OFFERED)),
        in_care=len(episodes),
        admitted=recent.filter(started_on__gt=today - timedelta(days=30), started_on__lte=today).count(),
        ended=recent.filter(ended_on__gt=today - timedelta(days=30)).count(),
        delivered=sum(done.values()),
        due=sum(due.values()),
        prescribed=sum(prescribed.values()),
        without_prescription=len(ids) - len(prescribed),
        rate=_share(attendance.rates_to_now(ever, first, today)),
        rate_before=_share(attendance.rates(ever, before, first)),
        alerts_open=counted["all"],
        alerts_overdue=counted["late"],
        alerts_urgent=counted["urgent"],
        notes_waiting=notes.unsigned_count(program_id, at),
        notes_late=notes.unsigned_count(program_id, at - timedelta(hours=24)),
        contact_hours=median(waits) if waits else None,
        contacted=len(waits),
        uncontacted=len(still),
        longest_wait=(at - still[0]).total_seconds() / 3600 if still else None,
        reviews_late=sum(row[1] < today for row in episodes),
        reviews_soon=sum(today <= row[1] < today + timedelta(days=7) for row in episodes),
        plans_late=sum(on < today for on in plan_on.values()),
        plans_soon=sum(today <= on < today + timedelta(days=7) for on in plan_on.values()),
        fills=tuple(
            Fill(
                id=group.pk,
                name=group.name,
                track=group.track.name,
                tone=group.track.tone,
                when=f"{WEEKDAYS[group.weekday]} {group.starts:%I:%M %p}".replace(" 0", " "),
                taken=meeting.get(group.pk, 0),
                capacity=group.capacity,
            )
            for group in schedule.groups(program_id, today)
        ),
        loads=tuple(
            Load(name, len(late), sum(level for level, _ in late), sum(plan for _, plan in late))
            for name, late in sorted(loads.items(), key=lambda row: (-len(row[1]), row[0]))
        ),
    )
