"""The shape of a counseling note. The field's name begins with “sealed”, so that no held form and no draft keeps it."""

from django import forms

from openiop.ui.fields import DayField

LONGEST = 20_000


class NoteForm(forms.Form):
    """The day of the conversation and what was said."""

    about_on = DayField(
        label="Day of the conversation", widget=forms.DateInput(),
        error_messages={"invalid": "Write a day, such as 2026-11-30.", "required": "Give the day."},
    )  # fmt: skip
    sealed_words = forms.CharField(
        label="What was said, and what you make of it", max_length=LONGEST, widget=forms.Textarea(),
        error_messages={"required": "Write something first."},
    )  # fmt: skip

    def refuse(self, reasons: list[str]) -> None:
        """Each reason stands beside the field it is about."""
        for reason in reasons:
            self.add_error("about_on" if "conversation was today" in reason else "sealed_words", reason)


class ChangeForm(forms.Form):
    """A draft's words."""

    sealed_words = forms.CharField(
        label="What was said, and what you make of it", max_length=LONGEST, widget=forms.Textarea(),
        error_messages={"required": "Write something first."},
    )  # fmt: skip
