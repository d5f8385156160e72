"""The chore that tells owners of destinations in trouble."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from pingpilot.domain.event import Purpose
from pingpilot.domain.ids import DestinationId, WorkspaceId
from pingpilot.domain.routing import Route
from pingpilot.store import notices
from pingpilot.store.notices import Tell, Trouble
from pingpilot.upkeep.telling import Telling, notice_of
from pingpilot.upkeep.voice import Voice

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
GONE = Trouble(
    DestinationId(7), WorkspaceId(3), "telegram", "Ops", "@ops", reason="The bot was blocked.", is_gone=True, since=NOW
)
REFUSED = replace(GONE, destination=DestinationId(8), is_gone=False, label="", reason="Answered 401.")
VOICE = Voice(
    "https://pings.example",
    {"telegram": "Telegram"},
    {},
    [],
    lambda count: [f"{n:032x}" for n in range(count)],
    lambda: NOW,
)
BESIDE = [Route(DestinationId(1), "email", WorkspaceId(3)), Route(DestinationId(2), "webhook", WorkspaceId(3))]


class Store:
    """The store's two ends; a trouble is told by whoever comes first, which may be another process."""

    def __init__(self, *troubles: Trouble, is_quicker: bool = False) -> None:
        self.troubles = list(troubles)
        self.is_quicker = is_quicker
        self.told: list[Tell] = []

    async def run(self, question: Any, *_: Any) -> Any:
        return self.troubles if question is notices.untold else BESIDE

    async def submit(self, unit: Tell) -> bool:
        self.told.append(unit)
        return not self.is_quicker


async def turn(store: Store) -> int:
    """Take one turn; return how often the relay was woken."""
    wakes: list[None] = []
    await Telling(store, store, VOICE, lambda: wakes.append(None)).turn()  # type: ignore[arg-type]  # both ends, in one fake
    return len(wakes)


async def test_the_owner_is_told_on_every_other_channel_at_once():
    store = Store(GONE)
    assert await turn(store) == 1
    (unit,) = store.told
    assert (unit.destination, unit.since) == (GONE.destination, GONE.since)
    event = unit.event
    assert (event.workspace, event.routes, len(event.delivery_ids)) == (3, BESIDE, 2)
    assert (event.purpose, event.revision, event.category) == (Purpose.NOTICE, None, None)


async def test_what_another_process_told_is_not_announced():
    assert await turn(Store(GONE, is_quicker=True)) == 0


async def test_each_trouble_is_told_for_itself():
    store = Store(GONE, REFUSED)
    assert await turn(store) == 2
    assert [unit.destination for unit in store.told] == [7, 8]


@pytest.mark.parametrize(
    ("trouble", "said"),
    [
        (GONE, "Telegram “Ops” (@ops) was switched off: it gets no more events."),
        (REFUSED, "Telegram (@ops) began to refuse us: its events are held, and none is lost."),
        (replace(GONE, channel="pigeon", address=""), "pigeon “Ops” was switched off"),
    ],
)
def test_it_says_what_why_and_where_to_mend_it(trouble, said):
    event = notice_of(trouble, VOICE)
    assert event.description is not None
    assert event.description.startswith(said)
    assert event.description.endswith(f"\n\n{trouble.reason}")
    assert event.url == f"https://pings.example/dashboard/channels/{trouble.destination}"
    assert event.occurred_at == NOW
