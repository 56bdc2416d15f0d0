"""What the database itself keeps of an alert: its cause, its end, and every step of its life."""

from openiop.base.frozen import Keep, Step

_LIVES = ("level", "words", "why", "due_at", "owner_id", "status", "acknowledged_at", "escalated_at", "escalated_to_id")
_ENDS = ("closed_at", "closed_by_id", "outcome", "outcome_words")
KEPT = (
    Keep(
        "alerts_alert",
        "an alert keeps its cause and its end, and is never removed",
        steps=(
            Step((*_LIVES, *_ENDS), "OLD.closed_at IS NULL"),
            Step(("participant_id",), "OLD.participant_id IS NULL"),  # known once an enquiry led to a record
            # A different answer opens it again; how it ended before stands in its steps.
            Step((*_LIVES, *_ENDS, "raised_at"), "OLD.closed_at IS NOT NULL AND NEW.closed_at IS NULL"),
        ),
    ),
    Keep("alerts_alertstep", "a step of an alert is never changed or removed"),
)
