"""Signals between processes over plain NATS subjects: nothing is kept, so none is old."""

import asyncio
import json
from contextlib import suppress

from nats.aio.msg import Msg
from nats.errors import Error

from pingpilot.observe import get_logger
from pingpilot.queue.bell import Bell
from pingpilot.queue.brokers.nats.link import Link
from pingpilot.queue.signals import Hear, Kind

GATHERED_S = 0.05
"""How long words are gathered: a busy workspace is told of 20 times a second at most."""
WORDS_MAX = 5_000
"""Of one kind in that time; what is more is not said."""

_log = get_logger()


class NatsSignals:
    """Lives on one event loop; says and hears while ``run`` runs."""

    def __init__(self, link: Link) -> None:
        """Take the connection, which somebody else opens and closes."""
        self._link = link
        self._listeners: dict[Kind, list[Hear]] = {kind: [] for kind in Kind}
        self._words: dict[Kind, set[str]] = {kind: set() for kind in Kind}
        self._bell = Bell()

    def hear(self, kind: Kind, listener: Hear) -> None:
        """Have somebody told of each word of a kind."""
        self._listeners[kind].append(listener)

    def say(self, kind: Kind, word: str = "") -> None:
        """Say a word, in a moment."""
        words = self._words[kind]
        if len(words) < WORDS_MAX:
            words.add(word)
            self._bell.ring()

    async def run(self) -> None:
        """Say and hear until cancelled."""
        heard = await self._link.client.subscribe(f"{self._link.stream}.signal.*", cb=self._heard)
        try:
            while True:
                while not any(self._words.values()):
                    await self._bell.heard(None)
                await asyncio.sleep(GATHERED_S)
                await self._say_all()
        finally:
            if self._link.is_up:
                await heard.unsubscribe()

    async def _say_all(self) -> None:
        """Say what was gathered; while no server listens it is forgotten, since it will be old."""
        for kind, words in self._words.items():
            if words and self._link.is_up:
                with suppress(Error):
                    await self._link.client.publish(
                        f"{self._link.stream}.signal.{kind.value}", json.dumps(list(words)).encode()
                    )
            words.clear()

    async def _heard(self, message: Msg) -> None:
        try:
            kind = Kind(message.subject.rpartition(".")[2])
            words = _words(message.data)
        except (ValueError, TypeError):  # of a later release, or not ours
            _log.debug("signal.unreadable", subject=message.subject)
            return
        for listener in self._listeners[kind]:
            for word in words:
                listener(word)


def _words(data: bytes) -> list[str]:
    words = json.loads(data)
    if not isinstance(words, list):
        raise TypeError("not a list")
    return [word for word in words if isinstance(word, str)]
