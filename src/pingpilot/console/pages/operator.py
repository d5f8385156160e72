"""The operator's pages: channels and their queues, workspaces and plans, accounts, dead deliveries, the audit log."""

from collections.abc import Sequence

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST, require_safe

from pingpilot.console.audit_words import filter_options, lines_of
from pingpilot.console.operator import Operator, for_operators, show
from pingpilot.console.present import complain, say
from pingpilot.domain.errors import ChannelUnavailable, InvalidAccount, InvalidRequest
from pingpilot.manage import audit as log
from pingpilot.manage import operations, plans, troubles
from pingpilot.store.models import User, Workspace
from pingpilot.store.plans import catalogue


@for_operators
@require_safe
def health(request: HttpRequest, operator: Operator) -> HttpResponse:
    """Show how each channel does, and how much waits for it."""
    refusals = troubles.of_instance(operator.services)
    channels = operations.health(operator.services)
    context = {"channels": channels, "depth": operations.depth_of(channels), "refusals": refusals, "is_operator": True}
    return show(request, operator, "health", context)


@for_operators
@require_safe
def workspaces(request: HttpRequest, operator: Operator) -> HttpResponse:
    """List the workspaces with their plans and what they have used this month.

    ``q`` is what to look for, ``after`` the last number above.
    """
    search, after = _asked(request)
    rows = operations.workspaces(operator.services.now(), search, after)
    return show(request, operator, "workspaces", {**_paged(search, rows), "plans": catalogue().plans})


@for_operators
@require_POST
def grant(request: HttpRequest, operator: Operator, number: int) -> HttpResponse:
    """Put a workspace on a plan."""
    try:
        workspace = plans.grant(operator.services, number, request.POST.get("plan", "") or "?", operator.actor)
    except InvalidRequest as error:
        complain(request, error.message)
    else:
        say(request, _granted(workspace, request.POST.get("plan", "")))
    return redirect("operator-workspaces")


@for_operators
@require_safe
def users(request: HttpRequest, operator: Operator) -> HttpResponse:
    """List the accounts; asked as ``workspaces``."""
    search, after = _asked(request)
    return show(request, operator, "users", _paged(search, operations.users(search, after)))


@for_operators
@require_POST
def switch_user(request: HttpRequest, operator: Operator, number: int) -> HttpResponse:
    """Let an account sign in, or not."""
    is_active = request.POST.get("active") == "1"
    try:
        operations.set_active(operator.services, number, operator.actor, is_active=is_active)
    except InvalidAccount as error:
        complain(request, error.issues[0].message)
    else:
        say(
            request,
            f"Account {number} may sign in" if is_active else f"Account {number} is signed out and switched off",
        )
    return redirect("operator-users")


@for_operators
@require_POST
def switch_operator(request: HttpRequest, operator: Operator, number: int) -> HttpResponse:
    """Let an account operate this instance, or no longer."""
    is_operator = request.POST.get("operator") == "1"
    try:
        user = operations.set_operator(operator.services, number, operator.actor, is_operator=is_operator)
    except InvalidAccount as error:
        complain(request, error.issues[0].message)
    else:
        say(request, f"{user.email} {'operates this instance, too' if is_operator else 'is an operator no more'}")
    return redirect("operator-users")


@for_operators
@require_safe
def dead(request: HttpRequest, operator: Operator) -> HttpResponse:
    """List the deliveries that died last."""
    return show(request, operator, "dead", {"rows": operations.dead_deliveries()})


@for_operators
@require_POST
def replay(request: HttpRequest, operator: Operator, delivery_id: str) -> HttpResponse:
    """Send one dead delivery again."""
    try:
        count = operations.replay(operator.services, delivery_id, operator.actor)
    except ChannelUnavailable as error:
        complain(request, error.message)
    else:
        say(request, f"Sent again: {count}")
    return redirect("operator-dead")


@for_operators
@require_POST
def replay_all(request: HttpRequest, operator: Operator, number: int) -> HttpResponse:
    """Send again what has died in a workspace lately."""
    count, is_more = operations.replay_all(operator.services, number, operator.actor)
    say(request, f"Sent again: {count}{', and there is more' if is_more else ''}")
    return redirect("operator-dead")


@for_operators
@require_safe
def audit(request: HttpRequest, operator: Operator) -> HttpResponse:
    """List what was done, newest first; ``before`` is the cursor of the page above, ``action`` what to stay within."""
    before, chosen = request.GET.get("before", ""), request.GET.get("action", "")
    found = log.page_of_instance(chosen, before)
    context = {"lines": lines_of(found.entries), "before": before, "older": found.before, "chosen": chosen}
    return show(request, operator, "audit", {**context, "options": filter_options(), "names_workspaces": True})


def _asked(request: HttpRequest) -> tuple[str, int]:
    after = request.GET.get("after", "")
    return request.GET.get("q", "").strip()[:100], int(after) if _is_number(after) else 0


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= 18


def _paged(search: str, rows: Sequence[operations.WorkspaceRow] | Sequence[User]) -> dict[str, object]:
    return {"q": search, "rows": rows, "after": rows[-1].pk if len(rows) == operations.PAGE else None}


def _granted(workspace: Workspace, plan: str) -> str:
    """Say what a workspace is on after a grant: what was bought and gives more, stays."""
    if workspace.plan == plan.upper():
        return f"{workspace.name} is on {workspace.plan} now"
    return f"{workspace.name} stays on {workspace.plan}, which was bought, and comes to {plan.upper()} when that ends"
