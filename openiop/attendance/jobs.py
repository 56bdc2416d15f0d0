"""Days of silence become an alert."""

from datetime import datetime

from openiop.alerts import queries as alerts
from openiop.attendance import actions, queries, rules


def run_due(now: datetime) -> int:
    """Everyone expected who neither came nor called for a week stands before their counselor; returns how many new."""
    raised = 0
    for episode, last, today in queries.silent(now):
        ask = rules.silence(last=last, on=today)
        told = alerts.about("participants.episode", episode.pk, "attendance-pattern")
        if ask is not None and (told is None or told.words != ask.words):
            actions.raise_silence(episode=episode, last=last, on=today, by=None, at=now)
            raised += 1
    return raised
