"""Behind the door: second steps, confirming, devices, shared ones, and where tries come from."""

import re
from datetime import timedelta

import pytest
from django.conf import settings as live
from django.test import Client
from django.urls import reverse

from conftest import NOW
from openiop.accounts import actions, queries, rules
from openiop.accounts.models import SignIn
from openiop.audit.models import Event
from openiop.ui.models import Draft, HeldForm
from tests import make
from tests.make.passkey import Device

PASSWORD = "a long quiet sentence"
HOST = {"HTTP_HOST": "localhost"}


@pytest.fixture
def joan(counselor):
    counselor.user.set_password(PASSWORD)
    counselor.user.save()
    return counselor


@pytest.fixture
def hollis(director):
    director.user.set_password(PASSWORD)
    director.user.save()
    return director


@pytest.fixture
def clock(monkeypatch):
    """Moves page time."""

    def move(minutes):
        monkeypatch.setattr("django.utils.timezone.now", lambda: NOW + timedelta(minutes=minutes))

    move(0)
    return move


@pytest.fixture
def browser():
    """A browser under the name localhost, by which passkeys work without TLS."""
    return Client(**HOST)


@pytest.fixture
def other():
    """A second browser, from another network."""
    return Client(**HOST, REMOTE_ADDR="198.51.100.9", HTTP_USER_AGENT="Mozilla/5.0 (iPhone) Safari/604")


@pytest.fixture
def required(settings):
    settings.STAFF_SECOND_FACTOR = "required"


def sign_in(browser, user, **more):
    return browser.post("/sign-in/", {"login": user.email, "password": PASSWORD, **more})


def words(answer):
    return " ".join(re.sub(r"<[^>]+>", " ", answer.content.decode()).split())


