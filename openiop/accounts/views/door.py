"""The door: signing in and out, the second step, locking and unlocking, confirming who it is, setting up a sign-in."""

from datetime import datetime
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.conf import settings
from django.contrib.auth import authenticate, login, logout
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_http_methods, require_POST

from openiop.accounts import access, actions, passkeys, queries, rules
from openiop.accounts.backend import PATH, may_enter
from openiop.accounts.forms import CodeForm, NewPasswordForm, SignInForm, UnlockForm
from openiop.accounts.models import SignIn, User
from openiop.accounts.rules import Secret
from openiop.base.errors import Refused
from openiop.ui import queries as ui
from openiop.ui.access import owner_of, signed_in
from openiop.ui.pages import page, say

HALF = "half"  # in the session: whose password was right, until the second step is taken
HALF_LASTS = 600  # seconds
NO_PASSKEY = "That passkey is not known here. Use your password."


def _wanted(request: HttpRequest) -> str:
    """The page asked for, if it is ours."""
    wanted = request.POST.get("next") or request.GET.get("next") or "/"
    return wanted if url_has_allowed_host_and_scheme(wanted, {request.get_host()}) else "/"


def _next(request: HttpRequest) -> str:
    """Where to go on: held forms first, then the page asked for."""
    return reverse("ui:held") if ui.held_for(owner_of(request)) else _wanted(request)


def _place(request: HttpRequest, email: str) -> actions.Place:
    """Where a try comes from, and for which account."""
    account = access.account_of(email) if email else ""
    browser = access.browser_of(request, email) if email else ""
    return actions.Place(account=account, network=access.network_of(request), browser=browser)


def _by_password(request: HttpRequest, email: str, password: str, at: datetime) -> User | None:
    """The user whose password this is, or None; refused unread where too many were wrong."""
    tried = actions.begin_try(secret=Secret.PASSWORD, place=_place(request, email), at=at)
    user = authenticate(request, email=email, password=password)
    found = user if isinstance(user, User) else None
    actions.end_try(tried=tried, right=found is not None, at=at)
    return found


def _by_code(request: HttpRequest, user: User, code: str, at: datetime) -> str:
    """What the code proved, or nothing; refused unread where too many were wrong."""
    tried = actions.begin_try(secret=Secret.CODE, place=_place(request, user.email), at=at)
    how = actions.use_code(user=user, code=code, at=at)
    actions.end_try(tried=tried, right=bool(how), at=at)
    return how


def _by_passkey(request: HttpRequest, user: User | None, at: datetime) -> User | None:
    """Whose passkey this is, or None; refused unread where too many were sent."""
    tried = actions.begin_try(secret=Secret.PASSKEY, place=_place(request, ""), at=at)
    found = passkeys.proved(request.POST.get("credential", ""), user)
    right = found is not None and may_enter(found[0], request)
    actions.end_try(tried=tried, right=right, at=at)
    if found is None or not right:
        return None
    actions.use_passkey(factor=found[1], at=at)
    return found[0]


def _leave(request: HttpRequest, at: datetime) -> None:
    """Nothing of whoever was signed in here stays in this browser's session."""
    if isinstance(request.user, User):
        row = queries.sign_in(request.session.get("sign_in") or "")
        if row is not None:
            actions.end_sign_in(sign_in=row, how=SignIn.Ended.OUT, at=at)
        actions.note(what="user.signed-out", user=request.user, at=at)
    logout(request)


def _let_in(request: HttpRequest, user: User, *, how: str, shared: bool, to: str, at: datetime) -> HttpResponse:
    """The user is signed in on this device, and goes on to the page asked for, or to what waits."""
    before = request.user
    if isinstance(before, User):
        _leave(request, at)
    login(request, user, backend=PATH)
    row = actions.begin_sign_in(
        user=user, device=rules.device(request.headers.get("User-Agent", "")), shared=shared, how=how, at=at
    )
    session = request.session
    session["sign_in"], session["shared"], session["seen"] = str(row.pk), shared, at.isoformat()
    session["locked"], session[access.CONFIRMED] = False, at.isoformat()
    session.set_expiry(0 if shared else settings.SESSION_COOKIE_AGE)
    moved = redirect(reverse("ui:held") if ui.held_for(str(user.pk)) else to)
    moved.delete_cookie("last_user")
    access.know(request, moved, user.email, shared=shared)
    return moved


