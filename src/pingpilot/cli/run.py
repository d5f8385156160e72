"""`pingpilot run`: runs a command and reports its end. The command comes first: nothing of ours changes how it ends."""

import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from socket import gethostname
from typing import IO

import click

from pingpilot.cli import typed_event
from pingpilot.cli.calling import DEFAULT_URL, Unreached, caller, refusal
from pingpilot.cli.forwarding import Forwarding
from pingpilot.cli.last_lines import LINES_MAX, LastLines, passed_on
from pingpilot.cli.typed_event import fields_option
from pingpilot.config import world
from pingpilot.domain.errors import PingPilotError
from pingpilot.domain.event import DESCRIPTION_MAX_CHARS

TIMEOUT_S = 5.0
"""Of a try to report. Whoever started the command waits for us."""
NOT_FOUND, NOT_EXECUTABLE, SIGNALLED = 127, 126, 128
"""Exit codes of a command that cannot be started, and what is added to the number of a signal. Source: POSIX, sh."""


@dataclass(frozen=True, slots=True)
class Ended:
    """How a command ended. ``why`` is said where it could not be started."""

    code: int
    took_s: float
    why: str = ""

    @property
    def is_good(self) -> bool:
        """Tell whether the command says of itself that it went well."""
        return self.code == 0

    def said(self, name: str) -> str:
        """Return the end in a sentence."""
        if self.why:
            return f"{name} could not be started: {self.why}."
        if self.is_good:
            return f"{name} ended well after {duration(self.took_s)}."
        return f"{name} failed with exit code {self.code} after {duration(self.took_s)}."


@click.command(context_settings={"ignore_unknown_options": True, "allow_interspersed_args": False})
@click.argument("command", nargs=-1, required=True, type=click.UNPROCESSED, metavar="-- COMMAND [ARGS]...")
@click.option("--category", default="job", show_default=True, help="Of the event; it must exist.")
@click.option("--name", help="What to call the job, instead of the command's name.")
@click.option("--only-failures", is_flag=True, help="Say nothing when the exit code is 0.")
@click.option(
    "--output",
    "lines",
    type=click.IntRange(0, LINES_MAX),
    default=0,
    metavar="LINES",
    help="Send the last lines that it wrote, too.",
)
@fields_option
@click.option("--url", help=f"Where PingPilot runs, instead of PINGPILOT_URL (else {DEFAULT_URL}).")
@click.option("--key", help="The API key, instead of PINGPILOT_API_KEY.")
def run(  # noqa: PLR0913 - one for each option
    command: tuple[str, ...],
    category: str,
    name: str | None,
    *,
    only_failures: bool,
    lines: int,
    fields: tuple[str, ...],
    url: str | None,
    key: str | None,
) -> None:
    """Run COMMAND and report its end: how long it took, and its exit code.

    The exit code is that of the command (128 and the number of the signal that ended it), whatever becomes of the
    report. Signals are passed on. Of the command only its name is sent, not its arguments; with --output its standard
    output and error are no terminal to it.
    """
    typed_event.body({}, fields)  # complains before anything runs
    job = name or Path(command[0]).name
    last = LastLines(lines) if lines else None
    with Forwarding() as signals:
        ended = _run(command, last, signals)
        if not (only_failures and ended.is_good):
            try:
                _report(_event(job, category, ended, last, fields), url, key)
            except (PingPilotError, Unreached, ValueError, KeyboardInterrupt) as error:
                why = error if str(error) else "interrupted"
                click.echo(f"pingpilot: the end of {job} was not reported: {why}", err=True)
    sys.exit(ended.code)


def duration(seconds: float) -> str:
    """Return a length of time as people say it."""
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min {rest} s"


def _run(command: Sequence[str], last: LastLines | None, signals: Forwarding) -> Ended:
    begun = world.monotonic()
    pipe = None if last is None else subprocess.PIPE
    try:
        process = subprocess.Popen(command, stdout=pipe, stderr=pipe)  # noqa: S603 - what we are asked for
    except OSError as error:
        code = NOT_FOUND if isinstance(error, FileNotFoundError) else NOT_EXECUTABLE
        click.echo(f"pingpilot: {command[0]}: {error.strerror}", err=True)
        return Ended(code, 0, error.strerror or str(error))
    signals.to(process)
    with passed_on(last, _pairs(process)):
        code = process.wait()
    return Ended(SIGNALLED - code if code < 0 else code, world.monotonic() - begun)


def _pairs(process: "subprocess.Popen[bytes]") -> list[tuple[IO[bytes], IO[bytes]]]:
    pairs = ((process.stdout, sys.stdout.buffer), (process.stderr, sys.stderr.buffer))
    return [(source, sink) for source, sink in pairs if source is not None]


def _event(job: str, category: str, ended: Ended, last: LastLines | None, fields: Sequence[str]) -> bytes:
    said = ended.said(job)
    if last is not None and (text := last.text(DESCRIPTION_MAX_CHARS - len(said) - 2)):
        said = f"{said}\n\n{text}"
    members = {"category": category, "description": said, "severity": "success" if ended.is_good else "critical"}
    own = (f'job="{job}"', f"exit_code={ended.code}", f"duration_s={ended.took_s:.2f}", f'host="{gethostname()}"')
    return typed_event.body(members, [*own, *fields])


def _report(event: bytes, url: str | None, key: str | None) -> None:
    """Send the event; raise ValueError with the server's words when it is refused."""
    reply = caller(url, key, TIMEOUT_S).post("/api/v1/event", event)
    if not reply.is_accepted:
        raise ValueError(refusal(reply))
