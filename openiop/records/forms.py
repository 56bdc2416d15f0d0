"""The shape of what is typed about a release, a request, an agreement and a legal paper."""

from typing import Any

from django import forms

from openiop.consents.rules import KIND_WORDS, Kind
from openiop.disclosures.rules import papers, release
from openiop.records import rules
from openiop.records.queries.pages import Ground
from openiop.ui.fields import DayField

Choices = list[tuple[str, str]]


def _choose(form: forms.Form, name: str, choices: Choices) -> None:
    field = form.fields[name]
    assert isinstance(field, forms.ChoiceField)
    field.choices = choices


def kind_choices(kinds: tuple[Kind, ...]) -> Choices:
    """Kinds of information with their words."""
    return [(kind.value, KIND_WORDS[kind].capitalize()) for kind in kinds]


HOWS: Choices = [
    (how.value, release.HOW_WORDS[how])
    for how in (release.How.PRINT, release.How.DOWNLOAD, release.How.FAX, release.How.POST, release.How.PHONE)
]


class ReleaseForm(forms.Form):
    """One release: to whom, what for, what, for which days, and how it goes."""

    receiver = forms.ChoiceField(label="What kind of receiver")
    recipient = forms.CharField(label="Who receives it", max_length=300, required=False)
    address = forms.CharField(label="Their address or number", max_length=300, required=False)
    use = forms.ChoiceField(label="What it is for")
    purpose = forms.CharField(label="In a few words", max_length=300, required=False)
    kinds = forms.MultipleChoiceField(label="What goes", required=False, widget=forms.CheckboxSelectMultiple)
    first_on = DayField(label="From", required=False, widget=forms.DateInput())
    last_on = DayField(label="Until", required=False, widget=forms.DateInput())
    how = forms.ChoiceField(label="How it goes", choices=HOWS)

    def __init__(self, *args: Any, ground: Ground, name: str, **kwargs: Any) -> None:
        """Only what this basis reaches and covers can be chosen."""
        own = ground.basis is release.Basis.OWN
        start = {"recipient": name if own else ground.recipient, "kinds": [kind.value for kind in ground.kinds]}
        kwargs["initial"] = start | kwargs.get("initial", {})
        super().__init__(*args, **kwargs)
        self.ground = ground
        _choose(self, "receiver", [(one.value, release.RECEIVER_WORDS[one]) for one in ground.receivers])
        _choose(self, "use", [(one.value, release.USE_WORDS[one]) for one in ground.uses])
        _choose(self, "kinds", kind_choices(ground.kinds))

    def ask(self) -> release.Ask:
        """What is asked, as the rule takes it."""
        sent = self.cleaned_data
        return release.Ask(
            basis=self.ground.basis,
            receiver=sent["receiver"],
            recipient=sent["recipient"],
            use=sent["use"],
            kinds=tuple(sent["kinds"]),
            how=sent["how"],
        )

    def refuse(self, reasons: list[str]) -> None:
        """Each reason stands beside the field it is about."""
        places = {
            "Name the receiver.": "recipient",
            "The consent does not name this receiver.": "recipient",
            "Choose at least one kind of information.": "kinds",
            "The last day comes before the first.": "last_on",
        }
        for reason in reasons:
            self.add_error(places.get(reason), reason)


class AskListForm(forms.Form):
    """Which list the participant asks for."""

    kind = forms.ChoiceField(label="Which list", choices=list(release.ASKED_WORDS.items()), widget=forms.RadioSelect)


ANYONE: Choices = [("", "Anyone outside the program")]


class RestrictForm(forms.Form):
    """What is to be held back, from whom, and whether it was paid in full."""

    words = forms.CharField(
        label="What should be held back, and from whom", max_length=2000, widget=forms.Textarea(),
        error_messages={"required": "Write what should be held back, and from whom."},
    )  # fmt: skip
    receiver = forms.ChoiceField(
        label="From", required=False,
        choices=ANYONE + [(one.value, words) for one, words in release.RECEIVER_WORDS.items() if one != "self"],
    )  # fmt: skip
    paid_in_full = forms.BooleanField(label="Paid for in full, without the health plan", required=False)


class DecideForm(forms.Form):
    """Agree or not, what is held back, and why not."""

    agree = forms.ChoiceField(
        label="Answer", choices=[("yes", "Agree"), ("no", "Do not agree")], widget=forms.RadioSelect,
        error_messages={"required": "Choose an answer."},
    )  # fmt: skip
    kinds = forms.MultipleChoiceField(
        label="What is held back", required=False, choices=kind_choices(rules.RELEASABLE),
        widget=forms.CheckboxSelectMultiple, help_text="Nothing chosen holds back everything.",
    )  # fmt: skip
    reason = forms.CharField(label="Why not, in words they can read", max_length=300, required=False)


