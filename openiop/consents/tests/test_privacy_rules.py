"""The privacy rules and traps that consents and the guard answer for, each under the number it is known by."""

from datetime import timedelta
from pathlib import Path

import pytest
from django.core import mail
from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.urls import get_resolver

from conftest import NOW, TODAY
from openiop.audit.models import Event
from openiop.base.errors import Refused
from openiop.consents import actions, queries, rules
from openiop.consents.models import Consent
from openiop.consents.rules import Kind, Purpose, Relation, Variant
from openiop.counseling import actions as counseling
from openiop.management.commands import work
from openiop.outbox import actions as outbox
from openiop.outbox import jobs as outbox_jobs
from openiop.participants import actions as participants
from openiop.programs.rules import PERSONAL, Permission
from tests import make
from tests.house.test_house import patterns
from tests.make import consents
from tests.make import privacy as emergencies
from tests.make import session as stage

ROOT = Path(__file__).parents[3]
EXTRA = {
    "intermediary": {"members": "Mill Street Hospital"},
    "research": {"study": "Sleep study, board 7"},
    "criminal_justice_2_35": {"revocable_from": "Final decision on the condition"},
    "legal_proceedings": {"proceeding": "State v. A., county court"},
    "sud_counseling_notes": {"no_condition": rules.NO_CONDITION_WORDS},
    "app_vendor": {"app": rules.APP_WORDS},
}


def prepared(person, by, variant, **changes):
    form = rules.FORMS[Variant(variant)]
    of_supporter = variant in rules.OF_A_SUPPORTER
    if of_supporter and "supporter" not in changes:
        changes["supporter"] = make.supporter(person, by)
    given = {
        "variant": variant,
        "kinds": list(form.chosen or form.kinds[:1]),
        "recipient": "" if of_supporter else form.recipient or "Mill Street Clinic",
        "purpose": form.purpose or "Help with my care",
        "expires_at": NOW + timedelta(days=200),
        "extra": EXTRA.get(variant, {}),
        "supporter": None,
    }
    return actions.prepare_consent(participant=person, by=by, at=NOW, **(given | changes))


def signed(person, by, variant, **changes):
    row = prepared(person, by, variant, **changes)
    return actions.sign_consent(consent=row, signer_name=person.legal_name, how="phone", by=person.membership, at=NOW)


def message(basis, at=NOW):
    return outbox.queue_email(
        recipient="plan@example.org", recipient_id="1", program_id="2", kind="something-new", link="https://x.test/",
        due_at=at, at=at, basis_id=basis,
    )  # fmt: skip


# --- P02, P03, P24, traps 28 and 30: the form -------------------------------------------------------------------------


@pytest.mark.parametrize("variant", Variant)
def test_p02_each_form_is_prepared_whole_and_refused_without_an_element(ada, counselor, variant):
    whole = prepared(ada, counselor, variant)
    assert whole.variant == variant
    for wrong in ({"purpose": " "}, {"kinds": []}, {"right_to_revoke": ""}, {"expires_at": None, "expires_when": ""}):
        before = (Consent.objects.count(), Event.objects.count())
        with pytest.raises(Refused):
            prepared(ada, counselor, variant, supporter=whole.supporter, **wrong)
        assert (Consent.objects.count(), Event.objects.count()) == before


def test_p02_treatment_payment_and_operations_says_what_may_follow_and_what_if_not(ada, counselor):
    for wrong in ({"redisclosure": ""}, {"if_declined": ""}):
        with pytest.raises(Refused):
            prepared(ada, counselor, "tpo_single", **wrong)


@pytest.mark.parametrize("alone", sorted(rules.ALONE))
def test_p03_notes_and_proceedings_share_no_document_with_another(ada, counselor, alone):
    first = prepared(ada, counselor, alone)
    with pytest.raises(Refused, match="consent of their own"):
        prepared(ada, counselor, "tpo_single", document=first.document)
    other = prepared(ada, counselor, "named_disclosure")
    with pytest.raises(Refused, match="consent of their own"):
        prepared(ada, counselor, alone, document=other.document, purpose="Another purpose")
    assert prepared(ada, counselor, "payer_only", document=other.document).document == other.document


