"""The evidence for a review on one page, and the reviews and appointments that came of it."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import QuerySet
from django.http import Http404

from openiop.admissions import queries as admissions
from openiop.alerts.models import Alert
from openiop.attendance import queries as attendance
from openiop.attendance.models import Presence
from openiop.attendance.queries import Absence
from openiop.base.rules import Period, day_starts, local_day, week_of
from openiop.consents.rules import KEPT_BACK
from openiop.continuing import rules
from openiop.continuing.models import Appointment, Review
from openiop.continuing.rules import Facts
from openiop.notes.models import PersonNote, Tie
from openiop.participants.models import Episode
from openiop.plans import queries as plans
from openiop.plans.models import Objective, Plan
from openiop.programs.models import Membership
from openiop.questionnaires import queries as questionnaires
from openiop.questionnaires import rules as scoring
from openiop.recovery import queries as recovery
from openiop.schedule import queries as schedule
from openiop.schedule.models import Session


@dataclass(frozen=True)
class Week:
    """One service week of a person: minutes attended and minutes prescribed (None without a prescription)."""

    first: date
    number: int
    attended: int
    prescribed: int | None


@dataclass(frozen=True)
class Measure:
    """One questionnaire: where it stands, and how far it moved since the last review and since the start."""

    code: str
    name: str
    highest: int
    line: tuple[tuple[date, int], ...]
    last: int | None
    band: str
    answered: int
    since_review: scoring.Change | None
    since_start: scoring.Change | None
    reliable_from: str


@dataclass(frozen=True)
class Aim:
    """One objective of the plan in force with the signed notes that serve it."""

    thread: UUID
    goal: str
    words: str
    measure: str
    baseline: str
    target: str
    target_on: date
    status: str
    notes: int
    last_note: date | None
    sensitive: bool


@dataclass(frozen=True)
class Rated:
    """One dimension: how it is rated now, and how it was."""

    number: int
    name: str
    value: int | None
    was: int | None
    evidence: str


@dataclass(frozen=True)
class Use:
    """A return to use the person reported at a check-in."""

    on: date
    what: str


@dataclass(frozen=True)
class Raised:
    """An alert raised in the period, and how it ended."""

    id: UUID
    on: date
    words: str
    level: str
    outcome: str


@dataclass(frozen=True)
class CheckIns:
    """How often the person checked in, and craving (0 to 10) in the first and last seven days."""

    days: int
    answered: int
    first: float | None
    last: float | None
    highest: int | None
    line: tuple[int | None, ...]
    unsafe: int


@dataclass(frozen=True)
class Evidence:
    """All a review looks at, from the day after the last one (or the start) to today."""

    since: date
    until: date
    rate: attendance.Rate
    weeks: tuple[Week, ...]
    absences: tuple[Absence, ...]
    measures: tuple[Measure, ...]
    check_ins: CheckIns
    uses: tuple[Use, ...]
    plan: Plan | None
    aims: tuple[Aim, ...]
    notes: int
    ratings: tuple[Rated, ...]
    rated_at: datetime | None
    rating_again: bool
    suggested: str
    stops: tuple[str, ...]
    alerts: tuple[Raised, ...]
    facts: Facts

    def snapshot(self) -> dict[str, Any]:
        """The evidence as it stood, as plain values to be kept with the decision."""
        share = self.rate.share
        return {
            "since": self.since.isoformat(),
            "until": self.until.isoformat(),
            "attendance": {
                "attended_minutes": self.rate.attended,
                "scheduled_minutes": self.rate.scheduled,
                "share": None if share is None else round(share, 3),
                "weeks": [
                    {"first": week.first.isoformat(), "attended": week.attended, "prescribed": week.prescribed}
                    for week in self.weeks
                ],
                "absences": [{"on": one.on.isoformat(), "away": one.away} for one in self.absences],
            },
            "measures": [
                {
                    "code": one.code,
                    "name": one.name,
                    "last": one.last,
                    "band": one.band,
                    "since_review": one.since_review.words if one.since_review else "",
                    "since_start": one.since_start.words if one.since_start else "",
                    "worse": _reliably(one.since_review, better=False),
                }
                for one in self.measures
            ],
            "check_ins": {
                "days": self.check_ins.days,
                "answered": self.check_ins.answered,
                "craving_first": self.check_ins.first,
                "craving_last": self.check_ins.last,
                "unsafe": self.check_ins.unsafe,
            },
            "uses": [{"on": one.on.isoformat(), "what": one.what} for one in self.uses],
            "objectives": [
                {
                    "words": KEPT_BACK if one.sensitive else one.words,
                    "status": one.status,
                    "notes": one.notes,
                    "target": one.target,
                }
                for one in self.aims
            ],
            "ratings": [{"dimension": one.number, "value": one.value, "was": one.was} for one in self.ratings],
            "suggested": self.suggested,
            "stops": list(self.stops),
            "alerts": [{"words": one.words, "level": one.level, "outcome": one.outcome} for one in self.alerts],
        }


def _reliably(change: scoring.Change | None, *, better: bool) -> bool:
    return change is not None and change.reliable and change.better is better


def reviews(episode_id: UUID) -> list[Review]:
    """Every review of the episode with who decided it, newest first."""
    rows = Review.objects.filter(episode_id=episode_id).select_related("decided_by")
    return list(rows.order_by("-decided_at", "pk"))


def last_review(episode_id: UUID) -> Review | None:
    """The newest review of the episode, or None."""
    return (
        Review.objects.filter(episode_id=episode_id).select_related("decided_by").order_by("-decided_at", "pk").first()
    )


def review_of(episode_ids: list[UUID], review_id: UUID) -> Review:
    """One review of these episodes; else 404."""
    row = (
        Review.objects.select_related("decided_by", "episode").filter(pk=review_id, episode_id__in=episode_ids).first()
    )
    if row is None:
        raise Http404
    return row


def happened(episode: Episode) -> list[str]:
    """What already happened in the stay, as sentences: then its first day stands."""
    told = (
        (Presence.objects.filter(episode=episode), "Attendance is on record."),
        (PersonNote.objects.filter(episode=episode), "A note is on record."),
        (Plan.objects.filter(episode=episode, signatures__isnull=False), "A plan is signed."),
        (Review.objects.filter(episode=episode), "A review is decided."),
        (Appointment.objects.filter(episode=episode), "An appointment is booked."),
    )
    return [words for rows, words in told if rows.exists()]


@dataclass(frozen=True)
class Booked:
    """One appointment with what came of it: a visit here as attendance has it, another as it was marked."""

    row: Appointment
    status: str
    says: str
    with_whom: str
    where: str
    by: Membership | None = None
    marked_at: datetime | None = None


def _booked(row: Appointment, mark: Presence | None) -> Booked:
    if row.visit is None:
        says = row.get_status_display()
        return Booked(row, row.status, says, row.with_whom, row.where, row.closed_by, row.closed_at)
    status, says = Appointment.Status.BOOKED, "Booked"
    if row.visit.status == Session.Status.CANCELLED or (mark and mark.away == Presence.Away.PROGRAM):
        status, says = Appointment.Status.CANCELLED, "Called off"
    elif mark is not None:
        status = Appointment.Status.KEPT if mark.here else Appointment.Status.MISSED
        says = "Kept" if mark.here else f"Missed, {mark.get_away_display().lower()}"
    return Booked(
        row,
        status,
        says,
        row.visit.facilitator.label,
        row.visit.place.name,
        mark.recorded_by if mark else None,
        mark.recorded_at if mark else None,
    )


def _with_visits() -> QuerySet[Appointment]:
    return Appointment.objects.select_related(
        "closed_by", "booked_by", "elsewhere", "visit__facilitator", "visit__place", "episode__participant__program",
        "episode__primary__program",
    )  # fmt: skip


def booked(appointment: Appointment) -> Booked:
    """One appointment with what came of it."""
    row = _with_visits().get(pk=appointment.pk)
    mark = Presence.objects.filter(session=row.visit_id, episode=row.episode_id, replaced_at__isnull=True)
    return _booked(row, mark.select_related("recorded_by").first() if row.visit_id else None)


def appointments(participant_id: UUID) -> list[Booked]:
    """Every appointment of the person that follows a change of level, newest first."""
    rows = list(_with_visits().filter(episode__participant_id=participant_id).order_by("-at", "pk"))
    marks = Presence.objects.filter(
        session__in=[row.visit_id for row in rows if row.visit_id], replaced_at__isnull=True
    ).select_related("recorded_by")
    found = {(mark.session_id, mark.episode_id): mark for mark in marks.order_by("pk")}
    return [_booked(row, found.get((row.visit_id, row.episode_id))) for row in rows]  # type: ignore[arg-type]


def appointment_of(participant_id: UUID, appointment_id: UUID) -> Appointment:
    """One appointment of the person; else 404."""
    row = _with_visits().filter(pk=appointment_id, episode__participant_id=participant_id).first()
    if row is None:
        raise Http404
    return row


def booked_ahead(episode_id: UUID, at: datetime) -> bool:
    """Whether an appointment of the episode stands booked ahead."""
    rows = Appointment.objects.filter(episode_id=episode_id, status=Appointment.Status.BOOKED, at__gt=at)
    return rows.exclude(visit__status=Session.Status.CANCELLED).exists()


def works_here(episode: Episode, name: str, at: datetime) -> bool:
    """Whether the name is that of someone who leads in the person's program."""
    program = episode.participant.program
    said = name.strip().casefold()
    staff = schedule.who_may_lead(program.pk, local_day(at, program.zone))
    return any(said in {member.name.casefold(), member.label.casefold()} for member in staff)


