"""The first page of one record: golden thread, measures, and what happened; each part only where the guard lets."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from django.db.models import Q

from openiop.alerts.models import Alert
from openiop.attendance import queries as attendance
from openiop.attendance import rules as presence_rules
from openiop.attendance.models import Presence
from openiop.base.rules import day_starts, local_day, week_of
from openiop.consents import queries as consents
from openiop.consents.queries import Opened
from openiop.consents.rules import KIND_WORDS, Kind, in_force
from openiop.continuing import queries as continuing
from openiop.continuing.models import Review
from openiop.continuing.rules import END_WORDS, End
from openiop.desk import rules
from openiop.desk.queries.caseload import answers_for, hours_of
from openiop.desk.rules import Drawing, Event, Line, Signs
from openiop.notes.models import PersonNote, Tie
from openiop.participants import queries as participants
from openiop.participants.models import Diagnosis, Episode, LevelOfCare, Participant
from openiop.participants.rules import LEVEL_WORDS, Level
from openiop.plans import queries as plans
from openiop.plans.models import Objective, Plan
from openiop.programs.models import Membership
from openiop.programs.rules import Permission
from openiop.questionnaires import queries as questionnaires
from openiop.questionnaires.models import Response
from openiop.questionnaires.rules import SHADES
from openiop.recovery.models import CheckIn
from openiop.schedule import queries as schedule
from openiop.schedule.models import Session

GAP_DAYS = 14  # an objective without a signed note this long says so (program default)
WEEKS_SHOWN = 8
SHORT, LONG = 14, 200
DRAWN = timedelta(weeks=26)  # of a longer stay the measures are drawn over its last half year, beside the first score
HIGH_CRAVING = 7  # from here on a day's check-in stands on the short timeline (program default)
NEVER_ASKED = frozenset({Kind.REFERRAL, Kind.MEDICATIONS, Kind.ACCESS_LOG, Kind.DISCLOSURES, Kind.COUNSELING_NOTES})
USE_WORDS = {
    "alcohol": "Alcohol",
    "drug": "Another substance",
    "behavior": "Gambling or another behavior",
    "unsure": "Not sure",
}


SAID = ("on", "mood", "craving", "safe", "use", "answered_at")
ANSWERED = ("pk", "instrument", "version", "completed_at", "total", "band")
DECIDED = ("level", "from_on", "decided_at", "decided_by__name")


class Said(NamedTuple):
    """One day's check-in."""

    on: date
    mood: int | None
    craving: int | None
    safe: str
    use: str
    answered_at: datetime


class Answered(NamedTuple):
    """One questionnaire handed in; no total where it was left incomplete."""

    pk: UUID
    instrument: str
    version: str
    completed_at: datetime
    total: int | None
    band: str


class Decided(NamedTuple):
    """One level of care, from when, and who decided on it."""

    level: str
    from_on: date
    decided_at: datetime
    by: str


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
    fields: frozenset[tuple[Kind, str]]
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
    kept: int
    gaps: int
    weeks: tuple[int, ...]
    drawing: Drawing | None
    scores: tuple[tuple[str, tuple[tuple[date, int], ...]], ...]
    timeline: tuple[Entry, ...]
    more: bool
    next_session: Session | None
    sessions: tuple[Entry, ...]
    also: tuple[Participant, ...] = ()

    def sees(self, kind: str) -> bool:
        """Whether the viewer's roles read this kind of information."""
        return Kind(kind) in self.kinds

    def shows(self, kind: str, name: str) -> bool:
        """Whether this field of the kind is for the viewer."""
        return (Kind(kind), name) in self.fields

    @property
    def shown(self) -> frozenset[Kind]:
        """The kinds of information this page in fact holds."""
        return self.kinds - NEVER_ASKED


