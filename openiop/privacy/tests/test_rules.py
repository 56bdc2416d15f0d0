"""When an emergency is reviewed, which looks are asked about and why, and how a look is said in plain words."""

from datetime import UTC, date, datetime, timedelta

import pytest

from openiop.privacy import rules
from openiop.privacy.rules import Bounds, Look, Marks, Person, Rule, Viewer

ON, ZONE = date(2026, 10, 14), "America/New_York"
NOON = datetime(2026, 10, 14, 16, 0, tzinfo=UTC)
NURSE = Viewer(roles=frozenset({"nurse"}), marks=Marks("newfield", frozenset({"tel:5550100100"})))


def found(looks, viewer=NURSE, person=None, ties=(), bounds=None):
    """Rule and person of each reason to ask."""
    people = {look.person: person or Person(Marks("other"), care="in") for look in looks}
    rows = rules.unusual(looks, {"v": viewer}, people, ties, on=ON, zone=ZONE, bounds=bounds or Bounds())
    return [(row.rule, row.person) for row in rows]


ONE = [Look(NOON, "v", "p")]


def test_a_look_without_shared_work_is_asked_about_once_however_often():
    assert found(ONE * 3) == [(Rule.NO_TIE, "p")]
    assert found(ONE, ties=[("v", "p")]) == []


@pytest.mark.parametrize(
    ("role", "person", "asked"),
    [
        ("supervisor", Person(Marks(), care="in"), False),
        ("privacy", Person(Marks(), care="in"), False),
        ("front-desk", Person(Marks(), care="in", expected=True), False),
        ("front-desk", Person(Marks(), care="in"), True),
        ("intake", Person(Marks(), care="before"), False),
        ("intake", Person(Marks(), care="in"), True),
        ("biller", Person(Marks(), care="in"), False),
        ("biller", Person(Marks(), care="before"), True),
        ("counselor", Person(Marks(), care="in", expected=True), True),
    ],
)
def test_each_role_has_work_of_its_own_that_leads_to_a_record(role, person, asked):
    viewer = Viewer(roles=frozenset({role}), marks=Marks())
    assert (found(ONE, viewer, person) == [(Rule.NO_TIE, "p")]) is asked


def test_a_relative_or_someone_of_the_same_home_is_asked_about_even_on_the_team():
    ties = [("v", "p")]
    assert found(ONE, person=Person(Marks("newfield"), care="in"), ties=ties) == [(Rule.SAME_NAME, "p")]
    home = Person(Marks("other", frozenset({"tel:5550100100"})), care="in")
    assert found(ONE, person=home, ties=ties) == [(Rule.SAME_HOME, "p")]
    assert found(ONE, Viewer(frozenset({"nurse"}), Marks()), Person(Marks(), care="in"), ties) == []


def test_a_colleagues_record_is_asked_about():
    person = Person(Marks(), works_here=True, care="in")
    assert found(ONE, person=person, ties=[("v", "p")]) == [(Rule.COLLEAGUE, "p")]


@pytest.mark.parametrize(("days", "ties", "asked"), [(30, [], False), (31, [], True), (31, [("v", "p")], False)])
def test_a_look_long_after_care_ended_is_asked_about_unless_there_is_work(days, ties, asked):
    person = Person(Marks(), care="after", ended_on=ON - timedelta(days=days))
    viewer = Viewer(frozenset({"biller"}), Marks())
    assert (found(ONE, viewer, person, ties) == [(Rule.AFTER_CARE, "p")]) is asked


@pytest.mark.parametrize(
    ("hours", "days", "asked"), [({12}, 5, False), ({13}, 5, False), ({9}, 5, True), ({9}, 4, False)]
)
def test_hours_that_are_not_theirs_are_asked_about_once_there_is_a_habit(hours, days, asked):
    viewer = Viewer(frozenset({"nurse"}), Marks(), hours=frozenset(hours), days=days, busiest=3)
    assert (found(ONE, viewer, ties=[("v", "p")]) == [(Rule.ODD_HOURS, "")]) is asked


def test_midnight_lies_beside_eleven():
    viewer = Viewer(frozenset({"nurse"}), Marks(), hours=frozenset({23}), days=9, busiest=3)
    assert found([Look(NOON + timedelta(hours=12, minutes=30), "v", "p")], viewer, ties=[("v", "p")]) == []


@pytest.mark.parametrize(
    ("people", "usual", "days", "asked"),
    [(15, 0, 0, False), (16, 0, 0, True), (30, 20, 9, False), (31, 20, 9, True), (16, 20, 4, True)],
)
def test_many_records_in_an_hour_are_asked_about_above_the_bound_and_the_habit(people, usual, days, asked):
    viewer = Viewer(frozenset({"supervisor"}), Marks(), hours=frozenset({12}), days=days, busiest=usual)
    looks = [Look(NOON, "v", f"p{n}") for n in range(people)]
    assert (found(looks, viewer) == [(Rule.MANY, "")]) is asked


def test_looks_of_someone_not_known_here_say_nothing():
    assert rules.unusual(ONE, {}, {}, [], on=ON, zone=ZONE, bounds=Bounds()) == []
    assert rules.unusual(ONE, {"v": NURSE}, {}, [], on=ON, zone=ZONE, bounds=Bounds()) == []


