"""When a screen locks, how often one may try, and what a second factor must be. Pure."""

import base64
import hashlib
import hmac
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum


def locks(*, seen: datetime | None, at: datetime, minutes: int) -> bool:
    """Whether so long a quiet since the last touch locks the screen (45 CFR 164.312(a)(2)(iii))."""
    return seen is None or at - seen >= timedelta(minutes=minutes)


def initials(name: str) -> str:
    """Initials for a locked screen, which shows no name: J. B."""
    parts = [part[0].upper() for part in name.split() if part]
    return " ".join(f"{letter}." for letter in (parts[:1] + parts[-1:] if len(parts) > 1 else parts))


# --- second factors -------------------------------------------------------------------------------------------------

DIGITS = 6  # RFC 4226, 5.3: at least six
PERIOD = 30  # seconds, RFC 6238, 5.2
DRIFT = 1  # steps before and after the present one: clocks differ and people are slow (RFC 6238, 5.2)
RECOVERY_CODES = 10
ALPHABET = "ABCDEFGHJKMNPQRSTUVWXYZ23456789"  # no letter that reads like a number
RECOVERY_LENGTH = 10  # characters of it: 49 bits, more than the 20 that NIST SP 800-63B asks of such a code


class Kind(StrEnum):
    """What can prove, beside a password, that it is you. The values are those of the table that keeps them."""

    PASSKEY = "webauthn"
    APP = "totp"
    RECOVERY = "recovery_codes"


def hotp(secret: str, step: int) -> str:
    """The code of one step (RFC 4226, 5.3)."""
    key = base64.b32decode(secret, casefold=True)
    digest = hmac.new(key, step.to_bytes(8, "big"), hashlib.sha1).digest()
    start = digest[-1] & 0x0F
    value = int.from_bytes(digest[start : start + 4], "big") & 0x7FFFFFFF
    return f"{value % 10**DIGITS:0{DIGITS}}"


def step_of(*, secret: str, code: str, at: datetime, after: int) -> int | None:
    """The step whose code this is, near the present one; None where none is, or it is not after the one used last.

    A code is good once: the step it belonged to, and every step before, is spent (RFC 6238, 5.2).
    """
    now = int(at.timestamp()) // PERIOD
    near = [step for step in range(now - DRIFT, now + DRIFT + 1) if step > after]
    found = [step for step in near if hmac.compare_digest(hotp(secret, step).encode(), code.encode())]
    return found[-1] if found else None


def tidy(code: str) -> str:
    """A code as it is compared: without blanks and dashes, in capitals."""
    return "".join(letter for letter in code.upper() if letter.isalnum())


def shown(code: str) -> str:
    """A recovery code as it is shown, in two halves."""
    return f"{code[: RECOVERY_LENGTH // 2]}-{code[RECOVERY_LENGTH // 2 :]}"


def is_recovery_code(code: str) -> bool:
    """Whether a tidy code has the shape of a recovery code, and not of one from an app."""
    return len(code) == RECOVERY_LENGTH


def digest(code: str, key: bytes) -> str:
    """What is kept of a recovery code: from it, and without the key, the code cannot be found."""
    return hmac.new(key, tidy(code).encode(), hashlib.sha256).hexdigest()


def why_not_remove(*, kinds: Iterable[str], kind: str, required: bool) -> list[str]:
    """Every reason this factor may not be taken away; recovery codes alone are no factor."""
    left = [one for one in kinds if one != Kind.RECOVERY]
    if required and kind != Kind.RECOVERY and len(left) <= 1:
        return ["Add another one first. Your work here needs a second step."]
    return []


def is_key_of_device(credential: object) -> bool:
    """Whether a new passkey says that it lives in the device itself and not in a key that is carried."""
    return isinstance(credential, dict) and credential.get("authenticatorAttachment") == "platform"


# --- confirming -----------------------------------------------------------------------------------------------------


