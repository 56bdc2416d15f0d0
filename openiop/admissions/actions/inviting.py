"""Giving a person a sign-in of their own."""

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.urls import reverse

from openiop.accounts import actions as accounts
from openiop.accounts import queries as sign_ins
from openiop.audit import actions as audit
from openiop.base.errors import Refused
from openiop.base.rules import local_day
from openiop.outbox import actions as outbox
from openiop.participants import actions as participants
from openiop.participants.models import Participant
from openiop.programs import actions as programs
from openiop.programs.models import Membership
from openiop.programs.rules import Role


@dataclass(frozen=True)
class Invitation:
    """A sign-in that waits to be set up, and its one-time link, shown once."""

    member: Membership
    link: str


@transaction.atomic
def invite(*, participant: Participant, email: str, site: str, by: Membership, at: datetime) -> Invitation:
    """The person has a sign-in to set up by a one-time link, which also leaves by email in words that say nothing."""
    person = Participant.objects.select_for_update().select_related("program").get(pk=participant.pk)
    member = person.membership
    if member is None:
        if not email.strip():
            raise Refused("Give the email address they want to sign in with.")
        user = accounts.create_user(email=email, name=person.name, password=None, at=at)
        member = programs.add_member(
            program=person.program,
            user=user,
            name=person.name,
            roles=[Role.PARTICIPANT],
            from_on=local_day(at, person.program.zone),
            by=by,
            at=at,
        )
        participants.give_sign_in(participant=person, member=member, by=by, at=at)
        if not person.email:
            participants.correct_participant(participant=person, email=user.email, by=by, at=at)
    link = site.rstrip("/") + reverse("accounts:set-up", args=[member.user_id, sign_ins.token_for(member.user)])
    outbox.queue_email(
        recipient=member.user.email,
        recipient_id=member.pk,
        program_id=person.program_id,
        kind="set-password",
        link=link,
        due_at=at,
        at=at,
    )
    audit.record(what="participant.invited", about=person, by=by, at=at, participant_id=person.pk)
    # A sign-in in use is its owner's alone: a new link goes to their own address and is shown to nobody here.
    return Invitation(member=member, link="" if member.user.has_usable_password() else link)


@transaction.atomic
def reset_second_step(*, participant: Participant, by: Membership, at: datetime) -> None:
    """A person who lost their phone signs in by their password alone again, and is signed out everywhere until then."""
    if participant.membership is None:
        raise Refused("They have no sign-in.")
    programs.reset_second_step(member=participant.membership, by=by, at=at)
    audit.record(what="participant.second-step-reset", about=participant, by=by, at=at, participant_id=participant.pk)
