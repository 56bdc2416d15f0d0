"""What typed text may be kept, under which name, and which part of a sent form is never kept."""

import json
import re
from collections.abc import Iterable
from datetime import datetime, timedelta
from hashlib import sha256

# Limits that keep one tab's mistake from filling a disk; program defaults, not clinical.
LONGEST_TEXT = 100_000  # characters
LONGEST_KEY = 160  # characters; a fork's own mark comes on top
MOST_PAIRS = 1_000  # fields in one held form
MOST_HELD = 20  # held forms of one person
LONGEST_PATH = 400  # characters

# How long a form sent again is the same form; program defaults, not clinical.
SAME_FORM = timedelta(days=1)  # from the same page: its token says so
SAME_WORDS = timedelta(minutes=1)  # word for word, where the form had no token
UNANSWERED = timedelta(minutes=1)  # after this the first sending is taken to have been cut off

# Shown where a program has set no lines of its own: the US 988 Lifeline (47 CFR 52.200) and 911.
CRISIS_LINES = (
    {"label": "Call 988", "url": "tel:988", "icon": "phone"},
    {"label": "Text 988", "url": "sms:988", "icon": "text"},
    {"label": "Call 911", "url": "tel:911", "icon": "phone"},
)

# Secrets are never kept, whatever a form calls them; the token is made anew when a form is sent again.
_SECRET = re.compile(r"passw|passphrase|passkey|secret|credential|token|^(.*[-_])?(otp|pin)$|^code$", re.IGNORECASE)

Pairs = list[tuple[str, str]]


def why_not_keep(*, key: str, text: str) -> list[str]:
    """Every reason this text may not be kept as a draft; an empty list means it may."""
    reasons = []
    if not key or len(key) > LONGEST_KEY or not re.fullmatch(r"[\w.:#-]+", key):
        reasons.append("This text has no place to be kept in.")
    if len(text) > LONGEST_TEXT:
        reasons.append(f"This is longer than {LONGEST_TEXT:,} characters. Nothing is lost. Shorten it to save it.")
    return reasons


def root(key: str) -> str:
    """The name two versions of one text share: what stands before the fork's mark."""
    return key.partition("#")[0]


def keepable(pairs: Iterable[tuple[str, str]]) -> Pairs:
    """The fields of a sent form without secrets, tokens and the mark of an earlier hold, in their order."""
    return [(name, value) for name, value in pairs if name != "held_form" and not _SECRET.search(name)]


def why_not_hold(*, path: str, pairs: Pairs, already: int) -> list[str]:
    """Every reason a sent form may not be held; an empty list means it may."""
    reasons = []
    if not path.startswith("/") or path.startswith("//") or "\\" in path or len(path) > LONGEST_PATH:
        reasons.append("This form has no place on this site to be sent to again.")
    if not any(value.strip() for _, value in pairs):
        reasons.append("Nothing was typed into this form.")
    if len(pairs) > MOST_PAIRS or sum(len(value) for _, value in pairs) > 2 * LONGEST_TEXT:
        reasons.append("This form is too large to be held.")
    if already >= MOST_HELD:
        reasons.append("Too many forms are waiting already. Send them or let them go first.")
    return reasons


def mark_of(*, path: str, pairs: Iterable[tuple[str, str]]) -> str:
    """A digest of where a form was sent and every field of it; a page drawn anew has another token, so another mark."""
    return sha256(json.dumps([path, *pairs]).encode()).hexdigest()


def is_sent_again(*, sent_at: datetime, at: datetime, lasts: timedelta, answered: bool) -> bool:
    """Whether a form with the same mark is the one sent before, and not a new one that happens to say the same."""
    return at - sent_at < (lasts if answered else min(lasts, UNANSWERED))
