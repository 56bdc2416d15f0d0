"""What a visitor is told: the lines to call, and the answer in words. Pure."""

from dataclasses import dataclass

from openiop.admissions.rules import Result, Screen


@dataclass(frozen=True)
class Answer:
    """The answer's heading and what it says under it."""

    heading: str
    says: tuple[str, ...]


_DANGER = {
    "withdrawal_danger": "If stopping makes you shake, have seizures or see things, do not stop alone. "
    "Call a doctor today, and 911 if it has started.",
    "suicidal_thoughts": "If you think of ending your life, call or text now. "
    "You did the right thing by answering honestly.",
    "unsafe_home": "If someone hurts or threatens you, you can get to a safe place. Call now; 911 if it is happening.",
    "needs_24h": "If you cannot stay safe alone, do not be alone. Call now, or go to the nearest emergency room.",
}


def answer(found: Screen) -> Answer:
    """The three honest answers in plain words; danger comes before everything."""
    if found.crisis:
        named = [_DANGER[point.code] for point in found.side("against") if point.code in _DANGER]
        return Answer("Please talk to a person first, today.", tuple(named))
    if found.result == Result.MORE:
        says = (
            "Getting through the day is hard now. More hours, or care with a bed, may help first. We can help find it."
        )
        return Answer("More care may help first.", (says,))
    if found.result == Result.FIT:
        return Answer("This kind of program may fit you.", ())
    if [point.code for point in found.side("against")] == ["more_than_weekly"]:
        says = "It takes one hour instead of ten. Start there if it feels right. If it is not enough, come back to us."
        return Answer("Weekly counseling may be enough.", (says,))
    return Answer("Not yet, as things are.", ("That can change, and you can ask again any day.",))
