"""What the database itself keeps of a consent, of what was said before it ends, and of how items are marked."""

from openiop.base.frozen import Keep, Step

_SIGNED = (
    *("status", "signed_at", "signed_by_id", "signer_name", "signed_how"),
    *("capacity", "basis", "second_name", "paper_on"),
)
_REVOKED = (
    *("status", "revoked_at", "revoked_by_id", "revoked_how"),
    *("revocation_entered_at", "relied_reads", "relied_last_at"),
)
KEPT = (
    Keep(
        "consents_consent",
        "a consent is signed once and ended once, and its words are never changed or removed",
        steps=(
            Step(_SIGNED, "OLD.status = 'draft' AND NEW.status = 'active'"),
            Step(("status",), "OLD.status = 'draft' AND NEW.status = 'withdrawn'"),
            Step(_REVOKED, "OLD.status = 'active' AND NEW.status = 'revoked'"),
        ),
    ),
    Keep("consents_consentchange", "what happened to a consent is never changed or removed"),
    Keep(
        "consents_consentnotice",
        "what was said before a consent ends is never changed or removed",
        steps=(Step(("seen_at", "seen_by_id"), "OLD.seen_at IS NULL AND NEW.seen_at IS NOT NULL"),),
    ),
    Keep("consents_itemlabel", "how an item was marked is never changed or removed"),
    Keep(
        "consents_emergency",
        "an emergency access is ended once, and never rewritten or removed",
        steps=(Step(("ended_at", "ended_by_id"), "OLD.ended_at IS NULL AND NEW.ended_at <= OLD.closes_at"),),
    ),
)
