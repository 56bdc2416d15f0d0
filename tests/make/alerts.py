"""Alerts with defaults."""

from conftest import NOW
from openiop.alerts import actions, rules


def alert(about, owner, kind="craving", level="medium", words="Craving 9 today", at=NOW, source=None, link=""):
    return actions.raise_alert(
        participant=about,
        kind=kind,
        level=level,
        words=words,
        source=source or about,
        due_at=rules.due_for(level, at, "America/New_York"),
        owner=owner,
        at=at,
        link=link,
    )
