"""The guard's matrix, the elements of each form, when a consent holds, and what is sensitive: every branch."""

from datetime import UTC, date, datetime, timedelta
from itertools import product

import pytest

from openiop.consents import rules
from openiop.consents.rules import Kind, Label, Purpose, Relation, Variant
from openiop.programs.rules import PERSONAL, Permission, Role

NOW = datetime(2026, 10, 14, 20, 48, tzinfo=UTC)
DAY = timedelta(days=1)
CARE = set(Kind) - {Kind.ACCESS_LOG, Kind.DISCLOSURES, Kind.COUNSELING_NOTES}


def asked(relation, roles, kind, purposes=tuple(Purpose), **given):
    return rules.first(purposes=purposes, relation=relation, roles=roles, kind=kind, at=NOW, **given)


def terms(variant="family_person", kinds=("plan",), signed=NOW - DAY, expires=None, revoked=None, supporter="s"):
    return rules.Terms(
        id="c", variant=variant, kinds=frozenset(kinds), supporter_id=supporter, signed_at=signed,
        expires_at=expires, revoked_at=revoked,
    )  # fmt: skip


def test_every_permission_of_a_page_about_records_names_its_purposes():
    without = {
        Permission.SIGNED_IN,
        Permission.READ_DIRECTOR,
        Permission.KEEP_PROGRAM,
        Permission.KEEP_MEMBERS,
        Permission.KEEP_AGREEMENTS,
        Permission.EXPORT_DATA,
    }
    assert set(Permission) - without <= set(rules.PURPOSES)
    assert all(rules.PURPOSES.values())
    assert all(set(rules.PURPOSES[one]) <= {Purpose.OWN, Purpose.SUPPORT} for one in PERSONAL)


@pytest.mark.parametrize("role", sorted(Role))
def test_each_role_reads_its_kinds_on_the_team_and_no_other(role):
    read = {kind for kind in Kind if asked(Relation.TEAM, [role], kind).allowed}
    assert read == {
        Role.COUNSELOR: CARE | {Kind.DISCLOSURES},
        Role.SUPERVISOR: CARE | {Kind.DISCLOSURES, Kind.ACCESS_LOG},
        Role.PRESCRIBER: CARE | {Kind.DISCLOSURES},
        Role.NURSE: CARE,
        Role.INTAKE: (CARE | {Kind.DISCLOSURES}) - {Kind.NOTES, Kind.CHECKINS, Kind.MEDICATIONS},
        Role.BILLER: {Kind.CONTACT, Kind.SCHEDULE, Kind.ATTENDANCE, Kind.DIAGNOSES},
        Role.FRONT_DESK: {Kind.CONTACT, Kind.SCHEDULE},
        Role.PEER: CARE - {Kind.NOTES, Kind.DIAGNOSES, Kind.REFERRAL, Kind.PLACEMENT, Kind.MEDICATIONS},
        Role.PRIVACY: {Kind.CONTACT, Kind.CONSENTS, Kind.DISCLOSURES, Kind.ACCESS_LOG},
    }.get(role, set())


def test_a_kind_is_read_for_the_purposes_of_a_role_alone():
    for purpose in Purpose:
        assert asked(Relation.STAFF, ["biller"], Kind.DIAGNOSES, (purpose,)).allowed is (purpose is Purpose.PAYMENT)
    answer = asked(Relation.STAFF, ["biller"], Kind.DIAGNOSES, (Purpose.TREATMENT,))
    assert (answer.status, answer.rule_id) == (403, "role")
    assert answer.rule == "None of your roles reads diagnoses, including substance use disorder here."
    alone = rules.decide(
        relation=Relation.STAFF, roles=["biller"], kind=Kind.PLAN, purpose=Purpose.TREATMENT, at=NOW
    )  # fmt: skip
    assert "to treat the person" in alone.rule


def test_the_first_purpose_that_allows_it_is_the_one_on_record():
    both = asked(Relation.STAFF, ["supervisor"], Kind.PLAN, (Purpose.OVERSIGHT, Purpose.TREATMENT))
    assert both.purpose is Purpose.OVERSIGHT
    assert asked(Relation.STAFF, ["supervisor"], Kind.PLAN, ()).status == 404


