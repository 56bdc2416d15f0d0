"""From six ratings to a level of care, by the program's own rule set A. Pure.

A decision aid, not ASAM software: dimension names, anchors and rules are the program's own words. The first rule that
matches wins. The level it names is a suggestion with its reasons and with what would change it; a clinician decides.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from openiop.participants.rules import LEVEL_WORDS, Level

RATING_WORDS = ("None", "Mild", "Moderate", "Serious", "Severe")
NOTICE = (
    "Decision aid, not ASAM software. Rule set A is this program's own and is simple: it leaves out adolescents, "
    "levels of withdrawal management and care for special populations. Real placement also weighs combinations, "
    "supports, preferences, what is available and state rules."
)


@dataclass(frozen=True)
class Dimension:
    """One of six things to rate, with what each step from 0 to 4 means here."""

    number: int
    name: str
    about: str
    anchors: tuple[str, str, str, str, str]


DIMENSIONS = (
    Dimension(
        1,
        "Withdrawal and intoxication",
        "Signs now, and what stopping did before",
        (
            "No signs, none expected",
            "Mild discomfort, passing",
            "Clear symptoms, safe at home with checks",
            "Strong symptoms, needs nursing around the clock",
            "Life in danger now",
        ),
    ),
    Dimension(
        2,
        "Body health",
        "Illness, pain, pregnancy, medicines",
        (
            "Nothing in the way",
            "Stable, looked after",
            "Needs checks to stay stable",
            "Unstable, needs nursing around the clock",
            "Life in danger now",
        ),
    ),
    Dimension(
        3,
        "Mind, mood and thinking",
        "Mood, worry, trauma, thinking, safety",
        (
            "Nothing in the way",
            "Mild, does not hinder",
            "Hinders some days, can take part",
            "Hinders most days, needs close treatment",
            "Cannot be kept safe outside a hospital",
        ),
    ),
    Dimension(
        4,
        "Readiness and motivation",
        "What they want, and what they do about it",
        (
            "Acts on their own plan",
            "Wants it, needs some help to start",
            "Of two minds, comes when asked",
            "Sees little reason to change",
            "Turns away from any help",
        ),
    ),
    Dimension(
        5,
        "Chance of return to use",
        "Cravings, skills, how the last weeks went; a behavior counts like a substance",
        (
            "Low, uses own skills",
            "Some, uses skills with reminders",
            "Likely without steady help",
            "Very likely within days without structure",
            "Cannot stop in daily life",
        ),
    ),
    Dimension(
        6,
        "Home and surroundings",
        "Where and with whom, work, school, money, the law",
        (
            "Safe and supportive",
            "Mostly supportive",
            "Gets in the way, can be handled",
            "Pulls toward use nearly every day",
            "Not possible to stay safe there",
        ),
    ),
)
SOURCES = {
    "interview": "Interview",
    "questionnaire": "Questionnaire",
    "record": "Record or referral",
    "observed": "Seen in sessions",
    "family": "Family, with consent",
}
# Why a clinician may choose another level than the one suggested (program default).
DIFFERENCES = {
    "preference": "The person prefers it",
    "availability": "The suggested level is not available in time",
    "judgment": "Clinical judgment",
    "safety": "Safety",
    "support": "Supports make it possible",
    "duties": "Work, school, care of others or travel",
    "payer": "Payer's decision",
    "court": "Court or supervision",
}
INPATIENT = frozenset({Level.L31, Level.L35, Level.L37, Level.L4})


@dataclass(frozen=True)
class Suggestion:
    """What a rule points to: its level as code and words, the reason, and whether a recovery residence goes with it."""

    rule: str
    level: Level
    words: str
    reason: str
    residence: bool = False

    @property
    def text(self) -> str:
        """Level and residence in one line."""
        return f"{self.words} + recovery residence" if self.residence else self.words


@dataclass(frozen=True)
class Change:
    """One rating that, changed alone, would alter what is suggested."""

    dimension: int
    value: int
    suggestion: Suggestion


@dataclass(frozen=True)
class Reason:
    """One line of why, with its tone."""

    tone: str
    words: str


def _rule(ratings: Sequence[int]) -> Suggestion:
    """The first of the ten rules that matches."""
    d1, d2, d3, d4, d5, d6 = ratings
    if 4 in (d1, d2, d3):
        return Suggestion("R1", Level.L4, "4", "A medical or psychiatric dimension is at the highest risk")
    if 3 in (d1, d2):
        return Suggestion("R2", Level.L37, "3.7", "Withdrawal or medical need requires 24-hour nursing")
    if d3 == 3 and (d5 >= 3 or d6 >= 3):
        words = "3.5 co-occurring enhanced"
        return Suggestion("R3", Level.L35, words, "Serious psychiatric need, and use or surroundings at high risk")
    if d6 == 4 or (d5 == 4 and d6 >= 3):
        return Suggestion("R4", Level.L35, "3.5", "Cannot stay safe from use in the present surroundings")
    if d6 == 3 and d5 >= 3:
        words = "3.1 with Level 2.1 hours"
        return Suggestion("R5", Level.L31, words, "Needs a 24-hour home free of use while in intensive treatment")
    if d3 == 3:
        return Suggestion(
            "R6", Level.L25, "2.5 co-occurring enhanced", "Serious psychiatric need without danger around the clock"
        )
    if d5 == 4 or (d4 >= 3 and d5 >= 3):
        return Suggestion("R7", Level.L25, "2.5", "Structure is needed nearly every day")
    residence = d6 == 3
    if 2 in (d1, d2):
        reason = "Moderate withdrawal or medical need that can be managed as an outpatient"
        if d3 <= 2 and d4 <= 2:
            return Suggestion("R8", Level.L21, "2.1 with on-site medical management", reason, residence)
        return Suggestion("R8", Level.L25, "2.5", reason, residence)
    if d3 == 2 or d4 >= 2 or d5 >= 2 or d6 >= 2:
        return Suggestion("R9", Level.L21, "2.1", "Several contacts a week are needed to become steady", residence)
    return Suggestion("R10", Level.L1, "1", "Low risk in all dimensions")


def suggest(ratings: Sequence[int], open_stops: Collection[str] = ()) -> Suggestion | None:
    """What six ratings (0 to 4, dimensions 1 to 6) point to; None while a hard stop is open."""
    if len(ratings) != 6 or any(value not in range(5) for value in ratings):
        raise ValueError("six ratings from 0 to 4 are needed")
    return None if open_stops else _rule(ratings)


def changes(ratings: Sequence[int]) -> list[Change]:
    """Every single rating that would alter the suggestion, residence included, nearest first within each dimension."""
    here = _rule(ratings)
    found = []
    for place in range(6):
        for value in sorted(set(range(5)) - {ratings[place]}, key=lambda v: (abs(v - ratings[place]), v)):
            there = _rule([*ratings[:place], value, *ratings[place + 1 :]])
            if there.text != here.text:
                found.append(Change(place + 1, value, there))
    return found


def because(ratings: Sequence[int], before: Mapping[int, int]) -> list[Reason]:
    """Why, in lines a person can check: the rule's reason, what is high or low, and what moved since last time."""
    lines = [Reason("ok", _rule(ratings).reason)]
    highest = max(ratings)
    if highest < 2:
        lines.append(Reason("ok", "No dimension is above 1"))
    else:
        tone = "watch" if highest == 2 else "raised"
        lines += [
            Reason(tone, f"{one.name} is {ratings[one.number - 1]}")
            for one in DIMENSIONS
            if ratings[one.number - 1] == highest
        ]
    if max(ratings[:3]) == 0:
        lines.append(Reason("ok", "Nothing in 1 to 3 calls for medical or daily care"))
    for one in DIMENSIONS:
        was, now = before.get(one.number), ratings[one.number - 1]
        if was is not None and was != now:
            moved = "fell" if now < was else "rose"
            lines.append(Reason("ok" if now < was else "watch", f"{one.name} {moved} from {was} to {now}"))
    return lines


