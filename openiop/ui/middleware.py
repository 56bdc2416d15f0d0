"""What every answer carries: a strict content policy, no caching, refusals and sign-in said everywhere alike."""

from collections.abc import Callable
from urllib.parse import urlencode, urlsplit
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme

from openiop.base.errors import Refused
from openiop.ui import actions, views
from openiop.ui.access import owner_of
from openiop.ui.environment import ASKED_AT
from openiop.ui.pages import failure, wants_part

OWN: dict[int, Callable[[HttpRequest], HttpResponse]] = {
    400: views.bad_request,
    404: views.not_found,
    500: views.server_error,
}
TECHNICAL = b'<meta http-equiv="content-type"'  # what the framework's own error pages begin with, and none of ours

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
    """Every answer has the content policy, errors our own pages; every answer but a static file is never stored."""

    def answer(request: HttpRequest) -> HttpResponse:
        ASKED_AT.set(timezone.now())
        odd = request.method == "POST" and any("\x00" in value for _, sent in request.POST.lists() for value in sent)
        response = views.bad_request(request) if odd else get_response(request)
        if settings.DEBUG and response.status_code in OWN and not response.streaming and TECHNICAL in response.content:
            response = OWN[response.status_code](request)  # the trace is in the log; its page breaks our own policy
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


class Refusals:
    """A refusal no form showed becomes a 409 page with its reasons, or for htmx a notice above the page."""

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """The answer, unchanged."""
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """The refusal in words; anything else is a bug and goes on."""
        if isinstance(exception, Refused):
            return failure(request, 409, "That was not done", exception.reasons, icon="s-watch")
        return None


def held_forms(get_response: Answer) -> Answer:
    """What was sent and taken no longer waits, held or typed; what was turned down still does."""

    def answer(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        sent = request.POST.get("held_form", "") if request.method == "POST" else ""
        taken = response.status_code in (204, 302, 303) and not _door(response.headers.get("Location", ""))
        for key in request.POST.getlist("typed")[:40] if taken and request.method == "POST" else []:
            if request.user.is_authenticated and key:
                actions.end_drafts(owner_id=owner_of(request), key_prefix=key, at=timezone.now())
        if sent and taken and request.user.is_authenticated:
            try:
                held = UUID(sent)
            except ValueError:
                return response
            actions.release_held_form(owner_id=owner_of(request), held_id=held, at=timezone.now())
        return response

    return answer
