"""Consents, supporters and particulars as staff work with them."""

import re
from datetime import timedelta
from threading import Barrier, Thread
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from conftest import NOW
from openiop.audit.models import Event
from openiop.base.errors import Refused
from openiop.consents import actions, queries, rules
from openiop.consents.models import Consent, ConsentChange
from openiop.consents.rules import Kind
from openiop.outbox.models import Message
from openiop.participants import actions as people
from openiop.participants.models import Participant, Supporter
from openiop.programs.rules import Permission
from tests import make
from tests.make import consents

HTMX = {"HTTP_HX_REQUEST": "true"}
TPO = {
    "variant": "tpo_single", "recipient": "My treating providers and payers", "kinds": ["plan"],
    "purpose": "Treatment, payment and health care operations", "expires_when": "End of treatment",
    "discloser": "Larkmeadow", "information": "", "right_to_revoke": "In writing.",
    "redisclosure": "May be shared on under HIPAA and no longer protected, except in proceedings against me.",
    "if_declined": "Then I may pay myself.",
}  # fmt: skip


@pytest.fixture(autouse=True)
def _frozen(monkeypatch):
    monkeypatch.setattr("django.utils.timezone.now", lambda: NOW)


@pytest.fixture
def signed_in(client, counselor):
    client.force_login(counselor.user)
    return client


@pytest.fixture
def sister(ada, counselor):
    return make.supporter(ada, counselor)


def url(person, rest="consents/"):
    return f"/people/{person.pk}/{rest}"


def text(response, status=200):
    assert response.status_code == status, response.content.decode()[-1500:]
    return response.content.decode()


def test_consents_are_read_by_those_who_need_them_and_kept_by_those_who_may(
    client, ada, sister, counselor, supervisor, intake, outsider, biller, front_desk, director
):
    row = consents.prepared(ada, counselor, NOW)
    pages = ["consents/", "consents/new/", f"consents/{row.pk}/"]
    for viewer, status in {
        counselor: 200, supervisor: 200, intake: 200, outsider: 404, biller: 403, front_desk: 403, director: 403,
        ada.membership: 404, sister.membership: 404,
    }.items():  # fmt: skip
        client.force_login(viewer.user)
        for rest in pages:
            assert client.get(url(ada, rest)).status_code == status, (rest, viewer.roles)
        post = client.post(url(ada, f"consents/{row.pk}/sign/"), {"name": "Nobody"}).status_code
        assert post == (422 if status == 200 else status), viewer.roles
        post = client.post(url(ada, f"supporters/{sister.pk}/invite/"), {"email": "no"}).status_code
        assert post == (302 if status == 200 else status), viewer.roles  # has a sign-in: a new link
    row.refresh_from_db()
    assert row.status == "draft"


def test_each_consent_says_how_it_stands_and_what_it_opens_now(signed_in, ada, sister, counselor):
    page = text(signed_in.get(url(ada)))
    assert "No consent yet." in page
    assert "No consent for treatment, payment and operations is in force." in page
    consents.signed(ada, counselor, NOW)
    consents.shared(sister, counselor, "schedule", at=NOW)
    gone = consents.shared(sister, counselor, "plan", at=NOW)
    actions.revoke_consent(consent=gone, how="Told the program", by=counselor, at=NOW)
    consents.shared(sister, counselor, "diagnoses", at=NOW - timedelta(days=30), expires_at=NOW - timedelta(days=1))
    page = text(signed_in.get(url(ada)))
    for state in ("In force", "Ended", "Run out"):
        assert state in page
    assert "operations is in force." not in page
    assert "<span>Sessions and schedule</span>" in page  # what Rosa sees now, and no more


