"""Searches over events that a workspace keeps under names: saved, listed, removed."""

from django.db import transaction

from pingpilot.domain.errors import InvalidRequest, Issue, NotFound
from pingpilot.domain.names import tidied
from pingpilot.manage.audit import Actor, record
from pingpilot.manage.services import Services
from pingpilot.store.models import SavedFilter, Workspace

KEPT_MAX = 20
NAME_MAX_CHARS = 60
QUERY_MAX_CHARS = 4_000
_NAMELESS = "Give the filter a name."
_EMPTY = "There is nothing to save yet: search for something first."
_LONG = "This search is too long to be kept. Shorten the words that it looks for."
_TAKEN = "There is a filter of that name already. Choose another name, or remove that one first."
_FULL = f"A workspace keeps {KEPT_MAX} filters at most. Remove one first."


def list_all(workspace: Workspace) -> list[SavedFilter]:
    """Return the filters of a workspace by name."""
    return sorted(SavedFilter.objects.filter(workspace=workspace), key=lambda one: one.name.casefold())


def save(services: Services, workspace: Workspace, name: str, query: str, actor: Actor) -> SavedFilter:
    """Keep a search, given as the query of its address, under a name. Raises InvalidRequest."""
    title = tidied(name)
    with transaction.atomic():
        Workspace.objects.select_for_update().get(pk=workspace.pk)  # two at once would keep one too many
        if sentence := _objection(workspace, title, query):
            raise InvalidRequest([Issue("custom", ("name",), sentence)])
        kept = SavedFilter.objects.create(workspace=workspace, name=title, query=query, created_at=services.now())
        record(services, workspace, actor, "filter.saved", kept.pk, {"name": kept.name})
    return kept


def remove(services: Services, workspace: Workspace, filter_id: int, actor: Actor) -> SavedFilter:
    """Forget a filter, and return what it was. Raises NotFound."""
    with transaction.atomic():
        kept = SavedFilter.objects.filter(workspace=workspace, pk=filter_id).first()
        if kept is None or not SavedFilter.objects.filter(pk=kept.pk).delete()[0]:
            raise NotFound("There is no such filter any more")
        record(services, workspace, actor, "filter.removed", kept.pk, {"name": kept.name})
    return kept


def _objection(workspace: Workspace, title: str, query: str) -> str:
    """Return what speaks against keeping it; empty where nothing does."""
    if not title:
        return _NAMELESS
    if len(title) > NAME_MAX_CHARS:
        return f"A name has {NAME_MAX_CHARS} characters at most."
    if not query or len(query) > QUERY_MAX_CHARS:
        return _LONG if query else _EMPTY
    names = [one.name.casefold() for one in list_all(workspace)]
    if title.casefold() in names:
        return _TAKEN
    return _FULL if len(names) >= KEPT_MAX else ""
