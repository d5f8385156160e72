"""The keys that were used before a start, learned again behind it: their next events wait for no look into the store.

In slices, and with a rest after each as long as the slice took: requests that come meanwhile go on, and a key among
them that is not learned yet is looked up as ever.
"""

import asyncio
from collections.abc import Callable

from pingpilot.domain.errors import Overloaded
from pingpilot.ingest.authenticate import KeyIndex
from pingpilot.observe import get_logger
from pingpilot.store.access import lately_used
from pingpilot.store.reader import Reader

KEYS_MAX = 20_000
"""Keys recalled: some 75 MB, in a few seconds. Those used before them are loaded at their next use."""
TOGETHER = 128
"""Keys in one question: some 10 ms."""

_log = get_logger()


async def recall(index: KeyIndex, reader: Reader, monotonic: Callable[[], float], keys_max: int = KEYS_MAX) -> None:
    """Learn the keys that were used last, newest use first; once. What the store does not say is loaded at its use."""
    begun, learned = monotonic(), 0
    try:
        keys = await reader.run(lately_used, keys_max)
        for start in range(0, len(keys), TOGETHER):
            since = monotonic()
            learned += await index.learn(keys[start : start + TOGETHER])
            await asyncio.sleep(monotonic() - since)
    except Overloaded:
        _log.warning("keys.unrecalled", keys=learned)
        return
    if learned:
        _log.info("keys.recalled", keys=learned, duration_ms=round((monotonic() - begun) * 1_000))
