"""A consent is complete, signed in the person's own name, and over the moment it is ended."""

from datetime import timedelta

import pytest
from django.http import Http404

from conftest import NOW
from openiop.alerts import queries as alerts
from openiop.audit.models import Event
from openiop.base.errors import Refused
from openiop.consents import actions, jobs, queries, rules
from openiop.consents.models import Consent
from openiop.consents.rules import Kind
from openiop.outbox.models import Message
from openiop.participants import actions as participants
from openiop.participants.models import Supporter
from openiop.programs.rules import Permission
from tests import make
from tests.make import consents

DAY = timedelta(days=1)


def tpo(ada, counselor, **changes):
    given = {
        "variant": "tpo_single",
        "kinds": ["diagnoses", "plan", "attendance"],
        "recipient": "My treating providers, health plans and payers",
        "purpose": "Treatment, payment and health care operations",
        "expires_when": "End of treatment",
    }
    return actions.prepare_consent(participant=ada, by=counselor, at=NOW, **(given | changes))


def test_a_signed_consent_keeps_the_exact_text_shown(ada, counselor):
    consent = tpo(ada, counselor)
    shown = consent.text_shown
    signed = actions.sign_consent(
        consent=consent, signer_name="ada  Alderquist", how="on the phone", by=ada.membership, at=NOW
    )
    assert signed.text_shown == shown
    assert "substance use" in shown
    assert queries.has_tpo(ada.pk, NOW)
    assert [c.to for c in signed.changes.order_by("at", "created_at")] == ["prepared", "signed"]


@pytest.mark.parametrize(
    ("lacking", "sentence"),
    [
        ({"recipient": ""}, "who may receive"),
        ({"purpose": " "}, "what it is for"),
        ({"kinds": []}, "at least one kind"),
        ({"information": "Everything"}, "Substance use"),
        ({"expires_when": ""}, "on which it ends"),
        ({"right_to_revoke": ""}, "ended in writing"),
        ({"purpose": "At the request of the patient"}, "only where they asked for it"),
        ({"information": "All records of my substance use treatment"}, "not just everything"),
        ({"expires_when": " "}, "on which it ends"),
        ({"redisclosure": ""}, "share it on"),
        ({"redisclosure": "These rules may no longer protect it."}, "except in proceedings"),
        ({"if_declined": ""}, "does not sign"),
        ({"expires_at": NOW - timedelta(days=1)}, "must lie ahead"),
    ],
)
def test_each_missing_element_is_named_and_leaves_nothing(ada, counselor, lacking, sentence):
    before = Event.objects.count()
    with pytest.raises(Refused) as refusal:
        tpo(ada, counselor, **lacking)
    assert any(sentence in reason for reason in refusal.value.reasons)
    assert Consent.objects.count() == 0
    assert Event.objects.count() == before


@pytest.mark.parametrize(
    ("kind", "sentence"),
    [(Kind.MEDICATIONS, rules.NOT_SHOWN), (Kind.PLACEMENT, rules.NOT_SHOWN), (Kind.NOTES, rules.NEVER_SHARED)],
)
def test_a_supporter_is_promised_nothing_their_page_does_not_show(ada, counselor, kind, sentence):
    family = {"variant": "family_person", "supporter": make.supporter(ada, counselor), "recipient": ""}
    with pytest.raises(Refused) as refusal:
        tpo(ada, counselor, kinds=["schedule", kind], purpose="So that my sister can drive me", **family)
    assert refusal.value.reasons == [sentence]
    assert not Consent.objects.exists()
    assert not Event.objects.filter(what__startswith="consent.").exists()


def test_only_the_persons_own_name_signs_and_only_once(ada, counselor):
    consent = tpo(ada, counselor)
    for name in ("", "Joan Birchwell"):
        with pytest.raises(Refused):
            actions.sign_consent(consent=consent, signer_name=name, how="tablet", by=counselor, at=NOW)
    actions.sign_consent(consent=consent, signer_name="Ada Alderquist", how="tablet", by=counselor, at=NOW)
    with pytest.raises(Refused):
        actions.sign_consent(consent=consent, signer_name="Ada Alderquist", how="tablet", by=counselor, at=NOW)