def test_each_form_is_chosen_filled_looked_at_and_prepared(signed_in, ada):
    assert "Counseling notes and legal proceedings" in text(signed_in.get(url(ada, "consents/new/")))
    for variant in rules.Variant:
        assert "Show the exact text" in text(signed_in.get(url(ada, f"consents/new/?variant={variant}")))
    preview = text(signed_in.post(url(ada, "consents/new/"), TPO | {"preview": "1"}))
    assert "What may be shared: My treatment plan and progress, from my substance use" in preview
    assert Consent.objects.count() == 0
    done = signed_in.post(url(ada, "consents/new/"), TPO)
    row = Consent.objects.get()
    assert done.headers["Location"] == url(ada, f"consents/{row.pk}/")
    assert row.text_shown in text(signed_in.get(url(ada, f"consents/{row.pk}/")))
    assert row.text_shown.splitlines()[6] in preview  # what was shown is what is kept
    signed_in.post(url(ada, "consents/new/"), TPO)  # twice
    assert Consent.objects.count() == 1


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"kinds": []}, "at least one kind"),
        ({"recipient": ""}, "who may receive"),
        ({"purpose": ""}, "what it is for"),
        ({"expires_when": ""}, "on which it ends"),
        ({"ends_on": "2026-10-01"}, "must lie ahead"),
        ({"ends_on": "whenever"}, "Write a day"),
        ({"information": "Everything"}, "Substance use treatment must be named"),
        ({"right_to_revoke": ""}, "ended in writing"),
        ({"redisclosure": ""}, "may then no longer protect"),
        ({"if_declined": ""}, "does not sign"),
    ],
)
def test_a_missing_element_is_said_beside_its_field_and_the_rest_is_kept(signed_in, ada, wrong, sentence):
    page = text(signed_in.post(url(ada, "consents/new/"), {"discloser": "Kept words"} | TPO | wrong), 422)
    assert re.search(rf'class="err"[^>]*>.*?{sentence}', page, re.S), sentence
    assert "Larkmeadow" in page
    assert Consent.objects.count() == 0


def test_a_family_consent_is_for_someone_named_or_someone_new(signed_in, ada, sister):
    facts = {
        "variant": "family_person", "kinds": ["plan"], "purpose": "Support", "ends_on": "2027-01-31",
        "discloser": "Larkmeadow", "right_to_revoke": "In writing.",
    }  # fmt: skip
    assert "Choose the supporter" in text(signed_in.post(url(ada, "consents/new/"), facts), 422)
    assert "A name is needed." in text(signed_in.post(url(ada, "consents/new/"), facts | {"supporter": "new"}), 422)
    assert signed_in.post(url(ada, "consents/new/"), facts | {"supporter": str(sister.pk)}).status_code == 302
    new = facts | {"supporter": "new", "new_name": "Iris Elm", "new_relation": "Friend"}
    assert "Who may receive it: Iris Elm." in text(signed_in.post(url(ada, "consents/new/"), new | {"preview": "1"}))
    assert Supporter.objects.count() == 1  # looking keeps nothing
    assert signed_in.post(url(ada, "consents/new/"), new).status_code == 302
    assert set(Consent.objects.values_list("supporter__name", flat=True)) == {"Rosa Alderquist", "Iris Elm"}
    # The last day still counts whole, in the program's own zone.
    assert Consent.objects.first().expires_at.isoformat() == "2027-02-01T05:00:00+00:00"
    assert "January 31, 2027" in Consent.objects.first().text_shown


def test_the_participant_signs_on_the_tablet_and_a_wrong_name_is_kept_in_the_field(signed_in, ada, counselor):
    row = consents.prepared(ada, counselor, NOW)
    sign = url(ada, f"consents/{row.pk}/sign/")
    page = text(signed_in.post(sign, {"name": "Somebody Else"}), 422)
    assert "name on the record" in page
    assert 'value="Somebody Else"' in page
    assert "Type your full name" in text(signed_in.post(sign, {"name": ""}), 422)
    assert signed_in.post(sign, {"name": "Ada Alderquist"}).status_code == 302
    assert "signed already" in text(signed_in.post(sign, {"name": "Ada Alderquist"}), 422)
    page = text(signed_in.get(url(ada, f"consents/{row.pk}/")))
    assert "On the tablet in the room" in page


