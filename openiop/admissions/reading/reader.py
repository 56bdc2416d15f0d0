"""Reads FHIR R4 referrals: Bundles, single resources and bulk exports, as JSON, NDJSON or XML. Pure.

Nothing is guessed silently: every entry is either used, or left with a reason in the report; whatever cannot be
trusted is refused with `Unreadable`. LOINC codes: Regenstrief LOINC 2.8x. Ranges of totals: PHQ-2 and PHQ-9 Kroenke
2001 and 2003; GAD-7 Spitzer 2006; AUDIT-C Bush 1998; AUDIT Babor 2001 (WHO); DAST-10 Skinner 1982.
"""

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal

from openiop.admissions.reading.dates import PartialDate
from openiop.admissions.reading.facts import (
    Address,
    Allergy,
    Code,
    Contact,
    Cover,
    Fact,
    Identifier,
    LeftCode,
    Line,
    Measure,
    Medication,
    Name,
    Person,
    Problem,
    Referral,
    Remark,
    Report,
    Visit,
    Visits,
)
from openiop.admissions.reading.families import ICD10, SNOMED, Family, family_of
from openiop.admissions.reading.nodes import Concept, Node, coding, concept
from openiop.admissions.reading.refusal import Limits, Place, Unreadable
from openiop.admissions.reading.unpacking import Json, documents, unpacked

LOINC = frozenset({"http://loinc.org", "urn:oid:2.16.840.1.113883.6.1"})
RXNORM = frozenset({"http://www.nlm.nih.gov/research/umls/rxnorm", "urn:oid:2.16.840.1.113883.6.88"})

ITEM_9 = "phq-9-item-9"  # thoughts of being better off dead or of self-harm: kept whether or not it can be scored
# LOINC code -> our word for it, and the highest score the instrument can give (the lowest is 0).
TOTALS: dict[str, tuple[str, int]] = {
    "55758-7": ("phq-2", 6),
    "44261-6": ("phq-9", 27),
    "70274-6": ("gad-7", 21),
    "75626-2": ("audit-c", 12),
    "75624-7": ("audit", 40),
    "82667-7": ("dast-10", 10),
    "44260-8": (ITEM_9, 3),
}
_PHQ_CODES = {"LA6568-5": 0, "LA6569-3": 1, "LA6570-1": 2, "LA6571-9": 3}
_PHQ_WORDS = {"not at all": 0, "several days": 1, "more than half the days": 2, "nearly every day": 3}
_HISTORY = {"72166-2": "smoking-status", "11331-6": "alcohol-history", "74013-4": "drinks-per-day"}

_INPATIENT = frozenset({"IMP", "ACUTE", "NONAC"})  # HL7 v3 ActEncounterCode
_EMERGENCY = "EMER"

_BUNDLES = frozenset({"transaction", "collection", "batch", "searchset", "document", "message"})
_CONDITION_STATUS = frozenset({"active", "recurrence", "relapse", "inactive", "remission", "resolved"})
_VERIFICATION = frozenset({"unconfirmed", "provisional", "differential", "confirmed", "refuted", "entered-in-error"})
_REQUEST_STATUS = frozenset(
    ["active", "on-hold", "cancelled", "completed", "entered-in-error", "stopped", "draft", "unknown"]
)
_INTENT = frozenset(
    ["proposal", "plan", "order", "original-order", "reflex-order", "filler-order", "instance-order", "option"]
)
_STATEMENT_STATUS = frozenset(
    ["active", "completed", "entered-in-error", "intended", "stopped", "on-hold", "unknown", "not-taken"]
)
_OBSERVATION_STATUS = frozenset(
    ["registered", "preliminary", "final", "amended", "corrected", "cancelled", "entered-in-error", "unknown"]
)
_COVERAGE_STATUS = frozenset({"active", "cancelled", "draft", "entered-in-error"})
_ENCOUNTER_STATUS = frozenset(
    ["planned", "arrived", "triaged", "in-progress", "onleave", "finished", "cancelled", "entered-in-error", "unknown"]
)
_ALLERGY_STATUS = frozenset({"active", "inactive", "resolved"})
_CRITICALITY = frozenset({"low", "high", "unable-to-assess"})
_GENDERS = frozenset({"male", "female", "other", "unknown"})

