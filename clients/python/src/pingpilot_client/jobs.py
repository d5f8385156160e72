"""Reporting how a job went: a context manager that is a decorator, too, for functions and coroutines alike."""

import asyncio
import functools
import inspect
import logging
import time
import traceback
from collections.abc import Callable, Coroutine, Mapping
from types import TracebackType
from typing import Any, ParamSpec, Self, TypeVar, cast

from pingpilot_client.client import Client
from pingpilot_client.errors import PingPilotError
from pingpilot_client.event import DESCRIPTION_MAX, FIELD_TEXT_MAX, Event, FieldValue, cut

P = ParamSpec("P")
T = TypeVar("T")

_log = logging.getLogger("pingpilot_client")


class notify_on_failure:  # noqa: N801 - used as a verb: `with notify_on_failure("import"):`
    """Report when what runs inside fails, and let the exception go on; with ``on_success`` when it goes well, too.

    Use it as ``with``, as ``async with``, or above a function. A report that cannot be made is logged and changes
    nothing. Without a client one is made from the environment when there is something to report.
    """

    def __init__(
        self,
        job: str,
        *,
        category: str = "job",
        client: Client | None = None,
        on_success: bool = False,
        fields: Mapping[str, FieldValue] | None = None,
    ) -> None:
        """Take what to call the job, and the category, which must exist; raise InvalidEvent for one that cannot."""
        self._job, self._category, self._client = job, category, client
        self._on_success, self._fields = on_success, dict(fields or {})
        self._begun = 0.0
        Event(category, fields=self._fields).check()

    def __enter__(self) -> Self:
        self._begun = time.monotonic()
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        event = self._event(error)
        if event is not None:
            self._send(event)

    async def __aenter__(self) -> Self:
        return self.__enter__()

    async def __aexit__(
        self, _kind: type[BaseException] | None, error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        event = self._event(error)
        if event is not None:
            await asyncio.to_thread(self._send, event)

    def __call__(self, function: Callable[P, T]) -> Callable[P, T]:
        """Have every call of a function, or of a coroutine function, watched."""
        if inspect.iscoroutinefunction(function):
            return cast("Callable[P, T]", self._around_coroutine(function))

        @functools.wraps(function)
        def watched(*args: P.args, **kwargs: P.kwargs) -> T:
            with self._anew():
                return function(*args, **kwargs)

        return watched

    def _around_coroutine(self, function: Callable[P, Coroutine[Any, Any, T]]) -> Callable[P, Coroutine[Any, Any, T]]:
        @functools.wraps(function)
        async def watched(*args: P.args, **kwargs: P.kwargs) -> T:
            async with self._anew():
                return await function(*args, **kwargs)

        return watched

    def _anew(self) -> "notify_on_failure":
        """Return the same for one call: several may run at a time."""
        return notify_on_failure(
            self._job,
            category=self._category,
            client=self._client,
            on_success=self._on_success,
            fields=self._fields,
        )

    def _event(self, error: BaseException | None) -> Event | None:
        took_s = time.monotonic() - self._begun
        fields: dict[str, FieldValue] = {"job": cut(self._job, FIELD_TEXT_MAX), "duration_s": round(took_s, 2)}
        if error is None:
            said = f"{self._job} ended well after {took_s:.1f} s."
            return Event(self._category, said, {**fields, **self._fields}, "success") if self._on_success else None
        if not _is_failure(error):
            return None
        fields["error"] = type(error).__name__
        first = f"{self._job} failed after {took_s:.1f} s: {type(error).__name__}: {error}"[: DESCRIPTION_MAX // 2]
        trace = "".join(traceback.format_exception(error)).rstrip()
        said = f"{first}\n\n{trace[-(DESCRIPTION_MAX - len(first) - 2) :]}"
        return Event(self._category, cut(said, DESCRIPTION_MAX), {**fields, **self._fields}, "critical")

    def _send(self, event: Event) -> None:
        try:
            if self._client is not None:
                self._client.send(event)
                return
            with Client() as client:
                client.send(event)
        except PingPilotError as error:
            _log.warning("The end of %s was not reported: %s", self._job, error)


def _is_failure(error: BaseException) -> bool:
    """Tell a failure from an end that was asked for: Ctrl-C, a cancelled task, `sys.exit()`."""
    if isinstance(error, SystemExit):
        return error.code not in {None, 0}
    return isinstance(error, Exception)
