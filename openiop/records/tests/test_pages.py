"""Pages of what leaves: who may, what is shown, what is kept, and what is said when it may not go."""

import json
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from conftest import NOW, TODAY
from openiop.audit.models import Event
from openiop.consents import actions as consents
from openiop.disclosures import actions as disclosures
from openiop.disclosures.models import Agreement, Disclosure, LegalHold, LegalProcess, Restriction, RightsRequest, Seal
from openiop.participants import actions as people
from tests import make
from tests.make import records

EARLIER = NOW - timedelta(hours=2)


@pytest.fixture(autouse=True)
def _at_noon(monkeypatch):
    monkeypatch.setattr(timezone, "now", lambda: NOW)


@pytest.fixture
def officer(program):
    """The privacy officer."""
    return make.member(program, "privacy", name="Perrin Lockwood")


def statuses(client, url, *viewers):
    found = []
    for viewer in viewers:
        client.force_login(viewer.user)
        found.append(client.get(url).status_code)
    return found


def url(name, *args):
    return reverse(f"records:{name}", args=args)


def test_pages_of_a_record_open_for_those_who_release(client, ada, counselor, supervisor, officer, intake, outsider):
    for name in ("release", "disclosures"):
        found = statuses(client, url(name, ada.pk), supervisor, officer, intake, counselor, outsider, ada.membership)
        assert found == [200, 200, 200, 403, 404, 404], name


def test_pages_of_the_program_open_for_their_own_roles(client, program, director, officer, counselor, front_desk, ada):
    for name, seen in {
        "caller": [403, 200, 403, 200],
        "legal": [403, 200, 403, 403],
        "holds": [403, 200, 403, 403],
        "agreements": [200, 200, 403, 403],
        "exports": [200, 200, 403, 403],
    }.items():
        assert statuses(client, url(name), director, officer, counselor, front_desk) == seen, name
        assert statuses(client, url(name), ada.membership) == [404], name


# --- release ----------------------------------------------------------------------------------------------------------


def form_of(row, **changes):
    given = {
        "on": f"consent:{row.pk}",
        "receiver": "provider",
        "recipient": "Dr. Fenwick",
        "use": "treatment",
        "kinds": ["attendance", "plan"],
        "how": "print",
    }
    return given | changes


def test_first_it_asks_what_it_rests_on_and_lists_no_consent_that_ended(client, ada, counselor, supervisor):
    ended = records.consent(ada, counselor, EARLIER, recipient="Dr. Gone")
    consents.revoke_consent(consent=ended, how="in person", by=counselor, at=EARLIER)
    records.consent(ada, counselor, EARLIER)
    client.force_login(supervisor.user)
    page = client.get(url("release", ada.pk)).content.decode()
    assert "Dr. Fenwick" in page
    assert "Dr. Gone" not in page
    assert client.get(f"{url('release', ada.pk)}?on=consent:{ended.pk}").status_code == 404


def test_it_is_looked_at_first_and_nothing_is_kept(client, ada, counselor, supervisor):
    row = records.consent(ada, counselor, EARLIER, kinds=["attendance", "plan"])
    client.force_login(supervisor.user)
    answer = client.post(url("release", ada.pk), form_of(row, preview="1"))
    assert answer.status_code == 200
    assert "Attendance" in answer.content.decode()
    assert "This record which has been disclosed to you" in answer.content.decode()
    assert not Disclosure.objects.exists()
    assert Event.objects.filter(facts__kind="release").get().facts["kinds"] == ["attendance", "plan"]


