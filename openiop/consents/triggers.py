"""What the database itself keeps of a consent: the words prepared, who signed them, and that they ended once."""

from openiop.base.frozen import Keep, Step

_SIGNED = ("status", "signed_at", "signed_by_id", "signer_name", "signed_how")
_REVOKED = ("status", "revoked_at", "revoked_by_id", "revoked_how")
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
)
