"""Recording who came, correcting it, taking a mark back, adding who walked in."""

from collections.abc import Collection
from datetime import date, datetime, timedelta
from uuid import UUID

from django.db import transaction

from openiop.alerts import actions as alerts
from openiop.alerts import rules as alert_rules
from openiop.alerts.models import Alert
from openiop.attendance import queries, rules
from openiop.attendance.models import Presence
from openiop.audit import actions as audit
from openiop.base.errors import Refused
from openiop.base.rules import Period, week_of
from openiop.participants.models import Episode
from openiop.programs.models import Membership
from openiop.schedule.models import Seat, Session

_FACTS = ("here", "late", "left_early", "remote", "away", "called_at", "arrived_at", "left_at", "minutes", "reason")


def _locked(session: Session) -> Session:
    """The session as it stands now; until the transaction ends nobody else marks its roster."""
    rows = Session.objects.select_related("place", "program", "group")
    return rows.select_for_update(of=("self",)).get(pk=session.pk)


def _facts(
    session: Session,
    *,
    grace: int,
    here: bool,
    arrived: datetime | None,
    left: datetime | None,
    away: str,
    called: datetime | None,
    remote: bool,
    reason: str,
) -> dict[str, object]:
    if not here or arrived is None or left is None:
        return {
            "here": False, "late": False, "left_early": False, "remote": False, "away": away, "called_at": called,
            "arrived_at": None, "left_at": None, "minutes": 0, "reason": reason,
        }  # fmt: skip
    return {
        "here": True,
        "late": rules.is_late(starts=session.starts_at, arrived=arrived, grace=grace),
        "left_early": rules.is_left_early(ends=session.ends_at, left=left),
        "remote": remote or session.place.virtual,
        "away": "",
        "called_at": None,
        "arrived_at": arrived,
        "left_at": left,
        "minutes": rules.credited_minutes(starts=session.starts_at, ends=session.ends_at, arrived=arrived, left=left),
        "reason": reason,
    }


def _versions(session: Session, episode_ids: Collection[UUID]) -> dict[UUID, list[Presence]]:
    """Every version of each of these people's presence in the session, oldest first."""
    found: dict[UUID, list[Presence]] = {pk: [] for pk in episode_ids}
    for row in Presence.objects.filter(session=session, episode_id__in=found).order_by("version", "pk"):
        found[row.episode_id].append(row)
    return found


def _write(
    session: Session,
    seat: Seat,
    facts: dict[str, object],
    *,
    by: Membership,
    at: datetime,
    what: str,
    kept: list[Presence] | None = None,
) -> Presence:
    """The next version in force; the one before is kept and marked as replaced. `kept`: the versions, where read."""
    if kept is None:
        kept = _versions(session, [seat.episode_id])[seat.episode_id]
    before = next((row for row in kept if row.replaced_at is None), None)
    version = max((row.version for row in kept), default=0) + 1
    row = Presence(
        session=session, episode_id=seat.episode_id, version=version, recorded_at=at, recorded_by=by, **facts
    )
    audit.record(  # first: the database lets a mark lose its force only beside its event
        what=what if before is None else "presence.corrected",
        about=row,
        by=by,
        at=at,
        participant_id=seat.episode.participant_id,
        session=session.pk,
        version=version,
        here=row.here,
        away=row.away,
        minutes=row.minutes,
    )
    if before is not None:
        Presence.objects.filter(pk=before.pk).update(replaced_at=at)
    row.save(force_insert=True)
    _follow(session, seat, before.away if before else "", row, by=by, at=at)
    return row


def _follow(session: Session, seat: Seat, was: str, now: Presence | None, *, by: Membership, at: datetime) -> None:
    """Absences without contact raise their alerts; a correction stands on the alert, and closes nothing."""
    is_now = now.away if now else ""
    if was == is_now:
        return
    that_day = Seat.objects.filter(episode_id=seat.episode_id, session__on=session.on).values_list("pk", flat=True)
    told = Alert.objects.open().filter(
        kind__in=["missed-session", "attendance-pattern"], source="schedule.seat",
        source_id__in=[str(pk) for pk in that_day],
    )  # fmt: skip
    if was == rules.NO_CONTACT:
        words = {rules.CALLED: "called ahead", rules.PROGRAM: "program cancelled"}.get(is_now, "")
        words = words or ("here" if now else "not marked yet")
        for alert in told.order_by("pk"):
            alerts.add_fact(alert=alert, words=f"Attendance was corrected: {session.title}, {words}.", by=by, at=at)
    if is_now == rules.NO_CONTACT:
        _raise(session, seat, list(told.order_by("pk")), by=by, at=at)


