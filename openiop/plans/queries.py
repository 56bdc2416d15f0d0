"""Plans as pages and other rooms need them."""

import hashlib
import json
import tomllib
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple, TypeVar
from uuid import UUID

from django.db.models import Max, Model, Prefetch, QuerySet
from django.http import Http404

from openiop.consents import queries as consents
from openiop.consents.queries import Opened
from openiop.consents.rules import Access, Label, opens_labelled
from openiop.participants import queries as participants
from openiop.participants.models import Diagnosis, Episode
from openiop.plans import rules
from openiop.plans.models import Deferral, Goal, Intervention, Objective, Plan, PlanSignature, Problem
from openiop.programs import queries as programs
from openiop.programs.models import Membership
from openiop.questionnaires import queries as questionnaires

Row = Problem | Goal | Objective | Intervention
Kept = TypeVar("Kept", Problem, Goal, Objective, Intervention)


@dataclass(frozen=True)
class ObjectiveRow:
    """One active objective of a plan in force, as other rooms tie to it."""

    thread: UUID
    words: str
    goal: str
    family: str
    measure: str
    baseline: str
    target: str
    target_on: date


@dataclass(frozen=True)
class Line:
    """One row of the golden thread: an objective (or none yet) beside its goal (or none yet)."""

    goal: Goal | None
    step: Objective | None
    work: list[Intervention]


@dataclass(frozen=True)
class Group:
    """One problem with one of its goals and all rows under it; later goals of a problem follow as groups."""

    problem: Problem
    first: bool
    lines: list[Line]


@dataclass(frozen=True)
class Gap:
    """A family the version does not answer yet, why it must, and where a goal could go."""

    family: str
    words: str
    because: list[str]
    problem: Problem | None
    diagnosis: Diagnosis | None
    deferral: Deferral | None


@dataclass(frozen=True)
class Idea:
    """One text of the library, to be made the person's own."""

    key: str
    topic: str
    words: str
    given: dict[str, Any]


@dataclass(frozen=True)
class Tree:
    """One version, read whole in a fixed number of queries."""

    plan: Plan
    problems: list[Problem]
    deferrals: list[Deferral] = field(default_factory=list)


def versions(episode_id: UUID) -> QuerySet[Plan]:
    """All versions of an episode's plan, newest first."""
    return Plan.objects.filter(episode_id=episode_id).order_by("-version", "pk")


def plan_in_force(episode_id: UUID) -> Plan | None:
    """The signed version in force, or None."""
    return Plan.objects.filter(episode_id=episode_id, status="signed").first()


def draft(episode_id: UUID) -> Plan | None:
    """The version being written, or None."""
    return Plan.objects.filter(episode_id=episode_id, status="draft").first()


def plan_of(episode: Episode, plan_id: UUID) -> Plan:
    """One version of this episode's plan; 404 for any other."""
    found = Plan.objects.filter(pk=plan_id, episode=episode).first()
    if found is None:
        raise Http404
    return found


def tree(plan: Plan, without: Collection[str] = ()) -> Tree:
    """Problems, goals, objectives and interventions of one version, in their order, in five queries.

    `without`: threads of problems and goals that are left out, with all that stands under them.
    """
    interventions = Intervention.objects.select_related("responsible").order_by("place", "pk")
    objectives = Objective.objects.order_by("place", "pk").prefetch_related(Prefetch("interventions", interventions))
    goals = Goal.objects.order_by("place", "pk").prefetch_related(Prefetch("objectives", objectives))
    problems = Problem.objects.filter(plan=plan).select_related("diagnosis").order_by("place", "pk")
    if without:
        goals, problems = goals.exclude(thread__in=without), problems.exclude(thread__in=without)
    return Tree(
        plan=plan,
        problems=list(problems.prefetch_related(Prefetch("goals", goals))),
        deferrals=list(Deferral.objects.filter(plan=plan).order_by("family", "pk")),
    )


