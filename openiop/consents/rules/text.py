"""The words a consent is shown and kept in: English, and Spanish that a person has yet to check. Pure."""

from collections.abc import Iterable, Mapping
from datetime import date

from openiop.consents.rules.kinds import KIND_WORDS, Kind
from openiop.consents.rules.variants import VARIANT_WORDS, Variant

TEXT_VERSION = "2026-12"
LANGUAGES = {"en": "English", "es": "Spanish"}
CHECKED = frozenset({"en"})  # languages whose sentences a person who knows the law has read over
NOT_CHECKED = "The Spanish sentences were not checked yet. Go through them together with an interpreter."

REVOKE_WORDS = (
    "I can end this consent at any time, in writing, on my phone or by telling the program. "
    "It ends when the program receives it. What was already shared in reliance on it stays shared."
)
# 42 CFR 2.35(c): a consent for a court or probation may be ended only from a day or an event it names.
REVOKE_LATER_WORDS = (
    "I can end this consent in writing, on my phone or by telling the program, from the day or event named below on. "
    "It ends when the program receives it. What was already shared in reliance on it stays shared."
)
REDISCLOSURE_WORDS = (
    "A health plan, provider or other covered receiver may share these records on as HIPAA allows, "
    "and federal confidentiality rules may then no longer protect them. "
    "They may not be used in any civil, criminal, administrative or legislative proceeding against me "
    "without my specific written consent or a court order."
)
IF_DECLINED_WORDS = (
    "If I do not sign, the program may not be able to bill my health plan or plan my care with others. "
    "I can then pay myself, and emergency care is never affected."
)
# 42 CFR 2.31(b): counseling notes are never a condition of treatment, payment, enrollment or benefits.
NO_CONDITION_WORDS = "My care, its payment and what I am entitled to never depend on whether I sign this."
# 42 CFR 2.31(a)(5)(iii): where records may be used to raise money, the way out is said beforehand.
OPT_OUT_WORDS = "The program may ask me to give money. I can say now or at any time that I do not want to be asked."
APP_WORDS = "The maker of an app may not be bound by health privacy law and may use what it gets as its own terms say."

_WORDS: Mapping[str, Mapping[str, str]] = {
    "en": {
        "consent": "Consent",
        "participant": "I am {}.",
        "discloser": "Who may share: {}.",
        "information": "What may be shared: {}",
        "recipient": "Who may receive it: {}.",
        "members": "Who receives it through them: {}.",
        "purpose": "What it is for: {}.",
        "study": "The study: {}.",
        "proceeding": "The proceeding: {}.",
        "right_to_revoke": "How I can end it: {}",
        "revocable_from": "From when I can end it: {}.",
        "ends": "When it ends: {}.",
        "redisclosure": "What the receiver may do: {}",
        "if_declined": "If I do not sign: {}",
        "no_condition": "No condition of care: {}",
        "opt_out": "Asking for money: {}",
        "app": "About apps: {}",
    },
    "es": {
        "consent": "Consentimiento",
        "participant": "Soy {}.",
        "discloser": "Quién puede compartir: {}.",
        "information": "Qué se puede compartir: {}",
        "recipient": "Quién puede recibirlo: {}.",
        "members": "Quién lo recibe por su medio: {}.",
        "purpose": "Para qué es: {}.",
        "study": "El estudio: {}.",
        "proceeding": "El proceso: {}.",
        "right_to_revoke": "Cómo puedo terminarlo: {}",
        "revocable_from": "Desde cuándo puedo terminarlo: {}.",
        "ends": "Cuándo termina: {}.",
        "redisclosure": "Qué puede hacer quien lo recibe: {}",
        "if_declined": "Si no firmo: {}",
        "no_condition": "No es condición para la atención: {}",
        "opt_out": "Pedidos de dinero: {}",
        "app": "Sobre las aplicaciones: {}",
    },
}
# The law's own sentences in each language, by the name of the element they give.
SENTENCES: Mapping[str, Mapping[str, str]] = {
    "en": {
        "right_to_revoke": REVOKE_WORDS,
        "revoke_later": REVOKE_LATER_WORDS,
        "redisclosure": REDISCLOSURE_WORDS,
        "if_declined": IF_DECLINED_WORDS,
        "no_condition": NO_CONDITION_WORDS,
        "opt_out": OPT_OUT_WORDS,
        "app": APP_WORDS,
    },
    "es": {
        "right_to_revoke": (
            "Puedo terminar este consentimiento en cualquier momento, por escrito, en mi teléfono o avisando al "
            "programa. Termina cuando el programa lo recibe. Lo que ya se compartió confiando en él queda compartido."
        ),
        "revoke_later": (
            "Puedo terminar este consentimiento por escrito, en mi teléfono o avisando al programa, desde el día o el "
            "hecho que se nombra abajo. Lo que ya se compartió confiando en él queda compartido."
        ),
        "redisclosure": (
            "Un plan de salud, un proveedor u otro receptor cubierto puede volver a compartir estos registros como "
            "permite HIPAA, y entonces puede que las reglas federales ya no los protejan. "
            "No se pueden usar en ningún proceso civil, penal, administrativo o legislativo en mi contra "
            "sin mi consentimiento escrito y específico o una orden judicial."
        ),
        "if_declined": (
            "Si no firmo, es posible que el programa no pueda cobrar a mi plan de salud ni planear mi atención con "
            "otros. Entonces puedo pagar yo, y la atención de emergencia nunca se ve afectada."
        ),
        "no_condition": "Mi atención, su pago y mis derechos nunca dependen de que yo firme esto.",
        "opt_out": "El programa puede pedirme dinero. Puedo decir ahora o en cualquier momento que no quiero.",
        "app": "Quien hace una aplicación puede no estar obligado por las leyes de privacidad de la salud.",
    },
}


