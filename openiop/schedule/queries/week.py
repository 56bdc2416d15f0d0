"""Reading the week: who is expected where, who is free, and how a week compares with what is prescribed."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Count, F, Q, QuerySet
from django.http import Http404

from openiop.base.rules import Period, local_day
from openiop.participants.models import Episode
from openiop.programs import queries as programs
from openiop.programs.models import Membership
from openiop.schedule import rules
from openiop.schedule.models import Away, Busy, Elsewhere, Enrollment, Group, Prescription, Seat, Session, Track
from openiop.schedule.rules import Block, Booking, Bounds, Clash, Meeting, WhyClosed

TAKEN = Q(seats__dropped_at__isnull=True)


def _live(on: date) -> Q:
    """Rows with `from_on` and `until_on` that hold on the day."""
    return Q(from_on__lte=on) & (Q(until_on__isnull=True) | Q(until_on__gt=on))


def _not_over(on: date) -> Q:
    """Rows with `until_on` that hold on the day or later."""
    return Q(until_on__isnull=True) | Q(until_on__gt=on)


# --- Policy -----------------------------------------------------------------------------------------------------------


def bounds(program_id: UUID, on: date) -> Bounds:
    """What a week may hold on the day, from the program's dated policies or the defaults."""
    values = programs.policy_values(
        program_id,
        on,
        {
            rules.WEEK_HOURS: rules.WEEK_HOURS_DEFAULT,
            rules.WEEK_DAYS: rules.WEEK_DAYS_DEFAULT,
            rules.DAY_HOURS: rules.DAY_HOURS_DEFAULT,
        },
    )
    week, days, day = values[rules.WEEK_HOURS], values[rules.WEEK_DAYS], values[rules.DAY_HOURS]
    return Bounds(week["low"], week["least"], week["next"], days["least"], days["most"], day["least"], day["most"])


def uncounted(program_id: UUID, on: date) -> frozenset[str]:
    """Services whose minutes are not counted as treatment on the day."""
    return frozenset(programs.policy_value(program_id, rules.UNCOUNTED, on, rules.UNCOUNTED_DEFAULT))


# --- What is prescribed, and when the person is busy ------------------------------------------------------------------


def prescriptions(episode_ids: Iterable[UUID], on: date) -> dict[UUID, Prescription]:
    """The prescription in force on the day for each episode that has one."""
    rows = Prescription.objects.filter(episode_id__in=list(episode_ids), from_on__lte=on)
    return {row.episode_id: row for row in rows.order_by("from_on", "prescribed_at", "pk")}


def prescription(episode_id: UUID, on: date) -> Prescription | None:
    """The prescription in force on the day, or None."""
    return prescriptions([episode_id], on).get(episode_id)


def prescription_history(episode_id: UUID) -> QuerySet[Prescription]:
    """Every prescription of the episode with who gave it, newest first."""
    rows = Prescription.objects.filter(episode_id=episode_id).select_related("prescribed_by")
    return rows.order_by("-from_on", "-prescribed_at", "pk")


def busy(episode_id: UUID, on: date | None = None) -> list[Busy]:
    """The busy stretches in force on the day (the newest known where no day is given), in the order of the week."""
    rows = Busy.objects.filter(episode_id=episode_id)
    rows = rows.filter(until_on__isnull=True) if on is None else rows.filter(_live(on))
    return list(rows.order_by("weekday", "starts", "pk"))


def blocks(episode_id: UUID, on: date | None = None) -> list[Block]:
    """The same stretches as the rules read them."""
    return [Block(row.weekday, row.starts, row.ends, row.why, row.travel_minutes) for row in busy(episode_id, on)]


# --- Tracks and groups ------------------------------------------------------------------------------------------------


def tracks(program_id: UUID, on: date) -> QuerySet[Track]:
    """Tracks in use on the day: day first, then evening, then virtual, then others by name."""
    rows = Track.objects.filter(program_id=program_id).exclude(ended_on__lte=on)
    return rows.order_by("virtual", "tone", "name", "pk")


