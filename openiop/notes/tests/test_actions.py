"""Writing together, signing once, and what stays as it was signed."""

import threading
from datetime import timedelta

import pytest
from django.db import DatabaseError, connection, transaction

from openiop.alerts.models import Alert
from openiop.attendance import actions as attendance
from openiop.attendance import queries as presences
from openiop.audit.models import Event
from openiop.base.errors import Refused
from openiop.consents import queries as guard
from openiop.notes import actions, jobs, queries, rules
from openiop.notes.models import Addendum, PersonNote, SessionNote, Tie
from tests import make
from tests.make import session as stage

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
AFTER = stage.AFTER


@pytest.fixture
def hollis(program):
    """The co-facilitator."""
    return make.member(program, "counselor", name="Hollis Grovewright", credential="LCSW")


@pytest.fixture
def group(program, counselor, hollis, ada, ben):
    return stage.session(program, counselor, ada, ben, co=hollis)


def group_part(group, by, did="Each named one trigger.", mood="Warm.", topic="Triggers", revision=0, at=AFTER):
    return actions.save_group_part(session=group, topic=topic, did=did, mood=mood, revision=revision, by=by, at=at)


def part(group, person, by, words="Named payday.", objectives=(), took_part="spoke", revision=0, at=AFTER):
    return actions.save_part(
        session=group, episode=person.episode, objectives=objectives, took_part=took_part, words=words,
        revision=revision, by=by, at=at,
    )  # fmt: skip


def sign(group, by, at=AFTER, **seen):
    return actions.sign_parts(session=group, by=by, at=at, **seen)


# --- Writing ----------------------------------------------------------------------------------------------------------


def test_a_group_part_that_names_a_member_is_refused_and_leaves_nothing(group, counselor):
    with pytest.raises(actions.Named) as refusal:
        group_part(group, counselor, did="Paired Ada with another member.")
    assert "Ada" in refusal.value.fields["did"]
    assert not SessionNote.objects.exists()
    assert not Event.objects.filter(what="note.group-part-saved").exists()


def test_two_facilitators_never_write_over_each_other(group, counselor, hollis):
    note = group_part(group, counselor)
    mine = group_part(group, hollis, did="Each named two.", revision=note.revision)
    with pytest.raises(actions.Stale) as refusal:
        group_part(group, counselor, did="Each named three.", revision=note.revision)
    assert refusal.value.standing.did == "Each named two."
    assert SessionNote.objects.get().revision == mine.revision


def test_the_same_words_sent_twice_stand_once(group, ada, counselor):
    assert group_part(group, counselor).revision == group_part(group, counselor).revision == 1
    assert part(group, ada, counselor).revision == part(group, ada, counselor).revision == 1


def test_one_persons_part_is_kept_beside_the_other_facilitators(group, ada, counselor, hollis):
    part(group, ada, counselor)
    with pytest.raises(actions.Stale):
        part(group, ada, hollis, words="Led the breathing.")
    assert part(group, ada, hollis, words="Led the breathing.", revision=1).revision == 2


def test_writing_a_part_first_does_not_make_the_group_part_stale(group, ada, counselor):
    part(group, ada, counselor)
    assert group_part(group, counselor, revision=0).revision == 1


def test_a_part_ties_to_objectives_of_the_plan_in_force_and_to_no_others(group, ada, ben, counselor):
    own = stage.objectives(ada, counselor, "Two outings a week", "Call before Friday")
    other = stage.objectives(ben, counselor, "Sleep by eleven")
    with pytest.raises(Refused, match="no longer in their plan"):
        part(group, ada, counselor, objectives=other)
    part(group, ada, counselor, objectives=own)
    part(group, ada, counselor, objectives=own[:1], revision=1)
    assert list(Tie.objects.values_list("objective", flat=True)) == own[:1]


def test_another_members_name_in_a_persons_own_part_is_refused(group, ada, counselor):
    with pytest.raises(actions.Named) as refusal:
        part(group, ada, counselor, words="Rehearsed with Ben.")
    assert "Ben" in refusal.value.fields["words"]
    assert not PersonNote.objects.exists()


