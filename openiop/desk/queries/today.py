"""One day of one member of staff: what needs them, what they lead, what they have to sign."""

from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from openiop.alerts import queries as alerts
from openiop.alerts.models import Alert
from openiop.alerts.rules import SAFETY
from openiop.attendance.models import Presence
from openiop.base.rules import local_day
from openiop.consents import queries as consents
from openiop.consents.models import ConsentNotice
from openiop.consents.rules import Kind
from openiop.desk import rules
from openiop.desk.queries.caseload import kinds_for
from openiop.notes import queries as notes
from openiop.notes.models import SessionNote
from openiop.participants.models import Participant
from openiop.privacy import queries as privacy
from openiop.privacy.models import Unusual
from openiop.programs.models import Membership
from openiop.programs.rules import Permission
from openiop.schedule import queries as schedule
from openiop.schedule.models import Session

SHOWN = 6  # alerts on the page; the rest stand one link away


@dataclass(frozen=True)
class Item:
    """One line of the agenda; `state` is done, now, next, past or empty.

    `note` is signed, draft, none, away (nobody came) or empty.
    """

    id: UUID | None
    time: str
    at: datetime
    state: str
    title: str
    person: bool
    detail: str
    note: str


@dataclass(frozen=True)
class ToSign:
    """One session whose notes wait."""

    id: UUID
    title: str
    person: bool
    detail: str
    due: str
    late: bool


@dataclass(frozen=True)
class Day:
    """All of the page but the caseload."""

    says: str
    alerts: tuple[alerts.Entry, ...]
    more: int
    agenda: tuple[Item, ...]
    mine: bool
    to_sign: tuple[ToSign, ...]
    people: tuple[Participant, ...]
    ending: tuple[ConsentNotice, ...]
    explain: tuple[Unusual, ...]


def waiting(viewer: Membership, at: datetime) -> tuple[int, int]:
    """How many open alerts are the viewer's, and how many of their sessions have notes to sign; one query each."""
    mine = alerts.open_for(viewer).count() if viewer.may(Permission.WORK_ALERTS) else 0
    sessions = notes.sessions_to_sign(viewer, at) if viewer.may(Permission.WRITE_NOTES) else 0
    return mine, sessions


def _clock(at: datetime, zone: str) -> str:
    local = at.astimezone(ZoneInfo(zone))
    return f"{local.hour % 12 or 12}:{local.minute:02d} {'PM' if local.hour >= 12 else 'AM'}"


def _people(count: int) -> str:
    return "1 person" if count == 1 else f"{count} people"


