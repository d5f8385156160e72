"""Acting on what was heard: addresses that come, go and change, and messages that fail later."""

import asyncio
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, cast

import pytest

from pingpilot.channels import telegram
from pingpilot.deliver.hearing import AGAIN_AFTER, Hearing
from pingpilot.domain.channel import Linker
from pingpilot.domain.errors import Overloaded
from pingpilot.domain.ids import DestinationId
from pingpilot.domain.incoming import (
    AddressBack,
    AddressChanged,
    AddressGone,
    Heard,
    MessageArrived,
    MessageFailed,
    Pressed,
    Stray,
)
from pingpilot.domain.outcome import AddressDead, AddressSuspect, BadMessage, Failing, RateLimited, Transient
from pingpilot.domain.wire import Reply
from pingpilot.security.identity import identity_digest
from pingpilot.security.sealing import Box
from pingpilot.store.overturn import Confirm, Overturn
from pingpilot.store.reader import Reader
from pingpilot.store.settlements import Health
from pingpilot.store.writer import Writer
from tests.planted import PlantingBox
from tests.unit.deliver.sample import NOW
from tests.unit.deliver.swift import swiftly

BOX = PlantingBox(b"a secret", lambda count: b"n" * count)
OTHER_BOX = Box(b"another secret", lambda count: b"n" * count)
CHAT = {"chat_id": "42"}
DIGEST = identity_digest("telegram", CHAT)


class Store:
    """Reader and writer in one: keeps what it was asked, and knows a message from the ``known_after``-th question."""

    def __init__(self, known_after: int = 0) -> None:
        self.asked: list[tuple[Any, ...]] = []
        self.units: list[object] = []
        self.at: list[float] = []
        self.known_after = known_after

    async def run(self, question: Callable[..., Any], *args: Any) -> int:
        self.asked.append((question.__name__, *args))
        return 1

    async def submit(self, unit: object) -> bool:
        self.units.append(unit)
        self.at.append(asyncio.get_running_loop().time())
        return len(self.units) > self.known_after


class Silence:
    """A wire that must not be used."""

    async def send(self, said: object) -> Reply:
        raise AssertionError(said)


def act(*heard: Heard, store: Store | None = None) -> Store:
    store = store or Store()
    hearing = Hearing(Silence(), cast("Reader", store), cast("Writer", store), BOX, lambda: NOW)
    swiftly(hearing.act(cast("Linker", telegram), {}, heard))
    return store


def test_who_left_is_disabled_with_the_channels_reason():
    assert act(AddressGone(CHAT, "Gone.")).asked == [("disable_gone", "telegram", DIGEST, NOW, "Gone.")]


def test_who_came_back_is_enabled():
    assert act(AddressBack(CHAT)).asked == [("enable_back", "telegram", DIGEST)]


def resealed(store: Store, settings: dict[str, str], box: Box = BOX) -> dict[str, str]:
    reseal = store.asked[0][3]
    sealed = reseal(DestinationId(7), box.seal(json.dumps(settings).encode(), "destination:7"))
    result: dict[str, str] = json.loads(box.unseal(sealed, "destination:7"))
    return result


def test_who_moved_is_found_at_the_new_address_from_then_on():
    store = act(AddressChanged(CHAT, {"chat_id": "-100"}))
    (name, kind, digest, _, again) = store.asked[0]
    assert (name, kind, digest) == ("change", "telegram", DIGEST)
    assert again == identity_digest("telegram", {"chat_id": "-100"})
    assert resealed(store, {"chat_id": "42", "thread": "é"}) == {"chat_id": "-100", "thread": "é"}


def test_another_change_leaves_the_person_where_they_are():
    store = act(AddressChanged(CHAT, {"heard_at": "now"}))
    assert store.asked[0][4] == DIGEST
    assert resealed(store, CHAT) == {**CHAT, "heard_at": "now"}


def test_settings_that_cannot_be_opened_stay_as_they_are():
    store = act(AddressChanged(CHAT, {"heard_at": "now"}))
    assert resealed(store, CHAT, OTHER_BOX) == CHAT


