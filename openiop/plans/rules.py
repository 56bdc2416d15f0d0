"""What makes a plan whole, who may sign it, and what may still change. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum


class Family(StrEnum):
    """The two halves of one plan (dual diagnosis is treated together)."""

    ADDICTION = "addiction"
    MENTAL_HEALTH = "mental-health"


FAMILY_WORDS = {Family.ADDICTION: "Substance use or another addiction", Family.MENTAL_HEALTH: "Mental health"}
# A written plan review comes at least this often (program default, changeable as the policy `plan-review-days`).
REVIEW_DAYS = 30
SERVICES = {
    "group": "Group",
    "skills": "Skills group",
    "education": "Education",
    "individual": "Individual",
    "family": "Family",
    "medication": "Medication visit",
    "holistic": "Holistic",
    "support-group": "Support group",
    "case-management": "Case management",
}
END_WORDS = {"met": "Met", "revised": "Revised", "dropped": "Dropped"}


@dataclass(frozen=True)
class Step:
    """An objective as the rules see it."""

    words: str
    measure: str
    baseline: str
    target: str
    interventions: int
    active: bool


@dataclass(frozen=True)
class Aim:
    """A goal as the rules see it."""

    words: str
    family: str
    active: bool
    steps: tuple[Step, ...]


def families_needing_a_goal(*, active_diagnoses: Iterable[str], positive_screens: Iterable[str]) -> frozenset[str]:
    """The families a plan must answer: each with an active diagnosis or a positive screen."""
    return frozenset(active_diagnoses) | frozenset(positive_screens)


def families_missing(
    *, needed: Iterable[str], with_goal: Iterable[str], deferred: dict[str, date], on: date
) -> list[str]:
    """Families without an active goal and without a deferral whose review still lies ahead."""
    standing = {family for family, review_on in deferred.items() if review_on >= on}
    return sorted(set(needed) - set(with_goal) - standing)


def why_not_sign(
    *,
    status: str,
    aims: Iterable[Aim],
    missing: Iterable[str],
    review_on: date | None,
    on: date,
    longest: int = REVIEW_DAYS,
) -> list[str]:
    """Every reason this version may not be signed yet, each with what to do."""
    reasons = []
    if status != "draft":
        reasons.append("This version is signed already. Start the next one to change it.")
    aims = [aim for aim in aims if aim.active]
    if not aims:
        reasons.append("The plan needs at least one goal.")
    for family in missing:
        reasons.append(
            f"{FAMILY_WORDS[Family(family)]} needs a goal, or a signed deferral with the date it is looked at again."
        )
    for aim in aims:
        steps = [step for step in aim.steps if step.active]
        if not steps:
            reasons.append(f"“{aim.words}” needs an objective.")
        for step in steps:
            if not (step.measure.strip() and step.baseline.strip() and step.target.strip()):
                reasons.append(f"“{step.words}” needs how it is measured, where it starts and where it should be.")
            if not step.interventions:
                reasons.append(f"“{step.words}” needs something the program does for it.")
    if review_on is None:
        reasons.append("Set the date of the next review.")
    elif review_on <= on:
        reasons.append("The next review must lie ahead.")
    elif review_on > on + timedelta(days=longest):
        reasons.append(f"The next review must come within {longest} days.")
    return reasons


def why_not_change(*, status: str) -> list[str]:
    """A signed version is frozen."""
    return [] if status == "draft" else ["This version is signed. Start the next one to change it."]


def why_not_objective(*, words: str, measure: str, baseline: str, target: str, target_on: date, on: date) -> list[str]:
    """Every reason these particulars make no measurable objective."""
    reasons = []
    if not words.strip():
        reasons.append("Say what the person will do.")
    if not measure.strip():
        reasons.append("Say how it is measured.")
    if not baseline.strip():
        reasons.append("Say where it stands now.")
    if not target.strip():
        reasons.append("Say where it should be.")
    if target_on <= on:
        reasons.append("The target date must lie ahead.")
    return reasons
