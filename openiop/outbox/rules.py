"""What may leave the house in a message, and when to try again. Pure."""

from datetime import datetime, timedelta

# Words only: nothing here says what the office is or why someone is written to (42 CFR 2.13(c); no diagnosis, no drug,
# no program type). Subject and body by kind; {link} is the only thing filled in, and it names nobody.
TEMPLATES: dict[str, tuple[str, str]] = {
    "set-password": (
        "Set up your sign-in",
        "You can set up your sign-in here. The link works once and for three days:\n\n{link}\n\n"
        "If you did not ask for this, you can ignore it.",
    ),
    "sign-in-changed": (
        "Your sign-in changed",
        "How you sign in was changed just now. If that was you, there is nothing to do. "
        "If it was not, call the office at once.",
    ),
    "something-new": ("You have a message", "There is something new for you. Sign in to read it:\n\n{link}"),
    "due": ("A reminder from the office", "There is something for you to fill in when you have a minute:\n\n{link}"),
    "schedule-changed": ("Your week changed", "Your week changed. Sign in to see it:\n\n{link}"),
}
TRIES = 5


def next_try(tries: int, at: datetime) -> datetime | None:
    """When to try again after so many failures: 1, 4, 16, 64 minutes on; None when it is time to give up."""
    return None if tries >= TRIES else at + timedelta(minutes=4 ** (tries - 1))


def why_not_decide(status: str) -> list[str]:
    """Why a person has nothing to decide about a message; empty where they have."""
    return [] if status in {"failed", "unsure"} else ["This message is not waiting for you. Look at the list again."]
