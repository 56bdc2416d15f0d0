"""Sessions with people, marked and with notes, and a plan to tie them to."""

from datetime import UTC, date, datetime, timedelta

from openiop.attendance import actions as attendance
from openiop.notes import actions as notes
from openiop.plans import actions as plan_actions
from openiop.programs import actions as programs
from openiop.programs.models import Place
from openiop.schedule.models import Group, Seat, Session, Track
from tests.make import BEGAN, plans

STARTS = datetime(2026, 10, 14, 21, 30, tzinfo=UTC)  # Wednesday 5:30 PM in New York
ENDS = datetime(2026, 10, 14, 23, 0, tzinfo=UTC)
AFTER = datetime(2026, 10, 14, 23, 4, tzinfo=UTC)


def place(program, counselor, name="Willow", virtual=False):
    found = Place.objects.filter(program=program, name=name).first()
    return found or programs.add_place(program=program, name=name, seats=14, virtual=virtual, by=counselor, at=BEGAN)


def session(
    program, counselor, *people, starts=STARTS, minutes=90, co=None, title="Skills group", group=True,
    service="skills", virtual=False, capacity=14,
):  # fmt: skip
    """A session of a standing group (or, without one, a visit) with a seat for each person."""
    room = place(program, counselor, "Video room" if virtual else "Willow", virtual)
    day = date(starts.year, starts.month, starts.day)
    standing = None
    if group:
        track = Track.objects.get_or_create(program=program, name="Evening", defaults={"tone": "evening"})[0]
        standing = Group.objects.get_or_create(
            track=track,
            name=title,
            weekday=day.weekday(),
            defaults={
                "service": service, "starts": "17:30", "minutes": minutes, "place": room, "facilitator": counselor,
                "capacity": capacity, "from_on": date(2026, 8, 1),
            },
        )[0]  # fmt: skip
    row = Session.objects.create(
        program=program,
        group=standing,
        title=title,
        service=service if group else "individual",
        on=day,
        starts_at=starts,
        ends_at=starts + timedelta(minutes=minutes),
        place=room,
        facilitator=counselor,
        co_facilitator=co,
    )
    for person in people:
        Seat.objects.create(session=row, episode=person.episode)
    return row


def objectives(person, counselor, *words):
    """A plan in force with one objective for each sentence; returns their threads."""
    draft = plans.draft(person.episode, counselor)
    plan_actions.set_own_words(plan=draft, words="I want my evenings back.", by=counselor, at=BEGAN)
    steps = [plans.objective(draft, counselor, words=text) for text in words]
    plan_actions.set_review_on(plan=draft, review_on=date(2026, 8, 31), by=counselor, at=BEGAN)
    plans.sign(draft, counselor)
    plans.sign(draft, counselor, part="participant")
    return [step.thread for step in steps]


SAID = (
    "Named payday as a trigger and chose a first action.",
    "Walked home another way, past the river, twice this week.",
    "Spoke about sleeping badly and asked for a quieter evening.",
    "Told how the call with a brother went, better than feared.",
)


def written(session, counselor, *people, words="", at=AFTER):
    """Everyone here, the group part and a part for each, ready to sign."""
    attendance.mark_rest_here(session=session, by=counselor, at=at)
    notes.save_group_part(
        session=session, topic="Triggers", did="Each named one trigger.", mood="Warm.", revision=0, by=counselor, at=at
    )
    for number, person in enumerate(people):
        said = words or SAID[number % len(SAID)]
        notes.save_part(
            session=session, episode=person.episode, objectives=[], took_part="spoke", words=said, revision=0,
            by=counselor, at=at,
        )  # fmt: skip
    return session


def signed(session, counselor, *people, at=AFTER):
    """The same, signed; returns the parts."""
    written(session, counselor, *people, at=at)
    return notes.sign_parts(session=session, by=counselor, at=at).signed
