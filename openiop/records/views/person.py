"""One record: releasing it, what went out, and what its participant asked for."""

from datetime import datetime
from uuid import UUID

from django.http import HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from openiop.accounts.access import confirmed, confirmed_to_send
from openiop.base.errors import Refused
from openiop.consents.access import opens
from openiop.consents.queries import Opened
from openiop.consents.rules import KIND_WORDS, Kind
from openiop.disclosures import actions as disclosure_actions
from openiop.disclosures import queries as disclosures
from openiop.disclosures.models import Disclosure
from openiop.disclosures.rules import papers, release
from openiop.programs.access import Request
from openiop.programs.rules import Permission
from openiop.records import actions, rules
from openiop.records.forms import AskListForm, DecideForm, ReleaseForm, RestrictForm
from openiop.records.queries import pages
from openiop.ui.access import once
from openiop.ui.pages import page, say


def words_of(kinds: list[str]) -> str:
    """Kinds of information in words."""
    return ", ".join(KIND_WORDS[Kind(kind)] if kind in set(Kind) else kind.replace("-", " ") for kind in kinds)


@once
@never_cache
@opens(Permission.DISCLOSE, Kind.CONTACT)
@confirmed_to_send
def release_(request: Request, opened: Opened) -> HttpResponse:
    """First what it rests on, then to whom and what; looked at before it goes, and gone in one act."""
    at, person = timezone.now(), opened.participant
    on = request.POST.get("on", request.GET.get("on", ""))
    context = {"opened": opened, "why_now": release_stops(opened, request)}
    if not on:
        return page(request, "records/grounds.html", context | {"grounds": pages.grounds(person, at)}, partial="main")
    ground = pages.ground_for(person, on, at)
    form = ReleaseForm(request.POST if request.method == "POST" else None, ground=ground, name=person.legal_name)
    drawn = None
    if form.is_valid():
        sent = form.cleaned_data
        days = {"first_on": sent["first_on"], "last_on": sent["last_on"]}
        more = {"purpose": sent["purpose"], "address": sent["address"]}
        if "send" in request.POST:
            try:
                row = actions.release_record(
                    participant=person, ground=ground, ask=form.ask(), by=request.viewer, at=at, **days, **more
                )
                say(request, "Written down. Print it or take the file now.")
                return redirect("records:packet", person.pk, row.pk)
            except Refused as refusal:
                form.refuse(refusal.reasons)
        elif reasons := rules.why_not_days(sent["first_on"], sent["last_on"]):
            form.refuse(reasons)
        else:
            drawn = pages.drawn(
                person, ground, form.ask(), first=sent["first_on"], last=sent["last_on"], viewer=request.viewer, at=at
            )
            form.refuse(list(drawn.found.reasons))
            kinds = drawn.found.kinds
            actions.log_shown(participant=person, kinds=kinds, page="records:release", by=request.viewer, at=at)
    told = disclosures.notices()
    context |= {
        "ground": ground,
        "form": form,
        "drawn": drawn,
        "notice": told.words(drawn.found.notice) if drawn else "",
        "kind_words": KIND_WORDS,
    }
    return page(request, "records/release.html", context, partial="sheet", ok=not form.errors)


def release_stops(opened: Opened, request: Request) -> list[str]:
    """What stands against any release of this record now, in words for staff."""
    standing = disclosures.standing(opened.participant.pk, officer=pages.officer(request.viewer))
    ask = release.Ask(release.Basis.CONSENT, "", "", "", ())
    return release.why_not_now(ask, standing)


@never_cache
@opens(Permission.DISCLOSE, Kind.CONTACT)
@confirmed
@require_safe
def packet(request: Request, opened: Opened, disclosure_id: UUID) -> HttpResponse:
    """Exactly what went out, to print, as long as its basis stands; after that, only that it went out."""
    at = timezone.now()
    row = disclosures.disclosure_of(opened.participant.pk, disclosure_id)
    reasons = pages.still(row, request.viewer, at)
    if not reasons:
        _opened(request, row, "page", at)
    context = {
        "opened": opened,
        "row": row,
        "reasons": reasons,
        "sections": [] if reasons else row.packet.content["sections"],
        "basis": release.BASIS_WORDS[release.Basis(row.basis)],
        "foot": disclosures.notices().words("B"),
        "how": release.HOW_WORDS[release.How(row.how)],
    }
    return page(request, "records/packet.html", context, partial="main")


@never_cache
@opens(Permission.DISCLOSE, Kind.CONTACT)
@confirmed
@require_safe
def file(request: Request, opened: Opened, disclosure_id: UUID) -> HttpResponse:
    """The packet as a file, with its notice and scope inside it."""
    at = timezone.now()
    row = disclosures.disclosure_of(opened.participant.pk, disclosure_id)
    if reasons := pages.still(row, request.viewer, at):
        raise Refused(reasons)
    _opened(request, row, "file", at)
    return as_file(rules.file_of(pages.facts_of(row), row.packet.content))


def _opened(request: Request, row: Disclosure, how: str, at: datetime) -> None:
    """That what went out was opened again, on the list of the packet and on that of who looked."""
    assert row.participant is not None
    disclosure_actions.log_opened(disclosure=row, how=how, by=request.viewer, at=at)
    page = "records:packet" if how == "page" else "records:file"
    actions.log_shown(participant=row.participant, kinds=row.kinds, page=page, by=request.viewer, at=at)


