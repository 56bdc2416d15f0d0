"""One person's week: what is prescribed, when they are busy, which groups they are in."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.db import transaction

from openiop.audit import actions as audit
from openiop.base.errors import Refused
from openiop.base.rules import Period, local_day
from openiop.participants.models import Episode
from openiop.programs.models import Membership, Program
from openiop.schedule import queries, rules
from openiop.schedule.models import Busy, Enrollment, Group, Prescription, Seat, Service, Session
from openiop.schedule.rules import Block


@transaction.atomic
def prescribe(
    *,
    episode: Episode,
    from_on: date,
    minutes_a_week: int,
    days_a_week: int,
    mix: Mapping[str, int],
    by: Membership,
    at: datetime,
    reason: str = "",
) -> Prescription:
    """Hours, days and mix are prescribed from the day on; where `warnings` say to look twice, a reason is given.

    `mix` is sessions a week by service. The row before stays and counts for the days before.
    """
    bounds = queries.bounds(episode.participant.program_id, from_on)
    warnings = rules.why_warn(minutes=minutes_a_week, days=max(days_a_week, 1), level=episode.level, bounds=bounds)
    reasons = rules.why_not_prescribe(
        minutes=minutes_a_week,
        days=days_a_week,
        mix=mix,
        services=Service.values,
        ended=episode.ended_on is not None,
        warnings=warnings,
        reason=reason,
        ahead=(from_on - local_day(at, episode.participant.program.zone)).days,
        before=from_on < episode.started_on,
    )
    if reasons:
        raise Refused(reasons)
    row = Prescription.objects.create(
        episode=episode,
        from_on=from_on,
        minutes_a_week=minutes_a_week,
        days_a_week=days_a_week,
        mix={service: count for service, count in mix.items() if count},
        warnings=warnings,
        reason=reason.strip(),
        prescribed_at=at,
        prescribed_by=by,
    )
    audit.record(
        what="week.prescribed", about=row, by=by, at=at, participant_id=episode.participant_id,
        minutes_a_week=minutes_a_week, days_a_week=days_a_week, warnings=len(warnings),
    )  # fmt: skip
    return row


@transaction.atomic
def set_busy(*, episode: Episode, blocks: Iterable[Block], from_on: date, by: Membership, at: datetime) -> list[Busy]:
    """From the day on the person is busy at these times of the week and no others; earlier weeks keep theirs.

    A stretch past midnight is kept as its two parts.
    """
    parts = sorted({part for block in blocks for part in rules.over_night(block)}, key=_in_week_order)
    reasons = sorted({reason for part in parts for reason in rules.why_not_busy(part)})
    if episode.ended_on is not None:
        reasons.append("This episode has ended.")
    if reasons:
        raise Refused(reasons)
    Episode.objects.select_for_update().get(pk=episode.pk)
    stands = queries.busy(episode.pk)
    if [Block(row.weekday, row.starts, row.ends, row.why, row.travel_minutes) for row in stands] == parts:
        return stands
    for row in stands:
        row.until_on = max(from_on, row.from_on)
    Busy.objects.bulk_update(stands, ["until_on"])
    made = Busy.objects.bulk_create(
        Busy(
            episode=episode,
            weekday=part.weekday,
            starts=part.starts,
            ends=part.ends,
            travel_minutes=part.travel_minutes,
            why=part.why,
            from_on=from_on,
        )
        for part in parts
    )
    audit.record(
        what="availability.set", about=episode, by=by, at=at, participant_id=episode.participant_id,
        stretches=len(made), from_on=from_on,
    )  # fmt: skip
    return made


def _in_week_order(block: Block) -> tuple[int, str, str, str, int]:
    return (block.weekday, str(block.starts), str(block.ends), block.why, block.travel_minutes)


def _why_not_enroll(episode: Episode, groups: Sequence[Group], from_on: date, at: datetime) -> list[str]:
    """Every reason the person cannot have a seat in these groups: ended, full, or booked twice."""
    reasons = []
    if episode.ended_on is not None:
        reasons.append("This episode has ended.")
    if from_on < episode.started_on:
        reasons.append("The person cannot be in a group before care begins.")
    names = {group.pk: f"{group.track.name} {group.name}" for group in groups}
    taken: dict[UUID, int] = dict.fromkeys(names, 0)
    held = Enrollment.objects.filter(group__in=groups, episode__ended_on__isnull=True).exclude(until_on__lte=from_on)
    for group_id in held.order_by("pk").values_list("group_id", flat=True):
        taken[group_id] += 1
    for group in groups:
        if group.track.program_id != episode.participant.program_id:
            reasons.append("This group is not one of this program.")
        if group.until_on is not None and group.until_on <= from_on:
            reasons.append(f"{names[group.pk]} has ended by then.")
        reasons += rules.why_not_seat(taken=taken[group.pk], capacity=group.capacity, name=names[group.pk])
    wanted = [queries.meeting(group, Period(max(from_on, group.from_on), group.until_on)) for group in groups]
    others = [
        queries.meeting(row.group, Period(row.from_on, row.until_on))
        for row in queries.enrollments(episode.pk, from_on)
        if row.group_id not in names
    ]
    for place, one in enumerate(wanted):
        reasons += [
            f"{one.name} and {other.name} are at the same time: {rules.span(one)}. Choose one."
            for other in [*others, *wanted[place + 1 :]]
            if rules.meetings_meet(one, other)
        ]
    return reasons + _why_not_beside_visits(episode, groups, from_on, at)


def _why_not_beside_visits(episode: Episode, groups: Sequence[Group], from_on: date, at: datetime) -> list[str]:
    """Visits and single seats of the person that these groups would run into."""
    seated = Seat.objects.filter(episode=episode, dropped_at__isnull=True).exclude(why="enrolled").values("session_id")
    single = Session.objects.filter(
        pk__in=seated, on__gte=from_on, ends_at__gt=at, status=Session.Status.PLANNED
    ).exclude(group__in=groups)
    reasons = []
    zone = episode.participant.program.zone
    for visit in single.order_by("starts_at", "pk"):
        for group in groups:
            if group.weekday == visit.on.weekday():
                starts, ends = rules.instants(visit.on, group.starts, group.minutes, zone)
                if starts < visit.ends_at and visit.starts_at < ends:
                    day = f"{rules.SHORT_DAYS[visit.on.weekday()]} {visit.on:%b} {visit.on.day}"
                    reasons.append(f"{group.name} runs into a visit on {day}: {visit.title}. Move or cancel it first.")
    return reasons


def _enroll(
    episode: Episode, groups: Sequence[Group], from_on: date, by: Membership | None, at: datetime
) -> list[Enrollment]:
    """Write enrollments and the seats of sessions not over yet; the groups are known to have room."""
    rows = Enrollment.objects.bulk_create(
        Enrollment(group=group, episode=episode, from_on=max(from_on, group.from_on), until_on=group.until_on)
        for group in groups
    )
    ahead = Session.objects.filter(group__in=groups, on__gte=from_on, ends_at__gt=at, status=Session.Status.PLANNED)
    ids = list(ahead.order_by("pk").values_list("pk", flat=True))
    again = Seat.objects.filter(session_id__in=ids, episode=episode)
    had = set(again.order_by("pk").values_list("session_id", flat=True))
    again.filter(dropped_at__isnull=False).update(dropped_at=None, why="enrolled")
    Seat.objects.bulk_create(Seat(session_id=key, episode=episode) for key in ids if key not in had)
    for row in rows:
        audit.record(
            what="group.joined", about=row, by=by, at=at, program_id=episode.participant.program_id,
            participant_id=episode.participant_id, group=row.group_id, from_on=row.from_on,
        )  # fmt: skip
    return rows


@transaction.atomic
def enroll_all(
    *, groups: Iterable[Group], episode: Episode, from_on: date, by: Membership | None, at: datetime
) -> list[Enrollment]:
    """The person is in all these groups from the day on and has a seat in their sessions ahead, or in none of them.

    A group they are in already is left as it is. Busy times do not stand in the way here; pages show those clashes.
    """
    Program.objects.select_for_update().get(pk=episode.participant.program_id)
    already = {
        row.group_id
        for row in queries.enrollments(episode.pk, from_on)
        if row.until_on is None or row.until_on == row.group.until_on
    }
    rows = Group.objects.filter(pk__in=[group.pk for group in groups if group.pk not in already])
    wanted = list(rows.select_related("track").order_by("weekday", "starts", "pk"))
    if reasons := _why_not_enroll(episode, wanted, from_on, at):
        raise Refused(reasons)
    return _enroll(episode, wanted, from_on, by, at)


@transaction.atomic
def enroll(*, group: Group, episode: Episode, from_on: date, by: Membership | None, at: datetime) -> Enrollment:
    """The person is in the group from the day on and has a seat in its sessions ahead."""
    made = enroll_all(groups=[group], episode=episode, from_on=from_on, by=by, at=at)
    if not made:
        raise Refused("They are in this group already.")
    return made[0]


@transaction.atomic
def fill_group(
    *, group: Group, episodes: Iterable[Episode], from_on: date, by: Membership, at: datetime
) -> list[Enrollment]:
    """These people are in the group from the day on with a seat in its sessions ahead, or none of them is.

    Who is in it already stays as they are. A refusal says each reason with the person's name.
    """
    Program.objects.select_for_update().get(pk=group.track.program_id)
    made, reasons = [], []
    for episode in episodes:
        try:
            with transaction.atomic():
                made += enroll_all(groups=[group], episode=episode, from_on=from_on, by=by, at=at)
        except Refused as refusal:
            reasons += [f"{episode.participant.name}: {reason}" for reason in refusal.reasons]
    if reasons:
        raise Refused(reasons)
    return made


def _leave(rows: Iterable[Enrollment], on: date, by: Membership | None, at: datetime) -> int:
    """End these enrollments on the day and drop the seats of sessions not begun; returns how many seats."""
    dropped = 0
    for row in rows:
        row.until_on = max(on, row.from_on)
        row.save(update_fields=["until_on"])
        seats = Seat.objects.filter(
            episode_id=row.episode_id,
            session__group_id=row.group_id,
            session__on__gte=on,
            session__starts_at__gt=at,
            dropped_at__isnull=True,
        ).update(dropped_at=at)
        dropped += seats
        audit.record(
            what="group.left", about=row, by=by, at=at, program_id=row.episode.participant.program_id,
            participant_id=row.episode.participant_id, group=row.group_id, on=on, seats=seats,
        )  # fmt: skip
    return dropped


@transaction.atomic
def leave_group(*, enrollment: Enrollment, on: date, by: Membership, at: datetime) -> Enrollment:
    """The person is not in the group from the day on; sessions that began keep their roster."""
    row = Enrollment.objects.select_for_update().select_related("episode__participant").get(pk=enrollment.pk)
    if row.until_on is not None and row.until_on <= on:
        raise Refused("They have left this group already.")
    _leave([row], on, by, at)
    return row


@dataclass(frozen=True)
class Changes:
    """How many groups a person joined and left in one go."""

    joined: int
    left: int


@transaction.atomic
def choose_groups(
    *,
    episode: Episode,
    join: Iterable[Group],
    leave: Iterable[Enrollment],
    from_on: date,
    by: Membership,
    at: datetime,
) -> Changes:
    """From the day on the person is in the groups to join and out of those to leave, all together or not at all."""
    left = [row for row in leave if row.until_on is None or row.until_on > from_on]
    _leave(left, from_on, by, at)
    joined = enroll_all(groups=join, episode=episode, from_on=from_on, by=by, at=at)
    return Changes(len(joined), len(left))


@transaction.atomic
def follow_step(
    *,
    episode: Episode,
    from_on: date,
    minutes_a_week: int,
    days_a_week: int,
    mix: Mapping[str, int],
    reason: str,
    join: Iterable[Group],
    leave: Iterable[Enrollment],
    by: Membership,
    at: datetime,
) -> Changes:
    """After a change of level the week is prescribed anew and its groups follow, all from the day on or nothing."""
    prescribe(
        episode=episode,
        from_on=from_on,
        minutes_a_week=minutes_a_week,
        days_a_week=days_a_week,
        mix=mix,
        reason=reason,
        by=by,
        at=at,
    )
    return choose_groups(episode=episode, join=join, leave=leave, from_on=from_on, by=by, at=at)


@transaction.atomic
def leave_all(*, episode: Episode, on: date, by: Membership | None, at: datetime) -> int:
    """The person's week is empty from the day on (care ends): groups left, visits cancelled. Returns seats dropped."""
    rows = Enrollment.objects.filter(episode=episode).exclude(until_on__lte=on).select_related("episode__participant")
    dropped = _leave(rows.order_by("pk"), on, by, at)
    seats = Seat.objects.filter(
        episode=episode, session__on__gte=on, session__starts_at__gt=at, dropped_at__isnull=True
    ).select_related("session")
    visits = [seat.session for seat in seats.order_by("pk") if seat.session.group_id is None]
    for visit in visits:
        visit.status, visit.cancelled_reason = Session.Status.CANCELLED, "Care has ended"
        visit.save(update_fields=["status", "cancelled_reason"])
        audit.record(
            what="session.cancelled", about=visit, by=by, at=at, program_id=visit.program_id,
            participant_id=episode.participant_id,
        )  # fmt: skip
    return dropped + seats.update(dropped_at=at)
