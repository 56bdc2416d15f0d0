"""One decorator names what a page needs, and keeps everyone else out."""

from collections.abc import Callable
from functools import wraps

from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponseBase
from django_htmx.middleware import HtmxDetails

from openiop.accounts.models import User
from openiop.programs.models import Membership
from openiop.programs.rules import Permission

View = Callable[..., HttpResponseBase]


class Request(HttpRequest):
    """A request with its viewer, as every page sees it."""

    viewer: Membership
    htmx: HtmxDetails
    user: User


def require(permission: Permission) -> Callable[[View], View]:
    """Let in only a viewer whose roles grant the permission; mark the view with it."""

    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(request: Request, *args: object, **kwargs: object) -> HttpResponseBase:
            if not request.user.is_authenticated:
                return redirect_to_login(request.get_full_path())
            viewer: Membership | None = getattr(request, "viewer", None)
            if viewer is None or not viewer.may(permission):
                raise PermissionDenied
            return view(request, *args, **kwargs)

        guarded.permission = permission  # type: ignore[attr-defined]
        return guarded

    return decorate


def public(view: View) -> View:
    """Mark a page as meant for people who are not signed in."""
    view.permission = "public"  # type: ignore[attr-defined]
    return view