def groups(program_id: UUID, on: date) -> QuerySet[Group]:
    """Groups that meet on the day or later, with all a page shows and `taken`, the seats held; in week order."""
    held = Q(enrollments__until_on__isnull=True) | Q(enrollments__until_on__gt=on)
    held &= Q(enrollments__episode__ended_on__isnull=True)
    rows = Group.objects.filter(_not_over(on), track__program_id=program_id)
    rows = rows.select_related("track", "place", "facilitator", "co_facilitator", "topic")
    rows = rows.annotate(taken=Count("enrollments", filter=held))
    return rows.order_by("track__virtual", "track__tone", "track__name", "weekday", "starts", "name", "pk")


def at_next_meeting(program_id: UUID, on: date) -> dict[UUID, int]:
    """How many people in care each group has at its next meeting from the day on; groups without anyone are left out.

    Who leaves before that meeting, and who joins after it, is not counted.
    """
    rows = Enrollment.objects.filter(
        _not_over(on), from_on__lt=on + timedelta(days=7), group__track__program_id=program_id,
        episode__ended_on__isnull=True,
    )  # fmt: skip
    found: dict[UUID, int] = defaultdict(int)
    for group_id, weekday, first, until in rows.values_list(
        "group_id", "group__weekday", "from_on", "until_on"
    ).order_by("pk"):
        found[group_id] += Period(first, until).holds(on + timedelta(days=(weekday - on.weekday()) % 7))
    return found


def group_for(viewer: Membership, group_id: UUID) -> Group:
    """The group, for its own program's staff; 404 for everyone else."""
    rows = Group.objects.select_related("track__program", "place", "facilitator", "co_facilitator", "topic")
    found = rows.filter(pk=group_id, track__program_id=viewer.program_id).first()
    if found is None or not viewer.is_staff:
        raise Http404
    return found


def track_for(viewer: Membership, track_id: UUID) -> Track:
    """The track, for its own program's staff; 404 for everyone else."""
    found = Track.objects.select_related("program").filter(pk=track_id, program_id=viewer.program_id).first()
    if found is None or not viewer.is_staff:
        raise Http404
    return found


def enrolled(group: Group, on: date) -> list[Enrollment]:
    """Who is in the group on the day or later, by name."""
    rows = Enrollment.objects.filter(_not_over(on), group=group).select_related("episode__participant")
    return sorted(rows.order_by("pk"), key=lambda row: row.episode.participant.name)


def enrollments(episode_id: UUID, on: date) -> list[Enrollment]:
    """The groups the person is in on the day or later, in the order of the week."""
    rows = Enrollment.objects.filter(_not_over(on), episode_id=episode_id).select_related(
        "group__track", "group__place"
    )
    return list(rows.order_by("group__weekday", "group__starts", "pk"))


def enrollments_of(episode_ids: Iterable[UUID], on: date) -> dict[UUID, list[Enrollment]]:
    """The groups each person is in on the day or later, with their tracks; nothing for who is in none."""
    rows = Enrollment.objects.filter(_not_over(on), episode_id__in=list(episode_ids)).select_related("group__track")
    found: dict[UUID, list[Enrollment]] = defaultdict(list)
    for row in rows.order_by("pk"):
        found[row.episode_id].append(row)
    return found


def busy_of(episode_ids: Iterable[UUID], on: date) -> dict[UUID, list[Busy]]:
    """The busy stretches of each person in force on the day; where none is, the newest known."""
    ids = list(episode_ids)
    now: dict[UUID, list[Busy]] = {key: [] for key in ids}
    newest: dict[UUID, list[Busy]] = {key: [] for key in ids}
    rows = Busy.objects.filter(_not_over(on), episode_id__in=ids)
    for row in rows.order_by("weekday", "starts", "pk"):
        if row.from_on <= on:
            now[row.episode_id].append(row)
        if row.until_on is None:
            newest[row.episode_id].append(row)
    return {key: now[key] or newest[key] for key in ids}