class CallerForm(forms.Form):
    """Whom a caller asks about, and who the caller is."""

    about = forms.CharField(
        label="Whom they ask about", max_length=160, help_text="Record number or full name.",
        error_messages={"required": "Write whom they ask about."},
    )  # fmt: skip
    who = forms.CharField(label="Who is calling", max_length=160, error_messages={"required": "Write who is calling."})


class AgreementForm(forms.Form):
    """A signed agreement and what it covers."""

    kind = forms.ChoiceField(label="Kind", choices=list(papers.AGREEMENT_WORDS.items()))
    counterpart = forms.CharField(label="With", max_length=160, error_messages={"required": "Name the other side."})
    covers = forms.MultipleChoiceField(label="Covers", required=False, widget=forms.CheckboxSelectMultiple)
    words = forms.CharField(label="In a few words", max_length=300, required=False)
    signed_on = DayField(
        label="Signed on", widget=forms.DateInput(), error_messages={"required": "Give the day it was signed."}
    )
    ends_on = DayField(label="Ends on", required=False, widget=forms.DateInput())

    def __init__(self, *args: Any, integrations: Choices, **kwargs: Any) -> None:
        """What can be covered comes from the register of integrations."""
        super().__init__(*args, **kwargs)
        _choose(self, "covers", integrations)

    def refuse(self, reasons: list[str]) -> None:
        """Each reason stands beside the field it is about."""
        places = {
            "It is signed today or earlier, not later.": "signed_on",
            "It cannot end before it is signed.": "ends_on",
            "Choose what it covers.": "covers",
        }
        for reason in reasons:
            self.add_error(places.get(reason), reason)


class ReasonForm(forms.Form):
    """Why something ends."""

    reason = forms.CharField(label="Why", max_length=200, error_messages={"required": "Say why."})


class PaperForm(forms.Form):
    """A legal paper as it came in."""

    kind = forms.ChoiceField(label="What came", choices=list(papers.PAPER_WORDS.items()))
    from_whom = forms.CharField(
        label="From", max_length=200, error_messages={"required": "Write who brought or sent it."}
    )
    received_on = DayField(
        label="Came on", widget=forms.DateInput(), error_messages={"required": "Give the day it came."}
    )
    about = forms.CharField(label="About, as the paper says it", max_length=200, required=False)
    record = forms.CharField(
        label="Record number", max_length=9, required=False, help_text="Where there is one. The bearer is told nothing."
    )
    asks = forms.CharField(
        label="What it asks for", max_length=2000, widget=forms.Textarea(),
        error_messages={"required": "Write what it asks for."},
    )  # fmt: skip
    answer_by = DayField(label="Answer by", required=False, widget=forms.DateInput())


class OrderForm(forms.Form):
    """What a court ordered."""

    statute = forms.ChoiceField(
        label="Made under", choices=[("", "Choose"), *papers.STATUTES.items()],
        error_messages={"required": "Choose the section the order was made under."},
    )  # fmt: skip
    order_on = DayField(
        label="Signed by the court on", widget=forms.DateInput(),
        error_messages={"required": "Give the day the court signed it."},
    )  # fmt: skip
    with_mandate = forms.BooleanField(label="It came with a subpoena or like mandate", required=False)
    kinds = forms.MultipleChoiceField(
        label="What it names", required=False, choices=kind_choices(rules.RELEASABLE),
        widget=forms.CheckboxSelectMultiple,
    )  # fmt: skip


class NoticeForm(forms.Form):
    """When the participant was told, and when there was a chance to be heard."""

    told_on = DayField(label="The participant was told on", required=False, widget=forms.DateInput())
    heard_on = DayField(label="The chance to answer or be heard was on", required=False, widget=forms.DateInput())


class TieForm(forms.Form):
    """Whose record the paper asks for."""

    record = forms.CharField(
        label="Record number", max_length=9, error_messages={"required": "Give the record number."}
    )


class CloseForm(forms.Form):
    """How a legal paper ended."""

    outcome = forms.CharField(label="How it ended", max_length=300, error_messages={"required": "Write how it ended."})


class HoldForm(forms.Form):
    """A record to hold, and what for."""

    record = forms.CharField(
        label="Record number", max_length=9, error_messages={"required": "Give the record number."}
    )
    reason = forms.CharField(label="What for", max_length=200, error_messages={"required": "Say what the hold is for."})


class ExportForm(forms.Form):
    """A set that names nobody: which, for whom, and what for."""

    what = forms.ChoiceField(
        label="What", choices=[("counts", "Counts"), ("rows", "One row a stay, de-identified")],
        widget=forms.RadioSelect, initial="counts",
    )  # fmt: skip
    recipient = forms.CharField(label="For whom", max_length=300, error_messages={"required": "Name the receiver."})
    purpose = forms.CharField(label="What for", max_length=300, error_messages={"required": "Say what it is for."})
