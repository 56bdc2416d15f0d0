"""Form fields for days and moments: what no calendar of a program holds is refused in words, beside the field."""

from datetime import date, datetime
from typing import Any

from django import forms

from openiop.ui.rules import why_not_day

INVALID_DAY = "Write a day, such as 2026-11-30."


class DayField(forms.DateField):
    """A day between the first and the last one kept here; what a day means is its own rule's to say."""

    default_error_messages = {"invalid": INVALID_DAY}

    def to_python(self, value: Any) -> date | None:
        """The day as typed, or none."""
        day: date | None = super().to_python(value)
        if day is not None and (reasons := why_not_day(day)):
            raise forms.ValidationError(reasons)
        return day


class MomentField(forms.DateTimeField):
    """A day and a time; the day is one that can be kept here."""

    default_error_messages = {"invalid": "Give a day and a time."}

    def to_python(self, value: Any) -> datetime | None:
        """The instant as typed, aware, or none."""
        moment: datetime | None = super().to_python(value)
        if moment is not None and (reasons := why_not_day(moment.date())):
            raise forms.ValidationError(reasons)
        return moment
