"""Django's session engine: sessions in a table of ours, under the digest of their key, with their contents sealed."""

import hashlib
import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.contrib.auth import SESSION_KEY as USER_ID
from django.contrib.sessions.backends.base import CreateError, SessionBase, UpdateError
from django.db import IntegrityError, transaction
from django.db.models import QuerySet

from pingpilot.domain.errors import SealBroken
from pingpilot.manage import services
from pingpilot.store.models import Session

NOBODYS_LASTS = timedelta(hours=1)
"""How long a session may wait for a sign-in: as long as a link to a new password lives."""
_CONTEXT = "session"
_CLEANED_AT_ONCE = 100


class SessionStore(SessionBase):
    """One session. ``seen_at`` and ``expires_at`` are those of the row as it was loaded, None for a new one."""

    def __init__(self, session_key: str | None = None) -> None:
        """Take the key that the browser's cookie holds."""
        super().__init__(session_key)
        self.seen_at: datetime | None = None
        self.expires_at: datetime | None = None

    def load(self) -> dict[str, Any]:
        """Return what the session holds; nothing, and no session, where it is gone or expired."""
        row = _rows(self.session_key).filter(expires_at__gt=_now()).first()
        if row is None:
            self._session_key = None
            return {}
        self.seen_at, self.expires_at = row.seen_at, row.expires_at
        return _unsealed(bytes(row.data))

    def exists(self, session_key: str) -> bool:
        """Tell whether a key is in use."""
        return _rows(session_key).exists()

    def create(self) -> None:
        """Begin a new session, and take a few away that have expired."""
        _clean(_CLEANED_AT_ONCE)
        while True:
            self._session_key = self._get_new_session_key()  # type: ignore[attr-defined] # as below
            try:
                self.save(must_create=True)
            except CreateError:
                continue
            self.modified = True
            return

    def save(self, must_create: bool = False) -> None:
        """Write the session. Raises UpdateError when it was ended meanwhile."""
        if self.session_key is None:
            return self.create()
        data = self._get_session(no_load=must_create)  # type: ignore[attr-defined] # Django's, for its engines
        values = {
            "data": services.current().box.seal(json.dumps(data).encode(), _CONTEXT),
            "user_id": data.get(USER_ID),
            "expires_at": _now() + timedelta(seconds=self.get_expiry_age()),
        }
        self.seen_at = None if must_create else self.seen_at
        try:
            with transaction.atomic():
                written = _insert(self.session_key, values) if must_create else _rows(self.session_key).update(**values)
        except IntegrityError as error:  # the key is taken, or the user has just been deleted
            raise CreateError if must_create else UpdateError from error
        if not written:
            raise UpdateError
        return None

    def delete(self, session_key: str | None = None) -> None:
        """End a session, this one if no other is named."""
        _rows(session_key or self.session_key).delete()

    def get_expiry_age(self, **kwargs: object) -> int:
        """Return the seconds a session lives after its last change: one without a user not for long."""
        age = int(super().get_expiry_age(**kwargs))
        return age if USER_ID in self else min(age, int(NOBODYS_LASTS.total_seconds()))

    @classmethod
    def clear_expired(cls) -> None:
        """Take away every session that has expired."""
        Session.objects.filter(expires_at__lte=_now()).delete()


def digest_of(session_key: str | None) -> bytes:
    """Return by what a session is found; keys are random enough to need no salt."""
    return hashlib.sha256((session_key or "").encode()).digest()


def _rows(session_key: str | None) -> QuerySet[Session]:
    return Session.objects.filter(digest=digest_of(session_key))


def _insert(session_key: str, values: Mapping[str, Any]) -> Session:
    return Session.objects.create(digest=digest_of(session_key), created_at=_now(), **values)


def _clean(count: int) -> None:
    expired = Session.objects.filter(expires_at__lte=_now()).order_by("expires_at").values_list("pk", flat=True)
    if ids := list(expired[:count]):
        Session.objects.filter(pk__in=ids).delete()


def _unsealed(sealed: bytes) -> dict[str, Any]:
    """Return what was sealed; nothing where the instance has another secret by now."""
    try:
        data: dict[str, Any] = json.loads(services.current().box.unseal(sealed, _CONTEXT))
    except SealBroken:
        return {}
    return data


def _now() -> datetime:
    return services.current().now()
