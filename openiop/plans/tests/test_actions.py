"""A plan is written in parts, signed whole by both, frozen, and begun again as the next version."""

from datetime import date, timedelta
from threading import Barrier, Thread

import pytest
from django.db import DatabaseError, connection, transaction
from django.http import Http404

from conftest import NOW, TODAY
from openiop.audit.models import Event
from openiop.base.errors import Refused
from openiop.participants import actions as participants
from openiop.plans import actions, queries
from openiop.plans.models import Deferral, Goal, Intervention, Objective, Plan, PlanSignature, Problem
from openiop.programs import actions as programs
from tests import make
from tests.make import plans

LATER = NOW + timedelta(hours=1)
ROWS = (Plan, Problem, Goal, Objective, Intervention, Deferral, PlanSignature, Event)


@pytest.fixture
def plan(ada, counselor):
    return plans.draft(ada.episode, counselor, NOW)


@pytest.fixture
def whole(ada, counselor):
    return plans.whole(ada.episode, counselor, NOW)


@pytest.fixture
def signed(ada, counselor):
    return plans.signed(ada.episode, counselor, NOW)


def rows():
    return [(model, model.objects.count()) for model in ROWS]


def refused(sentence, action, **given):
    """The action is refused with the sentence and leaves nothing behind."""
    before = rows()
    with pytest.raises(Refused) as refusal:
        action(**given)
    assert any(sentence in reason for reason in refusal.value.reasons), refusal.value.reasons
    assert rows() == before


def parts(plan):
    read = queries.tree(plan)
    problem = read.problems[0]
    goal = problem.goals.all()[0]
    step = goal.objectives.all()[0]
    return problem, goal, step, step.interventions.all()[0]


def test_a_first_version_begins_empty_and_only_once(ada, counselor, plan):
    assert (plan.version, plan.status, plan.own_words) == (1, "draft", "")
    assert actions.start_plan(episode=ada.episode, by=counselor, at=NOW) == plan
    assert Event.objects.filter(what="plan.started").count() == 1


def test_the_thread_is_written_from_problem_to_work_each_with_its_event(ada, counselor, whole):
    read = queries.tree(whole)
    assert [problem.family for problem in read.problems] == ["addiction", "mental-health"]
    _, goal, step, work = parts(whole)
    assert (goal.words, step.target, work.frequency) == ("Evenings without a bottle", "8 of 10", "Twice a week")
    left = set(
        Event.objects.filter(participant_id=str(ada.pk)).order_by("at", "created_at").values_list("what", flat=True)
    )
    assert {
        "plan.own-words-set",
        "problem.added",
        "goal.added",
        "objective.added",
        "intervention.added",
        "plan.review-set",
    } <= set(left)


def test_a_problem_comes_with_its_first_goal_or_without_one(counselor, plan):
    given = {"plan": plan, "family": "addiction", "diagnosis": None, "by": counselor, "at": NOW}
    bare = actions.add_problem_with_goal(words="Drinking in the evening", goal=" ", **given)
    both = actions.add_problem_with_goal(words="Drinking alone", goal="Evenings with others", **given)
    assert [row.words for row in Goal.objects.filter(problem__in=[bare, both])] == ["Evenings with others"]


def test_the_same_click_sent_twice_stands_once(counselor, whole):
    before = rows()
    problem, goal, step, work = parts(whole)
    by = {"by": counselor, "at": LATER}
    assert actions.add_problem(plan=whole, family="addiction", words="Alcohol use disorder", **by) == problem
    assert actions.add_goal(problem=problem, words=f" {goal.words} ", **by) == goal
    same = {"words": step.words, "measure": step.measure, "baseline": step.baseline, "target": step.target}
    assert actions.add_objective(goal=goal, **same, target_on=step.target_on, **by) == step
    again = {"service": work.service, "words": work.words, "frequency": work.frequency, "responsible": counselor}
    assert actions.add_intervention(objective=step, **again, **by) == work
    assert rows() == before