def visit_minutes(episode_ids: Iterable[UUID], days: Period, left_out: Collection[str]) -> dict[UUID, int]:
    """Counted minutes of planned visits in the days for each episode that has some."""
    rows = Seat.objects.filter(
        episode_id__in=list(episode_ids), dropped_at__isnull=True, session__group__isnull=True,
        session__status=Session.Status.PLANNED, session__on__gte=days.first, session__on__lt=days.until or date.max,
    ).exclude(session__service__in=list(left_out))  # fmt: skip
    found: dict[UUID, int] = defaultdict(int)
    for key, starts, ends in rows.values_list("episode_id", "session__starts_at", "session__ends_at").order_by("pk"):
        found[key] += round((ends - starts).total_seconds() / 60)
    return found


def enrollment_for(viewer: Membership, enrollment_id: UUID) -> Enrollment:
    """The enrollment, for staff of its program; 404 for everyone else."""
    rows = Enrollment.objects.select_related("group__track__program", "episode__participant")
    found = rows.filter(pk=enrollment_id, group__track__program_id=viewer.program_id).first()
    if found is None or not viewer.is_staff:
        raise Http404
    return found


def meeting(group: Group, period: Period | None = None) -> Meeting:
    """The group as the rules read it; for one person, over the days of their enrollment."""
    return Meeting(
        key=str(group.pk),
        name=f"{group.track.name} {group.name}",
        weekday=group.weekday,
        starts=group.starts,
        minutes=group.minutes,
        period=period or Period(group.from_on, group.until_on),
        service=group.service,
    )


def standing(program_id: UUID, on: date) -> list[tuple[Meeting, str, frozenset[str]]]:
    """Every group that meets on the day or later: as a meeting, its room and who leads it."""
    return [
        (
            meeting(group),
            str(group.place_id),
            frozenset(str(who) for who in (group.facilitator_id, group.co_facilitator_id) if who),
        )
        for group in Group.objects.filter(_not_over(on), track__program_id=program_id).select_related("track")
    ]


def clashes(episode: Episode, groups: Sequence[Group], on: date | None = None) -> list[Clash]:
    """Every clash of these groups with the person's busy stretches and with one another; none is forbidden by it.

    Without a day the newest known availability counts. Pass the groups with their track loaded.
    """
    return rules.clashes([meeting(group) for group in groups], blocks(episode.pk, on))


# --- Sessions ---------------------------------------------------------------------------------------------------------


def _sessions() -> QuerySet[Session]:
    return Session.objects.select_related("program", "group__track", "place", "facilitator", "co_facilitator", "topic")


def session_for(viewer: Membership, session_id: UUID) -> Session:
    """The session, for staff of its program or a participant with a seat in it; 404 for everyone else."""
    found = _sessions().filter(pk=session_id, program_id=viewer.program_id).first()
    if found is None:
        raise Http404
    if viewer.is_staff:
        return found
    seated = found.seats.filter(dropped_at__isnull=True, episode__participant__membership=viewer)
    if not seated.exists():
        raise Http404
    return found


def visit_for(viewer: Membership, participant_id: UUID, session_id: UUID) -> Session:
    """One visit of this person; 404 for a group's session and for anyone else's."""
    found = session_for(viewer, session_id)
    theirs = found.seats.filter(dropped_at__isnull=True, episode__participant_id=participant_id)
    if found.group_id is not None or not theirs.exists():
        raise Http404
    return found


def roster(session: Session) -> list[Seat]:
    """Who is expected, with episode and participant loaded, by name; dropped seats are left out."""
    rows = Seat.objects.filter(session=session, dropped_at__isnull=True).select_related("episode__participant")
    return sorted(rows.order_by("pk"), key=lambda seat: seat.episode.participant.name)


