"""A participant's own pages on the phone, and a supporter's page."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from openiop.accounts import actions as accounts
from openiop.base.errors import Refused
from openiop.base.rules import day_starts, local_day, week_of
from openiop.consents import actions as consent_actions
from openiop.consents import queries as consents
from openiop.consents.access import own
from openiop.consents.queries import Opened
from openiop.consents.rules import Kind
from openiop.plans import actions as plan_actions
from openiop.plans import queries as plans
from openiop.portal import queries, rules
from openiop.portal.forms import AnswerForm, AskForm, LookerForm, LookForm, MoreForm, SignForm, TapsForm
from openiop.privacy import actions as privacy_actions
from openiop.privacy import queries as privacy
from openiop.programs.access import Request, public, require
from openiop.programs.models import Membership
from openiop.programs.rules import Permission
from openiop.questionnaires import actions as questionnaire_actions
from openiop.questionnaires import queries as questionnaires
from openiop.questionnaires import rules as scoring
from openiop.questionnaires.models import Assignment, Response
from openiop.recovery import actions as recovery_actions
from openiop.recovery import queries as recovery
from openiop.recovery import rules as recovery_rules
from openiop.recovery.models import CheckIn
from openiop.ui.pages import lines, page, say
from openiop.ui.rules import CRISIS_LINES, day_from, whole

FEW = 5  # looks on the page Me; all of them stand on their own page


def _taps(opened: Opened, row: CheckIn | None, at: Any) -> dict[str, Any]:
    """What the three taps and the answer to them need."""
    counselor = opened.episode.primary.name.split()[0] if opened.episode else ""
    said = recovery_rules.said_back(
        mood=row.mood if row else None,
        craving=row.craving if row else None,
        safe=row.safe if row else "",
        use=row.use if row else "",
        counselor=counselor,
    )
    return {
        "row": row,
        "moods": recovery_rules.MOODS,
        "mood_chosen": recovery_rules.mood_word(row.mood) if row else "",
        "safe_choices": CheckIn.Safe.choices,
        "said": said,
        "answered": recovery.is_answered(row),
        "counselor": counselor,
        "clinic_phone": opened.participant.program.phone,
        "who": consents.who_line(opened.participant, Kind.CHECKINS, at),
        "taps_errors": [],
    }


@never_cache
@own
def home(request: Request) -> HttpResponse:
    """The next session first when it is near, the check-in first when it is not; then the week and what waits."""
    at = timezone.now()
    opened = queries.own(request.viewer, Kind.SCHEDULE, at)
    zone = opened.participant.program.zone
    today = local_day(at, zone)
    mine = queries.week(opened, at)
    came = [seen for seen in mine.sessions if seen.came]
    row, days = queries.lately(opened.participant.pk, today)
    context = {
        "opened": opened,
        "day": rules.spoken_day(at, zone),
        "hours": rules.hours,
        "greeting": rules.greeting(at, zone),
        "next": queries.next_up(opened, at, mine.sessions),
        "called_off": queries.called_off(opened, at),
        "elsewhere": queries.elsewhere(opened, at, 8),
        "today": [seen for seen in mine.sessions if seen.session.on == today and not seen.cancelled],
        "week": mine,
        "waiting": queries.waiting(opened, at),
        "earned": rules.earned(
            sessions=len(came),
            minutes=mine.attended,
            check_ins=days,
        ),
        **_taps(opened, row, at),
    }
    return page(request, "portal/home.html", context)


@never_cache
@own
def check_in(request: Request) -> HttpResponse:
    """The day's check-in: each tap is kept as it is made; more, if wanted."""
    at = timezone.now()
    opened = queries.own(request.viewer, Kind.CHECKINS, at)
    today = local_day(at, opened.participant.program.zone)
    row = recovery.today(opened.participant.pk, today)
    more_names = ("sleep_hours", "use", "medication", "words", "share_words")
    kept = {name: getattr(row, name) for name in more_names} if row else {}
    posted = request.POST if request.method == "POST" else None
    more = MoreForm(posted if posted and "more" in posted else None, initial=kept)
    taps = TapsForm(posted if posted is not None and "more" not in posted else None)
    form = more if more.is_bound else taps
    if form.is_valid():
        answers = form.cleaned_data if form is more else taps.answers()
        try:
            if answers:
                recovery_actions.check_in(
                    participant=opened.participant,
                    on=today,
                    at=at,
                    by=request.viewer,
                    again="again" in request.POST,
                    **answers,
                )
            return redirect("portal:check_in")
        except Refused as refusal:
            form.add_error(None, refusal.reasons)
    context = {
        "opened": opened,
        "at": at,
        "form": more,
        "earlier": [one for one in recovery.check_ins(opened.participant.pk)[:8] if one.on != today],
        "mood_word": recovery_rules.mood_word,
        **_taps(opened, row, at),
        "taps_errors": [words for found in taps.errors.values() for words in found],
    }
    return page(request, "portal/check_in.html", context, partial="heard", ok=not form.errors)


