"""Who is looking: set once for each request, before any page."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from openiop.base.rules import local_day
from openiop.programs import queries


def viewer(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """A signed-in request carries `viewer`, the membership its reads start from (or None)."""

    def middleware(request: HttpRequest) -> HttpResponse:
        if request.user.is_authenticated:
            today = local_day(timezone.now(), "UTC")
            found = queries.viewer_for(request.user, request.session.get("membership"), today)
            request.viewer = found  # type: ignore[attr-defined]
        return get_response(request)

    return middleware