def test_an_absent_person_gets_no_note(group, ada, ben, counselor):
    attendance.record_presence(
        session=group, episode=ada.episode, here=False, away="called-ahead", by=counselor, at=AFTER
    )
    with pytest.raises(Refused, match="no note"):
        part(group, ada, counselor)


def test_someone_not_on_the_roster_gets_no_part(program, group, counselor):
    cleo = make.person_in_care(program, counselor, name="Cleo Cloverdell")
    with pytest.raises(Refused, match="not on this roster"):
        part(group, cleo, counselor)


def test_an_unknown_way_of_taking_part_is_refused(group, ada, counselor):
    with pytest.raises(Refused, match="listened"):
        part(group, ada, counselor, took_part="slept")


# --- Signing ----------------------------------------------------------------------------------------------------------


def test_signing_signs_what_is_ready_and_says_what_is_not(program, group, ada, ben, counselor):
    cleo = make.person_in_care(program, counselor, name="Cleo Cloverdell")
    attendance.add_walk_in(session=group, episode=cleo.episode, by=counselor, at=AFTER)
    attendance.record_presence(
        session=group, episode=ben.episode, here=False, away="no-contact", by=counselor, at=AFTER
    )
    stage.written(group, counselor, ada)
    result = sign(group, counselor)
    assert [one.episode for one in result.signed] == [ada.episode]
    assert {one.name: (one.reasons[0], one.away) for one in result.not_ready} == {
        "Ben Barleyfield": ("is away: no note", True),
        "Cleo Cloverdell": ("needs a line", False),
    }


def test_the_signature_freezes_the_exact_text_with_actual_times_and_credential(group, ada, counselor):
    threads = stage.objectives(ada, counselor, "Two outings a week")
    attendance.record_presence(
        session=group, episode=ada.episode, here=True, arrived=stage.STARTS + 22 * MINUTE, by=counselor, at=AFTER
    )
    group_part(group, counselor)
    part(group, ada, counselor, objectives=threads)
    [signed] = sign(group, counselor).signed
    assert (signed.started_at, signed.stopped_at, signed.minutes) == (stage.STARTS + 22 * MINUTE, stage.ENDS, 68)
    text = signed.frozen_text["text"]
    for words in ("Each named one trigger.", "Two outings a week", "5:52 PM to 7:00 PM", "Joan Birchwell, LPC"):
        assert words in text
    assert "Ben" not in text
    assert len(Event.objects.get(what="note.signed").facts["digest"]) == 64


def test_coming_early_does_not_lengthen_the_note(group, ada, counselor):
    attendance.record_presence(
        session=group, episode=ada.episode, here=True, arrived=stage.STARTS - 9 * MINUTE, by=counselor, at=AFTER
    )
    stage.written(group, counselor, ada)
    assert sign(group, counselor).signed[0].started_at == stage.STARTS


def test_a_person_nobody_marked_is_not_signed(group, ada, counselor):
    group_part(group, counselor)
    part(group, ada, counselor)
    result = sign(group, counselor)
    assert result.signed == []
    assert result.not_ready[0].reasons == ("is not marked yet",)


def test_signing_twice_is_harmless(group, ada, counselor):
    stage.written(group, counselor, ada)
    assert len(sign(group, counselor).signed) == 1
    assert sign(group, counselor).signed == []
    assert Event.objects.filter(what="note.signed").count() == 1


def test_what_changed_since_the_signer_read_it_is_not_signed_unread(group, ada, counselor, hollis):
    stage.written(group, counselor, ada)
    part(group, ada, hollis, words="Led the breathing.", revision=1)
    result = sign(group, counselor, seen={ada.episode.pk: 1})
    assert result.signed == []
    assert "read it again" in result.not_ready[0].reasons[0]
    assert len(sign(group, counselor, seen={ada.episode.pk: 2}, group_seen=1).signed) == 1


