"""What is asked at the door, behind it, and on the Me page."""

from typing import Any

from django import forms

_PASSWORD = forms.PasswordInput(attrs={"autocomplete": "current-password"})


class SignInForm(forms.Form):
    """Email, password, and whether others use this device."""

    login = forms.EmailField(
        label="Email",
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "username webauthn"}),
        error_messages={"required": "Type the email address you sign in with."},
    )
    password = forms.CharField(label="Password", widget=_PASSWORD, error_messages={"required": "Type your password."})
    shared = forms.BooleanField(
        required=False,
        label="Others use this device",
        help_text="We lock it after 5 minutes and keep nothing here.",
    )


class UnlockForm(forms.Form):
    """The password of whoever locked the screen."""

    password = forms.CharField(
        label="Password",
        widget=_PASSWORD,
        error_messages={"required": "Type your password to go on."},
    )


class CodeForm(forms.Form):
    """Six digits of an app, or a recovery code."""

    code = forms.CharField(
        label="6-digit code",
        max_length=40,
        widget=forms.TextInput(
            attrs={"autocomplete": "one-time-code", "inputmode": "numeric", "class": "code", "autocapitalize": "off"}
        ),
        error_messages={"required": "Type the code."},
    )

    def __init__(self, *args: Any, recovery: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if recovery:
            field = self.fields["code"]
            field.label = "Recovery code"
            field.help_text = "Ten letters and digits. Each works once."
            field.widget.attrs = {"autocomplete": "off", "autocapitalize": "characters", "class": "code"}


class PasskeyForm(forms.Form):
    """What a passkey is called in the list."""

    name = forms.CharField(
        label="What do you call it?",
        max_length=60,
        help_text="Such as “My phone”. Only you see it.",
        error_messages={"required": "Give it a name."},
    )


class LookForm(forms.Form):
    """How pages look and whether letter keys act."""

    theme = forms.ChoiceField(
        label="Look",
        required=False,
        choices=[("", "As the device"), ("light", "Light"), ("dark", "Dark")],
        widget=forms.RadioSelect,
    )
    letter_keys = forms.BooleanField(
        required=False, label="Letter keys in a session", help_text="H, L, E and W mark attendance while in the roster."
    )


class NewPasswordForm(forms.Form):
    """A new password, typed once; paste and password managers work."""

    password = forms.CharField(
        label="New password",
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text="At least 10 characters. A sentence is fine.",
        error_messages={"required": "Type a new password."},
    )
