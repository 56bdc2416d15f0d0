"""What the database itself keeps of check-ins: whose day it was. The same day may still be told anew (rules)."""

from openiop.base.frozen import Keep, Step

_TOLD = ("mood", "craving", "safe", "sleep_hours", "use", "medication", "words", "share_words", "answered_at")
KEPT = (
    Keep(
        "recovery_checkin",
        "a check-in stays that person's and that day's, and is never removed",
        steps=(Step(_TOLD),),
    ),
)
