"""Plans as they come to be: written, whole, signed by both."""

from datetime import date, timedelta

from openiop.participants import actions as participants
from openiop.plans import actions
from tests.make import BEGAN

TARGET = date(2026, 12, 18)


def diagnoses(of_person, by, at=BEGAN):
    """Alcohol and depression, side by side."""
    return [
        participants.add_diagnosis(participant=of_person, code=code, words=words, by=by, at=at)
        for code, words in (("F10.20", "Alcohol use disorder, moderate"), ("F32.1", "Major depression, moderate"))
    ]


def draft(episode, by, at=BEGAN):
    """A version with nothing in it yet."""
    return actions.start_plan(episode=episode, by=by, at=at)


def objective(plan, by, at=BEGAN, family="addiction", problem="Alcohol use disorder", goal="Evenings without a bottle",
              words="Use a go-to action in an evening craving", until=TARGET):  # fmt: skip
    """A whole thread from the problem down to what the program does; the objective."""
    row = actions.add_problem(plan=plan, family=family, words=problem, by=by, at=at)
    aim = actions.add_goal(problem=row, words=goal, by=by, at=at)
    step = actions.add_objective(
        goal=aim, words=words, measure="Check-in, evenings", baseline="2 of 10", target="8 of 10", target_on=until,
        by=by, at=at,
    )  # fmt: skip
    actions.add_intervention(
        objective=step, service="skills", words="Skills group", frequency="Twice a week", responsible=by, by=by, at=at
    )
    return step


def whole(episode, by, at=BEGAN, review_in=28):
    """A version that answers both families and has its review date, ready to sign."""
    plan = draft(episode, by, at)
    actions.set_own_words(plan=plan, words="I want my evenings back.", by=by, at=at)
    objective(plan, by, at)
    objective(plan, by, at, "mental-health", "Major depression", "Get up and see people", "Two planned outings a week")
    return actions.set_review_on(plan=plan, review_on=at.date() + timedelta(days=review_in), by=by, at=at)


def sign(plan, by, at=BEGAN, part="clinician", **given):
    """One signature, each under their own name."""
    person = plan.episode.participant
    name = by.name if part == "clinician" else person.legal_name
    how = "screen" if part == "clinician" else "phone"
    given = {"name": name, "how": how} | given
    signer = by if part == "clinician" or given["how"] == "tablet" else person.membership
    return actions.sign_plan(plan=plan, part=part, by=signer, at=at, **given)


def signed(episode, by, at=BEGAN):
    """A version signed by both, in force."""
    plan = whole(episode, by, at)
    sign(plan, by, at)
    sign(plan, by, at, "participant")
    plan.refresh_from_db()
    return plan