@require_http_methods(["GET", "POST"])
def sign_in(request: HttpRequest) -> HttpResponse:
    """A passkey, or email and password; wrong ones are answered alike whoever asks."""
    shared = access.on_shared_device(request)
    form = SignInForm(request.POST or None, initial={"shared": shared})
    at = timezone.now()
    try:
        if request.method == "POST" and request.POST.get("credential"):
            shared = shared or request.POST.get("shared") == "on"
            user = _by_passkey(request, None, at)
            if user is not None:
                return _let_in(request, user, how="passkey", shared=shared, to=_wanted(request), at=at)
            actions.note_failed(email="", at=at)
            form = SignInForm(initial={"login": request.POST.get("login", ""), "shared": shared})
            return _door(request, form, says=NO_PASSKEY)
        if request.method == "POST" and form.is_valid():
            shared = shared or form.cleaned_data["shared"]
            user = _by_password(request, form.cleaned_data["login"], form.cleaned_data["password"], at)
            if user is not None:
                return _first_step(request, user, shared=shared, at=at)
            actions.note_failed(email=form.cleaned_data["login"], at=at)
            form.add_error(None, "The email or the password is not correct.")
    except Refused as held:
        return _door(request, form, says=" ".join(held.reasons))
    return _door(request, form)


sign_in.permission = "public"  # type: ignore[attr-defined]


def _door(request: HttpRequest, form: SignInForm, *, says: str = "") -> HttpResponse:
    context = {
        "form": form,
        "next": request.GET.get("next", request.POST.get("next", "")),
        "demo": settings.DEMO_SIGN_IN,
        "says": says,
        "shared_device": request.COOKIES.get(access.SHARED) == "on",
    }
    return page(request, "accounts/sign_in.html", context, ok=request.method == "GET")


def _first_step(request: HttpRequest, user: User, *, shared: bool, at: datetime) -> HttpResponse:
    """The password was right: whoever has a second step takes it next, everyone else is in."""
    to = _wanted(request)
    if not queries.factors_of(user):
        return _let_in(request, user, how="password", shared=shared, to=to, at=at)
    if isinstance(request.user, User):
        _leave(request, at)
    request.session[HALF] = {"user": str(user.pk), "at": int(at.timestamp()), "shared": shared, "next": to}
    return redirect("accounts:second")


def _half(request: HttpRequest, at: datetime) -> tuple[User, dict[str, Any]] | None:
    """Whose password was right on this browser a moment ago."""
    half = request.session.get(HALF)
    if not half or at.timestamp() - half["at"] >= HALF_LASTS:
        return None
    user = queries.user_by_id(half["user"])
    return (user, half) if user is not None and may_enter(user, request) else None


@require_http_methods(["GET", "POST"])
def second(request: HttpRequest) -> HttpResponse:
    """After the password: a code of the app, a recovery code, or a passkey."""
    at = timezone.now()
    found = _half(request, at)
    if found is None:
        return redirect("accounts:sign-in")
    user, half = found
    factors = queries.factors_of(user)
    recovery = request.GET.get("with") == "recovery" or factors.app is None
    form = CodeForm(request.POST if request.method == "POST" else None, recovery=recovery)
    says = ""
    try:
        if request.method == "POST" and request.POST.get("credential"):
            form = CodeForm(recovery=recovery)
            if _by_passkey(request, user, at) is not None:
                return _second_taken(request, user, half, "password and passkey", at)
            actions.note(what="user.second-factor-failed", user=user, at=at)
            says = "That passkey is not one of yours here."
        elif request.method == "POST" and form.is_valid():
            how = _by_code(request, user, form.cleaned_data["code"], at)
            if how:
                return _second_taken(request, user, half, f"password and {how}", at)
            form.add_error("code", _wrong_code(form.cleaned_data["code"], recovery=recovery))
    except Refused as held:
        says = " ".join(held.reasons)
    context = {
        "form": form, "factors": factors, "recovery": recovery, "says": says, "app_name": settings.PASSKEY_NAME,
    }  # fmt: skip
    return page(request, "accounts/second.html", context, ok=request.method == "GET")


