"""Loading a command when it is asked for."""

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import import_module

import click
from click.shell_completion import CompletionItem


@dataclass(frozen=True, slots=True)
class Entry:
    """A command: its name, its one line of help, and the module in this package that holds it under its name.

    ``needs_tables``: the module can be imported only after Django was set up.
    """

    name: str
    help: str
    module: str
    needs_tables: bool = False


class LazyGroup(click.Group):
    """A group whose commands are imported by name; listing them imports none."""

    def __init__(self, *args: object, entries: Sequence[Entry] = (), **kwargs: object) -> None:
        """Take the entries beside what every group takes."""
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]  # click's own arguments, passed through
        self._entries = {entry.name: entry for entry in entries}

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """Return the names in the order of the entries."""
        return list(self._entries)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import a command; None when there is none of that name."""
        entry = self._entries.get(cmd_name)
        if entry is None:
            return None
        if entry.needs_tables:
            tables = import_module("pingpilot.cli.tables")
            tables.prepare(is_for_help=ctx.resilient_parsing or not {"-h", "--help"}.isdisjoint(sys.argv))
        command = getattr(import_module(f"pingpilot.cli.{entry.module}"), cmd_name)
        return command if isinstance(command, click.Command) else None

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """Complete a command's name from the entries alone."""
        found = [entry for entry in self._entries.values() if entry.name.startswith(incomplete)]
        items = [CompletionItem(entry.name, help=entry.help) for entry in found]
        return [*items, *click.Command.shell_complete(self, ctx, incomplete)]

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002 - as above
        """Write the list of commands from the entries alone."""
        with formatter.section("Commands"):
            formatter.write_dl([(entry.name, entry.help) for entry in self._entries.values()])