@never_cache
@own
def measure(request: Request, assignment_id: UUID) -> HttpResponse:
    """One question a screen; each answer is kept as it is given, and the form goes on where it was left."""
    at = timezone.now()
    assignment = queries.own_assignment(request.viewer, assignment_id, at)
    read = questionnaires.instrument(assignment.instrument)
    if request.method == "POST":
        return _answered(request, assignment, read, at)
    response = queries.response(assignment)
    answers = response.answers if response else {}
    context = {
        "assignment": assignment,
        "instrument": read,
        "counselor": _counselor(request, at),
        "clinic_phone": request.viewer.program.phone,
        "help_lines": _lines(request.viewer),
    }
    if assignment.status not in questionnaires.OPEN:
        return _finished(request, assignment, response, context)
    asked = request.GET.get("item", "")
    if request.GET.get("help") == "1" and scoring.needs_help(read, answers):
        return page(request, "portal/measure_help.html", context | {"following": asked or "end"})
    number = whole(asked, 200)
    item = read.item(number) if number else None
    if item is None and asked != "end":
        following = scoring.next_item(read, answers)
        item = read.item(following) if following else None
    if item is None:
        gaps = [read.item(number) for number in scoring.missing(read, answers)]
        reasons = scoring.why_not_complete(instrument=read, status=assignment.status, answers=answers)
        return page(request, "portal/measure_end.html", context | {"gaps": gaps, "reasons": reasons})
    return page(request, "portal/measure.html", context | {"item": item, "answers": answers})


def _answered(request: Request, assignment: Assignment, read: scoring.Instrument, at: Any) -> HttpResponse:
    """Keep one answer, or hand the form in; a closed form changes nothing and says so."""
    here = reverse("portal:measure", args=[assignment.pk])
    if "hand-in" in request.POST:
        if assignment.status not in questionnaires.OPEN:
            return redirect(here)  # sent twice
        questionnaire_actions.complete(assignment=assignment, by=request.viewer, at=at)
        return redirect(here)
    form = AnswerForm(request.POST)
    if not form.is_valid():
        return redirect(here)
    item, value = form.cleaned_data["item"], form.cleaned_data["value"]
    if value is None and "skip" not in request.POST:
        return redirect(f"{here}?item={item}")
    questionnaire_actions.answer(assignment=assignment, item=item, value=value, by=request.viewer, at=at)
    following = str(item + 1) if read.item(item + 1) else "end"
    help_first = "&help=1" if scoring.critical_level(read, item, value) else ""
    return redirect(f"{here}?item={following}{help_first}")


def _finished(
    request: Request, assignment: Assignment, response: Response | None, context: dict[str, Any]
) -> HttpResponse:
    """After the form: help where an answer asks for it, else the result in plain words; never a score beside item 9."""
    read: scoring.Instrument = context["instrument"]
    words, worry = "", False
    if response is not None and response.completed_at is not None:
        worry = scoring.needs_help(read, response.answers)
        found = scoring.band(read, response.total)
        if found and not worry and response.version == read.version:
            moved = queries.moved(response)
            words = rules.plain_score(plain=found.plain, change=moved)
    return page(request, "portal/measure_done.html", context | {"response": response, "worry": worry, "words": words})


def _counselor(request: Request, at: Any) -> str:
    opened = queries.own(request.viewer, Kind.CONTACT, at)
    return opened.episode.primary.name.split()[0] if opened.episode else ""


def _lines(viewer: Membership | None) -> Any:
    """The crisis lines of the viewer's program, else the defaults."""
    return lines((viewer.program.crisis_lines if viewer else None) or CRISIS_LINES)


