"""What is asked at the door and on the Me page."""

from allauth.account.forms import LoginForm
from django import forms


class SignInForm(LoginForm):
    """Email, password, and whether others use this device (on unless taken off)."""

    shared = forms.BooleanField(
        required=False,
        label="Others use this device",
        help_text="We lock it after 5 minutes and keep nothing here.",
    )

    def __init__(self, *args: object, **kwargs: object) -> None:
        """The fields in order, with words of our own."""
        super().__init__(*args, **kwargs)
        self.fields.pop("remember", None)
        self.fields["login"].label = "Email"
        self.fields["password"].help_text = ""
        for name in ("login", "password"):
            self.fields[name].widget.attrs.pop("placeholder", None)
            self.fields[name].required = True


class UnlockForm(forms.Form):
    """The password of whoever locked the screen."""

    password = forms.CharField(
        label="Password",
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
        error_messages={"required": "Type your password to go on."},
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