def test_a_release_is_written_down_and_its_packet_carries_notice_and_scope(client, ada, counselor, supervisor):
    row = records.consent(ada, counselor, EARLIER)
    client.force_login(supervisor.user)
    answer = client.post(url("release", ada.pk), form_of(row, send="1"))
    sent = Disclosure.objects.get()
    assert answer["Location"] == url("packet", ada.pk, sent.pk)
    page = client.get(answer["Location"]).content.decode()
    assert "This record which has been disclosed to you" in page
    assert "Consent: to a named person or place" in page
    file = json.loads(client.get(url("file", ada.pk, sent.pk)).content)
    assert file["notice"].startswith("This record")
    assert file["scope"] == row.text_shown
    assert [event.facts["how"] for event in Event.objects.filter(what="packet.opened").order_by("created_at")] == [
        "page",
        "file",
    ]
    looks = Event.objects.filter(what="chart.opened", facts__kind="release").order_by("created_at")
    assert [look.facts["page"] for look in looks] == ["records:packet", "records:file"]
    assert all(look.facts["kinds"] == ["attendance", "plan"] for look in looks)
    listed = client.get(url("disclosures", ada.pk)).content.decode()
    assert "Dr. Fenwick" in listed


def test_a_reason_stands_beside_its_field_and_what_was_typed_is_kept(client, ada, counselor, supervisor):
    row = records.consent(ada, counselor, EARLIER)
    client.force_login(supervisor.user)
    for button in ("send", "preview"):
        answer = client.post(url("release", ada.pk), form_of(row, recipient="Dr. Other", **{button: "1"}))
        assert answer.status_code == 422
        assert "does not name this receiver" in answer.content.decode()
        assert "Dr. Other" in answer.content.decode()
    days = {"first_on": "2026-10-02", "last_on": "2026-10-01"}
    for button in ("send", "preview"):
        answer = client.post(url("release", ada.pk), form_of(row, **days, **{button: "1"}))
        assert "before the first" in answer.content.decode()
    assert not Disclosure.objects.exists()


def test_an_open_paper_is_told_on_the_page(client, program, ada, counselor, supervisor):
    records.consent(ada, counselor, EARLIER)
    records.paper(program, counselor, EARLIER, ada)
    client.force_login(supervisor.user)
    assert "Only the privacy officer releases now" in client.get(url("release", ada.pk)).content.decode()


def test_a_packet_whose_consent_ended_shows_that_it_went_and_no_more(client, ada, counselor, supervisor):
    row = records.consent(ada, counselor, EARLIER)
    sent = records.sent(ada, supervisor, EARLIER, row)
    consents.revoke_consent(consent=row, how="in person", by=counselor, at=NOW)
    client.force_login(supervisor.user)
    page = client.get(url("packet", ada.pk, sent.pk)).content.decode()
    assert "not in force" in page
    assert "Take the file" not in page
    assert client.get(url("file", ada.pk, sent.pk)).status_code == 409


def test_a_packet_of_someone_else_is_not_there(client, ada, ben, counselor, supervisor):
    sent = records.sent(ada, supervisor, EARLIER)
    client.force_login(supervisor.user)
    assert client.get(url("packet", ben.pk, sent.pk)).status_code == 404


def test_the_list_asks_the_same_number_of_questions_however_long(
    client, ada, ben, counselor, supervisor, django_assert_max_num_queries
):
    client.force_login(supervisor.user)
    client.get(url("disclosures", ada.pk))  # the first page of a sign-in asks a few more
    counts = []
    for person, size in ((ada, 1), (ben, 6)):
        row = records.consent(person, counselor, EARLIER)
        for _ in range(size):
            records.sent(person, supervisor, EARLIER, row)
        with django_assert_max_num_queries(60) as asked:
            client.get(url("disclosures", person.pk))
        counts.append(len(asked))
    assert counts[0] == counts[1]


# --- what the participant asks for ------------------------------------------------------------------------------------


def test_a_participant_reads_who_received_their_record_and_makes_their_own_copy(client, ada, counselor, supervisor):
    records.sent(ada, supervisor, EARLIER)
    client.force_login(ada.membership.user)
    assert url("mine") in client.get("/my/me/").content.decode()
    page = client.get(url("mine")).content.decode()
    assert "Dr. Fenwick" in page
    answer = client.post(url("make_copy"))
    own = Disclosure.objects.get(basis="own")
    assert answer["Location"] == url("copy", own.pk)
    assert "Who opened the record" in client.get(answer["Location"]).content.decode()
    file = json.loads(client.get(url("copy_file", own.pk)).content)
    assert [section["kind"] for section in file["sections"]][-1] == "access-log"