def test_p24_a_consent_keeps_text_version_time_signer_method_and_language(ada, counselor):
    row = prepared(ada, counselor, "named_disclosure", language="es", right_to_revoke="Por escrito.")
    shown = row.text_shown
    done = actions.sign_consent(consent=row, signer_name=ada.legal_name, how="tablet", by=counselor, at=NOW)
    assert (done.text_shown, done.text_version, done.signed_at) == (shown, rules.TEXT_VERSION, NOW)
    assert (done.signer_name, done.signed_how, done.signed_by) == (ada.legal_name, "tablet", counselor)
    assert (done.language, done.text_checked, done.capacity) == ("es", False, "participant")
    event = Event.objects.get(what="consent.signed")
    assert (event.facts["method"], event.facts["capacity"]) == ("tablet", "participant")


def test_trap_28_a_general_authorization_is_no_consent(ada, counselor):
    with pytest.raises(Refused) as refusal:
        prepared(ada, counselor, "tpo_single", information="My health records.", redisclosure="May be redisclosed.")
    assert {rules.ELEMENTS["information"], rules.ELEMENTS["hipaa"], rules.ELEMENTS["redisclosure"]} <= set(
        refusal.value.reasons
    )


def test_trap_30_notes_and_court_are_never_part_of_another_consent(ada, counselor):
    for wrong in (
        {"kinds": ["plan", "counseling-notes"]},
        {"purpose": "Treatment and a court proceeding"},
        {"information": "My counseling notes from my substance use treatment."},
    ):
        with pytest.raises(Refused, match="consent of their own"):
            prepared(ada, counselor, "tpo_single", **wrong)
    notes = prepared(ada, counselor, "sud_counseling_notes")
    assert rules.NO_CONDITION_WORDS in notes.text_shown


# --- P04 to P06, P15, trap 29: what a consent opens -------------------------------------------------------------------


def test_p04_a_recipient_outside_the_consent_gets_nothing(ada, counselor):
    row = signed(ada, counselor, "named_disclosure")
    given = {"recipients": [row.recipient], "kinds": row.kinds, "holds": True, "requested": row.kinds}
    assert rules.covers(**given, recipient="Someone Else") == frozenset()


def test_p05_a_kind_outside_the_consent_is_taken_out_and_the_rest_goes(ada, counselor):
    row = signed(ada, counselor, "named_disclosure", kinds=["plan", "attendance"])
    went = rules.covers(
        recipients=[row.recipient], kinds=row.kinds, holds=True, recipient=row.recipient, requested=["plan", "notes"]
    )
    assert went == {"plan"}


def test_p06_a_consent_is_over_in_the_very_second_it_ends(ada, counselor):
    sister = make.supporter(ada, counselor)
    row = consents.shared(sister, counselor, "schedule", at=NOW, expires_at=NOW + timedelta(days=1))
    second = timedelta(seconds=1)
    for instant, open_ in ((row.expires_at - second, True), (row.expires_at, False)):
        answer = queries.ask(sister.membership, ada, Kind.SCHEDULE, instant, Permission.SUPPORT).access
        assert answer.allowed is open_
    actions.revoke_consent(consent=row, how="Told the program", by=counselor, at=NOW + timedelta(hours=1))
    for after, open_ in ((-second, True), (timedelta(), False)):
        at = NOW + timedelta(hours=1) + after
        assert queries.ask(sister.membership, ada, Kind.SCHEDULE, at, Permission.SUPPORT).access.allowed is open_


def test_p06_a_request_that_came_earlier_ends_it_when_it_came(ada, counselor):
    sister = make.supporter(ada, counselor)
    row = consents.shared(sister, counselor, "schedule", at=NOW - timedelta(days=5))
    opened = queries.open_record(sister.membership, ada.pk, Kind.SCHEDULE, NOW - timedelta(days=4), Permission.SUPPORT)
    actions.log_read(opened=opened, page="portal:support", by=sister.membership, at=NOW - timedelta(days=4))
    came = NOW - timedelta(days=2)
    with pytest.raises(Refused, match="told today or earlier"):
        actions.revoke_consent(consent=row, how="x", by=counselor, at=NOW, received_at=NOW + timedelta(hours=1))
    done = actions.revoke_consent(consent=row, how="Told in writing", by=counselor, at=NOW, received_at=came)
    assert (done.revoked_at, done.revocation_entered_at) == (came, NOW)
    assert (done.relied_reads, done.relied_last_at) == (1, NOW - timedelta(days=4))  # kept: what rested on it
    with pytest.raises(Http404):
        queries.open_record(sister.membership, ada.pk, Kind.SCHEDULE, came, Permission.SUPPORT)


