"""The program itself: its rooms, the policies that bound it, its staff and their roles."""

from typing import Any
from uuid import UUID

from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from openiop.accounts import queries as sign_ins
from openiop.accounts.access import confirmed, confirmed_to_send
from openiop.base.errors import Refused
from openiop.base.rules import local_day
from openiop.outbox import actions as sending
from openiop.outbox import queries as outbox
from openiop.outbox.models import Message
from openiop.programs import actions, queries
from openiop.programs.access import Request, require
from openiop.programs.forms import ROLE_WORDS, NewcomerForm, PlaceForm, PolicyForm, RoleForm
from openiop.programs.models import Membership, Place
from openiop.programs.rules import POLICIES, Permission, Role, policy_words
from openiop.ui.pages import NavItem, page, say

MOST = 200  # messages on one page; the oldest wait until some of these are decided


def _tabs(request: Request) -> list[NavItem]:
    """The pages of the program, as far as the viewer may open them."""
    entries = (
        ("Rooms", "programs:places", Permission.KEEP_PROGRAM),
        ("Policies", "programs:policies", Permission.KEEP_PROGRAM),
        ("Staff", "programs:staff", Permission.KEEP_MEMBERS),
        ("Messages", "programs:messages", Permission.KEEP_MEMBERS),
    )
    return [
        NavItem(label, reverse(name), "", current=request.path.startswith(reverse(name)))
        for label, name, permission in entries
        if request.viewer.may(permission)
    ]


@require(Permission.KEEP_PROGRAM)
def places(request: Request) -> HttpResponse:
    """Rooms and video rooms in use; one can be added."""
    at, program = timezone.now(), request.viewer.program
    form = PlaceForm(request.POST or None, initial={"seats": 12})
    if form.is_valid():
        try:
            actions.add_place(program=program, by=request.viewer, at=at, **form.cleaned_data)
            say(request, "Room added.")
            return redirect("programs:places")
        except Refused as refusal:
            form.add_error("name", refusal.reasons)
    context = {"places": list(queries.places(program.pk)), "form": form, "tabs": _tabs(request)}
    return page(request, "programs/places.html", context, partial="main", ok=not form.errors)


@require(Permission.KEEP_PROGRAM, Place)
@require_POST
def end_place(request: Request, place_id: UUID) -> HttpResponse:
    """Plan nothing new in this room."""
    place, at = queries.place_for(request.viewer, place_id), timezone.now()
    actions.end_place(place=place, on=local_day(at, request.viewer.program.zone), by=request.viewer, at=at)
    say(request, "Nothing new is planned in this room. What is planned there stays until it is moved.")
    return redirect("programs:places")


@require(Permission.KEEP_PROGRAM)
def policies(request: Request) -> HttpResponse:
    """Every bound with its value in force, since when, its source, and what held before."""
    program = request.viewer.program
    today = local_day(timezone.now(), program.zone)
    context = {
        "bounds": queries.bounds_in_force(program.pk, today),
        "today": today,
        "words": policy_words,
        "tabs": _tabs(request),
    }
    return page(request, "programs/policies.html", context, partial="main")


@require(Permission.KEEP_PROGRAM)
def policy(request: Request, name: str) -> HttpResponse:
    """Set one bound from a day on, with its source; the days before keep theirs."""
    if name not in POLICIES:
        raise Http404
    at, program = timezone.now(), request.viewer.program
    today = local_day(at, program.zone)
    bound = next(row for row in queries.bounds_in_force(program.pk, today) if row.kind.name == name)
    start = {"from_on": today, "source": bound.source if bound.since else ""}
    form = PolicyForm(request.POST or None, kind=bound.kind, value=bound.value, initial=start)
    if form.is_valid():
        try:
            actions.set_policy(
                program=program,
                name=name,
                value=form.value(),
                source=form.cleaned_data["source"],
                from_on=form.cleaned_data["from_on"],
                by=request.viewer,
                at=at,
            )
            say(request, "Policy set. Days before keep what held then.")
            return redirect("programs:policies")
        except Refused as refusal:
            form.add_error(None, refusal.reasons)
    context = {"bound": bound, "form": form, "tabs": _tabs(request)}
    return page(request, "programs/policy.html", context, partial="sheet", ok=not form.errors)


def _invited(request: Request, member: Membership, link: str) -> HttpResponse:
    """The one-time link, shown once; it has left by email as well."""
    context = {"member": member, "link": link, "tabs": _tabs(request)}
    return page(request, "programs/invited.html", context)


@require(Permission.KEEP_MEMBERS)
@confirmed_to_send
def staff(request: Request) -> HttpResponse:
    """Who works here, with their roles; someone new can be let in."""
    program, at = request.viewer.program, timezone.now()
    form = NewcomerForm(request.POST or None)
    if form.is_valid():
        given = form.cleaned_data | {"roles": [Role(role) for role in form.cleaned_data["roles"]]}
        site = request.build_absolute_uri("/")
        try:
            done = actions.invite_member(program=program, site=site, by=request.viewer, at=at, **given)
            return _invited(request, done.member, done.link)
        except Refused as refusal:
            form.add_error("email", refusal.reasons)
    rows = queries.staff(program.pk, local_day(at, program.zone))
    context = {"staff": list(rows), "role_words": ROLE_WORDS, "form": form, "tabs": _tabs(request)}
    return page(request, "programs/staff.html", context, partial="main", ok=not form.errors)


