"""Levels of care, problem families, and what may follow what. Pure."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum


class Level(StrEnum):
    """Levels of care by their number (ASAM names are trademarks; only the numbers are used)."""

    L1 = "1"
    L15 = "1.5"
    L21 = "2.1"
    L25 = "2.5"
    L31 = "3.1"
    L35 = "3.5"
    L37 = "3.7"
    L4 = "4"


LEVEL_WORDS = {
    Level.L1: "Outpatient",
    Level.L15: "Outpatient therapy",
    Level.L21: "Intensive outpatient",
    Level.L25: "High-intensity outpatient (partial hospitalization)",
    Level.L31: "Low-intensity residential",
    Level.L35: "High-intensity residential",
    Level.L37: "Medically monitored residential",
    Level.L4: "Inpatient or emergency",
}
OFFERED = (Level.L15, Level.L21, Level.L25)


class Family(StrEnum):
    """The two halves of one plan, and the rest."""

    SUBSTANCE = "substance"
    BEHAVIOR = "behavior"
    MENTAL_HEALTH = "mental-health"
    OTHER = "other"


ADDICTION = frozenset({Family.SUBSTANCE, Family.BEHAVIOR})

# TEDS-D REASON codes (SAMHSA, public-use label file).
TEDS_REASONS = {
    "1": "Finished treatment",
    "2": "Left early, in touch or not",
    "3": "Ended by the program",
    "4": "Moved to another program",
    "5": "Incarcerated",
    "6": "Died",
    "7": "Other",
}


def family_of(code: str) -> Family:
    """The problem family of an ICD-10-CM code: F1x substances, F63 behavior, other F mental health."""
    code = code.upper()
    if code.startswith("F1"):
        return Family.SUBSTANCE
    if code.startswith("F63"):
        return Family.BEHAVIOR
    return Family.MENTAL_HEALTH if code.startswith("F") else Family.OTHER


# The oldest age on record anywhere is 122 years (program default).
OLDEST = 120


def why_not_born(born_on: date | None, today: date) -> list[str]:
    """Every reason this cannot be the birth date of someone who asks for care now."""
    if born_on is None:
        return []
    if born_on > today:
        return ["The birth date lies ahead. Look at it again."]
    if today.year - born_on.year > OLDEST:
        return [f"The birth date is more than {OLDEST} years ago. Look at it again."]
    return []


def why_not_phone(phone: str) -> list[str]:
    """Why this is no number to call: fewer than seven digits, or words in it; nothing at all is no number yet."""
    words = re.sub(r"(?i)\b(ext|x)\b\.?", "", re.sub(r"(?i)(?<=\d)\s*(ext\.?|x)\s*(?=\d)", " ", phone))
    if phone.strip() and (sum(letter.isdigit() for letter in phone) < 7 or any(one.isalpha() for one in words)):
        return ["Write a phone number, such as 614-555-0134. Other words go with what they said."]
    return []


def why_not_admit(*, open_episode: bool, review_on: date | None, starts_on: date, level: str) -> list[str]:
    """Every reason an episode may not be opened."""
    reasons = []
    if open_episode:
        reasons.append("This person is already in care.")
    if review_on is None:
        reasons.append("Set the date of the first review.")
    elif review_on <= starts_on:
        reasons.append("The first review must come after the start.")
    if level not in OFFERED:
        reasons.append("This program does not offer that level of care.")
    return reasons


def why_not_correct_first_day(
    *, ended: bool, levels: int, was: date, starts_on: date, review_on: date, words: str
) -> list[str]:
    """Every reason the first day of a stay may not be corrected; what happened in the stay is for the caller to ask."""
    reasons = ["This episode has ended."] if ended else []
    if levels > 1:
        reasons.append("The level of care changed since. The first day stands.")
    if starts_on == was:
        reasons.append("That is the first day already.")
    if not starts_on < review_on <= starts_on + timedelta(days=90):
        reasons.append("The first review comes after the first day, within 90 days.")
    if not words.strip():
        reasons.append("Say what was wrong with the first day.")
    return reasons


def why_not_change_level(*, ended: bool, now: str, to: str, from_on: date, since: date) -> list[str]:
    """Every reason the level of care may not change so."""
    reasons = []
    if ended:
        reasons.append("This episode has ended.")
    if now == to:
        reasons.append("This is the level they are in already.")
    if to not in OFFERED:
        reasons.append("This program does not offer that level of care.")
    if from_on < since:
        reasons.append("The new level cannot start before the present one did.")
    return reasons


def week_number(started_on: date, day: date) -> int:
    """The week of the stay the day lies in, counted from 1."""
    return max(1, (day - started_on).days // 7 + 1)


# The shape of an ICD-10-CM code: 3 to 7 characters, a point after the third (Official Guidelines, section I.A).
CODE = re.compile(r"[A-Z][0-9][0-9AB](\.[0-9A-Z]{1,4})?")


def why_not_diagnosis(*, code: str, words: str, on: date, onset_on: date | None = None) -> list[str]:
    """Every reason this may not stand as a diagnosis."""
    reasons = []
    if not CODE.fullmatch(code):
        reasons.append("Write the code as ICD-10-CM has it, such as F32.1.")
    if not words.strip():
        reasons.append("Write the condition in words.")
    if onset_on is not None and onset_on > on:
        reasons.append("It cannot begin after today.")
    return reasons


def why_not_end_diagnosis(*, ended: bool, reason: str, on: date, today: date, onset_on: date | None) -> list[str]:
    """Every reason this diagnosis may not end so."""
    reasons = ["This diagnosis has ended already."] if ended else []
    if not reason.strip():
        reasons.append("Say why it ends.")
    if on > today:
        reasons.append("It cannot end after today.")
    if onset_on is not None and on < onset_on:
        reasons.append("It cannot end before it began.")
    return reasons


@dataclass(frozen=True)
class Side:
    """One of two records that may be read together, as far as it matters for that."""

    program_id: str
    number: int
    absorbed: bool  # already read with another record
    absorbs: bool  # another record is already read with it
    in_care: bool
    signs_in: bool


MERGED_AWAY = "This record is read with another one. Write in that one."


def why_not_merge(*, kept: Side, absorbed: Side, conflicts: Iterable[str], reason: str) -> list[str]:
    """Every reason these two records may not be read together, the second under the first.

    `conflicts` names consents in force on both that say different things: neither ever covers what the other record
    holds (42 CFR 2.31(a)), and which one the person means is theirs to say.
    """
    if kept.program_id != absorbed.program_id:
        return ["They are records of two programs."]
    if kept.number == absorbed.number:
        return ["Choose two records."]
    reasons = []
    if kept.absorbed or absorbed.absorbed:
        reasons.append("One of them is read with another record already.")
    if absorbed.absorbs:
        reasons.append(f"Another record is read with record {absorbed.number}. Keep that one, or part them first.")
    if kept.in_care and absorbed.in_care:
        reasons.append("Both have an open stay. End the one opened by mistake first.")
    elif absorbed.in_care:
        reasons.append(f"Record {absorbed.number} has the open stay. Keep that one.")
    if kept.signs_in and absorbed.signs_in:
        reasons.append("Each has a sign-in of its own. They may be two people.")
    elif absorbed.signs_in:
        reasons.append(f"The person signs in to record {absorbed.number}. Keep that one.")
    reasons += [f"Two consents in force differ: {words}. End one, or have a new one signed." for words in conflicts]
    return reasons if reason.strip() else [*reasons, "Say why they are one person."]


def why_not_part(*, undone: bool, reason: str) -> list[str]:
    """Every reason two records may not be parted again."""
    if undone:
        return ["They were parted already."]
    return [] if reason.strip() else ["Say why they are two people."]


def called(legal_name: str, preferred_name: str) -> str:
    """The name someone goes by: the preferred first name with the family name, else the legal name."""
    if not preferred_name:
        return legal_name
    return f"{preferred_name} {legal_name.split()[-1]}" if " " in legal_name else preferred_name
