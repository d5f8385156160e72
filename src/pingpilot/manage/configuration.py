"""A workspace's configuration as values: what it is now, without secrets, as it may be written into a file."""

import json
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from pingpilot.domain.category import COOLDOWN_S, color_text
from pingpilot.domain.channel import ChannelSpec
from pingpilot.manage import categories, destinations, door_secrets
from pingpilot.manage.services import Services
from pingpilot.store.destinations import BY_OWNER
from pingpilot.store.models import Destination, Workspace


@dataclass(frozen=True, slots=True)
class FromEnvironment:
    """A value that stands in an environment variable, and not in the file."""

    variable: str


Value = str | FromEnvironment


@dataclass(frozen=True, slots=True)
class WorkspacePart:
    """What an owner decides about the workspace; what is None is left as it is."""

    name: str | None = None
    refuses_without_destination: bool | None = None
    over_limit: str | None = None


@dataclass(frozen=True, slots=True)
class DestinationPart:
    """One destination. ``settings`` that are not named, and ``is_enabled`` when it is None, are left as they are."""

    channel: str
    settings: Mapping[str, Value] = field(default_factory=dict)
    is_enabled: bool | None = None


@dataclass(frozen=True, slots=True)
class CategoryPart:
    """One category. ``destinations`` are names; None means all of the workspace."""

    color: str
    emoji: str = ""
    is_muted: bool = False
    cooldown: int = COOLDOWN_S
    destinations: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class ServicePart:
    """A service whose calls are taken only when they are signed."""

    secret: FromEnvironment


@dataclass(frozen=True, slots=True)
class Configuration:
    """All of it, by names that are unique in the workspace. ``services`` are None where nothing is said of them."""

    workspace: WorkspacePart = WorkspacePart()
    destinations: Mapping[str, DestinationPart] = field(default_factory=dict)
    categories: Mapping[str, CategoryPart] = field(default_factory=dict)
    services: Mapping[str, ServicePart] | None = None


def configuration_of(services: Services, workspace: Workspace) -> Configuration:
    """Return what is in force. A secret is a reference to a variable, named after its destination.

    What we made for a destination (a webhook's signing secret) is left out, and so is what belongs to one browser.
    """
    rows = named_destinations(workspace)
    names = {row.pk: name for name, row in rows.items()}
    parts = {name: _destination(services, name, row) for name, row in rows.items()}
    return Configuration(
        WorkspacePart(workspace.name, workspace.refuses_without_destination, workspace.over_limit),
        {name: part for name, part in parts.items() if part is not None},
        {
            category.name: CategoryPart(
                color_text(category.color),
                category.emoji,
                category.is_muted,
                category.cooldown_s,
                _names_of(category.destinations.order_by("pk"), names) if category.has_own_destinations else None,
            )
            for category in categories.list_all(workspace)
        },
        {
            name: ServicePart(FromEnvironment(variable_of(name, "signing_secret")))
            for name in sorted(door_secrets.services_with_secret(workspace))
        },
    )


def named_destinations(workspace: Workspace) -> dict[str, Destination]:
    """Return the destinations by their names: the label, or the channel; later ones of a name get a number."""
    seen: Counter[str] = Counter()
    found: dict[str, Destination] = {}
    for row in destinations.list_all(workspace):
        stem = row.label or row.kind
        seen[stem] += 1
        found[stem if seen[stem] == 1 else f"{stem} ({seen[stem]})"] = row
    return found


def settings_of(services: Services, row: Destination) -> dict[str, str]:
    """Return a destination's settings, unsealed; raise SealBroken."""
    settings: dict[str, str] = json.loads(services.box.unseal(bytes(row.sealed), f"destination:{row.pk}"))
    return settings


def is_of_one_browser(spec: ChannelSpec) -> bool:
    """Tell whether destinations of a channel are made by a browser for itself, and by nobody else."""
    return any(one.name == spec.unique_field and one.is_secret for one in spec.owner_fields)


def variable_of(name: str, member: str) -> str:
    """Return the environment variable that a secret of a destination may stand in."""
    return "_".join(filter(None, re.split(r"[^A-Z0-9]+", f"{name}_{member}".upper()))) or member.upper()


def _destination(services: Services, name: str, row: Destination) -> DestinationPart | None:
    channel = services.channels.get(row.kind)
    if channel is None or is_of_one_browser(channel.SPEC):
        return None
    stored = settings_of(services, row)
    settings: dict[str, Value] = {
        one.name: FromEnvironment(variable_of(name, one.name)) if one.is_secret else stored[one.name]
        for one in channel.SPEC.owner_fields
        if stored.get(one.name) and not one.is_generated and stored[one.name] != one.default
    }
    is_off = row.disabled_at is not None and row.disabled_reason == BY_OWNER
    return DestinationPart(row.kind, settings, False if is_off else None)


def _names_of(rows: Iterable[Destination], names: Mapping[int, str]) -> tuple[str, ...]:
    return tuple(names[row.pk] for row in rows if row.pk in names)
