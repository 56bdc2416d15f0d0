"""Enquiries, assessments and what an admission needs, built through actions."""

from datetime import UTC, datetime, timedelta

from openiop.admissions import actions
from openiop.consents.models import Consent
from tests import make

AT = datetime(2026, 10, 12, 14, 0, tzinfo=UTC)  # Monday 10:00 AM in New York

FITS = {
    "withdrawal_danger": "no", "suicidal_thoughts": "no", "unsafe_home": "no", "needs_24h": "no", "stable_home": "yes",
    "support": "yes", "can_manage_duties": "yes", "motivated": "yes", "co_occurring": "yes", "more_than_weekly": "yes",
    "finished_inpatient": "no", "early_help": "no",
}  # fmt: skip
POINTS_TO_21 = (0, 0, 2, 1, 2, 1)


def enquiry(program, by=None, name="Rue Fennimore", answers=FITS, at=AT, **facts):
    facts = {"phone": "555-0148", "channel": "phone" if by else "web", "concerns": ["alcohol"], **facts}
    return actions.receive_enquiry(program=program, name=name, answers=answers, by=by, at=at, **facts)


def rated(participant, by, ratings=POINTS_TO_21, facts=(), at=AT):
    """An assessment with its safety check and all six ratings, not yet decided."""
    assessment = actions.start_assessment(participant=participant, by=by, at=at)
    actions.check_safety(assessment=assessment, facts=dict.fromkeys(facts, True), by=by, at=at)
    for number, value in enumerate(ratings, start=1):
        actions.rate(
            assessment=assessment, dimension=number, value=value, evidence="Said so in the interview.", by=by, at=at
        )
    return assessment


def decided(participant, by, ratings=POINTS_TO_21, level="2.1", difference="", at=AT):
    """An assessment a clinician has decided."""
    return actions.decide(
        assessment=rated(participant, by, ratings, at=at),
        level=level,
        difference=difference,
        words="Steady enough for evenings.",
        by=by,
        at=at + timedelta(minutes=30),
    )


def tpo(participant, by, at=AT):
    """A consent for treatment, payment and operations in force."""
    return Consent.objects.create(
        participant=participant, variant="tpo_single", discloser="The program", recipient="Treating providers",
        information="All records", purpose="Treatment, payment and operations", right_to_revoke="At any time",
        expires_at=at + timedelta(days=365), text_shown="The text shown", text_version="1", status="active",
        prepared_by=by, signed_at=at, signer_name=participant.legal_name, signed_how="on screen", signed_by=by,
    )  # fmt: skip


def newcomer(program, name="Noor Linden"):
    """A person with a record and no care yet."""
    return make.participant(program, name)
