"""What is one's own behind the door: how pages look, second steps, and where one is signed in."""

from typing import Any
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from openiop.accounts import access, actions, adapter, passkeys, queries, rules
from openiop.accounts.access import confirmed
from openiop.accounts.forms import CodeForm, LookForm, PasskeyForm
from openiop.accounts.models import SignIn, User
from openiop.base.errors import Refused
from openiop.ui import queries as ui
from openiop.ui.access import owner_of, signed_in
from openiop.ui.pages import page, say

SECRET = "app_secret"  # in the session: a secret shown to be put into an app, until a code proves that it is there


def _user(request: HttpRequest) -> User:
    assert isinstance(request.user, User)
    return request.user


def _must(request: HttpRequest) -> bool:
    """Whether this person's work here needs a second step."""
    viewer = getattr(request, "viewer", None)
    staff = viewer is not None and viewer.is_staff
    return staff and settings.STAFF_SECOND_FACTOR == "required" and not queries.is_exempt(_user(request))


def _frame(request: HttpRequest) -> dict[str, Any]:
    """What every page here needs: the bare frame where nothing else opens yet."""
    return {"must": _must(request), "bare": getattr(request, "must_enrol", False)}


@signed_in
@require_http_methods(["GET", "POST"])
def me(request: HttpRequest) -> HttpResponse:
    """My sign-in: how pages look for me, letter keys, second step, devices, signing out."""
    user = _user(request)
    mine = {"theme": user.theme, "letter_keys": user.letter_keys}
    form = LookForm(request.POST or None, initial=mine)
    if request.method == "POST" and form.is_valid():
        actions.set_look(user=user, **form.cleaned_data, at=timezone.now())
        say(request, "Saved")
        return redirect("accounts:me")
    context = {"form": form, "user": user, "factors": queries.factors_of(user), "exempt": queries.is_exempt(user)}
    return page(request, "accounts/me.html", context | _devices(request), ok=not form.errors)


def _devices(request: HttpRequest) -> dict[str, Any]:
    """Where I am signed in, this device first named."""
    rows = queries.sign_ins_of(_user(request), timezone.now())
    return {
        "devices": rows,
        "here": request.session.get("sign_in"),
        "shared_device": request.COOKIES.get(access.SHARED) == "on",
        "shared": access.on_shared_device(request),
    }


@signed_in
@require_http_methods(["GET"])
def devices(request: HttpRequest) -> HttpResponse:
    """Where I am signed in: each device can be signed out from here."""
    return page(request, "accounts/devices.html", _devices(request) | _frame(request))


@signed_in
@require_POST
def end_device(request: HttpRequest, sign_in_id: UUID) -> HttpResponse:
    """Sign one device out."""
    row = queries.own_sign_in(_user(request), sign_in_id)
    actions.end_sign_in(sign_in=row, how=SignIn.Ended.FROM_ELSEWHERE, at=timezone.now())
    say(request, "That device is signed out.")
    return redirect("accounts:devices")


@signed_in
@require_POST
def end_others(request: HttpRequest) -> HttpResponse:
    """Sign every device out but this one."""
    user, at = _user(request), timezone.now()
    here = queries.sign_in(request.session.get("sign_in") or "")
    by = actions.Themself(user.id)
    actions.end_all(user=user, how=SignIn.Ended.FROM_ELSEWHERE, by=by, at=at, but=here)
    say(request, "Every other device is signed out.")
    return redirect("accounts:devices")


@signed_in
@require_POST
def share_device(request: HttpRequest) -> HttpResponse:
    """From now on everyone on this device is treated as on a shared one; or no longer."""
    on, at = request.POST.get("shared") == "on", timezone.now()
    actions.note(what="user.device-shared" if on else "user.device-own", user=_user(request), at=at)
    request.session["shared"] = on
    request.session.set_expiry(0 if on else settings.SESSION_COOKIE_AGE)
    answer = redirect("accounts:devices")
    if on:
        safe = not settings.DEBUG
        answer.set_cookie(access.SHARED, "on", max_age=access.YEAR, httponly=True, samesite="Lax", secure=safe)
        answer.delete_cookie(access.KNOWN)
        say(request, "This device is shared. It locks after 5 minutes and keeps nothing.")
    else:
        answer.delete_cookie(access.SHARED)
        say(request, "This device is your own again.")
    return answer


