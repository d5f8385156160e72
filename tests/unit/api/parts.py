"""Every call of the REST API, read off its table of routes: a new one is tried by itself."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.test import Client

from pingpilot.api.rest import RESOURCES
from pingpilot.manage import categories, destinations, door_secrets, keys, questions, users, workspaces
from pingpilot.manage.audit import NOBODY
from pingpilot.manage.services import Services
from pingpilot.store.models import Category, Destination, DoorSecret, Event, Key, Question, Workspace
from tests.unit.manage.sample import PASSWORD, report

_NAMED = re.compile(r"{(?:\w+:)?(\w+)}")


@dataclass(frozen=True)
class Call:
    """One call: its method, its path, what it names, and whether it takes a key."""

    method: str
    path: str
    takes_key: bool

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(_NAMED.findall(self.path))

    def by(self, key: str | None, values: Mapping[str, str]) -> Any:
        """Make the call with a key; ``values`` has one of each that a path may name."""
        missing = set(self.names) - set(values)
        assert not missing, f"{self.path} names {missing}: give the tests one of these, in {__name__}"
        path = "/api/v1" + _NAMED.sub(lambda found: values[found[1]], self.path)
        body = "" if self.method == "GET" else "{}"
        headers = {} if key is None else {"Authorization": f"Bearer {key}"}
        return Client().generic(self.method, path, body, "application/json", headers=headers)


@dataclass(frozen=True)
class House:
    """A workspace with one of everything, and its key."""

    workspace: Workspace
    key: str
    category: Category
    destination: Destination
    event: Event
    question: Question

    @property
    def names(self) -> dict[str, str]:
        """What the paths of the API may name."""
        return {
            "destination_id": str(self.destination.pk),
            "event_id": self.event.id.hex,
            "key_id": keys.primary(self.workspace).id,
            "name": self.category.name,
            "question_id": self.question.id.hex,
            "service": "github",
        }

    @property
    def contents(self) -> list[Any]:
        """All that is in it, to be compared."""
        return [
            list(table.objects.filter(workspace=self.workspace).order_by("pk").values())
            for table in (Category, Destination, DoorSecret, Event, Key, Question)
        ]

    @property
    def marks(self) -> set[str]:
        """Texts that no other workspace may ever be told."""
        named = self.names
        return {named["event_id"], named["key_id"], self.category.name, self.destination.address}


def _calls() -> Iterator[Call]:
    for router in RESOURCES:
        for path, view in router.path_operations.items():
            for operation in view.operations:
                for method in operation.methods:
                    yield Call(method, path, bool(operation.auth_callbacks) or operation.auth_param is not None)


CALLS = tuple(_calls())


def open_house(services: Services, name: str) -> House:
    """Make a workspace of a new user."""
    owner = users.create(services, f"{name}@example.com", PASSWORD)
    workspace, key = workspaces.create(services, owner, name)
    category = categories.create(services, workspace, categories.Draft(f"{name}-sale", "#FFEB3B"))
    draft = destinations.Draft("webhook", {"url": f"https://{name}.example/in"}, is_verified=True)
    destination = destinations.add(services, workspace, draft, NOBODY).destination
    event = Event.objects.get(pk=report(services, category, f'{{"who": "{name}"}}'))
    door_secrets.share(services, workspace, "github", f"{name} hush", NOBODY)
    asked = questions.Draft(category.name, f"Shall {name}?")
    question = questions.ask(services, workspace, asked, keys.primary(workspace), NOBODY)
    return House(workspace, key, category, destination, event, question)
