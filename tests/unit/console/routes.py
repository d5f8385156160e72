"""Every page of the dashboard, read off its table of addresses: a new one is tried by itself."""

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.http import HttpResponseBase

from pingpilot.accounts.audience import Audience, stated_by
from pingpilot.console.urls import urlpatterns
from pingpilot.domain.role import Action
from pingpilot.manage.owners import FINDERS

_NAMED = re.compile(r"<(?:\w+:)?(\w+)>")


@dataclass(frozen=True)
class Route:
    """One address of the dashboard: its name, what its view states, its template, and what it names."""

    name: str
    needs: Action | Audience | None
    template: str
    names: tuple[str, ...]

    def path(self, values: Mapping[str, object]) -> str:
        """Return the address of one thing of each kind; a kind that is new has to be given one."""
        missing = set(self.names) - set(values)
        assert not missing, f"{self.name} names {missing}: give the tests one of these, in tests/unit/console/shop.py"
        return _NAMED.sub(lambda found: str(values[found[1]]), self.template)

    @property
    def action(self) -> Action:
        """The action that it needs, where it is for members."""
        assert isinstance(self.needs, Action)
        return self.needs

    @property
    def is_of_one(self) -> bool:
        """Whether it is about a thing that belongs to a workspace."""
        return not FINDERS.keys().isdisjoint(self.names)


def _routes() -> Iterator[Route]:
    for one in urlpatterns:
        template = f"/{one.pattern}"
        if template.startswith("/dashboard"):
            view: Callable[..., HttpResponseBase] = one.callback
            yield Route(str(one.name), stated_by(view), template, tuple(_NAMED.findall(template)))


ROUTES = tuple(_routes())
MEMBERS = tuple(route for route in ROUTES if isinstance(route.needs, Action))
OWN = tuple(route for route in ROUTES if route.needs is not Audience.EVERYBODY)
"""Those for who has signed in."""


@contextmanager
def undone() -> Iterator[None]:
    """Take back what is done inside."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def tried(client: Any, method: str, path: str) -> int:
    """Call a page, take back what it did, and return the status."""
    with undone():
        return int(getattr(client, method)(path).status_code)