def seat_for(viewer: Membership, seat_id: UUID) -> Seat:
    """The seat, for staff of its program; 404 for everyone else."""
    rows = Seat.objects.select_related("session__program", "episode__participant")
    found = rows.filter(pk=seat_id, session__program_id=viewer.program_id).first()
    if found is None or not viewer.is_staff:
        raise Http404
    return found


def rosters(session_ids: Iterable[UUID]) -> dict[UUID, list[Seat]]:
    """The roster of each session, in one question."""
    found: dict[UUID, list[Seat]] = defaultdict(list)
    rows = Seat.objects.filter(session_id__in=list(session_ids), dropped_at__isnull=True)
    for seat in rows.select_related("episode__participant").order_by("pk"):
        found[seat.session_id].append(seat)
    return {key: sorted(seats, key=lambda seat: seat.episode.participant.name) for key, seats in found.items()}


def sessions_between(program_id: UUID, first: date, until: date) -> QuerySet[Session]:
    """Every session on the local days from `first` up to and without `until`, cancelled ones too, by time.

    Each carries `people`, the number expected.
    """
    rows = _sessions().filter(program_id=program_id, on__gte=first, on__lt=until)
    return rows.annotate(people=Count("seats", filter=TAKEN)).order_by("starts_at", "title", "pk")


def person_sessions(episode_id: UUID, first: date, until: date) -> QuerySet[Session]:
    """The sessions one person is expected at on these local days, cancelled ones too, by time."""
    seated = Seat.objects.filter(episode_id=episode_id, dropped_at__isnull=True).values("session_id")
    rows = _sessions().filter(pk__in=seated, on__gte=first, on__lt=until)
    return rows.order_by("starts_at", "pk")


def next_session(episode_id: UUID, at: datetime) -> Session | None:
    """The session the person is in now, else their next one, else None."""
    rows = _sessions().filter(
        seats__episode_id=episode_id, seats__dropped_at__isnull=True, ends_at__gt=at, status=Session.Status.PLANNED
    )
    return rows.order_by("starts_at", "pk").first()


def my_sessions(member: Membership, day: date) -> QuerySet[Session]:
    """What the member leads or co-leads on the local day, with `people`, by time."""
    rows = sessions_between(member.program_id, day, day + timedelta(days=1))
    return rows.filter(Q(facilitator=member) | Q(co_facilitator=member))


def week_hours(episode_ids: Iterable[UUID], week: Period) -> dict[UUID, int]:
    """Planned minutes of treatment in the days of the period for each episode; 0 for one without a session."""
    ids = list(episode_ids)
    minutes = dict.fromkeys(ids, 0)
    rows = Seat.objects.filter(
        episode_id__in=ids,
        dropped_at__isnull=True,
        session__status=Session.Status.PLANNED,
        session__on__gte=week.first,
    )
    if week.until is not None:
        rows = rows.filter(session__on__lt=week.until)
    programs_seen: dict[UUID, frozenset[str]] = {}
    for episode_id, program_id, service, starts, ends in rows.values_list(
        "episode_id", "session__program_id", "session__service", "session__starts_at", "session__ends_at"
    ).order_by("pk"):
        if program_id not in programs_seen:
            programs_seen[program_id] = uncounted(program_id, week.first)
        if service not in programs_seen[program_id]:
            minutes[episode_id] += round((ends - starts).total_seconds() / 60)
    return minutes


def planned_mix(episode_id: UUID, week: Period) -> dict[str, int]:
    """How many sessions of each service the person's week holds."""
    rows = Seat.objects.filter(
        episode_id=episode_id,
        dropped_at__isnull=True,
        session__status=Session.Status.PLANNED,
        session__on__gte=week.first,
        session__on__lt=week.until or date.max,
    )
    return dict(rows.values_list("session__service").annotate(count=Count("pk")).order_by("session__service"))


