"""The policies page says what the rooms above really do where a program has set nothing."""

from openiop.admissions import rules as admissions
from openiop.attendance import rules as attendance
from openiop.continuing import rules as continuing
from openiop.notes import rules as notes
from openiop.plans import rules as plans
from openiop.programs.forms import PolicyForm
from openiop.programs.rules import POLICIES, policy_words, why_not_policy
from openiop.questionnaires.queries import protocol
from openiop.recovery import rules as recovery


def test_each_default_on_the_page_is_the_one_its_room_works_with():
    assert POLICIES[attendance.GRACE_POLICY].default == attendance.GRACE_MINUTES
    assert POLICIES[notes.DUE_POLICY].default == notes.DUE_HOURS
    assert POLICIES["plan-review-days"].default == plans.REVIEW_DAYS
    assert POLICIES[continuing.LONGEST_POLICY].default == continuing.LONGEST
    assert POLICIES["minimum-age"].default == admissions.MINIMUM_AGE
    assert POLICIES["alert_craving_at"].default == recovery.CRAVING_AT
    assert POLICIES["alert_craving_rise"].default == recovery.CRAVING_RISE
    assert POLICIES["alert_mood_at"].default == recovery.MOOD_AT
    assert POLICIES["alert_mood_drop"].default == recovery.MOOD_DROP
    assert {row.every_days for row in protocol()} == {POLICIES["measures_every_days"].default}
    assert {row.open_days for row in protocol()} == {POLICIES["measures_open_days"].default}


def test_a_policy_of_two_choices_is_said_in_words_and_takes_no_third():
    kind = POLICIES["looks-names"]
    assert [policy_words(kind, value) for value in (1, 2)] == ["name and role", "role alone"]
    assert why_not_policy(kind, 2) == []
    assert why_not_policy(kind, 3) == ["Choose one of the two."]
    for sent, ok in (("2", True), ("3", False)):
        form = PolicyForm({"value": sent, "from_on": "2026-10-14", "source": "Board"}, kind=kind, value=1)
        assert form.is_valid() is ok
        assert not ok or form.value() == 2