def test_whoever_did_not_lead_does_not_sign_but_a_supervisor_may(program, group, ada, counselor, supervisor):
    stranger = make.member(program, "counselor", name="Ira Meadow")
    stage.written(group, counselor, ada)
    with pytest.raises(Refused, match="Whoever led"):
        sign(group, stranger)
    assert sign(group, supervisor).signed[0].signed_by == supervisor


def test_a_signed_note_is_frozen_for_actions_and_in_the_database_itself(group, ada, counselor):
    threads = stage.objectives(ada, counselor, "Two outings a week")
    stage.written(group, counselor, ada)
    part(group, ada, counselor, objectives=threads, revision=1)
    [signed] = sign(group, counselor).signed
    with pytest.raises(Refused, match="addendum"):
        part(group, ada, counselor, words="Other words.", revision=2)
    with pytest.raises(Refused, match="addendum"):
        group_part(group, counselor, did="Other words.", revision=1)
    added = actions.add_addendum(part=signed, words="He came back on Friday.", by=counselor, at=AFTER)
    for wrong in (
        lambda: PersonNote.objects.filter(pk=signed.pk).update(words="x"),
        lambda: PersonNote.objects.filter(pk=signed.pk)._raw_delete("default"),
        lambda: SessionNote.objects.update(did="x"),
        lambda: SessionNote.objects.all()._raw_delete("default"),
        lambda: Tie.objects.all()._raw_delete("default"),
        lambda: Tie.objects.create(part=signed, objective=ada.pk),
        lambda: Addendum.objects.filter(pk=added.pk).update(words="x"),
        lambda: Addendum.objects.filter(pk=added.pk)._raw_delete("default"),
    ):
        with pytest.raises(DatabaseError), transaction.atomic():
            wrong()


def test_the_database_lets_nothing_slip_into_or_out_of_what_is_signed(group, ada, ben, counselor):
    hers, his = stage.objectives(ada, counselor, "Two outings a week", "A walk a day")
    [theirs] = stage.objectives(ben, counselor, "Two outings a week")
    stage.written(group, counselor, ada)
    part(group, ada, counselor, objectives=[hers], revision=1)
    [signed] = sign(group, counselor).signed
    draft = part(group, ben, counselor, objectives=[theirs])
    [kept], [loose] = signed.ties.all(), draft.ties.all()
    for wrong in (
        lambda: Tie.objects.filter(pk=kept.pk).update(objective=his),
        lambda: Tie.objects.filter(pk=kept.pk).update(part=draft),
        lambda: Tie.objects.filter(pk=loose.pk).update(part=signed),
        lambda: PersonNote.objects.filter(pk=draft.pk).update(episode=signed.episode),
    ):
        with pytest.raises(DatabaseError, match=r"as it was signed|never replaced"), transaction.atomic():
            wrong()
    part(group, ben, counselor, objectives=[], revision=1)
    assert not draft.ties.exists(), "what is not signed may still be taken back"


def test_a_correction_of_presence_after_signing_leaves_the_note_and_shows(group, ada, counselor):
    stage.signed(group, counselor, ada)
    attendance.record_presence(
        session=group, episode=ada.episode, here=True, left=stage.ENDS - 30 * MINUTE, by=counselor, at=AFTER + MINUTE
    )
    person = queries.people(group, queries.session_note(group.pk), AFTER)[0]
    assert (person.corrected, person.part.minutes, person.row.presence.minutes) == (True, 90, 60)


def test_a_server_that_dies_while_signing_leaves_all_or_nothing(group, ada, ben, counselor):
    stage.written(group, counselor, ada, ben)
    updates = []

    def dies_at_the_second(execute, sql, params, many, context):
        if "UPDATE" in sql and "notes_personnote" in sql:
            updates.append(sql)
            if len(updates) == 2:
                raise DatabaseError("the connection was lost")
        return execute(sql, params, many, context)

    with connection.execute_wrapper(dies_at_the_second), pytest.raises(DatabaseError), transaction.atomic():
        sign(group, counselor)
    assert PersonNote.objects.filter(status="signed").count() == 0
    assert not Event.objects.filter(what="note.signed").exists()
    assert len(sign(group, counselor).signed) == 2


