"""Making a user; signing in and out leave their own events."""

from datetime import datetime
from typing import Any

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction

from openiop.accounts.actions.sign_ins import Someone, Themself, end_all
from openiop.accounts.models import SignIn, User
from openiop.audit import actions as audit
from openiop.base.errors import Refused


@transaction.atomic
def create_user(
    *, email: str, name: str, password: str | None, at: datetime, demo: bool = False, hashed: str = ""
) -> User:
    """A user who may sign in with the password, or, without one, not yet. `hashed` is a password hashed before."""
    email = User.objects.normalize_email(email).lower()
    if User.objects.filter(email=email).exists():
        raise Refused("This address has a sign-in already.")
    user = User(email=email, name=name, demo=demo)
    if hashed:
        user.password = hashed
    else:
        user.set_password(password)
    user.save(force_insert=True)
    audit.record(what="user.created", about=user, by=None, at=at)
    return user


@transaction.atomic
def note(*, what: str, user: User, at: datetime, **facts: Any) -> None:
    """That the user signed in or out, locked or unlocked, or typed a wrong password to unlock, stays on record."""
    audit.record(what=what, about=user, by=Themself(user.id), at=at, **facts)


@transaction.atomic
def note_failed(*, email: str, at: datetime) -> None:
    """That someone could not sign in stays on record: whose account it was where there is one, never what was typed."""
    user = User.objects.filter(email=email.strip().lower()).first()
    audit.record(what="user.sign-in-failed", about=user or User, by=Someone(), at=at)


@transaction.atomic
def set_look(*, user: User, theme: str, letter_keys: bool, at: datetime) -> User:
    """Pages look so for this user, and letter keys act in a session or do not."""
    if theme not in {"", "light", "dark"}:
        raise Refused("Choose one of the looks.")
    user.theme, user.letter_keys = theme, letter_keys
    user.save(update_fields=["theme", "letter_keys"])
    audit.record(what="user.look-set", about=user, by=Themself(user.id), at=at)
    return user


@transaction.atomic
def set_password(*, user: User, password: str, at: datetime) -> User:
    """The user signs in with this password from now on, and wherever they were signed in, they are no longer."""
    try:
        validate_password(password, user)
    except ValidationError as weak:
        raise Refused(weak.messages) from weak
    user.set_password(password)
    user.save(update_fields=["password"])
    end_all(user=user, how=SignIn.Ended.NEW_SECRET, by=Themself(user.id), at=at)
    audit.record(what="user.password-set", about=user, by=Themself(user.id), at=at)
    return user
