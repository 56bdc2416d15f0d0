"""Writing down what leaves, what is held back, and papers: what is written, what is not, and the event that says so."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from conftest import NOW, TODAY
from openiop.audit.models import Event
from openiop.base.errors import Refused
from openiop.consents import actions as consents
from openiop.disclosures import actions, queries
from openiop.disclosures.models import (
    Agreement,
    Disclosure,
    LegalHold,
    LegalProcess,
    Packet,
    Restriction,
    RightsRequest,
    Seal,
)
from openiop.participants import actions as people
from tests.make import records

EVERY = frozenset({"attendance", "plan", "contact", "notes"})
CONTENT = {"sections": [{"kind": "attendance", "title": "Attendance", "head": ["Day"], "rows": [["October 1, 2026"]]}]}


def disclosed(person, by, at=NOW, content=CONTENT, on=None, **changes):
    given = {"participant": person, "content": content, "description": "Attendance", "readable": EVERY, "by": by}
    return actions.disclose(ask=records.ask(**changes), at=at, **given, **(on or {}))


def test_what_leaves_is_written_with_its_notice_scope_packet_and_event(program, ada, counselor):
    row = records.consent(ada, counselor, NOW - timedelta(hours=1))
    found = disclosed(ada, counselor, on={"consent": row})
    assert found.notice == "A"
    assert found.notice_words == queries.notices().words("A")
    assert found.notice_version == "2024"
    assert found.scope == row.text_shown
    assert found.kinds == ["attendance", "plan"]
    assert found.packet.content == CONTENT
    event = Event.objects.get(what="record.disclosed")
    assert event.facts["consent"] == str(row.pk)
    assert event.facts["digest"] == found.digest


def test_nothing_is_written_where_it_may_not_go(program, ada, counselor):
    with pytest.raises(Refused, match="Choose the consent"):
        disclosed(ada, counselor)
    row = records.consent(ada, counselor, NOW - timedelta(hours=1), kinds=["plan"])
    with pytest.raises(Refused, match="more than may go out"):
        disclosed(ada, counselor, on={"consent": row})
    assert not Disclosure.objects.exists()
    assert not Packet.objects.exists()


def test_a_consent_that_ended_after_the_page_was_shown_carries_nothing(program, ada, counselor):
    row = records.consent(ada, counselor, NOW - timedelta(hours=1))
    consents.revoke_consent(consent=row, how="in person", by=counselor, at=NOW)
    row.status, row.revoked_at = "active", None  # as the page still has it
    with pytest.raises(Refused, match="not in force"):
        disclosed(ada, counselor, on={"consent": row})


def test_an_audit_and_an_order_name_what_they_rest_on(program, ada, counselor):
    bound = records.agreement(program, counselor, kind="audit", counterpart="State Board", covers=[])
    audit = {"basis": "audit", "receiver": "auditor", "recipient": "State Board", "use": "audit"}
    assert disclosed(ada, counselor, on={"agreement": bound}, **audit).agreement == bound
    order = records.order(program, counselor, ada)
    court = {"basis": "court-order", "receiver": "court", "recipient": "County court", "use": "proceedings"}
    assert disclosed(ada, counselor, on={"process": order}, **court).process == order


def test_the_database_holds_one_basis_to_each_disclosure(program, ada, counselor):
    row = disclosed(ada, counselor, on={"consent": records.consent(ada, counselor, NOW - timedelta(hours=1))})
    row.pk, row.basis = None, "own"
    with pytest.raises(IntegrityError), transaction.atomic():
        row.save(force_insert=True)


def test_what_was_told_in_an_emergency_is_written_with_who_and_why(program, ada, counselor):
    given = {"recipient": "Dr. Ashgrove", "address": "County emergency department", "kinds": ["contact"]}
    more = {"nature": "Found unresponsive", "how": "phone", "by": counselor, "at": NOW}
    row = actions.record_emergency(participant=ada, **given, **more)
    assert (row.basis, row.notice, row.by_software) == ("emergency", "B", False)
    empty = {"recipient": " ", "address": "", "kinds": [], "nature": "", "how": "phone"}
    with pytest.raises(Refused) as refused:
        actions.record_emergency(participant=ada, **empty, by=counselor, at=NOW)
    assert len(refused.value.reasons) == 3


def test_a_set_that_would_tell_someone_does_not_leave(program, director):
    given = {"program": program, "recipient": "County", "purpose": "Planning", "description": "Counts"}
    good = {"columns": ["level", "people"], "rows": [["2.1", "40"]]}
    row = actions.disclose_figures(content=good, by=director, at=NOW, **given)
    assert row.participant is None
    bad = {"columns": ["legal_name"], "rows": []}
    with pytest.raises(Refused) as refused:
        actions.disclose_figures(content=bad, by=director, at=NOW, **(given | {"recipient": "", "purpose": ""}))
    assert len(refused.value.reasons) == 3
    assert Disclosure.objects.count() == 1


def test_opening_a_packet_again_leaves_an_event(program, ada, counselor):
    row = disclosed(ada, counselor, on={"consent": records.consent(ada, counselor, NOW - timedelta(hours=1))})
    actions.log_opened(disclosure=row, how="file", by=counselor, at=NOW)
    assert Event.objects.get(what="packet.opened").facts["how"] == "file"


# --- what the participant asks for ------------------------------------------------------------------------------------


def asked(person, **changes):
    given = {"words": "Not to my employer", "receiver": "employer", "paid_in_full": False}
    return actions.ask_restriction(participant=person, by=person.membership, at=NOW, **(given | changes))


def test_a_restriction_waits_once_is_answered_once_and_ends_once(program, ada, supervisor):
    row = asked(ada)
    assert asked(ada) == row
    with pytest.raises(Refused):
        asked(ada, words=" ")
    answer = {"restriction": row, "kinds": ["plan"], "by": supervisor, "at": NOW}
    with pytest.raises(Refused, match="Say why"):
        actions.decide_restriction(agree=False, reason="", **answer)
    agreed = actions.decide_restriction(agree=True, reason="", **answer)
    assert (agreed.status, agreed.kinds) == ("agreed", ["plan"])
    with pytest.raises(Refused, match="answered already"):
        actions.decide_restriction(agree=True, reason="", **answer)
    assert actions.end_restriction(restriction=row, by=supervisor, at=NOW).status == "ended"
    with pytest.raises(Refused, match="held back"):
        actions.end_restriction(restriction=row, by=supervisor, at=NOW)
    told = Event.objects.filter(what__startswith="restriction.").order_by("created_at")
    assert [event.what for event in told] == ["restriction.asked", "restriction.agreed", "restriction.ended"]


def test_a_restriction_that_is_not_agreed_to_holds_nothing_back(program, ada, supervisor):
    row = actions.decide_restriction(
        restriction=asked(ada), agree=False, kinds=["plan"], reason="The order asks for it", by=supervisor, at=NOW
    )
    assert (row.status, row.kinds) == ("declined", [])
    assert queries.standing(ada.pk, officer=False).limits == ()
    assert Restriction.objects.count() == 1


def test_a_list_is_due_in_thirty_days_waits_once_and_is_given_once(program, ada, supervisor):
    given = {"participant": ada, "by": ada.membership, "at": NOW}
    row = actions.ask_list(kind="accounting", **given)
    assert row.due_on == TODAY + timedelta(days=30)
    assert actions.ask_list(kind="accounting", **given) == row
    assert actions.ask_list(kind="intermediaries", **given) != row
    with pytest.raises(Refused, match="which list"):
        actions.ask_list(kind="else", **given)
    actions.answer_list(request=row, how="print", by=supervisor, at=NOW)
    with pytest.raises(Refused, match="given already"):
        actions.answer_list(request=row, how="print", by=supervisor, at=NOW)
    assert RightsRequest.objects.filter(answered_at__isnull=True).count() == 1


# --- agreements -------------------------------------------------------------------------------------------------------


def test_an_agreement_is_recorded_and_ended_once(program, director):
    row = records.agreement(program, director)
    with pytest.raises(Refused, match="Name the other side"):
        records.agreement(program, director, counterpart=" ")
    assert Agreement.objects.count() == 1
    ended = actions.end_agreement(agreement=row, reason="Changed hands", by=director, at=NOW)
    assert ended.ended_on == TODAY
    with pytest.raises(Refused, match="ended already"):
        actions.end_agreement(agreement=row, reason="Again", by=director, at=NOW)
    assert Event.objects.filter(what="agreement.ended").count() == 1


# --- legal papers, holds, seals ---------------------------------------------------------------------------------------


def taken(program, by, person=None, **changes):
    given = {"kind": "subpoena", "from_whom": "Counsel", "about": "", "asks": "All", "received_on": TODAY}
    return actions.take_in(program=program, participant=person, answer_by=None, by=by, at=NOW, **(given | changes))


def test_a_paper_that_comes_in_holds_the_record_and_leaves_its_steps(program, ada, counselor, outsider):
    row = taken(program, counselor, ada)
    assert LegalHold.objects.get().process == row
    assert queries.standing(ada.pk, officer=False).process_open
    assert [step.what for step in queries.steps_of(row)] == ["taken-in"]
    with pytest.raises(Refused, match="Write what it asks"):
        taken(program, counselor, ada, asks=" ")
    with pytest.raises(Refused, match="no such record"):
        taken(outsider.program, counselor, ada)
    assert LegalProcess.objects.count() == 1


def test_a_paper_is_tied_to_a_record_once(program, ada, ben, counselor):
    row = taken(program, counselor, about="A. Alderquist")
    assert not LegalHold.objects.exists()
    actions.tie_process(process=row, participant=ada, by=counselor, at=NOW)
    assert LegalHold.objects.get().participant == ada
    with pytest.raises(Refused, match="cannot be tied"):
        actions.tie_process(process=row, participant=ben, by=counselor, at=NOW)


def test_an_order_its_notice_and_its_end_are_written_and_then_nothing_more(program, ada, counselor):
    row = taken(program, counselor, ada, kind="court-order")
    by = {"process": row, "by": counselor, "at": NOW}
    with pytest.raises(Refused, match="Choose the section"):
        actions.record_order(statute="", order_on=TODAY, with_mandate=True, kinds=[], **by)
    actions.record_order(statute="2.64", order_on=TODAY, with_mandate=True, kinds=["plan"], **by)
    with pytest.raises(Refused, match="at least one day"):
        actions.record_notice(told_on=None, heard_on=None, **by)
    with pytest.raises(Refused, match="today or earlier"):
        actions.record_notice(told_on=TODAY + timedelta(days=1), heard_on=None, **by)
    actions.record_notice(told_on=TODAY, heard_on=None, **by)
    found = actions.record_notice(told_on=None, heard_on=TODAY, **by)
    assert (found.told_on, found.heard_on) == (TODAY, TODAY)
    with pytest.raises(Refused, match="how it ended"):
        actions.close_process(outcome="", **by)
    actions.close_process(outcome="Answered", **by)
    for late in (
        lambda: actions.record_notice(told_on=TODAY, heard_on=None, **by),
        lambda: actions.close_process(outcome="Again", **by),
    ):
        with pytest.raises(Refused, match="closed"):
            late()
    assert LegalHold.objects.filter(lifted_at__isnull=True).exists()


def test_a_hold_stands_once_for_each_reason_and_is_lifted_once(program, ada, counselor):
    given = {"participant": ada, "reason": "A complaint", "by": counselor, "at": NOW}
    row = actions.place_hold(**given)
    assert actions.place_hold(**given) == row
    with pytest.raises(Refused, match="what the hold is for"):
        actions.place_hold(**(given | {"reason": ""}))
    with pytest.raises(Refused, match="may be lifted"):
        actions.lift_hold(hold=row, reason="", by=counselor, at=NOW)
    actions.lift_hold(hold=row, reason="Settled", by=counselor, at=NOW)
    with pytest.raises(Refused, match="lifted already"):
        actions.lift_hold(hold=row, reason="Settled", by=counselor, at=NOW)
    assert not queries.standing(ada.pk, officer=False).on_hold


def left(person, by):
    given = {"on": TODAY - timedelta(days=1), "reason": "1", "last_contact_on": None, "by": by, "at": NOW}
    return people.end_episode(episode=person.episode, **given)


def test_a_record_is_sealed_when_its_years_are_over_and_nothing_holds_it(program, ada, ben, counselor):
    by = {"by": counselor, "at": NOW}
    with pytest.raises(Refused, match="in care"):
        actions.seal_record(participant=ben, **by)
    left(ada, counselor)
    with pytest.raises(Refused, match="must still be kept"):
        actions.seal_record(participant=ada, **by)
    later = NOW.replace(year=NOW.year + 8)
    hold = actions.place_hold(participant=ada, reason="A complaint", **by)
    with pytest.raises(Refused, match="legal hold"):
        actions.seal_record(participant=ada, by=counselor, at=later)
    actions.lift_hold(hold=hold, reason="Settled", **by)
    actions.seal_record(participant=ada, by=counselor, at=later)
    assert Seal.objects.get().participant == ada
    assert queries.standing(ada.pk, officer=True).sealed
    with pytest.raises(Refused, match="sealed already"):
        actions.seal_record(participant=ada, by=counselor, at=later)
