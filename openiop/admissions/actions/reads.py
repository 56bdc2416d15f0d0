"""Reads of enquiries and referrals, left on record before and after there is a record of the person."""

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction

from openiop.admissions.models import Enquiry, Referral
from openiop.audit import actions as audit
from openiop.consents import actions as consents
from openiop.consents.rules import Kind
from openiop.participants.models import Participant
from openiop.programs.models import Membership
from openiop.programs.rules import Permission


@transaction.atomic
def log_arrivals(
    *, rows: Iterable[Enquiry | Referral], page: str, by: Membership, at: datetime, others: Iterable[Participant] = ()
) -> int:
    """One event for each arrival a page showed: about the person where they have a record, else about the arrival.

    `others` are people shown beside them, such as likely doubles. Returns how many events.
    """
    shown = list(rows)
    people = [*others, *(row.participant for row in shown if row.participant is not None)]
    count = consents.log_reads(
        people=people, kind=Kind.REFERRAL, page=page, permission=Permission.WORK_ENQUIRIES, by=by, at=at
    )
    for model, what in ((Enquiry, "enquiry.opened"), (Referral, "referral.opened")):
        new = [row for row in shown if isinstance(row, model) and row.participant is None]
        facts = {"kind": str(Kind.REFERRAL), "page": page}
        count += audit.record_many(what=what, about=new, by=by, at=at, facts=facts, people=False)
    return count
