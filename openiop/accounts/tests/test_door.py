"""The door: who gets in, what a locked screen shows, and that nothing typed is lost by it."""

from datetime import timedelta

import pytest
from django.contrib.auth.hashers import make_password
from django.urls import reverse

from conftest import NOW
from openiop.accounts import actions, queries, rules
from openiop.audit.models import Event
from openiop.base.errors import Refused
from openiop.ui.models import Draft, HeldForm
from tests import make

PASSWORD = "a long quiet sentence"


@pytest.fixture
def joan(counselor):
    counselor.user.set_password(PASSWORD)
    counselor.user.save()
    return counselor


@pytest.fixture
def clock(monkeypatch):
    """Moves page time."""

    def move(minutes):
        monkeypatch.setattr("django.utils.timezone.now", lambda: NOW + timedelta(minutes=minutes))

    move(0)
    return move


def sign_in(client, user, password=PASSWORD, **more):
    return client.post("/sign-in/", {"login": user.email, "password": password, **more})


def test_the_right_password_opens_and_leaves_an_event(client, joan, clock):
    assert sign_in(client, joan.user).status_code == 302
    assert client.get("/me/").status_code == 200
    assert Event.objects.filter(what="user.signed-in").count() == 1


def test_a_password_set_says_whose_it_is_and_leads_to_the_person(client, program, ada, clock):
    actions.set_password(user=ada.membership.user, password=PASSWORD, at=NOW)
    event = Event.objects.get(what="user.password-set")
    user_id = str(ada.membership.user_id)
    assert (event.about, event.about_id, event.by_id, event.by_role) == ("accounts.user", user_id, user_id, "the user")
    given = Event.objects.get(what="participant.given-sign-in")
    assert (given.participant_id, given.facts["user"]) == (str(ada.pk), user_id)


def test_a_wrong_password_is_answered_like_an_unknown_address_and_keeps_the_address(client, joan, clock):
    wrong = sign_in(client, joan.user, "not the password")
    assert wrong.status_code == 422
    assert joan.user.email in wrong.content.decode()
    unknown = client.post("/sign-in/", {"login": "nobody@example.org", "password": PASSWORD})
    assert unknown.status_code == 422
    said = [page.content.decode().count("not correct") for page in (wrong, unknown)]
    assert said[0] == said[1] >= 1


def test_demo_accounts_work_only_on_a_debug_server_of_this_machine(client, program, settings, clock):
    user = actions.create_user(email="demo@example.org", name="Demo Person", password=PASSWORD, at=NOW, demo=True)
    settings.DEMO_SIGN_IN = False
    assert sign_in(client, user).status_code == 422
    settings.DEMO_SIGN_IN = True
    assert sign_in(client, user).status_code == 302
    assert client.get("/me/").status_code == 200
    settings.DEMO_SIGN_IN = False
    assert client.get("/me/").status_code == 302


@pytest.mark.parametrize(
    ("shared", "quiet", "locked"), [("", 9, False), ("", 10, True), ("on", 4, False), ("on", 5, True)]
)
def test_the_screen_locks_after_ten_quiet_minutes_and_five_where_others_use_it(
    client, joan, clock, shared, quiet, locked
):
    sign_in(client, joan.user, shared=shared)
    clock(quiet)
    answer = client.get("/me/")
    assert (answer.status_code == 302 and answer["Location"].startswith("/lock/")) is locked


def test_the_lock_leads_back_to_the_whole_address(client, joan, clock):
    sign_in(client, joan.user)
    locked = client.post("/lock/", {"next": "/people/?show=all&sort=name"})
    assert locked["Location"] == "/lock/?next=%2Fpeople%2F%3Fshow%3Dall%26sort%3Dname"


def test_after_five_wrong_passwords_the_right_one_does_not_unlock_for_a_while(client, joan, clock):
    sign_in(client, joan.user)
    client.post("/lock/", {"next": "/me/"})
    for _ in range(5):
        assert "That is not the password" in client.post("/unlock/", {"password": "wrong"}).content.decode()
    held = client.post("/unlock/", {"password": PASSWORD})
    assert held.status_code == 422
    assert "Too many wrong passwords. Wait 5 minutes, then try again. You can sign out." in held.content.decode()
    assert client.get("/me/").status_code == 302


