"""Categories: made, changed, deleted, by the rules of the house."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from pingpilot.config.late import Late
from pingpilot.domain.category import (
    COOLDOWN_S,
    QUICK_START,
    color_issues,
    color_number,
    color_text,
    cooldown_issues,
    name_issues,
)
from pingpilot.domain.errors import (
    CategoryExists,
    CategoryLimitReached,
    InvalidCategory,
    Issue,
    NotFound,
    UnknownCategory,
)
from pingpilot.domain.ids import CategoryId, EventId
from pingpilot.manage.audit import NOBODY, Actor, record
from pingpilot.manage.services import Services
from pingpilot.store.erasing import SLICE, erase, loosen
from pingpilot.store.models import Category, Destination, Event, Key, Workspace
from pingpilot.store.plans import catalogue
from pingpilot.store.workspaces import changing

INVALID_EMOJI = "Invalid emoji"

_emoji = Late("emoji")  # knows all of them in 4 MB


@dataclass(frozen=True, slots=True)
class Draft:
    """A category as an owner enters it: the colour as ``#RRGGBB``, the emoji or nothing, the cooldown in seconds."""

    name: str = ""
    color: str = ""
    emoji: str = ""
    is_muted: bool = False
    cooldown: int = COOLDOWN_S

    def issues(self) -> list[Issue]:
        """Return all that is wrong with it."""
        first = [*name_issues(self.name), *color_issues(self.color), *emoji_issues(self.emoji)]
        return [*first, *cooldown_issues(self.cooldown)]


def emoji_issues(emoji: str) -> list[Issue]:
    """Return what is wrong with an emoji; empty when it is exactly one, or none."""
    return [Issue("invalid_string", ("emoji",), INVALID_EMOJI)] if emoji and not _emoji.is_emoji(emoji) else []


def list_all(workspace: Workspace) -> list[Category]:
    """Return the categories in the order of their making."""
    return list(Category.objects.filter(workspace=workspace).order_by("pk"))


def find(workspace: Workspace, name: str) -> Category:
    """Return a category by its name in any case; raise UnknownCategory."""
    category = Category.objects.filter(workspace=workspace, name=name.lower()).first()
    if category is None:
        raise UnknownCategory(name.lower())
    return category


def draft_of(category: Category) -> Draft:
    """Return a category as its owner would enter it, to be changed with ``dataclasses.replace``."""
    return Draft(category.name, color_text(category.color), category.emoji, category.is_muted, category.cooldown_s)


def create(
    services: Services,
    workspace: Workspace,
    draft: Draft,
    actor: Actor = NOBODY,
    *,
    destinations: Iterable[int] | None = None,
) -> Category:
    """Make a category, with its own destinations where some are given.

    Raises InvalidCategory with every issue, CategoryExists, CategoryLimitReached, and NotFound for a destination.
    """
    wanted = _checked(draft)
    with changing(workspace.pk) as held:
        _refuse_taken(held, wanted.name)
        _refuse_over_limit(held)
        category = _insert(services, held, wanted, actor)
        _give_destinations(held, category, destinations)
        return category


def quick_start(services: Services, workspace: Workspace, actor: Actor = NOBODY) -> list[Category]:
    """Make those of the quick-start set that do not exist yet, as many as the plan allows; return those made.

    Raises CategoryLimitReached when some are missing and the plan allows none of them.
    """
    with changing(workspace.pk) as held:
        names = set(Category.objects.filter(workspace=held).values_list("name", flat=True))
        missing = [Draft(name, color, emoji) for name, emoji, color in QUICK_START if name not in names]
        limit = catalogue().of(held.plan).categories
        room = len(missing) if limit is None else max(0, limit - len(names))
        if missing and not room:
            raise CategoryLimitReached
        return [_insert(services, held, draft, actor) for draft in missing[:room]]


