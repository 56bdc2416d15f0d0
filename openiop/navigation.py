"""The menus and chart tabs, listed once."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.urls import NoReverseMatch, reverse

from openiop.programs.models import Membership
from openiop.programs.rules import Permission
from openiop.ui.pages import NavItem


@dataclass(frozen=True)
class Entry:
    """One place a menu can lead to, and what it needs."""

    label: str
    name: str
    icon: str
    permission: Permission
    primary: bool = False


STAFF = [
    Entry("Today", "desk:today", "today", Permission.READ_TODAY),
    Entry("People", "desk:people", "people", Permission.READ_CASELOAD),
    Entry("Sessions", "schedule:sessions", "group", Permission.READ_SCHEDULE),
    Entry("Timetable", "schedule:week", "week", Permission.READ_SCHEDULE),
    Entry("Alerts", "alerts:list", "bell", Permission.WORK_ALERTS),
    Entry("Placement", "admissions:placements", "steps", Permission.ASSESS),
    Entry("Intake", "admissions:intake", "intake", Permission.WORK_ENQUIRIES),
    Entry("Program", "desk:director", "outcomes", Permission.READ_DIRECTOR),
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
    Entry("Overview", "desk:chart", "people", Permission.READ_CHART),
    Entry("Placement", "admissions:placement", "steps", Permission.READ_CHART),
    Entry("Consents", "consents:list", "lock", Permission.READ_CHART),
    Entry("Plan", "plans:plan", "plan", Permission.READ_CHART),
    Entry("Week", "schedule:needs", "week", Permission.READ_CHART),
    Entry("Measures", "questionnaires:measures", "outcomes", Permission.READ_CHART),
    Entry("Check-ins", "recovery:check_ins", "check", Permission.READ_CHART),
    Entry("Notes", "notes:list", "pen", Permission.READ_NOTES),
    Entry("Review", "continuing:review", "check", Permission.REVIEW),
]
# Every page of a record or of one's own begins with the address of its home, so only the home itself marks it.
HOMES = {"desk:chart", "portal:home", "portal:support"}


def _items(entries: Sequence[Entry], viewer: Membership, path: str, **kwargs: UUID) -> list[NavItem]:
    items = []
    for entry in entries:
        if not viewer.may(entry.permission):
            continue
        try:
            url = reverse(entry.name, kwargs=kwargs or None)
        except NoReverseMatch:
            continue
        filled = entry.name == "portal:help"  # asking for help is the strong move
        here = path == url or (entry.name not in HOMES and path.startswith(url))
        items.append(NavItem(label=entry.label, url=url, icon=entry.icon, current=here, primary=filled))
    return items


def for_viewer(request: HttpRequest, viewer: Membership) -> list[NavItem]:
    """The menu of this viewer, with the present page marked."""
    return _items(STAFF if viewer.is_staff else [*OWN, *SUPPORT], viewer, request.path)


def chart_tabs(request: HttpRequest, viewer: Membership, participant_id: UUID) -> list[NavItem]:
    """The tabs of one person's chart for this viewer."""
    return _items(CHART, viewer, request.path, participant_id=participant_id)


def middleware(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Every signed-in request carries its menu and, on a chart page, the chart's tabs."""

    def answer(request: HttpRequest) -> HttpResponse:
        return get_response(request)

    def process_view(request: HttpRequest, view: object, args: tuple[object, ...], kwargs: dict[str, UUID]) -> None:
        viewer: Membership | None = getattr(request, "viewer", None)
        if viewer is not None:
            request.navigation = for_viewer(request, viewer)  # type: ignore[attr-defined]
            if "participant_id" in kwargs:
                tabs = chart_tabs(request, viewer, kwargs["participant_id"])
                request.chart_tabs = tabs  # type: ignore[attr-defined]

    answer.process_view = process_view  # type: ignore[attr-defined]
    return answer
