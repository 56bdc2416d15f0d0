"""Who may authenticate at all."""

from typing import Any

from allauth.account.auth_backends import AuthenticationBackend
from django.conf import settings
from django.http import HttpRequest

from openiop.accounts.models import User

PATH = "openiop.accounts.backend.Backend"


def from_here(request: HttpRequest | None) -> bool:
    """Whether the request comes from this machine itself, whatever host it names."""
    return request is not None and request.META.get("REMOTE_ADDR") in {"127.0.0.1", "::1"}


def may_enter(user: User, request: HttpRequest | None) -> bool:
    """Whether this user may sign in from there: active, and a demo account only on this machine with DEBUG."""
    return user.is_active and (not user.demo or (settings.DEMO_SIGN_IN and from_here(request)))


class Backend(AuthenticationBackend):
    """Email and password. Demo accounts work only on a debug server bound to this machine alone."""

    def authenticate(self, request: HttpRequest | None, **credentials: Any) -> User | None:
        """The user, or None: an account that may not sign in here is answered like a wrong password."""
        user: User | None = super().authenticate(request, **credentials)
        if user is not None and not may_enter(user, request):
            user = None
        if user is None:
            self.unstash_authenticated_user()  # else allauth would say that the account exists
        return user

    def user_can_authenticate(self, user: Any) -> bool:
        """Whether this user may sign in here, and stay signed in."""
        return super().user_can_authenticate(user) and (settings.DEMO_SIGN_IN or not user.demo)
