"""What the pages of the week show, read once: one person's week, the program's grid, a day to cover."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from openiop.base.rules import Period
from openiop.participants.models import Episode, Participant
from openiop.participants.queries import open_episodes
from openiop.programs import queries as programs
from openiop.programs.models import Membership
from openiop.programs.rules import Role
from openiop.schedule import rules
from openiop.schedule.models import Busy, Group, Prescription, Seat, Session, Track
from openiop.schedule.queries import week
from openiop.schedule.rules import BusyRow, Clash, Meeting

# --- One person's week ------------------------------------------------------------------------------------------------


OVER_IS_SAID_FROM = 60  # minutes; program default


@dataclass(frozen=True)
class Choice:
    """One group as it can be chosen for one person."""

    group: Group
    taken: int
    enrolled: bool
    ticked: bool
    clashes: list[Clash]
    begins: date | None = None
    ends: date | None = None

    @property
    def full(self) -> bool:
        """Whether there is no seat for one more."""
        return not self.enrolled and self.taken >= self.group.capacity

    @property
    def span(self) -> str:
        """Day and times."""
        return rules.span(week.meeting(self.group))


@dataclass(frozen=True)
class TrackChoices:
    """The groups of one track, and whether all that have a seat are ticked."""

    track: Track
    choices: list[Choice]

    @property
    def all_ticked(self) -> bool:
        """Whether nothing of the track is left to tick."""
        return all(choice.ticked or choice.full for choice in self.choices)

    @property
    def minutes(self) -> int:
        """How long the whole track takes in a week."""
        return sum(choice.group.minutes for choice in self.choices)


@dataclass(frozen=True)
class Sums:
    """The chosen week against the prescription, and everything that runs into it."""

    group_minutes: int
    visit_minutes: int
    groups: int
    visits: int
    days: int
    prescribed_minutes: int | None
    prescribed_days: int | None
    warning: str
    missing: list[str]
    clashes: list[Clash]
    since: date | None = None
    later: tuple[tuple[date, int], ...] = ()

    @property
    def minutes(self) -> int:
        """Counted minutes of the week, groups and visits."""
        return self.group_minutes + self.visit_minutes

    @property
    def short(self) -> int:
        """Minutes still missing to what is prescribed."""
        return max(0, (self.prescribed_minutes or 0) - self.minutes)

    @property
    def over(self) -> int:
        """Minutes above what is prescribed, from an hour on; less is rounding, not a plan."""
        over = self.minutes - (self.prescribed_minutes or self.minutes)
        return over if over >= OVER_IS_SAID_FROM else 0

    @property
    def booked_twice(self) -> bool:
        """Whether two chosen groups are at the same time, which cannot be saved."""
        return any(clash.kind == "booked" for clash in self.clashes)


@dataclass(frozen=True)
class NeedsSheet:
    """Everything the page of one person's week shows."""

    on: date
    prescription: Prescription | None
    busy: list[Busy]
    rows: list[BusyRow]
    tracks: list[TrackChoices]
    visits: list[Session]
    sums: Sums

    @property
    def enrolled(self) -> list[str]:
        """Ids of the groups the person is in."""
        return [str(one.group.pk) for track in self.tracks for one in track.choices if one.enrolled]

    @property
    def ticked(self) -> list[Choice]:
        """The chosen groups, in the order of the page."""
        return [one for track in self.tracks for one in track.choices if one.ticked]


