"""The chore that clears away what deleted workspaces leave behind."""

from collections import Counter
from typing import Any

from pingpilot.store.clearing import Clear, next_deleted
from pingpilot.upkeep.clearing import BREATH, EVERY, Clearing


class Attic:
    """The store's two ends: deleted workspaces with the slices each is worth."""

    def __init__(self, **slices: int) -> None:
        self.slices = Counter({int(name[1:]): count for name, count in slices.items()})
        self.order: list[int] = []

    async def run(self, question: Any) -> int | None:
        assert question is next_deleted
        return min(self.slices, default=None)

    async def submit(self, unit: Clear) -> bool:
        self.order.append(unit.workspace)
        self.slices[unit.workspace] -= 1
        is_gone = not self.slices[unit.workspace]
        if is_gone:
            del self.slices[unit.workspace]
        return is_gone


async def test_workspaces_go_one_after_the_other_with_a_breath_between_slices():
    attic = Attic(w1=3, w2=1)
    chore = Clearing(attic, attic)  # type: ignore[arg-type]  # both ends, in one fake
    assert [await chore.turn() for _ in range(5)] == [BREATH, BREATH, BREATH, BREATH, EVERY]
    assert attic.order == [1, 1, 1, 2]
