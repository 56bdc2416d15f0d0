"""The eleven forms a consent takes, and what each asks for. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from openiop.consents.rules.kinds import BOOKS, PAYER_FIELDS, SEPARATE, SHAREABLE_WITH_FAMILY, Kind


class Variant(StrEnum):
    """The forms a consent takes. Notes and legal-proceedings consents never share a document with another."""

    TPO = "tpo_single"
    NAMED = "named_disclosure"
    FAMILY = "family_person"
    EMERGENCY_CONTACT = "emergency_contact"
    PAYER = "payer_only"
    INTERMEDIARY = "intermediary"
    APP = "app_vendor"
    RESEARCH = "research"
    CRIMINAL_JUSTICE = "criminal_justice_2_35"
    LEGAL = "legal_proceedings"
    COUNSELING_NOTES = "sud_counseling_notes"


# These stand alone: no other consent is on the same document (42 CFR 2.31(b) and (d)).
ALONE = frozenset({Variant.LEGAL, Variant.COUNSELING_NOTES})
OF_A_SUPPORTER = frozenset({Variant.FAMILY, Variant.EMERGENCY_CONTACT})


@dataclass(frozen=True)
class Form:
    """One form of consent: its words, whom it is for, the kinds it can name, and the elements it asks for besides."""

    words: str
    says: str
    receiver: str
    kinds: tuple[Kind, ...]
    chosen: tuple[Kind, ...] = ()
    recipient: str = ""
    purpose: str = ""
    ends_when: str = ""
    days: int | None = 365
    asks: frozenset[str] = frozenset()


_SENDABLE = tuple(kind for kind in Kind if kind not in BOOKS | SEPARATE)
_TPO_KINDS = (Kind.DIAGNOSES, Kind.PLACEMENT, Kind.PLAN, Kind.ATTENDANCE, Kind.MEDICATIONS, Kind.MEASURES)
_PAID = (Kind.CONTACT, Kind.ATTENDANCE, Kind.DIAGNOSES, Kind.PLACEMENT)

# 42 CFR 2.31(a)(4)(ii): the receiver is a covered entity or its associate, for treatment, payment or operations.
HIPAA = "hipaa"
FORMS: Mapping[Variant, Form] = {
    Variant.TPO: Form(
        "Treatment, payment and operations",
        "One consent for all future treatment, payment and running the program. Admission waits for it.",
        "A class of receivers is enough here.",
        _SENDABLE,
        chosen=_TPO_KINDS,
        recipient="My treating providers, health plans, third-party payers, and people helping to operate this program",
        purpose="Treatment, payment and health care operations",
        ends_when="End of treatment",
        days=None,
        asks=frozenset({HIPAA, "redisclosure", "if_declined"}),
    ),
    Variant.NAMED: Form(
        "To a named person or place",
        "To one doctor, employer, school or agency, for one purpose.",
        "A person or place by name.",
        _SENDABLE,
    ),
    Variant.FAMILY: Form(
        "To family or a supporter",
        "To someone they name. That person then sees exactly what is chosen, on their own page.",
        "",
        SHAREABLE_WITH_FAMILY,
    ),
    Variant.EMERGENCY_CONTACT: Form(
        "To someone to call in an emergency",
        "What the program may say when it calls this person about a danger. It opens no page.",
        "",
        (Kind.CONTACT, Kind.SCHEDULE, Kind.DIAGNOSES, Kind.MEDICATIONS),
        chosen=(Kind.CONTACT,),
        purpose="To be told, and to help, when I am in danger",
        ends_when="End of treatment",
        days=None,
    ),
    Variant.PAYER: Form(
        "To one payer alone",
        "So that one health plan pays. It gets the least it needs, and no note.",
        "The health plan or payer by name.",
        tuple(kind for kind in _SENDABLE if kind in PAYER_FIELDS),
        chosen=_PAID,
        purpose="Payment for my care",
        ends_when="End of treatment",
        days=None,
        asks=frozenset({HIPAA}),
    ),
    Variant.INTERMEDIARY: Form(
        "Through an exchange",
        "To a health information exchange or another in between, which passes records on to those named.",
        "The exchange by name.",
        _SENDABLE,
        purpose="Treatment by those who care for me",
        asks=frozenset({"members"}),
    ),
    Variant.APP: Form(
        "To an app they chose",
        "To the maker of an app the person uses. Such makers are seldom bound by health privacy law.",
        "The app and who makes it, by name.",
        _SENDABLE,
        purpose="To keep my own records in an app I chose",
        asks=frozenset({"app"}),
    ),
    Variant.RESEARCH: Form(
        "To a study",
        "To researchers, for one study that a review board approved.",
        "The researchers and where they work.",
        _SENDABLE,
        ends_when="End of the research study",
        days=None,
        asks=frozenset({"study"}),
    ),
    Variant.CRIMINAL_JUSTICE: Form(
        "To a court, probation or parole",
        "Where taking part in care is a condition of a sentence, probation, parole or release (42 CFR 2.35).",
        "Those with a duty to watch over the condition, by name or office.",
        (Kind.SCHEDULE, Kind.ATTENDANCE, Kind.DIAGNOSES, Kind.PLACEMENT, Kind.PLAN, Kind.MEDICATIONS),
        chosen=(Kind.ATTENDANCE, Kind.PLAN),
        purpose="To watch over the condition of my sentence or release",
        ends_when="Final decision on the condition",
        days=None,
        asks=frozenset({"revocable"}),
    ),
    Variant.LEGAL: Form(
        "For a legal proceeding",
        "For one proceeding against the person. It stands alone and shares no page with another consent.",
        "The court, lawyer or authority by name.",
        _SENDABLE,
        ends_when="End of the proceeding",
        days=None,
        asks=frozenset({"proceeding"}),
    ),
    Variant.COUNSELING_NOTES: Form(
        "SUD counseling notes",
        "For counseling notes alone. Care never depends on it, and it shares no page with another consent.",
        "A person or place by name.",
        (Kind.COUNSELING_NOTES,),
        chosen=(Kind.COUNSELING_NOTES,),
        asks=frozenset({"no_condition"}),
    ),
}
VARIANT_WORDS: Mapping[Variant, str] = {variant: form.words for variant, form in FORMS.items()}


def may_share_document(variants: Iterable[str]) -> bool:
    """Whether consents of these forms may stand on one document (42 CFR 2.31(b) and (d)).

    A counseling-notes consent may stand with another of the same kind; one for proceedings stands with its like alone.
    """
    named = {Variant(one) for one in variants}
    return len(named) < 2 or not named & ALONE
