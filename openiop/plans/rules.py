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
PARTS = {"clinician": "Clinician", "participant": "Participant"}
HOW_WORDS = {"screen": "on screen", "tablet": "on the tablet in the room", "phone": "on their phone"}
BLANK = "____"  # what the library leaves open, so that every text is made the person's own
FILL_IN = "Fill in the blank, so that it is about this person."
END_WORDS = {"met": "Met", "revised": "Revised", "dropped": "Dropped"}


def family_of(diagnosed: str) -> str:
    """The half of the plan a diagnosis of this family belongs to: substances and behavior are one."""
    return Family.ADDICTION if diagnosed in {"substance", "behavior"} else diagnosed


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
    return reasons + why_not_review_on(review_on=review_on, on=on, longest=longest)


def why_not_change(*, status: str, ended: bool = False) -> list[str]:
    """A signed version is frozen, and so is the plan of an episode that has ended."""
    reasons = [] if status == "draft" else ["This version is signed. Start the next one to change it."]
    return [*reasons, "This episode has ended."] if ended else reasons


def why_not_review_on(*, review_on: date | None, on: date, longest: int = REVIEW_DAYS) -> list[str]:
    """Every reason the plan may not be looked at again on that day; without a day it may not stand at all."""
    if review_on is None:
        return ["Set the date of the next review."]
    if review_on <= on:
        return ["The next review must lie ahead."]
    if review_on > on + timedelta(days=longest):
        return [f"The next review must come within {longest} days."]
    return []


def review_offered(*, kept: date | None, stay: date, on: date, longest: int) -> date | None:
    """The day to begin with: the one kept, else the review of the stay itself, where the plan may wait so long."""
    return kept or (None if why_not_review_on(review_on=stay, on=on, longest=longest) else stay)


def why_not_sign_as(*, part: str, how: str, own: bool, clinician: bool, name: str, names: Iterable[str]) -> list[str]:
    """Every reason this person may not sign this part so.

    `own`: the signer's own plan, on their own sign-in; `clinician`: may write plans in this program;
    `names`: the names this part may be signed with. On the tablet the clinician's sign-in is open, and the
    participant types their own name.
    """
    reasons = []
    if part not in PARTS:
        reasons.append("Sign as the participant or as the clinician.")
    if part == "participant" and not own and not (clinician and how == "tablet"):
        reasons.append("Only the participant signs for the participant.")
    if part == "clinician" and not clinician:
        reasons.append("A clinician of this program signs this part.")
    if not name.strip():
        reasons.append("Type your full name to sign.")
    elif _plain(name) not in {_plain(one) for one in names}:
        reasons.append("Sign with the name on the record.")
    return reasons


def _plain(name: str) -> str:
    return " ".join(name.casefold().split())


def unfilled(words: str) -> bool:
    """Whether a text from the library still has a blank to fill in for this person."""
    return BLANK in words


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
    if any(unfilled(text) for text in (words, measure, baseline, target)):
        reasons.append(FILL_IN)
    if target_on <= on:
        reasons.append("The target date must lie ahead.")
    return reasons


def why_not_words(words: str, *, lacking: str) -> list[str]:
    """Every reason this text does not stand: nothing said (`lacking` says what to do), or a blank left open."""
    if not words.strip():
        return [lacking]
    return [FILL_IN] if unfilled(words) else []


@dataclass(frozen=True)
class Said:
    """One text of a version: what it is, and the thread it keeps through all versions."""

    thread: str
    kind: str
    words: str


@dataclass(frozen=True)
class Difference:
    """One line of two versions side by side; `state` is same, changed, added or gone."""

    kind: str
    before: str
    after: str
    state: str


def differences(before: Iterable[Said], after: Iterable[Said]) -> list[Difference]:
    """Two versions side by side: the later one's lines in its order, each gone line after the one it followed."""
    earlier, later = list(before), list(after)
    was = {one.thread: one for one in earlier}
    still = {one.thread for one in later}
    followers: dict[str, list[Difference]] = {}
    last = ""
    for one in earlier:
        if one.thread in still:
            last = one.thread
        else:
            followers.setdefault(last, []).append(Difference(one.kind, one.words, "", "gone"))
    found = followers.get("", [])
    for one in later:
        old = was[one.thread].words if one.thread in was else ""
        state = "added" if one.thread not in was else "same" if old == one.words else "changed"
        found = [*found, Difference(one.kind, old, one.words, state), *followers.get(one.thread, [])]
    return found
