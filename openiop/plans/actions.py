"""Writing a plan, signing it, and beginning its next version."""

from datetime import date, datetime
from typing import Any
from uuid import uuid4

from django.db import models, transaction
from django.db.models import Max

from openiop.audit import actions as audit
from openiop.base.errors import Refused
from openiop.base.rules import local_day
from openiop.participants.models import Diagnosis, Episode
from openiop.plans import queries, rules
from openiop.plans.models import (
    Deferral,
    Goal,
    Intervention,
    Objective,
    Plan,
    PlanSignature,
    Problem,
)
from openiop.programs import queries as programs
from openiop.programs.models import Membership


def _open_draft(plan: Plan) -> Plan:
    plan = Plan.objects.select_for_update().select_related("episode__participant__program").get(pk=plan.pk)
    if reasons := rules.why_not_change(status=plan.status):
        raise Refused(reasons)
    return plan


def _wrote(what: str, about: models.Model, plan: Plan, by: Membership, at: datetime, **facts: Any) -> None:
    audit.record(
        what=what, about=about, by=by, at=at, participant_id=plan.episode.participant_id, plan=plan.pk, **facts
    )


def _last(rows: Any) -> int:
    return (rows.aggregate(top=Max("place"))["top"] or 0) + 1


@transaction.atomic
def start_plan(*, episode: Episode, by: Membership, at: datetime) -> Plan:
    """A version is being written: empty the first time, else a copy of the one in force with the same threads."""
    Episode.objects.select_for_update().get(pk=episode.pk)
    if episode.ended_on:
        raise Refused("This episode has ended.")
    if found := queries.draft(episode.pk):
        return found
    before = queries.plan_in_force(episode.pk)
    plan = Plan.objects.create(
        episode=episode,
        version=queries.next_version(episode.pk),
        started_at=at,
        started_by=by,
        own_words=before.own_words if before else "",
    )
    if before:
        _copy(queries.tree(before), plan)
    _wrote("plan.started", plan, plan, by, at, version=plan.version)
    return plan


def _copy(tree: queries.Tree, into: Plan) -> None:
    for problem in tree.problems:
        new_problem = Problem.objects.create(
            plan=into,
            thread=problem.thread,
            family=problem.family,
            words=problem.words,
            diagnosis=problem.diagnosis,
            place=problem.place,
        )
        for goal in problem.goals.all():
            if goal.status != "active":
                continue
            new_goal = Goal.objects.create(problem=new_problem, thread=goal.thread, words=goal.words, place=goal.place)
            for step in goal.objectives.all():
                if step.status != Objective.Status.ACTIVE:
                    continue
                new_step = Objective.objects.create(
                    goal=new_goal,
                    thread=step.thread,
                    words=step.words,
                    measure=step.measure,
                    baseline=step.baseline,
                    target=step.target,
                    target_on=step.target_on,
                    place=step.place,
                )
                Intervention.objects.bulk_create(
                    Intervention(
                        objective=new_step,
                        thread=work.thread,
                        service=work.service,
                        words=work.words,
                        frequency=work.frequency,
                        responsible=work.responsible,
                        place=work.place,
                    )
                    for work in step.interventions.all()
                )
    for row in tree.deferrals:
        Deferral.objects.create(
            plan=into,
            family=row.family,
            reason=row.reason,
            review_on=row.review_on,
            signed_at=row.signed_at,
            signed_by=row.signed_by,
        )


@transaction.atomic
def set_own_words(*, plan: Plan, words: str, by: Membership, at: datetime) -> Plan:
    """What the person wants, in their own words, heads the plan."""
    plan = _open_draft(plan)
    plan.own_words = words
    plan.save(update_fields=["own_words"])
    _wrote("plan.own-words-set", plan, plan, by, at)
    return plan


@transaction.atomic
def add_problem(
    *, plan: Plan, family: str, words: str, by: Membership, at: datetime, diagnosis: Diagnosis | None = None
) -> Problem:
    """The plan treats this problem, tied to its diagnosis where there is one."""
    plan = _open_draft(plan)
    if family not in set(rules.Family):
        raise Refused("Choose the family of the problem.")
    if not words.strip():
        raise Refused("Name the problem.")
    if diagnosis is not None and diagnosis.participant_id != plan.episode.participant_id:
        raise Refused("This diagnosis belongs to another record.")
    row = Problem.objects.create(
        plan=plan, thread=uuid4(), family=family, words=words, diagnosis=diagnosis, place=_last(plan.problems)
    )
    _wrote("problem.added", row, plan, by, at, family=family)
    return row


