"""The one stream and its one consumer: made where they are missing, followed where they are ours, else refused.

The stream is a work queue: an id leaves it when it was taken care of, and what finds no room in it is refused,
since the relay brings it again from the store. The consumer is common to all workers.
"""

from dataclasses import replace

from nats.js import JetStreamContext
from nats.js.api import (
    AckPolicy,
    ConsumerConfig,
    DiscardPolicy,
    RetentionPolicy,
    StorageType,
    StreamConfig,
)
from nats.js.errors import APIError, NotFoundError, ServiceUnavailableError

MARK = {"pingpilot": "ids of deliveries that are due"}
"""By this a stream is known to be ours."""
BYTES_MAX = 256 << 20
"""Of the stream: some two million ids, one in each message."""
KEPT_S = 3_600
"""What nobody fetched in this time the relay brings, as it brings all that is due."""
DUPLICATES_KNOWN_S = 60
"""Longer than an announcement is repeated."""
REDELIVERED_AFTER_S = 60
"""As long as a lease: who has not said by then that it is done, may be gone."""
UNACKNOWLEDGED_MAX = 200_000
"""Messages at workers: more than ten of them hold, so that none waits for another's."""
WAITING_PULLS_MAX = 1_024

_FIXED = ("subjects", "retention", "storage")
"""What makes a stream fit for us, and cannot be changed."""


class Refusal(Exception):
    """The stream cannot be used; says what to do."""


def due_subject(stream: str, channel: str) -> str:
    """Return the subject of ids on their way to a channel."""
    return f"{stream}.due.{channel}"


def consumer_of(stream: str) -> str:
    """Return the name of the workers' consumer."""
    return f"{stream}-workers"


async def ensure(jetstream: JetStreamContext, stream: str, replicas: int) -> None:
    """Make sure of both; raises Refusal, and what the client raises where no server answers."""
    try:
        await _stream(jetstream, _wanted(stream, replicas))
        await _consumer(jetstream, stream)
    except ServiceUnavailableError as error:
        if error.err_code == NOT_YET:
            raise
        raise Refusal(_refused(stream, error)) from error
    except APIError as error:
        raise Refusal(_refused(stream, error)) from error


NOT_YET = 10_008
"""The servers have not agreed on a leader. Source: nats-server, errors.json, JSClusterNotAvailErr."""
NO_PLACE = frozenset({10_005, 10_074})
"""Too few servers for so many copies. Source: as above, JSClusterNoPeersErrF and JSStreamReplicasNotSupportedErr."""
NOT_ENABLED = frozenset({None, 10_039, 10_076})
"""JetStream is off, for the account or at all: then nobody answers. Source: as above."""
OVERLAP = 10_065
"""Subjects overlap with an existing stream. Source: as above."""


async def _stream(jetstream: JetStreamContext, wanted: StreamConfig) -> None:
    assert wanted.name is not None  # noqa: S101 - it was just made
    try:
        found = (await jetstream.stream_info(wanted.name)).config
    except NotFoundError:
        await jetstream.add_stream(wanted)
        return
    strange = [name for name in _FIXED if getattr(found, name) != getattr(wanted, name)]
    if strange or (found.metadata or {}).get("pingpilot") != MARK["pingpilot"]:
        what = f" (its {' and '.join(strange)} are others)" if strange else ""
        raise Refusal(
            f'The stream "{wanted.name}" on the broker was not made by PingPilot{what}. Choose another name with '
            "PINGPILOT_BROKER_STREAM, or delete it."
        )
    if _differs(found, wanted):
        await jetstream.update_stream(wanted)


async def _consumer(jetstream: JetStreamContext, stream: str) -> None:
    wanted = ConsumerConfig(
        name=consumer_of(stream),
        durable_name=consumer_of(stream),
        ack_policy=AckPolicy.EXPLICIT,
        ack_wait=REDELIVERED_AFTER_S,
        max_deliver=-1,
        max_ack_pending=UNACKNOWLEDGED_MAX,
        max_waiting=WAITING_PULLS_MAX,
        metadata=dict(MARK),
    )
    await jetstream.add_consumer(stream, wanted)  # of the same name and settings: it stays as it is


def _wanted(stream: str, replicas: int) -> StreamConfig:
    return StreamConfig(
        name=stream,
        subjects=[due_subject(stream, "*")],
        retention=RetentionPolicy.WORK_QUEUE,
        storage=StorageType.FILE,
        discard=DiscardPolicy.NEW,
        max_bytes=BYTES_MAX,
        max_age=KEPT_S,
        num_replicas=replicas,
        duplicate_window=DUPLICATES_KNOWN_S,
        metadata=dict(MARK),
    )


def _differs(found: StreamConfig, wanted: StreamConfig) -> bool:
    """Compare what we set; the server adds to both the rest and to the marks."""
    names = ("discard", "max_bytes", "max_age", "num_replicas", "duplicate_window")
    return replace(wanted, **{name: getattr(found, name) for name in names}) != wanted


def _refused(stream: str, error: APIError) -> str:
    code, reason = error.err_code, error.description
    if code in NOT_ENABLED:
        return "The NATS server keeps no streams: start it with JetStream (nats-server -js), for this account, too."
    if code in NO_PLACE:
        return (
            "There are fewer NATS servers than copies of the stream are asked for. Lower PINGPILOT_BROKER_REPLICAS, or "
            "add servers."
        )
    if code == OVERLAP:
        return (
            f'Another stream on the broker holds the subjects that begin with "{stream}.due". Choose another name with '
            "PINGPILOT_BROKER_STREAM."
        )
    return f'The broker does not make the stream "{stream}" ({reason}). Check its limits and our rights there.'
