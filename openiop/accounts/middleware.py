"""The screen locks itself after a quiet while, an ended sign-in is signed out, and what was being sent is kept."""

from collections.abc import Callable
from datetime import datetime, timedelta
from urllib.parse import urlencode, urlsplit

from django.conf import settings
from django.contrib.auth import SESSION_KEY, logout
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone

from openiop.accounts import actions, queries, rules
from openiop.accounts.access import HANDED, keep_form, on_shared_device
from openiop.accounts.backend import from_here
from openiop.accounts.models import User
from openiop.ui.access import owner_of, wants_json

Answer = Callable[[HttpRequest], HttpResponse]
LAST = "last_user"
STEP = 20  # seconds between two notes of when the user was last seen, so that not every page writes
ROW_STEP = timedelta(minutes=2)  # and between two notes of it in the list of devices


def _open_when_locked() -> frozenset[str]:
    names = ["accounts:lock", "accounts:unlock", "accounts:sign-out", "accounts:sign-in", "ui:draft", "portal:help"]
    names += ["accounts:second", "accounts:passkey-ask"]
    return frozenset(reverse(name) for name in names)


def _background(request: HttpRequest) -> bool:
    """A page that asks by itself is no sign of a person."""
    return request.GET.get("poll") == "1"


def _was_ended(request: HttpRequest, user: User, at: datetime) -> bool:
    """Whether this sign-in was ended from elsewhere; one that stands is noted as seen."""
    named = request.session.get("sign_in")
    row = queries.sign_in(named) if named else None
    if row is None:
        agent, shared = request.headers.get("User-Agent", ""), on_shared_device(request)
        row = actions.find_sign_in(user=user, device=rules.device(agent), shared=shared, at=at)
        request.session["sign_in"] = str(row.pk)
    elif row.ended_at is None and not _background(request) and at - row.seen_at >= ROW_STEP:
        actions.see_sign_in(sign_in=row, at=at)
    return row.ended_at is not None or row.user_id != user.pk


def _signed_out(request: HttpRequest, at: datetime) -> HttpResponse:
    """As when a sign-in runs out: back to the door, and what was being sent waits for its sender."""
    owner = owner_of(request)
    if request.method == "POST" and request.path not in _open_when_locked():
        keep_form(request, owner, at)
    here = request.get_full_path() if request.method == "GET" else "/"
    logout(request)
    if wants_json(request):
        return JsonResponse({"says": "Sign in to go on."}, status=401)
    return redirect(f"{settings.LOGIN_URL}?{urlencode({'next': here})}")


def idle_lock(get_response: Answer) -> Answer:
    """Locked after 10 quiet minutes (5 on a shared device); nothing typed is lost by it."""

    def answer(request: HttpRequest) -> HttpResponse:
        at = timezone.now()
        if not isinstance(request.user, User):
            return _for_the_absent(request, get_response(request), at)
        if getattr(request.user, "demo", False) and not from_here(request):
            actions.note(what="user.signed-out", user=request.user, at=at)
            logout(request)
            return redirect(settings.LOGIN_URL)
        if _was_ended(request, request.user, at):
            return _signed_out(request, at)
        session = request.session
        minutes = settings.IDLE_MINUTES_SHARED if on_shared_device(request) else settings.IDLE_MINUTES
        raw = session.get("seen")
        seen = datetime.fromisoformat(raw) if raw else at
        if not session.get("locked") and rules.locks(seen=seen, at=at, minutes=minutes):
            session["locked"] = True
            actions.note(what="user.locked", user=request.user, at=at, idle=True)
        if session.get("locked") and request.path not in _open_when_locked():
            if request.method == "POST":
                keep_form(request, owner_of(request), at)
            if wants_json(request):
                return JsonResponse({"says": "This screen is locked."}, status=401)
            here = request.get_full_path() if request.method == "GET" else "/"
            return redirect(f"{settings.LOCK_URL}?{urlencode({'next': here})}")
        handed = session.get(HANDED)
        if handed and request.path != handed and request.path not in {*_open_when_locked(), reverse("ui:here")}:
            if wants_json(request):
                return JsonResponse({"says": "This screen shows one page alone."}, status=401)
            return redirect(handed)
        if not session.get("locked") and not _background(request) and (not raw or (at - seen).seconds >= STEP):
            session["seen"] = at.isoformat()
        request.idle_minutes = minutes  # type: ignore[attr-defined]
        response = get_response(request)
        if SESSION_KEY in session and not request.COOKIES.get(LAST):
            response.set_signed_cookie(
                LAST, owner_of(request), max_age=12 * 3600, httponly=True, samesite="Lax", secure=not settings.DEBUG
            )
        return response

    return answer


def _for_the_absent(request: HttpRequest, response: HttpResponse, at: datetime) -> HttpResponse:
    """A form sent after the sign-in ran out waits for its sender, whom a signed cookie of ours still names."""
    if response.status_code != 302 or request.method != "POST":
        return response
    if not urlsplit(response.headers["Location"]).path.startswith(settings.LOGIN_URL):
        return response
    owner = request.get_signed_cookie(LAST, default=None, max_age=12 * 3600)
    if owner and request.path not in _open_when_locked():
        keep_form(request, owner, at)
    return response
