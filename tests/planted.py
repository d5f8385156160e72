"""What no log may hold, and the log of this process: whatever a test makes it write is searched for it."""

import json
import re
import sys
from collections.abc import Iterator

from pingpilot.domain.key import PATTERN
from pingpilot.security.sealing import Box

SHAPES = re.compile(
    rf"{PATTERN}|whsec_\w+|\d{{6,}}:[\w-]{{30,}}|Bearer \S+"
    r"|[\w.+-]+@[\w-]+(?:\.[\w-]+)*\.[a-z]{2,}|[?&](?:token|key)=\S+"
)
"""What keys, signing secrets, bots' tokens, addresses of people and links with tokens look like, wherever from."""
_SHORTEST = 6
"""Characters below which a text is no secret: it stands in a log by chance."""
_UNWATCHED = ("session",)
"""What is sealed in whole, and holds words that a log may say, too."""
_planted: set[str] = set()
_kept: set[str] = set()


def plant(secret: str) -> str:
    """Return a secret that no log may show from now on; for constants of test modules."""
    _kept.add(secret)
    return secret


def plant_here(*secrets: str) -> None:
    """Let no log show these until the test is over."""
    _planted.update(secret for secret in secrets if len(secret) >= _SHORTEST)


def forget() -> None:
    """Begin another test."""
    _planted.clear()


def shown_in(log: str, secrets: set[str] | None = None) -> set[str]:
    """Return what a log holds that it must not: of these secrets, or of those that were planted, or what looks so."""
    if not log:
        return set()
    known = _kept | _planted if secrets is None else secrets
    return {secret for secret in known if secret in log} | set(SHAPES.findall(log))


class Log:
    """The log of this process: it keeps what is written until it is taken, and passes it on to who runs the tests."""

    def __init__(self) -> None:
        self._lines: list[str] = []

    def write(self, text: str) -> None:
        """Keep a part of a line; whole again when it is taken."""
        self._lines.append(text)
        sys.stderr.write(text)

    def flush(self) -> None:
        """Do nothing: all is in memory."""

    def isatty(self) -> bool:
        """Be no terminal."""
        return False

    def take(self) -> str:
        """Return what was written since it was last taken."""
        lines, self._lines = self._lines, []
        return "".join(lines)


LOG = Log()


class PlantingBox(Box):
    """Seals, and lets no log show what was sealed."""

    def seal(self, plain: bytes, context: str) -> bytes:
        """Seal for a context; every text within is a secret from now on."""
        if not context.startswith(_UNWATCHED):
            plant_here(*_texts_in(plain.decode(errors="replace")))
        return super().seal(plain, context)


def plant_content(description: str | None, fields_json: str) -> None:
    """Let no log show what an event says."""
    plant_here(description or "", *_texts_in(fields_json))


def _texts_in(text: str) -> Iterator[str]:
    """Yield the texts that a sealed thing holds: the values of a JSON object, or itself."""
    try:
        content = json.loads(text)
    except ValueError:
        content = text
    for value in content.values() if isinstance(content, dict) else (content,):
        if isinstance(value, str):
            yield value
