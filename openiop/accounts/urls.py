"""Addresses of the door."""

from django.urls import URLPattern, path

from openiop.accounts import views

app_name = "accounts"
urlpatterns: list[URLPattern] = [
    path("sign-in/", views.sign_in, name="sign-in"),
    path("sign-out/", views.sign_out, name="sign-out"),
    path("set-up/<uuid:user_id>/<str:token>/", views.set_up, name="set-up"),
    path("lock/", views.lock, name="lock"),
    path("unlock/", views.unlock, name="unlock"),
    path("me/", views.me, name="me"),
]