def test_p15_family_sees_only_by_a_family_consent_and_only_what_it_names(ada, counselor):
    sister = make.supporter(ada, counselor)
    for variant in set(Variant) - {Variant.FAMILY, Variant.EMERGENCY_CONTACT}:
        signed(ada, counselor, variant)
    signed(ada, counselor, "emergency_contact", supporter=sister)
    assert not any(one.access.allowed for one in queries.sight_of(sister, NOW))
    consents.shared(sister, counselor, "plan", at=NOW)
    assert [one.kind for one in queries.sight_of(sister, NOW) if one.access.allowed] == [Kind.PLAN]


@pytest.mark.parametrize(("capacity", "given"), [
    ("minor-alone", {}),
    ("minor-and-parent", {"second_name": "Rosa Alderquist"}),
    ("representative", {"signer_name": "Rosa Alderquist", "basis": "Court order of May 2"}),
])  # fmt: skip
def test_p15_minors_and_representatives_sign_in_their_own_capacity(ada, counselor, capacity, given):
    row = prepared(ada, counselor, "named_disclosure")
    facts = {"signer_name": ada.legal_name, "how": "tablet", "by": counselor, "at": NOW} | given
    done = actions.sign_consent(consent=row, capacity=capacity, **facts)
    assert done.capacity == capacity
    assert (done.second_name, done.basis) == (given.get("second_name", ""), given.get("basis", ""))


def test_trap_29_treatment_payment_and_operations_is_no_permission_for_family_employer_court_or_school(ada, counselor):
    sister = make.supporter(ada, counselor)
    row = signed(ada, counselor, "tpo_single", kinds=["plan", "attendance", "diagnoses"])
    for kind in Kind:
        assert queries.ask(sister.membership, ada, kind, NOW, Permission.SUPPORT).access.status == 404
        assert not rules.decide(
            relation=Relation.PAYER, roles=[], kind=kind, purpose=Purpose.TREATMENT, at=NOW, consents=[row.terms()]
        ).allowed  # fmt: skip
    for other in ("Employer", "County court", "Probation office", "School"):
        assert not rules.covers(
            recipients=[row.recipient], kinds=row.kinds, holds=True, recipient=other, requested=row.kinds
        )


# --- P09, trap 31: what is queued -------------------------------------------------------------------------------------


def holds(basis, at):
    return queries.basis_holds(basis, at)


def test_p09_a_message_whose_consent_is_ended_after_queueing_is_stopped_when_sent(ada, counselor):
    row = signed(ada, counselor, "named_disclosure")
    waiting = message(row.pk)
    actions.revoke_consent(consent=row, how="Told the program", by=counselor, at=NOW)
    assert outbox_jobs.run_due(NOW, holds) == 0
    waiting.refresh_from_db()
    assert (waiting.status, waiting.trouble) == ("stopped", "The consent was ended.")
    assert not mail.outbox
    assert Event.objects.filter(what="message.stopped", facts__basis=str(row.pk)).exists()


def test_p09_a_message_whose_consent_ran_out_is_stopped_and_one_that_holds_leaves(ada, counselor):
    short = signed(ada, counselor, "named_disclosure", expires_at=NOW + timedelta(hours=1))
    long = signed(ada, counselor, "payer_only")
    late, kept = message(short.pk, NOW + timedelta(hours=2)), message(long.pk, NOW + timedelta(hours=2))
    nowhere = message("5f0c2c1e-0000-4000-8000-000000000001", NOW + timedelta(hours=2))
    assert outbox_jobs.run_due(NOW + timedelta(hours=2), holds) == 1
    for one, status, why in (
        (late, "stopped", "The consent ran out."),
        (kept, "sent", ""),
        (nowhere, "stopped", "The consent is not on record."),
    ):  # fmt: skip
        one.refresh_from_db()
        assert (one.status, one.trouble) == (status, why)


def test_p09_the_worker_of_the_house_asks_again(ada, counselor):
    row = signed(ada, counselor, "named_disclosure")
    waiting = message(row.pk)
    actions.revoke_consent(consent=row, how="Told the program", by=counselor, at=NOW)
    assert work.ROOMS["outbox"](NOW) == 0
    waiting.refresh_from_db()
    assert waiting.status == "stopped"


