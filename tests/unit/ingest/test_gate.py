"""Guesses starve nobody: keys that have passed do not wait behind those that have not."""

import asyncio
from datetime import UTC, datetime
from typing import Any, cast

import pytest

from pingpilot.domain.errors import InvalidAuthHeader, InvalidKey, Overloaded, Unauthorized
from pingpilot.domain.ids import KeyId, WorkspaceId
from pingpilot.domain.key import compose, id_of
from pingpilot.domain.plan import SHIPPED
from pingpilot.domain.quota import Month
from pingpilot.ingest.authenticate import Caller, KeyIndex, key_in
from pingpilot.ingest.call import Call, Message
from pingpilot.ingest.failures import FREE, Failures
from pingpilot.ingest.gate import STRANGERS, Gate
from pingpilot.ingest.key_use import KeyUse
from pingpilot.store.access import Access, Picture

NOW = datetime(2026, 1, 1, tzinfo=UTC)
PICTURE = Picture(WorkspaceId(1), 1, SHIPPED["FREE"], False, {}, (), Month.of(NOW), 0)


class Index:
    """Knows no key without asking the store, which answers when it is told to, and has the keys that are right."""

    def __init__(self, *right: str) -> None:
        self.right = right
        self.store_answers = asyncio.Event()
        self.asked: list[str] = []

    def known(self, header: bytes | None) -> Caller | None:
        key_in(header)
        return None

    async def caller(self, header: bytes | None) -> Caller:
        key = key_in(header)
        self.asked.append(key)
        await self.store_answers.wait()
        if key not in self.right:
            raise InvalidKey
        return Caller(Access(id_of(key) or KeyId(""), b"", None, WorkspaceId(1), frozenset()), PICTURE)


def key(number: int) -> str:
    return compose(KeyId(f"k{number:023}"), "S" * 32)


def call(authorization: str | None) -> Call:
    async def receive() -> Message:
        return await asyncio.Event().wait()  # type: ignore[return-value]

    headers = [] if authorization is None else [(b"authorization", authorization.encode())]
    return Call({"headers": headers, "client": ("192.0.2.1", 1)}, receive)


def gate_of(index: Index, familiar_max: int = 9) -> Gate:
    nothing: Any = None  # no part that these tests reach
    uses = KeyUse(nothing, lambda: NOW)
    return Gate(cast("KeyIndex", index), Failures(lambda: 0.0), uses, lambda: NOW, familiar_max)


async def guesses(gate: Gate, count: int) -> list[asyncio.Task[Caller]]:
    found = [asyncio.create_task(gate.identify(call(f"Bearer {key(1_000 + number)}"))) for number in range(count)]
    await asyncio.sleep(0)
    return found


async def test_a_familiar_key_does_not_wait_behind_guesses():
    index = Index(key(1))
    gate = gate_of(index)
    index.store_answers.set()
    assert (await gate.identify(call(f"Bearer {key(1)}"))).access.key == id_of(key(1))
    index.store_answers.clear()
    index.asked.clear()
    waiting = await guesses(gate, STRANGERS.at_once + 10)
    assert len(index.asked) == STRANGERS.at_once
    mine = asyncio.ensure_future(gate.identify(call(f"Bearer {key(1)}")))
    await asyncio.sleep(0)
    assert index.asked[-1] == key(1)
    index.store_answers.set()
    await mine
    assert {type(one) for one in await asyncio.gather(*waiting, return_exceptions=True)} == {InvalidKey}


async def test_a_right_key_that_finds_no_turn_is_asked_to_come_again_and_never_refused():
    index = Index(key(1))
    gate = gate_of(index)
    waiting = await guesses(gate, STRANGERS.at_once + STRANGERS.in_line)
    with pytest.raises(Overloaded):
        await gate.identify(call(f"Bearer {key(1)}"))
    index.store_answers.set()
    await asyncio.gather(*waiting, return_exceptions=True)
    assert (await gate.identify(call(f"Bearer {key(1)}"))).access.key == id_of(key(1))


@pytest.mark.parametrize(
    ("authorization", "error"),
    [
        (None, Unauthorized),
        ("Basic x", InvalidAuthHeader),
        ("Bearer", InvalidKey),
        (f"Bearer {key(1)[:-1]}!", InvalidKey),
        (f"Bearer {key(1).upper()}", InvalidKey),
    ],
)
async def test_what_cannot_be_a_key_is_refused_without_asking(authorization: str | None, error: type[Exception]):
    index = Index(key(1))
    with pytest.raises(error):
        await gate_of(index).identify(call(authorization))
    assert not index.asked


async def test_who_fails_is_slowed_and_who_does_not_is_not():
    index = Index(key(1))
    index.store_answers.set()
    gate = gate_of(index)
    for _ in range(FREE + 50):
        gate._failures.count("192.0.2.1")
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(gate.identify(call("Bearer x")), 0.05)
    await asyncio.wait_for(gate.identify(call(f"Bearer {key(1)}")), 0.05)


async def test_what_is_familiar_is_bounded():
    index = Index(*map(key, range(4)))
    index.store_answers.set()
    gate = gate_of(index, familiar_max=2)
    for number in range(4):
        await gate.identify(call(f"Bearer {key(number)}"))
    assert list(gate._familiar) == [id_of(key(2)), id_of(key(3))]
