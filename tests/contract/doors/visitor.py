"""A client of another service at our door, and what became of what it told."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from tests.contract.shop import Shop
from tests.servers.service import Answer

FORM = {"Content-Type": "application/x-www-form-urlencoded"}


@dataclass(frozen=True)
class Told:
    """An event as it is stored."""

    category: str
    description: str | None
    fields: dict[str, Any]
    severity: str
    url: str | None


@dataclass(frozen=True)
class Visitor:
    """Calls the doors of one workspace."""

    shop: Shop

    @property
    def key(self) -> str:
        return self.shop.key

    @property
    def bearer(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.key}"}

    def call(
        self, path: str, body: object = b"", headers: Mapping[str, str] | None = None, method: str = "POST"
    ) -> Answer:
        """Call; a mapping goes as JSON, unless the headers say that it is a form."""
        given = dict(headers or {})
        if isinstance(body, Mapping | list):
            is_form = given.get("Content-Type") == FORM["Content-Type"]
            body = urlencode(body).encode() if is_form else json.dumps(body).encode()
        assert isinstance(body, bytes)
        return self.shop.service.request(method, path, body, given)

    def told(self, event_id: str) -> Told:
        columns = ("category_name", "description", "fields", "severity", "url")
        category, description, fields, severity, url = self.shop.event(event_id, *columns)
        return Told(category, description, fields if isinstance(fields, dict) else json.loads(fields), severity, url)

    def fields_text(self, event_id: str) -> str:
        """Return the fields as they are stored, digit by digit."""
        return str(self.shop.event(event_id, "fields")[0])
