"""What is asked when a review is decided or an appointment is booked."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.db.models import QuerySet

from openiop.continuing import rules
from openiop.continuing.rules import Booking, End, Facts
from openiop.participants.rules import TEDS_REASONS
from openiop.programs.models import Membership, Place
from openiop.ui.fields import DayField

DAY = {"invalid": "Write a day, such as 2026-10-28."}


class BookingForm(forms.Form):
    """The next appointment: when, with whom, where."""

    on = DayField(label="Day", error_messages=DAY | {"required": "Choose the day."})
    starts = forms.TimeField(
        label="Time", error_messages={"required": "Choose the time.", "invalid": "Write a time, such as 14:30."}
    )
    minutes = forms.IntegerField(label="Minutes", min_value=5, max_value=480, initial=50, required=False)
    facilitator: "forms.ModelChoiceField[Membership]" = forms.ModelChoiceField(
        label="With one of us", queryset=None, required=False, empty_label="someone elsewhere"
    )
    place: "forms.ModelChoiceField[Place]" = forms.ModelChoiceField(
        label="Room", queryset=None, required=False, empty_label="choose"
    )
    with_whom = forms.CharField(
        label="With whom",
        max_length=160,
        required=False,
        error_messages={"required": "Say with whom the appointment is."},
    )
    where = forms.CharField(label="Where", max_length=160, required=False)

    def __init__(
        self, *args: Any, zone: str, staff: "QuerySet[Membership]", places: "QuerySet[Place]", **kwargs: Any
    ) -> None:
        """Days and times are those of the program's zone."""
        super().__init__(*args, **kwargs)
        for name, rows in (("facilitator", staff), ("place", places)):
            field = self.fields[name]
            assert isinstance(field, forms.ModelChoiceField)
            field.queryset = rows
        self.fields["facilitator"].label_from_instance = lambda member: member.label  # type: ignore[attr-defined]
        self.fields["place"].label_from_instance = lambda place: place.name  # type: ignore[attr-defined]
        self.zone = ZoneInfo(zone)
        self.fields["on"].widget = forms.DateInput()
        self.fields["starts"].widget = forms.TimeInput()

    def booking(self) -> Booking | None:
        """The appointment as given; None while day or time is not."""
        given: Mapping[str, Any] = self.cleaned_data
        if not given.get("on") or not given.get("starts"):
            return None
        one = given.get("facilitator")
        return {
            "at": datetime.combine(given["on"], given["starts"], tzinfo=self.zone),
            "with_whom": one.label if one else given.get("with_whom", ""),
            "where": given.get("where", ""),
            "minutes": given.get("minutes") or 50,
        }

    def here(self) -> dict[str, Any]:
        """Who of this program sees them, and in which room; nothing for an appointment elsewhere."""
        given = self.cleaned_data
        return {name: given.get(name) for name in ("facilitator", "place")} if given.get("facilitator") else {}

    def refused(self, reasons: list[str]) -> None:
        """Each reason beside the field it is about, or else beside the time."""
        about = {rules.NEEDS_ROOM: "place", rules.WORKS_HERE: "facilitator", rules.NO_ONE_NAMED: "with_whom"}
        for reason in reasons:
            self.add_error(about.get(reason, "starts"), reason)


class FirstDayForm(forms.Form):
    """The first day that was meant, with its first review and why it is corrected."""

    starts_on = DayField(label="First day", widget=forms.DateInput(), error_messages=DAY)
    review_on = DayField(label="First review", widget=forms.DateInput(), error_messages=DAY)
    words = forms.CharField(
        label="What was wrong",
        widget=forms.Textarea(attrs={"rows": 2}),
        max_length=400,
        error_messages={"required": "Say what was wrong with the first day."},
    )


