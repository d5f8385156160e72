"""Put each thing that a channel says on the wire that carries it."""

from collections.abc import Coroutine
from dataclasses import dataclass
from typing import Any, assert_never

from pingpilot.deliver.wires.apprise import AppriseWire
from pingpilot.deliver.wires.http import HttpWire
from pingpilot.deliver.wires.push import PushWire
from pingpilot.deliver.wires.smtp import SmtpWire
from pingpilot.domain.wire import Call, Mail, Notification, Push, Reply, Said


@dataclass(frozen=True, slots=True)
class Switchboard:
    """The wires of one process; owns them."""

    http: HttpWire
    smtp: SmtpWire
    push: PushWire
    apprise: AppriseWire

    def send(self, said: Said) -> Coroutine[Any, Any, Reply]:
        """Send what was said over its wire, as it is awaited; never raises for what the network does."""
        match said:
            case Call():
                return self.http.send(said)
            case Mail():
                return self.smtp.send(said)
            case Push():
                return self.push.send(said)
            case Notification():
                return self.apprise.send(said)
            case _:
                assert_never(said)

    async def close(self) -> None:
        """Close every connection, and end every process, of every wire."""
        await self.http.close()
        await self.smtp.close()
        await self.apprise.close()
