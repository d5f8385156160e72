"""Events as their owner sees them, and those that we send ourselves."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from django.db.models import Prefetch, Q, QuerySet

from pingpilot.domain.errors import NotFound, Overloaded
from pingpilot.domain.event import NewEvent, Purpose, Severity
from pingpilot.domain.ids import DeliveryId, DestinationId, EventId, WorkspaceId
from pingpilot.domain.message import Field, fields_of
from pingpilot.domain.routing import Route
from pingpilot.manage.services import Services
from pingpilot.store import listing, search
from pingpilot.store.events import Accept, Accepted, Stale
from pingpilot.store.filters import Filter
from pingpilot.store.models import Attempt, Category, Delivery, Destination, Event, Workspace
from pingpilot.store.months import deliveries_of, repeats_of
from pingpilot.store.patience import Patience

PAGE_MAX = 100
REPEATS_COUNTED = 10_000
"""Of one event; what is more is not counted."""
TEST_CATEGORY = "test"
TEST_DESCRIPTION = "This is a test event. If you can read this, your channel works."
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Page:
    """A part of a list, newest first. ``cursor`` asks for what is older; None at the end."""

    events: Sequence[Event]
    cursor: str | None


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which events: those that pass a filter and hold all of the words."""

    filter: Filter
    words: str = ""


@dataclass(frozen=True, slots=True)
class Receipt:
    """What became of an event: its deliveries, each with its attempts in order; ``repeats`` are counted to 10,000."""

    event: Event
    fields: Sequence[Field]
    deliveries: Sequence[tuple[Delivery, Sequence[Attempt]]]
    repeats: int = 0


def recent(workspace: Workspace, category: Category | None = None, before: str | None = None, limit: int = 50) -> Page:
    """Return events by when they happened, with their deliveries; ``before`` is the cursor of the page above.

    The category is one of the workspace. Proofs of addresses are left out: their links are secrets. Raises NotFound for
    a cursor that is none.
    """
    # A category has an index of its own; asked for the workspace as well, a database may go through all of its events.
    rows = Event.objects.filter(category=category) if category else Event.objects.filter(workspace=workspace)
    rows = rows.exclude(purpose=Purpose.PROOF)
    rows = rows.filter(_older_than(before)) if before else rows
    size = max(1, min(limit, PAGE_MAX))
    found = list(with_deliveries(rows.order_by("-occurred_at", "-id"))[: size + 1])
    return Page(found[:size], _cursor(found[size - 1]) if len(found) > size else None)


def find_page(
    services: Services, workspace: Workspace, wanted: Filter, words: str, after: str | None, limit: int
) -> Page:
    """Return what passes a filter and holds all of the words, newest first; at most ``PAGE_MAX`` at a time.

    A page may come short, or empty, and still have a next one. Raises NotFound for a cursor that is none.
    """
    found = listed(services, workspace, Wanted(wanted, words), after, max(1, min(limit, PAGE_MAX)))
    return Page(read(found.events), found.cursor)


def listed(services: Services, workspace: Workspace, wanted: Wanted, after: str | None, limit: int) -> listing.Listed:
    """Return the ids of one page, as ``find_page``, but of as many as asked for."""
    pk, patience = WorkspaceId(workspace.pk), Patience(services.now)
    try:
        if wanted.words.strip():
            return search.page(pk, wanted.words, wanted.filter, after, limit, patience)
        return listing.page(pk, wanted.filter, after, limit, patience)
    except ValueError as error:
        raise NotFound("There is no such page") from error


def read(ids: Sequence[str], *, has_deliveries: bool = False) -> list[Event]:
    """Return events by their ids, in the same order, with their category; one that is gone is left out."""
    rows = with_deliveries(Event.objects.all()) if has_deliveries else Event.objects.select_related("category")
    found = rows.in_bulk([UUID(hex=one) for one in ids])
    return [found[key] for key in map(UUID, ids) if key in found]


def receipt(workspace: Workspace, event_id: str) -> Receipt:
    """Return what became of an event of the workspace; raise NotFound."""
    try:
        key = UUID(hex=event_id)
    except ValueError as error:
        raise NotFound("There is no such event") from error
    event = Event.objects.filter(workspace=workspace, pk=key).select_related("category").first()
    if event is None:
        raise NotFound("There is no such event")
    if event.purpose == Purpose.PROOF:
        event.url, event.fields = None, "{}"  # only who receives the message may know the link
    tries = Prefetch("tries", Attempt.objects.order_by("started_at", "pk"))
    mine = Delivery.objects.filter(deliveries_of([key]), event=event)
    rows = mine.select_related("destination").prefetch_related(tries).order_by("pk")
    repeats = Event.objects.filter(repeats_of(key), repeat_of=key)[:REPEATS_COUNTED].count()
    return Receipt(event, fields_of(event.fields), [(row, list(row.tries.all())) for row in rows], repeats)


def with_deliveries(rows: QuerySet[Event]) -> QuerySet[Event]:
    """Return the same events, to be read together with their deliveries, destinations and category."""
    deliveries = Delivery.objects.select_related("destination").order_by("pk")
    return rows.select_related("category").prefetch_related(Prefetch("deliveries", deliveries))


def send_test(services: Services, workspace: Workspace) -> EventId:
    """Send a real event through the real pipeline to all active destinations; it takes no unit of the quota."""
    rows = Destination.objects.filter(
        workspace=workspace, verified_at__isnull=False, disabled_at=None, removed_at=None
    ).order_by("pk")
    return send(services, workspace, own_event(TEST_DESCRIPTION), routes_to(rows), Purpose.TEST)


def send(
    services: Services,
    workspace: Workspace,
    event: NewEvent,
    routes: Sequence[Route],
    purpose: Purpose,
    *,
    proves: bool = False,
) -> EventId:
    """Put an event of our own into the pipeline and return its id after the commit; never inside a transaction."""
    unit = Accept(
        workspace=WorkspaceId(workspace.pk),
        revision=None,
        category=None,
        event=event,
        routes=routes,
        event_id=EventId(services.new_id()),
        delivery_ids=[DeliveryId(services.new_id()) for _ in routes],
        received_at=services.now(),
        purpose=purpose,
        proves=proves,
    )
    match services.submit(unit):
        case Accepted():
            services.wake()
            return unit.event_id
        case Stale():
            raise NotFound("This workspace does not exist")
        case _:
            raise Overloaded


def own_event(description: str, url: str | None = None, fields_json: str = "{}") -> NewEvent:
    """Make an event in the category "test", which needs not exist."""
    return NewEvent(
        category=TEST_CATEGORY,
        description=description,
        fields_json=fields_json,
        severity=Severity.INFO,
        occurred_at=None,
        dedupe_key=None,
        url=url,
    )


def routes_to(destinations: Sequence[Destination] | QuerySet[Destination]) -> list[Route]:
    """Return the routes to some destinations."""
    return [Route(DestinationId(row.pk), row.kind, WorkspaceId(row.workspace_id)) for row in destinations]


def _cursor(event: Event) -> str:
    return f"{(event.occurred_at - _EPOCH) // _MICROSECOND}-{event.id.hex}"


def _older_than(cursor: str) -> Q:
    micros, _, key = cursor.partition("-")
    try:
        at, event_id = _EPOCH + int(micros) * _MICROSECOND, UUID(hex=key)
    except (ValueError, OverflowError) as error:
        raise NotFound("There is no such page") from error
    return Q(occurred_at__lte=at) & (Q(occurred_at__lt=at) | Q(id__lt=event_id))