ALIKE = "Named payday as a trigger and chose a first action."


def test_notes_that_say_nearly_the_same_are_not_signed_before_the_signer_was_asked(group, ada, ben, counselor):
    stage.written(group, counselor, ada, ben, words=ALIKE)
    with pytest.raises(actions.Alike, match="nearly the same"):
        sign(group, counselor, asked=False)
    assert not PersonNote.objects.filter(status="signed").exists()
    assert not Event.objects.filter(what__in=("note.signed", "note.alike-signed")).exists()


def test_notes_that_say_nearly_the_same_and_were_looked_at_again_are_signed_and_told(group, ada, ben, counselor):
    stage.written(group, counselor, ada, ben, words=ALIKE)
    assert len(sign(group, counselor, asked=True).signed) == 2
    event = Event.objects.get(what="note.alike-signed")
    assert (event.facts["groups"], event.facts["session"]) == ([2], str(group.pk))


def test_notes_that_differ_are_signed_without_a_question(group, ada, ben, counselor):
    stage.written(group, counselor, ada, ben)
    assert len(sign(group, counselor, asked=False).signed) == 2
    assert not Event.objects.filter(what="note.alike-signed").exists()


def test_two_people_signing_at_once_leave_exactly_one_signature_each(
    committed, program, group, ada, ben, counselor, hollis
):
    stage.written(group, counselor, ada, ben)
    results, errors, ready = [], [], threading.Barrier(2)

    def signs(member):
        try:
            ready.wait(timeout=10)
            results.append(len(sign(group, member).signed))
        except Exception as error:
            errors.append(error)
        finally:
            connection.close()

    both = [threading.Thread(target=signs, args=(member,)) for member in (counselor, hollis)]
    for thread in both:
        thread.start()
    for thread in both:
        thread.join(timeout=30)
    assert errors == []
    assert sorted(results) == [0, 2]
    assert Event.objects.filter(what="note.signed").count() == 2


# --- After signing ----------------------------------------------------------------------------------------------------


def test_an_addendum_stands_under_the_note_and_a_double_send_stands_once(group, ada, counselor, supervisor):
    [signed] = stage.signed(group, counselor, ada)
    first = actions.add_addendum(part=signed, words="Called on Friday.", by=supervisor, at=AFTER + HOUR)
    again = actions.add_addendum(part=signed, words="Called on Friday.", by=supervisor, at=AFTER + HOUR)
    assert first.pk == again.pk
    assert Event.objects.filter(what="note.addendum-signed").count() == 1


def test_an_addendum_names_no_other_member_and_needs_a_signed_note(group, ada, counselor):
    stage.written(group, counselor, ada)
    draft = PersonNote.objects.get()
    with pytest.raises(Refused, match="not signed yet"):
        actions.add_addendum(part=draft, words="x", by=counselor, at=AFTER)
    [signed] = sign(group, counselor).signed
    with pytest.raises(Refused, match="Ben"):
        actions.add_addendum(part=signed, words="Sat beside Ben.", by=counselor, at=AFTER)
    assert not Addendum.objects.exists()


CORRECTED = "presence.corrected-after-signing"


def correct(group, person, by, why="Left early, the roster said so.", at=AFTER + HOUR, **facts):
    given = {"here": True, "left": stage.ENDS - 30 * MINUTE} | facts
    return actions.record_presence(session=group, episode=person.episode, why=why, by=by, at=at, **given)


@pytest.mark.parametrize("reason", ["", "Left early"])
def test_presence_beneath_a_signed_note_changes_only_for_a_reason(group, ada, counselor, reason):
    stage.signed(group, counselor, ada)
    with pytest.raises(Refused, match="Say why the attendance changes"):
        correct(group, ada, counselor, why=" ", reason=reason)
    assert presences.presence(group.pk, ada.episode.pk).minutes == 90
    assert not Alert.objects.exists()
    assert not Event.objects.filter(what=CORRECTED).exists()


