"""The first page of one record: golden thread, measures, and what happened; each part only where the guard lets."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from openiop.alerts.models import Alert
from openiop.attendance import queries as attendance
from openiop.attendance import rules as presence_rules
from openiop.attendance.models import Presence
from openiop.audit.models import Event as AuditEvent
from openiop.base.rules import Period, day_starts, local_day, week_of
from openiop.consents import queries as consents
from openiop.consents.queries import Opened
from openiop.consents.rules import KIND_WORDS, Kind, in_force
from openiop.continuing import queries as continuing
from openiop.continuing.models import Review
from openiop.continuing.rules import END_WORDS, End
from openiop.desk import rules
from openiop.desk.queries.caseload import hours_of, kinds_for
from openiop.desk.rules import Drawing, Event, Line, Signs
from openiop.notes.models import PersonNote, Tie
from openiop.participants import queries as participants
from openiop.participants.models import Diagnosis, Episode, LevelOfCare
from openiop.participants.rules import LEVEL_WORDS, Level
from openiop.plans import queries as plans
from openiop.plans.models import Objective, Plan
from openiop.programs.models import Membership
from openiop.questionnaires import queries as questionnaires
from openiop.questionnaires.models import Response
from openiop.questionnaires.rules import SHADES
from openiop.recovery import queries as recovery
from openiop.recovery.models import CheckIn
from openiop.schedule import queries as schedule
from openiop.schedule.models import Session

GAP_DAYS = 14  # an objective without a signed note this long says so (program default)
WEEKS_SHOWN = 8
SHORT, LONG = 14, 200
HIGH_CRAVING = 7  # from here on a day's check-in stands on the short timeline (program default)
NEVER_ASKED = frozenset({Kind.REFERRAL, Kind.MEDICATIONS, Kind.ACCESS_LOG})
USE_WORDS = {
    "alcohol": "Alcohol",
    "drug": "Another substance",
    "behavior": "Gambling or another behavior",
    "unsure": "Not sure",
}


@dataclass(frozen=True)
class Step:
    """One objective of the golden thread, from what we do to where it stands."""

    words: str
    target: str
    target_on: date
    work: str
    who: str
    counts: tuple[int, ...]
    notes: int
    last_note: date | None
    status: str
    gap: int | None
    scores: tuple[int, ...]
    highest: int


@dataclass(frozen=True)
class Goal:
    """One goal with its objectives."""

    words: str
    steps: tuple[Step, ...]


@dataclass(frozen=True)
class Problem:
    """One problem with its goals; `rows` is how many objectives it spans."""

    words: str
    code: str
    goals: tuple[Goal, ...]

    @property
    def rows(self) -> int:
        """How many lines of the table it spans."""
        return sum(len(goal.steps) for goal in self.goals)


@dataclass(frozen=True)
class Entry:
    """One thing on the timeline."""

    at: datetime
    when: str
    title: str
    detail: str
    state: str
    page: str = ""
    id: UUID | None = None


@dataclass(frozen=True)
class Overview:
    """All of a record's first page that the viewer's roles read; what they do not is named in `hidden`."""

    kinds: frozenset[Kind]
    hidden: tuple[str, ...]
    today: date
    level: str
    level_since: date | None
    week: int
    done: int
    due: int
    planned: int
    rate: float | None
    tone: str
    why: str
    consents: int
    consent_ends: date | None
    diagnoses: tuple[Diagnosis, ...]
    plan: Plan | None
    problems: tuple[Problem, ...]
    gaps: int
    weeks: tuple[int, ...]
    drawing: Drawing | None
    scores: tuple[tuple[str, tuple[tuple[date, int], ...]], ...]
    timeline: tuple[Entry, ...]
    more: bool
    next_session: Session | None
    sessions: tuple[Entry, ...]

    def sees(self, kind: str) -> bool:
        """Whether the viewer's roles read this kind of information."""
        return Kind(kind) in self.kinds

    @property
    def shown(self) -> frozenset[Kind]:
        """The kinds of information this page in fact holds."""
        return self.kinds - NEVER_ASKED


