"""What happened to the account: sign-ins, failures, and changes of what guards it."""

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from pingpilot.console.audit_words import lines_of
from pingpilot.console.present import page
from pingpilot.console.viewer import Person, for_users
from pingpilot.manage import audit


@for_users
@require_safe
def activity(request: HttpRequest, viewer: Person) -> HttpResponse:
    """Show one page of it, newest first; ``before`` is the cursor of the page above."""
    before = request.GET.get("before", "")
    found = audit.page_of_user(viewer.user, before)
    context = {"lines": lines_of(found.entries), "before": before, "older": found.before}
    return page(request, viewer, "console/account_activity.html", {"active": "account-settings", **context})
