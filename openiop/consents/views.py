"""Consents of one person: the list, a new one, reading, signing, ending; supporters and what they see; particulars."""

from datetime import timedelta
from uuid import UUID

from django import forms
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from django_htmx.http import HttpResponseClientRedirect

from openiop.accounts.access import hand_over as hand_to_sign
from openiop.accounts.access import is_handed
from openiop.base.errors import Refused
from openiop.base.rules import day_starts, local_day
from openiop.consents import actions, queries, rules
from openiop.consents.access import opens
from openiop.consents.forms import (
    ConsentForm,
    EndForm,
    InviteForm,
    ParticularsForm,
    RenewForm,
    SeeAsForm,
    SignForm,
    SupporterForm,
)
from openiop.consents.models import Consent, ConsentNotice
from openiop.consents.queries import Opened
from openiop.consents.rules import Kind
from openiop.participants import actions as people
from openiop.participants import queries as participants
from openiop.participants.actions import CONTACT_FIELDS
from openiop.participants.rules import why_not_born
from openiop.programs.access import Request, require
from openiop.programs.rules import Permission
from openiop.ui import actions as ui_actions
from openiop.ui import queries as ui_queries
from openiop.ui.access import once, owner_of
from openiop.ui.pages import page, say

# Worded by the program from the rule's text.
LAW = ("discloser", "right_to_revoke", "redisclosure", "if_declined", "no_condition", "opt_out", "app")


def _to(opened: Opened, name: str, *rest: UUID) -> str:
    return reverse(f"consents:{name}", args=[opened.participant.pk, *rest])


def _go(request: Request, url: str) -> HttpResponse:
    """On to another page, with its address in the browser also where htmx sent the form."""
    return HttpResponseClientRedirect(url) if request.headers.get("HX-Request") else redirect(url)


@opens(Permission.READ_CHART, Kind.CONSENTS)
def list_(request: Request, opened: Opened) -> HttpResponse:
    """Every consent with how it stands, and who sees what now by the guard's own answer."""
    at = timezone.now()
    rows = [
        queries.held(row, opened.participant.program.zone, at) for row in queries.consents_of(opened.participant.pk)
    ]
    order = ["draft", "active", "expired", "revoked"]
    context = {
        "opened": opened,
        "rows": sorted(rows, key=lambda row: order.index(row.state)),
        "sights": queries.sights(opened.participant.pk, at),
        "may_see_as": request.viewer.may(Permission.SEE_AS),
        "has_tpo": any(row.state == "active" and row.consent.variant == rules.Variant.TPO for row in rows),
        "may_keep": request.viewer.may(Permission.KEEP_CONSENTS),
    }
    return page(request, "consents/list.html", context, partial="main")


@once
@opens(Permission.KEEP_CONSENTS, Kind.CONSENTS)
def new(request: Request, opened: Opened) -> HttpResponse:
    """Prepare a consent: choose the form, fill it, look at the exact text, then have it wait for the signature."""
    at = timezone.now()
    person = opened.participant
    variant = request.POST.get("variant") or request.GET.get("variant", "")
    if variant not in set(rules.Variant):
        return page(request, "consents/choose.html", {"opened": opened, "forms": rules.FORMS, "alone": rules.ALONE})
    named = [row for row in participants.supporters(person.pk) if row.ended_at is None]
    form = ConsentForm(
        request.POST or None,
        variant=variant,
        program=person.program.name,
        zone=person.program.zone,
        today=local_day(at, person.program.zone),
        supporters=[(str(row.pk), f"{row.name}, {row.relation}") for row in named],
        initial={"supporter": request.GET.get("supporter", ""), "language": person.language},
    )
    key = f"consents.new:{person.pk}:{variant}"
    preview = ""
    if form.is_valid():
        given, new_name = form.given(), form.added()
        chosen = next((row for row in named if str(row.pk) == form.cleaned_data.get("supporter")), None)
        given["recipient"] = new_name or given["recipient"]
        shown = queries.composed(participant=person, supporter=chosen, at=at, variant=variant, **given)
        form.refuse(shown.reasons)
        if form.is_valid() and "preview" in request.POST:
            preview = shown.text
        elif form.is_valid():
            row = actions.prepare_for(
                participant=person,
                supporter=chosen,
                new_name=new_name,
                new_relation=form.cleaned_data.get("new_relation", ""),
                given=given | {"variant": variant},
                by=request.viewer,
                at=at,
            )
            ui_actions.end_drafts(owner_id=owner_of(request), key_prefix=key, at=at)
            return _go(request, _to(opened, "consent", row.pk))
    context = {
        "opened": opened,
        "variant": variant,
        "asked": rules.FORMS[rules.Variant(variant)],
        "form": form,
        "preview": preview,
        "key": f"{key}:information",
        "drafts": ui_queries.drafts_for(owner_of(request), [f"{key}:information"]),
        "law": [name for name in LAW if name in form.fields],
        "law_wrong": set(LAW) & set(form.errors),
        "not_checked": rules.NOT_CHECKED if preview and form.cleaned_data["language"] not in rules.CHECKED else "",
    }
    return page(request, "consents/new.html", context, partial="sheet", ok=not form.errors)


