"""Which broker carries deliveries: the one in this process, or NATS between many."""

import asyncio

from pingpilot.config import world
from pingpilot.config.late import Late
from pingpilot.config.settings import Settings
from pingpilot.config.values import broker_urls
from pingpilot.queue.broker import Broker
from pingpilot.queue.brokers.embedded import EmbeddedBroker
from pingpilot.queue.brokers.nats.choices import Choices
from pingpilot.queue.signals import Signals, Silence
from pingpilot.wiring.instance import Instance

# An installation in one process needs none of these.
_nats = Late("pingpilot.queue.brokers.nats.broker")
_link = Late("pingpilot.queue.brokers.nats.link")
_signals = Late("pingpilot.queue.brokers.nats.signals")


def broker_of(instance: Instance) -> tuple[Broker, Signals]:
    """Return the broker of a process, not started yet, and what tells other processes by it."""
    choices = _choices(instance.settings)
    if choices is None:
        return EmbeddedBroker(), Silence()
    link = _link.Link(choices)
    return _nats.NatsBroker(link, world.entropy(8).hex(), world.monotonic), _signals.NatsSignals(link)


def ready_broker(settings: Settings) -> None:
    """Make sure that the broker can be used, before anything else begins; raises ConfigurationError."""
    choices = _choices(settings)
    if choices is not None:
        asyncio.run(_try(choices))


async def _try(choices: Choices) -> None:
    link = _link.Link(choices)
    await link.open()
    await link.close()


def _choices(settings: Settings) -> Choices | None:
    if settings.broker_url is None:
        return None
    return Choices(
        urls=broker_urls(settings.broker_url),
        stream=settings.broker_stream,
        replicas=settings.broker_replicas,
        credentials=settings.broker_credentials,
        ca=settings.broker_ca,
        certificate=settings.broker_certificate,
        key=settings.broker_key,
    )
