"""Every read starts at the guard."""

from dataclasses import replace
from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.http import Http404

from conftest import NOW
from openiop.consents import actions as consents
from openiop.consents import queries, rules
from openiop.consents.rules import Kind, Relation
from openiop.programs.rules import Permission
from tests import make


def test_the_care_team_reads_and_is_told_by_which_rule(ada, counselor):
    opened = queries.open_record(counselor, ada.pk, Kind.NOTES, NOW, Permission.READ_NOTES)
    assert opened.relation is Relation.TEAM
    assert "care team" in opened.access.rule


def test_a_stranger_learns_nothing_not_even_that_the_person_exists(ada, outsider):
    with pytest.raises(Http404):
        queries.open_record(outsider, ada.pk, Kind.CONTACT, NOW, Permission.OPEN_RECORD)


def test_a_colleague_without_the_need_is_told_so(ada, biller):
    with pytest.raises(PermissionDenied):
        queries.open_record(biller, ada.pk, Kind.NOTES, NOW, Permission.READ_NOTES)
    assert queries.open_record(biller, ada.pk, Kind.DIAGNOSES, NOW, Permission.OPEN_RECORD).access.allowed


def test_a_participant_reads_their_own_record_and_nobody_elses(ada, ben):
    assert queries.open_record(ada.membership, ada.pk, Kind.PLAN, NOW, Permission.OWN_RECORD).relation is Relation.SELF
    with pytest.raises(Http404):
        queries.open_record(ada.membership, ben.pk, Kind.PLAN, NOW, Permission.OWN_RECORD)


def test_family_sees_nothing_without_a_consent(ada, counselor):
    sister = make.supporter(ada, counselor)
    for kind in Kind:
        with pytest.raises(Http404):
            queries.open_record(sister.membership, ada.pk, kind, NOW, Permission.SUPPORT)


def test_who_can_see_this_follows_every_consent_in_force(ada, counselor):
    assert queries.who_line(ada, Kind.PLAN, NOW).endswith("No one outside the program can.")
    sent = consents.prepare_consent(
        participant=ada, variant="tpo_single", kinds=["plan"], recipient="My health plan", purpose="Payment",
        expires_when="End of treatment", by=counselor, at=NOW,
    )  # fmt: skip
    consents.sign_consent(consent=sent, signer_name="Ada Alderquist", how="phone", by=ada.membership, at=NOW)
    assert queries.who_line(ada, Kind.PLAN, NOW).endswith("Others only as a consent you signed says.")
    assert queries.who_line(ada, Kind.CHECKINS, NOW).endswith("No one outside the program can.")
    consents.revoke_consent(consent=sent, how="phone", by=ada.membership, at=NOW)
    assert queries.who_line(ada, Kind.PLAN, NOW).endswith("No one outside the program can.")


EMERGENCY = rules.EmergencyTerms(opened_at=NOW, closes_at=NOW + rules.EMERGENCY_LASTS, ended_at=None)
GIVEN = dict.fromkeys(rules.EMERGENCY_ELEMENTS, "words")


@pytest.mark.parametrize(
    ("after", "ended", "left"),
    [
        (-1, None, 0),
        (0, None, 60),
        (59, None, 60),
        (60, None, 59),
        (3599, None, 1),
        (3600, None, 0),
        (30, 60, 60),
        (60, 60, 0),
    ],
)
def test_an_emergency_is_open_from_its_second_until_the_second_it_closes(after, ended, left):
    terms = replace(EMERGENCY, ended_at=NOW + timedelta(seconds=ended) if ended else None)
    at = NOW + timedelta(seconds=after)
    assert rules.minutes_left(terms, at) == left
    assert terms.open(at) is bool(left)


@pytest.mark.parametrize("kind", list(Kind))
def test_an_emergency_opens_only_what_medical_personnel_may_need(kind):
    asked = {"relation": Relation.STAFF, "roles": ["director"], "kind": kind, "purpose": rules.Purpose.EMERGENCY}
    found = rules.decide(**asked, at=NOW, emergency=EMERGENCY)
    assert found.allowed is (kind in rules.EMERGENCY_KINDS)
    late = rules.decide(**asked, at=EMERGENCY.closes_at, emergency=EMERGENCY)
    assert late.status == 403


def test_an_emergency_opens_nothing_to_a_stranger_or_to_family():
    for relation in (Relation.STRANGER, Relation.SUPPORTER):
        asked = {"relation": relation, "roles": (), "kind": Kind.DIAGNOSES, "purpose": rules.Purpose.EMERGENCY}
        found = rules.decide(**asked, at=NOW, emergency=EMERGENCY)
        assert found.status == 404


@pytest.mark.parametrize(
    ("changes", "reasons"),
    [
        ({}, 0),
        ({"already": True}, 1),
        ({"given": GIVEN | {"nature": " ", "personnel": ""}}, 2),
        ({"ground": ""}, 1),
        ({"kinds": []}, 1),
        ({"kinds": ["contact", "notes"]}, 1),
        ({"minimum": False}, 1),
    ],
)
def test_an_emergency_says_all_the_law_asks_before_it_opens(changes, reasons):
    whole = {"given": GIVEN, "ground": "no-consent", "kinds": ["contact"], "minimum": True, "already": False}
    assert len(rules.why_not_open(**whole | changes)) == reasons
