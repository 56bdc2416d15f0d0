"""The session page: who is here, the note written once, each person's own part, and the signature."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Any, cast
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.template import engines
from django.template.backends.jinja2 import Jinja2
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe
from jinja2_fragments import render_block

from openiop.attendance import actions as attending
from openiop.attendance import queries as attendance
from openiop.attendance import rules as attendance_rules
from openiop.attendance.queries import Row
from openiop.base.errors import Refused
from openiop.base.rules import local_day
from openiop.consents import actions as consents
from openiop.consents.rules import KEPT_BACK, Kind
from openiop.notes import actions, queries, rules
from openiop.notes.forms import GroupPartForm, PartForm, SeatForm, TapForm
from openiop.notes.models import PersonNote, SessionNote
from openiop.notes.queries import Person
from openiop.participants.models import Participant
from openiop.programs.access import Request, require
from openiop.programs.rules import Permission
from openiop.schedule import queries as schedule
from openiop.schedule.models import Session
from openiop.ui import actions as drafts
from openiop.ui import queries as kept
from openiop.ui.access import owner_of
from openiop.ui.models import Draft
from openiop.ui.pages import page, say, shell, wants_part
from openiop.ui.rules import whole

TEMPLATE = "notes/session.html"
# What an answer to htmx holds, by the part it asked for; the first is swapped in place, the others by their ids.
PARTS = {
    "roster": ("roster", "goes", "signbar", "sign_body", "told"),
    "person": ("person",),
    "person-state": ("person_state", "marks", "signbar", "sign_body"),
    "group-state": ("group_state", "marks", "signbar", "sign_body"),
    "group-part": ("group_part", "marks", "signbar", "sign_body"),
}


class NoTime(Refused):
    """What was typed is no time of day; `name` is the field it was typed in."""

    def __init__(self, name: str) -> None:
        super().__init__("Write a time such as 5:52.")
        self.name = name


@dataclass
class Kept:
    """What a refused form leaves on the page: the reasons, and all that was typed."""

    rows: dict[UUID, list[str]] = field(default_factory=dict)
    typed: dict[UUID, Mapping[str, str]] = field(default_factory=dict)
    wrong: frozenset[str] = frozenset()
    group: GroupPartForm | None = None
    part: PartForm | None = None
    standing: SessionNote | PersonNote | None = None
    seat: SeatForm | None = None


def _open(request: Request, session_id: UUID, at: datetime) -> Session:
    """The session, for staff of its program whose roles read attendance and notes; else 404 or 403."""
    found = schedule.session_for(request.viewer, session_id)
    attendance.may_read(request.viewer, at, Permission.RECORD_ATTENDANCE, Kind.ATTENDANCE, Kind.NOTES, Kind.PLAN)
    return found


def _typed(request: Request) -> dict[str, str]:
    return {name: str(value) for name, value in request.POST.items()}


def _id(text: str | None) -> UUID | None:
    try:
        return UUID(text or "")
    except ValueError:
        return None


def _to(session: Session, **query: object) -> HttpResponse:
    """Back to the page, at this person."""
    given = {name: str(value) for name, value in query.items() if value}
    return redirect(reverse("attendance:session", args=[session.pk]) + (f"?{urlencode(given)}" if given else ""))


def _part_form(person: Person, data: Any = None) -> PartForm:
    initial: dict[str, Any] = {"revision": person.revision}
    if person.part is not None:
        initial["objectives"] = [str(thread) for thread in person.ties]
        initial |= {"took_part": person.part.took_part, "words": person.part.words, "label": person.label.value}
    form = PartForm(data, initial=initial, auto_id="part_%s")
    form.fields["objectives"].choices = [(str(aim.thread), aim.words) for aim in person.objectives]  # type: ignore[attr-defined]
    return form


def _group_form(session: Session, note: SessionNote | None, data: Any = None) -> GroupPartForm:
    topic = session.topic.title if session.topic else ""
    initial = {"topic": topic, "did": "", "mood": "", "revision": 0}
    if note is not None:
        initial = {"topic": note.topic or topic, "did": note.did, "mood": note.mood, "revision": note.revision}
    return GroupPartForm(data, initial=initial, auto_id="group_%s")


def _select(people: list[Person], wanted: UUID | None) -> Person | None:
    """The person asked for, else the first who was here and still lacks something, else the first who was here."""
    for fits in (
        lambda one: one.episode_id == wanted,
        lambda one: one.row.here and not one.signed and one.lacks,
        lambda one: one.row.here,
        lambda one: True,
    ):
        found = next((one for one in people if fits(one)), None)
        if found is not None:
            return found
    return None


def _key(session: Session, person: Person) -> str:
    return f"notes.part:{session.pk}:{person.episode_id}:words"


def _keys(session: Session) -> dict[str, str]:
    """The names under which typed text of the group part is kept while it is typed."""
    return {name: f"notes.group:{session.pk}:{name}" for name in ("did", "mood")}


def _unsaved(
    session: Session, note: SessionNote | None, people: Iterable[Person], typed: Mapping[str, Draft]
) -> tuple[bool, set[UUID]]:
    """Whether the viewer typed group words that are not in the record, and for whom they typed such words."""

    def differs(key: str, text: str) -> bool:
        return key in typed and typed[key].text.strip() != text

    group = any(differs(key, getattr(note, name) if note else "") for name, key in _keys(session).items())
    own = {one.episode_id for one in people if differs(_key(session, one), one.part.words if one.part else "")}
    return group and not (note and note.frozen_at), own


def _context(
    request: Request, session: Session, at: datetime, *, person: UUID | None, asking: UUID | None, left: Kept
) -> dict[str, Any]:
    note = queries.session_note(session.pk)
    today = local_day(at, session.program.zone)
    joining = "joining" in request.GET or left.seat is not None
    people = queries.people(session, note, at, request.viewer)
    chosen = _select(people, person)
    place = people.index(chosen) if chosen else 0
    keys = _keys(session) | ({"words": _key(session, chosen)} if chosen else {})
    typed = kept.drafts_for(owner_of(request), [*keys.values(), *(_key(session, one) for one in people)])
    group_unsaved, unsaved = _unsaved(session, note, people, typed)
    expected = [one for one in people if not one.row.away]
    ready = [one for one in people if one.ready and not group_unsaved and one.episode_id not in unsaved]
    return {
        "session": session,
        "note": note,
        "people": people,
        "several": queries.is_several(session, [one.row for one in people]),
        "chosen": chosen,
        "before": people[place - 1] if place > 0 else None,
        "after": people[place + 1] if place + 1 < len(people) else None,
        "asking": asking,
        "held": asking is not None and "held" in request.GET,
        "still": "still" in request.GET,
        "left": left,
        "group_form": left.group or _group_form(session, note),
        "part_form": left.part or (_part_form(chosen) if chosen else None),
        "seat_form": left.seat or SeatForm(),
        "joining": joining,
        "could_join": attendance.could_walk_in(session, at) if joining else [],  # nobody is named who is not asked for
        "topics": queries.topics(session.program_id),
        "last_notes": queries.last_for_objective(chosen.episode_id) if chosen else {},
        "keys": keys,
        "drafts": typed,
        "group_unsaved": group_unsaved,
        "unsaved": [one for one in people if one.ready and one.episode_id in unsaved],
        "counts": _counts(people),
        "locked": session.status == Session.Status.CANCELLED
        and note is None
        and not any(one.row.presence for one in people),
        "may_restore": request.viewer.may(Permission.COVER_DAY) and session.ends_at > at,
        "unset": sum(1 for one in people if one.row.presence is None),
        "may_mark": session.status == Session.Status.PLANNED and at >= session.starts_at - attendance_rules.DOORS_OPEN,
        "expected": expected,
        "ready": ready,
        "signed": [one for one in people if one.signed],
        "alike": queries.alike(ready),
        "ask_alike": "alike" in request.GET,
        "taps": {
            "here": "Here",
            "late": "Late",
            "left": "Left early",
            "times": "Save these times",
            "video": "Change it",
        },
        "headline": _headline(len(expected), sum(one.signed for one in people), len(ready)),
        "waiting": [one for one in expected if one.lacks],
        "away": [one for one in people if one.row.away],
        "why_not_sign": queries.why_not_sign(session, request.viewer),
        "letter_keys": request.user.letter_keys,
        "away_words": attendance_rules.AWAY_WORDS,
        "took_part_words": rules.TOOK_PART,
        "kept_back": KEPT_BACK,
        "today": session.on,
        "is_today": session.on == today,
        "moment": partial(rules.moment, on=today, zone=session.program.zone),
        "oob": (),
    }


def _headline(expected: int, signed: int, ready: int) -> str:
    """How far the notes are, in a sentence or two."""
    left = expected - signed
    if not expected:
        return "There is no note to write."
    if not left:
        return "The note is signed." if expected == 1 else f"All {expected} notes are signed."
    if expected == 1:
        return "The note is ready." if ready else "The note is not ready yet."
    said = f"{signed} {'note is' if signed == 1 else 'notes are'} signed. " if signed else ""
    more = "more" if signed else "notes"
    return f"{said}{ready} of {left} {more} {'is' if ready == 1 else 'are'} ready."


def _counts(people: Iterable[Person]) -> list[tuple[int, str, list[tuple[int, str]]]]:
    """How many are here (and of them late or left early), away, and not marked yet; empty groups are left out."""
    marks = [one.row.presence for one in people]
    here = [mark for mark in marks if mark is not None and mark.here]
    apart = [(sum(mark.late for mark in here), "late"), (sum(mark.left_early for mark in here), "left early")]
    unset = sum(mark is None for mark in marks)
    found = [
        (len(here), "here", [one for one in apart if one[0]]),
        (len(marks) - len(here) - unset, "away", []),
        (unset, "not marked yet", []),
    ]
    return [one for one in found if one[0]]


def _answer(
    request: Request,
    context: dict[str, Any],
    at: datetime,
    *,
    ok: bool = True,
    target: str = "",
    also: Iterable[str] = (),
) -> HttpResponse:
    """The page, or for htmx the part it asked for with all that changes beside it; whom it shows is on record."""
    wanted = target or (request.htmx.target or "")
    if not wants_part(request) or wanted not in PARTS:
        _log(request, _shown(context, None), at)
        return page(request, TEMPLATE, context, ok=ok)
    names = [*PARTS[wanted], *also]
    _log(request, _shown(context, names), at)
    full = shell(request) | context | {"oob": tuple(names[1:])}
    env = cast(Jinja2, engines["jinja2"]).env
    body = "".join(render_block(env, TEMPLATE, name, **full) for name in names)
    response = HttpResponse(body, status=200 if ok else 422, headers={"Vary": "HX-Request, HX-Target"})
    if target:
        response.headers["HX-Retarget"], response.headers["HX-Reswap"] = f"#{target}", "outerHTML"
    return response


def _shown(context: dict[str, Any], parts: list[str] | None) -> list[Participant]:
    """Whom these parts of the page name (None: all of it): the roster names those who could still join as well."""
    if parts == ["person"]:
        return [context["chosen"].row.participant] if context["chosen"] else []
    asks = context["session"].status != Session.Status.CANCELLED and (parts is None or "roster" in parts)
    joining = context["could_join"] if asks else []
    return [*(one.row.participant for one in context["people"]), *(episode.participant for episode in joining)]


def _log(request: Request, people: list[Participant], at: datetime) -> None:
    consents.log_reads(
        people=people,
        kind=Kind.NOTES,
        page="attendance:session",
        permission=Permission.RECORD_ATTENDANCE,
        by=request.viewer,
        at=at,
    )


@require(Permission.RECORD_ATTENDANCE, Session)
@require_safe
def session(request: Request, session_id: UUID) -> HttpResponse:
    """The whole page, or the part of it that just changed."""
    at = timezone.now()
    row = _open(request, session_id, at)
    person, asking = _id(request.GET.get("person")), _id(request.GET.get("asking"))
    context = _context(request, row, at, person=person, asking=asking, left=Kept())
    return _answer(request, context, at, also=("person",) if request.GET.get("also") == "person" else ())


def _row(session: Session, episode_id: UUID | None) -> Row:
    found = next((row for row in attendance.sheet(session) if row.episode.pk == episode_id), None)
    if found is None:
        raise Http404
    return found


def _times(form: TapForm, row: Row, session: Session, at: datetime) -> dict[str, Any]:
    """What one tap, or typed times, ask to be recorded; refused where a time cannot be read."""
    tap, near, zone = form.cleaned_data["tap"], session.starts_at, session.program.zone
    if tap in attendance_rules.AWAY_WORDS:
        typed = form.cleaned_data["called"]
        called = attendance_rules.read_time(typed, near=near, zone=zone) if typed else None
        if typed and called is None:
            raise NoTime("called")
        return {
            "here": False, "away": tap, "called": called if tap == attendance_rules.CALLED else None,
            "reason": form.cleaned_data["reason"],
        }  # fmt: skip
    now = row.presence if row.here else None
    arrived, left = (now.arrived_at, now.left_at) if now else (None, None)
    remote = bool(now and now.remote)
    if tap == "times":
        for name, near_to in (("arrived", session.starts_at), ("left", session.ends_at)):
            typed = form.cleaned_data[name]
            if typed and attendance_rules.read_time(typed, near=near_to, zone=zone) is None:
                raise NoTime(name)
        read = attendance_rules.read_time
        arrived = read(form.cleaned_data["arrived"], near=session.starts_at, zone=zone) or arrived
        left = read(form.cleaned_data["left"], near=session.ends_at, zone=zone) or left
    elif tap != "video":
        grace = attendance.grace(session.program_id, session.on)
        arrived, left = attendance_rules.first_times(
            tap=tap, starts=session.starts_at, ends=session.ends_at, at=at, arrived=arrived, left=left, grace=grace
        )
    return {"here": True, "arrived": arrived, "left": left, "remote": remote != (tap == "video")}


def _wrong(reasons: Iterable[str]) -> set[str]:
    """The fields the sentences speak of; all of them where they name none."""
    said = " ".join(reasons)
    named = {
        name for words, name in (("time in ", "arrived"), ("time out ", "left"), ("A call ", "called")) if words in said
    }
    return named or {"arrived", "left", "called"}


@require(Permission.RECORD_ATTENDANCE, Session)
@require_POST
def tap(request: Request, session_id: UUID) -> HttpResponse:
    """One person is marked by one tap, or their times are set; refused times stay typed beside the reason."""
    at = timezone.now()
    row = _open(request, session_id, at)
    form = TapForm(request.POST)
    who = _id(request.POST.get("episode"))
    was = _row(row, who)
    person = _id(request.POST.get("person")) or who
    still = _id(
        request.POST.get("asking")
    )  # why someone else is away is being asked meanwhile, and goes on being asked
    still = None if still == who else still
    try:
        if not form.is_valid():
            raise Refused("That mark could not be read. Choose again.")
        if form.cleaned_data["tap"] == attendance_rules.AWAY:
            return _to(row, person=person, asking=who)
        facts = _times(form, was, row, at)
        mark = actions.record_presence(
            session=row, episode=was.episode, why=form.cleaned_data["why"], by=request.viewer, at=at, **facts
        )
    except Refused as refusal:
        unsaid = refusal.reasons == [rules.WHY_AFTER_SIGNING]
        wrong = {refusal.name} if isinstance(refusal, NoTime) else set() if unsaid else _wrong(refusal.reasons)
        left = Kept({was.episode.pk: refusal.reasons}, {was.episode.pk: _typed(request)}, frozenset(wrong))
        asking = who if unsaid or form.data.get("tap") in attendance_rules.AWAY_WORDS else still
        context = _context(request, row, at, person=person, asking=asking, left=left)
        return _answer(request, context, at, ok=False)
    beneath = False
    if was.presence is None or mark.pk != was.presence.pk:
        beneath = queries.signed_part(row.pk, who) is not None
        if beneath:
            say(request, "Attendance saved. The signed note stands: add what changed as an addendum.")
        else:
            say(request, "Attendance saved.", undo=reverse("notes:undo", args=[row.pk, mark.pk]))
    turned = beneath or (was.here or was.presence is None) != mark.here
    return _to(
        row, person=person, asking=still, still="1" if still else "", also="person" if turned and person == who else ""
    )


@require(Permission.RECORD_ATTENDANCE, Session)
@require_POST
def rest(request: Request, session_id: UUID) -> HttpResponse:
    """Everyone nobody marked is here, but for the person of whom it is just being asked why they are away."""
    at = timezone.now()
    row = _open(request, session_id, at)
    asked = _id(request.POST.get("except_for"))
    count = attending.mark_rest_here(session=row, by=request.viewer, at=at, except_for=[asked] if asked else [])
    if count:
        marked = [one.presence for one in attendance.sheet(row) if one.presence and one.presence.recorded_at == at]
        undo = reverse("notes:undo", args=[row.pk, marked[0].pk]) if marked else ""
        say(request, f"Marked {count} here.", undo=undo)
    return _to(row, person=_id(request.POST.get("person")), asking=asked, held="1" if asked else "")


@require(Permission.RECORD_ATTENDANCE, Session)
@require_POST
def undo(request: Request, session_id: UUID, presence_id: UUID) -> HttpResponse:
    """The last mark is taken back, and those made with the same tap."""
    at = timezone.now()
    row = _open(request, session_id, at)
    try:
        count = actions.take_back(session=row, presence_id=presence_id, by=request.viewer, at=at)
        say(request, "Taken back." if count == 1 else f"{count} marks taken back.")
    except Refused as refusal:
        messages.warning(request, " ".join(refusal.reasons))
    return _to(row)


@require(Permission.RECORD_ATTENDANCE, Session)
@require_POST
def seat(request: Request, session_id: UUID) -> HttpResponse:
    """Someone who walked in has a seat."""
    at = timezone.now()
    row = _open(request, session_id, at)
    form = SeatForm(request.POST)
    if form.is_valid():
        joining = attendance.could_walk_in(row, at)
        episode = next((one for one in joining if one.pk == form.cleaned_data["episode"]), None)
        try:
            if episode is None:
                raise Refused("Choose someone who is in care and not on this roster yet.")
            attending.add_walk_in(
                session=row, episode=episode, by=request.viewer, at=at, made_up=form.cleaned_data["made_up"]
            )
            say(request, "Added to the roster.")
            return _to(row, person=episode.pk)
        except Refused as refusal:
            form.add_error("episode", refusal.reasons)
    context = _context(request, row, at, person=None, asking=None, left=Kept(seat=form))
    return _answer(request, context, at, ok=False, target="roster" if wants_part(request) else "")


@require(Permission.WRITE_NOTES, Session)
@require_POST
def group_part(request: Request, session_id: UUID) -> HttpResponse:
    """The group part is saved; a name in it, or someone else's newer words, come back with all that was typed."""
    at = timezone.now()
    row = _open(request, session_id, at)
    person = _id(request.POST.get("person"))
    form = _group_form(row, queries.session_note(row.pk), request.POST)
    left = Kept(group=form)
    if form.is_valid():
        try:
            actions.save_group_part(session=row, by=request.viewer, at=at, **form.cleaned_data)
            for key in set(_keys(row).values()) - set(
                request.POST.getlist("offered")
            ):  # an offer stands until answered
                drafts.end_drafts(owner_id=owner_of(request), key_prefix=key, at=at)
            return _to(row, person=person)
        except actions.Named as refusal:
            for name, sentence in refusal.fields.items():
                form.add_error(name, sentence)
        except actions.Stale as refusal:
            left.standing = refusal.standing
        except Refused as refusal:
            form.add_error(None, refusal.reasons)
    context = _context(request, row, at, person=person, asking=None, left=left)
    return _answer(request, context, at, ok=False, target="group-part" if wants_part(request) else "")


