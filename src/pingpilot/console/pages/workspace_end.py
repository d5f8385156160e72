"""What changes a workspace for good: another owner, or its end. Both ask for its name, and who has signed in lately."""

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods

from pingpilot.accounts.recent import after_sign_in
from pingpilot.console.forms import Text, mark, posted
from pingpilot.console.present import page, say
from pingpilot.console.viewer import Viewer, for_members
from pingpilot.domain.errors import PaymentUnavailable, SubscriptionRuns
from pingpilot.domain.role import Action, Role
from pingpilot.manage import deletion, members, payments
from pingpilot.store.models import Membership

WRONG_NAME = "Type the name of the workspace, to the letter."


class NameForm(forms.Form):
    """The workspace's own name, typed by who means it."""

    name = Text("Name of the workspace", widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}))

    def __init__(self, *args: object, expected: str, **kwargs: object) -> None:
        """Take the name that is expected."""
        super().__init__(*args, **kwargs)  # type: ignore[arg-type] # as Django takes them
        self._expected = expected

    def clean_name(self) -> str:
        """Refuse another name."""
        typed: str = self.cleaned_data["name"]
        if typed.strip() != self._expected:
            raise forms.ValidationError(WRONG_NAME)
        return typed


class TransferForm(NameForm):
    """The new owner, beside the name."""

    member = forms.TypedChoiceField(coerce=int, error_messages={"required": "Choose a member."})

    def __init__(self, *args: object, expected: str, choices: list[Membership], **kwargs: object) -> None:
        """Take the members to choose from, too."""
        super().__init__(*args, expected=expected, **kwargs)
        self.fields["member"].choices = [(one.pk, one.user.email) for one in choices]  # type: ignore[attr-defined] # is a choice


@for_members(Action.TRANSFER)
@after_sign_in
@require_http_methods(["GET", "POST"])
def transfer(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """Ask whom to give the workspace to, and do it."""
    others = [one for one in members.list_all(viewer.workspace) if one.role != Role.OWNER]
    form = TransferForm(posted(request), expected=viewer.workspace.name, choices=others)
    if request.method == "POST" and form.is_valid():
        heir = members.find(viewer.workspace, form.cleaned_data["member"])
        members.transfer(viewer.services, viewer.workspace, heir, viewer.actor)
        say(request, f"“{viewer.workspace.name}” belongs to {heir.user.display_name} now. You are an admin.")
        return redirect("workspace")
    context = {"active": "workspace", "form": form, "others": others, "chosen": form["member"].value()}
    return page(request, viewer, "console/workspace_transfer.html", context, status=422 if form.errors else 200)


@for_members(Action.DELETE)
@after_sign_in
@require_http_methods(["GET", "POST"])
def delete(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """Say what goes, ask for the name, and delete the workspace."""
    form = NameForm(posted(request), expected=viewer.workspace.name)
    if request.method == "POST" and form.is_valid() and _delete(viewer, form):
        say(request, f"“{viewer.workspace.name}” is deleted. Its keys do not work any more.")
        return redirect("dashboard")
    context = {"active": "workspace", "form": form, "contents": deletion.contents_of(viewer.workspace)}
    return page(request, viewer, "console/workspace_delete.html", context, status=422 if form.errors else 200)


def _delete(viewer: Viewer, form: NameForm) -> bool:
    try:
        payments.release(viewer.services, viewer.workspace)
        deletion.delete(viewer.services, viewer.workspace, viewer.actor)
    except (SubscriptionRuns, PaymentUnavailable) as error:
        mark(form, error, "name")
        return False
    return True
