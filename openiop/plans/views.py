"""The plan of one person: the thread, writing it, signing it, its versions, on paper; and the diagnoses it answers."""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django import forms
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from openiop.accounts.access import hand_over as hand_to_sign
from openiop.accounts.access import is_handed
from openiop.base.errors import Refused
from openiop.base.rules import local_day
from openiop.consents import queries as consents
from openiop.consents.access import opens
from openiop.consents.queries import Opened
from openiop.consents.rules import KEPT_BACK, LABEL_WORDS, Kind, Label, opens_labelled
from openiop.participants import actions as people
from openiop.participants import queries as participants
from openiop.participants.models import Episode
from openiop.plans import actions, queries, rules
from openiop.plans.forms import (
    CompareForm,
    DeferForm,
    DiagnosisForm,
    EndDiagnosisForm,
    EndForm,
    EndObjectiveForm,
    GoalForm,
    MarkForm,
    NameForm,
    NewGoalForm,
    ObjectiveForm,
    OwnWordsForm,
    ProblemForm,
    ReviewForm,
    SignForm,
    WorkForm,
    day_ahead,
)
from openiop.plans.models import Intervention, Plan
from openiop.programs import queries as programs
from openiop.programs.access import Request
from openiop.programs.models import Membership
from openiop.programs.rules import TREATING, Permission
from openiop.ui import actions as ui_actions
from openiop.ui import queries as ui_queries
from openiop.ui.access import once, owner_of
from openiop.ui.pages import page, say


def _episode(opened: Opened) -> Episode:
    if opened.episode is None:
        raise Http404
    opened.episode.participant = opened.participant
    return opened.episode


def _draft(opened: Opened) -> Plan | None:
    plan = queries.draft(_episode(opened).pk)
    if plan:
        plan.episode = _episode(opened)
    return plan


def _home(opened: Opened, name: str = "plan") -> str:
    return reverse(f"plans:{name}", args=[opened.participant.pk])


@opens(Permission.READ_CHART, Kind.PLAN)
def plan(request: Request, opened: Opened, number: int | None = None) -> HttpResponse:
    """The golden thread of the version in force (else of the draft, or of the version asked for)."""
    found: list[Plan] = list(queries.versions(opened.episode.pk)) if opened.episode else []
    by_number = {one.version: one for one in found}
    stands = next((one for one in found if one.status == "signed"), None)
    draft = next((one for one in found if one.status == "draft"), None)
    shown = by_number.get(number) if number else stands or draft or (found[0] if found else None)
    if number and shown is None:
        raise Http404
    today = local_day(timezone.now(), opened.participant.program.zone)
    whole = queries.tree(shown) if shown else None
    hidden = queries.kept_back(shown, opened.access) if shown else frozenset()
    read = queries.tree(shown, hidden) if shown and hidden else whole
    context = {
        "opened": opened,
        "shown": shown,
        "kept": len(hidden),
        "kept_back": KEPT_BACK,
        "marks": queries.marks(shown) if shown and not hidden else {},
        "label_words": LABEL_WORDS,
        "groups": queries.groups(read) if read else [],
        "ended": queries.ended(read) if read else [],
        "deferrals": read.deferrals if read else [],
        "signatures": queries.standing(read) if read else {},
        "gaps": queries.gaps(whole, opened.participant.pk, today) if whole and shown in (stands, draft) else [],
        "versions": found,
        "draft": draft,
        "stands": stands,
        "today": today,
        "words": rules,
        "may_write": request.viewer.may(Permission.WRITE_PLANS) and opened.episode and not opened.episode.ended_on,
    }
    return page(request, "plans/plan.html", context, partial="main")


