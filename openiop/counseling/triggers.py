"""What the database itself keeps of counseling notes: what is signed, as it was sealed."""

from openiop.base.frozen import Keep, Step

_DRAFT = ("about_on", "sealed", "sealed_by", "changed_at", "signed_at")
KEPT = (
    Keep(
        "counseling_counselingnote",
        "a signed counseling note stays as it was sealed, and none is removed",
        steps=(Step(_DRAFT, "OLD.signed_at IS NULL"),),
    ),
)
