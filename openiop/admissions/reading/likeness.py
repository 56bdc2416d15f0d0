"""Are these two records the same person? Pure: two sets of plain facts in, a verdict and its reasons out.

"same" is said only when nothing speaks against it; "likely" is for a person to decide. A record number shared with the
sender is no proof by itself: numbers are mistyped and used again, so name and birth date must be the same as well. A
missed double splits a chart and a wrong join shows one person another's record, while a question costs a minute;
whatever is alike is therefore asked (a program default): the same name unless the birth dates differ altogether, a
name one letter away, the same phone where the birth date does not speak against it, the same birth date with part of
the name.
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from openiop.admissions.reading.facts import Person


class Verdict(StrEnum):
    """What two records are to each other."""

    SAME = "same"
    LIKELY = "likely"
    DIFFERENT = "different"


@dataclass(frozen=True, slots=True, repr=False)
class Known:
    """What is compared of one person. Build it from a `Person` with `known`, or from a participant's own fields."""

    family: str = ""
    given: str = ""
    born_on: date | None = None
    postal_code: str = ""
    phones: frozenset[str] = frozenset()
    identifiers: frozenset[tuple[str, str]] = frozenset()
    other_families: frozenset[str] = frozenset()
    other_givens: frozenset[str] = frozenset()

    def __repr__(self) -> str:
        return "<Known>"


@dataclass(frozen=True, slots=True)
class Likeness:
    """The verdict and why, as sentences that hold no one's data."""

    verdict: Verdict
    reasons: tuple[str, ...]
    weight: int = 0  # how much agrees, to show the most alike first; it decides nothing


def known(person: Person) -> Known:
    """What to compare of a person read from a referral, every name they have had included."""
    legal = person.legal_name
    return Known(
        family=legal.family or legal.text or "",
        given=legal.given[0] if legal.given else "",
        born_on=person.born_on,
        postal_code=(person.home.postal_code if person.home else None) or "",
        phones=frozenset(phone.value for phone in person.phones),
        identifiers=frozenset(
            [(item.system, item.value) for item in person.identifiers if item.system]
            + ([(person.source_system, person.source_id)] if person.source_system != "unknown" else [])
        ),
        other_families=frozenset(name.family for name in person.names if name.family and name is not legal),
        other_givens=frozenset(name.given[0] for name in person.names if name.given and name is not legal),
    )


def known_by(
    legal_name: str, *, preferred_name: str = "", born_on: date | None = None, postal_code: str = "", phone: str = ""
) -> Known:
    """What to compare of a person whose names stand in one line: any tail may be the family name, any word a given."""
    words = legal_name.split()
    return Known(
        family=words[-1] if len(words) > 1 else "",
        given=words[0] if words else "",
        born_on=born_on,
        postal_code=postal_code,
        phones=frozenset({phone} if phone else ()),
        other_families=frozenset(" ".join(words[n:]) for n in range(1, len(words) - 1)),
        other_givens=frozenset([*words[1:-1], *preferred_name.split()[:1]]),
    )


def known_from(kept: Mapping[str, Any]) -> Known:
    """What to compare of a person as an earlier referral told of them: its `person`, as `plain_person` keeps it."""
    names = [name for name in kept["names"] if not name["ended"]] or kept["names"]
    legal = next((name for name in names if name["use"] == "official"), names[0])
    birth = kept["birth"] or ""
    homes = [one for one in kept["addresses"] if not one["ended"]]
    return Known(
        family=legal["family"] or legal["text"] or "",
        given=legal["given"][0] if legal["given"] else "",
        born_on=date.fromisoformat(birth[:10]) if len(birth) >= 10 else None,
        postal_code=(homes[0]["postal_code"] if homes else None) or "",
        phones=frozenset(phone["value"] for phone in kept["phones"]),
        identifiers=frozenset(
            [(item["system"], item["value"]) for item in kept["identifiers"] if item["system"]]
            + ([(kept["source_system"], kept["source_id"])] if kept["source_system"] != "unknown" else [])
        ),
        other_families=frozenset(name["family"] for name in kept["names"] if name["family"] and name is not legal),
        other_givens=frozenset(name["given"][0] for name in kept["names"] if name["given"] and name is not legal),
    )


def compare(one: Known, other: Known) -> Likeness:
    """How alike two records are. Symmetric; a stronger verdict never comes from less agreement."""
    name, name_reason = _name(one, other)
    birth, birth_reason = _birth(one.born_on, other.born_on)
    shared = _shared_identifier(one, other)
    phone = bool(_phones(one.phones) & _phones(other.phones))
    postal = bool(postal_code(one.postal_code)) and postal_code(one.postal_code) == postal_code(other.postal_code)
    reasons = tuple(
        reason
        for reason in (
            "They share a record number from the same source." if shared else "",
            name_reason,
            birth_reason,
            "The phone number is the same." if phone else "",
            "The postal code is the same." if postal else "",
        )
        if reason
    )
    weight = birth + name + (2 if phone else 0) + (1 if postal else 0) + (2 if shared else 0)
    sure = (shared or (phone and postal and not _two_records(one, other))) and birth == _EXACT and name == _EXACT
    alike = (
        shared
        or (name == _EXACT and (birth >= 0 or phone))
        or (name == _NEAR and birth >= 0)
        or (name == _PART and (birth == _EXACT or (birth == _NEAR and (phone or postal))))
        or (phone and birth >= 0)
    )
    return Likeness(Verdict.SAME if sure else Verdict.LIKELY if alike else Verdict.DIFFERENT, reasons, weight)


