"""The shape of what is asked for and what is entered."""

from datetime import date, timedelta

from django import forms

from openiop.questionnaires.rules import Instrument
from openiop.ui.fields import DayField


class AskForm(forms.Form):
    """Which questionnaire, and until when it may be answered."""

    instrument = forms.ChoiceField(label="Questionnaire", error_messages={"required": "Choose a questionnaire."})
    until = DayField(
        label="Open until",
        help_text="The last day on which it can be answered.",
        error_messages={"required": "Choose a day.", "invalid": "Write a day, such as 2026-10-17."},
    )

    def __init__(self, *args: object, choices: list[tuple[str, str]], today: date, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        self.today = today
        field = self.fields["instrument"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = choices
        self.fields["until"].widget = forms.DateInput(attrs={"min": today.isoformat()})
        self.fields["until"].initial = today + timedelta(days=3)

    def clean_until(self) -> date:
        """The day, which must not lie behind us."""
        until: date = self.cleaned_data["until"]
        if until < self.today:
            raise forms.ValidationError("This day has passed. Choose today or later.")
        return until


class EnterForm(forms.Form):
    """Every question of one instrument, word for word; only a critical one may not stay open."""

    def __init__(self, *args: object, instrument: Instrument, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        for item in instrument.items:
            self.fields[f"item{item.number}"] = forms.TypedChoiceField(
                label=f"{item.number}. {item.words}",
                choices=[(option.value, option.words) for option in item.options],
                coerce=int,
                empty_value=None,
                required=item.number in instrument.critical_items,
                widget=forms.RadioSelect,
                error_messages={
                    "required": "This question matters most. Ask it again and choose an answer.",
                    "invalid_choice": "Choose one of the answers shown.",
                },
            )

    def answers(self) -> dict[int, int | None]:
        """The answers by item number; None where none was given."""
        return {int(name.removeprefix("item")): value for name, value in self.cleaned_data.items()}