def needs_sheet(episode: Episode, on: date, ticked: Collection[str] | None = None) -> NeedsSheet:
    """The person's week from the day on, with these groups ticked (those they are in where none are given)."""
    program_id = episode.participant.program_id
    prescribed = week.prescription(episode.pk, on)
    stretches = week.busy(episode.pk, on)
    if not stretches:
        stretches = week.busy(episode.pk)  # an availability that begins later is already worth seeing
    blocks = [rules.Block(row.weekday, row.starts, row.ends, row.why, row.travel_minutes) for row in stretches]
    stays: dict[str, list[Period]] = defaultdict(list)
    for row in week.enrollments(episode.pk, on):
        stays[str(row.group_id)].append(Period(row.from_on, row.until_on))
    inside = set(stays)
    chosen = inside if ticked is None else set(ticked)
    groups = list(week.groups(program_id, on))
    meetings = {group.pk: week.meeting(group, Period(max(on, group.from_on), group.until_on)) for group in groups}
    held = {
        group.pk: [week.meeting(group, period) for period in stays[str(group.pk)]] or [meetings[group.pk]]
        for group in groups
        if str(group.pk) in chosen
    }
    picked = [one for group in groups for one in held.get(group.pk, [])]
    by_track: dict[UUID, list[Choice]] = defaultdict(list)
    for group in groups:
        key, own = str(group.pk), meetings[group.pk]
        found = rules.clashes([own], blocks)
        if key not in chosen:
            found += [
                replace(clash, short=f"{other.name} at the same time")
                for other in picked
                for clash in rules.clashes([other, own], [])
            ]
        begins = min((period.first for period in stays.get(key, [])), default=on)
        ends = max((period.until or date.max for period in stays.get(key, [])), default=date.max)
        closes = group.until_on or date.max
        by_track[group.track_id].append(
            Choice(
                group,
                group.taken,  # type: ignore[attr-defined]
                key in inside,
                key in chosen,
                found,
                begins=begins if begins > on else None,
                ends=ends - timedelta(days=1) if ends < closes else None,
            )
        )
    tracks = {group.track_id: group.track for group in groups}
    visits = [
        session
        for session in week.person_sessions(episode.pk, on, on + timedelta(weeks=6))
        if session.group_id is None and session.status == Session.Status.PLANNED
    ]
    zone = episode.participant.program.zone
    since = on
    if picked and not any(rules.takes_place(one, on) for one in picked):
        since = max(on, min(one.period.first for one in picked))
    days = Period(since, since + timedelta(days=7))
    turns = {day for one in picked for day in (one.period.first, one.period.until) if day is not None and day > since}
    left_out = week.uncounted(program_id, on)

    def meeting_in(first: date) -> list[Group]:
        return [one for one in groups if any(rules.takes_place(part, first) for part in held.get(one.pk, []))]

    sums = _sums(
        episode,
        on,
        meeting_in(since),
        [visit for visit in visits if days.holds(visit.on)],
        prescribed,
        rules.clashes(picked, blocks) + _beside_visits([one for one in picked if one.key not in inside], visits, zone),
    )
    later = tuple(
        (day, sum(one.minutes for one in meeting_in(day) if one.service not in left_out)) for day in sorted(turns)[:3]
    )
    sums = replace(sums, since=since if since != on else None, later=later)
    return NeedsSheet(
        on=on,
        prescription=prescribed,
        busy=stretches,
        rows=rules.busy_rows(blocks),
        tracks=[TrackChoices(tracks[key], choices) for key, choices in by_track.items()],
        visits=visits,
        sums=sums,
    )


@dataclass(frozen=True)
class AfterStep:
    """What a change of level asks of the week: the prescription to begin with, its sources, and the groups."""

    level: str
    since: date
    minutes: int
    days: int
    mix: dict[str, int]
    hours_source: str
    days_source: str
    stay: list[Choice]
    leave: list[Choice]
    join: list[Choice]


