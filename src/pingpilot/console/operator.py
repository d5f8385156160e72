"""Who may see the operator's pages: an operator who has signed in lately. To everybody else they do not exist."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import wraps
from typing import Concatenate, NamedTuple, ParamSpec
from zoneinfo import ZoneInfo

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.cache import add_never_cache_headers

from pingpilot.accounts.acting import actor_of, user_in
from pingpilot.accounts.audience import Audience, stating
from pingpilot.accounts.recent import sign_in_again, signed_in_recently
from pingpilot.console.viewer import zone_of
from pingpilot.domain.errors import NotFound
from pingpilot.manage import services
from pingpilot.manage.audit import Actor
from pingpilot.manage.services import Services
from pingpilot.store.models import User

_Rest = ParamSpec("_Rest")


@dataclass(frozen=True, slots=True)
class Operator:
    """Somebody who runs this instance."""

    user: User
    zone: ZoneInfo
    services: Services
    actor: Actor


class Section(NamedTuple):
    """One of the operator's pages."""

    page: str
    text: str
    icon: str


SECTIONS = (
    Section("operator-health", "Channels", "bell"),
    Section("operator-workspaces", "Workspaces", "home"),
    Section("operator-users", "Users", "shield"),
    Section("operator-dead", "Dead", "bolt"),
    Section("operator-audit", "Audit", "feed"),
)

_Page = Callable[Concatenate[HttpRequest, Operator, _Rest], HttpResponse]
_View = Callable[Concatenate[HttpRequest, _Rest], HttpResponseBase]


def for_operators(page: _Page[_Rest]) -> _View[_Rest]:
    """Let a page be seen by operators who have shown lately who they are; for others it is 404, signed in or not."""

    @wraps(page)
    def view(request: HttpRequest, /, *args: _Rest.args, **kwargs: _Rest.kwargs) -> HttpResponseBase:
        user, made = user_in(request), services.current()
        if user is None or not user.is_staff:
            raise Http404
        if not signed_in_recently(request, made.now()):
            return redirect(sign_in_again(request.get_full_path() if request.method == "GET" else "/admin"))
        zone = zone_of(user)
        operator = Operator(user, zone, made, actor_of(request, user))
        with timezone.override(zone):
            try:
                response = page(request, operator, *args, **kwargs)
            except NotFound as error:
                raise Http404(error.message) from error
        add_never_cache_headers(response)
        return response

    return stating(view, Audience.OPERATORS)


def show(request: HttpRequest, operator: Operator, active: str, context: Mapping[str, object]) -> HttpResponse:
    """Return one of the operator's pages, in their frame; ``active`` is its name after ``operator-``."""
    frame = {"operator": operator, "sections": SECTIONS, "active": f"operator-{active}"}
    return render(request, f"console/operator/{active}.html", {**frame, **context})