def code_at(secret, minutes):
    return rules.hotp(secret, int((NOW + timedelta(minutes=minutes)).timestamp()) // 30)


def with_app(user):
    """The user has a code app; its secret, and ten recovery codes."""
    secret = actions.propose_secret(at=NOW)
    return secret, actions.add_app(user=user, secret=secret, code=code_at(secret, 0), at=NOW)


def with_passkey(browser, user, device):
    """The signed-in user adds this passkey on the page for it."""
    asked = browser.post("/second-step/passkey/make/").json()
    return browser.post("/second-step/passkey/", {"name": "My phone", "credential": device.make(asked)})


def prove(browser, device, anyone=False):
    return device.prove(browser.post("/sign-in/passkey/", {"anyone": "1"} if anyone else {}).json())


def events(*what):
    return sorted(Event.objects.filter(what__in=what).values_list("what", flat=True))


# --- a code app -----------------------------------------------------------------------------------------------------


def test_a_code_app_is_set_up_from_a_picture_or_a_text_and_its_recovery_codes_are_shown_once(browser, joan, clock):
    sign_in(browser, joan.user)
    page = browser.get("/second-step/app/").content.decode()
    secret = re.search(r'<code class="kept">([A-Z2-7 ]+)</code>', page)[1].replace(" ", "")
    assert "<svg" in page
    assert "style=" not in page.split("<svg", 1)[1].split("</svg>")[0]
    wrong = browser.post("/second-step/app/", {"code": "12345"})
    assert (wrong.status_code, "does not fit" in words(wrong)) == (422, True)
    done = browser.post("/second-step/app/", {"code": code_at(secret, 0)})
    codes = re.findall(r"<code>([A-Z2-9]{5}-[A-Z2-9]{5})</code>", done.content.decode())
    assert (done.status_code, len(codes)) == (200, 10)
    assert not any(code in browser.get("/second-step/").content.decode() for code in codes)
    assert browser.get("/second-step/app/")["Location"] == "/second-step/"
    assert "app_secret" not in browser.session


def test_with_a_code_app_a_password_alone_does_not_open_and_a_code_opens_once(browser, other, joan, clock):
    secret, _ = with_app(joan.user)
    clock(2)
    for one in (browser, other):
        assert sign_in(one, joan.user, next="/me/")["Location"] == "/sign-in/second/"
        assert one.get("/me/").status_code == 302
    short = browser.post("/sign-in/second/", {"code": "12345"})
    assert (short.status_code, "six digits" in words(short)) == (422, True)
    assert browser.post("/sign-in/second/", {"code": code_at(secret, 2)})["Location"] == "/me/"
    assert browser.get("/me/").status_code == 200
    again = other.post("/sign-in/second/", {"code": code_at(secret, 2)})
    assert (again.status_code, "used already" in words(again)) == (422, True)
    assert Event.objects.get(what="user.signed-in").facts == {"shared": False, "how": "password and code"}
    assert len(events("user.second-factor-failed")) == 2


def test_a_recovery_code_opens_once(browser, joan, clock):
    _, codes = with_app(joan.user)
    sign_in(browser, joan.user)
    assert "Recovery code" in browser.get("/sign-in/second/?with=recovery").content.decode()
    assert browser.post("/sign-in/second/?with=recovery", {"code": codes[0].lower()}).status_code == 302
    browser.post("/sign-out/")
    sign_in(browser, joan.user)
    again = browser.post("/sign-in/second/?with=recovery", {"code": codes[0]})
    assert (again.status_code, "Each works once" in words(again)) == (422, True)
    assert codes[0].replace("-", "") not in str(list(Event.objects.values()))


def test_the_second_step_waits_ten_minutes_and_only_behind_a_right_password(browser, joan, clock):
    with_app(joan.user)
    assert browser.get("/sign-in/second/")["Location"] == "/sign-in/"
    sign_in(browser, joan.user)
    assert browser.get("/sign-in/second/").status_code == 200
    clock(10)
    assert browser.get("/sign-in/second/")["Location"] == "/sign-in/"


def test_after_five_wrong_codes_the_right_one_waits(browser, joan, clock):
    secret, _ = with_app(joan.user)
    clock(2)
    sign_in(browser, joan.user)
    for _ in range(5):
        browser.post("/sign-in/second/", {"code": "000000"})
    held = browser.post("/sign-in/second/", {"code": code_at(secret, 2)})
    assert (held.status_code, "Too many wrong codes. Wait 5 minutes" in words(held)) == (422, True)


# --- a passkey ------------------------------------------------------------------------------------------------------


def test_a_passkey_signs_in_without_a_password_confirms_and_unlocks(browser, joan, clock):
    device = Device()
    sign_in(browser, joan.user)
    added = with_passkey(browser, joan.user, device)
    assert "recovery codes" in words(added)
    browser.post("/sign-out/")
    opened = browser.post("/sign-in/", {"credential": prove(browser, device, anyone=True), "next": "/me/"})
    assert opened["Location"] == "/me/"
    ways = Event.objects.filter(what="user.signed-in").values_list("facts__how", flat=True)
    assert sorted(ways) == ["passkey", "password"]
    clock(11)
    browser.get("/me/")
    assert browser.post("/unlock/", {"credential": prove(browser, device), "next": "/me/"})["Location"] == "/me/"
    clock(20)
    browser.get("/me/")
    clock(22)
    assert browser.get("/second-step/passkey/")["Location"].startswith("/confirm/")
    assert browser.post("/confirm/", {"credential": prove(browser, device), "next": "/me/"})["Location"] == "/me/"
    assert browser.get("/second-step/passkey/").status_code == 200


def test_a_passkey_is_a_second_step_after_the_password(browser, joan, clock):
    device = Device()
    sign_in(browser, joan.user)
    with_passkey(browser, joan.user, device)
    browser.post("/sign-out/")
    assert sign_in(browser, joan.user)["Location"] == "/sign-in/second/"
    assert "Recovery code" in browser.get("/sign-in/second/").content.decode(), "the way without a script"
    assert browser.post("/sign-in/second/", {"credential": prove(browser, device)}).status_code == 302


@pytest.mark.parametrize("how", ["unknown", "unverified", "elsewhere", "nonsense", "replayed", "list"])
def test_what_is_no_passkey_of_ours_opens_nothing(browser, joan, clock, how):
    device = Device()
    sign_in(browser, joan.user)
    with_passkey(browser, joan.user, device)
    browser.post("/sign-out/")
    good = prove(browser, device, anyone=True)
    if how == "unknown":
        stranger = Device()
        stranger.handle = device.handle
        good = prove(browser, stranger, anyone=True)
    elif how == "unverified":
        device.verified = False
        good = prove(browser, device, anyone=True)
    elif how == "elsewhere":
        device.origin = "https://evil.example"
        good = prove(browser, device, anyone=True)
    elif how == "replayed":
        browser.post("/sign-in/", {"credential": good})
        browser.post("/sign-out/")
    sent = {"nonsense": "{", "list": "[1]"}.get(how, good)
    answer = browser.post("/sign-in/", {"credential": sent, "login": joan.user.email})
    assert (answer.status_code, "not known here" in words(answer)) == (422, True)
    assert joan.user.email in answer.content.decode()
    assert browser.get("/me/").status_code == 302


def test_a_colleagues_passkey_neither_confirms_nor_unlocks_nor_is_a_second_step(browser, other, joan, hollis, clock):
    theirs = Device()
    sign_in(other, hollis.user)
    with_passkey(other, hollis.user, theirs)
    with_app(joan.user)
    sign_in(browser, joan.user)
    browser.post("/sign-in/passkey/")
    refused = browser.post("/sign-in/second/", {"credential": prove(browser, theirs, anyone=True)})
    assert (refused.status_code, browser.get("/me/").status_code) == (422, 302)


def test_a_demo_account_has_no_way_in_by_passkey_off_this_machine(browser, joan, clock, settings):
    device = Device()
    sign_in(browser, joan.user)
    with_passkey(browser, joan.user, device)
    browser.post("/sign-out/")
    joan.user.demo = True
    joan.user.save()
    assert browser.post("/sign-in/", {"credential": prove(browser, device, anyone=True)}).status_code == 422
    settings.DEMO_SIGN_IN = True
    away = {"credential": prove(browser, device, anyone=True)}
    assert browser.post("/sign-in/", away, REMOTE_ADDR="203.0.113.5").status_code == 422
    assert browser.post("/sign-in/", {"credential": prove(browser, device, anyone=True)}).status_code == 302


def test_a_key_that_asks_for_nothing_and_an_answer_that_never_came_are_refused_in_words(browser, joan, clock):
    sign_in(browser, joan.user)
    bare = with_passkey(browser, joan.user, Device(verified=False))
    assert bare.status_code == 422
    none = browser.post("/second-step/passkey/", {"name": "My phone"})
    assert (none.status_code, "a code app works without" in words(none)) == (422, True)
    assert 'value="My phone"' in none.content.decode()
    for wrong in ("{", "[]", "x" * 30_000):
        assert browser.post("/second-step/passkey/", {"name": "A", "credential": wrong}).status_code == 422
    assert not queries.factors_of(joan.user)


def test_a_factor_is_taken_away_and_new_codes_are_made_by_its_owner_alone(browser, other, joan, hollis, clock):
    _, old = with_app(joan.user)
    factor = queries.factors_of(joan.user).app.pk
    sign_in(other, hollis.user)
    assert other.post(f"/second-step/{factor}/remove/").status_code == 409
    sign_in(browser, joan.user)
    browser.post("/sign-in/second/?with=recovery", {"code": old[0]})
    assert len(re.findall(r"<code>[A-Z2-9-]{11}</code>", browser.post("/second-step/codes/").content.decode())) == 10
    assert browser.post(f"/second-step/{factor}/remove/")["Location"] == "/second-step/"
    assert not queries.has_factor(joan.user)
    assert other.post("/second-step/codes/").status_code == 409


# --- staff must -----------------------------------------------------------------------------------------------------


def test_staff_without_a_second_step_set_one_up_first_and_nothing_else_opens(browser, joan, clock, required):
    sign_in(browser, joan.user, next="/today/")
    for path in ("/today/", "/people/", "/me/", "/me/devices/", "/held/"):
        assert browser.get(path)["Location"].startswith("/second-step/?next="), path
    assert "Set one up to go on" in words(browser.get("/second-step/"))
    assert browser.get("/second-step/app/").status_code == 200
    assert browser.get("/welcome/").status_code == browser.get("/sign-in/").status_code == 200
    assert browser.post("/drafts/", {"key": "a:1", "text": "half", "version": "0"}).status_code == 302
    browser.post("/me/", {"theme": "dark"})
    assert HeldForm.objects.get().path == "/me/", "what was typed is kept"
    assert browser.post("/lock/", {"next": "/"}).status_code == 302
    browser.post("/unlock/", {"password": PASSWORD})
    told = browser.get("/today/", headers={"accept": "application/json"})
    assert (told.status_code, told.json()["says"]) == (401, "Set up a second step first.")
    secret = browser.session.get("app_secret")
    done = browser.post("/second-step/app/", {"code": code_at(secret, 0)})
    assert 'href="/held/"' in done.content.decode(), "and offered once the way is open"
    assert browser.get("/today/").status_code == 200
    factor = queries.factors_of(joan.user).app.pk
    refused = browser.post(f"/second-step/{factor}/remove/")
    assert (refused.status_code, "Add another one first" in words(refused)) == (409, True)
    assert browser.post("/sign-out/").status_code == 302


def test_staff_with_a_second_step_and_everyone_who_is_not_staff_go_straight_on(client, joan, ada, clock, required):
    with_app(joan.user)
    client.force_login(joan.user)
    assert client.get("/today/").status_code == 200
    client.force_login(ada.membership.user)
    assert client.get("/my/").status_code == client.get("/second-step/").status_code == 200


def test_where_it_is_offered_a_password_is_enough(client, joan, clock):
    client.force_login(joan.user)
    assert client.get("/today/").status_code == 200


def test_demo_accounts_need_none_on_this_machine_and_say_so(browser, joan, clock, required, settings):
    settings.DEMO_SIGN_IN = True
    joan.user.demo = True
    joan.user.save()
    sign_in(browser, joan.user)
    assert browser.get("/today/").status_code == 200
    for path in ("/me/", "/second-step/"):
        assert "Demo account" in words(browser.get(path))
    assert live.STAFF_SECOND_FACTOR == "required"


# --- confirming -----------------------------------------------------------------------------------------------------


def newcomer(**other):
    return {"name": "Nils Heronwick", "credential": "", "email": "nils@example.org", "roles": ["peer"]} | other


def test_a_change_of_roles_asks_who_it_is_after_ten_minutes_and_keeps_what_was_typed(browser, hollis, clock):
    sign_in(browser, hollis.user)
    clock(9)
    browser.get("/program/staff/")
    clock(11)
    assert browser.get("/program/staff/").status_code == 200, "reading needs no more than before"
    sent = browser.post("/program/staff/", newcomer(), HTTP_REFERER="http://localhost/program/staff/")
    assert sent["Location"] == "/confirm/?next=%2Fprogram%2Fstaff%2F"
    assert "kept and waits" in words(browser.get(sent["Location"]))
    assert browser.post("/confirm/", {"password": "wrong"}).status_code == 422
    assert browser.post("/confirm/", {"password": ""}).status_code == 422
    opened = browser.post("/confirm/", {"password": PASSWORD, "next": "/program/staff/"})
    assert opened["Location"] == "/held/"
    assert "Nils Heronwick" in words(browser.get("/held/"))
    assert events("user.confirmed", "user.confirm-failed") == ["user.confirm-failed", "user.confirmed"]
    held = HeldForm.objects.get()
    assert browser.post("/program/staff/", newcomer(held_form=held.pk)).status_code == 200
    clock(20)
    browser.get("/me/")
    clock(22)
    assert browser.post("/program/staff/", newcomer())["Location"].startswith("/confirm/"), "it runs out"


@pytest.mark.parametrize(
    "name", ["member", "end-role", "send-link", "end-member", "sign-member-out", "reset-second-step"]
)
def test_every_change_of_a_member_asks_who_it_is(browser, hollis, counselor, clock, name):
    browser.force_login(hollis.user)
    args = [counselor.pk, "counselor"] if name == "end-role" else [counselor.pk]
    answer = browser.post(reverse(f"programs:{name}", args=args), {"role": "peer"})
    assert answer["Location"] == "/confirm/?next=%2F"
    assert counselor.role_rows.count() == 1


def test_a_stranger_learns_nothing_from_being_asked(browser, outsider, counselor, clock):
    browser.force_login(outsider.user)
    assert browser.post(reverse("programs:end-member", args=[counselor.pk])).status_code == 404


def test_confirming_works_by_code_and_by_recovery_code(browser, joan, clock):
    secret, codes = with_app(joan.user)
    browser.force_login(joan.user)
    clock(2)
    assert "6-digit code" in browser.get("/confirm/?with=code").content.decode()
    assert browser.post("/confirm/?with=code", {"code": "000000"}).status_code == 422
    assert browser.post("/confirm/?with=code", {"code": code_at(secret, 2), "next": "/me/"})["Location"] == "/me/"
    assert browser.post("/confirm/?with=recovery", {"code": codes[0]}).status_code == 302
    assert browser.post("/confirm/?with=recovery", {"code": codes[0]}).status_code == 422
    assert Event.objects.filter(what="user.confirmed").count() == 2


def test_confirming_is_bounded_leads_nowhere_foreign_and_a_script_is_told(browser, joan, clock):
    browser.force_login(joan.user)
    assert browser.post("/second-step/passkey/make/", headers={"accept": "application/json"}).status_code == 401
    ok = browser.post("/confirm/", {"password": PASSWORD, "next": "https://evil.example/"})
    assert ok["Location"] == "/"
    assert browser.post("/confirm/", {"credential": "{}"}).status_code == 422
    for _ in range(5):
        browser.post("/confirm/", {"password": "wrong"})
    held = browser.post("/confirm/", {"password": PASSWORD})
    assert (held.status_code, "Wait 5 minutes" in words(held)) == (422, True)


def test_htmx_is_led_to_confirm_as_a_whole_page(browser, hollis, clock):
    browser.force_login(hollis.user)
    part = {"HX-Request": "true", "HX-Current-URL": "http://localhost/program/staff/"}
    answer = browser.post("/program/staff/", newcomer(), headers=part)
    assert (answer.status_code, answer["HX-Redirect"]) == (204, "/confirm/?next=%2Fprogram%2Fstaff%2F")


# --- devices --------------------------------------------------------------------------------------------------------


def test_where_i_am_signed_in_is_listed_and_one_or_all_others_are_ended(browser, other, joan, clock):
    sign_in(browser, joan.user)
    sign_in(other, joan.user)
    shown = words(browser.get("/me/devices/"))
    assert "Safari on iPhone" in shown
    assert shown.count("This one") == 1
    theirs = SignIn.objects.get(device="Safari on iPhone")
    assert browser.post(f"/me/devices/{theirs.pk}/end/").status_code == 302
    kept = other.post("/me/", {"theme": "dark"})
    assert kept["Location"].startswith("/sign-in/")
    assert HeldForm.objects.get().path == "/me/", "what was typed there waits"
    sign_in(other, joan.user)
    assert browser.post("/me/devices/others/end/").status_code == 302
    answer = other.get("/here/", headers={"accept": "application/json"})
    assert (answer.status_code, answer.json()["says"]) == (401, "Sign in to go on.")
    assert browser.get("/me/").status_code == 200


def test_nobody_ends_the_sign_in_of_someone_else(client, joan, hollis, clock):
    row = actions.find_sign_in(user=joan.user, device="A", shared=False, at=NOW)
    client.force_login(hollis.user)
    assert client.post(f"/me/devices/{row.pk}/end/").status_code == 404


def test_a_director_signs_a_member_out_and_resets_their_second_step_but_never_their_own(
    client, other, joan, director, supervisor, clock
):
    with_app(joan.user)
    client.force_login(director.user)
    other.force_login(joan.user)
    assert other.get("/me/").status_code == 200
    shown = words(client.get(reverse("programs:member", args=[joan.pk])))
    assert "Signed in on 1 device now." in shown
    assert "10 recovery codes left" in shown
    client.post(reverse("programs:sign-member-out", args=[joan.pk]))
    assert other.get("/me/")["Location"].startswith("/sign-in/")
    again = client.post(reverse("programs:sign-member-out", args=[joan.pk]))
    assert again.status_code in (302, 409)
    client.post(reverse("programs:reset-second-step", args=[joan.pk]))
    assert not queries.has_factor(joan.user)
    with_app(director.user)
    refused = client.post(reverse("programs:reset-second-step", args=[director.pk]))
    assert (refused.status_code, "Someone else must" in words(refused)) == (409, True)
    client.force_login(supervisor.user)
    for name in ("sign-member-out", "reset-second-step"):
        assert client.post(reverse(f"programs:{name}", args=[joan.pk])).status_code == 403


def test_the_list_of_devices_asks_the_same_number_of_questions_however_long(
    client, joan, clock, django_assert_max_num_queries
):
    client.force_login(joan.user)
    client.get("/me/devices/")
    counted = []
    for _ in range(2):
        with django_assert_max_num_queries(40) as found:
            client.get("/me/devices/")
        counted.append(len(found))
        for _ in range(5):
            actions.find_sign_in(user=joan.user, device="A", shared=False, at=NOW)
    assert counted[0] == counted[1]


# --- shared devices -------------------------------------------------------------------------------------------------


def test_a_shared_device_locks_after_five_minutes_whoever_signs_in_and_however(browser, joan, clock):
    sign_in(browser, joan.user)
    browser.post("/me/devices/share/", {"shared": "on"})
    browser.post("/sign-out/")
    assert "This device is shared" in words(browser.get("/sign-in/"))
    sign_in(browser, joan.user)
    assert browser.session.get_expire_at_browser_close()
    clock(5)
    assert browser.get("/me/")["Location"].startswith("/lock/")
    clock(6)
    browser.post("/unlock/", {"password": PASSWORD})
    browser.post("/me/devices/share/", {"shared": "off"})
    assert events("user.device-shared", "user.device-own") == ["user.device-own", "user.device-shared"]
    clock(12)
    assert browser.get("/me/").status_code == 200


def test_a_shared_device_keeps_no_passkey_in_it_but_takes_one_that_is_carried(browser, joan, clock):
    sign_in(browser, joan.user, shared="on")
    asked = browser.post("/second-step/passkey/make/").json()["publicKey"]
    assert asked["authenticatorSelection"]["authenticatorAttachment"] == "cross-platform"
    inside = with_passkey(browser, joan.user, Device(attachment="platform"))
    assert (inside.status_code, "Others use this device" in words(inside)) == (422, True)
    assert with_passkey(browser, joan.user, Device()).status_code == 200


def test_behind_the_lock_no_draft_is_listed_and_the_next_person_finds_nothing_of_the_former(
    browser, joan, hollis, clock
):
    sign_in(browser, joan.user, shared="on")
    browser.post("/drafts/", {"key": "a:1", "text": "A quiet word", "version": "0"})
    browser.post("/lock/", {"next": "/me/"})
    browser.post("/me/", {"theme": "dark"})
    assert HeldForm.objects.count() == Draft.objects.count() == 1
    for path in ("/held/", f"/drafts/{Draft.objects.get().pk}/", "/me/devices/"):
        assert browser.get(path)["Location"].startswith("/lock/"), path
    left = browser.post("/sign-out/")
    assert left["Clear-Site-Data"] == '"cache", "storage"'
    assert not left.cookies["last_user"].value
    assert dict(browser.session) == {}
    assert sign_in(browser, hollis.user)["Location"] == "/"
    assert "Nothing is waiting" in words(browser.get("/held/"))
    assert browser.get(f"/drafts/{Draft.objects.get().pk}/").status_code == 404
    assert SignIn.objects.get(user=joan.user).ended_how == SignIn.Ended.OUT


def test_who_signs_in_over_a_locked_screen_takes_nothing_of_the_former_along(browser, joan, hollis, clock):
    sign_in(browser, joan.user)
    browser.post("/lock/", {"next": "/me/"})
    key = browser.session.session_key
    with_app(hollis.user)
    assert sign_in(browser, hollis.user)["Location"] == "/sign-in/second/"
    assert browser.session.session_key != key
    assert "sign_in" not in browser.session
    assert SignIn.objects.get(user=joan.user).ended_at == NOW


# --- where a try comes from -----------------------------------------------------------------------------------------


def fails(browser, count, email="joan@example.org", **more):
    return [browser.post("/sign-in/", {"login": email, "password": "x"}, **more) for _ in range(count)][-1]


def test_a_forged_address_neither_evades_nor_shifts_a_bound(joan, clock, settings):
    for claim in ("10.0.0.1", "10.0.0.2", "10.0.0.3", "10.0.0.4", "10.0.0.5"):
        fails(Client(), 1, joan.user.email, headers={"X-Forwarded-For": claim})
    held = fails(Client(), 1, joan.user.email, headers={"X-Forwarded-For": "10.9.9.9"})
    assert "Wait 5 minutes" in words(held), "without a proxy the claim counts for nothing"
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = 1
    for claim in range(5):
        forged = {"X-Forwarded-For": f"10.1.1.{claim}, 203.0.113.77"}
        fails(Client(), 1, "b@example.org", headers=forged)
    held = fails(Client(), 1, "b@example.org", headers={"X-Forwarded-For": "10.7.7.7, 203.0.113.77"})
    assert "Wait 5 minutes" in words(held), "only what our own proxy added counts"
    owner = fails(Client(), 1, "b@example.org", headers={"X-Forwarded-For": "203.0.113.77, 198.51.100.1"})
    assert "Wait" not in words(owner), "nobody is shifted into another's bound"


def test_a_request_around_the_proxies_is_counted_by_its_own_address(joan, clock, settings):
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = 2
    answer = Client().post(
        "/sign-in/", {"login": joan.user.email, "password": PASSWORD}, headers={"X-Forwarded-For": "1.1.1.1"}
    )
    assert answer.status_code == 302
    odd = Client(REMOTE_ADDR="no address").post("/sign-in/", {"login": joan.user.email, "password": PASSWORD})
    assert odd.status_code == 302


def test_one_house_in_ipv6_is_one_network(joan, clock):
    for number in range(5):
        fails(Client(REMOTE_ADDR=f"2001:db8:0:1::{number:x}"), 1, joan.user.email)
    assert "Wait" in words(fails(Client(REMOTE_ADDR="2001:db8:0:1:ffff::1"), 1, joan.user.email))
    assert "Wait" not in words(fails(Client(REMOTE_ADDR="2001:db8:0:2::1"), 1, joan.user.email))
    fails(Client(REMOTE_ADDR="192.0.2.1"), 5, "c@example.org")
    assert "Wait" in words(fails(Client(REMOTE_ADDR="::ffff:192.0.2.1"), 1, "c@example.org"))


def test_strangers_keep_nobody_out_of_a_browser_they_used_before(browser, joan, clock):
    sign_in(browser, joan.user)
    browser.post("/sign-out/")
    for number in range(50):
        fails(Client(REMOTE_ADDR=f"198.51.100.{number}"), 1, joan.user.email)
    stranger = Client(REMOTE_ADDR="192.0.2.9")
    assert "Wait" in words(sign_in(stranger, joan.user))
    assert sign_in(browser, joan.user).status_code == 302


def test_a_device_set_as_shared_is_known_to_each_who_uses_it_and_names_none_of_them(browser, joan, hollis, clock):
    browser.cookies["shared_device"] = "on"
    for one in (joan, hollis):
        sign_in(browser, one.user)
        browser.post("/sign-out/")
    assert not any(word in browser.cookies["known"].value for word in (joan.user.email, str(joan.user.pk)))
    for number in range(50):
        fails(Client(REMOTE_ADDR=f"198.51.100.{number}"), 1, joan.user.email)
    assert sign_in(browser, joan.user).status_code == 302


def test_a_device_that_others_use_today_remembers_nobody(browser, joan, clock):
    sign_in(browser, joan.user)
    assert browser.cookies["known"].value
    sign_in(browser, joan.user, shared="on")
    assert not browser.cookies["known"].value


def test_a_set_up_link_that_is_guessed_at_is_held(joan, clock):
    for number in range(5):
        assert Client().get(f"/set-up/{joan.user.pk}/wrong-{number}/").status_code == 404
    right = reverse("accounts:set-up", args=[joan.user.pk, queries.token_for(joan.user)])
    assert "Too many wrong links" in words(Client().get(right))
    assert Client(REMOTE_ADDR="192.0.2.9").get(right).status_code == 200


def test_these_pages_are_for_whoever_is_signed_in_and_for_nobody_else(client, outsider, clock):
    made = make.user("Nemo Nobody")
    pages = ["/me/", "/me/devices/", "/second-step/", "/second-step/app/", "/second-step/passkey/", "/confirm/"]
    for path in pages:
        assert client.get(path)["Location"].startswith("/sign-in/"), path
    for user in (made, outsider.user):
        client.force_login(user)
        assert {client.get(path).status_code for path in pages} == {200}