@never_cache
@public
def help_now(request: HttpRequest) -> HttpResponse:
    """Pause, notice, act: open to anyone at once, signed in or not, locked or not; it shows nobody's record."""
    viewer: Membership | None = getattr(request, "viewer", None)
    context = {
        "help_lines": _lines(viewer),
        "clinic": viewer.program if viewer else None,
        "things": rules.SMALL_THINGS,
        "own": viewer is not None and viewer.may(Permission.OWN_RECORD),
        "home_url": reverse("portal:home") if viewer and viewer.may(Permission.OWN_RECORD) else "/",
    }
    return page(request, "portal/help.html", context)


@never_cache
@own
def plan(request: Request) -> HttpResponse:
    """The plan in force in the person's own words, and the next version to read and sign."""
    at = timezone.now()
    opened = queries.own(request.viewer, Kind.PLAN, at)
    in_force = plans.plan_in_force(opened.episode.pk) if opened.episode else None
    ready = queries.to_sign(opened.episode.pk) if opened.episode else None
    tree = plans.tree(ready) if ready else None
    form = SignForm(request.POST if request.method == "POST" else None)
    changed = False
    if form.is_valid():
        try:
            if ready is None:
                raise Refused("There is nothing to sign now.")
            plan_actions.sign_plan(
                plan=ready,
                part="participant",
                name=form.cleaned_data["name"],
                how="phone",
                by=request.viewer,
                at=at,
                digest=form.cleaned_data["digest"],
            )
            say(request, "Signed. This is your plan now.")
            return redirect("portal:plan")
        except Refused as refusal:
            in_force = plans.plan_in_force(opened.episode.pk) if opened.episode else None
            ready = queries.to_sign(opened.episode.pk) if opened.episode else None
            tree = plans.tree(ready) if ready else None
            seen = form.cleaned_data["digest"]
            if in_force and seen == plans.digest(plans.tree(in_force)):
                return redirect("portal:plan")  # sent twice: this very text is signed already
            changed = tree is None or seen != plans.digest(tree)
            if changed:
                form = SignForm(initial={"name": form.cleaned_data["name"]})
            else:
                form.add_error("name", refusal.reasons)
    if form.errors and ready is None:
        form, changed = SignForm(), True
    context = {
        "opened": opened,
        "changed": changed,
        "plan": in_force,
        "tree": plans.tree(in_force) if in_force else None,
        "ready": tree,
        "digest": plans.digest(tree) if tree else "",
        "form": form,
        "who": consents.who_line(opened.participant, Kind.PLAN, at),
    }
    return page(request, "portal/plan.html", context, partial="main", ok=not (form.errors or changed))


@never_cache
@own
def week(request: Request) -> HttpResponse:
    """One week of sessions, with the hours prescribed, planned and attended."""
    at = timezone.now()
    opened = queries.own(request.viewer, Kind.SCHEDULE, at)
    today = local_day(at, opened.participant.program.zone)
    monday = week_of(day_from(request.GET.get("from"), today)).first
    context = {
        "opened": opened,
        "week": queries.week(opened, at, monday),
        "elsewhere": queries.elsewhere(opened, day_starts(monday, opened.participant.program.zone), 7),
        "monday": monday,
        "sunday": monday + timedelta(days=6),
        "before": monday - timedelta(days=7),
        "after": monday + timedelta(days=7),
        "this_week": monday == week_of(today).first,
        "hours": rules.hours,
    }
    return page(request, "portal/week.html", context)


@never_cache
@own
def consents_page(request: Request) -> HttpResponse:
    """Every permission to share: to sign, in force, ended."""
    at = timezone.now()
    opened = queries.own(request.viewer, Kind.CONSENTS, at)
    return page(request, "portal/consents.html", {"opened": opened, "rows": queries.own_consents(opened, at)})