def _raise(session: Session, seat: Seat, told: list[Alert], *, by: Membership, at: datetime) -> None:
    first = session.on - timedelta(days=rules.OUTREACH[1] - 1)
    missed = queries.unexcused_days(seat.episode_id, Period(first, session.on + timedelta(days=1)))
    participant, zone = seat.episode.participant, session.program.zone
    for ask in rules.triggers(missed_on=missed, on=session.on):
        source, link = seat, f"/sessions/{session.pk}/"
        if ask.kind == "missed-session":
            same_day = [alert for alert in told if alert.kind == ask.kind and alert.source_id != str(seat.pk)]
            for alert in same_day:  # one day missed is one call, however many groups it held
                alerts.add_fact(alert=alert, words=f"Also missed that day: {session.title}.", by=by, at=at)
            if same_day:
                continue
        else:
            rows = Alert.objects.open().filter(kind=ask.kind, participant=participant, source="schedule.seat")
            standing = rows.order_by("raised_at", "pk").first()
            if standing is not None:  # a longer row of absences lifts the alert that stands
                source = Seat.objects.get(pk=standing.source_id)
            link = f"/people/{participant.pk}/plan/"
        alerts.raise_alert(
            participant=participant,
            program=session.program,
            kind=ask.kind,
            level=ask.level,
            words=ask.words,
            why=ask.why,
            source=source,
            due_at=alert_rules.due_for(ask.level, at, zone),
            owner=seat.episode.primary,
            link=link,
            by=by,
            at=at,
        )


def _seat(session: Session, episode: Episode) -> Seat | None:
    rows = Seat.objects.filter(session=session, episode=episode, dropped_at__isnull=True)
    return rows.select_related("episode__participant", "episode__primary").first()


@transaction.atomic
def record_presence(
    *,
    session: Session,
    episode: Episode,
    here: bool,
    by: Membership,
    at: datetime,
    arrived: datetime | None = None,
    left: datetime | None = None,
    away: str = "",
    called: datetime | None = None,
    remote: bool = False,
    reason: str = "",
) -> Presence:
    """One person's presence stands as given; times left out are the session's own. A change is a new version.

    The same facts sent again change nothing. A first absence without contact raises its alert.
    """
    session = _locked(session)
    seat = _seat(session, episode)
    if here:
        arrived, left = arrived or session.starts_at, left or session.ends_at
    if reasons := rules.why_not_record(
        cancelled=session.status == Session.Status.CANCELLED,
        seated=seat is not None,
        here=here,
        starts=session.starts_at,
        ends=session.ends_at,
        at=at,
        away=away,
        arrived=arrived,
        left=left,
        called=called,
    ):
        raise Refused(reasons)
    assert seat is not None  # the rule has said so
    facts = _facts(
        session,
        grace=queries.grace(session.program_id, session.on),
        here=here,
        arrived=arrived,
        left=left,
        away=away,
        called=called,
        remote=remote,
        reason=reason.strip()[:200],
    )
    standing = queries.presence(session.pk, episode.pk)
    if standing is not None and all(getattr(standing, name) == value for name, value in facts.items()):
        return standing
    return _write(session, seat, facts, by=by, at=at, what="presence.recorded")


@transaction.atomic
def mark_rest_here(*, session: Session, by: Membership, at: datetime, except_for: Collection[UUID] = ()) -> int:
    """Everyone nobody has marked is here for the whole session; marks that stand are left alone. Returns how many.

    The episodes in `except_for` are left as they are: someone is just saying why they are away.
    """
    session = _locked(session)
    marked = Presence.objects.filter(session=session, replaced_at__isnull=True).values("episode_id")
    seats = Seat.objects.filter(session=session, dropped_at__isnull=True).exclude(episode_id__in=marked)
    seats = seats.exclude(episode_id__in=except_for)
    unset = list(seats.select_related("episode__participant", "episode__primary").order_by("pk"))
    if reasons := rules.why_not_record(
        cancelled=session.status == Session.Status.CANCELLED,
        seated=True,
        here=True,
        starts=session.starts_at,
        ends=session.ends_at,
        at=at,
        arrived=session.starts_at,
        left=session.ends_at,
    ):
        raise Refused(reasons)
    facts = _facts(
        session,
        grace=0,
        here=True,
        arrived=session.starts_at,
        left=session.ends_at,
        away="",
        called=None,
        remote=False,
        reason="",
    )
    kept = _versions(session, [seat.episode_id for seat in unset])
    for seat in unset:
        _write(session, seat, facts, by=by, at=at, what="presence.recorded", kept=kept[seat.episode_id])
    return len(unset)


