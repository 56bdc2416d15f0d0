"""The privacy rules of 42 CFR part 2 as far as they are packets, files and pages, each under its number."""

import json
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.management import call_command
from django.urls import reverse
from django.utils import timezone

from conftest import NOW
from openiop.admissions import actions as admissions
from openiop.audit.models import Event
from openiop.consents import actions as consents
from openiop.consents.rules import Kind
from openiop.disclosures.models import Disclosure
from openiop.disclosures.rules import figures, release
from openiop.outbox.rules import TEMPLATES
from openiop.participants.models import Participant
from openiop.records import actions, rules
from openiop.records.queries import data, packet, pages
from openiop.ui.rules import reveals
from tests import make
from tests.make import consents as made
from tests.make import plans, records
from tests.make import session as stage

EARLIER = NOW - timedelta(hours=2)
BUNDLES = sorted((Path(__file__).parents[2] / "admissions/bundles").glob("*.json"))
NAMES = ("Alderquist", "Barleyfield")


@pytest.fixture(autouse=True)
def _at_noon(monkeypatch):
    monkeypatch.setattr(timezone, "now", lambda: NOW)


@pytest.fixture
def full(program, ada, ben, counselor):
    """Two people with a record worth sending: conditions, a plan, a group with notes."""
    held = stage.session(program, counselor, ada, ben, title="Relapse prevention")
    stage.signed(held, counselor, ada, ben, at=stage.AFTER)
    for person in (ada, ben):
        plans.diagnoses(person, counselor)
        plans.signed(person.episode, counselor)
    return ada


def kinds_in(row):
    return {section["kind"] for section in row.packet.content["sections"]}


def test_p01_every_file_that_leaves_says_its_basis(client, full, counselor, supervisor):
    row = records.sent(full, supervisor, NOW)
    client.force_login(supervisor.user)
    file = json.loads(client.get(reverse("records:file", args=[full.pk, row.pk])).content)
    assert file["basis"] == release.BASIS_WORDS[release.Basis.CONSENT]
    client.force_login(full.membership.user)
    client.post(reverse("records:make_copy"))
    own = Disclosure.objects.get(basis="own")
    file = json.loads(client.get(reverse("records:copy_file", args=[own.pk])).content)
    assert file["basis"] == release.BASIS_WORDS[release.Basis.OWN]


def test_p04_a_receiver_outside_is_told_to_staff_and_leaves_no_trace_outside(client, full, counselor, supervisor):
    row = records.consent(full, counselor, EARLIER)
    client.force_login(supervisor.user)
    sent = {"on": f"consent:{row.pk}", "receiver": "employer", "recipient": "Acme", "use": "at-request"}
    answer = client.post(
        reverse("records:release", args=[full.pk]), sent | {"kinds": ["plan"], "how": "print", "send": 1}
    )
    assert answer.status_code == 422
    assert not Disclosure.objects.exists()
    client.force_login(full.membership.user)
    assert "Acme" not in client.get(reverse("records:mine")).content.decode()


def test_p05_only_what_the_consent_covers_is_in_the_packet(full, counselor, supervisor):
    row = records.consent(full, counselor, EARLIER, kinds=["plan"])
    assert kinds_in(records.sent(full, supervisor, NOW, row, kinds=tuple(records.ALL))) == {"plan"}


def test_p06_a_consent_that_ended_opens_no_file_again(client, full, counselor, supervisor):
    row = records.consent(full, counselor, EARLIER)
    sent = records.sent(full, supervisor, EARLIER, row)
    consents.revoke_consent(consent=row, how="in person", by=counselor, at=NOW)
    client.force_login(supervisor.user)
    assert client.get(reverse("records:file", args=[full.pk, sent.pk])).status_code == 409


def test_p07_trap_32_page_and_file_carry_notice_and_scope_by_themselves(client, full, counselor, supervisor):
    row = records.sent(full, supervisor, NOW)
    client.force_login(supervisor.user)
    page = client.get(reverse("records:packet", args=[full.pk, row.pk])).content.decode()
    file = client.get(reverse("records:file", args=[full.pk, row.pk])).content.decode()
    for out in (page, file):
        assert "A general authorization for the release of medical or other information is NOT sufficient" in out
        assert "When it ends" in out  # of the consent itself


def test_p08_the_participant_reads_their_accounting_on_their_own_page(client, full, counselor, supervisor):
    row = records.consent(full, counselor, EARLIER)
    ground = records.ground(full, EARLIER, row)
    more = {"address": "2 Mill Street", "purpose": "The first visit"}
    actions.release_record(participant=full, ground=ground, ask=records.ask(), by=supervisor, at=EARLIER, **more)
    client.force_login(full.membership.user)
    page = client.get(reverse("records:mine")).content.decode()
    for said in ("Oct 14, 2026", "Dr. Fenwick", "2 Mill Street", "The first visit", "treatment plan and progress"):
        assert said in page