def test_wrong_passwords_on_a_locked_screen_and_at_the_door_are_counted_together(client, joan, clock):
    sign_in(client, joan.user)
    client.post("/lock/", {"next": "/me/"})
    for _ in range(5):
        client.post("/unlock/", {"password": "wrong"})
    client.post("/sign-out/")
    assert sign_in(client, joan.user).status_code == 422


def test_one_address_is_held_back_after_ten_wrong_passwords_whosever_they_are(client, joan, clock):
    for number in range(10):
        client.post("/sign-in/", {"login": f"person{number}@example.org", "password": "x"})
    assert sign_in(client, joan.user).status_code == 422


def test_an_address_a_client_claims_counts_only_behind_a_proxy(client, joan, clock, settings):
    def tries(start, count, **headers):
        for number in range(start, start + count):
            client.post("/sign-in/", {"login": f"p{number}@example.org", "password": "x"}, headers=headers)

    for number in range(10):
        tries(number, 1, **{"X-Forwarded-For": f"10.0.0.{number}"})
    assert sign_in(client, joan.user).status_code == 422, "another claim each time does not help"
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = 1
    tries(20, 10, **{"X-Forwarded-For": "198.51.100.7"})
    answer = client.post(
        "/sign-in/", {"login": joan.user.email, "password": PASSWORD}, headers={"X-Forwarded-For": "198.51.100.8"}
    )
    assert answer.status_code == 302, "people behind one proxy are told apart"


def test_everything_at_the_door_leaves_an_event_and_no_typed_text(client, joan, clock):
    sign_in(client, joan.user, "wrong once")
    client.post("/sign-in/", {"login": "secret-typed-in-the-wrong-field@example.org", "password": PASSWORD})
    sign_in(client, joan.user)
    client.post("/lock/", {"next": "/me/"})
    client.post("/unlock/", {"password": "wrong"})
    client.post("/unlock/", {"password": PASSWORD})
    clock(11)
    client.get("/me/")
    client.post("/unlock/", {"password": PASSWORD})
    client.post("/sign-out/")
    me = str(joan.user.pk)
    found = Event.objects.filter(about="accounts.user", what__startswith="user.").exclude(what="user.created")
    assert sorted(found.values_list("what", "about_id", "by_id")) == sorted([
        ("user.sign-in-failed", me, ""), ("user.sign-in-failed", "", ""), ("user.signed-in", me, me),
        ("user.locked", me, me), ("user.unlock-failed", me, me), ("user.unlocked", me, me),
        ("user.locked", me, me), ("user.unlocked", me, me), ("user.signed-out", me, me),
    ])  # fmt: skip
    assert "secret" not in str(list(Event.objects.values()))


def test_a_locked_screen_shows_initials_and_no_name(client, joan, clock):
    sign_in(client, joan.user)
    client.post("/lock/", {"next": "/me/"})
    shown = client.get("/lock/?next=/me/").content.decode()
    assert "J. B." in shown
    assert "Birchwell" not in shown
    assert client.get("/me/").status_code == 302


def test_what_was_sent_to_a_locked_screen_waits_behind_the_password(client, joan, clock):
    sign_in(client, joan.user)
    clock(11)
    client.post("/me/", {"theme": "dark"})
    assert client.post("/unlock/", {"password": "wrong"}).status_code == 422
    opened = client.post("/unlock/", {"password": PASSWORD, "next": "/me/"})
    assert opened["Location"] == reverse("ui:held")
    assert "dark" in client.get(reverse("ui:held")).content.decode()


def test_what_was_sent_after_the_sign_in_ran_out_waits_for_its_sender(client, joan, clock):
    sign_in(client, joan.user)
    client.get("/me/")
    del client.cookies["sessionid"]
    client.post("/me/", {"theme": "dark"})
    assert HeldForm.objects.get().owner_id == str(joan.user.pk)
    assert sign_in(client, joan.user)["Location"] == reverse("ui:held")


def test_a_forged_or_missing_name_keeps_nothing(client, joan, clock):
    client.cookies["last_user"] = f"{joan.user.pk}:forged"
    client.post("/me/", {"theme": "dark"})
    assert HeldForm.objects.count() == 0


def test_a_draft_is_kept_even_behind_the_lock(client, joan, clock):
    sign_in(client, joan.user)
    clock(30)
    client.get("/me/")
    kept = client.post(
        "/drafts/",
        {"key": "notes.x:1", "text": "Half a sentence", "version": "0"},
        headers={"accept": "application/json"},
    )
    assert kept.status_code == 200