def test_a_sister_sees_what_was_shared_until_the_very_second_it_is_ended(ada, counselor):
    sister = make.supporter(ada, counselor)
    consent = actions.prepare_consent(
        participant=ada,
        variant="family_person",
        supporter=sister,
        kinds=["schedule"],
        recipient="",
        purpose="So that my sister can drive me",
        expires_at=NOW + timedelta(days=30),
        by=counselor,
        at=NOW,
    )
    with pytest.raises(Http404):
        queries.open_record(sister.membership, ada.pk, Kind.SCHEDULE, NOW, Permission.SUPPORT)
    actions.sign_consent(consent=consent, signer_name="Ada Alderquist", how="phone", by=ada.membership, at=NOW)
    assert queries.open_record(
        sister.membership, ada.pk, Kind.SCHEDULE, NOW, Permission.SUPPORT
    ).access.consent_id == str(consent.pk)
    assert "Rosa Alderquist" in queries.who_line(ada, Kind.SCHEDULE, NOW)
    for kind in (Kind.PLAN, Kind.NOTES):
        with pytest.raises(Http404):
            queries.open_record(sister.membership, ada.pk, kind, NOW, Permission.SUPPORT)
    with pytest.raises(Http404):
        queries.open_record(sister.membership, ada.pk, Kind.SCHEDULE, NOW + timedelta(days=30), Permission.SUPPORT)
    later = NOW + timedelta(hours=1)
    actions.revoke_consent(consent=consent, how="on the phone", by=ada.membership, at=later)
    assert queries.open_record(
        sister.membership, ada.pk, Kind.SCHEDULE, later - timedelta(seconds=1), Permission.SUPPORT
    ).access.allowed
    with pytest.raises(Http404):
        queries.open_record(sister.membership, ada.pk, Kind.SCHEDULE, later, Permission.SUPPORT)
    with pytest.raises(Refused):
        actions.revoke_consent(consent=consent, how="again", by=ada.membership, at=later)


@pytest.mark.parametrize("kind", ["notes", "measures", "check-ins"])
def test_no_consent_can_share_notes_with_family(ada, counselor, kind):
    sister = make.supporter(ada, counselor)
    with pytest.raises(Refused):
        actions.prepare_consent(
            participant=ada, variant="family_person", supporter=sister, kinds=[kind], recipient="", purpose="Support",
            expires_when="End of treatment", by=counselor, at=NOW,
        )  # fmt: skip


def refused(sentence, action, **given):
    before = (Consent.objects.count(), Supporter.objects.count(), Message.objects.count(), Event.objects.count())
    with pytest.raises(Refused) as refusal:
        action(**given)
    assert any(sentence in reason for reason in refusal.value.reasons), refusal.value.reasons
    assert before == (
        Consent.objects.count(), Supporter.objects.count(), Message.objects.count(), Event.objects.count()
    )  # fmt: skip


def test_only_the_participant_signs_on_their_phone_or_on_the_tablet_in_the_room(ada, ben, counselor, biller, outsider):
    consent = tpo(ada, counselor)
    for by, how in (
        (counselor, "phone"), (biller, "tablet"), (outsider, "tablet"), (ben.membership, "phone"),
    ):  # fmt: skip
        refused(
            "Only the participant signs", actions.sign_consent, consent=consent, signer_name="Ada Alderquist",
            how=how, by=by, at=NOW,
        )  # fmt: skip


