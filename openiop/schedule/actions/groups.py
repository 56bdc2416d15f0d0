"""Standing groups, and the sessions made of them for the coming weeks."""

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from uuid import UUID

from django.db import transaction

from openiop.audit import actions as audit
from openiop.base.errors import Refused
from openiop.base.rules import Period, local_day, week_of
from openiop.curriculum.models import Topic
from openiop.programs.models import Membership, Place, Program
from openiop.schedule import queries, rules
from openiop.schedule.models import Enrollment, Group, Seat, Service, Session, Track
from openiop.schedule.rules import Booking, Meeting

TONES = ("day", "evening", "virtual")


def _name_of(key: str) -> str:
    return Membership.objects.get(pk=key).name


def _room_of(key: str) -> str:
    return Place.objects.get(pk=key).name


@transaction.atomic
def add_track(*, program: Program, name: str, tone: str, virtual: bool, by: Membership | None, at: datetime) -> Track:
    """A way through the week stands in the program: day, evening, virtual."""
    if not name.strip():
        raise Refused("A track needs a name.")
    if tone not in TONES:
        raise Refused("Choose day, evening or virtual.")
    if Track.objects.filter(program=program, name=name.strip()).exists():
        raise Refused("There is a track of this name already.")
    track = Track.objects.create(program=program, name=name.strip(), tone=tone, virtual=virtual)
    audit.record(what="track.added", about=track, by=by, at=at, program_id=program.id)
    return track


def _why_not_group(
    *,
    program: Program,
    wanted: Meeting,
    place: Place,
    leads: frozenset[str],
    capacity: int,
    at: datetime,
    instead_of: Group | None = None,
) -> list[str]:
    """Every reason the group may not stand so: its time, its room, who leads it, its seats."""
    reasons = []
    if not wanted.name.strip():
        reasons.append("A group needs a name.")
    if wanted.service not in Service.values:
        reasons.append("Choose the kind of group from the list.")
    if not 0 <= wanted.weekday <= 6:
        reasons.append("Choose a day of the week.")
    if not 0 < wanted.minutes <= rules.DAY:
        reasons.append("A group takes at least a minute and at most a day.")
    if place.program_id != program.pk or place.ended_on is not None:
        reasons.append("This room is not in use.")
    if capacity < 1:
        reasons.append("A group needs at least one seat.")
    elif capacity > place.seats:
        reasons.append(f"{place.name} has {place.seats} seats, fewer than {capacity}.")
    members = {str(row.pk): row for row in Membership.objects.filter(pk__in=leads).prefetch_related("role_rows")}
    if any(row.program_id != program.pk or not row.is_staff for row in members.values()):
        reasons.append("A group is led by staff of this program.")
    else:
        for key in sorted(members):
            reasons += rules.why_not_lead(members[key].name, members[key].roles)
    if reasons:
        return reasons
    left_out = str(instead_of.pk) if instead_of else ""
    others = [row for row in queries.standing(program.pk, wanted.period.first) if row[0].key != left_out]
    reasons = rules.why_not_standing(
        wanted, others, place=str(place.pk), facilitators=leads, names=_name_of, rooms=_room_of
    )
    visits = Session.objects.filter(
        program=program, group__isnull=True, status=Session.Status.PLANNED, on__gte=wanted.period.first, ends_at__gt=at
    ).order_by("starts_at", "pk")
    for visit in visits:
        if visit.on.weekday() == wanted.weekday:
            starts, ends = rules.instants(visit.on, wanted.starts, wanted.minutes, program.zone)
            booking = Booking(wanted.key, wanted.name, starts, ends, str(place.pk), leads)
            reasons += rules.why_not_book(
                booking, [_as_booking(visit)], zone=program.zone, names=_name_of, rooms=_room_of
            )
    return reasons


def _as_booking(session: Session) -> Booking:
    leads = frozenset(str(who) for who in (session.facilitator_id, session.co_facilitator_id) if who)
    return Booking(str(session.pk), session.title, session.starts_at, session.ends_at, str(session.place_id), leads)


