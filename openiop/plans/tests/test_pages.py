"""The plan on the page: read, written in small steps, signed, compared, printed."""

import re
from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from conftest import NOW, TODAY
from openiop.audit.models import Event
from openiop.base.errors import Refused
from openiop.participants.models import Diagnosis
from openiop.plans import actions, queries
from openiop.plans.models import Deferral, Goal, Intervention, Objective, Plan, PlanSignature, Problem
from openiop.ui.models import Draft
from tests import make
from tests.make import plans


@pytest.fixture(autouse=True)
def _frozen(monkeypatch):
    monkeypatch.setattr("django.utils.timezone.now", lambda: NOW)


@pytest.fixture
def whole(ada, counselor):
    return plans.whole(ada.episode, counselor, NOW)


@pytest.fixture
def signed_in(client, counselor):
    client.force_login(counselor.user)
    return client


STEP = {"words": "Kept words", "measure": "m", "baseline": "b", "target": "t", "target_on": "2026-12-01"}
WORK = {"service": "group", "words": "Kept words", "frequency": ""}
HTMX = {"HTTP_HX_REQUEST": "true"}


def url(person, rest=""):
    return f"/people/{person.pk}/plan/{rest}"


def text(response, status=200):
    assert response.status_code == status, response.content.decode()[-2000:]
    return response.content.decode()


def do(client, person, what, about="", expect=302, seen="", **facts):
    """Send one small form of the writing page."""
    response = client.post(url(person, "write/"), {"do": what, "about": str(about), "seen": seen} | facts)
    return text(response, expect)


def problem_of(plan):
    return queries.tree(plan).problems[0]


def test_the_plan_is_read_by_the_team_and_written_by_clinicians(
    client, ada, whole, counselor, supervisor, intake, outsider, biller, front_desk
):
    may = {counselor: 200, supervisor: 200, outsider: 404, biller: 403, front_desk: 403, ada.membership: 404}
    for rest in ("", "1/", "1/print/", "compare/"):
        for viewer, status in (may | {intake: 200}).items():
            client.force_login(viewer.user)
            assert client.get(url(ada, rest)).status_code == status, (rest, viewer.roles)
    for rest in ("write/", "sign/"):
        for viewer, status in (may | {intake: 403}).items():
            client.force_login(viewer.user)
            assert client.get(url(ada, rest)).status_code == status, (rest, viewer.roles)
            posted = client.post(url(ada, rest), {"do": "review"}).status_code
            assert posted == (422 if status == 200 else status), (rest, viewer.roles)
    for viewer, status in {counselor: 302, outsider: 404, intake: 403, ada.membership: 404}.items():
        client.force_login(viewer.user)
        assert client.post(url(ada, "start/")).status_code == status


def test_a_person_without_a_plan_gets_one_click_to_begin(signed_in, ada):
    assert "No plan yet." in text(signed_in.get(url(ada)))
    assert signed_in.get(url(ada, "write/")).headers["Location"] == url(ada)
    assert signed_in.get(url(ada, "sign/")).headers["Location"] == url(ada)
    begun = signed_in.post(url(ada, "start/"))
    assert begun.headers["Location"] == url(ada, "write/")
    assert signed_in.post(url(ada, "start/")).status_code == 302  # twice
    assert Plan.objects.count() == 1


def test_what_still_lacks_a_goal_stands_on_top_with_one_click_to_answer_it(signed_in, ada, counselor):
    plans.diagnoses(ada, counselor)
    plan = plans.draft(ada.episode, counselor, NOW)
    page = text(signed_in.get(url(ada, "write/")))
    assert "Still missing: a goal for mental health" in page
    assert "Alcohol use disorder, moderate (F10.20)" in page
    asked = text(signed_in.get(url(ada, "write/?do=add-problem&about=mental-health")))
    assert 'value="Major depression, moderate"' in asked
    diagnosis = Diagnosis.objects.get(code="F32.1")
    facts = {"family": "mental-health", "diagnosis": str(diagnosis.pk), "words": "Low days", "goal": "See people"}
    do(signed_in, ada, "add-problem", "mental-health", **facts)
    do(signed_in, ada, "add-problem", "mental-health", **facts)  # twice
    assert (Problem.objects.get().diagnosis, Goal.objects.get().words) == (diagnosis, "See people")
    assert "a goal for mental health" not in text(signed_in.get(url(ada, "write/")))
    facts = {"reason": "Detox first.", "review_on": "2026-10-28"}
    Draft.objects.create(
        owner_id=str(counselor.user_id), key=f"plans.plan:{plan.pk}:defer-addiction", text="Detox", saved_at=NOW
    )
    do(signed_in, ada, "defer", "addiction", **facts)
    assert Deferral.objects.get().signed_by == counselor
    assert Draft.objects.get().ended_at == NOW
    assert "Still missing" not in text(signed_in.get(url(ada, "write/")))


