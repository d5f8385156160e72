"""A fence around a process that runs a library we do not trust with a user's URL: few hosts, no files, no programs."""

import os
import sys
from collections.abc import Callable, Iterable
from typing import Any, Never

HTTPS_PORT = 443

_NEVER = frozenset(
    {
        *(
            "subprocess.Popen",
            "os.system",
            "os.exec",
            "os.fork",
            "os.forkpty",
            "os.posix_spawn",
            "os.spawn",
            "pty.spawn",
        ),
        *("socket.bind", "socket.sendto", "socket.sendmsg", "socket.gethostbyname", "socket.gethostbyaddr"),
        *("os.remove", "os.rename", "os.mkdir", "os.rmdir", "os.link", "os.symlink", "os.chmod", "os.truncate"),
    }
)
"""Events of Python's audit that mean another process, another way to the network, or a change on disk."""
_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC


class Fenced(OSError):
    """The fence was run into."""


class Fence:
    """Refuses what the code of this process may not do; to be made an audit hook, which nobody can take off again.

    ``hosts`` are those that may be spoken to at present; none at first. ``was_hit`` tells of a refusal even where the
    library swallowed it; whoever sets ``hosts`` clears it.
    """

    def __init__(self, is_allowed: Callable[[str], bool], folders: Iterable[str], *, any_port: bool = False) -> None:
        """Take the judge of network addresses, and the folders of code that may be read."""
        self._is_allowed = is_allowed
        self._folders = tuple(f"{os.path.realpath(folder)}{os.sep}" for folder in folders)
        self._any_port = any_port
        self.hosts: frozenset[str] = frozenset()
        self.was_hit = False

    def __call__(self, event: str, args: tuple[Any, ...]) -> None:
        """Look at one event of the audit; raises Fenced."""
        if event in _NEVER:
            self._refuse(event)
        match event:
            case "open":
                self._open(args[0], args[1], args[2])
            case "socket.getaddrinfo":
                self._resolve(args[0], args[1])
            case "socket.connect":
                self._connect(args[1])
            case _:
                return

    def _open(self, path: object, mode: object, flags: object) -> None:
        if isinstance(path, int):  # open already
            return
        is_written = bool(flags & _WRITING) if isinstance(flags, int) else True
        text = os.fsdecode(path) if isinstance(path, str | bytes | os.PathLike) else ""
        if is_written or not f"{os.path.realpath(text)}".startswith(self._folders):
            self._refuse(f"open in mode {mode}")

    def _resolve(self, host: object, port: object) -> None:
        name = host.decode("ascii", "replace") if isinstance(host, bytes) else str(host)
        if name not in self.hosts or not (self._any_port or port in {HTTPS_PORT, str(HTTPS_PORT)}):
            self._refuse("another host")

    def _connect(self, address: object) -> None:
        if not isinstance(address, tuple) or not self._is_allowed(str(address[0])):
            self._refuse("another address")

    def _refuse(self, what: str) -> Never:
        self.was_hit = True
        raise Fenced(what)


def code_folders() -> list[str]:
    """Return the folders that this process's own code comes from."""
    return [folder for folder in {*sys.path, sys.prefix, sys.base_prefix} if folder]