def after_step(episode: Episode, on: date) -> AfterStep | None:
    """What the week needs since the level changed; None where a prescription was given after the change, or none stood.

    Groups that stay fit the new hours and days, whole days first. Where hours are missing, groups with a seat and
    without a clash are proposed, those of the tracks the person is in first.
    """
    level = episode.levels.filter(until_on__isnull=True).order_by("pk").first()
    history = list(week.prescription_history(episode.pk))
    if level is None or not history or episode.levels.count() < 2:
        return None
    if any(row.prescribed_at >= level.decided_at and row.from_on >= level.from_on for row in history):
        return None
    bounds = {bound.kind.name: bound for bound in programs.bounds_in_force(episode.participant.program_id, on)}
    hours, days = bounds[rules.LEVEL_HOURS], bounds[rules.LEVEL_DAYS]
    if level.level not in hours.value or level.level not in days.value:
        return None
    minutes, most = round(hours.value[level.level] * 60), int(days.value[level.level])
    sheet = needs_sheet(episode, on)
    choices = [one for track in sheet.tracks for one in track.choices]
    inside = [one for one in choices if one.enrolled and not one.ends]
    room = minutes - sheet.sums.visit_minutes
    kept = rules.that_fit([week.meeting(one.group) for one in inside], minutes=room, days=most)
    left = room - sum(one.group.minutes for one in inside if str(one.group.pk) in kept)
    own = {one.group.track_id for one in inside}
    join: list[Choice] = []
    used = {one.group.weekday for one in inside if str(one.group.pk) in kept}
    for one in sorted(choices, key=lambda each: each.group.track_id not in own):
        fits_day = one.group.weekday in used or len(used) < most
        beside = [week.meeting(each.group) for each in join]
        if one.enrolled or one.full or one.clashes or one.group.minutes > left or not fits_day:
            continue
        if any(rules.meetings_meet(week.meeting(one.group), other) for other in beside):
            continue
        join.append(one)
        used.add(one.group.weekday)
        left -= one.group.minutes
    return AfterStep(
        level=level.level,
        since=level.from_on,
        minutes=minutes,
        days=most,
        mix=rules.mix_at(history[0].mix, was_minutes=history[0].minutes_a_week, minutes=minutes),
        hours_source=hours.source,
        days_source=days.source,
        stay=[one for one in inside if str(one.group.pk) in kept],
        leave=[one for one in inside if str(one.group.pk) not in kept],
        join=join,
    )


@dataclass(frozen=True)
class Joiner:
    """Someone in care who is not in a group: what their week holds, would hold with it, and runs into it."""

    episode: Episode
    minutes: int
    with_group: int
    prescribed: int | None
    clashes: list[Clash]

    @property
    def short(self) -> bool:
        """Whether the week holds fewer hours than prescribed."""
        return self.prescribed is not None and self.minutes < self.prescribed

    @property
    def booked(self) -> bool:
        """Whether another group of theirs is at the same time, so that a seat cannot be saved."""
        return any(clash.kind == "booked" for clash in self.clashes)


def joiners(group: Group, on: date) -> list[Joiner]:
    """Everyone in care who is not in the group from the day on: who is short of hours first, then by name.

    Hours and clashes are those of the person's own week: groups and, in the seven days from the day on, visits.
    """
    program_id, left_out = group.track.program_id, week.uncounted(group.track.program_id, on)
    episodes = list(open_episodes(program_id))
    ids = [episode.pk for episode in episodes]
    inside = week.enrollments_of(ids, on)
    busy = week.busy_of(ids, on)
    prescribed = week.prescriptions(ids, on)
    visits = week.visit_minutes(ids, Period(on, on + timedelta(days=7)), left_out)
    own = week.meeting(group, Period(max(on, group.from_on), group.until_on))
    found = []
    for episode in episodes:
        rows = inside.get(episode.pk, [])
        if group.pk in {row.group_id for row in rows}:
            continue
        theirs = [week.meeting(row.group, Period(row.from_on, row.until_on)) for row in rows]
        minutes = sum(one.minutes for one in theirs if one.service not in left_out and rules.takes_place(one, on))
        minutes += visits.get(episode.pk, 0)
        blocks = [
            rules.Block(row.weekday, row.starts, row.ends, row.why, row.travel_minutes) for row in busy[episode.pk]
        ]
        clashes = rules.clashes([own], blocks) + [
            replace(clash, short=f"{other.name} at the same time")
            for other in theirs
            for clash in rules.clashes([other, own], [])
        ]
        given = prescribed.get(episode.pk)
        more = 0 if group.service in left_out else group.minutes
        found.append(Joiner(episode, minutes, minutes + more, given.minutes_a_week if given else None, clashes))
    return sorted(found, key=lambda one: (not one.short, one.booked, one.episode.participant.name))


