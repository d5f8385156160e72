"""The child process of the writer: takes batches from its socket, commits each and answers, till the socket closes."""

import pickle
import socket

from pingpilot.store.commit import Committer
from pingpilot.store.frames import Frames, framed

_READ_BYTES = 1 << 20


def attend(line: socket.socket, committer: Committer) -> None:
    """Say hello, then commit batch after batch; returns when the parent has gone, with the batch in hand committed."""
    _say(line, [])
    frames = Frames()
    while data := _read(line):
        for frame in frames.feed(data):
            units = pickle.loads(frame)  # noqa: S301 - from our own parent, over a private socket
            _say(line, committer.commit(units))


def _read(line: socket.socket) -> bytes:
    try:
        return line.recv(_READ_BYTES)
    except ConnectionResetError:  # the parent was killed before it had read all answers
        return b""


def _say(line: socket.socket, answers: list[object]) -> None:
    try:
        line.sendall(framed(pickle.dumps(answers, pickle.HIGHEST_PROTOCOL)))
    except OSError:  # the parent has gone; the next read says so
        return