def _thread(
    episode: Episode, plan: Plan, weeks: range, today: date, scores: dict[str, list[tuple[date, int]]], *, notes: bool
) -> list[Problem]:
    served: dict[UUID, list[date]] = {}
    if notes:
        ties = Tie.objects.filter(part__episode=episode, part__status=PersonNote.Status.SIGNED)
        for thread, on in ties.values_list("objective", "part__note__session__on").order_by("pk"):
            served.setdefault(thread, []).append(on)
    signed_on = local_day(plan.signed_at, episode.participant.program.zone) if plan.signed_at else today
    names = {code: read.name.casefold() for code, read in questionnaires.instruments().items()}
    problems = []
    for problem in plans.tree(plan).problems:
        goals = []
        for goal in problem.goals.all():
            steps = []
            for step in goal.objectives.all():
                days = served.get(step.thread, [])
                last = max(days, default=None)
                active = step.status == Objective.Status.ACTIVE
                quiet = (today - (last or signed_on)).days
                code = next((code for code, name in names.items() if name in step.measure.casefold()), "")
                works = [work for work in step.interventions.all() if work.status == "active"]
                by_week = [episode.week(on) for on in days]
                steps.append(
                    Step(
                        words=step.words,
                        target=step.target,
                        target_on=step.target_on,
                        work=", ".join(f"{work.words}, {work.frequency.lower()}" for work in works),
                        who=", ".join(sorted({work.responsible.name for work in works})),
                        counts=tuple(by_week.count(number) for number in weeks),
                        notes=len(days),
                        last_note=last,
                        status=step.status,
                        gap=quiet if notes and active and quiet >= GAP_DAYS else None,
                        scores=tuple(points for _, points in scores.get(code, [])),
                        highest=questionnaires.instruments()[code].highest if code else 0,
                    )
                )
            if steps:
                goals.append(Goal(goal.words, tuple(steps)))
        if goals:
            problems.append(Problem(problem.words, problem.diagnosis.code if problem.diagnosis else "", tuple(goals)))
    return problems


def _drawing(
    episode: Episode,
    kinds: frozenset[Kind],
    scores: dict[str, list[tuple[date, int]]],
    days: list[recovery.Day],
    weeks: list[continuing.Week],
    events: list[Event],
    today: date,
) -> Drawing | None:
    lines = []
    if Kind.MEASURES in kinds:
        for code, read in questionnaires.instruments().items():
            bands = [
                (band.low, band.high + (band.high < read.highest), band.name, SHADES.get(band.name, ""))
                for band in read.bands
            ]
            lines.append(Line(read.name, f"0–{read.highest}", read.highest, scores.get(code, []), bands))
    if Kind.CHECKINS in kinds:
        series = [(day.on, None if day.craving is None else float(day.craving)) for day in days]
        lines.append(Line("Craving", "daily, 0–10", 10, series, [(0, 3, "", "band")], per_point=7.2, dots=False))
    if not lines and Kind.ATTENDANCE not in kinds:
        return None
    hours = [(week.first, week.attended) for week in weeks] if Kind.ATTENDANCE in kinds else []
    prescribed = next((week.prescribed for week in reversed(weeks) if week.prescribed), None)
    return rules.draw(lines, hours, prescribed=prescribed, events=events, starts=episode.started_on, today=today)


