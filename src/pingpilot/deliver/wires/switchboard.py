"""Put each thing that a channel says on the wire that carries it."""

from dataclasses import dataclass

from pingpilot.deliver.wires.http import HttpWire
from pingpilot.deliver.wires.smtp import SmtpWire
from pingpilot.domain.wire import Call, Mail, Reply


@dataclass(frozen=True, slots=True)
class Switchboard:
    """The wires of one process; owns them."""

    http: HttpWire
    smtp: SmtpWire

    async def send(self, said: Call | Mail) -> Reply:
        """Send a call over HTTP or a mail over SMTP; never raises for what the network does."""
        return await (self.http.send(said) if isinstance(said, Call) else self.smtp.send(said))

    async def close(self) -> None:
        """Close every connection of every wire."""
        await self.http.close()
        await self.smtp.close()