NOBODY = "there is no Patient resource beside it, so it is not a referral"
_MISTAKE = "the sender marked it as entered in error"
_ELSEWHERE = "not part of a referral"
_REASONS = {
    **dict.fromkeys(
        [
            "Account",
            "ChargeItem",
            "Claim",
            "ClaimResponse",
            "CoverageEligibilityRequest",
            "CoverageEligibilityResponse",
            "ExplanationOfBenefit",
            "Invoice",
            "PaymentNotice",
            "PaymentReconciliation",
        ],
        "billing between others is not part of a referral",
    ),
    **dict.fromkeys(
        ["CarePlan", "CareTeam", "Goal", "NutritionOrder"], "another service's plan; goals are set here with the person"
    ),
    **dict.fromkeys(
        ["DiagnosticReport", "DocumentReference", "Composition", "Binary", "Media", "ImagingStudy", "Specimen"],
        "documents, laboratory and imaging results are not read from a referral",
    ),
    **dict.fromkeys(
        ["Procedure", "Immunization", "Device", "DeviceUseStatement", "MedicationDispense", "MedicationAdministration"],
        "past procedures and supplies are not part of a referral",
    ),
    **dict.fromkeys(
        ["Practitioner", "PractitionerRole", "Location", "Endpoint", "HealthcareService"],
        "directory entries of the sender are not kept",
    ),
    **dict.fromkeys(
        ["Questionnaire", "QuestionnaireResponse"],
        "questionnaires are answered here; totals are read from Observations",
    ),
    **dict.fromkeys(["Consent"], "a consent given elsewhere is no consent here; it is asked for and signed here"),
    **dict.fromkeys(["RelatedPerson", "FamilyMemberHistory"], "other people's records are not kept"),
    **dict.fromkeys(["ServiceRequest", "Task", "Appointment"], "orders and appointments of the sender are not read"),
    "Organization": "only the organization that pays for the person is read",
    "Medication": "no prescription here points to it",
    "Bundle": "a Bundle inside a Bundle is not read",
}

# HL7 v2-0203 identifier types that care does not need: social security, social beneficiary, driver's license,
# passport, tax, bank and card numbers (minimum necessary, 45 CFR 164.502(b)).
_WITHHELD = {
    "SS": "A social security number was not kept.",
    "SB": "A social beneficiary number was not kept.",
    "DL": "A driver's license number was not kept.",
    "PPN": "A passport number was not kept.",
    "TAX": "A tax number was not kept.",
    "BA": "A bank account number was not kept.",
    "BC": "A bank card number was not kept.",
    "CC": "A credit card number was not kept.",
}
_SSN_SYSTEMS = frozenset({"http://hl7.org/fhir/sid/us-ssn", "urn:oid:2.16.840.1.113883.4.1"})
_LICENSE_SYSTEM = "urn:oid:2.16.840.1.113883.4.3."
_SSN_SHAPE = re.compile(r"[0-9]{3}[- ][0-9]{2}[- ][0-9]{4}")

_TYPE = re.compile(r"[A-Z][A-Za-z]{1,63}")
_RELATIVE = re.compile(r"(?:(?P<base>https?://.+)/)?(?P<type>[A-Z][A-Za-z]+)/(?P<id>[A-Za-z0-9\-.]{1,64})")
_ID = re.compile(r"[A-Za-z0-9\-.]{1,64}")
_BY_IDENTIFIER = re.compile(r"(?P<type>[A-Z][A-Za-z]+)\?identifier=(?P<system>[^|]*)\|(?P<value>.+)")


class _Left(Exception):
    """This entry is left, for this reason."""

    def __init__(self, reason: str, code: Code | None = None) -> None:
        super().__init__(reason)
        self.reason, self.code = reason, code


@dataclass(eq=False, slots=True)
class _Entry:
    """One resource, or an entry that holds none."""

    type: str
    place: Place
    node: Node | None
    full_url: str | None
    id: str | None
    reason: str | None = None
    used: bool = False


def read(file: str, data: bytes, *, several: bool = False, limits: Limits | None = None) -> Referral:
    """The referral in one file: a Bundle or a single resource (JSON or XML, maybe gzipped), or NDJSON by its name.

    A file without a Patient comes back without people, and its report says so. More than one Patient is refused
    unless `several`, or in NDJSON. Raises `Unreadable`, and nothing else, for whatever cannot be read.
    """
    by_line = file.lower().removesuffix(".gz").endswith(".ndjson")
    return _Reading({file: data}, limits or Limits(), several=several or by_line).referral()