class ThreadRow(NamedTuple):
    """One objective of a version beside one piece of work under it; the work's part is empty where there is none."""

    id: UUID
    problem_id: UUID
    problem: str
    code: str | None
    goal_id: UUID
    goal: str
    thread: UUID
    words: str
    measure: str
    target: str
    target_on: date
    status: str
    work: str | None
    frequency: str | None
    work_status: str | None
    who: str | None


def thread(plan: Plan, without: Collection[str] = ()) -> list[list[ThreadRow]]:
    """Every objective of a version in plan order, each with its work; one query. `without` as for `tree`."""
    steps = Objective.objects.filter(goal__problem__plan=plan)
    if without:
        steps = steps.exclude(goal__thread__in=without).exclude(goal__problem__thread__in=without)
    rows = steps.order_by(
        "goal__problem__place", "goal__problem__pk", "goal__place", "goal__pk", "place", "pk",
        "interventions__place", "interventions__pk",
    )  # fmt: skip
    found: dict[UUID, list[ThreadRow]] = {}
    for row in rows.values_list(
        "pk", "goal__problem", "goal__problem__words", "goal__problem__diagnosis__code", "goal", "goal__words",
        "thread", "words", "measure", "target", "target_on", "status", "interventions__words",
        "interventions__frequency", "interventions__status", "interventions__responsible__name",
    ):  # fmt: skip
        found.setdefault(row[0], []).append(ThreadRow(*row))
    return list(found.values())


def marks(plan: Plan) -> dict[str, Label]:
    """How the problems and goals of a version are marked, by the thread they keep; those never marked are left out."""
    problems = Problem.objects.filter(plan=plan).order_by("pk").values_list("thread", flat=True)
    goals = Goal.objects.filter(problem__plan=plan).order_by("pk").values_list("thread", flat=True)
    found = consents.labels(Problem._meta.label_lower, problems) | consents.labels(Goal._meta.label_lower, goals)
    return {thread: word for thread, word in found.items() if word is not Label.NONE}


def kept_back(plan: Plan, access: Access) -> frozenset[str]:
    """Threads of the problems and goals that are marked as sensitive and do not open to whoever got this answer."""
    return frozenset() if opens_labelled(access) else frozenset(marks(plan))


def sensitive_steps(episode_ids: Iterable[UUID]) -> frozenset[UUID]:
    """Threads of objectives that stand under a problem or goal marked as sensitive, in any version; three queries."""
    rows = Objective.objects.filter(goal__problem__plan__episode__in=list(episode_ids)).order_by("pk")
    found = list(rows.values_list("thread", "goal__thread", "goal__problem__thread").distinct())
    marked = consents.labels(Goal._meta.label_lower, {row[1] for row in found})
    marked |= consents.labels(Problem._meta.label_lower, {row[2] for row in found})
    said = {thread for thread, word in marked.items() if word is not Label.NONE}
    return frozenset(step for step, goal, problem in found if {str(goal), str(problem)} & said)


def active(rows: Iterable[Kept]) -> list[Kept]:
    """Those of the rows that have not ended."""
    return [row for row in rows if row.status == "active"]


def groups(read: Tree) -> list[Group]:
    """The golden thread of a version, row by row: what is active, and what still has nothing under it."""
    found = []
    for problem in active(read.problems):
        goals: list[Goal | None] = [*active(problem.goals.all())] or [None]
        for place, goal in enumerate(goals):
            steps: list[Objective | None] = [*active(goal.objectives.all())] if goal else []
            lines = [
                Line(goal=goal, step=step, work=active(step.interventions.all()) if step else [])
                for step in steps or [None]
            ]
            found.append(Group(problem=problem, first=place == 0, lines=lines))
    return found


def ended(read: Tree) -> list[tuple[str, Row]]:
    """What this version ended, in plan order, each with what it is."""
    found: list[tuple[str, Row]] = []
    for problem in read.problems:
        found.append(("Problem", problem))
        for goal in problem.goals.all():
            found.append(("Goal", goal))
            for step in goal.objectives.all():
                found.append(("Objective", step))
                found += [("What we do", work) for work in step.interventions.all()]
    return [(kind, row) for kind, row in found if row.status != "active"]