def test_each_part_can_be_changed_and_keeps_its_thread(counselor, whole, supervisor):
    problem, goal, step, work = parts(whole)
    by = {"by": counselor, "at": LATER}
    actions.change_problem(problem=problem, words="Drinking in the evening", seen=queries.mark(problem), **by)
    actions.change_goal(goal=goal, words="Evenings that do not end with a bottle", seen=queries.mark(goal), **by)
    same = {"measure": step.measure, "baseline": "3 of 10", "target": "9 of 10", "target_on": date(2026, 11, 30)}
    actions.change_objective(objective=step, words="Call someone", **same, seen=queries.mark(step), **by)
    actions.change_intervention(
        intervention=work, service="individual", words="Talk", frequency="Weekly", responsible=supervisor,
        seen=queries.mark(work), **by,
    )  # fmt: skip
    new_problem, new_goal, new_step, new_work = parts(whole)
    assert (new_problem.words, new_goal.words) == ("Drinking in the evening", "Evenings that do not end with a bottle")
    assert (new_step.words, new_step.target, new_step.thread) == ("Call someone", "9 of 10", step.thread)
    assert (new_work.service, new_work.responsible) == ("individual", supervisor)
    changed = {f"{name}.changed" for name in ("problem", "goal", "objective", "intervention")}
    assert changed <= set(Event.objects.values_list("what", flat=True))


def test_a_page_open_too_long_never_writes_over_a_newer_text(counselor, whole):
    problem, _, _, _ = parts(whole)
    seen = queries.mark(problem)
    actions.change_problem(problem=problem, words="Drinking alone", seen=seen, by=counselor, at=NOW)
    by = {"by": counselor, "at": LATER}
    refused("changed since you opened it", actions.change_problem, problem=problem, words="Other", seen=seen, **by)
    actions.change_problem(problem=problem, words="Drinking alone", seen=seen, **by)  # the same click, twice
    refused("changed since", actions.set_own_words, plan=whole, words="Mine", seen="older", **by)
    actions.set_own_words(plan=whole, words="Mine", seen=queries.words_mark(Plan.objects.get()), **by)
    actions.set_own_words(plan=whole, words="Mine", seen="older", **by)  # the same click, twice
    assert parts(whole)[0].words == "Drinking alone"


def test_each_part_can_end_with_a_reason_and_then_no_longer_counts(ada, counselor, whole):
    problem, goal, step, work = parts(whole)
    by = {"by": counselor, "at": LATER}
    for action, given in (
        (actions.end_intervention, {"intervention": work}),
        (actions.end_objective, {"objective": step, "status": "met"}),
        (actions.end_goal, {"goal": goal}),
        (actions.end_problem, {"problem": problem}),
    ):
        refused("Say why", action, **given, reason=" ", **by)
        action(**given, reason="It is done.", **by)
        before = rows()
        action(**given, reason="It is done.", **by)  # twice
        assert rows() == before
        refused("has ended", action, **given, reason="Another reason.", **by)
    refused("Choose how", actions.end_objective, objective=step, status="gone", reason="x", **by)
    refused("has ended", actions.change_goal, goal=goal, words="x", **by)
    refused("has ended", actions.add_goal, problem=problem, words="x", **by)
    plans.diagnoses(ada, counselor)
    assert queries.families_missing(whole, ada.pk, TODAY) == ["addiction"]


@pytest.mark.parametrize(
    ("action", "about", "given", "sentence"),
    [
        (actions.add_problem, "plan", {"family": "other", "words": "x"}, "Choose the family"),
        (actions.add_problem, "plan", {"family": "addiction", "words": " "}, "Name the problem"),
        (actions.add_goal, "problem", {"words": ""}, "Write the goal"),
        (actions.change_problem, "problem", {"words": ""}, "Name the problem"),
        (actions.change_goal, "goal", {"words": "To ____"}, "Fill in the blank"),
    ],
)
def test_what_says_nothing_is_refused_and_leaves_nothing(counselor, whole, action, about, given, sentence):
    problem, goal, _, _ = parts(whole)
    row = {"plan": whole, "problem": problem, "goal": goal}[about]
    refused(sentence, action, **{about: row}, **given, by=counselor, at=NOW)


