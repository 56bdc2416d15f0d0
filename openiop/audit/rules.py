"""How an event is marked when it is written, and how the chain that seals it holds together. Pure.

The mark shows that the application wrote the event; the chain shows that none was changed or taken out afterwards.
Both need the key, which is not in the database.
"""

import hashlib
import hmac
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

START = "0" * 64  # what the first link hangs from
# A writer may finish this long after it wrote; only then does an event that is in no link count as one too many.
LATE = timedelta(hours=1)


def words_of(event: Mapping[str, Any]) -> bytes:
    """Everything an event says, in one form whichever database it comes from."""
    plain = {
        key: value.astimezone(UTC).isoformat() if isinstance(value, datetime) else value for key, value in event.items()
    }
    return json.dumps(plain, sort_keys=True, separators=(",", ":"), default=str).encode()


def mark(event: Mapping[str, Any], key: bytes) -> str:
    """The mark the application leaves on an event: HMAC-SHA-256, 64 hexadecimal digits."""
    return hmac.new(key, b"event\0" + words_of(event), hashlib.sha256).hexdigest()


def marked(event: Mapping[str, Any], given: str, keys: Sequence[bytes]) -> bool:
    """Whether one of the keys, the newest first, made this mark on this event."""
    return any(hmac.compare_digest(mark(event, key), given) for key in keys)


def digest(event: Mapping[str, Any]) -> str:
    """One figure over all an event says, its mark and the instant of its writing among it."""
    return hashlib.sha256(words_of(event)).hexdigest()


@dataclass(frozen=True)
class Link:
    """One place in the chain: which event, what it said, and what it hangs from."""

    number: int
    event_id: str
    digest: str
    previous: str

    def seal(self, key: bytes) -> str:
        """What the next link hangs from: 64 hexadecimal digits."""
        said = f"link\0{self.number}\0{self.event_id}\0{self.digest}\0{self.previous}"
        return hmac.new(key, said.encode(), hashlib.sha256).hexdigest()

    def sealed(self, given: str, keys: Sequence[bytes]) -> bool:
        """Whether one of the keys made this seal."""
        return any(hmac.compare_digest(self.seal(key), given) for key in keys)


@dataclass(frozen=True)
class Anchor:
    """A place in the chain noted outside the database, and when."""

    at: datetime
    number: int
    seal: str

    def line(self) -> str:
        """The place as a line of the file."""
        return f"{self.at.astimezone(UTC).isoformat()} {self.number} {self.seal}\n"


def anchors(text: str) -> list[Anchor]:
    """The places a file notes, oldest first; a line that notes none counts for nothing."""
    found = []
    for line in text.splitlines():
        try:
            at, number, seal = line.split()
            found.append(Anchor(at=datetime.fromisoformat(at), number=int(number), seal=seal))
        except ValueError:
            continue
    return found


def with_anchor(noted: Sequence[Anchor], new: Anchor) -> list[Anchor]:
    """The places to keep: the last of every hour, and the newest."""
    hour = new.at.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
    same_hour = bool(noted) and noted[-1].at >= hour
    return [*(noted[:-1] if same_hour else noted), new]
