"""Which workspace a request is about: the one it names, the one that owns what it names, or the one chosen before.

So a link of a colleague opens in the right workspace, and a form does what it says in the workspace it was shown for,
whichever was chosen in another window meanwhile.
"""

from collections.abc import Mapping, Sequence

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

from pingpilot.manage.owners import owners_of
from pingpilot.store.models import Membership

ASKED = "workspace"
"""The parameter of forms, live parts and links that names a workspace by its id."""
SESSION_KEY = "pingpilot.workspace"
"""Where the session keeps the id of the workspace that its user chose."""
_HINTS = {"category": "name"}
"""Parameters that tell what is looked for, as the addresses of pages would."""
_SAFE_METHODS = frozenset({"GET", "HEAD"})


def meant(request: HttpRequest, memberships: Sequence[Membership], named: Mapping[str, object]) -> Sequence[Membership]:
    """Return whichever of a user's memberships a request may be about: one, or several to choose from.

    ``named`` is what its address names. Raises Http404 when that is in none of them.
    """
    within, is_named = _asked(request, memberships), False
    for kind, value in named.items():
        owners = owners_of(kind, value, [one.workspace_id for one in within])
        if owners is not None:
            is_named, within = True, [one for one in within if one.workspace_id in owners]
    if not within:
        raise Http404("This is in none of your workspaces")
    within, is_hinted = _hinted(request, within)
    current = chosen(request, memberships)
    if current is not None and current in within:
        return [current]
    return within if is_named or is_hinted else within[:1]


def chosen(request: HttpRequest, memberships: Sequence[Membership]) -> Membership | None:
    """Return the membership of the workspace that was chosen last, else of the first one joined."""
    pk = request.session.get(SESSION_KEY)
    return next((one for one in memberships if one.workspace_id == pk), memberships[0] if memberships else None)


def enter(request: HttpRequest, memberships: Sequence[Membership], membership: Membership) -> None:
    """Choose a workspace from now on, and say so. A live part of a page that was left open chooses nothing."""
    if membership == chosen(request, memberships) or request.headers.get("HX-Request") == "true":
        return
    request.session[SESSION_KEY] = membership.workspace_id
    messages.info(request, f"You are now in “{membership.workspace.name}”.")


def ask(request: HttpRequest, memberships: Sequence[Membership]) -> HttpResponse:
    """Ask which workspace is meant: what the address names is in several. Raises Http404 for anything but looking."""
    if request.method not in _SAFE_METHODS:
        raise Http404("This is in several of your workspaces")
    query = request.GET.copy()
    links = []
    for one in memberships:
        query[ASKED] = str(one.workspace_id)
        links.append((one, f"{request.path}?{query.urlencode()}"))
    return render(request, "console/which_workspace.html", {"links": links})


def _asked(request: HttpRequest, memberships: Sequence[Membership]) -> Sequence[Membership]:
    """Return the memberships less those that the request rules out by naming a workspace."""
    given = request.GET if request.method in _SAFE_METHODS else request.POST
    wanted = given.get(ASKED)
    return memberships if wanted is None else [one for one in memberships if str(one.workspace_id) == wanted]


def _hinted(request: HttpRequest, memberships: Sequence[Membership]) -> tuple[Sequence[Membership], bool]:
    """Return those that have what the request looks for, and whether that tells anything; all when none has."""
    for parameter, kind in _HINTS.items():
        wanted = request.GET.get(parameter)
        owners = owners_of(kind, wanted, [one.workspace_id for one in memberships]) if wanted else None
        if owners:
            return [one for one in memberships if one.workspace_id in owners], True
    return memberships, False
