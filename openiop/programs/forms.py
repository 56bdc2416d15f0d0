"""The shape of what a director types about the program itself."""

from collections.abc import Iterable
from datetime import date
from typing import Any

from django import forms

from openiop.programs.rules import STAFF, PolicyKind, Role
from openiop.ui.fields import DayField
from openiop.ui.rules import whole

MOST_ROWS = 100  # lines of days in one form
ROLE_WORDS = {role: role.value.replace("-", " ").capitalize() for role in Role}


class PlaceForm(forms.Form):
    """A room, or a video room with its address."""

    name = forms.CharField(label="Name", max_length=60, error_messages={"required": "A room needs a name."})
    seats = forms.IntegerField(label="Seats", min_value=1, max_value=500)
    virtual = forms.BooleanField(label="A video room", required=False)
    join_url = forms.URLField(
        label="Address to join", required=False, assume_scheme="https", help_text="Shown to those expected."
    )


class NewcomerForm(forms.Form):
    """Someone who begins to work here."""

    name = forms.CharField(label="Name", max_length=120, error_messages={"required": "Give their name."})
    credential = forms.CharField(label="Credential", max_length=40, required=False, help_text="Such as LPC or RN.")
    email = forms.EmailField(
        label="Email",
        max_length=254,
        help_text="They sign in with it. A link to choose a password goes there.",
        error_messages={"required": "Give the email address they will sign in with."},
    )
    roles = forms.MultipleChoiceField(
        label="Roles",
        choices=[(role.value, ROLE_WORDS[role]) for role in Role if role in STAFF],
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "Choose at least one role."},
    )


class RoleForm(forms.Form):
    """One more role."""

    role = forms.ChoiceField(label="Role")

    def __init__(self, *args: Any, held: Iterable[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["role"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [(role.value, ROLE_WORDS[role]) for role in Role if role in STAFF and role not in set(held)]


class PolicyForm(forms.Form):
    """A dated value of one policy and where it comes from: numbers, or days with their reasons."""

    from_on = DayField(label="From", widget=forms.DateInput, error_messages={"required": "Give the first day."})
    source = forms.CharField(
        label="Where this comes from",
        max_length=240,
        help_text="A law, a payer’s contract, a decision of the program with its date.",
        error_messages={"required": "Say where this bound comes from."},
    )

    def __init__(self, *args: Any, kind: PolicyKind, value: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.kind = kind
        if kind.days:
            sent = whole(self.data.get("rows", ""), MOST_ROWS) if self.is_bound else None
            self.rows = len(value) + 4 if sent is None else sent
            entries = [*value, *({"on": "", "why": ""} for _ in range(self.rows))]
            for place in range(self.rows):
                entry = entries[place]
                self.fields[f"on_{place}"] = DayField(
                    label="Day", required=False, widget=forms.DateInput, initial=entry["on"]
                )
                self.fields[f"why_{place}"] = forms.CharField(
                    label="Why", required=False, max_length=60, initial=entry["why"]
                )
        elif kind.choices:
            self.fields["value"] = forms.TypedChoiceField(
                label=kind.title, choices=kind.choices, coerce=int, initial=value, widget=forms.RadioSelect
            )
        else:
            for key, label in kind.parts or (("value", kind.title),):
                self.fields[key] = forms.DecimalField(
                    label=label,
                    min_value=0,
                    max_value=1000,
                    decimal_places=1,
                    initial=value[key] if kind.parts else value,
                    help_text=kind.unit,
                )

    @property
    def numbers(self) -> list[forms.BoundField]:
        """The fields of a policy made of numbers."""
        return [] if self.kind.days else [self[key] for key, _ in self.kind.parts or (("value", ""),)]

    @property
    def days(self) -> list[tuple[forms.BoundField, forms.BoundField]]:
        """The fields of a policy made of days."""
        return [(self[f"on_{place}"], self[f"why_{place}"]) for place in range(self.rows)] if self.kind.days else []

    def value(self) -> Any:
        """The value as it is kept."""
        given = self.cleaned_data
        if self.kind.days:
            rows = [(given.get(f"on_{place}"), given.get(f"why_{place}", "")) for place in range(self.rows)]
            return [{"on": _iso(on), "why": why.strip()} for on, why in sorted(_filled(rows))]
        if self.kind.parts:
            return {key: _plain(given[key]) for key, _ in self.kind.parts}
        return _plain(given["value"])


def _iso(on: date) -> str:
    return on.isoformat()


def _filled(rows: Iterable[tuple[date | None, str]]) -> list[tuple[date, str]]:
    """Rows with a day."""
    return [(on, why) for on, why in rows if on is not None]


def _plain(number: Any) -> float | int:
    """A whole number where it is one."""
    return int(number) if number == int(number) else float(number)
