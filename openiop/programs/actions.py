"""Opening a program, its places and policies, and who belongs to it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.urls import reverse

from openiop.accounts import actions as accounts
from openiop.accounts import queries as sign_ins
from openiop.accounts.models import SignIn, User
from openiop.audit import actions as audit
from openiop.base.errors import Refused
from openiop.base.rules import local_day
from openiop.outbox import actions as outbox
from openiop.programs.models import Membership, Place, Policy, Program, RoleHeld
from openiop.programs.rules import GRANTS, POLICIES, STAFF, Permission, Role, why_not_policy


@transaction.atomic
def open_program(*, name: str, zone: str, at: datetime, by: Membership | None = None, **facts: Any) -> Program:
    """A new program stands; it happens once, at installation, so nobody is named as the doer."""
    program = Program.objects.create(name=name, zone=zone, **facts)
    audit.record(what="program.opened", about=program, by=by, at=at, program_id=program.id)
    return program


@transaction.atomic
def add_place(
    *,
    program: Program,
    name: str,
    seats: int,
    by: Membership | None,
    at: datetime,
    virtual: bool = False,
    join_url: str = "",
) -> Place:
    """A room where groups can meet stands in the program."""
    if seats < 1:
        raise Refused("A room needs at least one seat.")
    if Place.objects.filter(program=program, name=name).exists():
        raise Refused("There is a room of this name already.")
    place = Place.objects.create(program=program, name=name, seats=seats, virtual=virtual, join_url=join_url)
    audit.record(what="place.added", about=place, by=by, at=at, program_id=program.id)
    return place


@transaction.atomic
def end_place(*, place: Place, on: date, by: Membership, at: datetime) -> Place:
    """The room takes nothing new from now on; what is planned there stays until it is moved."""
    if place.ended_on is not None:
        raise Refused("This room is out of use already.")
    place.ended_on = on
    place.save(update_fields=["ended_on"])
    audit.record(what="place.ended", about=place, by=by, at=at, program_id=place.program_id, on=on)
    return place


@transaction.atomic
def set_policy(
    *, program: Program, name: str, value: Any, source: str, from_on: date, by: Membership | None, at: datetime
) -> Policy:
    """The bound holds from the day on; earlier rows stay, so the past keeps its own bounds.

    Set again for the same day it reads as given last; what it said before is on record.
    """
    if not source.strip():
        raise Refused("Say where this bound comes from.")
    known = POLICIES.get(name)
    if known is not None and (reasons := why_not_policy(known, value)):
        raise Refused(reasons)
    stands = Policy.objects.select_for_update().filter(program=program, name=name, from_on=from_on).first()
    if stands is not None:
        was, stands.value, stands.source = stands.value, value, source
        if was != value:
            stands.save(update_fields=["value", "source"])
            audit.record(what="policy.corrected", about=stands, by=by, at=at, program_id=program.id, name=name, was=was)
        return stands
    row = Policy.objects.create(program=program, name=name, value=value, source=source, from_on=from_on)
    audit.record(what="policy.set", about=row, by=by, at=at, program_id=program.id, name=name, from_on=from_on)
    return row


@transaction.atomic
def add_member(
    *,
    program: Program,
    user: User,
    name: str,
    roles: Iterable[Role],
    from_on: date,
    by: Membership | None,
    at: datetime,
    credential: str = "",
) -> Membership:
    """The user belongs to the program with these roles."""
    if Membership.objects.filter(program=program, user=user).exists():
        raise Refused("This person belongs to the program already.")
    member = Membership.objects.create(program=program, user=user, name=name, credential=credential, from_on=from_on)
    held = [RoleHeld(membership=member, role=role, from_at=at) for role in roles]
    if not held:
        raise Refused("Choose at least one role.")
    RoleHeld.objects.bulk_create(held)
    audit.record(
        what="member.added", about=member, by=by, at=at, program_id=program.id, roles=[row.role for row in held]
    )
    return member


@dataclass(frozen=True)
class Invited:
    """A member whose sign-in waits to be set up, and its one-time link; empty where the sign-in is in use."""

    member: Membership
    link: str


@transaction.atomic
def invite_member(
    *, program: Program, name: str, credential: str, email: str, roles: Iterable[Role], site: str, by: Membership,
    at: datetime,
) -> Invited:  # fmt: skip
    """Someone works here from today on, and has a one-time link to set up their sign-in, by email as well."""
    roles = list(roles)
    if outside := sorted(set(roles) - STAFF):
        raise Refused(f"{outside[0].value.capitalize()} is no role of staff.")
    user = accounts.create_user(email=email, name=name, password=None, at=at)
    today = local_day(at, program.zone)
    member = add_member(
        program=program, user=user, name=name, credential=credential, roles=roles, from_on=today, by=by, at=at
    )
    return send_link(member=member, site=site, by=by, at=at)


@transaction.atomic
def send_link(*, member: Membership, site: str, by: Membership, at: datetime) -> Invited:
    """A new one-time link to choose a password goes to the member's own address; to be shown only before first use."""
    if member.until_on is not None:
        raise Refused("They no longer work here.")
    link = site.rstrip("/") + reverse("accounts:set-up", args=[member.user_id, sign_ins.token_for(member.user)])
    outbox.queue_email(
        recipient=member.user.email, recipient_id=member.pk, program_id=member.program_id, kind="set-password",
        link=link, due_at=at, at=at,
    )  # fmt: skip
    audit.record(what="member.invited", about=member, by=by, at=at, program_id=member.program_id)
    return Invited(member=member, link="" if member.user.has_usable_password() else link)


