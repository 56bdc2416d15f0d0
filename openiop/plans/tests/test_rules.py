"""A plan is whole when each problem family is answered by a goal that can be measured and worked on."""

from datetime import date, timedelta

import pytest

from openiop.plans import rules

TODAY = date(2026, 10, 14)
SOON = TODAY + timedelta(days=14)
STEP = rules.Step(words="Go out twice", measure="Log", baseline="0", target="2 a week", interventions=1, active=True)
AIM = rules.Aim(words="See people", family="mental-health", active=True, steps=(STEP,))


def step(**changes):
    return rules.Step(**(vars(STEP) | changes))


def aim(**changes):
    return rules.Aim(**(vars(AIM) | changes))


def why(aims=(AIM,), status="draft", missing=(), review_on=SOON):
    return rules.why_not_sign(status=status, aims=aims, missing=missing, review_on=review_on, on=TODAY)


def test_substances_and_behavior_are_one_half_of_the_plan():
    assert {rules.family_of(one) for one in ("substance", "behavior")} == {"addiction"}
    assert rules.family_of("mental-health") == "mental-health"


def test_a_family_needs_a_goal_for_a_diagnosis_and_for_a_positive_screen_alike():
    assert rules.families_needing_a_goal(active_diagnoses=["addiction"], positive_screens=["mental-health"]) == {
        "addiction",
        "mental-health",
    }


def test_a_deferral_stands_until_the_day_it_is_looked_at_again_and_no_longer():
    def missing(review_on):
        return rules.families_missing(
            needed=["addiction", "mental-health"],
            with_goal=["addiction"],
            deferred={"mental-health": review_on},
            on=TODAY,
        )

    assert missing(TODAY) == []
    assert missing(TODAY - timedelta(days=1)) == ["mental-health"]


def test_a_whole_plan_may_be_signed():
    assert why() == []


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"status": "signed"}, "signed already"),
        ({"aims": []}, "at least one goal"),
        ({"aims": [aim(active=False)]}, "at least one goal"),
        ({"missing": ["mental-health"]}, "Mental health needs a goal"),
        ({"missing": ["addiction"]}, "another addiction needs a goal"),
        ({"aims": [aim(steps=())]}, "needs an objective"),
        ({"aims": [aim(steps=(step(active=False),))]}, "needs an objective"),
        ({"aims": [aim(steps=(step(measure=" "),))]}, "how it is measured"),
        ({"aims": [aim(steps=(step(baseline=""),))]}, "how it is measured"),
        ({"aims": [aim(steps=(step(target=""),))]}, "how it is measured"),
        ({"aims": [aim(steps=(step(interventions=0),))]}, "something the program does"),
        ({"review_on": None}, "date of the next review"),
        ({"review_on": TODAY}, "must lie ahead"),
        ({"review_on": TODAY + timedelta(days=31)}, "within 30 days"),
    ],
)
def test_each_thing_a_plan_lacks_is_said_in_a_sentence(given, sentence):
    reasons = why(**given)
    assert len(reasons) == 1
    assert sentence in reasons[0]


def test_the_program_may_review_less_often_than_the_default_says():
    late = TODAY + timedelta(days=60)
    assert rules.why_not_review_on(review_on=late, on=TODAY, longest=60) == []
    assert rules.why_not_review_on(review_on=late, on=TODAY, longest=59)


def test_only_the_version_being_written_in_an_open_episode_changes():
    assert rules.why_not_change(status="draft") == []
    assert rules.why_not_change(status="signed") == ["This version is signed. Start the next one to change it."]
    assert rules.why_not_change(status="draft", ended=True) == ["This episode has ended."]


def test_an_objective_is_measurable_and_lies_ahead():
    good = {"words": "Go out", "measure": "Log", "baseline": "0", "target": "2", "target_on": SOON, "on": TODAY}
    assert rules.why_not_objective(**good) == []
    for name in ("words", "measure", "baseline", "target"):
        assert len(rules.why_not_objective(**(good | {name: " "}))) == 1
        assert rules.why_not_objective(**(good | {name: "with ____"})) == [rules.FILL_IN]
    assert rules.why_not_objective(**(good | {"target_on": TODAY})) == ["The target date must lie ahead."]


def test_a_blank_from_the_library_is_filled_in_before_it_stands():
    assert rules.why_not_words("", lacking="Write the goal.") == ["Write the goal."]
    assert rules.why_not_words("To feel ____", lacking="Write the goal.") == [rules.FILL_IN]
    assert rules.why_not_words("To feel at home", lacking="Write the goal.") == []


def signs(**changes):
    given = {
        "part": "clinician",
        "how": "screen",
        "own": False,
        "clinician": True,
        "name": "Joan B",
        "names": ["Joan B"],
    }
    return rules.why_not_sign_as(**(given | changes))


def test_each_signs_their_own_part_under_their_own_name():
    assert signs() == []
    assert signs(name="joan  b") == []
    assert signs(part="participant", own=True, clinician=False, how="phone") == []
    assert signs(part="participant", how="tablet") == []  # in the room, on the clinician's tablet
    assert signs(part="participant", how="phone") == ["Only the participant signs for the participant."]
    assert signs(part="participant", clinician=False, how="tablet")
    assert signs(clinician=False) == ["A clinician of this program signs this part."]
    assert signs(part="witness") == ["Sign as the participant or as the clinician."]
    assert signs(name=" ") == ["Type your full name to sign."]
    assert signs(name="Someone Else") == ["Sign with the name on the record."]


def test_two_versions_stand_side_by_side_with_what_came_changed_and_went():
    one, two, three = (rules.Said(thread, "Goal", f"Goal {thread}") for thread in "abc")
    anew, added = rules.Said("b", "Goal", "Goal b, said anew"), rules.Said("d", "Goal", "Goal d")
    lines = rules.differences([one, two, three], [anew, added])
    assert [(line.before, line.after, line.state) for line in lines] == [
        ("Goal a", "", "gone"),
        ("Goal b", "Goal b, said anew", "changed"),
        ("Goal c", "", "gone"),
        ("", "Goal d", "added"),
    ]
    assert [line.state for line in rules.differences([one], [one])] == ["same"]


@pytest.mark.parametrize(
    ("kept", "days", "offered"),
    [(None, 14, 14), (None, 0, None), (None, 60, None), (7, 14, 7)],
)
def test_the_review_of_the_stay_is_offered_where_the_plan_may_wait_so_long(kept, days, offered):
    def day(number):
        return None if number is None else TODAY + timedelta(days=number)

    assert rules.review_offered(kept=day(kept), stay=day(days), on=TODAY, longest=30) == day(offered)
