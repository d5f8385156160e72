"""Carry a channel's conversation over the wires, within a deadline, to an outcome."""

import asyncio
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol, cast

from pingpilot.domain.channel import Conversation
from pingpilot.domain.outcome import Delivered, Outcome, Transient, Unknown
from pingpilot.domain.wire import Reply, Said

STEPS_MAX = 8


class Wires(Protocol):
    """What carries a channel's words."""

    async def send(self, said: Said) -> Reply:
        """Send, and return what came back; never raises for what the network does."""
        ...


@dataclass(slots=True)
class _Progress:
    """How far a conversation came, what status was answered last, and whether its time is over."""

    steps: int = 0
    status: int = 0
    is_late: bool = False
    is_over: bool = False

    def broken(self, detail: str, code: str) -> Outcome:
        """Return the outcome of a conversation that ended before its channel could say what it meant."""
        return Unknown(detail, code) if self.steps else Transient(detail, code)

    def end(self, task: "asyncio.Task[object]") -> None:
        """Have the conversation end: its time is over."""
        self.is_late = True
        task.cancel()


async def carry(conversation: Conversation, wires: Wires, deadline: timedelta) -> Outcome:
    """Run a conversation of at most 8 steps to its end and return the outcome; an error in a channel is one, too.

    What ends early is unknown once something was put on a wire, else transient; its code is ``deadline``,
    ``too_many_steps`` or the name of the error.
    """
    progress, task = _Progress(), cast("asyncio.Task[object]", asyncio.current_task())
    cancelled_before = task.cancelling()
    # As asyncio.timeout does it, for a quarter of the price.
    timer = asyncio.get_running_loop().call_later(deadline.total_seconds(), progress.end, task)
    try:
        return await _converse(conversation, wires, progress)
    except asyncio.CancelledError:
        if not progress.is_late or task.uncancel() > cancelled_before:  # somebody else wants it to end
            raise
        return progress.broken("No answer within the time for one attempt.", "deadline")
    except Exception as error:  # noqa: BLE001 — channels may be foreign code: one that breaks must not stop the worker
        return progress.broken("An internal error ended the attempt.", type(error).__name__)
    finally:
        timer.cancel()
        if not progress.is_over:
            _close(conversation)


async def _converse(conversation: Conversation, wires: Wires, progress: _Progress) -> Outcome:
    try:
        said = next(conversation)
        while progress.steps < STEPS_MAX:
            progress.steps += 1
            reply = await wires.send(said)
            progress.status = reply.status
            said = conversation.send(reply)
    except StopIteration as end:
        progress.is_over = True
        if not isinstance(end.value, Outcome):
            raise TypeError("the channel returned no outcome") from end
        return _with_status(end.value, progress.status)
    return progress.broken(f"The attempt did not end within {STEPS_MAX} steps.", "too_many_steps")


def _with_status(outcome: Outcome, status: int) -> Outcome:
    """Return an outcome that says what was answered, also when all went well."""
    if not isinstance(outcome, Delivered) or outcome.code or not status:
        return outcome
    return Delivered(outcome.provider_id, outcome.detail, str(status), outcome.new_settings)


def _close(conversation: Conversation) -> None:
    with suppress(Exception):  # a generator may refuse to end; it is thrown away all the same
        conversation.close()