def _beside_visits(joining: Sequence[Meeting], visits: Iterable[Session], zone: str) -> list[Clash]:
    """Groups the person would join that run into a visit of theirs."""
    found = []
    for visit in visits:
        starts = visit.starts_at.astimezone(ZoneInfo(zone)).time()
        minutes = round((visit.ends_at - visit.starts_at).total_seconds() / 60)
        name = f"The {rules.SERVICE_WORDS[visit.service]} of {visit.on:%b} {visit.on.day}"
        period = Period(visit.on, visit.on + timedelta(days=1))
        single = Meeting(str(visit.pk), name, visit.on.weekday(), starts, minutes, period)
        for group in joining:
            found += rules.clashes([group, single], [])
    return found


def _sums(
    episode: Episode,
    on: date,
    chosen: Sequence[Group],
    visits: Iterable[Session],
    prescribed: Prescription | None,
    clashes: list[Clash],
) -> Sums:
    """The chosen groups and the visits of the week, counted."""
    program_id = episode.participant.program_id
    left_out = week.uncounted(program_id, on)
    counted = [group for group in chosen if group.service not in left_out]
    this_week = [visit for visit in visits if visit.service not in left_out]
    mix: dict[str, int] = defaultdict(int)
    for service in [*(group.service for group in chosen), *(visit.service for visit in this_week)]:
        mix[service] += 1
    missing = rules.missing_from_mix(prescribed.mix, mix) if prescribed else {}
    group_minutes = sum(group.minutes for group in counted)
    visit_minutes = sum(round((one.ends_at - one.starts_at).total_seconds() / 60) for one in this_week)
    total = group_minutes + visit_minutes
    return Sums(
        group_minutes=group_minutes,
        visit_minutes=visit_minutes,
        groups=len(chosen),
        visits=len(this_week),
        days=len({group.weekday for group in counted} | {visit.on.weekday() for visit in this_week}),
        prescribed_minutes=prescribed.minutes_a_week if prescribed else None,
        prescribed_days=prescribed.days_a_week if prescribed else None,
        warning=rules.band_warning(total, week.bounds(program_id, on), episode.level) if total else "",
        missing=[rules.service_count(service, count) for service, count in missing.items()],
        clashes=clashes,
    )


# --- The program's week -----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Slot:
    """One session in the grid."""

    id: UUID
    title: str
    people: int
    capacity: int
    place: str
    leads: str
    cancelled: str
    substitute: bool


@dataclass(frozen=True)
class GridRow:
    """One time of day of a track: its sessions by day."""

    times: str
    days: list[list[Slot]]


@dataclass(frozen=True)
class GridTrack:
    """One track of the grid."""

    name: str
    tone: str
    rows: list[GridRow]


@dataclass(frozen=True)
class Grid:
    """The week as rows of track and time, columns of days."""

    days: list[date]
    closed: dict[date, str]
    tracks: list[GridTrack]
    visits: list[int]
    sessions: int
    people: int
    over: int
    full: int
    cancelled: int


def _first_name(member: Membership | None) -> str:
    return member.name.split()[0] if member else ""


def _times(session: Session, zone: ZoneInfo) -> str:
    """The stretch of a session on the program's clock, AM or PM once where it is the same: 5:30 – 7:00 PM."""
    first, last = session.starts_at.astimezone(zone).time(), session.ends_at.astimezone(zone).time()
    return rules.stretch(first, last)