def as_file(content: object) -> HttpResponse:
    """A file under a name that says nothing."""
    answer = JsonResponse(content, json_dumps_params={"indent": 2, "ensure_ascii": False})
    answer["Content-Disposition"] = 'attachment; filename="document.json"'
    return answer


@never_cache
@opens(Permission.DISCLOSE, Kind.CONTACT)
@require_safe
def sent(request: Request, opened: Opened) -> HttpResponse:
    """Who received this record, what is held back, and what was asked for."""
    return _sent(request, opened)


def _sent(
    request: Request,
    opened: Opened,
    *,
    lists: AskListForm | None = None,
    restrict: RestrictForm | None = None,
    decide: DecideForm | None = None,
    which: object = "",
) -> HttpResponse:
    at, person = timezone.now(), opened.participant
    restrictions = [
        (
            row,
            words_of(row.kinds) or "everything",
            papers.must_agree(receiver=row.receiver, paid_in_full=row.paid_in_full),
        )
        for row in disclosures.restrictions_of(person.pk)
    ]
    accounted = {row.pk for row in disclosures.accounting(person.pk, at)}
    context = {
        "opened": opened,
        "rows": [(row, row.pk in accounted) for row in disclosures.disclosures_of(person.pk)],
        "bases": release.BASIS_WORDS,
        "receivers": release.RECEIVER_WORDS,
        "restrictions": restrictions,
        "requests": list(disclosures.requests_of(person.pk)),
        "asked": release.ASKED_WORDS,
        "intermediaries": disclosures.intermediary_list(person.pk, at),
        "lists": lists or AskListForm(auto_id="list-%s"),
        "restrict": restrict or RestrictForm(auto_id="hold-%s"),
        "decide": decide or DecideForm(auto_id="decide-%s"),
        "which": str(which) or request.GET.get("answer", ""),
    }
    wrong = any(form is not None and form.errors for form in (lists, restrict, decide))
    return page(request, "records/sent.html", context, partial="main", ok=not wrong)


def _back(opened: Opened) -> HttpResponse:
    return redirect(reverse("records:disclosures", args=[opened.participant.pk]))


@once
@opens(Permission.DISCLOSE, Kind.CONTACT)
@require_POST
def ask_list(request: Request, opened: Opened) -> HttpResponse:
    """The participant asked in person for a list; it is due within thirty days."""
    form = AskListForm(request.POST, auto_id="list-%s")
    if not form.is_valid():
        return _sent(request, opened, lists=form)
    actions.ask_list(
        participant=opened.participant, kind=form.cleaned_data["kind"], by=request.viewer, at=timezone.now()
    )
    say(request, "Taken down. It is due within thirty days.")
    return _back(opened)


@once
@opens(Permission.DISCLOSE, Kind.CONTACT)
@require_POST
def restrict(request: Request, opened: Opened) -> HttpResponse:
    """The participant asked in person to hold something back."""
    form = RestrictForm(request.POST, auto_id="hold-%s")
    if not form.is_valid():
        return _sent(request, opened, restrict=form)
    actions.ask_restriction(participant=opened.participant, by=request.viewer, at=timezone.now(), **form.cleaned_data)
    say(request, "Taken down. It waits for an answer.")
    return _back(opened)


@opens(Permission.DISCLOSE, Kind.CONTACT)
@require_POST
def decide(request: Request, opened: Opened, restriction_id: UUID) -> HttpResponse:
    """Agree to hold it back, or say why not; paid in full and held from a health plan leaves no choice."""
    row = disclosures.restriction_of(opened.participant.pk, restriction_id)
    form = DecideForm(request.POST, auto_id="decide-%s")
    if form.is_valid():
        given = form.cleaned_data
        try:
            actions.decide_restriction(
                restriction=row,
                agree=given["agree"] == "yes",
                kinds=given["kinds"],
                reason=given["reason"],
                by=request.viewer,
                at=timezone.now(),
            )
            say(request, "Answered.")
            return _back(opened)
        except Refused as refusal:
            form.add_error("reason" if "Say why" in refusal.reasons[0] else "agree", refusal.reasons)
    return _sent(request, opened, decide=form, which=row.pk)


@opens(Permission.DISCLOSE, Kind.CONTACT)
@require_POST
def end_restriction(request: Request, opened: Opened, restriction_id: UUID) -> HttpResponse:
    """The participant no longer wants it held back."""
    row = disclosures.restriction_of(opened.participant.pk, restriction_id)
    disclosure_actions.end_restriction(restriction=row, by=request.viewer, at=timezone.now())
    say(request, "It is no longer held back.")
    return _back(opened)


@opens(Permission.DISCLOSE, Kind.CONTACT)
@require_POST
def answer_list(request: Request, opened: Opened, request_id: UUID) -> HttpResponse:
    """The list was handed over."""
    row = disclosures.request_of(opened.participant.pk, request_id)
    actions.answer_list(request=row, how="print", by=request.viewer, at=timezone.now())
    say(request, "Written down as given.")
    return _back(opened)