def test_one_participants_copy_and_what_went_to_others_are_nobody_elses_page(client, ada, ben, counselor, supervisor):
    sent = records.sent(ada, supervisor, EARLIER)
    client.force_login(ada.membership.user)
    client.post(url("make_copy"))
    own = Disclosure.objects.get(basis="own")
    assert client.get(url("copy", sent.pk)).status_code == 404
    client.force_login(ben.membership.user)
    for name in ("copy", "copy_file"):
        assert client.get(url(name, own.pk)).status_code == 404


def test_a_participant_asks_for_a_list_and_to_hold_something_back(client, ada, intake):
    client.force_login(ada.membership.user)
    assert client.post(url("my_list"), {"kind": "accounting"}).status_code == 302
    assert client.post(url("my_list"), {}).status_code == 422
    asks = {"words": "Not to my health plan", "receiver": "health-plan", "paid_in_full": "on"}
    assert client.post(url("my_restrict"), asks).status_code == 302
    answer = client.post(url("my_restrict"), {"receiver": "employer"})
    assert answer.status_code == 422
    assert "Write what should be held back" in answer.content.decode()
    page = client.get(url("mine")).content.decode()
    assert "You have it by" in page
    assert "Waiting for an answer" in page
    assert RightsRequest.objects.get().due_on == TODAY + timedelta(days=30)
    assert Restriction.objects.get().paid_in_full


def test_staff_take_down_what_was_asked_in_person_and_answer_it(client, ada, intake, supervisor):
    client.force_login(supervisor.user)
    assert client.post(url("ask_list", ada.pk), {}).status_code == 422
    assert client.post(url("ask_list", ada.pk), {"kind": "intermediaries"}).status_code == 302
    assert client.post(url("restrict", ada.pk), {}).status_code == 422
    asks = {"words": "Not to my health plan", "receiver": "health-plan", "paid_in_full": "on"}
    assert client.post(url("restrict", ada.pk), asks).status_code == 302
    row = Restriction.objects.get()
    answer = client.post(url("decide", ada.pk, row.pk), {"agree": "no", "reason": "No"})
    assert answer.status_code == 422
    assert "must agree" in answer.content.decode()
    assert client.post(url("decide", ada.pk, row.pk), {}).status_code == 422
    assert client.post(url("decide", ada.pk, row.pk), {"agree": "yes", "kinds": ["plan"]}).status_code == 302
    assert client.post(url("end_restriction", ada.pk, row.pk)).status_code == 302
    listed = RightsRequest.objects.get()
    assert client.post(url("answer_list", ada.pk, listed.pk)).status_code == 302
    listed.refresh_from_db()
    assert listed.answered_by == supervisor
    assert "Given" in client.get(url("disclosures", ada.pk)).content.decode()


def test_without_agreement_a_reason_is_asked_for_beside_its_field(client, ada, intake, supervisor):
    asks = {"words": "Not to my employer", "receiver": "employer", "paid_in_full": False}
    row = disclosures.ask_restriction(participant=ada, by=ada.membership, at=EARLIER, **asks)
    client.force_login(supervisor.user)
    answer = client.post(url("decide", ada.pk, row.pk), {"agree": "no"})
    assert "Say why, in words the participant can read." in answer.content.decode()


def test_what_belongs_to_another_record_is_not_there(client, ada, ben, supervisor):
    asks = {"words": "Not to my employer", "receiver": "employer", "paid_in_full": False}
    row = disclosures.ask_restriction(participant=ada, by=ada.membership, at=EARLIER, **asks)
    listed = disclosures.ask_list(participant=ada, kind="accounting", by=ada.membership, at=EARLIER)
    client.force_login(supervisor.user)
    assert client.post(url("decide", ben.pk, row.pk), {"agree": "yes"}).status_code == 404
    assert client.post(url("answer_list", ben.pk, listed.pk)).status_code == 404


