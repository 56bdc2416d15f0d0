"""How an event is marked when it is written, and how the chain that seals it holds together. Pure.

The mark shows that the application wrote the event; the chain shows that none was changed or taken out afterwards.
Both need the key, which is not in the database.
"""

import hashlib
import hmac
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

START = "0" * 64  # what the first link hangs from
# A writer may finish this long after it wrote; only then does an event that is in no link count as one too many.
LATE = timedelta(hours=1)
NOTE_EVERY = timedelta(minutes=1)  # between two lines of the anchor, so that the file stays small


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
    """One place in the chain: which event, what it said, and what it hangs from; and the row that says so."""

    number: int
    event_id: str
    digest: str
    previous: str
    row_id: str
    made_at: datetime

    def seal(self, key: bytes) -> str:
        """What the next link hangs from: 64 hexadecimal digits."""
        row = f"{self.row_id}\0{self.made_at.astimezone(UTC).isoformat()}"
        return hmac.new(key, f"{self._first_form()}\0{row}".encode(), hashlib.sha256).hexdigest()

    def sealed(self, given: str, keys: Sequence[bytes]) -> bool:
        """Whether one of the keys made this seal, in this form or in the first, which left the row's own facts out."""
        forms = (lambda key: self.seal(key), self._first_seal)
        return any(hmac.compare_digest(form(key), given) for key in keys for form in forms)

    def _first_form(self) -> str:
        return f"link\0{self.number}\0{self.event_id}\0{self.digest}\0{self.previous}"

    def _first_seal(self, key: bytes) -> str:
        return hmac.new(key, self._first_form().encode(), hashlib.sha256).hexdigest()


NOTED, RESTORED = "noted", "restored"  # what a line of the anchor says: the chain's end, or that a copy was put back


@dataclass(frozen=True)
class Anchor:
    """A place in the chain noted outside the database, and when. The check shows that the program wrote the line."""

    at: datetime
    number: int
    seal: str
    kind: str = NOTED
    check: str = ""

    def checked(self, key: bytes) -> "Anchor":
        """The same with its check."""
        return replace(self, check=hmac.new(key, f"anchor\0{self._said()}".encode(), hashlib.sha256).hexdigest())

    def genuine(self, keys: Sequence[bytes]) -> bool:
        """Whether the program wrote it. The first form had no check; what it notes must still be in the chain."""
        if not self.check:
            return self.kind == NOTED
        return any(hmac.compare_digest(self.checked(key).check, self.check) for key in keys)

    def line(self) -> str:
        """The place as a line of the file: date, number, seal, kind, check."""
        return f"{self._said()} {self.check}\n"

    def _said(self) -> str:
        return f"{self.at.astimezone(UTC).isoformat()} {self.number} {self.seal} {self.kind}"


def anchor_of(line: str) -> Anchor | None:
    """The place a line notes, or nothing where it notes none."""
    parts = line.split()
    try:
        if len(parts) == 3:
            return Anchor(at=datetime.fromisoformat(parts[0]), number=int(parts[1]), seal=parts[2])
        at, number, seal, kind, check = parts
        return Anchor(at=datetime.fromisoformat(at), number=int(number), seal=seal, kind=kind, check=check)
    except ValueError:
        return None


def anchors(text: str, keys: Sequence[bytes]) -> tuple[list[Anchor], list[int]]:
    """The places a file notes, in its order, and the numbers of the lines the program did not write."""
    found, strange = [], []
    for number, line in enumerate(text.splitlines(), 1):
        place = anchor_of(line)
        if place is not None and place.genuine(keys):
            found.append(place)
        elif line.strip():
            strange.append(number)
    return found, strange


def standing(noted: Sequence[Anchor]) -> list[Anchor]:
    """The places the chain must still have: where a copy was put back, what was noted past its end counts no more."""
    kept: list[Anchor] = []
    for one in noted:
        if one.kind == RESTORED:
            kept = [place for place in kept if place.number <= one.number]
        if one.number:
            kept.append(one)
    return kept


def worth_noting(last: Anchor | None, new: Anchor) -> bool:
    """Whether the chain's end makes a new line: when it moved, and not more than one a minute."""
    return last is None or (new.number > last.number and abs(new.at - last.at) >= NOTE_EVERY)


def left_out(copy: Sequence[Anchor], here: Sequence[Anchor]) -> list[Anchor]:
    """What a copy of the file notes and the file itself no longer does."""
    known = {(one.at, one.number, one.seal, one.kind) for one in here}
    return [one for one in copy if (one.at, one.number, one.seal, one.kind) not in known]


def fresh(text: str) -> dict[str, str]:
    """Of events not sealed yet, by id: what each said when it was written. A line that a power cut tore is none."""
    pairs = (line.split() for line in text.splitlines())
    return {pair[0]: pair[1] for pair in pairs if len(pair) == 2 and len(pair[0]) == 36 and len(pair[1]) == 64}
