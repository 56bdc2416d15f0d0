"""The shape of what is typed about consents, supporters and the person's particulars."""

from datetime import date, datetime, timedelta
from typing import Any

from django import forms

from openiop.base.rules import day_starts, local_day
from openiop.consents import rules
from openiop.ui.fields import DayField

DAY = {"invalid": "Write a day, such as 2026-11-30."}
NEW = "new"
EXTRA_LABELS = {
    "members": "Who receives it through them",
    "study": "The study and its review board",
    "proceeding": "The proceeding",
    "revocable_from": "Or the event from which it can be ended",
}
LAW_LABELS = {
    "right_to_revoke": "How it can be ended",
    "redisclosure": "What the receiver may do",
    "if_declined": "If they do not sign",
    "no_condition": "No condition of care",
    "opt_out": "Asking for money",
    "app": "About apps",
}


class ConsentForm(forms.Form):
    """Every element of 42 CFR 2.31(a) that a person chooses or words; the law's own sentences come filled in."""

    supporter = forms.ChoiceField(label="Who", required=False)
    new_name = forms.CharField(label="Their name", max_length=120, required=False)
    new_relation = forms.CharField(label="How they belong", max_length=60, required=False, help_text="Sister, friend")
    recipient = forms.CharField(label="Who may receive it", max_length=300, required=False)
    members = forms.CharField(
        label=EXTRA_LABELS["members"], max_length=600, required=False, widget=forms.Textarea(),
        help_text="By name, or “those who treat me”.",
    )  # fmt: skip
    kinds = forms.MultipleChoiceField(label="What may be shared", required=False, widget=forms.CheckboxSelectMultiple)
    purpose = forms.CharField(label="What it is for", max_length=300, required=False)
    study = forms.CharField(label=EXTRA_LABELS["study"], max_length=300, required=False)
    proceeding = forms.CharField(
        label=EXTRA_LABELS["proceeding"], max_length=300, required=False, help_text="The court and the case."
    )
    initiated = forms.BooleanField(label="They asked for this themselves", required=False)
    ends_on = DayField(label="Last day", required=False, widget=forms.DateInput(), error_messages=DAY)
    expires_when = forms.CharField(label="Or the event that ends it", max_length=200, required=False)
    revocable_on = DayField(
        label="Can be ended from", required=False, widget=forms.DateInput(), error_messages=DAY,
        help_text="No later than the final decision on the condition.",
    )  # fmt: skip
    revocable_from = forms.CharField(label=EXTRA_LABELS["revocable_from"], max_length=200, required=False)
    language = forms.ChoiceField(label="Language of the text", choices=list(rules.LANGUAGES.items()), required=False)
    discloser = forms.CharField(label="Who may share", max_length=200, required=False)
    information = forms.CharField(
        label="The information, described", required=False, max_length=2000, widget=forms.Textarea(),
        help_text="Left empty, it is written from the kinds you chose.",
    )  # fmt: skip
    right_to_revoke = forms.CharField(label=LAW_LABELS["right_to_revoke"], required=False, widget=forms.Textarea())
    redisclosure = forms.CharField(label=LAW_LABELS["redisclosure"], required=False, widget=forms.Textarea())
    if_declined = forms.CharField(label=LAW_LABELS["if_declined"], required=False, widget=forms.Textarea())
    no_condition = forms.CharField(label=LAW_LABELS["no_condition"], required=False, widget=forms.Textarea())
    opt_out = forms.CharField(
        label=LAW_LABELS["opt_out"], required=False, widget=forms.Textarea(),
        help_text="Stands in the text where the purpose is fundraising.",
    )  # fmt: skip
    app = forms.CharField(label=LAW_LABELS["app"], required=False, widget=forms.Textarea())

    def __init__(
        self, *args: Any, variant: str, program: str, zone: str, today: date, supporters: list[tuple[str, str]],
        **kwargs: Any,
    ) -> None:  # fmt: skip
        asked = rules.FORMS[rules.Variant(variant)]
        start: dict[str, Any] = {
            **rules.SENTENCES["en"],
            "right_to_revoke": rules.revoke_words(variant),
            "discloser": program,
            "recipient": asked.recipient,
            "purpose": asked.purpose,
            "kinds": [kind.value for kind in asked.chosen],
            "ends_on": today + timedelta(days=asked.days) if asked.days else None,
            "expires_when": asked.ends_when,
        }
        kwargs["initial"] = start | kwargs.get("initial", {})
        super().__init__(*args, **kwargs)
        self.zone, self.variant = zone, variant
        self._choices("kinds", [(kind.value, rules.KIND_WORDS[kind].capitalize()) for kind in asked.kinds])
        self._choices("supporter", [("", "Choose"), *supporters, (NEW, "Someone new")])
        of_supporter = variant in rules.OF_A_SUPPORTER
        unasked = {"recipient"} if of_supporter else {"supporter", "new_name", "new_relation"}
        unasked |= {"members", "study", "proceeding", "redisclosure", "if_declined", "no_condition", "app"}
        unasked |= {"revocable_on", "revocable_from", "opt_out"}
        unasked -= asked.asks
        unasked -= {"redisclosure"} if rules.HIPAA in asked.asks else set()
        unasked -= {"revocable_on", "revocable_from"} if "revocable" in asked.asks else set()
        unasked -= {"opt_out"} if variant in {rules.Variant.TPO, rules.Variant.NAMED} else set()
        for name in unasked:
            del self.fields[name]

    def _choices(self, name: str, choices: list[tuple[str, str]]) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)
        field.choices = choices

    def given(self) -> dict[str, Any]:
        """The entries as an action takes them; the last day still counts whole.

        The law's own sentences that nobody changed are said in the language of the text.
        """
        sent = self.cleaned_data
        last, language = sent["ends_on"], sent["language"] or "en"
        end: datetime | None = day_starts(last + timedelta(days=1), self.zone) if last else None
        said = {
            name: rules.SENTENCES[language][name] if sent.get(name, "") == words else sent.get(name, "")
            for name, words in rules.SENTENCES["en"].items()
        }
        if sent["right_to_revoke"] == rules.revoke_words(self.variant):
            said["right_to_revoke"] = rules.revoke_words(self.variant, language)
        texts = ("recipient", "purpose", "discloser", "information", "right_to_revoke", "redisclosure", "if_declined")
        return {name: said.get(name, sent.get(name, "")) for name in texts} | {
            "kinds": sent["kinds"],
            "expires_at": end,
            "expires_when": sent["expires_when"],
            "initiated": sent["initiated"],
            "language": language,
            "revocable_on": sent.get("revocable_on"),
            "extra": {name: said.get(name, sent.get(name, "")) for name in rules.EXTRA},
        }

    def added(self) -> str:
        """The name of someone not named before, or nothing."""
        chosen: str = self.cleaned_data.get("supporter", "")
        return str(self.cleaned_data["new_name"]).strip() if chosen == NEW else ""

    def refuse(self, reasons: list[str]) -> None:
        """Each reason stands beside the field it is about; a family consent's receiver is its supporter."""
        nobody_new = self.cleaned_data.get("supporter") == NEW
        fields = {sentence: name for name, sentence in rules.ELEMENTS.items()} | {
            rules.ELEMENTS["hipaa"]: "redisclosure",
            rules.ELEMENTS["expiry"]: "ends_on",
            rules.ELEMENTS["revocable"]: "revocable_on",
            rules.ELEMENTS["alone"]: "purpose",
            rules.LIES_BEHIND: "ends_on",
            rules.LIES_FAR: "ends_on",
            rules.CHOOSE_SUPPORTER: "new_name" if nobody_new else "supporter",
            rules.NEVER_SHARED: "kinds",
            rules.NOT_SHOWN: "kinds",
            rules.NOT_THIS_FORM: "kinds",
        }
        named = bool(self.added()) if "supporter" in self.fields else True
        for reason in reasons:
            if reason == rules.ELEMENTS["recipient"] and "recipient" not in self.fields:
                continue
            if reason == rules.CHOOSE_SUPPORTER and named:
                continue
            name = fields.get(reason, "")
            words = "A name is needed." if name == "new_name" else reason
            self.add_error(name if name in self.fields else None, words)


