"""Reviews past their day appointments nobody marked and visits called off become tasks."""

from datetime import datetime

from openiop.continuing import actions, queries


def run_due(now: datetime) -> int:
    """Each of these has one alert; returns how many were raised now."""
    raised = 0
    for episode in queries.reviews_overdue(now):
        actions.raise_review_due(episode=episode, at=now)
        raised += 1
    for appointment in queries.appointments_unclosed(now):
        actions.raise_appointment_open(appointment=appointment, at=now)
        raised += 1
    for appointment in queries.visits_called_off(now):
        actions.raise_none_booked(appointment=appointment, by=None, at=now)
        raised += 1
    return raised
