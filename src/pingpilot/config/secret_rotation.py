"""The secrets that an instance had before: kept while something is sealed under them, beside the one in use."""

from collections.abc import Callable
from pathlib import Path

from pingpilot.config.instance_secret import FILE_NAME, SECRET_BYTES, read_secret, write_private

OLD_NAME = "secret.old.key"
PUSH_NAME = "push.key"


def older_secret(data_dir: Path, given: str | None) -> bytes | None:
    """Return the secret before this one: the one given, else the one in the data folder; None where there is none.

    Raises ConfigurationError.
    """
    if given:
        return given.encode()
    path = data_dir / OLD_NAME
    return read_secret(path) if path.exists() else None


def begin(data_dir: Path, entropy: Callable[[int], bytes]) -> bytes:
    """Put a new secret in the place of the one in use, which is kept beside it; return the new one.

    A rotation that was begun and not ended goes on with the secret it has made. Whenever this is interrupted, all that
    was sealed opens with one of the two files. Raises ConfigurationError.
    """
    path, old = data_dir / FILE_NAME, data_dir / OLD_NAME
    secret = read_secret(path)
    if old.exists() and read_secret(old) != secret:
        return secret
    old.unlink(missing_ok=True)
    old.hardlink_to(path)
    write_private(path, entropy(SECRET_BYTES).hex(), entropy(4).hex(), replaces=True)
    return read_secret(path)


def end(data_dir: Path) -> None:
    """Drop the old secret. Idempotent."""
    (data_dir / OLD_NAME).unlink(missing_ok=True)


def push_key(data_dir: Path, older: bytes | None, made_from: Callable[[bytes], bytes], tag: str) -> bytes | None:
    """Return what the push key is made of where it outlives its secret: browsers' subscriptions are bound to it.

    It is written down while the secret it was made from is still known. None: it follows from the secret in use.
    """
    path = data_dir / PUSH_NAME
    if not path.exists():
        if older is None:
            return None
        write_private(path, made_from(older).hex(), tag)
    return read_secret(path)
