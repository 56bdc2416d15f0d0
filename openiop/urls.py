"""Which rooms have pages, and where."""

from django.urls import include, path

from openiop import health
from openiop.attendance import urls as attendance
from openiop.notes.views.session import session

ROOMS_WITH_PAGES = [
    "ui",
    "accounts",
    "programs",
    "curriculum",
    "consents",
    "alerts",
    "counseling",
    "questionnaires",
    "admissions",
    "plans",
    "recovery",
    "schedule",
    "notes",
    "continuing",
    "privacy",
    "desk",
    "portal",
    "frontdoor",
    "records",
]

# The session page shows the roster beside the notes, so it stands in `notes`; the whole house knows it by attendance.
SESSION = [*attendance.urlpatterns, path("sessions/<uuid:session_id>/", session, name="session")]

urlpatterns = [
    *health.urlpatterns,
    path("", include((SESSION, "attendance"))),
    *(path("", include(f"openiop.{room}.urls")) for room in ROOMS_WITH_PAGES),
]

handler400 = "openiop.ui.views.bad_request"
handler403 = "openiop.ui.views.forbidden"
handler404 = "openiop.ui.views.not_found"
handler500 = "openiop.ui.views.server_error"
