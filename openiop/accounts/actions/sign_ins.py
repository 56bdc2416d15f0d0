"""Where someone is signed in: it begins, is seen, and is ended from there or from elsewhere."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction

from openiop.accounts.models import SignIn, User
from openiop.audit import actions as audit
from openiop.audit.actions import Doer


@dataclass(frozen=True)
class Themself:
    """A user acting on their own sign-in, before or beside any program."""

    id: UUID
    program_id: str = ""
    role_text: str = "the user"


@dataclass(frozen=True)
class Someone:
    """Whoever is at the door: nobody yet."""

    id: str = ""
    program_id: str = ""
    role_text: str = "someone not signed in"


@transaction.atomic
def begin_sign_in(*, user: User, device: str, shared: bool, how: str, at: datetime) -> SignIn:
    """The user is signed in on this device; `how` says by what: password, passkey, password and code."""
    row = SignIn.objects.create(user=user, device=device, shared=shared, began_at=at, seen_at=at)
    audit.record(what="user.signed-in", about=user, by=Themself(user.id), at=at, shared=shared, how=how)
    return row


@transaction.atomic
def find_sign_in(*, user: User, device: str, shared: bool, at: datetime) -> SignIn:
    """A sign-in that began before sign-ins were listed stands in the list from now on."""
    return SignIn.objects.create(user=user, device=device, shared=shared, began_at=at, seen_at=at)


@transaction.atomic
def see_sign_in(*, sign_in: SignIn, at: datetime) -> None:
    """The device was used just now."""
    SignIn.objects.filter(pk=sign_in.pk, ended_at__isnull=True).update(seen_at=at)


@transaction.atomic
def end_sign_in(*, sign_in: SignIn, how: SignIn.Ended, at: datetime) -> bool:
    """The device is signed out at its next step; false where it was already."""
    ended = SignIn.objects.filter(pk=sign_in.pk, ended_at__isnull=True).update(ended_at=at, ended_how=how)
    if ended and how != SignIn.Ended.OUT:
        by = Themself(sign_in.user_id)
        audit.record(what="user.sign-in-ended", about=sign_in, by=by, at=at, user=sign_in.user_id)
    return bool(ended)


@transaction.atomic
def end_all(*, user: User, how: SignIn.Ended, by: Doer | None, at: datetime, but: SignIn | None = None) -> int:
    """Every device of the user, but for one where it is named, is signed out at its next step; returns how many."""
    rows = SignIn.objects.filter(user=user, ended_at__isnull=True)
    rows = rows.exclude(pk=but.pk) if but else rows
    ended = rows.update(ended_at=at, ended_how=how)
    if ended:
        audit.record(what="user.sign-ins-ended", about=user, by=by, at=at, count=ended, how=str(how))
    return ended
