"""The shape of a topic as typed."""

from django import forms

from openiop.curriculum.models import Topic


class TopicForm(forms.Form):
    """What a group works on."""

    title = forms.CharField(label="Title", max_length=120, error_messages={"required": "A topic needs a title."})
    modality = forms.ChoiceField(label="Kind", choices=Topic.Modality.choices)
    objective = forms.CharField(
        label="What a person can do afterwards",
        max_length=240,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
    )