def test_a_thread_is_written_in_small_steps_until_nothing_is_missing(signed_in, ada, counselor):
    plans.draft(ada.episode, counselor, NOW)
    do(signed_in, ada, "own-words", words="I want my evenings back.")
    do(signed_in, ada, "add-problem", "addiction", family="addiction", words="Drinking", goal="")
    do(signed_in, ada, "add-goal", Problem.objects.get().pk, words="Evenings without")
    page = text(signed_in.get(url(ada, "write/")))
    assert "“Evenings without” needs an objective." in page
    step = {"words": "Call", "measure": "Log", "baseline": "0", "target": "8 of 10", "target_on": "2026-12-01"}
    do(signed_in, ada, "add-objective", Goal.objects.get().pk, **step)
    work = {"service": "group", "words": "Skills", "frequency": "Weekly", "responsible": str(counselor.pk)}
    do(signed_in, ada, "add-work", Objective.objects.get().pk, **work)
    do(signed_in, ada, "review", review_on="2026-11-10")
    page = text(signed_in.get(url(ada, "write/")))
    assert "Everything is here." in page
    assert url(ada, "sign/") in page


def test_each_part_is_changed_and_ended_in_place(signed_in, ada, whole, counselor, supervisor):
    problem = problem_of(whole)
    goal, step, work = Goal.objects.all()[0], Objective.objects.all()[0], Intervention.objects.all()[0]
    for what, row in (
        ("change-problem", problem),
        ("change-goal", goal),
        ("change-objective", step),
        ("change-work", work),
    ):
        assert row.words in text(signed_in.get(url(ada, f"write/?do={what}&about={row.pk}")))
    do(signed_in, ada, "change-problem", problem.pk, words="Evenings", seen=queries.mark(problem))
    do(signed_in, ada, "change-goal", goal.pk, words="New goal", seen=queries.mark(goal))
    facts = {"words": "New step", "measure": "m", "baseline": "b", "target": "t", "target_on": "2026-12-01"}
    do(signed_in, ada, "change-objective", step.pk, seen=queries.mark(step), **facts)
    facts = {"words": "New work", "service": "family", "frequency": "f", "responsible": str(supervisor.pk)}
    do(signed_in, ada, "change-work", work.pk, seen=queries.mark(work), **facts)
    page = text(signed_in.get(url(ada)))
    for words in ("New goal", "New step", "New work"):
        assert words in page
    for what, row in (("end-work", work), ("end-goal", goal), ("end-problem", problem)):
        assert "Why" in text(signed_in.get(url(ada, f"write/?do={what}&about={row.pk}")))
        do(signed_in, ada, what, row.pk, reason="It is done.")
    do(signed_in, ada, "end-objective", step.pk, status="met", reason="9 of 10.")
    page = text(signed_in.get(url(ada, "write/")))
    assert "Ended in this version" in page
    assert "Met. 9 of 10." in page


@pytest.mark.parametrize(
    ("what", "facts", "sentence"),
    [
        ("review", {"review_on": "soon"}, "Write a day"),
        ("review", {"review_on": "2027-03-01"}, "within 30 days"),
        ("defer", {"reason": "Kept words", "review_on": "2026-10-01"}, "Set a day ahead"),
        ("add-problem", {"family": "addiction", "words": "", "goal": "Kept words"}, "Name the problem."),
        ("change-goal", {"words": "Kept words ____"}, "Fill in the blank"),
        ("add-objective", STEP | {"measure": "", "target": ""}, "Say how it is measured."),
        ("change-objective", STEP | {"target_on": "2026-01-01"}, "must lie ahead"),
        ("add-work", WORK | {"responsible": "nobody"}, "Choose who does it."),
        ("end-objective", {"status": "", "reason": "Kept words"}, "Choose how the objective ends."),
        ("end-work", {"reason": ""}, "Say why, in a sentence."),
    ],
)  # fmt: skip
def test_a_refused_form_says_why_beside_it_and_keeps_what_was_typed(signed_in, ada, whole, what, facts, sentence):
    rows = {"goal": Goal, "objective": Objective, "work": Intervention}
    parent = {"add-objective": Goal, "add-work": Objective}.get(what) or rows.get(what.split("-")[-1])
    about = parent.objects.order_by("pk").first().pk if parent else "addiction"
    if what == "defer":
        plans.diagnoses(ada, whole.started_by)
        actions.end_problem(problem=problem_of(whole), reason="x", by=whole.started_by, at=NOW)
    page = do(signed_in, ada, what, about, expect=422, **facts)
    assert sentence in page
    if "Kept words" in facts.values():
        assert "Kept words" in page