def test_fields_a_role_does_not_need_are_left_out_and_said():
    bill = asked(Relation.STAFF, ["biller"], Kind.ATTENDANCE)
    assert bill.left_out == ("reason",)
    assert "Left out for you: reason." in bill.why()
    assert "to be paid for care" in bill.why()
    desk = asked(Relation.STAFF, ["front-desk"], Kind.CONTACT)
    assert desk.fields == {"name", "preferred name", "record number", "phone"}
    team = asked(Relation.TEAM, ["counselor"], Kind.CONTACT)
    assert team.left_out == ()
    assert "Left out" not in team.why()
    assert "sensitive" not in team.why()
    assert asked(Relation.STAFF, ["counselor"], Kind.NOTES).why().endswith("Items marked as sensitive are kept back.")
    assert asked(Relation.STAFF, ["biller"], Kind.NOTES).left_out == ()
    assert rules.Access(403, "No.").purpose_words == ""
    assert rules.Access(403, "No.", kind=Kind.NOTES).why() == "No."


def test_several_roles_open_the_fields_of_each():
    both = asked(Relation.STAFF, ["front-desk", "privacy"], Kind.CONTACT, (Purpose.OPERATIONS, Purpose.OVERSIGHT))
    assert both.fields == asked(Relation.STAFF, ["front-desk"], Kind.CONTACT).fields
    nurse = asked(Relation.TEAM, ["nurse", "peer"], Kind.CONTACT)
    assert nurse.fields == rules.ALL_FIELDS[Kind.CONTACT]


def test_every_kind_has_words_and_fields_and_every_grant_names_known_fields():
    assert set(rules.KIND_WORDS) == set(rules.FIELDS) == set(Kind)
    for purposes in rules.READS.values():
        for kinds in purposes.values():
            assert all(fields <= set(rules.FIELDS[kind]) for kind, fields in kinds.items())
    for given in (rules.FAMILY_FIELDS, rules.PAYER_FIELDS):
        assert all(fields <= set(rules.FIELDS[kind]) for kind, fields in given.items())
    assert set(rules.FAMILY_FIELDS) == set(rules.SHAREABLE_WITH_FAMILY)


@pytest.mark.parametrize(("roles", "alone"), [
    (["peer"], True), (["peer", "director"], True), (["peer", "front-desk"], False), (["counselor"], False),
    ([], False),
])  # fmt: skip
def test_who_reads_about_their_own_team_alone(roles, alone):
    assert rules.own_team_only(roles) is alone


def test_strangers_the_person_and_supporters_are_never_told_more_than_not_found():
    for kind, purpose in product(Kind, Purpose):
        assert rules.decide(
            relation=Relation.STRANGER, roles=["supervisor"], kind=kind, purpose=purpose, at=NOW
        ).status == 404  # fmt: skip
        own = rules.decide(relation=Relation.SELF, roles=["participant"], kind=kind, purpose=purpose, at=NOW)
        assert own.allowed is (purpose is Purpose.OWN and kind is not Kind.COUNSELING_NOTES)
        assert own.status in {200, 404}
        kin = rules.decide(
            relation=Relation.SUPPORTER, roles=["family"], kind=kind, purpose=purpose, at=NOW, supporter_id="s",
            consents=[terms(kinds=set(Kind))],
        )  # fmt: skip
        assert kin.allowed is (purpose is Purpose.SUPPORT and kind in rules.SHAREABLE_WITH_FAMILY)
        assert kin.status in {200, 404}


def test_a_supporter_reads_the_fields_their_page_shows_and_nothing_sensitive():
    kin = asked(Relation.SUPPORTER, ["family"], Kind.PLAN, consents=[terms()], supporter_id="s")
    assert (kin.fields, kin.sensitive, kin.consent_id) == ({"goals"}, False, "c")
    for other in (
        terms(supporter="t"), terms(kinds=("schedule",)), terms(variant="tpo_single"), terms(expires=NOW),
        terms(signed=None),
    ):  # fmt: skip
        assert asked(Relation.SUPPORTER, [], Kind.PLAN, consents=[other], supporter_id="s").rule_id == "no-consent"
    assert asked(Relation.SUPPORTER, [], Kind.PLACEMENT, (Purpose.SUPPORT,), supporter_id="s").rule_id == "no-place"


