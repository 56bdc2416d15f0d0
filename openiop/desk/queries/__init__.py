"""What the desk shows: the day, the caseload, one record's first page, the program's numbers."""

from openiop.desk.queries.caseload import Person, Table, caseload, find, kinds_for, tracks_of
from openiop.desk.queries.chart import Entry, Overview, overview
from openiop.desk.queries.program import Numbers, numbers
from openiop.desk.queries.today import Day, day, waiting

__all__ = [
    "Day",
    "Entry",
    "Numbers",
    "Overview",
    "Person",
    "Table",
    "caseload",
    "day",
    "find",
    "kinds_for",
    "numbers",
    "overview",
    "tracks_of",
    "waiting",
]
