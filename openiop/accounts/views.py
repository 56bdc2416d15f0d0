"""The door: signing in and out, locking and unlocking, setting up a sign-in, and how pages look for me."""

from uuid import UUID

from allauth.account.adapter import get_adapter
from django.conf import settings
from django.contrib.auth import logout
from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_http_methods, require_POST

from openiop.accounts import actions, queries, rules
from openiop.accounts.forms import LookForm, NewPasswordForm, SignInForm, UnlockForm
from openiop.accounts.models import User
from openiop.base.errors import Refused
from openiop.ui import queries as ui
from openiop.ui.access import owner_of, signed_in
from openiop.ui.pages import page, say

WRONG = "email_password_mismatch"  # allauth's code for an address and a password that do not belong together


def _next(request: HttpRequest) -> str:
    """Where to go on: held forms first, then the page asked for, if it is ours."""
    if ui.held_for(owner_of(request)):
        return reverse("ui:held")
    wanted = request.POST.get("next") or request.GET.get("next") or "/"
    return wanted if url_has_allowed_host_and_scheme(wanted, {request.get_host()}) else "/"


@require_http_methods(["GET", "POST"])
def sign_in(request: HttpRequest) -> HttpResponse:
    """Email and password; wrong ones are answered alike whoever asks."""
    form = SignInForm(request.POST or None, request=request)
    if request.method == "POST" and form.is_valid():
        answer: HttpResponse = form.login(request, redirect_url="/")
        if not request.user.is_authenticated:
            return answer
        at = timezone.now()
        shared = form.cleaned_data["shared"]
        request.session["shared"], request.session["seen"] = shared, at.isoformat()
        request.session["locked"] = False
        request.session.set_expiry(0 if shared else settings.SESSION_COOKIE_AGE)
        assert isinstance(request.user, User)
        actions.note(what="user.signed-in", user=request.user, at=at, shared=shared)
        moved = redirect(_next(request))
        moved.delete_cookie("last_user")
        return moved
    if form.is_bound and form.has_error(NON_FIELD_ERRORS, WRONG):
        actions.note_failed(email=request.POST.get("login", ""), at=timezone.now())
    context = {
        "form": form,
        "next": request.GET.get("next", request.POST.get("next", "")),
        "demo": settings.DEMO_SIGN_IN,
    }
    return page(request, "accounts/sign_in.html", context, ok=request.method == "GET")


sign_in.permission = "public"  # type: ignore[attr-defined]


@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    """Nobody is signed in on this browser any more."""
    if isinstance(request.user, User):
        actions.note(what="user.signed-out", user=request.user, at=timezone.now())
    logout(request)
    answer = redirect("accounts:sign-in")
    answer.delete_cookie("last_user")
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
        return redirect(f"{settings.LOCK_URL}?next={request.POST.get('next', '/')}")
    if not request.session.get("locked"):
        return redirect(_next(request))
    return _locked(request, UnlockForm(), ok=True)


def _locked(request: HttpRequest, form: UnlockForm, *, ok: bool) -> HttpResponse:
    assert isinstance(request.user, User)
    wanted = request.POST.get("next") or request.GET.get("next") or "/"
    context = {"form": form, "who": rules.initials(request.user.name), "next": wanted, "viewer": None}
    return page(request, "accounts/locked.html", context, ok=ok)


@signed_in
@require_POST
def unlock(request: HttpRequest) -> HttpResponse:
    """The right password opens the screen where it was, with what was typed."""
    assert isinstance(request.user, User)
    form = UnlockForm(request.POST)
    if form.is_valid():
        at, typed = timezone.now(), form.cleaned_data["password"]
        try:  # counted with wrong passwords at the door, by account and by address
            same = get_adapter(request).authenticate(request, email=request.user.email, password=typed)
        except ValidationError:
            form.add_error("password", "Too many wrong passwords. Wait five minutes and try again, or sign out.")
            return _locked(request, form, ok=False)
        if same is not None and same.pk == request.user.pk:
            request.session["locked"], request.session["seen"] = False, at.isoformat()
            actions.note(what="user.unlocked", user=request.user, at=at)
            return redirect(_next(request))
        actions.note(what="user.unlock-failed", user=request.user, at=at)
        form.add_error("password", "That is not the password. Try again, or sign out.")
    return _locked(request, form, ok=False)


@signed_in
@require_http_methods(["GET", "POST"])
def me(request: HttpRequest) -> HttpResponse:
    """My sign-in: how pages look for me, letter keys, signing out."""
    assert isinstance(request.user, User)
    mine = {"theme": request.user.theme, "letter_keys": request.user.letter_keys}
    form = LookForm(request.POST or None, initial=mine)
    if request.method == "POST" and form.is_valid():
        actions.set_look(user=request.user, **form.cleaned_data, at=timezone.now())
        say(request, "Saved")
        return redirect("accounts:me")
    return page(request, "accounts/me.html", {"form": form, "user": request.user}, ok=not form.errors)


@require_http_methods(["GET", "POST"])
def set_up(request: HttpRequest, user_id: UUID, token: str) -> HttpResponse:
    """Whoever holds the one-time link chooses the password; an old or used link says so."""
    user = queries.user_of_link(user_id, token)
    if user is None:
        return page(request, "accounts/link_over.html", {}, status=404)
    form = NewPasswordForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            actions.set_password(user=user, password=form.cleaned_data["password"], at=timezone.now())
            say(request, "Your sign-in is ready")
            return redirect("accounts:sign-in")
        except Refused as refusal:
            form.add_error("password", refusal.reasons)
    return page(request, "accounts/set_up.html", {"form": form}, ok=not form.errors)


set_up.permission = "public"  # type: ignore[attr-defined]
