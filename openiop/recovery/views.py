"""Check-ins as the care team reads them."""

from django.http import HttpResponse

from openiop.consents.access import opens
from openiop.consents.queries import Opened
from openiop.consents.rules import Kind
from openiop.programs.access import Request
from openiop.programs.rules import Permission
from openiop.recovery import queries, rules
from openiop.recovery.models import CheckIn
from openiop.ui.pages import page


@opens(Permission.READ_CHART, Kind.CHECKINS)
def check_ins(request: Request, opened: Opened) -> HttpResponse:
    """The last sixty check-ins; words only where the person shared them."""
    context = {
        "opened": opened,
        "rows": queries.shared(opened.participant.pk)[:60],
        "mood_word": rules.mood_word,
        "safe_words": dict(CheckIn.Safe.choices),
        "use_words": dict(CheckIn.Use.choices),
        "medication_words": rules.MEDICATION,
    }
    return page(request, "recovery/check_ins.html", context, partial="main")
