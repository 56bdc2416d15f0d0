"""What the database itself keeps of the week: sessions are cancelled, places end, seats drop; none is removed."""

from openiop.base.frozen import NEVER, Keep, Step

KEPT = (
    Keep("schedule_session", "a session is cancelled with a reason and never removed", frozen=NEVER),
    Keep("schedule_enrollment", "an enrollment ends and is never removed", steps=(Step(("until_on",)),)),
    Keep("schedule_seat", "a seat is dropped and never removed", steps=(Step(("why", "dropped_at")),)),
    Keep("schedule_prescription", "hours once prescribed are followed by others, and never changed or removed"),
    Keep("schedule_busy", "a busy stretch ends and is never removed", steps=(Step(("until_on",)),)),
    Keep(
        "schedule_elsewhere",
        "an appointment elsewhere is called off once and never removed",
        steps=(Step(("off_at",), "OLD.off_at IS NULL"),),
    ),
    Keep(
        "schedule_away",
        "a time away ends once and is never removed",
        steps=(Step(("until_on", "back_at", "back_by_id"), "OLD.back_at IS NULL AND NEW.back_at IS NOT NULL"),),
    ),
)
