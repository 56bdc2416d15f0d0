"""Reads of a record, left on record."""

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction

from openiop.audit import actions as audit
from openiop.audit.models import Event
from openiop.consents.queries import Opened
from openiop.consents.rules import Kind
from openiop.participants.models import Participant
from openiop.programs.models import Membership


@transaction.atomic
def log_read(*, opened: Opened, page: str, by: Membership, at: datetime) -> Event:
    """That the viewer opened this part of the record, why they may, and when."""
    return audit.record(
        what="chart.opened",
        about=opened.participant,
        by=by,
        at=at,
        participant_id=opened.participant.id,
        kind=opened.kind,
        page=page,
        rule=opened.access.rule,
        consent=opened.access.consent_id,
    )


@transaction.atomic
def log_reads(*, people: Iterable[Participant], kind: Kind, page: str, by: Membership, at: datetime) -> int:
    """One event for each person a shared page (a roster, a group's notes) showed; returns how many."""
    return audit.record_many(
        what="chart.opened", about=list(people), by=by, at=at, facts={"kind": str(kind), "page": page}
    )
