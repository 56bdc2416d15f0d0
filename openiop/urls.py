"""Which rooms have pages, and where."""

from django.urls import include, path

ROOMS_WITH_PAGES = [
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
