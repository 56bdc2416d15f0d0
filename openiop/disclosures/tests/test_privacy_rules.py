"""The privacy rules of 42 CFR part 2 as far as they are facts of what leaves, each under its number."""

from datetime import timedelta

import pytest
from django.core import mail
from django.db import connection, transaction

from conftest import NOW, TODAY
from openiop.base.errors import Refused
from openiop.consents import actions as consents
from openiop.disclosures import actions, queries
from openiop.disclosures.models import Disclosure
from openiop.disclosures.rules import figures, papers, release
from openiop.disclosures.rules.release import Ask, Basis, Grant, Ordered, Receiver, Standing, Use
from openiop.management.commands import work
from openiop.outbox import actions as outbox
from openiop.outbox.models import Message
from tests.make import records

KINDS = frozenset({"contact", "diagnoses", "placement", "plan", "attendance", "notes", "measures", "counseling-notes"})
EARLIER = NOW - timedelta(hours=2)


def asks():
    """Every basis, receiver and use there is, for every kind."""
    for basis in Basis:
        for receiver in Receiver:
            for use in Use:
                yield Ask(basis, receiver, "Someone", use, tuple(sorted(KINDS)))


def decide(ask, variant="", **more):
    grant = Grant("1", variant, KINDS, "Someone", holds=True) if variant else None
    given = {"standing": Standing(), "readable": KINDS} | more
    return release.decide_release(ask, grant=grant, **given)


def test_p01_every_disclosure_rests_on_exactly_one_basis(ada, counselor, supervisor):
    both = Ask("consent", "provider", "Someone", "treatment", ("plan",))
    assert not decide(both, "named_disclosure", order=Ordered(kinds=KINDS)).allowed
    assert not decide(both).allowed
    row = records.sent(ada, supervisor, NOW)
    with connection.cursor() as cursor, pytest.raises(Exception, match="never changed"), transaction.atomic():
        cursor.execute("UPDATE disclosures_disclosure SET basis = 'own'")
    assert [field for field in ("consent", "agreement", "process") if getattr(row, field)] == ["consent"]


@pytest.mark.parametrize("variant", sorted(release.RECEIVERS))
def test_p04_a_receiver_outside_the_consent_is_barred_and_the_reason_is_told(variant):
    for ask in asks():
        if ask.basis != Basis.CONSENT:
            continue
        found = decide(ask, variant)
        if ask.receiver not in release.RECEIVERS[variant]:
            assert found.reasons == ("This form of consent does not reach such a receiver.",)
        other = Ask(ask.basis, ask.receiver, "Another", ask.use, ask.kinds)
        if variant not in release.CLASS_IS_ENOUGH:
            assert not decide(other, variant).allowed


def test_p05_a_kind_outside_the_scope_is_left_out_and_the_rest_goes():
    ask = Ask("consent", "provider", "Someone", "treatment", ("plan", "notes"))
    grant = Grant("1", "named_disclosure", frozenset({"plan"}), "Someone", holds=True)
    found = release.decide_release(ask, standing=Standing(), readable=KINDS, grant=grant)
    assert (found.kinds, [left.kind for left in found.left]) == (("plan",), ["notes"])


@pytest.mark.parametrize("how", ["revoked", "expired"])
def test_p06_a_consent_carries_nothing_from_the_very_second_it_ends(ada, counselor, supervisor, how):
    row = records.consent(ada, counselor, EARLIER, expires_at=NOW)
    if how == "revoked":
        consents.revoke_consent(consent=row, how="in person", by=counselor, at=NOW - timedelta(minutes=5))
    last = NOW - timedelta(minutes=5) if how == "revoked" else NOW
    row.refresh_from_db()
    assert queries.grant(row, last - timedelta(seconds=1)).holds
    assert not queries.grant(row, last).holds


