"""Sending what is due."""

from datetime import datetime

from openiop.outbox import actions, queries


def run_due(now: datetime) -> int:
    """Every message due by now was tried; returns how many left."""
    return sum(actions.send(message=message, at=now) for message in queries.due(now)[:100])
