"""One page to write on, for the stories about text that is saved while it is typed."""

from django import forms
from django.shortcuts import redirect
from django.urls import path
from django.utils import timezone

from openiop.ui import actions, queries
from openiop.ui.access import owner_of, signed_in
from openiop.ui.pages import page, say
from openiop.urls import urlpatterns as product

KEY = "journey.note:1:text"
TEMPLATE = """{% extends "ui/page.html" %}
{% block title %}OIP-1042{% endblock %}
{% block main %}
{{ ui.page_head("Progress note") }}
{% block sheet scoped %}
<form id="sheet" class="form" method="post" novalidate hx-post="/write/" hx-target="#sheet" hx-swap="outerHTML">
  {{ csrf_input }}{{ ui.draft_field(form["text"], key, drafts.get(key), zone) }}
  <p>{{ ui.button("Sign the note", kind="primary") }}</p>
</form>
{% endblock %}
{% endblock %}"""


class NoteForm(forms.Form):
    """A note needs a few words."""

    text = forms.CharField(widget=forms.Textarea, label="What was theirs today", min_length=5)


@signed_in
def write(request):
    """A note; a POST signs it, which ends its draft."""
    form = NoteForm(request.POST or None)
    if form.is_valid():
        actions.end_drafts(owner_id=owner_of(request), key_prefix=KEY, at=timezone.now())
        say(request, "Signed.")
        return redirect("/write/")
    drafts = queries.drafts_for(owner_of(request), [KEY])
    context = {"form": form, "drafts": drafts, "key": KEY}
    return page(request, "journey/write.html", context, partial="sheet", ok=not form.errors)


urlpatterns = [path("write/", write), *product]
