"""Calls of the REST API over a real socket."""

import json
from dataclasses import dataclass
from typing import Any

from tests.servers.service import Answer, Service, Workspace

API = "/api/v1"


@dataclass(frozen=True)
class Rest:
    """Calls with one key."""

    service: Service
    key: str | None

    def call(self, method: str, path: str, body: object = None, **headers: str) -> Answer:
        """Call; ``body`` is JSON to be, or bytes as they are."""
        content = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
        authorization = {} if self.key is None else {"Authorization": f"Bearer {self.key}"}
        return self.service.request(method, API + path, content, {**authorization, **headers})

    def get(self, path: str) -> Any:
        """Return the content of an answer that must be 200."""
        answer = self.call("GET", path)
        assert answer.status == 200, answer.body
        return answer.json

    def post(self, path: str, body: object = None, status: int = 200) -> Any:
        """Return the content of an answer that must have this status."""
        answer = self.call("POST", path, body)
        assert answer.status == status, answer.body
        return answer.json if answer.body else None


def rest(service: Service, workspace: Workspace) -> Rest:
    """Return calls with the primary key of a workspace."""
    return Rest(service, workspace.key)


def issues(answer: Answer) -> list[tuple[str, str, str]]:
    """Return what a 422 complains of: code, path, sentence. Its message is the same list as text."""
    assert answer.status == 422, answer.body
    found = answer.json["errors"]
    assert json.loads(answer.json["message"]) == found
    return [(one["code"], ".".join(map(str, one["path"])), one["message"]) for one in found]
