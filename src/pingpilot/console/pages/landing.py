"""The start page: what this is, what it promises, what it costs."""

from datetime import UTC, datetime

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from pingpilot.console.samples import samples
from pingpilot.domain.category import QUICK_START, color_number
from pingpilot.domain.event import Severity
from pingpilot.domain.ids import DeliveryId, EventId
from pingpilot.domain.message import Message, Source, compose
from pingpilot.domain.plan import CATALOGUE
from pingpilot.manage import services

_SHOWN_AT = datetime(2026, 1, 1, tzinfo=UTC)
_NAME, _EMOJI, _COLOR = QUICK_START[1]


@require_safe
def landing(request: HttpRequest) -> HttpResponse:
    """Show the start page; who is signed in is led to the dashboard by its buttons."""
    context = {
        "is_member": request.user.is_authenticated,
        "samples": samples(services.current().public_url),
        "message": _message(),
        "plans": [plan for plan in CATALOGUE.values() if plan.usd_a_month is not None],
    }
    return render(request, "console/landing.html", context)


def _message() -> Message:
    """Return a message made by the code that makes the real ones."""
    source = Source(
        event_id=EventId(""),
        category=_NAME,
        emoji=_EMOJI,
        color=color_number(_COLOR),
        description="Ada Lovelace bought PRO",
        fields_json='{"plan": "PRO, yearly", "amount": 96.00, "country": "PT"}',
        severity=Severity.SUCCESS,
        occurred_at=_SHOWN_AT,
        received_at=_SHOWN_AT,
        url=None,
    )
    return compose(source, DeliveryId(""), _SHOWN_AT, "", is_maybe_repeat=False)