# --- Who and what is taken --------------------------------------------------------------------------------------------


def elsewhere(episode_id: UUID, since: datetime, until: datetime | None = None) -> list[Elsewhere]:
    """The person's appointments outside the program that end after `since` and begin before `until`, by time."""
    rows = Elsewhere.objects.filter(episode_id=episode_id, off_at__isnull=True, ends_at__gt=since)
    if until is not None:
        rows = rows.filter(starts_at__lt=until)
    return list(rows.order_by("starts_at", "pk"))


def in_the_way(episode: Episode, on: date, starts: time, minutes: int, words: str = "This visit") -> list[str]:
    """What the person has then that a visit may be planned over where they agree: busy times, appointments elsewhere.

    Pass the episode with its participant's program.
    """
    zone = episode.participant.program.zone
    wanted = Meeting("", words, on.weekday(), starts, minutes)
    found = [clash.words for clash in rules.clashes([wanted], blocks(episode.pk, on))]
    starts_at, ends_at = rules.instants(on, starts, minutes, zone)
    return found + [
        f"They are with {row.with_whom} then: {rules.moment(row.starts_at, zone)}."
        for row in elsewhere(episode.pk, starts_at, ends_at)
    ]


def expected_then(episode: Episode, on: date, starts: time, minutes: int) -> list[str]:
    """The sessions at which the person is expected then, as sentences. Pass the episode with its program."""
    program = episode.participant.program
    starts_at, ends_at = rules.instants(on, starts, minutes, program.zone)
    wanted = Booking("", "", starts_at, ends_at, "", frozenset(), frozenset({str(episode.pk)}))
    taken = bookings(program.pk, [on], program.zone, [episode.pk])
    return rules.why_not_book(wanted, taken, zone=program.zone, names=str, rooms=str)


# --- Who is out -------------------------------------------------------------------------------------------------------


def away_between(program_id: UUID, first: date, until: date) -> list[Away]:
    """Who is out on some of these days, by first day and name."""
    rows = Away.objects.filter(member__program_id=program_id, from_on__lt=until, until_on__gt=first)
    rows = rows.filter(until_on__gt=F("from_on")).select_related("member", "noted_by")
    return list(rows.order_by("from_on", "member__name", "pk"))


def away_with_work(
    program_id: UUID, days: Period, sessions: Iterable[Session], at: datetime
) -> list[tuple[Away, dict[date, int]]]:
    """Who is out on some of these days, each with how many of these sessions still need someone, by day."""
    rows = away_between(program_id, days.first, days.until or date.max)
    ahead = [row for row in sessions if row.status == Session.Status.PLANNED and rules.can_be_covered(row.ends_at, at)]
    found = []
    for away in rows:
        counts: dict[date, int] = defaultdict(int)
        for session in ahead:
            leads = away.member_id in {session.facilitator_id, session.co_facilitator_id}
            counts[session.on] += leads and Period(away.from_on, away.until_on).holds(session.on)
        found.append((away, {on: count for on, count in counts.items() if count}))
    return found


def away_on(program_id: UUID, on: date) -> dict[UUID, Away]:
    """Who is out on the day, by membership."""
    return {row.member_id: row for row in away_between(program_id, on, on + timedelta(days=1))}


def out_then(member: Membership, days: Collection[date]) -> list[str]:
    """The days on which the member is out, as sentences."""
    rows = Away.objects.filter(member=member, until_on__gt=min(days), from_on__lte=max(days)).order_by("from_on", "pk")
    periods = [Period(row.from_on, row.until_on) for row in rows]
    return [rules.out_words(member.name, on) for on in sorted(days) if any(each.holds(on) for each in periods)]


def away_for(viewer: Membership, away_id: UUID) -> Away:
    """One time away, for staff of its program; 404 for everyone else."""
    found = Away.objects.select_related("member").filter(pk=away_id, member__program_id=viewer.program_id).first()
    if found is None or not viewer.is_staff:
        raise Http404
    return found


