"""Notes unsigned past their due time become an admin alert."""

from datetime import datetime

from openiop.alerts import queries as alerts
from openiop.notes import actions, queries


def run_due(now: datetime) -> int:
    """Every session with overdue notes has one alert; returns how many were raised now."""
    raised = 0
    for session, _ in queries.sessions_overdue(now):
        if alerts.about("schedule.session", session.pk, actions.OVERDUE) is None:
            actions.raise_overdue(session=session, by=None, at=now)
            raised += 1
    return raised