def test_a_payer_gets_the_least_it_needs_on_a_consent_to_payment_in_force():
    paid = [terms("payer_only", ("diagnoses",)), terms("tpo_single", ("plan",))]

    def payer(kind, consents, purposes=(Purpose.PAYMENT,)):
        return asked(Relation.PAYER, [], kind, purposes, consents=consents)

    assert payer(Kind.DIAGNOSES, paid).fields == {"code", "words"}
    assert payer(Kind.PLAN, paid).allowed
    assert payer(Kind.CONTACT, paid).allowed  # a claim names its person
    assert payer(Kind.ATTENDANCE, paid).rule_id == "no-consent"
    assert payer(Kind.NOTES, paid).rule_id == "minimum-necessary"
    assert payer(Kind.PLAN, paid, (Purpose.TREATMENT,)).rule_id == "purpose"
    for other in (terms("family_person", ("plan",)), terms("tpo_single", ("plan",), revoked=NOW)):
        assert payer(Kind.PLAN, [other]).status == 404
    assert not payer(Kind.PLAN, paid).sensitive


def test_counseling_notes_open_to_their_author_and_by_no_role():
    for role, relation in product(Role, (Relation.TEAM, Relation.STAFF)):
        assert asked(relation, [role], Kind.COUNSELING_NOTES).status == 403
    assert asked(Relation.STAFF, ["counselor"], Kind.COUNSELING_NOTES, author=True).rule_id == "author"
    oversight = (Purpose.OVERSIGHT,)
    assert not asked(Relation.STAFF, ["supervisor"], Kind.COUNSELING_NOTES, oversight, author=True).allowed


def test_emergency_access_opens_what_an_emergency_needs_for_an_hour_at_most():
    opened = rules.EmergencyTerms(opened_at=NOW, closes_at=NOW + timedelta(hours=9))

    def helper(kind, at=NOW, given=opened, relation=Relation.STAFF):
        return rules.decide(
            relation=relation, roles=["front-desk"], kind=kind, purpose=Purpose.EMERGENCY, at=at, emergency=given
        )

    assert {kind for kind in Kind if helper(kind).allowed} == set(rules.EMERGENCY_KINDS)
    assert helper(Kind.MEDICATIONS, NOW + timedelta(minutes=59)).allowed
    assert helper(Kind.MEDICATIONS, NOW + timedelta(minutes=60)).rule_id == "no-emergency"
    assert not helper(Kind.MEDICATIONS, NOW - timedelta(seconds=1)).allowed
    assert not helper(Kind.MEDICATIONS).sensitive
    early = rules.EmergencyTerms(NOW, NOW + timedelta(minutes=30), ended_at=NOW + timedelta(minutes=5))
    assert helper(Kind.MEDICATIONS, NOW + timedelta(minutes=4), early).allowed
    assert not helper(Kind.MEDICATIONS, NOW + timedelta(minutes=5), early).allowed
    assert not helper(Kind.MEDICATIONS, given=None).allowed
    assert helper(Kind.MEDICATIONS, relation=Relation.STRANGER).status == 404
    assert helper(Kind.NOTES).rule_id == helper(Kind.CONSENTS).rule_id == "minimum-necessary"


def test_billing_on_the_team_reads_no_sensitive_item_to_be_paid():
    """The mark opens to those who treat; being named on the team is not enough (45 CFR 164.502(b))."""
    paid = rules.decide(
        relation=Relation.TEAM, roles=["biller"], kind=Kind.DIAGNOSES, purpose=Purpose.PAYMENT, at=NOW
    )  # fmt: skip
    assert paid.allowed
    assert not rules.opens_labelled(paid)


def test_what_is_sensitive_opens_to_the_team_supervisors_its_author_and_the_person():
    def opens(relation, roles, kind=Kind.NOTES, author=False, **given):
        return rules.opens_labelled(asked(relation, roles, kind, **given), author=author)

    assert opens(Relation.TEAM, ["counselor"])
    assert opens(Relation.STAFF, ["supervisor"])
    assert opens(Relation.STAFF, ["counselor"], author=True)
    assert opens(Relation.SELF, ["participant"], Kind.PLAN)
    assert not opens(Relation.STAFF, ["counselor"])
    assert not opens(Relation.STAFF, ["biller"], author=True)  # who may not read the kind reads no item of it
    assert not opens(Relation.SUPPORTER, [], Kind.PLAN, consents=[terms()], supporter_id="s")


@pytest.mark.parametrize(("given", "said"), [
    ({}, []),
    ({"word": "loud"}, ["Choose how it is marked."]),
    ({"author": False}, ["Whoever wrote it marks it, or a supervisor."]),
    ({"author": False, "supervises": True}, []),
    ({"first": False}, ["Say why the mark changes."]),
    ({"first": False, "reason": "They asked."}, []),
])  # fmt: skip
def test_why_an_item_may_not_be_marked(given, said):
    start = {"word": "trauma", "reason": "", "first": True, "author": True, "supervises": False}
    assert rules.why_not_label(known=list(Label), **(start | given)) == said


