"""Keeping what people type."""

import subprocess
import sys
from datetime import UTC, datetime, timedelta

import pytest

from openiop.base.errors import Refused
from openiop.ui import actions, processes, queries, rules
from openiop.ui.models import Draft, HeldForm, Sent

pytestmark = pytest.mark.django_db
AT = datetime(2026, 10, 14, 22, 56, tzinfo=UTC)
KEY = "notes.note:1:text"
FORM = [("note", "Named payday."), ("password", "hunter2"), ("csrfmiddlewaretoken", "abc")]


def save(text, version=0, *, owner="joan", key=KEY, at=AT):
    return actions.save_draft(owner_id=owner, key=key, text=text, version=version, at=at)


def test_text_is_saved_again_and_again_under_one_key():
    first = save("Named")
    second = save("Named payday", first.version, at=AT + timedelta(seconds=2))
    assert (second.pk, second.text, second.version) == (first.pk, "Named payday", 2)
    assert second.saved_at == AT + timedelta(seconds=2)


def test_saving_the_same_text_twice_changes_nothing():
    first = save("Named")
    again = save("Named")
    assert (again.pk, again.version) == (first.pk, 1)


def test_a_stale_tab_never_overwrites_newer_text_and_both_are_kept():
    first = save("Named")
    newer = save("Named payday", first.version)
    stale = save("Something else", first.version)
    assert stale.key != KEY
    assert Draft.objects.get(pk=newer.pk).text == "Named payday"
    onward = save("Something else again", stale.version, key=stale.key)
    assert (onward.pk, onward.text) == (stale.pk, "Something else again")
    assert [one.text for one in queries.versions_of(onward)] == ["Named payday", "Something else again"]
    assert queries.drafts_for("joan", [KEY])[KEY].others == 1


def test_two_people_never_share_a_draft():
    save("Mine")
    save("Theirs", owner="hollis")
    assert queries.drafts_for("joan", [KEY])[KEY].text == "Mine"
    assert queries.drafts_for("celia", [KEY]) == {}


def test_a_text_beyond_the_limit_leaves_nothing():
    with pytest.raises(Refused):
        save("x" * 100_001)
    assert not Draft.objects.exists()


def test_signing_ends_the_draft_with_its_forks_and_leaves_other_notes_alone():
    save("Named")
    save("Other tab")
    save("Another field", key="notes.note:1:next")
    save("Other note", key="notes.note:10:text")
    assert actions.end_drafts(owner_id="joan", key_prefix="notes.note:1", at=AT) == 3
    assert queries.drafts_for("joan", [KEY, "notes.note:10:text"]).keys() == {"notes.note:10:text"}
    assert Draft.objects.count() == 4  # ended, never erased


def test_a_late_save_of_signed_text_does_not_offer_it_again():
    kept = save("Named payday")
    actions.end_drafts(owner_id="joan", key_prefix=KEY, at=AT)
    assert save("Named payday", kept.version).ended_at == AT
    assert queries.drafts_for("joan", [KEY]) == {}
    assert save("Named payday and rent", kept.version).version == 1  # still writing: kept anew


def test_restoring_marks_the_draft_and_letting_go_ends_it_only_for_its_owner():
    kept = save("Named")
    actions.restore_draft(owner_id="hollis", draft_id=kept.pk, at=AT)
    actions.let_draft_go(owner_id="hollis", draft_id=kept.pk, at=AT)
    assert queries.draft_for("joan", kept.pk).restored_at is None
    actions.restore_draft(owner_id="joan", draft_id=kept.pk, at=AT)
    assert queries.draft_for("joan", kept.pk).restored_at == AT
    actions.let_draft_go(owner_id="joan", draft_id=kept.pk, at=AT)
    assert queries.drafts_for("joan", [KEY]) == {}


def test_choosing_one_version_goes_on_with_it_and_ends_the_other():
    save("Named")
    fork = save("Other tab")
    chosen = actions.choose_draft(draft=fork, at=AT)
    assert (chosen.key, chosen.text, chosen.restored_at) == (KEY, "Other tab", AT)
    assert chosen.version == 2
    assert [one.pk for one in queries.versions_of(chosen)] == [chosen.pk]


