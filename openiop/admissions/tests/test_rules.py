"""The pre-screen, the placement rules, their hard stops, the pipeline and what admission needs."""

from datetime import UTC, date, datetime, timedelta
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openiop.admissions import rules
from openiop.admissions.rules import Result, Stage
from openiop.participants.rules import Level

RATINGS = st.tuples(*[st.integers(0, 4)] * 6)
IDEAL = {
    **dict.fromkeys(rules.HARD, "no"),
    **dict.fromkeys(("stable_home", "support", "can_manage_duties", "motivated", "more_than_weekly"), "yes"),
    **dict.fromkeys(("co_occurring", "finished_inpatient", "early_help"), "no"),
    "substance_or_behavior": "yes",
}
SHEETS = st.fixed_dictionaries({item: st.sampled_from(["yes", "no", "unsure"]) for item in IDEAL})


# The pre-screen


def test_someone_steady_who_needs_more_than_weekly_counseling_may_fit():
    found = rules.screen(IDEAL)
    assert found.result == Result.FIT
    assert not found.crisis
    assert next(point.code for point in found.side("for")) == "safety"


@pytest.mark.parametrize("item", rules.HARD)
@given(sheet=SHEETS)
def test_a_danger_always_wins_and_shows_help_at_once(item, sheet):
    found = rules.screen(sheet | {item: "yes"})
    assert found.result == Result.MORE
    assert found.crisis
    assert item in found.hard_stops


@pytest.mark.parametrize("item", ["withdrawal_danger", "suicidal_thoughts"])
@given(sheet=SHEETS)
def test_not_being_sure_of_a_danger_needs_a_person_first(item, sheet):
    found = rules.screen(sheet | {item: "unsure"})
    assert found.result == Result.MORE
    assert found.crisis


@pytest.mark.parametrize(
    ("changed", "result"),
    [
        ({"stable_home": "no"}, Result.NOT_YET),
        ({"motivated": "no"}, Result.NOT_YET),
        ({"more_than_weekly": "no"}, Result.NOT_YET),
        ({"more_than_weekly": "unsure"}, Result.FIT),
        ({"substance_or_behavior": "no"}, Result.NOT_YET),
        ({"substance_or_behavior": "no", "co_occurring": "yes"}, Result.FIT),
        ({"can_manage_duties": "no"}, Result.MORE),
        ({"unsafe_home": "unsure"}, Result.NOT_YET),
        ({"needs_24h": "unsure"}, Result.NOT_YET),
        ({"support": "no"}, Result.FIT),
        ({"motivated": "unsure"}, Result.FIT),
    ],
)
def test_each_criterion_moves_the_answer_as_the_program_means_it(changed, result):
    assert rules.screen(IDEAL | changed).result == result


@given(sheet=SHEETS)
def test_every_answer_but_a_fit_gives_its_reasons(sheet):
    found = rules.screen(sheet)
    assert bool(found.side("against")) == (found.result != Result.FIT)
    assert {point.side for point in found.points} <= {"for", "ask", "against"}


def test_an_item_left_out_counts_as_not_sure_and_nonsense_is_a_bug():
    assert rules.screen({}).result == Result.MORE
    with pytest.raises(ValueError, match="no such item"):
        rules.screen({"motivated": "maybe"})
    with pytest.raises(ValueError, match="no such item"):
        rules.screen({"shoe_size": "yes"})


@pytest.mark.parametrize(
    ("concerns", "said"), [(["gambling"], "yes"), (["alcohol", "none"], "yes"), (["none"], "no"), ([], "unsure")]
)
def test_a_behavior_counts_like_a_substance(concerns, said):
    assert rules.with_concerns({}, concerns)["substance_or_behavior"] == said


@pytest.mark.parametrize(
    ("facts", "count"),
    [
        ({"was": "fit", "to": "not-yet", "hard_stops": [], "words": "Wants to wait for school."}, 0),
        ({"was": "fit", "to": "not-yet", "hard_stops": [], "words": " "}, 1),
        ({"was": "", "to": "fit", "hard_stops": [], "words": "Why"}, 1),
        ({"was": "fit", "to": "fit", "hard_stops": [], "words": "Why"}, 1),
        ({"was": "fit", "to": "great", "hard_stops": [], "words": "Why"}, 1),
        ({"was": "needs-more-care", "to": "fit", "hard_stops": ["suicidal_thoughts"], "words": "Why"}, 1),
    ],
)
def test_a_clinician_may_decide_otherwise_with_a_reason_but_never_over_a_named_danger(facts, count):
    assert len(rules.why_not_override(**facts)) == count