def read_export(files: Mapping[str, bytes], *, limits: Limits | None = None) -> Referral:
    """The people in a set of files that belong together, such as a bulk export with one NDJSON file for each type.

    References are followed across the files; the order of the files does not matter. Raises `Unreadable`.
    """
    return _Reading(files, limits or Limits(), several=True).referral()


class _Reading:
    """One reading of one set of files."""

    def __init__(self, files: Mapping[str, bytes], limits: Limits, *, several: bool) -> None:
        self.files, self.limits, self.several = files, limits, several
        self.entries: list[_Entry] = []
        self.remarks: list[Remark] = []
        self.by_url: dict[str, _Entry] = {}
        self.by_id: dict[tuple[str, str], _Entry] = {}
        self.by_identifier: dict[tuple[str, str], _Entry] = {}
        self.left_codes: Counter[Code | None] = Counter()

    def referral(self) -> Referral:
        """Read, index, join and count."""
        self._collect()
        self._index()
        patients = [entry for entry in self.entries if entry.type == "Patient" and not entry.reason]
        if len(patients) > 1 and not self.several:
            raise Unreadable(
                patients[1].place, "A second Patient resource stands here; a referral is about one person."
            )
        people = {id(entry): self._patient(entry) for entry in patients}
        self._index_identifiers(people, patients)
        facts: dict[int, list[Fact]] = {key: [] for key in people}
        for entry in self.entries:
            if entry.reason is None and entry.type != "Patient":
                self._place_fact(entry, facts)
        for entry in self.entries:
            if entry.reason is None and not entry.used:
                entry.reason = _REASONS.get(entry.type, _ELSEWHERE)
        found = tuple(_with_facts(people[key], facts[key]) for key in people)
        return Referral(tuple(self.files), found, self._report())

    # --- the files -----------------------------------------------------------------------------------------------

    def _collect(self) -> None:
        room = self.limits.together
        for file, data in self.files.items():
            raw = unpacked(Place(file), data, self.limits)
            room -= len(raw)
            if room < 0:
                size = self.limits.together // 1024 // 1024
                raise Unreadable(Place(file), f"The files together hold more than {size} MiB.")
            for place, value in documents(file, raw, self.limits):
                self._document(place, value)

    def _document(self, place: Place, value: Json) -> None:
        if not isinstance(value, dict):
            raise Unreadable(place, "This is JSON, but not a FHIR resource: there should be an object here.")
        node = Node(place, value, self.limits)
        if _type_of(node) != "Bundle":
            self._resource(node, None)
            self._bounded(place)
            return
        kind = node.text("type")
        if kind not in _BUNDLES:
            raise node.refuse("type", "This kind of Bundle carries no referral (transaction or collection does).")
        for entry in node.children("entry"):
            self._bundle_entry(entry)
            self._bounded(entry.place)

    def _bounded(self, place: Place) -> None:
        if len(self.entries) > self.limits.entries:
            raise Unreadable(place, f"There are more than {self.limits.entries:,} entries.")

    def _bundle_entry(self, entry: Node) -> None:
        url = entry.text("fullUrl")
        resource = entry.child("resource")
        request = entry.child("request")
        method = request.text("method") if request else None
        if resource is None:
            self.entries.append(_Entry("(no resource)", entry.place, None, url, None, "the entry holds no resource"))
            return
        found = self._resource(resource, url)
        if method not in (None, "POST", "PUT"):
            found.reason = "the sender asks for something other than adding or updating it"

    def _resource(self, node: Node, url: str | None) -> _Entry:
        entry = _Entry(_type_of(node), node.place, node, url, node.id())
        narrative = node.members.get("text")
        if isinstance(narrative, dict) and "div" not in narrative and "status" in narrative and node.place.line is None:
            self._remark(node.place / "text", "The narrative has a status but no text; the coded content was read.")
        self.entries.append(entry)
        return entry

    def _index(self) -> None:
        for entry in self.entries:
            if entry.full_url:
                if entry.full_url in self.by_url:
                    raise Unreadable(_up(entry.place) / "fullUrl", "Two entries have the same fullUrl.")
                self.by_url[entry.full_url] = entry
            if entry.id:
                if (entry.type, entry.id) in self.by_id:
                    raise Unreadable(entry.place / "id", "Two resources of the same type have the same id.")
                self.by_id[entry.type, entry.id] = entry
        if not any(entry.type == "Patient" and entry.reason is None for entry in self.entries):
            for entry in self.entries:
                entry.reason = entry.reason or NOBODY

    def _index_identifiers(self, people: Mapping[int, Person], patients: list[_Entry]) -> None:
        for entry in patients:
            for identifier in people[id(entry)].identifiers:
                self.by_identifier.setdefault((identifier.system or "", identifier.value), entry)

    def _remark(self, place: Place, sentence: str) -> None:
        self.remarks.append(Remark(place, sentence))

    # --- references ----------------------------------------------------------------------------------------------

    def _resolve(self, reference: Node, home: Node) -> _Entry | Node | None:
        """The entry, or the contained resource, this Reference points to; None where this set holds neither."""
        target = reference.text("reference")
        if target is None:
            identifier = reference.child("identifier")
            value = identifier.text("value") if identifier else None
            system = (identifier.text("system") if identifier else None) or ""
            return self.by_identifier.get((system, value)) if value else None
        if target.startswith("#"):
            inside = home.children("contained")
            return next((node for node in inside if node.id() == target[1:]), None)
        target = target.partition("/_history/")[0]
        if target in self.by_url:
            return self.by_url[target]
        if match := _RELATIVE.fullmatch(target):
            found = self.by_id.get((match["type"], match["id"]))
            return found if found is None or match["base"] is None or found.full_url is None else None
        if match := _BY_IDENTIFIER.fullmatch(target):
            return self.by_identifier.get((match["system"], match["value"]))
        return None

    def _owner(self, node: Node, key: str, *, required: bool) -> int:
        """The key of the person this resource is about."""
        reference = node.child(key)
        if reference is None:
            if required:
                raise Unreadable(node.place, f"It has no {key}, so it does not say whom it is about.")
            raise _Left("it does not say whom it is about")
        target = self._resolve(reference, node)
        if isinstance(target, _Entry):
            if target.type == "Patient" and target.reason is None:
                return id(target)
            if target.type != "Patient":
                raise _Left("it is about something other than a person")
        match = _RELATIVE.fullmatch(reference.text("reference") or "")
        if match and match["type"] != "Patient":
            raise _Left("it is about something other than a person")
        place = reference.place / "reference" if reference.has("reference") else reference.place
        raise Unreadable(place, "This points to a person the file does not hold.")

    # --- the facts -----------------------------------------------------------------------------------------------

    def _place_fact(self, entry: _Entry, facts: dict[int, list[Fact]]) -> None:
        node = entry.node
        if node is None:
            return
        fact: Fact | list[Measure]
        try:
            match entry.type:
                case "Condition":
                    owner, fact = self._owner(node, "subject", required=True), self._problem(node)
                case "Observation":
                    fact = self._measures(node)
                    owner = self._owner(node, "subject", required=False)
                case "MedicationRequest":
                    owner, fact = self._owner(node, "subject", required=True), self._request(node)
                case "MedicationStatement":
                    owner, fact = self._owner(node, "subject", required=True), self._statement(node)
                case "AllergyIntolerance":
                    owner, fact = self._owner(node, "patient", required=True), self._allergy(node)
                case "Coverage":
                    owner, fact = self._owner(node, "beneficiary", required=True), self._cover(node)
                case "Encounter":
                    owner, fact = self._owner(node, "subject", required=False), self._visit(node)
                case _:
                    return
        except _Left as left:
            entry.reason = left.reason
            if entry.type == "Observation":
                self.left_codes[left.code] += 1
            return
        entry.used = True
        facts[owner].extend(fact if isinstance(fact, list) else [fact])

    def _patient(self, entry: _Entry) -> Person:
        node = entry.node
        assert node is not None
        names = tuple(name for name in map(_name, node.children("name")) if name.full)
        birth = node.day("birthDate")
        if not names and birth is None:
            raise Unreadable(node.place, "The Patient resource has neither a name nor a birth date.")
        if not names:
            raise Unreadable(
                node.place / "name" if node.has("name") else node.place, "The Patient resource has no name."
            )
        if birth is None:
            raise Unreadable(node.place, "The Patient resource has no birth date.")
        source_id = entry.id or re.split("[/:]", entry.full_url or "")[-1]
        if not _ID.fullmatch(source_id):
            raise Unreadable(node.place, "The Patient resource has no id, so the same person could not be known again.")
        identifiers = self._identifiers(node)
        phones, emails = _contacts(node)
        died_on = node.moment("deceasedDateTime")
        if node.flag("active") is False:
            self._remark(node.place / "active", "The sender marked this record as no longer in use.")
        entry.used = True
        return Person(
            place=node.place,
            source_system=_source_system(entry, node, identifiers),
            source_id=source_id,
            identifiers=identifiers,
            names=names,
            birth=birth,
            gender=node.code("gender", _GENDERS),
            addresses=tuple(map(_address, node.children("address"))),
            phones=phones,
            emails=emails,
            language=_language(node),
            marital_status=_shown(node.concept("maritalStatus")),
            deceased=bool(node.flag("deceasedBoolean")) or died_on is not None,
            deceased_on=died_on,
        )

    def _identifiers(self, node: Node) -> tuple[Identifier, ...]:
        found = []
        for item in node.children("identifier"):
            value, system = item.text("value"), item.text("system")
            kinds = [code.code for code in item.concept("type").codes if code.code]
            withheld = next((_WITHHELD[kind] for kind in kinds if kind in _WITHHELD), None)
            if system in _SSN_SYSTEMS or (value and _SSN_SHAPE.fullmatch(value)):
                withheld = _WITHHELD["SS"]
            elif system and system.startswith(_LICENSE_SYSTEM):
                withheld = _WITHHELD["DL"]
            if withheld:
                self._remark(item.place, withheld)
            elif value:
                found.append(Identifier(item.place, system, value, kinds[0] if kinds else None))
        return tuple(found)

    def _problem(self, node: Node) -> Problem:
        clinical = node.status("clinicalStatus", _CONDITION_STATUS)
        verification = node.status("verificationStatus", _VERIFICATION)
        what = node.concept("code")
        if verification == "entered-in-error":
            raise _Left(_MISTAKE)
        if verification == "refuted":
            raise _Left("the sender has ruled it out")
        if what.text is None:
            raise _Left("it has neither a code nor a text")
        onset_period = node.child("onsetPeriod")
        age = node.child("onsetAge")
        years = age.number("value") if age else None
        return Problem(
            place=node.place,
            source_id=node.id(),
            code=what.first(ICD10) or what.first(SNOMED) or next(iter(what.codes), None),
            codes=what.codes,
            text=what.text,
            family=_family(what),
            clinical_status=clinical,
            verification=verification,
            onset=node.moment("onsetDateTime") or (onset_period.moment("start") if onset_period else None),
            onset_text=node.text("onsetString")
            or (f"age {years.normalize():f} {age.text('unit') or ''}".strip() if age and years is not None else None),
            abatement=node.moment("abatementDateTime"),
            recorded=node.moment("recordedDate"),
        )

    def _request(self, node: Node) -> Medication:
        status = _required(node, "status", _REQUEST_STATUS)
        _required(node, "intent", _INTENT)
        if status == "entered-in-error":
            raise _Left(_MISTAKE)
        if node.flag("doNotPerform"):
            raise _Left("it says not to give the medication")
        return self._medication(node, "request", status, node.moment("authoredOn"), "dosageInstruction")

    def _statement(self, node: Node) -> Medication:
        status = _required(node, "status", _STATEMENT_STATUS)
        if status == "entered-in-error":
            raise _Left(_MISTAKE)
        period = node.child("effectivePeriod")
        since = node.moment("effectiveDateTime") or (period.moment("start") if period else None)
        return self._medication(node, "statement", status, since or node.moment("dateAsserted"), "dosage")

    def _medication(self, node: Node, kind: str, status: str, since: PartialDate | None, dosage: str) -> Medication:
        what = node.concept("medicationCodeableConcept")
        if reference := node.child("medicationReference"):
            target = self._resolve(reference, node)
            display = reference.text("display")
            if isinstance(target, _Entry) and target.type == "Medication" and target.node:
                target.used = True
                what = target.node.concept("code")
            elif isinstance(target, Node):
                what = target.concept("code")
            elif display is None:
                raise Unreadable(reference.place, "This points to a medication the file does not hold.")
            what = Concept(what.codes, what.own_text or display)
        if what.text is None:
            raise _Left("it does not name the medication")
        rxnorm = what.first(RXNORM)
        doses = [dose.text("text") for dose in node.children(dosage)]
        return Medication(
            place=node.place,
            source_id=node.id(),
            kind=kind,
            rxnorm=rxnorm.code if rxnorm else None,
            codes=what.codes,
            text=what.text,
            status=status,
            dosage="; ".join(dose for dose in doses if dose) or None,
            authored=since,
        )

    def _allergy(self, node: Node) -> Allergy:
        clinical = node.status("clinicalStatus", _ALLERGY_STATUS)
        verification = node.status("verificationStatus", _VERIFICATION)
        if verification == "entered-in-error":
            raise _Left(_MISTAKE)
        if verification == "refuted":
            raise _Left("the sender has ruled it out")
        what = node.concept("code")
        if what.text is None:
            raise _Left("it has neither a code nor a text")
        reactions = [
            concept(manifestation).text
            for reaction in node.children("reaction")
            for manifestation in reaction.children("manifestation")
        ]
        return Allergy(
            place=node.place,
            source_id=node.id(),
            codes=what.codes,
            text=what.text,
            clinical_status=clinical,
            verification=verification,
            criticality=node.code("criticality", _CRITICALITY),
            reactions=tuple(reaction for reaction in reactions if reaction),
            recorded=node.moment("recordedDate"),
        )

    def _measures(self, node: Node) -> list[Measure]:
        """The observation's own value, and the scores among its components; at least one, or it is left."""
        number, code = _named(node)
        parts = [part for part in node.children("component") if _named(part)[0] in TOTALS]
        survey = any(c.code == "survey" for category in node.children("category") for c in concept(category).codes)
        if number not in TOTALS and number not in _HISTORY and not survey and not parts:
            raise _Left("this observation is not used at admission", code)
        status = _required(node, "status", _OBSERVATION_STATUS)
        if status in ("entered-in-error", "cancelled"):
            raise _Left(_MISTAKE, code)
        if status not in ("final", "amended", "corrected"):
            raise _Left("its result is not final", code)
        period = node.child("effectivePeriod")
        taken = node.moment("effectiveDateTime") or node.moment("effectiveInstant")
        taken = taken or (period.moment("start") if period else None) or node.moment("issued")
        found, why = [], ""
        for part in (node, *parts):
            try:
                found.append(self._measure(part, node.id(), taken))
            except _Left as left:
                why = why or left.reason
                if part is not node:
                    self._remark(part.place, f"This part of a panel was left: {left.reason}.")
        if not found:
            panel = node.has("hasMember") or node.has("component")
            raise _Left("a panel without a value of its own" if panel and not parts else why, code)
        return found

    def _measure(self, node: Node, source_id: str | None, taken: PartialDate | None) -> Measure:
        """The value that stands in an Observation, or in one of its components."""
        number, code = _named(node)
        value, unit, answer, answer_code = _observed(node)
        if value is None and answer is None:
            raise _Left("it has no value that can be read")
        instrument, highest = TOTALS.get(number, (_HISTORY.get(number), None))
        known = _item_9(answer, answer_code) if instrument == ITEM_9 else None
        score = None if highest is None else _score(value, answer, known, highest)
        if highest is not None and score is None:
            if instrument != ITEM_9:
                raise _Left("its score is not a whole number in the range of the instrument")
            self._remark(node.place, "This answer about thoughts of death or self-harm could not be scored; read it.")
        return Measure(
            place=node.place,
            source_id=source_id,
            instrument=instrument,
            code=code,
            text=node.concept("code").text or instrument or "",
            score=score,
            value=value,
            unit=unit,
            answer=answer,
            taken=taken,
        )

    def _cover(self, node: Node) -> Cover:
        status = _required(node, "status", _COVERAGE_STATUS)
        if status == "entered-in-error":
            raise _Left(_MISTAKE)
        period = node.child("period")
        payers = [payer for payer in (self._payer(node, item) for item in node.children("payor")) if payer]
        kind = node.concept("type").text
        if not payers and not kind:
            raise _Left("it does not name who pays")
        return Cover(
            place=node.place,
            source_id=node.id(),
            payer="; ".join(payers) or kind or "",
            kind=kind,
            member_id=self._member_id(node),
            status=status,
            starts=period.moment("start") if period else None,
            ends=period.moment("end") if period else None,
        )

    def _payer(self, node: Node, reference: Node) -> str | None:
        display = reference.text("display")
        target = self._resolve(reference, node)
        kind = target.type if isinstance(target, _Entry) else _type_of(target) if target else None
        match = _RELATIVE.fullmatch(reference.text("reference") or "")
        if (kind or (match["type"] if match else None)) in ("Patient", "RelatedPerson"):
            return "the person or their family"
        if kind == "Organization":
            if isinstance(target, _Entry):
                target.used = True
            holder = target.node if isinstance(target, _Entry) else target
            return (holder.text("name") if holder else None) or display
        if display is None and reference.has("reference"):
            raise Unreadable(reference.place / "reference", "This points to a payer the file does not hold.")
        return display

    def _member_id(self, node: Node) -> str | None:
        """The member number, unless it looks like a social security number."""
        found = [(node.place / "subscriberId", node.text("subscriberId"))]
        for item in node.children("identifier"):
            if any(code.code == "MB" for code in item.concept("type").codes):
                found.append((item.place / "value", item.text("value")))
        for place, value in found:
            if value and _SSN_SHAPE.fullmatch(value):
                self._remark(place, _WITHHELD["SS"])
            elif value:
                return value
        return None

    def _visit(self, node: Node) -> Visit:
        status = _required(node, "status", _ENCOUNTER_STATUS)
        if status == "entered-in-error":
            raise _Left(_MISTAKE)
        if status in ("cancelled", "planned"):
            raise _Left("it has not taken place")
        setting = node.child("class")
        kind = coding(setting) if setting else None
        period = node.child("period")
        types = [concept(item).text for item in node.children("type")]
        reasons = [concept(item).text for item in node.children("reasonCode")]
        return Visit(
            place=node.place,
            source_id=node.id(),
            setting=(kind.code if kind else None) or "",
            text=next((text for text in types if text), None),
            reasons=tuple(reason for reason in reasons if reason),
            starts=period.moment("start") if period else None,
            ends=period.moment("end") if period else None,
        )

    # --- the count -----------------------------------------------------------------------------------------------

    def _report(self) -> Report:
        used: Counter[str] = Counter()
        reasons: dict[str, Counter[str]] = {}
        for entry in self.entries:
            counted = reasons.setdefault(entry.type, Counter())
            if entry.used:
                used[entry.type] += 1
            else:
                counted[entry.reason or _ELSEWHERE] += 1
        lines = tuple(
            Line(kind, used[kind], counted.total(), tuple(sorted(counted.items())))
            for kind, counted in sorted(reasons.items())
        )
        codes = tuple(
            LeftCode(code.system if code else None, code.code if code else None, code.display if code else None, count)
            for code, count in self.left_codes.most_common()
        )
        return Report(len(self.entries), lines, codes, tuple(self.remarks))


