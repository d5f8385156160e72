"""The door of ``/hooks/stripe``: what Stripe tells is checked, kept, and answered at once; a chore looks into it."""

from http import HTTPStatus

from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from pingpilot.accounts.audience import for_everybody
from pingpilot.domain.errors import UnknownCaller
from pingpilot.manage import payment_notes
from pingpilot.manage.services import current
from pingpilot.observe import get_logger

BODY_MAX_BYTES = 262_144
"""Events are some kilobytes."""

_log = get_logger(__name__)


@csrf_exempt
@for_everybody
@require_POST
def hook(request: HttpRequest) -> HttpResponse:
    """Keep what Stripe tells. Forged, old, unknown and malformed calls are 400, leave one line, and change nothing.

    Stripe repeats for three days what is not answered with 200.
    """
    services = current()
    if services.payments is None:
        raise Http404
    if len(request.body) > BODY_MAX_BYTES:
        return _refuse("too large")
    try:
        heard = services.payments.hear(request.body, request.headers.get("Stripe-Signature", ""))
    except UnknownCaller as error:
        return _refuse(error.message)
    is_new = payment_notes.keep(services, heard)
    _log.info("payment.heard" if is_new else "payment.repeated", id=heard.id, kind=heard.kind)
    return HttpResponse(b"", content_type="text/plain")


def _refuse(reason: str) -> HttpResponse:
    _log.warning("payment.refused", reason=reason)
    text = f"This is not taken: {reason}\n"
    return HttpResponse(text, status=HTTPStatus.BAD_REQUEST, content_type="text/plain; charset=utf-8")
