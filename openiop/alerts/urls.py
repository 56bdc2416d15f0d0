"""Addresses of alerts."""

from django.urls import URLPattern, path

from openiop.alerts import views

app_name = "alerts"
urlpatterns: list[URLPattern] = [
    path("alerts/", views.list_, name="list"),
    path("alerts/<uuid:alert_id>/", views.alert, name="alert"),
    path("alerts/<uuid:alert_id>/seen/", views.acknowledge, name="acknowledge"),
    path("alerts/<uuid:alert_id>/act/", views.act, name="act"),
    path("alerts/<uuid:alert_id>/call/", views.call, name="call"),
    path("alerts/<uuid:alert_id>/close/", views.close, name="close"),
    path("alerts/<uuid:alert_id>/hand-over/", views.hand_over, name="hand_over"),
    path("alerts/<uuid:alert_id>/put-off/", views.snooze, name="snooze"),
]