def grid(sessions: Sequence[Session], program_id: UUID, days: Period, zone: str) -> Grid:
    """These sessions as the program's week; weekends appear only where something is planned on them."""
    clock = ZoneInfo(zone)
    used = {session.on for session in sessions}
    every = [days.first + timedelta(days=n) for n in range(7)]
    shown = [day for day in every if day.weekday() < 5 or day in used]
    column = {day: place for place, day in enumerate(shown)}
    cells: dict[tuple[bool, str, str], dict[tuple[str, str], list[list[Slot]]]] = {}
    visits = [0] * len(shown)
    over = full = cancelled = planned = 0
    for session in sessions:
        group = session.group
        if group is None:
            visits[column[session.on]] += session.status == Session.Status.PLANNED
            continue
        people = session.people  # type: ignore[attr-defined]
        live = session.status == Session.Status.PLANNED
        planned, cancelled = planned + live, cancelled + (not live)
        over, full = over + (live and people > group.capacity), full + (live and people == group.capacity)
        track = cells.setdefault((group.track.virtual, group.track.tone, group.track.name), {})
        order = session.starts_at.astimezone(clock).strftime("%H%M")
        row = track.setdefault((order, _times(session, clock)), [[] for _ in shown])
        row[column[session.on]].append(
            Slot(
                id=session.pk,
                title=session.title,
                people=people,
                capacity=group.capacity,
                place=session.place.name,
                leads=" and ".join(
                    filter(None, [_first_name(session.facilitator), _first_name(session.co_facilitator)])
                ),
                cancelled="" if live else session.cancelled_reason,
                substitute=session.facilitator_id != group.facilitator_id,
            )
        )
    closed = week.closed_on(program_id)
    tracks = [
        GridTrack(name, tone, [GridRow(times, row) for (_, times), row in sorted(rows.items())])
        for (_, tone, name), rows in sorted(cells.items())
    ]
    people = (
        Seat.objects.filter(session__in=[session.pk for session in sessions], dropped_at__isnull=True)
        .order_by()
        .values("episode_id")
        .distinct()
        .count()
    )
    return Grid(
        shown,
        {day: why for day in shown if (why := closed(day))},
        tracks,
        visits,
        planned,
        people,
        over,
        full,
        cancelled,
    )


@dataclass(frozen=True)
class Behind:
    """Someone whose week holds fewer hours than prescribed."""

    episode: Episode
    minutes: int
    prescribed: int


def behind(program_id: UUID, days: Period) -> list[Behind]:
    """Everyone in care whose planned week is short of the prescription in force, the shortest first."""
    episodes = [row for row in open_episodes(program_id) if row.started_on < (days.until or date.max)]
    ids = [episode.pk for episode in episodes]
    prescribed = week.prescriptions(ids, days.first + timedelta(days=6))
    planned = week.week_hours(ids, days)
    rows = [
        Behind(episode, planned[episode.pk], prescribed[episode.pk].minutes_a_week)
        for episode in episodes
        if episode.pk in prescribed and planned[episode.pk] < prescribed[episode.pk].minutes_a_week
    ]
    return sorted(rows, key=lambda row: (row.minutes - row.prescribed, row.episode.participant.number))


# --- A day to cover ---------------------------------------------------------------------------------------------------


CLINICAL = {Role.COUNSELOR, Role.SUPERVISOR, Role.PRESCRIBER}


def out_on(program_id: UUID, on: date, at: datetime) -> list[tuple[Membership, int]]:
    """Everyone who leads something on the local day that has not ended by `at`, with how many sessions, by name."""
    rows = week.sessions_between(program_id, on, on + timedelta(days=1)).filter(status=Session.Status.PLANNED)
    counted: dict[Membership, int] = defaultdict(int)
    for session in rows:
        if not rules.can_be_covered(session.ends_at, at):
            continue
        for member in filter(None, (session.facilitator, session.co_facilitator)):
            counted[member] += 1
    return sorted(counted.items(), key=lambda row: (row[0].name, str(row[0].pk)))


@dataclass(frozen=True)
class CoverLine:
    """One session of someone who is out: who could take it, and the one proposed."""

    session: Session
    other: Membership | None  # who leads it with them, and could go on alone
    person: Participant | None  # whose visit it is
    free: list[Membership]
    taken: list[tuple[Membership, str]]
    proposed: str  # a membership id, "alone" or "cancel"