def test_p10_no_part_file_or_figure_is_made_of_counseling_notes(full):
    assert release.COUNSELING not in {str(kind) for kind in packet.PARTS}
    assert release.COUNSELING not in {str(kind) for kind in rules.OWN_COPY}
    assert not [column for column in rules.COLUMNS if "note" in column]


def test_p12_trap_27_a_caller_learns_no_more_about_someone_here_than_about_nobody(client, full, counselor, front_desk):
    client.force_login(front_desk.user)
    said = []
    for about in ("Ada Alderquist", "Nobody Known"):
        page = client.post(reverse("records:caller"), {"about": about, "who": "Officer Stone"}).content.decode()
        said.append(page.split('aria-live="polite"')[1].split("</section>")[0])
    assert said[0] == said[1]


def test_p12_a_consent_in_force_is_what_lets_a_caller_be_told(full, counselor, front_desk):
    sister = make.supporter(full, counselor, name="Rosa Alderquist")
    consent = made.shared(sister, counselor, "schedule", at=EARLIER)
    assert pages.caller(front_desk, str(full.number), "Rosa Alderquist", NOW).kinds == ("sessions and schedule",)
    consents.revoke_consent(consent=consent, how="in person", by=counselor, at=NOW)
    assert pages.caller(front_desk, str(full.number), "Rosa Alderquist", NOW).kinds == ()


@pytest.mark.parametrize(
    ("use", "kinds"),
    [
        ("claim", {"contact", "diagnoses", "attendance"}),
        ("review", {"contact", "diagnoses", "attendance", "placement", "plan", "measures"}),
    ],
)
def test_p18_a_payer_gets_what_the_payment_needs_and_no_note(full, counselor, supervisor, use, kinds):
    row = records.consent(full, counselor, EARLIER, variant="tpo_single", recipient="Providers and health plans")
    asked = {"receiver": "health-plan", "recipient": "Meadow Health", "use": use, "kinds": tuple(records.ALL)}
    found = records.sent(full, supervisor, NOW, row, **asked)
    assert kinds_in(found) == kinds
    assert "Relapse prevention" in str(found.packet.content)  # they know; a school does not


def test_p19_an_order_opens_what_it_names_and_the_rest_stays(program, full, counselor, supervisor):
    order = records.order(program, counselor, full)
    court = {"basis": "court-order", "receiver": "court", "recipient": "County court", "use": "proceedings"}
    found = records.sent(full, supervisor, NOW, order, kinds=("attendance", "notes"), **court)
    assert kinds_in(found) == {"attendance"}


def test_p20_no_count_of_one_to_ten_leaves(program, full, director):
    row = actions.export_counts(program=program, recipient="County", purpose="Planning", by=director, at=NOW)
    for _, _, people in row.packet.content["rows"]:
        assert people in {"hidden", "0"} or int(people) >= 11


def test_p21_no_name_number_day_or_word_is_in_a_de_identified_set(program, full, director):
    for person in Participant.objects.all():
        person.postal_code, person.phone, person.strengths = "03601", "614-555-0134", "Patient and kind"
        person.save(update_fields=["postal_code", "phone", "strengths"])
    columns, rows = data.rows(program.pk, NOW.date())
    assert figures.why_not_deidentified(columns, rows) == []
    said = str(rows)
    for telling in (*NAMES, "03601", "555-0134", "kind", "2026-"):
        assert telling not in said
    assert {row[columns.index("zip3")] for row in rows} == {"000"}


@pytest.mark.parametrize("receiver", ["provider", "self"])
def test_p23_what_came_from_elsewhere_keeps_its_senders_name(program, intake, supervisor, receiver):
    took = admissions.import_referrals(
        program=program, files={BUNDLES[0].name: BUNDLES[0].read_bytes()}, by=intake, at=EARLIER
    )
    referral = took.rows[0]
    about = packet.About(referral.participant, receiver, None, None, NOW)
    [section] = packet.sections(about, [Kind.REFERRAL])
    assert section.rows[0][1] == referral.source_system


def test_p26_a_sealed_record_lets_nothing_out_by_hand(full, counselor, supervisor):
    found = release.decide_release(
        records.ask(),
        standing=release.Standing(sealed=True, officer=True),
        readable=frozenset({"plan", "attendance"}),
        grant=release.Grant("1", "named_disclosure", frozenset({"plan", "attendance"}), "Dr. Fenwick", True),
    )
    assert found.reasons == ("This record is sealed.",)


