"""The page behind the link that every mail carries, and what mail programs call for who presses *Unsubscribe* there.

Source: RFC 8058 section 3.1: a POST without cookies does it, and is not answered with a redirect.
"""

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from pingpilot.accounts.audience import for_everybody
from pingpilot.accounts.limits import refusal_after_many
from pingpilot.domain.errors import NotFound
from pingpilot.manage import services, unsubscribing
from pingpilot.manage.audit import Actor


@for_everybody
@csrf_exempt  # a mail program has no token, and nobody else can know the link
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def unsubscribe(request: HttpRequest, token: str) -> HttpResponseBase:
    """Ask, and do it once; opening the link alone, as scanners do, changes nothing."""
    made = services.current()
    try:
        destination = unsubscribing.read(made, token)
    except NotFound as error:
        refused = refusal_after_many(request, "wrong_link")
        return refused or render(request, "console/unsubscribe.html", {"refusal": error.message}, status=404)
    if request.method == "POST":
        actor = Actor(None, str(request.META.get("REMOTE_ADDR", "")))
        unsubscribing.unsubscribe(made, destination, actor)
    context = {"address": destination.address, "is_done": unsubscribing.is_over(destination)}
    return render(request, "console/unsubscribe.html", context)