def test_a_page_open_too_long_shows_both_texts_and_loses_neither(signed_in, ada, whole, supervisor):
    goal = Goal.objects.order_by("pk").first()
    seen = queries.mark(goal)
    actions.change_goal(goal=goal, words="The supervisor wrote this", by=supervisor, at=NOW)
    page = do(signed_in, ada, "change-goal", goal.pk, expect=422, words="My own typed text", seen=seen)
    assert "changed since you opened it" in page
    assert "The supervisor wrote this" in page
    assert "My own typed text" in page
    newer = re.search(r'name="seen" value="([0-9a-f]{64})"', page[page.index('value="change-goal"') :])
    do(signed_in, ada, "change-goal", goal.pk, words="My own typed text", seen=newer.group(1))
    goal.refresh_from_db()
    assert goal.words == "My own typed text"


def test_their_own_words_are_kept_when_only_the_review_date_changed_meanwhile(signed_in, ada, whole):
    seen = re.search(r'name="seen" value="([0-9a-f]{64})"', text(signed_in.get(url(ada, "write/")))).group(1)
    do(signed_in, ada, "review", review_on="2026-11-10")
    do(signed_in, ada, "own-words", seen=seen, words="I want to be home.")
    whole.refresh_from_db()
    assert whole.own_words == "I want to be home."
    assert "I want to be home." in do(signed_in, ada, "own-words", expect=422, seen=seen, words="Another text")


def test_the_library_offers_a_start_that_must_be_made_their_own(signed_in, ada, counselor):
    plan = plans.draft(ada.episode, counselor, NOW)
    alcohol, _ = plans.diagnoses(ada, counselor)
    problem = actions.add_problem(
        plan=plan, family="addiction", words="Drinking", diagnosis=alcohol, by=counselor, at=NOW
    )
    goal = actions.add_goal(problem=problem, words="Evenings", by=counselor, at=NOW)
    page = text(signed_in.get(url(ada, f"write/?do=add-objective&about={goal.pk}")))
    assert page.index("go-to actions") < page.index("naloxone")  # their own problem first
    page = text(signed_in.get(url(ada, f"write/?do=add-objective&about={goal.pk}&idea=alcohol.objective.days")))
    assert "Days without alcohol" in page
    assert "2026-12-09" in page  # eight weeks ahead
    assert text(signed_in.get(url(ada, f"write/?do=add-work&about={goal.pk}&idea=no.such.idea")), 404)
    assert "Ideas from our library" in text(signed_in.get(url(ada, f"write/?do=add-goal&about={problem.pk}&idea=x")))


def test_unknown_and_foreign_parts_are_not_found(signed_in, ada, ben, whole, counselor):
    theirs = plans.objective(plans.draft(ben.episode, counselor, NOW), counselor, NOW)
    for what in ("change-objective", "end-objective", "add-work"):
        for about in (theirs.pk, uuid4(), "nonsense"):
            do(signed_in, ada, what, about, expect=404, words="x")
    do(signed_in, ada, "no-such-thing", expect=404)
    assert signed_in.get(url(ada, "7/")).status_code == 404
    assert signed_in.get(url(ada, "7/print/")).status_code == 404
    assert text(signed_in.get(url(ada, "compare/?earlier=1&later=9")))


def test_htmx_gets_only_the_part_and_the_same_words(signed_in, ada, whole):
    goal = Goal.objects.order_by("pk").first()
    part = text(signed_in.get(url(ada, f"write/?do=change-goal&about={goal.pk}"), **HTMX))
    assert part.lstrip().startswith('<div id="sheet"')
    assert goal.words in part
    refused = signed_in.post(url(ada, "write/"), {"do": "change-goal", "about": str(goal.pk), "words": ""}, **HTMX)
    assert "Write the goal." in text(refused, 422)


def digest(page):
    return re.search(r'name="digest" value="([0-9a-f]+)"', page).group(1)


