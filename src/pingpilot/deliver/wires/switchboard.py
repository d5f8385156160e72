"""Put each thing that a channel says on the wire that carries it."""

from dataclasses import dataclass
from typing import assert_never

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

    async def send(self, said: Said) -> Reply:
        """Send what was said over its wire; never raises for what the network does."""
        match said:
            case Call():
                return await self.http.send(said)
            case Mail():
                return await self.smtp.send(said)
            case Push():
                return await self.push.send(said)
            case Notification():
                return await self.apprise.send(said)
            case _:
                assert_never(said)

    async def close(self) -> None:
        """Close every connection, and end every process, of every wire."""
        await self.http.close()
        await self.smtp.close()
        await self.apprise.close()
