"""Reading referrals: what is used, what is left, and what is declined with its place and a plain sentence."""

import copy
import dataclasses
import gzip
import json
import os
import re
import tracemalloc
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from fhir.resources.R4B.bundle import Bundle
from hypothesis import given, settings
from hypothesis import strategies as st

from openiop.admissions import reading
from openiop.admissions.reading import Family, Known, Limits, Unreadable, Verdict, compare, known, read, read_export

ROOT = Path(__file__).parents[3]
OWN = sorted((ROOT / "openiop/admissions/bundles").glob("*.json"))
SHARED = Path(os.environ.get("OPENIOP_SHARED", ROOT.parent / "shared")) / "data/fhir-patients"
shared = pytest.mark.skipif(not SHARED.is_dir(), reason="the shared data is not beside the checkout")
ALCOHOL = next(path for path in OWN if path.stem == "alcohol-and-depression")
VALID = json.loads(ALCOHOL.read_text())


def files(folder: str, ending: str) -> list:
    """Every file of the shared folder, or one visibly skipped stand-in."""
    found = sorted(p for p in (SHARED / folder).glob(f"*{ending}") if p.name != "index.json")
    absent = [pytest.param(None, marks=pytest.mark.skip(reason="the shared data is not beside the checkout"))]
    return [pytest.param(path, id=f"{folder}-{n}") for n, path in enumerate(found)] or absent


def bundle(*resources: dict, kind: str = "collection") -> bytes:
    return json.dumps({"resourceType": "Bundle", "type": kind, "entry": [{"resource": r} for r in resources]}).encode()


def person(**more) -> dict:
    name = [{"family": "Alderquist", "given": ["Robin"]}]
    return {"resourceType": "Patient", "id": "p1", "name": name, "birthDate": "1990-02-03", **more}


def about(kind: str, **more) -> dict:
    whom = {"Coverage": "beneficiary", "AllergyIntolerance": "patient"}.get(kind, "subject")
    return {"resourceType": kind, "id": f"{kind.lower()}-1", whom: {"reference": "Patient/p1"}, **more}


def loinc(code: str, **more) -> dict:
    coding = [{"system": "http://loinc.org", "code": code, "display": "words"}]
    return about("Observation", status="final", code={"coding": coding}, **more)


def only(referral: reading.Referral) -> reading.Person:
    [found] = referral.people
    return found


def refusal(data: bytes | dict, name: str = "referral.json", **options) -> Unreadable:
    with pytest.raises(Unreadable) as caught:
        read(name, data if isinstance(data, bytes) else json.dumps(data).encode(), **options)
    assert caught.value.file == name
    assert re.fullmatch(r"(/[^/~]*(~[01][^/~]*)*)*", caught.value.pointer)
    assert caught.value.sentence.endswith(".")
    return caught.value


def follow(document, pointer: str):
    """What an RFC 6901 pointer points at."""
    for token in pointer.split("/")[1:]:
        token = token.replace("~1", "/").replace("~0", "~")
        document = document[int(token)] if isinstance(document, list) else document[token]
    return document


def counts_everything(referral: reading.Referral) -> bool:
    report = referral.report
    reasoned = all(sum(count for _, count in line.reasons) == line.left for line in report.lines)
    return reasoned and report.used + report.left == report.entries


# --- our own bundles ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", OWN, ids=lambda path: path.stem)
def test_each_shipped_bundle_is_valid_fhir_and_is_read_whole(path):
    Bundle.model_validate_json(path.read_text())
    referral = read(path.name, path.read_bytes())
    found = only(referral)
    entries = json.loads(path.read_text())["entry"]
    assert referral.report.entries == len(entries)
    assert counts_everything(referral)
    assert found.problems
    assert found.measures
    assert found.covers
    assert found.source_system == "https://heronmarsh.example/fhir"
    assert {line.type for line in referral.report.lines if line.used} >= {"Patient", "Condition", "Coverage"}


@pytest.mark.parametrize(
    ("stem", "families"),
    [
        ("alcohol-and-depression", [Family.SUBSTANCE, Family.MENTAL_HEALTH, Family.OTHER]),
        ("opioid-and-ptsd", [Family.SUBSTANCE, Family.MENTAL_HEALTH, Family.SUBSTANCE]),
        ("gambling-and-anxiety", [Family.BEHAVIORAL_ADDICTION, Family.MENTAL_HEALTH]),
        ("stimulant-and-bipolar", [Family.SUBSTANCE, Family.MENTAL_HEALTH, Family.SUBSTANCE]),
    ],
)
def test_each_problem_is_sorted_into_its_family(stem, families):
    [path] = [path for path in OWN if path.stem == stem]
    assert [problem.family for problem in only(read(path.name, path.read_bytes())).problems] == families