@pytest.mark.parametrize("rule", list(Rule))
def test_every_rule_says_why_in_a_sentence(rule):
    said = rules.because(rule, {"days": 7, "hour": 3, "looks": 2, "people": 20, "usual": 4})
    assert said.endswith(".")
    assert rules.RULE_WORDS[rule]


def test_an_hour_is_said_as_on_a_clock():
    assert "around 3 PM" in rules.because(Rule.ODD_HOURS, {"hour": 15, "looks": 1})
    assert "around 12 AM" in rules.because(Rule.ODD_HOURS, {"hour": 0, "looks": 1})


def test_ways_to_reach_someone_are_compared_without_spaces_and_signs():
    assert rules.plain_phone("+1 (555) 010-0100") == rules.plain_phone("555-010-0100") == "tel:5550100100"
    assert rules.plain_phone("ext. 12") == ""
    assert rules.plain_address("12 Mill St.", "04401-123") == rules.plain_address("12 mill st", "04401")
    assert rules.plain_address("12 Mill St.", "") == rules.plain_address("", "04401") == ""
    assert rules.plain_email(" Joan@Example.org ") == "mail:joan@example.org"
    assert rules.plain_email(" ") == ""
    assert (rules.last_name("Joan M. Birchwell"), rules.last_name(" ")) == ("birchwell", "")


@pytest.mark.parametrize(
    ("facts", "role", "said"),
    [
        ({"emergency": "x", "rule": "r"}, "nurse", "A medical emergency"),
        ({"consent": "x", "rule": "r"}, "", "You agreed to share it"),
        ({"rule": "You are on this person's care team (42 CFR 2.12(c)(3))."}, "nurse", "Part of your care team"),
        ({"shared": True, "rule": "r", "kind": "access-log"}, "privacy officer", "Checking who looked at records"),
        ({"shared": True, "rule": "r"}, "nurse", "On a list or a group page they work with"),
        ({}, "nurse", "On a list or a group page they work with"),
        ({"rule": "r"}, "front desk", "Their work in the program: front desk"),
        ({"rule": "r"}, "", "Their work in the program"),
    ],
)
def test_why_someone_looked_is_said_in_plain_words(facts, role, said):
    assert rules.plain_why(facts, role) == said


def test_what_was_looked_at_is_said_in_words():
    assert rules.kind_words({"kind": "plan"}) == ["treatment plan and progress"]
    assert rules.kind_words({"kind": "overview", "kinds": ["contact", "old-kind"]}) == [
        "name and contact details",
        "old-kind",
    ]
    assert rules.kind_words({}) == []
    assert (rules.page_words("desk:chart"), rules.page_words("notes:person_note")) == ("Overview", "person note")


def test_an_emergency_is_judged_by_someone_else_once_it_has_closed():
    good = {"reviewed": False, "own": False, "still_open": False, "outcome": "justified", "words": "They asked."}
    assert rules.why_not_review(**good) == []
    assert rules.why_not_review(**good | {"reviewed": True}) == ["This emergency access was reviewed already."]
    wrong = {"own": True, "still_open": True, "outcome": "", "words": " "}
    assert len(rules.why_not_review(**good | wrong)) == 4


def test_that_someone_was_told_needs_a_way_and_happens_once():
    assert rules.why_not_tell(told=False, how="phone") == []
    assert rules.why_not_tell(told=True, how="phone") != []
    assert rules.why_not_tell(told=False, how="") != []


def test_a_question_needs_words_and_a_look_and_waits_for_one_answer():
    assert rules.why_not_ask(looked=True, words="Why?", waiting=False) == []
    assert len(rules.why_not_ask(looked=False, words=" ", waiting=True)) == 3
    assert rules.why_not_answer(answered=False, words="Because.") == []
    assert rules.why_not_answer(answered=True, words="Because.") != []
    assert rules.why_not_answer(answered=False, words=" ") != []


def test_who_looked_is_asked_once_and_never_by_themselves():
    assert rules.why_not_ask_viewer(status="open", own=False) == []
    assert rules.why_not_ask_viewer(status="open", own=True) != []
    assert rules.why_not_ask_viewer(status="asked", own=False) != []
    assert rules.why_not_explain(status="asked", own=True, words="I covered.") == []
    assert rules.why_not_explain(status="asked", own=False, words="I covered.") != []
    assert rules.why_not_explain(status="answered", own=True, words="I covered.") != []
    assert rules.why_not_explain(status="asked", own=True, words=" ") != []


@pytest.mark.parametrize(
    ("status", "own", "outcome", "words", "reasons"),
    [
        ("answered", False, "explained", "", 0),
        ("open", False, "explained", "", 1),
        ("open", False, "explained", "She led the group that day.", 0),
        ("open", False, "false-alarm", "", 0),
        ("answered", False, "follow-up", "", 1),
        ("answered", False, "follow-up", "Talked with her supervisor.", 0),
        ("answered", True, "", "", 2),
        ("closed", False, "explained", "", 1),
    ],
)
def test_looks_are_closed_with_an_outcome_by_someone_else(status, own, outcome, words, reasons):
    assert len(rules.why_not_close(status=status, own=own, outcome=outcome, words=words)) == reasons