def lines(read: Tree) -> list[rules.Said]:
    """All an ordinary reader sees of a version, line by line, each with the thread it keeps."""
    plan = read.plan
    found = [rules.Said("own-words", "In their own words", plan.own_words)] if plan.own_words else []
    for problem in active(read.problems):
        found.append(rules.Said(str(problem.thread), "Problem", problem.words))
        for goal in active(problem.goals.all()):
            found.append(rules.Said(str(goal.thread), "Goal", goal.words))
            for step in active(goal.objectives.all()):
                by = f"{step.target_on:%B} {step.target_on.day}, {step.target_on.year}"
                text = f"{step.words}. {step.measure}: from {step.baseline} to {step.target} by {by}"
                found.append(rules.Said(str(step.thread), "Objective", text))
                for work in active(step.interventions.all()):
                    text = f"{rules.SERVICES[work.service]}: {work.words}. {work.frequency}. {work.responsible.label}"
                    found.append(rules.Said(str(work.thread), "What we do", text))
    for row in read.deferrals:
        day = f"{row.review_on:%B} {row.review_on.day}, {row.review_on.year}"
        words = f"{rules.FAMILY_WORDS[rules.Family(row.family)]}: {row.reason} Looked at again by {day}"
        found.append(rules.Said(f"deferral-{row.family}", "Waits", words))
    return found


def part_of(plan: Plan, model: type[Kept], part_id: str) -> Kept:
    """One problem, goal, objective or intervention of this version; 404 for any other."""
    path = {Problem: "plan", Goal: "problem__plan", Objective: "goal__problem__plan"}.get(
        model, "objective__goal__problem__plan"
    )
    try:
        found = model._default_manager.filter(**{path: plan, "pk": UUID(part_id)}).first()
    except ValueError:
        found = None
    if found is None:
        raise Http404
    return found


def gaps(read: Tree, participant_id: UUID, on: date) -> list[Gap]:
    """Families this version leaves without a goal or a standing deferral, each with why it needs one."""
    missing = missing_in(read, participant_id, on)
    if not missing:
        return []
    conditions = list(participants.active_diagnoses(participant_id))
    screens = questionnaires.positive_screens(participant_id)
    found = []
    for family in missing:
        named = [row for row in conditions if rules.family_of(row.family) == family]
        because = [f"{row.words} ({row.code})" for row in named]
        if family in screens:
            because.append("a positive screen")
        found.append(
            Gap(
                family=family,
                words=rules.FAMILY_WORDS[rules.Family(family)],
                because=because,
                problem=next((row for row in active(read.problems) if row.family == family), None),
                diagnosis=named[0] if named else None,
                deferral=next((row for row in read.deferrals if row.family == family), None),
            )
        )
    return found


@cache
def library() -> dict[str, Any]:
    """Our own starting texts, as the data file has them."""
    return tomllib.loads((Path(__file__).parent / "library.toml").read_text(encoding="utf-8"))


def ideas(kind: str, family: str, code: str) -> list[Idea]:
    """Texts of the library for a problem: its own code's topic first, then the rest of its family.

    `kind`: goals, objective or work; `code`: the ICD-10-CM code, or nothing.
    """
    topics = [topic for topic in library()["topic"] if topic["family"] == family]
    topics.sort(key=lambda topic: not (code and any(code.startswith(start) for start in topic["codes"])))
    found = []
    for topic in topics:
        for number, one in enumerate(topic.get(kind, [])):
            given = {"words": one} if isinstance(one, str) else one
            key = f"{topic['key']}.{kind}.{given.get('key', number)}"
            found.append(Idea(key=key, topic=topic["name"], words=given["words"], given=given))
    return found


def idea(key: str) -> dict[str, Any]:
    """One text of the library by its key, ready for a form; empty for an unknown key."""
    for topic in library()["topic"]:
        for kind in ("goals", "objective", "work"):
            for number, one in enumerate(topic.get(kind, [])):
                given = {"words": one} if isinstance(one, str) else one
                if key == f"{topic['key']}.{kind}.{given.get('key', number)}":
                    return dict(given)
    return {}


