"""What the database itself keeps: a review stands, a question is answered once, a look explained and closed once."""

from openiop.base.frozen import Keep, Step

KEPT = (
    Keep("privacy_emergencyreview", "a review of an emergency access is never changed or removed"),
    Keep("privacy_emergencytold", "that a person was told is never changed or removed"),
    Keep("privacy_examined", "that a day was gone through is never changed or removed"),
    Keep(
        "privacy_question",
        "a question about a look is answered once, and never rewritten or removed",
        steps=(Step(("answer", "answered_by_id", "answered_at"), "OLD.answered_at IS NULL"),),
    ),
    Keep(
        "privacy_unusual",
        "looks someone is asked about are asked, explained and closed once, and never removed",
        steps=(
            Step(("status", "asked_by_id", "asked_at"), "OLD.status = 'open' AND NEW.status = 'asked'"),
            Step(("status", "answer", "answered_at"), "OLD.status = 'asked' AND NEW.status = 'answered'"),
            Step(
                ("status", "outcome", "words", "closed_by_id", "closed_at"),
                "OLD.status <> 'closed' AND NEW.status = 'closed'",
            ),
        ),
    ),
)