@transaction.atomic
def add_group(
    *,
    track: Track,
    name: str,
    service: str,
    weekday: int,
    starts: time,
    minutes: int,
    place: Place,
    facilitator: Membership,
    capacity: int,
    from_on: date,
    by: Membership | None,
    at: datetime,
    co_facilitator: Membership | None = None,
    topic: Topic | None = None,
    until_on: date | None = None,
) -> Group:
    """The group meets each week on that weekday (0 is Monday) at that local time; room and facilitators are free.

    It begins today or later, or began within the last week.
    """
    program = Program.objects.select_for_update().get(pk=track.program_id)
    leads = frozenset(str(member.pk) for member in (facilitator, co_facilitator) if member)
    wanted = Meeting("", name, weekday, starts, minutes, Period(from_on, until_on), service)
    reasons = rules.why_not_begin(from_on, local_day(at, program.zone))
    reasons += _why_not_group(program=program, wanted=wanted, place=place, leads=leads, capacity=capacity, at=at)
    if reasons:
        raise Refused(reasons)
    group = Group.objects.create(
        track=track,
        name=name.strip(),
        service=service,
        weekday=weekday,
        starts=starts,
        minutes=minutes,
        place=place,
        facilitator=facilitator,
        co_facilitator=co_facilitator,
        capacity=capacity,
        topic=topic,
        from_on=from_on,
        until_on=until_on,
    )
    audit.record(what="group.added", about=group, by=by, at=at, program_id=program.id, weekday=weekday, minutes=minutes)
    return group


def _make(
    program: Program, groups: Iterable[Group], from_on: date, until_on: date, closed: rules.WhyClosed
) -> list[Session]:
    """Write the sessions of these groups that do not stand yet in the days, with a seat for each enrolled person."""
    groups = list(groups)
    sessions = []
    for group, on in queries.to_make(groups, from_on, until_on, closed):
        starts_at, ends_at = rules.instants(on, group.starts, group.minutes, program.zone)
        sessions.append(
            Session(
                program=program,
                group=group,
                title=group.name,
                service=group.service,
                on=on,
                starts_at=starts_at,
                ends_at=ends_at,
                place_id=group.place_id,
                facilitator_id=group.facilitator_id,
                co_facilitator_id=group.co_facilitator_id,
                topic_id=group.topic_id,
            )
        )
    sessions.sort(key=lambda one: (one.starts_at, one.title, one.place_id))
    Session.objects.bulk_create(sessions)
    people: dict[UUID, list[Enrollment]] = {}
    rows = Enrollment.objects.filter(group__in=groups, from_on__lt=until_on).select_related("episode")
    for row in rows.order_by("pk"):
        people.setdefault(row.group_id, []).append(row)
    Seat.objects.bulk_create(
        Seat(session=session, episode_id=row.episode_id)
        for session in sessions
        for row in people.get(session.group_id, [])  # type: ignore[arg-type]
        if Period(row.from_on, row.until_on).holds(session.on) and row.episode.ended_on is None
    )
    return sessions


@transaction.atomic
def make_sessions(
    *, program: Program, from_on: date, until_on: date, by: Membership | None, at: datetime
) -> list[Session]:
    """Every group's sessions stand from `from_on` up to and without `until_on`, each at its local time.

    Doing it again adds nothing. Days on which the program is closed get none, and sessions planned before the day was
    closed are cancelled with its reason. Returns the sessions made now.
    """
    Program.objects.select_for_update().get(pk=program.pk)
    closed = queries.closed_on(program.pk)
    made = _make(program, queries.groups_between(program.pk, from_on, until_on), from_on, until_on, closed)
    for day, keys in queries.ahead_on_closed_days(program.pk, from_on, until_on, at, closed).items():
        number = Session.objects.filter(pk__in=keys).update(
            status=Session.Status.CANCELLED, cancelled_reason=f"Closed: {closed(day)}"
        )
        audit.record(what="day.closed", about=program, by=by, at=at, program_id=program.id, on=day, sessions=number)
    if made:
        audit.record(
            what="sessions.made", about=program, by=by, at=at, program_id=program.id, number=len(made),
            from_on=from_on, until_on=until_on,
        )  # fmt: skip
    return made


