"""Reads FHIR R4 referrals into plain facts, and says what was used and what was left.

Pure as `rules.py` is: no Django, no clock, no files of its own; bytes in, frozen dataclasses or `Unreadable` out.
"""

from openiop.admissions.reading.dates import PartialDate as PartialDate
from openiop.admissions.reading.facts import Address as Address
from openiop.admissions.reading.facts import Allergy as Allergy
from openiop.admissions.reading.facts import Code as Code
from openiop.admissions.reading.facts import Contact as Contact
from openiop.admissions.reading.facts import Cover as Cover
from openiop.admissions.reading.facts import Identifier as Identifier
from openiop.admissions.reading.facts import LeftCode as LeftCode
from openiop.admissions.reading.facts import Line as Line
from openiop.admissions.reading.facts import Measure as Measure
from openiop.admissions.reading.facts import Medication as Medication
from openiop.admissions.reading.facts import Name as Name
from openiop.admissions.reading.facts import Person as Person
from openiop.admissions.reading.facts import Problem as Problem
from openiop.admissions.reading.facts import Referral as Referral
from openiop.admissions.reading.facts import Remark as Remark
from openiop.admissions.reading.facts import Report as Report
from openiop.admissions.reading.facts import Visit as Visit
from openiop.admissions.reading.facts import Visits as Visits
from openiop.admissions.reading.families import Family as Family
from openiop.admissions.reading.families import family_of as family_of
from openiop.admissions.reading.likeness import Known as Known
from openiop.admissions.reading.likeness import Likeness as Likeness
from openiop.admissions.reading.likeness import Verdict as Verdict
from openiop.admissions.reading.likeness import compare as compare
from openiop.admissions.reading.likeness import known as known
from openiop.admissions.reading.likeness import known_by as known_by
from openiop.admissions.reading.likeness import known_from as known_from
from openiop.admissions.reading.plain import digest as digest
from openiop.admissions.reading.plain import plain_facts as plain_facts
from openiop.admissions.reading.plain import plain_person as plain_person
from openiop.admissions.reading.plain import plain_report as plain_report
from openiop.admissions.reading.reader import read as read
from openiop.admissions.reading.reader import read_export as read_export
from openiop.admissions.reading.refusal import Limits as Limits
from openiop.admissions.reading.refusal import Place as Place
from openiop.admissions.reading.refusal import Unreadable as Unreadable
