"""Paying for a plan: to the checkout, to the portal, and back from there."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect
from django.views.decorators.http import require_POST, require_safe

from pingpilot.accounts.limits import at_most
from pingpilot.console.present import complain, page, say
from pingpilot.console.viewer import Viewer, for_members
from pingpilot.domain.errors import InvalidRequest, NotFound, PaymentUnavailable, SubscriptionRuns
from pingpilot.domain.role import Action
from pingpilot.manage import payments
from pingpilot.manage.payments import Confirmation
from pingpilot.store.plans import catalogue

LOOKS_MAX = 30
"""How often the page looks again by itself; Stripe mostly tells within seconds."""
LOOK_AFTER_S = 2


@at_most("payment")
@for_members(Action.PLAN)
@require_POST
def buy(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """Lead to the checkout of a plan."""
    plan, interval = request.POST.get("plan", ""), request.POST.get("interval", "")
    return _lead(request, lambda: payments.buy(viewer.services, viewer.workspace, plan, interval, viewer.actor))


@at_most("payment")
@for_members(Action.PLAN)
@require_POST
def look_after(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """Lead to where a subscription is changed and cancelled; with a plan, to the question whether to change to it."""
    plan, interval = request.POST.get("plan", ""), request.POST.get("interval", "")
    return _lead(request, lambda: payments.look_after(viewer.services, viewer.workspace, plan, interval, viewer.actor))


@for_members(Action.LOOK)
@require_safe
def confirm(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """Wait for what Stripe tells, for a minute; that somebody was led here says nothing."""
    found = payments.confirmation(viewer.workspace)
    if found is Confirmation.DONE:
        say(request, f"Thank you. {viewer.workspace.name} is on {catalogue().of(viewer.workspace.plan).label} now.")
    if found is not Confirmation.WAITING:
        return redirect("upgrade")
    looks = _number(request.GET.get("look", ""))
    is_looking = looks < LOOKS_MAX
    again = f"{request.path}?workspace={viewer.workspace.pk}&look={looks + 1}"
    answer = page(request, viewer, "console/plan_confirm.html", {"active": "upgrade", "is_looking": is_looking})
    if is_looking:
        answer["Refresh"] = f"{LOOK_AFTER_S}; url={again}"  # with JavaScript or without
    return answer


def _lead(request: HttpRequest, open_page: Callable[[], str]) -> HttpResponse:
    """Lead to a page of Stripe's, or say why not."""
    try:
        return HttpResponseRedirect(open_page())
    except (InvalidRequest, NotFound, PaymentUnavailable, SubscriptionRuns) as error:
        complain(request, error.message)
        return redirect("upgrade")


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 4 else 0
