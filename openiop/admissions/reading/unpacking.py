"""From bytes to plain JSON values: gzip, UTF-8, strict JSON, NDJSON and FHIR XML. Pure; refuses what is doubtful."""

import json
import re
import zlib
from collections.abc import Iterator
from decimal import Decimal
from xml.parsers import expat

from openiop.admissions.reading.refusal import Limits, Place, Unreadable

Json = dict[str, "Json"] | list["Json"] | str | int | bool | Decimal | None

_GZIP = b"\x1f\x8b"
_FHIR = "http://hl7.org/fhir"
_KEY = re.compile(r"_?[A-Za-z][A-Za-z0-9]{0,63}")
# FHIR strings hold no control characters but tab, line feed and carriage return (FHIR R4, datatypes, string);
# lone surrogates cannot be stored, and direction overrides (Unicode UAX 9) make a name show as another.
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\u202a-\u202e\u2066-\u2069]")
_SUSPECT = re.compile("[\x7f-\x9f\u202a-\u202e\u2066-\u2069]|\\\\(?:u(?:00[0189]|007[fF]|[dD][89a-fA-F]|20[26])|[bf])")
_TOKEN = re.compile(r'"(?:[^"\\]++|\\.)*+"?|[{}\[\],:]', re.DOTALL)
_DIGITS = 30


class _Mark:
    """Stands in the parsed value where something must be refused, until the walk finds its pointer."""

    __slots__ = ("key", "sentence")

    def __init__(self, sentence: str, key: str | None = None) -> None:
        self.sentence, self.key = sentence, key


def documents(file: str, raw: bytes, limits: Limits) -> Iterator[tuple[Place, Json]]:
    """Every JSON document of one unpacked file with its place; NDJSON has one a line, anything else exactly one.

    The kind is known from the content; only NDJSON is known by its name (`.ndjson`, `.ndjson.gz`).
    """
    here = Place(file)
    if not raw.strip():
        raise Unreadable(here, "The file is empty.")
    if raw.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<"):
        yield here, _xml(here, raw, limits)
        return
    text = _utf8(here, raw)
    if not file.lower().removesuffix(".gz").endswith(".ndjson"):
        yield here, _json(here, text, limits)
        return
    for number, line in enumerate(text.split("\n"), start=1):
        if line.strip():
            place = Place(file, "", number)
            yield place, _json(place, line, limits)


def unpacked(here: Place, data: bytes, limits: Limits) -> bytes:
    """The bytes as they were before gzip, never more than the limit; plain bytes come back as they are."""
    if len(data) > limits.packed:
        raise Unreadable(here, f"The file is larger than {limits.packed // 1024 // 1024} MiB.")
    if not data.startswith(_GZIP):
        return data
    parts: list[bytes] = []
    room = limits.unpacked
    while data:
        engine = zlib.decompressobj(wbits=31)
        try:
            part = engine.decompress(data, room + 1)
        except zlib.error:
            raise Unreadable(here, "The compressed file is damaged and cannot be unpacked.") from None
        room -= len(part)
        if room < 0:
            raise Unreadable(here, f"The file unpacks to more than {limits.unpacked // 1024 // 1024} MiB.")
        if not engine.eof:
            raise Unreadable(here, "The compressed file ends too early; part of it is missing.")
        parts.append(part)
        data = engine.unused_data.lstrip(b"\x00")
    whole = b"".join(parts)
    if whole.startswith(_GZIP):
        raise Unreadable(here, "The file is compressed twice.")
    return whole


