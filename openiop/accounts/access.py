"""Where a request comes from, and pages that ask first whether it is really you."""

from collections.abc import Callable
from datetime import datetime
from functools import wraps
from ipaddress import IPv6Address, ip_address, ip_network
from secrets import token_urlsafe
from typing import Any, TypeVar
from urllib.parse import urlencode, urlsplit

from allauth.core.internal.httpkit import get_client_ip
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.utils.http import url_has_allowed_host_and_scheme

from openiop.accounts import rules
from openiop.base.errors import Refused
from openiop.ui import actions as ui
from openiop.ui.access import owner_of, wants_json
from openiop.ui.pages import wants_part

Given = TypeVar("Given", bound=HttpResponseBase)
KNOWN = "known"  # the cookie of a browser that signed in before; it names nobody to whoever reads it
SHORT = 16  # characters of a digest that stand in it
MOST_KNOWN = 20  # accounts: as many colleagues as share one computer
SHARED = "shared_device"  # the cookie of a device that several people use
YEAR = 365 * 24 * 3600
HANDED = "handed"  # in the session: the one page someone else was handed
CONFIRMED = "confirmed"  # in the session: when someone last showed who they are


def _digest(kind: str, text: str) -> str:
    return salted_hmac(f"openiop.tries.{kind}", text, algorithm="sha256").hexdigest()


def network_of(request: HttpRequest) -> str:
    """A digest of the network a request comes from: an IPv4 address, or the /64 one household or office has in IPv6.

    Only what our own proxies added to X-Forwarded-For counts; whatever a client wrote there itself stands to the left.
    """
    try:
        said = get_client_ip(request)
    except ImproperlyConfigured:  # fewer entries than proxies: it came around them, so its own address counts
        said = request.META.get("REMOTE_ADDR")
    try:
        address = ip_address(said or "")
    except ValueError:
        return _digest("network", said or "")
    if isinstance(address, IPv6Address):
        mapped = address.ipv4_mapped
        return _digest("network", str(mapped or ip_network(f"{address}/64", strict=False)))
    return _digest("network", str(address))


def account_of(email: str) -> str:
    """A digest of the account a try is for, whether or not there is one."""
    return _digest("account", email.strip().lower())


def _known(request: HttpRequest) -> tuple[list[str], str]:
    """The accounts this browser signed in to before, as the beginnings of their digests, and the browser's own mark."""
    said = request.get_signed_cookie(KNOWN, default="", max_age=YEAR) or ""
    accounts, _, mark = said.partition(".")
    return accounts.split("-"), mark


def browser_of(request: HttpRequest, email: str) -> str:
    """A digest of this browser, where it signed in to this account before; else nothing."""
    accounts, mark = _known(request)
    return _digest("browser", mark) if mark and account_of(email)[:SHORT] in accounts else ""


def know(request: HttpRequest, answer: HttpResponse, email: str, *, shared: bool) -> None:
    """This browser is known to the account from now on; one that is shared only for today remembers nobody."""
    if shared and request.COOKIES.get(SHARED) != "on":
        answer.delete_cookie(KNOWN)
        return
    accounts, mark = _known(request)
    mine = account_of(email)[:SHORT]
    first = [mine, *(one for one in accounts if one and one != mine)][:MOST_KNOWN]
    value = f"{'-'.join(first)}.{mark or token_urlsafe(24)}"
    safe = not settings.DEBUG
    answer.set_signed_cookie(KNOWN, value, max_age=YEAR, httponly=True, samesite="Lax", secure=safe)


def on_shared_device(request: HttpRequest) -> bool:
    """Whether several people use this device: said at this sign-in, or once and for all on the device."""
    return bool(request.session.get("shared")) or request.COOKIES.get(SHARED) == "on"


def keep_form(request: HttpRequest, owner_id: str, at: datetime) -> bool:
    """What was sent is kept for its sender; false where nothing worth keeping was typed."""
    pairs = [(name, str(value)) for name, values in request.POST.lists() for value in values]
    try:
        ui.hold_form(owner_id=owner_id, path=request.path, fields=pairs, at=at)
    except Refused:
        return False
    return True


def came_from(request: HttpRequest) -> str:
    """The page a form stood on, if it is ours."""
    came = request.headers.get("HX-Current-URL" if wants_part(request) else "Referer", "")
    ours = url_has_allowed_host_and_scheme(came, {request.get_host()})
    return "/" + urlsplit(came).path.lstrip("/") if ours else "/"


def hand_over(request: HttpRequest, address: str) -> HttpResponse:
    """This screen shows one page alone, for someone else to hold, until whoever is signed in unlocks it."""
    request.session[HANDED] = address
    return redirect(address)


def is_handed(request: HttpRequest) -> bool:
    """Whether this screen is in someone else's hands, and this is the page they hold."""
    return bool(request.session.get(HANDED) == request.path)


def is_confirmed(request: HttpRequest, at: datetime) -> bool:
    """Whether whoever is signed in showed who they are within the last minutes."""
    raw = request.session.get(CONFIRMED)
    when = datetime.fromisoformat(raw) if raw else None
    return rules.is_confirmed(confirmed=when, at=at, minutes=settings.CONFIRM_MINUTES)


def led_to(door: str, request: HttpRequest, at: datetime, says: str) -> HttpResponse:
    """Lead to a door of ours and then on; what was being sent is kept, and a script is told in words."""
    if request.method == "POST":
        keep_form(request, owner_of(request), at)
    if wants_json(request):
        return JsonResponse({"says": says}, status=401)
    here = came_from(request) if request.method == "POST" else request.get_full_path()
    return redirect(f"{door}?{urlencode({'next': here})}")


def confirmed(view: Callable[..., Given]) -> Callable[..., Given | HttpResponse]:
    """Open this page only to someone who showed within the last minutes who they are; stands below `require`."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> Given | HttpResponse:
        at = timezone.now()
        if is_confirmed(request, at):
            return view(request, *args, **kwargs)
        return led_to(settings.CONFIRM_URL, request, at, "Confirm first that it is you.")

    guarded.confirmed = True  # type: ignore[attr-defined]
    return guarded


def confirmed_to_send(view: Callable[..., Given]) -> Callable[..., Given | HttpResponse]:
    """Anyone the page is for may read it; its form is taken only from someone who showed recently who they are."""
    asks = confirmed(view)

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> Given | HttpResponse:
        return (asks if request.method == "POST" else view)(request, *args, **kwargs)

    guarded.confirmed = True  # type: ignore[attr-defined]
    return guarded