def test_a_referral_says_who_the_person_is_and_what_they_are_called():
    found = only(read(ALCOHOL.name, ALCOHOL.read_bytes()))
    assert (found.legal_name.full, found.called.full) == ("Josephine Mae Amberglen", "Josie Amberglen")
    assert found.born_on == date(1984, 4, 17)
    assert (found.gender, found.language.code, found.marital_status.code) == ("female", "en", "D")
    assert (found.home.lines, found.home.city, found.home.state) == (("12 Millrace Lane",), "Heronmarsh", "OH")
    assert found.home.postal_code == "43009"
    assert [phone.value for phone in found.phones] == ["555-0142"]
    assert [email.value for email in found.emails] == ["josie.amberglen@example.org"]


def test_a_referral_says_what_is_known_of_their_health_and_cover():
    found = only(read(ALCOHOL.name, ALCOHOL.read_bytes()))
    alcohol = found.problems[0]
    assert (alcohol.code.code, alcohol.clinical_status, alcohol.verification) == ("F10.20", "active", "confirmed")
    assert (alcohol.onset.text, alcohol.onset.precision, alcohol.onset.day) == ("2019-06", "month", None)
    assert {m.instrument: m.score for m in found.measures if m.score is not None} == {
        "phq-9": 16,
        "gad-7": 9,
        "audit-c": 11,
    }
    assert [(m.rxnorm, m.status) for m in found.medications] == [("7243", "active"), ("36437", "active")]
    assert [(a.text, a.criticality, a.reactions) for a in found.allergies] == [("Penicillin", "high", ("Hives",))]
    [cover] = found.covers
    assert (cover.payer, cover.member_id, cover.starts.text) == ("Quarrystone Mutual", "QM-55120988", "2026-01-01")
    assert found.visits.count == 3
    assert found.visits.last_inpatient.ends.day == date(2026, 10, 11)
    assert found.visits.last_emergency.reasons == ("Tremor and nausea",)


def test_a_medication_is_followed_to_the_resource_that_names_it():
    [path] = [path for path in OWN if path.stem == "opioid-and-ptsd"]
    referral = read(path.name, path.read_bytes())
    assert [m.rxnorm for m in only(referral).medications] == ["1010606", None]
    assert [line.used for line in referral.report.lines if line.type == "Medication"] == [1]


def test_every_fact_points_at_the_resource_it_was_read_from():
    found = only(read(ALCOHOL.name, ALCOHOL.read_bytes()))
    for facts in (found.problems, found.medications, found.allergies, found.measures, found.covers):
        for fact in facts:
            assert follow(VALID, fact.place.pointer)["id"] == fact.source_id
    assert follow(VALID, found.names[1].place.pointer)["given"] == ["Josie"]


def test_a_social_security_number_is_dropped_and_the_report_says_so():
    referral = read(ALCOHOL.name, ALCOHOL.read_bytes())
    assert "900-00-0142" not in json.dumps([reading.plain_person(only(referral)), reading.plain_facts(only(referral))])
    assert [remark.sentence for remark in referral.report.remarks] == ["A social security number was not kept."]
    loose = person(identifier=[{"value": "900-00-0142"}, {"system": "urn:oid:2.16.840.1.113883.4.1", "value": "9"}])
    assert only(read("one.json", bundle(loose))).identifiers == ()


def test_a_member_number_in_the_shape_of_a_social_security_number_is_dropped():
    cover = about("Coverage", status="active", type={"text": "PPO"}, subscriberId="900-00-0142", payor=[])
    referral = read("one.json", bundle(person(), cover))
    assert only(referral).covers[0].member_id is None
    assert referral.report.remarks


def test_the_report_names_every_reason_and_every_observation_left_by_its_code():
    report = read(ALCOHOL.name, ALCOHOL.read_bytes()).report
    assert [(left.code, left.count) for left in report.left_codes] == [("29463-7", 1)]
    assert "Observation: 4 used, 1 left (this observation is not used at admission: 1)" in report.sentences()
    order = next(line for line in report.lines if line.type == "ServiceRequest")
    assert order.reasons == (("orders and appointments of the sender are not read", 1),)


def test_a_claim_is_left_with_its_reason():
    referral = read("one.json", bundle(person(), {"resourceType": "Claim", "id": "c1"}))
    assert (
        referral.report.sentences()[0] == "Claim: 0 used, 1 left (billing between others is not part of a referral: 1)"
    )


def test_digits_in_names_are_kept_as_sent():
    name = [{"family": "Douglas31", "given": ["Barrett  77"]}]
    assert only(read("one.json", bundle(person(name=name)))).legal_name.full == "Barrett 77 Douglas31"


def test_what_the_sender_marked_as_wrong_is_left():
    status = {"coding": [{"code": "entered-in-error"}]}
    wrong = [
        about("Condition", verificationStatus=status, code={"text": "Something"}),
        about("Coverage", status="entered-in-error", type={"text": "PPO"}),
        about("AllergyIntolerance", verificationStatus=status, code={"text": "Something"}),
        about("Encounter", status="entered-in-error"),
        about("MedicationRequest", status="entered-in-error", intent="order"),
        about("MedicationStatement", status="entered-in-error"),
        {**loinc("44261-6", valueQuantity={"value": 3}), "status": "entered-in-error"},
    ]
    referral = read("one.json", bundle(person(), *wrong))
    assert referral.report.used == 1
    assert {reason for line in referral.report.lines for reason, _ in line.reasons} == {
        "the sender marked it as entered in error"
    }