def in_the_way(episode: Episode, booking: rules.Booking, facilitator: Membership | None) -> list[str]:
    """What stands against the time of an appointment that may be booked all the same, where it was agreed."""
    local = booking["at"].astimezone(ZoneInfo(episode.participant.program.zone))
    when = (local.date(), local.time(), booking.get("minutes", 50))
    found = schedule.in_the_way(episode, *when, words="This appointment")
    if facilitator is not None:
        return [*schedule.out_then(facilitator, [local.date()]), *found]
    return found + schedule.expected_then(episode, *when)


def visits_called_off(at: datetime) -> list[Appointment]:
    """Visits of a stay that goes on, called off in the week, where nothing else is booked and no alert says so."""
    told = Alert.objects.filter(kind="no-next-appointment", source="continuing.appointment").values_list(
        "source_id", flat=True
    )
    rows = _with_visits().filter(
        visit__status=Session.Status.CANCELLED, at__gt=at - timedelta(days=rules.NEXT_VISIT_DAYS),
        episode__ended_on__isnull=True,
    )  # fmt: skip
    rows = rows.exclude(pk__in=list(told)).order_by("at", "pk")
    return [row for row in rows if not booked_ahead(row.episode_id, at)]


def since_of(episode: Episode, last: Review | None, zone: str) -> date:
    """The first day the next review looks at: the day of the last one, else the start of the stay."""
    return local_day(last.decided_at, zone) if last else episode.started_on


