"""Pages for text that waits (drafts, two versions, held forms), and what is shown when a page fails."""

import logging
import re
from urllib.parse import urlsplit
from uuid import UUID

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from openiop.base.errors import Refused
from openiop.ui import actions, queries, rules
from openiop.ui.access import owner_of, signed_in, wants_json
from openiop.ui.environment import wall_clock
from openiop.ui.pages import failure, page, reference, say, shell, wants_part

logger = logging.getLogger(__name__)


PLACE = re.compile(r"[a-z_]{1,20}=[0-9a-f-]{36}")  # a name and an id, as in `person=…`


def _back(request: HttpRequest) -> str:
    """The page of ours the request came from, at the place the form names; else the start page."""
    came = request.headers.get("Referer", "")
    if not url_has_allowed_host_and_scheme(came, {request.get_host()}):
        return "/"
    place = request.POST.get("back_to", "")  # of a part drawn since then, which is not in the address it came from
    query = f"?{place}" if PLACE.fullmatch(place) else ""
    return "/" + urlsplit(came).path.lstrip("/") + query  # one slash: two would name another host


def _id(request: HttpRequest, name: str) -> UUID | None:
    """The id sent under the name, or none where it is no id."""
    try:
        return UUID(request.POST.get(name, ""))
    except ValueError:
        return None


@signed_in
@require_POST
def draft(request: HttpRequest) -> HttpResponse:
    """Keep what is typed and say under which key, version and time; a second version names the other one."""
    key, text, raw = (request.POST.get(name, "") for name in ("key", "text", "version"))
    owner, at = owner_of(request), timezone.now()
    version = rules.whole(raw) or 0
    try:
        kept = actions.save_draft(owner_id=owner, key=key, text=text, version=version, at=at)
    except Refused as refusal:
        return JsonResponse({"says": " ".join(refusal.reasons)}, status=422)
    zone = shell(request)["zone"]
    answer = {"key": kept.key, "version": kept.version, "at": wall_clock(kept.saved_at, zone), "other": None}
    if kept.key != key and (other := queries.drafts_for(owner, [rules.root(key)]).get(rules.root(key))):
        answer["other"] = {"at": wall_clock(other.saved_at, zone), "url": reverse("ui:both", args=[other.pk])}
    return JsonResponse(answer) if wants_json(request) else redirect(_back(request))


@signed_in
@require_POST
def restore(request: HttpRequest) -> HttpResponse:
    """Put the draft back into its field and return to the page it belongs to."""
    if found := _id(request, "draft"):
        actions.restore_draft(owner_id=owner_of(request), draft_id=found, at=timezone.now())
    return redirect(_back(request))


@signed_in
@require_POST
def let_go(request: HttpRequest) -> HttpResponse:
    """Offer the draft no more and return to the page it belongs to."""
    if found := _id(request, "draft"):
        actions.let_draft_go(owner_id=owner_of(request), draft_id=found, at=timezone.now())
    return redirect(_back(request))


@signed_in
@require_http_methods(["GET", "POST"])
def both(request: HttpRequest, draft_id: UUID) -> HttpResponse:
    """Every kept version of one text side by side; a POST goes on with the chosen one."""
    owner = owner_of(request)
    versions = queries.versions_of(queries.draft_for(owner, draft_id))
    if request.method == "POST":
        chosen = next((one for one in versions if one.pk == _id(request, "draft")), None)
        if chosen:
            kept = actions.choose_draft(draft=chosen, at=timezone.now())
            say(request, "That text goes on. The other is kept, and no longer offered.")
            return redirect("ui:both", kept.pk)
    return page(request, "ui/both.html", {"versions": versions})


@signed_in
@require_safe
def unlocked(request: HttpRequest) -> HttpResponse:
    """Where someone lands who unlocked in a second tab."""
    return page(request, "ui/unlocked.html")


@signed_in
@require_safe
def here(request: HttpRequest) -> HttpResponse:
    """Someone is reading without asking for pages; the request itself says so to the lock."""
    return HttpResponse(status=204)


@signed_in
@require_safe
def held(request: HttpRequest) -> HttpResponse:
    """The forms that were sent at a locked door, with what was typed."""
    return page(request, "ui/held.html", {"forms": queries.held_for(owner_of(request))})


@signed_in
@require_POST
def let_form_go(request: HttpRequest, held_id: UUID) -> HttpResponse:
    """Empty a held form and offer it no more."""
    owner = owner_of(request)
    found = queries.held_form_for(owner, held_id)
    actions.release_held_form(owner_id=owner, held_id=found.pk, at=timezone.now())
    return redirect("ui:held")


def _from_here(request: HttpRequest) -> bool:
    """Whether the browser itself says that the form stood on a page of ours."""
    origin = request.headers.get("Origin", "")
    ours = f"{request.scheme}://{request.get_host()}"
    return request.headers.get("Sec-Fetch-Site") == "same-origin" or origin == ours


def csrf_failed(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A form of ours whose token went stale is held for its sender to send again; any other is turned away."""
    if wants_json(request):
        return JsonResponse({"says": "Sign in again to go on."}, status=403)
    if request.method == "POST" and request.user.is_authenticated and _from_here(request):
        pairs = [(name, str(value)) for name, values in request.POST.lists() for value in values]
        try:
            actions.hold_form(owner_id=owner_of(request), path=request.path, fields=pairs, at=timezone.now())
        except Refused:
            return forbidden(request)
        if wants_part(request):
            return HttpResponse(status=204, headers={"HX-Redirect": reverse("ui:held")})
        return redirect("ui:held")
    return forbidden(request)


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """What was sent could not be read."""
    reasons = ["Something in what was sent could not be read. Go back and try again."]
    return failure(request, 400, "That did not arrive whole", reasons, icon="s-watch")


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """A colleague without the permission, said kindly."""
    reasons = [
        "Your role does not open this page. If you need it for your work, ask the person who manages roles.",
    ]
    return failure(request, 403, "This page is not open to you", reasons, icon="lock")


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """No such page, or none for this viewer; which of the two is not said."""
    reasons = ["The address may be old, or it leads to something you cannot see."]
    return failure(request, 404, "There is nothing here", reasons, icon="search")


def server_error(request: HttpRequest) -> HttpResponse:
    """An apology with a reference that is also in the log, drawn without the database."""
    word = reference()
    match = request.resolver_match
    logger.error("Reference %s: %s %s failed.", word, request.method, match.view_name if match else "a page")
    blank = HttpRequest()
    blank.META = {"SERVER_NAME": "localhost", "SERVER_PORT": "80"}
    blank.navigation = getattr(request, "navigation", ())  # type: ignore[attr-defined]
    reasons = [
        "This is our mistake, not yours. What was saved before is safe.",
        "Go back and try again. If it happens twice, tell the person who runs OpenIOP here.",
    ]
    return failure(blank, 500, "Something went wrong on our side", reasons, icon="s-watch", reference=word)