@pytest.mark.parametrize(
    ("code", "value", "score"),
    [
        ("44261-6", {"valueQuantity": {"value": 27}}, 27),
        ("44261-6", {"valueInteger": 0}, 0),
        ("44261-6", {"valueQuantity": {"value": 28}}, None),
        ("44261-6", {"valueQuantity": {"value": 3.5}}, None),
        ("70274-6", {"valueQuantity": {"value": 22}}, None),
        ("55758-7", {"valueQuantity": {"value": 6}}, 6),
        ("75626-2", {"valueQuantity": {"value": -1}}, None),
        ("82667-7", {"valueQuantity": {"value": 10}}, 10),
        ("44260-8", {"valueCodeableConcept": {"coding": [{"system": "http://loinc.org", "code": "LA6570-1"}]}}, 2),
        ("44260-8", {"valueCodeableConcept": {"text": "Several days"}}, 1),
        ("44261-6", {"valueString": "12"}, 12),
        ("44261-6", {"valueString": "twelve"}, None),
        ("70274-6", {"valueQuantity": {"value": 21.0}}, 21),
    ],
)
def test_a_total_is_taken_only_inside_the_range_of_its_instrument(code, value, score):
    measures = only(read("one.json", bundle(person(), loinc(code, **value)))).measures
    assert [measure.score for measure in measures] == ([] if score is None else [score])


@pytest.mark.parametrize("value", [{"valueCodeableConcept": {"text": "Often"}}, {"valueQuantity": {"value": 7}}])
def test_an_answer_about_self_harm_is_kept_even_where_it_cannot_be_scored(value):
    referral = read("one.json", bundle(person(), loinc("44260-8", **value)))
    assert [(m.instrument, m.score) for m in only(referral).measures] == [("phq-9-item-9", None)]
    assert referral.report.remarks[0].place.pointer == "/entry/1/resource"


def test_the_scores_inside_a_panel_are_read_with_their_place():
    def part(code: str, **value) -> dict:
        return {"code": {"coding": [{"system": "http://loinc.org", "code": code}]}, **value}

    parts = [part("44250-9", valueInteger=1), part("44260-8", valueInteger=2), part("44261-6", valueInteger=14)]
    parts.append(part("55758-7", valueInteger=9))
    panel = loinc("44249-1", component=parts, effectiveDateTime="2026-10-01")
    referral = read("one.json", bundle(person(), panel))
    found = only(referral).measures
    assert [(m.instrument, m.score, m.taken.text) for m in found] == [
        ("phq-9-item-9", 2, "2026-10-01"),
        ("phq-9", 14, "2026-10-01"),
    ]
    assert [m.place.pointer for m in found] == [f"/entry/1/resource/component/{n}" for n in (1, 2)]
    assert [remark.place.pointer for remark in referral.report.remarks] == ["/entry/1/resource/component/3"]
    assert counts_everything(referral)


def test_an_answer_in_words_is_no_total():
    answered = loinc("70274-6", valueCodeableConcept={"text": "Several days"})
    assert only(read("one.json", bundle(person(), answered))).measures == ()


def test_other_surveys_are_kept_with_their_answer_and_the_rest_is_left_by_code():
    survey = [{"coding": [{"code": "survey"}]}]
    kept = loinc("93035-4", category=survey, valueBoolean=True)
    weight = {**loinc("29463-7", valueQuantity={"value": Decimal("70.5").__float__()}), "id": "w"}
    referral = read("one.json", bundle(person(), kept, weight))
    assert [(m.answer, m.score) for m in only(referral).measures] == [("yes", None)]
    assert [left.code for left in referral.report.left_codes] == ["29463-7"]


def test_without_anybody_it_is_politely_not_a_referral():
    referral = read("loose.json", json.dumps(about("Condition", code={"text": "Something"})).encode())
    assert not referral.is_referral
    assert referral.report.sentences() == [
        "Condition: 0 used, 1 left (there is no Patient resource beside it, so it is not a referral: 1)"
    ]


def test_gzip_and_plain_read_alike():
    plain, packed = read("a.json", ALCOHOL.read_bytes()), read("a.json", gzip.compress(ALCOHOL.read_bytes()))
    assert plain == packed


def test_an_export_joins_people_across_files_in_any_order():
    one, two = person(), person(id="p2", birthDate="1980-01-01")
    mine = about("Condition", code={"text": "Something"})
    yours = about("Condition", id="c2", subject={"reference": "Patient/p2"}, code={"text": "Else"})
    lines = {
        "Condition.ndjson": "\n".join(map(json.dumps, [mine, yours])).encode(),
        "Patient.ndjson.gz": gzip.compress("\n".join(map(json.dumps, [one, two])).encode()),
    }
    referral = read_export(lines)
    assert [[problem.text for problem in each.problems] for each in referral.people] == [["Something"], ["Else"]]
    assert counts_everything(referral)
    assert (referral.people[1].problems[0].place.file, referral.people[1].problems[0].place.line) == (
        "Condition.ndjson",
        2,
    )
    assert read_export(dict(reversed(lines.items()))).people == referral.people


