"""Sending what is due, and owning up to what a worker that died may have sent."""

from collections.abc import Collection
from datetime import datetime

from openiop.outbox import actions, queries


def run_due(now: datetime, holds: actions.Holds, waits: Collection[str] = ()) -> int:
    """Every message due by now was tried, but for those of programs that wait; returns how many left.

    What a message rests on must still hold: `holds` is the roof's to give, since this room knows of no consent.
    """
    for message in queries.left_claimed(now):
        actions.own_up(message=message, at=now)
    return sum(actions.send(message=message, holds=holds, at=now) for message in queries.due(now, waits)[:100])
