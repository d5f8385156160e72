"""A mail of our own to somebody who has no destination for it: rendered as the channel does, past the pipeline."""

from dataclasses import dataclass

from pingpilot.deliver.attempt import DEADLINE
from pingpilot.deliver.conversation import Wires, carry
from pingpilot.domain.channel import Channel
from pingpilot.domain.message import Message
from pingpilot.domain.outcome import Delivered


@dataclass(frozen=True, slots=True)
class Mailer:
    """Mails through the e-mail channel; ``public_url`` begins links."""

    channel: Channel
    wires: Wires
    public_url: str

    async def mail(self, address: str, message: Message) -> bool:
        """Send one message; returns whether the mail server took it."""
        config = {"to": address, "public_url": self.public_url}
        outcome = await carry(self.channel.converse(message, config), self.wires, DEADLINE)
        return isinstance(outcome, Delivered)
