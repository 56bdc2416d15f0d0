"""Addresses of this room's pages."""

from django.urls import path

from openiop.questionnaires import views

app_name = "questionnaires"
urlpatterns = [
    path("people/<uuid:participant_id>/measures/", views.measures, name="measures"),
    path("people/<uuid:participant_id>/measures/ask/", views.ask, name="ask"),
    path("people/<uuid:participant_id>/measures/enter/<slug:instrument>/", views.enter, name="enter"),
    path("people/<uuid:participant_id>/measures/withdraw/<uuid:assignment_id>/", views.withdraw, name="withdraw"),
    path("people/<uuid:participant_id>/measures/<uuid:response_id>/", views.response, name="response"),
]