# --- elements ---------------------------------------------------------------------------------------------------------

WHOLE = {
    "participant": "Ada Alderquist", "discloser": "Larkmeadow", "recipient": "Dr. Elm",
    "information": "My plan, from my substance use treatment.", "purpose": "Help with my care",
    "right_to_revoke": "In writing.", "redisclosure": rules.REDISCLOSURE_WORDS, "if_declined": "I can pay myself.",
    "members": "Those who treat me", "study": "Sleep study, board 7", "proceeding": "State v. A., county court",
    "revocable_from": "Final decision", "no_condition": rules.NO_CONDITION_WORDS, "app": rules.APP_WORDS,
    "opt_out": rules.OPT_OUT_WORDS,
}  # fmt: skip


def lacks(variant, kinds=None, expiry=True, initiated=False, revocable_day=False, **changes):
    form = rules.FORMS[Variant(variant)]
    return rules.missing(
        given=WHOLE | {"variant": variant} | changes, kinds=kinds if kinds is not None else form.kinds[:1],
        has_expiry=expiry, covered_recipient=True, initiated=initiated, revocable_day=revocable_day,
    )  # fmt: skip


@pytest.mark.parametrize("variant", Variant)
def test_each_form_whole_lacks_nothing_and_each_element_taken_away_is_named(variant):
    assert lacks(variant) == []
    needed = {"participant", "discloser", "recipient", "information", "purpose", "right_to_revoke"}
    needed |= rules.FORMS[variant].asks - {"hipaa", "revocable"}
    for name in needed:
        assert name in lacks(variant, **{name: " "})
    assert lacks(variant, kinds=[]) == ["kinds"]
    assert lacks(variant, expiry=False) == ["expiry"]


def test_the_statement_on_hipaa_stands_where_a_payer_or_provider_receives_for_payment_or_care():
    for variant in ("tpo_single", "payer_only"):
        assert "hipaa" in lacks(variant, redisclosure="These rules may no longer protect it.")
    assert lacks("named_disclosure", redisclosure="") == []
    assert "redisclosure" in lacks("tpo_single", redisclosure="Except in a proceeding.")


def test_an_exchange_names_its_members_or_the_class_of_those_who_treat():
    assert lacks("intermediary", members="All members of the exchange") == ["members"]
    assert lacks("intermediary", members="All members who treat me") == []
    assert lacks("intermediary", members="My providers") == ["members"]
    assert lacks("intermediary", members="Los miembros que me tratan") == []
    assert lacks("intermediary", members="Mill Street Hospital") == []


def test_fundraising_says_how_not_to_be_asked():
    assert lacks("tpo_single", purpose="Fundraising", opt_out="") == ["opt_out"]
    assert lacks("tpo_single", purpose="Fundraising") == []
    assert lacks("tpo_single", opt_out="") == []


def test_a_criminal_justice_consent_says_from_when_it_can_be_ended():
    assert lacks("criminal_justice_2_35", revocable_from="") == ["revocable"]
    assert lacks("criminal_justice_2_35", revocable_from="", revocable_day=True) == []


@pytest.mark.parametrize(("variant", "changes"), [
    ("tpo_single", {"kinds": ["plan", "counseling-notes"]}),
    ("tpo_single", {"information": "My counseling notes from substance use treatment."}),
    ("tpo_single", {"purpose": "Treatment and a court proceeding"}),
    ("named_disclosure", {"purpose": "My lawsuit"}),
    ("sud_counseling_notes", {"kinds": ["counseling-notes", "plan"]}),
    ("sud_counseling_notes", {"purpose": "Testimony"}),
    ("legal_proceedings", {"kinds": ["counseling-notes"]}),
])  # fmt: skip
def test_counseling_notes_and_proceedings_stand_alone(variant, changes):
    assert "alone" in lacks(variant, **changes)


def test_documents_are_shared_by_like_forms_alone():
    assert rules.may_share_document(["tpo_single", "family_person"])
    assert rules.may_share_document(["sud_counseling_notes", "sud_counseling_notes"])
    for alone in rules.ALONE:
        for other in set(Variant) - {alone}:
            assert not rules.may_share_document([alone, other])


