"""Addresses for text that waits."""

from django.urls import path

from openiop.ui import views

app_name = "ui"
urlpatterns = [
    path("drafts/", views.draft, name="draft"),
    path("drafts/restore/", views.restore, name="restore"),
    path("drafts/let-go/", views.let_go, name="let_go"),
    path("drafts/<uuid:draft_id>/", views.both, name="both"),
    path("here/", views.here, name="here"),
    path("unlocked/", views.unlocked, name="unlocked"),
    path("held/", views.held, name="held"),
    path("held/<uuid:held_id>/let-go/", views.let_form_go, name="let_form_go"),
]
