"""Emergency accesses, looks and questions about them."""

from datetime import timedelta

from openiop.consents import actions as consents
from openiop.consents import queries as guard
from openiop.consents.rules import Kind
from openiop.privacy import actions
from openiop.privacy.models import Unusual
from openiop.programs.rules import Permission

FORM = {
    "nature": "Found unconscious in the waiting room.",
    "personnel": "Dr. Imre Hollowell",
    "facility": "Mercy General, emergency department",
    "discloser": "Fay Doorley",
    "why": "They must know what she takes.",
    "ground": "no-consent",
    "kinds": ["contact", "diagnoses", "medications"],
    "minimum": True,
}


def emergency(person, by, at, **given):
    """An emergency access opened by them."""
    return actions.open_emergency(participant=person, by=by, at=at, **(FORM | given))


def look(viewer, person, at, kind=Kind.CONTACT, page="desk:chart"):
    """One look at one record, as its page leaves it."""
    opened = guard.ask(viewer, person, kind, at, Permission.READ_CHART)
    return consents.log_read(opened=opened, page=page, by=viewer, at=at)


def unusual(viewer, person, at):
    """A look at someone the viewer shares no work with, found on the day after."""
    look(viewer, person, at)
    on = (at - timedelta(hours=5)).date()
    actions.examine(program=person.program, on=on, at=at + timedelta(days=1))
    return Unusual.objects.filter(viewer=viewer, participant=person, rule="no-tie").get()


def question(person, looker, at, words="Why did she look?"):
    """A question of the person about a look of that day."""
    look(looker, person, at)
    on = (at - timedelta(hours=5)).date()
    return actions.ask_question(
        participant=person, on=on, looker=looker, words=words, by=person.membership, at=at + timedelta(hours=1)
    )
