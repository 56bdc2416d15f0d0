"""Addresses of this room's pages."""

from django.urls import URLPattern, path

from openiop.frontdoor import views

app_name = "frontdoor"
urlpatterns: list[URLPattern] = [
    path("welcome/", views.welcome, name="welcome"),
    path("is-this-right-for-me/", views.fit, name="fit"),
    path("thank-you/", views.thanks, name="thanks"),
]