def test_a_consent_that_ran_out_or_ended_is_not_signed(ada, counselor):
    late = tpo(ada, counselor, expires_when="", expires_at=NOW + timedelta(days=1))
    sign = {"signer_name": "Ada Alderquist", "how": "phone", "by": ada.membership}
    refused("end date has passed", actions.sign_consent, consent=late, at=NOW + timedelta(days=1), **sign)
    actions.withdraw_consent(consent=late, by=counselor, at=NOW)
    refused("has ended", actions.sign_consent, consent=late, at=NOW, **sign)
    refused("not signed can be set aside", actions.withdraw_consent, consent=late, by=counselor, at=NOW)
    assert list(queries.consents_of(ada.pk)) == []
    assert Consent.objects.get().status == "withdrawn"


def test_the_same_consent_prepared_twice_waits_once(ada, counselor):
    first = tpo(ada, counselor)
    before = Event.objects.count()
    assert tpo(ada, counselor) == first
    assert Event.objects.count() == before
    assert tpo(ada, counselor, kinds=["plan"]) != first


def test_none_is_an_end_only_for_treatment_payment_and_operations(ada, counselor):
    assert tpo(ada, counselor, expires_when="none").expires_when == "none"
    refused(
        "on which it ends", tpo, ada=ada, counselor=counselor, variant="named_disclosure", recipient="Dr. Elm",
        expires_when="None.",
    )  # fmt: skip


def test_what_they_asked_for_themselves_may_say_so(ada, counselor):
    row = tpo(ada, counselor, purpose="At the request of the patient", initiated=True)
    assert "At the request of the patient" in row.text_shown


def test_only_the_form_that_needs_them_carries_the_statements_on_sharing_and_declining(ada, counselor):
    assert rules.IF_DECLINED_WORDS in tpo(ada, counselor).text_shown
    named = tpo(ada, counselor, variant="named_disclosure", recipient="Dr. Elm")
    assert rules.IF_DECLINED_WORDS not in named.text_shown
    assert (named.redisclosure, named.if_declined) == ("", "")


def test_a_family_consent_names_a_supporter_of_this_person(ada, ben, counselor):
    bens = make.supporter(ben, counselor)
    given = {"variant": "family_person", "kinds": ["plan"], "recipient": "Rosa"}
    refused("Choose the supporter", tpo, ada=ada, counselor=counselor, **given)
    refused("another record", tpo, ada=ada, counselor=counselor, **given, supporter=bens)


def test_a_new_supporter_is_named_and_asked_for_in_one_step(ada, counselor):
    given = {
        "variant": "family_person",
        "kinds": ["plan"],
        "recipient": "",
        "purpose": "Support",
        "expires_when": "End",
    }
    facts = {"participant": ada, "new_name": "Rosa Alderquist", "new_relation": "Sister", "by": counselor, "at": NOW}
    row = actions.prepare_for(supporter=None, given=given, **facts)
    assert (row.supporter.name, row.recipient) == ("Rosa Alderquist", "Rosa Alderquist")
    assert actions.prepare_for(supporter=None, given=given, **facts) == row
    assert Supporter.objects.count() == 1
    other = actions.prepare_for(
        supporter=row.supporter, given=given | {"purpose": "Rides"}, **(facts | {"new_name": ""})
    )
    assert other.supporter == row.supporter


def test_an_invited_supporter_gets_a_sign_in_a_link_and_a_mail_that_says_nothing(ada, counselor):
    row = participants.add_supporter(participant=ada, name="Rosa A.", relation="Sister", by=counselor, at=NOW)
    facts = {"supporter": row, "site": "https://example.org/", "by": counselor, "at": NOW}
    refused("email address", actions.invite_supporter, **facts, email=" ")
    made = actions.invite_supporter(**facts, email="Rosa@example.org")
    row.refresh_from_db()
    assert (row.membership, set(made.member.roles)) == (made.member, {"family"})
    assert made.link.startswith(f"https://example.org/set-up/{made.member.user_id}/")
    mail = Message.objects.get()
    assert mail.recipient == "rosa@example.org"
    assert "Ada" not in mail.body
    assert queries.ask(made.member, ada, Kind.SCHEDULE, NOW, Permission.SUPPORT).access.status == 404
    again = actions.invite_supporter(**(facts | {"supporter": row}), email="")
    assert again.member == made.member
    assert Message.objects.count() == 2
    refused(
        "has a sign-in already", actions.invite_supporter, site="https://x", by=counselor, at=NOW,
        supporter=participants.add_supporter(participant=ada, name="Bo", relation="Friend", by=counselor, at=NOW),
        email="rosa@example.org",
    )  # fmt: skip
    participants.end_supporter(supporter=row, by=counselor, at=NOW)
    refused("no longer named", actions.invite_supporter, **(facts | {"supporter": row}), email="")


