"""The shape of a provider: how it reads a request, and how it says yes, later and no."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

MARK = re.compile(rb"lab[a-z]{3}[0-9]{7}")
"""Stands in the description of every event that the laboratory reports, so in whatever a channel makes of it."""


@dataclass(frozen=True)
class Request:
    """One HTTP request; header names in lower case."""

    path: str
    headers: Mapping[str, str]
    body: bytes

    def member(self, name: str) -> object:
        """Return a member of the JSON body."""
        value: object = json.loads(self.body)[name]
        return value


@dataclass(frozen=True)
class Answer:
    """One HTTP answer; ``after_s`` seconds late where a provider holds a request open."""

    status: int = 200
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    after_s: float = 0


@dataclass(frozen=True)
class Post:
    """A message on its way to an address.

    ``identity`` is by what the receiver can tell a repeat; where ``is_once`` the provider itself sees to it.
    """

    address: str
    identity: str = ""
    is_once: bool = False


class Dialect(Protocol):
    """One provider. A request that is no message is answered at once, whatever is wrong with messages."""

    REFUSALS: Mapping[str, Answer]
    """The errors it documents, by a name of ours."""

    def read(self, request: Request) -> Post | Answer:
        """Return what a request wants."""
        ...

    def taken(self, number: int) -> Answer:
        """Say yes to the ``number``-th message."""
        ...

    def limited(self, seconds: float | None) -> Answer:
        """Ask to come again later; None: without saying when."""
        ...


def in_json(status: int, value: object, **headers: str) -> Answer:
    """Return an answer with a JSON body; ``_`` in a header's name stands for ``-``."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Answer(status, json.dumps(value).encode(), {"Content-Type": "application/json", **named})
