"""What leaves and what holds it back, as it comes to be."""

from datetime import timedelta

from conftest import NOW, TODAY
from openiop.disclosures import actions as disclosures
from openiop.disclosures.rules import release
from openiop.records import actions
from openiop.records.queries import pages
from tests.make import consents

ALL = ["contact", "diagnoses", "placement", "plan", "attendance", "schedule", "notes", "measures", "check-ins"]


def ask(**changes):
    """What someone wants to send to a treating provider."""
    given = {
        "basis": "consent",
        "receiver": "provider",
        "recipient": "Dr. Fenwick",
        "use": "treatment",
        "kinds": ("attendance", "plan"),
        "how": "print",
    }
    return release.Ask(**(given | changes))


def consent(person, by, at, variant="named_disclosure", recipient="Dr. Fenwick", kinds=ALL, **more):
    """A consent in force that names a receiver."""
    given = {"recipient": recipient, "kinds": list(kinds), "purpose": "So that they can treat me"}
    return consents.signed(person, by, at, variant, **(given | more))


def ground(person, at, row=None, basis="own"):
    """What a release rests on: the consent or order given, else one of those that need no paper."""
    on = f"consent:{row.pk}" if row is not None and hasattr(row, "variant") else basis
    on = f"court-order:{row.pk}" if row is not None and hasattr(row, "statute") else on
    return pages.ground_for(person, on, at)


def sent(person, by, at, row=None, **changes):
    """A packet that left under a consent in force."""
    row = row or consent(person, by, at - timedelta(minutes=1))
    return actions.release_record(participant=person, ground=ground(person, at, row), ask=ask(**changes), by=by, at=at)


def agreement(program, by, at=NOW, **changes):
    """An agreement in force that covers email and video."""
    given = {
        "kind": "qsoa",
        "counterpart": "Postmark Lane Mail",
        "covers": ["smtp"],
        "words": "",
        "signed_on": TODAY - timedelta(days=30),
        "ends_on": TODAY + timedelta(days=300),
    }
    return disclosures.add_agreement(program=program, by=by, at=at, **(given | changes))


def paper(program, by, at=NOW, participant=None, **changes):
    """A subpoena that came in."""
    given = {
        "kind": "subpoena",
        "from_whom": "Counsel for the other side",
        "about": "",
        "asks": "All records",
        "received_on": TODAY,
        "answer_by": None,
    }
    return actions.take_in(program=program, participant=participant, by=by, at=at, **(given | changes))


def order(program, by, participant, at=NOW, kinds=("attendance",), **changes):
    """A court's order under 2.64 with everything that must come before it is answered."""
    row = paper(program, by, at, participant, kind="court-order")
    given = {"statute": "2.64", "order_on": TODAY - timedelta(days=2), "with_mandate": True, "kinds": kinds}
    disclosures.record_order(process=row, by=by, at=at, **(given | changes))
    days = {"told_on": TODAY - timedelta(days=9), "heard_on": TODAY - timedelta(days=3)}
    return disclosures.record_notice(process=row, by=by, at=at, **days)