def sign(client, person, part, name, seen, status=302):
    return text(client.post(url(person, "sign/"), {"part": part, "name": name, "digest": seen}), status)


def test_both_sign_in_the_room_and_the_plan_is_in_force(signed_in, ada, whole, counselor):
    seen = digest(text(signed_in.get(url(ada, "sign/"))))
    sign(signed_in, ada, "clinician", "Joan Birchwell", seen)
    page = text(signed_in.get(url(ada, "sign/")))
    assert "Joan Birchwell</b>, on screen" in page
    sign(signed_in, ada, "participant", "ada alderquist", seen)
    assert PlanSignature.objects.get(part="participant").how == "tablet"
    page = text(signed_in.get(url(ada)))
    assert "In force since" in page
    assert "Change the plan" in page
    assert signed_in.post(url(ada, "sign/"), {"part": "clinician"}).status_code == 409  # a page left open
    assert signed_in.post(url(ada, "write/"), {"do": "own-words", "words": "x"}).status_code == 409


def test_the_participant_signs_on_a_page_of_its_own_that_shows_the_plan_alone(signed_in, ada, whole, counselor):
    staff, tablet = url(ada, "sign/"), url(ada, "sign/tablet/")
    assert "Sign as Ada" in text(signed_in.get(staff))
    assert signed_in.get(tablet)["Location"] == staff
    assert signed_in.post(url(ada, "hand-over/"))["Location"] == tablet
    page = text(signed_in.get(tablet))
    assert "Your name on the record: Ada Alderquist" in page
    assert not re.search(r'<a [^>]*href="/', page)
    assert signed_in.get(staff)["Location"] == tablet
    refused = text(signed_in.post(tablet, {"name": "Ben", "digest": digest(page)}), 422)
    assert "name on the record" in refused
    assert 'value="Ben"' in refused
    assert signed_in.post(tablet, {"name": "Ada Alderquist", "digest": digest(page)})["Location"] == tablet
    assert PlanSignature.objects.get(part="participant").how == "tablet"
    assert "Signed. Please give the tablet back." in text(signed_in.get(tablet))
    again = text(signed_in.post(tablet, {"name": "Ada Alderquist", "digest": digest(refused)}), 422)
    assert "signed already" in again


def test_the_tablet_says_so_once_the_plan_is_in_force(signed_in, ada, whole, counselor):
    sign(signed_in, ada, "clinician", "Joan Birchwell", digest(text(signed_in.get(url(ada, "sign/")))))
    signed_in.post(url(ada, "hand-over/"))
    page = text(signed_in.get(url(ada, "sign/tablet/")))
    signed_in.post(url(ada, "sign/tablet/"), {"name": "Ada Alderquist", "digest": digest(page)})
    assert "Signed. Please give the tablet back." in text(signed_in.get(url(ada, "sign/tablet/")))


def test_a_signature_under_older_words_is_refused_and_the_name_kept(signed_in, ada, whole, supervisor):
    seen = digest(text(signed_in.get(url(ada, "sign/"))))
    actions.set_own_words(plan=whole, words="Changed meanwhile.", by=supervisor, at=NOW)
    page = sign(signed_in, ada, "clinician", "Joan Birchwell", seen, status=422)
    assert "The plan changed since you opened it." in page
    assert "Changed meanwhile." in page
    assert 'value="Joan Birchwell"' in page
    sign(signed_in, ada, "clinician", "Joan Birchwell", digest(page))
    again = sign(signed_in, ada, "clinician", "Joan Birchwell", digest(page), status=422)
    assert "signed already" in again
    assert "name on the record" in sign(signed_in, ada, "participant", "Somebody", digest(page), status=422)


def test_an_unfinished_plan_says_what_it_lacks_beside_the_disabled_button(signed_in, ada, counselor):
    plans.draft(ada.episode, counselor, NOW)
    page = text(signed_in.get(url(ada, "write/")))
    assert "The plan needs at least one goal." in page
    assert re.search(r"<button[^>]*disabled[^>]*>.*?Read and sign", page, re.S)
    assert "The plan needs at least one goal." in text(signed_in.get(url(ada, "sign/")))


