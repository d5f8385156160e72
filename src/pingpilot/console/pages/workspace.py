"""One workspace: its members, invitations, settings, and what was done in it."""

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST, require_safe

from pingpilot.console.audit_words import filter_options, lines_of
from pingpilot.console.forms import Text, mark
from pingpilot.console.present import page, say
from pingpilot.console.viewer import Viewer, for_members
from pingpilot.console.words import ROLE_WORDS
from pingpilot.domain.errors import InvalidRequest
from pingpilot.domain.quota import OverLimit
from pingpilot.domain.role import Action, Role
from pingpilot.manage import audit, invitations, members, retention, workspaces
from pingpilot.manage.workspaces import Settings
from pingpilot.store.plans import catalogue

LATEST = 6


class SettingsForm(forms.Form):
    """What a workspace is called, and what it does with events that nobody would hear of, or that are too many."""

    name = Text("Name")
    refuses = forms.BooleanField(required=False)
    holds = forms.BooleanField(required=False)


@for_members(Action.LOOK)
@require_safe
def workspace(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """Show the workspace, as much of it as the viewer's role allows."""
    return workspace_page(request, viewer, _filled(viewer))


@for_members(Action.WORKSPACE)
@require_POST
def settings(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """Change name and settings."""
    form = SettingsForm(request.POST)
    if form.is_valid():
        over_limit = OverLimit.HOLD if form.cleaned_data["holds"] else OverLimit.REJECT
        wanted = Settings(form.cleaned_data["name"], form.cleaned_data["refuses"], over_limit)
        try:
            workspaces.change(viewer.services, viewer.workspace, wanted, viewer.actor)
        except InvalidRequest as error:
            mark(form, error, "name")
        else:
            say(request, "Saved.")
            return redirect("workspace")
    return workspace_page(request, viewer, form, status=422)


@for_members(Action.AUDIT)
@require_safe
def log(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """Show one page of the audit log; ``before`` is the cursor of the page above, ``action`` what to stay within."""
    before, chosen = request.GET.get("before", ""), request.GET.get("action", "")
    found = audit.page(viewer.workspace, chosen, before)
    context = {
        "active": "workspace",
        "lines": lines_of(found.entries),
        "before": before,
        "older": found.before,
        "options": filter_options(audit.actions(viewer.workspace)),
        "chosen": chosen,
    }
    return page(request, viewer, "console/workspace_log.html", context)


def workspace_page(
    request: HttpRequest, viewer: Viewer, form: SettingsForm | None = None, *, status: int = 200, **once: object
) -> HttpResponse:
    """Return the page; ``once`` is what is shown this one time: the ``link`` of an invitation ``for_address``."""
    everyone = members.list_all(viewer.workspace)
    context = {
        "active": "workspace",
        "members": [(one, ROLE_WORDS[Role(one.role)]) for one in everyone],
        "role": ROLE_WORDS[viewer.role],
        "now": viewer.services.now(),
        "invitations": invitations.pending(viewer.workspace) if viewer.may(Action.MEMBERS) else (),
        "form": form or _filled(viewer),
        "kept": retention.preview(viewer.services, viewer.workspace),
        "months": retention.months(viewer.workspace),
        "held_max": catalogue().held_max,
        "lines": lines_of(audit.page(viewer.workspace, limit=LATEST).entries) if viewer.may(Action.AUDIT) else (),
        **once,
    }
    return page(request, viewer, "console/workspace.html", context, status=status)


def _filled(viewer: Viewer) -> SettingsForm:
    row = viewer.workspace
    holds = row.over_limit == OverLimit.HOLD
    return SettingsForm(initial={"name": row.name, "refuses": row.refuses_without_destination, "holds": holds})
