"""What is asked when someone works on an alert."""

from typing import Any

from django import forms

from openiop.alerts import rules
from openiop.alerts.models import Alert
from openiop.programs.models import Membership
from openiop.ui.fields import MomentField

CLOSES = "reached-and-closed"  # the button that logs a call and closes the alert as reached


class ActForm(forms.Form):
    """What was done, in words."""

    words = forms.CharField(
        label="What I did",
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": "Write what you did."},
        help_text="A call, a message, a talk. The alert stays open.",
    )


class CallForm(forms.Form):
    """How a call went; which of the form's buttons sends it says whether they were reached."""

    words = forms.CharField(
        label="What was said",
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": "Write what was said, or what you tried."},
        help_text="A neutral message names neither the program nor care.",
    )
    next_step = forms.CharField(label="Next step", required=False, widget=forms.Textarea(attrs={"rows": 1}))
    outcome = forms.ChoiceField(label="And then", required=False)
    went = forms.CharField(error_messages={"required": "Say how the call went."}, widget=forms.HiddenInput)

    def __init__(self, *args: object, alert: Alert, may_end: bool, **kwargs: object) -> None:
        """Only the outcomes this kind of alert may have, for those who may end it."""
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        chooser = self.fields["outcome"]
        assert isinstance(chooser, forms.ChoiceField)
        ends = rules.outcomes_for(alert.kind) if may_end else {}
        chooser.choices = [("", "Keep it open"), *((code, f"Close it: {words}") for code, words in ends.items())]

    def clean(self) -> dict[str, Any]:
        """The button that says reached and closes needs no choice."""
        given = super().clean() or self.cleaned_data
        if given.get("went") == CLOSES:
            given |= {"went": rules.REACHED, "outcome": "reached"}
        return given


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
