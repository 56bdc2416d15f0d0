"""What the database itself keeps of reviews: each decision with its evidence, and how an appointment ended."""

from openiop.base.frozen import Keep, Step

KEPT = (
    Keep("continuing_review", "a decided review is never changed or removed"),
    Keep(
        "continuing_appointment",
        "an appointment is closed once, and never rewritten or removed",
        steps=(Step(("status", "closed_at", "closed_by_id"), "OLD.status = 'booked'"),),
    ),
)