def test_someone_no_longer_named_sees_nothing_whatever_a_consent_says(ada, counselor):
    sister = make.supporter(ada, counselor)
    consents.shared(sister, counselor, "schedule")
    assert "Rosa Alderquist" in queries.who_line(ada, Kind.SCHEDULE, NOW)
    assert [one.sees for one in queries.sights(ada.pk, NOW)] == [["sessions and schedule"]]
    participants.end_supporter(supporter=sister, by=counselor, at=NOW)
    participants.end_supporter(supporter=sister, by=counselor, at=NOW)
    assert Event.objects.filter(what="supporter.ended").count() == 1
    assert "Rosa" not in queries.who_line(ada, Kind.SCHEDULE, NOW)
    assert queries.sights(ada.pk, NOW) == []
    sister.refresh_from_db()
    assert not any(one.access.allowed for one in queries.sight_of(sister, NOW))
    with pytest.raises(Http404):
        queries.open_record(sister.membership, ada.pk, Kind.SCHEDULE, NOW, Permission.SUPPORT)


def test_the_preview_for_a_supporter_is_the_answer_their_own_page_gets(ada, counselor):
    sister = make.supporter(ada, counselor)
    consents.shared(sister, counselor, "schedule", "plan")
    consents.shared(sister, counselor, "diagnoses", expires_at=NOW - timedelta(hours=1))
    for one in queries.sight_of(sister, NOW):
        assert one.access == queries.ask(sister.membership, ada, one.kind, NOW, Permission.SUPPORT).access
    assert {one.kind for one in queries.sight_of(sister, NOW) if one.access.allowed} == {Kind.SCHEDULE, Kind.PLAN}


def test_a_consent_says_how_it_stands_and_what_it_opens(ada, counselor):
    sister = make.supporter(ada, counselor)
    row = consents.shared(sister, counselor, "schedule", expires_at=NOW + timedelta(days=2))
    held = queries.held(row, "America/New_York", NOW)
    assert (held.state, held.opens, held.covers) == ("active", ["sessions and schedule"], ["sessions and schedule"])
    assert held.last_on == (NOW + timedelta(days=2)).date()
    over = queries.held(row, "America/New_York", NOW + timedelta(days=2))
    assert (over.state, over.opens) == ("expired", [])
    assert queries.held(tpo(ada, counselor), "America/New_York", NOW).opens == []
    assert queries.held(tpo(ada, counselor), "America/New_York", NOW).state == "draft"


def test_reading_a_shared_page_leaves_one_event_for_each_person(ada, ben, counselor):
    shown = {"people": [ada, ben], "kind": Kind.NOTES, "page": "x", "permission": Permission.READ_NOTES}
    assert actions.log_reads(**shown, by=counselor, at=NOW) == 2
    left = Event.objects.filter(what="chart.opened")
    assert {(one.facts["purpose"], one.facts["rule_id"]) for one in left} == {("treatment", "role-need")}


def test_a_look_at_ones_own_record_is_no_look_of_another(ada):
    left = actions.log_own(participant_id=ada.pk, page="portal:plan", by=ada.membership, at=NOW)
    assert (left.what, left.participant_id, left.by_id) == ("record.opened-own", str(ada.pk), str(ada.membership.pk))
    assert not Event.objects.filter(what="chart.opened").exists()