def _show(
    request: Request,
    opened: Opened,
    row: Consent,
    form: SignForm | None = None,
    end: EndForm | None = None,
    renew: RenewForm | None = None,
) -> HttpResponse:
    at, zone = timezone.now(), opened.participant.program.zone
    held = queries.held(row, zone, at)
    wrong = any(one is not None and one.errors for one in (form, end, renew))
    context = {
        "opened": opened,
        "held": held,
        "consent": row,
        "form": form or SignForm(),
        "end": end or EndForm(),
        "renew": renew or RenewForm(initial={"ends_on": queries.next_last_day(row, local_day(at, zone))}),
        "ending": held.state in {"active", "expired"} and (request.GET.get("end") == "1" or end is not None),
        "renewing": request.GET.get("renew") == "1" or renew is not None,
        "follows": queries.renewed(row),
        "changes": queries.changes(row),
        "notices": row.notices.order_by("-days", "pk"),
        "signed_how": rules.METHOD_WORDS,
        "capacities": rules.CAPACITY_WORDS,
        "languages": rules.LANGUAGES,
        "not_checked": rules.NOT_CHECKED,
        "may_keep": request.viewer.may(Permission.KEEP_CONSENTS),
        "may_see_as": request.viewer.may(Permission.SEE_AS),
    }
    return page(request, "consents/consent.html", context, partial="sheet", ok=not wrong)


@opens(Permission.READ_CHART, Kind.CONSENTS)
def consent(request: Request, opened: Opened, consent_id: UUID) -> HttpResponse:
    """One consent: the exact text, how it stands, and what can be done with it now."""
    return _show(request, opened, queries.consent_of(opened.participant.pk, consent_id))


@opens(Permission.KEEP_CONSENTS, Kind.CONSENTS)
@require_POST
def hand_over(request: Request, opened: Opened, consent_id: UUID) -> HttpResponse:
    """The tablet is handed over: it shows the text and the signature alone, until it is unlocked."""
    row = queries.consent_of(opened.participant.pk, consent_id)
    return hand_to_sign(request, _to(opened, "sign", row.pk))


@opens(Permission.KEEP_CONSENTS, Kind.CONSENTS)
@require_http_methods(["GET", "POST"])
def sign(request: Request, opened: Opened, consent_id: UUID) -> HttpResponse:
    """The page handed over: the exact text and the signature under it, witnessed; or a signed paper is entered."""
    row = queries.consent_of(opened.participant.pk, consent_id)
    back = _to(opened, "consent", row.pk)
    if request.method != "POST" and not is_handed(request):
        return redirect(back)
    form = SignForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            actions.sign_consent(consent=row, by=request.viewer, at=timezone.now(), **form.given())
        except Refused as refusal:
            form.refuse(refusal.reasons)
            row = queries.consent_of(opened.participant.pk, consent_id)
        else:
            say(request, "Signed. It holds from now on.")
            return _go(request, request.path if is_handed(request) else back)
    if not is_handed(request):  # a signed paper that was refused
        return _show(request, opened, row, form=form)
    held = queries.held(row, opened.participant.program.zone, timezone.now())
    context = {"opened": opened, "held": held, "consent": row, "form": form, "back": back}
    return page(request, "consents/sign.html", context, partial="sheet", ok=not form.errors)