def _timeline(
    opened: Opened, episode: Episode, kinds: frozenset[Kind], at: datetime, upcoming: Session | None, *, long: bool
) -> tuple[list[Entry], list[Event]]:
    """What happened, newest first, and what of it stands on the chart; the short list leaves out quiet days."""
    limit = LONG if long else SHORT
    zone, person = opened.participant.program.zone, opened.participant.pk
    today = local_day(at, zone)
    found: list[Entry] = []
    events: list[Event] = []

    def add(
        when: datetime, title: str, detail: str = "", state: str = "done", page: str = "", key: UUID | None = None
    ) -> None:
        local = local_day(when, zone)
        words = rules.when(when, at, zone) if local == today else f"{local:%a %b} {local.day}"
        found.append(Entry(when, words, title, detail, state, page, key))

    def on_day(on: date) -> datetime:
        return day_starts(on, zone) + timedelta(hours=12)

    if Kind.ATTENDANCE in kinds:
        signers: dict[UUID, str] = {}
        if Kind.NOTES in kinds:
            parts = PersonNote.objects.filter(episode=episode, status=PersonNote.Status.SIGNED)
            signers = dict(
                parts.order_by("-note__session__starts_at", "pk").values_list("note__session_id", "signed_by__name")[
                    :limit
                ]
            )
        marked = Presence.objects.filter(replaced_at__isnull=True, episode=episode)
        for session_id, starts, title, here, minutes, away, late, early in marked.order_by(
            "-session__starts_at", "pk"
        ).values_list(
            "session_id", "session__starts_at", "session__title", "here", "minutes", "away", "late", "left_early"
        )[:limit]:
            if here:
                how = " and ".join(word for word, holds in (("late", late), ("left early", early)) if holds) or "here"
                note = f"Note signed by {signers[session_id]}" if session_id in signers else ""
                said = ". ".join(one for one in (how[0].upper() + how[1:], note) if one)
                add(starts, f"{title}, {minutes / 60:.1f} h", said, "done", "attendance:session", session_id)
            else:
                reason = presence_rules.AWAY_WORDS.get(away, away)
                add(
                    starts,
                    f"{title} missed" if away != presence_rules.PROGRAM else title,
                    reason,
                    "past",
                    "attendance:session",
                    session_id,
                )
    if Kind.CHECKINS in kinds:
        checks = CheckIn.objects.filter(participant_id=person).order_by("-on", "pk")
        for on, mood, craving, safe, use, answered_at in checks.values_list(
            "on", "mood", "craving", "safe", "use", "answered_at"
        )[:limit]:
            told = [f"{name} {value}" for name, value in (("mood", mood), ("craving", craving)) if value is not None]
            told += {"no": ["does not feel safe"], "unsure": ["not sure about safety"]}.get(safe, [])
            if use not in {"", "none"}:
                told.append("return to use")
                events.append(Event(on, f"Return to use: {USE_WORDS.get(use, '').lower()}"))
            telling = use not in {"", "none"} or safe in {"no", "unsure"} or (craving or 0) >= HIGH_CRAVING
            if not (long or telling or on == today):
                continue
            line = ", ".join(told)
            add(answered_at, "Check-in", line[:1].upper() + line[1:])
    if Kind.MEASURES in kinds:
        names = {code: read.name for code, read in questionnaires.instruments().items()}
        answered = Response.objects.filter(participant_id=person, completed_at__isnull=False)
        for pk, code, completed, total, band in answered.order_by("-completed_at", "pk").values_list(
            "pk", "instrument", "completed_at", "total", "band"
        )[:limit]:
            assert completed is not None
            score = "Incomplete, not scored" if total is None else f"{total}, {band.lower()}"
            add(completed, names.get(code, code), score, "done", "questionnaires:response", pk)
    if Kind.PLAN in kinds:
        for version, signed_at in (
            Plan.objects.filter(episode=episode, signed_at__isnull=False)
            .order_by("-version", "pk")
            .values_list("version", "signed_at")[:limit]
        ):
            assert signed_at is not None
            add(signed_at, f"Plan, version {version}", "Signed by both", "done", "plans:plan")
    if Kind.PLACEMENT in kinds:
        for level, from_on, decided_at, by in (
            LevelOfCare.objects.filter(episode=episode)
            .order_by("-from_on", "pk")
            .values_list("level", "from_on", "decided_at", "decided_by__name")[:limit]
        ):
            first = from_on == episode.started_on
            add(
                on_day(from_on) if first else decided_at,
                f"{'Admitted to' if first else 'Level changed to'} {level}",
                by,
                "done",
            )
            if not first:
                events.append(Event(from_on, f"Level {level}"))
        for pk, end, decided_at, by in (
            Review.objects.filter(episode=episode)
            .order_by("-decided_at", "pk")
            .values_list("pk", "end", "decided_at", "decided_by__name")[:limit]
        ):
            add(decided_at, f"Review: {END_WORDS[End(end)].lower()}", by, "done", "continuing:past", pk)
    if Kind.ALERTS in kinds:
        for pk, words, raised_at, outcome in (
            Alert.objects.filter(participant_id=person)
            .order_by("-raised_at", "pk")
            .values_list("pk", "words", "raised_at", "outcome")[:limit]
        ):
            add(raised_at, words, "Alert closed" if outcome else "Alert open", "done", "alerts:alert", pk)
    found.sort(key=lambda one: one.at, reverse=True)
    if upcoming is not None:
        state = "now" if upcoming.starts_at <= at else "next"
        words = rules.when(upcoming.starts_at, at, zone)
        found.insert(
            0, Entry(upcoming.starts_at, words, upcoming.title, "Expected", state, "attendance:session", upcoming.pk)
        )
    return found, events


