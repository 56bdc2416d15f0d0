"""Lines of text into one encrypted file and back, piece by piece; nothing readable ever touches the disk.

The file is age (age-encryption.org/v1) around deflate around lines: a header, the rows, and last the tally.
"""

import os
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pyrage

from openiop.backups.rules import Damaged

PIECE = 1 << 16  # bytes


class _Lines:
    """What the encryption reads from: lines, deflated as they come."""

    def __init__(self, lines: Iterable[str]) -> None:
        self.lines: Iterator[str] = iter(lines)
        self.deflate = zlib.compressobj()
        self.ready = bytearray()
        self.ended = False

    def read(self, size: int = -1) -> bytes:
        """The next bytes; none at the end."""
        while not self.ended and (size < 0 or len(self.ready) < size):
            line = next(self.lines, None)
            if line is None:
                self.ready += self.deflate.flush()
                self.ended = True
            else:
                self.ready += self.deflate.compress(f"{line}\n".encode())
        end = len(self.ready) if size < 0 else size
        given = bytes(self.ready[:end])
        del self.ready[:end]
        return given


class _Reader:
    """What the decryption writes to: each whole line is handed on."""

    def __init__(self, take: Callable[[str], None]) -> None:
        self.take = take
        self.inflate = zlib.decompressobj()
        self.rest = b""
        self.trouble: Exception | None = None

    def write(self, piece: bytes) -> int:
        """Take a piece; what goes wrong is kept, since the decryption would swallow it."""
        try:
            *lines, self.rest = (self.rest + self.inflate.decompress(bytes(piece))).split(b"\n")
            for line in lines:
                self.take(line.decode())
        except Exception as trouble:
            self.trouble = self.trouble or trouble
            raise
        return len(piece)

    def flush(self) -> None:
        """Nothing waits here."""


def write(file: Path, lines: Iterable[str], recipients: Sequence[str | pyrage.x25519.Recipient]) -> int:
    """The file stands whole, for these recipients alone, or not at all; returns its size in bytes."""
    made = file.with_name(f".{file.name}.part")
    readers: list[Any] = [pyrage.x25519.Recipient.from_str(one) if isinstance(one, str) else one for one in recipients]
    try:
        with os.fdopen(os.open(made, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out:
            pyrage.encrypt_io(_Lines(lines), out, readers)
            out.flush()
            os.fsync(out.fileno())
        os.replace(made, file)
    finally:
        made.unlink(missing_ok=True)
    folder = os.open(file.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
    return file.stat().st_size


def read(file: Path, take: Callable[[str], None], identities: Sequence[pyrage.x25519.Identity]) -> None:
    """Hand on each line of the file; Damaged when a single byte of it is not as it was written, or the key is wrong."""
    into = _Reader(take)
    try:
        with file.open("rb") as source:
            pyrage.decrypt_io(source, into, list(identities))
    except Exception as trouble:  # the library passes on as its own whatever stopped the writing
        if into.trouble is not None and not isinstance(into.trouble, zlib.error | UnicodeDecodeError):
            raise into.trouble from trouble
        if isinstance(trouble, pyrage.DecryptError):
            raise Damaged("The copy is damaged, or it was made for another key.") from trouble
        raise Damaged("The copy cannot be read to its end.") from trouble
    if into.rest or not into.inflate.eof:
        raise Damaged("The copy ends before its end.")