def _member_page(request: Request, found: Membership, form: RoleForm, *, ok: bool = True) -> HttpResponse:
    context: dict[str, Any] = {
        "member": found,
        "roles": [(role, ROLE_WORDS[Role(role)]) for role in sorted(found.roles)],
        "form": form,
        "tabs": _tabs(request),
        "factors": sign_ins.factors_of(found.user),
        "devices": len(sign_ins.sign_ins_of(found.user, timezone.now())),
    }
    return page(request, "programs/member.html", context, partial="main", ok=ok)


@require(Permission.KEEP_MEMBERS, Membership)
@confirmed_to_send
def member(request: Request, member_id: UUID) -> HttpResponse:
    """One member of staff: the roles they hold; one can be given."""
    found = queries.member_for(request.viewer, member_id)
    form = RoleForm(request.POST or None, held=found.roles)
    if form.is_valid():
        actions.grant_role(member=found, role=Role(form.cleaned_data["role"]), by=request.viewer, at=timezone.now())
        say(request, "Role given.")
        return redirect("programs:member", found.pk)
    return _member_page(request, found, form, ok=not form.errors)


@require(Permission.KEEP_MEMBERS, Membership)
@confirmed
@require_POST
def end_role(request: Request, member_id: UUID, role: str) -> HttpResponse:
    """Take one role; that it was held stays on record."""
    found = queries.member_for(request.viewer, member_id)
    if role not in found.roles:
        raise Http404
    actions.end_role(member=found, role=Role(role), by=request.viewer, at=timezone.now())
    say(request, "Role ended.")
    return redirect("programs:staff")


@require(Permission.KEEP_MEMBERS, Membership)
@confirmed
@require_POST
def send_link(request: Request, member_id: UUID) -> HttpResponse:
    """A new link to choose a password; shown here only to set up a sign-in that nobody uses yet."""
    found = queries.member_for(request.viewer, member_id)
    site = request.build_absolute_uri("/")
    done = actions.send_link(member=found, site=site, by=request.viewer, at=timezone.now())
    return _invited(request, done.member, done.link)


@require(Permission.KEEP_MEMBERS, Membership)
@confirmed
@require_POST
def end_member(request: Request, member_id: UUID) -> HttpResponse:
    """They no longer work here: from now on nothing opens for them, and what they wrote stays."""
    found = queries.member_for(request.viewer, member_id)
    actions.end_member(member=found, by=request.viewer, at=timezone.now())
    say(request, "Their membership has ended. Nothing opens for them any more; what they wrote stays.")
    return redirect("programs:staff")


@require(Permission.KEEP_MEMBERS)
def messages(request: Request) -> HttpResponse:
    """Messages that did not leave, or maybe did; a person decides about each."""
    context = {"messages": list(outbox.to_decide(request.viewer.program_id)[:MOST]), "tabs": _tabs(request)}
    return page(request, "programs/messages.html", context, partial="main")


@require(Permission.KEEP_MEMBERS, Message, program="program_id")
@require_POST
def send_again(request: Request, message_id: UUID) -> HttpResponse:
    """Have the message sent once more."""
    sending.send_again(message=queries.message_for(request.viewer, message_id), by=request.viewer, at=timezone.now())
    say(request, "It is on its way again.")
    return redirect("programs:messages")


@require(Permission.KEEP_MEMBERS, Message, program="program_id")
@require_POST
def set_aside(request: Request, message_id: UUID) -> HttpResponse:
    """Let the message be."""
    sending.set_aside(message=queries.message_for(request.viewer, message_id), by=request.viewer, at=timezone.now())
    say(request, "Set aside. It is not sent again.")
    return redirect("programs:messages")


@require(Permission.KEEP_MEMBERS, Membership)
@confirmed
@require_POST
def sign_member_out(request: Request, member_id: UUID) -> HttpResponse:
    """Every device of theirs is signed out."""
    found = queries.member_for(request.viewer, member_id)
    actions.sign_member_out(member=found, by=request.viewer, at=timezone.now())
    say(request, "They are signed out everywhere.")
    return redirect("programs:member", found.pk)


@require(Permission.KEEP_MEMBERS, Membership)
@confirmed
@require_POST
def reset_second_step(request: Request, member_id: UUID) -> HttpResponse:
    """They lost their phone or key: after they proved in person who they are, a new second step can be set up."""
    found = queries.member_for(request.viewer, member_id)
    actions.reset_second_step(member=found, by=request.viewer, at=timezone.now())
    say(request, "Their second step is reset, and they are signed out everywhere.")
    return redirect("programs:member", found.pk)