@opens(Permission.WRITE_PLANS, Kind.PLAN)
def mark(request: Request, opened: Opened, kind: str, row_id: UUID) -> HttpResponse:
    """How one problem or goal is marked, every mark it had, and a new one with its reason."""
    row = queries.markable(opened, kind, row_id)
    label = row._meta.label_lower
    standing = consents.labels(label, [row.thread]).get(str(row.thread), Label.NONE)
    if standing is not Label.NONE and not opens_labelled(opened.access):
        raise PermissionDenied(KEPT_BACK)
    form = MarkForm(request.POST if request.method == "POST" else None, initial={"label": standing.value})
    if form.is_valid():
        sent = form.cleaned_data
        try:
            actions.mark_row(row=row, word=sent["label"], reason=sent["reason"], by=request.viewer, at=timezone.now())
        except Refused as refusal:
            for reason in refusal.reasons:
                form.add_error("reason" if "why" in reason else "label", reason)
        else:
            say(request, "Marked.")
            return redirect(_home(opened))
    context = {
        "opened": opened,
        "row": row,
        "form": form,
        "history": consents.label_history(label, row.thread),
        "label_words": LABEL_WORDS,
    }
    return page(request, "plans/mark.html", context, partial="main", ok=not form.errors)


def _whole(plan: Plan, opened: Opened) -> None:
    """Nothing, where the whole version opens to this viewer; what is kept back can neither be written nor signed."""
    if queries.kept_back(plan, opened.access):
        raise PermissionDenied(KEPT_BACK)


@opens(Permission.WRITE_PLANS, Kind.PLAN)
@require_POST
def start(request: Request, opened: Opened) -> HttpResponse:
    """Begin the next version, or go on with the one being written."""
    actions.start_plan(episode=_episode(opened), by=request.viewer, at=timezone.now())
    return redirect(_home(opened, "write"))


def _treating(viewer: Membership, day: date) -> Iterable[Membership]:
    return programs.staff(viewer.program_id, day, *sorted(TREATING))


def _staff(request: Request, today: date) -> list[tuple[str, str]]:
    return [(str(member.pk), member.label) for member in _treating(request.viewer, today)]


def _form(request: Request, opened: Opened, plan: Plan, do: str, about: str, today: date) -> forms.Form:
    """The form for one thing to do: as posted, else with what stands there or the library's text for it."""
    data = request.POST if request.method == "POST" else None
    row = queries.row_in(plan, kind, about) if (kind := queries.part_named(do)) else None
    given: dict[str, Any] = {"auto_id": f"{do}-{about}-%s"}
    start: dict[str, Any]
    taken = queries.idea(request.GET.get("idea", ""))
    match do:
        case "add-problem":
            rows = list(participants.active_diagnoses(opened.participant.pk))
            choices = [(str(one.pk), f"{one.code} {one.words}") for one in rows]
            first = next((one for one in rows if rules.family_of(one.family) == about), None)
            given["initial"] = {"family": about} | ({"diagnosis": str(first.pk), "words": first.words} if first else {})
            return ProblemForm(data, diagnoses=choices, **given)
        case "change-problem":
            return NameForm(data, initial=row.__dict__ if row else {}, **given)
        case "add-goal":
            return NewGoalForm(data, initial=taken, **given)
        case "change-goal":
            return GoalForm(data, initial=row.__dict__ if row else {}, **given)
        case "add-objective" | "change-objective":
            start = {"target_on": day_ahead(today, 7 * taken.get("weeks", 8))} | taken
            return ObjectiveForm(data, initial=start if do == "add-objective" or not row else row.__dict__, **given)
        case "add-work" | "change-work":
            start = {"responsible": str(plan.episode.primary_id)} | taken
            if isinstance(row, Intervention):
                start = row.__dict__ | {"responsible": str(row.responsible_id)}
            return WorkForm(data, initial=start, staff=_staff(request, today), **given)
        case "end-objective":
            return EndObjectiveForm(data, initial={"status": "met"}, **given)
        case "end-problem" | "end-goal" | "end-work":
            return EndForm(data, **given)
        case "defer":
            return DeferForm(data, initial={"review_on": day_ahead(today, 14)}, **given)
        case "review":
            return ReviewForm(data, initial={"review_on": plan.review_on}, **given)
        case "own-words":
            return OwnWordsForm(data, initial={"words": plan.own_words}, **given)
    raise Http404


