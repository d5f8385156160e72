"""The laboratory's account: what it calls lost, and which repeats it calls marked."""

from collections.abc import Mapping, Sequence
from typing import Any, cast

import pytest

from tests.lab.accounting import Account, account
from tests.lab.book import Book, Taken
from tests.lab.outlets import Outlet
from tests.servers.service import Service

MARK, OTHER = "lababc0000001", "lababc0000002"
HOOK = Outlet("webhook", "webhook", "/a", lambda _: {}, knows_repeats=True)
CHAT = Outlet("telegram", "telegram", "4711", lambda _: {})
OUTLETS: Mapping[int, Outlet] = {1: HOOK, 2: CHAT}
GOOD = [(MARK, 1, "DELIVERED", 0), (MARK, 2, "DELIVERED", 0)]


class Store:
    def __init__(self, rows: Sequence[tuple[Any, ...]]) -> None:
        self._rows = rows

    def rows(self, _statement: str, *_values: str) -> Sequence[tuple[Any, ...]]:
        return self._rows


def taken(outlet: Outlet, *identities: str, mark: str = MARK) -> list[Taken]:
    return [Taken(mark, outlet.address, identity, 11.0) for identity in identities]


def summed(
    rows: Sequence[tuple[Any, ...]], hook: list[Taken], chat: list[Taken], *, were_on: bool = True, sent: str = MARK
) -> Account:
    entries = {"webhook": hook, "telegram": chat}
    return account(cast("Service", Store(rows)), {sent: 10.0}, OUTLETS, entries, were_on=were_on)


def test_what_everybody_took_once_is_delivered():
    found = summed(GOOD, taken(HOOK, "1"), taken(CHAT, ""))
    assert (found.sent, found.expected, found.delivered, found.lost, found.repeated) == (1, 2, 2, [], 0)
    assert found.waits == {1: {MARK: 1.0}, 2: {MARK: 1.0}}


def test_what_a_provider_never_got_is_lost_whatever_the_store_says():
    assert summed(GOOD, taken(HOOK, "1"), []).lost == [f"{MARK} at telegram: DELIVERED in the store"]


def test_what_the_store_does_not_know_is_lost():
    assert summed(GOOD[:1], taken(HOOK, "1"), taken(CHAT, "")).lost == [f"{MARK} at telegram: not in the store"]
    assert len(summed([], [], []).lost) == 2


def test_an_event_without_an_answer_that_is_stored_must_arrive_as_well():
    assert len(summed(GOOD, [], [], sent=OTHER).lost) == 4


def test_what_is_said_to_the_owner_is_no_event():
    words = taken(HOOK, "7", "8", mark="")
    assert summed(GOOD, [*taken(HOOK, "1"), *words], taken(CHAT, "")).repeated == 0


def test_a_destination_that_was_off_need_not_get_what_was_not_meant_for_it():
    assert summed(GOOD[:1], taken(HOOK, "1"), [], were_on=False).lost == []
    assert len(summed(GOOD, taken(HOOK, "1"), [], were_on=False).lost) == 1


@pytest.mark.parametrize(("identities", "unmarked"), [(["1", "1"], 0), (["1", "2"], 1)])
def test_a_receiver_that_compares_ids_knows_a_repeat_by_the_same(identities: list[str], unmarked: int):
    found = summed(GOOD, taken(HOOK, *identities), taken(CHAT, ""))
    assert (found.repeated, len(found.unmarked)) == (1, unmarked)


@pytest.mark.parametrize(("is_maybe_repeat", "unmarked"), [(1, 0), (0, 2)])
def test_elsewhere_a_repeat_is_marked_in_the_store(is_maybe_repeat: int, unmarked: int):
    rows = [GOOD[0], (MARK, 2, "DELIVERED", is_maybe_repeat)]
    found = summed(rows, taken(HOOK, "1"), taken(CHAT, "", "", ""))
    assert (found.repeated, len(found.unmarked)) == (2, unmarked)


def test_a_provider_that_sees_to_repeats_takes_each_once_for_a_while():
    now = [0.0]
    book = Book(now=lambda: now[0])
    numbers = [book.take(MARK, "4711", "nonce", is_once=True) for _ in range(2)]
    now[0] += 600
    numbers.append(book.take(MARK, "4711", "nonce", is_once=True))
    assert numbers == [1, 1, 2]
    assert len(book.read()) == 2
    assert book.read() == []
