"""The shape of what planners type."""

from collections.abc import Iterable, Mapping
from typing import Any

from django import forms

from openiop.curriculum.models import Topic
from openiop.participants.models import Episode
from openiop.programs.models import Membership, Place
from openiop.schedule import rules
from openiop.schedule.models import Away, Busy, Service, Track
from openiop.schedule.rules import BusyRow
from openiop.ui.fields import DayField
from openiop.ui.rules import whole

WEEKDAYS = list(enumerate(rules.WEEKDAYS))
MIX = (
    Service.GROUP,
    Service.SKILLS,
    Service.EDUCATION,
    Service.INDIVIDUAL,
    Service.FAMILY,
    Service.MEDICATION,
    Service.HOLISTIC,
    Service.CASE,
)
MOST_ROWS = 60  # lines on the availability page
TRAVEL = [(minutes, f"{minutes} min" if minutes else "none") for minutes in (0, 15, 30, 45, 60, 75, 90, 120, 180, 240)]


def minutes_from(form: forms.Form, name: str) -> int:
    """A number of hours as typed, in whole minutes."""
    minutes: int = round(form.cleaned_data[name] * 60)
    return minutes


class PrescriptionForm(forms.Form):
    """Hours, days and mix a week, from a day on."""

    hours = forms.DecimalField(
        label="Hours a week",
        min_value=0,
        max_value=60,
        decimal_places=2,
        error_messages={"required": "Give the hours a week.", "max_value": "A week of treatment has at most 60 hours."},
    )
    days = forms.IntegerField(
        label="Days a week",
        min_value=1,
        max_value=7,
        error_messages={
            "required": "Give the days a week.",
            "min_value": "A week has 1 to 7 days of treatment.",
            "max_value": "A week has 1 to 7 days of treatment.",
        },
    )
    from_on = DayField(label="From", widget=forms.DateInput, error_messages={"required": "Give the first day."})
    reason = forms.CharField(label="Why", max_length=300, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for service in MIX:
            self.fields[f"mix_{service.value}"] = forms.IntegerField(
                label=str(service.label), min_value=0, max_value=20, required=False
            )

    @property
    def mix_fields(self) -> list[forms.BoundField]:
        """The counts of the mix, one for each service."""
        return [self[f"mix_{service.value}"] for service in MIX]

    def mix(self) -> dict[str, int]:
        """Sessions a week by service; services left empty are not prescribed."""
        return {
            service.value: count for service in MIX if (count := self.cleaned_data.get(f"mix_{service.value}") or 0)
        }


class BusyRowForm(forms.Form):
    """One line of the availability page; an empty line counts for nothing."""

    days = forms.TypedMultipleChoiceField(
        label="Days",
        choices=list(enumerate(rules.SHORT_DAYS)),
        coerce=int,
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    starts = forms.TimeField(label="From", required=False, widget=forms.TimeInput)
    ends = forms.TimeField(label="To", required=False, widget=forms.TimeInput)
    why = forms.ChoiceField(label="What", choices=Busy.Why.choices, required=False)
    travel_minutes = forms.TypedChoiceField(label="Way, each way", choices=TRAVEL, coerce=int, required=False)
    remove = forms.BooleanField(label="Remove", required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """The way on record, or as sent, is always among those offered: saving a line unread never changes it."""
        super().__init__(*args, **kwargs)
        told = self["travel_minutes"].value()
        minutes = whole(str(told or ""), rules.MOST_TRAVEL)
        if minutes is not None and minutes not in dict(TRAVEL):
            field = self.fields["travel_minutes"]
            assert isinstance(field, forms.ChoiceField)
            field.choices = sorted([*TRAVEL, (minutes, f"{minutes} min")])

    def clean(self) -> dict[str, Any]:
        """A line that holds something holds all of it; one that is removed need not."""
        given = super().clean() or self.cleaned_data
        days, starts, ends = given.get("days"), given.get("starts"), given.get("ends")
        if given.get("remove") or not (days or starts or ends) or self.errors:
            return given
        if not days:
            self.add_error("days", "Choose the days.")
        if starts is None:
            self.add_error("starts", "Give the start.")
        if ends is None:
            self.add_error("ends", "Give the end.")
        elif ends == starts:
            self.add_error("ends", "The end is the same as the start.")
        return given

    def row(self) -> BusyRow | None:
        """The line as typed, or None where it is empty or removed."""
        given = self.cleaned_data
        if given.get("remove") or not given.get("days"):
            return None
        return BusyRow(
            tuple(given["days"]), given["starts"], given["ends"], given["why"] or "other", given["travel_minutes"] or 0
        )


def _lines_in(data: Mapping[str, Any]) -> int:
    """How many lines of the availability page were sent, where the page's own count of them cannot be read."""
    return next((place for place in range(MOST_ROWS) if f"b{place}-starts" not in data), MOST_ROWS)


def busy_forms(data: Mapping[str, Any] | None, rows: Iterable[BusyRow], blank: int = 3) -> list[BusyRowForm]:
    """One form for each line that stands and a few empty ones; as many as were sent when data is given."""
    if data is not None:
        told = whole(data.get("rows", ""), MOST_ROWS)
        count = _lines_in(data) if told is None else told
        sent = [BusyRowForm(data, prefix=f"b{place}") for place in range(count)]
        return sent + [BusyRowForm(prefix=f"b{count + place}") for place in range(blank)]
    filled = [
        BusyRowForm(
            prefix=f"b{place}",
            initial={
                "days": list(row.days),
                "starts": row.starts,
                "ends": row.ends,
                "why": row.why,
                "travel_minutes": row.travel_minutes,
            },
        )
        for place, row in enumerate(rows)
    ]
    empty = [
        BusyRowForm(prefix=f"b{len(filled) + place}", initial={"why": ("work", "school", "childcare")[place % 3]})
        for place in range(blank)
    ]
    return filled + empty


class FromForm(forms.Form):
    """The day a change holds from."""

    from_on = DayField(label="From", widget=forms.DateInput, error_messages={"required": "Give the first day."})


class VisitForm(forms.Form):
    """One visit of one person."""

    service = forms.ChoiceField(
        label="Kind",
        choices=[
            (service.value, str(service.label))
            for service in (Service.INDIVIDUAL, Service.FAMILY, Service.MEDICATION, Service.CASE)
        ],
        widget=forms.RadioSelect,
        initial=Service.INDIVIDUAL,
    )
    on = DayField(label="Day", widget=forms.DateInput, error_messages={"required": "Choose the day."})
    starts = forms.TimeField(label="Starts", widget=forms.TimeInput, error_messages={"required": "Give the start."})
    minutes = forms.TypedChoiceField(
        label="Minutes", choices=[(n, str(n)) for n in (15, 20, 25, 30, 45, 50, 60, 75, 90)], coerce=int, initial=50
    )
    weeks = forms.TypedChoiceField(
        label="How often",
        choices=[(1, "once"), *((n, f"weekly, {n} times") for n in (2, 4, 6, 8, 12))],
        coerce=int,
        required=False,
        empty_value="1",
    )
    place: "forms.ModelChoiceField[Place]" = forms.ModelChoiceField(label="Room", queryset=None, empty_label=None)
    facilitator: "forms.ModelChoiceField[Membership]" = forms.ModelChoiceField(
        label="With", queryset=None, empty_label=None
    )

    def __init__(self, *args: Any, places: Any, staff: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _choose(self, "place", places, lambda place: place.name)
        _choose(self, "facilitator", staff, lambda member: member.label)


def _choose(form: forms.Form, name: str, rows: Any, words: Any) -> None:
    """The field offers these rows under these words."""
    field = form.fields[name]
    assert isinstance(field, forms.ModelChoiceField)
    field.queryset = rows
    field.label_from_instance = words  # type: ignore[method-assign]


def _choose_anew(form: forms.Form, name: str) -> None:
    """Where what is on record is not offered any more, nothing stands chosen in its place."""
    field = form.fields[name]
    assert isinstance(field, forms.ModelChoiceField)
    stands = form.initial.get(name)
    if stands is not None and stands not in {row.pk for row in field.queryset or ()}:
        field.empty_label = "choose"
        field.error_messages["required"] = "Choose one: what stood here is not in use any more."


class GroupForm(forms.Form):
    """A standing group, or where and when one meets from now on."""

    name = forms.CharField(label="Name", max_length=80, error_messages={"required": "A group needs a name."})
    track: "forms.ModelChoiceField[Track]" = forms.ModelChoiceField(label="Track", queryset=None, empty_label=None)
    service = forms.ChoiceField(label="Kind", choices=Service.choices)
    weekday = forms.TypedChoiceField(label="Day", choices=WEEKDAYS, coerce=int)
    starts = forms.TimeField(label="Starts", widget=forms.TimeInput, error_messages={"required": "Give the start."})
    minutes = forms.IntegerField(label="Minutes", min_value=1, max_value=rules.DAY, initial=90)
    place: "forms.ModelChoiceField[Place]" = forms.ModelChoiceField(label="Room", queryset=None, empty_label=None)
    capacity = forms.IntegerField(label="Seats", min_value=1, max_value=200)
    facilitator: "forms.ModelChoiceField[Membership]" = forms.ModelChoiceField(
        label="Facilitator", queryset=None, empty_label=None
    )
    co_facilitator: "forms.ModelChoiceField[Membership]" = forms.ModelChoiceField(
        label="Second facilitator", queryset=None, required=False, empty_label="none"
    )
    topic: "forms.ModelChoiceField[Topic]" = forms.ModelChoiceField(
        label="Topic", queryset=None, required=False, empty_label="none in particular"
    )
    from_on = DayField(label="From", widget=forms.DateInput, error_messages={"required": "Give the first day."})

    def __init__(
        self, *args: Any, places: Any, staff: Any, tracks: Any, topics: Any, moving: bool = False, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        _choose(self, "place", places, lambda place: f"{place.name}, {place.seats} seats")
        for name in ("facilitator", "co_facilitator"):
            _choose(self, name, staff, lambda member: member.label)
        _choose(self, "track", tracks, lambda track: track.name)
        _choose(self, "topic", topics, lambda topic: topic.title)
        if moving:
            for name in ("name", "track", "service", "topic"):
                del self.fields[name]
            for name in ("place", "facilitator"):
                _choose_anew(self, name)

    def clean(self) -> dict[str, Any]:
        """One person leads once."""
        given = super().clean() or self.cleaned_data
        if given.get("co_facilitator") and given.get("co_facilitator") == given.get("facilitator"):
            self.add_error("co_facilitator", "Choose someone else, or none.")
        return given


class TrackForm(forms.Form):
    """A way through the week."""

    name = forms.CharField(label="Name", max_length=60, error_messages={"required": "A track needs a name."})
    tone = forms.ChoiceField(label="When", choices=[("day", "Day"), ("evening", "Evening"), ("virtual", "Virtual")])


class CloseForm(forms.Form):
    """The end of a group."""

    on = DayField(label="First day without it", widget=forms.DateInput, error_messages={"required": "Give the day."})
    reason = forms.CharField(label="Why", max_length=200, error_messages={"required": "Say why the group ends."})


class AwayForm(forms.Form):
    """Who is out, why, and on which days."""

    member: "forms.ModelChoiceField[Membership]" = forms.ModelChoiceField(
        label="Who", queryset=None, empty_label="choose", error_messages={"required": "Choose who is out."}
    )
    why = forms.ChoiceField(label="Why", choices=Away.Why.choices)
    from_on = DayField(label="First day out", widget=forms.DateInput, error_messages={"required": "Give the day."})
    last_on = DayField(label="Last day out", widget=forms.DateInput, error_messages={"required": "Give the day."})

    def __init__(self, *args: Any, staff: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _choose(self, "member", staff, lambda member: member.label)


class CancelForm(forms.Form):
    """Why a session is cancelled."""

    reason = forms.CharField(label="Why", max_length=200, error_messages={"required": "Say why it is cancelled."})


class LeadForm(forms.Form):
    """Who leads this one session."""

    to = forms.ChoiceField(label="Led by")

    def __init__(self, *args: Any, people: Iterable[tuple[Membership, list[str]]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.members = {str(member.pk): member for member, _ in people}
        field = self.fields["to"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [
            (key, member.label + (f" ({', '.join(why)})" if why else ""))
            for key, (member, why) in zip(self.members, people, strict=True)
        ]


class TopicForm(forms.Form):
    """What this one session works on."""

    topic: "forms.ModelChoiceField[Topic]" = forms.ModelChoiceField(
        label="Topic", queryset=None, required=False, empty_label="none in particular"
    )

    def __init__(self, *args: Any, topics: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _choose(self, "topic", topics, lambda topic: topic.title)


class SeatForm(forms.Form):
    """Someone expected at this one session only."""

    episode: "forms.ModelChoiceField[Episode]" = forms.ModelChoiceField(
        label="Person", queryset=None, empty_label="choose"
    )

    def __init__(self, *args: Any, episodes: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _choose(self, "episode", episodes, lambda row: f"{row.participant.name}, {row.participant.number}")