@transaction.atomic
def add_goal(*, problem: Problem, words: str, by: Membership, at: datetime) -> Goal:
    """The person wants this to be different."""
    plan = _open_draft(problem.plan)
    if not words.strip():
        raise Refused("Write the goal.")
    row = Goal.objects.create(problem=problem, thread=uuid4(), words=words, place=_last(problem.goals))
    _wrote("goal.added", row, plan, by, at)
    return row


@transaction.atomic
def add_objective(
    *,
    goal: Goal,
    words: str,
    measure: str,
    baseline: str,
    target: str,
    target_on: date,
    by: Membership,
    at: datetime,
) -> Objective:
    """A measurable step toward the goal."""
    plan = _open_draft(goal.problem.plan)
    today = local_day(at, plan.episode.participant.program.zone)
    if reasons := rules.why_not_objective(
        words=words, measure=measure, baseline=baseline, target=target, target_on=target_on, on=today
    ):
        raise Refused(reasons)
    row = Objective.objects.create(
        goal=goal,
        thread=uuid4(),
        words=words,
        measure=measure,
        baseline=baseline,
        target=target,
        target_on=target_on,
        place=_last(goal.objectives),
    )
    _wrote("objective.added", row, plan, by, at)
    return row


@transaction.atomic
def add_intervention(
    *,
    objective: Objective,
    service: str,
    words: str,
    frequency: str,
    responsible: Membership,
    by: Membership,
    at: datetime,
) -> Intervention:
    """The program does this for the objective."""
    plan = _open_draft(objective.goal.problem.plan)
    reasons = []
    if service not in rules.SERVICES:
        reasons.append("Choose the service.")
    if not words.strip():
        reasons.append("Say what is done.")
    if not frequency.strip():
        reasons.append("Say how often.")
    if responsible.program_id != plan.episode.participant.program_id or not responsible.is_staff:
        reasons.append("Choose someone who works in this program.")
    if reasons:
        raise Refused(reasons)
    row = Intervention.objects.create(
        objective=objective,
        thread=uuid4(),
        service=service,
        words=words,
        frequency=frequency,
        responsible=responsible,
        place=_last(objective.interventions),
    )
    _wrote("intervention.added", row, plan, by, at, service=service)
    return row


@transaction.atomic
def change_problem(*, problem: Problem, words: str, by: Membership, at: datetime) -> Problem:
    """The problem reads so in the version being written."""
    plan = _open_draft(problem.plan)
    if not words.strip():
        raise Refused("Name the problem.")
    problem.words = words
    problem.save(update_fields=["words"])
    _wrote("problem.changed", problem, plan, by, at)
    return problem


@transaction.atomic
def change_goal(*, goal: Goal, words: str, by: Membership, at: datetime) -> Goal:
    """The goal reads so in the version being written."""
    plan = _open_draft(goal.problem.plan)
    if not words.strip():
        raise Refused("Write the goal.")
    goal.words = words
    goal.save(update_fields=["words"])
    _wrote("goal.changed", goal, plan, by, at)
    return goal


@transaction.atomic
def change_objective(
    *,
    objective: Objective,
    words: str,
    measure: str,
    baseline: str,
    target: str,
    target_on: date,
    by: Membership,
    at: datetime,
) -> Objective:
    """The objective reads so in the version being written; its thread, and all that ties to it, stays."""
    plan = _open_draft(objective.goal.problem.plan)
    today = local_day(at, plan.episode.participant.program.zone)
    if reasons := rules.why_not_objective(
        words=words, measure=measure, baseline=baseline, target=target, target_on=target_on, on=today
    ):
        raise Refused(reasons)
    objective.words, objective.measure, objective.baseline = words, measure, baseline
    objective.target, objective.target_on = target, target_on
    objective.save(update_fields=["words", "measure", "baseline", "target", "target_on"])
    _wrote("objective.changed", objective, plan, by, at)
    return objective


