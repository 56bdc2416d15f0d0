"""The frame of every page, parts for htmx, refusals, doors, drafts and held forms over HTTP."""

import json
import logging
import re
from datetime import UTC, datetime
from types import SimpleNamespace

import pytest
from django.contrib import messages
from django.contrib.auth.models import AnonymousUser
from django.contrib.messages.storage.cookie import CookieStorage
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse, HttpResponseRedirect
from django.template import engines
from django.test import Client, RequestFactory
from django_htmx.middleware import HtmxMiddleware
from jinja2 import ChoiceLoader, DictLoader

from openiop.base.errors import Refused
from openiop.ui import actions, middleware, queries, views
from openiop.ui.models import Draft, HeldForm
from openiop.ui.pages import Line, Navigation, NavItem, failure, page, say, shell

NOW = datetime(2026, 10, 14, 22, 56, tzinfo=UTC)
HTMX = {"HX-Request": "true"}
KEY = "notes.note:1:text"


def ask(path="/x/", method="get", *, data=None, **headers):
    request = getattr(RequestFactory(headers=headers), method)(path, data)
    request.user = AnonymousUser()
    request._messages = CookieStorage(request)
    HtmxMiddleware(lambda r: HttpResponse())(request)
    return request


def signed(request, user_id="u1"):
    request.user = SimpleNamespace(is_authenticated=True, pk=user_id, theme="dark")
    return request


def staff(request):
    request.viewer = SimpleNamespace(
        name="Joan Birchwell",
        program=SimpleNamespace(
            name="Larkmeadow", zone="America/New_York", crisis_lines=[{"label": "Call 988", "url": "tel:988"}]
        ),
    )
    request.navigation = Navigation(
        items=(NavItem("Today", "/today/", "today", current=True), NavItem("Sessions", "/s/", "group", count=3)),
        find_url="/find/",
        lock_url="/lock/",
        me_url="/me/",
    )
    return request


@pytest.fixture
def sheet(monkeypatch):
    """A page with one part, on each of the four frames."""
    env = engines["jinja2"].env
    loader = env.loader
    frames = {
        f"t/{frame}.html": (
            "{% extends 'ui/" + frame + ".html' %}{% block title %}OIP-1042{% endblock %}"
            "{% block main %}<h1>Sheet</h1>{% block part scoped %}<p id='part'>{{ word }}</p>{% endblock %}"
            "{% endblock %}"
        )
        for frame in ("page", "phone", "public", "bare")
    }
    monkeypatch.setattr(env, "loader", ChoiceLoader([DictLoader(frames), loader]))
    env.cache.clear()
    yield
    env.cache.clear()


@pytest.mark.parametrize("frame", ["page", "phone", "public", "bare"])
@pytest.mark.usefixtures("sheet")
def test_every_frame_has_its_landmarks_and_no_inline_code(frame):
    html = page(signed(staff(ask())), f"t/{frame}.html", {"word": "hello"}).content.decode()
    assert html.count("<h1") == 1
    assert '<html lang="en" data-theme="dark">' in html
    assert '<a class="skip" href="#main">' in html
    assert '<main id="main"' in html
    assert "<title>OIP-1042 · Larkmeadow</title>" in html
    assert not re.search(r"\sstyle=|<style|<script(?![^>]*src=)", html)
    assert "Joan" not in re.search(r"<head>.*</head>", html, re.DOTALL)[0]


@pytest.mark.usefixtures("sheet")
def test_the_staff_frame_has_menu_find_lock_and_me():
    html = page(staff(ask()), "t/page.html", {"word": ""}).content.decode()
    assert 'href="/today/" aria-current="page"' in html
    assert '<span class="count">3' in html
    assert re.search(r'<form class="find"[^>]*method="post" action="/find/"', html)
    assert re.search(r'<form method="post" action="/lock/"', html)
    assert 'href="/me/"' in html


@pytest.mark.usefixtures("sheet")
def test_a_long_menu_keeps_every_page_within_reach_on_a_phone():
    request = staff(ask())
    request.navigation = [NavItem(f"Page {n}", f"/p{n}/", "file") for n in range(7)]
    html = page(request, "t/page.html", {"word": ""}).content.decode()
    rest = re.search(r'<details class="rest">.*?</details>', html, re.DOTALL)[0]
    assert re.findall(r'href="(/p\d/)"', rest) == ["/p5/", "/p6/"]


