"""Sign-in and sign-out."""

from allauth.account.views import LoginView
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

_login = LoginView.as_view(template_name="accounts/sign_in.html")


def sign_in(request: HttpRequest) -> HttpResponse:
    """Email and password; wrong ones are answered alike whoever asks."""
    answer: HttpResponse = _login(request)
    return answer


sign_in.permission = "public"  # type: ignore[attr-defined]


@require_POST
def sign_out(request: HttpRequest) -> HttpResponseRedirect:
    """Nobody is signed in on this browser any more."""
    logout(request)
    return redirect("accounts:sign-in")


sign_out.permission = "public"  # type: ignore[attr-defined]
