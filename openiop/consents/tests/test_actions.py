"""A consent is complete, signed in the person's own name, and over the moment it is ended."""

from datetime import timedelta

import pytest
from django.http import Http404

from conftest import NOW
from openiop.audit.models import Event
from openiop.base.errors import Refused
from openiop.consents import actions, queries
from openiop.consents.models import Consent
from openiop.consents.rules import Kind
from tests import make


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
        ({"redisclosure": ""}, "share it on"),
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
        queries.open_record(sister.membership, ada.pk, Kind.SCHEDULE, NOW)
    actions.sign_consent(consent=consent, signer_name="Ada Alderquist", how="phone", by=ada.membership, at=NOW)
    assert queries.open_record(sister.membership, ada.pk, Kind.SCHEDULE, NOW).access.consent_id == str(consent.pk)
    assert "Rosa Alderquist" in queries.who_line(ada, Kind.SCHEDULE, NOW)
    for kind in (Kind.PLAN, Kind.NOTES):
        with pytest.raises(Http404):
            queries.open_record(sister.membership, ada.pk, kind, NOW)
    with pytest.raises(Http404):
        queries.open_record(sister.membership, ada.pk, Kind.SCHEDULE, NOW + timedelta(days=30))
    later = NOW + timedelta(hours=1)
    actions.revoke_consent(consent=consent, how="on the phone", by=ada.membership, at=later)
    assert queries.open_record(sister.membership, ada.pk, Kind.SCHEDULE, later - timedelta(seconds=1)).access.allowed
    with pytest.raises(Http404):
        queries.open_record(sister.membership, ada.pk, Kind.SCHEDULE, later)
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
