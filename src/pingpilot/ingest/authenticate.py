"""Bearer key to workspace, from memory.

Both a key and the picture of its workspace are loaded at first use, or ahead of it (``recall``), and kept. An event is
committed only when the revision of the picture is still that of the workspace, so a stale picture costs a second try
and never a wrong answer; refusals made from memory may rest on a picture up to ``TRUSTED_S`` old. One look at a time
follows the changes of all workspaces, so that trust costs the same however many keys are in use.
"""

import asyncio
import math
from collections import OrderedDict
from collections.abc import Callable, Collection, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

from pingpilot.domain.errors import InvalidAuthHeader, InvalidKey, Overloaded, Unauthorized
from pingpilot.domain.ids import KeyId, WorkspaceId
from pingpilot.domain.key import id_of, matches
from pingpilot.domain.quota import Month
from pingpilot.ingest.asking import Once, Together
from pingpilot.store.access import (
    Access,
    Picture,
    Standing,
    accesses_of,
    pictures_of,
    recalled,
    standings_of,
)
from pingpilot.store.reader import Reader
from pingpilot.store.workspaces import revisions_since

TRUSTED_S = 2.0
"""Seconds for which a picture is trusted without a commit or a look into the store."""
FOLLOW_EVERY_S = 0.5
KEYS_MAX = 100_000
"""Keys kept in memory; the least recently loaded go first. Each takes 4 KB with a picture of a few categories."""

_BEARER = b"Bearer "


@dataclass(slots=True)
class _Held:
    """A picture, and until when (monotonic seconds) it is trusted unseen. ``is_doubted``: whatever others look at."""

    picture: Picture
    trusted_until: float
    is_doubted: bool = False


@dataclass(frozen=True, slots=True)
class Caller:
    """Who calls: the key, and the picture of its workspace."""

    access: Access
    picture: Picture


@dataclass(frozen=True, slots=True)
class Clocks:
    """The present, and seconds that never go back."""

    now: Callable[[], datetime]
    monotonic: Callable[[], float]


