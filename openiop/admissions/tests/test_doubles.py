"""Records that may be one person: found with reasons, read together without a row moving, parted again exactly."""

from contextlib import suppress
from datetime import date, timedelta
from hashlib import sha256

import pytest
from django.apps import apps
from django.db import connection, transaction
from django.urls import reverse
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from conftest import NOW, TODAY
from openiop.admissions import actions, queries
from openiop.admissions.reading.likeness import known_by
from openiop.admissions.rules import doubles as rules
from openiop.audit.models import Event
from openiop.base.errors import Refused
from openiop.consents import actions as consents
from openiop.consents import queries as guard
from openiop.consents.rules import Kind
from openiop.participants import actions as people
from openiop.participants import queries as participants
from openiop.participants.models import Merge, NotSame, Participant
from openiop.portal import queries as portal
from openiop.programs.rules import Permission
from openiop.questionnaires import actions as questionnaires
from openiop.recovery import actions as recovery
from tests import make
from tests.make import privacy
from tests.make.consents import shared

BORN = date(1988, 4, 2)
ASIDE = {"participants_merge", "audit_event", "audit_link"}
WHY = "She says so herself; same birth date and phone."


def record(key, name, **facts):
    email = facts.pop("email", "")
    return rules.Record(key, (known_by(name, **facts),), email)


def found(*records, apart=()):
    return [(pair.one, pair.other) for pair in rules.doubles(records, apart)]


# --- which are alike --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("one", "other", "alike"),
    [
        (("Ada Alderquist", {"born_on": BORN}), ("Ada Alderqist", {"born_on": BORN}), True),
        (("Ada Alderquist", {"phone": "555-010-0123"}), ("A. Elm", {"phone": "(555) 010-0123"}), True),
        (("Ada Alderquist", {"email": "ada@example.org"}), ("Dora Elm", {"email": "ADA@example.org"}), True),
        (("Ada Alderquist", {"born_on": BORN}), ("Ada Alderquist", {"born_on": date(1951, 9, 30)}), False),
        (("Ada Alderquist", {"born_on": BORN}), ("Ben Barleyfield", {"born_on": BORN}), False),
        (("Ada Alderquist", {}), ("Ben Barleyfield", {}), False),
    ],
)
def test_alike_is_what_a_person_should_look_at(one, other, alike):
    rows = [record("one", one[0], **one[1]), record("other", other[0], **other[1])]
    assert found(*rows) == ([("one", "other")] if alike else [])
    assert found(*reversed(rows)) == ([("other", "one")] if alike else [])


def test_two_known_to_be_two_people_are_not_offered_again():
    rows = [record(name, "Ada Alderquist", born_on=BORN) for name in ("one", "other")]
    assert found(*rows, apart=[("other", "one")]) == []


def test_what_many_share_says_nothing_of_a_person():
    rows = [record(n, f"Guest{n:03} Number{n:03}", phone="555-010-0123") for n in range(rules.MOST + 1)]
    assert found(*rows) == []


def test_the_most_alike_stands_first():
    rows = [
        record("a", "Ada Alderquist", born_on=BORN, phone="555-010-0123", postal_code="04401"),
        record("b", "Ada Alderquist", born_on=BORN, phone="555-010-0123", postal_code="04401", email="ada@example.org"),
        record("c", "Ada Alderquist", born_on=BORN),
    ]
    pairs = rules.doubles(rows, ())
    assert [(pair.one, pair.other, pair.sure) for pair in pairs] == [
        ("a", "b", True), ("a", "c", False), ("b", "c", False),
    ]  # fmt: skip


# --- read together, and parted ----------------------------------------------------------------------------------------


def tables():
    """A fingerprint of every row of every table but the merges and the log."""
    found = {}
    with connection.cursor() as cursor:
        for model in apps.get_models(include_auto_created=True):
            name = model._meta.db_table
            if name not in ASIDE:
                cursor.execute(f"SELECT * FROM {name} ORDER BY 1")
                found[name] = sha256(repr(cursor.fetchall()).encode()).hexdigest()
    return found


@pytest.fixture
def twice(program, ada, counselor):
    """Ada's record and a second one of hers, made at another door, with things of its own."""
    second = make.participant(program, "Ada Alderqist", birth_on=BORN, phone="555-010-0123", by=counselor)
    people.correct_participant(participant=ada, birth_on=BORN, by=counselor, at=NOW)
    people.add_diagnosis(participant=second, code="F41.1", words="Generalized anxiety", by=counselor, at=NOW)
    return ada, second


