"""Plans as pages and other rooms need them."""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from uuid import UUID

from django.db.models import Max, Model, Prefetch, QuerySet
from django.http import Http404

from openiop.participants import queries as participants
from openiop.participants.models import Episode
from openiop.plans import rules
from openiop.plans.models import Deferral, Goal, Intervention, Objective, Plan, PlanSignature, Problem
from openiop.programs import queries as programs
from openiop.programs.models import Membership
from openiop.questionnaires import queries as questionnaires


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


def tree(plan: Plan) -> Tree:
    """Problems, goals, objectives and interventions of one version, in their order, in five queries."""
    interventions = Intervention.objects.select_related("responsible").order_by("place", "pk")
    objectives = Objective.objects.order_by("place", "pk").prefetch_related(Prefetch("interventions", interventions))
    goals = Goal.objects.order_by("place", "pk").prefetch_related(Prefetch("objectives", objectives))
    problems = Problem.objects.filter(plan=plan).select_related("diagnosis").order_by("place", "pk")
    return Tree(
        plan=plan,
        problems=list(problems.prefetch_related(Prefetch("goals", goals))),
        deferrals=list(Deferral.objects.filter(plan=plan).order_by("family", "pk")),
    )


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