def differs(suggested: str, selected: str) -> bool:
    """Whether the chosen level is another than the suggested; 1 and 1.5 are one level under two editions' numbers."""
    same = {Level.L1: Level.L15}
    return same.get(Level(suggested), suggested) != same.get(Level(selected), selected)


def ladder(now: str, suggested: str) -> list[tuple[str, str, str]]:
    """The levels from most to least care as (state, level, words): done is now, next is suggested, open the rest."""
    rungs = []
    for level in (Level.L4, Level.L37, Level.L35, Level.L31, Level.L25, Level.L21, Level.L15):
        state = "next" if suggested and not differs(suggested, level) else "open"
        rungs.append(("done" if level == now and state == "open" else state, level.value, LEVEL_WORDS[level]))
    return rungs


def why_not_rate(*, decided: bool, dimension: int, value: int) -> list[str]:
    """Every reason this rating may not be written."""
    if decided:
        return ["This assessment is decided and stays as it is. Start a new one to rate again."]
    if dimension not in range(1, 7) or value not in range(5):
        return ["Rate each of the six dimensions from 0 to 4."]
    return []


def why_not_decide(
    *,
    decided: bool,
    ratings: Mapping[int, int],
    without_evidence: Collection[int],
    safety_checked: bool,
    open_stops: Collection[str],
    level: str,
    difference: str,
    words: str,
) -> list[str]:
    """Every reason the level may not be decided; a level other than the suggested needs a coded reason and words."""
    if decided:
        return ["This assessment is decided already."]
    reasons = []
    if not safety_checked:
        reasons.append("Do the safety check first.")
    if missing := [one.name for one in DIMENSIONS if one.number not in ratings]:
        reasons.append(f"Still to rate: {', '.join(missing)}.")
    elif lacking := [one.name for one in DIMENSIONS if one.number in without_evidence]:
        reasons.append(f"An evidence line is missing for: {', '.join(lacking)}.")
    if level not in set(Level):
        reasons.append("Choose the level of care.")
        return reasons
    if open_stops:
        if level not in INPATIENT:
            reasons.append("While a hard stop is open, only 24-hour care can be chosen. Close it in writing first.")
    elif not missing:
        suggestion = _rule([ratings[number] for number in range(1, 7)])
        if differs(suggestion.level, level) and difference not in DIFFERENCES:
            reasons.append("Your level differs from the suggestion: choose the reason.")
        if not differs(suggestion.level, level) and difference:
            reasons.append("Your level is the suggested one: no reason for a difference is needed.")
    if not words.strip():
        reasons.append("Give your reason in your own words.")
    return reasons
