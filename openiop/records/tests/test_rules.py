"""The shape of what goes out."""

from datetime import date

import pytest

from openiop.consents.rules import Kind
from openiop.disclosures.rules.release import Receiver, Use
from openiop.records import rules


@pytest.mark.parametrize(
    ("first", "last", "words"),
    [
        (None, None, "Attendance, treatment plan and progress"),
        (date(2026, 9, 1), None, "Attendance, treatment plan and progress, from 2026-09-01"),
        (None, date(2026, 10, 1), "Attendance, treatment plan and progress, until 2026-10-01"),
    ],
)
def test_what_went_out_is_said_in_a_line(first, last, words):
    assert rules.described(["attendance", "plan"], first, last) == words


def test_contact_details_are_no_more_than_the_receiver_needs():
    assert rules.contact_fields(Receiver.SCHOOL) == ("legal_name",)
    assert rules.contact_fields(Receiver.HEALTH_PLAN) == ("legal_name", "birth_on")
    assert "pronouns" in rules.contact_fields(Receiver.SELF)
    assert not rules.is_told(Receiver.EMPLOYER)
    assert rules.is_told(Receiver.PROVIDER)


@pytest.mark.parametrize(
    ("variant", "first"),
    [
        ("tpo_single", Use.TREATMENT),
        ("payer_only", Use.CLAIM),
        ("legal_proceedings", Use.PROCEEDINGS),
        ("research", Use.RESEARCH),
        ("named_disclosure", Use.AT_REQUEST),
    ],
)
def test_each_form_of_consent_is_for_its_own_uses(variant, first):
    assert rules.uses_for(variant)[0] is first


def test_each_form_of_consent_reaches_its_own_receivers():
    assert rules.receivers_for("payer_only") == (Receiver.HEALTH_PLAN,)
    assert Receiver.EMPLOYER not in rules.receivers_for("tpo_single")
    assert rules.receivers_for("one_never_heard_of") == ()


def test_days_run_forward():
    assert rules.why_not_days(date(2026, 10, 2), date(2026, 10, 1)) != []
    assert rules.why_not_days(date(2026, 10, 1), date(2026, 10, 1)) == []
    assert rules.why_not_days(None, date(2026, 10, 1)) == []


def test_a_packet_is_kept_as_plain_sections_and_its_file_says_the_notice_first():
    content = rules.content_of([rules.Section("plan", "Plan", ("Goal",), (("Evenings",),))])
    assert content == {"sections": [{"kind": "plan", "title": "Plan", "head": ["Goal"], "rows": [["Evenings"]]}]}
    assert list(rules.file_of({"notice": "Words", "scope": ""}, content)) == ["notice", "sections"]


@pytest.mark.parametrize(
    ("families", "said"),
    [
        ({"substance", "mental-health"}, "both"),
        ({"behavior"}, "addiction alone"),
        ({"mental-health"}, "mental health alone"),
        ({"other"}, "neither recorded"),
    ],
)
def test_each_person_counts_once_among_conditions(families, said):
    assert rules.conditions_class(families) == said


def test_counts_hide_the_small_ones_and_a_small_total():
    rows = rules.counted({"level": {"1": 40, "2": 30, "3": 3}, "how": {"x": 4}})
    assert rows[:4] == [
        ["level", "1", "40"],
        ["level", "2", "hidden"],
        ["level", "3", "hidden"],
        ["level", "all", "73"],
    ]
    assert rows[4:] == [["how", "x", "hidden"], ["how", "all", "hidden"]]
    assert rules.counted({"level": {"1": 4, "2": 4}}, small=4)[0] == ["level", "1", "4"]


def test_a_file_of_figures_reckons_nothing():
    assert rules.csv_of(("a", "b"), [["=1+1", "2"]]) == "a,b\n'=1+1,2\n"


def test_own_copies_hold_who_looked_and_alerts_are_never_put_together():
    assert Kind.ACCESS_LOG in rules.OWN_COPY
    assert Kind.ALERTS not in rules.OWN_COPY
