"""Writing a plan, signing it, and beginning its next version."""

from datetime import date, datetime
from typing import Any, TypeVar
from uuid import uuid4

from django.db import models, transaction
from django.db.models import Max

from openiop.audit import actions as audit
from openiop.base.errors import Refused
from openiop.base.rules import local_day
from openiop.consents import actions as consents
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
from openiop.programs.models import Membership
from openiop.programs.rules import Permission

STALE = (
    "This changed since you opened it. Their words stand in the plan, yours are still in the form: "
    "compare them, and save again to use yours."
)
Part = TypeVar("Part", Problem, Goal, Objective, Intervention)


def _open_draft(plan: Plan) -> Plan:
    """The version, locked; refused when it is signed or its episode has ended."""
    plan = Plan.objects.select_for_update().select_related("episode__participant__program").get(pk=plan.pk)
    if reasons := rules.why_not_change(status=plan.status, ended=plan.episode.ended_on is not None):
        raise Refused(reasons)
    return plan


def _fresh(row: Part, seen: str = "", **to: object) -> Part:
    """The row as it reads now; refused when it has ended, or is not what the page showed (`seen`, its fingerprint).

    A row that already reads as asked (`to`) is the same click sent twice.
    """
    row = type(row).objects.get(pk=row.pk)
    twice = bool(to) and all(getattr(row, name) == value for name, value in to.items())
    if seen and seen != queries.mark(row) and not twice:
        raise Refused(STALE)
    if row.status != "active":
        raise Refused("This has ended. What stands there is kept.")
    return row


def _wrote(what: str, about: models.Model, plan: Plan, by: Membership, at: datetime, **facts: Any) -> None:
    audit.record(
        what=what, about=about, by=by, at=at, participant_id=plan.episode.participant_id, plan=plan.pk, **facts
    )


def _write(row: Part, seen: str, plan: Plan, by: Membership, at: datetime, **to: Any) -> Part:
    """The row reads as given (`to`)."""
    row = _fresh(row, seen, **to)
    for name, value in to.items():
        setattr(row, name, value)
    row.save(update_fields=list(to))
    _wrote(f"{row._meta.model_name}.changed", row, plan, by, at)
    return row


def _last(rows: Any) -> int:
    return (rows.aggregate(top=Max("place"))["top"] or 0) + 1


def _ended(row: Part, status: str, reason: str, plan: Plan, by: Membership, at: datetime) -> Part:
    """The row has ended with the reason; the same click sent twice ends it once."""
    if reasons := rules.why_not_words(reason, lacking="Say why, in a sentence."):
        raise Refused(reasons)
    row = type(row).objects.get(pk=row.pk)
    if (row.status, row.status_reason) == (status, reason.strip()):
        return row
    row = _fresh(row)
    row.status, row.status_reason = status, reason.strip()
    row.save(update_fields=["status", "status_reason"])
    _wrote(f"{row._meta.model_name}.ended", row, plan, by, at, status=status)
    return row


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
        if problem.status != "active":
            continue
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
                    if work.status == "active"
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
def set_own_words(*, plan: Plan, words: str, by: Membership, at: datetime, seen: str = "") -> Plan:
    """What the person wants, in their own words, heads the plan."""
    plan = _open_draft(plan)
    if seen and seen != queries.words_mark(plan) and plan.own_words != words.strip():
        raise Refused(STALE)
    plan.own_words = words.strip()
    plan.save(update_fields=["own_words"])
    _wrote("plan.own-words-set", plan, plan, by, at)
    return plan


@transaction.atomic
def set_review_on(*, plan: Plan, review_on: date | None, by: Membership, at: datetime) -> Plan:
    """The version, once signed, is looked at again by that day at the latest."""
    plan = _open_draft(plan)
    today = local_day(at, plan.episode.participant.program.zone)
    longest = queries.longest_review(plan.episode.participant.program_id, today)
    if reasons := rules.why_not_review_on(review_on=review_on, on=today, longest=longest):
        raise Refused(reasons)
    plan.review_on = review_on
    plan.save(update_fields=["review_on"])
    _wrote("plan.review-set", plan, plan, by, at, review_on=review_on)
    return plan


@transaction.atomic
def add_problem(
    *, plan: Plan, family: str, words: str, by: Membership, at: datetime, diagnosis: Diagnosis | None = None
) -> Problem:
    """The plan treats this problem, tied to its diagnosis where there is one; the same sent twice stands once."""
    plan = _open_draft(plan)
    words = words.strip()
    reasons = rules.why_not_words(words, lacking="Name the problem.")
    if family not in set(rules.Family):
        reasons.append("Choose the family of the problem.")
    if diagnosis is not None and diagnosis.participant_id != plan.episode.participant_id:
        reasons.append("This diagnosis belongs to another record.")
    if reasons:
        raise Refused(reasons)
    if again := plan.problems.filter(family=family, words=words, status="active").order_by("place", "pk").first():
        return again
    row = Problem.objects.create(
        plan=plan, thread=uuid4(), family=family, words=words, diagnosis=diagnosis, place=_last(plan.problems)
    )
    _wrote("problem.added", row, plan, by, at, family=family)
    return row


