"""Making a user; signing in and out leave their own events."""

from datetime import datetime

from django.db import transaction

from openiop.accounts.models import User
from openiop.audit import actions as audit
from openiop.base.errors import Refused


@transaction.atomic
def create_user(*, email: str, name: str, password: str | None, at: datetime, demo: bool = False) -> User:
    """A user who may sign in with the password, or, without one, not yet."""
    email = User.objects.normalize_email(email).lower()
    if User.objects.filter(email=email).exists():
        raise Refused("This address has a sign-in already.")
    user = User(email=email, name=name, demo=demo)
    user.set_password(password)
    user.save(force_insert=True)
    audit.record(what="user.created", about=user, by=None, at=at)
    return user
