"""What the database itself keeps of a presence: every version; a correction is a new one."""

from openiop.base.frozen import Keep, Step

KEPT = (
    Keep(
        "attendance_presence",
        "a presence is corrected by a new version, and never removed",
        steps=(Step(("replaced_at",), "OLD.replaced_at IS NULL"),),
    ),
)
