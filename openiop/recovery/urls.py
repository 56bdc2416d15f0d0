"""Addresses of this room's pages."""

from django.urls import path

from openiop.recovery import views

app_name = "recovery"
urlpatterns = [path("people/<uuid:participant_id>/check-ins/", views.check_ins, name="check_ins")]