def merged(kept, absorbed, by, at=NOW):
    return actions.merge_records(kept=kept, absorbed=absorbed, reason=WHY, by=by, at=at)


def test_likely_doubles_are_found_with_reasons_and_without_anyones_data(program, twice):
    [pair] = queries.doubles(program.pk)
    assert {pair.one, pair.other} == set(twice)
    assert pair.reasons == ("The name differs by a letter or so.", "The birth date is the same.")


def test_parting_gives_back_exactly_what_was(twice, supervisor):
    before = tables()
    merge = merged(*twice, supervisor)
    assert tables() != before
    people.part_records(merge=merge, reason="Two cousins.", by=supervisor, at=NOW)
    assert tables() == before
    events = Event.objects.filter(what__startswith="record.").order_by("at", "created_at")
    assert list(events.values_list("what", flat=True)) == ["record.merged"] * 2 + ["record.parted"] * 2


def test_the_kept_record_shows_what_the_other_holds_and_the_other_leads_on(client, twice, supervisor):
    ada, second = twice
    merged(ada, second, supervisor)
    client.force_login(supervisor.user)
    html = client.get(reverse("desk:chart", args=[ada.pk])).content.decode()
    assert "Generalized anxiety" in html
    assert f"Read together with record {second.number}" in html
    answer = client.get(reverse("desk:chart", args=[second.pk]))
    assert (answer.status_code, answer["Location"]) == (302, reverse("desk:chart", args=[ada.pk]))
    assert (
        "Nothing is written here any more." in client.get(reverse("consents:list", args=[second.pk])).content.decode()
    )
    assert second not in participants.people(ada.program_id)


def test_nothing_is_written_on_a_record_that_is_read_with_another(client, twice, counselor, supervisor):
    ada, second = twice
    merged(ada, second, supervisor)
    client.force_login(counselor.user)
    answer = client.post(reverse("plans:add_diagnosis", args=[second.pk]), {"code": "F10.20"})
    assert answer.status_code == 409
    with pytest.raises(Refused):
        people.open_episode(
            participant=second, level="2.1", starts_on=TODAY, review_on=TODAY + timedelta(days=30), primary=counselor,
            team=[], reason="admission", by=counselor, at=NOW,
        )  # fmt: skip


def test_a_consent_of_one_never_covers_what_the_other_holds(twice, counselor, supervisor):
    ada, second = twice
    sister = make.supporter(ada, counselor)
    shared(sister, counselor, "diagnoses", expires_at=NOW + timedelta(days=30))
    merged(ada, second, supervisor)
    assert portal.support(sister.membership, NOW).diagnoses == []  # Ada's own record holds none
    assert not guard.ask(sister.membership, second, Kind.DIAGNOSES, NOW, Permission.SUPPORT).access.allowed


def test_in_an_emergency_the_sheet_tells_of_both(client, twice, supervisor, front_desk, at_now):
    ada, second = twice
    merged(ada, second, supervisor)
    privacy.emergency(ada, front_desk, NOW)
    client.force_login(front_desk.user)
    assert "Generalized anxiety" in client.get(reverse("privacy:sheet", args=[ada.pk])).content.decode()


def test_a_look_at_either_stands_on_the_persons_own_page(client, twice, counselor, supervisor):
    ada, second = twice
    privacy.look(supervisor, second, NOW)
    merged(ada, second, supervisor)
    client.force_login(ada.membership.user)
    assert "Celia Rowanfield" in client.get(reverse("portal:looks")).content.decode()


def _tpo(person, counselor, kinds):
    row = consents.prepare_consent(
        participant=person, variant="tpo_single", kinds=kinds, recipient="My health plan", purpose="Payment",
        expires_when="End of treatment", by=counselor, at=NOW,
    )  # fmt: skip
    return consents.sign_consent(consent=row, signer_name=person.legal_name, how="tablet", by=counselor, at=NOW)


