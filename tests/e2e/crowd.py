"""Clients that report numbered events for as long as they are let, whatever becomes of the service meanwhile."""

import http.client
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from tests.servers.ports import wait_until
from tests.servers.service import Service


@dataclass
class Crowd:
    """What the clients were told: the id of each event that was answered 200, by its description."""

    service: Service
    key: str
    answered: dict[str, str] = field(default_factory=dict)
    refused: list[int] = field(default_factory=list)
    is_over: threading.Event = field(default_factory=threading.Event)

    def wait_for(self, count: int) -> None:
        """Wait until so many more events are answered."""
        enough = len(self.answered) + count
        wait_until(lambda: len(self.answered) >= enough, f"{count} more events are answered", 30, every_s=0.001)

    def run(self, name: int) -> None:
        """Send one event after the other; one without an answer is not sent again."""
        connection = http.client.HTTPConnection("127.0.0.1", self.service.port, timeout=20)
        number = 0
        while not self.is_over.is_set():
            number += 1
            try:
                self._report(connection, f"{name}-{number}")
            except (OSError, http.client.HTTPException):
                connection.close()
                self.is_over.wait(0.02)
        connection.close()

    def _report(self, connection: http.client.HTTPConnection, description: str) -> None:
        body = json.dumps({"category": "sale", "description": description})
        connection.request("POST", "/api/v1/event", body, {"Authorization": f"Bearer {self.key}"})
        response = connection.getresponse()
        content = response.read()
        if response.status == 200:
            self.answered[description] = json.loads(content)["eventId"]
        else:
            self.refused.append(response.status)
            self.is_over.wait(0.02)


@contextmanager
def reporting(service: Service, key: str, clients: int = 6) -> Iterator[Crowd]:
    """Run the clients for as long as the context lasts."""
    crowd = Crowd(service, key)
    threads = [threading.Thread(target=crowd.run, args=(name,), daemon=True) for name in range(clients)]
    for thread in threads:
        thread.start()
    try:
        yield crowd
    finally:
        crowd.is_over.set()
        for thread in threads:
            thread.join(30)
