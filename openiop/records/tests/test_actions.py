"""A record on its way out, and the tasks that follow from what was asked or brought."""

from datetime import timedelta

import pytest

from conftest import NOW, TODAY
from openiop.alerts.models import Alert
from openiop.base.errors import Refused
from openiop.consents import actions as consents
from openiop.disclosures.models import Disclosure, LegalHold
from openiop.participants.models import Participant
from openiop.records import actions
from openiop.records.queries import pages
from tests import make
from tests.make import plans, records
from tests.make import session as stage

EARLIER = NOW - timedelta(hours=2)


def kinds_of(row):
    return [section["kind"] for section in row.packet.content["sections"]]


def test_a_packet_holds_what_the_consent_covers_and_no_more(program, ada, counselor, supervisor):
    row = records.consent(ada, counselor, EARLIER, kinds=["attendance", "plan"])
    found = records.sent(ada, supervisor, NOW, row, kinds=("contact", "attendance", "plan", "notes"))
    assert kinds_of(found) == ["plan", "attendance"]
    assert found.scope == row.text_shown


def test_a_packet_is_not_sent_for_days_that_run_backward_or_on_a_basis_that_does_not_hold(program, ada, supervisor):
    given = {"participant": ada, "ground": records.ground(ada, NOW), "by": supervisor, "at": NOW}
    own = records.ask(basis="own", receiver="self", use="own")
    with pytest.raises(Refused, match="before the first"):
        actions.release_record(ask=own, first_on=TODAY, last_on=TODAY - timedelta(days=1), **given)
    with pytest.raises(Refused, match="participant alone"):
        actions.release_record(ask=records.ask(basis="own", use="own"), **given)
    assert not Disclosure.objects.exists()


def test_an_audit_packet_rests_on_its_agreement(program, ada, supervisor, director):
    ground = records.ground(ada, NOW, basis="audit")
    asked = records.ask(basis="audit", receiver="auditor", recipient="State Board", use="audit")
    given = {"participant": ada, "ground": ground, "ask": asked, "by": supervisor, "at": NOW}
    with pytest.raises(Refused, match="written agreement"):
        actions.release_record(**given)
    bound = records.agreement(program, director, kind="audit", counterpart="State Board", covers=[])
    assert actions.release_record(**given).agreement == bound


def test_ones_own_copy_has_everything_who_looked_and_who_received_it(program, ada, counselor, supervisor):
    plans.diagnoses(ada, counselor)
    records.sent(ada, supervisor, EARLIER)
    actions.log_shown(participant=ada, kinds=("plan",), page="records:release", by=supervisor, at=EARLIER)
    row = actions.copy_own(participant=ada, by=ada.membership, at=NOW)
    titles = [section["title"] for section in row.packet.content["sections"]]
    assert titles[-2:] == ["Who opened the record", "Who received my information"]
    said = str(row.packet.content)
    assert "Celia Rowanfield" in said
    assert "Dr. Fenwick" in said
    assert "F" in said
    assert (row.basis, row.notice, row.how) == ("own", "", "portal")


def test_a_packet_has_the_persons_own_notes_and_nobody_elses(program, ada, ben, counselor, supervisor):
    held = stage.session(program, counselor, ada, ben)
    stage.signed(held, counselor, ada, ben, at=stage.AFTER)
    row = records.consent(ada, counselor, EARLIER, kinds=["notes", "attendance"])
    found = records.sent(ada, supervisor, NOW, row, kinds=("notes", "attendance"))
    said = str(found.packet.content)
    assert "Barleyfield" not in said
    notes = next(section for section in found.packet.content["sections"] if section["kind"] == "notes")
    assert len(notes["rows"]) == 1


def test_figures_leave_as_counts_or_as_rows_and_are_written_down(program, ada, director):
    given = {"program": program, "recipient": "County", "purpose": "Planning", "by": director, "at": NOW}
    counts = actions.export_counts(**given)
    assert ["level", "all", "hidden"] in counts.packet.content["rows"]
    rows = actions.export_rows(**given)
    assert len(rows.packet.content["rows"]) == 1
    assert "Alderquist" not in str(rows.packet.content)