@pytest.mark.parametrize(
    ("outcome", "name", "health", "may_retry", "wait"),
    [
        (BadMessage("no", "131026"), "bad_message", Health.UNTOUCHED, False, None),
        (AddressDead("no", "131026"), "address_dead", Health.DEAD, False, None),
        (AddressSuspect("no", "131026"), "address_suspect", Health.SUSPECT, False, None),
        (Transient("no", "131026"), "transient", Health.AILING, True, None),
        (RateLimited(timedelta(hours=1), detail="no", code="131026"), "rate_limited", Health.UNTOUCHED, True, 3600),
    ],
)
def test_a_message_that_failed_means_what_its_outcome_means(
    outcome: Failing, name: str, health: Health, may_retry: bool, wait: int | None
):
    (unit,) = act(MessageFailed("m-1", outcome)).units
    assert unit == Overturn(
        *("telegram", "m-1", NOW, name, "131026", "no"),
        *(health, may_retry, None if wait is None else timedelta(seconds=wait)),
    )


@dataclass
class Line:
    """A wire that keeps what was said."""

    said: list[Any] = field(default_factory=list)

    async def send(self, said: object) -> Reply:
        self.said.append(said)
        return Reply(200, body=b'{"ok":true}')


@pytest.mark.parametrize(("found", "methods"), [("Yes", 3), (None, 2)])
def test_a_button_is_answered_in_the_store_and_then_in_the_chat(found: str | None, methods: int):
    class Answering(Store):
        async def run(self, question: Callable[..., Any], *args: Any) -> Any:
            await super().run(question, *args)
            return found

    store, line = Answering(), Line()
    hearing = Hearing(line, cast("Reader", store), cast("Writer", store), BOX, lambda: NOW)
    press = Pressed("e" * 32, 1, CHAT, "Ada", {"query": "1", "chat": "42", "message": "5"})
    swiftly(hearing.act(cast("Linker", telegram), {}, [press]))
    assert store.asked == [("answer_pressed", "e" * 32, 1, "telegram", DIGEST, NOW)]
    assert len(line.said) == methods


def test_a_message_that_arrived_is_noted():
    assert act(MessageArrived("m-1", "Read")).units == [Confirm("telegram", "m-1", "Read")]


def test_a_message_that_is_not_on_record_yet_is_looked_for_once_more():
    store = act(MessageFailed("m-1", BadMessage()), store=Store(known_after=1))
    assert store.units[0] == store.units[1]
    assert store.at[1] - store.at[0] >= AGAIN_AFTER.total_seconds()


def test_a_message_that_stays_unknown_is_let_go():
    assert len(act(MessageArrived("m-1"), store=Store(known_after=9)).units) == 2


def test_what_a_provider_says_is_kept_within_the_tables():
    (unit,) = act(MessageFailed("m" * 300, BadMessage("d\x00" * 400, "c" * 90))).units
    assert isinstance(unit, Overturn)
    assert (len(unit.provider_id), len(unit.detail), len(unit.code)) == (200, 500, 64)
    assert "\x00" not in unit.detail


def test_a_person_who_cannot_be_answered_holds_up_nobody():
    class Deaf:
        said = 0

        async def send(self, said: object) -> Reply:
            self.said += 1
            await asyncio.sleep(3600)
            return Reply()

    async def run() -> None:
        hearing = Hearing(wire, cast("Reader", Store()), cast("Writer", None), BOX, lambda: NOW)
        async with asyncio.timeout(60):
            await hearing.act(cast("Linker", telegram), {}, [Stray("42"), Stray("43")])

    wire = Deaf()
    swiftly(run())
    assert wire.said == 2


def test_a_store_that_is_away_is_said_to_be():
    class Away(Store):
        async def submit(self, unit: object) -> bool:
            raise Overloaded

    with pytest.raises(Overloaded):
        act(MessageArrived("m-1"), store=Away())
