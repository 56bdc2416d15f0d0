"""Who came, when, and for how long; always the version in force unless the history is asked for."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.db.models import (
    Count,
    Exists,
    Max,
    OuterRef,
    Q,
    QuerySet,
)

from openiop.attendance import rules
from openiop.attendance.models import Presence
from openiop.base.rules import Period, local_day
from openiop.consents import queries as consents
from openiop.consents.rules import Kind
from openiop.participants import queries as participants
from openiop.participants.models import Episode, Participant
from openiop.programs import queries as programs
from openiop.programs.models import Membership, Program
from openiop.programs.rules import Permission
from openiop.schedule import queries as schedule
from openiop.schedule.models import Seat, Session


@dataclass(frozen=True)
class Row:
    """One person of a roster with their presence in force, or None while nothing is marked."""

    seat: Seat
    episode: Episode
    participant: Participant
    presence: Presence | None
    statuses: list[rules.Status] = field(default_factory=list)

    @property
    def here(self) -> bool:
        """Whether they are marked as having been there."""
        return self.presence is not None and self.presence.here

    @property
    def away(self) -> str:
        """Why they are away, as a code; empty where they are here or nothing is marked."""
        return self.presence.away if self.presence else ""


@dataclass(frozen=True)
class Absence:
    """One session missed, and why."""

    session_id: UUID
    on: date
    title: str
    away: str

    @property
    def excused(self) -> bool:
        """Whether the person called before the start."""
        return self.away == rules.CALLED


@dataclass(frozen=True)
class Rate:
    """Minutes attended by minutes scheduled, what the program cancelled left out."""

    attended: int
    scheduled: int

    @property
    def share(self) -> float | None:
        """Between 0 and about 1; None where nothing was scheduled."""
        return rules.rate(attended=self.attended, scheduled=self.scheduled)


def _in_force() -> QuerySet[Presence]:
    return Presence.objects.filter(replaced_at__isnull=True)


def grace(program_id: UUID, on: date) -> int:
    """Minutes after the start that are not yet late, by the policy in force on the day."""
    return int(programs.policy_value(program_id, rules.GRACE_POLICY, on, rules.GRACE_MINUTES))


def may_read(viewer: Membership, at: datetime, page: Permission, *kinds: Kind) -> None:
    """Nothing, where the viewer's roles read these kinds in their own program; else 403.

    For pages that show many people of the viewer's own program at once: inside it the answer is the same for each.
    """
    for kind in kinds:
        access = consents.in_program(viewer, kind, at, page)
        if not access.allowed:
            raise PermissionDenied(access.rule)


def sheet(session: Session) -> list[Row]:
    """Everyone expected or walked in, by name, each with their presence in force."""
    seats = schedule.roster(session)
    marked = {row.episode_id: row for row in _in_force().filter(session=session).select_related("recorded_by")}
    rows = []
    for seat in seats:
        presence = marked.get(seat.episode_id)
        found = (
            rules.statuses(
                here=presence.here,
                away=presence.away,
                late=presence.late,
                left_early=presence.left_early,
                remote=presence.remote,
                why=seat.why,
            )
            if presence
            else []
        )
        rows.append(Row(seat, seat.episode, seat.episode.participant, presence, found))
    return rows


def presence(session_id: UUID, episode_id: UUID) -> Presence | None:
    """The presence in force of one person in one session, or None."""
    return _in_force().filter(session_id=session_id, episode_id=episode_id).first()


def history(session_id: UUID, episode_id: UUID) -> list[Presence]:
    """Every version of one person's presence in one session, oldest first."""
    rows = Presence.objects.filter(session_id=session_id, episode_id=episode_id).select_related("recorded_by")
    return list(rows.order_by("version", "pk"))


def could_walk_in(session: Session, at: datetime) -> list[Episode]:
    """People in care in the program who are not on this roster, by name."""
    seated = Seat.objects.filter(session=session, dropped_at__isnull=True).values("episode_id")
    rows = participants.open_episodes(session.program_id).exclude(pk__in=seated).filter(started_on__lte=session.on)
    return sorted(rows, key=lambda episode: (episode.participant.name, str(episode.pk)))


def rates(
    episode_ids: Iterable[UUID], first: date, until: date, *, marked_from: date | None = None
) -> dict[UUID, Rate]:
    """Attendance of each episode on local days from `first` up to and without `until`, in two queries.

    Scheduled are the minutes of the sessions each was expected at; what the program cancelled is left out. From the
    day `marked_from` on, only sessions at which the person has been marked count.
    """
    ids = list(episode_ids)
    attended, scheduled = dict.fromkeys(ids, 0), dict.fromkeys(ids, 0)
    rows = _in_force().filter(episode_id__in=ids, session__on__gte=first, session__on__lt=until)
    marks: dict[tuple[UUID, UUID], str] = {}
    for episode_id, session_id, minutes, away in rows.values_list(
        "episode_id", "session_id", "minutes", "away"
    ).order_by("pk"):
        attended[episode_id] += minutes
        marks[session_id, episode_id] = away
    seats = (
        Seat.objects.filter(episode_id__in=ids, dropped_at__isnull=True, session__on__gte=first, session__on__lt=until)
        .exclude(session__status=Session.Status.CANCELLED)
        .exclude(why=rules.MADE_UP)
    )
    for episode_id, session_id, on, starts, ends in seats.values_list(
        "episode_id", "session_id", "session__on", "session__starts_at", "session__ends_at"
    ).order_by("pk"):
        mark = marks.get((session_id, episode_id))
        too_early = mark is None and marked_from is not None and on >= marked_from
        if mark != rules.PROGRAM and not too_early:
            scheduled[episode_id] += round((ends - starts).total_seconds() / 60)
    return {key: Rate(attended[key], scheduled[key]) for key in ids}