def revoke_words(variant: str, language: str = "en") -> str:
    """How the consent can be ended, as its form and language say it."""
    later = variant == Variant.CRIMINAL_JUSTICE
    return SENTENCES[language]["revoke_later" if later else "right_to_revoke"]


# The elements besides those every consent has, in the order the page says them; kept together in one column.
EXTRA = ("members", "study", "proceeding", "revocable_from", "no_condition", "opt_out", "app")
_ORDER = (
    "participant", "discloser", "information", "recipient", "members", "purpose", "study", "proceeding",
    "right_to_revoke", "revocable_from", "ends", "redisclosure", "if_declined", "no_condition", "opt_out", "app",
)  # fmt: skip


def text_of(*, variant: str, language: str = "en", **given: str) -> str:
    """The exact text to show and to keep, one paragraph an element, in the order of 42 CFR 2.31(a)."""
    words = _WORDS[language]
    form = VARIANT_WORDS[Variant(variant)].lower() if language == "en" else _FORMS_ES[Variant(variant)]
    lines = [f"{words['consent']}: {form}"]
    lines += [words[name].format(given[name].strip().rstrip(".") if words[name].endswith("{}.") else given[name])
              for name in _ORDER if given.get(name, "").strip()]  # fmt: skip
    return "\n\n".join(lines)


def information_of(kinds: Iterable[str], program: str, language: str = "en") -> str:
    """The kinds in words, with the substance use treatment they come from named (42 CFR 2.31(a)(3))."""
    named = KIND_WORDS if language == "en" else _KINDS_ES
    words = [named[Kind(kind)] for kind in kinds]
    if not words:
        return ""
    if language == "en":
        return f"My {', '.join(words)}, from my substance use and mental health treatment at {program}."
    return f"De mi tratamiento por consumo de sustancias y salud mental en {program}: {', '.join(words)}."


def day_words(day: date, language: str = "en") -> str:
    """A day as the text says it."""
    if language == "en":
        return f"{day:%B} {day.day}, {day.year}"
    return f"{day.day} de {_MONTHS_ES[day.month - 1]} de {day.year}"


_MONTHS_ES = (
    "enero", "febrero", "marzo", "abril", "mayo", "junio", "julio", "agosto", "septiembre", "octubre", "noviembre",
    "diciembre",
)  # fmt: skip
_KINDS_ES: Mapping[Kind, str] = {
    Kind.CONTACT: "nombre y datos de contacto",
    Kind.SCHEDULE: "sesiones y horario",
    Kind.ATTENDANCE: "asistencia",
    Kind.DIAGNOSES: "diagnósticos, incluido el trastorno por consumo de sustancias",
    Kind.REFERRAL: "registros de derivación",
    Kind.PLACEMENT: "evaluación y nivel de atención",
    Kind.PLAN: "plan de tratamiento y progreso",
    Kind.NOTES: "notas de sesión",
    Kind.MEASURES: "resultados de cuestionarios",
    Kind.CHECKINS: "registros diarios",
    Kind.MEDICATIONS: "medicación",
    Kind.CONSENTS: "consentimientos",
    Kind.ALERTS: "alertas",
    Kind.ACCESS_LOG: "quién abrió el registro",
    Kind.DISCLOSURES: "lo que salió del programa",
    Kind.COUNSELING_NOTES: "notas de consejería sobre consumo de sustancias",
}
_FORMS_ES: Mapping[Variant, str] = {
    Variant.TPO: "tratamiento, pago y operaciones",
    Variant.NAMED: "a una persona o un lugar por su nombre",
    Variant.FAMILY: "a la familia o a quien apoya",
    Variant.EMERGENCY_CONTACT: "a quien llamar en una emergencia",
    Variant.PAYER: "a un solo pagador",
    Variant.INTERMEDIARY: "por medio de un intercambio",
    Variant.APP: "a una aplicación elegida",
    Variant.RESEARCH: "a un estudio",
    Variant.CRIMINAL_JUSTICE: "a un tribunal o a libertad condicional",
    Variant.LEGAL: "para un proceso legal",
    Variant.COUNSELING_NOTES: "notas de consejería",
}