def test_an_objective_that_cannot_be_measured_is_refused(counselor, whole):
    _, goal, step, _ = parts(whole)
    empty = {"words": "", "measure": "", "baseline": "", "target": "", "target_on": TODAY, "by": counselor, "at": NOW}
    refused("how it is measured", actions.add_objective, goal=goal, **empty)
    refused("must lie ahead", actions.change_objective, objective=step, **empty)


def test_what_the_program_does_names_a_service_and_someone_who_works_there(ada, counselor, outsider, whole):
    _, _, step, work = parts(whole)
    by = {"by": counselor, "at": NOW}
    good = {"service": "group", "words": "Group", "frequency": "Weekly", "responsible": counselor}
    for wrong, sentence in (
        ({"service": "magic"}, "Choose the service"),
        ({"words": ""}, "what is done"),
        ({"frequency": ""}, "how often"),
        ({"responsible": outsider}, "works in this program"),
        ({"responsible": ada.membership}, "works in this program"),
    ):
        refused(sentence, actions.add_intervention, objective=step, **(good | wrong), **by)
        refused(sentence, actions.change_intervention, intervention=work, **(good | wrong), **by)


def test_a_diagnosis_of_another_record_is_never_tied_to_the_plan(ada, ben, counselor, plan):
    bens, _ = plans.diagnoses(ben, counselor)
    given = {"plan": plan, "family": "addiction", "words": "x", "by": counselor, "at": NOW}
    refused("another record", actions.add_problem, **given, diagnosis=bens)
    adas, _ = plans.diagnoses(ada, counselor)
    assert actions.add_problem(**given, diagnosis=adas).diagnosis == adas


def test_a_family_waits_only_with_a_reason_and_a_day_ahead(ada, counselor, plan):
    given = {"plan": plan, "family": "mental-health", "reason": "Sleep first.", "review_on": TODAY + timedelta(days=14)}
    by = {"by": counselor, "at": NOW}
    for wrong, sentence in (
        ({"family": "x"}, "Choose the family"),
        ({"reason": ""}, "why it waits"),
        ({"review_on": TODAY}, "day ahead"),
        ({"review_on": None}, "day ahead"),
    ):
        refused(sentence, actions.defer_family, **(given | wrong), **by)
    row = actions.defer_family(**given, **by)
    assert actions.defer_family(**(given | {"reason": "Still sleep."}), **by).pk == row.pk
    plans.diagnoses(ada, counselor)
    assert queries.families_missing(plan, ada.pk, TODAY) == ["addiction"]


def test_both_sign_the_same_words_and_the_plan_is_in_force(ada, counselor, whole):
    plans.sign(whole, counselor, NOW)
    assert queries.plan_in_force(ada.episode.pk) is None
    assert set(queries.standing(queries.tree(whole))) == {"clinician"}
    plans.sign(whole, counselor, NOW, "participant")
    stands = queries.plan_in_force(ada.episode.pk)
    assert (stands, stands.signed_at) == (whole, NOW)
    assert [row.words for row in queries.active_objectives(ada.episode.pk)] == [
        "Use a go-to action in an evening craving",
        "Two planned outings a week",
    ]
    assert Event.objects.filter(what="plan.in-force").count() == 1


def test_a_review_date_given_with_the_signature_is_part_of_what_is_signed(ada, counselor, whole):
    plans.sign(whole, counselor, NOW, review_on=TODAY + timedelta(days=7))
    plans.sign(whole, counselor, NOW, "participant")
    assert queries.plan_in_force(ada.episode.pk).review_on == TODAY + timedelta(days=7)


