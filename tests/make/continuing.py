"""Reviews with everything on record that a decision asks for."""

from datetime import date, datetime, timedelta

from openiop.continuing import actions

NEXT = date(2026, 10, 28)
DESPITE = "The team talked it through and sees no reason to wait."


def booking(at, days=2, with_whom="Dr. Marlowe Fenwick, outpatient clinic"):
    return {"at": at + timedelta(days=days), "with_whom": with_whom, "where": "12 Mill Street", "minutes": 50}


def reviewed(episode, by, at: datetime, end="continue", **facts):
    """A decided review; a step or a discharge names its level, date, reason and visit."""
    given = {"words": "Steady, and the work goes on.", "despite": DESPITE, "next_review_on": NEXT}
    if end == "step-down":
        given |= {"level_to": "1.5", "appointment": booking(at), "prepared": True}
    if end == "step-up":
        given |= {"level_to": "2.5"}
    if end == "discharge":
        given |= {"reason_code": "1", "appointment": booking(at), "next_review_on": None}
    return actions.decide_review(episode=episode, end=end, by=by, at=at, **(given | facts))