def _next(episode: Episode, at: datetime) -> Session | None:
    """The session the person is in now, else their next one; only what this page shows of it is read."""
    rows = Session.objects.filter(
        seats__episode=episode, seats__dropped_at__isnull=True, ends_at__gt=at, status=Session.Status.PLANNED
    )
    return rows.only("title", "starts_at").order_by("starts_at", "pk").first()


def overview(viewer: Membership, opened: Opened, at: datetime, *, long: bool = False) -> Overview:
    """The record's first page for this viewer; the same number of queries for any amount of history."""
    participant, zone = opened.participant, opened.participant.program.zone
    kinds = kinds_for(viewer, at, opened.relation)
    episode = opened.episode
    today = local_day(at, zone)
    if episode is not None:
        episode.participant = participant
        if episode.ended_on is not None:
            today = min(today, episode.ended_on)
    hidden = tuple(KIND_WORDS[kind] for kind in KIND_WORDS if kind not in kinds | NEVER_ASKED)
    diagnoses = tuple(participants.active_diagnoses(participant.pk)) if Kind.DIAGNOSES in kinds else ()
    active, ends = 0, None
    if Kind.CONSENTS in kinds:
        standing = [one for one in consents.consents_of(participant.pk) if in_force(one.terms(), at)]
        active = len(standing)
        ends = min((local_day(one.expires_at, zone) for one in standing if one.expires_at), default=None)
    alerts: list[tuple[str, str]] = []
    if Kind.ALERTS in kinds:
        rows = Alert.objects.open().filter(participant=participant).order_by("due_at", "pk")
        alerts = list(rows.values_list("level", "words"))
    scores: dict[str, list[tuple[date, int]]] = {}
    done = due = planned = 0
    rate = None
    level_since = None
    plan = None
    problems: list[Problem] = []
    numbers = range(1, 2)
    drawing = None
    entries: list[Entry] = []
    upcoming = None
    week_sessions: list[Entry] = []
    weeks: list[continuing.Week] = []
    if episode is not None:
        week = week_of(today)
        assert week.until is not None
        numbers = range(max(1, episode.week(today) - WEEKS_SHOWN + 1), episode.week(today) + 1)
        if Kind.MEASURES in kinds:
            opens = episode.started_on - questionnaires.BEFORE_ADMISSION
            scores = {
                code: [(on, points) for on, points in questionnaires.trend(participant.pk, code) if on >= opens]
                for code in questionnaires.instruments()
            }
        if Kind.ATTENDANCE in kinds:
            done, due = (found[episode.pk] for found in hours_of([episode.pk], week))
            weeks = continuing.weeks(episode, episode.started_on, today)
            prescribed = weeks[-1].prescribed if weeks else None
            planned = prescribed or schedule.week_hours([episode.pk], week)[episode.pk]
            rate = attendance.rate_to_now(episode.pk, today - timedelta(days=28), today).share
        if Kind.PLACEMENT in kinds:
            level_since = (
                LevelOfCare.objects.filter(episode=episode)
                .order_by("-from_on", "pk")
                .values_list("from_on", flat=True)
                .first()
            )
        if Kind.PLAN in kinds:
            plan = plans.plan_in_force(episode.pk)
            if plan is not None:
                problems = _thread(episode, plan, numbers, today, scores, notes=Kind.NOTES in kinds)
        upcoming = _next(episode, at) if episode.ended_on is None else None
        entries, events = _timeline(opened, episode, kinds, at, upcoming, long=long)
        days = (
            recovery.series(participant.pk, Period(episode.started_on, today + timedelta(days=1)))
            if Kind.CHECKINS in kinds
            else []
        )
        drawing = _drawing(episode, kinds, scores, days, weeks, events, today)
        if Kind.PLAN not in kinds:
            for one in schedule.person_sessions(episode.pk, week.first, week.until):
                state = "past" if one.status == Session.Status.CANCELLED else ("done" if one.ends_at <= at else "open")
                detail = f"{one.place.name}, {(one.ends_at - one.starts_at).total_seconds() / 3600:.1f} h"
                week_sessions.append(
                    Entry(one.starts_at, rules.when(one.starts_at, at, zone), one.get_service_display(), detail, state)
                )
    tone, why = rules.tone(
        Signs(
            alerts=alerts,
            done=done,
            due=due,
            overdue=bool(episode and not episode.ended_on and episode.review_on < today),
        )
    )
    limit = LONG if long else SHORT
    return Overview(
        kinds=kinds,
        hidden=hidden,
        today=today,
        level=f"{episode.level} {LEVEL_WORDS[Level(episode.level)].lower()}" if episode else "",
        level_since=level_since,
        week=episode.week(today) if episode else 0,
        done=done,
        due=due,
        planned=planned,
        rate=rate,
        tone=tone,
        why=why,
        consents=active,
        consent_ends=ends,
        diagnoses=diagnoses,
        plan=plan,
        problems=tuple(problems),
        gaps=sum(step.gap is not None for problem in problems for goal in problem.goals for step in goal.steps),
        weeks=tuple(numbers),
        drawing=drawing,
        scores=tuple((questionnaires.instruments()[code].name, tuple(line)) for code, line in scores.items() if line),
        timeline=tuple(entries[:limit]),
        more=not long and len(entries) > limit,
        next_session=upcoming,
        sessions=tuple(week_sessions),
    )


