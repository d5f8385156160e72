"""Guessing at keys: nothing about the way a wrong one is refused tells how near it was."""

import sys
from collections.abc import Callable
from functools import partial

import pytest

from pingpilot.domain.errors import InvalidKey
from pingpilot.domain.ids import KeyId
from pingpilot.domain.key import compose, digest, matches
from pingpilot.ingest.authenticate import KeyIndex
from tests.unit.ingest.test_authenticate import Looks, ask, clock, header, index, looks, new_key, workspace

__all__ = ["clock", "index", "looks", "workspace"]

RIGHT = "a".ljust(24, "0")


def guessed(key_id: str, secret: str) -> str:
    return compose(KeyId(key_id), secret)


GUESSES = {
    "no such id": guessed("b" * 24, "S" * 32),
    "a right id, all else wrong": guessed(RIGHT, "x" * 32),
    "a right id, and the first half right": guessed(RIGHT, "S" * 16 + "x" * 16),
    "a right id, and one character wrong": guessed(RIGHT, "S" * 31 + "x"),
}


@pytest.mark.parametrize("is_known", [False, True], ids=["a key not seen before", "a key in use"])
async def test_every_guess_costs_one_look_and_gets_one_answer(index: KeyIndex, looks: Looks, workspace, is_known: bool):
    right = await ask(lambda: new_key(workspace))
    found = {}
    for name, guess in GUESSES.items():
        index.forget(workspace)
        if is_known:
            await index.caller(header(right))
        looks.asked.clear()
        assert index.known(header(guess)) is None
        with pytest.raises(InvalidKey) as refused:
            await index.caller(header(guess))
        found[name] = (tuple(looks.asked), refused.value.message)
    assert set(found.values()) == {(("accesses_of",), "Invalid API key")}


def test_the_comparison_does_the_same_whatever_differs():
    """What is called, in which order, is the same for a key that is right and for any that is not."""
    stored = digest(guessed(RIGHT, "S" * 32))
    keys = [*GUESSES.values(), guessed(RIGHT, "S" * 32)]
    calls = {tuple(called(partial(matches, key, stored))) for key in keys}
    (only,) = calls
    assert "compare_digest" in only


def called(work: Callable[[], object]) -> list[str]:
    """Return the names of the functions that a work calls."""
    names: list[str] = []

    def note(frame, event, argument):
        if event in {"call", "c_call"}:
            names.append(frame.f_code.co_name if event == "call" else argument.__name__)

    before = sys.getprofile()
    sys.setprofile(note)
    try:
        work()
    finally:
        sys.setprofile(before)
    return names
