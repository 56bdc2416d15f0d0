"""Each rule of privacy, P01 to P30, and each trap about it, 26 to 42, is named by a test that shows it."""

import re
from pathlib import Path

from django.urls import get_resolver

from conftest import TODAY
from openiop.consents.rules import Kind
from openiop.disclosures import queries as disclosures
from openiop.disclosures.rules import papers
from openiop.records import rules as records
from tests.house.test_house import patterns

ROOT = Path(__file__).parents[1]
RULES = [f"p{number:02}" for number in range(1, 31)]
TRAPS = [f"trap_{number}" for number in range(26, 43)]
NAMED = re.compile(r"^def (test_\w+)\(", re.MULTILINE)
RULE = re.compile(r"(?:^|_)(p\d\d|trap_\d\d)(?=_)")


def shown_by():
    """The tests of each rule, by what their names say."""
    found = {name: [] for name in RULES + TRAPS}
    for folder in ("openiop", "tests"):
        for path in sorted((ROOT / folder).rglob("test_*.py")):
            for test in NAMED.findall(path.read_text(encoding="utf-8")):
                for rule in RULE.findall(test.removeprefix("test_")):
                    found.setdefault(rule, []).append(f"{path.relative_to(ROOT)}::{test}")
    return found


def test_every_rule_and_every_trap_of_privacy_is_named_by_a_test():
    found = shown_by()
    assert [name for name in RULES + TRAPS if not found[name]] == []


def test_no_test_names_a_rule_or_a_trap_that_is_not_there():
    others = {name for name in set(shown_by()) - {*RULES, *TRAPS} if name.startswith("p")}
    assert others == set()
    assert all(1 <= int(name.removeprefix("trap_")) <= 58 for name in shown_by() if name.startswith("trap_"))


# --- what the product does not have, and cannot be made to send through -----------------------------------------------


def addresses():
    """Every address with its name, in words."""
    return [re.sub(r"[^a-z0-9]+", " ", f"{name} {page.pattern}".lower()) for name, page in patterns(get_resolver())]


def leads_to(words):
    return [one for one in addresses() if re.search(rf"\b({words})\b", one)]


def test_p29_trap_40_nothing_summarizes_a_record_and_no_counseling_note_or_draft_could_reach_what_does():
    """Off until an agreement covers it, and even then each participant's consent; and no page leads there."""
    model = disclosures.integrations()["ai"]
    agreed = papers.Paper("baa", "Model maker", frozenset({"ai"}), TODAY)
    assert papers.why_not_switch_on(model, [], TODAY, consented=True)
    assert papers.why_not_switch_on(model, [agreed], TODAY)
    assert not leads_to("ai|llm|model|summary|summaries|assistant")
    assert Kind.COUNSELING_NOTES not in {*records.RELEASABLE, *records.OWN_COPY}
    assert not {str(kind) for kind in Kind} & {"drafts", "journal"}


def test_p30_no_address_opens_or_records_a_room_of_video():
    assert papers.why_not_switch_on(disclosures.integrations()["telehealth"], [], TODAY)
    assert not leads_to("video|telehealth|join|recording")


def test_p01_p18_no_claim_and_no_exchange_of_records_leaves_by_any_address():
    for name in ("clearinghouse", "fhir", "laboratory"):
        assert papers.why_not_switch_on(disclosures.integrations()[name], [], TODAY)
    assert not leads_to("claim|claims|837|275|edi|fhir|api|clearinghouse|laboratory")
