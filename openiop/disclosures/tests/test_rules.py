"""What may leave, which papers bind, and which figures tell nobody: every branch."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openiop.disclosures import queries
from openiop.disclosures.rules import figures, papers, release
from openiop.disclosures.rules.release import Ask, Grant, Limit, Ordered, Standing

NOW = datetime(2026, 10, 14, 20, 48, tzinfo=UTC)
TODAY = NOW.date()
EVERY = frozenset({"contact", "diagnoses", "plan", "attendance", "notes", "measures", "alerts", "access-log"})
FREE = Standing()


def ask(**changes):
    given = {
        "basis": "consent",
        "receiver": "provider",
        "recipient": "Dr. Fenwick",
        "use": "treatment",
        "kinds": ("attendance", "plan"),
    }
    return Ask(**(given | changes))


def grant(**changes):
    given = {
        "id": "1",
        "variant": "named_disclosure",
        "kinds": EVERY,
        "recipient": "Dr. Fenwick; Mill Street Clinic",
        "holds": True,
    }
    return Grant(**(given | changes))


def decide(asked, *, standing=FREE, readable=EVERY | {"counseling-notes"}, **on):
    return release.decide_release(asked, standing=standing, readable=readable, **on)


def test_a_consent_in_force_lets_what_it_covers_go_to_whom_it_names():
    found = decide(ask(), grant=grant())
    assert found.allowed
    assert (found.kinds, found.left, found.notice, found.accompany) == (("attendance", "plan"), (), "A", "consent")


@pytest.mark.parametrize(
    ("asked", "on", "says"),
    [
        (ask(basis="telephone"), {}, "Choose the basis"),
        (ask(basis="emergency"), {}, "Choose the basis"),
        (ask(), {}, "Choose the consent"),
        (ask(), {"grant": grant(holds=False)}, "not in force"),
        (ask(), {"grant": grant(), "order": Ordered()}, "one basis, not on two"),
        (ask(), {"grant": grant(), "agreed": True}, "one basis, not on two"),
        (ask(basis="own", receiver="self"), {"grant": grant()}, "one basis, not on two"),
        (ask(receiver="court"), {"grant": grant()}, "does not reach"),
        (ask(), {"grant": grant(variant="one_never_heard_of")}, "does not reach"),
        (ask(use="proceedings"), {"grant": grant()}, "own consent or a court"),
        (ask(recipient="Dr. Other"), {"grant": grant()}, "does not name this receiver"),
        (ask(recipient=" . "), {"grant": grant()}, "Name the receiver"),
        (ask(use="support"), {"grant": grant(variant="tpo_single")}, "treatment, payment and operations alone"),
        (ask(receiver="health-plan"), {"grant": grant(variant="tpo_single", recipient="My providers")}, "not name"),
        (ask(), {"grant": grant(variant="tpo_single", recipient="My health plan")}, "does not name this receiver"),
        (
            ask(receiver="health-plan", recipient="Elm Health Plan", use="claim"),
            {"grant": grant(variant="payer_only", recipient="Meadow Health Plan")},
            "does not name this receiver",
        ),
        (ask(kinds=()), {"grant": grant()}, "at least one kind"),
        (ask(kinds=("alerts",)), {"grant": grant()}, "Nothing of what was chosen"),
        (ask(basis="audit", receiver="auditor"), {}, "written agreement in force"),
        (ask(basis="audit"), {"agreed": True}, "goes to an auditor"),
        (ask(basis="audit", receiver="auditor", use="proceedings"), {"agreed": True}, "own consent or a court"),
        (ask(basis="child-report", receiver="authority", use="proceedings"), {}, "own consent or a court"),
        (ask(basis="court-order", receiver="court"), {}, "Choose the order"),
        (ask(basis="court-order", receiver="court"), {"order": Ordered(("Not yet.",))}, "Not yet."),
        (ask(basis="child-report"), {}, "the authority that takes it"),
        (ask(basis="own"), {}, "to the participant alone"),
    ],
)
def test_what_no_basis_carries_does_not_go_and_says_why(asked, on, says):
    found = decide(asked, **on)
    assert not found.allowed
    assert found.kinds == ()
    assert says in found.reasons[0]


@pytest.mark.parametrize(
    ("asked", "on"),
    [
        (ask(basis="audit", receiver="auditor", use="audit"), {"agreed": True}),
        (ask(basis="court-order", receiver="court", use="proceedings"), {"order": Ordered(kinds=EVERY)}),
        (ask(basis="own", receiver="self", use="own"), {}),
        (ask(recipient="mill street  clinic"), {"grant": grant()}),
        (ask(receiver="court", use="proceedings"), {"grant": grant(variant="legal_proceedings")}),
    ],
)
def test_each_basis_carries_what_is_its_own(asked, on):
    assert decide(asked, **on).allowed


@pytest.mark.parametrize(
    ("standing", "asked", "on", "says"),
    [
        (Standing(process_open=True), ask(), {"grant": grant()}, "Only the privacy officer"),
        (Standing(on_hold=True), ask(), {"grant": grant()}, "on legal hold"),
        (Standing(sealed=True, officer=True), ask(), {"grant": grant()}, "sealed"),
    ],
)
def test_what_stands_against_a_release_stops_it(standing, asked, on, says):
    assert says in decide(asked, standing=standing, **on).reasons[0]


def test_the_officer_the_order_and_ones_own_copy_do_not_wait():
    stands = Standing(process_open=True, on_hold=True)
    assert decide(ask(), standing=Standing(process_open=True, on_hold=True, officer=True), grant=grant()).allowed
    order = ask(basis="court-order", receiver="court", use="proceedings")
    assert decide(order, standing=stands, order=Ordered(kinds=EVERY)).allowed
    assert decide(ask(basis="own", receiver="self", use="own"), standing=stands).allowed
    report = ask(basis="child-report", receiver="authority", use="report", kinds=("contact",))
    assert decide(report, standing=Standing(sealed=True)).allowed


@pytest.mark.parametrize(
    ("kind", "asked", "on", "says"),
    [
        ("counseling-notes", ask(), {"grant": grant(kinds=EVERY | {"counseling-notes"})}, "their own consent alone"),
        ("plan", ask(), {"grant": grant(variant="sud_counseling_notes")}, "counseling notes alone"),
        ("alerts", ask(), {"grant": grant()}, "never leaves"),
        ("access-log", ask(), {"grant": grant()}, "never leaves"),
        ("plan", ask(), {"grant": grant(kinds=frozenset({"attendance"}))}, "does not cover"),
        ("plan", ask(basis="court-order"), {"order": Ordered(kinds=frozenset({"attendance"}))}, "does not name it"),
        ("plan", ask(basis="child-report"), {}, "no more than who"),
        ("notes", ask(receiver="health-plan", use="claim"), {"grant": grant(variant="tpo_single")}, "More than"),
        ("medications", ask(basis="own"), {}, "None of your roles"),
    ],
)
def test_a_kind_outside_stays_behind_and_says_why(kind, asked, on, says):
    on = {"grant": None, "order": None} | on
    assert says in release.why_left(kind, asked, limits=(), readable=EVERY, **on)


@pytest.mark.parametrize(
    ("named", "reached"),
    [
        ("My treating providers, health plans, third-party payers, and people helping to operate this program",
         {"provider", "health-plan", "operations"}),
        ("My treating providers, health plans, payers and those who help run the program",
         {"provider", "health-plan", "operations"}),
        ("My health plan", {"health-plan"}),
        ("Everyone who treats me; those who treat me", {"provider"}),
        ("Mis proveedores y mi seguro", {"provider", "health-plan"}),
        ("Meadow Health Plan", set()),
        ("Dr. Fenwick", set()),
    ],
)  # fmt: skip
def test_a_consent_reaches_the_classes_of_receivers_its_words_name_and_no_other(named, reached):
    assert {one for one in release.Receiver if release.names_class(named, one)} == reached


def test_what_is_left_out_does_not_stop_the_rest():
    found = decide(ask(kinds=("plan", "medications", "plan")), grant=grant())
    assert found.kinds == ("plan",)
    assert [left.kind for left in found.left] == ["medications"]


def test_ones_own_copy_says_who_looked_and_counseling_notes_leave_by_their_own_consent():
    assert decide(ask(basis="own", receiver="self", use="own", kinds=("access-log",))).allowed
    apart = grant(variant="sud_counseling_notes", kinds=frozenset({"counseling-notes"}))
    assert decide(ask(kinds=("counseling-notes",)), grant=apart).kinds == ("counseling-notes",)


@pytest.mark.parametrize(
    ("limit", "kept"),
    [
        (Limit(frozenset({"plan"}), "provider"), ("attendance",)),
        (Limit(frozenset({"plan"}), ""), ("attendance",)),
        (Limit(frozenset({"plan"}), "employer"), ("attendance", "plan")),
        (Limit(frozenset(), ""), ()),
    ],
)
def test_an_agreed_restriction_holds_back_what_it_names(limit, kept):
    assert decide(ask(), standing=Standing(limits=(limit,)), grant=grant()).kinds == kept


def test_a_restriction_binds_consented_releases_and_not_ones_own_copy():
    held = Standing(limits=(Limit(),))
    assert decide(ask(basis="own", receiver="self", use="own"), standing=held).allowed


@pytest.mark.parametrize(
    ("basis", "how", "option"),
    [("consent", "fax", "A"), ("consent", "phone", "B"), ("audit", "print", "B"), ("own", "portal", "")],
)
def test_each_way_out_has_its_notice(basis, how, option):
    assert release.notice_for(basis, how) == option


def test_those_who_do_not_know_get_the_scope_in_words_and_not_the_consent():
    assert release.accompany_for("consent", "school") == "scope"
    assert release.accompany_for("consent", "provider") == "consent"
    assert release.accompany_for("audit", "auditor") == ""
    words = release.scope_words(signed="May 1, 2026", kinds=["attendance"], use="school", ends="May 1, 2027")
    assert "attendance, and nothing else" in words
    assert release.day_words(TODAY) == "October 14, 2026"


@pytest.mark.parametrize(
    ("option", "words", "says"),
    [
        ("B", "Secret.", "does not name 42 CFR part 2"),
        ("B", "42 CFR part 2 prohibits unauthorized disclosure of these records.", "before 2024"),
        ("B", "42 CFR part 2 prohibits disclosure of records, because orders of a court are needed.", "before 2024"),
        ("A", "42 CFR part 2: no use or disclosure. A general authorization is not enough.", "nothing of proceedings"),
        ("A", "42 CFR part 2: no use or disclosure in proceedings.", "general authorization"),
    ],
)
def test_an_outdated_notice_is_told(option, words, says):
    assert any(says in reason for reason in release.why_not_notice(option, words))


def test_a_notice_is_known_by_its_words_whatever_their_case_and_lines():
    words = queries.notices().words("B")
    assert release.why_not_notice("B", words.upper().replace(" ", "\n ")) == []


# --- accounting -------------------------------------------------------------------------------------------------------


def sent(years, basis="consent", *, tpo=False, by_software=True):
    return release.Sent(release.years_before(NOW, years), basis, tpo, by_software)


@pytest.mark.parametrize(
    ("row", "counts"),
    [
        (sent(3), True),
        (release.Sent(release.years_before(NOW, 3) - timedelta(seconds=1), "consent", False, True), False),
        (sent(1, tpo=True), True),
        (sent(1, tpo=True, by_software=False), False),
        (sent(1, by_software=False), True),
        (sent(6, "court-order"), True),
        (sent(7, "court-order"), False),
        (release.Sent(NOW + timedelta(seconds=1), "consent", tpo=False, by_software=True), False),
        (sent(1, "own"), False),
        (sent(1, "internal"), False),
        (sent(1, "de-identified"), False),
    ],
)
def test_an_accounting_lists_three_years_with_consent_and_six_without(row, counts):
    assert release.is_accounted(row, NOW) is counts


def test_three_years_before_a_leap_day_is_the_day_before_march():
    leap = datetime(2028, 2, 29, 12, tzinfo=UTC)
    assert release.years_before(leap, 3) == datetime(2025, 2, 28, 12, tzinfo=UTC)


# --- a caller ---------------------------------------------------------------------------------------------------------


def test_a_caller_hears_the_neutral_sentence_and_what_a_consent_lets_them_be_told():
    family = grant(variant="family_person", recipient="Rosa Alder", kinds=frozenset({"schedule", "alerts"}))
    assert release.answer_caller("rosa alder", [family]).kinds == ("schedule",)
    for other in (
        release.answer_caller("Rosa", [family]),
        release.answer_caller("Rosa Alder", [grant(variant="tpo_single", recipient="Rosa Alder")]),
        release.answer_caller("Rosa Alder", [grant(recipient="Rosa Alder", holds=False)]),
        release.answer_caller("", []),
    ):
        assert other == release.Neutral(release.NEUTRAL_SENTENCE)


def test_the_same_content_has_the_same_digest():
    assert release.digest_of({"a": 1, "b": [2]}) == release.digest_of({"b": [2], "a": 1})
    assert release.digest_of({"a": 1}) != release.digest_of({"a": 2})


# --- restrictions, agreements -----------------------------------------------------------------------------------------


def test_a_request_to_hold_back_says_what():
    assert papers.why_not_ask_restriction(words=" ") != []
    assert papers.why_not_ask_restriction(words="My notes") == []


@pytest.mark.parametrize(
    ("changes", "count"),
    [
        ({}, 0),
        ({"status": "agreed"}, 1),
        ({"agree": False}, 1),
        ({"agree": False, "reason": "Not possible"}, 0),
        ({"agree": False, "reason": "No", "receiver": "health-plan", "paid_in_full": True}, 1),
        ({"agree": True, "receiver": "health-plan", "paid_in_full": True}, 0),
        ({"agree": False, "reason": "No", "receiver": "health-plan"}, 0),
    ],
)
def test_paid_in_full_and_held_from_a_health_plan_leaves_no_choice(changes, count):
    given = {"status": "asked", "agree": True, "reason": "", "receiver": "", "paid_in_full": False}
    assert len(papers.why_not_decide_restriction(**(given | changes))) == count


def paper(**changes):
    given = {"kind": "qsoa", "counterpart": "Postmark", "covers": frozenset({"smtp"}), "signed_on": TODAY}
    return papers.Paper(**(given | changes))


@pytest.mark.parametrize(
    ("changes", "active"),
    [
        ({}, True),
        ({"signed_on": TODAY + timedelta(days=1)}, False),
        ({"ends_on": TODAY}, True),
        ({"ends_on": TODAY - timedelta(days=1)}, False),
        ({"ended_on": TODAY}, False),
        ({"ended_on": TODAY + timedelta(days=1)}, True),
    ],
)
def test_an_agreement_binds_from_its_day_through_its_last(changes, active):
    assert papers.is_active(paper(**changes), TODAY) is active


def test_an_agreement_that_ends_within_two_months_ends_soon():
    assert papers.ends_soon(paper(ends_on=TODAY + timedelta(days=60)), TODAY)
    assert not papers.ends_soon(paper(ends_on=TODAY + timedelta(days=61)), TODAY)
    assert not papers.ends_soon(paper(), TODAY)
    assert not papers.ends_soon(paper(ends_on=TODAY - timedelta(days=1)), TODAY)


def test_an_audit_needs_an_audit_agreement_with_that_very_auditor():
    bound = [paper(kind="audit", counterpart="State Board")]
    assert papers.audits(bound, "state board", TODAY)
    assert not papers.audits(bound, "Another board", TODAY)
    assert not papers.audits([paper(counterpart="State Board")], "State Board", TODAY)


def test_nothing_is_switched_on_without_an_agreement_that_covers_it():
    known = queries.integrations()
    mail, model, here = known["smtp"], known["ai"], known["mail-file"]
    assert papers.why_not_switch_on(mail, [paper()], TODAY) == []
    assert papers.why_not_switch_on(mail, [paper(kind="audit")], TODAY) != []
    assert papers.why_not_switch_on(mail, [paper(covers=frozenset({"sms"}))], TODAY) != []
    assert papers.why_not_switch_on(here, [], TODAY) == []
    assert len(papers.why_not_switch_on(model, [], TODAY)) == 2
    covered = [paper(covers=frozenset({"ai"}))]
    assert len(papers.why_not_switch_on(model, covered, TODAY)) == 1
    assert papers.why_not_switch_on(model, covered, TODAY, consented=True) == []


@pytest.mark.parametrize(
    ("changes", "count"),
    [
        ({}, 0),
        ({"counterpart": " "}, 1),
        ({"signed_on": TODAY + timedelta(days=1)}, 1),
        ({"ends_on": TODAY - timedelta(days=1)}, 1),
        ({"ends_on": TODAY}, 0),
        ({"covers": []}, 1),
        ({"covers": [], "kind": "audit"}, 0),
    ],
)
def test_an_agreement_is_with_someone_about_something(changes, count):
    given = {"counterpart": "P", "kind": "baa", "covers": ["smtp"], "signed_on": TODAY, "ends_on": None}
    assert len(papers.why_not_agreement(**(given | changes), today=TODAY)) == count


@pytest.mark.parametrize("why_not", [papers.why_not_end_agreement])
def test_an_agreement_ends_once_for_a_reason(why_not):
    assert why_not(ended=True, reason="x") != []
    assert why_not(ended=False, reason=" ") != []
    assert why_not(ended=False, reason="Changed hands") == []


# --- legal papers -----------------------------------------------------------------------------------------------------


def legal(**changes):
    given = {
        "statute": "2.64",
        "with_mandate": True,
        "told_on": TODAY,
        "heard_on": TODAY,
        "kinds": frozenset({"attendance"}),
    }
    return papers.Legal(**(given | changes))


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({}, ""),
        ({"open": False}, "closed"),
        ({"statute": ""}, "alone opens nothing"),
        ({"statute": "2.67"}, "places an agent"),
        ({"with_mandate": False}, "does not compel"),
        ({"told_on": None}, "was told"),
        ({"heard_on": None}, "chance to answer"),
        ({"heard_on": TODAY + timedelta(days=1)}, "chance to answer"),
        ({"kinds": frozenset()}, "which kinds"),
        ({"statute": "2.65", "told_on": None}, ""),
        ({"statute": "2.66", "told_on": None, "heard_on": None}, ""),
    ],
)
def test_a_paper_opens_a_record_only_with_all_the_law_asks(changes, says):
    reasons = papers.why_not_answer(legal(**changes), TODAY)
    assert (says in reasons[0]) if says else reasons == []


def test_a_paper_comes_from_someone_asks_for_something_and_came_by_today():
    given = {"from_whom": "Counsel", "asks": "All", "received_on": TODAY, "today": TODAY}
    assert papers.why_not_take_in(**given) == []
    wrong = {"from_whom": "", "asks": " ", "received_on": TODAY + timedelta(days=1)}
    assert len(papers.why_not_take_in(**(given | wrong))) == 3


def test_an_order_names_its_section_and_its_day():
    assert papers.why_not_order(open_=True, statute="2.64", order_on=TODAY, today=TODAY) == []
    assert len(papers.why_not_order(open_=False, statute="9.99", order_on=None, today=TODAY)) == 3
    assert len(papers.why_not_order(open_=True, statute="2.64", order_on=date(2099, 1, 1), today=TODAY)) == 1


def test_a_paper_closes_once_with_words_and_a_hold_begins_and_ends_with_a_reason():
    assert papers.why_not_close(open_=False, words="x") != []
    assert papers.why_not_close(open_=True, words="") != []
    assert papers.why_not_close(open_=True, words="Withdrawn") == []
    assert papers.why_not_hold(" ") != []
    assert papers.why_not_hold("A complaint") == []
    assert papers.why_not_lift(released=True, reason="x") != []
    assert papers.why_not_lift(released=False, reason="") != []
    assert papers.why_not_lift(released=False, reason="Over") == []


# --- how long ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("last", "born", "until"),
    [
        (date(2026, 1, 31), date(1980, 5, 1), date(2033, 1, 31)),
        (date(2026, 1, 31), None, date(2033, 1, 31)),
        (date(2026, 1, 31), date(2010, 5, 1), date(2035, 5, 1)),
        (date(2026, 1, 31), date(2008, 2, 1), date(2033, 2, 1)),
        (date(2024, 2, 29), None, date(2031, 3, 1)),
    ],
)
def test_a_record_is_kept_the_longer_of_the_years_and_for_a_minor_the_age(last, born, until):
    assert papers.kept_until(last_on=last, born_on=born, years=7, minor_until=25) == until


@pytest.mark.parametrize(
    ("changes", "state"),
    [
        ({}, "kept"),
        ({"until": TODAY}, "to-seal"),
        ({"sealed": True}, "sealed"),
        ({"sealed": True, "held": True}, "held"),
    ],
)
def test_a_hold_goes_before_everything(changes, state):
    given = {"today": TODAY, "until": TODAY + timedelta(days=1), "held": False, "sealed": False}
    found = papers.keeping(**(given | changes))
    assert found == state
    assert bool(papers.why_not_seal(found)) is (state != "to-seal")


# --- figures ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("cells", "shown"),
    [
        ({"a": 40, "b": 30}, {"a": 40, "b": 30}),
        ({"a": 40, "b": 30, "c": 3}, {"a": 40, "b": None, "c": None}),
        ({"a": 40, "b": 0, "c": 3}, {"a": None, "b": 0, "c": None}),
        ({"a": 40, "b": 12, "c": 3, "d": 4}, {"a": 40, "b": None, "c": None, "d": None}),
        ({"a": 40, "b": 9, "c": 3}, {"a": 40, "b": None, "c": None}),
        ({"a": 3}, {"a": None}),
        ({}, {}),
    ],
)
def test_small_cells_are_hidden_and_cannot_be_reckoned_back(cells, shown):
    assert figures.suppressed(cells) == shown


@given(st.dictionaries(st.sampled_from("abcdefgh"), st.integers(0, 60)))
def test_no_table_gives_a_small_cell_away(cells):
    shown, total = figures.suppressed(cells), figures.total_shown(cells)
    assert all(count is None or count == 0 or count >= 11 for count in shown.values())
    hidden = [cells[name] for name, count in shown.items() if count is None]
    if total is not None and hidden:
        assert len(hidden) > 1
        assert sum(hidden) >= 11  # what the total and the shown cells give away together


def test_a_total_of_a_few_is_hidden_and_of_none_is_not():
    assert figures.total_shown({"a": 3, "b": 2}) is None
    assert figures.total_shown({"a": 0}) == 0
    assert figures.total_shown({"a": 30}) == 30


@pytest.mark.parametrize(
    ("born", "said"),
    [
        (None, ""),
        (date(1980, 10, 14), "46"),
        (date(1980, 10, 15), "45"),
        (date(1937, 1, 1), "89"),
        (date(1936, 10, 14), "90 or over"),
    ],
)
def test_an_age_over_89_is_one_class(born, said):
    assert figures.age_words(born, TODAY) == said


def test_a_day_is_a_year_and_a_zip_code_three_digits_where_many_live():
    assert figures.year_of(TODAY) == "2026"
    assert figures.year_of(None) == ""
    assert figures.zip3("43215", {"036"}) == "432"
    assert figures.zip3(" 43215-1234", {"036"}) == "432"
    assert figures.zip3("03601", {"036"}) == "000"
    assert figures.zip3("4321", set()) == ""


def test_every_one_of_the_eighteen_and_free_text_is_told():
    columns = "legal_name city born_on phone fax email ssn record_number member account license vehicle device url ip"
    for column in [*columns.split(), "fingerprint", "photo", "participant_id", "words"]:
        assert figures.why_not_deidentified([column], []) != [], column


@pytest.mark.parametrize(
    "cell",
    [
        "2026-10-14",
        "a@example.org",
        "https://x.test",
        "123-45-6789",
        "614-555-0134",
        "10.0.0.1",
        "5f0c2c1e-0000-4000-8000-000000000001",
        "43215",
        "x" * 61,
    ],
)
def test_a_cell_that_looks_like_someone_is_told(cell):
    assert figures.why_not_deidentified(["level"], [[cell]]) != []


def test_ages_and_years_are_looked_through():
    assert figures.why_not_deidentified(["age"], [["90"]]) != []
    assert figures.why_not_deidentified(["age"], [["89"], ["90 or over"], [""]]) == []
    assert figures.why_not_deidentified(["year_ended"], [["10/2026"]]) != []
    assert figures.why_not_deidentified(["year_ended"], [["2026"], [""]]) == []


# --- data files -------------------------------------------------------------------------------------------------------


def test_the_notices_are_those_of_2024_and_an_older_file_is_turned_away():
    told = queries.notices()
    assert told.version == "2024"
    assert told.words("B") == "42 CFR part 2 prohibits unauthorized use or disclosure of these records."
    assert told.words("") == ""
    old = {"version": "2018", "options": {"A": told.words("A"), "B": "42 CFR part 2 prohibits disclosure."}}
    with pytest.raises(ValueError, match="before 2024"):
        queries.read_notices(old)
    with pytest.raises(ValueError, match="A and B"):
        queries.read_notices({"version": "2024", "options": {"A": told.words("A")}})


def test_the_sparse_areas_are_those_of_the_day():
    assert "036" in queries.sparse_zips(TODAY)
    assert len(queries.sparse_zips(TODAY)) == 17
