"""Scores, bands, critical answers, change, and what a file must hold."""

import json
import os
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from gzip import open as gunzip
from pathlib import Path

import pytest

from openiop.questionnaires import queries, rules

ROOT = Path(__file__).parents[3]
SHARED = Path(os.environ.get("OPENIOP_SHARED", ROOT.parent / "shared")) / "data"
absent = pytest.mark.skipif(not SHARED.is_dir(), reason="the shared data is not beside the checkout")

PHQ9 = queries.instrument("phq9")
GAD7 = queries.instrument("gad7")
TEXT = (queries.FOLDER / "phq9.toml").read_text()


def form(read, *values):
    return {item.key: value for item, value in zip(read.items, values, strict=False)}


@pytest.mark.parametrize(
    ("read", "values", "total", "band"),
    [
        (PHQ9, [0] * 9, 0, "minimal"),
        (PHQ9, [1] * 4 + [0] * 5, 4, "minimal"),
        (PHQ9, [1] * 5 + [0] * 4, 5, "mild"),
        (PHQ9, [3, 3, 3, 1] + [0] * 5, 10, "moderate"),
        (PHQ9, [3] * 5 + [0] * 4, 15, "moderately severe"),
        (PHQ9, [3] * 6 + [2, 0, 0], 20, "severe"),
        (PHQ9, [3] * 9, 27, "severe"),
        (GAD7, [3, 3, 3, 0, 0, 0, 0], 9, "mild"),
        (GAD7, [3] * 5 + [0, 0], 15, "severe"),
    ],
)
def test_a_complete_form_has_the_published_total_and_band(read, values, total, band):
    points = rules.total(read, form(read, *values))
    assert (points, rules.band(read, points).name) == (total, band)


def test_an_incomplete_form_is_not_scored_and_nothing_is_filled_in():
    answers = form(PHQ9, 3, 3, None, 3, 3, 3, 3, 3, 3)
    assert rules.total(PHQ9, answers) is None
    assert rules.band(PHQ9, None) is None
    assert rules.missing(PHQ9, answers) == (3,)
    assert not rules.positive(PHQ9, None)


def test_the_difficulty_question_is_not_part_of_the_total():
    assert rules.total(PHQ9, form(PHQ9, *[1] * 9, 3)) == 9
    assert rules.total(PHQ9, form(PHQ9, *[1] * 9)) == 9


@pytest.mark.parametrize(("value", "level"), [(None, ""), (0, ""), (1, "high"), (2, "urgent"), (3, "urgent")])
def test_any_thought_of_dying_asks_for_a_person_and_more_of_them_sooner(value, level):
    assert rules.critical_level(PHQ9, 9, value) == level


def test_one_answer_of_danger_is_enough_to_ask_for_a_person():
    assert rules.needs_help(PHQ9, {"9": 1})
    assert not rules.needs_help(PHQ9, {"1": 3, "9": 0})
    assert not rules.needs_help(PHQ9, {})


def test_other_questions_ask_for_nobody():
    assert rules.critical_level(PHQ9, 2, 3) == ""
    assert rules.critical_level(GAD7, 7, 3) == ""


def test_a_skipped_item_9_is_not_a_no_and_is_asked_again():
    skipped = form(PHQ9, 0, 0, 0, 0, 0, 0, 0, 0, None, 0)
    assert rules.next_item(PHQ9, skipped) == 9
    assert "still open" in rules.why_not_complete(instrument=PHQ9, status="started", answers=skipped)[0]
    assert rules.why_not_complete(instrument=PHQ9, status="started", answers=skipped | {"9": 0}) == []


def test_other_skipped_questions_do_not_hold_a_form_back():
    skipped = form(PHQ9, None, 0, 0, 0, 0, 0, 0, 0, 0, None)
    assert rules.next_item(PHQ9, skipped) is None
    assert rules.why_not_complete(instrument=PHQ9, status="started", answers=skipped) == []


def test_a_form_goes_on_where_it_was_left():
    assert rules.next_item(PHQ9, {}) == 1
    assert rules.next_item(PHQ9, form(PHQ9, 1, None, 2)) == 4


@pytest.mark.parametrize(
    ("facts", "words"),
    [
        ({"status": "done"}, "closed"),
        ({"version": "0"}, "newer version"),
        ({"item": 11}, "no such question"),
        ({"value": 4}, "one of the answers"),
        ({"value": -1}, "one of the answers"),
    ],
)
def test_an_answer_that_cannot_be_kept_says_why(facts, words):
    sound = {"instrument": PHQ9, "version": "1", "status": "due", "item": 9, "value": 0}
    assert rules.why_not_answer(**sound) == []
    assert words in rules.why_not_answer(**sound | facts)[0]


