"""What the database itself keeps of questionnaires: what was asked, and the answers once handed in."""

from openiop.base.frozen import Keep, Step

KEPT = (
    Keep(
        "questionnaires_assignment",
        "what was asked is never changed or removed, and it closes once",
        steps=(Step(("status",), "OLD.status IN ('due', 'started')"),),
    ),
    Keep(
        "questionnaires_response",
        "answers that were handed in are never changed or removed",
        frozen="{row}.completed_at IS NOT NULL",
    ),
)
