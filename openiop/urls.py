"""Which rooms have pages, and where."""

from django.urls import include, path

ROOMS_WITH_PAGES = [
    "ui",
    "accounts",
    "programs",
    "curriculum",
    "consents",
    "alerts",
    "questionnaires",
    "admissions",
    "plans",
    "recovery",
    "schedule",
    "attendance",
    "notes",
    "continuing",
    "desk",
    "portal",
    "frontdoor",
]

urlpatterns = [path("", include(f"openiop.{room}.urls")) for room in ROOMS_WITH_PAGES]

handler400 = "openiop.ui.views.bad_request"
handler403 = "openiop.ui.views.forbidden"
handler404 = "openiop.ui.views.not_found"
handler500 = "openiop.ui.views.server_error"