class SignForm(forms.Form):
    """A signature by full name: in what capacity, and how the one who signed was known."""

    name = forms.CharField(
        label="Your full legal name", max_length=160,
        error_messages={"required": "Type your full name to sign."},
    )  # fmt: skip
    capacity = forms.ChoiceField(label="Who signs", choices=list(rules.CAPACITY_WORDS.items()), required=False)
    second_name = forms.CharField(label="The parent or guardian", max_length=160, required=False)
    basis = forms.CharField(
        label="On what basis a representative signs", max_length=200, required=False,
        help_text="A court’s order, a power of attorney.",
    )  # fmt: skip
    how = forms.ChoiceField(
        label="How", required=False,
        choices=[(one.value, rules.METHOD_WORDS[one]) for one in (rules.Method.TABLET, rules.Method.PAPER)],
    )  # fmt: skip
    paper_on = DayField(label="Day on the paper", required=False, widget=forms.DateInput(), error_messages=DAY)

    def given(self) -> dict[str, Any]:
        """The signature as an action takes it."""
        sent = self.cleaned_data
        return {
            "signer_name": sent["name"],
            "capacity": sent["capacity"] or rules.Capacity.SELF,
            "second_name": sent["second_name"],
            "basis": sent["basis"],
            "how": sent["how"] or rules.Method.TABLET,
            "paper_on": sent["paper_on"],
        }

    def refuse(self, reasons: list[str]) -> None:
        """Each reason stands beside the field it is about."""
        fields = {rules.PAPER_DAY: "paper_on", rules.SAY_BASIS: "basis", rules.PARENT_TOO: "second_name"}
        for reason in reasons:
            self.add_error(fields.get(reason, "name"), reason)