def _act(do: str, about: str, sent: dict[str, Any], plan: Plan, seen: str, by: Membership, at: datetime) -> str:
    """Do the one thing that was sent; returns where on the page it shows."""
    kind = queries.part_named(do)
    row: Any = queries.row_in(plan, kind, about) if kind else None
    who: dict[str, Any] = {"by": by, "at": at}
    if "responsible" in sent:
        day = local_day(at, by.program.zone)
        staff = _treating(by, day)
        sent = sent | {"responsible": next(one for one in staff if str(one.pk) == sent["responsible"])}
    match do:
        case "own-words":
            actions.set_own_words(plan=plan, words=sent["words"], seen=seen, **who)
        case "review":
            actions.set_review_on(plan=plan, review_on=sent["review_on"], **who)
        case "defer":
            actions.defer_family(plan=plan, family=about, **sent, **who)
        case "add-problem":
            goal, chosen = sent.pop("goal"), sent.pop("diagnosis")
            known = participants.active_diagnoses(plan.episode.participant_id)
            diagnosis = next((one for one in known if str(one.pk) == chosen), None)
            actions.add_problem_with_goal(plan=plan, diagnosis=diagnosis, goal=goal, **sent, **who)
        case "add-goal":
            actions.add_marked_goal(problem=row, **sent, **who)
        case "add-objective":
            actions.add_objective(goal=row, **sent, **who)
        case "add-work":
            actions.add_intervention(objective=row, **sent, **who)
        case "change-problem":
            actions.change_problem(problem=row, seen=seen, **sent, **who)
        case "change-goal":
            actions.change_goal(goal=row, seen=seen, **sent, **who)
        case "change-objective":
            actions.change_objective(objective=row, seen=seen, **sent, **who)
        case "change-work":
            actions.change_intervention(intervention=row, seen=seen, **sent, **who)
        case "end-problem":
            actions.end_problem(problem=row, **sent, **who)
        case "end-goal":
            actions.end_goal(goal=row, **sent, **who)
        case "end-objective":
            actions.end_objective(objective=row, **sent, **who)
        case "end-work":
            actions.end_intervention(intervention=row, **sent, **who)
    return queries.place_of(row) if row else {"own-words": "own", "review": "review"}.get(do, "threads")


@opens(Permission.WRITE_PLANS, Kind.PLAN)
def write(request: Request, opened: Opened) -> HttpResponse:
    """Write the next version, one small form at a time, beside everything it still lacks."""
    at = timezone.now()
    today = local_day(at, opened.participant.program.zone)
    plan = _draft(opened)
    if plan is None:
        if request.method == "POST":
            raise Refused("This version is signed. Start the next one to change it.")
        return redirect(_home(opened))
    _whole(plan, opened)
    asked = request.POST if request.method == "POST" else request.GET
    do, about = asked.get("do", ""), asked.get("about", "")
    form = _form(request, opened, plan, do, about, today) if do else None
    if form and form.is_valid():
        try:
            place = _act(do, about, form.cleaned_data, plan, asked.get("seen", ""), request.viewer, at)
        except Refused as refusal:
            form.add_error(None, refusal.reasons)
        else:
            key = f"plans.plan:{plan.pk}:{do}-{about}" if do in {"own-words", "defer"} else ""
            if key:
                ui_actions.end_drafts(owner_id=owner_of(request), key_prefix=key.rstrip("-"), at=at)
            return redirect(f"{request.path}#{place}")
    plan.refresh_from_db(fields=["own_words", "review_on"])
    read = queries.tree(plan)
    longest = queries.longest_review(opened.participant.program_id, today)
    offered = rules.review_offered(kept=plan.review_on, stay=_episode(opened).review_on, on=today, longest=longest)
    own = form if form and do == "own-words" else OwnWordsForm(initial={"words": plan.own_words}, auto_id="own-%s")
    keys = {"own": f"plans.plan:{plan.pk}:own-words", "defer": f"plans.plan:{plan.pk}:defer-{about}"}
    context = {
        "opened": opened,
        "plan": plan,
        "groups": queries.groups(read),
        "ended": queries.ended(read),
        "deferrals": read.deferrals,
        "signatures": queries.standing(read),
        "gaps": queries.gaps(read, opened.participant.pk, today),
        "reasons": queries.why_not_sign(read, today),
        "longest": longest,
        "offered": plan.review_on is None and offered is not None,
        "do": do,
        "about": about,
        "form": form,
        "own": own,
        "review": form if form and do == "review" else ReviewForm(initial={"review_on": offered}),
        "ideas": queries.ideas_for(plan, do, about),
        "keys": keys,
        "drafts": ui_queries.drafts_for(owner_of(request), keys.values()),
        "mark": queries.mark,
        "words_mark": queries.words_mark(plan),
        "words": rules,
        "who": consents.who_line(opened.participant, Kind.PLAN, at),
    }
    return page(request, "plans/write.html", context, partial="sheet", ok=not (form and form.errors))


