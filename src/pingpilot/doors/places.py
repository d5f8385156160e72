"""Which addresses are doors of other services: ``/in/<name>``, those that clients cannot change, and ntfy's topics."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from pingpilot.domain.door import PREFIX
from pingpilot.doors.report import name_of
from pingpilot.doors.service import Service

KEY_PREFIX = "pp_"
_TOPIC = re.compile(r"/[-_A-Za-z0-9]{0,64}")
"""Source: docs.ntfy.sh/publish (topics are letters, digits, - and _, at most 64)."""


@dataclass(frozen=True, slots=True)
class Place:
    """What an address says: the service, and the key and category in it; "" where it names none."""

    service: Service
    key: str = field(default="", repr=False)
    category: str = ""


class Places:
    """Finds the place of an address."""

    def __init__(self, services: Sequence[Service], topics: Service) -> None:
        """Take all services, and that of them whose clients put a topic right behind the host."""
        self._by_name: Mapping[str, Service] = {service.name: service for service in services}
        self._by_path: Mapping[str, Service] = {service.path: service for service in services if service.path}
        self._topics = topics

    def answers(self, method: str, path: str, headers: Sequence[tuple[bytes, bytes]], query: bytes) -> bool:
        """Tell whether a request is one for the doors; an address below ``/in/`` always is."""
        return path.startswith(PREFIX) or path in self._by_path or self._is_topic(method, path, headers, query)

    def find(self, path: str) -> Place | None:
        """Return the place of an address that is answered; None where nothing is."""
        if not path.startswith(PREFIX):
            own = self._by_path.get(path)
            return Place(own) if own else Place(self._topics, category=name_of(path[1:]))
        name, _, rest = path[len(PREFIX) :].partition("/")
        service = self._by_name.get(name)
        return None if service is None else _place(service, rest)

    def _is_topic(self, method: str, path: str, headers: Sequence[tuple[bytes, bytes]], query: bytes) -> bool:
        """Tell whether a client publishes to a topic right behind the host: pages are never sent a key."""
        if method not in {"POST", "PUT"} or not _TOPIC.fullmatch(path):
            return False
        if path == "/":  # no form is sent there: who forgot the key is told so
            return True
        return any(name == b"authorization" for name, _ in headers) or b"auth=" in query


def _place(service: Service, rest: str) -> Place | None:
    """Read what follows the name: a key, a category, and what the service's clients add; any of them may be missing."""
    tail = service.path.removeprefix("/")
    if tail and (rest == tail or rest.endswith(f"/{tail}")):
        rest = rest[: -len(tail)]
    parts = [part for part in rest.split("/") if part]
    keys = [part for part in parts if part.startswith(KEY_PREFIX)]
    names = [part for part in parts if not part.startswith(KEY_PREFIX)]
    if len(keys) > 1 or len(names) > 1:
        return None
    return Place(service, "".join(keys), name_of("".join(names)))
