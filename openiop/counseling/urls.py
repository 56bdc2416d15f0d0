"""Addresses of this room's pages."""

from django.urls import path

from openiop.counseling import views

app_name = "counseling"
urlpatterns = [
    path("people/<uuid:participant_id>/counseling-notes/", views.list_, name="list"),
    path("counseling-notes/<uuid:note_id>/", views.note, name="note"),
]
