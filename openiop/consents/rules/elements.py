"""The elements a consent must hold before it is signed (42 CFR 2.31(a), as amended 2024), and its whole text. Pure."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from openiop.consents.rules.kinds import NEVER_FOR_FAMILY, SEPARATE, SHAREABLE_WITH_FAMILY, Kind
from openiop.consents.rules.text import information_of, text_of
from openiop.consents.rules.variants import FORMS, HIPAA, OF_A_SUPPORTER, Variant

# Each element, with what to say when it is missing.
ELEMENTS = {
    "participant": "Whose record it is.",
    "discloser": "Say who may share the information.",
    "kinds": "Choose at least one kind of information.",
    "information": "Describe the information, not just everything. Substance use treatment must be named.",
    "recipient": "Say who may receive it.",
    "members": "Name who receives it through them, or the class of those who treat the participant.",
    "hipaa": "Say that the receiver may share it on under HIPAA, except in proceedings against the participant.",
    "purpose": "Say what it is for. “At the request of the participant” stands only where they asked for it.",
    "opt_out": "Say that they can choose not to be asked for money.",
    "study": "Name the study and the board that approved it.",
    "proceeding": "Name the one proceeding it is for.",
    "right_to_revoke": "Say that it can be ended in writing, and how.",
    "revocable": "Give the day or the event from which it can be ended.",
    "expiry": "Give a day, or an event, on which it ends.",
    "redisclosure": "Say that the receiver may share it on and that these rules may then no longer protect it.",
    "if_declined": "Say what happens if the participant does not sign.",
    "no_condition": "Say that care never depends on this consent.",
    "app": "Say that the maker of an app may not be bound by health privacy law.",
    "alone": "Counseling notes and legal proceedings need a consent of their own (42 CFR 2.31(b) and (d)).",
}
SUD_WORDS = ("substance use", "addiction", "alcohol", "drug", "consumo de sustancias", "adicción")
VAGUE = ("everything", "all records", "all my records", "any and all")
AT_REQUEST = "at the request of the "  # participant; the rule has its own word for them
_A_CLASS = re.compile(r"^(all|any|every|each|the|my|our|their|its|those|todos|todas|mis|los|las)\b", re.IGNORECASE)
_WHO_TREAT = ("treat", "trata")  # in each language of the text
_PROCEEDING = re.compile(r"\b(legal|court|criminal|civil) proceedings?\b|\blawsuits?\b|\btestimony\b|\bprosecut", re.I)
_IN_PROCEEDINGS, _NO_LONGER = ("proceeding", "proceso"), ("no longer", "ya no")  # in each language of the text
_NOTES = re.compile(r"\bcounsell?ing notes?\b", re.IGNORECASE)


def missing(
    *,
    given: Mapping[str, str],
    kinds: Iterable[str],
    has_expiry: bool,
    covered_recipient: bool = False,
    initiated: bool = False,
    revocable_day: bool = False,
) -> list[str]:
    """The elements (keys of ELEMENTS) this consent still lacks before signing; 42 CFR 2.31(a)(1) to (7) and (10).

    `given` holds the texts by name: variant, participant, discloser, recipient, information, purpose,
    right_to_revoke, redisclosure, if_declined, and where the form asks for them members, study, proceeding,
    revocable_from, no_condition, app, opt_out. `initiated`: the participant asked for it themselves.
    """
    variant, named = Variant(given["variant"]), {Kind(kind) for kind in kinds}
    asks = FORMS[variant].asks
    needed = {"participant", "discloser", "recipient", "information", "purpose", "right_to_revoke"}
    needed |= asks - {HIPAA, "revocable"}
    purpose = given.get("purpose", "").strip()
    if "fundrais" in purpose.lower():  # 2.31(a)(5)(iii)
        needed.add("opt_out")
    lacks = {name for name in needed if not given.get(name, "").strip()}
    # 2.31(a)(3): specific and meaningful, with an explicit description of the substance use disorder information.
    information = given.get("information", "").strip().lower()
    if information.startswith(VAGUE) or not any(word in information for word in SUD_WORDS):
        lacks.add("information")
    onward = given.get("redisclosure", "").lower()
    if HIPAA in asks and covered_recipient and not any(word in onward for word in _IN_PROCEEDINGS):  # 2.31(a)(4)(ii)
        lacks.add("hipaa")
    if "redisclosure" in asks and not any(word in onward for word in _NO_LONGER):  # 2.31(a)(10)(i)
        lacks.add("redisclosure")
    if purpose.lower().startswith(AT_REQUEST) and not initiated:  # 2.31(a)(5)
        lacks.add("purpose")
    members = given.get("members", "").strip()
    treating = any(word in members.lower() for word in _WHO_TREAT)
    if "members" in asks and _A_CLASS.match(members) and not treating:  # 2.31(a)(4)(i)
        lacks.add("members")
    if "revocable" in asks and not (given.get("revocable_from", "").strip() or revocable_day):  # 2.35(c)
        lacks.add("revocable")
    if _merged(variant, named, f"{purpose} {given.get('information', '')}"):
        lacks.add("alone")
    lacks |= set() if named else {"kinds"}
    lacks |= set() if has_expiry else {"expiry"}
    return [name for name in ELEMENTS if name in lacks]


def _merged(variant: Variant, kinds: set[Kind], says: str) -> bool:
    """Whether counseling notes or a proceeding stand in a consent together with anything else (2.31(b) and (d))."""
    if variant is Variant.COUNSELING_NOTES:
        return bool(kinds - SEPARATE) or bool(_PROCEEDING.search(says))
    if kinds & SEPARATE or _NOTES.search(says):
        return True
    return variant is not Variant.LEGAL and bool(_PROCEEDING.search(says))


def says_when_it_ends(*, variant: str, day: bool, event: str) -> bool:
    """Whether an end is given; “none” is an end only for treatment, payment and operations (42 CFR 2.31(a)(7))."""
    event = event.strip().lower().rstrip(".")
    return day or (bool(event) and (event != "none" or variant == Variant.TPO))


@dataclass(frozen=True)
class Composed:
    """A consent as it would be shown: its elements, its exact text, and every reason it may not stand."""

    filled: Mapping[str, str]
    text: str
    reasons: list[str]


def compose(
    *,
    program: str,
    kinds: Iterable[str],
    given: Mapping[str, str],
    ends_on: str,
    ends_when: str,
    past: bool,
    far: bool,
    supported: bool,
    initiated: bool,
    language: str = "en",
    revocable_day: str = "",
) -> Composed:
    """The consent these entries make. `given` as for `missing`; blanks that the program words itself are filled.

    `ends_on` is the last day in words, `past` whether it lies behind, `far` whether it outlasts
    any purpose, `supported` whether a supporter was chosen.
    """
    kinds = list(kinds)
    variant = Variant(given["variant"])
    form = FORMS[variant]
    filled = dict(given) | {
        "discloser": given["discloser"].strip() or program,
        "information": given["information"].strip() or information_of(kinds, program, language),
    }
    # Only the form that needs a statement carries it: a signed page says nothing that is not so.
    needs = {"redisclosure" if name == HIPAA else name for name in form.asks}
    needs |= {"opt_out"} if "fundrais" in given["purpose"].lower() else set()
    needs |= {"revocable_from"} if "revocable" in needs else set()
    for name in ("redisclosure", "if_declined", "members", "study", "proceeding", "revocable_from", "no_condition",
                 "opt_out", "app"):  # fmt: skip
        filled[name] = given.get(name, "") if name in needs else ""
    reasons = [
        ELEMENTS[name]
        for name in missing(
            given=filled,
            kinds=kinds,
            has_expiry=says_when_it_ends(variant=variant, day=bool(ends_on), event=ends_when),
            covered_recipient=True,
            initiated=initiated,
            revocable_day=bool(revocable_day),
        )
    ]
    if variant in OF_A_SUPPORTER and not supported:
        reasons.append(CHOOSE_SUPPORTER)
    if variant is Variant.FAMILY and set(kinds) & NEVER_FOR_FAMILY:
        reasons.append(NEVER_SHARED)
    elif variant is Variant.FAMILY and set(kinds) - set(SHAREABLE_WITH_FAMILY):
        reasons.append(NOT_SHOWN)
    elif set(kinds) - set(form.kinds) and ELEMENTS["alone"] not in reasons:
        reasons.append(NOT_THIS_FORM)
    if past:
        reasons.append(LIES_BEHIND)
    if far:
        reasons.append(LIES_FAR)
    either = " or " if language == "en" else " o "
    ends = either.join(part for part in (ends_on, ends_when.strip()) if part)
    shown = filled | {"revocable_from": either.join(part for part in (revocable_day, filled["revocable_from"]) if part)}
    return Composed(filled=filled, text=text_of(ends=ends, language=language, **shown), reasons=reasons)


CHOOSE_SUPPORTER = "Choose the supporter it is for."
NEVER_SHARED = "Notes, questionnaires and check-ins are never shared with supporters."
NOT_SHOWN = "A supporter’s page shows no medication and no assessment, so they cannot be shared there."
NOT_THIS_FORM = "This form of consent does not share one of these kinds."
LIES_BEHIND = "The end must lie ahead."
# A consent lasts while its purpose does (42 CFR 2.31(a)(7)); a year such as 2999 is a slip (program default).
LONGEST_YEARS = 10
LIES_FAR = f"The last day is more than {LONGEST_YEARS} years away. Choose a nearer one; it can be signed again."


def is_far(last: date, today: date) -> bool:
    """Whether the last day lies further ahead than any consent here may last."""
    return (last.year - LONGEST_YEARS, last.month, last.day) > (today.year, today.month, today.day)


def covers(
    *, recipients: Iterable[str], kinds: Iterable[str], holds: bool, recipient: str, requested: Iterable[str]
) -> frozenset[str]:
    """The kinds that may go to this recipient on a consent now: one out of scope is taken out, the rest goes.

    A recipient the consent does not name gets nothing (42 CFR 2.13(a), 2.31(a)(3) and (4)).
    """
    if not holds or _bare(recipient) not in {_bare(one) for one in recipients}:
        return frozenset()
    return frozenset(requested) & frozenset(kinds)


def _bare(name: str) -> str:
    return " ".join(name.casefold().split())
