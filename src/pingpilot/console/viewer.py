"""Who looks at a page: the user, their workspace, their time zone. The first thing every page of the dashboard asks."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Concatenate, ParamSpec
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import add_never_cache_headers

from pingpilot.domain.errors import NotFound, UnknownCategory
from pingpilot.manage import services, workspaces
from pingpilot.manage.audit import Actor
from pingpilot.manage.services import Services
from pingpilot.store.models import Role, User, Workspace

SESSION_KEY = "pingpilot.workspace"
"""Where the session keeps the id of the workspace that its user chose."""
_SAFE_METHODS = frozenset({"GET", "HEAD"})
_UTC = ZoneInfo("UTC")

_Rest = ParamSpec("_Rest")


@dataclass(frozen=True, slots=True)
class Viewer:
    """A signed-in user in their current workspace."""

    user: User
    workspace: Workspace
    zone: ZoneInfo
    services: Services
    actor: Actor


_Page = Callable[Concatenate[HttpRequest, Viewer, _Rest], HttpResponseBase]
_View = Callable[Concatenate[HttpRequest, _Rest], HttpResponseBase]


def for_members(page: _Page[_Rest]) -> _View[_Rest]:
    """Let a page be seen by signed-in members only, in their time zone; what is not theirs is 404.

    Who may only look gets 403 on anything but looking.
    """

    @wraps(page)
    def deed(request: HttpRequest, viewer: Viewer, /, *args: _Rest.args, **kwargs: _Rest.kwargs) -> HttpResponseBase:
        if request.method not in _SAFE_METHODS and _may_only_look(viewer):
            raise PermissionDenied
        return page(request, viewer, *args, **kwargs)

    return for_users(deed)


def for_users(page: _Page[_Rest]) -> _View[_Rest]:
    """As ``for_members``, for what concerns the user alone: nobody only looks at their own account."""

    @wraps(page)
    def view(request: HttpRequest, /, *args: _Rest.args, **kwargs: _Rest.kwargs) -> HttpResponseBase:
        if not isinstance(request.user, User):
            return _to_sign_in(request)
        viewer = identify(request, request.user)
        with timezone.override(viewer.zone):
            try:
                response = page(request, viewer, *args, **kwargs)
            except (NotFound, UnknownCategory) as error:
                raise Http404(error.message) from error
        add_never_cache_headers(response)
        return response

    return view


def identify(request: HttpRequest, user: User) -> Viewer:
    """Return the user as a viewer of the workspace they chose, else of their first. Raises Http404 without one."""
    mine = workspaces.for_user(user)
    if not mine:
        raise Http404("You are not a member of any workspace yet")
    chosen = request.session.get(SESSION_KEY)
    return Viewer(
        user=user,
        workspace=next((workspace for workspace in mine if workspace.pk == chosen), mine[0]),
        zone=zone_of(user),
        services=services.current(),
        actor=Actor(user, str(request.META.get("REMOTE_ADDR", ""))),
    )


def zone_of(user: User) -> ZoneInfo:
    """Return a user's time zone; UTC where its name is unknown to this machine."""
    try:
        return ZoneInfo(user.time_zone)
    except (ZoneInfoNotFoundError, ValueError):
        return _UTC


def _may_only_look(viewer: Viewer) -> bool:
    return workspaces.role_of(viewer.workspace, viewer.user) == Role.VIEWER


def _to_sign_in(request: HttpRequest) -> HttpResponse:
    """Redirect the whole page, also when only a part of it was asked for."""
    if request.headers.get("HX-Request") != "true":
        return redirect_to_login(request.get_full_path(), reverse("account_login"))
    answer = HttpResponse(status=204)
    answer["HX-Redirect"] = reverse("account_login")
    return answer