# --- small readers ------------------------------------------------------------------------------------------------


def _type_of(node: Node) -> str:
    if not node.has("resourceType"):
        raise Unreadable(node.place, "There is no resourceType here, so this is not a FHIR resource.")
    kind = node.text("resourceType")
    if kind is None or not _TYPE.fullmatch(kind):
        raise node.refuse("resourceType", "This is not the name of a FHIR resource.")
    return kind


def _up(place: Place) -> Place:
    return Place(place.file, place.pointer.rpartition("/")[0], place.line)


def _required(node: Node, key: str, allowed: frozenset[str]) -> str:
    found = node.code(key, allowed)
    if found is None:
        raise Unreadable(node.place, f"It has no {key}, which FHIR R4 requires.")
    return found


def _shown(what: Concept) -> Code | None:
    first = next(iter(what.codes), None)
    return first or (Code(None, None, what.own_text) if what.own_text else None)


def _family(what: Concept) -> Family:
    found = {family_of(code.system, code.code) for code in what.codes}
    return next((family for family in Family if family in found), Family.OTHER)


def _ended(node: Node) -> bool:
    period = node.child("period")
    return node.text("use") == "old" or (period is not None and period.moment("end") is not None)


def _name(node: Node) -> Name:
    return Name(
        place=node.place,
        use=node.text("use"),
        family=node.text("family"),
        given=node.texts("given"),
        prefix=node.texts("prefix"),
        suffix=node.texts("suffix"),
        text=node.text("text"),
        ended=_ended(node),
    )


