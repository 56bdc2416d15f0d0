"""The shape of a visitor's answers, and of a wish to be called."""

from typing import Any

from django import forms

from openiop.admissions import rules


class FitForm(forms.Form):
    """The questions. A danger named is answered at once, whatever else is open."""

    concerns = forms.MultipleChoiceField(
        choices=[*rules.CONCERNS.items()], widget=forms.CheckboxSelectMultiple, required=False
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for item in rules.CRITERIA:
            self.fields[item.code] = forms.ChoiceField(
                label=item.question, choices=rules.ANSWERS, widget=forms.RadioSelect, required=False
            )

    def clean(self) -> dict[str, Any]:
        """Every question is answered, “Not sure” included, unless a danger is named."""
        data = super().clean() or {}
        if not any(data.get(item) == "yes" for item in rules.HARD):
            for item in rules.CRITERIA:
                if not data.get(item.code) and item.code not in self.errors:
                    self.add_error(item.code, "Choose one. “Not sure” is an answer.")
        return data

    def answers(self) -> dict[str, str]:
        """The coded answers given."""
        return {item.code: self.cleaned_data[item.code] for item in rules.CRITERIA if self.cleaned_data.get(item.code)}


class CallForm(forms.Form):
    """A name and a way to call back: the first thing that is kept."""

    name = forms.CharField(label="Your name", max_length=120, help_text="First name is fine.")
    phone = forms.CharField(label="Phone", max_length=40)
    message_ok = forms.BooleanField(label="You may leave a message", required=False)
    for_whom = forms.ChoiceField(
        label="Who is it for?",
        choices=[
            ("self", "For me"),
            ("family", "For someone in my family"),
            ("professional", "For someone I work with"),
        ],
    )
    words = forms.CharField(label="Anything we should know", widget=forms.Textarea, required=False, max_length=1000)
