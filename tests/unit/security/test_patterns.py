"""No pattern of ours takes more time than the text is long: a client chooses every character, and thousands of them."""

import re
import time
from collections.abc import Iterator
from importlib import import_module
from itertools import product

import pytest

from tests.architecture.source import modules

LENGTH = 10_000
"""Squared, this takes half a second of processor; in proportion, well under a millisecond."""
SECONDS_MAX = 0.15
COMMON = ("a", "Z", "0", " ", "-", ".", "_", "\n", "é")
USED = ("fullmatch", "match", "search", "sub", "findall", "split", "finditer")

BOUNDED = {
    "security.forwarding._PAIRS.findall": "asked of what _ELEMENT has matched whole",
    "console.previews._TAG.sub": "asked of the demo's messages, of at most 200 characters a text",
    "console.previews._SLACK_LINK.sub": "the same",
}
"""Patterns that need the square of it, and why no client can make them."""


def patterns() -> Iterator[tuple[str, "re.Pattern[str] | re.Pattern[bytes]", str]]:
    """Yield each compiled pattern of the source with its name, and each method by which it is used."""
    for module in modules():
        source = module.path.read_text("utf-8")
        if "re.compile(" not in source:
            continue
        for name, value in vars(import_module(f"pingpilot.{module.name}")).items():
            if isinstance(value, re.Pattern):
                for method in USED:
                    called = f"{module.name}.{name}.{method}"
                    if re.search(rf"\b{name}\.{method}\(", source) and called not in BOUNDED:
                        yield called, value, method


FOUND = list(patterns())


def hard_texts(pattern: "re.Pattern[str] | re.Pattern[bytes]") -> Iterator[str | bytes]:
    """Yield long texts of one or two characters that the pattern may like, and an end that it does not."""
    source = pattern.pattern if isinstance(pattern.pattern, str) else pattern.pattern.decode("latin-1")
    chars = sorted({*COMMON, *re.sub(r"[\\\[\](){}?*+^$|]", "", source)})[:16]
    for unit in {*chars, *map("".join, product(chars[:8], repeat=2))}:
        for text in (unit * (LENGTH // len(unit)) + "\x00", "x" + unit * (LENGTH // len(unit))):
            yield text if isinstance(pattern.pattern, str) else text.encode("utf-8")


def test_there_are_patterns():
    assert len(FOUND) > 40


@pytest.mark.parametrize(("pattern", "method"), [one[1:] for one in FOUND], ids=[one[0] for one in FOUND])
def test_a_pattern_is_done_in_time(pattern, method):
    for text in hard_texts(pattern):
        arguments = (text[:0], text) if method == "sub" else (text,)
        begun = time.process_time()
        answer = getattr(pattern, method)(*arguments)
        if method == "finditer":
            list(answer)
        assert time.process_time() - begun < SECONDS_MAX, repr(text[:20])