@transaction.atomic
def undo(*, session: Session, presence_id: UUID, by: Membership, at: datetime) -> int:
    """What was marked with this mark (and with it, at one tap) stands as before; the mark itself is kept as a version.

    Returns how many marks were taken back.
    """
    session = _locked(session)
    mark = Presence.objects.filter(session=session, pk=presence_id).first()
    if mark is None:
        raise Refused("There is nothing to undo.")
    if reasons := rules.why_not_undo(replaced=mark.replaced_at is not None, recorded_at=mark.recorded_at, at=at):
        raise Refused(reasons)
    together = Presence.objects.filter(
        session=session, recorded_at=mark.recorded_at, recorded_by=mark.recorded_by_id, replaced_at__isnull=True
    )
    rows = list(together.order_by("pk"))
    for row in rows:
        before = Presence.objects.filter(
            session=session, episode_id=row.episode_id, replaced_at=row.recorded_at, version__lt=row.version
        )
        was = before.order_by("-version").first()
        seat = Seat.objects.select_related("episode__participant", "episode__primary").get(
            session=session, episode_id=row.episode_id
        )
        if was is not None:
            facts = {name: getattr(was, name) for name in _FACTS}
            _write(session, seat, facts, by=by, at=at, what="presence.corrected")
            continue
        audit.record(
            what="presence.taken-back",
            about=row,
            by=by,
            at=at,
            participant_id=seat.episode.participant_id,
            session=session.pk,
            version=row.version,
        )
        Presence.objects.filter(pk=row.pk).update(replaced_at=at)
        _follow(session, seat, row.away, None, by=by, at=at)
    return len(rows)


@transaction.atomic
def raise_silence(*, episode: Episode, last: date, on: date, by: Membership | None, at: datetime) -> Alert | None:
    """Days without contact stand as one alert for the stay, told once for each silence; None where all is well."""
    ask = rules.silence(last=last, on=on)
    if ask is None:
        return None
    return alerts.raise_alert(
        participant=episode.participant,
        program=episode.participant.program,
        kind=ask.kind,
        level=ask.level,
        words=ask.words,
        why=ask.why,
        source=episode,
        due_at=alert_rules.due_for(ask.level, at, episode.participant.program.zone),
        owner=episode.primary,
        link=f"/people/{episode.participant_id}/",
        by=by,
        at=at,
    )


@transaction.atomic
def add_walk_in(*, session: Session, episode: Episode, by: Membership, at: datetime, made_up: bool = False) -> Seat:
    """One more person of the program has a seat in this session: walked in, or making up for one missed this week."""
    session = _locked(session)
    held = Seat.objects.filter(session=session, episode=episode).first()
    taken = Seat.objects.filter(session=session, dropped_at__isnull=True).count()
    in_care = episode.participant.program_id == session.program_id and Period(
        episode.started_on, episode.ended_on and episode.ended_on + timedelta(days=1)
    ).holds(session.on)
    reasons = rules.why_not_seat(
        cancelled=session.status == Session.Status.CANCELLED,
        seated=held is not None and held.dropped_at is None,
        in_care=in_care,
        taken=taken,
        capacity=session.group.capacity if session.group else None,
    )
    week = week_of(session.on)
    if made_up and not Presence.objects.filter(
        episode=episode,
        replaced_at__isnull=True,
        here=False,
        session__service=session.service,
        session__on__gte=week.first,
        session__on__lt=week.until,
    ).exclude(away=rules.PROGRAM):
        reasons.append("They missed no session of this kind this week, so there is none to make up.")
    if reasons:
        raise Refused(reasons)
    why = rules.MADE_UP if made_up else rules.WALK_IN
    if held is not None:
        held.why, held.dropped_at = why, None
        held.save(update_fields=["why", "dropped_at"])
        seat = held
    else:
        seat = Seat.objects.create(session=session, episode=episode, why=why)
    audit.record(
        what="seat.added", about=seat, by=by, at=at, participant_id=episode.participant_id, session=session.pk, why=why
    )
    return seat
