"""A process that has read the libraries in and forks into commands of PingPilot: each starts in a fraction of the time.

What depends on settings is not read in beforehand. So a command does all that it does when a person starts it, but for
reading the same hundreds of files again. Commands that only prepare or look at what a test is about come from the
clerk of the installation, who has opened its tables, too.
"""

import gc
import json
import os
import select
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from importlib import import_module
from pathlib import Path
from typing import Self

from pingpilot.cli import ENTRIES, cli
from pingpilot.cli import main as run_command
from pingpilot.cli.tables import prepare
from tests.servers.process import PATIENCE_S, Launch, Process, Streams

LIBRARIES = (
    *("aiohttp.web", "aiosmtplib", "argon2", "asyncio", "cryptography.hazmat.primitives.asymmetric.ec"),
    *("cryptography.hazmat.primitives.ciphers.aead", "cuid2", "django.contrib.auth.hashers", "django.contrib.messages"),
    *("django.contrib.sessions.middleware", "django.contrib.staticfiles.finders", "django.core.management"),
    *("django.db.backends.postgresql.base", "django.db.backends.sqlite3.base", "django.db.migrations.executor"),
    *("django.db.models", "django.forms", "django.template.defaultfilters", "django.urls", "django.views.generic"),
    *("django_htmx.middleware", "email_validator", "emoji", "encodings.idna", "fido2.server", "httptools", "jwt"),
    *("msgspec", "pingpilot.cli.serve", "psycopg", "pydantic", "requests"),
    *("structlog", "uvicorn", "uvloop"),
)
CLERK = "clerk"
"""No command of PingPilot: becomes a nursery for those about the tables; its control comes as standard input."""
ABOUT_TABLES = {entry.name for entry in ENTRIES if entry.needs_tables}
MESSAGE_BYTES = 1 << 17
NUMBER_BYTES = 4


@dataclass
class Child:
    """A command that the nursery runs."""

    pid: int
    line: socket.socket
    """Says the exit code, once there is one."""
    returncode: int | None = None

    def poll(self) -> int | None:
        return self._ended(0)

    def wait(self, timeout: float | None = None) -> int:
        code = self._ended(timeout)
        if code is None:
            raise subprocess.TimeoutExpired("pingpilot", timeout or 0)
        return code

    def send_signal(self, sig: int) -> None:
        if self.poll() is None:
            os.kill(self.pid, sig)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)

    def _ended(self, timeout_s: float | None) -> int | None:
        if self.returncode is None and select.select([self.line], [], [], timeout_s)[0]:
            self.returncode = _number(self.line)
            self.line.close()
        return self.returncode