def test_a_signature_under_words_that_changed_since_lapses(ada, counselor, whole):
    first = plans.sign(whole, counselor, NOW, "participant", how="tablet")
    actions.set_own_words(plan=whole, words="More.", by=counselor, at=NOW)
    plans.sign(whole, counselor, LATER)
    first.refresh_from_db()
    assert first.lapsed_at == LATER
    assert queries.plan_in_force(ada.episode.pk) is None
    plans.sign(whole, counselor, LATER, "participant")
    assert queries.plan_in_force(ada.episode.pk) == whole


def test_nobody_signs_what_they_did_not_see(counselor, whole):
    seen = queries.digest(queries.tree(whole))
    actions.set_own_words(plan=whole, words="Changed meanwhile.", by=counselor, at=NOW)
    refused("changed since you opened it", plans.sign, plan=whole, by=counselor, at=NOW, digest=seen)
    now = queries.digest(queries.tree(Plan.objects.get(pk=whole.pk)))
    plans.sign(whole, counselor, NOW, digest=now)


def test_the_wrong_hand_never_signs(ada, ben, counselor, biller, outsider, whole):
    given = {"plan": whole, "part": "participant", "name": "Ada Alderquist", "how": "phone", "at": NOW}
    for by in (counselor, ben.membership):
        refused("Only the participant", actions.sign_plan, **given, by=by)
    for by in (biller, outsider, ada.membership):
        refused("A clinician", actions.sign_plan, **(given | {"part": "clinician", "name": by.name}), by=by)
    refused("name on the record", actions.sign_plan, **(given | {"name": "A."}), by=ada.membership)


def test_a_part_is_signed_once(counselor, whole):
    plans.sign(whole, counselor, NOW)
    refused("signed already", plans.sign, plan=whole, by=counselor, at=NOW)


def test_an_unfinished_plan_is_not_signed(ada, counselor, plan):
    plans.diagnoses(ada, counselor)
    refused("Mental health needs a goal", plans.sign, plan=plan, by=counselor, at=NOW)


def test_the_program_says_how_far_ahead_the_review_may_lie(program, counselor, whole):
    day = TODAY + timedelta(days=40)
    refused("within 30 days", actions.set_review_on, plan=whole, review_on=day, by=counselor, at=NOW)
    programs.set_policy(
        program=program, name="plan-review-days", value=60, source="Program policy 4", from_on=TODAY, by=None, at=NOW
    )
    assert actions.set_review_on(plan=whole, review_on=day, by=counselor, at=NOW).review_on == day


def test_the_next_version_carries_what_is_active_and_leaves_what_ended(ada, counselor, signed):
    second = actions.start_plan(episode=ada.episode, by=counselor, at=LATER)
    assert (second.version, second.own_words) == (2, "I want my evenings back.")
    assert {p.thread for p in queries.tree(second).problems} == {p.thread for p in queries.tree(signed).problems}
    by = {"by": counselor, "at": LATER}
    problem, goal, step, _ = parts(second)
    actions.add_goal(problem=problem, words="Sleep", **by)
    extra = actions.add_objective(
        goal=goal, words="x", measure="m", baseline="b", target="t", target_on=plans.TARGET, **by
    )
    actions.add_intervention(objective=extra, service="group", words="g", frequency="f", responsible=counselor, **by)
    actions.end_objective(objective=step, status="met", reason="9 of 10 twice.", **by)
    actions.end_problem(problem=queries.tree(second).problems[1], reason="Screen is low.", **by)
    actions.defer_family(plan=second, family="mental-health", reason="Low", review_on=TODAY + timedelta(30), **by)
    actions.end_goal(goal=Goal.objects.get(words="Sleep"), reason="Not now.", **by)
    actions.set_review_on(plan=second, review_on=TODAY + timedelta(days=20), **by)
    plans.sign(second, counselor, LATER)
    plans.sign(second, counselor, LATER, "participant")
    signed.refresh_from_db()
    assert signed.status == "replaced"
    third = queries.tree(actions.start_plan(episode=ada.episode, **by))
    assert [p.words for p in third.problems] == ["Alcohol use disorder"]
    assert [g.words for g in third.problems[0].goals.all()] == ["Evenings without a bottle"]
    assert [s.words for s in third.problems[0].goals.all()[0].objectives.all()] == ["x"]
    assert [d.family for d in third.deferrals] == ["mental-health"]
    assert [plan.version for plan in queries.versions(ada.episode.pk)] == [3, 2, 1]


