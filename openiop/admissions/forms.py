"""The shape of what is typed on the intake, placement and admission pages."""

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any

from django import forms

from openiop.admissions import rules
from openiop.participants.rules import LEVEL_WORDS, Level, why_not_phone
from openiop.programs.models import Membership
from openiop.ui.fields import DayField

CHOOSE = "Choose an answer. “Not sure” is one."


class ScreenForm(forms.Form):
    """The pre-screen: one answer for each criterion. A danger named is answered at once, whatever else is open."""

    concerns = forms.MultipleChoiceField(
        label="What is it about?",
        choices=[*rules.CONCERNS.items()],
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for item in rules.CRITERIA:
            self.fields[item.code] = forms.ChoiceField(
                label=item.short, choices=rules.ANSWERS, widget=forms.RadioSelect, required=False
            )

    @property
    def begun(self) -> bool:
        """Whether any answer was given."""
        return any(self.data.get(item.code) for item in rules.CRITERIA) or bool(self.data.getlist("concerns"))  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """Every item is answered, unless a danger is named; what is then left open counts as not sure."""
        data = super().clean() or {}
        danger = any(data.get(item) == "yes" for item in rules.HARD)
        for item in rules.CRITERIA:
            if not data.get(item.code) and item.code not in self.errors and not danger:
                self.add_error(item.code, CHOOSE)
        if not danger and not data.get("concerns") and "concerns" not in self.errors:
            self.add_error("concerns", "Choose at least one, or “None of these”.")
        return data

    def answers(self) -> dict[str, str]:
        """The coded answers given."""
        return {item.code: self.cleaned_data[item.code] for item in rules.CRITERIA if self.cleaned_data.get(item.code)}

    def concerns_given(self) -> list[str]:
        """What it is about, as codes."""
        return list(self.cleaned_data.get("concerns", []))


class EnquiryForm(forms.Form):
    """Who asked, for whom, and how to reach them."""

    name = forms.CharField(label="Name", max_length=120)
    phone = forms.CharField(label="Phone", max_length=40, required=False)
    email = forms.EmailField(label="Email", required=False)
    message_ok = forms.BooleanField(label="We may leave a message", required=False)
    channel = forms.ChoiceField(
        label="How they came", choices=[(key, word) for key, word in rules.CHANNELS.items() if key != "web"]
    )
    for_whom = forms.ChoiceField(label="For whom", choices=[*rules.FOR_WHOM.items()])
    words = forms.CharField(
        label="What they said", widget=forms.Textarea, required=False, max_length=2000, help_text="In their words."
    )

    def clean_phone(self) -> str:
        """A number that can be called, or nothing."""
        phone: str = self.cleaned_data["phone"]
        if reasons := why_not_phone(phone):
            raise forms.ValidationError(reasons)
        return phone


class ContactForm(forms.Form):
    """A call made: were they reached, and what was said."""

    reached = forms.ChoiceField(
        label="Did you reach them?", choices=[("yes", "Reached"), ("no", "Not reached")], widget=forms.RadioSelect
    )
    words = forms.CharField(label="What was said", widget=forms.Textarea, required=False, max_length=2000)


class OptionForm(forms.Form):
    """What the person chose, and who talked the ways of care through with them."""

    option = forms.ChoiceField(label="What they chose", choices=[("", "Choose"), *rules.OPTIONS.items()])
    discussed_with = forms.ChoiceField(label="Talked through with")
    words = forms.CharField(label="What mattered to them", required=False, max_length=400)

    def __init__(self, *args: Any, staff: Iterable[Membership], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.members = {str(member.pk): member for member in staff}
        field = self.fields["discussed_with"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [(key, member.label) for key, member in self.members.items()]

    def given(self) -> dict[str, Any]:
        """The choice as the action takes it."""
        return self.cleaned_data | {"discussed_with": self.members[self.cleaned_data["discussed_with"]]}


class OverrideForm(forms.Form):
    """Another result, with the clinician's reason."""

    to = forms.ChoiceField(label="Your result", choices=[(key.value, word) for key, word in rules.RESULT_WORDS.items()])
    words = forms.CharField(label="Why", widget=forms.Textarea, max_length=2000)


class CloseForm(forms.Form):
    """Why an enquiry ends."""

    reason = forms.ChoiceField(label="Why it ends", choices=[("", "Choose"), *rules.CLOSING.items()])
    words = forms.CharField(label="In a few words", required=False, max_length=400)


class RecordForm(forms.Form):
    """What a new record begins with."""

    legal_name = forms.CharField(label="Legal name", max_length=160)
    preferred_name = forms.CharField(label="Name they go by", max_length=80, required=False)
    birth_on = DayField(label="Birth date", widget=forms.DateInput, required=False)
    phone = forms.CharField(label="Phone", max_length=40, required=False)
    email = forms.EmailField(label="Email", required=False)
    another_person = forms.BooleanField(label="This is another person", required=False)

    def clean_phone(self) -> str:
        """A number that can be called, or nothing."""
        phone: str = self.cleaned_data["phone"]
        if reasons := why_not_phone(phone):
            raise forms.ValidationError(reasons)
        return phone


class SafetyForm(forms.Form):
    """The safety check: what is true now."""

    facts = forms.MultipleChoiceField(
        label="What is true now?",
        choices=[(fact.code, fact.words) for fact in rules.FACTS],
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )
    ciwa_ar = forms.IntegerField(
        label="CIWA-Ar score, if taken", required=False, min_value=0, max_value=67, help_text="0 to 67."
    )
    asked = forms.BooleanField(
        label="I asked about each of these.", error_messages={"required": "Ask about each, then check this."}
    )

    def given(self) -> dict[str, bool | int | None]:
        """The facts as the rule takes them."""
        chosen = self.cleaned_data["facts"]
        return {fact.code: fact.code in chosen for fact in rules.FACTS} | {"ciwa_ar": self.cleaned_data["ciwa_ar"]}


class RatingForm(forms.Form):
    """Six dimensions, each with its rating, evidence line and source; what is left empty is not rated yet."""

    own_view = forms.CharField(label="Their own view", widget=forms.Textarea, required=False, max_length=2000)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for one in rules.DIMENSIONS:
            self.fields[f"d{one.number}"] = forms.TypedChoiceField(
                label=one.name,
                choices=[(value, word) for value, word in enumerate(rules.RATING_WORDS)],
                coerce=int,
                empty_value=None,
                required=False,
            )
            self.fields[f"e{one.number}"] = forms.CharField(label="Evidence", max_length=400, required=False)
            self.fields[f"s{one.number}"] = forms.ChoiceField(
                label="Source", choices=[*rules.SOURCES.items()], required=False
            )

    def given(self) -> list[tuple[int, int, str, str]]:
        """Each rated dimension as (dimension, value, evidence, source)."""
        data = self.cleaned_data
        return [
            (one.number, data[f"d{one.number}"], data[f"e{one.number}"], data[f"s{one.number}"] or "interview")
            for one in rules.DIMENSIONS
            if data.get(f"d{one.number}") is not None
        ]


class DecideForm(forms.Form):
    """The clinician's level, the coded reason where it differs, and their words."""

    level = forms.ChoiceField(
        label="Level of care",
        choices=[
            ("", "Choose"),
            *((level.value, f"{level.value} {LEVEL_WORDS[level]}") for level in reversed(Level) if level != Level.L1),
        ],
    )
    difference = forms.ChoiceField(
        label="Why it differs from the suggestion",
        choices=[("", "It does not differ"), *rules.DIFFERENCES.items()],
        required=False,
    )
    words = forms.CharField(label="Reason, in your words", widget=forms.Textarea, max_length=2000)
    seen = forms.CharField(required=False, widget=forms.HiddenInput)


class CloseStopForm(forms.Form):
    """What was done about a hard stop, and where the person is now."""

    disposition = forms.CharField(label="What was done, and where they are now", widget=forms.Textarea, max_length=2000)


class AdmitForm(forms.Form):
    """When care begins, with whom, and when it is looked at again."""

    starts_on = DayField(label="First day", widget=forms.DateInput)
    review_on = DayField(
        label="First review", widget=forms.DateInput, help_text="Required: no one is in care without a review date."
    )
    primary = forms.ChoiceField(label="Primary counselor")
    words = forms.CharField(label="Reason for admission", widget=forms.Textarea, max_length=2000, required=False)

    def __init__(
        self,
        *args: Any,
        counselors: Iterable[Membership],
        team: Iterable[Membership],
        today: date,
        ahead: int,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.today, self.ahead = today, ahead
        self.members = {str(one.pk): one for one in [*counselors, *team]}
        primary = self.fields["primary"]
        assert isinstance(primary, forms.ChoiceField)
        primary.choices = [("", "Choose"), *((str(one.pk), one.label) for one in counselors)]
        self.places = []
        for number in (1, 2, 3):
            member = f"member{number}"
            self.fields[member] = forms.ChoiceField(
                label=f"Team member {number}",
                choices=[("", "Nobody"), *((str(one.pk), one.label) for one in team)],
                required=False,
            )
            self.fields[f"part{number}"] = forms.ChoiceField(
                label="Part",
                choices=[("", "As their role says"), *((part, part) for part in rules.PARTS)],
                required=False,
            )
            self.places.append((member, f"part{number}"))

    def clean(self) -> dict[str, Any]:
        """Nobody stands on the team twice, and the review follows the start."""
        data = super().clean() or {}
        named = [data.get("primary"), *(data.get(member) for member, _ in self.places)]
        for number, (member, _) in enumerate(self.places, start=1):
            if data.get(member) and data[member] in named[:number]:
                self.add_error(member, "They are on this team already.")
        for member, part in self.places:
            if data.get(member) and data.get(part):
                for reason in rules.why_not_part(data[part], self.members[data[member]].roles):
                    self.add_error(part, reason)
        starts, review = data.get("starts_on"), data.get("review_on")
        if starts and (reasons := rules.why_not_first_day(starts, self.today, self.ahead)):
            self.add_error("starts_on", reasons)
            return data
        if starts and review and not starts < review <= starts + timedelta(days=90):
            self.add_error("review_on", "The first review comes after the first day, within 90 days.")
        return data

    def team(self) -> list[tuple[Membership, str]]:
        """The chosen members with their parts."""
        data = self.cleaned_data
        chosen = [(self.members[data[member]], data[part]) for member, part in self.places if data.get(member)]
        return [(member, part or rules.part_for(member.roles)) for member, part in chosen]

    def counselor(self) -> Membership:
        """The chosen primary counselor."""
        return self.members[self.cleaned_data["primary"]]


class InviteForm(forms.Form):
    """The address someone will sign in with."""

    email = forms.EmailField(label="Email")