def test_a_tablet_handed_over_shows_the_text_alone_until_the_password_is_given(client, ada, counselor):
    counselor.user.set_password("the heron stands in the reeds")
    counselor.user.save(update_fields=["password"])
    client.force_login(counselor.user)
    row = consents.prepared(ada, counselor, NOW)
    one, sign = url(ada, f"consents/{row.pk}/"), url(ada, f"consents/{row.pk}/sign/")
    assert "Sign the consent" not in text(client.get(one))
    assert client.get(sign)["Location"] == one  # nobody was handed anything
    assert client.post(f"{one}hand-over/")["Location"] == sign
    page = text(client.get(sign))
    assert "Your name on the record: Ada Alderquist" in page
    assert [words for words in ("Find a person", "Main", "Birchwell") if words in page.split("<body")[1]] == []
    assert not re.search(r'<a [^>]*href="/', page)
    others = ("/today/", "/alerts/", url(ada), one)
    for other in others:
        assert client.get(other)["Location"] == sign
    assert client.post("/find/", {"q": "Ada"})["Location"] == sign
    assert client.get("/today/", headers={"Accept": "application/json"}).status_code == 401
    assert client.post(sign, {"name": "Ada Alderquist"})["Location"] == sign
    assert "Signed. Please give the tablet back." in text(client.get(sign))
    client.post("/lock/", {"next": one})
    assert client.get(sign)["Location"].startswith("/lock/")
    assert client.post("/unlock/", {"password": "wrong", "next": one}).status_code == 422
    assert client.get("/today/")["Location"].startswith("/lock/")
    right = {"password": "the heron stands in the reeds", "next": one}
    assert client.post("/unlock/", right)["Location"] == one
    assert "On the tablet in the room" in text(client.get(one))
    assert client.get("/today/").status_code == 200


def test_ending_takes_two_clicks_and_holds_from_the_next_read_on(client, signed_in, ada, sister, counselor):
    row = consents.shared(sister, counselor, "schedule", at=NOW)
    one = url(ada, f"consents/{row.pk}/")
    assert "Yes, end this consent" not in text(signed_in.get(one))
    assert "Yes, end this consent" in text(signed_in.get(f"{one}?end=1"))
    assert queries.ask(sister.membership, ada, Kind.SCHEDULE, NOW, Permission.SUPPORT).access.allowed
    assert signed_in.post(f"{one}end/", {"reason": "Changed my mind"}).status_code == 302
    assert not queries.ask(sister.membership, ada, Kind.SCHEDULE, NOW, Permission.SUPPORT).access.allowed
    assert signed_in.post(f"{one}end/", {}).status_code == 302  # twice
    assert ConsentChange.objects.filter(to="revoked").count() == 1
    assert "Told the program. Changed my mind." in text(signed_in.get(one))


def test_a_consent_nobody_signed_is_set_aside_and_asks_no_more(signed_in, ada, counselor):
    row = consents.prepared(ada, counselor, NOW)
    assert signed_in.post(url(ada, f"consents/{row.pk}/end/")).status_code == 302
    assert "No consent yet." in text(signed_in.get(url(ada)))
    assert "Set aside before signing" in text(signed_in.get(url(ada, f"consents/{row.pk}/")))


def test_unknown_and_foreign_things_are_not_found(signed_in, ada, ben, counselor, sister):
    row = consents.prepared(ada, counselor, NOW)
    for rest in (f"consents/{row.pk}/", f"consents/{uuid4()}/"):
        assert signed_in.get(url(ben, rest)).status_code == 404
    for rest in (f"consents/{row.pk}/hand-over/", f"consents/{row.pk}/end/", f"supporters/{sister.pk}/end/"):
        assert signed_in.post(url(ben, rest), {"name": "x"}).status_code == 404
        assert signed_in.get(url(ada, rest)).status_code == 405
    assert signed_in.post(url(ben, f"consents/{row.pk}/sign/"), {"name": "x"}).status_code == 404


def test_htmx_gets_the_part_alone(signed_in, ada, counselor):
    row = consents.prepared(ada, counselor, NOW)
    refused = signed_in.post(url(ada, f"consents/{row.pk}/sign/"), {"name": ""}, **HTMX)
    assert text(refused, 422).lstrip().startswith('<div id="sheet"')