def _leads(*members: Any) -> frozenset[str]:
    return frozenset(str(member) for member in members if member)


def bookings(program_id: UUID, days: Collection[date], zone: str, episode_ids: Iterable[UUID] = ()) -> list[Booking]:
    """Everything that takes a room or a person around these local days: sessions, and groups not made into them yet.

    `people` of a booking holds only those of the episodes asked for.
    """
    ids = list(episode_ids)
    around = sorted({day + timedelta(days=shift) for day in days for shift in (-1, 0, 1)})
    sessions = list(
        Session.objects.filter(program_id=program_id, on__in=around)
        .values_list(
            "pk", "group_id", "on", "status", "title", "starts_at", "ends_at", "place_id",
            "facilitator_id", "co_facilitator_id",
        )
        .order_by("starts_at", "pk")
    )  # fmt: skip
    seated: dict[UUID, set[str]] = defaultdict(set)
    in_group: dict[UUID, list[tuple[str, date, date | None]]] = defaultdict(list)
    if ids:
        seats = Seat.objects.filter(episode_id__in=ids, dropped_at__isnull=True, session__on__in=around)
        for session_id, episode_id in seats.values_list("session_id", "episode_id").order_by("pk"):
            seated[session_id].add(str(episode_id))
        for row in Enrollment.objects.filter(_not_over(around[0]), episode_id__in=ids).order_by("pk"):
            in_group[row.group_id].append((str(row.episode_id), row.from_on, row.until_on))
    found = [
        Booking(str(pk), title, starts, ends, str(place), _leads(lead, co), frozenset(seated[pk]))
        for pk, _, _, status, title, starts, ends, place, lead, co in sessions
        if status == Session.Status.PLANNED
    ]
    made = {(group_id, on) for _, group_id, on, *_ in sessions}
    closed = closed_on(program_id)
    standing_groups = Group.objects.filter(_not_over(around[0]), track__program_id=program_id).order_by("pk")
    for group in standing_groups:
        for on in around:
            if (
                group.weekday != on.weekday()
                or (group.pk, on) in made
                or closed(on)
                or not Period(group.from_on, group.until_on).holds(on)
            ):
                continue
            starts, ends = rules.instants(on, group.starts, group.minutes, zone)
            people = frozenset(who for who, first, until in in_group[group.pk] if Period(first, until).holds(on))
            leads = _leads(group.facilitator_id, group.co_facilitator_id)
            found.append(Booking(f"{group.pk} {on}", group.name, starts, ends, str(group.place_id), leads, people))
    return found


def closed_on(program_id: UUID) -> WhyClosed:
    """A function from a day to why the program is closed on it; empty where it is open."""
    return rules.closed_days(programs.policy_rows(program_id, rules.CLOSED_DAYS))


def who_may_lead(program_id: UUID, on: date) -> QuerySet[Membership]:
    """Current staff with a role that may lead, by name."""
    return programs.staff(program_id, on, *sorted(rules.MAY_LEAD))


def free_to_lead(session: Session, on: date) -> list[tuple[Membership, list[str]]]:
    """Those whose role leads, but for who leads it now, each with why they cannot take it; the free ones first."""
    day = bookings(session.program_id, [session.on], session.program.zone)
    wanted = Booking(str(session.pk), session.title, session.starts_at, session.ends_at, "", frozenset())
    busy_with: dict[str, list[str]] = defaultdict(list)
    for other in day:
        if other.key != wanted.key and rules.at_once(wanted, other):
            for who in other.facilitators:
                busy_with[who].append(other.title)
    leads = {session.facilitator_id, session.co_facilitator_id}
    out = away_on(session.program_id, session.on)
    rows = [
        (
            member,
            [f"leads {title} then" for title in busy_with[str(member.pk)]]
            + (["out that day"] if member.pk in out else []),
        )
        for member in who_may_lead(session.program_id, on)
        if member.pk not in leads
    ]
    return sorted(rows, key=lambda row: (bool(row[1]), row[0].name, str(row[0].pk)))