@pytest.mark.parametrize(
    ("read", "first", "last", "reliable", "better", "words"),
    [
        (PHQ9, 17, 11, True, True, "6 points down, reliably better"),
        (PHQ9, 17, 12, False, True, "5 points down, within"),
        (PHQ9, 11, 17, True, False, "6 points up, reliably worse"),
        (GAD7, 10, 6, True, True, "4 points down"),
        (GAD7, 10, 7, False, True, "within"),
        (GAD7, 10, 9, False, True, "1 point down"),
        (GAD7, 10, 10, False, False, "no change"),
    ],
)
def test_a_change_counts_from_the_published_reliable_change_on(read, first, last, reliable, better, words):
    change = rules.change(read, first, last)
    assert (change.reliable, change.better) == (reliable, better)
    assert words in change.words


@pytest.mark.parametrize("code", ["44261-6", "75626-2", "72109-2", "102010-6"])
def test_a_sound_loinc_code_holds(code):
    assert rules.loinc_holds(code)


@pytest.mark.parametrize("code", ["72109-3", "93373-7", "89708-7", "93038-1", "44261", "LA6568-5", ""])
def test_a_loinc_code_with_a_wrong_check_digit_does_not(code):
    assert not rules.loinc_holds(code)


def line_of(words):
    return next(n for n, row in enumerate(TEXT.splitlines(), 1) if words in row)


@pytest.mark.parametrize(
    ("found", "put", "where", "says"),
    [
        ('loinc = "44253-3"', 'loinc = "44253-4"', 'loinc = "44253-3"', "check digit"),
        ('panel = "44249-1"', 'panel = "44249-2"', 'panel = "44249-1"', "check digit"),
        ("rc_points = 6", 'rc_points = "six"', "rc_points = 6", "whole number"),
        ("low = 10\n", "low = 11\n", "low = 10", "begin at 10"),
        ("high = 27", "high = 26", "high = 27", "end at 27"),
        ('direction = "lower is better"', 'direction = "down"', "direction = ", "one of"),
        ('name = "PHQ-9"', 'name = ""', 'name = "PHQ-9"', "empty"),
        ("next_review = 2027-11-01", 'next_review = "soon"', "next_review", "a date"),
        ("number = 5\n", "number = 6\n", "number = 5", "without gaps"),
        ('level = "urgent"', 'level = "loud"', 'level = "urgent"', "one of"),
        ('loinc = "44255-8"', 'loinc = "44250-9"', 'loinc = "44250-9"', "same LOINC"),
        ("value = 3\n", "value = 2\n", "[[options]]", "different values"),
    ],
)
def test_a_malformed_file_is_refused_with_its_name_its_line_and_the_fault(found, put, where, says):
    assert TEXT.count(found) >= 1
    with pytest.raises(rules.Malformed) as refusal:
        rules.read_instrument(TEXT.replace(found, put, 1), "phq9.toml")
    assert str(refusal.value).startswith(f"phq9.toml, line {line_of(where)}: ")
    assert says in str(refusal.value)


@pytest.mark.parametrize(
    ("found", "put", "says"),
    [
        ("checked_by", "checked", "checked_by is missing"),
        ('[loinc]\npanel = "44249-1"', "[loinc]", "panel is missing"),
        ("item = 9\nat_least = 1", "item = 19\nat_least = 1", "no item 19"),
        ('words = "Poor appetite or overeating"\n', "", "words is missing"),
        ("stem = ", "stem ", "phq9.toml: "),
    ],
)
def test_a_file_with_something_missing_is_refused(found, put, says):
    with pytest.raises(rules.Malformed, match=r"phq9\.toml") as refusal:
        rules.read_instrument(TEXT.replace(found, put, 1), "phq9.toml")
    assert says in str(refusal.value)


def test_a_file_without_questions_is_refused():
    with pytest.raises(rules.Malformed, match="no items"):
        rules.read_instrument(TEXT[: TEXT.index("[[items]]")], "phq9.toml")


def test_an_unreviewed_form_says_so_and_a_reviewed_one_says_by_whom():
    assert PHQ9.standing == "Not yet clinically reviewed"
    checked = rules.read_instrument(TEXT.replace('checked_by = ""', 'checked_by = "I. Rowanfield"'), "phq9.toml")
    assert checked.standing == "Checked by I. Rowanfield"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ('[[asked]]\ninstrument = "phq9"\nlevels = ["2.1"]\nevery_days = 0\n', "line 4: every_days"),
        ('[[asked]]\nlevels = ["2.1"]\nevery_days = 14\nopen_days = 3\nopen_days_intake = 7\n', "name an instrument"),
        ("[[asked", "protocol.toml: "),
    ],
)
def test_a_malformed_protocol_is_refused(text, says):
    with pytest.raises(rules.Malformed) as refusal:
        rules.read_protocol(text, "protocol.toml")
    assert says in str(refusal.value)