# Placement: the published vectors of rule set A

VECTORS = [
    ("000000", "R10", "1"),
    ("001111", "R10", "1"),
    ("002121", "R9", "2.1"),
    ("011232", "R9", "2.1"),
    ("101223", "R9", "2.1 + recovery residence"),
    ("001331", "R7", "2.5"),
    ("001141", "R7", "2.5"),
    ("201121", "R8", "2.1 with on-site medical management"),
    ("211321", "R8", "2.5"),
    ("021111", "R8", "2.1 with on-site medical management"),
    ("201223", "R8", "2.1 with on-site medical management + recovery residence"),
    ("003121", "R6", "2.5 co-occurring enhanced"),
    ("003231", "R3", "3.5 co-occurring enhanced"),
    ("001233", "R5", "3.1 with Level 2.1 hours"),
    ("001243", "R4", "3.5"),
    ("001124", "R4", "3.5"),
    ("300000", "R2", "3.7"),
    ("004000", "R1", "4"),
]


@pytest.mark.parametrize(("vector", "rule", "text"), VECTORS)
def test_the_published_vectors_come_out_as_written(vector, rule, text):
    found = rules.suggest([int(digit) for digit in vector])
    assert (found.rule, found.text) == (rule, text)


def test_every_possible_set_of_ratings_has_an_answer_and_all_ten_rules_are_used():
    found = [rules.suggest(vector) for vector in product(range(5), repeat=6)]
    assert len(found) == 15_625
    assert {one.rule for one in found} == {f"R{number}" for number in range(1, 11)}
    assert all(one.level in set(Level) and one.reason for one in found)


@given(ratings=RATINGS)
def test_a_higher_rating_never_points_to_less_care(ratings):
    """Raising one rating never lowers the level; the residence may end where a residential level begins."""
    ladder = [Level.L1, Level.L21, Level.L25, Level.L31, Level.L35, Level.L37, Level.L4]
    here = ladder.index(rules.suggest(ratings).level)
    for place in range(6):
        if ratings[place] < 4:
            higher = (*ratings[:place], ratings[place] + 1, *ratings[place + 1 :])
            assert ladder.index(rules.suggest(higher).level) >= here


@given(ratings=RATINGS)
def test_what_would_change_it_lists_exactly_the_single_ratings_that_do(ratings):
    here = rules.suggest(ratings).text
    listed = {(change.dimension, change.value): change.suggestion.text for change in rules.changes(ratings)}
    for place in range(6):
        for value in set(range(5)) - {ratings[place]}:
            there = rules.suggest((*ratings[:place], value, *ratings[place + 1 :])).text
            assert listed.get((place + 1, value), here) == there
    assert here not in listed.values()


def test_an_open_hard_stop_leaves_no_automatic_result():
    assert rules.suggest((0, 0, 2, 1, 2, 1), {"HS4"}) is None


@pytest.mark.parametrize("wrong", [(0, 0, 0), (0, 0, 0, 0, 0, 5), (-1, 0, 0, 0, 0, 0)])
def test_ratings_outside_the_scale_are_a_bug(wrong):
    with pytest.raises(ValueError, match="six ratings"):
        rules.suggest(wrong)


def test_the_reasons_name_what_is_high_and_what_moved():
    lines = [line.words for line in rules.because((0, 0, 2, 1, 1, 2), {3: 3, 5: 1, 6: 1})]
    assert "Mind, mood and thinking is 2" in lines
    assert "Mind, mood and thinking fell from 3 to 2" in lines
    assert "Home and surroundings rose from 1 to 2" in lines
    calm = [line.words for line in rules.because((0, 0, 0, 1, 1, 1), {})]
    assert "No dimension is above 1" in calm
    assert "Nothing in 1 to 3 calls for medical or daily care" in calm


def test_the_ladder_marks_where_one_is_and_what_is_suggested():
    states = {level: state for state, level, _ in rules.ladder("2.1", "1")}
    assert (states["2.1"], states["1.5"], states["4"]) == ("done", "next", "open")
    assert {state for state, _, _ in rules.ladder("", "")} == {"open"}
    assert not rules.differs("1", "1.5")
    assert rules.differs("2.1", "2.5")