@transaction.atomic
def end_member(*, member: Membership, by: Membership, at: datetime) -> Membership:
    """From this instant the member opens nothing here, and every device of theirs is signed out.

    What they wrote stays theirs. Their roles end with it.
    """
    if member.pk == by.pk:
        raise Refused("Someone else must end your own membership.")
    if member.until_on is not None:
        raise Refused("Their membership has ended already.")
    for role in sorted(member.roles):
        end_role(member=member, role=Role(role), by=by, at=at)
    member.until_on = max(local_day(at, member.program.zone), member.from_on)
    member.save(update_fields=["until_on"])
    accounts.end_all(user=member.user, how=SignIn.Ended.BY_STAFF, by=by, at=at)
    audit.record(what="member.ended", about=member, by=by, at=at, program_id=member.program_id)
    return member


@transaction.atomic
def grant_role(*, member: Membership, role: Role, by: Membership, at: datetime) -> RoleHeld:
    """The member holds one more role."""
    if member.role_rows.filter(role=role, until_at__isnull=True).exists():
        raise Refused("They hold this role already.")
    held = RoleHeld.objects.create(membership=member, role=role, from_at=at)
    audit.record(what="role.granted", about=held, by=by, at=at, role=role)
    return held


@transaction.atomic
def end_role(*, member: Membership, role: Role, by: Membership, at: datetime) -> None:
    """The member no longer holds the role; that they held it stays on record."""
    keepers = [one for one in GRANTS if Permission.KEEP_MEMBERS in GRANTS[one]]
    others = RoleHeld.objects.filter(membership__program=member.program_id, role__in=keepers, until_at__isnull=True)
    if role in keepers and not others.exclude(membership=member, role=role).exists():
        raise Refused("Someone must be able to keep the roles. Give this role to someone else first.")
    ended = member.role_rows.filter(role=role, until_at__isnull=True).update(until_at=at)
    if not ended:
        raise Refused("They do not hold this role.")
    audit.record(what="role.ended", about=member, by=by, at=at, role=role)


@transaction.atomic
def sign_member_out(*, member: Membership, by: Membership, at: datetime) -> int:
    """Every device of the member is signed out at its next step; returns how many."""
    ended = accounts.end_all(user=member.user, how=SignIn.Ended.BY_STAFF, by=by, at=at)
    if not ended:
        raise Refused("They are signed in nowhere.")
    return ended


@transaction.atomic
def reset_second_step(*, member: Membership, by: Membership, at: datetime) -> None:
    """A member who lost theirs has no second step, and is signed out everywhere; nobody resets their own."""
    if member.user_id == by.user_id:
        raise Refused("Someone else must reset yours. A recovery code lets you in meanwhile.")
    accounts.reset_factors(user=member.user, by=by, at=at)
