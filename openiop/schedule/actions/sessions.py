"""One session: a visit planned, a substitute found, a topic changed, a day covered, a session cancelled."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.db import transaction

from openiop.audit import actions as audit
from openiop.base.errors import Refused
from openiop.curriculum.models import Topic
from openiop.participants.models import Episode
from openiop.programs.models import Membership, Place, Program
from openiop.schedule import queries, rules
from openiop.schedule.actions.times import note_away
from openiop.schedule.models import Seat, Service, Session
from openiop.schedule.rules import Booking

VISITS = (Service.INDIVIDUAL, Service.FAMILY, Service.MEDICATION, Service.CASE)


def _name_of(key: str) -> str:
    return Membership.objects.get(pk=key).name


def _room_of(key: str) -> str:
    return Place.objects.get(pk=key).name


def _why_not_free(program: Program, on: date, wanted: Booking) -> list[str]:
    """Every double booking of the wanted stretch on the local day."""
    return rules.why_not_book(
        wanted,
        queries.bookings(program.pk, [on], program.zone, wanted.people),  # type: ignore[arg-type]
        zone=program.zone,
        names=_name_of,
        rooms=_room_of,
    )


def _locked(session: Session) -> tuple[Program, Session]:
    """The program held against others planning at the same time, and the session as it stands now."""
    program = Program.objects.select_for_update().get(pk=session.program_id)
    rows = Session.objects.select_related("program", "group__track", "place", "facilitator", "co_facilitator", "topic")
    return program, rows.get(pk=session.pk)


@transaction.atomic
def plan_visits(
    *,
    episode: Episode,
    service: str,
    on: date,
    starts: time,
    minutes: int,
    place: Place,
    facilitator: Membership,
    by: Membership | None,
    at: datetime,
    weeks: int = 1,
) -> list[Session]:
    """One person is expected for a visit on the local day, and weekly after it for so many weeks in all, or not at all.

    Person, room and facilitator are free each time. Days on which the program is closed are left out of a series.
    """
    program = Program.objects.select_for_update().get(pk=place.program_id)
    closed = queries.closed_on(program.pk)
    days = [on + timedelta(weeks=week) for week in range(weeks)]
    reasons = []
    if episode.ended_on is not None:
        reasons.append("This episode has ended.")
    if service not in VISITS:
        reasons.append("Choose the kind of visit from the list.")
    if not 0 < minutes <= rules.DAY:
        reasons.append("A visit takes at least a minute and at most a day.")
    if not 0 < weeks <= 52:
        reasons.append("Visits are planned for 1 to 52 weeks at a time.")
    if place.ended_on is not None or episode.participant.program_id != program.pk:
        reasons.append("This room is not in use.")
    if facilitator.program_id != program.pk or not facilitator.is_staff:
        reasons.append("A visit is led by staff of this program.")
    else:
        reasons += rules.why_not_lead(facilitator.name, facilitator.roles)
    if why := closed(on):
        reasons.append(f"The program is closed on that day: {why}.")
    if on < episode.started_on:
        reasons.append("The visit would come before care begins.")
    if reasons:
        raise Refused(reasons)
    title = str(Service(service).label)
    leads, people = frozenset({str(facilitator.pk)}), frozenset({str(episode.pk)})
    taken = queries.bookings(program.pk, days, program.zone, [episode.pk])
    visits = []
    for day in days:
        starts_at, ends_at = rules.instants(day, starts, minutes, program.zone)
        if ends_at <= at:
            reasons.append("This time has passed.")
        if closed(day):
            continue
        wanted = Booking("", title, starts_at, ends_at, str(place.pk), leads, people)
        reasons += rules.why_not_book(wanted, taken, zone=program.zone, names=_name_of, rooms=_room_of)
        visits.append(
            Session(
                program=program,
                title=title,
                service=service,
                on=day,
                starts_at=starts_at,
                ends_at=ends_at,
                place=place,
                facilitator=facilitator,
            )
        )
    if reasons:
        raise Refused(reasons)
    Session.objects.bulk_create(visits)
    Seat.objects.bulk_create(Seat(session=visit, episode=episode, why="visit") for visit in visits)
    for visit in visits:
        audit.record(
            what="visit.planned", about=visit, by=by, at=at, program_id=program.id,
            participant_id=episode.participant_id, service=service, starts_at=visit.starts_at, minutes=minutes,
        )  # fmt: skip
    return visits


@transaction.atomic
def plan_visit(
    *,
    episode: Episode,
    service: str,
    on: date,
    starts: time,
    minutes: int,
    place: Place,
    facilitator: Membership,
    by: Membership | None,
    at: datetime,
) -> Session:
    """One person is expected for one visit; person, room and facilitator are free."""
    (visit,) = plan_visits(
        episode=episode,
        service=service,
        on=on,
        starts=starts,
        minutes=minutes,
        place=place,
        facilitator=facilitator,
        by=by,
        at=at,
    )
    return visit


@transaction.atomic
def cancel_session(*, session: Session, reason: str, by: Membership, at: datetime) -> Session:
    """The program cancelled the session, and why is on record; nobody is counted as away for it."""
    program, found = _locked(session)
    if not reason.strip():
        raise Refused("Say why the session is cancelled.")
    if found.status == Session.Status.CANCELLED:
        raise Refused("This session is cancelled already.")
    if found.ends_at <= at:
        raise Refused("This session has taken place; it can no longer be cancelled.")
    found.status, found.cancelled_reason = Session.Status.CANCELLED, reason.strip()[:200]
    found.save(update_fields=["status", "cancelled_reason"])
    audit.record(what="session.cancelled", about=found, by=by, at=at, program_id=program.id)
    return found


@transaction.atomic
def restore_session(*, session: Session, by: Membership, at: datetime) -> Session:
    """A cancelled session still ahead takes place after all; its room and people are still free."""
    program, found = _locked(session)
    if found.status == Session.Status.PLANNED:
        raise Refused("This session is not cancelled.")
    if found.ends_at <= at:
        raise Refused("This time has passed.")
    people = frozenset(str(seat.episode_id) for seat in queries.roster(found))
    leads = frozenset(str(who) for who in (found.facilitator_id, found.co_facilitator_id) if who)
    wanted = Booking(str(found.pk), found.title, found.starts_at, found.ends_at, str(found.place_id), leads, people)
    if reasons := _why_not_free(program, found.on, wanted):
        raise Refused(reasons)
    found.status, found.cancelled_reason = Session.Status.PLANNED, ""
    found.save(update_fields=["status", "cancelled_reason"])
    audit.record(what="session.restored", about=found, by=by, at=at, program_id=program.id)
    return found


def _why_not_lead(program: Program, session: Session, to: Membership, *, although_out: bool = False) -> list[str]:
    """Every reason the member cannot lead the session; that they are out that day can be gone over, knowing it."""
    if to.program_id != program.pk or not to.is_staff:
        return ["A session is led by staff of this program."]
    if reasons := rules.why_not_lead(to.name, to.roles):
        return reasons
    if not although_out and (reasons := queries.out_then(to, [session.on])):
        return reasons
    wanted = Booking(str(session.pk), session.title, session.starts_at, session.ends_at, "", frozenset({str(to.pk)}))
    return _why_not_free(program, session.on, wanted)


@transaction.atomic
def change_facilitator(
    *, session: Session, to: Membership, by: Membership, at: datetime, although_out: bool = False
) -> Session:
    """Another member of staff leads this one session, which is not over yet; they are free then, and not out."""
    program, found = _locked(session)
    if found.status == Session.Status.CANCELLED:
        raise Refused("This session is cancelled.")
    if not rules.can_be_covered(found.ends_at, at):
        raise Refused("This session is over. Who led it stays on record.")
    if found.facilitator_id == to.pk:
        return found
    if reasons := _why_not_lead(program, found, to, although_out=although_out):
        raise Refused(reasons)
    was, found.facilitator = found.facilitator_id, to
    if found.co_facilitator_id == to.pk:
        found.co_facilitator = None
    found.save(update_fields=["facilitator", "co_facilitator"])
    audit.record(what="facilitator.changed", about=found, by=by, at=at, program_id=program.id, was=was, to=to.id)
    return found


@dataclass(frozen=True)
class Covered:
    """How many sessions of a day were given to someone else, left to a co-facilitator, or cancelled."""

    given: int
    alone: int
    cancelled: int

    @property
    def words(self) -> str:
        """What was done, in words, leaving out what was not: 2 to a substitute, 1 cancelled."""
        told = ((self.given, "to a substitute"), (self.alone, "to the partner"), (self.cancelled, "cancelled"))
        return ", ".join(f"{count} {what}" for count, what in told if count)


@transaction.atomic
def cover_day(
    *,
    out: Membership,
    on: date,
    choices: Mapping[Session, Membership | None],
    reason: str,
    by: Membership,
    at: datetime,
    why: str = "",
) -> Covered:
    """Every session named is led by its substitute, or cancelled where none is named, all together or not at all.

    With `why` they are noted as out that day, where they are not already. What is over stays as it was. Naming the one
    who is out where two lead a session leaves it to the other.
    """
    if why and not queries.out_then(out, [on]):
        note_away(member=out, why=why, from_on=on, until_on=on + timedelta(days=1), by=by, at=at)
    given = alone = cancelled = 0
    for session, to in choices.items():
        program, found = _locked(session)
        if out.pk not in {found.facilitator_id, found.co_facilitator_id} or found.on != on:
            raise Refused(f"{found.title} is no longer theirs on that day. Open the page again.")
        if not rules.can_be_covered(found.ends_at, at):
            raise Refused(f"{found.title} is over. Open the page again.")
        if to is None:
            cancel_session(session=found, reason=reason, by=by, at=at)
            cancelled += 1
            continue
        if found.status == Session.Status.CANCELLED:
            raise Refused(f"{found.title} is cancelled already. Open the page again.")
        stays = found.co_facilitator if found.facilitator_id == out.pk else found.facilitator
        if to.pk == out.pk:
            if stays is None:
                raise Refused(f"Nobody else leads {found.title}: choose someone, or cancel it.")
            if reasons := queries.out_then(stays, [on]):
                raise Refused(reasons)
            found.facilitator, found.co_facilitator = stays, None
            alone += 1
        else:
            if reasons := _why_not_lead(program, found, to):
                raise Refused(reasons)
            if found.facilitator_id == out.pk:
                found.facilitator = to
            else:
                found.co_facilitator = to
            given += 1
        found.save(update_fields=["facilitator", "co_facilitator"])
        audit.record(
            what="facilitator.changed", about=found, by=by, at=at, program_id=program.id, was=out.id,
            to=found.facilitator_id,
        )  # fmt: skip
    return Covered(given, alone, cancelled)


@transaction.atomic
def change_topic(*, session: Session, topic: Topic | None, by: Membership, at: datetime) -> Session:
    """The session works on another topic, or on none in particular."""
    program, found = _locked(session)
    if topic is not None and topic.program_id != program.pk:
        raise Refused("This topic is not taught here.")
    was, found.topic = found.topic_id, topic
    found.save(update_fields=["topic"])
    audit.record(
        what="topic.changed", about=found, by=by, at=at, program_id=program.id, was=was, to=topic.id if topic else None
    )
    return found


@transaction.atomic
def add_seat(*, session: Session, episode: Episode, why: str, by: Membership, at: datetime) -> Seat:
    """The person is expected at this one session (a make-up): there is a seat and they are free."""
    program, found = _locked(session)
    if found.status == Session.Status.CANCELLED:
        raise Refused("This session is cancelled.")
    if found.ends_at <= at:
        raise Refused("This session has taken place.")
    if episode.ended_on is not None or episode.participant.program_id != program.pk:
        raise Refused("This episode has ended.")
    seat = Seat.objects.filter(session=found, episode=episode).first()
    if seat is not None and seat.dropped_at is None:
        return seat
    taken = Seat.objects.filter(session=found, dropped_at__isnull=True).count()
    capacity = found.group.capacity if found.group else 1
    reasons = rules.why_not_seat(taken=taken, capacity=capacity, name=found.title)
    wanted = Booking(
        str(found.pk), found.title, found.starts_at, found.ends_at, "", frozenset(), frozenset({str(episode.pk)})
    )
    if reasons := reasons + _why_not_free(program, found.on, wanted):
        raise Refused(reasons)
    if seat is None:
        seat = Seat.objects.create(session=found, episode=episode, why=why[:20])
    else:
        seat.dropped_at, seat.why = None, why[:20]
        seat.save(update_fields=["dropped_at", "why"])
    audit.record(
        what="seat.added", about=seat, by=by, at=at, program_id=program.id, participant_id=episode.participant_id
    )
    return seat


@transaction.atomic
def drop_seat(*, seat: Seat, by: Membership, at: datetime) -> Seat:
    """The person is not expected at this one session; a session that began keeps its roster."""
    _, found = _locked(seat.session)
    if found.starts_at <= at:
        raise Refused("This session has begun; its roster stays. Record them as away instead.")
    if seat.dropped_at is None:
        seat.dropped_at = at
        seat.save(update_fields=["dropped_at"])
        audit.record(
            what="seat.dropped", about=seat, by=by, at=at, program_id=found.program_id,
            participant_id=seat.episode.participant_id,
        )  # fmt: skip
    return seat
