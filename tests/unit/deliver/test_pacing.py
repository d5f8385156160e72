"""Pauses: as wide as the scope, and no wider."""

from datetime import timedelta

import pytest

from pingpilot.deliver.pacing import LONGEST_S, PAUSES_MAX, Pauses, Told, told
from pingpilot.domain.ids import DestinationId, WorkspaceId
from pingpilot.domain.outcome import Scope
from pingpilot.domain.routing import Route
from tests.unit.deliver.sample import NOW, a_job

MINUTE = timedelta(minutes=1)
MINE = a_job(channel="telegram", destination=DestinationId(1))
NEIGHBOUR = a_job(channel="telegram", destination=DestinationId(2))
STRANGER = a_job(channel="webhook", destination=DestinationId(3))


@pytest.mark.parametrize(
    ("scope", "paused"),
    [
        (Scope.ADDRESS, [True, False, False]),
        (Scope.CREDENTIAL, [True, True, False]),
        (Scope.CHANNEL, [True, True, False]),
        (Scope.PROCESS, [True, True, True]),
    ],
)
def test_a_pause_holds_back_its_scope_alone(scope: Scope, paused: list[bool]):
    pauses = Pauses()
    pauses.pause(MINE, scope, NOW + MINUTE, NOW)
    assert [pauses.until(job, NOW) is not None for job in (MINE, NEIGHBOUR, STRANGER)] == paused


def test_a_provider_that_shuts_the_machine_out_is_left_alone_on_all_its_channels():
    bot, webhook = a_job(channel="discord"), a_job(channel="discord-webhook", destination=DestinationId(9))
    for first, other in ((bot, webhook), (webhook, bot)):
        pauses = Pauses()
        pauses.pause(first, Scope.CHANNEL, NOW + MINUTE, NOW)
        assert pauses.until(other, NOW) == NOW + MINUTE
        assert pauses.until(STRANGER, NOW) is None
        pauses = Pauses()
        pauses.pause(first, Scope.CREDENTIAL, NOW + MINUTE, NOW)
        assert pauses.until(other, NOW) is None


def test_it_tells_whether_it_is_news():
    pauses = Pauses()
    assert pauses.pause(MINE, Scope.CREDENTIAL, NOW + MINUTE, NOW)
    assert not pauses.pause(NEIGHBOUR, Scope.CREDENTIAL, NOW + MINUTE, NOW)
    assert pauses.pause(MINE, Scope.ADDRESS, NOW + MINUTE, NOW)
    assert pauses.pause(MINE, Scope.CREDENTIAL, NOW + 3 * MINUTE, NOW + MINUTE)


def test_a_pause_ends():
    pauses = Pauses()
    assert pauses.until(MINE, NOW) is None
    pauses.pause(MINE, Scope.ADDRESS, NOW + MINUTE, NOW)
    assert pauses.until(MINE, NOW + MINUTE - timedelta.resolution) == NOW + MINUTE
    assert pauses.until(MINE, NOW + MINUTE) is None


def test_a_pause_does_not_outlive_a_clock_that_is_set_back():
    pauses = Pauses()
    pauses.pause(MINE, Scope.ADDRESS, NOW + MINUTE, NOW)
    assert pauses.until(MINE, NOW - 60 * MINUTE) is None
    pauses.pause(MINE, Scope.ADDRESS, NOW - 59 * MINUTE, NOW - 60 * MINUTE)
    assert pauses.until(MINE, NOW - 60 * MINUTE) == NOW - 59 * MINUTE


def test_the_latest_of_several_ends_counts():
    pauses = Pauses()
    pauses.pause(MINE, Scope.ADDRESS, NOW + 3 * MINUTE, NOW)
    pauses.pause(MINE, Scope.ADDRESS, NOW + MINUTE, NOW)
    pauses.pause(NEIGHBOUR, Scope.CHANNEL, NOW + 2 * MINUTE, NOW)
    assert pauses.until(MINE, NOW) == NOW + 3 * MINUTE
    assert pauses.until(NEIGHBOUR, NOW) == NOW + 2 * MINUTE


def test_the_pause_of_an_address_that_refuses_us_can_be_lifted():
    pauses = Pauses()
    pauses.pause(MINE, Scope.ADDRESS, NOW + 5 * MINUTE, NOW, is_refusal=True)
    pauses.pause(NEIGHBOUR, Scope.CREDENTIAL, NOW + 5 * MINUTE, NOW, is_refusal=True)
    assert pauses.until(STRANGER, NOW) is None
    assert pauses.refusing(NOW - timedelta.resolution) == []
    assert pauses.refusing(NOW) == [1]
    pauses.lift(MINE.destination)
    assert pauses.refusing(NOW) == []
    pauses.lift(MINE.destination)


def test_lifting_it_does_not_end_what_the_provider_asked_for():
    pauses = Pauses()
    pauses.pause(MINE, Scope.ADDRESS, NOW + MINUTE, NOW)
    pauses.pause(MINE, Scope.ADDRESS, NOW + 5 * MINUTE, NOW, is_refusal=True)
    assert pauses.until(MINE, NOW) == NOW + 5 * MINUTE
    pauses.lift(MINE.destination)
    assert pauses.until(MINE, NOW) == NOW + MINUTE


def test_pauses_that_have_ended_are_forgotten_when_there_are_many():
    pauses = Pauses()
    for number in range(PAUSES_MAX):
        pauses.pause(a_job(destination=DestinationId(number)), Scope.ADDRESS, NOW + MINUTE, NOW)
    pauses.pause(MINE, Scope.ADDRESS, NOW + 2 * MINUTE, NOW + MINUTE)
    assert len(pauses._spans) == 1


def test_a_pause_is_told_to_other_workers_as_a_word():
    route = Route(DestinationId(1), "telegram", WorkspaceId(4))
    word = Told(Scope.CREDENTIAL, route, 12.5).word()
    assert told(word) == Told(Scope.CREDENTIAL, route, 12.5)
    assert told(Told(Scope.ADDRESS, route, 1e9).word()).seconds == LONGEST_S


@pytest.mark.parametrize(
    "word", ["", "credential 1 telegram 4", "planet 1 telegram 4 5.0", "address one telegram 4 5.0"]
)
def test_what_is_no_such_word_is_refused(word: str):
    with pytest.raises(ValueError, match=r"."):
        told(word)
