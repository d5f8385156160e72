"""Keeping works running that never end."""

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial

from pingpilot.observe import get_logger

RESTART_AFTER_S = 1

_log = get_logger()
Work = Callable[[], Awaitable[None]]


async def keep(work: Work) -> None:
    """Do a work that never ends, and begin anew should it break: a delivery must not wait for the next start."""
    while True:
        try:
            return await work()
        except Exception as error:  # noqa: BLE001 - see above
            _log.error("task.crashed", task=_name_of(work), error=repr(error)[:300])
            await asyncio.sleep(RESTART_AFTER_S)


def _name_of(work: Work) -> str:
    """Return what the log calls a work; of one that is led, under which name."""
    if isinstance(work, partial):
        return " ".join([work.func.__qualname__, *(one for one in work.args if isinstance(one, str))])
    return getattr(work, "__qualname__", "")
