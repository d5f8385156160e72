"""Reading for those who live on an event loop: a few threads with a database connection each."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import ParamSpec, TypeVar

from django.db import Error, connection

from pingpilot.domain.errors import Overloaded

P = ParamSpec("P")
T = TypeVar("T")


class Reader:
    """Runs questions to the store off the event loop, at most ``threads`` at a time."""

    def __init__(self, threads: int = 2) -> None:
        """Start no thread before the first question."""
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="reader")

    async def run(self, question: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Ask; raises Overloaded when the database does not answer."""
        call = partial(_ask, question, *args, **kwargs)
        return await asyncio.get_running_loop().run_in_executor(self._pool, call)

    def close(self) -> None:
        """End the threads after what they are doing."""
        self._pool.shutdown(wait=True, cancel_futures=True)


def _ask(question: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    try:
        return question(*args, **kwargs)
    except Error as error:
        connection.close()  # the next question opens a fresh one
        raise Overloaded from error