def test_what_a_participant_asks_for_is_a_task_with_a_day_and_is_done_when_answered(program, ada, intake, supervisor):
    listed = actions.ask_list(participant=ada, kind="accounting", by=ada.membership, at=NOW)
    asks = {"words": "Not to my employer", "receiver": "employer", "paid_in_full": False}
    held = actions.ask_restriction(participant=ada, by=ada.membership, at=NOW, **asks)
    tasks = Alert.objects.filter(kind="record-request")
    assert {task.owner for task in tasks} == {intake}
    assert all(timedelta(days=29) < task.due_at - NOW < timedelta(days=32) for task in tasks)
    actions.answer_list(request=listed, how="print", by=supervisor, at=NOW)
    given = {"restriction": held, "agree": True, "kinds": [], "reason": ""}
    actions.decide_restriction(**given, by=supervisor, at=NOW)
    assert {task.status for task in tasks.all()} == {"closed"}


def test_a_task_that_was_closed_by_hand_does_not_stand_in_the_way(program, ada, intake, supervisor):
    from openiop.alerts import actions as alerts

    listed = actions.ask_list(participant=ada, kind="accounting", by=ada.membership, at=NOW)
    alerts.close(alert=Alert.objects.get(), outcome="task-done", words="", by=intake, at=NOW)
    assert actions.answer_list(request=listed, how="print", by=supervisor, at=NOW).answered_at == NOW


def test_a_legal_paper_makes_a_task_that_names_nobody_and_holds_the_record(program, ada, counselor, supervisor):
    row = records.paper(program, counselor, NOW, ada)
    task = Alert.objects.get(kind="legal-process")
    assert task.participant is None
    assert task.owner == supervisor
    assert task.link == "/calls/"
    assert "Alderquist" not in task.words + task.why
    assert LegalHold.objects.get().participant == ada
    actions.close_process(process=row, outcome="Withdrawn", by=supervisor, at=NOW)
    task.refresh_from_db()
    assert task.status == "closed"


def test_an_officer_who_works_on_no_alerts_finds_the_paper_among_papers(program, counselor, supervisor):
    make.member(program, "privacy", name="Perrin Lockwood")
    records.paper(program, counselor)
    assert Alert.objects.get().owner == supervisor


def test_the_task_falls_to_the_privacy_officer_who_works_on_alerts_else_to_whoever_answers(program, counselor):
    records.paper(program, counselor)
    assert Alert.objects.get().owner == counselor
    officer = make.member(program, "privacy", "supervisor", name="Perrin Lockwood")
    row = records.paper(program, counselor, asks="Some records")
    task = Alert.objects.get(source_id=str(row.pk))
    assert (task.owner, task.link) == (officer, f"/papers/{row.pk}/")


def test_a_packet_is_shown_again_only_while_its_basis_stands(program, ada, counselor, supervisor):
    row = records.consent(ada, counselor, EARLIER)
    found = records.sent(ada, supervisor, NOW, row)
    assert pages.still(found, supervisor, NOW) == []
    biller = make.member(program, "biller", name="Bo Ledgerly")
    assert "Make a new packet" in pages.still(found, biller, NOW)[0]
    consents.revoke_consent(consent=row, how="in person", by=counselor, at=NOW)
    found.consent.refresh_from_db()
    assert pages.still(found, supervisor, NOW) == ["This consent is not in force."]
    from openiop.disclosures import actions as disclosures

    given = {"recipient": "Dr. Ash", "address": "County", "kinds": ["contact"], "nature": "Unresponsive"}
    told = disclosures.record_emergency(participant=ada, how="phone", by=counselor, at=NOW, **given)
    assert "emergency" in pages.still(told, supervisor, NOW)[0]


def test_a_person_is_found_by_number_or_full_name_and_two_of_one_name_by_neither(program, ada, outsider, counselor):
    assert pages.person_called(counselor, str(ada.number)) == ada
    assert pages.person_called(counselor, "ada alderquist") == ada
    assert pages.person_called(counselor, "Ada") is None
    assert pages.person_called(outsider, "Ada Alderquist") is None
    make.participant(program, "Ada Alderquist")
    assert Participant.objects.count() == 2
    assert pages.person_called(counselor, "Ada Alderquist") is None