def test_two_versions_stand_side_by_side(signed_in, ada, counselor):
    plans.signed(ada.episode, counselor, NOW)
    second = actions.start_plan(episode=ada.episode, by=counselor, at=NOW)
    problem, other = queries.tree(second).problems
    actions.change_problem(problem=problem, words="Drinking in the evening", by=counselor, at=NOW)
    actions.end_problem(problem=other, reason="Low screen.", by=counselor, at=NOW)
    actions.add_problem(plan=second, family="mental-health", words="Sleep", by=counselor, at=NOW)
    page = text(signed_in.get(url(ada, "compare/")))
    assert "<ins>Drinking in the evening</ins>" in page
    assert "<s>Major depression</s>" in page
    assert "<ins>Sleep</ins>" in page
    assert "being written. This one stands until both have signed it." in text(signed_in.get(url(ada)))
    assert "Drinking in the evening" in text(signed_in.get(url(ada, "2/")))


def test_the_plan_prints_with_its_signatures(signed_in, ada, counselor):
    plans.signed(ada.episode, counselor, NOW)
    page = text(signed_in.get(url(ada, "1/print/")))
    assert "I want my evenings back." in page
    assert "on their phone" in page
    assert "42 CFR part 2 prohibits unauthorized use or disclosure of these records." in page


def test_a_review_that_is_due_says_so(signed_in, ada, counselor):
    early = NOW - timedelta(days=40)
    plans.signed(ada.episode, counselor, early)
    assert "The review of this plan was due" in text(signed_in.get(url(ada)))


def test_a_plan_asks_the_same_number_of_questions_however_long_it_is(signed_in, ada, ben, counselor):
    counted = {}
    for person, size in ((ada, 1), (ben, 12)):
        plan = plans.draft(person.episode, counselor, NOW)
        for number in range(size):
            plans.objective(plan, counselor, NOW, problem=f"P{number}", goal=f"G{number}", words=f"W{number}")
        actions.defer_family(
            plan=plan, family="mental-health", reason="x", review_on=TODAY + timedelta(7), by=counselor, at=NOW
        )
        for rest in ("", "write/", "sign/", "1/print/"):
            signed_in.get(url(person, rest))
            with CaptureQueriesContext(
                connection,
            ) as asked:
                signed_in.get(url(person, rest))
            counted.setdefault(rest, []).append(len(asked))
    assert all(few == many for few, many in counted.values()), counted


# Diagnoses


def about(person, rest=""):
    return f"/people/{person.pk}/conditions/{rest}"


def test_diagnoses_are_read_by_those_who_need_them_and_kept_by_those_who_assess(
    client, ada, counselor, intake, biller, front_desk, outsider
):
    for viewer, status, kept in (
        (counselor, 200, 422), (intake, 200, 422), (biller, 403, 403), (front_desk, 403, 403), (outsider, 404, 404),
        (ada.membership, 404, 404),
    ):  # fmt: skip
        client.force_login(viewer.user)
        assert client.get(about(ada)).status_code == status, viewer.roles
        assert client.post(about(ada, "add/"), {"code": ""}).status_code == kept, viewer.roles


def test_a_diagnosis_is_chosen_from_the_list_or_typed_and_ends_with_a_reason(signed_in, ada, ben, counselor):
    assert signed_in.post(about(ada, "add/"), {"code": "f33.1"}).status_code == 302
    row = Diagnosis.objects.get()
    assert (row.code, row.words, row.family) == (
        "F33.1",
        "Major depressive disorder, recurrent, moderate",
        "mental-health",
    )
    assert signed_in.post(about(ada, "add/"), {"code": "Z63.8", "words": "Strain at home"}).status_code == 302
    again = signed_in.post(about(ada, "add/"), {"code": "F33.1", "words": "Kept words"})
    assert "active already" in text(again, 422)
    assert "Kept words" in again.content.decode()
    assert "such as F32.1" in text(signed_in.post(about(ada, "add/"), {"code": "sad", "words": "x"}), 422)
    assert "in words" in text(signed_in.post(about(ada, "add/"), {"code": "F99"}), 422)
    assert "End the diagnosis" in text(signed_in.get(about(ada, f"?end={row.pk}")))
    end = about(ada, f"{row.pk}/end/")
    assert "Say why" in text(signed_in.post(end, {"ended_on": "2026-10-14", "reason": ""}), 422)
    assert "after today" in text(signed_in.post(end, {"ended_on": "2026-12-14", "reason": "x"}), 422)
    assert signed_in.post(end, {"ended_on": "2026-10-14", "reason": "Screens low for six weeks."}).status_code == 302
    assert "ended already" in text(signed_in.post(end, {"ended_on": "2026-10-14", "reason": "x"}), 422)
    page = text(signed_in.get(about(ada)))
    assert "Screens low for six weeks." in page
    assert signed_in.post(about(ben, f"{row.pk}/end/"), {"ended_on": "2026-10-14", "reason": "x"}).status_code == 404