def test_work_that_ended_is_not_carried_into_the_next_version(ada, counselor, whole):
    _, _, step, work = parts(whole)
    by = {"by": counselor, "at": NOW}
    actions.add_intervention(
        objective=step, service="individual", words="Talk", frequency="Weekly", responsible=counselor, **by
    )
    actions.end_intervention(intervention=work, reason="Full group.", **by)
    plans.sign(whole, counselor, NOW)
    plans.sign(whole, counselor, NOW, "participant")
    later = actions.start_plan(episode=ada.episode, **by)
    assert parts(later)[3].words == "Talk"


def test_nothing_in_a_signed_version_changes_through_any_action(ada, counselor, signed):
    problem, goal, step, work = parts(signed)
    by = {"by": counselor, "at": LATER}
    texts = {"words": "x", "measure": "m", "baseline": "b", "target": "t", "target_on": plans.TARGET}
    does = {"service": "group", "words": "x", "frequency": "f", "responsible": counselor}
    for action, given in (
        (actions.set_own_words, {"plan": signed, "words": "x"}),
        (actions.set_review_on, {"plan": signed, "review_on": TODAY + timedelta(days=3)}),
        (actions.add_problem, {"plan": signed, "family": "addiction", "words": "x"}),
        (actions.add_goal, {"problem": problem, "words": "x"}),
        (actions.add_objective, {"goal": goal, **texts}),
        (actions.add_intervention, {"objective": step, **does}),
        (actions.change_problem, {"problem": problem, "words": "x"}),
        (actions.change_goal, {"goal": goal, "words": "x"}),
        (actions.change_objective, {"objective": step, **texts}),
        (actions.change_intervention, {"intervention": work, **does}),
        (actions.end_problem, {"problem": problem, "reason": "x"}),
        (actions.end_goal, {"goal": goal, "reason": "x"}),
        (actions.end_objective, {"objective": step, "status": "met", "reason": "x"}),
        (actions.end_intervention, {"intervention": work, "reason": "x"}),
        (actions.defer_family, {"plan": signed, "family": "addiction", "reason": "x", "review_on": plans.TARGET}),
    ):
        refused("This version is signed.", action, **given, **by)
    refused("signed already", plans.sign, plan=signed, by=counselor, at=LATER)


@pytest.mark.parametrize("verb", ["update", "delete"])
@pytest.mark.parametrize("model", [Plan, Problem, Goal, Objective, Intervention, PlanSignature])
def test_the_database_itself_keeps_a_signed_version(signed, model, verb):
    row = model.objects.order_by("pk").first()
    table, key = model._meta.db_table, model._meta.pk.get_db_prep_value(row.pk, connection)
    change = {"Plan": "own_words", "PlanSignature": "name"}.get(model.__name__, "words")
    does = f"UPDATE {table} SET {change} = 'x'" if verb == "update" else f"DELETE FROM {table}"
    with pytest.raises(DatabaseError, match="never changed"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"{does} WHERE id = %s", [key])


