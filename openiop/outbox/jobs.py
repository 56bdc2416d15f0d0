"""Sending what is due, and owning up to what a worker that died may have sent."""

from datetime import datetime

from openiop.outbox import actions, queries


def run_due(now: datetime, holds: actions.Holds) -> int:
    """Every message due by now was tried, where what it rests on still holds; returns how many left.

    `holds` is the roof's to give: this room knows of no consent.
    """
    for message in queries.left_claimed(now):
        actions.own_up(message=message, at=now)
    return sum(actions.send(message=message, holds=holds, at=now) for message in queries.due(now)[:100])