def _address(node: Node) -> Address:
    return Address(
        place=node.place,
        use=node.text("use"),
        lines=node.texts("line"),
        city=node.text("city"),
        state=node.text("state"),
        postal_code=node.text("postalCode"),
        country=node.text("country"),
        ended=_ended(node),
    )


def _contacts(node: Node) -> tuple[tuple[Contact, ...], tuple[Contact, ...]]:
    """Phones (and text message numbers), and email addresses, still in use."""
    phones, emails = [], []
    for item in node.children("telecom"):
        system, value = item.text("system"), item.text("value")
        if not value or _ended(item):
            continue
        contact = Contact(item.place, value, item.text("use"))
        if system in ("phone", "sms"):
            phones.append(contact)
        elif system == "email":
            emails.append(contact)
    return tuple(phones), tuple(emails)


def _language(node: Node) -> Code | None:
    spoken = node.children("communication")
    chosen = next((item for item in spoken if item.flag("preferred")), spoken[0] if spoken else None)
    return _shown(chosen.concept("language")) if chosen else None


def _source_system(entry: _Entry, node: Node, identifiers: tuple[Identifier, ...]) -> str:
    """Who keeps the id: the server of the fullUrl, meta.source, the system that repeats the id, the record number's."""
    match = _RELATIVE.fullmatch(entry.full_url or "")
    meta = node.child("meta")
    source = (meta.text("source") if meta else None) or ""
    repeated = [item.system for item in identifiers if item.value == entry.id]
    numbered = [item.system for item in identifiers if item.kind == "MR"]
    candidates = [match["base"] if match else None, source.partition("#")[0], *repeated, *numbered]
    return next((system for system in candidates if system and len(system) <= 200), "unknown")