@pytest.mark.usefixtures("sheet")
def test_a_page_that_locks_itself_is_told_when():
    request = staff(ask())
    request.idle_minutes = 10
    assert 'data-idle="10"' in page(request, "t/page.html", {"word": ""}).content.decode()


@pytest.mark.usefixtures("sheet")
def test_controls_with_nowhere_to_lead_are_left_out():
    request = ask()
    request.navigation = [NavItem("Today", "/", "today")]
    html = page(request, "t/page.html", {"word": ""}).content.decode()
    assert 'href="/"' in html
    assert "data-find" not in html
    assert "data-lock-form" not in html


@pytest.mark.usefixtures("sheet")
def test_the_participant_frame_fills_help_now_and_offers_a_quick_exit():
    request = staff(ask())
    request.navigation = Navigation(
        items=(NavItem("Help now", "/help/", "help", primary=True), NavItem("Messages", "/m/", "msg", count=2))
    )
    html = page(request, "t/phone.html", {"word": ""}).content.decode()
    assert 'class="now" href="/help/"' in html
    assert "data-exit" in html
    assert ", 2 new" in html


@pytest.mark.usefixtures("sheet")
def test_a_public_page_sets_no_cookie_and_shows_the_crisis_lines():
    request = ask()
    request.navigation = Navigation(crisis=(Line("Call or text 988", "tel:988"),))
    response = page(request, "t/public.html", {"word": ""})
    assert "csrftoken" not in response.content.decode().lower() + str(response.cookies)
    assert not request.META.get("CSRF_COOKIE_NEEDS_UPDATE")
    assert "tel:988" in response.content.decode()


@pytest.mark.usefixtures("sheet")
def test_htmx_gets_only_the_part_unless_it_wants_the_page():
    for headers, whole in (
        (HTMX, False),
        ({}, True),
        ({**HTMX, "HX-Boosted": "true"}, True),
        ({**HTMX, "HX-History-Restore-Request": "true"}, True),
    ):
        response = page(staff(ask(**headers)), "t/page.html", {"word": "hello"}, partial="part")
        assert "hello" in response.content.decode()
        assert ("<html" in response.content.decode()) is whole
        assert "HX-Request" in response.headers["Vary"]


@pytest.mark.usefixtures("sheet")
def test_a_turned_down_form_answers_422():
    assert page(ask(), "t/bare.html", {"word": ""}, ok=False).status_code == 422
    assert page(ask(), "t/bare.html", {"word": ""}).status_code == 200


@pytest.mark.usefixtures("sheet")
def test_a_message_is_a_toast_with_undo_and_a_warning_stays():
    request = staff(ask())
    say(request, "Attendance changed for 3 people", undo="/undo/")
    messages.warning(request, "The payer did not answer.")
    html = page(request, "t/page.html", {"word": ""}).content.decode()
    assert '<form method="post" action="/undo/">' in html
    assert re.search(r'id="said" role="alert"><div class="notice".*The payer did not answer', html, re.DOTALL)


def test_blurred_names_stay_blurred_on_the_next_page():
    request = ask()
    request.COOKIES["blur"] = "on"
    assert shell(request)["blurred"] is True


def test_htmx_keeps_nothing_in_the_browser_and_runs_nothing():
    config = json.loads(shell(ask())["htmx_config"])
    assert config["historyCacheSize"] == 0
    assert config["allowEval"] is False
    assert config["includeIndicatorStyles"] is False
    assert {"code": "422", "swap": True} in config["responseHandling"]


# --- what every answer carries ----------------------------------------------------------------------------------------


def test_every_page_has_a_strict_policy_and_is_never_stored():
    response = middleware.safety_headers(lambda r: HttpResponse())(ask())
    policy = response.headers["Content-Security-Policy"]
    assert "default-src 'self'" in policy
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    assert response.headers["Cache-Control"] == "no-store"
    assert "camera=()" in response.headers["Permissions-Policy"]
    assert "Cache-Control" not in middleware.safety_headers(lambda r: HttpResponse())(ask("/static/x.css")).headers


