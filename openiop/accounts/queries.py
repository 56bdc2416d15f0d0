"""Who a set-up link belongs to, what a person can prove themselves with, and where they are signed in."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from allauth.mfa.models import Authenticator
from django.conf import settings
from django.contrib.auth.tokens import default_token_generator
from django.http import Http404

from openiop.accounts.models import SignIn, User
from openiop.accounts.rules import Kind


def token_for(user: User) -> str:
    """A token for one set-up link: it works once (the password changes it) and for three days."""
    return default_token_generator.make_token(user)


def user_of_link(user_id: UUID, token: str) -> User | None:
    """The user the link was made for, or None where it is used, old or wrong."""
    user = User.objects.filter(pk=user_id, is_active=True).first()
    return user if user is not None and default_token_generator.check_token(user, token) else None


def user_by_id(user_id: str) -> User | None:
    """The user of this id, as a session keeps it, or None."""
    return User.objects.filter(pk=user_id).first()


def user_by_email(email: str) -> User | None:
    """The user of this address, or None."""
    return User.objects.filter(email=email.strip().lower()).first()


@dataclass(frozen=True)
class Factors:
    """What a person can prove themselves with, beside the password."""

    passkeys: list[Authenticator] = field(default_factory=list)
    app: Authenticator | None = None
    codes: Authenticator | None = None

    def __bool__(self) -> bool:
        return bool(self.passkeys) or self.app is not None

    @property
    def left(self) -> int:
        """How many recovery codes are unused."""
        return len(self.codes.data["unused"]) if self.codes else 0


def factors_of(user: User) -> Factors:
    """The user's second factors, the oldest passkey first."""
    rows = list(Authenticator.objects.filter(user=user).order_by("created_at", "pk"))
    return Factors(
        passkeys=[row for row in rows if row.type == Kind.PASSKEY],
        app=next((row for row in rows if row.type == Kind.APP), None),
        codes=next((row for row in rows if row.type == Kind.RECOVERY), None),
    )


def is_exempt(user: User) -> bool:
    """Whether no second step is asked of this user: a demo account, on a debug server of this machine alone."""
    return bool(settings.DEMO_SIGN_IN and user.demo)


def has_factor(user: User) -> bool:
    """Whether the user can prove themselves with a passkey or an app."""
    return bool(Authenticator.objects.filter(user=user, type__in=[Kind.PASSKEY, Kind.APP]).exists())


def sign_in(sign_in_id: str) -> SignIn | None:
    """The sign-in that a session names, or None."""
    return SignIn.objects.filter(pk=sign_in_id).first()


def sign_ins_of(user: User, at: datetime) -> list[SignIn]:
    """Where the user is signed in now, the one used last first; one that ran out is not among them."""
    since = at - timedelta(seconds=settings.SESSION_COOKIE_AGE)
    rows = SignIn.objects.filter(user=user, ended_at__isnull=True, seen_at__gt=since)
    return list(rows.order_by("-seen_at", "pk"))


def own_sign_in(user: User, sign_in_id: UUID) -> SignIn:
    """The user's own sign-in, or 404."""
    found = SignIn.objects.filter(pk=sign_in_id, user=user).first()
    if found is None:
        raise Http404
    return found
