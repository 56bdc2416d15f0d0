"""A counseling note is sealed from the first word, changed and signed by its author alone, and then frozen."""

from datetime import timedelta

import pytest

from conftest import NOW, TODAY
from openiop.audit.models import Event
from openiop.base.errors import Refused
from openiop.counseling import actions, queries, rules
from openiop.counseling.models import CounselingNote


def written(ada, by, words="She spoke of the orchard.", **changes):
    given = {"participant": ada, "words": words, "about_on": TODAY, "by": by, "at": NOW}
    return actions.write_note(**(given | changes))


def test_no_word_of_it_stands_in_the_database_or_in_the_log(ada, counselor):
    note = written(ada, counselor)
    kept = str(CounselingNote.objects.filter(pk=note.pk).values().get())
    assert "orchard" not in kept
    assert "orchard" not in str(list(Event.objects.values_list("facts", flat=True)))
    assert queries.note_for(counselor, note.pk, NOW).words == "She spoke of the orchard."
    assert Event.objects.filter(what="counseling.written", participant_id=str(ada.pk)).count() == 1


def test_an_older_key_opens_and_a_change_seals_with_the_newest(ada, counselor, settings):
    settings.NOTES_KEYS = [b"older"]
    note = written(ada, counselor)
    settings.NOTES_KEYS = [b"newer", b"older"]
    assert queries.note_for(counselor, note.pk, NOW).words.startswith("She spoke")
    changed = actions.change_note(note=note, words="She spoke of the river.", by=counselor, at=NOW)
    assert changed.sealed_by == rules.key_id(b"newer")
    settings.NOTES_KEYS = [b"newer"]
    assert queries.note_for(counselor, note.pk, NOW).words == "She spoke of the river."


@pytest.mark.parametrize(("changes", "sentence"), [
    ({"words": " "}, "Write something first"),
    ({"about_on": TODAY + timedelta(days=1)}, "today or earlier"),
])  # fmt: skip
def test_what_is_refused_leaves_nothing(ada, counselor, changes, sentence):
    before = Event.objects.count()
    with pytest.raises(Refused, match=sentence):
        written(ada, counselor, **changes)
    assert (CounselingNote.objects.count(), Event.objects.count()) == (0, before)


def test_it_is_written_by_a_clinician_of_the_program(ada, outsider, biller, intake):
    for by in (outsider, biller, intake):
        with pytest.raises(Refused, match="Only the one who wrote"):
            written(ada, by)


def test_its_author_alone_changes_and_signs_it_and_then_it_is_frozen(ada, counselor, supervisor):
    note = written(ada, counselor)
    for act in (
        lambda by: actions.change_note(note=note, words="Other.", by=by, at=NOW),
        lambda by: actions.sign_note(note=note, by=by, at=NOW),
    ):
        with pytest.raises(Refused, match="Only the one who wrote"):
            act(supervisor)
    signed = actions.sign_note(note=note, by=counselor, at=NOW)
    assert signed.signed_at == NOW
    with pytest.raises(Refused, match="is signed"):
        actions.change_note(note=note, words="Other.", by=counselor, at=NOW)
    with pytest.raises(Refused, match="signed already"):
        actions.sign_note(note=note, by=counselor, at=NOW)
