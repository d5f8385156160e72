"""Who looks at a page: the user, their workspace, their role in it. The first thing that every page asks."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import wraps
from typing import Concatenate, ParamSpec
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import add_never_cache_headers

from pingpilot.accounts.acting import actor_of, user_in
from pingpilot.accounts.audience import Audience, stating
from pingpilot.console import whereabouts
from pingpilot.domain.errors import NotFound, UnknownCategory
from pingpilot.domain.role import Action, Role, may
from pingpilot.manage import members, services
from pingpilot.manage.audit import Actor
from pingpilot.manage.services import Services
from pingpilot.store.models import Membership, User, Workspace

_UTC = ZoneInfo("UTC")
_Rest = ParamSpec("_Rest")


@dataclass(frozen=True, slots=True)
class Person:
    """A signed-in user. ``memberships`` are of all workspaces they belong to, ``here`` the one of the current one."""

    user: User
    zone: ZoneInfo
    services: Services
    actor: Actor
    memberships: Sequence[Membership]
    here: Membership | None


@dataclass(frozen=True, slots=True)
class Viewer:
    """A signed-in user in their current workspace."""

    user: User
    zone: ZoneInfo
    services: Services
    actor: Actor
    memberships: Sequence[Membership]
    workspace: Workspace
    role: Role

    def may(self, action: Action) -> bool:
        """Tell whether their role allows an action."""
        return may(self.role, action)


_MembersPage = Callable[Concatenate[HttpRequest, Viewer, _Rest], HttpResponseBase]
_UsersPage = Callable[Concatenate[HttpRequest, Person, _Rest], HttpResponseBase]
_View = Callable[Concatenate[HttpRequest, _Rest], HttpResponseBase]


def for_members(action: Action) -> Callable[[_MembersPage[_Rest]], _View[_Rest]]:
    """Let a page be seen by those members whose role allows the action; for others of the workspace it is 403.

    What belongs to no workspace of theirs is 404.
    """

    def decorate(page: _MembersPage[_Rest]) -> _View[_Rest]:
        @wraps(page)
        def view(request: HttpRequest, /, *args: _Rest.args, **kwargs: _Rest.kwargs) -> HttpResponseBase:
            user = user_in(request)
            if user is None:
                return _to_sign_in(request)
            memberships = members.memberships_of(user)
            if not memberships:
                return redirect("workspace-new")
            meant = whereabouts.meant(request, memberships, kwargs)
            if len(meant) > 1:
                return whereabouts.ask(request, meant)
            viewer = _in(meant[0], _person(request, user, memberships))
            if not viewer.may(action):
                raise PermissionDenied
            whereabouts.enter(request, memberships, meant[0])
            return _answered(viewer.zone, lambda: page(request, viewer, *args, **kwargs))

        return stating(view, action)

    return decorate


def for_users(page: _UsersPage[_Rest]) -> _View[_Rest]:
    """Let a page be seen by every signed-in user: it is about themselves, whatever their role in a workspace."""

    @wraps(page)
    def view(request: HttpRequest, /, *args: _Rest.args, **kwargs: _Rest.kwargs) -> HttpResponseBase:
        user = user_in(request)
        if user is None:
            return _to_sign_in(request)
        person = _person(request, user, members.memberships_of(user))
        return _answered(person.zone, lambda: page(request, person, *args, **kwargs))

    return stating(view, Audience.USERS)


def viewer_of(person: Person) -> Viewer | None:
    """Return a user in their current workspace; None where they have none."""
    return _in(person.here, person) if person.here else None


def zone_of(user: User) -> ZoneInfo:
    """Return a user's time zone; UTC where its name is unknown to this machine."""
    try:
        return ZoneInfo(user.time_zone)
    except (ZoneInfoNotFoundError, ValueError):
        return _UTC


def _person(request: HttpRequest, user: User, memberships: Sequence[Membership]) -> Person:
    return Person(
        user=user,
        zone=zone_of(user),
        services=services.current(),
        actor=actor_of(request, user),
        memberships=memberships,
        here=whereabouts.chosen(request, memberships),
    )


def _in(membership: Membership, person: Person) -> Viewer:
    return Viewer(
        user=person.user,
        zone=person.zone,
        services=person.services,
        actor=person.actor,
        memberships=person.memberships,
        workspace=membership.workspace,
        role=Role(membership.role),
    )


def _answered(zone: ZoneInfo, page: Callable[[], HttpResponseBase]) -> HttpResponseBase:
    """Return a page in the user's time zone, and never from a cache."""
    with timezone.override(zone):
        try:
            response = page()
        except (NotFound, UnknownCategory) as error:
            raise Http404(error.message) from error
    add_never_cache_headers(response)
    return response


def _to_sign_in(request: HttpRequest) -> HttpResponse:
    """Redirect the whole page, also when only a part of it was asked for."""
    if request.headers.get("HX-Request") != "true":
        return redirect_to_login(request.get_full_path(), reverse("account_login"))
    answer = HttpResponse(status=204)
    answer["HX-Redirect"] = reverse("account_login")
    return answer