@opens(Permission.KEEP_CONSENTS, Kind.CONSENTS)
@require_POST
def revoke(request: Request, opened: Opened, consent_id: UUID) -> HttpResponse:
    """End a consent from when the program was told, or set one aside nobody signed; sent twice, it ends once."""
    row = queries.consent_of(opened.participant.pk, consent_id)
    at, form, zone = timezone.now(), EndForm(request.POST), opened.participant.program.zone
    if row.status == Consent.Status.DRAFT:
        actions.withdraw_consent(consent=row, by=request.viewer, at=at)
        say(request, "Set aside. Nobody signed it.")
        return redirect(_to(opened, "list"))
    if row.status == Consent.Status.ACTIVE:
        if form.is_valid():
            received = form.received_at(zone=zone, today=local_day(at, zone), signed_at=row.signed_at)
            try:
                actions.revoke_consent(consent=row, how=form.how(), received_at=received, by=request.viewer, at=at)
            except Refused as refusal:
                form.refuse(refusal.reasons)
            else:
                say(request, "Ended. Nothing more is shared by it.")
        if form.errors:
            return _show(request, opened, queries.consent_of(opened.participant.pk, consent_id), end=form)
    return redirect(_to(opened, "consent", row.pk))


@opens(Permission.KEEP_CONSENTS, Kind.CONSENTS)
@require_POST
def renew(request: Request, opened: Opened, consent_id: UUID) -> HttpResponse:
    """The same consent waits for a new signature, with a new last day."""
    row = queries.consent_of(opened.participant.pk, consent_id)
    form = RenewForm(request.POST)
    if form.is_valid():
        last, zone = form.cleaned_data["ends_on"], opened.participant.program.zone
        end = day_starts(last + timedelta(days=1), zone) if last else None
        try:
            made = actions.renew_consent(consent=row, expires_at=end, by=request.viewer, at=timezone.now())
        except Refused as refusal:
            for reason in refusal.reasons:
                form.add_error("ends_on", reason)
        else:
            say(request, "Prepared. It waits for the signature.")
            return redirect(_to(opened, "consent", made.pk))
    return _show(request, opened, row, renew=form)


@require(Permission.KEEP_CONSENTS, ConsentNotice, program="consent__participant__program")
@require_POST
def notice_seen(request: Request, notice_id: UUID) -> HttpResponse:
    """The one who was told that a consent ends has seen it."""
    row = queries.notice_for(request.viewer, notice_id)
    actions.see_notice(notice=row, by=request.viewer, at=timezone.now())
    say(request, "Marked as seen")
    return redirect("desk:today")


@never_cache
@opens(Permission.READ_CHART, Kind.CONTACT)
def supporters(request: Request, opened: Opened) -> HttpResponse:
    """Family and others the person named, what each sees now, and the link of an invitation, shown once."""
    return _supporters(request, opened)


def _supporters(
    request: Request, opened: Opened, add: forms.Form | None = None, invite: forms.Form | None = None, which: str = ""
) -> HttpResponse:
    at = timezone.now()
    asked = request.GET.get("invite", "") or request.GET.get("end", "") or which
    seen = queries.sights(opened.participant.pk, at)
    known = next((one.supporter.email for one in seen if str(one.supporter.pk) == asked), "")
    context = {
        "opened": opened,
        "seen": seen,
        "past": [row for row in participants.supporters(opened.participant.pk) if row.ended_at],
        "add": add or SupporterForm(auto_id="add-%s"),
        "invite": invite or InviteForm(initial={"email": known}),
        "which": which,
        "asked": asked,
        "link": request.session.pop("supporter-link", "") if request.method == "GET" else "",
        "may_keep": request.viewer.may(Permission.KEEP_CONSENTS),
        "may_see_as": request.viewer.may(Permission.SEE_AS),
    }
    refused = any(form is not None and form.errors for form in (add, invite))
    return page(request, "consents/supporters.html", context, partial="sheet", ok=not refused)


@once
@opens(Permission.KEEP_CONSENTS, Kind.CONTACT)
@require_POST
def add_supporter(request: Request, opened: Opened) -> HttpResponse:
    """Someone more is named; naming them opens nothing."""
    form = SupporterForm(request.POST, auto_id="add-%s")
    if form.is_valid():
        people.add_supporter(participant=opened.participant, by=request.viewer, at=timezone.now(), **form.cleaned_data)
        say(request, "Added. They see nothing until a consent says so.")
        return redirect(_to(opened, "supporters"))
    return _supporters(request, opened, add=form)


