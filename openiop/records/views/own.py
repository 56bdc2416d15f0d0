"""The participant's own: a copy of everything, who received it, and what they ask for."""

from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from openiop.accounts.access import confirmed
from openiop.consents.access import own
from openiop.disclosures import actions as disclosure_actions
from openiop.disclosures import queries as disclosures
from openiop.disclosures.models import Disclosure
from openiop.disclosures.rules import release
from openiop.programs.access import Request
from openiop.records import actions, rules
from openiop.records.forms import AskListForm, RestrictForm
from openiop.records.queries import pages
from openiop.records.views.person import as_file
from openiop.ui.pages import page, say


@never_cache
@own
@require_safe
def mine(request: Request) -> HttpResponse:
    """Who received my information, my own copy, and what I can ask for."""
    return _mine(request)


def _mine(request: Request, *, lists: AskListForm | None = None, restrict: RestrictForm | None = None) -> HttpResponse:
    at, person = timezone.now(), pages.own_participant(request.viewer)
    context = {
        "person": person,
        "rows": disclosures.accounting(person.pk, at),
        "bases": release.BASIS_WORDS,
        "copies": list(disclosures.disclosures_of(person.pk).filter(basis=release.Basis.OWN)[:5]),
        "requests": list(disclosures.requests_of(person.pk)),
        "asked": release.ASKED_WORDS,
        "restrictions": list(disclosures.restrictions_of(person.pk)),
        "lists": lists or AskListForm(auto_id="list-%s"),
        "restrict": restrict or RestrictForm(auto_id="hold-%s"),
    }
    wrong = any(form is not None and form.errors for form in (lists, restrict))
    return page(request, "records/mine.html", context, partial="main", ok=not wrong)


@own
@confirmed
@require_POST
def make_copy(request: Request) -> HttpResponse:
    """A copy of everything on record is made for its owner, to read, print or take along."""
    person = pages.own_participant(request.viewer)
    row = actions.copy_own(participant=person, by=request.viewer, at=timezone.now())
    return redirect("records:copy", row.pk)


def _own(request: Request, disclosure_id: UUID, how: str) -> Disclosure:
    """One's own copy; 404 for anything else that left."""
    person = pages.own_participant(request.viewer)
    row = disclosures.disclosure_of(person.pk, disclosure_id, basis=release.Basis.OWN)
    disclosure_actions.log_opened(disclosure=row, how=how, by=request.viewer, at=timezone.now())
    return row


@never_cache
@own
@confirmed
@require_safe
def copy(request: Request, disclosure_id: UUID) -> HttpResponse:
    """One's own copy, to read and to print."""
    row = _own(request, disclosure_id, "page")
    return page(request, "records/copy.html", {"row": row, "sections": row.packet.content["sections"]})


@never_cache
@own
@confirmed
@require_safe
def copy_file(request: Request, disclosure_id: UUID) -> HttpResponse:
    """One's own copy as a file."""
    row = _own(request, disclosure_id, "file")
    return as_file(rules.file_of(pages.facts_of(row), row.packet.content))


@own
@require_POST
def ask_list(request: Request) -> HttpResponse:
    """Ask for a list; it is answered within thirty days."""
    form = AskListForm(request.POST, auto_id="list-%s")
    if not form.is_valid():
        return _mine(request, lists=form)
    person = pages.own_participant(request.viewer)
    actions.ask_list(participant=person, kind=form.cleaned_data["kind"], by=request.viewer, at=timezone.now())
    say(request, "Asked. You have the answer within thirty days.")
    return redirect("records:mine")


@own
@require_POST
def restrict(request: Request) -> HttpResponse:
    """Ask to hold something back."""
    form = RestrictForm(request.POST, auto_id="hold-%s")
    if not form.is_valid():
        return _mine(request, restrict=form)
    person = pages.own_participant(request.viewer)
    actions.ask_restriction(participant=person, by=request.viewer, at=timezone.now(), **form.cleaned_data)
    say(request, "Asked. You will read the answer here.")
    return redirect("records:mine")
