"""Django's cache on a table: what limits failed sign-ins, in an instance of several processes."""

import hashlib
import json
from datetime import datetime, timedelta
from typing import Any

from django.core.cache.backends.base import DEFAULT_TIMEOUT, BaseCache

from pingpilot.manage import services
from pingpilot.store import memory

FOR_EVER = timedelta(days=365)


class SharedCache(BaseCache):
    """Keeps JSON under the digests of keys: these hold addresses of people. ``add`` is atomic."""

    def __init__(self, _location: str, params: dict[str, Any]) -> None:
        """Take what Django hands to every cache."""
        super().__init__(params)

    def add(self, key: str, value: object, timeout: object = DEFAULT_TIMEOUT, version: int | None = None) -> bool:
        """Set a value unless there is one."""
        now = _now()
        return memory.add(self._digest(key, version), json.dumps(value), now + self._lasts(timeout), now)

    def get(self, key: str, default: Any = None, version: int | None = None) -> Any:  # noqa: ANN401 - any JSON
        """Return a value."""
        value = memory.get(self._digest(key, version), _now())
        return default if value is None else json.loads(value)

    def set(self, key: str, value: object, timeout: object = DEFAULT_TIMEOUT, version: int | None = None) -> None:
        """Set a value."""
        memory.put(self._digest(key, version), json.dumps(value), _now() + self._lasts(timeout))

    def touch(self, key: str, timeout: object = DEFAULT_TIMEOUT, version: int | None = None) -> bool:
        """Let a value live on."""
        value = memory.get(digest := self._digest(key, version), _now())
        if value is not None:
            memory.put(digest, value, _now() + self._lasts(timeout))
        return value is not None

    def delete(self, key: str, version: int | None = None) -> bool:
        """Remove a value."""
        return memory.forget(self._digest(key, version))

    def clear(self) -> None:
        """Remove every value."""
        memory.forget_all()

    def _digest(self, key: str, version: int | None) -> str:
        return hashlib.sha256(self.make_key(key, version).encode()).hexdigest()

    def _lasts(self, timeout: object) -> timedelta:
        """Return a duration for Django's marker of the default, for None, or for seconds."""
        seconds = self.default_timeout if timeout is DEFAULT_TIMEOUT else timeout
        return timedelta(seconds=seconds) if isinstance(seconds, int | float) else FOR_EVER


def _now() -> datetime:
    return services.current().now()