def weeks(episode: Episode, first: date, until: date) -> list[Week]:
    """Each service week from the one that holds `first` to the one that holds `until`, in two queries."""
    span = []
    monday = week_of(first).first
    while monday <= until:
        span.append(monday)
        monday += timedelta(days=7)
    if not span:
        return []
    rows = Presence.objects.filter(
        episode=episode, replaced_at__isnull=True, session__on__gte=span[0], session__on__lte=until
    )
    attended = dict.fromkeys(span, 0)
    for on, minutes in rows.values_list("session__on", "minutes").order_by("pk"):
        attended[week_of(on).first] += minutes
    prescribed = schedule.prescription_history(episode.pk)
    held = [(row.from_on, row.minutes_a_week) for row in prescribed]
    return [
        Week(
            first=one,
            number=1 + (one - week_of(episode.started_on).first).days // 7,
            attended=attended[one],
            prescribed=next((minutes for from_on, minutes in held if from_on < one + timedelta(days=7)), None),
        )
        for one in span
    ]


def measure_lines(participant_id: UUID, starts: date, since: date) -> list[Measure]:
    """Each questionnaire of this stay against the reliable change of its makers; one query each."""
    found = []
    for code, read in questionnaires.instruments().items():
        opens = starts - questionnaires.BEFORE_ADMISSION
        line = [(on, points) for on, points in questionnaires.trend(participant_id, code) if on >= opens]
        before = [points for on, points in line if on < since]
        within = [points for on, points in line if on >= since]
        reference = before[-1] if before else (within[0] if len(within) > 1 else None)
        last = line[-1][1] if line else None
        band = scoring.band(read, last)
        found.append(
            Measure(
                code=code,
                name=read.name,
                highest=read.highest,
                line=tuple(line),
                last=last,
                band=band.name if band else "",
                answered=len(within),
                since_review=scoring.change(read, reference, within[-1]) if within and reference is not None else None,
                since_start=scoring.change(read, line[0][1], line[-1][1]) if len(line) > 1 else None,
                reliable_from=f"{read.name}: reliable from {read.rc_points} points ({read.rc_source}).",
            )
        )
    return found


