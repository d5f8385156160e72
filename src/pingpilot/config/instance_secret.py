"""The secret that an instance makes for itself at its first start."""

import os
import stat
from collections.abc import Callable
from pathlib import Path

from pingpilot.domain.errors import ConfigurationError

FILE_NAME = "secret.key"
SECRET_BYTES = 32


def instance_secret(data_dir: Path, given: str | None, entropy: Callable[[int], bytes]) -> bytes:
    """Return the instance's secret: the one given, else the one in the data folder.

    If absent it is made there with mode 0600; of several processes that start at once one makes it and all use it.
    Raises ConfigurationError.
    """
    if given:
        return given.encode()
    path = data_dir / FILE_NAME
    if not path.exists():
        write_private(path, entropy(SECRET_BYTES).hex(), entropy(4).hex())
    return read_secret(path)


def prepare_data_dir(data_dir: Path) -> None:
    """Make the data folder, for its owner alone, if absent; raise ConfigurationError where it cannot be written."""
    try:
        data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise ConfigurationError(_unwritable(data_dir, error)) from error
    if not os.access(data_dir, os.W_OK | os.X_OK):
        raise ConfigurationError(_unwritable(data_dir, PermissionError(13, "Permission denied")))


def is_private(path: Path) -> bool:
    """Tell whether only its owner may read a file."""
    return not path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO)


def read_secret(path: Path) -> bytes:
    """Return the secret in a file; raise ConfigurationError where it cannot be read or is none."""
    try:
        secret = bytes.fromhex(path.read_text("ascii"))
    except OSError as error:
        raise ConfigurationError(
            f"The instance's secret {path} cannot be read ({error.strerror}). Let the user that runs PingPilot read it."
        ) from error
    except ValueError:
        secret = b""
    if len(secret) < SECRET_BYTES:
        raise ConfigurationError(
            f"The instance's secret {path} is damaged. Restore it from a backup: what is sealed opens with no other."
        )
    return secret


def write_private(path: Path, text: str, tag: str, *, replaces: bool = False) -> None:
    """Write a line to a file that its owner alone may read; the name never shows half of it.

    A file of that name stays as it is, unless this one ``replaces`` it. ``tag`` tells apart processes that write at
    once. Raises ConfigurationError.
    """
    prepare_data_dir(path.parent)
    draft = path.with_name(f".{path.name}.{tag}")
    try:
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(text + "\n")
            file.flush()
            os.fsync(file.fileno())
        if replaces:
            draft.replace(path)
        else:
            _publish(draft, path)
        _sync(path.parent)
    except OSError as error:
        raise ConfigurationError(_unwritable(path.parent, error)) from error


def _publish(draft: Path, path: Path) -> None:
    """Give the draft its name unless another process was first."""
    try:
        path.hardlink_to(draft)
    except FileExistsError:
        pass
    finally:
        draft.unlink()


def _sync(folder: Path) -> None:
    """Have the folder on disk: a name that a power cut takes back would be a lost secret."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _unwritable(folder: Path, error: OSError) -> str:
    return (
        f"The data folder {folder} cannot be written ({error.strerror}). "
        "Let the user that runs PingPilot write there, or choose another with PINGPILOT_DATA_DIR."
    )
