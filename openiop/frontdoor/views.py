"""Pages for people who are not signed in. An anonymous visitor leaves nothing behind: no row, no session, no cookie."""

from typing import Any
from urllib.parse import urlsplit

from allauth.core import ratelimit
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_safe

from openiop.admissions import actions as admissions
from openiop.admissions import rules as screening
from openiop.base.errors import Refused
from openiop.frontdoor import queries, rules
from openiop.frontdoor.forms import CallForm, FitForm
from openiop.programs.access import public
from openiop.programs.models import Program
from openiop.ui.pages import Navigation, NavItem, lines, page
from openiop.ui.rules import CRISIS_LINES


def _program() -> Program:
    program = queries.front_program()
    if program is None:
        raise Http404
    return program


def _frame(request: HttpRequest, program: Program) -> dict[str, Any]:
    """What surrounds a public page."""
    items = (
        NavItem("What it is", reverse("frontdoor:welcome"), "home", request.path == reverse("frontdoor:welcome")),
        NavItem("Is it right for me?", reverse("frontdoor:fit"), "check", request.path == reverse("frontdoor:fit")),
        NavItem("Sign in", reverse("accounts:sign-in"), "key"),
    )
    foot = " ".join(part for part in (f"{program.name}.", program.address, program.phone) if part)
    return {
        "program": program,
        "brand": program.name,
        "zone": program.zone,
        "nav": Navigation(items=items, home_url=reverse("frontdoor:welcome"), foot=foot),
        "crisis_lines": lines(program.crisis_lines or CRISIS_LINES),
    }


@require_safe
@public
def welcome(request: HttpRequest) -> HttpResponse:
    """What this program is, beside inpatient care, with its live figures; and how to start."""
    program = _program()
    context = _frame(request, program) | {"facts": queries.facts(program, timezone.now())}
    return page(request, "frontdoor/welcome.html", context)


def _came_from_here(request: HttpRequest) -> bool | None:
    """Whether the browser says that the form stood on our own page; None where it says nothing.

    These pages set no cookie, so there is no token to compare, and nothing of the sender's is lent to a forger. Every
    browser names the page a form was sent from in one of three ways, the old ones by the referrer alone.
    """
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:
        return site in {"same-origin", "none"}
    origin = request.headers.get("Origin")
    if origin is not None:
        return origin == f"{request.scheme}://{request.get_host()}"
    came = request.headers.get("Referer")
    return None if came is None else urlsplit(came).netloc == request.get_host()


def _why_not_now(request: HttpRequest, program: Program) -> str:
    """Why a wish to be called cannot be taken by this page now, in words; empty where it can."""
    ways = f"Please call us at {program.phone}" if program.phone else "Please call us"
    if _came_from_here(request) is None:
        return f"Your browser does not say which page this was sent from, so we could not take it. {ways}."
    if not ratelimit.consume(request, action="enquiry"):
        return f"Many requests came from your connection in the last hour, so we could not take one more. {ways}."
    return ""


@csrf_exempt
@public
def fit(request: HttpRequest) -> HttpResponse:
    """The questions, and the answer on the same response; only "Ask us to call" keeps anything."""
    program = _program()
    form = FitForm(request.POST if request.method == "POST" else None)
    call = CallForm(initial={"for_whom": "self"})
    found = None
    if request.method == "POST" and form.is_valid():
        concerns = form.cleaned_data.get("concerns", [])
        found = screening.screen(screening.with_concerns(form.answers(), concerns))
        if request.POST.get("do") == "call":
            if _came_from_here(request) is False:
                raise PermissionDenied
            call = CallForm(request.POST)
            if call.is_valid() and (why_not := _why_not_now(request, program)):
                call.add_error(None, why_not)
            elif call.is_valid():
                try:
                    admissions.receive_enquiry(
                        program=program,
                        **call.cleaned_data,
                        channel="web",
                        answers=form.answers(),
                        concerns=concerns,
                        by=None,
                        at=timezone.now(),
                    )
                    return redirect("frontdoor:thanks")
                except Refused as refusal:
                    call.add_error(None, refusal.reasons)
    context = _frame(request, program) | {
        "form": form,
        "call": call,
        "found": found,
        "answer": rules.answer(found) if found else None,
        "criteria": screening.CRITERIA,
        "substances": list(screening.SUBSTANCES),
        "behaviors": list(screening.BEHAVIORS),
    }
    return page(request, "frontdoor/fit.html", context, ok=not form.errors and not call.errors)


@require_safe
@public
def thanks(request: HttpRequest) -> HttpResponse:
    """Someone will call; and whom to call until then."""
    return page(request, "frontdoor/thanks.html", _frame(request, _program()))