FULL = dict(zip(range(1, 7), (0, 0, 2, 1, 2, 1), strict=True))
DECIDING = {
    "decided": False,
    "ratings": FULL,
    "without_evidence": [],
    "safety_checked": True,
    "open_stops": [],
    "level": "2.1",
    "difference": "",
    "words": "Evenings suit.",
}


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({}, ""),
        ({"decided": True}, "decided already"),
        ({"safety_checked": False}, "safety check first"),
        ({"ratings": {1: 0}}, "Still to rate: Body health"),
        ({"without_evidence": [3]}, "evidence line is missing for: Mind"),
        ({"level": ""}, "Choose the level"),
        ({"level": "2.5"}, "choose the reason"),
        ({"level": "2.5", "difference": "whim"}, "choose the reason"),
        ({"level": "2.5", "difference": "safety"}, ""),
        ({"difference": "safety"}, "no reason for a difference"),
        ({"words": " "}, "in your own words"),
        ({"open_stops": ["HS2"]}, "only 24-hour care"),
        ({"open_stops": ["HS2"], "level": "3.7"}, ""),
        ({"open_stops": ["HS8"], "level": "3.1", "difference": ""}, ""),
    ],
)
def test_a_level_is_decided_on_a_full_assessment_with_reasons(changed, reason):
    reasons = rules.why_not_decide(**(DECIDING | changed))
    assert any(reason in one for one in reasons) if reason else reasons == []


def test_a_decided_assessment_takes_no_rating_and_the_scale_is_kept():
    assert rules.why_not_rate(decided=True, dimension=1, value=1)
    assert rules.why_not_rate(decided=False, dimension=7, value=1)
    assert rules.why_not_rate(decided=False, dimension=1, value=5)
    assert rules.why_not_rate(decided=False, dimension=6, value=4) == []


# Hard stops


@pytest.mark.parametrize(
    ("facts", "codes"),
    [
        ({}, ""),
        ({"physical_emergency": True}, "HS1"),
        ({"ciwa_ar": 19}, "HS2"),
        ({"ciwa_ar": 18}, ""),
        ({"past_withdrawal_seizure_or_delirium": True}, ""),
        ({"past_withdrawal_seizure_or_delirium": True, "current_heavy_use": True}, "HS2"),
        ({"several_withdrawals_needing_monitoring": True}, "HS3"),
        ({"cssrs_intent": True, "sedative_dependence_with_withdrawal": True}, "HS3 HS4"),
        ({"acute_state_prevents_taking_part": True}, "HS5"),
        ({"pregnant": True}, ""),
        ({"pregnant": True, "dependent_on_opioids_alcohol_or_sedatives": True}, "HS6"),
        ({"age": 17}, "HS7"),
        ({"age": 18}, ""),
        ({"age": 20, "minimum_age": 21}, "HS7"),
        ({"home_unsafe": True}, "HS8"),
        ({"home_unsafe": True, "safe_alternative": True}, ""),
    ],
)
def test_each_hard_stop_opens_on_its_own_facts(facts, codes):
    assert rules.stops_for(facts) == frozenset(codes.split())


def test_every_line_of_the_safety_check_belongs_to_a_stop():
    assert {fact.stop for fact in rules.FACTS} == set(rules.STOPS) - {"HS7"}


@pytest.mark.parametrize(("birth", "years"), [(date(2000, 10, 14), 26), (date(2000, 10, 15), 25), (None, None)])
def test_age_counts_whole_years_on_the_day(birth, years):
    assert rules.years_old(birth, date(2026, 10, 14)) == years


def test_a_hard_stop_closes_in_a_sentence_and_once():
    assert rules.why_not_close_stop(closed=False, disposition="Seen by crisis team, safe at sister's.") == []
    assert rules.why_not_close_stop(closed=False, disposition="ok") != []
    assert rules.why_not_close_stop(closed=True, disposition="Seen by crisis team.") != []


# The pipeline


def test_an_enquiry_only_moves_forward_and_a_closed_one_stays_closed():
    assert rules.furthest("new", Stage.SCREENED) == Stage.SCREENED
    assert rules.furthest("assessed", Stage.CONTACTED) == Stage.ASSESSED
    assert rules.furthest("closed", Stage.ADMITTED) == Stage.CLOSED


def test_the_clock_runs_from_the_first_word_to_the_first_contact():
    asked = datetime(2026, 10, 12, 14, 0, tzinfo=UTC)
    assert rules.hours_waiting(asked, None, asked + timedelta(minutes=90)) == 1.5
    assert rules.hours_waiting(asked, asked + timedelta(hours=1), asked + timedelta(days=2)) == 1.0


def test_nothing_is_kept_of_a_visitor_without_a_name():
    assert rules.why_not_receive(name=" ", phone="555", email="", by_staff=False)
    assert rules.why_not_receive(name="Rue", phone="", email="", by_staff=False)
    assert rules.why_not_receive(name="Rue", phone="", email="", by_staff=True) == []
    assert rules.why_not_receive(name="Rue", phone="", email="a@example.org", by_staff=False) == []