class KeyIndex:
    """The index in memory. Lives on one event loop."""

    def __init__(self, reader: Reader, clocks: Clocks, keys_max: int = KEYS_MAX) -> None:
        """Take where to look, the clocks, and how many keys to keep."""
        self.forgotten: Callable[[WorkspaceId], None] = lambda _workspace: None
        """Hears of each workspace about which something has changed."""
        self._reader = reader
        self._clocks = clocks
        self._keys: OrderedDict[KeyId, Access] = OrderedDict()
        self._keys_of: dict[WorkspaceId, set[KeyId]] = {}
        self._pictures: OrderedDict[WorkspaceId, _Held] = OrderedDict()
        self._ready: dict[str, tuple[_Held, Caller]] = {}
        self._keys_max = keys_max
        self._followed_until = -math.inf
        self._mark: datetime | None = None
        self._moved: set[WorkspaceId] | None = None
        self._loading_keys: Once[KeyId, Access | None] = Once()
        self._loading_pictures: Once[WorkspaceId, _Held | None] = Once()
        self._stored_keys = Together(self._ask_keys)
        self._stored_pictures = Together(self._ask_pictures)
        self._standings = Together(self._ask_standings)

    def known(self, header: bytes | None) -> Caller | None:
        """Return who calls if that is known without asking; raises Unauthorized or InvalidAuthHeader."""
        key = key_in(header)
        found = self._ready.get(key[3:27])
        if found is None:
            return None
        held, caller = found
        expires_at = caller.access.expires_at
        is_sure = (
            matches(key, caller.access.digest)
            and self._is_trusted(held)
            and (expires_at is None or expires_at > self._clocks.now())
        )
        return caller if is_sure else None

    async def caller(self, header: bytes | None) -> Caller:
        """Return who calls; raises Unauthorized, InvalidAuthHeader or InvalidKey."""
        key = key_in(header)
        access = self._keys.get(KeyId(key[3:27]))
        if access is None or not matches(key, access.digest):
            access = await self._look_up(key)
        if access.expires_at is not None and access.expires_at <= self._clocks.now():
            raise InvalidKey
        held = self._pictures.get(access.workspace)
        if held is None or not self._is_trusted(held):
            access, held = await self._refreshed(access)
        caller = Caller(access, held.picture)
        if self._keys.get(access.key) is access and self._pictures.get(access.workspace) is held:
            self._ready[access.key] = (held, caller)
        return caller

    def confirm(self, picture: Picture) -> None:
        """Trust a picture for longer: a commit has just found it current."""
        held = self._pictures.get(picture.workspace)
        if held is not None and held.picture is picture:
            held.trusted_until, held.is_doubted = self._clocks.monotonic() + TRUSTED_S, False

    def doubt(self, picture: Picture) -> None:
        """Look at a picture by itself at its next use: a call was refused, which tells nothing of how much is used."""
        held = self._pictures.get(picture.workspace)
        if held is not None and held.picture is picture:
            held.is_doubted = True

    async def learn(self, keys: Sequence[KeyId]) -> int:
        """Load those of some keys that are not known, ahead of their next use, as far as there is room.

        Hand in what was used last first: of what is learned, the latter goes first when room is needed. Returns how
        many were learned. One call at a time; raises Overloaded.
        """
        wanted = [key for key in keys if key not in self._keys][: self._keys_max - len(self._keys)]
        begun, moved = self._clocks.monotonic(), set[WorkspaceId]()
        self._moved = moved
        try:
            pictures, accesses = await self._reader.run(recalled, wanted, self._clocks.now())
        finally:
            self._moved = None
        if self._clocks.monotonic() - begun > TRUSTED_S:  # its changes might not be looked at any more
            return 0
        still = [access for access in accesses.values() if access.workspace not in moved]
        return sum(self._learn(access, pictures.get(access.workspace)) for access in still)

    def _learn(self, access: Access, picture: Picture | None) -> bool:
        """Keep a key that is at least as new as its picture: one loaded meanwhile would have moved the workspace."""
        key, workspace = access.key, access.workspace
        if picture is None or key in self._keys or len(self._keys) >= self._keys_max:
            return False
        held = self._pictures.get(workspace)
        if held is None:
            held = self._pictures[workspace] = _Held(picture, -math.inf)
            self._pictures.move_to_end(workspace, last=False)
        self._keys[key] = access
        self._keys.move_to_end(key, last=False)
        self._keys_of.setdefault(workspace, set()).add(key)
        self._ready[key] = (held, Caller(access, held.picture))
        return True

    async def run(self) -> None:
        """Follow the changes of all workspaces until cancelled; while the store is away, each picture is on its own."""
        while True:
            with suppress(Overloaded):
                await self.follow()
            await asyncio.sleep(FOLLOW_EVERY_S)

    async def follow(self) -> None:
        """Look once for what has changed, and trust all the rest for a while; raises Overloaded."""
        begun, is_first = self._clocks.monotonic(), self._mark is None
        self._mark, revisions = await self._reader.run(revisions_since, self._mark)
        for workspace, revision in revisions.items():
            held = self._pictures.get(workspace)
            if held is not None and held.picture.revision != revision:
                self.forget(workspace)
        if not is_first:
            self._followed_until = begun + TRUSTED_S

    def _is_trusted(self, held: _Held) -> bool:
        """Tell whether a picture needs no look."""
        now = self._clocks.monotonic()
        return held.trusted_until >= now or (self._followed_until >= now and not held.is_doubted)

    def forget(self, workspace: WorkspaceId) -> None:
        """Drop a workspace and its keys: something about them has changed."""
        self.forgotten(workspace)
        if self._moved is not None:
            self._moved.add(workspace)
        self._pictures.pop(workspace, None)
        for key in list(self._keys_of.get(workspace, ())):
            self._drop(key)

    def _drop(self, key: KeyId) -> None:
        access = self._keys.pop(key)
        self._ready.pop(key, None)
        others = self._keys_of[access.workspace]
        others.discard(key)
        if not others:
            del self._keys_of[access.workspace]

    async def _look_up(self, key: str) -> Access:
        """Find a key in the store; a wrong checksum is refused before that."""
        key_id = id_of(key)
        if key_id is None:
            raise InvalidKey
        access = await self._loading_keys.run(key_id, lambda: self._load_key(key_id))
        if access is None or not matches(key, access.digest):
            raise InvalidKey
        return access

    async def _load_key(self, key_id: KeyId) -> Access | None:
        access = await self._stored_keys.find(key_id)
        if key_id in self._keys:
            self._drop(key_id)
        if access is not None:
            self._keys[key_id] = access
            self._keys_of.setdefault(access.workspace, set()).add(key_id)
            while len(self._keys) > self._keys_max:
                self._drop(next(iter(self._keys)))
        return access

    async def _refreshed(self, access: Access) -> tuple[Access, _Held]:
        """Return the key and its picture as they are now; raises InvalidKey."""
        held = await self._loading_pictures.run(access.workspace, lambda: self._load_picture(access.workspace))
        if held is None or self._keys.get(access.key) is not access:
            # The workspace moved on, and with it perhaps the key: only the store knows.
            now = await self._loading_keys.run(access.key, lambda: self._load_key(access.key))
            if now is None or held is None or now.digest != access.digest:
                raise InvalidKey
            access = now
        return access, held

    async def _load_picture(self, workspace: WorkspaceId) -> _Held | None:
        """Trust the held picture again when its revision stands, else load it and forget the workspace's keys."""
        held = self._pictures.get(workspace)
        if held is None or not await self._stands(held.picture):
            self.forget(workspace)
            picture = await self._stored_pictures.find(workspace)
            if picture is None:
                return None
            held = self._pictures[workspace] = _Held(picture, 0)
            while len(self._pictures) > self._keys_max:
                self._pictures.popitem(last=False)
        held.trusted_until, held.is_doubted = self._clocks.monotonic() + TRUSTED_S, False
        return held

    async def _stands(self, picture: Picture) -> bool:
        """Tell whether a picture is of the current revision; units given back meanwhile count again."""
        standing = await self._standings.find(picture.workspace)
        if standing is None:
            return False
        picture.month, picture.used = standing.month, standing.used
        return standing.revision == picture.revision

    async def _ask_keys(self, keys: Collection[KeyId]) -> dict[KeyId, Access]:
        return await self._reader.run(accesses_of, keys, self._clocks.now())

    async def _ask_pictures(self, workspaces: Collection[WorkspaceId]) -> dict[WorkspaceId, Picture]:
        return await self._reader.run(pictures_of, workspaces, self._clocks.now())

    async def _ask_standings(self, workspaces: Collection[WorkspaceId]) -> dict[WorkspaceId, Standing]:
        return await self._reader.run(standings_of, workspaces, Month.of(self._clocks.now()))


def key_in(header: bytes | None) -> str:
    """Return the key of an Authorization header, unchecked; raises Unauthorized or InvalidAuthHeader."""
    if header is None:
        raise Unauthorized
    # A server strips the space behind an empty key: "Bearer" alone is an empty key.
    if not header.startswith(_BEARER) and header != _BEARER.rstrip():
        raise InvalidAuthHeader
    return header[len(_BEARER) :].decode("latin-1")