@dataclass(frozen=True)
class Load:
    """Hours someone or some room is taken in a week, beside the most allowed."""

    name: str
    minutes: int
    most: float  # hours


def loads(sessions: Iterable[Session], program_id: UUID, on: date) -> tuple[list[Load], list[Load]]:
    """Facilitators and rooms of these sessions with the time they take, most first; cancelled sessions take none."""
    people: dict[str, int] = defaultdict(int)
    rooms: dict[str, int] = defaultdict(int)
    for session in sessions:
        if session.status != Session.Status.PLANNED:
            continue
        minutes = round((session.ends_at - session.starts_at).total_seconds() / 60)
        people[session.facilitator.label] += minutes
        if session.co_facilitator is not None:
            people[session.co_facilitator.label] += minutes
        rooms[session.place.name] += minutes
    most = programs.policy_values(
        program_id,
        on,
        {
            rules.FACILITATOR_HOURS: rules.FACILITATOR_HOURS_DEFAULT,
            rules.ROOM_HOURS: rules.ROOM_HOURS_DEFAULT,
        },
    )
    return (
        _by_time(people, most[rules.FACILITATOR_HOURS]),
        _by_time(rooms, most[rules.ROOM_HOURS]),
    )


def _by_time(taken: dict[str, int], most: float) -> list[Load]:
    return [Load(name, minutes, most) for name, minutes in sorted(taken.items(), key=lambda row: (-row[1], row[0]))]


def to_make(groups: Iterable[Group], first: date, until: date, closed: WhyClosed) -> list[tuple[Group, date]]:
    """Each day from `first` up to and without `until` on which one of these groups meets and has no session yet."""
    groups = list(groups)
    rows = Session.objects.filter(group__in=groups, on__gte=first, on__lt=until).order_by("pk")
    stands = set(rows.values_list("group_id", "on"))
    return [
        (group, on)
        for group in groups
        for on in rules.dates(group.weekday, max(first, group.from_on), min(until, group.until_on or until))
        if (group.pk, on) not in stands and not closed(on)
    ]


def groups_between(program_id: UUID, first: date, until: date) -> QuerySet[Group]:
    """Groups that meet on some of these days, in the order of the week."""
    rows = Group.objects.filter(_not_over(first), track__program_id=program_id, from_on__lt=until)
    return rows.order_by("weekday", "starts", "name", "pk")


def ahead_on_closed_days(
    program_id: UUID, first: date, until: date, at: datetime, closed: WhyClosed
) -> dict[date, list[UUID]]:
    """Sessions still planned for days on which the program is closed, by day."""
    rows = Session.objects.filter(
        program_id=program_id, on__gte=first, on__lt=until, status=Session.Status.PLANNED, starts_at__gt=at
    )
    found: dict[date, list[UUID]] = defaultdict(list)
    for key, on in rows.order_by("starts_at", "pk").values_list("pk", "on"):
        if closed(on):
            found[on].append(key)
    return dict(found)


def is_made(program_id: UUID, first: date, until: date, at: datetime) -> bool:
    """Whether every session of these days stands, and none on a closed day."""
    closed = closed_on(program_id)
    if to_make(groups_between(program_id, first, until), first, until, closed):
        return False
    return not ahead_on_closed_days(program_id, first, until, at, closed)


def horizon(program_id: UUID, at: datetime, zone: str) -> date:
    """The local day up to which sessions are to stand made at this instant."""
    today = local_day(at, zone)
    weeks = programs.policy_value(program_id, rules.WEEKS_AHEAD, today, rules.WEEKS_AHEAD_DEFAULT)
    return today + timedelta(weeks=int(weeks))
