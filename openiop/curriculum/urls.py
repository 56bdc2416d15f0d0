"""Addresses of what is taught."""

from django.urls import URLPattern, path

from openiop.curriculum import views

app_name = "curriculum"
urlpatterns: list[URLPattern] = [
    path("topics/", views.topics, name="topics"),
    path("topics/<uuid:topic_id>/", views.topic, name="topic"),
    path("topics/<uuid:topic_id>/end/", views.end, name="end"),
]