# --- a caller ---------------------------------------------------------------------------------------------------------


def test_the_front_desk_says_the_same_about_everyone_until_a_consent_says_more(client, ada, counselor, front_desk):
    sister = make.supporter(ada, counselor, name="Rosa Alderquist")
    from tests.make import consents as made

    made.shared(sister, counselor, "schedule", "plan", at=EARLIER)
    client.force_login(front_desk.user)
    plain = client.post(url("caller"), {"about": "Nobody Known", "who": "Officer Stone"}).content.decode()
    known = client.post(url("caller"), {"about": "Ada Alderquist", "who": "Officer Stone"}).content.decode()
    for page in (plain, known):
        assert "We can say neither" in page
        assert "Say only the sentence above" in page
    told = client.post(url("caller"), {"about": str(ada.number), "who": "rosa alderquist"}).content.decode()
    assert "Sessions and schedule" in told
    assert "treatment plan" not in told  # the front desk does not read it
    assert client.post(url("caller"), {}).status_code == 422


# --- the program's papers ---------------------------------------------------------------------------------------------


PAPER = {"kind": "subpoena", "from_whom": "Counsel", "asks": "All records", "received_on": "2026-10-14"}


def test_a_paper_is_taken_in_worked_on_and_closed(client, program, ada, officer, supervisor):
    client.force_login(officer.user)
    assert client.post(url("legal"), {}).status_code == 422
    assert "no such record" in client.post(url("legal"), PAPER | {"record": "9999999"}).content.decode()
    late = client.post(url("legal"), PAPER | {"received_on": "2026-10-15"})
    assert "today or earlier" in late.content.decode()
    answer = client.post(url("legal"), PAPER | {"about": "A. Alderquist"})
    row = LegalProcess.objects.get()
    here = url("process", row.pk)
    assert answer["Location"] == here
    assert "alone opens nothing" in client.get(here).content.decode()
    assert "no such record" in client.post(here, {"do": "tie", "record": "9999999"}).content.decode()
    assert client.post(here, {"do": "tie", "record": str(ada.number)}).status_code == 302
    order = {"do": "order", "statute": "2.64", "order_on": "2026-10-12", "with_mandate": "on", "kinds": ["attendance"]}
    assert client.post(here, order).status_code == 302
    assert "was told" in client.get(here).content.decode()
    assert client.post(here, {"do": "notice"}).status_code == 422
    days = {"do": "notice", "told_on": "2026-10-01", "heard_on": "2026-10-10"}
    assert client.post(here, days).status_code == 302
    page = client.get(here).content.decode()
    assert "What the order names may be answered" in page
    assert client.get(f"{url('release', ada.pk)}?on=court-order:{row.pk}").status_code == 200
    court = {"on": f"court-order:{row.pk}", "receiver": "court", "recipient": "County court", "use": "proceedings"}
    answer = client.post(url("release", ada.pk), court | {"kinds": ["attendance"], "how": "print", "send": "1"})
    assert answer.status_code == 302
    assert Disclosure.objects.get().process == row
    assert client.post(here, {"do": "close", "outcome": "Answered"}).status_code == 302
    assert client.post(here, {"do": "nothing"}).status_code == 200
    assert "Closed papers" in client.get(url("legal")).content.decode()


def test_what_participants_wait_for_stands_among_the_papers(client, ada, officer):
    disclosures.ask_list(participant=ada, kind="accounting", by=ada.membership, at=EARLIER)
    asks = {"words": "Not to my employer", "receiver": "employer", "paid_in_full": False}
    disclosures.ask_restriction(participant=ada, by=ada.membership, at=EARLIER, **asks)
    client.force_login(officer.user)
    page = client.get(url("legal")).content.decode()
    assert "A list of who received my records" in page
    assert "An answer: what to hold back" in page


