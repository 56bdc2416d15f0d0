"""One decorator names what a page needs, and keeps everyone else out."""

from collections.abc import Callable
from functools import wraps
from typing import NoReturn

from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.db.models import Model
from django.http import Http404, HttpRequest, HttpResponseBase, HttpResponseNotAllowed
from django_htmx.middleware import HtmxDetails

from openiop.accounts.models import User
from openiop.programs.models import Membership
from openiop.programs.rules import PERSONAL, Permission

View = Callable[..., HttpResponseBase]
METHODS = ("GET", "HEAD", "POST")  # a page is read, or its form is sent; nothing here is put or deleted


class Request(HttpRequest):
    """A request with its viewer, as every page sees it."""

    viewer: Membership
    htmx: HtmxDetails
    user: User


def require(permission: Permission, of: type[Model] | None = None, program: str = "program") -> Callable[[View], View]:
    """Let in only a viewer whose roles grant the permission; mark the view with it.

    Everyone else is a stranger and gets 404, but for a colleague: staff of the program whose page it is get 403. A page
    about one thing names its model, by which `program` leads to the program; the first id in its address is the thing.
    """

    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(request: Request, *args: object, **kwargs: object) -> HttpResponseBase:
            if request.method not in METHODS:
                return HttpResponseNotAllowed(METHODS)
            if not request.user.is_authenticated:  # an address a form was sent to may have no page to come back to
                return redirect_to_login("/" if request.method == "POST" else request.get_full_path())
            viewer: Membership | None = getattr(request, "viewer", None)
            if viewer is None:
                raise Http404
            if not viewer.may(permission):
                _turn_away(viewer, permission, of, program, next(iter(kwargs.values()), None))
            return view(request, *args, **kwargs)

        guarded.permission = permission  # type: ignore[attr-defined]
        guarded.of = of  # type: ignore[attr-defined]
        return guarded

    return decorate


def _turn_away(
    viewer: Membership, permission: Permission, of: type[Model] | None, program: str, key: object
) -> NoReturn:
    """403 for a colleague; 404 for a stranger, who is not told whether there is anything to be refused."""
    if not viewer.is_staff or permission in PERSONAL:  # no role of staff ever opens a participant's own pages
        raise Http404
    if of is not None and not of._default_manager.filter(pk=key, **{program: viewer.program_id}).exists():
        raise Http404
    raise PermissionDenied


def public(view: View) -> View:
    """Mark a page as meant for people who are not signed in."""

    @wraps(view)
    def open_to_all(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponseBase:
        return view(request, *args, **kwargs) if request.method in METHODS else HttpResponseNotAllowed(METHODS)

    open_to_all.permission = "public"  # type: ignore[attr-defined]
    return open_to_all