# --- renewed, announced, marked ---------------------------------------------------------------------------------------


def test_a_consent_is_prepared_again_once_with_the_same_words_and_a_new_end(ada, ben, counselor):
    first = consents.signed(ada, counselor, NOW, "named_disclosure", recipient="Dr. Elm", expires_at=NOW + 30 * DAY)
    again = actions.renew_consent(consent=first, expires_at=NOW + 400 * DAY, by=counselor, at=NOW)
    assert (again.renews, again.status, again.recipient, again.kinds) == (first, "draft", "Dr. Elm", first.kinds)
    assert again.expires_at == NOW + 400 * DAY
    assert actions.renew_consent(consent=first, expires_at=None, by=counselor, at=NOW) == again
    assert queries.renewed(first) == again
    refused(
        "Only a consent that was signed", actions.renew_consent, consent=again, expires_at=None, by=counselor, at=NOW
    )
    other = consents.signed(ben, counselor, NOW)
    refused("belongs to another record", tpo, ada=ada, counselor=counselor, renews=other)


def test_what_was_asked_for_by_the_person_is_renewed_so(ada, counselor):
    first = consents.signed(
        ada, counselor, NOW, "named_disclosure", recipient="Dr. Elm", purpose="At the request of the participant",
        initiated=True,
    )  # fmt: skip
    assert (
        actions.renew_consent(consent=first, expires_at=NOW + 90 * DAY, by=counselor, at=NOW).purpose == first.purpose
    )


def test_an_end_is_announced_thirty_fourteen_and_seven_days_before_each_once(ada, ben, counselor):
    row = consents.signed(ada, counselor, NOW - DAY, expires_at=NOW + 30 * DAY)
    consents.signed(ben, counselor, NOW, expires_at=NOW + 200 * DAY)
    days = []
    for passed in range(31):
        jobs.run_due(NOW + passed * DAY)
        jobs.run_due(NOW + passed * DAY + timedelta(hours=1))
        found = list(row.notices.order_by("told_at", "-days").values_list("days", flat=True))
        days += [(passed, day) for day in found[len(days) :]]
    assert days == [(0, 30), (16, 14), (23, 7)]
    assert Message.objects.filter(kind="something-new").count() == 3
    assert not row.notices.exclude(owner=counselor).exists()
    assert Event.objects.filter(what="consent.end-announced", participant_id=str(ada.pk)).count() == 3


def test_no_end_is_announced_where_the_next_consent_waits_or_nobody_signs_in(program, ada, counselor):
    row = consents.signed(ada, counselor, NOW, expires_at=NOW + 10 * DAY)
    actions.renew_consent(consent=row, expires_at=NOW + 400 * DAY, by=counselor, at=NOW)
    assert jobs.run_due(NOW) == 0
    assert actions.announce_end(consent=row, at=NOW) is None
    stranger = make.participant(program, "Noor Linden")
    alone = tpo(stranger, counselor, expires_at=NOW + 5 * DAY, expires_when="")
    actions.sign_consent(consent=alone, signer_name="Noor Linden", how="tablet", by=counselor, at=NOW)
    notice = actions.announce_end(consent=alone, at=NOW)
    assert notice.owner is None  # nobody leads their care yet
    assert not Message.objects.exists()
    actions.revoke_consent(consent=alone, how="x", by=counselor, at=NOW)
    assert actions.announce_end(consent=alone, at=NOW) is None


def test_a_notice_is_seen_once_and_the_nearest_alone_is_shown(ada, counselor):
    row = consents.signed(ada, counselor, NOW - DAY, expires_at=NOW + 30 * DAY)
    actions.announce_end(consent=row, at=NOW)
    later = NOW + 17 * DAY
    actions.announce_end(consent=row, at=later)
    [shown] = queries.notices_for(counselor, later)
    assert shown.days == 14
    assert [one.days for one in queries.ending_for(ada.pk, later)] == [14]
    seen = actions.see_notice(notice=shown, by=counselor, at=later)
    assert (seen.seen_at, seen.seen_by) == (later, counselor)
    before = Event.objects.count()
    assert actions.see_notice(notice=shown, by=counselor, at=later + DAY).seen_at == later
    assert Event.objects.count() == before


