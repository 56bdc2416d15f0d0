"""Plans as pages and other rooms need them."""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from uuid import UUID

from django.db.models import Max, Prefetch, QuerySet
from django.http import Http404

from openiop.participants import queries as participants
from openiop.participants.models import Episode
from openiop.plans import rules
from openiop.plans.models import Deferral, Goal, Intervention, Objective, Plan, Problem
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
            active=goal.status == "active",
            steps=tuple(
                rules.Step(
                    words=step.words,
                    measure=step.measure,
                    baseline=step.baseline,
                    target=step.target,
                    interventions=len(step.interventions.all()),
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


def active_objectives(episode_id: UUID) -> list[ObjectiveRow]:
    """Active objectives of the plan in force, in plan order."""
    return active_objectives_of([episode_id]).get(episode_id, [])


def active_objectives_of(episode_ids: Iterable[UUID]) -> dict[UUID, list[ObjectiveRow]]:
    """The same for many episodes in one query."""
    rows = Objective.objects.filter(
        goal__problem__plan__episode__in=list(episode_ids),
        goal__problem__plan__status="signed",
        goal__status="active",
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


def digest(tree: Tree) -> str:
    """A fingerprint of all a version says, so that a signature names exactly what was signed."""
    content = [
        [
            problem.family,
            problem.words,
            [
                [
                    goal.words,
                    goal.status,
                    [
                        [
                            step.words, step.measure, step.baseline, step.target, step.target_on.isoformat(),
                            step.status, [[w.service, w.words, w.frequency] for w in step.interventions.all()],
                        ]
                        for step in goal.objectives.all()
                    ],
                ]
                for goal in problem.goals.all()
            ],
        ]
        for problem in tree.problems
    ]  # fmt: skip
    deferred = [[row.family, row.reason, row.review_on.isoformat()] for row in tree.deferrals]
    raw = json.dumps([tree.plan.own_words, content, deferred], ensure_ascii=False)
    return hashlib.sha256(raw.encode()).hexdigest()