def _observed(node: Node) -> tuple[Decimal | None, str | None, str | None, str | None]:
    """The value, its unit, the answer in words and the answer's code; all None where there is none to read."""
    if quantity := node.child("valueQuantity"):
        return quantity.number("value"), quantity.text("unit") or quantity.text("code"), None, None
    if node.has("valueInteger"):
        return node.number("valueInteger"), None, None, None
    if node.has("valueCodeableConcept"):
        answer = node.concept("valueCodeableConcept")
        return None, None, answer.text, next((code.code for code in answer.codes if code.code), None)
    if node.has("valueBoolean"):
        return None, None, "yes" if node.flag("valueBoolean") else "no", None
    return None, None, node.text("valueString"), None


def _named(node: Node) -> tuple[str, Code | None]:
    """The LOINC number an observation goes by ("" without one), one we know before others, and the code to show."""
    what = node.concept("code")
    loinc = [code for code in what.codes if code.system in LOINC and code.code]
    known = [code for code in loinc if code.code in TOTALS or code.code in _HISTORY]
    number = next((code.code for code in known + loinc if code.code), "")
    return number, next(iter(known + loinc + list(what.codes)), None)


def _item_9(answer: str | None, answer_code: str | None) -> int | None:
    """What an answer to the ninth question counts, by its LOINC answer code or its words."""
    return _PHQ_CODES.get(answer_code or "", _PHQ_WORDS.get((answer or "").casefold()))