def test_xml_reads_as_its_json_twin_does():
    xml = b"""<Bundle xmlns="http://hl7.org/fhir"><type value="collection"/>
      <entry><resource><Patient><id value="p1"/><active value="true"/>
        <name><family value="Alderquist"/><given value="Robin"/></name><birthDate value="1990-02-03"/>
        <address><line value="1 Low Road"/><city value="Fernbridge"/></address></Patient></resource></entry>
      <entry><resource><Observation><id value="observation-1"/>
        <text><status value="generated"/><div xmlns="http://www.w3.org/1999/xhtml">A <b>word</b></div></text>
        <status value="final"/>
        <code><coding><system value="http://loinc.org"/><code value="44261-6"/><display value="words"/></coding></code>
        <subject><reference value="Patient/p1"/></subject>
        <valueQuantity><value value="12"/></valueQuantity></Observation></resource></entry></Bundle>"""
    address = [{"line": ["1 Low Road"], "city": "Fernbridge"}]
    twin = bundle(person(active=True, address=address), loinc("44261-6", valueQuantity={"value": 12}))
    assert read("a", xml) == read("a", twin)


# --- what is declined ------------------------------------------------------------------------------------------------


def broken(change) -> bytes:
    document = copy.deepcopy(VALID)
    change(document)
    return json.dumps(document).encode()


def resource(document: dict, kind: str) -> dict:
    return next(e["resource"] for e in document["entry"] if e["resource"]["resourceType"] == kind)


def index(kind: str) -> int:
    return next(n for n, e in enumerate(VALID["entry"]) if e["resource"]["resourceType"] == kind)


def without(kind: str, *keys: str):
    return lambda document: [resource(document, kind).pop(key) for key in keys]


def with_(kind: str, **values):
    return lambda document: resource(document, kind).update(values)


def twin_person(document):
    document["entry"].append({"resource": person()})


def twin_id(document):
    document["entry"][-1]["resource"] = {**document["entry"][index("Condition")]["resource"]}