def test_p28_a_participant_takes_their_own_data_and_sees_who_looked(client, full, counselor, supervisor):
    client.force_login(counselor.user)
    client.get(f"/people/{full.pk}/plan/")
    client.force_login(full.membership.user)
    answer = client.post(reverse("records:make_copy"))
    page = client.get(answer["Location"]).content.decode()
    row = Disclosure.objects.get()
    file = json.loads(client.get(reverse("records:copy_file", args=[row.pk])).content)
    titles = [section["title"] for section in file["sections"]]
    for title in titles:
        assert title in page
    looked = next(section for section in file["sections"] if section["title"] == "Who opened the record")
    assert any("Joan Birchwell, LPC" in line for line in looked["rows"])
    assert {"Name and contact details", "Treatment plan and progress", "Session notes"} <= set(titles)
    assert Event.objects.filter(what="packet.opened", by_id=str(full.membership_id)).count() == 2


def test_p30_no_packet_and_no_message_carries_the_address_of_a_video_room(program, ada, counselor, supervisor):
    held = stage.session(program, counselor, ada, starts=NOW + timedelta(days=1), virtual=True)
    held.place.join_url = "https://video.invalid/room"
    held.place.save(update_fields=["join_url"])
    row = actions.copy_own(participant=ada, by=ada.membership, at=NOW)
    assert "schedule" in kinds_in(row)
    assert "video.invalid" not in str(row.packet.content)
    assert not any("video" in words.lower() for pair in TEMPLATES.values() for words in pair)


def test_trap_31_a_page_shown_before_the_end_sends_nothing_after_it(client, full, counselor, supervisor):
    row = records.consent(full, counselor, EARLIER)
    client.force_login(supervisor.user)
    here = reverse("records:release", args=[full.pk])
    assert client.get(f"{here}?on=consent:{row.pk}").status_code == 200
    consents.revoke_consent(consent=row, how="in person", by=counselor, at=NOW - timedelta(seconds=1))
    sent = {"on": f"consent:{row.pk}", "receiver": "provider", "recipient": "Dr. Fenwick", "use": "treatment"}
    assert client.post(here, sent | {"kinds": ["plan"], "how": "print", "send": "1"}).status_code == 404
    assert not Disclosure.objects.exists()


def test_trap_35_one_persons_notes_leave_without_anyone_elses_name(full, counselor, supervisor):
    row = records.consent(full, counselor, EARLIER, kinds=["notes"])
    found = records.sent(full, supervisor, NOW, row, kinds=("notes",))
    assert "Barleyfield" not in str(found.packet.content)
    assert len(found.packet.content["sections"][0]["rows"]) == 1


@pytest.mark.parametrize("receiver", ["school", "employer", "family"])
def test_trap_36_who_is_not_to_know_reads_times_and_no_word_of_what_it_is(full, counselor, supervisor, receiver):
    row = records.consent(
        full, counselor, EARLIER, recipient="Mill Street", kinds=["contact", "attendance", "schedule"]
    )
    asked = {"receiver": receiver, "recipient": "Mill Street", "use": "at-request"}
    found = records.sent(full, supervisor, NOW, row, kinds=("contact", "attendance", "schedule"), **asked)
    said = json.dumps(found.packet.content)
    assert "Appointment" in said
    assert not reveals(said + found.scope)
    assert "F1" not in said


def test_trap_39_the_way_out_leaves_no_name_in_addresses_titles_or_events(client, full, counselor, supervisor):
    row = records.sent(full, supervisor, NOW)
    client.force_login(supervisor.user)
    for name in ("packet", "file"):
        here = reverse(f"records:{name}", args=[full.pk, row.pk])
        answer = client.get(here)
        assert not any(part in here + answer.get("Content-Disposition", "") for part in ("Ada", "Fenwick", *NAMES))
    page = client.get(reverse("records:packet", args=[full.pk, row.pk])).content.decode()
    title = page.split("<title>")[1].split("</title>")[0]
    assert not any(part in title for part in ("Ada", "Fenwick", *NAMES))
    told = str(list(Event.objects.values_list("facts", flat=True)))
    assert not any(part in told for part in ("Fenwick", *NAMES))


def test_the_worker_goes_round_with_all_of_this_in_place(full, counselor, supervisor, settings, tmp_path):
    settings.VAR = tmp_path
    records.sent(full, supervisor, NOW)
    call_command("work", "--once")
