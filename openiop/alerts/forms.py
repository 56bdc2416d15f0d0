"""What is asked when someone works on an alert."""

from django import forms

from openiop.alerts import rules
from openiop.alerts.models import Alert
from openiop.programs.models import Membership
from openiop.ui.fields import MomentField


class ActForm(forms.Form):
    """What was done, in words."""

    words = forms.CharField(
        label="What I did",
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": "Write what you did."},
        help_text="A call, a message, a talk. The alert stays open.",
    )


class CloseForm(forms.Form):
    """How it ended."""

    outcome = forms.ChoiceField(label="How it ended", error_messages={"required": "Choose how it ended."})
    words = forms.CharField(label="In a sentence", required=False, widget=forms.Textarea(attrs={"rows": 2}))

    def __init__(self, *args: object, alert: Alert, **kwargs: object) -> None:
        """Only the outcomes this kind of alert may have."""
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        chooser = self.fields["outcome"]
        assert isinstance(chooser, forms.ChoiceField)
        chooser.choices = [("", "Choose"), *rules.outcomes_for(alert.kind).items()]
        always = alert.kind in rules.SAFETY
        self.fields["words"].help_text = (
            "Needed: what was done." if always else "Needed when nothing was needed, or it was raised in error."
        )


class HandOverForm(forms.Form):
    """Who takes it, and what they should know."""

    to = forms.ChoiceField(label="To", error_messages={"required": "Choose who takes it."})
    words = forms.CharField(label="What they should know", required=False, widget=forms.Textarea(attrs={"rows": 2}))

    def __init__(self, *args: object, staff: list[Membership], **kwargs: object) -> None:
        """Colleagues of the program, by name."""
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        self.staff = {str(member.pk): member for member in staff}
        chooser = self.fields["to"]
        assert isinstance(chooser, forms.ChoiceField)
        chooser.choices = [("", "Choose"), *((key, member.label) for key, member in self.staff.items())]

    def clean_to(self) -> Membership:
        """The colleague chosen."""
        return self.staff[self.cleaned_data["to"]]


class SnoozeForm(forms.Form):
    """Until when, and why it can wait."""

    until = MomentField(
        label="Until",
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}),
        error_messages={"required": "Say until when.", "invalid": "Give a day and a time."},
    )
    reason = forms.CharField(label="Why it can wait", error_messages={"required": "Say why it can wait."})