@pytest.mark.parametrize(("kinds", "refused"), [(["plan"], False), (["plan", "notes"], True)])
def test_consents_in_force_that_differ_block_it(twice, counselor, supervisor, kinds, refused):
    ada, second = twice
    _tpo(ada, counselor, ["plan"])
    _tpo(second, counselor, kinds)
    before = tables()
    if refused:
        with pytest.raises(Refused, match="Two consents in force differ: treatment, payment and operations"):
            merged(ada, second, supervisor)
        assert tables() == before
    else:
        merged(ada, second, supervisor)
        assert tables() != before


def test_it_is_blocked_where_they_may_be_two_people(program, ada, ben, twice, counselor, supervisor, outsider):
    _, second = twice
    with pytest.raises(Refused, match="Both have an open stay"):
        merged(ada, ben, supervisor)
    with pytest.raises(Refused, match="has the open stay"):
        merged(second, ada, supervisor)
    with pytest.raises(Refused, match="records of two programs"):
        merged(ada, make.participant(outsider.program, "Ada Alderquist"), supervisor)
    with pytest.raises(Refused, match="Choose two records"):
        merged(ada, ada, supervisor)
    with pytest.raises(Refused, match="Say why"):
        actions.merge_records(kept=ada, absorbed=second, reason=" ", by=supervisor, at=NOW)
    merged(ada, second, supervisor)
    third = make.participant(program, "Ada Alderquist")
    for kept, absorbed in ((third, second), (second, third), (third, ada)):
        with pytest.raises(Refused):
            merged(kept, absorbed, supervisor)
    assert Merge.objects.count() == 1


def test_two_that_were_parted_are_not_parted_twice_and_can_be_merged_again(twice, supervisor):
    merge = merged(*twice, supervisor)
    with pytest.raises(Refused):
        people.part_records(merge=merge, reason=" ", by=supervisor, at=NOW)
    people.part_records(merge=merge, reason="Two cousins.", by=supervisor, at=NOW)
    with pytest.raises(Refused):
        people.part_records(merge=merge, reason="Two cousins.", by=supervisor, at=NOW)
    assert merged(*twice, supervisor).pk != merge.pk


def test_two_kept_apart_are_not_offered_again(program, twice, intake):
    ada, second = twice
    with pytest.raises(Refused):
        people.keep_apart(one=ada, other=second, reason=" ", by=intake, at=NOW)
    first = people.keep_apart(one=ada, other=second, reason="Two cousins.", by=intake, at=NOW)
    assert people.keep_apart(one=second, other=ada, reason="Again.", by=intake, at=NOW) == first
    assert queries.doubles(program.pk) == []
    assert (NotSame.objects.count(), Event.objects.filter(what="record.kept-apart").count()) == (1, 2)


# --- pages ------------------------------------------------------------------------------------------------------------


@pytest.fixture
def at_now(monkeypatch):
    monkeypatch.setattr("django.utils.timezone.now", lambda: NOW)


def test_side_by_side_merged_and_parted_on_the_pages(client, twice, intake, counselor, director, outsider, at_now):
    ada, second = twice
    pages = [reverse("admissions:doubles"), reverse("admissions:double", args=[ada.pk, second.pk])]
    for url in pages:
        stranger = 404 if url != pages[0] else 403
        for viewer, status in {intake: 200, counselor: 403, director: 403, outsider: stranger}.items():
            client.force_login(viewer.user)
            assert client.get(url).status_code == status, (url, viewer.name)
    client.force_login(intake.user)
    assert "The birth date is the same." in client.get(pages[0]).content.decode()
    assert client.post(pages[1], {"keep": str(second.pk), "reason": WHY}).status_code == 422
    answer = client.post(pages[1], {"keep": str(ada.pk), "reason": WHY})
    merge = Merge.objects.get()
    assert answer["Location"] == reverse("admissions:merge", args=[merge.pk])
    people.add_diagnosis(participant=ada, code="F10.20", words="Alcohol", by=counselor, at=NOW + timedelta(minutes=1))
    at_later = client.get(answer["Location"]).content.decode()
    assert WHY.split(";")[0] in at_later
    client.force_login(counselor.user)
    assert client.get(answer["Location"]).status_code == 403
    client.force_login(outsider.user)
    assert client.get(answer["Location"]).status_code == 404
    client.force_login(intake.user)
    assert client.post(answer["Location"], {"reason": ""}).status_code == 422
    assert client.post(answer["Location"], {"reason": "Two cousins."}).status_code == 302
    assert client.post(answer["Location"], {"reason": "Two cousins."}).status_code == 422
    assert "Each stands alone again" in client.get(answer["Location"]).content.decode()


