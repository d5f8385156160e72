"""Units on their way to the writer, and its answers on their way back: many in one message.

The usual ones, single events and their acceptance, travel as MessagePack: packing each by itself costs several times
as much, on both sides. Everything else is pickled; the first byte of a message says which of the two it is.
"""

import pickle
from collections.abc import Sequence
from typing import Any

import msgspec

from pingpilot.store.events import Accept, Accepted

_PLAIN, _PICKLED = b"m", b"p"
_encode = msgspec.msgpack.Encoder().encode
_events = msgspec.msgpack.Decoder(list[Accept]).decode
_accepted = msgspec.msgpack.Decoder(list[Accepted]).decode


def pack_units(units: Sequence[object]) -> bytes:
    """Return a message for the writer."""
    return _packed(units, Accept)


def unpack_units(message: bytes) -> list[Any]:
    """Return what a message for the writer holds; it comes from a process of ours, over a private socket."""
    return _events(memoryview(message)[1:]) if message.startswith(_PLAIN) else _unpickled(message)


def pack_answers(answers: Sequence[object]) -> bytes:
    """Return a message of the writer."""
    return _packed(answers, Accepted)


def unpack_answers(message: bytes) -> list[Any]:
    """Return what a message of the writer holds; as ``unpack_units``."""
    return _accepted(memoryview(message)[1:]) if message.startswith(_PLAIN) else _unpickled(message)


def _packed(things: Sequence[object], usual: type) -> bytes:
    """Pack things of the usual kind the quick way; those of its subclasses have members of their own."""
    if set(map(type, things)) == {usual}:
        return _PLAIN + _encode(things)
    return _PICKLED + pickle.dumps(things, pickle.HIGHEST_PROTOCOL)


def _unpickled(message: bytes) -> list[Any]:
    things: list[Any] = pickle.loads(memoryview(message)[1:])  # noqa: S301 - from a process of ours
    return things
