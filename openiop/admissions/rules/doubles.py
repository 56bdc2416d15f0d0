"""Which records of one program may be the same person, found without comparing each with every other. Pure."""

from collections import defaultdict
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

from openiop.admissions.reading.likeness import Known, Likeness, Verdict, compare, letters, phone_number

MOST = 60  # records that share one sign; more say nothing of a person (a shared phone of a shelter, a common name)


@dataclass(frozen=True)
class Record:
    """A record as it may be told of: as it reads now, and as each referral joined to it told; its email."""

    key: Hashable
    sides: tuple[Known, ...]
    email: str = ""


@dataclass(frozen=True)
class Pair:
    """Two records that may be one person, the reasons, and how much agrees."""

    one: Hashable
    other: Hashable
    reasons: tuple[str, ...]
    weight: int
    sure: bool


SAME_EMAIL = "The email address is the same."


def alike(one: Record, other: Record) -> Likeness:
    """How alike two records are, by whatever was ever told of them; the same email counts as a phone does."""
    found = max(
        (compare(mine, theirs) for mine in one.sides for theirs in other.sides),
        key=lambda side: (side.verdict is Verdict.SAME, side.verdict is Verdict.LIKELY, side.weight),
    )
    if not one.email or one.email.casefold() != other.email.casefold():
        return found
    verdict = found.verdict if found.verdict is not Verdict.DIFFERENT else Verdict.LIKELY
    return Likeness(verdict, (*found.reasons, SAME_EMAIL), found.weight + 2)


def _signs(record: Record) -> set[tuple[str, str]]:
    """What two records of one person are likely to share at least one of."""
    found = {("email", record.email.casefold())} if record.email else set()
    for side in record.sides:
        family, given = letters(side.family), letters(side.given)
        found |= {("born", side.born_on.isoformat())} if side.born_on else set()
        found |= {("phone", number) for number in map(phone_number, side.phones) if number}
        found |= {("number", f"{system}|{value}") for system, value in side.identifiers}
        found |= {("name", f"{family[:4]}|{given[:1]}"), ("name", f"{given[:4]}|{family[:1]}")} if family else set()
    return found


def doubles(records: Sequence[Record], apart: Iterable[tuple[Hashable, Hashable]]) -> list[Pair]:
    """Pairs that may be one person, the most alike first; those already known to be two people are left out."""
    by_sign: Mapping[tuple[str, str], list[int]] = defaultdict(list)
    for place, record in enumerate(records):
        for sign in _signs(record):
            by_sign[sign].append(place)
    pairs = {pair for places in by_sign.values() if len(places) <= MOST for pair in combinations(sorted(places), 2)}
    two_people = {frozenset(pair) for pair in apart}
    found = []
    for first, second in sorted(pairs):
        one, other = records[first], records[second]
        if frozenset((one.key, other.key)) in two_people:
            continue
        like = alike(one, other)
        if like.verdict is not Verdict.DIFFERENT:
            found.append(Pair(one.key, other.key, like.reasons, like.weight, like.verdict is Verdict.SAME))
    return sorted(found, key=lambda pair: (not pair.sure, -pair.weight))
