"""What the desk leaves behind: that a record's first page was opened, with every kind of information it showed."""

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction

from openiop.audit import actions as audit
from openiop.audit.models import Event
from openiop.consents.queries import Opened
from openiop.consents.rules import Kind
from openiop.programs.models import Membership


@transaction.atomic
def log_overview(*, opened: Opened, kinds: Iterable[Kind], by: Membership, at: datetime) -> Event:
    """One event for one look at the first page, naming all it held and the rule that let them in."""
    return audit.record(
        what="chart.opened",
        about=opened.participant,
        by=by,
        at=at,
        participant_id=opened.participant.pk,
        kind="overview",
        kinds=sorted(kinds),
        page="desk:chart",
        purpose=opened.access.purpose or "",
        rule=opened.access.rule,
        rule_id=opened.access.rule_id,
        **({"emergency": str(opened.emergency.pk)} if opened.emergency else {}),
    )
