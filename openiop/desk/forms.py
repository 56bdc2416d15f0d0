"""What is asked where a person belongs to several programs."""

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms

from openiop.programs.models import Membership


class ChooseForm(forms.Form):
    """One of the person's own memberships."""

    membership_id = forms.ChoiceField(
        label="Program",
        widget=forms.RadioSelect,
        error_messages={"required": "Choose a program.", "invalid_choice": "Choose a program from the list."},
    )

    def __init__(self, data: Mapping[str, Any] | None, *, memberships: Sequence[Membership], chosen: object) -> None:
        """Only the person's own, the one in use marked."""
        super().__init__(data, initial={"membership_id": str(chosen)})
        self.by_key = {str(one.pk): one for one in memberships}
        chooser = self.fields["membership_id"]
        assert isinstance(chooser, forms.ChoiceField)
        chooser.choices = [
            (key, f"{one.program.name} ({', '.join(sorted(one.roles)) or 'no role'})")
            for key, one in self.by_key.items()
        ]

    def membership(self) -> Membership:
        """The membership chosen."""
        return self.by_key[self.cleaned_data["membership_id"]]