TEXT = ALCOHOL.read_text()
BROKEN = {
    "cut short": (TEXT[: len(TEXT) // 2].encode(), None, "The file ends in the middle"),
    "not JSON": (b"Dear colleagues,", "", "neither JSON nor XML"),
    "not a resource": (b"[]", "", "not a FHIR resource"),
    "no resource type": (broken(lambda d: d.pop("resourceType")), "", "no resourceType"),
    "a history": (broken(lambda d: d.update(type="history")), "/type", "carries no referral"),
    "neither name nor birth": (broken(without("Patient", "name", "birthDate")), "/entry/0/resource", "neither a name"),
    "no name": (broken(without("Patient", "name")), "/entry/0/resource", "no name"),
    "no birth date": (broken(without("Patient", "birthDate")), "/entry/0/resource", "no birth date"),
    "an impossible date": (
        broken(with_("Patient", birthDate="1984-02-30")),
        "/entry/0/resource/birthDate",
        "not a date FHIR knows",
    ),
    "a date as people write it": (
        broken(with_("Condition", onsetDateTime="04/17/2019")),
        f"/entry/{index('Condition')}/resource/onsetDateTime",
        "not a date FHIR knows",
    ),
    "a reference to nobody": (
        broken(with_("Condition", subject={"reference": "Patient/elsewhere"})),
        f"/entry/{index('Condition')}/resource/subject/reference",
        "points to a person the file does not hold",
    ),
    "about nobody": (
        broken(without("Condition", "subject")),
        f"/entry/{index('Condition')}/resource",
        "does not say whom it is about",
    ),
    "the same id twice": (broken(twin_id), f"/entry/{len(VALID['entry']) - 1}/resource/id", "the same id"),
    "two people": (broken(twin_person), f"/entry/{len(VALID['entry'])}/resource", "A second Patient resource"),
    "an invented status": (
        broken(with_("Coverage", status="perhaps")),
        f"/entry/{index('Coverage')}/resource/status",
        "not one FHIR R4 allows",
    ),
    "NaN": (
        TEXT.replace('"value": 16', '"value": NaN').encode(),
        None,
        "not a number that JSON allows",
    ),
    "an endless number": (TEXT.replace('"value": 16', f'"value": {"1" * 5000}').encode(), None, "too long"),
    "a far exponent": (TEXT.replace('"value": 16', '"value": 1e99999').encode(), None, "too long"),
    "a truth for a number": (
        TEXT.replace('"value": 16', '"value": true').encode(),
        None,
        "should be a number",
    ),
    "a key twice": (
        TEXT.replace('"birthDate"', '"gender": "male", "birthDate"').encode(),
        "/entry/0/resource/gender",
        "same key stands here twice",
    ),
    "a byte order mark": (b"\xef\xbb\xbf" + TEXT.encode(), "", "byte order mark"),
    "not UTF-8": (TEXT.encode("utf-16-be"), "", "not UTF-8|neither JSON|well-formed"),
    "a raw control character": (
        TEXT.replace("Millrace", "Mill\x07race").encode(),
        "/entry/0/resource/address/0/line/0",
        "control character",
    ),
    "an escaped NUL": (
        TEXT.replace("Millrace", "Mill\\u0000race").encode(),
        "/entry/0/resource/address/0/line/0",
        "control character",
    ),
    "half a character": (
        TEXT.replace("Millrace", "Mill\\ud800race").encode(),
        "/entry/0/resource/address/0/line/0",
        "control character",
    ),
    "text turned around": (
        TEXT.replace("Millrace", "Mill\u202erace").encode(),
        "/entry/0/resource/address/0/line/0",
        "control character",
    ),
    "very deep": (b'{"resourceType":' + b"[" * 60 + b"]" * 60 + b"}", None, "more than 50 levels"),
    "absurdly deep": (b"[" * 200_000, None, "more than 50 levels"),
    "two documents": (TEXT.encode() * 2, "", "one resource a line is an .ndjson file"),
    "empty": (b" \n", "", "empty"),
    "half a gzip": (gzip.compress(TEXT.encode())[:-20], "", "ends too early"),
    "a spoiled gzip": (gzip.compress(TEXT.encode())[:30] + b"?" * 90, "", "damaged|too early"),
    "gzip in gzip": (gzip.compress(gzip.compress(TEXT.encode())), "", "compressed twice"),
    "a bomb": (gzip.compress(b" " * (64 * 1024 * 1024 + 1)), "", "unpacks to more than 64 MiB"),
    "too many objects": (b"[" + b"{}," * 2_000_001 + b"{}]", "", "more than 2,000,000 objects"),
    "too many values": (b"[" + b"0," * 8_000_001 + b"0]", "", "more than 2,000,000 objects"),
    "an endless name": (
        broken(with_("Patient", name=[{"family": "A" * 2001}])),
        "/entry/0/resource/name/0/family",
        "longer than 2,000 characters",
    ),
    "XML with a document type": (
        b'<!DOCTYPE p [<!ENTITY a "b">]><Patient xmlns="http://hl7.org/fhir"/>',
        "",
        "declares a document type",
    ),
    "XML with an outside entity": (
        b'<!DOCTYPE p SYSTEM "file:///etc/hostname"><Patient xmlns="http://hl7.org/fhir"/>',
        "",
        "declares a document type",
    ),
    "XML cut short": (
        b'<Patient xmlns="http://hl7.org/fhir"><id value="p1"/><name><family ',
        "/name/0",
        "ends in the middle",
    ),
    "XML that is not FHIR": (b"<html><body/></html>", "", "not in the FHIR namespace"),
    "very deep XML": (
        b'<Patient xmlns="http://hl7.org/fhir">' + b"<a>" * 60 + b"</a>" * 60 + b"</Patient>",
        None,
        "more than 50 levels",
    ),
}


@pytest.mark.parametrize("case", BROKEN)
def test_a_broken_file_is_declined_with_its_place_and_a_plain_sentence(case):
    data, pointer, words = BROKEN[case]
    found = refusal(data)
    assert pointer is None or found.pointer == pointer
    assert re.search(words, found.sentence), found.sentence


@pytest.mark.parametrize("case", BROKEN)
def test_no_refusal_says_a_name(case):
    found = refusal(BROKEN[case][0], name="Josephine_Amberglen.json")
    said = f"{found!s} {found!r} {found.args} {found.sentence}"
    assert not re.search("Josephine|Josie|Amberglen|Alderquist|Robin|1984-02-30", said)


def test_no_fact_says_a_name_when_printed():
    referral = read("Josephine_Amberglen.json", ALCOHOL.read_bytes())
    assert not re.search("Josephine|Josie|Amberglen", repr(referral.people))
    assert "Amberglen" not in repr(known(referral.people[0]))


def test_a_pointer_leads_to_the_spot_even_where_the_document_is_not_json():
    found = refusal(TEXT.replace('"city": "Heronmarsh"', '"city": Heronmarsh', 1).encode())
    assert found.pointer == "/entry/0/resource/address/0/city"
    assert "line " in found.sentence


def test_a_line_of_an_export_is_named_by_its_number():
    with pytest.raises(Unreadable) as caught:
        read("Patient.ndjson", json.dumps(person()).encode() + b"\n\n{]")
    assert caught.value.line == 3


def test_several_people_are_read_where_they_are_expected():
    assert len(read("two.json", bundle(person(), person(id="p2")), several=True).people) == 2


def test_a_bomb_is_never_unpacked_beyond_its_limit():
    bomb, small = gzip.compress(b" " * 64 * 1024 * 1024), dataclasses.replace(Limits(), unpacked=1024 * 1024)
    tracemalloc.start()
    refusal(bomb, limits=small)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 4 * 1024 * 1024


def test_limits_hold_for_one_file_and_for_all_together():
    small = dataclasses.replace(Limits(), packed=100)
    assert "larger than" in refusal(ALCOHOL.read_bytes(), limits=small).sentence
    few = dataclasses.replace(Limits(), entries=3)
    assert refusal(ALCOHOL.read_bytes(), limits=few).pointer == "/entry/3"
    with pytest.raises(Unreadable, match="together"):
        read_export(
            {str(n): ALCOHOL.read_bytes() for n in range(3)}, limits=dataclasses.replace(Limits(), together=30_000)
        )


# --- whatever comes, it is a referral or a refusal -------------------------------------------------------------------


def paths(value, here=()):
    """Every node of a JSON value."""
    yield here
    children = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, child in children:
        yield from paths(child, (*here, key))


PATHS = list(paths(VALID))[1:]
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=20)
    | st.sampled_from(["#x", "Patient/1"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(PATHS), st.none() | JSON.map(lambda v: [v])), min_size=1, max_size=4))
