"""Levels, families, diagnoses: what may follow what."""

from datetime import date, timedelta

import pytest

from openiop.participants import rules

TODAY = date(2026, 10, 14)


@pytest.mark.parametrize(
    ("code", "family"),
    [("F10.20", "substance"), ("F63.0", "behavior"), ("F32.1", "mental-health"), ("Z63.8", "other")],
)  # fmt: skip
def test_each_code_belongs_to_a_problem_family(code, family):
    assert rules.family_of(code) == family


@pytest.mark.parametrize("code", ["F32.1", "F10.20", "F32.A", "F20", "C7A.010", "F63.81"])
def test_a_code_of_the_right_shape_is_taken(code):
    assert rules.why_not_diagnosis(code=code, words="x", on=TODAY, onset_on=TODAY) == []


@pytest.mark.parametrize("code", ["", "sad", "F3", "F32.", "F32.12345", "32.1", "F32 1", "f32.1"])
def test_a_code_of_no_known_shape_is_refused(code):
    assert rules.why_not_diagnosis(code=code, words="x", on=TODAY) == [
        "Write the code as ICD-10-CM has it, such as F32.1."
    ]


def test_a_diagnosis_has_words_and_began_by_today():
    reasons = rules.why_not_diagnosis(code="F32.1", words=" ", on=TODAY, onset_on=date(2026, 10, 15))
    assert reasons == ["Write the condition in words.", "It cannot begin after today."]


def test_a_diagnosis_ends_once_with_a_reason_between_its_start_and_today():
    given = {"ended": False, "reason": "Low for six weeks", "on": TODAY, "today": TODAY, "onset_on": TODAY}
    assert rules.why_not_end_diagnosis(**given) == []
    wrong = {"ended": True, "reason": "", "on": date(2026, 10, 15), "onset_on": date(2026, 10, 16)}
    assert len(rules.why_not_end_diagnosis(**(given | wrong))) == 4
    assert rules.why_not_end_diagnosis(**(given | {"onset_on": None})) == []


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"open_episode": True}, "already in care"),
        ({"review_on": None}, "Set the date"),
        ({"review_on": TODAY}, "must come after the start"),
        ({"level": "4"}, "does not offer"),
    ],
)
def test_nobody_is_admitted_twice_without_a_review_or_to_a_level_not_offered(wrong, sentence):
    given = {"open_episode": False, "review_on": date(2026, 11, 14), "starts_on": TODAY, "level": "2.1"}
    assert rules.why_not_admit(**given) == []
    (reason,) = rules.why_not_admit(**(given | wrong))
    assert sentence in reason


def test_a_level_changes_to_another_one_offered_and_never_into_the_past():
    given = {"ended": False, "now": "2.1", "to": "1.5", "from_on": TODAY, "since": TODAY}
    assert rules.why_not_change_level(**given) == []
    assert len(rules.why_not_change_level(**(given | {"ended": True, "to": "2.1", "since": date(2026, 11, 1)}))) == 3
    assert rules.why_not_change_level(**(given | {"to": "3.1"})) == ["This program does not offer that level of care."]


def test_weeks_are_counted_from_one():
    assert [rules.week_number(TODAY, date(2026, 10, day)) for day in (1, 14, 20, 21)] == [1, 1, 1, 2]


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"ended": True}, "This episode has ended."),
        ({"levels": 2}, "The level of care changed since. The first day stands."),
        ({"was": TODAY}, "That is the first day already."),
        ({"review_on": TODAY}, "The first review comes after the first day, within 90 days."),
        ({"review_on": TODAY + timedelta(91)}, "The first review comes after the first day, within 90 days."),
        ({"words": " "}, "Say what was wrong with the first day."),
    ],
)
def test_a_first_day_is_corrected_in_an_open_stay_on_its_first_level_with_a_reason(changed, sentence):
    given = {
        "ended": False, "levels": 1, "was": TODAY - timedelta(7), "starts_on": TODAY,
        "review_on": TODAY + timedelta(90), "words": "A week was mistyped",
    }  # fmt: skip
    assert rules.why_not_correct_first_day(**given) == []
    assert rules.why_not_correct_first_day(**(given | changed)) == [sentence]


@pytest.mark.parametrize("phone", ["", "614-555-0134", "614-555-0134 ext. 12", "(614) 555-0134 x12"])
def test_a_number_to_call_is_taken(phone):
    assert rules.why_not_phone(phone) == []


@pytest.mark.parametrize("phone", ["555", "call my sister", "614-555-0134 after six"])
def test_words_or_too_few_digits_are_no_number_to_call(phone):
    assert len(rules.why_not_phone(phone)) == 1


@pytest.mark.parametrize(
    ("legal", "preferred", "said"),
    [("Ada Alder", "", "Ada Alder"), ("Ada Alder", "Addie", "Addie Alder"), ("Ada", "Addie", "Addie")],
)
def test_people_are_called_by_the_name_they_prefer(legal, preferred, said):
    assert rules.called(legal, preferred) == said


def test_a_birth_date_lies_behind_us_or_is_not_known_yet():
    assert rules.why_not_born(None, TODAY) == []
    assert rules.why_not_born(date(1990, 4, 1), TODAY) == []
    assert "lies ahead" in rules.why_not_born(TODAY + timedelta(1), TODAY)[0]


def _side(number=1001, **facts):
    return rules.Side(
        **{
            "program_id": "p",
            "number": number,
            "absorbed": False,
            "absorbs": False,
            "in_care": False,
            "signs_in": False,
        }
        | facts
    )


@pytest.mark.parametrize(
    ("kept", "absorbed", "reasons"),
    [
        ({}, {}, 0),
        ({"in_care": True, "signs_in": True, "absorbs": True}, {}, 0),
        ({"program_id": "q"}, {}, 1),
        ({"number": 1002}, {}, 1),
        ({"absorbed": True}, {}, 1),
        ({}, {"absorbed": True, "absorbs": True}, 2),
        ({"in_care": True}, {"in_care": True}, 1),
        ({}, {"in_care": True}, 1),
        ({"signs_in": True}, {"signs_in": True}, 1),
        ({}, {"signs_in": True}, 1),
    ],
)
def test_two_records_are_read_together_only_where_nothing_speaks_against_it(kept, absorbed, reasons):
    found = rules.why_not_merge(kept=_side(**kept), absorbed=_side(1002, **absorbed), conflicts=(), reason="Same.")
    assert len(found) == reasons


def test_a_merge_needs_a_reason_and_no_two_consents_that_differ():
    found = rules.why_not_merge(kept=_side(), absorbed=_side(1002), conflicts=["to family or a supporter"], reason=" ")
    assert len(found) == 2


def test_two_records_are_parted_once_and_with_a_reason():
    assert rules.why_not_part(undone=False, reason="Two cousins.") == []
    assert rules.why_not_part(undone=True, reason="Two cousins.") != []
    assert rules.why_not_part(undone=False, reason=" ") != []
