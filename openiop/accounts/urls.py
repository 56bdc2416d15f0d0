"""Addresses of sign-in and sign-out."""

from django.urls import URLPattern, path

from openiop.accounts import views

app_name = "accounts"
urlpatterns: list[URLPattern] = [
    path("sign-in/", views.sign_in, name="sign-in"),
    path("sign-out/", views.sign_out, name="sign-out"),
]
