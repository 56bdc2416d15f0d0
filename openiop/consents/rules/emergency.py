"""What an emergency access must say before it opens, and how long it is open (42 CFR 2.51). Pure."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from openiop.consents.rules.access import EmergencyTerms
from openiop.consents.rules.kinds import EMERGENCY_KINDS

GROUNDS = {  # 42 CFR 2.51(a)(1) and (2)
    "no-consent": "Their consent cannot be obtained now",
    "disaster": "The program is closed in a declared disaster",
}


def minutes_left(terms: EmergencyTerms, at: datetime) -> int:
    """Whole minutes until it closes; one that has begun still counts."""
    return -(-int((terms.closes_at - at).total_seconds()) // 60) if terms.open(at) else 0


# What an emergency access must say before it opens (42 CFR 2.51(c)(1) to (4), and the program's own justification).
EMERGENCY_ELEMENTS = {
    "personnel": "Give the name of the medical person who asks or is told.",
    "facility": "Say where they work: the hospital, the ambulance service.",
    "discloser": "Give the name of whoever tells them.",
    "nature": "Say what the emergency is.",
    "why": "Say why the record is needed now.",
}
CHOOSE_GROUND = "Say why there is no consent for it."
CHOOSE_KINDS = "Choose what is needed."
NOT_IN_EMERGENCY = "An emergency never opens this."
ONLY_NECESSARY = "Confirm that you open only what is necessary."


def why_not_open(
    *, given: Mapping[str, str], ground: str, kinds: Iterable[str], minimum: bool, already: bool
) -> list[str]:
    """Every reason this emergency access may not be opened; `given` holds the texts of EMERGENCY_ELEMENTS."""
    if already:
        return ["You have opened this record for an emergency already. It is open now."]
    kinds = set(kinds)
    reasons = [words for name, words in EMERGENCY_ELEMENTS.items() if not given[name].strip()]
    reasons += [CHOOSE_GROUND] if ground not in GROUNDS else []
    reasons += [CHOOSE_KINDS] if not kinds else []
    reasons += [NOT_IN_EMERGENCY] if kinds - set(EMERGENCY_KINDS) else []
    return reasons if minimum else [*reasons, ONLY_NECESSARY]
