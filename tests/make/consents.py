"""Consents as they come to be: prepared, signed by the person."""

from datetime import timedelta

from openiop.consents import actions
from tests.make import BEGAN


def prepared(of_person, by, at=BEGAN, variant="tpo_single", **changes):
    """A complete consent that waits for its signature."""
    given = {
        "variant": variant,
        "kinds": ["plan", "attendance"],
        "recipient": "My treating providers, health plans and payers",
        "purpose": "Treatment, payment and health care operations",
        "expires_at": at + timedelta(days=200),
    }
    return actions.prepare_consent(participant=of_person, by=by, at=at, **(given | changes))


def signed(of_person, by, at=BEGAN, variant="tpo_single", **changes):
    """A consent in force, signed on the person's own phone."""
    row = prepared(of_person, by, at, variant, **changes)
    return actions.sign_consent(
        consent=row, signer_name=of_person.legal_name, how="phone", by=of_person.membership, at=at
    )


def shared(supporter, by, *kinds, at=BEGAN, **changes):
    """A family consent in force for this supporter and these kinds."""
    given = {"recipient": "", "purpose": "So that they can support me", "kinds": list(kinds)}
    return signed(supporter.participant, by, at, "family_person", supporter=supporter, **(given | changes))