@pytest.mark.parametrize(
    ("facts", "now"),
    [({}, "Attendance now: 60 minutes."), ({"here": False, "left": None, "away": "called-ahead"}, "now: away, ")],
)
def test_a_reason_changes_presence_leaves_the_note_and_tells_its_signer_that_both_disagree(
    group, ada, counselor, supervisor, facts, now
):
    [signed] = stage.signed(group, counselor, ada)
    row = correct(group, ada, supervisor, **facts)
    assert presences.presence(group.pk, ada.episode.pk) == row
    assert row.reason == "Left early, the roster said so."
    signed.refresh_from_db()
    assert (signed.minutes, signed.presence_id == row.pk) == (90, False)
    task = Alert.objects.get()
    assert (task.kind, task.level, task.owner, task.participant) == (actions.DISAGREE, "admin", counselor, ada)
    assert "Signed: 90 minutes." in task.why
    assert now in task.why
    event = Event.objects.get(what=CORRECTED)
    assert (event.facts["part"], event.facts["version"]) == (str(signed.pk), row.version)


def test_the_same_presence_sent_again_beneath_a_signed_note_asks_for_nothing(group, ada, counselor):
    [signed] = stage.signed(group, counselor, ada)
    row = correct(group, ada, counselor, why="", left=None)
    assert row.pk == signed.presence_id
    assert not Alert.objects.exists()


def test_before_signing_presence_changes_without_a_reason(group, ada, counselor):
    stage.written(group, counselor, ada)
    assert correct(group, ada, counselor, why="").minutes == 60
    assert not Alert.objects.exists()
    assert not Event.objects.filter(what=CORRECTED).exists()


def test_an_addendum_ends_the_task_that_note_and_attendance_disagree(group, ada, counselor):
    [signed] = stage.signed(group, counselor, ada)
    correct(group, ada, counselor)
    actions.add_addendum(part=signed, words="Was here for 60 minutes.", by=counselor, at=AFTER + 2 * HOUR)
    task = Alert.objects.get(kind=actions.DISAGREE)
    assert (task.outcome, task.closed_by, task.closed_at) == ("task-done", counselor, AFTER + 2 * HOUR)
    actions.add_addendum(part=signed, words="Called on Friday.", by=counselor, at=AFTER + 3 * HOUR)
    task.refresh_from_db()
    assert task.closed_at == AFTER + 2 * HOUR


def test_a_mark_is_taken_back_until_a_note_is_signed_on_it(group, ada, ben, counselor):
    first, _ = (
        attendance.record_presence(session=group, episode=one.episode, here=True, by=counselor, at=AFTER)
        for one in (ada, ben)
    )
    assert actions.take_back(session=group, presence_id=first.pk, by=counselor, at=AFTER) == 2
    assert presences.presence(group.pk, ada.episode.pk) is None
    [signed] = stage.signed(group, counselor, ada)
    with pytest.raises(Refused, match="signed on this mark"):
        actions.take_back(session=group, presence_id=signed.presence_id, by=counselor, at=AFTER)
    assert presences.presence(group.pk, ada.episode.pk).pk == signed.presence_id
    assert Event.objects.filter(what="presence.taken-back").count() == 2


def test_the_last_note_for_an_objective_is_known(group, ada, counselor):
    threads = stage.objectives(ada, counselor, "Two outings a week", "Call before Friday")
    stage.written(group, counselor, ada)
    part(group, ada, counselor, objectives=threads[:1], revision=1)
    assert queries.last_for_objective(ada.episode.pk) == {}
    sign(group, counselor)
    assert queries.last_for_objective(ada.episode.pk) == {threads[0]: group.on}


# --- What waits -------------------------------------------------------------------------------------------------------


