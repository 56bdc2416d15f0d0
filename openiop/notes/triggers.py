"""What the database itself keeps of notes: what is signed, as it was signed."""

from openiop.base.frozen import Keep, Step

_SAYS = "what is signed stays as it was signed"
_GROUP = ("topic", "did", "mood", "revision", "changed_at", "changed_by_id", "frozen_at")
_PART = (
    *("presence_id", "took_part", "words", "status", "revision", "changed_at", "changed_by_id"),
    *("signed_at", "signed_by_id", "started_at", "stopped_at", "minutes", "frozen_text"),
)
_PART_SIGNED = "EXISTS (SELECT 1 FROM notes_personnote n WHERE n.id = {row}.part_id AND n.status = 'signed')"
KEPT = (
    # Whose part it is, and of which session, is so from the first word.
    Keep("notes_sessionnote", _SAYS, steps=(Step(_GROUP, "OLD.frozen_at IS NULL"),)),
    Keep("notes_personnote", _SAYS, steps=(Step(_PART, "OLD.status = 'draft'"),)),
    Keep("notes_tie", _SAYS, under=_PART_SIGNED, goes=True),
    Keep("notes_addendum", _SAYS),
)
