"""The shape of what is typed on the session page."""

from django import forms

from openiop.consents.rules import LABEL_HINT, LABEL_WORDS
from openiop.notes import rules
from openiop.ui.rules import LARGEST

MARKS = [(key.value, words) for key, words in LABEL_WORDS.items()]


class MarkForm(forms.Form):
    """How a note is marked from now on, and why that changes."""

    label = forms.ChoiceField(label="How sensitive it is", required=False, choices=MARKS, help_text=LABEL_HINT)
    reason = forms.CharField(label="Why", required=False, max_length=300, help_text="Needed where a mark changes.")


class GroupPartForm(forms.Form):
    """What was done and how the group was, written once."""

    topic = forms.CharField(label="Topic", required=False, max_length=120)
    did = forms.CharField(label="What we did", required=False, widget=forms.Textarea)
    mood = forms.CharField(label="How the group was", required=False, widget=forms.Textarea)
    revision = forms.IntegerField(min_value=0, max_value=LARGEST, widget=forms.HiddenInput)


class PartForm(forms.Form):
    """One person's own part."""

    objectives = forms.TypedMultipleChoiceField(label="Ties to their plan", required=False)
    took_part = forms.ChoiceField(
        label="Took part", required=False, choices=list(rules.TOOK_PART.items()), widget=forms.RadioSelect
    )
    words = forms.CharField(label="What was theirs today", required=False, widget=forms.Textarea)
    label = forms.ChoiceField(label="How sensitive it is", required=False, choices=MARKS)
    reason = forms.CharField(label="Why the mark changes", required=False, max_length=300)
    revision = forms.IntegerField(min_value=0, max_value=LARGEST, widget=forms.HiddenInput)


class TapForm(forms.Form):
    """One tap, or the times, of one person of the roster."""

    episode = forms.UUIDField()
    tap = forms.ChoiceField(
        choices=[(tap, tap) for tap in ("here", "late", "left", "away", "times", "video", "called-ahead",
                                        "no-contact", "program-cancelled")],
    )  # fmt: skip
    arrived = forms.CharField(required=False, max_length=12)
    left = forms.CharField(required=False, max_length=12)
    called = forms.CharField(required=False, max_length=12)
    reason = forms.CharField(required=False, max_length=200)
    why = forms.CharField(required=False, max_length=200)


class SeatForm(forms.Form):
    """Someone who walked in."""

    episode = forms.UUIDField(error_messages={"required": "Choose a person.", "invalid": "Choose a person."})
    made_up = forms.BooleanField(required=False)


class AddendumForm(forms.Form):
    """Words to stand under a signed note."""

    words = forms.CharField(
        label="Addendum", widget=forms.Textarea, error_messages={"required": "Write what you want to add."}
    )
