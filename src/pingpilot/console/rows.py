"""Events as lists and receipts show them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from pingpilot.console.words import GRAVITY, HELD, REPEAT, Word, event_word
from pingpilot.domain.category import DEFAULT_EMOJI
from pingpilot.domain.delivery import DeliveryState
from pingpilot.domain.event import EventStatus, Purpose, Severity, default_description
from pingpilot.domain.message import Field, fields_of
from pingpilot.store.models import Delivery, Event

_NO_COLOR = 0x8A8A84
"""What stands in for the colour of a category that is gone."""
_OWN_TITLES = {Purpose.TEST.value: "Test event", Purpose.PROOF.value: "Channel check", Purpose.NOTICE.value: "Notice"}
_NO_CHANNEL = Word("Stored", "plain")


@dataclass(frozen=True, slots=True)
class Row:
    """One event in a list. ``word`` is what became of it; ``values`` has one per column of a table, or None.

    ``gravity`` is None where nothing is to be said of it.
    """

    event: Event
    title: str
    emoji: str
    color: int
    description: str
    fields: Sequence[Field]
    word: Word
    gravity: Word | None = None
    values: Sequence[Field | None] = ()


def rows_of(events: Iterable[Event], columns: Sequence[str] = ()) -> list[Row]:
    """Return events as rows, with the values of these fields as columns. Reads what was prefetched with them."""
    return [row_of(event, columns) for event in events]


def row_of(event: Event, columns: Sequence[str] = ()) -> Row:
    """Return an event as a row."""
    category, fields = event.category, fields_of(event.fields)
    by_name = {field.name: field for field in fields}
    return Row(
        event=event,
        title=_title(event),
        emoji=category.emoji if category else DEFAULT_EMOJI,
        color=category.color if category else _NO_COLOR,
        description=event.description or default_description(event.category_name),
        fields=fields,
        word=word_of(event, list(event.deliveries.all())),
        gravity=GRAVITY.get(Severity(event.severity)),
        values=[by_name.get(name) for name in columns],
    )


def word_of(event: Event, deliveries: Sequence[Delivery]) -> Word:
    """Return what became of an event: its status, and how many of its deliveries failed when not all did."""
    if event.held_at is not None:
        return HELD
    if event.repeat_of is not None and not deliveries:
        return REPEAT
    if not deliveries:
        return _NO_CHANNEL
    dead = sum(delivery.state == DeliveryState.DEAD for delivery in deliveries)
    if event.status == EventStatus.FAILED and dead < len(deliveries):
        return Word(f"{dead} of {len(deliveries)} failed", "bad")
    return event_word(event.status)


def _title(event: Event) -> str:
    if event.category:
        return event.category.name
    return _OWN_TITLES.get(event.purpose) or f"{event.category_name} (deleted)"
