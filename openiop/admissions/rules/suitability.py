"""Is an intensive outpatient program right for this person: fit, not yet, or more care, and why. Pure.

One coded item for each criterion (program default, configurable by release; it is a first answer, never a diagnosis).
Danger always wins: in withdrawal, of suicide, at home, or where care is needed day and night.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from enum import StrEnum

YES, NO, UNSURE = "yes", "no", "unsure"
ANSWERS = ((YES, "Yes"), (UNSURE, "Not sure"), (NO, "No"))


class Result(StrEnum):
    """The three honest answers."""

    FIT = "fit"
    NOT_YET = "not-yet"
    MORE = "needs-more-care"


RESULT_WORDS = {Result.FIT: "May fit", Result.NOT_YET: "Not yet", Result.MORE: "Needs more care"}


@dataclass(frozen=True)
class Criterion:
    """One coded item: as the public page asks it, and as staff see it in short."""

    code: str
    part: str
    question: str
    hint: str
    short: str


SAFETY, DAYS, NEED = "safety", "days", "need"
CRITERIA = (
    Criterion(
        "withdrawal_danger",
        SAFETY,
        "When you stop or cut down, do you get shakes, sweats or seizures, or see things?",
        "Stopping some drugs or alcohol suddenly can be dangerous.",
        "Danger in withdrawal",
    ),
    Criterion(
        "suicidal_thoughts",
        SAFETY,
        "Do you have thoughts of ending your life?",
        "If yes, please talk to someone now. It is free, at any hour.",
        "Thoughts of suicide",
    ),
    Criterion(
        "unsafe_home",
        SAFETY,
        "Does someone where you live hurt you, threaten you or use you?",
        "There are places that keep you safe while you get help.",
        "Unsafe home",
    ),
    Criterion(
        "needs_24h",
        SAFETY,
        "Do you need someone with you day and night to stay safe or to stay off it?",
        "This program is not overnight care.",
        "Needs care day and night",
    ),
    Criterion(
        "stable_home",
        DAYS,
        "Do you have a steady place to sleep, safe enough to rest?",
        "It does not have to be perfect.",
        "Stable home",
    ),
    Criterion(
        "support", DAYS, "Is there someone who supports you in this?", "One person is enough.", "Someone who supports"
    ),
    Criterion(
        "can_manage_duties",
        DAYS,
        "Can you get through most days: eat, wash, and be here or online three days a week?",
        "We have day, evening and online groups.",
        "Manages daily duties",
    ),
    Criterion(
        "motivated",
        DAYS,
        "Do you want something to change, even if part of you does not?",
        "Mixed feelings are normal.",
        "Wants change",
    ),
    Criterion(
        "co_occurring",
        NEED,
        "Is low mood, worry or trauma part of this?",
        "We treat both together.",
        "Mental health is part of it",
    ),
    Criterion(
        "more_than_weekly",
        NEED,
        "Have you tried weekly counseling and needed more?",
        "Not a test. It helps us answer you.",
        "Needs more than weekly",
    ),
    Criterion(
        "finished_inpatient",
        NEED,
        "Have you just finished inpatient or residential care?",
        "Many people come here next.",
        "Finished inpatient care",
    ),
    Criterion(
        "early_help",
        NEED,
        "Is it early, and you want help before it grows?",
        "Coming early is a good reason.",
        "Wants help early",
    ),
)
# Substances and behaviors stand side by side: a behavioral addiction opens the same door.
SUBSTANCES = {
    "alcohol": "Alcohol",
    "opioids": "Opioids, fentanyl, pain pills",
    "stimulants": "Cocaine, meth or other stimulants",
    "cannabis": "Cannabis",
    "sedatives": "Benzos or sleeping pills",
    "nicotine": "Nicotine or vaping",
    "other-substance": "Another substance",
}
BEHAVIORS = {
    "gambling": "Gambling or betting",
    "gaming": "Gaming",
    "internet": "Internet or social media",
    "buying": "Buying or spending",
    "sexual-behavior": "Sex or pornography",
    "eating": "Eating",
    "other-behavior": "Another behavior",
}
NONE = "none"
CONCERNS = {**SUBSTANCES, **BEHAVIORS, NONE: "None of these"}
ABOUT = "substance_or_behavior"
# A "yes" to any of these ends the answer; the first two need a person even when someone is not sure.
HARD = ("withdrawal_danger", "suicidal_thoughts", "unsafe_home", "needs_24h")
_DANGER_IF_UNSURE = frozenset({"withdrawal_danger", "suicidal_thoughts"})
_NEEDS = ("more_than_weekly", "finished_inpatient", "early_help", "co_occurring")
_ITEMS = frozenset({item.code for item in CRITERIA} | {ABOUT})


@dataclass(frozen=True)
class Point:
    """One reason: it speaks `for`, is something to `ask`, or stands `against`."""

    side: str
    code: str
    words: str


@dataclass(frozen=True)
class Screen:
    """The answer, whether help in a crisis is shown with it, which items made it so, and every reason."""

    result: Result
    crisis: bool
    hard_stops: tuple[str, ...]
    points: tuple[Point, ...]

    def side(self, side: str) -> tuple[Point, ...]:
        """The reasons of one side."""
        return tuple(point for point in self.points if point.side == side)


_MORE_IF_YES = {
    "withdrawal_danger": "Stopping could be dangerous without medical care",
    "suicidal_thoughts": "Thoughts of suicide come before everything else",
    "unsafe_home": "A safe place to stay comes first",
    "needs_24h": "Care day and night is needed now",
}
_MORE_IF_UNSURE = {
    "withdrawal_danger": "A nurse or doctor should check whether stopping is safe",
    "suicidal_thoughts": "A person should talk this through, today",
}
_NOT_YET_IF_UNSURE = {
    "unsafe_home": "Whether home is safe should be talked through first",
    "needs_24h": "Whether care day and night is needed should be talked through first",
}
_FOR = {
    "stable_home": "A steady place to sleep",
    "support": "Someone who supports",
    "can_manage_duties": "Can be here, or online, three days a week",
    "motivated": "Wants something to change",
    "co_occurring": "Mental health is part of it, and both are treated together",
    "more_than_weekly": "Weekly counseling was not enough",
    "finished_inpatient": "A step down from inpatient care",
    "early_help": "Help before it grows",
    ABOUT: "A substance or a behavior that this program treats",
}
_ASK = {
    "stable_home": "How steady the place to sleep is",
    "support": "Who could be told about this; groups and family hours help find someone",
    "can_manage_duties": "Whether three days a week can work; evening and online groups exist",
    "motivated": "What would make it worth trying; mixed feelings are normal",
    "more_than_weekly": "Whether weekly counseling may be enough; it takes less of the week",
    ABOUT: "Which substance or behavior this is about",
}
_NO_DANGER = "No sign of danger that needs other care first"


def with_concerns(answers: Mapping[str, str], concerns: Collection[str]) -> dict[str, str]:
    """The answers with the item 'a substance or a behavior is part of it' coded from what was chosen."""
    named = set(concerns) & (SUBSTANCES.keys() | BEHAVIORS.keys())
    return {**answers, ABOUT: YES if named else NO if NONE in concerns else UNSURE}


def screen(answers: Mapping[str, str]) -> Screen:
    """The answer to a full sheet; an item left out counts as 'not sure'. Any hard item answered yes wins."""
    if wrong := [item for item, said in answers.items() if item not in _ITEMS or said not in {YES, NO, UNSURE}]:
        raise ValueError(f"no such item or answer: {sorted(wrong)}")
    said = {item: answers.get(item, UNSURE) for item in _ITEMS}
    more = [Point("against", item, _MORE_IF_YES[item]) for item in HARD if said[item] == YES]
    hard_stops = tuple(point.code for point in more)
    more += [Point("against", item, words) for item, words in _MORE_IF_UNSURE.items() if said[item] == UNSURE]
    crisis = bool(more)
    if said["can_manage_duties"] == NO:
        more.append(
            Point("against", "can_manage_duties", "Getting through the day is too hard now; more hours may help first")
        )
    against = [*more, *_not_yet(said)]
    if hard_stops:  # what was not asked stands apart, so that the danger that was named stands out
        against = [
            point
            if point.code in answers or point.code in hard_stops
            else Point("ask", point.code, f"Not asked yet. {point.words}")
            for point in against
        ]
    result = Result.MORE if more else Result.NOT_YET if against else Result.FIT
    return Screen(result=result, crisis=crisis, hard_stops=hard_stops, points=(*against, *_weighed(said)))


def _not_yet(said: Mapping[str, str]) -> list[Point]:
    """What speaks for waiting, or for less: each a reason by itself."""
    found = [Point("against", item, words) for item, words in _NOT_YET_IF_UNSURE.items() if said[item] == UNSURE]
    if said["stable_home"] == NO:
        found.append(Point("against", "stable_home", "A steady place to sleep comes first; we can help look for one"))
    if said["motivated"] == NO:
        found.append(Point("against", "motivated", "There is no wish for a change now; the door stays open"))
    if said[ABOUT] == NO and said["co_occurring"] != YES:
        found.append(Point("against", ABOUT, "There is no sign of an addiction or of its mental health side"))
    if all(said[item] == NO for item in _NEEDS):
        found.append(
            Point("against", "more_than_weekly", "Weekly counseling may be enough, and takes less of the week")
        )
    return found


def _weighed(said: Mapping[str, str]) -> list[Point]:
    """What speaks for the program, and what to ask before starting."""
    points = [Point("for", item, words) for item, words in _FOR.items() if said[item] == YES]
    if all(said[item] == NO for item in HARD):
        points.insert(0, Point("for", "safety", _NO_DANGER))
    points += [Point("ask", item, words) for item, words in _ASK.items() if said[item] == UNSURE]
    if said["support"] == NO:
        points.append(Point("ask", "support", _ASK["support"]))
    return points


def why_not_override(*, was: str, to: str, hard_stops: Collection[str], words: str) -> list[str]:
    """Every reason a clinician may not put another result in place of the pre-screen's."""
    reasons = []
    if not was:
        reasons.append("Do the pre-screen first.")
    if to not in set(Result):
        reasons.append("Choose the result you decide on.")
    elif to == was:
        reasons.append("This is the result already.")
    elif hard_stops and to != Result.MORE:
        reasons.append("A danger was named. Ask again in a new pre-screen once it is dealt with.")
    if not words.strip():
        reasons.append("Give your reason in words.")
    return reasons
