"""Figures that name nobody: small cells, and what a de-identified row may hold. Pure."""

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import date

SMALL = 11  # cells of 1 to 10 people are not shown (CMS cell size suppression policy; program policy `small-cells`)
HIDDEN = None


def suppressed(cells: Mapping[str, int], small: int = SMALL) -> dict[str, int | None]:
    """The counts with small ones hidden, and as many more that none can be reckoned back from the total.

    A zero tells of nobody and stays. What is hidden amounts to at least `small` people, in two cells or more.
    """
    hidden = {name for name, count in cells.items() if 0 < count < small}
    rest = sorted((name for name, count in cells.items() if count >= small), key=lambda name: (cells[name], name))
    while hidden and rest and (len(hidden) < 2 or sum(cells[name] for name in hidden) < small):
        hidden.add(rest.pop(0))
    return {name: HIDDEN if name in hidden else count for name, count in cells.items()}


def total_shown(cells: Mapping[str, int], small: int = SMALL) -> int | None:
    """The total, hidden where it is small itself; else enough is hidden above that it tells no single cell."""
    total = sum(cells.values())
    return HIDDEN if 0 < total < small else total


# --- 45 CFR 164.514(b)(2) ---------------------------------------------------------------------------------------------

OLD = "90 or over"  # 164.514(b)(2)(i)(C): all ages over 89 in one class


def age_words(born_on: date | None, on: date) -> str:
    """The age in years on the day; 90 and over is one class, and unknown is blank."""
    if born_on is None:
        return ""
    years = on.year - born_on.year - ((on.month, on.day) < (born_on.month, born_on.day))
    return OLD if years >= 90 else str(years)


def year_of(day: date | None) -> str:
    """No more of a date than its year (164.514(b)(2)(i)(C))."""
    return "" if day is None else str(day.year)


def zip3(code: str, sparse: Iterable[str]) -> str:
    """The first three digits of a ZIP code; 000 where so few live there (164.514(b)(2)(i)(B)); blank if unknown."""
    found = re.match(r"\s*(\d{3})\d{2}(?!\d)", code)
    if found is None:
        return ""
    return "000" if found[1] in set(sparse) else found[1]


# The eighteen of 164.514(b)(2)(i), as what a column's name would give away.
EIGHTEEN = {
    "names": "name",
    "geography": "address|street|city|county|precinct|zip(?!3)|postal",
    "dates": r"(^|_)(on|at|date|day|birth|born)($|_)",
    "telephone numbers": "phone|tel(?!l)",
    "fax numbers": "fax",
    "email addresses": "e?mail",
    "social security numbers": "ssn|social",
    "record numbers": "record|mrn|(^|_)number",
    "plan numbers": "beneficiary|member",
    "account numbers": "account",
    "certificate numbers": "license|licence|certificate",
    "vehicle numbers": "vehicle|plate",
    "device numbers": "device|serial",
    "web addresses": "url|link",
    "network addresses": r"(^|_)ip($|_)",
    "biometrics": "finger|voice|biometric",
    "photographs": "photo|image|picture",
    "other unique numbers": r"(^|_)(id|uuid|key|code)($|_)",
}
FREE = "words|text|note|comment|reason_said|free"  # what people wrote cannot be looked through by rule, so it stays out
_TELLING = (
    r"\d{4}-\d{2}-\d{2}",  # a day
    r"\S+@\S+",  # an email address
    r"https?://|www\.",  # a web address
    r"(?<!\d)\d{3}-\d{2}-\d{4}(?!\d)",  # a social security number
    r"(?<!\d)(\d{3}[-. ])?\d{3}[-. ]\d{4}(?!\d)",  # a telephone number
    r"(?<!\d)\d{1,3}(\.\d{1,3}){3}(?!\d)",  # a network address
    r"[0-9a-f]{8}-[0-9a-f]{4}-",  # a key of ours
    r"(?<!\d)\d{5}(?!\d)",  # a whole ZIP code, or a number of someone
)
LONGEST = 60  # a code or a choice is short; what is longer was written by someone


def why_not_deidentified(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    """Every reason this set still names someone: a column of the eighteen, free text, or a cell that looks like one."""
    reasons = [
        f"The column {column} holds {what}."
        for column in columns
        for what, pattern in {**EIGHTEEN, "what people wrote": FREE}.items()
        if re.search(pattern, column)
    ]
    for row in rows:
        for column, cell in zip(columns, row, strict=True):
            if len(cell) > LONGEST or any(re.search(pattern, cell) for pattern in _TELLING):
                reasons.append(f"A cell of {column} may tell who it is.")
            if column == "age" and cell.isdecimal() and int(cell) >= 90:
                reasons.append("An age of 90 or over stands alone.")
            if column.startswith("year") and cell and not re.fullmatch(r"\d{4}", cell):
                reasons.append(f"A cell of {column} is more than a year.")
    return list(dict.fromkeys(reasons))