# How far names or birth dates agree; 0 is unknown. An agreeing phone or number weighs 2, a postal code 1.
_EXACT, _NEAR, _PART, _AGAINST = 3, 2, 1, -3


def letters(text: str) -> str:
    """A name as it is compared: letters only, without accents, case, spacing or digits."""
    spread = unicodedata.normalize("NFKD", text.casefold())
    return "".join(letter for letter in spread if letter.isalpha())


def phone_number(text: str) -> str:
    """A phone number as it is compared: ten or so digits, without country code 1 or extension; "" if unusable."""
    digits = re.sub(r"[^0-9]", "", re.split(r"(?i)x|ext", text)[0])
    digits = digits[1:] if len(digits) == 11 and digits.startswith("1") else digits
    return digits if len(digits) >= 7 and len(set(digits)) > 1 else ""


def postal_code(text: str) -> str:
    """A postal code as it is compared: the first five digits of a US one, else its letters and digits."""
    bare = re.sub(r"[^0-9A-Z]", "", text.upper())
    return bare[:5] if re.fullmatch(r"[0-9]{9}", bare) else bare


def _phones(numbers: Iterable[str]) -> set[str]:
    return {number for number in map(phone_number, numbers) if number}


def _shared_identifier(one: Known, other: Known) -> bool:
    return bool(one.identifiers & other.identifiers)


def _two_records(one: Known, other: Known) -> bool:
    """Whether one source keeps them under different numbers."""
    return any(
        system == other_system and value != other_value
        for system, value in one.identifiers
        for other_system, other_value in other.identifiers
    )


def _name(one: Known, other: Known) -> tuple[int, str]:
    """How far given and family name agree, in points, and the sentence for it."""
    families, other_families = _forms(one.family, one.other_families), _forms(other.family, other.other_families)
    givens, other_givens = _forms(one.given, one.other_givens), _forms(other.given, other.other_givens)
    if families & other_families and givens & other_givens:
        return _EXACT, "The name is the same."
    if families & other_givens and givens & other_families:
        return _EXACT, "The name is the same with given and family name exchanged."
    whole, other_whole = letters(one.given + one.family), letters(other.given + other.family)
    if whole and whole == other_whole:
        return _EXACT, "The name is the same."
    if _close_any(families, other_families) and (_close_any(givens, other_givens) or _short_any(givens, other_givens)):
        return _NEAR, "The name differs by a letter or so."
    if families & other_families:
        return _PART, "The family name is the same."
    if givens & other_givens:
        return _PART, "The given name is the same."
    return 0, ""


def _forms(first: str, more: frozenset[str]) -> set[str]:
    return {form for form in map(letters, {first, *more}) if form}


def _close_any(some: set[str], others: set[str]) -> bool:
    return any(_close(one, other) for one in some for other in others)


def _short_any(some: set[str], others: set[str]) -> bool:
    """Whether a given name is the beginning of the other, as Alex of Alexander; three letters at least."""
    pairs = ((one, other) for one in some for other in others if min(len(one), len(other)) >= 3)
    return any(one.startswith(other) or other.startswith(one) for one, other in pairs)


def _close(one: str, other: str) -> bool:
    """Equal, or one letter changed, added, left out or two neighbors exchanged, in names of four letters or more."""
    if one == other:
        return True
    short, long = sorted((one, other), key=len)
    if len(short) < 4 or len(long) - len(short) > 1:
        return False
    start = next((i for i, (a, b) in enumerate(zip(short, long, strict=False)) if a != b), len(short))
    if len(short) < len(long):
        return short[start:] == long[start + 1 :]
    rest, other_rest = short[start:], long[start:]
    return rest[1:] == other_rest[1:] or (rest[:2] == other_rest[1::-1] and rest[2:] == other_rest[2:])


def _birth(one: date | None, other: date | None) -> tuple[int, str]:
    """How far the birth dates agree, in points, and the sentence for it; 0 where one is unknown."""
    if one is None or other is None:
        return 0, ""
    if one == other:
        return _EXACT, "The birth date is the same."
    exchanged = one.year == other.year and (one.month, one.day) == (other.day, other.month)
    agreeing = (one.year == other.year) + (one.month == other.month) + (one.day == other.day)
    if exchanged or agreeing == 2:
        return _NEAR, "The birth date differs in the day, the month or the year alone, or has day and month exchanged."
    return _AGAINST, "The birth date is another."