def test_who_parts_them_sees_what_was_written_since_on_each(twice, counselor, supervisor):
    ada, second = twice
    merge = merged(ada, second, supervisor)
    people.add_diagnosis(participant=ada, code="F10.20", words="Alcohol", by=counselor, at=NOW + timedelta(hours=1))
    later = NOW + timedelta(hours=2)
    assert queries.written_between(ada.pk, merge.at, later) == [("diagnosis: added", 1)]
    assert queries.written_between(second.pk, merge.at, later) == []


def test_two_are_kept_apart_on_the_page(client, twice, intake, at_now):
    ada, second = twice
    client.force_login(intake.user)
    url = reverse("admissions:double", args=[ada.pk, second.pk])
    assert client.post(url, {"apart": "1", "apart-reason": ""}).status_code == 422
    assert client.post(url, {"apart": "1", "apart-reason": "Two cousins."}).status_code == 302
    assert NotSame.objects.exists()


# --- any history ------------------------------------------------------------------------------------------------------

WHAT = st.sampled_from(["diagnosis", "check-in", "ask", "supporter", "merge", "part", "name"])
STEPS = st.lists(st.tuples(WHAT, st.integers(0, 2), st.integers(0, 2)), min_size=3, max_size=14)


class Undone(Exception):
    """Nothing of this example stays."""


def rows_of(person):
    """A fingerprint of every row that stands under one record, the record itself without its pointer included."""
    found = []
    with connection.cursor() as cursor:
        for model in apps.get_models():
            for field in model._meta.concrete_fields:
                if field.related_model is Participant and model not in (Participant, Merge, NotSame):
                    key = person.pk.hex if connection.vendor == "sqlite" else person.pk
                    cursor.execute(f"SELECT * FROM {model._meta.db_table} WHERE {field.column} = %s ORDER BY 1", [key])
                    found.append((model._meta.db_table, field.column, cursor.fetchall()))
    return repr(found)


def _step(what, number, one, other, by):
    at = NOW + timedelta(minutes=number)
    if what == "diagnosis":
        people.add_diagnosis(participant=one, code=f"F10.{20 + number}", words="Alcohol", by=by, at=at)
    elif what == "check-in":
        recovery.check_in(participant=one, on=TODAY, at=at, by=by, mood=number % 10)
    elif what == "ask":
        questionnaires.assign(
            participant=one,
            instrument="phq9",
            reason="asked",
            due_from=at,
            due_until=at + timedelta(days=2),
            by=by,
            at=at,
        )
    elif what == "supporter":
        people.add_supporter(participant=one, name=f"Iris {number}", relation="Friend", by=by, at=at)
    elif what == "name":
        people.correct_participant(participant=one, preferred_name=f"A{number}", by=by, at=at)
    elif what == "merge":
        merged(one, other, by, at)
    else:
        merge = Merge.objects.filter(absorbed=one, undone_at__isnull=True).first()
        if merge is not None:
            people.part_records(merge=merge, reason="Two people.", by=by, at=at)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS)
def test_whatever_happens_merging_and_parting_move_no_row(program, counselor, supervisor, steps):
    """After any history, what stands under each record is what was written on it, merges undone or not."""
    with suppress(Undone), transaction.atomic():
        rows = [make.participant(program, f"Ada Alderquist{n}") for n in range(3)]
        for number, (what, first, second) in enumerate(steps):
            one, other = (Participant.objects.get(pk=rows[n].pk) for n in (first, second))
            before = [rows_of(row) for row in rows]
            try:
                with transaction.atomic():
                    _step(what, number, one, other, supervisor)
            except Refused:
                assert [rows_of(row) for row in rows] == before
                continue
            after = [rows_of(row) for row in rows]
            if what in {"merge", "part"}:
                assert after == before
            else:  # and nothing lands on another record
                assert [after[n] == before[n] for n in range(3) if n != first] == [True, True]
        for merge in Merge.objects.filter(undone_at__isnull=True):
            people.part_records(merge=merge, reason="Two people.", by=supervisor, at=NOW + timedelta(days=1))
        assert not Participant.objects.filter(merged_into__isnull=False).exists()
        raise Undone