def test_any_change_to_a_bundle_gives_a_referral_or_a_refusal_and_nothing_else(changes):
    document = copy.deepcopy(VALID)
    for path, new in changes:
        try:
            parent = document
            for step in path[:-1]:
                parent = parent[step]
            if new is None:
                del parent[path[-1]]
            else:
                parent[path[-1]] = new[0]
        except (KeyError, IndexError, TypeError):
            continue  # an earlier change took this node away
    try:
        referral = read("any.json", json.dumps(document).encode())
    except Unreadable:
        return
    assert counts_everything(referral)
    assert referral.report.entries == (len(document.get("entry", [])) if document["resourceType"] == "Bundle" else 1)
    for each in referral.people:
        json.dumps([reading.plain_person(each), reading.plain_facts(each), reading.digest(each)]).encode()


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=200) | st.integers(0, len(TEXT)).map(lambda cut: TEXT[:cut].encode()), st.booleans())
def test_any_bytes_give_a_referral_or_a_refusal(data, lines):
    for sent in (data, b"\x1f\x8b" + data, gzip.compress(data), b"<" + data):
        try:
            assert counts_everything(read("any.ndjson" if lines else "any", sent))
        except Unreadable:
            continue


@settings(max_examples=150, deadline=None)
@given(st.integers(0, 2_000), st.binary(max_size=4))
def test_any_change_to_xml_gives_a_referral_or_a_refusal(at, new):
    xml = (
        b'<Patient xmlns="http://hl7.org/fhir"><id value="p1"/><name><family value="Alderquist"/></name>'
        b'<birthDate value="1990-02-03"/><communication><language><text value="English"/></language></communication>'
        b"</Patient>"
    )
    at %= len(xml)
    try:
        assert counts_everything(read("any.xml", xml[:at] + new + xml[at + len(new) // 2 :]))
    except Unreadable:
        return


def test_finding_the_spot_in_a_long_unclosed_text_takes_no_longer_than_reading_it():
    assert refusal(b'{"a":"' + b'\\"' * 2_000_000).pointer == "/a"


# --- keeping ------------------------------------------------------------------------------------------


def test_a_digest_stays_while_the_content_does_and_changes_with_it():
    first = reading.digest(only(read("a.json", ALCOHOL.read_bytes())))
    turned = copy.deepcopy(VALID)
    turned["entry"] = turned["entry"][::-1]
    assert reading.digest(only(read("b.json", json.dumps(turned).encode()))) == first
    assert reading.digest(only(read("a.json", broken(with_("Patient", birthDate="1984-04-18"))))) != first


def test_facts_and_report_are_kept_as_plain_json():
    referral = read(ALCOHOL.name, ALCOHOL.read_bytes())
    facts = reading.plain_facts(only(referral))
    assert facts[0]["kind"] == "problem"
    assert facts[0]["place"]["pointer"].startswith("/entry/")
    assert facts[-1]["kind"] == "visits"
    assert json.loads(json.dumps(reading.plain_report(referral.report)))["entries"] == referral.report.entries


# --- the same person? ------------------------------------------------------------------------------------------------

ROBIN = Known(
    family="Alderquist",
    given="Robin",
    born_on=date(1990, 2, 3),
    postal_code="43009",
    phones=frozenset({"(614) 555-0134"}),
    identifiers=frozenset({("urn:mrn", "7")}),
)


def changed(**more) -> Known:
    return dataclasses.replace(ROBIN, **more)


@pytest.mark.parametrize(
    ("other", "verdict"),
    [
        (ROBIN, Verdict.SAME),
        (
            changed(identifiers=frozenset(), family="ALDERQUIST", given="Röbin", phones=frozenset({"+1 614 555 0134"})),
            Verdict.SAME,
        ),
        (changed(identifiers=frozenset({("urn:mrn", "8")})), Verdict.LIKELY),
        (changed(identifiers=frozenset(), postal_code="90210"), Verdict.LIKELY),
        (
            changed(identifiers=frozenset(), born_on=date(1990, 3, 2), postal_code="", phones=frozenset()),
            Verdict.LIKELY,
        ),
        (changed(identifiers=frozenset(), family="Aldreqvist", postal_code="", phones=frozenset()), Verdict.LIKELY),
        (changed(identifiers=frozenset(), family="Alderqvist", postal_code="", phones=frozenset()), Verdict.LIKELY),
        (changed(identifiers=frozenset(), family="Robin", given="Alderquist", phones=frozenset()), Verdict.LIKELY),
        (changed(identifiers=frozenset(), family="Mossgrove", phones=frozenset()), Verdict.LIKELY),
        (changed(identifiers=frozenset(), given="Wren"), Verdict.LIKELY),
        (changed(identifiers=frozenset(), born_on=None, postal_code=""), Verdict.LIKELY),
        (changed(born_on=date(1961, 7, 9), family="Mossgrove", given="Theo"), Verdict.LIKELY),
        (changed(identifiers=frozenset(), born_on=date(1961, 7, 9)), Verdict.LIKELY),
        (changed(identifiers=frozenset(), born_on=date(1961, 7, 9), phones=frozenset()), Verdict.DIFFERENT),
        (changed(identifiers=frozenset(), born_on=date(1960, 2, 3), phones=frozenset()), Verdict.LIKELY),
        (changed(identifiers=frozenset(), born_on=None, postal_code="", phones=frozenset()), Verdict.LIKELY),
        (changed(given="Rob"), Verdict.LIKELY),
        (changed(identifiers=frozenset(), given="Rob", born_on=None, phones=frozenset()), Verdict.LIKELY),
        (Known(family="Mossgrove", given="Theo", born_on=date(1990, 2, 3), postal_code="43009"), Verdict.DIFFERENT),
        (changed(identifiers=frozenset(), family="Moss", given="Theo", born_on=date(1990, 2, 4)), Verdict.LIKELY),
        (Known(), Verdict.DIFFERENT),
    ],
)
def test_two_records_are_the_same_likely_or_different(other, verdict):
    found = compare(ROBIN, other)
    assert found.verdict == verdict
    assert found.reasons or verdict == Verdict.DIFFERENT


WORDS = st.sampled_from(["Robin", "Röbin", "Wren", "Alderquist", "Alder-Quist", "Alderqvist", "Mossgrove", ""])
KNOWN = st.builds(
    Known,
    family=WORDS,
    given=WORDS,
    born_on=st.none() | st.sampled_from([date(1990, 2, 3), date(1990, 3, 2), date(1990, 2, 4), date(1961, 7, 9)]),
    postal_code=st.sampled_from(["43009", "43009-1234", "90210", ""]),
    phones=st.frozensets(st.sampled_from(["614-555-0134", "+1 614 555 0134", "5550119", "555-555-5555"]), max_size=2),
    identifiers=st.frozensets(st.tuples(st.sampled_from(["a", "b"]), st.sampled_from(["1", "2"])), max_size=2),
)
RANK = [Verdict.DIFFERENT, Verdict.LIKELY, Verdict.SAME]


@given(KNOWN, KNOWN)
def test_likeness_is_the_same_from_both_sides(one, other):
    assert compare(one, other) == compare(other, one)


@given(KNOWN)
def test_anyone_with_a_name_and_a_birth_date_is_at_least_likely_themselves(one):
    if one.born_on and (one.given or one.family):
        assert compare(one, one).verdict != Verdict.DIFFERENT


@given(KNOWN, KNOWN)
def test_writing_a_name_otherwise_changes_nothing(one, other):
    shouted = dataclasses.replace(one, family=f" {one.family.upper()} ", given=one.given.upper())
    assert compare(shouted, other) == compare(one, other)


@given(KNOWN, KNOWN)
def test_more_agreement_never_weakens_the_verdict(one, other):
    before = RANK.index(compare(one, other).verdict)
    for more in ({"born_on": date(1950, 5, 5)}, {"postal_code": "10001"}, {"phones": frozenset({"212-555-0100"})}):
        both = dataclasses.replace(one, **more), dataclasses.replace(other, **more)
        assert RANK.index(compare(*both).verdict) >= before


@given(KNOWN, KNOWN)
def test_a_name_alone_never_makes_two_people_one(one, other):
    bare = {"born_on": None, "postal_code": "", "phones": frozenset(), "identifiers": frozenset()}
    assert compare(dataclasses.replace(one, **bare), dataclasses.replace(other, **bare)).verdict != Verdict.SAME


@given(KNOWN, KNOWN)
def test_a_shared_number_alone_never_makes_two_people_one(one, other):
    number = {"identifiers": frozenset({("urn:mrn", "7")})}
    found = compare(dataclasses.replace(one, **number), dataclasses.replace(other, **number))
    same = one.born_on == other.born_on is not None and "The name is the same" in " ".join(found.reasons)
    assert found.verdict == (Verdict.SAME if same else Verdict.LIKELY)


def test_a_person_read_from_a_referral_compares_by_every_name_they_have_had():
    found = known(only(read(ALCOHOL.name, ALCOHOL.read_bytes())))
    josie = Known(family="Amberglen", given="Josie", born_on=date(1984, 4, 17))
    assert compare(found, josie).verdict == Verdict.LIKELY
    assert compare(found, found).verdict == Verdict.SAME


# --- families --------------------------------------------------------------------------------------------------------

ICD = "http://hl7.org/fhir/sid/icd-10-cm"


@pytest.mark.parametrize(
    ("system", "code", "family"),
    [
        (ICD, "F10.20", Family.SUBSTANCE),
        (ICD, "F1120", Family.SUBSTANCE),
        (ICD, "F63.0", Family.BEHAVIORAL_ADDICTION),
        (ICD, "F63.1", Family.MENTAL_HEALTH),
        (ICD, "F32.A", Family.MENTAL_HEALTH),
        (ICD, "F43.10", Family.MENTAL_HEALTH),
        (ICD, "F90.0", Family.MENTAL_HEALTH),
        (ICD, "F01.50", Family.OTHER),
        (ICD, "F84.0", Family.OTHER),
        (ICD, "T40.1X1A", Family.SUBSTANCE),
        (ICD, "T40.2X5A", Family.OTHER),
        (ICD, "T40.411A", Family.SUBSTANCE),
        (ICD, "R45.851", Family.MENTAL_HEALTH),
        (ICD, "I10", Family.OTHER),
        ("http://id.who.int/icd/release/11/mms", "6C51", Family.BEHAVIORAL_ADDICTION),
        ("http://id.who.int/icd/release/11/mms", "6C40.2", Family.SUBSTANCE),
        ("http://snomed.info/sct", "7200002", Family.SUBSTANCE),
        ("http://snomed.info/sct", "47505003", Family.MENTAL_HEALTH),
        ("http://snomed.info/sct", "160903007", Family.OTHER),
        ("http://example.org/own", "F10.20", Family.OTHER),
        (None, None, Family.OTHER),
    ],
)
def test_a_code_belongs_to_its_family(system, code, family):
    assert reading.family_of(system, code) == family


# --- the shared data -------------------------------------------------------------------------------------------------


@pytest.mark.shared
@pytest.mark.parametrize("path", files("synthea-bundles", ".json.gz"))
def test_each_synthea_bundle_is_read_as_one_person(path):
    data = path.read_bytes()
    entries = json.loads(gzip.decompress(data))["entry"]
    referral = read(path.name, data)
    found = only(referral)
    assert referral.report.entries == len(entries)
    assert counts_everything(referral)
    kinds = [e["resource"]["resourceType"] for e in entries]
    assert len(found.problems) == kinds.count("Condition")
    assert len(found.medications) == kinds.count("MedicationRequest")
    assert found.visits.count == kinds.count("Encounter")
    ssn = [
        i["value"] for i in entries[0]["resource"]["identifier"] if i.get("system") == "http://hl7.org/fhir/sid/us-ssn"
    ]
    kept = json.dumps([reading.plain_person(found), reading.plain_facts(found), reading.plain_report(referral.report)])
    assert ssn
    assert not any(number in kept for number in ssn)


@shared
@pytest.mark.shared
def test_the_bulk_export_is_thirteen_people_joined_by_reference():
    export = {path.name: path.read_bytes() for path in sorted((SHARED / "synthea-bulk-10").glob("*.ndjson.gz"))}
    referral = read_export(export)
    lines = sum(len(gzip.decompress(data).splitlines()) for data in export.values())
    assert len(referral.people) == 13
    assert referral.report.entries == lines
    assert counts_everything(referral)
    assert sum(len(each.problems) for each in referral.people) == 555


@pytest.mark.shared
@pytest.mark.parametrize("path", [*files("us-core-examples", ".json"), *files("us-bh-profiles-examples", ".xml")])
def test_each_example_is_a_referral_or_politely_is_not(path):
    data = path.read_bytes()
    referral = read(path.name, data)
    assert counts_everything(referral)
    single = re.search(rb'"resourceType": *"Patient"|^<Patient ', data) is not None
    assert referral.is_referral == (single and b'"Bundle"' not in data)


@shared
@pytest.mark.shared
def test_the_example_whose_narrative_is_missing_is_read_and_remarked_upon():
    path = SHARED / "us-core-examples/diagnosticreport-cbc.json"
    referral = read(path.name, path.read_bytes())
    assert [remark.place.pointer for remark in referral.report.remarks] == ["/text"]


@shared
@pytest.mark.shared
def test_the_behavioral_health_examples_read_together_as_one_person():
    examples = {path.name: path.read_bytes() for path in (SHARED / "us-bh-profiles-examples").glob("*.xml")}
    found = only(read_export(examples))
    assert (found.legal_name.full, found.called.full) == ("Jennifer Wolff", "James Wolff")
    assert {problem.family for problem in found.problems} == {Family.SUBSTANCE, Family.MENTAL_HEALTH}
    assert found.home.postal_code == "74048"
    assert found.covers[0].member_id == "888009335"
    assert found.visits.last_emergency.reasons == ("Angina", "Sweating", "Palpitations")
