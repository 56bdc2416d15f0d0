"""Addresses of this room's pages."""

from django.urls import path

from openiop.privacy import views

app_name = "privacy"
CHART = "people/<uuid:participant_id>/emergency/"
urlpatterns = [
    path(CHART, views.emergency, name="emergency"),
    path(f"{CHART}end/", views.end, name="end"),
    path(f"{CHART}sheet/", views.sheet, name="sheet"),
    path("privacy/", views.home, name="home"),
    path("privacy/looks/", views.looks, name="looks"),
    path("privacy/unusual/", views.unusual, name="unusual"),
    path("privacy/unusual/<uuid:unusual_id>/", views.one_unusual, name="one_unusual"),
    path("privacy/questions/<uuid:question_id>/", views.question, name="question"),
    path("privacy/emergencies/<uuid:emergency_id>/", views.review, name="review"),
    path("privacy/emergencies/<uuid:emergency_id>/told/", views.told, name="told"),
    path("explain/<uuid:unusual_id>/", views.explain, name="explain"),
]
