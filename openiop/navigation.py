"""The menus and chart tabs, listed once."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from urllib.parse import urlsplit
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.urls import NoReverseMatch, Resolver404, resolve, reverse
from django.utils import timezone

from openiop.consents.models import Emergency
from openiop.consents.rules import PURPOSES, Kind, Relation, first, minutes_left
from openiop.desk import queries as desk
from openiop.outbox import queries as outbox
from openiop.privacy import queries as privacy
from openiop.programs.models import Membership
from openiop.programs.rules import Permission
from openiop.ui.pages import Bar, NavItem


@dataclass(frozen=True)
class Entry:
    """One place a menu can lead to, and what it needs."""

    label: str
    name: str
    icon: str
    permission: Permission
    primary: bool = False
    kind: Kind | None = None


STAFF = [
    Entry("Today", "desk:today", "today", Permission.READ_TODAY),
    Entry("People", "desk:people", "people", Permission.READ_CASELOAD),
    Entry("Sessions", "schedule:sessions", "group", Permission.READ_SCHEDULE),
    Entry("Timetable", "schedule:week", "week", Permission.READ_SCHEDULE),
    Entry("Alerts", "alerts:list", "bell", Permission.WORK_ALERTS),
    Entry("Placement", "admissions:placements", "steps", Permission.ASSESS),
    Entry("Intake", "admissions:intake", "intake", Permission.WORK_ENQUIRIES),
    Entry("Doubles", "admissions:doubles", "people", Permission.MERGE_RECORDS),
    Entry("Privacy", "privacy:home", "eye", Permission.KEEP_PRIVACY),
    Entry("Program", "desk:director", "outcomes", Permission.READ_DIRECTOR),
    Entry("Rooms and policies", "programs:places", "room", Permission.KEEP_PROGRAM),
    Entry("Calls", "records:caller", "phone", Permission.ANSWER_CALLS),
    Entry("Papers", "records:legal", "file", Permission.WORK_LEGAL),
    Entry("Agreements", "records:agreements", "sign", Permission.KEEP_AGREEMENTS),
]
OWN = [
    Entry("Today", "portal:home", "today", Permission.OWN_RECORD),
    Entry("Plan", "portal:plan", "plan", Permission.OWN_RECORD),
    Entry("Help now", "portal:help", "help", Permission.OWN_RECORD),
    Entry("Week", "portal:week", "week", Permission.OWN_RECORD),
    Entry("Me", "portal:me", "me", Permission.OWN_RECORD),
]
SUPPORT = [
    Entry("Today", "portal:support", "family", Permission.SUPPORT),
    Entry("Help now", "portal:help", "help", Permission.SUPPORT, primary=True),
    Entry("Me", "accounts:me", "me", Permission.SUPPORT),
]
CHART = [
    Entry("Overview", "desk:chart", "people", Permission.OPEN_RECORD, kind=Kind.CONTACT),
    Entry("Placement", "admissions:placement", "steps", Permission.READ_CHART, kind=Kind.PLACEMENT),
    Entry("Consents", "consents:list", "lock", Permission.READ_CHART, kind=Kind.CONSENTS),
    Entry("Plan", "plans:plan", "plan", Permission.READ_CHART, kind=Kind.PLAN),
    Entry("Week", "schedule:needs", "week", Permission.READ_CHART, kind=Kind.SCHEDULE),
    Entry("Measures", "questionnaires:measures", "outcomes", Permission.READ_CHART, kind=Kind.MEASURES),
    Entry("Check-ins", "recovery:check_ins", "check", Permission.READ_CHART, kind=Kind.CHECKINS),
    Entry("Notes", "notes:list", "pen", Permission.READ_NOTES, kind=Kind.NOTES),
    Entry("Review", "continuing:review", "check", Permission.REVIEW, kind=Kind.PLACEMENT),
    Entry("Particulars", "consents:particulars", "people", Permission.READ_CHART, kind=Kind.CONTACT),
    Entry("Supporters", "consents:supporters", "family", Permission.READ_CHART, kind=Kind.CONTACT),
    Entry("Emergency", "privacy:emergency", "s-urgent", Permission.EMERGENCY_ACCESS, kind=Kind.CONTACT),
    Entry("Sent out", "records:disclosures", "exit", Permission.DISCLOSE, kind=Kind.CONTACT),
    Entry("Who looked", "desk:who_looked", "eye", Permission.READ_ACCESS_LOG, kind=Kind.ACCESS_LOG),
]
# Every page of a record or of one's own begins with the address of its home, so only the home itself marks it.
HOMES = {"desk:chart", "portal:home", "portal:support"}


def _reads(viewer: Membership, permission: Permission, kind: Kind | None) -> bool:
    """Whether the viewer's roles read this kind on a page of this permission, at least about people of their team."""
    if kind is None:
        return True
    purposes, at = PURPOSES[permission], timezone.now()
    return first(purposes=purposes, relation=Relation.TEAM, roles=viewer.roles, kind=kind, at=at).allowed


