"""The Apprise wire: a few processes that run the library, started when there is something to send and ended after.

Each carries one notification at a time: one that hangs is killed without harm to another. At rest there is none.
"""

import asyncio
import json
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass

from pingpilot.domain.apprise_url import SERVICES, apprise_issue
from pingpilot.domain.wire import Failure, Notification, Reply

CHILDREN_MAX = 2
NOTIFICATIONS_PER_CHILD = 200
IDLE_S = 60.0
"""How long a process waits for more to send before it is ended."""
START_S = 15.0
URL_STAGE = {"stage": "url"}
"""Said of a reply that means: this URL is none."""

_CHILD = "pingpilot.deliver.wires.apprise_child"


class _Silent(Exception):
    """The child has gone without an answer."""


@dataclass(slots=True)
class _Child:
    """A process at work, or at rest until its timer ends it."""

    process: Process
    sent: int = 0
    timer: asyncio.TimerHandle | None = None

    async def ask(self, question: Mapping[str, object]) -> dict[str, object]:
        """Write one line and return the answer to it."""
        if self.process.stdin is None or self.process.stdout is None:
            raise _Silent
        self.process.stdin.write(json.dumps(question).encode() + b"\n")
        with suppress(ConnectionError):
            await self.process.stdin.drain()
        line = await self.process.stdout.readline()
        if not line:
            raise _Silent
        answer: dict[str, object] = json.loads(line)
        return answer

    def kill(self) -> None:
        """End it at once; what it was doing is lost."""
        with suppress(ProcessLookupError):
            self.process.kill()


@dataclass(slots=True)
class _Progress:
    """How far one notification came."""

    is_handed_in: bool = False


class AppriseWire:
    """Send notifications through the Apprise library; belongs to the event loop of its first one."""

    def __init__(
        self,
        environment: Mapping[str, str],
        *,
        allow_private: bool = False,
        services: Mapping[str, tuple[str, ...]] | None = None,
        idle_s: float = IDLE_S,
    ) -> None:
        """Take what the processes may know of our environment.

        ``services`` are the hosts of each service, where they are not those of ``SERVICES``; ``allow_private`` lets
        them be private.
        """
        self._environment = environment
        self._services = {name: one.hosts for name, one in SERVICES.items()} if services is None else services
        self._checks = services is None
        self._allow_private = allow_private
        self._idle_s = idle_s
        self._slots = asyncio.Semaphore(CHILDREN_MAX)
        self._resting: list[_Child] = []
        self._ending: set[asyncio.Task[None]] = set()

    @property
    def children(self) -> int:
        """How many processes wait for more to send."""
        return len(self._resting)

    async def send(self, notification: Notification) -> Reply:
        """Send one notification, within its time from here on; whatever goes wrong is a reply with a failure."""
        if self._checks and apprise_issue(notification.url):
            return Reply(422, URL_STAGE)
        progress = _Progress()
        try:
            async with asyncio.timeout(notification.timeout.total_seconds()), self._slots:
                return _reply(await self._carry(notification, progress))
        except TimeoutError:
            return _lost(progress, "timeout")
        except _Silent:
            return _lost(progress, "the sending process ended")
        except OSError as error:
            return Reply(failure=Failure.NOT_SENT, failure_detail=f"no process could be started: {error.strerror}")

    async def close(self) -> None:
        """End every process that rests."""
        for child in self._resting:
            self._end(child)
        self._resting.clear()
        await asyncio.gather(*self._ending)

    async def _carry(self, notification: Notification, progress: _Progress) -> dict[str, object]:
        child = self._take() or await self._start()
        if child is None:
            return {"result": "unable"}
        question = {"url": notification.url, "title": notification.title, "body": notification.body}
        try:
            progress.is_handed_in = True
            answer = await child.ask({**question, "kind": notification.kind})
        except BaseException:  # also when cancelled: what it still has to say must not answer another
            self._end(child)
            raise
        self._rest(child)
        return answer

    def _take(self) -> _Child | None:
        while self._resting:
            child = self._resting.pop()
            if child.timer is not None:
                child.timer.cancel()
            if child.process.returncode is None:
                return child
        return None

    async def _start(self) -> _Child | None:
        """Start a process and wait until it is ready; None when it cannot be made to work."""
        child = _Child(
            await asyncio.create_subprocess_exec(
                sys.executable, "-P", "-m", _CHILD, stdin=PIPE, stdout=PIPE, stderr=DEVNULL, env=self._environment
            )
        )
        try:
            async with asyncio.timeout(START_S):
                await child.ask({"services": self._services, "allow_private": self._allow_private})
        except BaseException as error:
            self._end(child)
            if isinstance(error, _Silent):
                return None
            raise
        return child

    def _rest(self, child: _Child) -> None:
        child.sent += 1
        if child.sent >= NOTIFICATIONS_PER_CHILD:
            self._end(child)
            return
        child.timer = asyncio.get_running_loop().call_later(self._idle_s, self._idle, child)
        self._resting.append(child)

    def _idle(self, child: _Child) -> None:
        self._resting.remove(child)
        self._end(child)

    def _end(self, child: _Child) -> None:
        if child.timer is not None:
            child.timer.cancel()
        child.kill()
        task = asyncio.create_task(_reap(child.process))
        self._ending.add(task)
        task.add_done_callback(self._ending.discard)


async def _reap(process: Process) -> None:
    await process.wait()


def _reply(answer: Mapping[str, object]) -> Reply:
    match answer.get("result"):
        case "delivered":
            return Reply(200)
        case "invalid":
            return Reply(422, URL_STAGE)
        case "refused":
            return Reply(failure=Failure.REFUSED_ADDRESS, failure_detail="another host")
        case "timeout":
            return Reply(failure=Failure.NO_ANSWER, failure_detail="timeout")
        case "unable":
            return Reply(failure=Failure.NOT_CONFIGURED, failure_detail="the Apprise library cannot be started")
        case _:
            status = answer.get("status")
            if isinstance(status, int) and status:
                return Reply(status)
            return Reply(failure=Failure.NOT_SENT, failure_detail="the service could not be reached, or refused it")


def _lost(progress: _Progress, cause: str) -> Reply:
    failure = Failure.NO_ANSWER if progress.is_handed_in else Failure.NOT_SENT
    return Reply(failure=failure, failure_detail=cause)
