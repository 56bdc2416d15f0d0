"""Addresses of this room's pages."""

from django.urls import path

from openiop.desk import views

app_name = "desk"
urlpatterns = [
    path("", views.home, name="home"),
    path("choose/", views.choose, name="choose"),
    path("today/", views.today, name="today"),
    path("people/", views.people, name="people"),
    path("people/find/", views.find, name="find"),
    path("people/<uuid:participant_id>/", views.chart, name="chart"),
    path("people/<uuid:participant_id>/who-looked/", views.who_looked, name="who_looked"),
    path("program/", views.director, name="director"),
]
