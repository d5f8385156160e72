"""How Stripe tells: signed, and at will late, twice, in another order, or forged."""

import hashlib
import hmac
import http.client
import json
import time
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from tests.servers.stripe.objects import Object


def signature(body: bytes, secret: str, at: int | None = None) -> str:
    """Return the header by which Stripe signs. Source: Stripe, verify webhook signatures manually."""
    stamp = int(time.time()) if at is None else at
    digest = hmac.new(secret.encode(), b"%d." % stamp + body, hashlib.sha256).hexdigest()
    return f"t={stamp},v1={digest}"


@dataclass
class Teller:
    """Tells of events at one address. ``statuses`` are the answers so far; 0 where there was none."""

    secret: str
    hook_url: str = ""
    statuses: list[int] = field(default_factory=list)

    def tell(self, event: Object, *, secret: str = "", at: int | None = None) -> int:
        """Tell of an event, and return the answer's status; with another secret or time it is none of Stripe's."""
        body = json.dumps(event).encode()
        return self.send(body, signature(body, secret or self.secret, at))

    def tell_all(self, events: Iterable[Object]) -> None:
        for event in events:
            self.tell(event)

    def send(self, body: bytes, header: str | None) -> int:
        """Send any bytes under any signature."""
        parts = urlsplit(self.hook_url)
        status = 0
        with suppress(OSError):
            connection = http.client.HTTPConnection(parts.netloc, timeout=10)
            headers = {"Content-Type": "application/json", **({"Stripe-Signature": header} if header else {})}
            connection.request("POST", parts.path, body, headers)
            status = connection.getresponse().status
            connection.close()
        self.statuses.append(status)
        return status