def composed(variant, kinds=None, **changes):
    form = rules.FORMS[Variant(variant)]
    options = {
        "ends_on": "October 14, 2027", "ends_when": "", "past": False, "far": False, "supported": True,
        "initiated": False,
    }  # fmt: skip
    given = {name: changes.pop(name) for name in list(changes) if name not in {*options, "language", "revocable_day"}}
    return rules.compose(
        program="Larkmeadow", kinds=kinds if kinds is not None else form.kinds[:1],
        given=WHOLE | {"variant": variant} | given, **(options | changes),
    )  # fmt: skip


@pytest.mark.parametrize("variant", Variant)
def test_a_signed_page_says_what_its_form_needs_and_nothing_else(variant):
    made = composed(variant)
    assert made.reasons == []
    says = {
        "redisclosure": "What the receiver may do", "if_declined": "If I do not sign", "members": "through them",
        "study": "The study:", "proceeding": "The proceeding:", "no_condition": "No condition of care",
        "app": "About apps",
    }  # fmt: skip
    asks = {"redisclosure" if name == "hipaa" else name for name in rules.FORMS[variant].asks}
    for name, words in says.items():
        assert (words in made.text) is (name in asks), name
    assert ("From when I can end it" in made.text) is ("revocable" in asks)


def test_the_text_says_the_day_from_which_it_can_be_ended_and_the_way_out_of_fundraising():
    court = composed("criminal_justice_2_35", revocable_day="May 1, 2027", revocable_from="")
    assert "From when I can end it: May 1, 2027." in court.text
    assert "Asking for money" in composed("tpo_single", purpose="Fundraising").text


def test_a_court_consent_does_not_say_that_it_can_be_ended_at_any_time():
    assert "at any time" not in rules.revoke_words("criminal_justice_2_35")
    assert "at any time" in rules.revoke_words("tpo_single")
    assert rules.revoke_words("tpo_single", "es") == rules.SENTENCES["es"]["right_to_revoke"]


def test_the_text_is_said_in_spanish_with_the_laws_sentences():
    given = {name: rules.SENTENCES["es"][name] for name in ("right_to_revoke", "redisclosure", "if_declined")}
    made = composed("tpo_single", language="es", **given)
    assert made.reasons == []
    assert made.text.startswith("Consentimiento: tratamiento, pago y operaciones")
    blank = composed("named_disclosure", ["schedule"], language="es", information="", ends_when="Fin del tratamiento")
    assert "sesiones y horario" in blank.text
    assert "consumo de sustancias" in blank.text
    assert "October 14, 2027 o Fin del tratamiento" in blank.text
    assert blank.reasons == []
    assert rules.day_words(date(2027, 10, 14), "es") == "14 de octubre de 2027"
    assert "ya no los protejan" in made.text
    assert "es" not in rules.CHECKED


@pytest.mark.parametrize(("variant", "changes", "reason"), [
    ("family_person", {"supported": False}, rules.CHOOSE_SUPPORTER),
    ("emergency_contact", {"supported": False}, rules.CHOOSE_SUPPORTER),
    ("family_person", {"kinds": ["notes"]}, rules.NEVER_SHARED),
    ("family_person", {"kinds": ["medications"]}, rules.NOT_SHOWN),
    ("criminal_justice_2_35", {"kinds": ["notes"]}, rules.NOT_THIS_FORM),
    ("tpo_single", {"past": True}, rules.LIES_BEHIND),
    ("tpo_single", {"far": True}, rules.LIES_FAR),
    ("tpo_single", {"kinds": ["counseling-notes"]}, rules.ELEMENTS["alone"]),
])  # fmt: skip
def test_why_a_consent_may_not_stand(variant, changes, reason):
    assert composed(variant, **changes).reasons == [reason]


def test_blanks_the_program_words_itself_are_filled():
    made = composed("tpo_single", discloser=" ", information="", kinds=["plan"])
    assert made.filled["discloser"] == "Larkmeadow"
    assert "substance use" in made.filled["information"]
    assert rules.information_of([], "Larkmeadow") == ""


def test_a_recipient_or_kind_out_of_scope_is_taken_out():
    given = {"recipients": ["Dr. Elm"], "kinds": ["plan"], "holds": True, "requested": ["plan", "notes"]}
    assert rules.covers(**given, recipient="dr.  elm") == {"plan"}
    assert rules.covers(**given, recipient="Dr. Oak") == frozenset()
    assert rules.covers(**(given | {"holds": False}), recipient="Dr. Elm") == frozenset()


# --- its life ---------------------------------------------------------------------------------------------------------