def is_confirmed(*, confirmed: datetime | None, at: datetime, minutes: int) -> bool:
    """Whether someone showed recently enough who they are (NIST SP 800-63B, reauthentication)."""
    return confirmed is not None and timedelta(0) <= at - confirmed < timedelta(minutes=minutes)


# --- tries ----------------------------------------------------------------------------------------------------------


class Secret(StrEnum):
    """What is tried; each kind is counted apart."""

    PASSWORD = "password"
    CODE = "code"
    PASSKEY = "passkey"
    LINK = "link"


@dataclass(frozen=True)
class Limit:
    """So many failures within so long."""

    most: int
    within: timedelta


@dataclass(frozen=True)
class Limits:
    """The bounds of one kind of secret: from one place on one account, on one account altogether, from one network."""

    place: tuple[Limit, ...]
    account: tuple[Limit, ...]
    network: tuple[Limit, ...]


MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
_PLACE = (Limit(5, 5 * MINUTE), Limit(30, DAY))
_NETWORK = (Limit(10, MINUTE),)
# The program's own defaults, well below the 100 failures in a row of NIST SP 800-63B-4, 3.2.2. A password is a sentence
# and cannot be guessed in 50 tries an hour; a code has six digits, three of which are good at any time, so it has less.
LIMITS: dict[Secret, Limits] = {
    Secret.PASSWORD: Limits(_PLACE, (Limit(50, HOUR), Limit(100, DAY)), _NETWORK),
    Secret.CODE: Limits(_PLACE, (Limit(20, HOUR), Limit(50, DAY)), _NETWORK),
    Secret.PASSKEY: Limits((), (), (Limit(20, MINUTE),)),  # nothing to guess: what is bounded is the work
    Secret.LINK: Limits(_PLACE, (), _NETWORK),
}
LONGEST = DAY  # no bound looks further back, so older tries need not be kept


def wait(*, tries: Iterable[datetime], limits: Iterable[Limit], at: datetime) -> timedelta:
    """How long until the next try: none, or until the oldest failure too many is far enough away."""
    past = sorted(tries)
    longest = timedelta(0)
    for limit in limits:
        counted = [one for one in past if at - one < limit.within]
        if len(counted) >= limit.most:
            longest = max(longest, counted[-limit.most] + limit.within - at)
    return longest


def how_long(left: timedelta) -> str:
    """A wait in words, rounded up: 1 minute, 5 minutes, 2 hours."""
    minutes = max(1, -(-int(left.total_seconds()) // 60))
    if minutes <= 90:
        return "1 minute" if minutes == 1 else f"{minutes} minutes"
    return f"{-(-minutes // 60)} hours"


TOO_MANY = {
    Secret.PASSWORD: "Too many wrong passwords.",
    Secret.CODE: "Too many wrong codes.",
    Secret.PASSKEY: "Too many tries.",
    Secret.LINK: "Too many wrong links.",
}


# --- sign-ins -------------------------------------------------------------------------------------------------------

_SYSTEMS = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("CrOS", "Chromebook"),
    ("Windows", "Windows"),
    ("Mac OS X", "Mac"),
    ("Linux", "Linux"),
)
_BROWSERS = (
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("Firefox", "Firefox"),
    ("FxiOS", "Firefox"),
    ("CriOS", "Chrome"),
    ("Chrome", "Chrome"),
    ("Safari", "Safari"),
)


def device(agent: str) -> str:
    """A device in words, as far as its browser says: Firefox on Windows. Nothing finer is kept."""
    system = next((word for mark, word in _SYSTEMS if mark in agent), "")
    browser = next((word for mark, word in _BROWSERS if mark in agent), "")
    return f"{browser or 'A browser'} on {system}" if system else browser or "A device"


def secret_of(text: str) -> str:
    """A secret of an app in groups of four, as people type it."""
    return " ".join(text[start : start + 4] for start in range(0, len(text), 4))
