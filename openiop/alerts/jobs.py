"""Overdue alerts go to the supervisor."""

from datetime import datetime

from openiop.alerts import actions, queries
from openiop.alerts.queries import waiting_to_escalate


def run_due(now: datetime) -> int:
    """Every overdue alert stands before the supervisor (or, without one, the duty member); returns how many."""

    moved = 0
    for alert in waiting_to_escalate(now):
        to = alert.backup or queries.supervisor(alert.program_id, now) or queries.duty(alert.program_id, now)
        moved += actions.escalate(alert=alert, to=to, by=None, at=now)
    return moved