def ideas_for(plan: Plan, do: str, about: str) -> list[Idea]:
    """Texts of the library that fit what is being added; none for anything else."""
    kind = {"add-goal": "goals", "add-objective": "objective", "add-work": "work"}.get(do)
    if kind is None:
        return []
    problem = problem_of(row_in(plan, part_named(do), about))
    return ideas(kind, problem.family, problem.diagnosis.code if problem.diagnosis else "")


def markable(opened: Opened, kind: str, row_id: UUID) -> Problem | Goal:
    """One problem or goal of any version of the opened record; 404 for anything else."""
    person = opened.participant
    found: Problem | Goal | None = None
    if kind == "problem":
        rows = Problem.objects.select_related("plan__episode__participant")
        found = rows.filter(pk=row_id, plan__episode__participant=person).first()
    elif kind == "goal":
        goals = Goal.objects.select_related("problem__plan__episode__participant")
        found = goals.filter(pk=row_id, problem__plan__episode__participant=person).first()
    if found is None:
        raise Http404
    return found


def part_named(do: str) -> str:
    """What kind of row a thing to do is about: adding to a row names the row it goes under."""
    verb, _, kind = do.partition("-")
    if verb == "add":
        return {"goal": "problem", "objective": "goal", "work": "objective"}.get(kind, "")
    return kind if verb in {"change", "end"} and kind in {"problem", "goal", "objective", "work"} else ""


def row_in(plan: Plan, kind: str, part_id: str) -> Row:
    """One row of this version by what kind it is; 404 for any other."""
    if kind == "problem":
        return part_of(plan, Problem, part_id)
    if kind == "goal":
        return part_of(plan, Goal, part_id)
    if kind == "objective":
        return part_of(plan, Objective, part_id)
    return part_of(plan, Intervention, part_id)


def problem_of(row: Row) -> Problem:
    """The problem a row stands under."""
    if isinstance(row, Intervention):
        row = row.objective
    if isinstance(row, Objective):
        row = row.goal
    return row.problem if isinstance(row, Goal) else row


def place_of(row: Row) -> str:
    """The id of the problem's region on the page that the row stands in."""
    row = problem_of(row)
    return f"p-{row.pk}" if row.status == "active" else "threads"


def aims(tree: Tree) -> list[rules.Aim]:
    """The version as the rules see it."""
    return [
        rules.Aim(
            words=goal.words,
            family=problem.family,
            active=problem.status == goal.status == "active",
            steps=tuple(
                rules.Step(
                    words=step.words,
                    measure=step.measure,
                    baseline=step.baseline,
                    target=step.target,
                    interventions=sum(work.status == "active" for work in step.interventions.all()),
                    active=step.status == Objective.Status.ACTIVE,
                )
                for step in goal.objectives.all()
            ),
        )
        for problem in tree.problems
        for goal in problem.goals.all()
    ]


def families_needed(participant_id: UUID) -> frozenset[str]:
    """Families with an active diagnosis or a positive screen."""
    return rules.families_needing_a_goal(
        active_diagnoses=participants.families(participant_id),
        positive_screens=questionnaires.positive_screens(participant_id),
    )


def families_missing(plan: Plan, participant_id: UUID, on: date) -> list[str]:
    """Families this version leaves without a goal or a standing deferral."""
    return missing_in(tree(plan), participant_id, on)


def missing_in(read: Tree, participant_id: UUID, on: date) -> list[str]:
    """The same for a version already read."""
    return rules.families_missing(
        needed=families_needed(participant_id),
        with_goal={aim.family for aim in aims(read) if aim.active},
        deferred={row.family: row.review_on for row in read.deferrals},
        on=on,
    )


def longest_review(program_id: UUID, on: date) -> int:
    """How many days may lie between two written reviews: the program's policy, else the default."""
    return int(programs.policy_value(program_id, "plan-review-days", on, rules.REVIEW_DAYS))