def test_notes_to_sign_wait_for_whoever_led_and_only_for_people_who_were_there(
    group, ada, ben, counselor, hollis, supervisor
):
    attendance.record_presence(
        session=group, episode=ben.episode, here=False, away="called-ahead", by=counselor, at=AFTER
    )
    stage.written(group, counselor, ada)
    [waits] = queries.unsigned_sessions(counselor, AFTER)
    assert (waits.session, waits.notes, waits.to_mark, waits.overdue) == (group, 1, 0, False)
    assert waits.due_at == stage.ENDS + 72 * HOUR
    assert len(queries.unsigned_sessions(hollis, AFTER)) == 1
    assert queries.unsigned_sessions(supervisor, AFTER) == []
    assert queries.unsigned_count(group.program_id, AFTER) == 1
    sign(group, counselor)
    assert queries.unsigned_sessions(counselor, AFTER) == []
    assert queries.unsigned_count(group.program_id, AFTER) == 0


def test_a_roster_nobody_marked_waits_too(group, counselor):
    assert queries.unsigned_sessions(counselor, AFTER)[0].to_mark == 2


def test_notes_unsigned_after_three_days_become_one_admin_alert_for_whoever_led(group, ada, counselor):
    stage.written(group, counselor, ada)
    assert jobs.run_due(AFTER + 71 * HOUR) == 0
    assert jobs.run_due(AFTER + 73 * HOUR) == 1
    assert jobs.run_due(AFTER + 74 * HOUR) == 0
    alert = Alert.objects.get()
    assert (alert.kind, alert.level, alert.owner, alert.participant) == ("note-overdue", "admin", counselor, None)
    assert "Ada" not in alert.words


def test_signing_says_so_on_the_alert_and_closes_nothing(group, ada, ben, counselor):
    stage.written(group, counselor, ada, ben)
    jobs.run_due(AFTER + 73 * HOUR)
    sign(group, counselor, at=AFTER + 74 * HOUR)
    alert = Alert.objects.get()
    assert alert.closed_at is None
    assert "signed now" in alert.steps.get(what="fact").words


def test_what_nobody_signed_leaves_the_lists_after_two_months_and_keeps_its_alert(group, ada, counselor):
    stage.written(group, counselor, ada)
    jobs.run_due(AFTER + 80 * HOUR)
    alert = Alert.objects.get(kind=actions.OVERDUE)
    late = AFTER + rules.LOOK_BACK
    assert queries.unsigned_sessions(counselor, late - 2 * HOUR) != []
    assert queries.sessions_to_sign(counselor, late - 2 * HOUR) == 1
    assert queries.unsigned_sessions(counselor, late) == []
    assert queries.sessions_to_sign(counselor, late) == 0
    assert alert.closed_at is None


# --- Marked as sensitive ----------------------------------------------------------------------------------------------


def test_a_part_and_its_mark_are_written_both_or_neither(group, ada, counselor, supervisor, program):
    attendance.mark_rest_here(session=group, by=counselor, at=AFTER)
    facts = {"session": group, "episode": ada.episode, "objectives": [], "took_part": "spoke", "by": counselor}
    given = {"words": "Spoke of the fire.", "revision": 0, "label": "trauma", "reason": "", "at": AFTER}
    mine = actions.write_part(**facts, **given)
    assert guard.labels(queries.ITEM, [mine.pk]) == {str(mine.pk): "trauma"}
    before = Event.objects.count()
    with pytest.raises(Refused, match="Say why the mark changes"):
        actions.write_part(**facts, **(given | {"words": "Other words.", "revision": 1, "label": ""}))
    mine.refresh_from_db()
    assert (mine.words, Event.objects.count()) == ("Spoke of the fire.", before)
    other = make.member(program, "counselor", name="Sol Fieldmoor")
    change = {"part": mine, "word": "", "reason": "No longer.", "at": AFTER}
    with pytest.raises(Refused, match="Whoever wrote it"):
        actions.mark_part(**change, by=other)
    actions.mark_part(**change, by=supervisor)
    assert guard.labels(queries.ITEM, [mine.pk]) == {str(mine.pk): ""}