def test_a_paper_of_another_program_is_not_there(client, program, counselor, outsider):
    row = records.paper(program, counselor)
    mighty = make.member(outsider.program, "privacy", name="Ola Farfield")
    client.force_login(mighty.user)
    assert client.get(url("process", row.pk)).status_code == 404


def test_a_hold_is_placed_and_lifted_and_a_record_kept_long_enough_is_sealed(client, ada, ben, officer, monkeypatch):
    client.force_login(officer.user)
    assert client.post(url("holds"), {}).status_code == 422
    assert "no such record" in client.post(url("holds"), {"record": "99", "reason": "x"}).content.decode()
    assert client.post(url("holds"), {"record": str(ada.number), "reason": "A complaint"}).status_code == 302
    row = LegalHold.objects.get()
    assert client.post(url("lift", row.pk), {}).status_code == 422
    assert client.post(url("lift", row.pk), {"reason": "Settled"}).status_code == 302
    given = {"reason": "1", "last_contact_on": None, "by": officer, "at": NOW}
    people.end_episode(episode=ben.episode, on=TODAY, **given)
    assert "2033" in client.get(url("holds")).content.decode()
    assert client.post(url("seal", ben.pk)).status_code == 409
    monkeypatch.setattr(timezone, "now", lambda: NOW.replace(year=2034))
    client.force_login(officer.user)
    assert "can be sealed" in client.get(url("holds")).content.decode()
    assert client.post(url("seal", ben.pk)).status_code == 302
    assert Seal.objects.get().participant == ben
    assert "may be destroyed" in client.get(url("holds")).content.decode()


AGREEMENT = {"kind": "qsoa", "counterpart": "Postmark Lane Mail", "covers": ["smtp"], "signed_on": "2026-10-01"}


def test_agreements_say_what_may_be_on_and_that_email_waits(client, director, settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    client.force_login(director.user)
    page = client.get(url("agreements")).content.decode()
    assert "Email waits." in page
    assert "No agreement in force covers outgoing email." in page
    assert client.post(url("agreements"), AGREEMENT | {"signed_on": "2026-10-15"}).status_code == 422
    assert client.post(url("agreements"), AGREEMENT | {"ends_on": "2026-11-01"}).status_code == 302
    page = client.get(url("agreements")).content.decode()
    assert "Email waits." not in page
    assert "Ends soon" in page
    row = Agreement.objects.get()
    assert client.post(url("end_agreement", row.pk), {}).status_code == 422
    assert client.post(url("end_agreement", row.pk), {"reason": "Changed hands"}).status_code == 302
    assert "Not in force" in client.get(url("agreements")).content.decode()


def test_figures_are_made_written_down_and_taken_as_a_file(client, program, ada, director, outsider):
    client.force_login(director.user)
    assert client.post(url("exports"), {"what": "rows"}).status_code == 422
    for what in ("counts", "rows"):
        sent = {"what": what, "recipient": "County", "purpose": "Planning"}
        assert client.post(url("exports"), sent).status_code == 302
    assert "hidden" in client.get(url("exports")).content.decode()
    for row in Disclosure.objects.filter(basis="de-identified"):
        answer = client.get(url("export_file", row.pk))
        assert answer["Content-Type"].startswith("text/csv")
        assert b"Alderquist" not in answer.content
    mighty = make.member(outsider.program, "director", name="Ola Farfield")
    client.force_login(mighty.user)
    assert client.get(url("export_file", row.pk)).status_code == 404


def test_figures_that_would_tell_someone_are_not_made(client, program, ada, director):
    ada.postal_code, ada.gender = "43215", "female"
    ada.save(update_fields=["postal_code", "gender"])
    client.force_login(director.user)
    client.post(url("exports"), {"what": "rows", "recipient": "County", "purpose": "Planning"})
    text = client.get(url("export_file", Disclosure.objects.get().pk)).content.decode()
    assert "432,female" in text
    assert "43215" not in text