def _thread(
    episode: Episode,
    plan: Plan,
    weeks: range,
    today: date,
    scores: dict[str, list[tuple[date, int]]],
    *,
    notes: bool,
    hidden: frozenset[str],
) -> list[Problem]:
    """From problem to proof, in plan order: every objective of the version, with the work that goes on under it."""
    served: dict[UUID, list[date]] = {}
    if notes:
        ties = Tie.objects.filter(part__episode=episode, part__status=PersonNote.Status.SIGNED)
        for thread, on in ties.values_list("objective", "part__note__session__on").order_by("pk"):
            served.setdefault(thread, []).append(on)
    signed_on = local_day(plan.signed_at, episode.participant.program.zone) if plan.signed_at else today
    read = questionnaires.instruments()
    names = {code: one.name.casefold() for code, one in read.items()}
    under: dict[tuple[UUID, str, str], dict[tuple[UUID, str], list[Step]]] = {}
    for lines in plans.thread(plan, hidden):
        step = lines[0]
        days = served.get(step.thread, [])
        last = max(days, default=None)
        quiet = (today - (last or signed_on)).days
        active = step.status == Objective.Status.ACTIVE
        code = next((code for code, name in names.items() if name in step.measure.casefold()), "")
        by_week = [episode.week(on) for on in days]
        works = [one for one in lines if one.work_status == "active"]
        goals = under.setdefault((step.problem_id, step.problem, step.code or ""), {})
        goals.setdefault((step.goal_id, step.goal), []).append(
            Step(
                words=step.words,
                target=step.target,
                target_on=step.target_on,
                work=", ".join(f"{one.work}, {(one.frequency or '').lower()}" for one in works),
                who=", ".join(sorted({one.who or "" for one in works})),
                counts=tuple(by_week.count(number) for number in weeks),
                notes=len(days),
                last_note=last,
                status=step.status,
                gap=quiet if notes and active and quiet >= GAP_DAYS else None,
                scores=tuple(points for _, points in scores.get(code, [])),
                highest=read[code].highest if code else 0,
            )
        )
    return [
        Problem(words, code, tuple(Goal(goal, tuple(steps)) for (_, goal), steps in goals.items()))
        for (_, words, code), goals in under.items()
    ]


def _drawing(
    episode: Episode,
    kinds: frozenset[Kind],
    scores: dict[str, list[tuple[date, int]]],
    said: Sequence[Said],
    weeks: list[continuing.Week],
    events: list[Event],
    today: date,
) -> Drawing | None:
    lines = []
    starts = drawn_from(episode, today)
    if Kind.MEASURES in kinds:
        for code, read in questionnaires.instruments().items():
            bands = [
                (band.low, band.high + (band.high < read.highest), band.name, SHADES.get(band.name, ""))
                for band in read.bands
            ]
            drawn = [
                (on, points) for on, points in scores.get(code, []) if on >= starts or starts == episode.started_on
            ]
            lines.append(Line(read.name, f"0–{read.highest}", read.highest, drawn, bands))
    if Kind.CHECKINS in kinds:
        cravings = {one.on: one.craving for one in said}
        span = [starts + timedelta(days=n) for n in range((today - starts).days + 1)]
        series = [(on, None if cravings.get(on) is None else float(cravings[on] or 0)) for on in span]
        lines.append(Line("Craving", "daily, 0–10", 10, series, [(0, 3, "", "band")], per_point=7.2, dots=False))
    if not lines and Kind.ATTENDANCE not in kinds:
        return None
    hours = [(week.first, week.attended) for week in weeks] if Kind.ATTENDANCE in kinds else []
    prescribed = next((week.prescribed for week in reversed(weeks) if week.prescribed), None)
    return rules.draw(
        lines, hours, prescribed=prescribed, events=events, starts=starts, today=today, first_week=episode.week(starts)
    )


