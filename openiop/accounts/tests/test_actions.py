"""Second steps, sign-ins and tries: what is written, what is refused, which event is left, and no secret in it."""

import json
from datetime import timedelta
from threading import Barrier, Thread

import pytest
from allauth.mfa.models import Authenticator
from django.db import connection

from conftest import NOW
from openiop.accounts import actions, adapter, queries, rules
from openiop.accounts.models import SignIn, Try
from openiop.accounts.rules import Secret
from openiop.audit.models import Event
from openiop.base.errors import Refused
from openiop.outbox.models import Message
from tests import make

STEP = timedelta(seconds=30)
HOME, AWAY = actions.Place("joan", "home"), actions.Place("joan", "away")


@pytest.fixture
def user(counselor):
    return counselor.user


def code_at(secret, at):
    return rules.hotp(secret, int(at.timestamp()) // 30)


@pytest.fixture
def app(user):
    """The user with a code app; its secret, and the recovery codes shown with it."""
    secret = actions.propose_secret(at=NOW)
    codes = actions.add_app(user=user, secret=secret, code=code_at(secret, NOW), at=NOW)
    return secret, codes


def events(*what):
    return sorted(Event.objects.filter(what__in=what).values_list("what", flat=True))


def test_a_code_app_is_set_up_by_a_code_of_it_and_its_secret_cannot_be_read(user, app):
    secret, codes = app
    assert len(codes) == len(set(codes)) == 10
    kept = Authenticator.objects.get(user=user, type="totp").data
    assert secret not in json.dumps(kept)
    assert adapter.Adapter().decrypt(kept["secret"]) == secret
    assert events("user.factor-added", "user.recovery-codes-made") == ["user.factor-added", "user.recovery-codes-made"]
    assert Message.objects.get().kind == "sign-in-changed"
    with pytest.raises(Refused, match="already"):
        actions.add_app(user=user, secret=secret, code=code_at(secret, NOW), at=NOW)


def test_a_code_that_does_not_fit_sets_nothing_up(user):
    with pytest.raises(Refused, match="does not fit"):
        actions.add_app(user=user, secret=actions.propose_secret(at=NOW), code="", at=NOW)
    assert not queries.factors_of(user)
    assert events("user.factor-added") == []


def test_a_key_that_was_turned_in_still_reads_what_it_wrote(user, app, settings):
    secret, codes = app
    settings.SIGN_IN_KEYS = [b"a newer key", *settings.SIGN_IN_KEYS]
    assert actions.use_code(user=user, code=code_at(secret, NOW + STEP), at=NOW) == "code"
    assert actions.use_code(user=user, code=codes[0], at=NOW) == "recovery code"


def test_a_code_is_good_once(user, app):
    secret, _ = app
    later = NOW + 2 * STEP
    code = code_at(secret, later)
    assert actions.use_code(user=user, code=code_at(secret, NOW), at=NOW) == "", "it set the app up and is spent"
    assert actions.use_code(user=user, code=f"{code[:3]} {code[3:]}", at=later) == "code"
    assert actions.use_code(user=user, code=code, at=later) == ""
    assert len(events("user.second-factor-failed")) == 2


def test_a_recovery_code_is_good_once_however_it_is_typed(user, app):
    _, codes = app
    assert actions.use_code(user=user, code=codes[3].lower().replace("-", " "), at=NOW) == "recovery code"
    assert actions.use_code(user=user, code=codes[3], at=NOW) == ""
    assert queries.factors_of(user).left == 9
    assert Event.objects.get(what="user.recovery-code-used").facts == {"left": 9}
    assert codes[3].replace("-", "") not in str(list(Event.objects.values()) + list(Authenticator.objects.values()))


def test_new_recovery_codes_make_the_old_ones_void(user, app):
    _, old = app
    new = actions.make_codes(user=user, at=NOW)
    assert actions.use_code(user=user, code=old[0], at=NOW) == ""
    assert actions.use_code(user=user, code=new[0], at=NOW) == "recovery code"


def test_without_a_second_step_no_code_is_right_and_none_is_made(user):
    for code in ("123456", "ABCDE-FGHJK"):
        assert actions.use_code(user=user, code=code, at=NOW) == ""
    with pytest.raises(Refused, match="first"):
        actions.make_codes(user=user, at=NOW)


def test_a_passkey_is_added_and_used(user, app):
    assert actions.add_passkey(user=user, name="My phone", credential={}, at=NOW) == [], "codes stand already"
    key = queries.factors_of(user).passkeys[0]
    actions.use_passkey(factor=key, at=NOW)
    key.refresh_from_db()
    assert key.last_used_at == NOW
    assert "My phone" not in str(list(Event.objects.values()))


def test_a_second_step_is_taken_away_but_not_the_last_one_where_it_is_needed(user, app):
    found = queries.factors_of(user)
    take = {"user": user, "at": NOW}
    with pytest.raises(Refused, match="Add another"):
        actions.remove_factor(factor_id=found.app.pk, required=True, **take)
    for gone in (found.codes.pk, 0):
        with pytest.raises(Refused, match="already"):
            actions.remove_factor(factor_id=gone, required=False, **take)
    actions.add_passkey(user=user, name="Key", credential={}, at=NOW)
    actions.remove_factor(factor_id=found.app.pk, required=True, **take)
    assert queries.factors_of(user).left == 10, "the codes stay with the passkey"
    actions.remove_factor(factor_id=queries.factors_of(user).passkeys[0].pk, required=False, **take)
    assert not Authenticator.objects.filter(user=user).exists(), "with the last one the codes go"
    assert events("user.factor-removed") == ["user.factor-removed"] * 2


def test_nobody_takes_away_what_is_someone_elses(user, app, director):
    with pytest.raises(Refused):
        actions.remove_factor(user=director.user, factor_id=queries.factors_of(user).app.pk, required=False, at=NOW)
    assert queries.has_factor(user)


def test_a_reset_ends_every_second_step_and_every_sign_in(user, app, director):
    row = actions.begin_sign_in(user=user, device="Firefox", shared=False, how="password", at=NOW)
    actions.reset_factors(user=user, by=director, at=NOW)
    row.refresh_from_db()
    assert (row.ended_at, row.ended_how) == (NOW, SignIn.Ended.NEW_SECRET)
    assert not Authenticator.objects.filter(user=user).exists()
    event = Event.objects.get(what="user.factors-reset")
    assert (event.by_id, event.facts) == (str(director.pk), {"kinds": ["app", "recovery codes"]})
    with pytest.raises(Refused, match="no second step"):
        actions.reset_factors(user=user, by=director, at=NOW)


def test_sign_ins_begin_are_seen_and_end_once(user, director):
    first, second = (
        actions.begin_sign_in(user=user, device=device, shared=False, how="password", at=NOW) for device in ("A", "B")
    )
    other = actions.begin_sign_in(user=director.user, device="C", shared=True, how="passkey", at=NOW)
    later = NOW + timedelta(minutes=3)
    actions.see_sign_in(sign_in=second, at=later)
    assert [row.device for row in queries.sign_ins_of(user, later)] == ["B", "A"]
    assert actions.end_sign_in(sign_in=first, how=SignIn.Ended.FROM_ELSEWHERE, at=later)
    assert not actions.end_sign_in(sign_in=first, how=SignIn.Ended.OUT, at=later)
    actions.see_sign_in(sign_in=first, at=later)
    first.refresh_from_db()
    assert (first.seen_at, first.ended_how) == (NOW, SignIn.Ended.FROM_ELSEWHERE)
    by = actions.Themself(user.id)
    assert actions.end_all(user=user, how=SignIn.Ended.FROM_ELSEWHERE, by=by, at=later, but=second) == 0
    assert actions.end_all(user=user, how=SignIn.Ended.BY_STAFF, by=director, at=later) == 1
    assert actions.end_sign_in(sign_in=other, how=SignIn.Ended.OUT, at=later)
    assert events("user.sign-in-ended", "user.sign-ins-ended") == ["user.sign-in-ended", "user.sign-ins-ended"]


def test_a_sign_in_that_ran_out_is_not_listed(user):
    actions.find_sign_in(user=user, device="A", shared=False, at=NOW)
    assert queries.sign_ins_of(user, NOW + timedelta(hours=13)) == []


def test_a_new_password_signs_every_device_out(user):
    row = actions.find_sign_in(user=user, device="A", shared=False, at=NOW)
    actions.set_password(user=user, password="a long quiet sentence", at=NOW)
    row.refresh_from_db()
    assert row.ended_how == SignIn.Ended.NEW_SECRET
    with pytest.raises(Refused):
        actions.set_password(user=user, password="short", at=NOW)


# --- tries ----------------------------------------------------------------------------------------------------------


def fail(place, times=1, secret=Secret.PASSWORD, at=NOW, every=timedelta(0)):
    for turn in range(times):
        when = at + turn * every
        tried = actions.begin_try(secret=secret, place=place, at=when)
        actions.end_try(tried=tried, right=False, at=when)


def right(place, secret=Secret.PASSWORD, at=NOW):
    actions.end_try(tried=actions.begin_try(secret=secret, place=place, at=at), right=True, at=at)


def test_five_wrong_ones_from_one_place_are_held_for_five_minutes(db):
    fail(HOME, 5)
    with pytest.raises(Refused, match=r"Too many wrong passwords\. Wait 5 minutes"):
        right(HOME)
    with pytest.raises(Refused, match="Wait 1 minute,"):
        right(HOME, at=NOW + timedelta(minutes=4, seconds=1))
    right(HOME, at=NOW + timedelta(minutes=5))
    right(AWAY)


def test_what_was_held_counts_no_more_and_is_told_once_in_five_minutes(db):
    fail(HOME, 5)
    for seconds in range(0, 240, 20):
        with pytest.raises(Refused):
            right(HOME, at=NOW + timedelta(seconds=seconds))
    right(HOME, at=NOW + timedelta(minutes=5))
    event = Event.objects.get(what="door.held-back")
    assert (event.about, event.facts) == ("accounts.try", {"secret": "password"})


def test_right_ones_are_never_counted_and_each_kind_is_counted_apart(db):
    for _ in range(12):
        right(HOME)
    fail(HOME, 5)
    right(HOME, secret=Secret.CODE)


def test_one_network_is_held_after_ten_whosever_they_are(db):
    for number in range(10):
        fail(actions.Place(f"person {number}", "home"))
    with pytest.raises(Refused, match="Wait 1 minute"):
        right(actions.Place("joan", "home"))
    right(actions.Place("joan", "away"))


@pytest.mark.parametrize(("secret", "most"), [(Secret.PASSWORD, 50), (Secret.CODE, 20)])
def test_many_networks_together_are_held_on_one_account_but_not_its_owners_browser(db, secret, most):
    for number in range(most):
        fail(actions.Place("joan", f"network {number}"), secret=secret)
    with pytest.raises(Refused, match="Wait 60 minutes"):
        right(actions.Place("joan", "one more"), secret=secret)
    mine = actions.Place("joan", "home", browser="mine")
    fail(mine, 4, secret=secret)
    right(mine, secret=secret)
    fail(mine, secret=secret)
    with pytest.raises(Refused, match="Wait 5 minutes"):
        right(mine, secret=secret)


def test_tries_are_kept_for_a_day(db):
    fail(HOME, 3)
    fail(HOME, 1, at=NOW + timedelta(days=1, seconds=1))
    assert Try.objects.count() == 1


def test_of_many_at_once_no_more_than_the_bound_are_read(committed):
    """Each try stands before any is counted, so nobody gains by sending them together."""
    gate, read, lock = Barrier(8), [], []

    def one():
        gate.wait()
        try:
            tried = actions.begin_try(secret=Secret.PASSWORD, place=HOME, at=NOW)
            read.append(1)
            actions.end_try(tried=tried, right=False, at=NOW)
        except Refused:
            lock.append(1)
        finally:
            connection.close()

    threads = [Thread(target=one) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(read) <= 5
    assert len(read) + len(lock) == 8


# --- members --------------------------------------------------------------------------------------------------------


def test_who_leaves_is_signed_out_everywhere_at_once(director, counselor):
    row = actions.find_sign_in(user=counselor.user, device="A", shared=False, at=NOW)
    make.programs.end_member(member=counselor, by=director, at=NOW)
    row.refresh_from_db()
    assert row.ended_how == SignIn.Ended.BY_STAFF


def test_a_member_is_signed_out_and_their_second_step_reset_by_someone_else(director, counselor, app):
    actions.find_sign_in(user=counselor.user, device="A", shared=False, at=NOW)
    assert make.programs.sign_member_out(member=counselor, by=director, at=NOW) == 1
    with pytest.raises(Refused, match="nowhere"):
        make.programs.sign_member_out(member=counselor, by=director, at=NOW)
    with pytest.raises(Refused, match="Someone else"):
        make.programs.reset_second_step(member=counselor, by=counselor, at=NOW)
    make.programs.reset_second_step(member=counselor, by=director, at=NOW)
    assert not queries.has_factor(counselor.user)
