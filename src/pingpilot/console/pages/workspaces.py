"""The user's workspaces: choosing one, and making another."""

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods, require_POST

from pingpilot.console.forms import Text, mark, posted
from pingpilot.console.present import page, say
from pingpilot.console.viewer import Person, Viewer, for_members, for_users
from pingpilot.console.whereabouts import SESSION_KEY
from pingpilot.domain.errors import InvalidRequest
from pingpilot.domain.role import Action
from pingpilot.manage import workspaces


class NewWorkspaceForm(forms.Form):
    """What a workspace is called."""

    name = Text("Name", help_text="A product, a team, or an environment such as “Shop staging”.")


@for_members(Action.LOOK)
@require_POST
def choose(_request: HttpRequest, _viewer: Viewer) -> HttpResponse:
    """Go to the workspace that the form names, which is chosen by now."""
    return redirect("dashboard")


@for_users
@require_http_methods(["GET", "POST"])
def create(request: HttpRequest, person: Person) -> HttpResponse:
    """Make another workspace, and go there."""
    form = NewWorkspaceForm(posted(request))
    if request.method == "POST" and form.is_valid():
        try:
            made, _ = workspaces.open_another(person.services, person.user, form.cleaned_data["name"], person.actor)
        except InvalidRequest as error:
            mark(form, error, "name")
        else:
            request.session[SESSION_KEY] = made.pk
            say(request, f"“{made.name}” is ready, with a key of its own.")
            return redirect("dashboard")
    context = {"active": "", "form": form}
    return page(request, person, "console/workspace_new.html", context, status=422 if form.errors else 200)
