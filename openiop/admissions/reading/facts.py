"""What a referral says, as plain frozen facts, each with the place it was read from. Pure.

Representations show the place only, so that no person's name or diagnosis reaches a log.
"""

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from openiop.admissions.reading.dates import PartialDate
from openiop.admissions.reading.families import Family
from openiop.admissions.reading.refusal import Place


@dataclass(frozen=True, slots=True, repr=False)
class Fact:
    """Anything read from a file."""

    place: Place

    def __repr__(self) -> str:
        return f"<{type(self).__name__} at {self.place.pointer or '/'}>"


@dataclass(frozen=True, slots=True)
class Code:
    """One coding: system URI, code and display, as sent; any of them may be missing, never all."""

    system: str | None
    code: str | None
    display: str | None


@dataclass(frozen=True, slots=True, repr=False)
class Identifier(Fact):
    """A number the sender knows the person by. Never a social security, passport or driver's license number."""

    system: str | None
    value: str
    kind: str | None  # HL7 v2-0203, e.g. "MR" medical record number


@dataclass(frozen=True, slots=True, repr=False)
class Name(Fact):
    """One name, its parts verbatim but for spacing. `use` is official, usual, maiden, old, ..."""

    use: str | None
    family: str | None
    given: tuple[str, ...]
    prefix: tuple[str, ...]
    suffix: tuple[str, ...]
    text: str | None
    ended: bool

    @property
    def full(self) -> str:
        """Given and family name, or the text where no parts were sent."""
        parts = " ".join((*self.given, *([self.family] if self.family else [])))
        return parts or self.text or ""


@dataclass(frozen=True, slots=True, repr=False)
class Address(Fact):
    """One postal address."""

    use: str | None
    lines: tuple[str, ...]
    city: str | None
    state: str | None
    postal_code: str | None
    country: str | None
    ended: bool


@dataclass(frozen=True, slots=True, repr=False)
class Contact(Fact):
    """One phone number or email address still in use."""

    value: str
    use: str | None


@dataclass(frozen=True, slots=True, repr=False)
class Problem(Fact):
    """One Condition. `code` is the code to show: ICD-10-CM before SNOMED CT before any other."""

    source_id: str | None
    code: Code | None
    codes: tuple[Code, ...]
    text: str
    family: Family
    clinical_status: str | None
    verification: str | None
    onset: PartialDate | None
    onset_text: str | None
    abatement: PartialDate | None
    recorded: PartialDate | None


@dataclass(frozen=True, slots=True, repr=False)
class Medication(Fact):
    """One MedicationRequest (`kind` "request") or MedicationStatement ("statement")."""

    source_id: str | None
    kind: str
    rxnorm: str | None
    codes: tuple[Code, ...]
    text: str
    status: str | None
    dosage: str | None
    authored: PartialDate | None


@dataclass(frozen=True, slots=True, repr=False)
class Allergy(Fact):
    """One AllergyIntolerance."""

    source_id: str | None
    codes: tuple[Code, ...]
    text: str
    clinical_status: str | None
    verification: str | None
    criticality: str | None
    reactions: tuple[str, ...]
    recorded: PartialDate | None


@dataclass(frozen=True, slots=True, repr=False)
class Measure(Fact):
    """One Observation that matters at admission. `score` is set for the totals of the instruments named."""

    source_id: str | None
    instrument: str | None  # "phq-2", "phq-9", "gad-7", "audit-c", "audit", "dast-10", "phq-9-item-9", "smoking-status"
    code: Code | None
    text: str
    score: int | None
    value: Decimal | None
    unit: str | None
    answer: str | None
    taken: PartialDate | None


@dataclass(frozen=True, slots=True, repr=False)
class Cover(Fact):
    """One Coverage: who pays, under which member number, for which dates."""

    source_id: str | None
    payer: str
    kind: str | None
    member_id: str | None
    status: str | None
    starts: PartialDate | None
    ends: PartialDate | None