def test_trap_31_a_consent_is_asked_at_sending_and_never_removed(ada, counselor):
    row = signed(ada, counselor, "named_disclosure")
    actions.revoke_consent(consent=row, how="Told the program", by=counselor, at=NOW)
    row.refresh_from_db()
    assert [change.to for change in queries.changes(row)] == ["prepared", "signed", "revoked"]
    assert row.signed_at == NOW
    assert queries.basis_holds(str(row.pk), NOW) == "The consent was ended."


# --- P10: counseling notes --------------------------------------------------------------------------------------------


def test_p10_counseling_notes_appear_nowhere_but_on_their_authors_page(client, monkeypatch, ada, counselor, supervisor):
    monkeypatch.setattr("django.utils.timezone.now", lambda: NOW)
    words = "Quillwort spoke of the orchard"
    note = counseling.write_note(participant=ada, words=words, about_on=TODAY, by=counselor, at=NOW)
    counseling.sign_note(note=note, by=counselor, at=NOW)
    assert words not in str(list(Event.objects.values_list("facts", flat=True)))
    stored = type(note).objects.filter(pk=note.pk).values().get()
    assert words not in str(stored)
    for viewer in (counselor, supervisor):
        client.force_login(viewer.user)
        for name, page in patterns(get_resolver()):
            if set(page.pattern.converters) == {"participant_id"} and page.callback.permission not in PERSONAL:
                answer = client.get("/" + str(page.pattern).replace("<uuid:participant_id>", str(ada.pk)))
                assert "orchard" not in answer.content.decode(), name
        found = client.post("/people/find/", {"q": "orchard"})
        assert "Quillwort" not in found.content.decode()
    assert client.get(f"/kept-apart/{note.pk}/").status_code == 403
    client.force_login(counselor.user)
    assert "orchard" in client.get(f"/kept-apart/{note.pk}/").content.decode()


def test_p10_no_form_but_its_own_names_counseling_notes():
    for variant in set(Variant) - {Variant.COUNSELING_NOTES}:
        assert Kind.COUNSELING_NOTES not in rules.FORMS[variant].kinds
    assert Kind.COUNSELING_NOTES not in rules.PAYER_FIELDS
    assert Kind.COUNSELING_NOTES not in rules.EMERGENCY_KINDS
    assert Kind.COUNSELING_NOTES in rules.NEVER_FOR_FAMILY


# --- P11: emergency access, as the guard takes it ---------------------------------------------------------------------


def test_p11_emergency_access_is_over_within_the_hour(ada, biller, supervisor):
    emergencies.emergency(ada, biller, NOW, kinds=["medications"])
    page = Permission.OPEN_RECORD
    opened = queries.open_record(biller, ada.pk, Kind.MEDICATIONS, NOW, page)
    assert (opened.access.purpose, opened.access.rule_id) == (Purpose.EMERGENCY, "emergency")
    assert "2.51" in opened.access.rule
    with pytest.raises(PermissionDenied):
        queries.open_record(biller, ada.pk, Kind.MEDICATIONS, NOW + timedelta(minutes=60), page)


# --- P16, P17, P18: reads ---------------------------------------------------------------------------------------------


def test_p16_each_read_says_who_what_why_and_by_which_rule(client, monkeypatch, ada, counselor):
    monkeypatch.setattr("django.utils.timezone.now", lambda: NOW)
    client.force_login(counselor.user)
    client.get(f"/people/{ada.pk}/consents/")
    client.get(f"/people/{ada.pk}/")
    for event in Event.objects.filter(what="chart.opened"):
        assert (event.by_id, event.participant_id) == (str(counselor.pk), str(ada.pk))
        assert (event.facts["purpose"], event.facts["rule_id"]) == ("treatment", "care-team")
        assert "2.12(c)(3)" in event.facts["rule"]
    assert Event.objects.filter(what="chart.opened").count() == 2


