"""Stage 5 of 5: speak each provider's language. One pure file per channel, found by listing this folder.

A package of somebody else adds a channel by an entry point in the group ``pingpilot.channels`` that names its module.
"""

import importlib
import pkgutil
import re
from collections.abc import Iterator
from importlib.metadata import EntryPoint, entry_points
from typing import TYPE_CHECKING, cast

from pingpilot.domain.channel import Channel, ChannelSpec
from pingpilot.domain.errors import ConfigurationError

if TYPE_CHECKING:
    from types import ModuleType

GROUP = "pingpilot.channels"
"""The entry-point group of channels that other packages bring."""

_KIND = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")


def find_channels() -> dict[str, Channel]:
    """Return every channel by its kind, in the order of the kinds.

    Raises ConfigurationError when a channel cannot be loaded, has not the shape of one, or takes a kind twice.
    """
    found: dict[str, tuple[str, Channel]] = {}
    for origin, module in (*_own(), *_brought()):
        channel = _checked(origin, module)
        kind = channel.SPEC.kind
        if kind in found:
            raise ConfigurationError(f'The channel "{kind}" exists twice: {found[kind][0]} and {origin}. Remove one.')
        found[kind] = (origin, channel)
    return {kind: channel for kind, (_, channel) in sorted(found.items())}


def _own() -> Iterator[tuple[str, "ModuleType"]]:
    for info in pkgutil.iter_modules(__path__):
        name = f"{__name__}.{info.name}"
        yield f"the module {name}", importlib.import_module(name)


def _brought() -> Iterator[tuple[str, object]]:
    for entry in sorted(entry_points(group=GROUP), key=lambda entry: (entry.name, entry.value)):
        package = entry.dist.name if entry.dist else "an unknown package"
        origin = f'the module {entry.value} of the package "{package}"'
        yield origin, _load(entry, origin)


def _load(entry: EntryPoint, origin: str) -> object:
    try:
        return entry.load()
    except Exception as error:  # foreign code: whatever it raises, the operator needs to know whose it is
        cause = f"{type(error).__name__}: {error}"
        raise ConfigurationError(
            f"The channel in {origin} cannot be loaded ({cause}). Update or remove that package."
        ) from error


def _checked(origin: str, module: object) -> Channel:
    """Return the module as a channel, or say what is missing."""
    spec = getattr(module, "SPEC", None)
    if not isinstance(spec, ChannelSpec):
        raise ConfigurationError(f"The channel in {origin} has no SPEC that is a ChannelSpec.")
    if not callable(getattr(module, "converse", None)):
        raise ConfigurationError(f"The channel in {origin} has no function converse(message, config).")
    if not _KIND.fullmatch(spec.kind):
        raise ConfigurationError(f'The channel in {origin} has the kind "{spec.kind}": use a-z, 0-9 and hyphens.')
    return cast("Channel", module)