@dataclass(frozen=True, slots=True, repr=False)
class Visit(Fact):
    """One inpatient or emergency Encounter. `setting` is the HL7 v3 ActCode, e.g. "IMP" or "EMER"."""

    source_id: str | None
    setting: str
    text: str | None
    reasons: tuple[str, ...]
    starts: PartialDate | None
    ends: PartialDate | None


@dataclass(frozen=True, slots=True)
class Visits:
    """How many encounters the sender recorded, and the latest inpatient and emergency ones."""

    count: int = 0
    last_inpatient: Visit | None = None
    last_emergency: Visit | None = None


@dataclass(frozen=True, slots=True, repr=False)
class Person(Fact):
    """The person referred and all that was read about them; lists are in the order of the file."""

    source_system: str
    source_id: str
    identifiers: tuple[Identifier, ...]
    names: tuple[Name, ...]
    birth: PartialDate
    gender: str | None
    addresses: tuple[Address, ...]
    phones: tuple[Contact, ...]
    emails: tuple[Contact, ...]
    language: Code | None
    marital_status: Code | None
    deceased: bool
    deceased_on: PartialDate | None
    problems: tuple[Problem, ...] = ()
    medications: tuple[Medication, ...] = ()
    allergies: tuple[Allergy, ...] = ()
    measures: tuple[Measure, ...] = ()
    covers: tuple[Cover, ...] = ()
    visits: Visits = field(default_factory=Visits)

    @property
    def legal_name(self) -> Name:
        """The official name in force, else the first one that is neither ended, old nor maiden, else the first."""
        now = [name for name in self.names if not name.ended and name.use not in ("old", "maiden")]
        return next((name for name in now if name.use == "official"), (now or list(self.names))[0])

    @property
    def called(self) -> Name:
        """The name the person goes by: a usual name or nickname in force, else the legal name."""
        now = [name for name in self.names if not name.ended]
        return next((name for name in now if name.use in ("usual", "nickname")), self.legal_name)

    @property
    def home(self) -> Address | None:
        """The address in force, home before others; None where none is."""
        now = [address for address in self.addresses if not address.ended]
        return next((address for address in now if address.use == "home"), now[0] if now else None)

    @property
    def born_on(self) -> date | None:
        """The whole birth date, or None where only the year or month was sent."""
        return self.birth.day


@dataclass(frozen=True, slots=True)
class Line:
    """One resource type's share: used + left is how many there were; `reasons` says why, with counts."""

    type: str
    used: int
    left: int
    reasons: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class LeftCode:
    """An Observation code that was left, and how often."""

    system: str | None
    code: str | None
    display: str | None
    count: int


@dataclass(frozen=True, slots=True)
class Remark:
    """Something inside a used resource that was dropped or looked odd, as a sentence without its content."""

    place: Place
    sentence: str


@dataclass(frozen=True, slots=True)
class Report:
    """What became of every entry. `entries` equals the sum of used and left over the lines, which are by type."""

    entries: int
    lines: tuple[Line, ...]
    left_codes: tuple[LeftCode, ...]
    remarks: tuple[Remark, ...]

    @property
    def used(self) -> int:
        """How many entries were used."""
        return sum(line.used for line in self.lines)

    @property
    def left(self) -> int:
        """How many entries were left."""
        return sum(line.left for line in self.lines)

    def sentences(self) -> list[str]:
        """One plain line for each resource type, for a page or a terminal."""
        return [
            f"{line.type}: {line.used} used, {line.left} left"
            + (f" ({'; '.join(f'{reason}: {count}' for reason, count in line.reasons)})" if line.reasons else "")
            for line in self.lines
        ]


@dataclass(frozen=True, slots=True)
class Referral:
    """Everything read from one file or one export. Without people it is not a referral, and the report says why."""

    files: tuple[str, ...]
    people: tuple[Person, ...]
    report: Report

    @property
    def is_referral(self) -> bool:
        """Whether there is anybody to admit."""
        return bool(self.people)