@opens(Permission.KEEP_CONSENTS, Kind.CONTACT)
@require_POST
def end_supporter(request: Request, opened: Opened, supporter_id: UUID) -> HttpResponse:
    """The person no longer names them: from the next read on they see nothing."""
    row = queries.supporter_of(opened.participant.pk, supporter_id)
    people.end_supporter(supporter=row, by=request.viewer, at=timezone.now())
    say(request, "Taken off. From now on they see nothing.")
    return redirect(_to(opened, "supporters"))


@once
@opens(Permission.KEEP_CONSENTS, Kind.CONTACT)
@require_POST
def invite(request: Request, opened: Opened, supporter_id: UUID) -> HttpResponse:
    """Make the supporter's sign-in and its one-time link, shown once here and sent in a neutral email."""
    row = queries.supporter_of(opened.participant.pk, supporter_id)
    form = InviteForm({"email": row.membership.user.email if row.membership else request.POST.get("email", "")})
    if form.is_valid():
        site = f"{request.scheme}://{request.get_host()}"
        try:
            made = actions.invite_supporter(
                supporter=row, email=form.cleaned_data["email"], site=site, by=request.viewer, at=timezone.now()
            )
        except Refused as refusal:
            form.add_error("email", refusal.reasons)
        else:
            request.session["supporter-link"] = made.link
            return redirect(_to(opened, "supporters"))
    return _supporters(request, opened, invite=form, which=str(row.pk))


def _see_as(request: Request, opened: Opened, key: str) -> HttpResponse:
    choices = queries.see_as_choices(opened.participant.pk)
    context = {
        "opened": opened,
        "form": SeeAsForm(initial={"who": key}, choices=choices),
        "seen": queries.see_as(opened.participant.pk, key, timezone.now()),
    }
    return page(request, "consents/see_as.html", context, partial="main")


@opens(Permission.SEE_AS, Kind.CONSENTS)
@require_safe
def see_as(request: Request, opened: Opened) -> HttpResponse:
    """The record as family, a colleague of any role or a payer would see it: kind by kind, fields, and the rule."""
    return _see_as(request, opened, request.GET.get("who", "payer"))


@opens(Permission.SEE_AS, Kind.CONSENTS)
@require_safe
def see_as_supporter(request: Request, opened: Opened, supporter_id: UUID) -> HttpResponse:
    """What one supporter would see, kind by kind, and the rule that says so."""
    return _see_as(request, opened, f"supporter:{supporter_id}")


@opens(Permission.READ_CHART, Kind.CONTACT)
def particulars(request: Request, opened: Opened) -> HttpResponse:
    """Who the person is and how to reach them, each field where it is for the viewer."""
    start = {name: getattr(opened.participant, name) for name in CONTACT_FIELDS}
    return _particulars(request, opened, ParticularsForm(initial=start))


def _particulars(request: Request, opened: Opened, form: forms.Form) -> HttpResponse:
    context = {"opened": opened, "form": form, "may_correct": request.viewer.may(Permission.ADMIT)}
    return page(request, "consents/particulars.html", context, partial="sheet", ok=not form.errors)


@opens(Permission.ADMIT, Kind.CONTACT)
@require_POST
def correct(request: Request, opened: Opened) -> HttpResponse:
    """Write down what changed on this page, and leave alone what others changed meanwhile."""
    form = ParticularsForm(request.POST)
    if form.is_valid():
        changed = {name: form.cleaned_data[name] for name in form.changed_data}
        try:
            people.correct_participant(participant=opened.participant, by=request.viewer, at=timezone.now(), **changed)
        except Refused as refusal:
            today = local_day(timezone.now(), opened.participant.program.zone)
            about_birth = why_not_born(changed.get("birth_on"), today)
            for reason in refusal.reasons:
                form.add_error("birth_on" if reason in about_birth else None, reason)
        else:
            say(request, "Saved.")
            return redirect(_to(opened, "particulars"))
    return _particulars(request, opened, form)
