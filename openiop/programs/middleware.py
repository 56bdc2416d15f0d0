"""Who is looking: set once for each request, before any page; and staff without a second step set one up first."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from openiop.accounts import queries as sign_ins
from openiop.accounts.access import led_to
from openiop.accounts.models import User
from openiop.base.rules import local_day
from openiop.programs import queries
from openiop.programs.models import Membership

# What opens before a second step is set up: setting it up, typed text, the lock, and the way out.
OPEN = frozenset({
    "accounts:factors", "accounts:app", "accounts:passkey", "accounts:passkey-make", "accounts:passkey-ask",
    "accounts:confirm", "accounts:lock", "accounts:unlock", "ui:draft", "ui:here", "ui:unlocked",
})  # fmt: skip


def viewer(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """A signed-in request carries `viewer`, the membership its reads start from (or None)."""

    def middleware(request: HttpRequest) -> HttpResponse:
        if request.user.is_authenticated:
            today = local_day(timezone.now(), "UTC")
            found = queries.viewer_for(request.user, request.session.get("membership"), today)
            request.viewer = found  # type: ignore[attr-defined]
        return get_response(request)

    return middleware


def second_step(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Staff whose sign-in rests on a password alone are led to set up a second step; until then nothing else opens."""

    def middleware(request: HttpRequest) -> HttpResponse:
        return get_response(request)

    def process_view(
        request: HttpRequest, view: object, args: tuple[object, ...], kwargs: dict[str, object]
    ) -> HttpResponse | None:
        found: Membership | None = getattr(request, "viewer", None)
        if settings.STAFF_SECOND_FACTOR != "required" or found is None or not found.is_staff:
            return None
        assert isinstance(request.user, User)
        if request.session.get("factor") or sign_ins.is_exempt(request.user):
            return None
        if sign_ins.has_factor(request.user):
            request.session["factor"] = True
            return None
        request.must_enrol = True  # type: ignore[attr-defined]
        match = request.resolver_match
        if getattr(view, "permission", "public") == "public" or (match and match.view_name in OPEN):
            return None
        return led_to(settings.ENROL_URL, request, timezone.now(), "Set up a second step first.")

    middleware.process_view = process_view  # type: ignore[attr-defined]
    return middleware