def drawn_from(episode: Episode, today: date) -> date:
    """The day the drawing begins: the first of the stay, or of a week half a year back in a longer one."""
    if today - episode.started_on <= DRAWN:
        return episode.started_on
    return episode.started_on + timedelta(weeks=(today - DRAWN - episode.started_on).days // 7)


def _of_late(line: list[tuple[date, int]], since: date) -> list[tuple[date, int]]:
    """The first score, and those from this day on."""
    return [*line[:1], *(one for one in line[1:] if one[0] >= since)]


@dataclass(frozen=True)
class History:
    """What several parts of the page rest on, each read once and newest first; empty where the guard says so."""

    said: Sequence[Said]
    answered: Sequence[Answered]
    plans: Sequence[Plan]
    levels: Sequence[Decided]


def _history(participant_ids: list[UUID], episode: Episode, kinds: frozenset[Kind]) -> History:
    said = CheckIn.objects.filter(participant_id__in=participant_ids).order_by("-on", "pk")
    answered = Response.objects.filter(participant_id__in=participant_ids, completed_at__isnull=False)
    levels = LevelOfCare.objects.filter(episode=episode).order_by("-from_on", "pk")
    return History(
        said=[Said(*row) for row in said.values_list(*SAID)[:LONG]] if Kind.CHECKINS in kinds else (),
        answered=[Answered(*row) for row in answered.order_by("-completed_at", "pk").values_list(*ANSWERED)]
        if Kind.MEASURES in kinds
        else (),
        plans=list(plans.versions(episode.pk)) if Kind.PLAN in kinds else (),
        levels=[Decided(*row) for row in levels.values_list(*DECIDED)] if Kind.PLACEMENT in kinds else (),
    )


def _timeline(
    opened: Opened,
    episode: Episode,
    kinds: frozenset[Kind],
    past: History,
    at: datetime,
    upcoming: Session | None,
    *,
    long: bool,
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
    for one in past.said[:limit]:
        told = [
            f"{name} {value}" for name, value in (("mood", one.mood), ("craving", one.craving)) if value is not None
        ]
        told += {"no": ["does not feel safe"], "unsure": ["not sure about safety"]}.get(one.safe, [])
        if one.use not in {"", "none"}:
            told.append("return to use")
            events.append(Event(one.on, f"Return to use: {USE_WORDS.get(one.use, '').lower()}"))
        telling = one.use not in {"", "none"} or one.safe in {"no", "unsure"} or (one.craving or 0) >= HIGH_CRAVING
        if not (long or telling or one.on == today):
            continue
        line = ", ".join(told)
        add(one.answered_at, "Check-in", line[:1].upper() + line[1:])
    names = {code: read.name for code, read in questionnaires.instruments().items()}
    for row in past.answered[:limit]:
        score = "Incomplete, not scored" if row.total is None else f"{row.total}, {row.band.lower()}"
        add(
            row.completed_at,
            names.get(row.instrument, row.instrument),
            score,
            "done",
            "questionnaires:response",
            row.pk,
        )
    for plan in [one for one in past.plans if one.signed_at][:limit]:
        assert plan.signed_at is not None
        add(plan.signed_at, f"Plan, version {plan.version}", "Signed by both", "done", "plans:plan")
    for held in past.levels[:limit]:
        first = held.from_on == episode.started_on
        add(
            on_day(held.from_on) if first else held.decided_at,
            f"{'Admitted to' if first else 'Level changed to'} {held.level}",
            held.by,
            "done",
        )
        if not first:
            events.append(Event(held.from_on, f"Level {held.level}"))
    if Kind.PLACEMENT in kinds:
        for pk, end, decided_at, by in (
            Review.objects.filter(episode=episode)
            .order_by("-decided_at", "pk")
            .values_list("pk", "end", "decided_at", "decided_by__name")[:limit]
        ):
            add(decided_at, f"Review: {END_WORDS[End(end)].lower()}", by, "done", "continuing:past", pk)
    if Kind.ALERTS in kinds:
        for pk, words, raised_at, outcome in (
            Alert.objects.filter(Q(participant_id=person) | Q(participant__merged_into_id=person))
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


def _overdue(episode: Episode | None, plan: Plan | None, today: date) -> str:
    """Which review is past its day: that of the plan or of the level, the older first; empty where neither is."""
    if episode is None or episode.ended_on is not None:
        return ""
    days = {"level": episode.review_on}
    if plan is not None and plan.review_on is not None:
        days["plan"] = plan.review_on
    first = min(days, key=lambda kind: (days[kind], kind == "plan"))
    return first if days[first] < today else ""


def overview(viewer: Membership, opened: Opened, at: datetime, *, long: bool = False) -> Overview:
    """The record's first page for this viewer; the same number of queries for any amount of history."""
    participant, zone = opened.participant, opened.participant.program.zone
    answers = answers_for(viewer, at, Permission.OPEN_RECORD, opened.relation)
    kinds = frozenset(answers) | opened.emergency_kinds
    episode = opened.episode
    today = local_day(at, zone)
    if episode is not None:
        episode.participant = participant
        if episode.ended_on is not None:
            today = min(today, episode.ended_on)
    hidden = tuple(KIND_WORDS[kind] for kind in KIND_WORDS if kind not in kinds | NEVER_ASKED)
    also = participants.absorbed_by(participant.pk)
    ids = [participant.pk, *(one.pk for one in also)]
    diagnoses = tuple(participants.active_together(ids)) if Kind.DIAGNOSES in kinds else ()
    active, ends = 0, None
    if Kind.CONSENTS in kinds:
        standing = [one for one in consents.consents_of(participant.pk) if in_force(one.terms(), at)]
        active = len(standing)
        ends = min((local_day(one.expires_at, zone) for one in standing if one.expires_at), default=None)
    alerts: list[tuple[str, str]] = []
    if Kind.ALERTS in kinds:
        rows = Alert.objects.open().filter(participant__in=ids).order_by("due_at", "pk")
        alerts = list(rows.values_list("level", "words"))
    scores: dict[str, list[tuple[date, int]]] = {}
    done = due = planned = ahead = asked = 0
    rate = None
    level_since = None
    plan = None
    problems: list[Problem] = []
    kept: frozenset[str] = frozenset()
    numbers = range(1, 2)
    drawing = None
    entries: list[Entry] = []
    upcoming = None
    week_sessions: list[Entry] = []
    weeks: list[continuing.Week] = []
    if episode is not None:
        week = week_of(today)
        assert week.until is not None
        past = _history(ids, episode, kinds)
        numbers = range(max(1, episode.week(today) - WEEKS_SHOWN + 1), episode.week(today) + 1)
        if Kind.MEASURES in kinds:
            opens = episode.started_on - questionnaires.BEFORE_ADMISSION
            lines = {
                code: [
                    (on, one.total)
                    for one in sorted(past.answered, key=lambda one: one.completed_at)
                    if one.instrument == code and one.version == read.version and one.total is not None
                    for on in [local_day(one.completed_at, zone)]
                    if on >= opens
                ]
                for code, read in questionnaires.instruments().items()
            }
            scores = {code: _of_late(line, drawn_from(episode, today)) for code, line in lines.items()}
        if Kind.ATTENDANCE in kinds:
            done, due = (found[episode.pk] for found in hours_of([episode.pk], week))
            weeks = continuing.weeks(episode, drawn_from(episode, today), today)
            prescribed = weeks[-1].prescribed if weeks else None
            ahead = schedule.week_hours([episode.pk], week)[episode.pk]
            planned = prescribed or ahead
            asked = prescribed or 0 if episode.started_on <= week.first else 0
            rate = attendance.rate_to_now(episode.pk, today - timedelta(days=28), today).share
        level_since = past.levels[0].from_on if past.levels else None
        plan = next((one for one in past.plans if one.status == Plan.Status.SIGNED), None)
        if plan is not None:
            kept = plans.kept_back(plan, answers[Kind.PLAN])
            problems = _thread(episode, plan, numbers, today, scores, notes=Kind.NOTES in kinds, hidden=kept)
        upcoming = _next(episode, at) if episode.ended_on is None else None
        entries, events = _timeline(opened, episode, kinds, past, at, upcoming, long=long)
        drawing = _drawing(episode, kinds, scores, past.said, weeks, events, today)
        if Kind.PLAN not in kinds and Kind.SCHEDULE in kinds:
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
            overdue=_overdue(episode, plan if Kind.PLAN in kinds else None, today),
            planned=ahead,
            prescribed=asked if episode and episode.ended_on is None else 0,
        )
    )
    limit = LONG if long else SHORT
    return Overview(
        kinds=kinds,
        hidden=hidden,
        fields=frozenset((kind, name) for kind, access in answers.items() for name in access.fields),
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
        kept=len(kept),
        gaps=sum(step.gap is not None for problem in problems for goal in problem.goals for step in goal.steps),
        weeks=tuple(numbers),
        drawing=drawing,
        scores=tuple((questionnaires.instruments()[code].name, tuple(line)) for code, line in scores.items() if line),
        timeline=tuple(entries[:limit]),
        more=not long and len(entries) > limit,
        next_session=upcoming,
        sessions=tuple(week_sessions),
        also=tuple(also),
    )
