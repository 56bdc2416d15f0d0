"""Two records of one person read together, and parted again; nothing moves (docs/adr/0016)."""

from datetime import datetime

from django.db import transaction

from openiop.admissions import queries
from openiop.participants import actions as participants
from openiop.participants.models import Merge, Participant
from openiop.programs.models import Membership


@transaction.atomic
def merge_records(*, kept: Participant, absorbed: Participant, reason: str, by: Membership, at: datetime) -> Merge:
    """The two are read together, unless something speaks against it; what made them alike is kept with it."""
    return participants.merge_records(
        kept=kept,
        absorbed=absorbed,
        reason=reason,
        signs=queries.signs_of(kept, absorbed),
        conflicts=queries.consent_conflicts(kept.pk, absorbed.pk, at),
        by=by,
        at=at,
    )