def test_an_ended_sign_in_moves_the_whole_page_and_not_a_table_cell():
    door = middleware.whole_page_doors(lambda r: HttpResponseRedirect("/sign-in/?next=/part/"))
    moved = door(ask("/part/", **HTMX, **{"HX-Current-URL": "http://testserver/notes/1/?a=b"}))
    assert moved.status_code == 204
    assert moved.headers["HX-Redirect"] == "/sign-in/?next=%2Fnotes%2F1%2F"
    assert door(ask("/part/")).status_code == 302
    foreign = door(ask("/part/", **HTMX, **{"HX-Current-URL": "https://elsewhere.example/x"}))
    assert foreign.headers["HX-Redirect"] == "/sign-in/?next=%2F"
    inside = middleware.whole_page_doors(lambda r: HttpResponseRedirect("/notes/"))
    assert inside(ask(**HTMX)).status_code == 302


def test_a_refusal_no_form_showed_is_a_page_or_a_notice_with_its_reasons():
    turn = middleware.Refusals(lambda r: HttpResponse("fine"))
    assert turn(ask()).content == b"fine"
    refusal = Refused(["The session has not started yet.", "Ask again at 5 PM."])
    whole = turn.process_exception(ask(), refusal)
    assert whole.status_code == 409
    assert b"<html" in whole.content
    assert b"Ask again at 5 PM." in whole.content
    part = turn.process_exception(ask(**HTMX), refusal)
    assert part.status_code == 409
    assert b"<html" not in part.content
    assert part.headers["HX-Retarget"] == "#said"
    assert turn.process_exception(ask(), ValueError()) is None


@pytest.mark.parametrize(
    ("view", "status", "words"),
    [
        (views.bad_request, 400, "could not be read"),
        (views.forbidden, 403, "Your role does not open this page"),
        (views.not_found, 404, "There is nothing here"),
    ],
)
def test_a_page_that_fails_says_so_kindly_and_offers_a_way_on(view, status, words):
    response = view(ask(Referer="http://testserver/people/?q=name"), PermissionDenied())
    html = response.content.decode()
    assert response.status_code == status
    assert words in html
    assert 'href="/people/"' in html
    assert "q=name" not in html
    assert 'href="https' not in failure(
        ask(Referer="https://elsewhere.example/"), 404, "t", []
    ).content.decode().replace('href="https://www.weather.gov/"', "")


def test_going_back_leads_to_the_page_a_form_stood_on_but_never_round_in_a_circle():
    came = {"Referer": "http://testserver/x/"}
    assert b"Go back" in failure(ask(method="post", **came), 409, "t", []).content
    assert b"Go back" not in failure(ask(**came), 404, "t", []).content


def test_a_crash_shows_a_reference_that_stands_in_the_log(caplog):
    with caplog.at_level(logging.ERROR):
        response = views.server_error(ask("/notes/1/"))
    (word,) = re.findall(r"<b class=\"num\">(\w+)</b>", response.content.decode())
    assert response.status_code == 500
    assert word in caplog.text
    assert "/notes/1/" not in caplog.text, "an address may hold a link that signs someone in"


# --- drafts -----------------------------------------------------------------------------------------------------------

JSON = {"Accept": "application/json"}


def save(client, text, version=0, key=KEY):
    return client.post("/drafts/", {"key": key, "text": text, "version": version}, headers=JSON)


def test_typing_is_saved_and_two_tabs_are_both_kept(client, counselor):
    client.force_login(counselor.user)
    first = save(client, "Named").json()
    assert (first["version"], first["other"]) == (1, None)
    assert re.fullmatch(r"\d+:\d\d [AP]M", first["at"])
    stale = save(client, "Other tab").json()
    assert stale["key"] != KEY
    shown = client.get(stale["other"]["url"])
    assert b"Named" in shown.content
    assert b"Other tab" in shown.content
    fork = queries.versions_of(Draft.objects.get(key=stale["key"]))[1]
    response = client.post(stale["other"]["url"], {"draft": str(fork.pk)}, follow=True)
    assert b"That text goes on." in response.content
    assert queries.drafts_for(str(counselor.user.pk), [KEY])[KEY].text == "Other tab"


