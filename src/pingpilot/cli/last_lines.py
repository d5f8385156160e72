"""The last lines that a command writes, kept while they are passed on byte by byte."""

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import IO

LINES_MAX = 200
KEPT_BYTES = 16_384
CHUNK_BYTES = 65_536
STRAGGLERS_S = 2.0
"""How long what a command has left behind may hold its output, once it has ended itself."""


class LastLines:
    """The end of what was written, of several streams as it came. Threads may write at a time."""

    def __init__(self, lines: int) -> None:
        """Take how many lines to keep."""
        self._lines = lines
        self._kept = bytearray()
        self._lock = threading.Lock()

    def write(self, chunk: bytes) -> None:
        """Take what was written."""
        with self._lock:
            self._kept += chunk[-KEPT_BYTES:]
            del self._kept[:-KEPT_BYTES]

    def text(self, limit: int) -> str:
        """Return the last lines, and of those the last ``limit`` characters."""
        with self._lock:
            text = self._kept.decode("utf-8", "replace").replace("\0", "")
        return "\n".join(text.rstrip().splitlines()[-self._lines :])[-limit:]


@contextmanager
def passed_on(last: LastLines | None, pairs: Sequence[tuple[IO[bytes], IO[bytes]]]) -> Iterator[None]:
    """Pass each stream on to its other side and keep its end, until the streams end or shortly after the context."""
    threads = [threading.Thread(target=_pass_on, args=(*pair, last), daemon=True) for pair in pairs if last]
    for thread in threads:
        thread.start()
    yield
    for thread in threads:
        thread.join(STRAGGLERS_S)


def _pass_on(source: IO[bytes], sink: IO[bytes], last: LastLines) -> None:
    is_heard = True
    while chunk := source.read1(CHUNK_BYTES):  # type: ignore[attr-defined]  # a pipe of subprocess is buffered
        last.write(chunk)
        if is_heard:
            try:
                sink.write(chunk)
                sink.flush()
            except OSError:  # nobody listens any more; the command is not to hang on a full pipe
                is_heard = False