def test_a_supporter_is_named_invited_by_a_link_shown_once_and_taken_off(signed_in, ada, counselor):
    home = url(ada, "supporters/")
    assert "Nobody is named yet." in text(signed_in.get(home))
    assert "A name is needed." in text(signed_in.post(f"{home}add/", {"relation": "Kept words"}), 422)
    facts = {"name": "Rosa Alderquist", "relation": "Sister", "phone": "555-0100", "emergency": "on"}
    assert signed_in.post(f"{home}add/", facts).status_code == 302
    assert signed_in.post(f"{home}add/", facts).status_code == 302  # twice
    row = Supporter.objects.get()
    assert "Email they sign in with" in text(signed_in.get(f"{home}?invite={row.pk}"))
    invite = f"{home}{row.pk}/invite/"
    assert "Write an address" in text(signed_in.post(invite, {"email": "rosa"}), 422)
    assert "sign-in already" in text(signed_in.post(invite, {"email": counselor.user.email}), 422)
    assert signed_in.post(invite, {"email": "rosa@example.org"}).status_code == 302
    page = text(signed_in.get(home))
    link = re.search(r'value="(http://testserver/set-up/[^"]+)"', page).group(1)
    assert link not in text(signed_in.get(home))  # once
    assert link in Message.objects.get().body
    assert signed_in.get(link).status_code == 200
    assert "whatever a consent says" in text(signed_in.get(f"{home}?end={row.pk}"))
    assert signed_in.post(f"{home}{row.pk}/end/").status_code == 302
    assert "No longer named" in text(signed_in.get(home))


def test_a_record_is_seen_as_someone_else_by_those_who_check_alone(
    client, ada, ben, sister, counselor, supervisor, program, outsider
):
    ways = [f"supporters/{sister.pk}/sees/", "see-as/", "see-as/?who=team:peer", "see-as/?who=payer"]
    officer = make.member(program, "privacy", name="Penn Keywell")
    for viewer, status in {counselor: 403, supervisor: 200, officer: 200, outsider: 404, ada.membership: 404}.items():
        client.force_login(viewer.user)
        assert [client.get(url(ada, rest)).status_code for rest in ways] == [status] * 4, viewer.roles
    client.force_login(officer.user)
    assert client.get(url(ben, f"supporters/{sister.pk}/sees/")).status_code == 404
    assert client.get(url(ada, "see-as/?who=nobody")).status_code == 404
    page = text(client.get(url(ada, "see-as/?who=staff:biller")))
    assert "Not: reason" in page
    assert "items marked as sensitive" not in page
    assert "None of your roles reads session notes" in page
    assert "items marked as sensitive" in text(client.get(url(ada, "see-as/?who=staff:counselor")))
    consents.signed(ada, counselor, NOW)
    page = text(client.get(url(ada, "see-as/?who=payer")))
    assert page.count("a payer gets the least it needs") == 3  # who it is, the plan, attendance
    assert page.count("The consent</a>") == 3


def test_what_a_supporter_sees_is_shown_with_the_rule(client, supervisor, ada, sister, counselor):
    consents.shared(sister, counselor, "schedule", at=NOW)
    client.force_login(supervisor.user)
    page = text(client.get(url(ada, f"supporters/{sister.pk}/sees/")))
    assert page.count("The participant consented to share this with you (42 CFR 2.31).") == 1
    assert "This is never shared with supporters." in page


def test_particulars_are_corrected_without_touching_what_others_changed(client, signed_in, ada, ben, biller, intake):
    page = text(signed_in.get(url(ada, "particulars/")))
    shown = dict(re.findall(r'name="(initial-[a-z_]+)" value="([^"]*)"', page))
    facts = {name.removeprefix("initial-"): value for name, value in shown.items()} | shown
    Participant.objects.filter(pk=ada.pk).update(phone="555-0199")  # someone else, meanwhile
    post = facts | {"preferred_name": "Addie", "language": "en"}
    assert signed_in.post(url(ada, "particulars/correct/"), post).status_code == 302
    ada.refresh_from_db()
    assert (ada.preferred_name, ada.phone, ada.legal_name) == ("Addie", "555-0199", "Ada Alderquist")
    wrong = signed_in.post(url(ada, "particulars/correct/"), post | {"legal_name": " ", "pronouns": "Kept words"})
    assert "A name is needed." in text(wrong, 422)
    assert "Kept words" in wrong.content.decode()
    client.force_login(biller.user)
    assert client.get(url(ada, "particulars/")).status_code == 403
    assert client.post(url(ada, "particulars/correct/"), post).status_code == 403


