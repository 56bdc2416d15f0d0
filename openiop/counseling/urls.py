"""Addresses of this room's pages."""

from django.urls import path

from openiop.counseling import views

app_name = "counseling"
urlpatterns = [
    path("people/<uuid:participant_id>/kept-apart/", views.list_, name="list"),
    path("kept-apart/<uuid:note_id>/", views.note, name="note"),
]
