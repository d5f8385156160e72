"""How a command of PingPilot is started: in a process of its own, from nothing."""

import subprocess
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple, Protocol

COMMAND = [sys.executable, "-c", "from pingpilot.cli import main; main()"]
PATIENCE_S = 60
"""A start takes a second, but a machine may have much else to do."""


class Process(Protocol):
    """What tests need of a process; ``subprocess.Popen`` has it."""

    @property
    def pid(self) -> int: ...

    def poll(self) -> int | None: ...

    def wait(self, timeout: float | None = None) -> int: ...

    def kill(self) -> None: ...

    def send_signal(self, sig: int, /) -> None: ...


class Streams(NamedTuple):
    """The file descriptors of a process's standard input, output and error."""

    input: int
    output: int
    error: int


class Launch(Protocol):
    """Starts a command with these arguments, in this environment and folder."""

    def __call__(
        self, arguments: list[str], environment: dict[str, str], folder: Path, streams: Streams, /
    ) -> Process: ...


def launch_alone(arguments: list[str], environment: dict[str, str], folder: Path, streams: Streams) -> Process:
    """Start the command as a person does."""
    stdin, stdout, stderr = streams
    return subprocess.Popen(
        [*COMMAND, *arguments], env=environment, cwd=folder, stdin=stdin, stdout=stdout, stderr=stderr
    )


def run_to_end(
    launch: Launch, arguments: list[str], environment: dict[str, str], folder: Path, stdin: str = ""
) -> "subprocess.CompletedProcess[str]":
    """Run a command, and return what it said."""
    with (
        tempfile.TemporaryFile("w+") as given,
        tempfile.TemporaryFile("w+") as said,
        tempfile.TemporaryFile("w+") as told,
    ):
        given.write(stdin)
        given.seek(0)
        streams = Streams(given.fileno(), said.fileno(), told.fileno())
        process = launch(arguments, environment, folder, streams)
        try:
            code = process.wait(PATIENCE_S)
        except subprocess.TimeoutExpired:
            process.kill()
            raise
        for output in (said, told):
            output.seek(0)  # the process has moved the place that it shares with us
        return subprocess.CompletedProcess(arguments, code, said.read(), told.read())