@never_cache
@own
def consent(request: Request, consent_id: UUID) -> HttpResponse:
    """One permission to share: read it, sign it, or end it in two taps."""
    at = timezone.now()
    opened = queries.own(request.viewer, Kind.CONSENTS, at)
    row = queries.own_consent(opened, consent_id)
    ending = request.GET.get("end") == "1" and row.status == "active"
    form = SignForm(request.POST if request.method == "POST" and "end" not in request.POST else None)
    if request.method == "POST" and "end" in request.POST:
        if row.status == "active":
            try:
                consent_actions.revoke_consent(consent=row, how="on their phone", by=request.viewer, at=at)
                say(request, "Ended. It holds from the next look on.")
            except Refused as refusal:
                say(request, " ".join(refusal.reasons))
        return redirect("portal:consent", row.pk)
    if form.is_valid():
        if row.status != "draft":
            return redirect("portal:consent", row.pk)  # sent twice
        try:
            consent_actions.sign_consent(
                consent=row, signer_name=form.cleaned_data["name"], how="phone", by=request.viewer, at=at
            )
            say(request, "Signed.")
            return redirect("portal:consent", row.pk)
        except Refused as refusal:
            form.add_error("name", refusal.reasons)
    context = {"opened": opened, "consent": row, "form": form, "ending": ending, "at": at}
    return page(request, "portal/consent.html", context, partial="sheet", ok=not form.errors)


@never_cache
@own
def me(request: Request) -> HttpResponse:
    """How pages look, who opened my record, and the way out."""
    at = timezone.now()
    opened = queries.own(request.viewer, Kind.ACCESS_LOG, at)
    posted = request.POST if request.method == "POST" else None
    form = LookForm(posted, initial={"theme": request.user.theme})
    if form.is_valid():
        accounts.set_look(
            user=request.user, theme=form.cleaned_data["theme"], letter_keys=request.user.letter_keys, at=at
        )
        say(request, "Saved")
        return redirect("portal:me")
    rows, _ = queries.looks(opened, 1, at)
    context = {"opened": opened, "form": form, "looks": rows[:FEW]}
    return page(request, "portal/me.html", context, partial="sheet", ok=not form.errors)


@never_cache
@own
@require_safe
def looks(request: Request) -> HttpResponse:
    """Everyone who opened my record, by day, with what they saw and why."""
    at = timezone.now()
    opened = queries.own(request.viewer, Kind.ACCESS_LOG, at)
    number = whole(request.GET.get("page", "1"), 99_999) or 1
    rows, more = queries.looks(opened, number, at)
    untold = privacy.untold(opened.participant.pk) if number == 1 else []
    context = {"opened": opened, "looks": rows, "number": number, "more": more, "untold": untold}
    return page(request, "portal/looks.html", context)


@never_cache
@own
@require_POST
def told(request: Request) -> HttpResponse:
    """I have read that my record was opened for an emergency."""
    at = timezone.now()
    opened = queries.own(request.viewer, Kind.ACCESS_LOG, at)
    sent = request.POST.get("emergency", "")
    for one in privacy.untold(opened.participant.pk):
        if str(one.pk) == sent:
            privacy_actions.note_told(emergency=one, how="read", by=request.viewer, at=at)
    return redirect("portal:looks")


@never_cache
@own
def ask(request: Request) -> HttpResponse:
    """A question about one look; the privacy officer answers it."""
    at = timezone.now()
    opened = queries.own(request.viewer, Kind.ACCESS_LOG, at)
    asked = LookerForm(request.GET)
    if not asked.is_valid():
        raise Http404
    on, key = asked.cleaned_data["on"], asked.cleaned_data["who"]
    looker = queries.looker(opened, key)
    if not privacy.looked(opened.participant, looker, on):
        raise Http404
    form = AskForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            privacy_actions.ask_question(
                participant=opened.participant, on=on, looker=looker, by=request.viewer, at=at, **form.cleaned_data
            )
            say(request, "Sent. The answer comes here.")
            return redirect("portal:looks")
        except Refused as refusal:
            form.add_error("words", refusal.reasons)
    name = privacy.name_for(opened.participant, looker, at)
    context = {"opened": opened, "form": form, "on": on, "who": key or "", "name": name}
    return page(request, "portal/ask.html", context, partial="sheet", ok=not form.errors)


@never_cache
@require(Permission.SUPPORT)
def support(request: Request) -> HttpResponse:
    """What the participant shares with this supporter now, and not a word more."""
    at = timezone.now()
    seen = queries.support(request.viewer, at)
    for opened in seen.opened.values():
        consent_actions.log_read(opened=opened, page="portal:support", by=request.viewer, at=at)
    context = {
        "seen": seen,
        "kinds": {str(kind) for kind in seen.opened},
        "hours": rules.hours,
        "help_lines": _lines(request.viewer),
        "clinic_phone": request.viewer.program.phone,
    }
    return page(request, "portal/support.html", context)