def why_not_sign(read: Tree, on: date) -> list[str]:
    """Every reason this version, whoever signs, may not be signed yet."""
    participant = read.plan.episode.participant
    return rules.why_not_sign(
        status=read.plan.status,
        aims=aims(read),
        missing=missing_in(read, participant.pk, on),
        review_on=read.plan.review_on,
        on=on,
        longest=longest_review(participant.program_id, on),
    )


def active_objectives(episode_id: UUID) -> list[ObjectiveRow]:
    """Active objectives of the plan in force, in plan order."""
    return active_objectives_of([episode_id]).get(episode_id, [])


def active_objectives_of(episode_ids: Iterable[UUID]) -> dict[UUID, list[ObjectiveRow]]:
    """The same for many episodes in one query."""
    rows = Objective.objects.filter(
        goal__problem__plan__episode__in=list(episode_ids),
        goal__problem__plan__status="signed",
        goal__status="active",
        goal__problem__status="active",
        status=Objective.Status.ACTIVE,
    ).select_related("goal__problem__plan")
    found: dict[UUID, list[ObjectiveRow]] = {}
    for row in rows.order_by("goal__problem__place", "goal__place", "place", "pk"):
        found.setdefault(row.goal.problem.plan.episode_id, []).append(
            ObjectiveRow(
                thread=row.thread,
                words=row.words,
                goal=row.goal.words,
                family=row.goal.problem.family,
                measure=row.measure,
                baseline=row.baseline,
                target=row.target,
                target_on=row.target_on,
            )
        )
    return found


def next_version(episode_id: UUID) -> int:
    """The number the next version takes."""
    top: int | None = Plan.objects.filter(episode_id=episode_id).aggregate(top=Max("version"))["top"]
    return (top or 0) + 1


def without_plan(member: Membership) -> list[Episode]:
    """People the member treats who have no plan in force."""
    planned = set(
        Plan.objects.filter(status="signed", episode__participant__program_id=member.program_id).values_list(
            "episode_id", flat=True
        )
    )
    return [episode for episode in participants.caseload(member) if episode.pk not in planned]


MARKED: dict[type[Model], tuple[str, ...]] = {
    Plan: ("own_words", "review_on"),
    Problem: ("words", "status", "status_reason"),
    Goal: ("words", "status", "status_reason"),
    Objective: ("words", "measure", "baseline", "target", "target_on", "status", "status_reason"),
    Intervention: ("service", "words", "frequency", "status", "status_reason", "responsible_id"),
}


def mark(row: Model) -> str:
    """A fingerprint of one row as it reads, so that a page open too long never writes over a newer text."""
    return _fingerprint(said(row))


def words_mark(plan: Plan) -> str:
    """A fingerprint of the person's own words alone; the review date beside them may change meanwhile."""
    return _fingerprint(plan.own_words)


def said(row: Model) -> list[str]:
    """All one row says, in a steady order."""
    return [str(getattr(row, name) or "") for name in MARKED[type(row)]]


def _fingerprint(content: object) -> str:
    return hashlib.sha256(json.dumps(content, ensure_ascii=False).encode()).hexdigest()


def digest(tree: Tree) -> str:
    """A fingerprint of all a version says, so that a signature names exactly what was signed."""
    content = [
        [
            problem.family,
            said(problem),
            [
                [
                    said(goal),
                    [[said(step), [said(work) for work in step.interventions.all()]] for step in goal.objectives.all()],
                ]
                for goal in problem.goals.all()
            ],
        ]
        for problem in tree.problems
    ]
    deferred = [[row.family, row.reason, row.review_on.isoformat()] for row in tree.deferrals]
    return _fingerprint([said(tree.plan), content, deferred])


def standing(read: Tree) -> dict[str, PlanSignature]:
    """The signatures that stand under exactly these words, by part; one given to earlier words does not count."""
    rows = PlanSignature.objects.filter(plan=read.plan, lapsed_at__isnull=True, digest=digest(read))
    return {row.part: row for row in rows.select_related("signed_by").order_by("part", "pk")}