@opens(Permission.WRITE_PLANS, Kind.PLAN)
def sign(request: Request, opened: Opened) -> HttpResponse:
    """Read the whole version, then sign: the clinician here, the participant on this tablet or on their phone."""
    at = timezone.now()
    plan = _draft(opened)
    if plan is None:
        if request.method == "POST":
            raise Refused("This version is signed already.")
        return redirect(_home(opened))
    _whole(plan, opened)
    form = SignForm(request.POST or None, auto_id=f"{request.POST.get('part', '')}-%s")
    if form.is_valid():
        sent = form.cleaned_data
        how = "tablet" if sent["part"] == "participant" else "screen"
        try:
            actions.sign_plan(plan=plan, how=how, by=request.viewer, at=at, **sent)
        except Refused as refusal:
            form.add_error(None, refusal.reasons)
        else:
            say(request, "Signed.")
            return redirect(_home(opened, "sign"))
    context = _signing(opened, plan, form, at)
    return page(request, "plans/sign.html", context, partial="sheet", ok=not form.errors)


def _signing(opened: Opened, plan: Plan, form: forms.Form, at: datetime) -> dict[str, Any]:
    """What someone reads before they sign, and where it stands."""
    read = queries.tree(plan)
    return {
        "opened": opened,
        "plan": plan,
        "groups": queries.groups(read),
        "deferrals": read.deferrals,
        "signatures": queries.standing(read),
        "reasons": queries.why_not_sign(read, local_day(at, opened.participant.program.zone)),
        "digest": queries.digest(read),
        "form": form,
        "part": form.data.get("part", "") if form.is_bound else "",
        "words": rules,
    }


@opens(Permission.WRITE_PLANS, Kind.PLAN)
@require_POST
def hand_over(request: Request, opened: Opened) -> HttpResponse:
    """The tablet is handed over: it shows the plan and the signature alone, until it is unlocked."""
    return hand_to_sign(request, _home(opened, "tablet"))


@opens(Permission.WRITE_PLANS, Kind.PLAN)
@require_http_methods(["GET", "POST"])
def tablet(request: Request, opened: Opened) -> HttpResponse:
    """The page handed over: the whole version, and the participant's signature under it."""
    at, back = timezone.now(), _home(opened, "sign")
    if not is_handed(request):
        return redirect(back)
    plan = _draft(opened)
    if plan is None:
        return page(request, "plans/tablet.html", {"plan": None, "back": _home(opened)})
    form = SignForm({**request.POST.dict(), "part": "participant"} if request.method == "POST" else None)
    if form.is_valid():
        try:
            actions.sign_plan(plan=plan, how="tablet", by=request.viewer, at=at, **form.cleaned_data)
        except Refused as refusal:
            form.add_error(None, refusal.reasons)
        else:
            return redirect(request.path)
    context = _signing(opened, plan, form, at) | {"back": back}
    return page(request, "plans/tablet.html", context, ok=not form.errors)


@opens(Permission.READ_CHART, Kind.PLAN)
def compare(request: Request, opened: Opened) -> HttpResponse:
    """Two versions side by side, line by line."""
    found = {one.version: one for one in queries.versions(_episode(opened).pk)}
    numbers = sorted(found, reverse=True)
    start = {"earlier": numbers[1] if len(numbers) > 1 else 0, "later": numbers[0] if numbers else 0}
    form = CompareForm(request.GET or start, numbers=numbers)
    rows: list[rules.Difference] = []
    hidden = frozenset[str]()
    pair: list[Plan] = []
    if form.is_valid():
        pair = [found[form.cleaned_data[name]] for name in ("earlier", "later")]
        hidden = frozenset[str]().union(*(queries.kept_back(one, opened.access) for one in pair))
        rows = rules.differences(*(queries.lines(queries.tree(one, hidden)) for one in pair))
    context = {"opened": opened, "form": form, "rows": rows, "pair": pair, "numbers": numbers}
    context |= {"kept": len(hidden), "kept_back": KEPT_BACK}
    return page(request, "plans/compare.html", context, partial="main", ok=form.is_valid() or len(numbers) < 2)