@transaction.atomic
def add_problem_with_goal(
    *,
    plan: Plan,
    family: str,
    words: str,
    goal: str,
    diagnosis: Diagnosis | None,
    by: Membership,
    at: datetime,
    label: str = "",
) -> Problem:
    """The problem stands, marked as said, and its first goal with it where one was given."""
    problem = add_problem(plan=plan, family=family, words=words, diagnosis=diagnosis, by=by, at=at)
    if label:
        mark_row(row=problem, word=label, reason="", by=by, at=at)
    if goal.strip():
        add_goal(problem=problem, words=goal, by=by, at=at)
    return problem


@transaction.atomic
def add_marked_goal(*, problem: Problem, words: str, label: str, by: Membership, at: datetime) -> Goal:
    """The goal stands, marked as said."""
    goal = add_goal(problem=problem, words=words, by=by, at=at)
    if label:
        mark_row(row=goal, word=label, reason="", by=by, at=at)
    return goal


@transaction.atomic
def mark_row(*, row: Problem | Goal, word: str, reason: str, by: Membership, at: datetime) -> None:
    """The problem or goal is marked as sensitive in every version, or no longer, by its writer or a supervisor."""
    plan = row.plan if isinstance(row, Problem) else row.problem.plan
    consents.label_item(
        item=row,
        item_id=row.thread,
        participant=plan.episode.participant,
        word=word,
        reason=reason,
        author=by.pk in {plan.started_by_id, plan.episode.primary_id},
        by=by,
        at=at,
    )


@transaction.atomic
def add_goal(*, problem: Problem, words: str, by: Membership, at: datetime) -> Goal:
    """The person wants this to be different; the same sent twice stands once."""
    plan = _open_draft(problem.plan)
    problem = _fresh(problem)
    words = words.strip()
    if reasons := rules.why_not_words(words, lacking="Write the goal."):
        raise Refused(reasons)
    if again := problem.goals.filter(words=words, status="active").order_by("place", "pk").first():
        return again
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
    """A measurable step toward the goal; the same sent twice stands once."""
    plan = _open_draft(goal.problem.plan)
    goal = _fresh(goal)
    texts = {"words": words.strip(), "measure": measure.strip(), "baseline": baseline.strip(), "target": target.strip()}
    today = local_day(at, plan.episode.participant.program.zone)
    if reasons := rules.why_not_objective(**texts, target_on=target_on, on=today):
        raise Refused(reasons)
    if again := goal.objectives.filter(**texts, target_on=target_on, status="active").order_by("place", "pk").first():
        return again
    row = Objective.objects.create(
        goal=goal, thread=uuid4(), target_on=target_on, place=_last(goal.objectives), **texts
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
    """The program does this for the objective; the same sent twice stands once."""
    plan = _open_draft(objective.goal.problem.plan)
    objective = _fresh(objective)
    words, frequency = words.strip(), frequency.strip()
    _check_intervention(plan, service, words, frequency, responsible)
    same = objective.interventions.filter(
        service=service, words=words, frequency=frequency, responsible=responsible, status="active"
    )
    if again := same.order_by("place", "pk").first():
        return again
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


def _check_intervention(plan: Plan, service: str, words: str, frequency: str, responsible: Membership) -> None:
    reasons = [] if service in rules.SERVICES else ["Choose the service."]
    reasons += rules.why_not_words(words, lacking="Say what is done.")
    reasons += rules.why_not_words(frequency, lacking="Say how often.")
    if responsible.program_id != plan.episode.participant.program_id or not responsible.is_staff:
        reasons.append("Choose someone who works in this program.")
    if reasons:
        raise Refused(reasons)


@transaction.atomic
def change_problem(*, problem: Problem, words: str, by: Membership, at: datetime, seen: str = "") -> Problem:
    """The problem reads so in the version being written."""
    plan = _open_draft(problem.plan)
    if reasons := rules.why_not_words(words, lacking="Name the problem."):
        raise Refused(reasons)
    return _write(problem, seen, plan, by, at, words=words.strip())


@transaction.atomic
def change_goal(*, goal: Goal, words: str, by: Membership, at: datetime, seen: str = "") -> Goal:
    """The goal reads so in the version being written."""
    plan = _open_draft(goal.problem.plan)
    if reasons := rules.why_not_words(words, lacking="Write the goal."):
        raise Refused(reasons)
    return _write(goal, seen, plan, by, at, words=words.strip())


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
    seen: str = "",
) -> Objective:
    """The objective reads so in the version being written; its thread, and all that ties to it, stays."""
    plan = _open_draft(objective.goal.problem.plan)
    today = local_day(at, plan.episode.participant.program.zone)
    if reasons := rules.why_not_objective(
        words=words, measure=measure, baseline=baseline, target=target, target_on=target_on, on=today
    ):
        raise Refused(reasons)
    to = {"words": words.strip(), "measure": measure.strip(), "baseline": baseline.strip(), "target": target.strip()}
    return _write(objective, seen, plan, by, at, **to, target_on=target_on)


