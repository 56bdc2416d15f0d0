"""What of a referral's facts becomes part of the record. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from openiop.participants.rules import why_not_born

DECISIONS = {"same": "The same person", "new": "A new person", "set-aside": "Set aside"}
# A sender's answer to item 9 this fresh asks for a person today (program default, configurable).
FRESH_DAYS = 90
IN_ERROR = "Entered in error: the referral that told of it was taken back from this record."
MOVED = "The referral was taken back from this record."
_FAMILIES = {"substance": "substance", "behavioral-addiction": "behavior", "mental-health": "mental-health"}
_SYSTEMS = {"http://hl7.org/fhir/sid/icd-10-cm": "icd-10-cm", "http://snomed.info/sct": "snomed-ct"}
_ACTIVE = {"active", "recurrence", "relapse", None}
_NOT_SO = {"refuted", "entered-in-error"}
_GENDERS = {"male": "male", "female": "female", "other": "other"}


@dataclass(frozen=True)
class Condition:
    """A condition to stand in the record: addiction or mental health, active at the sender's."""

    system: str
    code: str
    words: str
    family: str
    onset_on: date | None


def day_of(text: str | None) -> date | None:
    """The whole day a FHIR date names, or None where it names less."""
    return date.fromisoformat(text[:10]) if text and len(text) >= 10 else None


def apart(names: Iterable[str]) -> list[str]:
    """The names of files sent together, each once: a second of one name is numbered in front, so its ending stays."""
    kept: list[str] = []
    for name in names:
        other, number = name, 2
        while other in kept:
            other, number = f"({number}) {name}", number + 1
        kept.append(other)
    return kept


def without_files(value: Any) -> Any:
    """The same facts without the sender's file names, which may hold a person's name."""
    if isinstance(value, dict):
        return {key: without_files(inner) for key, inner in value.items() if key != "file"}
    return [without_files(inner) for inner in value] if isinstance(value, list) else value


def fields_of(person: Mapping[str, Any]) -> dict[str, Any]:
    """The particulars of a referred person as the record keeps them."""
    names = [name for name in person["names"] if not name["ended"]] or person["names"]
    legal = next((name for name in names if name["use"] == "official"), names[0])
    usual = next((name for name in names if name["use"] in {"usual", "nickname"}), None)
    home = next((one for one in person["addresses"] if not one["ended"]), None)
    language = (person["language"] or {}).get("code") or "en"
    return {
        "legal_name": _full(legal)[:160],
        "preferred_name": (usual["given"][0] if usual and usual["given"] else "")[:80],
        "birth_on": day_of(person["birth"]),
        "gender": _GENDERS.get(person["gender"] or "", ""),
        "phone": (person["phones"][0]["value"] if person["phones"] else "")[:40],
        "email": (person["emails"][0]["value"] if person["emails"] else "")[:254],
        "address": _line(home)[:200],
        "postal_code": ((home or {}).get("postal_code") or "")[:20],
        "language": language[:20],
    }


def _full(name: Mapping[str, Any]) -> str:
    parts = " ".join([*name["given"], *([name["family"]] if name["family"] else [])])
    return parts or name["text"] or ""


def _line(home: Mapping[str, Any] | None) -> str:
    if home is None:
        return ""
    return ", ".join(part for part in [*home["lines"], home["city"], home["state"]] if part)


def problems_of(facts: Iterable[Mapping[str, Any]]) -> list[Condition]:
    """Active conditions of addiction and mental health; every other one stays on the referral alone."""
    found = []
    for fact in facts:
        if fact["kind"] != "problem" or fact["family"] not in _FAMILIES:
            continue
        if fact["clinical_status"] not in _ACTIVE or fact["verification"] in _NOT_SO or fact["abatement"]:
            continue
        code = fact["code"] or {}
        if not code.get("code"):
            continue
        found.append(
            Condition(
                system=_SYSTEMS.get(code.get("system") or "", "other"),
                code=code["code"][:20],
                words=(fact["text"] or code.get("display") or code["code"])[:240],
                family=_FAMILIES[fact["family"]],
                onset_on=day_of(fact["onset"]),
            )
        )
    return found


def why_not_take_back(*, taken: bool, words: str) -> list[str]:
    """Every reason a referral may not be taken back from a record."""
    reasons = [] if taken else ["This referral stands on no record."]
    if not words.strip():
        reasons.append("Say why it is taken back.")
    return reasons


def why_held(*, deceased: bool, born_on: date | None, today: date) -> list[str]:
    """What of the person's own particulars asks for someone to look, whoever they are."""
    reasons = ["The sender says this person has died."] if deceased else []
    return reasons + why_not_born(born_on, today)


def said_of(*, new: int, known: int, waiting: int) -> str:
    """What was done with the files sent, in sentences."""
    said = [f"{new} {'person was' if new == 1 else 'people were'} brought in."]
    if waiting:
        said.append(f"{waiting} {'waits' if waiting == 1 else 'wait'} for a decision.")
    if known:
        said.append(f"{known} came in before: nothing changed.")
    return " ".join(said)


def item_9(facts: Iterable[Mapping[str, Any]]) -> tuple[int | None, date | None]:
    """The latest PHQ-9 item 9 the sender had, with its day; None where there is none."""
    answers = [
        (day_of(fact["taken"]), fact["score"])
        for fact in facts
        if fact["kind"] == "measure" and fact["instrument"] == "phq-9-item-9" and fact["score"] is not None
    ]
    dated = sorted(((on, score) for on, score in answers if on is not None), reverse=True)
    return (dated[0][1], dated[0][0]) if dated else (None, None)


def danger(facts: Iterable[Mapping[str, Any]], today: date) -> str:
    """The level of the alert a fresh answer above zero asks for; "" where there is none."""
    value, on = item_9(facts)
    if not value or on is None or on < today - timedelta(days=FRESH_DAYS):
        return ""
    return "urgent" if value >= 2 else "high"


def by_kind(facts: Iterable[Mapping[str, Any]]) -> dict[str, list[Mapping[str, Any]]]:
    """The sender's facts in the order a reader asks: conditions that matter here first, then the rest."""
    found: dict[str, list[Mapping[str, Any]]] = {}
    for fact in facts:
        found.setdefault(fact["kind"], []).append(fact)
    for problem in [found.get("problem", [])]:
        problem.sort(key=lambda fact: (fact["family"] not in _FAMILIES, bool(fact["abatement"]), fact["text"]))
    found.get("measure", []).sort(key=lambda fact: fact["taken"] or "", reverse=True)
    return found
