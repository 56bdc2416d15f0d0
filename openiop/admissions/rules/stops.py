"""Hard stops: conditions checked before any rating counts. Any one open means no automatic result. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

# CIWA-Ar severe band: 19 or more (ASAM Clinical Practice Guideline on Alcohol Withdrawal Management, 2020).
CIWA_SEVERE = 19
# Program default, configurable as the policy `minimum-age`.
MINIMUM_AGE = 18


@dataclass(frozen=True)
class Stop:
    """One hard stop: what it is, and what to do at once."""

    code: str
    words: str
    do: str


STOPS = {
    stop.code: stop
    for stop in (
        Stop("HS1", "Physical emergency now", "Call 911. Stay with them."),
        Stop("HS2", "Severe or complicated alcohol withdrawal", "24-hour medical withdrawal care. A clinician today."),
        Stop("HS3", "Sedative withdrawal, or withdrawal from several substances", "24-hour medical withdrawal care."),
        Stop(
            "HS4",
            "Imminent risk of suicide or violence",
            "A clinician's risk assessment and a safety plan today; emergency care if not safe.",
        ),
        Stop("HS5", "Psychosis, mania or confusion that prevents taking part", "A psychiatric evaluation first."),
        Stop("HS6", "Pregnant with physical dependence", "A medical review today; care with medical management."),
        Stop("HS7", "Under the program's minimum age", "Adolescent rules and consent apply."),
        Stop("HS8", "Unsafe home without a safe place to go", "Safe housing, before or with this program."),
    )
}


@dataclass(frozen=True)
class Fact:
    """One line of the safety check, and the stop it belongs to."""

    code: str
    stop: str
    words: str


FACTS = (
    Fact("physical_emergency", "HS1", "Overdose, seizure, chest pain, unresponsive or delirious now"),
    Fact("past_withdrawal_seizure_or_delirium", "HS2", "Has had a seizure or delirium in withdrawal before"),
    Fact("current_heavy_use", "HS2", "Drinks heavily at present"),
    Fact("sedative_dependence_with_withdrawal", "HS3", "Depends on sedatives or benzodiazepines, with withdrawal"),
    Fact("several_withdrawals_needing_monitoring", "HS3", "Withdrawal from several substances that needs watching"),
    Fact("cssrs_intent", "HS4", "Suicidal thoughts with some intent to act"),
    Fact("cssrs_plan_with_intent", "HS4", "A suicide plan with intent"),
    Fact("cssrs_behavior_within_3_months", "HS4", "Suicidal behavior within the last 3 months"),
    Fact("imminent_violence", "HS4", "Might hurt someone else soon"),
    Fact("acute_state_prevents_taking_part", "HS5", "Too psychotic, manic or confused to take part"),
    Fact("pregnant", "HS6", "Is pregnant"),
    Fact("dependent_on_opioids_alcohol_or_sedatives", "HS6", "Depends on opioids, alcohol or sedatives physically"),
    Fact("home_unsafe", "HS8", "Violence or exploitation where they live"),
    Fact("safe_alternative", "HS8", "Has a safe place to go instead"),
)


def stops_for(facts: Mapping[str, bool | int | None]) -> frozenset[str]:
    """The codes of the hard stops these facts open; `ciwa_ar` is a score, `age` and `minimum_age` are years."""

    def true(*names: str) -> bool:
        return any(facts.get(name) is True for name in names)

    ciwa, age = facts.get("ciwa_ar"), facts.get("age")
    least = facts.get("minimum_age") or MINIMUM_AGE
    found = {
        "HS1": true("physical_emergency"),
        # A past seizure or delirium counts with current heavy use (ASAM 2020, risk of complicated withdrawal).
        "HS2": (ciwa is not None and ciwa >= CIWA_SEVERE)
        or (true("past_withdrawal_seizure_or_delirium") and true("current_heavy_use")),
        "HS3": true("sedative_dependence_with_withdrawal", "several_withdrawals_needing_monitoring"),
        # C-SSRS screener items 4 and 5, and item 6 within 3 months (Columbia Lighthouse Project triage).
        "HS4": true("cssrs_intent", "cssrs_plan_with_intent", "cssrs_behavior_within_3_months", "imminent_violence"),
        "HS5": true("acute_state_prevents_taking_part"),
        "HS6": true("pregnant") and true("dependent_on_opioids_alcohol_or_sedatives"),
        "HS7": age is not None and age < least,
        "HS8": true("home_unsafe") and not true("safe_alternative"),
    }
    return frozenset(code for code, open_ in found.items() if open_)


def years_old(birth_on: date | None, on: date) -> int | None:
    """Whole years of age on the day; None where the birth date is not known."""
    if birth_on is None:
        return None
    return on.year - birth_on.year - ((on.month, on.day) < (birth_on.month, birth_on.day))


def why_not_close_stop(*, closed: bool, disposition: str) -> list[str]:
    """Every reason this hard stop may not be closed."""
    if closed:
        return ["This hard stop is closed already."]
    if len(disposition.split()) < 3:
        return ["Write what was done and where the person is now, in a sentence."]
    return []
