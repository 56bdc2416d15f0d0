"""What the database itself keeps: what left, what it held, and papers that end once."""

from openiop.base.frozen import Keep, Step

KEPT = (
    Keep("disclosures_disclosure", "a disclosure is never changed or removed"),
    Keep("disclosures_packet", "what went out is never changed or removed"),
    Keep(
        "disclosures_agreement",
        "an agreement is ended once, and never rewritten or removed",
        steps=(Step(("ended_on", "ended_by_id", "ended_reason"), "OLD.ended_on IS NULL"),),
    ),
    Keep(
        "disclosures_legalprocess",
        "a legal paper keeps what it asked, closes once, and is never removed",
        steps=(
            Step(
                ("participant_id", "statute", "order_on", "with_mandate", "kinds", "told_on", "heard_on"),
                "OLD.status = 'open'",
            ),
            Step(("status", "closed_at", "outcome"), "OLD.status = 'open' AND NEW.status = 'closed'"),
        ),
    ),
    Keep("disclosures_legalstep", "a step of a legal paper is never changed or removed"),
    Keep(
        "disclosures_legalhold",
        "a hold is lifted once, and never rewritten or removed",
        steps=(Step(("lifted_at", "lifted_by_id", "lifted_reason"), "OLD.lifted_at IS NULL"),),
    ),
    Keep("disclosures_seal", "a seal is never changed or removed"),
    Keep(
        "disclosures_restriction",
        "what was asked to be held back is answered once, and never rewritten or removed",
        steps=(
            Step(("status", "kinds", "decided_at", "decided_by_id", "reason"), "OLD.status = 'asked'"),
            Step(("status", "ended_at"), "OLD.status = 'agreed' AND NEW.status = 'ended'"),
        ),
    ),
    Keep(
        "disclosures_rightsrequest",
        "a request is answered once, and never rewritten or removed",
        steps=(Step(("answered_at", "answered_by_id", "how"), "OLD.answered_at IS NULL"),),
    ),
)