@require(Permission.WRITE_NOTES, Session)
@require_POST
def part(request: Request, session_id: UUID, episode_id: UUID) -> HttpResponse:
    """One person's part is saved; another member's name, or newer words, come back with all that was typed."""
    at = timezone.now()
    row = _open(request, session_id, at)
    people = queries.people(row, queries.session_note(row.pk), at, request.viewer)
    mine = next((one for one in people if one.episode_id == episode_id), None)
    if mine is None:
        raise Http404
    if mine.kept:
        raise PermissionDenied(KEPT_BACK)
    form = _part_form(mine, request.POST)
    left = Kept(part=form)
    if form.is_valid():
        given = form.cleaned_data | {"objectives": [UUID(one) for one in form.cleaned_data["objectives"]]}
        try:
            given["label"] = given["label"] if "label" in request.POST else mine.label.value
            actions.write_part(session=row, episode=mine.row.episode, by=request.viewer, at=at, **given)
            drafts.end_drafts(owner_id=owner_of(request), key_prefix=f"notes.part:{row.pk}:{episode_id}", at=at)
            return _to(row, person=episode_id)
        except actions.Named as refusal:
            for name, sentence in refusal.fields.items():
                form.add_error(name, sentence)
        except actions.Stale as refusal:
            left.standing = refusal.standing
        except Refused as refusal:
            form.add_error(None, refusal.reasons)
    context = _context(request, row, at, person=episode_id, asking=None, left=left)
    return _answer(request, context, at, ok=False, target="person" if wants_part(request) else "")