def cover_lines(member: Membership, on: date, at: datetime) -> list[CoverLine]:
    """The day's sessions not over by `at` that lose their facilitator, each with a substitute where one is free."""
    planned = week.my_sessions(member, on).filter(status=Session.Status.PLANNED)
    sessions = [row for row in planned if rules.can_be_covered(row.ends_at, at)]
    out = week.away_on(member.program_id, on)
    everyone = [row for row in week.who_may_lead(member.program_id, on) if row.pk != member.pk]
    staff = [row for row in everyone if row.pk not in out]
    led = _services_led(member.program_id)
    known = _knows(sessions, on)
    seats = week.rosters([session.pk for session in sessions if session.group_id is None])
    bookings = week.bookings(member.program_id, [on], member.program.zone)
    given: dict[str, list[rules.Booking]] = defaultdict(list)
    lines = []
    for session in sessions:
        own = next(row for row in bookings if row.key == str(session.pk))
        other = session.co_facilitator if session.facilitator_id == member.pk else session.facilitator
        if other is not None and other.pk in out:  # who is out that day cannot go on alone
            other = None
        busy_with = {
            who: row.title
            for row in [*bookings, *(one for rows in given.values() for one in rows)]
            if row.key != own.key and rules.at_once(own, row)
            for who in row.facilitators
        }
        planned_twice = {who for who, rows in given.items() if any(rules.at_once(own, row) for row in rows)}
        free = [
            row
            for row in staff
            if str(row.pk) not in busy_with
            and str(row.pk) not in planned_twice
            and (other is None or row.pk != other.pk)
        ]
        talk = session.group_id is None and session.service in rules.TALK_SERVICES
        medical = session.service == rules.MEDICAL
        free.sort(
            key=lambda row: (
                medical != (Role.PRESCRIBER in row.roles),
                talk and not row.roles & rules.TALKS,
                row.pk not in known[session.group_id],
                session.service not in led[row.pk],
                row.credential != member.credential,
                not row.roles & CLINICAL,
                len(given[str(row.pk)]),
                row.name,
                str(row.pk),
            )
        )
        taken = [(row, f"leads {busy_with[str(row.pk)]}") for row in staff if str(row.pk) in busy_with]
        taken += [(row, "out that day") for row in everyone if row.pk in out]
        if other is not None:
            proposed = "alone"
        elif free and (
            Role.PRESCRIBER in free[0].roles
            if medical
            else free[0].roles & CLINICAL or session.service in led[free[0].pk] or free[0].pk in known[session.group_id]
        ):
            proposed = str(free[0].pk)
            given[proposed].append(own)
        else:
            proposed = "cancel"
        whose = seats.get(session.pk, [])
        person = whose[0].episode.participant if len(whose) == 1 else None
        lines.append(CoverLine(session, other, person, free, taken, proposed))
    return lines


KNOWN_FOR = timedelta(days=90)  # who led a group within these days knows its people (program default)


def _knows(sessions: Iterable[Session], on: date) -> dict[UUID | None, set[UUID]]:
    """Who led or co-led each of these groups lately: a substitute its people know is looked for first."""
    groups = {session.group_id for session in sessions if session.group_id}
    rows = Session.objects.filter(group_id__in=groups, on__gte=on - KNOWN_FOR, on__lt=on)
    found: dict[UUID | None, set[UUID]] = defaultdict(set)
    for group_id, *leads in rows.values_list("group_id", "facilitator_id", "co_facilitator_id").distinct().order_by():
        found[group_id] |= set(filter(None, leads))
    return found


def _services_led(program_id: UUID) -> dict[UUID, set[str]]:
    """The kinds of group each member of staff leads or co-leads now: a substitute is looked for among these first."""
    rows = Group.objects.filter(track__program_id=program_id, until_on__isnull=True).order_by("pk")
    led: dict[UUID, set[str]] = defaultdict(set)
    for service, *members in rows.values_list("service", "facilitator_id", "co_facilitator_id"):
        for key in filter(None, members):
            led[key].add(service)
    return led
