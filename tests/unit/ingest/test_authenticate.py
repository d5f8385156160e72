"""Bearer keys: looked up once, trusted for a moment, and forgotten when their workspace changes."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import ParamSpec, TypeVar

import pytest
from django.db import connection

from pingpilot.domain.errors import InvalidAuthHeader, InvalidKey, Unauthorized
from pingpilot.domain.ids import KeyId, WorkspaceId
from pingpilot.domain.key import compose, digest
from pingpilot.ingest.authenticate import TRUSTED_S, Clocks, KeyIndex
from pingpilot.store.models import Category, Key, Quota, Workspace
from pingpilot.store.reader import Reader
from pingpilot.store.workspaces import changing

P = ParamSpec("P")
T = TypeVar("T")


class Clock:
    """Moves when told."""

    def __init__(self) -> None:
        self.present = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
        self.seconds = 1_000.0

    def advance(self, by: timedelta) -> None:
        self.present += by
        self.seconds += by.total_seconds()

    def clocks(self) -> Clocks:
        return Clocks(lambda: self.present, lambda: self.seconds)


class Looks(Reader):
    """Asks the real tables, keeps count, and holds every question back while ``gate`` is shut."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[str] = []
        self.gate = asyncio.Event()
        self.gate.set()

    async def run(self, question: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        self.asked.append(question.__name__)
        await self.gate.wait()
        return await ask(lambda: question(*args, **kwargs))


async def ask(question: Callable[[], T]) -> T:
    """Ask the tables off the event loop, and leave no connection behind."""

    def run() -> T:
        try:
            return question()
        finally:
            connection.close()

    return await asyncio.to_thread(run)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def looks() -> Looks:
    return Looks()


@pytest.fixture
def index(db: None, looks: Looks, clock: Clock) -> KeyIndex:
    return KeyIndex(looks, clock.clocks())


@pytest.fixture
def workspace(db: None) -> WorkspaceId:
    made = Workspace.objects.create(name="Acme", plan="FREE")
    Category.objects.create(workspace=made, name="sale", color=1, emoji="")
    return WorkspaceId(made.pk)


def new_key(workspace: WorkspaceId, name: str = "a", expires_at: datetime | None = None) -> str:
    key = compose(KeyId(name.ljust(24, "0")), "S" * 32)
    Key.objects.create(
        id=key[3:27], workspace_id=workspace, digest=digest(key), expires_at=expires_at, is_primary=name == "a"
    )
    return key


def header(key: str) -> bytes:
    return f"Bearer {key}".encode()


async def is_refused(index: KeyIndex, key: str) -> bool:
    with pytest.raises(InvalidKey):
        await index.caller(header(key))
    return True


@pytest.mark.parametrize(
    ("value", "error"),
    [(None, Unauthorized), (b"", InvalidAuthHeader), (b"bearer x", InvalidAuthHeader), (b"Bearer \xff", InvalidKey)],
)
async def test_a_header_that_cannot_be_right_is_refused_without_a_look(
    index: KeyIndex, looks: Looks, value: bytes | None, error: type[Exception]
):
    with pytest.raises(error):
        await index.caller(value)
    assert looks.asked == []


async def test_a_wrong_checksum_is_refused_without_a_look(index: KeyIndex, looks: Looks, workspace: WorkspaceId):
    key = await ask(lambda: new_key(workspace))
    assert await is_refused(index, key[:-1] + ("0" if key[-1] != "0" else "1"))
    assert looks.asked == []


async def test_a_known_key_costs_no_look(index: KeyIndex, looks: Looks, workspace: WorkspaceId):
    key = await ask(lambda: new_key(workspace))
    caller = await index.caller(header(key))
    assert (caller.access.workspace, list(caller.picture.categories)) == (workspace, ["sale"])
    before = len(looks.asked)
    assert (await index.caller(header(key))).picture is caller.picture
    assert len(looks.asked) == before


async def test_many_who_come_at_once_share_one_look(index: KeyIndex, looks: Looks, workspace: WorkspaceId):
    key = await ask(lambda: new_key(workspace))
    looks.gate.clear()
    calling = [asyncio.ensure_future(index.caller(header(key))) for _ in range(50)]
    await asyncio.sleep(0)
    looks.gate.set()
    callers = await asyncio.gather(*calling)
    assert len({id(caller.picture) for caller in callers}) == 1
    assert looks.asked.count("pictures_of") == 1
    assert looks.asked.count("accesses_of") <= 2


async def test_many_keys_that_come_at_once_are_asked_for_in_one_question(
    index: KeyIndex, looks: Looks, workspace: WorkspaceId
):
    """The first finds nobody asking and asks alone; all that come meanwhile go together."""
    keys = await ask(lambda: [new_key(workspace, f"k{number:02}x") for number in range(40)])
    looks.gate.clear()
    calling = [asyncio.ensure_future(index.caller(header(key))) for key in keys]
    await asyncio.sleep(0)
    looks.gate.set()
    callers = await asyncio.gather(*calling)
    assert [caller.access.key for caller in callers] == [key[3:27] for key in keys]
    assert looks.asked.count("accesses_of") <= 3


async def test_one_who_gives_up_does_not_end_the_look_of_the_others(
    index: KeyIndex, looks: Looks, workspace: WorkspaceId
):
    key = await ask(lambda: new_key(workspace))
    looks.gate.clear()
    first, second = (asyncio.ensure_future(index.caller(header(key))) for _ in range(2))
    await asyncio.sleep(0)
    first.cancel()
    await asyncio.sleep(0)
    looks.gate.set()
    assert (await second).access.workspace == workspace
    assert first.cancelled()


async def test_another_secret_behind_a_known_id_is_refused(index: KeyIndex, workspace: WorkspaceId):
    key = await ask(lambda: new_key(workspace))
    forged = compose(KeyId(key[3:27]), "T" * 32)
    assert await is_refused(index, forged)
    await index.caller(header(key))
    assert await is_refused(index, forged)
    assert (await index.caller(header(key))).access.workspace == workspace


async def test_a_key_dies_at_the_instant_it_expires(index: KeyIndex, clock: Clock, workspace: WorkspaceId):
    end = clock.present + timedelta(seconds=1)
    key = await ask(lambda: new_key(workspace, expires_at=end))
    await index.caller(header(key))
    clock.advance(timedelta(seconds=1))
    assert await is_refused(index, key)


async def test_a_revoked_key_dies_as_soon_as_its_workspace_is_forgotten(index: KeyIndex, workspace: WorkspaceId):
    key, other = await ask(lambda: (new_key(workspace), new_key(workspace, "b")))
    await index.caller(header(key))
    await ask(lambda: revoke(workspace, key))
    index.forget(workspace)
    assert await is_refused(index, key)
    assert (await index.caller(header(other))).access.workspace == workspace


async def test_a_key_revoked_elsewhere_dies_within_the_time_of_trust(
    index: KeyIndex, clock: Clock, workspace: WorkspaceId
):
    key = await ask(lambda: new_key(workspace))
    await index.caller(header(key))
    await ask(lambda: revoke(workspace, key))
    clock.advance(timedelta(seconds=TRUSTED_S + 0.1))
    assert await is_refused(index, key)


async def test_a_picture_that_still_stands_is_kept(index: KeyIndex, looks: Looks, clock: Clock, workspace: WorkspaceId):
    key = await ask(lambda: new_key(workspace))
    first = await index.caller(header(key))
    clock.advance(timedelta(seconds=TRUSTED_S + 0.1))
    assert (await index.caller(header(key))).picture is first.picture
    assert looks.asked.count("pictures_of") == 1


async def test_a_picture_just_confirmed_by_a_commit_is_not_looked_at_again(
    index: KeyIndex, looks: Looks, clock: Clock, workspace: WorkspaceId
):
    key = await ask(lambda: new_key(workspace))
    caller = await index.caller(header(key))
    clock.advance(timedelta(seconds=TRUSTED_S - 0.1))
    index.confirm(caller.picture)
    clock.advance(timedelta(seconds=TRUSTED_S - 0.1))
    before = len(looks.asked)
    await index.caller(header(key))
    assert len(looks.asked) == before


async def test_a_changed_workspace_is_seen_within_the_time_of_trust(
    index: KeyIndex, clock: Clock, workspace: WorkspaceId
):
    key = await ask(lambda: new_key(workspace))
    first = await index.caller(header(key))
    await ask(lambda: add_category(workspace, "bug"))
    assert (await index.caller(header(key))).picture is first.picture
    clock.advance(timedelta(seconds=TRUSTED_S + 0.1))
    assert list((await index.caller(header(key))).picture.categories) == ["sale", "bug"]


async def test_whoever_follows_the_changes_looks_once_for_all(
    index: KeyIndex, looks: Looks, clock: Clock, workspace: WorkspaceId
):
    keys = await ask(lambda: [new_key(WorkspaceId(Workspace.objects.create(name=name).pk), name) for name in "abc"])
    await index.follow()
    for key in keys:
        await index.caller(header(key))
    for _ in range(3):
        clock.advance(timedelta(seconds=TRUSTED_S))
        await index.follow()
    looks.asked.clear()
    for key in keys:
        await index.caller(header(key))
    assert looks.asked == []


async def test_a_change_elsewhere_is_seen_by_following(index: KeyIndex, looks: Looks, workspace: WorkspaceId):
    key, other = await ask(lambda: (new_key(workspace), new_key(workspace, "b")))
    await index.follow()
    await index.caller(header(key))
    await ask(lambda: revoke(workspace, key))
    await index.follow()
    assert await is_refused(index, key)
    first = await index.caller(header(other))
    await index.follow()  # which sees the same change again
    assert (await index.caller(header(other))).picture is first.picture


async def test_following_that_fails_is_trusted_no_longer(
    index: KeyIndex, looks: Looks, clock: Clock, workspace: WorkspaceId
):
    key = await ask(lambda: new_key(workspace))
    await index.follow()
    await index.caller(header(key))
    await index.follow()
    clock.advance(timedelta(seconds=TRUSTED_S + 0.1))
    await ask(lambda: revoke(workspace, key))
    assert await is_refused(index, key)


async def test_after_a_refusal_a_workspace_is_looked_at_by_itself(
    index: KeyIndex, looks: Looks, clock: Clock, workspace: WorkspaceId
):
    key = await ask(lambda: new_key(workspace))
    await index.follow()
    caller = await index.caller(header(key))
    caller.picture.used = 100
    index.doubt(caller.picture)
    clock.advance(timedelta(seconds=TRUSTED_S + 0.1))
    await index.follow()
    assert (await index.caller(header(key))).picture.used_at(clock.present) == 0


async def test_units_given_back_are_seen_within_the_time_of_trust(
    index: KeyIndex, clock: Clock, workspace: WorkspaceId
):
    key = await ask(lambda: new_key(workspace))
    caller = await index.caller(header(key))
    caller.picture.used = 100
    await ask(lambda: Quota.objects.create(workspace_id=workspace, year=2026, month=11, used=99))
    clock.advance(timedelta(seconds=TRUSTED_S + 0.1))
    assert (await index.caller(header(key))).picture.used_at(clock.present) == 99


async def test_a_workspace_that_is_gone_takes_its_keys_along(index: KeyIndex, clock: Clock, workspace: WorkspaceId):
    key = await ask(lambda: new_key(workspace))
    await index.caller(header(key))
    await ask(lambda: Workspace.objects.all().delete())
    clock.advance(timedelta(seconds=TRUSTED_S + 0.1))
    assert await is_refused(index, key)


async def test_no_more_keys_are_kept_than_there_is_room_for(looks: Looks, clock: Clock, workspace: WorkspaceId):
    index = KeyIndex(looks, clock.clocks(), keys_max=2)
    keys = await ask(lambda: [new_key(workspace, name) for name in "abc"])
    for key in keys:
        await index.caller(header(key))
    looks.asked.clear()
    await index.caller(header(keys[2]))
    assert looks.asked == []
    await index.caller(header(keys[0]))
    assert looks.asked == ["accesses_of"]


async def test_unknown_keys_fill_no_memory(index: KeyIndex, looks: Looks, workspace: WorkspaceId):
    for number in range(10):
        assert await is_refused(index, compose(KeyId(f"k{number}".ljust(24, "0")), "S" * 32))
    assert not index._keys


def revoke(workspace: WorkspaceId, key: str) -> None:
    with changing(workspace):
        Key.objects.filter(pk=key[3:27]).update(revoked_at=datetime(2026, 11, 23, tzinfo=UTC))


def add_category(workspace: WorkspaceId, name: str) -> None:
    with changing(workspace):
        Category.objects.create(workspace_id=workspace, name=name, color=1, emoji="")
