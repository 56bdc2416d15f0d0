"""Who may use this room's own pages: anyone signed in, for what they typed themselves."""

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar

from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse, JsonResponse

View = Callable[..., HttpResponse]
AnyView = TypeVar("AnyView", bound=Callable[..., Any])


def wants_json(request: HttpRequest) -> bool:
    """Whether a script asks, which can read data but not follow a person to the sign-in page."""
    return request.headers.get("Accept", "").startswith("application/json")


def owner_of(request: HttpRequest) -> str:
    """The text of the signed-in user's id, under which their typed text is kept."""
    return str(request.user.pk)


def signed_in(view: View) -> View:
    """Let in anyone signed in; others are sent to sign in, a script is told 401. Marks the view `signed-in`."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.user.is_authenticated:
            return view(request, *args, **kwargs)
        if wants_json(request):
            return JsonResponse({"says": "Sign in to go on."}, status=401)
        return redirect_to_login(request.get_full_path() if request.method == "GET" else "/")

    guarded.permission = "signed-in"  # type: ignore[attr-defined]
    return guarded


def once(view: AnyView) -> AnyView:
    """Mark a view whose form makes something new: sent twice, with a script or without, it makes one."""
    view.once = True  # type: ignore[attr-defined]
    return view
