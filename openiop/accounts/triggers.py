"""What the database itself keeps of sign-ins: where one began and that it ended."""

from openiop.base.frozen import Keep, Step

# How often a secret was tried is counted for a day and then removed, so nothing is kept of it.
KEPT = (
    Keep(
        "accounts_signin",
        "a sign-in that ended never begins again, and none is removed",
        steps=(Step(("seen_at", "ended_at", "ended_how"), "OLD.ended_at IS NULL"),),
    ),
)