@transaction.atomic
def change_intervention(
    *,
    intervention: Intervention,
    service: str,
    words: str,
    frequency: str,
    responsible: Membership,
    by: Membership,
    at: datetime,
    seen: str = "",
) -> Intervention:
    """What the program does reads so in the version being written."""
    plan = _open_draft(intervention.objective.goal.problem.plan)
    _check_intervention(plan, service, words, frequency, responsible)
    to = {"service": service, "words": words.strip(), "frequency": frequency.strip(), "responsible": responsible}
    return _write(intervention, seen, plan, by, at, **to)


@transaction.atomic
def end_problem(*, problem: Problem, reason: str, by: Membership, at: datetime) -> Problem:
    """The problem, with all under it, is set aside in the version being written, with the reason."""
    plan = _open_draft(problem.plan)
    return _ended(problem, "ended", reason, plan, by, at)


@transaction.atomic
def end_goal(*, goal: Goal, reason: str, by: Membership, at: datetime) -> Goal:
    """The goal is set aside in the version being written, with the reason."""
    plan = _open_draft(goal.problem.plan)
    return _ended(goal, "ended", reason, plan, by, at)


@transaction.atomic
def end_objective(*, objective: Objective, status: str, reason: str, by: Membership, at: datetime) -> Objective:
    """The objective is met, revised or dropped in the version being written, with the reason."""
    plan = _open_draft(objective.goal.problem.plan)
    if status not in rules.END_WORDS:
        raise Refused("Choose how the objective ends.")
    return _ended(objective, status, reason, plan, by, at)


@transaction.atomic
def end_intervention(*, intervention: Intervention, reason: str, by: Membership, at: datetime) -> Intervention:
    """The program no longer does this in the version being written, with the reason."""
    plan = _open_draft(intervention.objective.goal.problem.plan)
    return _ended(intervention, "ended", reason, plan, by, at)


@transaction.atomic
def defer_family(
    *, plan: Plan, family: str, reason: str, review_on: date | None, by: Membership, at: datetime
) -> Deferral:
    """One family has no goal yet, signed with the reason and the day it is looked at again."""
    plan = _open_draft(plan)
    reasons = []
    if family not in set(rules.Family):
        reasons.append("Choose the family.")
    if not reason.strip():
        reasons.append("Say why it waits.")
    if review_on is None or review_on <= local_day(at, plan.episode.participant.program.zone):
        raise Refused([*reasons, "Set a day ahead on which it is looked at again."])
    if reasons:
        raise Refused(reasons)
    row, _ = Deferral.objects.update_or_create(
        plan=plan,
        family=family,
        defaults={"reason": reason.strip(), "review_on": review_on, "signed_at": at, "signed_by": by},
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
    stale = bool(digest) and digest != queries.digest(read)
    plan.review_on = review_on or plan.review_on
    now = queries.digest(read)
    reasons = queries.why_not_sign(read, today)
    if stale:
        reasons.append("The plan changed since you opened it. Read it again, then sign.")
    own = by.pk == participant.membership_id
    reasons += rules.why_not_sign_as(
        part=part,
        how=how,
        own=own,
        clinician=by.program_id == participant.program_id and by.may(Permission.WRITE_PLANS),
        name=name,
        names={by.name, by.label} if part == "clinician" else {participant.legal_name, participant.name},
    )
    if part in queries.standing(read):
        reasons.append("This part is signed already.")
    if reasons:
        raise Refused(reasons)
    # A signature under words that changed since no longer counts; that it was given stays.
    for old in plan.signatures.filter(lapsed_at__isnull=True).exclude(digest=now).order_by("part", "pk"):
        old.lapsed_at = at
        old.save(update_fields=["lapsed_at"])
        _wrote("plan.signature-lapsed", old, plan, by, at, part=old.part)
    row = PlanSignature.objects.create(
        plan=plan, part=part, name=name.strip(), how=how, digest=now, signed_at=at, signed_by=by
    )
    plan.save(update_fields=["review_on"])
    _wrote("plan.signed", row, plan, by, at, part=part, digest=now)
    if plan.signatures.filter(lapsed_at__isnull=True).count() == len(rules.PARTS):
        before = Plan.objects.filter(episode=plan.episode, status=Plan.Status.SIGNED)
        before.update(status=Plan.Status.REPLACED)
        plan.status, plan.signed_at = Plan.Status.SIGNED, at
        plan.save(update_fields=["status", "signed_at"])
        _wrote("plan.in-force", plan, plan, by, at, version=plan.version)
    return row
