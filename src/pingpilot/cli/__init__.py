"""The command line: one file per noun. Each is loaded when it is asked for, so that `pingpilot send` stays quick."""

import sys

import click

from pingpilot import __version__
from pingpilot.cli.lazy import Entry, LazyGroup
from pingpilot.domain.errors import PingPilotError

REFUSED = 2
"""The exit code of a wrong setting, a wrong argument, or a refusal that was to be expected."""

ENTRIES = (
    Entry("serve", "Serve the API and the dashboard, and deliver.", "serve"),
    Entry("worker", "Deliver without serving.", "serve"),
    Entry("migrate", "Bring the database up to date.", "serve"),
    Entry("backup", "Copy the database into a file, while it is in use.", "backup"),
    Entry("restore", "Put the database of a backup into the data folder.", "backup"),
    Entry("transfer", "Move the database over to PostgreSQL.", "transfer"),
    Entry("secret", "Show what is sealed under which secret, and rotate it.", "secret"),
    Entry("doctor", "Show the effective settings, and what is missing.", "doctor"),
    Entry("send", "Send events to a running PingPilot.", "send"),
    Entry("mail", "Send an inbound mail as an event; a mail server runs it.", "mail"),
    Entry("run", "Run a command, and report its end.", "run"),
    Entry("tail", "Follow events as they come.", "tail"),
    Entry("mcp", "Offer a running PingPilot to an agent, as tools.", "mcp"),
    Entry("accounts", "List accounts; open one whose second step is lost.", "accounts", needs_tables=True),
    Entry("workspaces", "Create and list workspaces, and manage their members.", "workspaces", needs_tables=True),
    Entry("keys", "List API keys.", "keys", needs_tables=True),
    Entry("categories", "Create and list categories.", "categories", needs_tables=True),
    Entry(
        "destinations", "Add, list and test destinations, and rotate their secrets.", "destinations", needs_tables=True
    ),
    Entry(
        "services", "List services that report by themselves, and what they sign with.", "services", needs_tables=True
    ),
    Entry("config", "Keep categories, destinations and routing in a file.", "config", needs_tables=True),
    Entry("retention", "Show what is forgotten of old events.", "retention", needs_tables=True),
    Entry("events", "List events.", "events", needs_tables=True),
    Entry("completion", "Let your shell complete this command.", "completion"),
)


@click.group(cls=LazyGroup, entries=ENTRIES, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="pingpilot")
def cli() -> None:
    """One call from your application, a message on every channel you use."""


def main() -> None:
    """Run the command line; an expected refusal is one sentence and exit code 2."""
    try:
        cli(prog_name="pingpilot")
    except PingPilotError as error:
        click.echo(f"pingpilot: {error.message}", err=True)
        sys.exit(REFUSED)