def test_a_choice_that_is_no_version_changes_nothing(client, counselor):
    client.force_login(counselor.user)
    kept = actions.save_draft(owner_id=str(counselor.user.pk), key=KEY, text="x", version=0, at=NOW)
    assert client.post(f"/drafts/{kept.pk}/", {"draft": "nonsense"}).status_code == 200


def test_a_save_that_cannot_be_kept_says_why(client, counselor):
    client.force_login(counselor.user)
    response = save(client, "x" * 100_001)
    assert response.status_code == 422
    assert "Shorten it" in response.json()["says"]
    assert save(client, "x", version="nonsense").json()["version"] == 1


def test_without_script_a_save_returns_to_its_page(client, counselor):
    client.force_login(counselor.user)
    response = client.post("/drafts/", {"key": KEY, "text": "x"}, headers={"Referer": "http://testserver/notes/1/"})
    assert response["Location"] == "/notes/1/"


def test_restore_and_let_go_work_without_script_and_return_to_the_page(client, counselor):
    client.force_login(counselor.user)
    owner = str(counselor.user.pk)
    kept = actions.save_draft(owner_id=owner, key=KEY, text="Named", version=0, at=NOW)
    back = {"Referer": "http://testserver/notes/1/"}
    assert client.post("/drafts/restore/", {"draft": kept.pk}, headers=back)["Location"] == "/notes/1/"
    assert queries.drafts_for(owner, [KEY])[KEY].restored_at
    there = {"draft": kept.pk, "back_to": f"person={kept.pk}"}
    assert client.post("/drafts/restore/", there, headers=back)["Location"] == f"/notes/1/?person={kept.pk}"
    for wrong in ("next=//elsewhere.example/", "person=", "#x"):
        answer = client.post("/drafts/restore/", there | {"back_to": wrong}, headers=back)
        assert answer["Location"] == "/notes/1/", wrong
    assert (
        client.post("/drafts/let-go/", {"draft": kept.pk}, headers={"Referer": "https://elsewhere.example/"})[
            "Location"
        ]
        == "/"
    )
    assert queries.drafts_for(owner, [KEY]) == {}
    assert client.post("/drafts/restore/", {"draft": "nonsense"}).status_code == 302
    assert client.post("/drafts/let-go/").status_code == 302


def test_nobody_reads_or_ends_another_persons_text(client, counselor, outsider):
    kept = actions.save_draft(owner_id=str(counselor.user.pk), key=KEY, text="Mine", version=0, at=NOW)
    held = actions.hold_form(owner_id=str(counselor.user.pk), path="/notes/1/", fields=[("note", "Mine")], at=NOW)
    client.force_login(outsider.user)
    assert client.get(f"/drafts/{kept.pk}/").status_code == 404
    assert client.post(f"/held/{held.pk}/let-go/").status_code == 404
    client.post("/drafts/let-go/", {"draft": kept.pk})
    assert Draft.objects.get().ended_at is None
    assert b"Mine" not in client.get("/held/").content


def test_a_stranger_is_sent_to_sign_in_and_a_script_is_told(client, db):
    for path in ("/held/", "/unlocked/"):
        assert client.get(path)["Location"] == f"/sign-in/?next={path}"
    assert client.post("/drafts/let-go/")["Location"] == "/sign-in/?next=/"
    assert save(client, "x").status_code == 401
    assert not Draft.objects.exists()


def test_someone_who_only_reads_is_heard(client, counselor):
    client.force_login(counselor.user)
    assert client.get("/here/").status_code == 204


def test_someone_who_unlocked_in_a_second_tab_is_told_to_go_back(client, counselor):
    client.force_login(counselor.user)
    assert b"You are back" in client.get("/unlocked/").content


# --- held forms -------------------------------------------------------------------------------------------------------


@pytest.fixture
def strict(counselor):
    """A signed-in browser that checks tokens, as real ones do."""
    client = Client(enforce_csrf_checks=True)
    client.force_login(counselor.user)
    return client