@contextmanager
def running_nursery() -> Iterator[Launch]:
    """Run the nursery for as long as the context lasts; gives what launches a command in it."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with theirs:
        process = subprocess.Popen(
            [sys.executable, "-m", __name__, str(theirs.fileno())],
            pass_fds=[theirs.fileno()],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            cwd=Path(__file__).parents[2],
        )
    with ours:
        yield _launcher(ours)
    process.wait(PATIENCE_S)


class Clerks:
    """Launches commands of one installation in a process that has its tables open; one for each state of settings."""

    def __init__(self, launch: Launch) -> None:
        self._launch = launch
        self._ends = ExitStack()
        self._known: dict[frozenset[tuple[str, str]], Launch] = {}

    def __call__(self, arguments: list[str], environment: dict[str, str], folder: Path, streams: Streams) -> Process:
        if arguments[0] not in ABOUT_TABLES:
            return self._launch(arguments, environment, folder, streams)
        settings = frozenset(environment.items())
        if settings not in self._known:
            self._known[settings] = self._ends.enter_context(self._running(environment, folder))
        return self._known[settings](arguments, environment, folder, streams)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._ends.close()

    @contextmanager
    def _running(self, environment: dict[str, str], folder: Path) -> Iterator[Launch]:
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs, Path(os.devnull).open("w") as nothing:
            process = self._launch([CLERK], environment, folder, Streams(theirs.fileno(), nothing.fileno(), 2))
        with ours:
            yield _launcher(ours)
        process.wait(PATIENCE_S)


def _launcher(control: socket.socket) -> Launch:
    def launch(arguments: list[str], environment: dict[str, str], folder: Path, streams: Streams) -> Process:
        line, given = socket.socketpair()
        told = json.dumps([arguments, environment, str(folder)]).encode()
        with given:
            socket.send_fds(control, [told], [*streams, given.fileno()])
        return Child(_number(line), line)

    return launch


def _number(line: socket.socket) -> int:
    said = line.recv(NUMBER_BYTES, socket.MSG_WAITALL)
    assert len(said) == NUMBER_BYTES, "the nursery ended"
    return int.from_bytes(said, "big", signed=True)


class Nursery:
    """The other side: this process, and those it has forked."""

    def __init__(self, control: socket.socket) -> None:
        self.control = control
        self.lines: dict[int, socket.socket] = {}
        """Where to say the exit code of each that runs, by its process id."""
        self.awake, self.bell = socket.socketpair()
        self.awake.setblocking(False)
        self.bell.setblocking(False)

    def next_command(self) -> list[str]:
        """Return only in a new process, with its arguments; end this one when the tests have ended."""
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGCHLD, lambda _number, _frame: None)
        signal.set_wakeup_fd(self.bell.fileno())
        while True:
            ready, _, _ = select.select([self.control, self.awake], [], [])
            if self.awake in ready:
                self.awake.recv(MESSAGE_BYTES)
                self.tell()
            if self.control in ready:
                told, descriptors, _, _ = socket.recv_fds(self.control, MESSAGE_BYTES, 4)
                if not told:
                    sys.exit()
                if not self.fork(descriptors[3]):
                    arguments, environment, folder = json.loads(told)
                    return self.become(arguments, environment, folder, descriptors[:3])
                for descriptor in descriptors[:3]:
                    os.close(descriptor)

    def tell(self) -> None:
        """Tell the exit code of each that has ended."""
        for pid in list(self.lines):
            ended, status = os.waitpid(pid, os.WNOHANG)
            if ended:
                with self.lines.pop(pid) as line:
                    _say(line, os.waitstatus_to_exitcode(status))

    def fork(self, descriptor: int) -> int:
        """Return the new process's id, and 0 in that process."""
        line = socket.socket(fileno=descriptor)
        pid = os.fork()
        if pid:
            self.lines[pid] = line
            _say(line, pid)
        else:
            line.close()
        return pid

    def become(self, arguments: list[str], environment: dict[str, str], folder: str, streams: list[int]) -> list[str]:
        """Make this process what it were if it had been started for these arguments alone."""
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        signal.signal(signal.SIGINT, signal.default_int_handler)
        for inherited in (self.control, self.awake, self.bell, *self.lines.values()):
            inherited.close()
        for number, stream in enumerate(streams):
            os.dup2(stream, number)
            os.close(stream)
        os.environ.clear()
        os.environ.update(environment)
        time.tzset()
        os.chdir(folder)
        sys.path[0] = ""
        return arguments


def _say(line: socket.socket, number: int) -> None:
    line.sendall(number.to_bytes(NUMBER_BYTES, "big", signed=True))


def main() -> None:
    """Read the libraries in, wait, and run the command as which this process has been born again."""
    for name in LIBRARIES:
        import_module(name)
    gc.collect()
    gc.freeze()
    arguments = Nursery(socket.socket(fileno=int(sys.argv[1]))).next_command()
    if arguments == [CLERK]:
        arguments = command_for_clerk()
    sys.argv = ["pingpilot", *arguments]
    run_command()


def command_for_clerk() -> list[str]:
    """Open the tables, and return as a nursery does: in a new process for each command about them."""
    prepare(is_for_help=False)
    for entry in ENTRIES:
        if entry.needs_tables:
            import_module(f"pingpilot.cli.{entry.module}")
            cli._entries[entry.name] = replace(entry, needs_tables=False)
    return Nursery(socket.socket(fileno=os.dup(0))).next_command()


if __name__ == "__main__":
    main()
