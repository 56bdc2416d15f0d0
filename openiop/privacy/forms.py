"""What is typed when an emergency is opened or judged, and when a look is asked about, explained or closed."""

from collections.abc import Iterable
from datetime import date
from typing import Any

from django import forms

from openiop.consents import rules as access
from openiop.privacy import rules
from openiop.programs.models import Membership
from openiop.ui.fields import DayField
from openiop.ui.rules import whole

NEEDED = (access.Kind.CONTACT, access.Kind.DIAGNOSES, access.Kind.MEDICATIONS)  # what an emergency room asks for first
EMERGENCY_WORDS = {
    access.Kind.CONTACT: "Whom to call",
    access.Kind.DIAGNOSES: "Conditions",
    access.Kind.MEDICATIONS: "Medication and allergies",
    access.Kind.PLACEMENT: "Level of care",
    access.Kind.MEASURES: "Questionnaire results",
    access.Kind.ALERTS: "Alerts",
}


def _long(label: str, missing: str, rows: int = 2, **more: Any) -> forms.CharField:
    words = forms.Textarea(attrs={"rows": rows})
    return forms.CharField(label=label, max_length=2000, widget=words, error_messages={"required": missing}, **more)


class EmergencyForm(forms.Form):
    """What 42 CFR 2.51(c) asks for, what is needed, and why: one screen, most of it ticked."""

    nature = _long("What is the emergency?", access.EMERGENCY_ELEMENTS["nature"])
    personnel = forms.CharField(
        label="Who asks or is told", max_length=120, help_text="The medical person’s name.",
        error_messages={"required": access.EMERGENCY_ELEMENTS["personnel"]},
    )  # fmt: skip
    facility = forms.CharField(
        label="Where they work", max_length=160, help_text="Hospital, ambulance service.",
        error_messages={"required": access.EMERGENCY_ELEMENTS["facility"]},
    )  # fmt: skip
    discloser = forms.CharField(
        label="Who tells them", max_length=160, error_messages={"required": access.EMERGENCY_ELEMENTS["discloser"]}
    )
    why = _long("Why is the record needed now?", access.EMERGENCY_ELEMENTS["why"])
    kinds = forms.MultipleChoiceField(
        label="What is needed",
        choices=[(kind.value, EMERGENCY_WORDS[kind]) for kind in access.EMERGENCY_KINDS],
        widget=forms.CheckboxSelectMultiple,
        initial=[kind.value for kind in NEEDED],
        error_messages={"required": access.CHOOSE_KINDS},
    )
    ground = forms.ChoiceField(
        label="Why without consent",
        choices=list(access.GROUNDS.items()),
        widget=forms.RadioSelect,
        initial="no-consent",
        error_messages={"required": access.CHOOSE_GROUND},
    )
    minimum = forms.BooleanField(
        label="I open and tell only what is necessary", error_messages={"required": access.ONLY_NECESSARY}
    )


class ReviewForm(forms.Form):
    """How an emergency access is judged."""

    outcome = forms.ChoiceField(
        label="The access was",
        choices=list(rules.OUTCOMES.items()),
        widget=forms.RadioSelect,
        error_messages={"required": "Choose how it is judged."},
    )
    words = _long("What you looked at, and why you judge so", "Write what you looked at and why you judge so.", 3)


class ToldForm(forms.Form):
    """How the person was told."""

    how = forms.ChoiceField(
        label="How they were told",
        choices=[(code, words) for code, words in rules.HOW_TOLD.items() if code != "read"],
        widget=forms.RadioSelect,
        error_messages={"required": "Choose how they were told."},
    )


class FilterForm(forms.Form):
    """Which looks are shown: a record number, someone who works here, a day."""

    person = forms.CharField(label="Record number", max_length=8, required=False)
    viewer = forms.ChoiceField(label="Who looked", required=False)
    on = DayField(label="Day", required=False, widget=forms.DateInput())

    def __init__(self, *args: Any, viewers: Iterable[Membership], **kwargs: Any) -> None:
        """Everyone who works or worked here can be chosen."""
        super().__init__(*args, **kwargs)
        self.viewers = {str(row.pk): row for row in viewers}
        field = self.fields["viewer"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [("", "Anyone"), *((key, row.label) for key, row in self.viewers.items())]

    def clean_person(self) -> int | None:
        """The number, or nothing where none was typed."""
        words: str = self.cleaned_data["person"].strip()
        number = whole(words) if words else None
        if words and number is None:
            raise forms.ValidationError("Write the number of a record.")
        return number

    def chosen(self) -> Membership | None:
        """Who looked, or anyone."""
        return self.viewers.get(self.cleaned_data.get("viewer", ""))

    def day(self) -> date | None:
        """The day, or any."""
        found: date | None = self.cleaned_data.get("on")
        return found


class CloseForm(forms.Form):
    """How looks someone was asked about ended."""

    outcome = forms.ChoiceField(
        label="It ended",
        choices=list(rules.CLOSINGS.items()),
        widget=forms.RadioSelect,
        error_messages={"required": "Choose how it ended."},
    )
    words = forms.CharField(
        label="In your words", max_length=2000, required=False, widget=forms.Textarea(attrs={"rows": 3})
    )


class WordsForm(forms.Form):
    """A question, its answer, or why a record was opened."""

    words = _long("In your words", "Write something.", 4)

    def __init__(self, *args: Any, label: str, missing: str, **kwargs: Any) -> None:
        """The label and the sentence for a form sent empty are the page's."""
        super().__init__(*args, **kwargs)
        self.fields["words"].label = label
        self.fields["words"].error_messages["required"] = missing
