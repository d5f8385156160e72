"""`pingpilot mail`: an inbound mail as an event; a mail server runs it for each."""

import sys

import click

from pingpilot.cli import typed_mail
from pingpilot.cli.calling import DEFAULT_URL, Unreached, caller, refusal
from pingpilot.config import world
from pingpilot.domain.event import Severity

REFUSED, LATER = 65, 75
"""Exit codes, by which a mail server tells what to return to the sender from what to try again. Source: sysexits.h,
EX_DATAERR and EX_TEMPFAIL."""
BUSY = 429
SIZE_MAX = 2**20
"""Bytes of a mail that are read; the words stand at its beginning, and attachments behind them."""
OURS = "This is a mail of PingPilot's own. It is let go: as an event it would be sent, and come back, for ever."


@click.command()
@click.argument("category")
@click.option("--severity", type=click.Choice([severity.value for severity in Severity]), help="How much it matters.")
@click.option("--url", help=f"Where PingPilot runs, instead of PINGPILOT_URL (else {DEFAULT_URL}).")
@click.option("--key", help="The API key, instead of PINGPILOT_API_KEY.")
def mail(category: str, severity: str | None, url: str | None, key: str | None) -> None:
    """Send the mail on standard input as an event of CATEGORY.

    For a mail server, which runs it for each mail to an address. Subject and text are the description, the sender is a
    field; attachments are left out. A mail that is handed over again is one event.

    Exit codes are those that mail servers know: 0 accepted, 65 refused for good, 75 try again later.
    """
    who, content = caller(url, key), _read()
    found = typed_mail.parsed(content)
    if typed_mail.is_ours(found):
        click.echo(f"pingpilot: {OURS}", err=True)
        return
    event = typed_mail.body(found, category, severity, world.now())
    try:
        reply = who.post("/api/v1/event", event, {"Idempotency-Key": typed_mail.name_of(found, category)})
    except Unreached as error:
        click.echo(f"pingpilot: {error}", err=True)
        sys.exit(LATER)
    click.echo(refusal(reply), err=not reply.is_accepted)
    if not reply.is_accepted:
        sys.exit(LATER if reply.status == BUSY or reply.status >= 500 else REFUSED)


def _read() -> bytes:
    """Return the beginning of what standard input holds; the rest is read, too, or the server would call it broken."""
    content = sys.stdin.buffer.read(SIZE_MAX)
    while sys.stdin.buffer.read(SIZE_MAX):
        pass
    return content
