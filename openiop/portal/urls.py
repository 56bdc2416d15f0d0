"""Addresses of a participant's own pages and of a supporter's page."""

from django.urls import path

from openiop.portal import views

app_name = "portal"
urlpatterns = [
    path("my/", views.home, name="home"),
    path("my/check-in/", views.check_in, name="check_in"),
    path("my/measures/<uuid:assignment_id>/", views.measure, name="measure"),
    path("my/help/", views.help_now, name="help"),
    path("my/plan/", views.plan, name="plan"),
    path("my/week/", views.week, name="week"),
    path("my/consents/", views.consents_page, name="consents"),
    path("my/consents/<uuid:consent_id>/", views.consent, name="consent"),
    path("my/me/", views.me, name="me"),
    path("my/looks/", views.looks, name="looks"),
    path("my/looks/ask/", views.ask, name="ask"),
    path("my/looks/told/", views.told, name="told"),
    path("support/", views.support, name="support"),
]