@opens(Permission.READ_CHART, Kind.PLAN)
def paper(request: Request, opened: Opened, number: int) -> HttpResponse:
    """One version to print, with the signatures under it."""
    found = next((one for one in queries.versions(_episode(opened).pk) if one.version == number), None)
    if found is None:
        raise Http404
    # What leaves on paper leaves out what is marked as sensitive, unless someone who reads it asks for all.
    asked = request.GET.get("all") == "1" and not queries.kept_back(found, opened.access)
    marked = frozenset(queries.marks(found))
    read = queries.tree(found, () if asked else marked)
    context = {
        "opened": opened,
        "left_out": 0 if asked else len(marked),
        "may_all": opens_labelled(opened.access),
        "plan": found,
        "groups": queries.groups(read),
        "deferrals": read.deferrals,
        "signatures": queries.standing(read),
        "words": rules,
    }
    return page(request, "plans/paper.html", context, partial="main")


def _diagnoses(
    request: Request, opened: Opened, *, add: forms.Form | None = None, end: forms.Form | None = None, which: str = ""
) -> HttpResponse:
    today = local_day(timezone.now(), opened.participant.program.zone)
    rows = list(participants.diagnoses(opened.participant.pk))
    context = {
        "opened": opened,
        "active": [row for row in rows if row.ended_on is None],
        "past": [row for row in rows if row.ended_on],
        "add": add or DiagnosisForm(auto_id="add-%s"),
        "end": end or EndDiagnosisForm(initial={"ended_on": today}),
        "which": which or request.GET.get("end", ""),
        "conditions": participants.conditions(),
        "families": {"substance": "Substance use", "behavior": "Behavior", "mental-health": "Mental health"},
        "may_keep": request.viewer.may(Permission.ASSESS),
    }
    refused = any(form is not None and form.errors for form in (add, end))
    return page(request, "plans/diagnoses.html", context, partial="sheet", ok=not refused)


@opens(Permission.READ_CHART, Kind.DIAGNOSES)
def diagnoses(request: Request, opened: Opened) -> HttpResponse:
    """Conditions on record, both families side by side, active ones first."""
    return _diagnoses(request, opened)


@once
@opens(Permission.ASSESS, Kind.DIAGNOSES)
@require_POST
def add_diagnosis(request: Request, opened: Opened) -> HttpResponse:
    """Put one more condition on record."""
    form = DiagnosisForm(request.POST, auto_id="add-%s")
    if form.is_valid():
        sent = form.cleaned_data
        sent["words"] = sent["words"] or participants.conditions().get(sent["code"].strip().upper(), "")
        try:
            people.add_diagnosis(participant=opened.participant, by=request.viewer, at=timezone.now(), **sent)
        except Refused as refusal:
            form.add_error(None, refusal.reasons)
        else:
            say(request, "Diagnosis added.")
            return redirect(_home(opened, "diagnoses"))
    return _diagnoses(request, opened, add=form)


@opens(Permission.ASSESS, Kind.DIAGNOSES)
@require_POST
def end_diagnosis(request: Request, opened: Opened, diagnosis_id: UUID) -> HttpResponse:
    """End a condition with the day and the reason; it stays on record."""
    rows = participants.diagnoses(opened.participant.pk)
    row = next((one for one in rows if one.pk == diagnosis_id), None)
    if row is None:
        raise Http404
    form = EndDiagnosisForm(request.POST)
    if form.is_valid():
        sent = form.cleaned_data
        try:
            people.end_diagnosis(
                diagnosis=row, on=sent["ended_on"], reason=sent["reason"], by=request.viewer, at=timezone.now()
            )
        except Refused as refusal:
            form.add_error(None, refusal.reasons)
        else:
            say(request, "Diagnosis ended. It stays on record.")
            return redirect(_home(opened, "diagnoses"))
    return _diagnoses(request, opened, end=form, which=str(row.pk))
