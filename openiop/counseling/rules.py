"""What a SUD counseling note is, who writes it, and how its words are sealed. Pure."""

import hashlib
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

# 42 CFR 2.11: what such a note documents, and what it never holds; that stands in the record, where others need it.
BELONGS = "What was said in a conversation, alone, in a group or with family, and what you make of it."
ELSEWHERE = (
    "medication and its monitoring",
    "when a session began and ended",
    "which kind of care was given, and how often",
    "results of tests",
    "any summary of diagnosis, functioning, plan, symptoms, prognosis or progress",
)
NONCE = 12  # bytes


def _key(secret: bytes) -> bytes:
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=b"openiop counseling notes").derive(secret)


def key_id(secret: bytes) -> str:
    """A short name of the key, which says nothing about it."""
    return hashlib.sha256(b"openiop key id" + _key(secret)).hexdigest()[:8]


def seal(words: str, *, about: str, secret: bytes, nonce: bytes) -> str:
    """The words as they are kept: readable with the key alone, and only as the note they were sealed for."""
    return urlsafe_b64encode(nonce + AESGCM(_key(secret)).encrypt(nonce, words.encode(), about.encode())).decode()


class NotOurs(Exception):
    """Sealed words that no key at hand opens, or that were changed or moved to another note."""


def unseal(sealed: str, *, about: str, secrets: Sequence[bytes]) -> str:
    """The words again, by whichever of the keys sealed them: the newest first, then those it took over from."""
    kept = urlsafe_b64decode(sealed)
    for secret in secrets:
        try:
            return AESGCM(_key(secret)).decrypt(kept[:NONCE], kept[NONCE:], about.encode()).decode()
        except InvalidTag:
            continue
    raise NotOurs


def why_not_write(*, words: str, signed: bool, author: bool) -> list[str]:
    """Every reason these words may not be kept as this note."""
    reasons = []
    if not author:
        reasons.append("Only the one who wrote a counseling note changes it.")
    if signed:
        reasons.append("This note is signed. What comes to mind later is a note of its own.")
    if not words.strip():
        reasons.append("Write something first.")
    return reasons


def why_not_sign(*, signed: bool, author: bool) -> list[str]:
    """Every reason this note may not be signed."""
    reasons = []
    if not author:
        reasons.append("Only the one who wrote a counseling note signs it.")
    if signed:
        reasons.append("This note is signed already.")
    return reasons
