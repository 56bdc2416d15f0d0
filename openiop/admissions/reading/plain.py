"""Facts as plain JSON values, for keeping, and a digest to know the same referral when it comes again. Pure."""

import hashlib
import json
from dataclasses import fields, is_dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import Enum

from openiop.admissions.reading.dates import PartialDate
from openiop.admissions.reading.facts import Fact, Person, Report
from openiop.admissions.reading.refusal import Place

Plain = dict[str, "Plain"] | list["Plain"] | str | int | bool | None

_LISTS = ("problems", "medications", "allergies", "measures", "covers")


def plain_person(person: Person) -> dict[str, Plain]:
    """Who the person is: names, birth, contacts, identifiers; without the clinical facts."""
    skipped = {*_LISTS, "visits"}
    return {each.name: _plain(getattr(person, each.name)) for each in fields(person) if each.name not in skipped}


def plain_facts(person: Person) -> list[dict[str, Plain]]:
    """Each clinical fact with its `kind` ("problem", "medication", "visits", ...), its own `sort` and its `place`."""
    found = [_fact(fact) for name in _LISTS for fact in getattr(person, name)]
    visits = {each.name: _plain(getattr(person.visits, each.name)) for each in fields(person.visits)}
    return [*found, {"kind": "visits", **visits}]


def plain_report(report: Report) -> dict[str, Plain]:
    """The report, with its sentences."""
    kept = {each.name: _plain(getattr(report, each.name)) for each in fields(report)}
    return {**kept, "used": report.used, "left": report.left, "sentences": list(report.sentences())}


def digest(person: Person) -> str:
    """64 hex digits that stay the same while what is known of the person does, wherever in the file it stands."""
    facts = sorted(json.dumps(_placeless(fact), sort_keys=True) for fact in plain_facts(person))
    whole = json.dumps([_placeless(plain_person(person)), facts], sort_keys=True)
    return hashlib.sha256(whole.encode()).hexdigest()


def _fact(fact: Fact) -> dict[str, Plain]:
    own = {("sort" if each.name == "kind" else each.name): _plain(getattr(fact, each.name)) for each in fields(fact)}
    return {"kind": type(fact).__name__.lower(), **own}


def _plain(value: object) -> Plain:
    if isinstance(value, PartialDate):
        return value.text
    if isinstance(value, Enum):
        return str(value.value)
    if value is None or isinstance(value, str | bool | int):
        return value
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, date | datetime):
        return value.isoformat()
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    if isinstance(value, Place):
        return {"file": value.file, "pointer": value.pointer, "line": value.line}
    if is_dataclass(value):
        return {each.name: _plain(getattr(value, each.name)) for each in fields(value)}
    raise TypeError(type(value).__name__)


def _placeless(value: Plain) -> Plain:
    if isinstance(value, dict):
        return {key: _placeless(item) for key, item in value.items() if key != "place"}
    if isinstance(value, list):
        return [_placeless(item) for item in value]
    return value
