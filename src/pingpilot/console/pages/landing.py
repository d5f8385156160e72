"""The start page: what this is, a demo to play with, what it promises, what it costs."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from pingpilot.accounts.audience import for_everybody
from pingpilot.accounts.limits import at_most
from pingpilot.console.demo import COLORS, EMOJI, FIELD_MAX_CHARS, TEXT_MAX_CHARS, Demo, demo_of, shown
from pingpilot.console.samples import samples
from pingpilot.manage import channel_settings, services
from pingpilot.store.plans import catalogue


@for_everybody
@require_safe
def landing(request: HttpRequest) -> HttpResponse:
    """Show the start page; who is signed in is led to the dashboard by its buttons."""
    context = {
        "is_member": request.user.is_authenticated,
        "samples": samples(services.current().public_url),
        "plans": catalogue().offered,
        "has_two_ways": any(plan.usd_a_month and plan.usd_a_year for plan in catalogue().offered),
        "channels": [offer.spec for offer in channel_settings.offers(services.current())],
        **_demo_context(demo_of(request.GET)),
    }
    return render(request, "console/landing.html", context)


@for_everybody
@at_most("demo", counts_strangers=True)
@require_safe
def demo(request: HttpRequest) -> HttpResponse:
    """Answer with what comes of the demo's form: made by the code that makes real messages, and stored nowhere."""
    answer = render(request, "console/parts/demo_result.html", _demo_context(demo_of(request.GET)))
    answer["Cache-Control"] = "no-store"
    return answer


def _demo_context(typed: Demo) -> dict[str, object]:
    return {
        "shown": shown(services.current(), typed),
        "colors": COLORS,
        "emoji": EMOJI,
        "text_max": TEXT_MAX_CHARS,
        "field_max": FIELD_MAX_CHARS,
    }
