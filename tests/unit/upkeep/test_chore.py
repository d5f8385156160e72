"""The rounds of a chore: turn after turn, further apart while they fail, and none without an end."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from pingpilot.domain.errors import Overloaded
from pingpilot.upkeep.chore import BACK_OFF_MAX, Rounds
from tests.unit.deliver.swift import swiftly

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)
BREATH = timedelta(milliseconds=50)
Turn = Callable[[int], timedelta | None]


class Dusting:
    """A chore whose turns do what ``turns`` says; notes when each began."""

    name = "dusting"
    every = SECOND
    deadline = timedelta(seconds=30)

    def __init__(self, turn: Turn, *, hangs_at: int | None = None) -> None:
        self.begun_s: list[float] = []
        self._turn = turn
        self._hangs_at = hangs_at

    async def turn(self) -> timedelta | None:
        number = len(self.begun_s)
        self.begun_s.append(asyncio.get_running_loop().time())
        if number == self._hangs_at:
            await asyncio.Event().wait()
        return self._turn(number)


def done(chore: Dusting, seconds: float) -> Rounds:
    """Let some time go by."""

    async def run() -> Rounds:
        rounds = Rounds(lambda: chore, lambda: NOW, asyncio.get_running_loop().time)
        task = asyncio.ensure_future(rounds.run())
        await asyncio.sleep(seconds)
        assert not task.done()
        task.cancel()
        return rounds

    return swiftly(run())


def fails(_number: int) -> timedelta | None:
    raise Overloaded


def test_a_turn_says_how_long_to_rest_else_it_is_as_always():
    chore = Dusting(lambda number: BREATH if number < 2 else None)
    rounds = done(chore, 2.5)
    assert chore.begun_s == [0, 0.05, 0.1, 1.1, 2.1]
    assert (rounds.record.done, rounds.record.failed, rounds.record.last_at) == (5, 0, NOW)


def test_while_turns_fail_they_come_further_apart_up_to_a_bound_and_say_why(capsys: pytest.CaptureFixture[str]):
    chore = Dusting(fails)
    rounds = done(chore, 60)
    rests = [after - before for before, after in zip(chore.begun_s, chore.begun_s[1:], strict=False)]
    assert rests[:4] == [1, 2, 4, 8]
    assert set(rests[4:]) == {BACK_OFF_MAX.total_seconds()}
    assert (rounds.record.done, rounds.record.failed) == (0, len(chore.begun_s))
    assert "dusting.waits" in capsys.readouterr().err


def test_a_chore_that_rests_for_long_anyway_rests_no_longer_when_it_fails():
    chore = Dusting(fails)
    chore.every = timedelta(minutes=1)
    done(chore, 150)
    assert chore.begun_s == [0, 60, 120]


def test_after_a_failure_it_goes_on_as_before():
    def turn(number: int) -> timedelta | None:
        return None if number else fails(number)

    chore = Dusting(turn)
    done(chore, 3.5)
    assert chore.begun_s == [0, 1, 2, 3]


def test_a_turn_that_hangs_is_given_up_and_the_next_one_is_taken(capsys: pytest.CaptureFixture[str]):
    chore = Dusting(lambda _: None, hangs_at=0)
    rounds = done(chore, 31.5)
    assert chore.begun_s == [0, 31]
    assert (rounds.record.done, rounds.record.failed, rounds.record.seconds) == (1, 1, 30)
    assert "a turn took longer than 30 s" in capsys.readouterr().err


def test_whoever_begins_again_remembers_nothing():
    made: list[Dusting] = []

    def make() -> Dusting:
        made.append(Dusting(lambda _: None))
        return made[-1]

    async def run() -> None:
        rounds = Rounds(make, lambda: NOW, asyncio.get_running_loop().time)
        for _ in range(2):
            task = asyncio.ensure_future(rounds.run())
            await asyncio.sleep(0.5)
            task.cancel()

    swiftly(run())
    assert [len(one.begun_s) for one in made] == [0, 1, 1]