second.permission = "public"  # type: ignore[attr-defined]


def _wrong_code(code: str, *, recovery: bool) -> str:
    if recovery:
        return "That is no unused recovery code of yours. Each works once."
    if len(rules.tidy(code)) != rules.DIGITS:
        return "A code has six digits. Type all six."
    return "That code does not fit, or was used already. Wait for the next one."


def _second_taken(request: HttpRequest, user: User, half: dict[str, Any], how: str, at: datetime) -> HttpResponse:
    """Both steps were right."""
    del request.session[HALF]
    return _let_in(request, user, how=how, shared=half["shared"], to=half["next"], at=at)


@require_POST
def passkey_ask(request: HttpRequest) -> HttpResponse:
    """What the browser is asked when someone chooses a passkey: for whoever is known here already, or anyone."""
    found = _half(request, timezone.now())
    user = request.user if isinstance(request.user, User) else found[0] if found else None
    return JsonResponse(passkeys.ask(None if request.POST.get("anyone") else user))


passkey_ask.permission = "public"  # type: ignore[attr-defined]


@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    """Nobody is signed in on this browser any more, and nothing of whoever was stays in it."""
    shared = access.on_shared_device(request)
    _leave(request, timezone.now())
    answer = redirect("accounts:sign-in")
    answer.delete_cookie("last_user")
    answer.delete_cookie("blur")
    if shared:
        answer.headers["Clear-Site-Data"] = '"cache", "storage"'
    return answer


sign_out.permission = "public"  # type: ignore[attr-defined]


@signed_in
@require_http_methods(["GET", "POST"])
def lock(request: HttpRequest) -> HttpResponse:
    """POST locks the screen at once; GET shows a locked one, with initials and no name."""
    assert isinstance(request.user, User)
    if request.method == "POST":
        if not request.session.get("locked"):
            request.session["locked"] = True
            actions.note(what="user.locked", user=request.user, at=timezone.now())
        return redirect(f"{settings.LOCK_URL}?{urlencode({'next': request.POST.get('next', '/')})}")
    if not request.session.get("locked"):
        return redirect(_next(request))
    return _locked(request, UnlockForm(), ok=True)


def _locked(request: HttpRequest, form: UnlockForm, *, ok: bool, says: str = "") -> HttpResponse:
    assert isinstance(request.user, User)
    wanted = request.POST.get("next") or request.GET.get("next") or "/"
    context = {
        "form": form,
        "who": rules.initials(request.user.name),
        "next": wanted,
        "viewer": None,
        "says": says,
        "passkeys": bool(queries.factors_of(request.user).passkeys),
    }
    return page(request, "accounts/locked.html", context, ok=ok)