SIGNING = {
    "status": "draft", "signer_name": "Ada Alderquist", "legal_name": "Ada Alderquist", "expired": False, "own": False,
    "in_the_room": True,
}  # fmt: skip


@pytest.mark.parametrize(("given", "said"), [
    ({}, ""),
    ({"status": "active"}, "signed already"),
    ({"status": "revoked"}, "has ended"),
    ({"in_the_room": False}, "Only the participant signs"),
    ({"signer_name": " "}, "Type your full name"),
    ({"signer_name": "Joan"}, "name on the record"),
    ({"expired": True}, "end date has passed"),
    ({"capacity": "minor-alone"}, ""),
    ({"capacity": "representative", "basis": "Court order"}, "own name"),
    ({"capacity": "representative", "signer_name": "Iris Elm"}, "on what basis"),
    ({"capacity": "representative", "signer_name": "Iris Elm", "basis": "Court order"}, ""),
    ({"capacity": "minor-and-parent"}, "parent or guardian signs too"),
    ({"capacity": "minor-and-parent", "second_name": "ada alderquist"}, "Two people sign"),
    ({"capacity": "minor-and-parent", "second_name": "Iris Elm"}, ""),
    ({"capacity": "minor-and-parent", "second_name": "Iris Elm", "own": True}, "in the room or on paper"),
    ({"in_the_room": False, "paper": True}, "the day on the signed page"),
    ({"in_the_room": False, "paper": True, "paper_on": date(2026, 10, 15), "today": date(2026, 10, 14)}, "the day on"),
    ({"in_the_room": False, "paper": True, "paper_on": date(2026, 10, 13), "today": date(2026, 10, 14)}, ""),
])  # fmt: skip
def test_who_may_sign_in_what_capacity_and_how(given, said):
    reasons = rules.why_not_sign(**(SIGNING | given))
    assert reasons == [] if not said else any(said in reason for reason in reasons)


@pytest.mark.parametrize(("given", "said"), [
    ({}, []),
    ({"status": "draft"}, ["Only a consent in force can be ended."]),
    ({"received_at": NOW + DAY}, [rules.NOT_YET_TOLD]),
    ({"received_at": NOW - 9 * DAY}, [rules.TOLD_TOO_EARLY]),
    ({"received_at": NOW - DAY}, []),
    ({"revocable_on": date(2027, 5, 1)}, ["This consent can be ended from May 1, 2027 on."]),
    ({"revocable_on": date(2026, 10, 14)}, []),
])  # fmt: skip
def test_when_a_consent_may_be_ended(given, said):
    start = {"status": "active", "at": NOW, "signed_at": NOW - 5 * DAY, "today": date(2026, 10, 14)}
    assert rules.why_not_revoke(**(start | given)) == said


def test_why_nothing_leaves_on_a_consent():
    assert rules.why_not_in_force(None, NOW) == "The consent is not on record."
    assert rules.why_not_in_force(terms(), NOW) == ""
    assert rules.why_not_in_force(terms(signed=None), NOW) == "The consent is not signed."
    assert rules.why_not_in_force(terms(signed=NOW + DAY), NOW) == "The consent is not signed."
    assert rules.why_not_in_force(terms(revoked=NOW), NOW) == "The consent was ended."
    assert rules.why_not_in_force(terms(expires=NOW), NOW) == "The consent ran out."


def test_how_a_consent_stands():
    assert rules.state_of(status="active", expires_at=NOW, at=NOW) == "expired"
    assert rules.state_of(status="active", expires_at=None, at=NOW) == "active"
    assert rules.state_of(status="draft", expires_at=NOW, at=NOW) == "draft"


@pytest.mark.parametrize(("left", "given", "due"), [
    (31, [], None), (30, [], 30), (29, [], 30), (29, [30], None), (14, [30], 14), (14, [], 14), (7, [30, 14], 7),
    (6, [], 7), (0, [30, 14], 7), (0, [7], None), (-1, [], None),
])  # fmt: skip
def test_people_hear_of_an_end_thirty_fourteen_and_seven_days_before_the_nearest_once(left, given, due):
    today = date(2026, 10, 14)
    assert rules.notice_due(last=today + left * DAY, today=today, given=given) == due


def test_a_year_out_of_reach_is_far():
    assert rules.is_far(date(2036, 10, 15), date(2026, 10, 14))
    assert not rules.is_far(date(2036, 10, 14), date(2026, 10, 14))
