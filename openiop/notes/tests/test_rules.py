"""Whose names a note may hold, what it needs to be signed, and what is frozen."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openiop.notes import rules

ENDS = datetime(2026, 10, 14, 23, 0, tzinfo=UTC)
NAMES = ["Robin Alderquist", "José Mossgrove", "Grace Winter", "Will Stonepath", "Anna-Lena O'Hara"]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Each person named one trigger.", []),
        ("Two helped robin find words.", []),  # a bird, by its small letter
        ("Two helped Robin find words.", ["Robin"]),
        ("Robin's plan was read aloud.", ["Robin"]),
        ("ALDERQUIST spoke first.", ["Alderquist"]),
        ("jose and the others", ["Jose"]),
        ("José spoke.", ["Jose"]),
        ("They will practice in winter with grace.", []),
        ("Will power was the theme.", []),  # opens the sentence, so it is the everyday word
        ("Will helped a new member.", ["Will"]),
        ("Robin opened the group.", ["Robin"]),
        ("Good work. Will's turn was next.", ["Will"]),
        ("Then Will spoke.", ["Will"]),
        ("we met will stonepath there", ["Will", "Stonepath"]),
        ("Anna-Lena led.", ["Anna-Lena"]),
        ("The O'Hara house", ["O'Hara"]),
        ("A robinson came.", []),
        ("Willpower and gracefulness", []),
    ],
)
def test_a_members_name_is_found_and_an_everyday_word_is_not(text, found):
    assert rules.names_in(text, NAMES) == found


@given(st.sampled_from(["Alderquist", "Mossgrove", "Stonepath"]), st.text(alphabet=" .,;:\n", max_size=5))
def test_a_last_name_is_found_wherever_it_stands(name, around):
    assert name in rules.names_in(f"{around}{name}{around}", NAMES)


def test_the_sentence_says_which_word_to_take_out_and_in_which_field():
    said = rules.why_not_shared({"did": "Paired Alderquist with Mossgrove.", "mood": "Warm."}, NAMES)
    assert list(said) == ["did"]
    assert said["did"].endswith("Please take out: Alderquist and Mossgrove.")


def test_a_persons_own_part_may_name_them_but_nobody_else_of_the_group():
    assert rules.why_not_own("Alderquist rehearsed.", "Robin Alderquist", NAMES[1:]) == []
    assert rules.why_not_own("Rehearsed with Mossgrove.", "Robin Alderquist", NAMES[1:])
    assert rules.why_not_own("Robin rehearsed.", "Robin Alderquist", ["Robin Fernhollow"]) == []


PART = rules.Part(
    name="Robin A", marked=True, here=True, left=ENDS, words="Named payday.", took_part="spoke", ties=1, objectives=2
)
SHARED = rules.Shared(did="Each named one trigger.", several=True)


def lacks(at=ENDS, shared=SHARED, **changed):
    return rules.why_not_ready(rules.Part(**vars(PART) | changed), shared, at)


def test_a_note_with_presence_words_and_an_objective_is_ready():
    assert lacks() == []


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"marked": False}, "is not marked yet"),
        ({"here": False}, "is away: no note"),
        ({"left": ENDS + timedelta(minutes=1)}, "is still in the session"),
        ({"words": " "}, "needs a line"),
        ({"words": "With Mossgrove.", "others": ("José Mossgrove",)}, "has another member's name in it"),
        ({"took_part": ""}, "needs how they took part"),
        ({"ties": 0}, "ties to no objective"),
    ],
)
def test_each_thing_a_note_lacks_is_said(changed, said):
    assert lacks(**changed) == [said]


def test_without_a_plan_in_force_no_objective_is_asked_for():
    assert lacks(objectives=0, ties=0) == []


def test_every_note_waits_for_the_group_part_and_for_it_to_name_nobody():
    assert lacks(shared=rules.Shared(did=" ", several=True)) == ["waits for the group part"]
    assert lacks(shared=rules.Shared(did="x", several=True, faults=("a name",))) == [
        "waits for the group part to name nobody"
    ]


def test_a_visit_of_one_asks_what_was_done_and_not_how_they_took_part():
    assert lacks(shared=rules.Shared(did="x", several=False), took_part="") == []
    assert lacks(shared=rules.Shared(did="", several=False)) == ["waits for what you did"]


def test_only_the_words_someone_opened_are_written_over():
    facts = {"signed": False, "frozen_words": "Signed."}
    assert rules.why_not_save(revision=2, standing=2, **facts) == []
    assert rules.why_not_save(revision=1, standing=2, **facts)
    assert rules.why_not_save(revision=2, standing=2, signed=True, frozen_words="Signed.") == ["Signed."]


def test_who_led_signs_or_a_supervisor_for_them():
    assert rules.why_not_sign(leads=True, supervises=False, cancelled=False) == []
    assert rules.why_not_sign(leads=False, supervises=True, cancelled=False) == []
    assert len(rules.why_not_sign(leads=False, supervises=False, cancelled=True)) == 2


def test_an_addendum_needs_a_signed_note_and_words():
    assert rules.why_not_add(signed=True, words="x") == []
    assert len(rules.why_not_add(signed=False, words=" ")) == 2


def test_notes_are_due_three_days_after_the_session_unless_the_program_says_otherwise():
    assert rules.due_at(ENDS) == ENDS + timedelta(hours=72)
    assert rules.due_at(ENDS, 24) == ENDS + timedelta(hours=24)


def frozen(**changed):
    facts = {
        "program": "Larkmeadow", "title": "Skills group", "service": "Skills group",
        "on": "Wednesday, October 14, 2026",
        "place": "Willow", "remote": False, "led_by": ("Joan Birchwell, LPC",), "topic": "Triggers",
        "did": "Named one.",
        "mood": "Warm.", "several": True, "started": ENDS - timedelta(minutes=68), "stopped": ENDS, "minutes": 68,
        "zone": "America/New_York", "objectives": (("t1", "Two outings a week"),), "took_part": "spoke",
        "words": "Named payday.",
    }  # fmt: skip
    content = rules.Content(**facts | changed)
    return rules.frozen(content, signer="Joan Birchwell, LPC", signed=ENDS + timedelta(minutes=4))


def test_the_frozen_text_holds_the_actual_times_the_minutes_and_the_signers_credential():
    text = frozen()["text"]
    assert "5:52 PM to 7:00 PM, 68 minutes, Willow" in text
    assert text.endswith("Signed by Joan Birchwell, LPC, October 14, 2026, 7:04 PM")
    assert "Objective: Two outings a week" in text
    assert "Took part: spoke" in text


def test_a_visit_by_video_without_topic_or_plan_says_so():
    text = frozen(several=False, remote=True, topic="", mood="", objectives=[])["text"]
    assert "by video" in text
    assert "no plan was in force" in text
    assert "Took part" not in text
    assert "Topic" not in text


def test_own_texts_that_differ_in_a_digit_are_alike_and_short_or_different_ones_are_not():
    texts = {
        "a": "Named payday as a trigger, 3 of 10.",
        "b": "Named payday as a trigger, 8 of 10.",
        "c": "Walked home another way after work.",
        "d": "Spoke up.",
        "e": "Spoke up.",
    }
    assert rules.similar(texts) == [["a", "b"]]
    assert rules.similar({}) == []


def test_presence_beneath_a_signed_note_changes_only_with_words():
    assert rules.why_not_correct(signed=False, why="") == []
    assert rules.why_not_correct(signed=True, why=" ")
    assert rules.why_not_correct(signed=True, why="Marked for someone else") == []


def test_an_absence_says_who_will_call_then_how_the_call_went_then_how_it_ended():
    facts = {"caller": "Joan", "ended": "", "called": "", "when": "7:04 PM"}
    assert rules.outreach(**facts) == "Joan will call"
    assert rules.outreach(**facts | {"called": "Not reached"}) == "Called 7:04 PM: not reached"
    assert rules.outreach(**facts | {"called": "Reached", "ended": "Done"}) == "Done, 7:04 PM"


def test_a_moment_has_its_day_only_where_it_is_another():
    at = datetime(2026, 10, 15, 1, 5, tzinfo=UTC)
    assert rules.moment(at, date(2026, 10, 14), "America/New_York") == "9:05 PM"
    assert rules.moment(at, date(2026, 10, 13), "America/New_York") == "Oct 14, 9:05 PM"