def _utf8(here: Place, raw: bytes) -> str:
    if raw.startswith((b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")):
        raise Unreadable(here, "The file begins with a byte order mark; FHIR JSON is plain UTF-8 without one.")
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        raise Unreadable(here, "The file is not UTF-8 text.") from None


# --- JSON -------------------------------------------------------------------------------------------------------------


def _json(here: Place, text: str, limits: Limits) -> Json:
    """One strict JSON document: no repeated keys, no NaN, no control characters, bounded in depth and size."""
    if text.count("{") + text.count("[") > limits.objects or text.count(",") > 4 * limits.objects:
        raise Unreadable(
            here, f"The document holds more than {limits.objects:,} objects, or four times as many values."
        )
    try:
        value = json.loads(
            text, object_pairs_hook=_pairs, parse_constant=_constant, parse_float=_decimal, parse_int=_integer
        )
    except RecursionError:
        raise Unreadable(*_too_deep(here, text, limits)) from None
    except json.JSONDecodeError as problem:
        raise Unreadable(*_syntax(here, text, problem, limits)) from None
    _walk(here, value, limits, strings=_SUSPECT.search(text) is not None)
    return value  # type: ignore[no-any-return]


def _pairs(pairs: list[tuple[str, object]]) -> object:
    found = dict(pairs)
    if len(found) == len(pairs):
        return found
    seen: set[str] = set()
    for key, _ in pairs:
        if key in seen:
            return _Mark("The same key stands here twice.", key)
        seen.add(key)
    return found  # pragma: no cover: a shorter dict always has a repeated key


def _constant(_: str) -> _Mark:
    return _Mark("This is not a number that JSON allows (NaN or Infinity).")


def _decimal(text: str) -> Decimal | _Mark:
    value = Decimal(text) if len(text) <= _DIGITS else None
    if value is None or abs(value.adjusted()) > _DIGITS:
        return _Mark("This number is too long to be a measurement.")
    return value


def _integer(text: str) -> int | _Mark:
    return int(text) if len(text) <= _DIGITS else _Mark("This number is too long to be a measurement.")


def _walk(here: Place, value: object, limits: Limits, *, strings: bool) -> None:
    """Refuse marks, excessive depth, and (where the text made them possible) characters FHIR forbids."""
    todo: list[tuple[object, tuple[str | int, ...]]] = [(value, ())]
    while todo:
        item, path = todo.pop()
        if isinstance(item, _Mark):
            raise Unreadable(_place(here, (*path, item.key) if item.key is not None else path), item.sentence)
        if isinstance(item, str):
            if _FORBIDDEN.search(item):
                raise Unreadable(_place(here, path), "This text holds a control character that FHIR does not allow.")
            continue
        if len(path) > limits.depth:
            raise Unreadable(_place(here, path), f"The document is nested more than {limits.depth} levels deep.")
        kinds: tuple[type, ...] = (dict, list, _Mark, str) if strings else (dict, list, _Mark)
        if isinstance(item, dict):
            if strings and any(_FORBIDDEN.search(key) for key in item):
                raise Unreadable(_place(here, path), "A key here holds a control character.")
            todo.extend((inner, (*path, key)) for key, inner in reversed(item.items()) if isinstance(inner, kinds))
        elif isinstance(item, list):
            back = range(len(item) - 1, -1, -1)
            todo.extend((item[index], (*path, index)) for index in back if isinstance(item[index], kinds))


def _place(here: Place, path: tuple[str | int, ...]) -> Place:
    """The place at the path, stopping before a key no FHIR element could have (it might be anything)."""
    for step in path:
        if isinstance(step, str) and not _KEY.fullmatch(step):
            break
        here = here / step
    return here


def _syntax(here: Place, text: str, problem: json.JSONDecodeError, limits: Limits) -> tuple[Place, str]:
    place = _place(here, _path_to(text[: problem.pos], limits.depth))
    spot = f"(line {here.line or problem.lineno}, column {problem.colno})"
    if problem.msg.startswith("Extra data"):
        return here, f"Something follows the end of the document {spot}; one resource a line is an .ndjson file."
    if problem.pos >= len(text.rstrip()) or problem.msg.startswith("Unterminated"):
        return place, "The file ends in the middle; part of it is missing."
    if problem.msg.startswith("Invalid control character"):
        return place, f"This text holds a control character that JSON does not allow {spot}."
    if text.lstrip()[:1] not in ("{", "["):
        return here, "The file is neither JSON nor XML."
    return place, f"This is not well-formed JSON {spot}."


def _too_deep(here: Place, text: str, limits: Limits) -> tuple[Place, str]:
    path = _path_to(text, limits.depth)
    return _place(here, path), f"The document is nested more than {limits.depth} levels deep."


def _path_to(text: str, depth: int) -> tuple[str | int, ...]:
    """The path open at the end of this piece of JSON, or where it first goes deeper than `depth`."""
    steps: list[str | int | None] = []
    wants_key = False
    for match in _TOKEN.finditer(text):
        token = match.group()
        if token in "{[":
            if len(steps) > depth:
                break
            steps.append(0 if token == "[" else None)
            wants_key = token == "{"
        elif token in "}]":
            if steps:
                steps.pop()
            wants_key = False
        elif token == "," and steps:
            top = steps[-1]
            steps[-1] = top + 1 if isinstance(top, int) else None
            wants_key = not isinstance(top, int)
        elif token == ":":
            wants_key = False
        elif steps and wants_key and len(token) < 80 and token.endswith('"'):
            steps[-1] = token[1:-1]
    return tuple(step for step in steps if step is not None)


# --- XML --------------------------------------------------------------------------------------------------------------

# Elements that FHIR JSON writes as arrays (FHIR R4, json.html), for the resources and data types this reader uses.
_MANY_ANYWHERE = frozenset(
    [
        "extension",
        "modifierExtension",
        "coding",
        "given",
        "prefix",
        "suffix",
        "line",
        "profile",
        "security",
        "tag",
        "contained",
        "entry",
        "link",
        "dosageInstruction",
        "doseAndRate",
        "manifestation",
        "note",
        "reasonCode",
        "reasonReference",
    ]
)
_MANY_ON = {
    "Patient": frozenset(
        ["identifier", "name", "telecom", "address", "contact", "communication", "generalPractitioner"]
    ),
    "Condition": frozenset(["identifier", "category", "bodySite", "stage", "evidence"]),
    "Observation": frozenset(
        [
            "identifier",
            "basedOn",
            "partOf",
            "category",
            "focus",
            "performer",
            "interpretation",
            "hasMember",
            "derivedFrom",
            "component",
            "referenceRange",
        ]
    ),
    "MedicationRequest": frozenset(
        ["identifier", "category", "instantiatesUri", "basedOn", "insurance", "detectedIssue"]
    ),
    "MedicationStatement": frozenset(["identifier", "basedOn", "partOf", "derivedFrom", "dosage"]),
    "Medication": frozenset(["identifier", "ingredient"]),
    "AllergyIntolerance": frozenset(["identifier", "category", "reaction"]),
    "Coverage": frozenset(["identifier", "payor", "class", "costToBeneficiary", "contract"]),
    "Encounter": frozenset(
        [
            "identifier",
            "statusHistory",
            "classHistory",
            "type",
            "episodeOfCare",
            "basedOn",
            "participant",
            "appointment",
            "diagnosis",
            "account",
            "location",
        ]
    ),
    "Organization": frozenset(["identifier", "type", "alias", "telecom", "address", "contact", "endpoint"]),
}
_BOOLEANS = frozenset(
    [
        "active",
        "deceasedBoolean",
        "multipleBirthBoolean",
        "valueBoolean",
        "preferred",
        "doNotPerform",
        "reportedBoolean",
        "userSelected",
        "asNeededBoolean",
    ]
)


class _Element:
    __slots__ = ("attributes", "children", "name", "namespace", "resource", "step")

    def __init__(self, namespace: str, name: str, attributes: dict[str, str]) -> None:
        self.namespace, self.name, self.attributes = namespace, name, attributes
        self.children: dict[str, list[_Element]] = {}
        self.resource: str | None = None
        self.step: tuple[str | int, ...] = ()


def _xml(here: Place, raw: bytes, limits: Limits) -> Json:
    """One FHIR XML resource as the JSON it stands for. No document type, so no entities; the narrative is skipped."""
    root: list[_Element] = []
    stack: list[_Element] = []
    count = 0

    def start(tag: str, attributes: dict[str, str]) -> None:
        nonlocal count
        count += 1
        namespace, _, name = tag.rpartition(" ")
        element = _Element(namespace, name, attributes)
        if not stack:
            root.append(element)
        elif namespace == _FHIR:
            if not _KEY.fullmatch(name):
                raise Unreadable(_place(here, stack[-1].step), "An element here has a name FHIR does not use.")
            stack[-1].children.setdefault(name, []).append(element)
        elif name == "div" and stack[-1].namespace == _FHIR:
            stack[-1].children["div"] = [_Element(namespace, name, {"value": ""})]  # that it is there, not what it says
        _locate(element, stack[-1] if stack else None)
        stack.append(element)
        if len(stack) > limits.depth:
            raise Unreadable(
                _place(here, element.step), f"The document is nested more than {limits.depth} levels deep."
            )
        if count > limits.objects:
            raise Unreadable(here, f"The document holds more than {limits.objects:,} elements.")
        if any(_FORBIDDEN.search(value) for value in attributes.values()):
            sentence = "This text holds a control character that FHIR does not allow."
            raise Unreadable(_place(here, element.step), sentence)

    def refuse(*_: object) -> None:
        raise Unreadable(here, "The XML declares a document type or entities; FHIR XML has neither.")

    parser = expat.ParserCreate(namespace_separator=" ")
    parser.SetParamEntityParsing(expat.XML_PARAM_ENTITY_PARSING_NEVER)
    parser.StartElementHandler = start
    parser.EndElementHandler = lambda _: stack.pop()
    parser.StartDoctypeDeclHandler = refuse
    parser.EntityDeclHandler = refuse
    try:
        parser.Parse(raw, True)
    except expat.ExpatError as problem:
        place = _place(here, stack[-1].step) if stack else here
        missing = problem.code in (3, 5)  # no element found, unclosed token
        sentence = "The file ends in the middle; part of it is missing." if missing else "This is not well-formed XML"
        spot = "" if missing else f" (line {problem.lineno}, column {problem.offset + 1})."
        raise Unreadable(place, sentence + spot) from None
    except (ValueError, LookupError):
        raise Unreadable(here, "The file names a text encoding that is not supported; use UTF-8.") from None
    if root[0].namespace != _FHIR:
        raise Unreadable(here, "The XML is not in the FHIR namespace, so it is not FHIR.")
    return _resource(here, root[0])


def _locate(element: _Element, parent: _Element | None) -> None:
    """Give the element the path its JSON twin has."""
    name = element.name
    if parent is None:
        element.resource = name
    elif parent.name in ("resource", "contained") and name[:1].isupper():
        element.resource = name
        element.step = parent.step
    elif _is_many(parent, name):
        element.step = (*parent.step, name, len(parent.children.get(name, [None])) - 1)
    else:
        element.step = (*parent.step, name)


def _is_many(parent: _Element, name: str) -> bool:
    return name in _MANY_ANYWHERE or (parent.resource is not None and name in _MANY_ON.get(parent.resource, ()))


def _resource(here: Place, element: _Element) -> Json:
    return {"resourceType": element.name, **_members(here, element)}


def _members(here: Place, element: _Element) -> dict[str, Json]:
    found: dict[str, Json] = {key: element.attributes[key] for key in ("id", "url") if key in element.attributes}
    for name, children in element.children.items():
        values = [_value(here, child, element) for child in children]
        if name in found:
            raise Unreadable(_place(here, children[0].step), "The same element stands here twice.")
        if _is_many(element, name) or len(values) > 1:
            found[name] = values
        elif "value" not in children[0].attributes and set(children[0].children) == {"extension"} and name != "text":
            found[f"_{name}"] = values[0]
        else:
            found[name] = values[0]
    return found


def _value(here: Place, element: _Element, parent: _Element) -> Json:
    if element.name in ("resource", "contained"):
        inner = [child for group in element.children.values() for child in group]
        if len(inner) != 1:
            raise Unreadable(_place(here, element.step), "There should be exactly one resource here.")
        return _resource(here, inner[0])
    text = element.attributes.get("value")
    if text is None:
        return _members(here, element)
    if element.name in _BOOLEANS and text in ("true", "false"):
        return text == "true"
    if element.name == "valueInteger" or (element.name == "value" and parent.name.endswith("Quantity")):
        if not re.fullmatch(r"-?[0-9]{1,15}(\.[0-9]{1,15})?([eE][+-]?[0-9]{1,2})?", text):
            raise Unreadable(_place(here, element.step), "This is not a number.")
        return Decimal(text)
    return text
