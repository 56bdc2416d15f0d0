"""Addresses of this room's papers; the roof adds the session page, which stands in a higher room."""

from django.urls import path

from openiop.attendance import views

app_name = "attendance"
urlpatterns = [
    path("sessions/<uuid:session_id>/door/", views.door, name="door"),
    path("sessions/<uuid:session_id>/roster/", views.roster, name="roster"),
]
