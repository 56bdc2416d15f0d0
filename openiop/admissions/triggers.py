"""What the database itself keeps of the way in: sources as they came, ratings, stops, and decisions once made."""

from openiop.base.frozen import Keep, Step

_DECIDED = "EXISTS (SELECT 1 FROM admissions_assessment a WHERE a.id = {row}.assessment_id AND a.status = 'decided')"
KEPT = (
    Keep(
        "admissions_referral",
        "a referral stays as it came and is decided once",
        steps=(
            Step(("participant_id", "status"), "OLD.participant_id IS NULL AND OLD.decided_at IS NULL"),
            Step(
                ("decided_at", "decided_by_id", "decision", "status"),
                "OLD.decided_at IS NULL AND NEW.decided_at IS NOT NULL",
            ),
            # Taken back from a record it never belonged to: it waits again, and says where it stood and why it left.
            Step(
                (
                    "participant_id",
                    "status",
                    "decided_at",
                    "decided_by_id",
                    "decision",
                    "taken_from_id",
                    "taken_back_at",
                    "taken_back_by_id",
                    "taken_back_reason",
                ),
                "OLD.participant_id IS NOT NULL AND NEW.participant_id IS NULL AND NEW.status = 'held'"
                " AND NEW.taken_from_id = OLD.participant_id AND NEW.taken_back_at IS NOT NULL"
                " AND NEW.decided_at IS NULL",
            ),
        ),
    ),
    # Screened again, an enquiry carries the newer answers; its steps say what happened. Closed, it stays.
    Keep(
        "admissions_enquiry",
        "a closed enquiry stays as it is, and none is removed",
        frozen="{row}.status = 'closed'",
    ),
    Keep("admissions_enquirystep", "a step of an enquiry is never changed or removed"),
    Keep(
        "admissions_assessment",
        "a decided assessment is never changed, and none is removed",
        frozen="{row}.status <> 'draft'",
        # The stay it led to, known at admission: one of the same person.
        steps=(
            Step(
                ("episode_id",),
                "EXISTS (SELECT 1 FROM participants_episode e WHERE e.id = NEW.episode_id"
                " AND e.participant_id = OLD.participant_id)",
            ),
        ),
    ),
    Keep(
        "admissions_rating",
        "a rating is never changed or removed, and none is added to a decided assessment",
        under=_DECIDED,
    ),
    Keep(
        "admissions_hardstop",
        "a hard stop is closed once, and never rewritten or removed",
        steps=(Step(("disposition", "closed_at", "closed_by_id"), "OLD.closed_at IS NULL"),),
    ),
)
