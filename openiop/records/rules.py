"""The shape of what goes out: sections of a packet, a set of figures, and their files. Pure."""

import csv
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from io import StringIO
from typing import Any

from openiop.consents.rules import KIND_WORDS, Kind
from openiop.disclosures.rules.figures import SMALL, suppressed, total_shown
from openiop.disclosures.rules.release import RECEIVERS, TPO, UNTOLD, Receiver, Use

# What can be put into a packet, in the order it stands there. Alerts are work of the house.
RELEASABLE = (
    Kind.CONTACT,
    Kind.DIAGNOSES,
    Kind.PLACEMENT,
    Kind.PLAN,
    Kind.ATTENDANCE,
    Kind.SCHEDULE,
    Kind.NOTES,
    Kind.MEASURES,
    Kind.CHECKINS,
    Kind.CONSENTS,
    Kind.REFERRAL,
)
OWN_COPY = (*RELEASABLE, Kind.ACCESS_LOG)

# How much of the contact details serves the receiver (45 CFR 164.502(b)); anyone not named here gets the name alone.
_ALL = ("legal_name", "birth_on", "phone", "email", "address", "postal_code", "pronouns", "language")
CONTACT: Mapping[str, tuple[str, ...]] = {
    Receiver.SELF: _ALL,
    Receiver.PROVIDER: ("legal_name", "birth_on", "phone", "address"),
    Receiver.HEALTH_PLAN: ("legal_name", "birth_on"),
    Receiver.AUTHORITY: ("legal_name", "birth_on", "phone", "address"),
    Receiver.COURT: ("legal_name", "birth_on"),
}
CONTACT_WORDS = {
    "legal_name": "Name",
    "birth_on": "Date of birth",
    "phone": "Phone",
    "email": "Email",
    "address": "Address",
    "postal_code": "ZIP code",
    "pronouns": "Pronouns",
    "language": "Language",
}


def contact_fields(receiver: str) -> tuple[str, ...]:
    """Which contact details this receiver gets."""
    return CONTACT.get(receiver, ("legal_name",))


def is_told(receiver: str) -> bool:
    """Whether titles of sessions, and other words that tell what this place is, may stand in the packet."""
    return receiver not in UNTOLD


@dataclass(frozen=True)
class Section:
    """One part of a packet: a table with its heads."""

    kind: str
    title: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


def content_of(sections: Iterable[Section]) -> dict[str, Any]:
    """The sections as they are kept and sent."""
    return {
        "sections": [
            {"kind": one.kind, "title": one.title, "head": list(one.head), "rows": [list(row) for row in one.rows]}
            for one in sections
        ]
    }


def file_of(facts: Mapping[str, str], content: Mapping[str, Any]) -> dict[str, Any]:
    """A packet as a file: the notice and the scope stand in it, before what they are about."""
    return {name: words for name, words in facts.items() if words} | dict(content)


def described(kinds: Sequence[str], first: date | None, last: date | None) -> str:
    """What went out, in a line: the kinds and the days."""
    words = ", ".join(KIND_WORDS[Kind(kind)] for kind in kinds)
    days = " ".join(
        part
        for part in (f"from {first.isoformat()}" if first else "", f"until {last.isoformat()}" if last else "")
        if part
    )
    return f"{words[:1].upper()}{words[1:]}{f', {days}' if days else ''}"


def uses_for(variant: str) -> tuple[Use, ...]:
    """What a consent of this form can be for."""
    if variant == TPO:
        return (Use.TREATMENT, Use.CLAIM, Use.REVIEW, Use.OPERATIONS)
    if variant == "payer_only":
        return (Use.CLAIM, Use.REVIEW)
    if variant == "legal_proceedings":
        return (Use.PROCEEDINGS,)
    if variant == "research":
        return (Use.RESEARCH,)
    return (Use.AT_REQUEST, Use.SUPPORT, Use.TREATMENT)


def receivers_for(variant: str) -> tuple[Receiver, ...]:
    """Whom a consent of this form can reach, in a steady order."""
    return tuple(one for one in Receiver if one in RECEIVERS.get(variant, frozenset()))


def why_not_days(first: date | None, last: date | None) -> list[str]:
    """Why these are no days from and until."""
    return ["The last day comes before the first."] if first and last and last < first else []


# --- figures ----------------------------------------------------------------------------------------------------------

COLUMNS = (
    "year_admitted",
    "year_ended",
    "age",
    "zip3",
    "gender",
    "level",
    "conditions",
    "sessions_attended",
    "hours_attended",
    "phq9_first",
    "phq9_last",
    "end_reason",
)
GENDERS = frozenset({"female", "male", "other", "unknown"})  # codes of the referral; what was typed stays out
HIDDEN_WORDS = "hidden"


def counted(tables: Mapping[str, Mapping[str, int]], small: int = SMALL) -> list[list[str]]:
    """Rows of (table, group, people) with small cells hidden, and as many more that none can be reckoned back."""
    rows = []
    for name, cells in tables.items():
        for group, count in suppressed(cells, small).items():
            rows.append([name, group, HIDDEN_WORDS if count is None else str(count)])
        total = total_shown(cells, small)
        rows.append([name, "all", HIDDEN_WORDS if total is None else str(total)])
    return rows


def conditions_class(families: Iterable[str]) -> str:
    """Which of four classes someone's conditions fall in; each person counts once."""
    found = set(families)
    addiction, mental = bool(found & {"substance", "behavior"}), "mental-health" in found
    if addiction and mental:
        return "both"
    if addiction:
        return "addiction alone"
    return "mental health alone" if mental else "neither recorded"


def csv_of(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A comma-separated file; a cell that a spreadsheet would reckon with is kept as text."""
    out = StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(columns)
    for row in rows:
        writer.writerow([f"'{cell}" if cell[:1] in {"=", "+", "-", "@"} else cell for cell in row])
    return out.getvalue()
