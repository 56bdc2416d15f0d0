"""How a form field becomes a control: the right input type, its ids, and the words that describe it."""

from typing import Any

from django import forms
from django.forms.boundfield import BoundField
from django.utils.safestring import SafeString

# Native pickers want ISO text whatever the locale.
_NATIVE = (
    (forms.DateTimeInput, "datetime-local", "%Y-%m-%dT%H:%M"),
    (forms.DateInput, "date", "%Y-%m-%d"),
    (forms.TimeInput, "time", "%H:%M"),
)


def _plain(attrs: dict[str, Any]) -> dict[str, Any]:
    """Attributes as a template may give them: hx_post becomes hx-post, nothing is left out by accident."""
    return {name.replace("_", "-"): value for name, value in attrs.items() if value not in (None, False)}


def control(bound: BoundField, **attrs: Any) -> SafeString:
    """The field's control as markup, keeping what was typed and naming its hint and error by id."""
    widget = bound.field.widget
    for kind, input_type, form in _NATIVE:
        if isinstance(widget, kind) and not widget.is_hidden and widget.input_type in {"text", input_type}:
            widget.input_type, widget.format = input_type, form
            break
    typed = attrs.pop("typed", None)
    if typed is not None and not bound.form.is_bound:
        bound.form.initial = {**bound.form.initial, bound.name: typed}
        vars(bound).pop("initial", None)
    hinted = attrs.pop("hinted", False) or bound.help_text
    described = [
        *([f"{bound.auto_id}_hint"] if hinted else []),
        *([f"{bound.auto_id}_error"] if bound.errors else []),
    ]
    if described and not widget.is_hidden:
        attrs["aria-describedby"] = " ".join(described)
    widget.attrs.pop("maxlength", None)  # a browser cuts what is pasted without a word; the form says what is too long
    if isinstance(widget, forms.Textarea):
        widget.attrs.pop("cols", None)
        given = widget.attrs.pop("rows", "10")  # "10" is what Django says when nobody did
        attrs["rows"] = attrs.get("rows") or (3 if given == "10" else given)
    return bound.as_widget(attrs=_plain(attrs))
