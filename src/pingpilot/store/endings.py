"""How events ended, for those who wait for them."""

from collections.abc import Sequence
from dataclasses import dataclass

from pingpilot.domain.delivery import DeliveryState
from pingpilot.domain.event import EventStatus
from pingpilot.domain.ids import DeliveryId, DestinationId, EventId
from pingpilot.store.models import Delivery, Event
from pingpilot.store.months import deliveries_of


@dataclass(frozen=True, slots=True)
class DeliveryEnding:
    """Where a delivery stands. ``detail`` is what the provider said last; ``attempts`` those that were spent."""

    id: DeliveryId
    channel: str
    destination: DestinationId
    state: DeliveryState
    attempts: int
    is_maybe_repeat: bool
    detail: str


@dataclass(frozen=True, slots=True)
class Ending:
    """Where an event stands, with its deliveries in the order they were made."""

    status: EventStatus
    deliveries: Sequence[DeliveryEnding]


def endings(events: Sequence[EventId], *, is_final: bool) -> dict[EventId, Ending]:
    """Return how events stand; only those that are final, where that is asked for."""
    rows = Event.objects.filter(pk__in=events).values_list("pk", "status")
    if is_final:
        rows = rows.exclude(status=EventStatus.PENDING)
    found = {pk: (EventStatus(status), list[DeliveryEnding]()) for pk, status in rows}
    columns = ("event_id", "pk", "channel", "destination_id", "state", "attempts", "is_maybe_repeat", "last_detail")
    of_those = (
        Delivery.objects.filter(deliveries_of(list(found)), event__in=list(found)).order_by("pk").values_list(*columns)
    )
    for event, pk, channel, destination, state, attempts, is_maybe_repeat, detail in of_those if found else ():
        ending = DeliveryEnding(
            *(DeliveryId(pk.hex), channel, DestinationId(destination), DeliveryState(state)),
            *(attempts, is_maybe_repeat, detail),
        )
        found[event][1].append(ending)
    return {EventId(pk.hex): Ending(status, deliveries) for pk, (status, deliveries) in found.items()}