def _mean(values: list[int]) -> float | None:
    return round(sum(values) / len(values), 1) if values else None


def _check_ins(participant_id: UUID, since: date, today: date) -> CheckIns:
    days = recovery.series(participant_id, Period(since, today + timedelta(days=1)))
    line = tuple(day.craving for day in days)
    answered = [day for day in days if day.mood is not None or day.craving is not None or day.safe]
    cravings = [craving for craving in line if craving is not None]
    return CheckIns(
        days=len(days),
        answered=len(answered),
        first=_mean([one for one in line[:7] if one is not None]),
        last=_mean([one for one in line[-7:] if one is not None]),
        highest=max(cravings, default=None),
        line=line[-28:],
        unsafe=sum(day.safe in {"unsure", "no"} for day in days),
    )


def _aims(episode: Episode, plan: Plan | None, since: date) -> list[Aim]:
    if plan is None:
        return []
    ties = Tie.objects.filter(part__episode=episode, part__status=PersonNote.Status.SIGNED)
    marked = frozenset(plans.marks(plan))
    served: dict[UUID, list[date]] = {}
    for thread, on in ties.values_list("objective", "part__note__session__on").order_by("pk"):
        served.setdefault(thread, []).append(on)
    return [
        Aim(
            thread=step.thread,
            goal=goal.words,
            words=step.words,
            measure=step.measure,
            baseline=step.baseline,
            target=step.target,
            target_on=step.target_on,
            status=step.status,
            notes=sum(on >= since for on in served.get(step.thread, [])),
            last_note=max(served.get(step.thread, []), default=None),
            sensitive=bool({str(problem.thread), str(goal.thread)} & marked),
        )
        for problem in plans.tree(plan).problems
        for goal in problem.goals.all()
        for step in goal.objectives.all()
    ]