def _shown(entries: Sequence[Entry], viewer: Membership, **kwargs: UUID) -> list[tuple[Entry, str]]:
    """The entries this viewer may follow, with their addresses; pages that do not exist are left out."""
    found = []
    for entry in entries:
        if not viewer.may(entry.permission) or not _reads(viewer, entry.permission, entry.kind):
            continue
        try:
            found.append((entry, reverse(entry.name, kwargs=kwargs or None)))
        except NoReverseMatch:
            continue
    return found


def _items(
    entries: Sequence[Entry], viewer: Membership, path: str, counts: Mapping[str, int] | None = None, **kwargs: UUID
) -> list[NavItem]:
    shown = _shown(entries, viewer, **kwargs)
    # A page below one of the menu's (a session, an alert) still stands under it: the longest address wins.
    under = [url for entry, url in shown if path == url or (entry.name not in HOMES and path.startswith(url))]
    here = max(under, key=len, default="")
    return [
        NavItem(
            label=entry.label,
            url=url,
            icon=entry.icon,
            current=url == here,
            count=(counts or {}).get(entry.name) or None,
            primary=entry.primary or entry.name == "portal:help",  # asking for help is the strong move
        )
        for entry, url in shown
    ]


def _counts(request: HttpRequest, viewer: Membership) -> dict[str, int]:
    """What waits for this member of staff, beside the menu; in three questions at most."""
    if request.headers.get("HX-Request"):
        return {}
    alerts, sessions = desk.waiting(viewer, timezone.now())
    unsent = outbox.to_decide(viewer.program_id).count() if viewer.may(Permission.KEEP_MEMBERS) else 0
    return {
        "alerts:list": alerts,
        "schedule:sessions": sessions,
        "programs:places": unsent,
        "privacy:home": privacy.waiting(viewer),
    }


def for_viewer(request: HttpRequest, viewer: Membership, *, counted: bool) -> list[NavItem]:
    """The menu of this viewer, with the present page marked."""
    if viewer.is_staff:
        return _items(STAFF, viewer, request.path, _counts(request, viewer) if counted else None)
    return _items([*OWN, *SUPPORT], viewer, request.path)


def chart_tabs(request: HttpRequest, viewer: Membership, participant_id: UUID) -> list[NavItem]:
    """The tabs of one person's chart for this viewer."""
    return _items(CHART, viewer, request.path, participant_id=participant_id)


def may_open(viewer: Membership, address: str) -> bool:
    """Whether the page at the address, if there is one, is for this viewer by its permission and what it shows."""
    try:
        page = resolve(urlsplit(address).path).func
    except Resolver404:
        return False
    permission, kind = getattr(page, "permission", None), getattr(page, "kind", None)
    if isinstance(permission, Permission) and not viewer.may(permission):
        return False
    return not isinstance(permission, Permission) or _reads(viewer, permission, kind)


def bar_for(request: HttpRequest) -> Bar | None:
    """What stands above every page of a record that is open for an emergency; known once its page was opened."""
    emergency: Emergency | None = getattr(request, "emergency", None)
    left = minutes_left(emergency.terms(), timezone.now()) if emergency else 0
    if emergency is None or not left:
        return None
    where = {"participant_id": emergency.participant_id}
    return Bar(
        text=f"Emergency access: {left} {'minute' if left == 1 else 'minutes'} left. Every look is on record.",
        act="End now",
        act_url=reverse("privacy:end", kwargs=where),
        link="Sheet",
        link_url=reverse("privacy:sheet", kwargs=where),
    )


def instead_for(viewer: Membership, participant_id: UUID) -> NavItem | None:
    """Where someone goes whom a page of a record does not let in, when a life depends on it."""
    if not viewer.may(Permission.EMERGENCY_ACCESS):
        return None
    url = reverse("privacy:emergency", kwargs={"participant_id": participant_id})
    return NavItem("Medical emergency: open what is needed", url, "s-urgent")


def middleware(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Every signed-in request carries its menu and, on a chart page, the chart's tabs."""

    def answer(request: HttpRequest) -> HttpResponse:
        return get_response(request)

    def process_view(request: HttpRequest, view: object, args: tuple[object, ...], kwargs: dict[str, UUID]) -> None:
        viewer: Membership | None = getattr(request, "viewer", None)
        if viewer is not None:
            # Most of what is sent is answered with another address: only a page shown again is counted for.
            request.navigation = for_viewer(request, viewer, counted=request.method == "GET")  # type: ignore[attr-defined]
            request.counted = partial(for_viewer, request, viewer, counted=True)  # type: ignore[attr-defined]
            request.leads_to = partial(may_open, viewer)  # type: ignore[attr-defined]
            if "participant_id" in kwargs:
                request.tabs_of = partial(chart_tabs, request, viewer)  # type: ignore[attr-defined]
                request.bar = partial(bar_for, request)  # type: ignore[attr-defined]
                request.instead = instead_for(viewer, kwargs["participant_id"])  # type: ignore[attr-defined]
                tabs = chart_tabs(request, viewer, kwargs["participant_id"])
                request.chart_tabs = tabs  # type: ignore[attr-defined]

    answer.process_view = process_view  # type: ignore[attr-defined]
    return answer