@pytest.mark.parametrize("receiver", ["provider", "school"])
def test_p07_every_consented_disclosure_has_its_notice_and_its_scope(ada, counselor, supervisor, receiver):
    row = records.sent(ada, supervisor, NOW, receiver=receiver, use="at-request")
    assert row.notice == "A"
    assert row.notice_words == queries.notices().words("A")
    assert row.scope
    assert (row.scope == row.consent.text_shown) is (receiver == "provider")


def test_p08_an_accounting_lists_all_consented_disclosures_of_three_years_with_all_it_must_say(
    ada, counselor, supervisor
):
    tpo = records.consent(ada, counselor, EARLIER, variant="tpo_single", recipient="Providers and health plans")
    records.sent(ada, supervisor, NOW, tpo, receiver="health-plan", recipient="Meadow Health", use="claim")
    records.sent(ada, supervisor, NOW)
    found = queries.accounting(ada.pk, NOW)
    assert {row.recipient for row in found} == {"Meadow Health", "Dr. Fenwick"}
    assert all(row.made_at and row.recipient and row.description and row.purpose for row in found)
    assert queries.accounting(ada.pk, NOW + timedelta(days=3 * 366)) == []


def test_p10_counseling_notes_leave_on_no_basis_but_their_own_consent():
    for variant in ["", *release.RECEIVERS]:
        for ask in asks():
            more = {"agreed": True} if ask.basis == Basis.AUDIT else {}
            more |= {"order": Ordered(kinds=KINDS)} if ask.basis == Basis.COURT_ORDER else {}
            kept = decide(ask, variant, **more).kinds
            assert "counseling-notes" not in kept or (variant == release.COUNSELING_CONSENT and len(kept) == 1)


def test_p19_a_legal_paper_places_a_hold_and_bars_release_by_hand(program, ada, counselor, supervisor):
    row = records.consent(ada, counselor, EARLIER)
    records.paper(program, counselor, EARLIER, ada)
    assert ada.legal_holds.filter(lifted_at__isnull=True).count() == 1
    with pytest.raises(Refused, match="Only the privacy officer"):
        records.sent(ada, supervisor, NOW, row)
    assert not Disclosure.objects.exists()


@pytest.mark.parametrize("kind", sorted(papers.PaperKind))
def test_p19_trap_34_a_paper_that_is_no_order_opens_nothing(program, ada, counselor, kind):
    row = records.paper(program, counselor, NOW, ada, kind=kind)
    assert "alone opens nothing and confirms nobody" in queries.ordered(row, TODAY).reasons[0]


def test_p20_cells_of_one_to_ten_are_hidden_and_cannot_be_reckoned_back():
    for small in range(1, 11):
        shown = figures.suppressed({"a": 50, "b": small, "c": 40})
        assert shown["b"] is None
        assert sum(count is None for count in shown.values()) > 1


def test_p21_no_column_of_the_eighteen_and_no_free_text_passes():
    assert len(figures.EIGHTEEN) == 18
    assert figures.why_not_deidentified(["words"], [["He said so."]]) != []
    assert figures.why_not_deidentified(["level", "age"], [["2.1", "90 or over"]]) == []


def test_p25_email_that_leaves_waits_until_an_agreement_covers_it(program, director, settings):
    settings.EMAIL_BACKEND = "openiop.outbox.tests.broken_mail.Refusing"  # someone else's server, as far as we know
    to = {"recipient": "a@example.org", "recipient_id": "1", "program_id": program.pk}
    outbox.queue_email(kind="due", due_at=NOW, at=NOW, link="https://x.test/", **to)
    assert queries.programs_without_email(NOW) == {str(program.pk)}
    assert work.send_mail(NOW) == 0
    assert (Message.objects.get().tries, Message.objects.get().status) == (0, "due")
    records.agreement(program, director)
    work.send_mail(NOW)
    assert Message.objects.get().tries == 1