OURS = {"Sec-Fetch-Site": "same-origin"}


def test_a_form_with_a_stale_token_is_held_shown_and_sent_again(strict, counselor):
    typed = {"draft": ["a", "b"], "note": "Named payday", "password": "hunter2", "csrfmiddlewaretoken": "stale"}
    response = strict.post("/drafts/let-go/", typed, headers=OURS)
    assert response["Location"] == "/held/"
    shown = strict.get("/held/").content.decode()
    assert "Named payday" in shown
    assert "hunter2" not in shown
    assert 'action="/drafts/let-go/"' in shown
    held = HeldForm.objects.get()
    token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', shown)[1]
    sent = strict.post(
        "/drafts/let-go/", {"note": "Named payday", "held_form": held.pk, "csrfmiddlewaretoken": token}, headers=OURS
    )
    assert sent.status_code == 302
    assert queries.held_for(str(counselor.user.pk)) == []
    assert b"Nothing is waiting" in strict.get("/held/").content


def test_a_form_from_another_site_or_a_stranger_is_not_held(strict, db):
    for client, headers in (
        (strict, {}),
        (strict, {"Origin": "https://elsewhere.example"}),
        (Client(enforce_csrf_checks=True), OURS),
    ):
        assert client.post("/drafts/let-go/", {"note": "x"}, headers=headers).status_code == 403
    assert strict.post("/drafts/let-go/", {"note": ""}, headers=OURS).status_code == 403
    assert not HeldForm.objects.exists()


def test_a_stale_token_from_htmx_moves_the_page_and_from_autosave_says_not_saved(strict):
    moved = strict.post("/drafts/let-go/", {"note": "x"}, headers={**OURS, **HTMX})
    assert moved.headers["HX-Redirect"] == "/held/"
    assert strict.post("/drafts/", {"text": "x"}, headers={**OURS, **JSON}).status_code == 403


def test_a_held_form_that_is_turned_down_again_still_waits(counselor):
    owner = str(counselor.user.pk)
    held = actions.hold_form(owner_id=owner, path="/x/", fields=[("note", "x")], at=NOW)
    request = signed(ask(method="post", data={"held_form": str(held.pk)}), counselor.user.pk)
    for response, waits in (
        (HttpResponse(status=422), True),
        (HttpResponseRedirect("/sign-in/"), True),
        (HttpResponseRedirect("/notes/"), False),
    ):
        middleware.held_forms(lambda r, answer=response: answer)(request)
        assert bool(queries.held_for(owner)) is waits
    nonsense = signed(ask(method="post", data={"held_form": "nonsense"}), counselor.user.pk)
    assert middleware.held_forms(lambda r: HttpResponseRedirect("/"))(nonsense).status_code == 302


def test_a_held_form_can_be_let_go(client, counselor):
    held = actions.hold_form(owner_id=str(counselor.user.pk), path="/x/", fields=[("note", "x")], at=NOW)
    client.force_login(counselor.user)
    assert client.post(f"/held/{held.pk}/let-go/")["Location"] == "/held/"
    assert client.post(f"/held/{held.pk}/let-go/").status_code == 404


@pytest.mark.parametrize("debug", [False, True])
def test_an_address_that_leads_nowhere_has_our_own_page_under_our_own_policy(client, settings, db, debug):
    settings.DEBUG = debug
    for path in ("/nothing-here/", "/people/00000000-0000-4000-8000-000000000000/x/"):
        answer = client.get(path)
        assert answer.status_code == 404
        assert b"There is nothing here" in answer.content
        assert b"<style" not in answer.content
        assert b"style=" not in answer.content
        assert "default-src 'self'" in answer.headers["Content-Security-Policy"]


def test_a_letter_nobody_types_is_taken_out_and_nothing_else_is_lost(client, db):
    answer = client.post("/nothing-here/?q=a%00b", {"te\x00xt": "a\x00b", "more": ["c", "\x00d"]})
    assert answer.status_code == 404
    sent = answer.wsgi_request
    assert (sent.GET["q"], sent.POST["text"], sent.POST.getlist("more")) == ("ab", "ab", ["c", "d"])