@transaction.atomic
def move_group(
    *,
    group: Group,
    weekday: int,
    starts: time,
    minutes: int,
    place: Place,
    facilitator: Membership,
    from_on: date,
    by: Membership,
    at: datetime,
    co_facilitator: Membership | None = None,
    capacity: int | None = None,
) -> Group:
    """From the day on the group meets at another time, place or with another facilitator; its people move along.

    What took place stays as it was. Returns the group that meets from then on.
    """
    program = Program.objects.select_for_update().get(pk=group.track.program_id)
    today = local_day(at, program.zone)
    from_on = max(from_on, group.from_on)
    seats = capacity or group.capacity
    leads = frozenset(str(member.pk) for member in (facilitator, co_facilitator) if member)
    wanted = Meeting("", group.name, weekday, starts, minutes, Period(from_on, group.until_on), group.service)
    reasons = _why_not_group(
        program=program, wanted=wanted, place=place, leads=leads, capacity=seats, at=at, instead_of=group
    )
    if from_on < today:
        reasons.append("A group moves from today or a later day on; what took place stays.")
    if group.until_on is not None and group.until_on <= from_on:
        reasons.append("This group has ended by then.")
    people = list(Enrollment.objects.filter(group=group).exclude(until_on__lte=from_on).order_by("pk"))
    if len(people) > seats:
        reasons.append(f"{len(people)} people are in this group, more than {seats} seats.")
    reasons += _why_not_people(group, wanted, people)
    if reasons:
        raise Refused(reasons)
    moved = Group.objects.create(
        track=group.track,
        name=group.name,
        service=group.service,
        weekday=weekday,
        starts=starts,
        minutes=minutes,
        place=place,
        facilitator=facilitator,
        co_facilitator=co_facilitator,
        capacity=seats,
        topic=group.topic,
        from_on=from_on,
        until_on=group.until_on,
    )
    group.until_on = from_on
    group.save(update_fields=["until_on"])
    for row in people:
        row.until_on, until = max(from_on, row.from_on), row.until_on
        row.save(update_fields=["until_on"])
        Enrollment.objects.create(
            group=moved, episode_id=row.episode_id, from_on=max(from_on, row.from_on), until_on=until
        )
    _move_sessions(program, group, moved, from_on, at)
    audit.record(
        what="group.moved", about=moved, by=by, at=at, program_id=program.id, was=group.id, from_on=from_on,
        weekday=weekday, starts=starts, minutes=minutes,
    )  # fmt: skip
    return moved


def _why_not_people(group: Group, wanted: Meeting, people: list[Enrollment]) -> list[str]:
    """Why the people of a group cannot all come at its new time: how many are in another group then."""
    ids = [row.episode_id for row in people]
    others = (
        Enrollment.objects.filter(episode_id__in=ids).exclude(group=group).exclude(until_on__lte=wanted.period.first)
    )
    held = {
        row.episode_id
        for row in others.select_related("group__track")
        if rules.meetings_meet(wanted, queries.meeting(row.group, Period(row.from_on, row.until_on)))
    }
    if not held:
        return []
    who = "1 person of this group is" if len(held) == 1 else f"{len(held)} people of this group are"
    return [f"{who} in another group at that time."]


def _move_sessions(program: Program, was: Group, now: Group, from_on: date, at: datetime) -> None:
    """Sessions still ahead follow the group within their week, keeping their seats; the rest are made anew."""
    closed = queries.closed_on(program.pk)
    ahead = Session.objects.filter(group=was, on__gte=from_on, starts_at__gt=at, status=Session.Status.PLANNED)
    last = from_on
    for session in ahead.order_by("on", "pk"):
        on = week_of(session.on).first + timedelta(days=now.weekday)
        starts_at, ends_at = rules.instants(on, now.starts, now.minutes, program.zone)
        last = max(last, session.on, on)
        if on < from_on or starts_at <= at or closed(on):
            session.status = Session.Status.CANCELLED
            session.cancelled_reason = f"Closed: {closed(on)}" if closed(on) else "The group moved to another day"
            session.save(update_fields=["status", "cancelled_reason"])
            continue
        # A substitute was free at the old time only; those who lead the group now are known to be free.
        session.facilitator_id, session.co_facilitator_id = now.facilitator_id, now.co_facilitator_id
        session.group, session.on, session.starts_at, session.ends_at = now, on, starts_at, ends_at
        session.place_id = now.place_id
        session.save(update_fields=["group", "on", "starts_at", "ends_at", "place", "facilitator", "co_facilitator"])
    _make(program, [now], from_on, last + timedelta(days=1), closed)


@transaction.atomic
def close_group(*, group: Group, on: date, reason: str, by: Membership, at: datetime) -> Group:
    """The group does not meet from the day on; its sessions still ahead are cancelled with the reason."""
    program = Program.objects.select_for_update().get(pk=group.track.program_id)
    if group.until_on is not None and group.until_on <= on:
        raise Refused("This group has ended already.")
    if not reason.strip():
        raise Refused("Say why the group ends.")
    if reasons := rules.why_not_close(on=on, from_on=group.from_on, today=local_day(at, program.zone)):
        raise Refused(reasons)
    group.until_on = max(on, group.from_on)
    group.save(update_fields=["until_on"])
    for row in Enrollment.objects.filter(group=group).exclude(until_on__lte=on).order_by("pk"):
        row.until_on = max(on, row.from_on)
        row.save(update_fields=["until_on"])
    cancelled = Session.objects.filter(group=group, on__gte=on, starts_at__gt=at, status=Session.Status.PLANNED).update(
        status=Session.Status.CANCELLED, cancelled_reason=reason.strip()[:200]
    )
    audit.record(
        what="group.closed", about=group, by=by, at=at, program_id=program.id, on=on, sessions_cancelled=cancelled
    )
    return group