def test_p17_each_role_sees_what_its_task_needs(client, monkeypatch, program, ada, ben, counselor, biller, front_desk):
    monkeypatch.setattr("django.utils.timezone.now", lambda: NOW)
    participants.correct_participant(
        participant=ada, phone="555-0191", email="ada@example.org", pronouns="she/her", by=counselor, at=NOW
    )
    peer = make.member(program, "peer", name="Perry Peerfield")
    participants.join_team(episode=ada.episode, member=peer, part="peer", on=TODAY, by=counselor, at=NOW)
    officer = make.member(program, "privacy", name="Penn Keywell")
    chart = f"/people/{ada.pk}/"

    def shown(viewer, address=chart):
        client.force_login(viewer.user)
        answer = client.get(address)
        return answer.content.decode() if answer.status_code == 200 else str(answer.status_code)

    assert "she/her" in shown(counselor)
    assert "555-0191" not in shown(biller)
    assert "she/her" not in shown(biller)
    assert "555-0191" in shown(front_desk)
    assert "ada@example.org" not in shown(front_desk)
    assert shown(front_desk, f"{chart}consents/") == "403"
    assert "Left out for you" in shown(biller)
    assert shown(peer, f"{chart}notes/") == "403"
    assert "Golden thread" in shown(peer)
    assert shown(peer, f"/people/{ben.pk}/") == "403"  # someone else's person
    assert "Barleyfield" not in shown(peer, "/people/?show=all")
    assert shown(officer, f"{chart}plan/") == "403"
    assert shown(officer, f"{chart}consents/").startswith("<!doctype")
    assert "Level 2.1" not in shown(officer, f"{chart}consents/")


def test_p18_a_payer_gets_the_minimum_necessary(ada, counselor):
    signed(ada, counselor, "payer_only", kinds=["attendance", "diagnoses", "placement"])
    seen = {one.kind: one.access for one in queries.sight_of_payer(ada.pk, NOW)}
    assert {kind for kind, access in seen.items() if access.allowed} == {
        Kind.CONTACT, Kind.ATTENDANCE, Kind.DIAGNOSES, Kind.PLACEMENT,
    }  # fmt: skip
    assert "reason" not in seen[Kind.ATTENDANCE].fields
    assert "evidence" not in seen[Kind.PLACEMENT].fields


# --- P13: what is said before a consent ends --------------------------------------------------------------------------


def test_p13_the_person_hears_of_an_end_by_words_that_say_nothing(ada, counselor):
    row = consents.signed(ada, counselor, NOW, expires_at=NOW + timedelta(days=9))
    notice = actions.announce_end(consent=row, at=NOW)
    assert (notice.days, notice.owner) == (14, counselor)
    sent = type(message("")).objects.order_by("created_at").first()
    assert sent.recipient == ada.membership.user.email
    assert "consent" not in f"{sent.subject} {sent.body}".lower()
    assert "Larkmeadow" not in f"{sent.subject} {sent.body}"


# --- P28: one's own ---------------------------------------------------------------------------------------------------


def test_p28_a_participant_reads_their_own_record_and_who_opened_it(ada):
    for kind in set(Kind) - {Kind.COUNSELING_NOTES}:
        assert queries.ask(ada.membership, ada, kind, NOW, Permission.OWN_RECORD).access.allowed


# --- sensitive items --------------------------------------------------------------------------------------------------


def test_p17_a_sensitive_note_is_kept_from_colleagues_who_do_not_treat_the_person(
    client, monkeypatch, program, ada, counselor, supervisor
):
    monkeypatch.setattr("django.utils.timezone.now", lambda: stage.AFTER)
    session = stage.session(program, counselor, ada)
    [part] = stage.signed(session, counselor, ada)
    actions.label_item(
        item=part, item_id=part.pk, participant=ada, word="trauma", reason="", author=True, by=counselor,
        at=stage.AFTER,
    )  # fmt: skip
    other = make.member(program, "counselor", name="Hollis Grovewright")
    for viewer, kept in ((counselor, False), (supervisor, False), (other, True)):
        client.force_login(viewer.user)
        for address in (f"/people/{ada.pk}/notes/", f"/notes/{part.pk}/", f"/sessions/{session.pk}/"):
            page = client.get(address).content.decode()
            assert ("payday" not in page) is kept, (address, viewer.name)
            assert ("kept back" in page) is kept, (address, viewer.name)
    client.force_login(other.user)
    for address in (f"/sessions/{session.pk}/part/{ada.episode.pk}/preview/",):
        assert client.get(address).status_code == 403
    assert client.post(f"/sessions/{session.pk}/part/{ada.episode.pk}/", {"revision": "1"}).status_code == 403