def test_drafts_of_a_page_are_read_in_one_query(django_assert_num_queries):
    for n in range(9):
        save("x", key=f"notes.note:{n}:text")
    for size in (1, 9):
        with django_assert_num_queries(1):
            assert len(queries.drafts_for("joan", [f"notes.note:{n}:text" for n in range(size)])) == size
    with django_assert_num_queries(0):
        assert queries.drafts_for("joan", []) == {}


def hold(fields=FORM, path="/notes/1/"):
    return actions.hold_form(owner_id="joan", path=path, fields=fields, at=AT)


def test_a_form_sent_at_a_locked_door_is_held_without_its_secrets():
    held = HeldForm.objects.get(pk=hold().pk)
    assert held.fields == [["note", "Named payday."]]
    assert queries.held_for("hollis") == []


def test_the_same_form_sent_twice_is_held_once():
    assert hold().pk == hold().pk
    assert hold(path="/notes/2/").pk != hold().pk
    assert len(queries.held_for("joan")) == 2


def test_a_form_for_another_site_leaves_nothing():
    with pytest.raises(Refused):
        hold(path="//elsewhere.example/")
    assert not HeldForm.objects.exists()


def test_a_released_form_is_emptied_and_waits_no_more():
    held = hold()
    actions.release_held_form(owner_id="hollis", held_id=held.pk, at=AT)
    assert queries.held_for("joan") == [held]
    actions.release_held_form(owner_id="joan", held_id=held.pk, at=AT)
    assert queries.held_for("joan") == []
    assert HeldForm.objects.get(pk=held.pk).fields == []


def take(at=AT, lasts=timedelta(seconds=30)):
    return actions.take_form(owner_id="joan", mark="a" * 64, lasts=lasts, at=at)


def test_a_form_sent_again_while_the_first_is_answered_stands_behind_it():
    first, mine = take()
    again, also_mine = take(AT + timedelta(seconds=1))
    assert (mine, also_mine) == (True, False)
    assert again.pk == first.pk


def test_a_sending_nobody_answered_in_time_is_taken_up_by_the_next():
    first, _ = take()
    later = AT + min(timedelta(seconds=30), rules.UNANSWERED)
    taken, mine = take(later)
    assert (taken.pk, mine) == (first.pk, True)
    assert (taken.sent_at, taken.status, taken.location) == (later, 0, "")


def test_a_form_may_be_sent_again_once_its_answer_is_old():
    first, _ = take()
    actions.answer_form(sent=first, status=302, location="/there/")
    later = AT + timedelta(seconds=30)
    taken, mine = take(later)
    assert (taken.pk, mine) == (first.pk, True)
    assert Sent.objects.get(pk=first.pk).location == ""


def dead():
    """The name of a process that has ended."""
    process = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    name = processes.named(process.pid)
    assert not processes.is_gone(name)
    process.kill()
    process.communicate()
    return name


def test_a_sending_left_by_a_process_that_died_is_taken_up_at_once():
    first, _ = take()
    Sent.objects.filter(pk=first.pk).update(taken_by=dead())
    taken, mine = take(AT + timedelta(seconds=1))
    assert (taken.pk, mine, taken.taken_by) == (first.pk, True, processes.this())


def test_what_a_process_answered_before_it_died_stays_answered():
    first, _ = take()
    actions.answer_form(sent=first, status=302, location="/there/")
    Sent.objects.filter(pk=first.pk).update(taken_by=dead())
    again, mine = take(AT + timedelta(seconds=1))
    assert (again.location, mine) == ("/there/", False)


def test_a_process_is_gone_only_where_this_machine_can_tell():
    host, number, began = processes.this().split(" ")
    assert not processes.is_gone(processes.this())
    assert not processes.is_gone(f"{host} 1 ")  # another user's, or of a system that tells no beginning
    assert processes.is_gone(f"{host} {number} {began}0")  # the number was given out again
    assert not processes.is_gone(f"elsewhere {number} {began}0")
    assert not processes.is_gone("")
    assert not processes.is_gone(f"{host} none ")
    assert processes.named(2**22 + 1) == f"{host} {2**22 + 1} "
    assert processes.is_gone(processes.named(2**22 + 1))  # no system gives out so high a number
