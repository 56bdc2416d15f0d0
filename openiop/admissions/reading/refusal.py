"""Where a fact stood, and why a file could not be read. Pure."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Place:
    """One spot in one file: an RFC 6901 JSON pointer, and the line where the file holds one document a line.

    For FHIR XML the pointer is that of the same resource written as FHIR JSON.
    """

    file: str
    pointer: str = ""
    line: int | None = None

    def __truediv__(self, step: str | int) -> "Place":
        """The place one step further in."""
        token = str(step).replace("~", "~0").replace("/", "~1")
        return Place(self.file, f"{self.pointer}/{token}", self.line)


class Unreadable(Exception):
    """The only refusal of this package: nothing of the file is used.

    `file`, `pointer` (RFC 6901), `line` (in an NDJSON file, else None) and `sentence` say all there is to say.
    The exception's own text leaves the file name out, because senders put people's names in file names;
    no sentence ever repeats what the file holds.
    """

    def __init__(self, place: Place, sentence: str) -> None:
        self.file, self.pointer, self.line, self.sentence = place.file, place.pointer, place.line, sentence
        line = f"line {place.line}, " if place.line else ""
        super().__init__(f"{line}{place.pointer or 'whole document'}: {sentence}")


@dataclass(frozen=True, slots=True)
class Limits:
    """What the reader will look at before it says no. Program defaults, configurable; sizes in bytes or counts."""

    packed: int = 64 * 1024 * 1024
    unpacked: int = 64 * 1024 * 1024
    together: int = 256 * 1024 * 1024
    depth: int = 50
    objects: int = 2_000_000
    entries: int = 200_000
    text: int = 2_000
