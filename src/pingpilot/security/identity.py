"""By what a person who writes to us through a provider is found again, without keeping the name they go by there."""

import hashlib
import json
from collections.abc import Mapping


def identity_digest(kind: str, settings: Mapping[str, str]) -> bytes:
    """Return 32 bytes for what the provider of a channel calls a person: the fields that a link fills in."""
    named = json.dumps([kind, sorted(settings.items())], ensure_ascii=False)
    return hashlib.sha256(named.encode()).digest()