def test_the_database_adds_nothing_to_a_signed_version_and_takes_nothing_back(signed):
    with pytest.raises(DatabaseError, match="never changed"), transaction.atomic():
        Problem.objects.create(plan=signed, thread=signed.pk, family="addiction", words="Slipped in")
    with pytest.raises(DatabaseError, match="never changed"), transaction.atomic():
        Plan.objects.filter(pk=signed.pk).update(status="draft")


def test_the_database_lets_nothing_of_a_draft_slip_into_a_signed_version(signed, counselor):
    draft = plans.draft(signed.episode, counselor, LATER)
    of_signed, of_draft = queries.tree(signed).problems[0], queries.tree(draft).problems[0]
    goal, step = of_signed.goals.first(), of_signed.goals.first().objectives.first()
    for rows, into in (
        (Problem.objects.filter(pk=of_draft.pk), {"plan": signed}),
        (Goal.objects.filter(problem=of_draft), {"problem": of_signed}),
        (Objective.objects.filter(goal__problem=of_draft), {"goal": goal}),
        (Intervention.objects.filter(objective__goal__problem=of_draft), {"objective": step}),
        (Problem.objects.filter(pk=of_signed.pk), {"plan": draft}),
    ):
        assert rows.exists()
        with pytest.raises(DatabaseError, match="never changed"), transaction.atomic():
            rows.update(**into)


def test_nothing_is_planned_in_an_episode_that_has_ended(ada, counselor, plan):
    participants.end_episode(episode=ada.episode, on=TODAY, reason="1", last_contact_on=TODAY, by=counselor, at=NOW)
    by = {"by": counselor, "at": NOW}
    refused("episode has ended", actions.start_plan, episode=ada.episode, **by)
    refused("episode has ended", actions.set_own_words, plan=plan, words="x", **by)


def test_a_plan_of_another_episode_is_not_found(ada, ben, counselor, plan):
    assert queries.plan_of(ada.episode, plan.pk) == plan
    with pytest.raises(Http404):
        queries.plan_of(ben.episode, plan.pk)


def test_people_without_a_plan_in_force_are_listed_for_their_counselor(ada, ben, counselor, signed):
    assert [episode.participant for episode in queries.without_plan(counselor)] == [ben]


def test_two_people_signing_at_once_leave_one_signature_each_and_one_plan_in_force(committed):
    program = make.program()
    joan = make.member(program, "counselor", name="Joan Birchwell")
    ada = make.person_in_care(program, joan)
    plan = plans.whole(ada.episode, joan, NOW)
    start = Barrier(4)
    said = []

    def one(part):
        start.wait()
        try:
            plans.sign(Plan.objects.get(pk=plan.pk), joan, NOW, part)
            said.append("signed")
        except Refused:
            said.append("refused")
        finally:
            connection.close()

    threads = [Thread(target=one, args=(part,)) for part in ("clinician", "participant", "clinician", "participant")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(said) == ["refused", "refused", "signed", "signed"]
    assert PlanSignature.objects.count() == 2
    assert queries.plan_in_force(ada.episode.pk) == plan


def test_a_problem_and_a_goal_carry_their_mark_through_every_version(ada, counselor):
    draft = plans.draft(ada.episode, counselor)
    facts = {"family": "addiction", "diagnosis": None, "by": counselor, "at": NOW}
    marked = actions.add_problem_with_goal(plan=draft, words="Nights", goal="Sleep", label="trauma", **facts)
    plain = actions.add_problem_with_goal(plan=draft, words="Days", goal="", **facts)
    by = {"by": counselor, "at": NOW}
    goal = actions.add_marked_goal(problem=plain, words="Talk to my brother", label="family-conflict", **by)
    actions.add_marked_goal(problem=plain, words="Walk", label="", **by)
    assert queries.marks(draft) == {str(marked.thread): "trauma", str(goal.thread): "family-conflict"}
    actions.mark_row(row=goal, word="", reason="He asked.", **by)
    assert queries.marks(draft) == {str(marked.thread): "trauma"}