def update(services: Services, workspace: Workspace, name: str, draft: Draft, actor: Actor = NOBODY) -> Category:
    """Give a category the name, colour, emoji and silence of the draft; raises as ``create``, or UnknownCategory."""
    wanted = _checked(draft)
    with changing(workspace.pk) as held:
        category = find(held, name)
        if wanted.name != category.name:
            _refuse_taken(held, wanted.name)
        category.name, category.color = wanted.name, color_number(wanted.color)
        category.emoji, category.is_muted = wanted.emoji, wanted.is_muted
        category.cooldown_s = wanted.cooldown
        category.save()
        record(services, held, actor, "category.changed", category.pk, {"name": category.name})
    return category


def route(
    services: Services, workspace: Workspace, name: str, destinations: Iterable[int] | None, actor: Actor = NOBODY
) -> Category:
    """Give a category its own destinations, by their ids; None means all of the workspace. Raises NotFound."""
    with changing(workspace.pk) as held:
        category = find(held, name)
        _give_destinations(held, category, destinations)
        record(services, held, actor, "category.routed", category.pk)
    return category


def events_count(category: Category) -> int:
    """Return how many events a deletion would concern."""
    return Event.objects.filter(category=category).count()


def delete(services: Services, workspace: Workspace, name: str, actor: Actor = NOBODY, *, keep_events: bool) -> None:
    """Delete a category; its events go with it, or stay under their old name. Raises UnknownCategory.

    The bulk of the events is seen to before, in slices: an interruption leaves the category with fewer events. The last
    ones, which came meanwhile, go after, when no more can come.
    """
    category = find(workspace, name)
    while _let_go(_events(category, SLICE), category, keep_events=keep_events) == SLICE:
        pass
    with changing(workspace.pk) as held:
        category = find(held, name)
        last = [] if keep_events else _events(category)
        _narrow_keys(category)
        record(services, held, actor, "category.deleted", category.pk, {"name": category.name, "kept": keep_events})
        category.delete()
    erase(last)


def _let_go(events: Sequence[EventId], category: Category, *, keep_events: bool) -> int:
    return loosen(events, CategoryId(category.pk)) if keep_events else erase(events)


def _checked(draft: Draft) -> Draft:
    if issues := draft.issues():
        raise InvalidCategory(issues)
    return replace(draft, name=draft.name.lower())


def _refuse_taken(workspace: Workspace, name: str) -> None:
    if Category.objects.filter(workspace=workspace, name=name).exists():
        raise CategoryExists(name)


def _refuse_over_limit(workspace: Workspace) -> None:
    limit = catalogue().of(workspace.plan).categories
    if limit is not None and Category.objects.filter(workspace=workspace).count() >= limit:
        raise CategoryLimitReached


def _insert(services: Services, workspace: Workspace, draft: Draft, actor: Actor) -> Category:
    category = Category.objects.create(
        workspace=workspace,
        name=draft.name,
        color=color_number(draft.color),
        emoji=draft.emoji,
        is_muted=draft.is_muted,
        cooldown_s=draft.cooldown,
        created_at=services.now(),
    )
    record(services, workspace, actor, "category.created", category.pk, {"name": category.name})
    return category


def _give_destinations(workspace: Workspace, category: Category, destinations: Iterable[int] | None) -> None:
    category.has_own_destinations = destinations is not None
    category.save(update_fields=["has_own_destinations"])
    category.destinations.set(_own(workspace, set(destinations or ())))


def _own(workspace: Workspace, wanted: set[int]) -> Sequence[Destination]:
    rows = list(Destination.objects.filter(workspace=workspace, pk__in=wanted, removed_at=None))
    if len(rows) != len(wanted):
        raise NotFound("This workspace has no such destination")
    return rows


def _narrow_keys(category: Category) -> None:
    """Take ``events:write`` from keys that might write to this category alone: no limit would mean all categories."""
    for key in Key.objects.filter(categories=category):
        if Key.categories.through.objects.filter(key=key).count() == 1:
            key.scopes = " ".join(scope for scope in key.scopes.split() if scope != "events:write")
            key.save(update_fields=["scopes"])


def _events(category: Category, limit: int | None = None) -> list[EventId]:
    rows = Event.objects.filter(category=category).values_list("pk", flat=True)
    return [EventId(pk.hex) for pk in rows[:limit]]
