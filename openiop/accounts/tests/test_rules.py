"""Codes, bounds of tries and devices in words: every branch."""

from datetime import UTC, datetime, timedelta

import pytest

from conftest import NOW
from openiop.accounts import rules
from openiop.accounts.rules import Kind, Limit

SEED = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"  # RFC 6238, appendix B: the ASCII text 12345678901234567890
MINUTE = timedelta(minutes=1)


@pytest.mark.parametrize(
    ("seconds", "code"),
    [(59, "287082"), (1111111109, "081804"), (1111111111, "050471"), (1234567890, "005924"), (2000000000, "279037")],
)
def test_codes_are_those_of_the_standard(seconds, code):
    assert rules.hotp(SEED, seconds // 30) == code
    at = datetime.fromtimestamp(seconds, UTC)
    assert rules.step_of(secret=SEED, code=code, at=at, after=0) == seconds // 30


def test_a_code_is_good_for_a_step_before_and_after_and_no_longer():
    now = int(NOW.timestamp()) // 30
    for drift, good in ((-2, False), (-1, True), (0, True), (1, True), (2, False)):
        found = rules.step_of(secret=SEED, code=rules.hotp(SEED, now + drift), at=NOW, after=0)
        assert (found == now + drift) is good, drift


def test_a_code_that_was_used_and_every_one_before_it_is_spent():
    now = int(NOW.timestamp()) // 30
    for step in (now - 1, now):
        assert rules.step_of(secret=SEED, code=rules.hotp(SEED, step), at=NOW, after=now) is None
    assert rules.step_of(secret=SEED, code=rules.hotp(SEED, now + 1), at=NOW, after=now) == now + 1
    assert rules.step_of(secret=SEED, code="²23456", at=NOW, after=0) is None


def test_a_recovery_code_is_read_as_people_type_it():
    assert rules.shown("ABCDEFGHJK") == "ABCDE-FGHJK"
    assert rules.tidy(" abcde-fghjk ") == "ABCDEFGHJK"
    assert rules.is_recovery_code("ABCDEFGHJK")
    assert not rules.is_recovery_code("123456")
    assert rules.digest("abcde-fghjk", b"k") == rules.digest("ABCDEFGHJK", b"k") != rules.digest("ABCDEFGHJK", b"l")


@pytest.mark.parametrize(
    ("kinds", "kind", "required", "refused"),
    [
        ([Kind.APP, Kind.RECOVERY], Kind.APP, True, True),
        ([Kind.APP, Kind.PASSKEY], Kind.APP, True, False),
        ([Kind.APP], Kind.APP, False, False),
        ([Kind.APP, Kind.RECOVERY], Kind.RECOVERY, True, False),
    ],
)
def test_the_last_second_step_stays_where_one_is_needed(kinds, kind, required, refused):
    assert bool(rules.why_not_remove(kinds=kinds, kind=kind, required=required)) is refused


@pytest.mark.parametrize(
    ("sent", "found"),
    [
        ({"authenticatorAttachment": "platform"}, True),
        ({"authenticatorAttachment": "cross-platform"}, False),
        ([], False),
    ],
)
def test_a_passkey_kept_in_the_device_says_so(sent, found):
    assert rules.is_key_of_device(sent) is found


@pytest.mark.parametrize(("ago", "found"), [(None, False), (0, True), (9, True), (10, False), (-1, False)])
def test_it_counts_for_ten_minutes_that_someone_showed_who_they_are(ago, found):
    confirmed = None if ago is None else NOW - ago * MINUTE
    assert rules.is_confirmed(confirmed=confirmed, at=NOW, minutes=10) is found


@pytest.mark.parametrize(
    ("ago", "left"),
    [([], 0), ([1, 2], 0), ([1, 2, 4], 1), ([5, 6, 7], 0), ([1, 1, 4, 4], 1), ([0, 1, 2, 3], 3)],
)
def test_the_wait_ends_when_the_oldest_failure_too_many_is_far_enough_away(ago, left):
    tries = [NOW - minutes * MINUTE for minutes in ago]
    assert rules.wait(tries=tries, limits=[Limit(3, 5 * MINUTE)], at=NOW) == left * MINUTE


def test_of_several_bounds_the_longest_wait_counts():
    tries = [NOW - MINUTE, NOW - 2 * MINUTE]
    assert rules.wait(tries=tries, limits=[Limit(2, 5 * MINUTE), Limit(1, 60 * MINUTE)], at=NOW) == 59 * MINUTE


@pytest.mark.parametrize(
    ("left", "words"),
    [
        (1, "1 minute"),
        (60, "1 minute"),
        (61, "2 minutes"),
        (5400, "90 minutes"),
        (5401, "2 hours"),
        (86400, "24 hours"),
    ],
)
def test_a_wait_is_said_rounded_up(left, words):
    assert rules.how_long(timedelta(seconds=left)) == words


@pytest.mark.parametrize(
    ("agent", "words"),
    [
        ("Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:130.0) Gecko/20100101 Firefox/130.0", "Firefox on Windows"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18.0 Safari/604.1", "Safari on iPhone"),
        ("Mozilla/5.0 (Linux; Android 15) Chrome/130.0 Mobile Safari/537.36", "Chrome on Android"),
        ("Mozilla/5.0 (X11; Linux x86_64) Chrome/130.0 Safari/537.36 Edg/130.0", "Edge on Linux"),
        ("Something else on Windows", "A browser on Windows"),
        ("Firefox", "Firefox"),
        ("", "A device"),
    ],
)
def test_a_device_is_told_in_words(agent, words):
    assert rules.device(agent) == words


def test_the_secret_of_an_app_stands_in_groups_of_four():
    assert rules.secret_of("ABCDEFGHIJ") == "ABCD EFGH IJ"
