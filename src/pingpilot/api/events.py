"""GET /api/v1/events and what hangs below it: lists, receipts, replays of one event."""

from collections.abc import Sequence

from django.http import HttpResponse
from ninja import Query, Router
from pydantic import Field

from pingpilot.api.answers import optional_time, raw, say, time
from pingpilot.api.caller import Bearer, Call
from pingpilot.api.filters import FIELD_PARAMETERS, EventQuery, filter_of
from pingpilot.api.ids import optional_number_of
from pingpilot.api.issues import Text
from pingpilot.api.shapes import Body, Shown
from pingpilot.domain.delivery import FINAL, DeliveryState
from pingpilot.domain.errors import InvalidRequest, Issue, NotFound
from pingpilot.domain.event import EventStatus, Purpose, Severity, default_description
from pingpilot.manage import events, replays
from pingpilot.store.models import Attempt, Delivery, Event

router = Router(tags=["Events"])


class EventShown(Shown):
    """One event. ``isTest``: sent by the dashboard or the command line to try a channel."""

    id: str
    category: str
    description: str
    fields: dict[str, str | float | bool]
    severity: Severity
    url: str | None
    dedupe_key: str | None
    repeat_of: str | None = Field(description="The event that it repeats: it was counted, and not delivered again.")
    status: EventStatus
    is_test: bool
    is_held: bool = Field(description="It waits for quota, as its workspace wishes; nothing is sent meanwhile.")
    occurred_at: str
    received_at: str


class EventPage(Shown):
    """A page of events, newest first by when they happened.

    Only so many events are looked at for a page: with filters it may be short, or empty, and still have a next one. The
    end is where `nextCursor` is null.
    """

    events: list[EventShown]
    next_cursor: str | None = Field(description="Asks for the next page as `cursor`; null at the end, and only there.")


class AttemptShown(Shown):
    """One try of a delivery, and what the provider answered."""

    number: int
    started_at: str
    duration_ms: int
    outcome: str
    code: str
    detail: str


class DeliveryShown(Shown):
    """One event on its way to one destination."""

    id: str
    destination_id: str
    channel: str
    label: str
    address: str
    state: DeliveryState
    attempts: list[AttemptShown]
    next_attempt_at: str | None
    finished_at: str | None
    provider_id: str
    may_be_repeated: bool


class ReceiptShown(EventShown):
    """What became of an event."""

    repeats: int = Field(description="How many events repeat it, 10,000 at most.")
    deliveries: list[DeliveryShown]


class ReplayWanted(Body):
    """Which deliveries of an event to send again: those to one destination, or all."""

    destination_id: Text | None = None


class ReplayShown(Shown):
    """How many deliveries are on their way again."""

    replayed: int


@router.get(
    "/events",
    auth=Bearer("events:read"),
    response=EventPage,
    by_alias=True,
    openapi_extra={"parameters": FIELD_PARAMETERS},
)
def list_events(request: Call, query: Query[EventQuery]) -> HttpResponse:
    """List events, newest first, with filters and full-text search.

    Go on with `nextCursor` until it is null: a page may be short, or empty, before the end is reached.
    """
    caller, wanted = request.auth, filter_of(request, query)
    try:
        page = events.find_page(caller.services, caller.workspace, wanted, query.q, query.cursor, query.limit)
    except NotFound as error:
        rule = "This cursor is none of ours. Leave it out to begin with the newest"
        raise InvalidRequest([Issue("invalid_string", ("cursor",), rule)]) from error
    return say({"events": [event_shown(event) for event in page.events], "nextCursor": page.cursor})


@router.get("/events/{event_id}", auth=Bearer("events:read"), response=ReceiptShown, by_alias=True)
def show_receipt(request: Call, event_id: str) -> HttpResponse:
    """Show an event with every delivery, every attempt and what the provider answered."""
    receipt = events.receipt(request.auth.workspace, event_id)
    deliveries = [_delivery_shown(delivery, tries) for delivery, tries in receipt.deliveries]
    return say({**event_shown(receipt.event), "repeats": receipt.repeats, "deliveries": deliveries})


@router.post("/events/{event_id}/replay", auth=Bearer("manage"), response=ReplayShown, by_alias=True)
def replay_event(request: Call, event_id: str, body: ReplayWanted | None = None) -> HttpResponse:
    """Send an event again, to all of its destinations or to one, on a fresh schedule. Costs no quota."""
    caller = request.auth
    destination = optional_number_of(body.destination_id if body else None)
    count = replays.event(caller.services, caller.workspace, event_id, destination, caller.actor)
    return say({"replayed": count})


def event_shown(event: Event) -> dict[str, object]:
    """Return an event as the API shows it."""
    return {
        "id": event.id.hex,
        "category": event.category.name if event.category else event.category_name,
        "description": event.description or default_description(event.category_name),
        "fields": raw(event.fields),
        "severity": event.severity,
        "url": event.url,
        "dedupeKey": event.dedupe_key,
        "repeatOf": event.repeat_of.hex if event.repeat_of else None,
        "status": event.status,
        "isHeld": event.held_at is not None,
        "isTest": event.purpose in {Purpose.TEST, Purpose.PROOF},
        "occurredAt": time(event.occurred_at),
        "receivedAt": time(event.received_at),
    }


def _delivery_shown(delivery: Delivery, tries: Sequence[Attempt]) -> dict[str, object]:
    return {
        "id": delivery.id.hex,
        "destinationId": str(delivery.destination_id),
        "channel": delivery.channel,
        "label": delivery.destination.label,
        "address": delivery.destination.address,
        "state": delivery.state,
        "attempts": [_attempt_shown(one) for one in tries],
        "nextAttemptAt": None if delivery.state in FINAL else time(delivery.due_at),
        "finishedAt": optional_time(delivery.final_at),
        "providerId": delivery.provider_id,
        "mayBeRepeated": delivery.is_maybe_repeat,
    }


def _attempt_shown(one: Attempt) -> dict[str, object]:
    return {
        "number": one.number,
        "startedAt": time(one.started_at),
        "durationMs": one.duration_ms,
        "outcome": one.outcome,
        "code": one.code,
        "detail": one.detail,
    }
