"""What became of an event, as it becomes: for the receipt, and for the results of tests."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.urls import reverse

from pingpilot.console.live import Region
from pingpilot.console.rows import word_of
from pingpilot.console.viewer import Viewer
from pingpilot.console.words import Word, delivery_word, outcome_word
from pingpilot.domain.delivery import FINAL, DeliveryState
from pingpilot.domain.event import Purpose
from pingpilot.manage import events
from pingpilot.store.models import Attempt, Delivery


@dataclass(frozen=True, slots=True)
class Shown:
    """A delivery with its attempts, and the words for them.

    ``is_retried``: it waits for its next try. ``can_replay``: it has ended, and its destination is active.
    """

    delivery: Delivery
    label: str
    address: str
    word: Word
    tries: Sequence[tuple[Attempt, Word]]
    is_retried: bool
    can_replay: bool


def outcome_region(viewer: Viewer, event_id: str, template: str, url: str) -> Region:
    """Return the live part that shows an event's deliveries until all are final. Raises NotFound."""
    receipt = events.receipt(viewer.workspace, event_id)
    shown = [_shown(viewer, delivery, tries) for delivery, tries in receipt.deliveries]
    context = {
        "event_id": receipt.event.id.hex,
        "repeat_of": receipt.event.repeat_of and receipt.event.repeat_of.hex,
        "deliveries": shown,
        "can_replay": receipt.event.purpose != Purpose.PROOF and any(item.can_replay for item in shown),
        "word": word_of(receipt.event, [delivery for delivery, _ in receipt.deliveries]),
    }
    is_final = all(item.delivery.state in FINAL for item in shown)
    return Region(f"outcome-{receipt.event.id.hex}", template, url, context, is_final=is_final)


def test_region(viewer: Viewer, event_id: str) -> Region:
    """Return the live part that shows the result of a test event. Raises NotFound."""
    return outcome_region(viewer, event_id, "console/parts/test_result.html", reverse("test-live", args=[event_id]))


def _shown(viewer: Viewer, delivery: Delivery, tries: Sequence[Attempt]) -> Shown:
    channel = viewer.services.channels.get(delivery.channel)
    destination = delivery.destination
    return Shown(
        delivery=delivery,
        label=destination.label or (channel.SPEC.label if channel else delivery.channel),
        address=destination.address if destination.removed_at is None else f"{destination.address} (removed)",
        word=delivery_word(delivery.state),
        tries=[(attempt, outcome_word(attempt.outcome)) for attempt in tries],
        is_retried=bool(tries) and delivery.state == DeliveryState.PENDING,
        can_replay=delivery.state in FINAL and destination.is_active,
    )
