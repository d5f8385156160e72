"""What a message holds: the ids of deliveries on one channel, each with its address and workspace; 32 bytes each."""

import struct
from collections.abc import Iterable

from pingpilot.domain.ids import DeliveryId, DestinationId, WorkspaceId
from pingpilot.domain.routing import Route
from pingpilot.queue.lanes import Turn

_ID = struct.Struct(">16sqq")
ID_BYTES = _ID.size


def packed(route: Route, delivery: DeliveryId) -> bytes:
    """Return one id with its route; its channel is the subject's business."""
    return _ID.pack(bytes.fromhex(delivery), route.destination, route.workspace)


def unpacked(channel: str, data: bytes) -> Iterable[Turn]:
    """Yield the ids of a message; raises ValueError where it is none of ours."""
    if not data or len(data) % ID_BYTES:
        raise ValueError
    for delivery, destination, workspace in _ID.iter_unpack(data):
        yield DeliveryId(delivery.hex()), Route(DestinationId(destination), channel, WorkspaceId(workspace))