@transaction.atomic
def end_objective(*, objective: Objective, status: str, reason: str, by: Membership, at: datetime) -> Objective:
    """The objective is met, revised or dropped in the version being written, with the reason."""
    plan = _open_draft(objective.goal.problem.plan)
    if status not in rules.END_WORDS:
        raise Refused("Choose how the objective ends.")
    if not reason.strip():
        raise Refused("Say why, in a sentence.")
    objective.status, objective.status_reason = status, reason
    objective.save(update_fields=["status", "status_reason"])
    _wrote("objective.ended", objective, plan, by, at, status=status)
    return objective


@transaction.atomic
def end_goal(*, goal: Goal, by: Membership, at: datetime) -> Goal:
    """The goal is set aside in the version being written."""
    plan = _open_draft(goal.problem.plan)
    goal.status = "ended"
    goal.save(update_fields=["status"])
    _wrote("goal.ended", goal, plan, by, at)
    return goal


@transaction.atomic
def defer_family(*, plan: Plan, family: str, reason: str, review_on: date, by: Membership, at: datetime) -> Deferral:
    """One family has no goal yet, signed with the reason and the day it is looked at again."""
    plan = _open_draft(plan)
    reasons = []
    if family not in set(rules.Family):
        reasons.append("Choose the family.")
    if not reason.strip():
        reasons.append("Say why it waits.")
    if review_on <= local_day(at, plan.episode.participant.program.zone):
        reasons.append("The review must lie ahead.")
    if reasons:
        raise Refused(reasons)
    row, _ = Deferral.objects.update_or_create(
        plan=plan,
        family=family,
        defaults={"reason": reason, "review_on": review_on, "signed_at": at, "signed_by": by},
    )
    _wrote("family.deferred", row, plan, by, at, family=family, review_on=review_on)
    return row


@transaction.atomic
def sign_plan(
    *,
    plan: Plan,
    part: str,
    name: str,
    how: str,
    by: Membership,
    at: datetime,
    review_on: date | None = None,
    digest: str = "",
) -> PlanSignature:
    """One signature stands under the version; with both, it is in force and the one before is replaced.

    `digest`, where given, is the fingerprint of what the signer saw: a version changed since is not signed.
    """
    plan = Plan.objects.select_for_update().select_related("episode__participant__program").get(pk=plan.pk)
    participant = plan.episode.participant
    today = local_day(at, participant.program.zone)
    read = queries.tree(plan)
    now = queries.digest(read)
    review_on = review_on or plan.review_on
    longest = int(programs.policy_value(participant.program_id, "plan-review-days", today, rules.REVIEW_DAYS))
    reasons = rules.why_not_sign(
        status=plan.status,
        aims=queries.aims(read),
        missing=queries.missing_in(read, participant.pk, today),
        review_on=review_on,
        on=today,
        longest=longest,
    )
    if digest and digest != now:
        reasons.append("The plan changed since you opened it. Read it again, then sign.")
    if part not in {"clinician", "participant"}:
        reasons.append("Sign as the participant or as the clinician.")
    if part == "participant" and by.pk != participant.membership_id and how != "tablet":
        reasons.append("Only the participant signs for the participant.")
    if part == "clinician" and not by.is_staff:
        reasons.append("A clinician signs this part.")
    if not name.strip():
        reasons.append("Type your full name to sign.")
    if plan.signatures.filter(part=part, digest=now, lapsed_at__isnull=True).exists():
        reasons.append("This part is signed already.")
    if reasons:
        raise Refused(reasons)
    # A signature under words that changed since no longer counts; that it was given stays.
    for stale in plan.signatures.filter(lapsed_at__isnull=True).exclude(digest=now).order_by("part", "pk"):
        stale.lapsed_at = at
        stale.save(update_fields=["lapsed_at"])
        _wrote("plan.signature-lapsed", stale, plan, by, at, part=stale.part)
    row = PlanSignature.objects.create(
        plan=plan, part=part, name=name.strip(), how=how, digest=now, signed_at=at, signed_by=by
    )
    plan.review_on = review_on
    plan.save(update_fields=["review_on"])
    _wrote("plan.signed", row, plan, by, at, part=part, digest=now)
    if plan.signatures.filter(lapsed_at__isnull=True).count() == 2:
        Plan.objects.filter(episode=plan.episode, status=Plan.Status.SIGNED).update(status=Plan.Status.REPLACED)
        plan.status, plan.signed_at = Plan.Status.SIGNED, at
        plan.save(update_fields=["status", "signed_at"])
        _wrote("plan.in-force", plan, plan, by, at, version=plan.version)
    return row
