"""The data plane of one process: writer, door, broker, relay, worker and listeners, started and drained in order."""

import asyncio
import gc
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from functools import partial

from pingpilot.accounts import watching
from pingpilot.config import world
from pingpilot.config.late import Late
from pingpilot.deliver.attempt import Attempter
from pingpilot.deliver.hearing import Hearing
from pingpilot.deliver.listen import Ear
from pingpilot.deliver.worker import Clock, Worker
from pingpilot.domain.channel import Called, Channel, Listener
from pingpilot.domain.ids import WorkspaceId
from pingpilot.domain.wire import Call, Failure, Reply
from pingpilot.hooks.door import Hook, HookDoor
from pingpilot.ingest.accept import Acceptor
from pingpilot.ingest.authenticate import Clocks, KeyIndex
from pingpilot.ingest.batch import Batch
from pingpilot.ingest.call import Bodies
from pingpilot.ingest.door import Door
from pingpilot.ingest.express import Express
from pingpilot.ingest.failures import Failures
from pingpilot.ingest.gate import Gate
from pingpilot.ingest.idempotency import Memory
from pingpilot.ingest.key_use import KeyUse
from pingpilot.ingest.recall import recall
from pingpilot.ingest.single import Single
from pingpilot.ingest.waiting import Waiting
from pingpilot.live.door import StreamDoor
from pingpilot.live.hub import Hub, Pace
from pingpilot.manage.channel_settings import offers
from pingpilot.manage.services import current
from pingpilot.manage.unsubscribing import link_of
from pingpilot.observe import get_logger
from pingpilot.queue.crew import Crew
from pingpilot.queue.relay import Relay
from pingpilot.security.signatures import verify_ed25519
from pingpilot.store import deliveries, events
from pingpilot.store.leadership import Leadership
from pingpilot.store.reader import Reader
from pingpilot.store.workspaces import changed
from pingpilot.store.writer import Launch
from pingpilot.wiring.brokers import broker_of
from pingpilot.wiring.chores import Chores
from pingpilot.wiring.foreign import foreign_door
from pingpilot.wiring.instance import Instance
from pingpilot.wiring.keeping import keep
from pingpilot.wiring.neighbours import Neighbours
from pingpilot.wiring.numbers import Delivering
from pingpilot.wiring.telemetry import traces_of
from pingpilot.wiring.traced import TracedAttempter, writer_of
from pingpilot.wiring.wires import wires_of

DRAIN = timedelta(seconds=15)
"""For attempts in flight at a stop; with the requests before it, within the 25 s of SPEC section 11."""

GRACE = timedelta(milliseconds=500)
"""How long a delivery is left to whoever announced it at its commit, where others carry it out."""
SWEPT_AMONG_MANY_S = 2
"""How long open pages may miss what another process did."""
COLLECT_AFTER = (10_000, 20, 50)
"""When the garbage collector looks: a request leaves no cycles, and the default (700, 10, 10) looks at every few."""

_parts = Late("pingpilot.console.shared")  # a process that only delivers shows no pages
_log = get_logger()