def test_p25_email_that_stays_here_needs_no_agreement(program, settings):
    to = {"recipient": "a@example.org", "recipient_id": "1", "program_id": program.pk}
    outbox.queue_email(kind="due", due_at=NOW, at=NOW, link="https://x.test/", **to)
    assert work.send_mail(NOW) == 1
    assert len(mail.outbox) == 1


@pytest.mark.parametrize("name", [name for name, one in queries.integrations().items() if not one.local])
def test_p25_nothing_is_on_without_an_agreement_in_force(program, director, name):
    assert queries.why_off(program, name, NOW) != []
    bound = records.agreement(program, director, covers=[name], ends_on=TODAY)
    assert queries.why_off(program, name, NOW, consented=True) == []
    assert queries.why_off(program, name, NOW + timedelta(days=1), consented=True) != []
    actions.end_agreement(agreement=bound, reason="Changed hands", by=director, at=NOW)
    assert queries.why_off(program, name, NOW, consented=True) != []


def test_p26_a_record_is_kept_seven_years_a_minors_longer_and_then_only_listed(program):
    last, child = TODAY, TODAY.replace(year=TODAY.year - 16)
    given = {"last_on": last, "years": 7, "minor_until": 25}
    grown = papers.kept_until(born_on=None, **given)
    assert grown == TODAY.replace(year=TODAY.year + 7)
    assert papers.kept_until(born_on=child, **given) > grown
    assert papers.keeping(today=grown, until=grown, held=True, sealed=True) == "held"


def test_p29_a_language_model_is_off_without_agreement_and_consent(program, director):
    assert len(queries.why_off(program, "ai", NOW)) == 2
    records.agreement(program, director, covers=["ai"])
    assert queries.why_off(program, "ai", NOW) == ["It also needs each participant’s consent."]


@pytest.mark.parametrize("receiver", ["family", "employer", "court", "criminal-justice", "school"])
def test_trap_29_a_consent_for_treatment_payment_and_operations_reaches_none_of_these(receiver):
    for use in Use:
        assert not decide(Ask("consent", receiver, "Someone", use, ("attendance",)), "tpo_single").allowed


@pytest.mark.parametrize("variant", sorted(set(release.RECEIVERS) - {release.PROCEEDINGS}))
def test_trap_30_no_consent_but_its_own_carries_a_proceeding(variant):
    for receiver in Receiver:
        assert not decide(Ask("consent", receiver, "Someone", Use.PROCEEDINGS, ("plan",)), variant).allowed


def test_trap_31_a_disclosure_is_never_edited_or_taken_out_and_the_consent_is_asked_when_it_is_sent(
    ada, counselor, supervisor
):
    row = records.consent(ada, counselor, EARLIER)
    ground = records.ground(ada, EARLIER, row)
    consents.revoke_consent(consent=row, how="in person", by=counselor, at=NOW - timedelta(minutes=1))
    from openiop.records import actions as way_out

    with pytest.raises(Refused, match="not in force"):
        way_out.release_record(participant=ada, ground=ground, ask=records.ask(), by=supervisor, at=NOW)
    other = records.sent(ada, supervisor, NOW)
    for statement in ("DELETE FROM disclosures_disclosure", "UPDATE disclosures_packet SET content = '{}'"):
        with connection.cursor() as cursor, pytest.raises(Exception, match="never changed"), transaction.atomic():
            cursor.execute(statement)
    assert Disclosure.objects.get() == other


def test_trap_32_a_notice_of_before_2024_is_turned_away():
    old = "42 CFR part 2 prohibits unauthorized disclosure of these records."
    assert release.why_not_notice("B", old) == ["It is the wording of before 2024, without “use or”."]


def test_trap_34_no_basis_is_a_subpoena_a_parent_or_a_duty_to_warn():
    assert {str(basis) for basis in Basis} == {
        "consent", "emergency", "audit", "qso", "court-order", "child-report", "own", "internal", "de-identified",
    }  # fmt: skip