@pytest.mark.parametrize(
    ("facts", "count"),
    [
        ({"status": "new", "reason": "not-now", "words": ""}, 0),
        ({"status": "new", "reason": "", "words": ""}, 1),
        ({"status": "new", "reason": "other", "words": ""}, 1),
        ({"status": "closed", "reason": "not-now", "words": ""}, 1),
        ({"status": "admitted", "reason": "not-now", "words": ""}, 1),
    ],
)
def test_an_enquiry_closes_with_a_coded_reason(facts, count):
    assert len(rules.why_not_close_enquiry(**facts)) == count


# Admission

READY = {"decided": True, "rating_again": False, "open_stops": 0, "level": "2.1", "has_tpo": True, "in_care": False}


@pytest.mark.parametrize(
    ("changed", "needs"),
    [
        ({}, []),
        ({"decided": False, "level": ""}, ["assessment"]),
        ({"rating_again": True}, ["assessment"]),
        ({"level": "3.7"}, ["level"]),
        ({"open_stops": 1}, ["stops"]),
        ({"has_tpo": False}, ["consent"]),
        ({"in_care": True, "has_tpo": False}, ["not-in-care", "consent"]),
    ],
)
def test_admission_says_each_thing_that_is_missing(changed, needs):
    assert [one.need for one in rules.missing_for_admission(**(READY | changed))] == needs


def test_the_first_review_falls_due_by_policy():
    assert rules.first_review(date(2026, 10, 14), "2.1") == date(2026, 10, 28)
    assert rules.first_review(date(2026, 10, 14), "1.5") == date(2026, 11, 13)
    assert rules.first_review(date(2026, 10, 14), "2.1", {"2.1": 7}) == date(2026, 10, 21)
    assert rules.first_review(date(2026, 10, 14), "2.5", {"2.1": 7}) == date(2026, 10, 28)


STARTING = {
    "level": "2.1",
    "decided_level": "2.1",
    "starts_on": date(2026, 10, 14),
    "decided_on": date(2026, 10, 12),
    "review_on": date(2026, 10, 28),
    "counselor": True,
}


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({}, ""),
        ({"level": "2.5"}, "a clinician decided"),
        ({"starts_on": date(2026, 10, 11)}, "before its level was decided"),
        ({"review_on": None}, "Set the date"),
        ({"review_on": date(2027, 3, 1)}, "within 90 days"),
        ({"counselor": False}, "primary counselor"),
    ],
)
def test_care_begins_at_the_decided_level_with_a_counselor_and_a_review_date(changed, reason):
    reasons = rules.why_not_start(**(STARTING | changed))
    assert any(reason in one for one in reasons) if reason else reasons == []


def test_a_first_day_far_ahead_is_refused_and_the_near_one_is_not():
    today = date(2026, 10, 14)
    assert rules.why_not_first_day(date(2026, 12, 13), today) == []
    assert "Look at the year" in rules.why_not_first_day(date(2031, 10, 14), today)[0]
    assert rules.why_not_first_day(date(2026, 10, 20), today, 5)


def test_a_part_on_the_team_fits_the_role():
    assert rules.why_not_part("Prescriber", {"nurse"})
    assert rules.why_not_part("Prescriber", {"prescriber"}) == []
    assert rules.why_not_part("Group facilitator", {"biller"})
    assert rules.part_for({"nurse"}) == "Nurse"
    assert rules.part_for({"front-desk"}) == ""


@pytest.mark.parametrize("phone", ["call me", "614", "ask for Sam 614-555-0134"])
def test_words_are_no_phone_number(phone):
    assert "phone number" in " ".join(rules.why_not_receive(name="Rue", phone=phone, email="", by_staff=True))


@pytest.mark.parametrize(
    "phone", ["", "614-555-0134", "+1 (614) 555 0134", "555-0148", "6145550134 x12", "614 555 0134 ext. 5"]
)
def test_numbers_are_phone_numbers(phone):
    assert rules.why_not_receive(name="Rue", phone=phone, email="", by_staff=True) == []


def test_a_choice_is_one_of_the_ways_of_care_talked_through_with_someone_of_the_program():
    for option in rules.OPTIONS:
        assert rules.why_not_choose(option=option, same_program=True) == []
    assert len(rules.why_not_choose(option="", same_program=True)) == 1
    assert len(rules.why_not_choose(option="maybe", same_program=False)) == 2
