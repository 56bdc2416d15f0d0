"""The shape of what is typed while a plan is written: few fields at a time."""

from datetime import date
from typing import Any

from django import forms

from openiop.consents.rules import LABEL_HINT, LABEL_WORDS
from openiop.plans import rules
from openiop.ui.fields import DayField

DAY = {"required": "Set a day.", "invalid": "Write a day, such as 2026-11-30."}


def _text(label: str, required: str, length: int = 300, rows: int = 2, hint: str = "") -> forms.CharField:
    return forms.CharField(
        label=label,
        max_length=length,
        help_text=hint,
        widget=forms.Textarea(attrs={"rows": rows}) if rows > 1 else forms.TextInput(),
        error_messages={"required": required, "max_length": f"Keep it under {length} characters."},
    )


def _mark() -> forms.ChoiceField:
    return forms.ChoiceField(
        label="How sensitive it is", choices=[(key.value, words) for key, words in LABEL_WORDS.items()],
        required=False, help_text=LABEL_HINT,
    )  # fmt: skip


class OwnWordsForm(forms.Form):
    """What the person wants, as they say it."""

    words = forms.CharField(label="In their own words", required=False, widget=forms.Textarea(), max_length=4000)


class ReviewForm(forms.Form):
    """When the plan is looked at again."""

    review_on = DayField(label="Next review", widget=forms.DateInput(), error_messages=DAY)


class ProblemForm(forms.Form):
    """A problem of one family, with its diagnosis and, if it is known already, its first goal."""

    family = forms.ChoiceField(
        label="Family", choices=[(key.value, words) for key, words in rules.FAMILY_WORDS.items()],
        error_messages={"required": "Choose the family of the problem."},
    )  # fmt: skip
    diagnosis = forms.ChoiceField(label="Diagnosis", required=False)
    words = _text("The problem", "Name the problem.", rows=1, hint="As you would say it to them.")
    goal = forms.CharField(
        label="Their goal", required=False, max_length=300, widget=forms.Textarea(attrs={"rows": 2}),
        help_text="In their words if you have them. It can follow later.",
    )  # fmt: skip
    label = _mark()

    def __init__(self, *args: Any, diagnoses: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["diagnosis"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [("", "None, or a screen"), *diagnoses]


class NameForm(forms.Form):
    """What a problem is called."""

    words = _text("The problem", "Name the problem.", rows=1)


class GoalForm(forms.Form):
    """A goal in one sentence."""

    words = _text("The goal", "Write the goal.", hint="What they want to be different, in their words.")


class NewGoalForm(GoalForm):
    """A goal, and whether it is sensitive."""

    label = _mark()


class MarkForm(forms.Form):
    """How a problem or goal is marked from now on, and why that changes."""

    label = _mark()
    reason = forms.CharField(label="Why", max_length=300, required=False, help_text="Needed where a mark changes.")


class ObjectiveForm(forms.Form):
    """A step that can be measured."""

    words = _text("What they will do", "Say what the person will do.")
    measure = _text("How it is measured", "Say how it is measured.", 80, 1)
    baseline = _text("Where it stands now", "Say where it stands now.", 80, 1)
    target = _text("Where it should be", "Say where it should be.", 80, 1)
    target_on = DayField(label="By", widget=forms.DateInput(), error_messages=DAY)


class WorkForm(forms.Form):
    """What the program does, how often, and who."""

    service = forms.ChoiceField(
        label="Service", choices=list(rules.SERVICES.items()), error_messages={"required": "Choose the service."}
    )
    words = _text("What is done", "Say what is done.")
    frequency = _text("How often", "Say how often.", 80, 1)
    responsible = forms.ChoiceField(
        label="Who", error_messages={"required": "Choose who does it.", "invalid_choice": "Choose who does it."}
    )

    def __init__(self, *args: Any, staff: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["responsible"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = staff


class EndForm(forms.Form):
    """Why a part of the plan ends."""

    reason = _text("Why", "Say why, in a sentence.")


class EndObjectiveForm(EndForm):
    """How an objective ends, and why."""

    status = forms.ChoiceField(
        label="How it ends", choices=list(rules.END_WORDS.items()), widget=forms.RadioSelect,
        error_messages={"required": "Choose how the objective ends."},
    )  # fmt: skip
    field_order = ["status", "reason"]


class DeferForm(forms.Form):
    """Why one family waits, and until when."""

    reason = forms.CharField(
        label="Why it waits", widget=forms.Textarea(), max_length=2000,
        error_messages={"required": "Say why it waits."},
    )  # fmt: skip
    review_on = DayField(label="Look at it again on", widget=forms.DateInput(), error_messages=DAY)


class SignForm(forms.Form):
    """A signature: the full name, under exactly the words that were shown."""

    part = forms.ChoiceField(choices=list(rules.PARTS.items()), widget=forms.HiddenInput)
    digest = forms.CharField(widget=forms.HiddenInput)
    name = forms.CharField(
        label="Full name", max_length=160, error_messages={"required": "Type your full name to sign."}
    )


class CompareForm(forms.Form):
    """Two versions to lay side by side."""

    earlier = forms.TypedChoiceField(label="Earlier", coerce=int)
    later = forms.TypedChoiceField(label="Later", coerce=int)

    def __init__(self, *args: Any, numbers: list[int], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("earlier", "later"):
            field = self.fields[name]
            assert isinstance(field, forms.TypedChoiceField)
            field.choices = [(number, f"Version {number}") for number in numbers]


class DiagnosisForm(forms.Form):
    """A coded condition: from the list, or typed."""

    code = forms.CharField(
        label="ICD-10-CM code", max_length=8,
        error_messages={"required": "Write the code, such as F32.1.", "max_length": "A code has at most 8 characters."},
    )  # fmt: skip
    words = forms.CharField(
        label="Condition", max_length=240, required=False, help_text="Filled in for a code from the list."
    )
    onset_on = DayField(label="Since", required=False, widget=forms.DateInput(), error_messages=DAY)


class EndDiagnosisForm(forms.Form):
    """Why and when a condition is no longer active."""

    ended_on = DayField(label="Ended on", widget=forms.DateInput(), error_messages=DAY)
    reason = _text("Why", "Say why it ends.", 200)


def day_ahead(today: date, days: int) -> str:
    """A day so many days ahead, as a date field takes it."""
    return date.fromordinal(today.toordinal() + days).isoformat()
