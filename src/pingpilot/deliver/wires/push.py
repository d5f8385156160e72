"""The push wire: encrypt a message for one browser, sign as this instance, and post it over the HTTP wire."""

from collections.abc import Callable
from datetime import datetime
from typing import Protocol
from urllib.parse import urlsplit

from pingpilot.domain.wire import Call, Failure, Push, Reply
from pingpilot.security.webpush import Vapid, encrypted


class Carrier(Protocol):
    """What posts the encrypted message."""

    async def send(self, call: Call) -> Reply:
        """Send one request; never raises for what the network does."""
        ...


class PushWire:
    """Send Web Push messages. Holds nothing but the tokens of ``vapid``; the carrier belongs to somebody else."""

    def __init__(
        self, carrier: Carrier, vapid: Vapid, now: Callable[[], datetime], entropy: Callable[[int], bytes]
    ) -> None:
        """Take the HTTP wire, who we are, the time, and a source of n random bytes."""
        self._carrier = carrier
        self._vapid = vapid
        self._now = now
        self._entropy = entropy

    async def send(self, push: Push) -> Reply:
        """Send one message and return the push service's answer; whatever goes wrong is a reply with a failure."""
        try:
            body = encrypted(push.payload, push.p256dh, push.auth, self._entropy)
        except ValueError:
            return Reply(failure=Failure.NOT_SENT, failure_detail="the browser's keys cannot be used")
        headers = {
            "Authorization": self._vapid.authorization(_origin(push.endpoint), self._now()),
            "Content-Encoding": "aes128gcm",
            "Content-Type": "application/octet-stream",
            "TTL": str(int(push.ttl.total_seconds())),
            "Topic": push.topic,
            "Urgency": push.urgency,
        }
        call = Call("POST", push.endpoint, headers, body, push.is_user_host, push.timeout)
        return await self._carrier.send(call)


def _origin(url: str) -> str:
    """Return scheme, host and port of a URL. Source: RFC 6454 section 6.2: lower case, no default port."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.lower().removesuffix(':443')}"