# --- What is marked as sensitive --------------------------------------------------------------------------------------


def test_a_sensitive_goal_is_kept_back_from_colleagues_off_the_team_and_out_of_prints(
    client, signed_in, program, ada, counselor, supervisor
):
    plans.signed(ada.episode, counselor, NOW)
    goal = Goal.objects.filter(problem__plan__episode=ada.episode).order_by("words").first()
    mark = url(ada, f"mark/goal/{goal.pk}/")
    assert "How sensitive it is" in text(signed_in.get(mark))
    assert signed_in.post(mark, {"label": "loud"}).status_code == 422
    assert signed_in.post(mark, {"label": "trauma"}).status_code == 302
    assert "Say why the mark changes." in text(signed_in.post(mark, {"label": "counseling"}), 422)
    assert "Sensitive: trauma" in text(signed_in.get(url(ada)))
    assert goal.words not in text(signed_in.get(url(ada, "1/print/")))  # left out by default
    assert goal.words in text(signed_in.get(url(ada, "1/print/?all=1")))
    other = make.member(program, "counselor", name="Hollis Grovewright")
    client.force_login(other.user)
    for rest in ("", "1/", "1/print/", "1/print/?all=1", "compare/"):
        assert goal.words not in text(client.get(url(ada, rest))), rest
    assert "One item is kept back." in text(client.get(url(ada)))
    assert goal.words not in text(client.get(f"/people/{ada.pk}/"))
    assert "kept back" in text(client.get(f"/people/{ada.pk}/"))
    assert client.get(mark).status_code == 403
    assert client.get(url(ada, "mark/other/" + str(goal.pk) + "/")).status_code == 404
    client.force_login(supervisor.user)
    assert goal.words in text(client.get(url(ada)))
    assert client.post(mark, {"label": "", "reason": "They asked for it."}).status_code == 302
    page = text(client.get(mark))
    assert "They asked for it." in page
    assert "Sensitive: trauma" in page  # every mark stays on record


def test_what_is_kept_back_is_neither_written_nor_signed(client, program, ada, whole, counselor):
    actions.mark_row(row=problem_of(whole), word="family-conflict", reason="", by=counselor, at=NOW)
    client.force_login(make.member(program, "counselor", name="Hollis Grovewright").user)
    for rest in ("write/", "sign/"):
        assert client.get(url(ada, rest)).status_code == 403


def test_a_problem_and_a_goal_are_marked_as_they_are_written(signed_in, ada, counselor):
    draft = plans.draft(ada.episode, counselor, NOW)
    facts = {"family": "addiction", "words": "Nights after the fight", "goal": "Sleep", "diagnosis": ""}
    do(signed_in, ada, "add-problem", "addiction", **facts, label="family-conflict")
    row = problem_of(draft)
    do(signed_in, ada, "add-goal", row.pk, words="Talk to my brother", label="trauma")
    goal = Goal.objects.get(words="Talk to my brother")
    assert queries.marks(draft) == {str(row.thread): "family-conflict", str(goal.thread): "trauma"}


def test_a_mark_is_set_by_whoever_wrote_it_or_a_supervisor(program, ada, whole, counselor, supervisor):
    row = problem_of(whole)
    other = make.member(program, "counselor", name="Hollis Grovewright")
    with pytest.raises(Refused, match="Whoever wrote it"):
        actions.mark_row(row=row, word="trauma", reason="", by=other, at=NOW)
    actions.mark_row(row=row, word="trauma", reason="", by=supervisor, at=NOW)
    before = Event.objects.count()
    actions.mark_row(row=row, word="trauma", reason="", by=supervisor, at=NOW)  # twice
    assert Event.objects.count() == before


def test_the_review_of_the_stay_is_offered_and_a_diagnosis_can_be_added_from_the_plan(signed_in, ada, counselor):
    plans.draft(ada.episode, counselor, NOW)
    page = text(signed_in.get(url(ada, "write/")))
    assert f'value="{ada.episode.review_on}"' in page
    assert "The review of the stay is on this day." in page
    assert f'href="/people/{ada.pk}/conditions/"' in page
    signed_in.post(url(ada, "write/"), {"do": "review", "review_on": str(ada.episode.review_on)})
    assert "The review of the stay is on this day." not in text(signed_in.get(url(ada, "write/")))
