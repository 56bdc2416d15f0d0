"""Addresses of this room's pages."""

from django.urls import URLPattern, path

from openiop.plans import views

app_name = "plans"
HOME = "people/<uuid:participant_id>/plan/"
urlpatterns: list[URLPattern] = [
    path(HOME, views.plan, name="plan"),
    path(f"{HOME}start/", views.start, name="start"),
    path(f"{HOME}write/", views.write, name="write"),
    path(f"{HOME}sign/", views.sign, name="sign"),
    path(f"{HOME}mark/<slug:kind>/<uuid:row_id>/", views.mark, name="mark"),
    path(f"{HOME}hand-over/", views.hand_over, name="hand_over"),
    path(f"{HOME}sign/tablet/", views.tablet, name="tablet"),
    path(f"{HOME}compare/", views.compare, name="compare"),
    path(f"{HOME}<int:number>/", views.plan, name="version"),
    path("people/<uuid:participant_id>/conditions/", views.diagnoses, name="diagnoses"),
    path("people/<uuid:participant_id>/conditions/add/", views.add_diagnosis, name="add_diagnosis"),
    path("people/<uuid:participant_id>/conditions/<uuid:diagnosis_id>/end/", views.end_diagnosis, name="end_diagnosis"),
    path(f"{HOME}<int:number>/print/", views.paper, name="print"),
]
