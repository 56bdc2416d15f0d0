"""What every answer carries: a strict content policy, no caching, refusals and sign-in said everywhere alike."""

from collections.abc import Callable
from urllib.parse import urlencode, urlsplit

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.http import url_has_allowed_host_and_scheme

from openiop.ui.pages import wants_part

Answer = Callable[[HttpRequest], HttpResponse]

POLICY = "; ".join(
    (
        "default-src 'self'",
        "base-uri 'none'",
        "form-action 'self'",
        "frame-ancestors 'none'",
        "img-src 'self' data:",
        "object-src 'none'",
    )
)
PERMISSIONS = "camera=(), geolocation=(), microphone=(), payment=(), usb=(), browsing-topics=()"


def safety_headers(get_response: Answer) -> Answer:
    """Every answer has the content policy; every answer but a static file is never stored."""

    def answer(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        response.headers.setdefault("Content-Security-Policy", POLICY)
        response.headers.setdefault("Permissions-Policy", PERMISSIONS)
        if not request.path.startswith(settings.STATIC_URL):
            response.headers["Cache-Control"] = "no-store"
        return response

    return answer


def _door(address: str) -> bool:
    """Whether an address leads to the sign-in or the lock screen."""
    doors = (settings.LOGIN_URL, getattr(settings, "LOCK_URL", settings.LOGIN_URL))
    return urlsplit(address).path.startswith(doors)


def whole_page_doors(get_response: Answer) -> Answer:
    """An htmx request sent to sign in moves the whole page there and back to where it was, never into a part of it."""

    def answer(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        if not wants_part(request) or response.status_code not in (301, 302, 303, 307):
            return response
        address = response.headers["Location"]
        if not _door(address):
            return response
        here = request.headers.get("HX-Current-URL", "")
        back = urlsplit(here).path if url_has_allowed_host_and_scheme(here, {request.get_host()}) else "/"
        moved = HttpResponse(status=204)
        moved.headers["HX-Redirect"] = f"{urlsplit(address).path}?{urlencode({'next': back})}"
        moved.cookies = response.cookies
        return moved

    return answer