def test_a_polling_page_does_not_keep_the_screen_open(client, joan, clock):
    sign_in(client, joan.user)
    for minute in range(1, 11):
        clock(minute)
        client.get("/me/?poll=1")
    clock(10)
    assert client.get("/me/").status_code == 302


def test_a_set_up_link_works_once(client, program, clock):
    user = make.user()
    link = reverse("accounts:set-up", args=[user.pk, queries.token_for(user)])
    assert client.get(link).status_code == 200
    assert client.post(link, {"password": "short"}).status_code == 422
    assert client.post(link, {"password": PASSWORD}).status_code == 302
    assert client.get(link).status_code == 404
    assert sign_in(client, user).status_code == 302


def test_pages_look_as_chosen(client, joan, clock):
    client.force_login(joan.user)
    assert client.post("/me/", {"theme": "dark", "letter_keys": "on"}).status_code == 302
    assert 'data-theme="dark"' in client.get("/me/").content.decode()
    assert client.post("/me/", {"theme": "pink"}).status_code == 422
    with pytest.raises(Refused):
        actions.set_look(user=joan.user, theme="pink", letter_keys=True, at=NOW)


def test_signing_out_leaves_nothing_behind(client, joan, clock):
    sign_in(client, joan.user)
    client.post("/sign-out/")
    assert client.get("/me/").status_code == 302
    assert not client.cookies["last_user"].value


def test_a_password_hashed_before_opens_as_well(db):
    given = make_password("a long quiet sentence")
    user = actions.create_user(email="two@example.org", name="Two", password=None, at=NOW, hashed=given)
    assert user.check_password("a long quiet sentence")


def test_one_address_has_one_sign_in(db):
    actions.create_user(email="A@Example.org", name="A", password=None, at=NOW)
    with pytest.raises(Refused):
        actions.create_user(email="a@example.org", name="B", password=None, at=NOW)


@pytest.mark.parametrize(
    ("name", "shown"), [("Joan Birchwell", "J. B."), ("Cher", "C."), ("Ana Maria de Luz", "A. L.")]
)
def test_initials_stand_for_a_name(name, shown):
    assert rules.initials(name) == shown


def test_demo_accounts_are_refused_to_another_machine_whatever_host_it_names(client, program, settings, clock):
    settings.DEMO_SIGN_IN = True
    user = actions.create_user(email="demo@example.org", name="Demo Person", password=PASSWORD, at=NOW, demo=True)
    away = {"REMOTE_ADDR": "203.0.113.9", "HTTP_HOST": "localhost"}
    sent = {"login": user.email, "password": PASSWORD}
    assert client.post("/sign-in/", sent, **away).status_code == 422
    assert sign_in(client, user).status_code == 302
    assert client.get("/me/", **away)["Location"].startswith("/sign-in/")
    assert client.get("/me/").status_code == 302


def test_signing_in_again_opens_a_locked_screen(client, joan, clock):
    sign_in(client, joan.user)
    client.post("/lock/", {"next": "/me/"})
    sign_in(client, joan.user)
    assert client.get("/me/").status_code == 200


def test_a_null_byte_never_costs_what_was_typed(client, joan, clock):
    sign_in(client, joan.user)
    assert client.post("/drafts/", {"key": "notes.x:1", "text": "a\x00b", "version": "0"}).status_code == 302
    assert Draft.objects.get().text == "ab"


@pytest.mark.parametrize("path", ["/intake/", "/week/", "/people/", "/my/help/", "/alerts/"])
@pytest.mark.parametrize("method", ["put", "delete", "options", "patch", "trace"])
def test_a_page_is_read_or_its_form_is_sent_and_nothing_else(client, joan, clock, method, path):
    sign_in(client, joan.user)
    answer = getattr(client, method)(path)
    assert (answer.status_code, answer.headers["Allow"]) == (405, "GET, HEAD, POST")
    assert answer.content == b""
    assert client.head(path).status_code == 200


def test_after_signing_in_nobody_lands_where_only_a_form_can_be_sent(client, joan, clock):
    url = "/alerts/00000000-0000-4000-8000-000000000000/act/"
    assert client.post(url, {"act-words": "Called"}).headers["Location"] == "/sign-in/?next=/"
    assert client.get("/alerts/").headers["Location"] == "/sign-in/?next=/alerts/"
