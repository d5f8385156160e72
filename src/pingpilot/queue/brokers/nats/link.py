"""One connection to the NATS servers, that comes back by itself; and the stream behind it, that is there."""

import asyncio
from collections.abc import Callable
from typing import Any, NamedTuple

from nats import errors
from nats.aio.client import Client
from nats.js import JetStreamContext

from pingpilot.domain.errors import ConfigurationError, Overloaded
from pingpilot.observe import get_logger
from pingpilot.queue.brokers.nats.access import access, refusal
from pingpilot.queue.brokers.nats.choices import Choices
from pingpilot.queue.brokers.nats.stream import Refusal, consumer_of, ensure

VERSION_LEAST = (2, 10)
"""Metadata of streams and consumers. Source: NATS 2.10's release notes."""
OPENED_WITHIN_S = 10
TRIES, TRY_AGAIN_AFTER_S = 3, 0.25
PING_EVERY_S, PINGS_UNANSWERED_MAX = 2, 2
"""A server that says nothing is given up after about 6 s."""
BUFFER_BYTES = 4 << 20
"""Of what is said while no server listens."""
FLIGHTS_MAX = 1_024
ASKED_WITHIN_S = 5
LOOK_AGAIN_S = 1
NO_ANSWER = "no answer"

_log = get_logger()


class Backlog(NamedTuple):
    """Messages: those that wait for a worker, and those that workers hold."""

    waiting: int
    held: int


class Link:
    """Lives on one event loop; ``open`` before use, ``close`` at the end."""

    def __init__(self, choices: Choices) -> None:
        """Take what the operator chose."""
        self.stream = choices.stream
        self.client = Client()
        self.jetstream = JetStreamContext(self.client, timeout=ASKED_WITHIN_S, publish_async_max_pending=FLIGHTS_MAX)
        self.returned: list[Callable[[], None]] = []
        """Who hears that the connection is back."""
        self._choices = choices
        self._last_error = NO_ANSWER
        self._doubts = asyncio.Event()

    @property
    def is_up(self) -> bool:
        """Whether a server listens."""
        return self.client.is_connected

    async def open(self) -> None:
        """Connect, and make sure of the stream; raises ConfigurationError with what to do about it."""
        try:
            async with asyncio.timeout(OPENED_WITHIN_S):
                await self.client.connect(**self._options())
        except (OSError, errors.Error, TimeoutError) as error:
            raise ConfigurationError(self._unanswered(str(error))) from error
        # From now on it comes back, however long that takes. The number counts at the first connection, too.
        self.client.options["max_reconnect_attempts"] = -1
        version = self.client.connected_server_version
        if (version.major, version.minor) < VERSION_LEAST:
            await self.close()
            found = f"{version.major}.{version.minor}.{version.patch}"
            least = ".".join(map(str, VERSION_LEAST))
            raise ConfigurationError(f"The NATS server is version {found}; PingPilot needs {least} or later.")
        try:
            await self._ensure_soon()
        except ConfigurationError:
            await self.close()
            raise

    async def ensure(self) -> None:
        """Make the stream and its consumer unless they are there; raises ConfigurationError, and Overloaded later."""
        try:
            await ensure(self.jetstream, self.stream, self._choices.replicas)
        except Refusal as refusal:
            raise ConfigurationError(str(refusal)) from refusal
        except (errors.Error, TimeoutError) as error:
            raise Overloaded("The broker does not answer") from error

    async def backlog(self) -> Backlog:
        """Ask how much the stream holds; raises Overloaded."""
        try:
            info = await self.jetstream.consumer_info(self.stream, consumer_of(self.stream))
        except (errors.Error, TimeoutError) as error:
            raise Overloaded("The broker does not answer") from error
        return Backlog(info.num_pending or 0, info.num_ack_pending or 0)

    def doubt(self) -> None:
        """Have it looked whether the stream is there still: something said it is not."""
        self._doubts.set()

    async def keep(self) -> None:
        """Make the stream anew wherever the servers have lost it, until cancelled."""
        while True:
            await self._doubts.wait()
            try:
                await self.ensure()
                self._doubts.clear()
            except (ConfigurationError, Overloaded) as error:
                _log.warning("broker.unfit", reason=error.message)
            await asyncio.sleep(LOOK_AGAIN_S)

    async def _ensure_soon(self) -> None:
        """Make sure of the stream; servers that have just been started agree on who leads first."""
        for _ in range(OPENED_WITHIN_S // LOOK_AGAIN_S):
            try:
                return await self.ensure()
            except Overloaded:
                await asyncio.sleep(LOOK_AGAIN_S)
        raise ConfigurationError("The NATS servers keep no streams: JetStream does not answer. Look at their logs.")

    async def close(self) -> None:
        """End the connection, after what was said has gone out."""
        if self.client.options and not self.client.is_closed:  # it was opened
            await self.client.close()

    def _options(self) -> dict[str, Any]:
        choices = self._choices
        options: dict[str, Any] = {
            "servers": list(choices.urls),
            "name": "pingpilot",
            "no_echo": True,
            "connect_timeout": 2,
            "max_reconnect_attempts": TRIES,
            "reconnect_time_wait": TRY_AGAIN_AFTER_S,
            "ping_interval": PING_EVERY_S,
            "max_outstanding_pings": PINGS_UNANSWERED_MAX,
            "pending_size": BUFFER_BYTES,
            "error_cb": self._failed,
            "disconnected_cb": self._lost,
            "reconnected_cb": self._restored,
        }
        return options | access(self.client, choices)

    def _unanswered(self, error: str) -> str:
        return refusal(error if self._last_error == NO_ANSWER else self._last_error)

    async def _failed(self, error: Exception) -> None:
        """Keep what went wrong: the client tries on. A broken line tells less than what was heard before."""
        if isinstance(error, ConnectionError) and self._last_error != NO_ANSWER:
            return
        self._last_error = str(error).strip().partition("\n")[0][:200] or type(error).__name__

    async def _lost(self) -> None:
        if not self.client.is_closed:
            _log.warning("broker.lost", reason=self._last_error)

    async def _restored(self) -> None:
        _log.info("broker.returned")
        self.doubt()  # it may be another server, that has nothing yet
        for listener in self.returned:
            listener()