@pytest.mark.parametrize(
    ("last_on", "today", "why"),
    [
        (None, 14, "intake"),
        (date(2026, 8, 1), 14, "intake"),
        (date(2026, 9, 10), 14, ""),
        (date(2026, 9, 14), 27, ""),
        (date(2026, 9, 14), 28, "protocol"),
    ],
)
def test_a_questionnaire_is_asked_at_intake_and_every_two_weeks(last_on, today, why):
    began = date(2026, 9, 14)
    assert rules.asked_now(every_days=14, started_on=began, last_on=last_on, today=date(2026, 9, today)) == why


def test_what_was_begun_has_a_day_longer_than_what_was_not():
    until = datetime(2026, 10, 14, tzinfo=UTC)
    assert rules.lapses(status="due", due_until=until, at=until)
    assert not rules.lapses(status="started", due_until=until, at=until + timedelta(hours=23))
    assert rules.lapses(status="started", due_until=until, at=until + timedelta(days=1))
    assert not rules.lapses(status="done", due_until=until, at=until + timedelta(days=9))


def test_the_chart_keeps_its_scale_and_tells_its_story():
    start = date(2026, 9, 7)
    drawn = rules.plot(PHQ9, [(start, 27), (start + timedelta(days=14), 0)], starts=start, today=date(2026, 10, 14))
    assert (drawn.dots[0].y, drawn.dots[1].y) == (rules.TOP, rules.TOP + rules.TALL)
    assert drawn.summary == "PHQ-9 went from 27 to 0 of 27."
    assert [band.name for band in drawn.bands] == [band.name for band in PHQ9.bands]
    alone = rules.plot(PHQ9, [(start, 9)], starts=start, today=start)
    assert (alone.path, alone.summary) == ("", "PHQ-9 was 9 of 27.")
    assert rules.plot(PHQ9, [], starts=start, today=start).summary == "No PHQ-9 total yet."


@pytest.mark.shared
@absent
@pytest.mark.parametrize(("key", "read", "prefix"), [("phq_9", PHQ9, "PHQ9"), ("GAD_7", GAD7, "GAD7")])
def test_published_worked_examples_are_met(key, read, prefix):
    vectors = json.loads((SHARED / "scoring-vectors" / "awell_score_vectors_dev.json").read_text())[key]
    assert vectors
    for case in vectors:
        values = {str(int(name[-2:])): value for name, value in case["answers"].items() if "_Q" in name}
        expected = next(value for name, value in case["expected"].items() if "SCORE" in name)
        assert rules.total(read, values) == expected, case["name"]


@pytest.mark.shared
@absent
def test_five_thousand_real_forms_are_scored_as_their_published_statistics_say():
    known = json.loads((SHARED / "item-responses" / "reference_statistics.json").read_text())["NHANES DPQ_H"]
    totals, thoughts = [], 0
    with gunzip(SHARED / "item-responses" / "nhanes_DPQ_H.csv.gz", "rt") as rows:
        head = next(rows).strip().split(",")
        places = [head.index(name) for name in known["items"]]
        for row in rows:
            cells = row.strip().split(",")
            given = [cells[place] for place in places]
            answers = {
                str(n): int(float(v)) if v in {"0.0", "1.0", "2.0", "3.0"} else None for n, v in enumerate(given, 1)
            }
            if (points := rules.total(PHQ9, answers)) is not None:
                totals.append(points)
            thoughts += bool(rules.critical_level(PHQ9, 9, answers["9"]))
    bands = Counter(rules.band(PHQ9, points).name for points in totals)
    assert len(totals) == known["n_all_nine_answered_0_3"]
    assert round(sum(totals) / len(totals), 4) == known["mean"]
    assert [bands[band.name] for band in PHQ9.bands] == known["severity_counts_0-4_5-9_10-14_15-19_20-27"]
    assert thoughts == known["item9_positive"]


@pytest.mark.shared
@absent
def test_six_thousand_real_gad_7_forms_are_scored_as_their_published_statistics_say():
    statistics = json.loads((SHARED / "item-responses" / "reference_statistics.json").read_text())
    known = statistics["GAD-7 Sauter&Draschkow gamers"]
    totals = []
    with gunzip(SHARED / "item-responses" / "gad7_gaming_study_dev.csv.gz", "rt") as rows:
        next(rows)
        for row in rows:
            answers = {str(n): int(value) for n, value in enumerate(row.split(",")[1:8], 1)}
            totals.append(rules.total(GAD7, answers))
    bands = Counter(rules.band(GAD7, points).name for points in totals)
    assert (len(totals), round(sum(totals) / len(totals), 4)) == (known["n"], known["mean"])
    assert [bands[band.name] for band in GAD7.bands] == known["severity_counts_0-4_5-9_10-14_15-21"]
