"""What no form takes: days off every calendar here, and numbers that are none."""

from datetime import date

import pytest
from django import forms

from openiop.ui.fields import DayField, MomentField
from openiop.ui.rules import LARGEST, day_from, whole

TODAY = date(2026, 10, 14)


@pytest.mark.parametrize("day", ["9999-12-31", "0001-01-01", "2200-01-01", "1799-12-31"])
def test_a_day_in_another_age_is_refused_in_words(day):
    for one, typed in ((DayField(), day), (MomentField(), f"{day}T23:59"), (MomentField(), f"{day}T23:59-12:00")):
        with pytest.raises(forms.ValidationError, match="Look at the year"):
            one.clean(typed)


def test_a_usual_day_and_none_are_taken():
    assert DayField().clean("2026-10-14") == TODAY
    assert DayField(required=False).clean("") is None
    assert MomentField().clean("2026-10-14T23:59").date() == TODAY
    assert MomentField(required=False).clean("") is None


@pytest.mark.parametrize(
    ("sent", "number"),
    [("0", 0), ("12", 12), ("007", 7), (str(LARGEST), LARGEST), (str(LARGEST + 1), None), ("7" * 5000, None),
     ("²", None), ("٣", None), ("-1", None), ("1.0", None), (" 1", None), ("", None), (None, None)],
)  # fmt: skip
def test_a_whole_number_is_read_or_it_is_none(sent, number):
    assert whole(sent) == number


@pytest.mark.parametrize("text", ["9999-12-31", "0001-01-01", "²", "", None, "2026-02-30", "2026-10-14T09:00"])
def test_an_address_that_names_no_day_of_ours_means_today(text):
    assert day_from(text, TODAY) == TODAY


def test_an_address_names_a_day():
    assert day_from("2026-11-02", TODAY) == date(2026, 11, 2)
