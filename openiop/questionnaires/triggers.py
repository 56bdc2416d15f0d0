"""What the database itself keeps of questionnaires: what was asked, and the answers once handed in."""

from openiop.base.frozen import Keep, Step

_ANSWERED = (
    "EXISTS (SELECT 1 FROM questionnaires_response r WHERE r.assignment_id = OLD.id AND r.completed_at IS NOT NULL)"
)
KEPT = (
    Keep(
        "questionnaires_assignment",
        "what was asked is never changed or removed, and it closes once",
        steps=(Step(("status",), f"OLD.status IN ('due', 'started') AND (NEW.status <> 'done' OR {_ANSWERED})"),),
    ),
    Keep(
        "questionnaires_response",
        "answers that were handed in are never changed or removed",
        frozen="{row}.completed_at IS NOT NULL",
    ),
)
