"""What the operator chose of the broker."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Choices:
    """Where the servers are, who we are to them, and what our stream is called."""

    urls: Sequence[str] = field(repr=False)
    stream: str
    replicas: int
    credentials: Path | None = None
    ca: Path | None = None
    certificate: Path | None = None
    key: Path | None = None
