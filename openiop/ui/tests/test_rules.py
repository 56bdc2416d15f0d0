"""What typed text may be kept."""

import pytest

from openiop.ui import rules


@pytest.mark.parametrize(
    "name",
    [
        "password",
        "password1",
        "new_password",
        "csrfmiddlewaretoken",
        "code",
        "otp",
        "screen_pin",
        "client_secret",
        "sealed_words",
    ],
)
def test_a_held_form_never_keeps_a_secret(name):
    assert rules.keepable([(name, "hunter2"), ("note", "Named payday.")]) == [("note", "Named payday.")]


@pytest.mark.parametrize("name", ["service_code", "footprint", "opinion", "compass", "diagnosis_code"])
def test_a_held_form_keeps_fields_that_only_sound_like_secrets(name):
    assert rules.keepable([(name, "F10.20")]) == [(name, "F10.20")]


def test_a_field_sent_twice_is_kept_twice_and_in_order():
    pairs = [("day", "mon"), ("day", "tue"), ("note", "")]
    assert rules.keepable(pairs) == pairs


@pytest.mark.parametrize(
    "path", ["//elsewhere.example/", "https://elsewhere.example/", "", "/\\elsewhere.example", "/" + "a" * 400]
)
def test_a_form_is_held_only_for_a_page_of_ours(path):
    assert rules.why_not_hold(path=path, pairs=[("note", "x")], already=0)


def test_a_form_with_words_is_held_and_an_empty_or_huge_one_is_not():
    assert rules.why_not_hold(path="/notes/1/", pairs=[("note", "x")], already=0) == []
    assert rules.why_not_hold(path="/notes/1/", pairs=[("note", "  ")], already=0)
    assert rules.why_not_hold(path="/notes/1/", pairs=[("note", "x" * 200_001)], already=0)
    assert rules.why_not_hold(path="/notes/1/", pairs=[("n", "x")] * 1_001, already=0)
    assert rules.why_not_hold(path="/notes/1/", pairs=[("note", "x")], already=rules.MOST_HELD)


@pytest.mark.parametrize(
    ("key", "kept"), [("notes.note:1:text", True), ("", False), ("a b", False), ("k" * 161, False)]
)
def test_a_draft_needs_a_name_made_of_ids(key, kept):
    assert (rules.why_not_keep(key=key, text="x") == []) is kept


def test_a_text_beyond_the_limit_is_turned_down_with_what_to_do():
    (reason,) = rules.why_not_keep(key="k", text="x" * (rules.LONGEST_TEXT + 1))
    assert "Shorten it" in reason
    assert rules.why_not_keep(key="k", text="x" * rules.LONGEST_TEXT) == []


def test_a_fork_shares_the_root_of_its_key():
    assert rules.root("notes.note:1:text#a1b2") == rules.root("notes.note:1:text") == "notes.note:1:text"


@pytest.mark.parametrize("name", ["Hope Recovery", "Lakeside IOP", "Mill Street Counseling", "Sober Living", "PHQ-9"])
def test_a_name_that_tells_what_a_place_is_does_not_stand_in_a_tab(name):
    assert rules.neutral(name) == "Office"


@pytest.mark.parametrize("name", ["Larkmeadow", "OpenIOP", "Recovery codes", "The Mill"])
def test_a_name_that_tells_nothing_stands_in_a_tab(name):
    assert rules.neutral(name) == name