class EndForm(forms.Form):
    """How and when the program was told that a consent ends, and why; nobody has to say why."""

    asked = forms.ChoiceField(
        label="How they told us", choices=[("spoken", "By word"), ("written", "In writing")], required=False
    )
    received_on = DayField(
        label="Day it reached us", required=False, widget=forms.DateInput(), error_messages=DAY,
        help_text="It ends from then on. Left empty: now.",
    )  # fmt: skip
    reason = forms.CharField(label="Why", max_length=150, required=False, help_text="Nobody has to give a reason.")

    def how(self) -> str:
        """How it ended, in words."""
        told = {"written": "Told the program in writing"}.get(self.cleaned_data["asked"], "Told the program")
        return ". ".join(part for part in (told, self.cleaned_data["reason"].strip()) if part)

    def received_at(self, *, zone: str, today: date, signed_at: datetime | None) -> datetime | None:
        """The instant from which it has ended: the start of the day it was received, or now."""
        day = self.cleaned_data["received_on"]
        if day is None or day == today:
            return None
        start: datetime = day_starts(day, zone)
        return signed_at if signed_at is not None and local_day(signed_at, zone) == day else start

    def refuse(self, reasons: list[str]) -> None:
        """Each reason stands beside the field it is about."""
        for reason in reasons:
            about = reason in {rules.NOT_YET_TOLD, rules.TOLD_TOO_EARLY}
            self.add_error("received_on" if about else None, reason)


class RenewForm(forms.Form):
    """The last day of the consent that follows."""

    ends_on = DayField(label="Last day of the new one", required=False, widget=forms.DateInput(), error_messages=DAY)


class SeeAsForm(forms.Form):
    """As whom the record is looked at."""

    who = forms.ChoiceField(label="As")

    def __init__(self, *args: Any, choices: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["who"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = choices


class SupporterForm(forms.Form):
    """Someone the person names."""

    name = forms.CharField(label="Name", max_length=120, error_messages={"required": "A name is needed."})
    relation = forms.CharField(
        label="How they belong", max_length=60, help_text="Sister, friend, sponsor",
        error_messages={"required": "Say how they belong to the person."},
    )  # fmt: skip
    phone = forms.CharField(label="Phone", max_length=40, required=False)
    email = forms.EmailField(
        label="Email", required=False, error_messages={"invalid": "Write an address such as name@example.org."}
    )
    emergency = forms.BooleanField(label="Call in an emergency", required=False)


class InviteForm(forms.Form):
    """The address a supporter signs in with."""

    email = forms.EmailField(
        label="Email they sign in with",
        error_messages={
            "required": "Give the email address they want to sign in with.",
            "invalid": "Write an address such as name@example.org.",
        },
    )


class ParticularsForm(forms.Form):
    """Who the person is and how to reach them. Each field knows what the page showed, so only changes are sent."""

    legal_name = forms.CharField(
        label="Legal name", max_length=160, show_hidden_initial=True, error_messages={"required": "A name is needed."}
    )
    preferred_name = forms.CharField(label="Goes by", max_length=80, required=False, show_hidden_initial=True)
    pronouns = forms.CharField(label="Pronouns", max_length=40, required=False, show_hidden_initial=True)
    birth_on = DayField(
        label="Date of birth", required=False, widget=forms.DateInput(), error_messages=DAY, show_hidden_initial=True
    )
    phone = forms.CharField(label="Phone", max_length=40, required=False, show_hidden_initial=True)
    email = forms.EmailField(
        label="Email", required=False, show_hidden_initial=True,
        error_messages={"invalid": "Write an address such as name@example.org."},
    )  # fmt: skip
    address = forms.CharField(label="Address", max_length=200, required=False, show_hidden_initial=True)
    postal_code = forms.CharField(label="ZIP code", max_length=20, required=False, show_hidden_initial=True)
    language = forms.CharField(
        label="Language", max_length=20, show_hidden_initial=True, error_messages={"required": "Name a language."}
    )
    strengths = forms.CharField(
        label="Strengths", required=False, max_length=2000, widget=forms.Textarea(), show_hidden_initial=True,
        help_text="What they bring, in their words.",
    )  # fmt: skip