@require(Permission.READ_NOTES, Session)
@require_safe
def preview(request: Request, session_id: UUID, episode_id: UUID) -> HttpResponse:
    """One person's full note as it would be signed now."""
    at = timezone.now()
    row = _open(request, session_id, at)
    note = queries.session_note(row.pk)
    people = queries.people(row, note, at, request.viewer)
    one = next((one for one in people if one.episode_id == episode_id), None)
    if one is None:
        raise Http404
    if one.kept:
        raise PermissionDenied(KEPT_BACK)
    _log(request, [one.row.participant], at)
    if one.signed and one.part is not None:
        return redirect("notes:note", part_id=one.part.pk)
    several = queries.is_several(row, [each.row for each in people])
    lines = rules.lines_of(queries.content(row, note, one, several=several)) if note and one.row.here else []
    return page(request, "notes/preview.html", {"session": row, "person": one, "lines": lines})


@require(Permission.WRITE_NOTES, Session)
@require_POST
def sign(request: Request, session_id: UUID) -> HttpResponse:
    """What is ready is signed, as the signer read it; the page says what is left."""
    at = timezone.now()
    row = _open(request, session_id, at)
    note = queries.session_note(row.pk)
    people = queries.people(row, note, at)
    keys = [*_keys(row).values(), *(_key(row, one) for one in people)]
    group_unsaved, unsaved = _unsaved(row, note, people, kept.drafts_for(owner_of(request), keys))
    if group_unsaved:
        messages.warning(request, "Nothing was signed: you typed words above that are not saved yet.")
        return _to(row)
    seen = {
        key: number
        for name, value in request.POST.items()
        if name.startswith("seen-")
        and (key := _id(name.removeprefix("seen-")))
        and (number := whole(value)) is not None
        and key not in unsaved
    }
    try:
        result = actions.sign_parts(
            session=row,
            by=request.viewer,
            at=at,
            seen=seen,
            group_seen=whole(request.POST.get("group_seen", "")),
            asked=bool(request.POST.get("alike_seen")),
        )
    except actions.Alike as refusal:
        messages.warning(request, " ".join(refusal.reasons))
        return _to(row, alike="1")
    left = [one for one in result.not_ready if not one.away]
    if result.signed:
        count = len(result.signed)
        words = f"{count} {'note' if count == 1 else 'notes'} signed."
        say(request, f"{words} {len(left)} {'is' if len(left) == 1 else 'are'} not ready yet." if left else words)
    elif any("read it again" in reason for one in left for reason in one.reasons):
        messages.warning(request, "Nothing was signed: the note was changed since you opened the page. Read it again.")
    else:
        messages.warning(request, "Nothing was signed: no note is ready, or they are signed already.")
    return _to(row)
