"""What every answer carries: a strict content policy, no caching, refusals and sign-in said everywhere alike."""

import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode, urlsplit
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.http import HttpRequest, HttpResponse, QueryDict
from django.urls import Resolver404, resolve, reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme

from openiop.base.errors import Refused
from openiop.ui import actions, queries, rules, views
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
NUL = "\x00"

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


def _without_nul(sent: QueryDict) -> Any:
    """The same fields without the NUL character, which no keyboard types and PostgreSQL keeps in no text."""
    if not any(NUL in part for name, values in sent.lists() for part in (name, *values)):
        return sent
    clean = QueryDict(mutable=True, encoding=sent.encoding)
    for name, values in sent.lists():
        clean.setlist(name.replace(NUL, ""), [value.replace(NUL, "") for value in values])
    clean._mutable = False
    return clean


def safety_headers(get_response: Answer) -> Answer:
    """Every answer has the content policy, errors our own pages; every answer but a static file is never stored."""

    def answer(request: HttpRequest) -> HttpResponse:
        ASKED_AT.set(timezone.now())
        request.GET = _without_nul(request.GET)
        if request.method == "POST":
            request.POST = _without_nul(request.POST)
        response = get_response(request)
        if settings.DEBUG and response.status_code in OWN and not response.streaming and TECHNICAL in response.content:
            response = OWN[response.status_code](request)  # the trace is in the log; its page breaks our own policy
        response.headers.setdefault("Content-Security-Policy", POLICY)
        response.headers.setdefault("Permissions-Policy", PERMISSIONS)
        if not request.path.startswith(settings.STATIC_URL):
            response.headers["Cache-Control"] = "no-store"
        return response

    return answer


def _door(address: str) -> bool:
    """Whether an address leads to the sign-in, the lock screen, or a page that asks first who it is."""
    doors = (settings.LOGIN_URL, settings.LOCK_URL, settings.CONFIRM_URL, settings.ENROL_URL)
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


TOKEN = "csrfmiddlewaretoken"  # drawn anew with every form, so the same one twice is the same form
OWN_ROOMS = frozenset({"ui", "accounts"})  # locking, drafts and held forms: done again, they are meant again
PATIENCE = 5.0  # seconds to wait for the first sending to be answered


def _lasts(request: HttpRequest) -> timedelta | None:
    """How long this form, sent again, is the same one; None for a form that may be sent as often as one likes."""
    if request.method != "POST" or request.FILES or not request.user.is_authenticated:
        return None
    try:
        found = resolve(request.path_info)
    except Resolver404:
        return None
    if found.app_name in OWN_ROOMS or found.namespace in OWN_ROOMS:
        return None
    new, token = getattr(found.func, "once", False), request.POST.get(TOKEN)
    if wants_part(request) and not new:
        return None  # the page stays, and the same tap later is a new one
    return rules.SAME_FORM if token else rules.SAME_WORDS if new else None


def _first_answer(sent_id: UUID) -> HttpResponse | None:
    """What answered the first sending, once it is there; None where it was turned down."""
    until = time.monotonic() + PATIENCE
    while (row := queries.sending(sent_id)) is not None:
        if row.status:
            header = "Location" if row.status in (302, 303) else "HX-Redirect"
            return HttpResponse(status=row.status, headers={header: row.location})
        if time.monotonic() > until:
            raise Refused("This was sent a moment ago and is still being kept. Look at the page before sending again.")
        time.sleep(0.05)
    return None


def sent_twice(get_response: Answer) -> Answer:
    """The same form sent again makes nothing: it is answered as the first time, and so is a second click meanwhile."""

    def answer(request: HttpRequest) -> HttpResponse:
        lasts = _lasts(request)
        if lasts is None:
            return get_response(request)
        pairs = [(name, str(value)) for name, values in request.POST.lists() for value in values]
        mark = rules.mark_of(path=request.get_full_path(), pairs=pairs)
        owner = owner_of(request)
        sent, first = actions.take_form(owner_id=owner, mark=mark, lasts=lasts, at=timezone.now())
        if not first:
            try:
                earlier = _first_answer(sent.pk)
            except Refused as refusal:
                return failure(request, 409, "That was sent already", refusal.reasons, icon="s-watch")
            if earlier is not None:
                return earlier
            return answer(request)
        with transaction.atomic():  # what it makes and that it was taken: both are kept, or neither
            response = get_response(request)
            location = response.headers.get("Location") or response.headers.get("HX-Redirect") or ""
            taken = response.status_code in (200, 204, 302, 303) and 0 < len(location) <= 400
            kept = taken and not _door(location) and location != reverse("ui:held")
            if kept:
                actions.answer_form(sent=sent, status=response.status_code, location=location)
        if not kept:
            actions.let_sending_go(sent=sent)
        return response

    return answer
