"""What the database itself keeps of a person's care: diagnoses, stays and dated levels end, and nothing is removed."""

from openiop.base.frozen import NEVER, Keep, Step

_ENDS = Step(("until_on",), "OLD.until_on IS NULL")
_BEGINS = Step(("from_on",), "OLD.until_on IS NULL")  # with a first day that was mistyped
KEPT = (
    # Names, addresses and sign-ins are corrected; who was on record stays, and so does whose supporter they are.
    Keep("participants_participant", "a participant is never removed", frozen=NEVER),
    Keep(
        "participants_supporter",
        "a supporter stays that person's, and is never removed",
        steps=(Step(("membership_id", "name", "relation", "phone", "email", "emergency", "ended_at")),),
    ),
    Keep(
        "participants_diagnosis",
        "a diagnosis is ended once, and never rewritten or removed",
        steps=(Step(("ended_on", "ended_reason"), "OLD.ended_on IS NULL"),),
    ),
    Keep(
        "participants_episode",
        "whose stay it is and its end are never rewritten, its beginning only while open, and it is never removed",
        steps=(
            Step(
                ("level", "review_on", "primary_id", "ended_on", "ended_reason", "last_contact_on"),
                "OLD.ended_on IS NULL",
            ),
            Step(("primary_id",)),
            Step(("started_on", "review_on"), "OLD.ended_on IS NULL"),  # a mistyped first day, before anything happened
        ),
    ),
    Keep(
        "participants_levelofcare",
        "a level of care is ended once, and never rewritten or removed",
        steps=(_ENDS, _BEGINS),
    ),
    Keep(
        "participants_merge",
        "a merge is undone once, and never rewritten or removed",
        steps=(Step(("undone_at", "undone_by_id", "undone_reason"), "OLD.undone_at IS NULL"),),
    ),
    Keep("participants_notsame", "that two records are two people is never changed or removed"),
    Keep("participants_teamplace", "a place on the team is ended once, and never removed", steps=(_ENDS, _BEGINS)),
)
