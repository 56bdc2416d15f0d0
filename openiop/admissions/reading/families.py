"""Which family a coded problem most likely belongs to: a guess that sorts a referral, never a diagnosis. Pure.

ICD-10-CM: chapter 5 blocks and the Z, R and T codes below (CDC/NCHS ICD-10-CM tabular list, fiscal year 2026).
ICD-11: 6C40-6C4Z disorders due to substance use, 6C50-6C5Z disorders due to addictive behaviours (WHO ICD-11 MMS).
SNOMED CT: a short list reviewed for this program; opioid concepts after the CDC opioid prescribing value set
"Opioid misuse disorders", the rest as used by Synthea and the HL7 US Behavioral Health Profiles examples.
"""

import re
from enum import StrEnum


class Family(StrEnum):
    """The families a plan must cover, and everything else."""

    SUBSTANCE = "substance"
    BEHAVIORAL_ADDICTION = "behavioral-addiction"
    MENTAL_HEALTH = "mental-health"
    OTHER = "other"


ICD10 = frozenset(
    {"http://hl7.org/fhir/sid/icd-10-cm", "http://hl7.org/fhir/sid/icd-10", "urn:oid:2.16.840.1.113883.6.90"}
)
ICD11 = frozenset({"http://id.who.int/icd/release/11/mms", "http://id.who.int/icd11/mms"})
SNOMED = frozenset({"http://snomed.info/sct", "urn:oid:2.16.840.1.113883.6.96"})

# First match wins.
_ICD10_RULES: tuple[tuple[str, Family], ...] = (
    (r"F1[0-9]", Family.SUBSTANCE),  # F10-F19 mental and behavioral disorders due to psychoactive substance use
    (r"F630", Family.BEHAVIORAL_ADDICTION),  # F63.0 pathological gambling
    (r"Z726", Family.BEHAVIORAL_ADDICTION),  # Z72.6 gambling and betting
    (r"Z71[45]", Family.SUBSTANCE),  # Z71.4-, Z71.5- alcohol or drug abuse counseling and surveillance
    (r"Z720", Family.SUBSTANCE),  # Z72.0 tobacco use
    (r"T40...?[1-4]|T436..?[1-4]|T510.[1-4]", Family.SUBSTANCE),  # poisoning, not adverse effect or underdosing
    (r"R45851|T1491", Family.MENTAL_HEALTH),  # suicidal ideations, suicide attempt
    (r"F[2-6][0-9]|F9[0-9]", Family.MENTAL_HEALTH),  # F20-F69, F90-F99
)

_SNOMED_FAMILIES: dict[str, Family] = {
    # alcohol
    "7200002": Family.SUBSTANCE,  # Alcoholism
    "66590003": Family.SUBSTANCE,  # Alcohol dependence
    "15167005": Family.SUBSTANCE,  # Alcohol abuse
    "10939881000119105": Family.SUBSTANCE,  # Unhealthy alcohol drinking behavior
    # opioids (CDC value set "Opioid misuse disorders")
    "5602001": Family.SUBSTANCE,  # Opioid abuse
    "191909007": Family.SUBSTANCE,  # Nondependent opioid abuse
    "191912005": Family.SUBSTANCE,  # Nondependent opioid abuse, continuous
    "191913000": Family.SUBSTANCE,  # Nondependent opioid abuse, episodic
    "191914006": Family.SUBSTANCE,  # Nondependent opioid abuse in remission
    "75544000": Family.SUBSTANCE,  # Opioid dependence
    "191819002": Family.SUBSTANCE,  # Continuous opioid dependence
    "191820008": Family.SUBSTANCE,  # Episodic opioid dependence
    "191821007": Family.SUBSTANCE,  # Opioid dependence in remission
    "231477003": Family.SUBSTANCE,  # Dependence on diamorphine
    "426001001": Family.SUBSTANCE,  # Fentanyl dependence
    "1081000119105": Family.SUBSTANCE,  # Opioid dependence, on agonist therapy
    "87132004": Family.SUBSTANCE,  # Opioid withdrawal syndrome
    "77721001": Family.SUBSTANCE,  # Opioid intoxication
    "242253008": Family.SUBSTANCE,  # Overdose of opiate
    # other and several substances
    "55680006": Family.SUBSTANCE,  # Drug overdose
    "361055000": Family.SUBSTANCE,  # Misuses drugs
    "371422002": Family.SUBSTANCE,  # History of substance abuse
    "6525002": Family.SUBSTANCE,  # Dependent drug abuse
    "26416006": Family.SUBSTANCE,  # Drug abuse
    "31956009": Family.SUBSTANCE,  # Cocaine dependence
    "85005007": Family.SUBSTANCE,  # Cannabis dependence
    "449868002": Family.SUBSTANCE,  # Smokes tobacco daily
    # behaviors
    "18085000": Family.BEHAVIORAL_ADDICTION,  # Compulsive gambling
    # mental health
    "35489007": Family.MENTAL_HEALTH,  # Depressive disorder
    "310496002": Family.MENTAL_HEALTH,  # Moderate depression
    "36923009": Family.MENTAL_HEALTH,  # Major depression, single episode
    "66344007": Family.MENTAL_HEALTH,  # Recurrent major depression
    "370143000": Family.MENTAL_HEALTH,  # Major depressive disorder
    "13746004": Family.MENTAL_HEALTH,  # Bipolar disorder
    "197480006": Family.MENTAL_HEALTH,  # Anxiety disorder
    "21897009": Family.MENTAL_HEALTH,  # Generalized anxiety disorder
    "80583007": Family.MENTAL_HEALTH,  # Severe anxiety (panic)
    "47505003": Family.MENTAL_HEALTH,  # Posttraumatic stress disorder
    "58214004": Family.MENTAL_HEALTH,  # Schizophrenia
    "17226007": Family.MENTAL_HEALTH,  # Adjustment disorder
}


def family_of(system: str | None, code: str | None) -> Family:
    """The family this one code points to; OTHER for everything the tables do not name."""
    if not code:
        return Family.OTHER
    if system in SNOMED:
        return _SNOMED_FAMILIES.get(code, Family.OTHER)
    if system in ICD10:
        bare = code.upper().replace(".", "")
        return next((family for shape, family in _ICD10_RULES if re.match(shape, bare)), Family.OTHER)
    if system in ICD11:
        if re.match(r"6C4[0-9A-Z]", code.upper()):
            return Family.SUBSTANCE
        if re.match(r"6C5[0-9A-Z]", code.upper()):
            return Family.BEHAVIORAL_ADDICTION
    return Family.OTHER