def test_pages_ask_the_same_number_of_questions_however_many_consents(signed_in, ada, ben, counselor):
    counted = {}
    for person, size in ((ada, 1), (ben, 8)):
        for number in range(size):
            who = make.supporter(person, counselor, name=f"S{number}")
            consents.shared(who, counselor, "schedule", at=NOW)
        for rest in ("consents/", "supporters/", "consents/new/?variant=family_person"):
            signed_in.get(url(person, rest))
            with CaptureQueriesContext(connection) as asked:
                signed_in.get(url(person, rest))
            counted.setdefault(rest, []).append(len(asked))
    assert all(few == many for few, many in counted.values()), counted


def test_two_signing_at_once_leave_one_signature(committed):
    program = make.program()
    joan = make.member(program, "counselor", name="Joan Birchwell")
    ada = make.person_in_care(program, joan)
    row = consents.prepared(ada, joan, NOW)
    start, said = Barrier(2), []

    def one(how, by):
        start.wait()
        try:
            actions.sign_consent(consent=row, signer_name=ada.legal_name, how=how, by=by, at=NOW)
            said.append("signed")
        except Refused:
            said.append("refused")
        finally:
            connection.close()

    threads = [Thread(target=one, args=given) for given in (("phone", ada.membership), ("tablet", joan))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(said) == ["refused", "signed"]
    assert ConsentChange.objects.filter(to="signed").count() == 1


def test_a_refused_form_shows_the_record_and_is_logged_like_any_other_look(client, ada, counselor):
    client.force_login(counselor.user)
    before = Event.objects.filter(what="chart.opened").count()
    assert client.post(url(ada, "particulars/correct/"), {"legal_name": ""}).status_code == 422
    assert Event.objects.filter(what="chart.opened").count() == before + 1


def test_an_answer_that_shows_nothing_leaves_no_look(client, ada, counselor):
    client.force_login(counselor.user)
    before = Event.objects.count()
    assert client.get(url(ada, "particulars/correct/")).status_code == 405
    assert client.get(url(ada, "consents/00000000-0000-4000-8000-000000000000/")).status_code == 404
    assert Event.objects.count() == before


def test_a_consent_that_outlasts_any_purpose_is_refused_beside_the_day(client, counselor, ada):
    client.force_login(counselor.user)
    sent = {
        "variant": "named_disclosure", "recipient": "The court", "kinds": ["attendance"], "purpose": "The court asked",
        "ends_on": "2099-01-01",
    }  # fmt: skip
    answer = client.post(reverse("consents:new", args=[ada.pk]), sent)
    assert answer.status_code == 422
    assert "more than 10 years away" in answer.content.decode()
    assert not Consent.objects.exists()


def test_preparing_and_signing_on_screen_leave_the_address_of_the_consent(client, counselor, ada):
    client.force_login(counselor.user)
    sent = {"discloser": "Larkmeadow"} | TPO
    answer = client.post(reverse("consents:new", args=[ada.pk]), sent, headers={"HX-Request": "true"})
    row = Consent.objects.get()
    home = reverse("consents:consent", args=[ada.pk, row.pk])
    assert answer["HX-Redirect"] == home
    signed = client.post(f"{home}sign/", {"name": ada.legal_name}, headers={"HX-Request": "true"})
    assert signed["HX-Redirect"] == home


def test_an_invitation_begins_with_the_supporters_own_address(client, counselor, ada):
    row = people.add_supporter(
        participant=ada, name="Wren", relation="Sister", email="wren@example.org", by=counselor, at=NOW
    )
    client.force_login(counselor.user)
    shown = client.get(reverse("consents:supporters", args=[ada.pk]) + f"?invite={row.pk}").content.decode()
    assert 'value="wren@example.org"' in shown


def test_a_birth_date_ahead_or_out_of_reach_is_refused_and_what_was_typed_stays(client, intake, ada):
    client.force_login(intake.user)
    for day, words in (("2031-01-01", "lies ahead"), ("1850-01-01", "more than 120 years ago")):
        sent = {"legal_name": ada.legal_name, "language": "en", "initial-language": "en", "birth_on": day}
        answer = client.post(reverse("consents:correct", args=[ada.pk]), sent)
        assert answer.status_code == 422
        assert words in answer.content.decode()
        assert day in answer.content.decode()


def test_the_chart_leads_to_supporters_particulars_and_the_app(client, intake, counselor, ada):
    client.force_login(counselor.user)
    shown = client.get(reverse("consents:list", args=[ada.pk])).content.decode()
    for name in ("particulars", "supporters"):
        assert f'href="{reverse("consents:" + name, args=[ada.pk])}"' in shown
    client.force_login(intake.user)
    assert 'href="../app/"' in client.get(reverse("consents:particulars", args=[ada.pk])).content.decode()


# --- its whole life on the page ---------------------------------------------------------------------------------------


def test_a_consent_is_renewed_in_two_clicks(signed_in, ada, counselor):
    row = consents.signed(ada, counselor, NOW, "named_disclosure", recipient="Dr. Elm")
    one = url(ada, f"consents/{row.pk}/")
    assert "Prepare the next one" not in text(signed_in.get(one))
    page = text(signed_in.get(f"{one}?renew=1"))
    assert "Prepare the next one" in page
    day = re.search(r'name="ends_on" value="([\d-]+)"', page)[1]
    answer = signed_in.post(f"{one}renew/", {"ends_on": day})
    made = Consent.objects.get(renews=row)
    assert answer["Location"] == url(ada, f"consents/{made.pk}/")
    assert "The next one" in text(signed_in.get(one))
    assert "The one before" in text(signed_in.get(url(ada, f"consents/{made.pk}/")))
    assert "must lie ahead" in text(
        signed_in.post(f"{url(ada, f'consents/{sign_again(made, ada)}/')}renew/", {"ends_on": "2020-01-01"}), 422
    )


def sign_again(row, person):
    actions.sign_consent(consent=row, signer_name=person.legal_name, how="phone", by=person.membership, at=NOW)
    return row.pk


def test_an_end_told_earlier_is_entered_with_its_day(signed_in, ada, counselor):
    row = consents.signed(ada, counselor, NOW - timedelta(days=9), "named_disclosure", recipient="Dr. Elm")
    one = url(ada, f"consents/{row.pk}/")
    for day, words in (("2026-10-20", "today or earlier"), ("2026-09-01", "not signed yet then"), ("x", "Write a day")):
        page = text(signed_in.post(f"{one}end/", {"asked": "written", "received_on": day}), 422)
        assert words in page
        assert "Yes, end this consent" in page
    assert signed_in.post(f"{one}end/", {"asked": "written", "received_on": "2026-10-12"}).status_code == 302
    page = text(signed_in.get(one))
    assert "Told the program in writing." in page
    assert "Oct 12, 2026" in page
    assert "Nothing was read on it until then." in page
    same = consents.signed(ada, counselor, NOW - timedelta(hours=2), "payer_only")
    assert signed_in.post(url(ada, f"consents/{same.pk}/end/"), {"received_on": "2026-10-14"}).status_code == 302


def test_an_end_received_on_the_day_of_signing_counts_from_the_signature(signed_in, ada, counselor):
    row = consents.signed(ada, counselor, NOW - timedelta(days=2), "named_disclosure", recipient="Dr. Elm")
    assert signed_in.post(url(ada, f"consents/{row.pk}/end/"), {"received_on": "2026-10-12"}).status_code == 302
    row.refresh_from_db()
    assert row.revoked_at == row.signed_at


def test_paper_parents_and_representatives_are_entered_on_the_page(signed_in, ada, counselor):
    row = consents.prepared(ada, counselor, NOW)
    sign = url(ada, f"consents/{row.pk}/sign/")
    page = text(signed_in.post(sign, {"name": "Ada Alderquist", "how": "paper"}), 422)
    assert "Give the day on the signed page" in page
    page = text(signed_in.post(sign, {"name": "Iris Elm", "capacity": "representative"}), 422)
    assert "Say on what basis they sign" in page
    page = text(signed_in.post(sign, {"name": "Ada Alderquist", "capacity": "minor-and-parent"}), 422)
    assert "The parent or guardian signs too" in page
    given = {"name": "Iris Elm", "capacity": "representative", "basis": "Court order", "how": "paper"}
    assert signed_in.post(sign, given | {"paper_on": "2026-10-13"}).status_code == 302
    page = text(signed_in.get(url(ada, f"consents/{row.pk}/")))
    for words in (
        "On paper, entered here",
        "Oct 13, 2026",
        "Entered by",
        "a personal representative",
        "Court order",
    ):
        assert words in page


def test_a_spanish_text_says_that_nobody_checked_it(signed_in, ada):
    given = {"discloser": "Larkmeadow"} | TPO | {"language": "es"}
    given |= {name: rules.SENTENCES["en"][name] for name in ("right_to_revoke", "redisclosure", "if_declined")}
    page = text(signed_in.post(url(ada, "consents/new/"), given | {"preview": "1"}))
    assert "Consentimiento:" in page
    assert "were not checked yet" in page
    assert signed_in.post(url(ada, "consents/new/"), given).status_code == 302
    row = Consent.objects.get()
    assert row.right_to_revoke == rules.SENTENCES["es"]["right_to_revoke"]
    assert "were not checked yet" in text(signed_in.get(url(ada, f"consents/{row.pk}/")))


@pytest.mark.parametrize(("variant", "given", "sentence"), [
    ("intermediary", {"members": ""}, "Name who receives it through them"),
    ("research", {"study": ""}, "Name the study"),
    ("legal_proceedings", {"proceeding": ""}, "Name the one proceeding"),
    ("criminal_justice_2_35", {"revocable_from": "", "revocable_on": ""}, "from which it can be ended"),
    ("sud_counseling_notes", {"no_condition": ""}, "care never depends"),
    ("app_vendor", {"app": ""}, "may not be bound"),
    ("named_disclosure", {"purpose": "My lawsuit"}, "need a consent of their own"),
    ("tpo_single", {"purpose": "Fundraising", "opt_out": ""}, "not to be asked for money"),
])  # fmt: skip
def test_what_each_form_asks_for_is_said_beside_its_field(signed_in, ada, variant, given, sentence):
    form = rules.FORMS[rules.Variant(variant)]
    sent = {
        **rules.SENTENCES["en"], "variant": variant, "kinds": [kind.value for kind in form.kinds[:1]],
        "recipient": "Mill Street", "purpose": form.purpose or "Help with my care", "ends_on": "2027-05-01",
        "members": "Mill Street", "study": "Board 7", "proceeding": "State v. A.", "revocable_from": "Final decision",
    }  # fmt: skip
    assert signed_in.post(url(ada, "consents/new/"), sent | {"preview": "1"}).status_code == 200
    page = text(signed_in.post(url(ada, "consents/new/"), sent | given), 422)
    assert re.search(rf'class="err"[^>]*>.*?{sentence}', page, re.S), sentence
    assert not Consent.objects.exists()


def test_who_leads_the_care_hears_on_today_and_the_person_on_their_phone(client, ada, counselor, outsider, biller):
    row = consents.signed(
        ada,
        counselor,
        NOW - timedelta(days=1),
        "named_disclosure",
        recipient="Dr. Elm",
        expires_at=NOW + timedelta(days=9),
    )
    notice = actions.announce_end(consent=row, at=NOW)
    seen = f"/consent-notices/{notice.pk}/seen/"
    client.force_login(counselor.user)
    page = text(client.get("/today/"))
    assert "Consents that end soon" in page
    assert f"{url(ada, f'consents/{row.pk}/')}?renew=1" in page
    client.force_login(ada.membership.user)
    assert "A permission ends soon" in text(client.get("/my/"))
    for viewer, status in ((outsider, 404), (biller, 403), (ada.membership, 404)):
        client.force_login(viewer.user)
        assert client.post(seen).status_code == status
    client.force_login(counselor.user)
    assert client.post(seen).status_code == 302
    assert "Consents that end soon" not in text(client.get("/today/"))


def test_a_court_consent_is_not_ended_on_the_phone_before_its_day(client, ada, counselor):
    row = consents.signed(
        ada, counselor, NOW, "criminal_justice_2_35", recipient="County probation office", kinds=["attendance"],
        revocable_on=(NOW + timedelta(days=60)).date(),
    )  # fmt: skip
    client.force_login(ada.membership.user)
    client.post(reverse("portal:consent", args=[row.pk]), {"end": "1"})
    assert "can be ended from" in text(client.get(reverse("portal:consents")))
    row.refresh_from_db()
    assert row.status == "active"
