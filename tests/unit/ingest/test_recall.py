"""Keys used before a start are known again soon after it, for few questions; what changes meanwhile is never missed."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import ParamSpec, TypeVar

import pytest

from pingpilot.domain.errors import Overloaded
from pingpilot.domain.ids import KeyId, WorkspaceId
from pingpilot.domain.key import compose, digest
from pingpilot.ingest.authenticate import FOLLOW_EVERY_S, TRUSTED_S, KeyIndex
from pingpilot.ingest.recall import TOGETHER, recall
from pingpilot.store.models import Key, Workspace
from tests.unit.ingest.test_authenticate import (
    Clock,
    Looks,
    ask,
    clock,
    header,
    index,
    is_refused,
    new_key,
    revoke,
    workspace,
)

__all__ = ["clock", "index", "workspace"]

P = ParamSpec("P")
T = TypeVar("T")


FIRST = WorkspaceId(1_000)
Meanwhile = Callable[[], Awaitable[None]]


class Interrupted(Looks):
    """Lets something happen between the first answer of the store about keys to be recalled and its arrival."""

    meanwhile: Meanwhile | None = None

    async def run(self, question: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        answer = await super().run(question, *args, **kwargs)
        if question.__name__ == "recalled" and self.meanwhile is not None:
            meanwhile, self.meanwhile = self.meanwhile, None
            await meanwhile()
        return answer


@pytest.fixture
async def looks(db: None) -> Interrupted:
    return Interrupted()


def used_keys(count: int, clock: Clock) -> list[str]:
    """Make workspaces with a key each; the first was used last."""
    workspaces = range(FIRST, FIRST + count)
    Workspace.objects.bulk_create(Workspace(pk=pk, name="Acme", plan="FREE") for pk in workspaces)
    keys = [compose(KeyId(f"u{pk:023}"), "S" * 32) for pk in workspaces]
    Key.objects.bulk_create(
        Key(
            id=key[3:27],
            workspace_id=pk,
            digest=digest(key),
            last_used_at=clock.present - timedelta(minutes=pk - FIRST),
        )
        for pk, key in zip(workspaces, keys, strict=True)
    )
    return keys


async def followed(index: KeyIndex, clock: Clock) -> None:
    """Look for changes as the index does all the time."""
    await index.follow()
    clock.advance(timedelta(seconds=FOLLOW_EVERY_S))
    await index.follow()


async def recalled(index: KeyIndex, looks: Looks, clock: Clock, keys_max: int = 1_000) -> None:
    await recall(index, looks, clock.clocks().monotonic, keys_max)


async def test_many_keys_cost_few_questions_and_their_next_use_none(index: KeyIndex, looks: Looks, clock: Clock):
    keys = await ask(lambda: used_keys(2 * TOGETHER + 1, clock))
    await followed(index, clock)
    looks.asked.clear()
    await recalled(index, looks, clock)
    assert looks.asked == ["lately_used", "recalled", "recalled", "recalled"]
    assert all(index.known(header(key)) is not None for key in keys)
    assert [(await index.caller(header(key))).access.key for key in keys] == [key[3:27] for key in keys]
    assert len(looks.asked) == 4


async def test_a_key_that_was_never_used_or_is_revoked_is_not_recalled(
    index: KeyIndex, looks: Looks, clock: Clock, workspace: WorkspaceId
):
    used, revoked = await ask(lambda: used_keys(2, clock))
    unused = await ask(lambda: new_key(workspace))
    await ask(lambda: Key.objects.filter(pk=revoked[3:27]).update(revoked_at=clock.present))
    await followed(index, clock)
    await recalled(index, looks, clock)
    assert [index.known(header(key)) is not None for key in (used, unused, revoked)] == [True, False, False]


async def test_what_is_recalled_makes_room_for_what_comes_the_longest_unused_first(
    looks: Looks, clock: Clock, workspace: WorkspaceId
):
    index = KeyIndex(looks, clock.clocks(), keys_max=3)
    newest, second, third, fourth = await ask(lambda: used_keys(4, clock))
    await followed(index, clock)
    await recalled(index, looks, clock)
    own = await ask(lambda: new_key(workspace))
    await index.caller(header(own))
    known = [index.known(header(key)) is not None for key in (newest, second, third, fourth, own)]
    assert known == [True, True, False, False, True]


async def test_nothing_is_trusted_that_changed_while_it_was_recalled(index: KeyIndex, looks: Interrupted, clock: Clock):
    (key,) = await ask(lambda: used_keys(1, clock))
    await followed(index, clock)

    async def meanwhile() -> None:
        await ask(lambda: revoke(FIRST, key))
        index.forget(FIRST)  # as this process does when it made the change

    looks.meanwhile = meanwhile
    await recalled(index, looks, clock)
    assert index.known(header(key)) is None
    assert await is_refused(index, key)


async def test_a_key_revoked_elsewhere_is_not_kept_beside_a_newer_picture(
    index: KeyIndex, looks: Interrupted, clock: Clock
):
    """Read before its revocation, with a picture loaded after it, it would pass the check of the commit."""
    (key,) = await ask(lambda: used_keys(1, clock))
    other = await ask(lambda: new_key(FIRST, "b"))
    await followed(index, clock)

    async def meanwhile() -> None:
        await ask(lambda: revoke(FIRST, key))
        await index.caller(header(other))

    looks.meanwhile = meanwhile
    await recalled(index, looks, clock)
    assert index.known(header(key)) is None
    assert await is_refused(index, key)


async def test_what_took_too_long_to_recall_is_left_to_its_next_use(index: KeyIndex, looks: Interrupted, clock: Clock):
    (key,) = await ask(lambda: used_keys(1, clock))

    async def meanwhile() -> None:
        clock.advance(timedelta(seconds=TRUSTED_S + 1))

    looks.meanwhile = meanwhile
    await recalled(index, looks, clock)
    await followed(index, clock)
    assert index.known(header(key)) is None
    assert (await index.caller(header(key))).access.key == key[3:27]


async def test_without_a_store_nothing_is_recalled_and_the_service_goes_on(looks: Interrupted, clock: Clock):
    async def meanwhile() -> None:
        raise Overloaded

    index = KeyIndex(looks, clock.clocks())
    (key,) = await ask(lambda: used_keys(1, clock))
    looks.meanwhile = meanwhile
    await recalled(index, looks, clock)
    assert index.known(header(key)) is None
    assert (await index.caller(header(key))).access.key == key[3:27]
