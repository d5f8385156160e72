"""What a channel says when it is answered so."""

from collections.abc import Iterable, Mapping
from contextlib import suppress

from pingpilot.channels import find_channels
from pingpilot.domain.message import Message
from pingpilot.domain.wire import Call, Reply

CHANNELS = find_channels()


def calls_of(kind: str, message: Message, config: Mapping[str, str], replies: Iterable[Reply]) -> list[Call]:
    """Return every call of a conversation that gets these replies in turn."""
    conversation = CHANNELS[kind].converse(message, config)
    said = [next(conversation)]
    with suppress(StopIteration):
        for reply in replies:
            said += [conversation.send(reply)]
    return [one for one in said if isinstance(one, Call)]
