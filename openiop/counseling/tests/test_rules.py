"""Sealed words open with the right key alone, and only as the note they were sealed for."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openiop.counseling import rules

KEY, OTHER, NONCE = b"first key of many", b"second key of many", b"n" * rules.NONCE


@given(st.text())
def test_what_was_sealed_opens_again(words):
    sealed = rules.seal(words, about="1", secret=KEY, nonce=NONCE)
    assert rules.unseal(sealed, about="1", secrets=[KEY]) == words


def test_an_older_key_still_opens_what_it_sealed():
    sealed = rules.seal("words", about="1", secret=KEY, nonce=NONCE)
    assert rules.unseal(sealed, about="1", secrets=[OTHER, KEY]) == "words"
    assert rules.key_id(KEY) != rules.key_id(OTHER)
    assert len(rules.key_id(KEY)) == 8


@pytest.mark.parametrize(("about", "secrets"), [("2", [KEY]), ("1", [OTHER]), ("1", [])])
def test_no_other_note_and_no_other_key_opens_it(about, secrets):
    sealed = rules.seal("words", about="1", secret=KEY, nonce=NONCE)
    with pytest.raises(rules.NotOurs):
        rules.unseal(sealed, about=about, secrets=secrets)


def test_changed_words_do_not_open():
    sealed = rules.seal("words", about="1", secret=KEY, nonce=NONCE)
    swapped = sealed[:-6] + ("A" if sealed[-6] != "A" else "B") + sealed[-5:]
    with pytest.raises(rules.NotOurs):
        rules.unseal(swapped, about="1", secrets=[KEY])


def test_why_a_note_is_not_written_or_signed():
    assert rules.why_not_write(words="x", signed=False, author=True) == []
    assert len(rules.why_not_write(words=" ", signed=True, author=False)) == 3
    assert rules.why_not_sign(signed=False, author=True) == []
    assert len(rules.why_not_sign(signed=True, author=False)) == 2
