"""What typed text may be kept, what no form here takes, and which part of a sent form is never kept."""

import json
import re
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from hashlib import sha256

# Limits that keep one tab's mistake from filling a disk; program defaults, not clinical.
LONGEST_TEXT = 100_000  # characters
LONGEST_KEY = 160  # characters; a fork's own mark comes on top
MOST_PAIRS = 1_000  # fields in one held form
MOST_HELD = 20  # held forms of one person
LONGEST_PATH = 400  # characters
OWN = frozenset({"held_form", "back_to"})  # an earlier hold; where on the page a part stands: nobody typed them

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

# Secrets, and words that are only ever kept sealed, are never held, whatever a form calls them; the token is made anew
# when a form is sent again.
_SECRET = re.compile(
    r"passw|passphrase|passkey|secret|credential|token|^sealed|^(.*[-_])?(otp|pin)$|^code$", re.IGNORECASE
)

Pairs = list[tuple[str, str]]

# Days that a form or an address may name: instants near the ends of the calendar cannot be told in every zone.
FIRST_DAY, LAST_DAY = date(1800, 1, 1), date(2199, 12, 31)
FARTHEST = 20 * 366  # days from today that a page of one week, named in its address, may lie
LARGEST = 2_147_483_647  # the greatest whole number that a column of ours holds


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
    """The fields of a sent form without secrets, tokens and the page's own marks, in their order."""
    return [(name, value) for name, value in pairs if name not in OWN and not _SECRET.search(name)]


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


def why_not_day(day: date) -> list[str]:
    """Why no form here takes this day, whatever it is for: most often the year is mistyped."""
    if FIRST_DAY <= day <= LAST_DAY:
        return []
    return [f"Look at the year: write one from {FIRST_DAY.year} to {LAST_DAY.year}."]


def day_from(text: str | None, default: date) -> date:
    """A day as it stands in an address; the default where it is none, or none that a page of ours is about."""
    try:
        asked = date.fromisoformat(text or "")
    except ValueError:
        return default
    return asked if abs((asked - default).days) < FARTHEST else default


def whole(sent: object, most: int = LARGEST) -> int | None:
    """A whole number from 0 to `most` as a form or an address sends it; none where it is anything else."""
    text = str(sent)
    if not (text.isascii() and text.isdigit() and len(text) <= len(str(most))):
        return None
    return number if (number := int(text)) <= most else None


# What tells someone who glances at a tab, a message or a log that this is a place for addiction or mental health care:
# its kind, a condition, a drug, an instrument (42 CFR 2.13(c)). Stems, upper and lower case alike.
REVEALING = re.compile(
    r"addict|substance|alcohol|drink|drug|opioid|opiate|heroin|cocaine|fentanyl|cannabis|\bmeth\b|gambl"
    r"|sober|sobriety|recover(?!y\scodes?)|rehab|detox|relapse|withdrawal|overdose|12[-\s]step|\baa\b|\bna\b"
    r"|treatment|therap|counsel|clinic|psych|mental|depress|anxi|trauma|suicid|crisis|diagnos|disorder|symptom"
    r"|patient|medicat|naloxone|narcan|naltrexone|vivitrol|buprenorphine|suboxone|methadone|disulfiram|acamprosate"
    r"|\biop\b|\bphq|\bgad\b|\bgad-?7|\baudit-c|\bdast",
    re.IGNORECASE,
)
NEUTRAL = "Office"


def reveals(words: str) -> bool:
    """Whether the words tell what kind of place this is, or what someone has."""
    return REVEALING.search(words) is not None


def neutral(name: str) -> str:
    """The program's name where anyone may see it: in a tab, in the list of open windows. One that tells is left out."""
    return NEUTRAL if reveals(name) else name