class DataPlane:
    """Made before the event loop runs; ``start`` and ``stop`` run on it."""

    def __init__(
        self, instance: Instance, launch: Launch, *, has_worker: bool, now: Callable[[], datetime] = world.now
    ) -> None:
        """Take the instance, how to start the writer, whether this process delivers, and the clock."""
        self._now = now
        self._instance = instance
        self._has_worker = has_worker
        self._traces = traces_of(world.environment(), now, world.entropy)
        self.writer = writer_of(launch, instance.settings.writer_queue, self._traces)
        self.reader, self._watchers = Reader(), Reader()  # of the latter one thread draws, the other sees for whom
        self._leadership = Leadership(is_alone=instance.is_embedded)
        self._broker, signals = broker_of(instance)
        self._index = KeyIndex(self.reader, Clocks(now, world.monotonic))
        self._uses = KeyUse(self.writer, now)
        self._waiting = Waiting(self.reader, self.writer)
        self._wires = wires_of(instance, now)
        self._hearing = Hearing(self._wires, self.reader, self.writer, instance.box, now)
        self.hub, self.stream_door = self._make_hub()
        self._neighbours = Neighbours(signals, self._index, self.hub)
        self._worker = self._make_worker()
        self._relay = self._make_relay()
        self._chores = Chores(instance, (self.writer, self._leadership), self._wires, self._relay.wake, now)
        self._tasks: list[asyncio.Task[None]] = []
        self._loop: asyncio.AbstractEventLoop | None = None
        self._acceptor = acceptor = self._make_acceptor()
        offer = _offer(instance.settings.public_url)
        self.gate = gate = Gate(self._index, Failures(world.monotonic), self._uses, now)
        single = Single(gate, Bodies(), acceptor, Memory(self.reader, now), self._waiting, offer, now)
        self.event_door = Door(gate, single.serve, offer)
        self.events_door = Door(gate, Batch(single).serve, offer)
        self.foreign_door = foreign_door(single, self.reader, instance.box)
        self.express = Express(gate, acceptor, single.hint, now)
        self.hook_door = HookDoor(self._hooks(), self._hearing, now, verify_ed25519)

    async def start(self) -> None:
        """Start the threads and tasks; deliveries that a dead process left behind are freed first."""
        self._loop = asyncio.get_running_loop()
        await self.writer.start()
        await self._broker.start(receives=self._has_worker)  # last: what it fetches is leased at once
        changed.connect(self._forget, weak=False)
        self._neighbours.hear(self._relay.wake, self._worker.pause)
        self._index.forgotten = self._worker.handover.forget
        self._spawn(self._uses.run)
        self._spawn(self._index.run)
        self._spawn(partial(recall, self._index, self.reader, world.monotonic))
        self._spawn(self.hub.run)
        self._spawn(self._neighbours.signals.run)
        if self._has_worker:
            rescued = await self.writer.submit(deliveries.Rescue(self._now(), self._instance.is_embedded))
            if rescued:
                _log.warning("lease.rescued", deliveries=rescued)
            for work in self._works():
                self._spawn(work)
            for chore in self._chores.works(self._worker.pauses):
                self._spawn(chore)
        self._listen()
        gc.collect()
        gc.freeze()  # what lives for ever is never looked at again: shorter pauses
        gc.set_threshold(*COLLECT_AFTER)

    async def stop(self) -> None:
        """Finish what is in flight, give the rest back, and write all that waits."""
        changed.disconnect(self._forget)
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._worker.drain(DRAIN)
        await self._broker.stop()
        await self._waiting.close()
        await self._uses.write()
        await self.writer.close()
        await self._wires.close()
        await self._leadership.close()
        if self._traces is not None:
            await self._traces.close()
        self._chores.close()
        self._watchers.close()
        self.reader.close()

    def submit(self, unit: events.Accept) -> events.Answer:
        """Commit an event from a thread of the control plane, and hand its deliveries over."""
        answer: events.Answer = self.writer.write(unit)
        if isinstance(answer, events.Accepted) and self._loop is not None:
            self._loop.call_soon_threadsafe(self._neighbours.stir, unit.workspace)
            if self._hands_over:
                self._loop.call_soon_threadsafe(self._broker.announce, unit.routes, unit.delivery_ids)
        return answer

    def wake(self) -> None:
        """Make the relay look at once; from any thread."""
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self._relay.wake)
            self._loop.call_soon_threadsafe(self._neighbours.wake)

    def send(self, call: Call) -> Reply:
        """Send a call for a thread of the control plane, and wait for what comes back."""
        if self._loop is None:
            return Reply(failure=Failure.NOT_SENT, failure_detail="not started")
        answer = asyncio.run_coroutine_threadsafe(self._wires.send(call), self._loop)
        return answer.result()  # the wire ends it in time

    @property
    def accepted(self) -> int:
        """How many events were accepted here."""
        return self._acceptor.accepted

    @property
    def delivering(self) -> Delivering | None:
        """What was counted here of delivering; None where this process does not."""
        if not self._has_worker:
            return None
        worker = self._worker
        return Delivering(worker.figures, worker.in_flight, self._chores.rounds, self._leadership.works)

    @property
    def is_ready(self) -> bool:
        """Whether events are accepted: the writer is there and its queue has room."""
        return self.writer.is_open

    def _works(self) -> list[Callable[[], Awaitable[None]]]:
        """Return what delivers here. Without a broker between them one process at a time delivers, the leader."""
        if self._instance.is_spread:
            relay = partial(self._leadership.lead, "relay", self._relay.run)
            crew = Crew(self._neighbours.signals, self._worker.name, world.monotonic)
            self._worker.rates.share_with(crew.size)
            return [relay, crew.run, self._worker.run, self._worker.handover.run]
        self._worker.handover.stop()
        return [partial(self._leadership.lead, "worker", self._deliver)]

    async def _deliver(self) -> None:
        """Bring what is due, and deliver it, until cancelled."""
        self._worker.handover.resume()
        try:
            async with asyncio.TaskGroup() as works:
                for work in (self._relay.run, self._worker.run, self._worker.handover.run):
                    works.create_task(keep(work))
        finally:
            self._worker.handover.stop()

    @property
    def _hands_over(self) -> bool:
        """Whether somebody takes what is announced here: our own worker, or those of other processes."""
        return self._has_worker or self._instance.is_spread

    def _forget(self, workspace: WorkspaceId, **_: object) -> None:
        """Hear, in any thread, of a change that this process made."""
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._neighbours.change, workspace)

    def _spawn(self, work: Callable[[], Awaitable[None]]) -> None:
        self._tasks.append(asyncio.create_task(keep(work)))

    def _make_acceptor(self) -> Acceptor:
        onward = self._worker.handover if self._hands_over else None
        acceptor = Acceptor(self._index, self.writer, onward, self._instance.ids.several, self._now)
        acceptor.tell(self._neighbours.stir)
        return acceptor

    def _make_worker(self) -> Worker:
        instance, settings = self._instance, self._instance.settings
        make = partial(TracedAttempter, traces=self._traces) if self._traces else Attempter
        attempter = make(
            channels=instance.channels,
            operator=instance.operator,
            wires=self._wires,
            box=instance.box,
            public_url=settings.public_url,
            unsubscribe_url=partial(link_of, current()),
            now=self._now,
        )
        clock = Clock(self._now, world.spread)
        name = world.entropy(8).hex()
        worker = Worker(self._broker, self.writer, attempter, clock, name=name, concurrency=settings.worker_concurrency)
        worker.tell(self._waiting.look)
        worker.report(self._neighbours.stir)
        worker.paused = self._neighbours.pause
        return worker

    def _make_relay(self) -> Relay:
        worker, store = self._worker, (self.reader, self.writer)
        if self._instance.is_spread:
            return Relay(self._broker, store, self._now, worker.may_go, list, GRACE)
        return Relay(self._broker, store, self._now, worker.may_go, worker.lead())

    def _make_hub(self) -> tuple[Hub, StreamDoor]:
        """Return who tells open pages of changes. Where other processes make some too, they are looked for often."""
        ask = self._watchers.run
        pace = Pace() if self._instance.is_embedded else Pace(swept_s=SWEPT_AMONG_MANY_S)
        hub = Hub(
            lambda view, given: ask(_parts.draw, view, given),
            lambda given: ask(watching.standing, given),
            world.monotonic,
            pace,
        )
        return hub, StreamDoor(
            hub, lambda session, workspace: ask(watching.admit, session, workspace), watching.session_cookie()
        )

    def _listen(self) -> None:
        """Learn our names in every process; listen, or ask to be called, in one of those that deliver."""
        for kind, channel in self._set_up_channels():
            if isinstance(channel, Listener):
                instance = self._instance
                operator = instance.operator.setdefault(kind, {})
                ear = Ear(channel, operator, instance.own_config(kind), self._hearing)
                self._spawn(ear.learn_name)
                if self._has_worker:
                    self._spawn(partial(self._leadership.lead, f"listening {kind}", ear.run))

    def _hooks(self) -> dict[str, Hook]:
        return {
            kind: Hook(channel, self._instance.hook_config(kind))
            for kind, channel in self._set_up_channels()
            if isinstance(channel, Called)
        }

    def _set_up_channels(self) -> list[tuple[str, Channel]]:
        operator = self._instance.operator
        channels = self._instance.channels.items()
        return [(kind, channel) for kind, channel in channels if not channel.SPEC.missing(operator.get(kind, {}))]


def _offer(public_url: str) -> str:
    """Say which channels could be set up here, and where."""
    labels = [offer.spec.label for offer in offers(current()) if offer.is_available]
    return f"Set up a channel ({', '.join(labels)}) at {public_url}/dashboard/channels"
