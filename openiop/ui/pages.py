"""One way to answer with a page: whole, or only the named part when htmx asks for it."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from secrets import token_hex
from typing import Any, cast
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.template import engines
from django.template.backends.jinja2 import Jinja2
from django.template.backends.utils import csrf_input_lazy, csrf_token_lazy
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.cache import patch_vary_headers
from django.utils.http import url_has_allowed_host_and_scheme
from django_htmx.middleware import HtmxDetails
from jinja2 import Environment
from jinja2_fragments import render_block

from openiop.ui.queries import Typed
from openiop.ui.rules import CRISIS_LINES, neutral

# htmx swaps a refused form (422) and a refusal (409) in; nothing is evaluated, styled or kept in the browser.
HTMX_CONFIG = json.dumps(
    {
        "responseHandling": [
            {"code": "204", "swap": False},
            {"code": "[23]..", "swap": True},
            {"code": "409", "swap": True},
            {"code": "422", "swap": True},
            {"code": "...", "swap": False, "error": True},
        ],
        "allowEval": False,
        "attributesToSettle": ["class", "width", "height"],
        "allowScriptTags": False,
        "historyCacheSize": 0,
        "includeIndicatorStyles": False,
        "refreshOnHistoryMiss": True,
        "selfRequestsOnly": True,
    }
)


@dataclass(frozen=True)
class NavItem:
    """One entry of the rail or the thumb bar; `primary` is the filled one (Help now)."""

    label: str
    url: str
    icon: str
    current: bool = False
    count: int | None = None
    primary: bool = False


@dataclass(frozen=True)
class Bar:
    """One sentence above a page that must not be overlooked, with what ends it and where it leads."""

    text: str
    act: str
    act_url: str
    link: str = ""
    link_url: str = ""


@dataclass(frozen=True)
class Line:
    """One crisis line as a link: Call 988 is tel:988."""

    label: str
    url: str
    icon: str = ""


@dataclass(frozen=True)
class Navigation:
    """What surrounds a page; an empty address leaves its control out."""

    items: tuple[NavItem, ...] = ()
    home_url: str = "/"
    find_url: str = ""
    lock_url: str = ""
    me_url: str = ""
    foot: str = ""
    crisis: tuple[Line, ...] = field(default=())


@dataclass(frozen=True)
class Said:
    """One short message, with the address that undoes what it tells of, or none."""

    text: str
    undo: str


def _address(name: str) -> str:
    """The address of a named page, or nothing where the program has no such page."""
    try:
        return reverse(name)
    except NoReverseMatch:
        return ""


def _navigation(request: HttpRequest, viewer: Any) -> Navigation:
    """The surroundings the roof chose for this request; lock and me fill in for a person signed in."""
    given = getattr(request, "navigation", None) or ()
    nav = given if isinstance(given, Navigation) else Navigation(items=tuple(given))
    if viewer is None:
        return nav
    return Navigation(
        items=nav.items,
        home_url=nav.home_url,
        find_url=nav.find_url or _address("desk:find"),
        lock_url=nav.lock_url or _address("accounts:lock"),
        me_url=nav.me_url or _address("accounts:me"),
        foot=nav.foot,
        crisis=nav.crisis,
    )


def lines(kept: Iterable[Mapping[str, str]]) -> tuple[Line, ...]:
    """Crisis lines as a program keeps them (label, url, icon) ready to be shown."""
    return tuple(Line(one["label"], one["url"], one.get("icon", "")) for one in kept if one.get("url"))


def shell(request: HttpRequest) -> dict[str, Any]:
    """What every page's frame needs, taken from the request; a page's own context wins over it."""
    viewer = getattr(request, "viewer", None)
    program = getattr(viewer, "program", None)
    nav = _navigation(request, viewer)
    user, match = getattr(request, "user", None), request.resolver_match
    zone = getattr(program, "zone", None) or timezone.get_current_timezone()
    typed = None
    if match is not None and user is not None and user.is_authenticated:
        typed = Typed(str(user.pk), ":".join([*match.namespaces, *map(str, match.kwargs.values())]) or "page", zone)
    said = [] if getattr(request, "_messages", None) is None else list(messages.get_messages(request))
    lasting = {messages.WARNING, messages.ERROR}
    return {
        "request": request,
        "csrf_input": csrf_input_lazy(request),
        "csrf_token": csrf_token_lazy(request),
        "viewer": viewer,
        "viewer_name": getattr(viewer, "label", "") or getattr(viewer, "name", ""),
        "brand": getattr(program, "name", "") or "OpenIOP",
        "tab_name": neutral(getattr(program, "name", "") or "OpenIOP"),
        "zone": zone,
        "typed": typed,
        "nav": nav,
        "navigation": nav.items,
        "find_url": nav.find_url,
        "crisis_lines": nav.crisis or lines(getattr(program, "crisis_lines", ()) or CRISIS_LINES),
        "exit_url": settings.EXIT_URL,
        "theme": getattr(getattr(request, "user", None), "theme", ""),
        "blurred": request.COOKIES.get("blur") == "on",
        "idle_minutes": getattr(request, "idle_minutes", 0),
        "htmx_config": HTMX_CONFIG,
        "notices": [str(one) for one in said if one.level in lasting],
        "toasts": [Said(str(one), one.extra_tags or "") for one in said if one.level not in lasting][-1:],
    }


def wants_part(request: HttpRequest) -> bool:
    """Whether htmx asks for a part; a boosted link or a restored history entry wants the whole page."""
    htmx: HtmxDetails | None = getattr(request, "htmx", None)
    return htmx is not None and bool(htmx) and not htmx.boosted and not htmx.history_restore_request


def page(
    request: HttpRequest,
    template: str,
    context: Mapping[str, Any] | None = None,
    *,
    partial: str | None = None,
    ok: bool = True,
    status: int | None = None,
) -> HttpResponse:
    """The whole page, or only its named block when htmx asks; 422 when the form on it was refused."""
    env: Environment = cast(Jinja2, engines["jinja2"]).env
    if request.method == "POST" and not wants_part(request) and (counted := getattr(request, "counted", None)):
        request.navigation = counted()  # type: ignore[attr-defined]
    full = shell(request) | dict(context or {})
    if partial and wants_part(request):
        body = render_block(env, template, partial, **full)
    else:
        body = env.get_template(template).render(full)
    response = HttpResponse(body, status=status or (200 if ok else 422))
    patch_vary_headers(response, ["HX-Request"])
    return response


def say(request: HttpRequest, text: str, *, undo: str = "") -> None:
    """Leave one short message for the next page; name nobody in it. `undo` is a POST address."""
    messages.success(request, text, extra_tags=undo)


def reference() -> str:
    """A short word to find one failure in the logs by."""
    return token_hex(4).upper()


def failure(
    request: HttpRequest, status: int, title: str, reasons: list[str], *, icon: str = "info", reference: str = ""
) -> HttpResponse:
    """A page that says what did not happen and what to do; for htmx the same words above an untouched page."""
    instead: NavItem | None = getattr(request, "instead", None) if status == 403 else None
    context = {
        "title": title,
        "reasons": reasons,
        "icon": icon,
        "reference": reference,
        "back": "",
        "instead": instead,
    }
    came = request.headers.get("Referer", "")
    if came and url_has_allowed_host_and_scheme(came, {request.get_host()}):
        back = urlsplit(came).path
        context["back"] = back if request.method == "POST" or back != request.path else ""
    if not wants_part(request):
        return page(request, "ui/error.html", context, status=status)
    part = page(request, "ui/refused.html", context, status=status)
    part.headers["HX-Retarget"] = "#said"
    part.headers["HX-Reswap"] = "innerHTML"
    return part