def rate(episode_id: UUID, first: date, until: date) -> Rate:
    """Attendance of one episode on these days."""
    return rates([episode_id], first, until)[episode_id]


def rates_to_now(episode_ids: Iterable[UUID], first: date, today: date) -> dict[UUID, Rate]:
    """Attendance of each episode from the day `first` to now, as every page says it.

    Of today only sessions at which the person has been marked count: this evening's session is not missed yet.
    """
    return rates(episode_ids, first, today + timedelta(days=1), marked_from=today)


def rate_to_now(episode_id: UUID, first: date, today: date) -> Rate:
    """Attendance of one episode from the day `first` to now."""
    return rates_to_now([episode_id], first, today)[episode_id]


def absences(episode_id: UUID, first: date, until: date) -> list[Absence]:
    """Sessions missed on these days with why, newest first; what the program cancelled is no absence."""
    rows = _in_force().filter(episode_id=episode_id, here=False, session__on__gte=first, session__on__lt=until)
    rows = rows.exclude(away=rules.PROGRAM).order_by("-session__starts_at", "pk")
    return [Absence(*row) for row in rows.values_list("session_id", "session__on", "session__title", "away")]


def unexcused_days(episode_id: UUID, period: Period) -> set[date]:
    """The local days in the period on which a session was missed without contact."""
    rows = _in_force().filter(episode_id=episode_id, away=rules.NO_CONTACT, session__on__gte=period.first)
    if period.until is not None:
        rows = rows.filter(session__on__lt=period.until)
    return set(rows.values_list("session__on", flat=True))


def last_attended(episode_ids: Iterable[UUID]) -> dict[UUID, date]:
    """The last local day each came to a session; those who never did are left out."""
    rows = _in_force().filter(episode_id__in=list(episode_ids), here=True).values_list("episode_id")
    return dict(rows.annotate(last=Max("session__on")).order_by("episode_id"))


def silent(at: datetime) -> list[tuple[Episode, date, date]]:
    """People in care who were expected and neither came nor called for a week: with the last day they did, and today.

    A stay that began since counts from its first day. Days are those of each program.
    """
    found = []
    contact = Q(here=True) | Q(away=rules.CALLED)
    for program in Program.objects.order_by("pk"):
        today = local_day(at, program.zone)
        since = today - timedelta(days=rules.SILENT_DAYS)
        came = _in_force().filter(contact, episode=OuterRef("pk"), session__on__gt=since)
        expected = Seat.objects.filter(
            episode=OuterRef("pk"), dropped_at__isnull=True, session__on__gt=since, session__on__lt=today
        ).exclude(session__status=Session.Status.CANCELLED)
        rows = participants.open_episodes(program.pk).filter(~Exists(came), Exists(expected), started_on__lte=since)
        last = _in_force().filter(contact, episode__in=rows).values_list("episode_id")
        days = dict(last.annotate(last=Max("session__on")).order_by("episode_id"))
        found += [
            (episode, max(days.get(episode.pk, episode.started_on), episode.started_on), today) for episode in rows
        ]
    return found


def attended_sessions(episode_ids: Iterable[UUID], first: date, until: date) -> dict[UUID, int]:
    """How many sessions each came to on these days; 0 for none."""
    ids = list(episode_ids)
    rows = _in_force().filter(episode_id__in=ids, here=True, session__on__gte=first, session__on__lt=until)
    counts = rows.values_list("episode_id").annotate(count=Count("pk")).order_by("episode_id")
    return dict.fromkeys(ids, 0) | dict(counts)


def to_mark(sessions: Iterable[UUID]) -> dict[UUID, int]:
    """How many people of each session nobody has marked yet; sessions with none are left out."""
    wanted = sessions if isinstance(sessions, QuerySet) else list(sessions)
    marked = _in_force().filter(session=OuterRef("session"), episode=OuterRef("episode"))
    seats = Seat.objects.filter(~Exists(marked), session_id__in=wanted, dropped_at__isnull=True)
    counts = seats.values_list("session_id").annotate(count=Count("pk")).order_by("session_id")
    return dict(counts)


def sessions_to_mark(member: Membership, at: datetime, days: int = 7) -> QuerySet[Session]:
    """Sessions the member led in the last days that have begun and hold someone nobody marked, oldest first."""
    today = local_day(at, member.program.zone)
    begun = Session.objects.filter(
        Q(facilitator=member) | Q(co_facilitator=member),
        status=Session.Status.PLANNED,
        starts_at__lte=at,
        on__gt=today - timedelta(days=days),
    )
    open_ids = to_mark(begun.order_by("pk").values_list("pk", flat=True))
    return begun.filter(pk__in=list(open_ids)).select_related("place").order_by("starts_at", "pk")