def test_consents_about_to_end_are_listed_for_the_privacy_officer(program, ada, ben, counselor, outsider):
    consents.signed(ada, counselor, NOW, expires_at=NOW + 20 * DAY)
    soon = consents.signed(ben, counselor, NOW, expires_at=NOW + 3 * DAY)
    gone = consents.signed(ben, counselor, NOW, "payer_only", expires_at=NOW + 2 * DAY)
    actions.revoke_consent(consent=gone, how="x", by=counselor, at=NOW)
    assert [(one.consent, one.days) for one in queries.ending(program.pk, 7, NOW)] == [(soon, 3)]
    assert [one.days for one in queries.ending(program.pk, 30, NOW)] == [3, 20]
    assert queries.ending(outsider.program_id, 30, NOW) == []


def test_a_consent_to_be_told_in_an_emergency_opens_no_page_and_says_what_may_be_told(ada, counselor):
    sister = make.supporter(ada, counselor)
    consents.signed(ada, counselor, NOW, "emergency_contact", supporter=sister, recipient="", kinds=["contact"])
    [seen] = queries.sights(ada.pk, NOW)
    assert (seen.sees, seen.told) == ([], ["name and contact details"])
    [contact] = alerts.contacts(ada, NOW)
    assert contact.may_know == ("name and contact details",)


def test_a_paper_consent_is_entered_with_its_day_by_who_keeps_consents(ada, counselor, biller):
    row = tpo(ada, counselor)
    facts = {"consent": row, "signer_name": "Ada Alderquist", "how": "paper", "at": NOW}
    refused("Only the participant signs", actions.sign_consent, **facts, by=biller, paper_on=NOW.date())
    refused("the day on the signed page", actions.sign_consent, **facts, by=counselor)
    done = actions.sign_consent(**facts, by=counselor, paper_on=NOW.date() - DAY)
    assert (done.paper_on, done.signed_how, done.signed_at) == (NOW.date() - DAY, "paper", NOW)


def test_an_item_is_marked_in_versions_and_the_newest_holds(ada, counselor, supervisor, outsider):
    given = {"item": ada, "item_id": ada.pk, "participant": ada, "at": NOW}

    def mark(word, by=counselor, reason="", author=True):
        return actions.label_item(word=word, reason=reason, author=author, by=by, **given)

    assert mark("") is None
    assert mark("trauma").version == 1
    assert mark("trauma").version == 1  # twice
    for wrong, by, author in (("loud", counselor, True), ("", counselor, True), ("", outsider, False)):
        with pytest.raises(Refused):
            mark(wrong, by, author=author)
    assert mark("", supervisor, "They asked.", author=False).version == 2
    assert [(one.version, one.word) for one in queries.label_history("participants.participant", ada.pk)] == [
        (1, "trauma"), (2, ""),
    ]  # fmt: skip
    events = Event.objects.filter(what="item.labelled").order_by("created_at")
    assert [event.facts["sensitive"] for event in events] == [True, False]
    assert "They asked." not in str([event.facts for event in events])


def test_a_court_consent_is_not_ended_before_its_day(ada, counselor):
    row = consents.signed(
        ada, counselor, NOW, "criminal_justice_2_35", recipient="County probation office",
        revocable_on=(NOW + 60 * DAY).date(),
    )  # fmt: skip
    with pytest.raises(Refused, match="can be ended from"):
        actions.revoke_consent(consent=row, how="on the phone", by=ada.membership, at=NOW)
    assert actions.revoke_consent(consent=row, how="x", by=counselor, at=NOW + 60 * DAY).status == "revoked"
