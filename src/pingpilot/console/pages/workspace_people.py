"""The people of a workspace: invited, given a role, taken out."""

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods, require_POST

from pingpilot.accounts import invited
from pingpilot.console.forms import Text, mark, posted
from pingpilot.console.pages.workspace import workspace_page
from pingpilot.console.present import complain, page, say
from pingpilot.console.viewer import Viewer, for_members
from pingpilot.console.words import ROLE_WORDS
from pingpilot.domain.errors import InvalidRequest, NotFound
from pingpilot.domain.role import GIVEN, Action, Role
from pingpilot.manage import invitations, members
from pingpilot.manage.invitations import Invited
from pingpilot.store.models import Membership

_GIVEN = [(role, ROLE_WORDS[role]) for role in GIVEN]
_ROLES = [(role.value, word.name) for role, word in _GIVEN]


class InviteForm(forms.Form):
    """Whom to invite, as what."""

    email = Text(
        "E-mail address", widget=forms.EmailInput(attrs={"autocomplete": "off", "placeholder": "grace@example.com"})
    )
    role = forms.TypedChoiceField(choices=_ROLES, coerce=Role)


class RoleForm(forms.Form):
    """What a member may do from now on."""

    role = forms.TypedChoiceField(choices=_ROLES, coerce=Role)


@for_members(Action.MEMBERS)
@require_http_methods(["GET", "POST"])
def invite(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """Ask for an address and a role, and invite."""
    form = InviteForm(posted(request), initial={"role": Role.MEMBER})
    if request.method == "POST" and form.is_valid():
        email, role = form.cleaned_data["email"], form.cleaned_data["role"]
        try:
            made = invitations.invite(viewer.services, viewer.workspace, email, role, viewer.actor)
        except InvalidRequest as error:
            mark(form, error, "email")
        else:
            return _delivered(request, viewer, made)
    context = {"active": "workspace", "form": form, "roles": _GIVEN, "chosen": str(form["role"].value())}
    return page(request, viewer, "console/workspace_invite.html", context, status=422 if form.errors else 200)


@for_members(Action.MEMBERS)
@require_POST
def resend(request: HttpRequest, viewer: Viewer, invitation_id: int) -> HttpResponse:
    """Send an invitation again, with another link."""
    known = invitations.find(viewer.workspace, invitation_id)
    try:
        made = invitations.resend(viewer.services, known, viewer.actor)
    except InvalidRequest as error:
        complain(request, error.message)
        return redirect("workspace")
    return _delivered(request, viewer, made)


@for_members(Action.MEMBERS)
@require_POST
def withdraw(request: HttpRequest, viewer: Viewer, invitation_id: int) -> HttpResponse:
    """Make the link of an invitation void."""
    known = invitations.find(viewer.workspace, invitation_id)
    invitations.withdraw(viewer.services, known, viewer.actor)
    say(request, f"The invitation of {known.email} is void.")
    return redirect("workspace")


@for_members(Action.MEMBERS)
@require_http_methods(["GET", "POST"])
def member(request: HttpRequest, viewer: Viewer, member_id: int) -> HttpResponse:
    """Show what a member may do, and change it."""
    found = members.find(viewer.workspace, member_id)
    form = RoleForm(posted(request), initial={"role": found.role})
    if request.method == "POST" and form.is_valid():
        try:
            members.give_role(viewer.services, found, form.cleaned_data["role"], viewer.actor)
        except InvalidRequest as error:
            complain(request, error.message)
        else:
            say(request, f"{found.user.display_name} is {ROLE_WORDS[Role(found.role)].article} now.")
        return redirect("workspace")
    context = {
        "active": "workspace",
        "member": found,
        "is_owner": found.role == Role.OWNER,
        "roles": _GIVEN,
        "chosen": str(form["role"].value()),
    }
    return page(request, viewer, "console/workspace_member.html", context, status=422 if form.errors else 200)


@for_members(Action.MEMBERS)
@require_http_methods(["GET", "POST"])
def remove(request: HttpRequest, viewer: Viewer, member_id: int) -> HttpResponse:
    """Ask, and take a member out."""
    found = members.find(viewer.workspace, member_id)
    if request.method == "POST":
        if _ended(request, viewer, found):
            say(request, f"{found.user.display_name} is no member any more.")
        return redirect("workspace")
    return page(request, viewer, "console/workspace_remove.html", {"active": "workspace", "member": found})


@for_members(Action.LOOK)
@require_http_methods(["GET", "POST"])
def leave(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """Ask, and let the viewer go."""
    if request.method == "POST":
        mine = next(one for one in viewer.memberships if one.workspace_id == viewer.workspace.pk)
        try:
            members.leave(viewer.services, mine, viewer.actor)
        except (InvalidRequest, NotFound) as error:
            complain(request, error.message)
            return redirect("workspace")
        say(request, f"You have left “{viewer.workspace.name}”.")
        return redirect("dashboard")
    return page(request, viewer, "console/workspace_leave.html", {"active": "workspace"})


def _ended(request: HttpRequest, viewer: Viewer, found: Membership) -> bool:
    try:
        members.remove(viewer.services, found, viewer.actor)
    except InvalidRequest as error:
        complain(request, error.message)
        return False
    return True


def _delivered(request: HttpRequest, viewer: Viewer, made: Invited) -> HttpResponse:
    """Mail the link; where no mail can be sent, show it in this one answer."""
    if invited.send(made):
        say(request, f"An invitation is on its way to {made.invitation.email}.")
        return redirect("workspace")
    return workspace_page(request, viewer, link=made.link, for_address=made.invitation.email)