class DecideForm(BookingForm):
    """How the review ends, and what that end needs; fields of other ends are not asked for."""

    end = forms.ChoiceField(
        label="The review ends in",
        choices=[(end.value, words) for end, words in rules.END_WORDS.items()],
        widget=forms.RadioSelect,
        error_messages={"required": "Choose how the review ends.", "invalid_choice": "Choose how the review ends."},
    )
    level_up = forms.ChoiceField(label="New level", required=False)
    level_down = forms.ChoiceField(label="New level", required=False)
    reason_code = forms.ChoiceField(
        label="Reason", required=False, choices=[("", "Choose"), *TEDS_REASONS.items()], help_text="As TEDS codes it."
    )
    last_contact_on = DayField(label="Last contact", required=False, error_messages=DAY)
    next_review_on = DayField(label="Next review", required=False, error_messages=DAY)
    prepared = forms.BooleanField(
        label="We went through the prevention plan and the safety plan together", required=False
    )
    words = forms.CharField(
        label="Reasons for this decision",
        widget=forms.Textarea,
        required=False,
        help_text="What changed, what the person wants, what the team saw.",
    )
    despite = forms.CharField(
        label="Why decide without the evidence that is missing",
        widget=forms.Textarea(attrs={"rows": 2}),
        required=False,
    )
    seen = forms.CharField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args: Any, facts: Facts, today: date, longest: int, **kwargs: Any) -> None:
        """Levels to step to are those the program offers on either side."""
        super().__init__(*args, **kwargs)
        self.facts, self.today, self.longest = facts, today, longest
        for name in ("on", "starts"):
            self.fields[name].required = False
        for name, end in (("level_up", End.STEP_UP), ("level_down", End.STEP_DOWN)):
            chooser = self.fields[name]
            assert isinstance(chooser, forms.ChoiceField)
            chooser.choices = [(one, rules.level_words(one)) for one in rules.levels_for(end, facts.level)]
        self.fields["next_review_on"].widget = forms.DateInput(attrs={"min": today.isoformat()})
        self.fields["last_contact_on"].widget = forms.DateInput(attrs={"max": today.isoformat()})

    def clean(self) -> dict[str, Any]:
        """What the rules say stands beside the field it concerns."""
        given = super().clean() or self.cleaned_data
        end = given.get("end", "")
        if not end:
            return given
        needs_visit = end in {End.STEP_DOWN, End.DISCHARGE}
        begun = any(given.get(name) for name in ("on", "starts", "facilitator", "with_whom", "where"))
        if needs_visit and begun:
            for name, said in (("on", "Choose the day."), ("starts", "Choose the time.")):
                if not given.get(name) and name not in self.errors:
                    self.add_error(name, said)
        if end == End.DISCHARGE and given.get("facilitator"):
            self.add_error("facilitator", "After discharge nothing is planned here. Name who sees them elsewhere.")
        elif needs_visit and given.get("facilitator") and not given.get("place"):
            self.add_error("place", rules.NEEDS_ROOM)
        visit = self.booking() if needs_visit else None
        facts = replace(self.facts, prepared=bool(given.get("prepared")))
        found = rules.needs(
            end,
            facts,
            appointment_in=(visit["at"].date() - self.today).days if visit else None,
            reason_code=given.get("reason_code", ""),
        )
        against = rules.why_not_decide(
            end=end,
            level=self.facts.level,
            words=given.get("words", ""),
            on=self.today,
            level_to=self.level_to(),
            next_review_on=given.get("next_review_on"),
            reason_code=given.get("reason_code", ""),
            missing=rules.lacking(found),
            despite=given.get("despite", ""),
            appointment_on=visit["at"].date() if visit else None,
            with_whom=visit["with_whom"] if visit else "",
            longest=self.longest,
            last_contact_on=given.get("last_contact_on"),
        )
        beside = {"level_to": "level_up" if end == End.STEP_UP else "level_down", "appointment_on": "on"}
        for name, sentence in against.items():
            field = beside.get(name, name)
            if field not in self.errors:
                self.add_error(field, sentence)
        return given

    def level_to(self) -> str:
        """The level stepped to; empty where the review ends in no step."""
        given = self.cleaned_data
        field = {End.STEP_UP.value: "level_up", End.STEP_DOWN.value: "level_down"}.get(given.get("end", ""), "")
        return str(given.get(field, "")) if field else ""

    def decision(self) -> dict[str, Any]:
        """The decision as the action takes it."""
        given, end = self.cleaned_data, self.cleaned_data["end"]
        discharged = end == End.DISCHARGE
        return {
            "end": end,
            "words": given["words"],
            "level_to": self.level_to(),
            "next_review_on": None if discharged else given["next_review_on"],
            "reason_code": given["reason_code"] if discharged else "",
            "last_contact_on": given["last_contact_on"] if discharged else None,
            "appointment": self.booking() if end in {End.STEP_DOWN, End.DISCHARGE} else None,
            **(self.here() if end == End.STEP_DOWN else {}),
            "despite": given["despite"],
            "prepared": given["prepared"],
            "seen": given["seen"],
        }
