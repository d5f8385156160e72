"""Libraries that are large and seldom needed: the one way by which something is imported later than at the start.

An instance at rest holds about 75 MB of imported code. What one call in a thousand needs is no part of that.
"""

from importlib import import_module
from typing import Any


class Late:
    """A module that is imported when something of it is first asked for; from any thread.

    It stands at the top of a file, as an import would, and only where the address book allows that import.
    """

    __slots__ = ("_name",)

    def __init__(self, name: str) -> None:
        """Take the module's full name."""
        self._name = name

    def __getattr__(self, attribute: str) -> Any:  # noqa: ANN401 - whatever the module holds
        """Return what the module holds under a name."""
        return getattr(import_module(self._name), attribute)
