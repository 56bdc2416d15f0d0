"""Questionnaires asked and answered, built through actions."""

from datetime import timedelta

from openiop.questionnaires import actions


def assignment(person, instrument="phq9", at=None, days=3, by=None):
    return actions.assign(
        participant=person, instrument=instrument, reason="asked", due_from=at, due_until=at + timedelta(days=days),
        by=by, at=at,
    )  # fmt: skip


def answered(person, instrument="phq9", total=0, at=None, by=None, item9=0):
    """A scored form whose points stand in the first items, item 9 apart."""
    items = 9 if instrument == "phq9" else 7
    left, answers = total - (item9 if instrument == "phq9" else 0), {}
    for number in range(1, items + 1):
        take = 0 if number == 9 else min(3, left)
        answers[number] = item9 if number == 9 else take
        left -= take
    assert left == 0
    return actions.enter(participant=person, instrument=instrument, answers=answers, by=by or person.membership, at=at)
