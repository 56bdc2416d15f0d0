"""Addresses of the door and of what is one's own behind it."""

from django.urls import URLPattern, path

from openiop.accounts.views import door, own

app_name = "accounts"
urlpatterns: list[URLPattern] = [
    path("sign-in/", door.sign_in, name="sign-in"),
    path("sign-in/second/", door.second, name="second"),
    path("sign-in/passkey/", door.passkey_ask, name="passkey-ask"),
    path("sign-out/", door.sign_out, name="sign-out"),
    path("set-up/<uuid:user_id>/<str:token>/", door.set_up, name="set-up"),
    path("lock/", door.lock, name="lock"),
    path("unlock/", door.unlock, name="unlock"),
    path("confirm/", door.confirm, name="confirm"),
    path("me/", own.me, name="me"),
    path("me/devices/", own.devices, name="devices"),
    path("me/devices/others/end/", own.end_others, name="end-others"),
    path("me/devices/share/", own.share_device, name="share-device"),
    path("me/devices/<uuid:sign_in_id>/end/", own.end_device, name="end-device"),
    path("second-step/", own.factors, name="factors"),
    path("second-step/app/", own.app, name="app"),
    path("second-step/passkey/", own.passkey, name="passkey"),
    path("second-step/passkey/make/", own.passkey_make, name="passkey-make"),
    path("second-step/codes/", own.new_codes, name="new-codes"),
    path("second-step/<int:factor_id>/remove/", own.remove, name="remove-factor"),
]