def _score(value: Decimal | None, answer: str | None, known: int | None, highest: int) -> int | None:
    """The score, also where a number was sent as text; None where it is no score of the instrument."""
    if value is None and answer and re.fullmatch("[0-9]{1,2}", answer):
        value = Decimal(answer)
    if value is None:
        return known
    return int(value) if value == int(value) and 0 <= value <= highest else None


def _with_facts(person: Person, facts: list[Fact]) -> Person:
    visits = [fact for fact in facts if isinstance(fact, Visit)]
    return replace(
        person,
        problems=tuple(fact for fact in facts if isinstance(fact, Problem)),
        medications=tuple(fact for fact in facts if isinstance(fact, Medication)),
        allergies=tuple(fact for fact in facts if isinstance(fact, Allergy)),
        measures=tuple(fact for fact in facts if isinstance(fact, Measure)),
        covers=tuple(fact for fact in facts if isinstance(fact, Cover)),
        visits=Visits(
            count=len(visits),
            last_inpatient=_latest([visit for visit in visits if visit.setting in _INPATIENT]),
            last_emergency=_latest([visit for visit in visits if visit.setting == _EMERGENCY]),
        ),
    )


def _latest(visits: list[Visit]) -> Visit | None:
    dated = [(visit.starts or visit.ends, visit) for visit in visits]
    known = [(when.order, visit) for when, visit in dated if when]
    return max(known, key=lambda pair: pair[0])[1] if known else (visits[0] if visits else None)