# --- second steps ---------------------------------------------------------------------------------------------------


@signed_in
@require_http_methods(["GET"])
def factors(request: HttpRequest) -> HttpResponse:
    """My passkeys, my code app and how many recovery codes are left."""
    user = _user(request)
    context = {"factors": queries.factors_of(user), "exempt": queries.is_exempt(user)}
    return page(request, "accounts/factors.html", context | _frame(request) | _devices(request))


def _codes(request: HttpRequest, codes: list[str], what: str) -> HttpResponse:
    """New recovery codes, on this answer only."""
    to = reverse("ui:held") if ui.held_for(owner_of(request)) else "/"
    return page(request, "accounts/codes.html", {"codes": codes, "what": what, "to": to} | _frame(request))


def _added(request: HttpRequest, codes: list[str], what: str) -> HttpResponse:
    request.session["factor"] = True
    if codes:
        return _codes(request, codes, what)
    say(request, what)
    return redirect("accounts:factors")


@signed_in
@confirmed
@require_http_methods(["GET", "POST"])
def app(request: HttpRequest) -> HttpResponse:
    """Set up a code app: a picture and a text to copy, then one code to show that it works."""
    user, at = _user(request), timezone.now()
    if queries.factors_of(user).app is not None:
        return redirect("accounts:factors")
    secret = request.session.get(SECRET)
    if not secret:
        secret = request.session[SECRET] = actions.propose_secret(at=at)
    form = CodeForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            codes = actions.add_app(user=user, secret=secret, code=form.cleaned_data["code"], at=at)
            del request.session[SECRET]
            return _added(request, codes, "Your code app is set up.")
        except Refused as refusal:
            form.add_error("code", refusal.reasons)
    width, path = adapter.picture(adapter.app_address(user.email, secret))
    context = {"form": form, "secret": rules.secret_of(secret), "width": width, "path": path}
    return page(request, "accounts/app.html", context | _frame(request), ok=not form.errors)


@signed_in
@confirmed
@require_http_methods(["GET", "POST"])
def passkey(request: HttpRequest) -> HttpResponse:
    """Add a passkey: give it a name, then the device asks for a face, a finger or its PIN."""
    user, at = _user(request), timezone.now()
    shared = access.on_shared_device(request)
    name = rules.device(request.headers.get("User-Agent", ""))
    form = PasskeyForm(request.POST if request.method == "POST" else None, initial={"name": "" if shared else name})
    says = ""
    if form.is_valid():
        try:
            if not request.POST.get("credential"):
                raise Refused("Your browser sent no passkey. A passkey needs its script; a code app works without.")
            credential = passkeys.made(request.POST["credential"], shared=shared)
            codes = actions.add_passkey(user=user, name=form.cleaned_data["name"], credential=credential, at=at)
            return _added(request, codes, "Your passkey is ready.")
        except Refused as refusal:
            says = " ".join(refusal.reasons)
    context = {"form": form, "shared": shared, "says": says}
    return page(request, "accounts/passkey.html", context | _frame(request), ok=not (form.errors or says))


@signed_in
@confirmed
@require_POST
def passkey_make(request: HttpRequest) -> HttpResponse:
    """What the browser is asked when a passkey is to be made."""
    return JsonResponse(passkeys.make(_user(request), shared=access.on_shared_device(request)))


@signed_in
@confirmed
@require_POST
def new_codes(request: HttpRequest) -> HttpResponse:
    """New recovery codes, shown once; the old ones are void."""
    codes = actions.make_codes(user=_user(request), at=timezone.now())
    return _codes(request, codes, "Your old recovery codes no longer work.")


@signed_in
@confirmed
@require_POST
def remove(request: HttpRequest, factor_id: int) -> HttpResponse:
    """Take a passkey or the code app away."""
    user = _user(request)
    actions.remove_factor(user=user, factor_id=factor_id, required=_must(request), at=timezone.now())
    request.session["factor"] = queries.has_factor(user)
    say(request, "It is taken away.")
    return redirect("accounts:factors")