@signed_in
@require_POST
def unlock(request: HttpRequest) -> HttpResponse:
    """The right password, or a passkey, opens the screen where it was, with what was typed."""
    user, at = request.user, timezone.now()
    assert isinstance(user, User)
    by_passkey = bool(request.POST.get("credential"))
    form = UnlockForm(None if by_passkey else request.POST)
    says = ""
    try:
        if by_passkey or form.is_valid():
            if by_passkey:
                same = _by_passkey(request, user, at)
            else:
                same = _by_password(request, user.email, form.cleaned_data["password"], at)
            if same is not None and same.pk == user.pk:
                request.session["locked"], request.session["seen"] = False, at.isoformat()
                request.session[access.CONFIRMED] = at.isoformat()
                request.session.pop(access.HANDED, None)
                actions.note(what="user.unlocked", user=user, at=at)
                return redirect(_next(request))
            actions.note(what="user.unlock-failed", user=user, at=at)
            if by_passkey:
                says = "That passkey is not yours. Try again, or sign out."
            else:
                form.add_error("password", "That is not the password. Try again, or sign out.")
    except Refused as held:
        says = f"{' '.join(held.reasons)} You can sign out."
    return _locked(request, form, ok=False, says=says)


@signed_in
@require_http_methods(["GET", "POST"])
def confirm(request: HttpRequest) -> HttpResponse:
    """Show once more who you are, and go on to what you were doing."""
    user, at = request.user, timezone.now()
    assert isinstance(user, User)
    factors = queries.factors_of(user)
    with_code = bool(factors) and request.GET.get("with") in {"code", "recovery"}
    recovery = with_code and (request.GET.get("with") == "recovery" or factors.app is None)
    posted = request.POST if request.method == "POST" and not request.POST.get("credential") else None
    form = CodeForm(posted, recovery=recovery) if with_code else UnlockForm(posted)
    says, how, wrong = "", "", False
    try:
        if request.method == "POST" and posted is None:
            how = "passkey" if _by_passkey(request, user, at) is not None else ""
            wrong, says = not how, "" if how else "That passkey is not yours. Try again."
        elif form.is_valid() and with_code:
            how = _by_code(request, user, form.cleaned_data["code"], at)
            if not how:
                wrong = True
                form.add_error("code", _wrong_code(form.cleaned_data["code"], recovery=recovery))
        elif form.is_valid():
            same = _by_password(request, user.email, form.cleaned_data["password"], at)
            how = "password" if same is not None and same.pk == user.pk else ""
            if not how:
                wrong = True
                form.add_error("password", "That is not the password. Try again.")
    except Refused as held:
        says = " ".join(held.reasons)
    if how:
        request.session[access.CONFIRMED] = at.isoformat()
        actions.note(what="user.confirmed", user=user, at=at, how=how)
        to = _next(request)
        if to != reverse("ui:held"):
            say(request, "Thank you. You can go on.")
        return redirect(to)
    if wrong:
        actions.note(what="user.confirm-failed", user=user, at=at)
    context = {
        "form": form, "says": says, "factors": factors, "with_code": with_code, "recovery": recovery,
        "next": request.POST.get("next") or request.GET.get("next") or "/", "minutes": settings.CONFIRM_MINUTES,
        "waiting": bool(ui.held_for(owner_of(request))),
    }  # fmt: skip
    return page(request, "accounts/confirm.html", context, ok=request.method == "GET")


@require_http_methods(["GET", "POST"])
def set_up(request: HttpRequest, user_id: UUID, token: str) -> HttpResponse:
    """Whoever holds the one-time link chooses the password; an old or used link says so."""
    at = timezone.now()
    try:
        tried = actions.begin_try(secret=Secret.LINK, place=_place(request, f"link {user_id}"), at=at)
    except Refused as held:
        return page(request, "accounts/link_over.html", {"says": " ".join(held.reasons)}, status=404)
    user = queries.user_of_link(user_id, token)
    actions.end_try(tried=tried, right=user is not None, at=at)
    if user is None:
        return page(request, "accounts/link_over.html", {"says": ""}, status=404)
    form = NewPasswordForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            actions.set_password(user=user, password=form.cleaned_data["password"], at=at)
            say(request, "Your sign-in is ready")
            return redirect("accounts:sign-in")
        except Refused as refusal:
            form.add_error("password", refusal.reasons)
    return page(request, "accounts/set_up.html", {"form": form}, ok=not form.errors)


set_up.permission = "public"  # type: ignore[attr-defined]
