"""A FHIR object with its place: every read checks the shape, and refuses with the pointer. Pure."""

import re
from collections.abc import Collection
from decimal import Decimal
from typing import cast

from openiop.admissions.reading.dates import PartialDate, partial_date
from openiop.admissions.reading.facts import Code
from openiop.admissions.reading.refusal import Limits, Place, Unreadable
from openiop.admissions.reading.unpacking import Json

_ID = re.compile(r"[A-Za-z0-9\-.]{1,64}")


class Node:
    """One JSON object of a FHIR document."""

    __slots__ = ("limits", "members", "place")

    def __init__(self, place: Place, value: Json, limits: Limits) -> None:
        if not isinstance(value, dict):
            raise Unreadable(place, "There should be an object here.")
        self.place, self.members, self.limits = place, value, limits

    def has(self, key: str) -> bool:
        """Whether the element is present at all."""
        return key in self.members

    def refuse(self, key: str, sentence: str) -> Unreadable:
        """A refusal that points at this element."""
        return Unreadable(self.place / key, sentence)

    def text(self, key: str) -> str | None:
        """The text, its spacing tidied; None where it is absent or blank."""
        return self._text(self.place / key, self.members[key]) if key in self.members else None

    def texts(self, key: str) -> tuple[str, ...]:
        """Every text of a list; nulls (a missing value with extensions) are passed over."""
        found = [self._text(place, value) for place, value in self._list(key) if value is not None]
        return tuple(text for text in found if text)

    def code(self, key: str, allowed: Collection[str]) -> str | None:
        """A code of a required value set, or None where absent."""
        text = self.text(key)
        if text is not None and text not in allowed:
            raise self.refuse(key, "This code is not one FHIR R4 allows here.")
        return text

    def id(self) -> str | None:
        """The resource id, or None where absent."""
        if "id" not in self.members:
            return None
        value = self.members["id"]
        if not isinstance(value, str) or not _ID.fullmatch(value):
            raise self.refuse("id", "This is not a valid FHIR id (letters, digits, - and . up to 64).")
        return value

    def flag(self, key: str) -> bool | None:
        """True or false, or None where absent."""
        value = self.members.get(key)
        if key in self.members and not isinstance(value, bool):
            raise self.refuse(key, "There should be true or false here.")
        return cast("bool | None", value)

    def number(self, key: str) -> Decimal | None:
        """The number exactly as sent, or None where absent."""
        if key not in self.members:
            return None
        value = self.members[key]
        if isinstance(value, bool) or not isinstance(value, int | Decimal):
            raise self.refuse(key, "There should be a number here.")
        return Decimal(value)

    def day(self, key: str) -> PartialDate | None:
        """A date without a time of day, or None where absent."""
        return self._when(key, clock=False)

    def moment(self, key: str) -> PartialDate | None:
        """A date, perhaps with a time of day, or None where absent."""
        return self._when(key, clock=True)

    def child(self, key: str) -> "Node | None":
        """The object here, or None where absent."""
        return Node(self.place / key, self.members[key], self.limits) if key in self.members else None

    def children(self, key: str) -> tuple["Node", ...]:
        """Every object of a list; empty where absent."""
        return tuple(Node(place, value, self.limits) for place, value in self._list(key))

    def concept(self, key: str) -> "Concept":
        """The CodeableConcept here; an empty one where absent."""
        node = self.child(key)
        return concept(node) if node else Concept((), None)

    def status(self, key: str, allowed: Collection[str]) -> str | None:
        """The code of a CodeableConcept bound to a required value set, or None where absent."""
        node = self.child(key)
        if node is None:
            return None
        found = [coding.text("code") for coding in node.children("coding")]
        known = [code for code in found if code in allowed]
        if any(found) and not known:
            raise Unreadable(node.place / "coding", "This status is not one FHIR R4 allows here.")
        return known[0] if known else None

    def _text(self, place: Place, value: Json) -> str | None:
        if not isinstance(value, str):
            raise Unreadable(place, "There should be text here.")
        if len(value) > self.limits.text:
            raise Unreadable(place, f"This text is longer than {self.limits.text:,} characters.")
        return " ".join(value.split()) or None

    def _list(self, key: str) -> list[tuple[Place, Json]]:
        if key not in self.members:
            return []
        value = self.members[key]
        if not isinstance(value, list):
            raise self.refuse(key, "There should be a list here.")
        return [(self.place / key / index, item) for index, item in enumerate(value)]

    def _when(self, key: str, *, clock: bool) -> PartialDate | None:
        text = self.text(key)
        if text is None:
            return None
        found = partial_date(text, clock=clock)
        if found is None:
            also = ", or with a time and its offset" if clock else ""
            raise self.refuse(key, f"This is not a date FHIR knows: YYYY, YYYY-MM or YYYY-MM-DD{also}.")
        return found


class Concept:
    """A CodeableConcept: codings in order, and the text to show."""

    __slots__ = ("codes", "own_text")

    def __init__(self, codes: tuple[Code, ...], own_text: str | None) -> None:
        self.codes, self.own_text = codes, own_text

    @property
    def text(self) -> str | None:
        """The sender's text, else the first display, else the first code."""
        displays = [code.display for code in self.codes if code.display]
        codes = [code.code for code in self.codes if code.code]
        return self.own_text or next(iter(displays + codes), None)

    def first(self, systems: Collection[str]) -> Code | None:
        """The first coding of one of these systems."""
        return next((code for code in self.codes if code.system in systems and code.code), None)


def coding(node: Node) -> Code | None:
    """One Coding, or None where it is empty."""
    found = Code(node.text("system"), node.text("code"), node.text("display"))
    return found if found.code or found.display else None


def concept(node: Node) -> Concept:
    """One CodeableConcept."""
    codes = tuple(code for code in map(coding, node.children("coding")) if code)
    return Concept(codes, node.text("text"))
