"""Admission, and the sign-in that may come with it."""

from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from openiop.accounts import queries as sign_ins
from openiop.accounts.access import confirmed
from openiop.admissions import actions, queries, rules
from openiop.admissions.forms import AdmitForm, InviteForm
from openiop.base.errors import Refused
from openiop.consents.access import opens
from openiop.consents.queries import Opened
from openiop.consents.rules import Kind
from openiop.participants.rules import LEVEL_WORDS, Level
from openiop.programs.access import Request
from openiop.programs.rules import Permission
from openiop.ui import actions as drafts
from openiop.ui import queries as kept
from openiop.ui.access import owner_of
from openiop.ui.pages import page, say

# Where each missing thing is put right: the page's name and the verb on its link.
WHERE = {
    rules.Need.ASSESSMENT: ("admissions:placement", "Open the assessment"),
    rules.Need.STOPS: ("admissions:placement", "Open the hard stop"),
    rules.Need.LEVEL: ("admissions:placement", "Look at the placement"),
    rules.Need.CONSENT: ("consents:list", "Open the consents"),
    rules.Need.NOT_IN_CARE: ("desk:chart", "Open the record"),
}


def _posted(request: Request) -> QueryDict | None:
    return request.POST if request.method == "POST" else None


def _page_of(name: str, opened: Opened) -> str:
    """The address of one of the person's pages; their placement where this program has no such page."""
    try:
        return reverse(name, kwargs={"participant_id": opened.participant.pk})
    except NoReverseMatch:
        return reverse("admissions:placement", kwargs={"participant_id": opened.participant.pk})


@opens(Permission.ADMIT, Kind.PLACEMENT)
def admit(request: Request, opened: Opened) -> HttpResponse:
    """What is still missing, each with its link; or the form that begins care."""
    at = timezone.now()
    person, viewer = opened.participant, request.viewer
    ready = queries.readiness(person, at)
    missing = []
    for one in ready.missing:
        name, verb = WHERE[one.need]
        missing.append((one, _page_of(name, opened), verb))
    today = queries.today(viewer, at)
    level = ready.assessment.selected if ready.assessment else ""
    counselors = queries.counselors(viewer.program_id, today)
    key = f"admissions.admit:{person.pk}:words"
    form = AdmitForm(
        _posted(request),
        counselors=counselors,
        team=queries.team_choices(viewer.program_id, today),
        today=today,
        ahead=queries.days_ahead(viewer.program_id, today),
        initial={
            "starts_on": today,
            "review_on": rules.first_review(today, level, queries.review_days(viewer.program_id, today)),
            "primary": str(viewer.pk) if viewer in counselors else "",
            "words": ready.assessment.words if ready.assessment else "",
        },
    )
    if request.method == "POST" and form.is_valid():
        try:
            actions.admit(
                participant=person,
                assessment=ready.assessment,
                level=level,
                starts_on=form.cleaned_data["starts_on"],
                review_on=form.cleaned_data["review_on"],
                primary=form.counselor(),
                team=form.team(),
                words=form.cleaned_data["words"],
                by=viewer,
                at=at,
            )
            drafts.end_drafts(owner_id=owner_of(request), key_prefix=key, at=at)
            starts_on = form.cleaned_data["starts_on"]
            if starts_on != today:
                days = (starts_on - today).days
                when = f"in {days} days" if days > 0 else f"{-days} days ago"
                day = f"{starts_on:%B} {starts_on.day}, {starts_on.year}"
                messages.warning(request, f"The first day is not today: {day}, {when}.")
            say(request, "In care from the first day on. Next: their week.")
            return redirect("schedule:needs", participant_id=person.pk)
        except Refused as refusal:
            form.add_error(None, refusal.reasons)
    context = {
        "opened": opened,
        "missing": missing,
        "form": form,
        "assessment": ready.assessment,
        "level_words": LEVEL_WORDS[Level(level)] if level else "",
        "key": key,
        "drafts": kept.drafts_for(owner_of(request), [key]),
        "in_care": any(one.need == rules.Need.NOT_IN_CARE for one in ready.missing),
    }
    return page(request, "admissions/admit.html", context, partial="main", ok=not form.errors)


@opens(Permission.ADMIT, Kind.CONTACT)
def app(request: Request, opened: Opened) -> HttpResponse:
    """Invite the person to the app: their sign-in and a one-time link, shown on this answer only."""
    person = opened.participant
    form = InviteForm(_posted(request), initial={"email": person.email})
    invitation = None
    if request.method == "POST" and (form.is_valid() or person.membership is not None):
        try:
            invitation = actions.invite(
                participant=person,
                email=form.cleaned_data.get("email", ""),
                site=request.build_absolute_uri("/"),
                by=request.viewer,
                at=timezone.now(),
            )
            person.refresh_from_db()
        except Refused as refusal:
            form.add_error(None, refusal.reasons)
    context = {"opened": opened, "form": form, "invitation": invitation, "member": person.membership}
    context["factors"] = sign_ins.factors_of(person.membership.user) if person.membership else None
    ok = invitation is not None or not form.errors
    return page(request, "admissions/app.html", context, partial="main", ok=ok)


@opens(Permission.ADMIT, Kind.CONTACT)
@confirmed
@require_POST
def reset_second_step(request: Request, opened: Opened) -> HttpResponse:
    """They lost their phone and their recovery codes: their password alone lets them in again."""
    actions.reset_second_step(participant=opened.participant, by=request.viewer, at=timezone.now())
    say(request, "Their second step is reset, and they are signed out everywhere.")
    return redirect("admissions:app", opened.participant.pk)
