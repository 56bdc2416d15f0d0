"""Sending what is due, and owning up to what a worker that died may have sent."""

from datetime import datetime

from openiop.outbox import actions, queries


def run_due(now: datetime) -> int:
    """Every message due by now was tried; returns how many left."""
    for message in queries.left_claimed(now):
        actions.own_up(message=message, at=now)
    return sum(actions.send(message=message, at=now) for message in queries.due(now)[:100])