def _free(at: datetime, until: datetime) -> str:
    minutes = int((until - at).total_seconds() // 60)
    return f"Free for {minutes} minutes" if minutes < 90 else "Free until {}"


def _gathered(entry: alerts.Entry, repeats: int) -> alerts.Entry:
    """The alert, with how many more like it stand behind it."""
    return replace(entry, because=f"{entry.because} And {repeats} more like this.") if repeats else entry


def day(viewer: Membership, at: datetime) -> Day:
    """The day as it stands; the same number of queries for any number of alerts, sessions and notes."""
    zone = viewer.program.zone
    today = local_day(at, zone)
    seen: dict[UUID, Participant] = {}
    by_name = Kind.SCHEDULE in kinds_for(viewer, at, Permission.READ_TODAY)

    rows: list[Alert] = []
    if viewer.may(Permission.WORK_ALERTS):
        rows = list(alerts.open_for(viewer)[:100])
    shown = rules.shown_first([(row.participant_id, row.kind) for row in rows], SHOWN, SAFETY)
    entries = tuple(_gathered(alerts.entry(rows[spot], viewer, at), repeats) for spot, repeats in shown.items())
    for row in (rows[spot] for spot in shown):
        if row.participant is not None:
            seen[row.participant.pk] = row.participant

    ending = consents.notices_for(viewer, at) if viewer.may(Permission.KEEP_CONSENTS) else []
    for notice in ending:
        seen[notice.consent.participant_id] = notice.consent.participant

    sessions: list[Session] = []
    mine = True
    if viewer.may(Permission.READ_SCHEDULE):
        sessions = list(schedule.my_sessions(viewer, today))
        if not sessions and not viewer.may(Permission.WRITE_NOTES):
            day_after = today.fromordinal(today.toordinal() + 1)
            sessions, mine = list(schedule.sessions_between(viewer.program_id, today, day_after)), False
    unsigned = notes.unsigned_sessions(viewer, at) if viewer.may(Permission.WRITE_NOTES) else []
    open_notes = {one.session.pk: one for one in unsigned}
    visits = [one.pk for one in sessions if one.group_id is None]
    visits += [one.session.pk for one in unsigned if one.session.group_id is None and one.session.pk not in visits]
    rosters = schedule.rosters(visits) if visits else {}
    begun = set(
        SessionNote.objects.filter(session_id__in=list(open_notes)).values_list("session_id", flat=True)
        if open_notes
        else []
    )

    over = [one.pk for one in sessions if one.ends_at <= at]
    came = set(
        Presence.objects.filter(session_id__in=over, here=True, replaced_at__isnull=True)
        .order_by("pk")
        .values_list("session_id", flat=True)
    )

    def named(session: Session) -> tuple[str, bool]:
        seats = rosters.get(session.pk, [])
        if by_name and session.group_id is None and len(seats) == 1:
            person = seats[0].episode.participant
            seen[person.pk] = person
            return person.name, True
        return session.title, False

    agenda = []
    upcoming = [one for one in sessions if one.starts_at > at and one.status == Session.Status.PLANNED]
    running = any(one.starts_at <= at < one.ends_at and one.status == Session.Status.PLANNED for one in sessions)
    for one in sessions:
        title, person = named(one)
        cancelled = one.status == Session.Status.CANCELLED
        if cancelled:
            state = "past"
        elif one.ends_at <= at:
            state = "done"
        elif one.starts_at <= at:
            state = "next"
        else:
            state = "next" if upcoming and one.pk == upcoming[0].pk and not running else ""
        count = getattr(one, "people", 0)
        with_whom = one.co_facilitator if one.facilitator_id == viewer.pk else one.facilitator
        parts = [] if person else [_people(count)]
        if person:
            parts += ([] if mine else [one.facilitator.name]) + [one.get_service_display()]
        elif with_whom is not None and mine:
            parts.insert(0, f"With {with_whom.name.split()[0]}")
        elif not mine:
            parts.insert(0, one.facilitator.name)
        parts.append(one.place.name)
        if cancelled:
            parts = [f"Cancelled: {one.cancelled_reason}"]
        note = ""
        if mine and state == "done" and count and viewer.may(Permission.WRITE_NOTES):
            left = open_notes.get(one.pk)
            note = "draft" if one.pk in begun else "none"
            if left is None:
                note = "signed" if one.pk in came else "away"
        agenda.append(
            Item(one.pk, _clock(one.starts_at, zone), one.starts_at, state, title, person, ", ".join(parts), note)
        )
    if agenda and not running and mine:
        free = "Nothing more today"
        if upcoming:
            free = _free(at, upcoming[0].starts_at).format(_clock(upcoming[0].starts_at, zone))
        agenda.append(Item(None, _clock(at, zone), at, "now", f"Now. {free}", False, "", ""))
        agenda.sort(key=lambda item: (item.at, item.id is not None))

    to_sign = []
    for left in unsigned:
        title, person = named(left.session)
        if not person and left.session.group is not None:
            title = f"{left.session.title}, {left.session.on:%a}"
        parts = [f"{left.session.get_service_display()} {_clock(left.session.starts_at, zone)}"] if person else []
        if left.notes:
            parts.append(f"{left.notes} {'note' if left.notes == 1 else 'notes'}")
        if left.to_mark:
            parts.append(f"{_people(left.to_mark)} not marked")
        parts.append("draft" if left.session.pk in begun else "not started")
        due = rules.when(left.due_at, at, zone)
        to_sign.append(
            ToSign(
                left.session.pk,
                title,
                person,
                ", ".join(parts),
                f"{'Was due' if left.overdue else 'Due'} {due.replace('Today', 'today')}",
                left.overdue,
            )
        )

    tonight = [row for row in rows if local_day(row.due_at, zone) == today and row.due_at >= at]
    urgent = [row for row in rows if row.level == Alert.Level.URGENT]
    soon = [row for row in tonight if row.level != Alert.Level.URGENT]
    by = ""
    if soon:
        last = soon[-1].due_at.astimezone(ZoneInfo(zone))
        by = f"{last:%I:%M %p}".lstrip("0").replace(":00", "")
    says = rules.summary(
        urgent=len(urgent),
        overdue=sum(row.due_at < at and row.level != Alert.Level.URGENT for row in rows),
        today=len(soon),
        by=by,
        sessions=len(unsigned),
    )
    if not viewer.may(Permission.WORK_ALERTS) and not viewer.may(Permission.WRITE_NOTES):
        off = sum(one.status == Session.Status.CANCELLED for one in sessions)
        held = len(sessions) - off
        says = f"{held} session{'s' * (held != 1)} today." if sessions else "No session today."
        says = says.removesuffix(".") + f", {off} cancelled." if off else says
    return Day(
        says=says,
        alerts=entries,
        more=len(rows) - len(entries),
        agenda=tuple(agenda),
        mine=mine,
        to_sign=tuple(to_sign),
        people=tuple(seen.values()),
        ending=tuple(ending),
        explain=tuple(privacy.asked_of(viewer)) if viewer.may(Permission.OPEN_RECORD) else (),
    )
