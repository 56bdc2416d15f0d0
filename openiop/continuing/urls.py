"""Addresses of this room's pages."""

from django.urls import path

from openiop.continuing import views

CHART = "people/<uuid:participant_id>/review/"
VISIT = f"{CHART}appointments/<uuid:appointment_id>/"

app_name = "continuing"
urlpatterns = [
    path(CHART, views.review, name="review"),
    path("people/<uuid:participant_id>/first-day/", views.first_day, name="first_day"),
    path(f"{CHART}appointments/", views.book, name="book"),
    path(f"{VISIT}kept/", views.kept, name="kept"),
    path(f"{VISIT}missed/", views.missed, name="missed"),
    path(f"{VISIT}called-off/", views.called_off, name="called_off"),
    path(f"{CHART}<uuid:review_id>/", views.past, name="past"),
]
