"""What the database itself keeps of a presence: every version; a correction is a new one, beside its event."""

from openiop.base.frozen import Keep, Step

# The event of that instant about that person; the log writes ids with dashes, SQLite's tables without.
_SAID = (
    "EXISTS (SELECT 1 FROM audit_event a JOIN participants_episode e ON e.id = OLD.episode_id"
    " WHERE a.what IN ('presence.corrected', 'presence.taken-back') AND a.at = NEW.replaced_at"
    " AND REPLACE(a.participant_id, '-', '') = REPLACE(CAST(e.participant_id AS VARCHAR(40)), '-', ''))"
)
KEPT = (
    Keep(
        "attendance_presence",
        "a presence is corrected by a new version, and never removed",
        steps=(Step(("replaced_at",), f"OLD.replaced_at IS NULL AND {_SAID}"),),
    ),
)
