"""Valid things with defaults, built through actions. Builders of one room stand in `tests/make/<room>.py`."""

from datetime import UTC, date, datetime, timedelta
from itertools import count

from openiop.accounts import actions as accounts
from openiop.participants import actions as participants
from openiop.programs import actions as programs
from openiop.programs.rules import Role

BEGAN = datetime(2026, 8, 3, 13, 0, tzinfo=UTC)
_numbers = count(1)


def program(name="Larkmeadow", zone="America/New_York", **facts):
    return programs.open_program(name=f"{name}", zone=zone, at=BEGAN, **facts)


def user(name="Joan Birchwell", password=None):
    return accounts.create_user(email=f"person{next(_numbers)}@example.org", name=name, password=password, at=BEGAN)


def member(of, *roles, name="Joan Birchwell", credential=""):
    return programs.add_member(
        program=of,
        user=user(name),
        name=name,
        credential=credential,
        roles=[Role(role) for role in roles],
        from_on=date(2026, 1, 1),
        by=None,
        at=BEGAN,
    )


def participant(of, name="Ada Alderquist", by=None, **facts):
    return participants.register_participant(program=of, legal_name=name, by=by, at=BEGAN, **facts)


def person_in_care(of, counselor, name="Ada Alderquist", level="2.1", starts_on=date(2026, 9, 14), weeks_to_review=8):
    """A participant with a sign-in and an open episode, kept at `.episode`."""
    person = participant(of, name)
    participants.give_sign_in(participant=person, member=member(of, "participant", name=name), by=None, at=BEGAN)
    person.episode = participants.open_episode(
        participant=person,
        level=level,
        starts_on=starts_on,
        review_on=starts_on + timedelta(weeks=weeks_to_review),
        primary=counselor,
        team=[],
        reason="admission",
        by=counselor,
        at=BEGAN,
    )
    return person


def supporter(of_person, counselor, name="Rosa Alderquist", relation="Sister"):
    """A supporter with a sign-in and no consent yet."""
    row = participants.add_supporter(participant=of_person, name=name, relation=relation, by=counselor, at=BEGAN)
    sign_in = member(of_person.program, "family", name=name)
    return participants.give_supporter_sign_in(supporter=row, member=sign_in, by=None, at=BEGAN)
