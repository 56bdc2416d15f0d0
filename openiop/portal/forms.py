"""The shape of what a person taps, types and signs on their own pages."""

from typing import Any

from django import forms

from openiop.recovery import rules as recovery
from openiop.recovery.models import CheckIn
from openiop.ui.fields import DayField

WRONG = {"invalid_choice": "Choose one of the answers shown."}


class TapsForm(forms.Form):
    """The three taps; any of them may come alone."""

    mood = forms.TypedChoiceField(
        required=False,
        coerce=int,
        empty_value=None,
        choices=[(n, n) for n in range(11)],
        error_messages=WRONG,
    )
    craving = forms.TypedChoiceField(
        required=False,
        coerce=int,
        empty_value=None,
        choices=[(n, n) for n in range(11)],
        error_messages=WRONG,
    )
    safe = forms.ChoiceField(required=False, choices=CheckIn.Safe.choices, error_messages=WRONG)

    def answers(self) -> dict[str, Any]:
        """Only what was tapped."""
        return {name: value for name, value in self.cleaned_data.items() if value not in (None, "")}


class MoreForm(forms.Form):
    """More, if wanted: sleep, use, medication, a few words and whether to share them."""

    sleep_hours = forms.DecimalField(
        label="Hours of sleep last night",
        required=False,
        min_value=0,
        max_value=24,
        max_digits=3,
        decimal_places=1,
        widget=forms.NumberInput(attrs={"inputmode": "decimal", "step": "0.5"}),
        error_messages={
            "invalid": "Write a number, such as 7 or 6.5.",
            "min_value": "Sleep is between 0 and 24 hours.",
            "max_value": "Sleep is between 0 and 24 hours.",
            "max_decimal_places": "One digit after the point is enough.",
            "max_digits": "One digit after the point is enough.",
        },
    )
    use = forms.ChoiceField(
        label="Did I use since I last checked in?",
        required=False,
        choices=CheckIn.Use.choices,
        widget=forms.RadioSelect,
        error_messages=WRONG,
    )
    medication = forms.ChoiceField(
        label="Did I take my medication?",
        required=False,
        choices=list(recovery.MEDICATION.items()),
        widget=forms.RadioSelect,
        error_messages=WRONG,
    )
    words = forms.CharField(
        label="A few words",
        required=False,
        max_length=2000,
        widget=forms.Textarea,
        error_messages={"max_length": "Please keep it under 2,000 characters. Your text is still here."},
    )
    share_words = forms.BooleanField(label="Share these words with my care team", required=False)


class AnswerForm(forms.Form):
    """One answer to one question; no value means it was skipped."""

    item = forms.IntegerField(min_value=1, max_value=200)
    value = forms.IntegerField(required=False, min_value=0, max_value=200)


class SignForm(forms.Form):
    """A signature: the full name, typed."""

    name = forms.CharField(
        label="My full name",
        max_length=160,
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
        error_messages={"required": "Type your full name to sign."},
    )
    digest = forms.CharField(required=False, max_length=64, widget=forms.HiddenInput)


class LookerForm(forms.Form):
    """Which look a question is about: the day, and who looked (the program itself, where nobody is named)."""

    on = DayField(label="Day")
    who = forms.UUIDField(label="Who looked", required=False)


class AskForm(forms.Form):
    """A question in the person's own words."""

    words = forms.CharField(
        label="My question",
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 4}),
        error_messages={"required": "Write your question."},
    )


class LookForm(forms.Form):
    """Light, dark, or as the device is."""

    theme = forms.ChoiceField(
        label="Look",
        required=False,
        choices=[("", "As the device"), ("light", "Light"), ("dark", "Dark")],
        widget=forms.RadioSelect,
        error_messages=WRONG,
    )
