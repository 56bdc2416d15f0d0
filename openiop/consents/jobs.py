"""Consents that end soon are announced: 30, 14 and 7 days before."""

from datetime import datetime

from openiop.consents import actions, queries


def run_due(now: datetime) -> int:
    """Each consent that ends soon was announced where that is due, once; returns how many notices were given."""
    return sum(actions.announce_end(consent=row, at=now) is not None for row in queries.to_announce(now))
