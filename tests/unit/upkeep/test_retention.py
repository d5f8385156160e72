"""The chore that forgets old events, and leaves the writer to those who report."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from pingpilot.domain.ids import EventId, WorkspaceId
from pingpilot.store import forgetting, keeping
from pingpilot.store.forgetting import Forget, ForgetAnswers, Mark
from pingpilot.store.keeping import Shrinking, TellShrinking
from pingpilot.upkeep.retention import BREATH, SHARE, Retention, notice_of
from pingpilot.upkeep.voice import Voice

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
VOICE = Voice("https://pings.example", {}, {}, [], lambda count: [f"{n:032x}" for n in range(count)], lambda: NOW)
SHOP = Shrinking(WorkspaceId(3), "Shop", "Free", 30, NOW + timedelta(days=30))


class Store:
    """The store's two ends: one workspace with slices of old events; each costs the writer ``seconds``."""

    def __init__(self, *slices: int, seconds: float = 0.0, shrinking: tuple[Shrinking, ...] = ()) -> None:
        self.slices = list(slices)
        self.seconds = seconds
        self.shrinking = list(shrinking)
        self.clock = 0.0
        self.units: list[Any] = []
        self.marks: list[Mark | None] = []
        self.answers = 1

    async def run(self, question: Any, *arguments: Any) -> Any:
        match question:
            case keeping.follow:
                return 0
            case keeping.untold:
                return self.shrinking
            case forgetting.workspaces_with_old:
                return [(WorkspaceId(3), 30, NOW)]
            case forgetting.oldest:
                self.marks.append(arguments[2])
                count = self.slices.pop(0) if self.slices else 0
                return [(NOW, EventId(f"{n:032x}")) for n in range(count)]
            case forgetting.has_old_answers:
                self.answers -= 1
                return self.answers >= 0
            case _:
                return []

    async def submit(self, unit: Any) -> Any:
        self.units.append(unit)
        self.clock += self.seconds
        return len(unit.events) if isinstance(unit, Forget) else True


@pytest.fixture
def rests(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """How long was rested; nobody sleeps."""
    found: list[float] = []

    async def rest(seconds: float) -> None:
        found.append(seconds)

    monkeypatch.setattr(asyncio, "sleep", rest)
    return found


async def turn(store: Store) -> None:
    chore = Retention(store, store, VOICE, lambda: store.clock, lambda: None)  # type: ignore[arg-type]  # both ends
    await chore.turn()


async def test_old_events_go_slice_by_slice_each_behind_the_one_before(rests: list[float]):
    store = Store(2, 1)
    await turn(store)
    assert [len(unit.events) for unit in store.units if isinstance(unit, Forget)] == [2, 1]
    assert store.marks == [None, (NOW, EventId(f"{1:032x}")), (NOW, EventId(f"{0:032x}"))]
    assert isinstance(store.units[-1], ForgetAnswers)
    assert rests == [BREATH.total_seconds()] * 3


async def test_where_the_writer_is_busy_it_rests_for_longer(rests: list[float]):
    await turn(Store(2, seconds=0.2))
    assert rests[0] == pytest.approx(0.2 * SHARE)


async def test_a_cut_to_come_is_told_of(rests: list[float]):
    store = Store(shrinking=(SHOP,))
    await turn(store)
    (unit,) = [unit for unit in store.units if isinstance(unit, TellShrinking)]
    assert (unit.workspace, unit.at) == (SHOP.workspace, SHOP.at)
    said = notice_of(SHOP, "https://pings.example").description or ""
    assert "Shop is on the plan Free now, which keeps 30 days of history." in said
    assert "kept until 23 December 2026, and forgotten then" in said