def evidence(episode: Episode, since: date, at: datetime, *, prepared: bool = False) -> Evidence:
    """Everything since the day, from every room that knows something; the same number of queries for any amount."""
    participant = episode.participant
    zone = participant.program.zone
    today = local_day(at, zone)
    tomorrow = today + timedelta(days=1)
    last = last_review(episode.pk)
    measures = measure_lines(participant.pk, episode.started_on, since)
    rate = attendance.rate_to_now(episode.pk, since, today)
    plan = plans.plan_in_force(episode.pk)
    aims = _aims(episode, plan, since)
    uses = [
        Use(one.on, one.use)
        for one in recovery.shared(participant.pk)
        if one.on >= since and one.use not in {"", "none"}
    ]
    assessment = admissions.last_decided(participant.pk)
    board = admissions.board(assessment) if assessment else None
    ratings = [
        Rated(line.dimension.number, line.dimension.name, line.value, line.was, line.evidence)
        for line in (board.lines if board else ())
    ]
    rated_at = assessment.decided_at if assessment else None
    rated_on = local_day(rated_at, zone) if rated_at else None
    rated_since = rated_on is not None and last is not None and rated_on >= since
    stops = tuple(admissions.open_stops(participant.pk).values_list("code", flat=True))
    suggested = str(board.suggestion.level) if board and board.suggestion else ""
    raised = Alert.objects.filter(participant=participant, raised_at__gte=day_starts(since, zone))
    kept = last.evidence if last else {}
    facts = Facts(
        level=episode.level,
        rated_days_ago=(today - rated_on).days if rated_on else None,
        rated_since=rated_since,
        ratings=[one.value for one in ratings if one.value is not None],
        before=[one.was for one in ratings if one.value is not None],
        open_stops=len(stops),
        suggested=suggested,
        suggested_before=kept.get("suggested", ""),
        objectives=len(aims),
        met=sum(one.status == Objective.Status.MET for one in aims),
        plan_changed=plan is not None
        and plan.version > 1
        and plan.signed_at is not None
        and local_day(plan.signed_at, zone) >= since,
        attendance=rate.share,
        totals=sum(one.answered for one in measures),
        better=any(
            _reliably(one.since_review, better=True) or _reliably(one.since_start, better=True) for one in measures
        ),
        worse=any(_reliably(one.since_review, better=False) for one in measures),
        worse_before=any(one.get("worse", False) for one in kept.get("measures", [])),
        use_days=len({one.on for one in uses}),
        prepared=prepared,
    )
    return Evidence(
        since=since,
        until=today,
        rate=rate,
        weeks=tuple(weeks(episode, since, today)),
        absences=tuple(attendance.absences(episode.pk, since, tomorrow)),
        measures=tuple(measures),
        check_ins=_check_ins(participant.pk, since, today),
        uses=tuple(uses),
        plan=plan,
        aims=tuple(aims),
        notes=PersonNote.objects.filter(
            episode=episode, status=PersonNote.Status.SIGNED, note__session__on__gte=since
        ).count(),
        ratings=tuple(ratings),
        rated_at=rated_at,
        rating_again=admissions.draft(participant.pk) is not None,
        suggested=suggested,
        stops=stops,
        alerts=tuple(
            Raised(row.pk, local_day(row.raised_at, zone), row.words, row.level, row.outcome)
            for row in raised.order_by("-raised_at", "kind", "pk")
        ),
        facts=facts,
    )


def seen(last: Review | None, episode: Episode) -> str:
    """What someone about to decide has before them, so that a page open too long is noticed."""
    return f"{last.pk if last else 'first'}:{episode.level}:{episode.ended_on or 'open'}"


# What falls due


def reviews_overdue(at: datetime) -> list[Episode]:
    """Open episodes of every program whose review date has passed there, without an alert that says so."""
    latest = local_day(at, "Pacific/Kiritimati")  # the first place on earth to see a new day
    rows = Episode.objects.open().filter(review_on__lt=latest)
    late = [
        episode
        for episode in rows.select_related("participant__program", "primary__program").order_by("review_on", "pk")
        if episode.review_on < local_day(at, episode.participant.program.zone)
    ]
    told = set(
        Alert.objects.filter(kind="review-due", source="participants.episode").values_list("source_id", "words")
        if late
        else []
    )
    return [episode for episode in late if (str(episode.pk), due_words(episode)) not in told]


def due_words(episode: Episode) -> str:
    """What the alert about a review past its day says."""
    return f"Level review was due {episode.review_on:%b} {episode.review_on.day}"


def appointments_unclosed(at: datetime) -> QuerySet[Appointment]:
    """Appointments long begun that nobody marked as kept or missed, of every program, without an alert that asks."""
    asked = Alert.objects.filter(kind="appointment-open", source="continuing.appointment").values_list(
        "source_id", flat=True
    )
    rows = Appointment.objects.filter(
        status=Appointment.Status.BOOKED, visit__isnull=True, at__lt=at - rules.ASK_AFTER
    )  # who leads a visit here is asked for attendance already
    rows = rows.exclude(pk__in=list(asked)).select_related("episode__participant__program", "episode__primary__program")
    return rows.order_by("at", "pk")
