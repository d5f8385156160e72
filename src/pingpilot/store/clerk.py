"""The child process of the writer: takes units from its socket, commits and answers, till the socket closes."""

import socket
from collections.abc import Callable

from pingpilot.store.commit import Committer
from pingpilot.store.frames import Frames, framed
from pingpilot.store.parcels import pack_answers, unpack_units

COMMIT_MAX = 512
"""Units in one transaction: bounds how long the first of them waits for the last."""
_READ_BYTES = 1 << 20


def attend(line: socket.socket, committer: Committer, afterwards: Callable[[], None]) -> None:
    """Say hello, then commit together all that has come; returns when the parent has gone, with that committed.

    ``afterwards`` is done behind each commit, when it was answered.
    """
    _say(line, [])
    frames = Frames()
    while data := _read(line):
        units: list[object] = []
        for frame in frames.feed(data):
            units += unpack_units(frame)
        for start in range(0, len(units), COMMIT_MAX):
            _say(line, committer.commit(units[start : start + COMMIT_MAX]))
            afterwards()


def _read(line: socket.socket) -> bytes:
    try:
        return line.recv(_READ_BYTES)
    except ConnectionResetError:  # the parent was killed before it had read all answers
        return b""


def _say(line: socket.socket, answers: list[object]) -> None:
    try:
        line.sendall(framed(pack_answers(answers)))
    except OSError:  # the parent has gone; the next read says so
        return
