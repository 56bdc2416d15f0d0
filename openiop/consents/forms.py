"""The shape of what is typed about consents, supporters and the person's particulars."""

from datetime import date, datetime, timedelta
from typing import Any

from django import forms

from openiop.base.rules import day_starts
from openiop.consents import rules
from openiop.ui.fields import DayField

DAY = {"invalid": "Write a day, such as 2026-11-30."}
TPO_RECIPIENT = "My treating providers, health plans, third-party payers, and people helping to operate this program"
TPO_PURPOSE = "Treatment, payment and health care operations"
NEW = "new"


class ConsentForm(forms.Form):
    """Every element of 42 CFR 2.31(a) that a person chooses or words; the law's own sentences come filled in."""

    supporter = forms.ChoiceField(label="Who", required=False)
    new_name = forms.CharField(label="Their name", max_length=120, required=False)
    new_relation = forms.CharField(label="How they belong", max_length=60, required=False, help_text="Sister, friend")
    recipient = forms.CharField(label="Who may receive it", max_length=300, required=False)
    kinds = forms.MultipleChoiceField(label="What may be shared", required=False, widget=forms.CheckboxSelectMultiple)
    purpose = forms.CharField(label="What it is for", max_length=300, required=False)
    initiated = forms.BooleanField(label="They asked for this themselves", required=False)
    ends_on = DayField(label="Last day", required=False, widget=forms.DateInput(), error_messages=DAY)
    expires_when = forms.CharField(label="Or the event that ends it", max_length=200, required=False)
    discloser = forms.CharField(label="Who may share", max_length=200, required=False)
    information = forms.CharField(
        label="The information, described", required=False, max_length=2000, widget=forms.Textarea(),
        help_text="Left empty, it is written from the kinds you chose.",
    )  # fmt: skip
    right_to_revoke = forms.CharField(label="How it can be ended", required=False, widget=forms.Textarea())
    redisclosure = forms.CharField(label="What the receiver may do", required=False, widget=forms.Textarea())
    if_declined = forms.CharField(label="If they do not sign", required=False, widget=forms.Textarea())

    def __init__(
        self, *args: Any, variant: str, program: str, zone: str, today: date, supporters: list[tuple[str, str]],
        **kwargs: Any,
    ) -> None:  # fmt: skip
        tpo, family = variant == rules.Variant.TPO, variant == rules.Variant.FAMILY
        start: dict[str, Any] = {
            "discloser": program,
            "right_to_revoke": rules.REVOKE_WORDS,
            "redisclosure": rules.REDISCLOSURE_WORDS,
            "if_declined": rules.IF_DECLINED_WORDS,
            "ends_on": None if tpo else today + timedelta(days=365),
            "expires_when": "End of treatment" if tpo else "",
        }
        if tpo:
            start |= {
                "recipient": TPO_RECIPIENT,
                "purpose": TPO_PURPOSE,
                "kinds": ["diagnoses", "placement", "plan", "attendance", "medications", "measures"],
            }
        kwargs["initial"] = start | kwargs.get("initial", {})
        super().__init__(*args, **kwargs)
        self.zone = zone
        kinds = rules.SHAREABLE_WITH_FAMILY if family else tuple(rules.KIND_WORDS)
        hidden = {rules.Kind.ALERTS, rules.Kind.ACCESS_LOG, rules.Kind.CONSENTS}
        self._choices(
            "kinds", [(kind.value, rules.KIND_WORDS[kind].capitalize()) for kind in kinds if kind not in hidden]
        )
        self._choices("supporter", [("", "Choose"), *supporters, (NEW, "Someone new")])
        for name in ("recipient",) if family else ("supporter", "new_name", "new_relation"):
            del self.fields[name]
        if not tpo:
            del self.fields["redisclosure"], self.fields["if_declined"]

    def _choices(self, name: str, choices: list[tuple[str, str]]) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)
        field.choices = choices

    def given(self) -> dict[str, Any]:
        """The entries as an action takes them; the last day still counts whole."""
        sent = self.cleaned_data
        last = sent["ends_on"]
        end: datetime | None = day_starts(last + timedelta(days=1), self.zone) if last else None
        texts = ("recipient", "purpose", "discloser", "information", "right_to_revoke", "redisclosure", "if_declined")
        return {name: sent.get(name, "") for name in texts} | {
            "kinds": sent["kinds"],
            "expires_at": end,
            "expires_when": sent["expires_when"],
            "initiated": sent["initiated"],
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
            rules.LIES_BEHIND: "ends_on",
            rules.LIES_FAR: "ends_on",
            rules.CHOOSE_SUPPORTER: "new_name" if nobody_new else "supporter",
            rules.NEVER_SHARED: "kinds",
            rules.NOT_SHOWN: "kinds",
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
    """A signature by full name."""

    name = forms.CharField(
        label="Your full legal name", max_length=160, error_messages={"required": "Type your full name to sign."}
    )


class EndForm(forms.Form):
    """Why a consent ends; nobody has to say."""

    reason = forms.CharField(label="Why", max_length=150, required=False)


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
