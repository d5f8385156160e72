"""A running PingPilot, a workspace in it, and what its owner would see of what the client sent."""

import asyncio
import json
from dataclasses import dataclass, replace
from typing import Any

import pytest

from pingpilot_client import AsyncClient, Client
from tests.servers.door import running_door
from tests.servers.ports import wait_until
from tests.servers.service import Service, Workspace

CATEGORIES = ("sale", "job", "log", "visit", "payment", "billing")


@dataclass(frozen=True)
class Home:
    """A workspace of a running service."""

    service: Service
    workspace: Workspace
    since: str = ""
    """The last event of the tests before."""

    @property
    def url(self) -> str:
        return self.service.url

    @property
    def key(self) -> str:
        return self.workspace.key

    @property
    def environ(self) -> dict[str, str]:
        return {"PINGPILOT_URL": self.url, "PINGPILOT_API_KEY": self.key}

    def events(self) -> list[dict[str, Any]]:
        """Return what this test has stored, in the order of receipt."""
        columns = ("category_name", "description", "severity", "fields", "occurred_at", "id")
        statement = f"SELECT {', '.join(columns)} FROM store_event WHERE workspace_id = ? AND id > ? ORDER BY id"
        rows = self.service.rows(statement, self.workspace.id, self.since)
        return [{**dict(zip(columns, row, strict=True)), "fields": json.loads(row[3], parse_float=str)} for row in rows]

    def wait_for(self, count: int) -> list[dict[str, Any]]:
        """Return the events once there are so many."""
        wait_until(lambda: len(self.events()) >= count, f"{count} events are stored")
        found = self.events()
        assert len(found) == count
        return found


@pytest.fixture(scope="session")
def shared_home(shared_service):
    workspace = shared_service.workspace("clients@example.com")
    for name in CATEGORIES:
        shared_service.category(workspace, name)
    return Home(shared_service, workspace)


@pytest.fixture
def home(shared_home):
    """A workspace that no test changes, and of its events those of this test."""
    return replace(shared_home, since=max((event["id"] for event in shared_home.events()), default=""))


@pytest.fixture
def own_home(shared_service, request):
    """A workspace of this test's own, with one category."""
    workspace = shared_service.workspace(f"{abs(hash(request.node.nodeid))}@example.com")
    shared_service.category(workspace)
    return Home(shared_service, workspace)


@pytest.fixture
def door():
    """A server that answers as it is told to."""
    with running_door() as server:
        yield server


class Waiting:
    """The asynchronous client, driven by a test that is not."""

    def __init__(self, *args, **options):
        options.pop("sleep", None)
        self._runner = asyncio.Runner()
        self._client = AsyncClient(*args, **options)

    def __getattr__(self, name):
        return lambda *args, **options: self._runner.run(getattr(self._client, name)(*args, **options))

    def close(self):
        self._runner.run(self._client.close())
        self._runner.close()


@pytest.fixture(params=[Client, Waiting], ids=["sync", "async"])
def connect(request):
    """Makes a client of either kind; what is made is closed."""
    made = []

    def connect(place, **options):
        made.append(request.param(options.pop("key", getattr(place, "key", "pp_key")), place.url, **options))
        return made[-1]

    yield connect
    for client in made:
        client.close()