@dataclass(frozen=True)
class Look:
    """One time someone opened part of the record."""

    at: datetime
    name: str
    role: str
    kind: str
    page: str
    rule: str


PAGE_WORDS = {
    "desk:chart": "Overview",
    "desk:today": "Today",
    "desk:people": "People",
    "desk:find": "Search",
    "desk:who_looked": "Who looked",
    "alerts:list": "Alerts",
    "alerts:alert": "One alert",
    "attendance:session": "A session",
    "continuing:review": "Review",
    "plans:plan": "Plan",
    "notes:list": "Notes",
    "questionnaires:measures": "Measures",
    "admissions:placement": "Placement",
    "consents:list": "Consents",
}


def _kinds(facts: Mapping[str, Any]) -> str:
    """The kinds of information an event names, in words."""
    named = facts.get("kinds") or [facts.get("kind", "")]
    return ", ".join(KIND_WORDS.get(kind, kind) for kind in named)


def looks(participant_id: UUID, page: int, *, size: int = 50) -> tuple[list[Look], bool]:
    """One page of who opened the record, newest first, and whether there are earlier ones; two queries."""
    rows = AuditEvent.objects.about_person(participant_id).filter(what="chart.opened").order_by("-at", "pk")
    start = (page - 1) * size
    events = list(rows.values("at", "by_id", "by_role", "facts")[start : start + size + 1])
    ids = {event["by_id"] for event in events if event["by_id"]}
    names = {str(member.pk): member.label for member in Membership.objects.filter(pk__in=ids)}
    found = [
        Look(
            at=event["at"],
            name=names.get(event["by_id"], "The program at work"),
            role=event["by_role"].replace(",", ", "),
            kind=_kinds(event["facts"]),
            page=PAGE_WORDS.get(
                event["facts"].get("page", ""), event["facts"].get("page", "").split(":")[-1].replace("_", " ")
            ),
            rule=event["facts"].get("rule", ""),
        )
        for event in events[:size]
    ]
    return found, len(events) > size
