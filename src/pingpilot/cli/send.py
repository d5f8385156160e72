"""`pingpilot send`: events over plain HTTP to a running PingPilot, from any machine."""

import json
import sys
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import click

from pingpilot.cli import typed_event
from pingpilot.cli.calling import DEFAULT_URL, Caller, Reply, Unreached, caller, refusal
from pingpilot.cli.output import json_option
from pingpilot.cli.typed_event import fields_option
from pingpilot.domain.event import DESCRIPTION_MAX_CHARS, Severity

STDIN = "-"
REFUSED, UNREACHED, UNDELIVERED = 1, 3, 4
"""Exit codes: the server refused an event; there was no answer; it was accepted, and did not arrive everywhere."""
WAIT_S = 30
"""Source: SPEC section 4, the longest `Prefer: wait`."""
TEST_DESCRIPTION = "This is a test event. If you can read this, your channel works."
_CUT = "…"


@click.command()
@click.argument("category", required=False)
@click.argument("description", required=False)
@fields_option
@click.option("--severity", type=click.Choice([severity.value for severity in Severity]), help="How much it matters.")
@click.option("--link", metavar="URL", help="Where its title links to.")
@click.option("--dedupe-key", metavar="TEXT", help="Repeats of the same are counted and not delivered again.")
@click.option("--wait", "is_waiting", is_flag=True, help=f"Wait up to {WAIT_S} s until it is delivered, and say where.")
@click.option("--test", "is_test", is_flag=True, help="Fill in what a test event says.")
@click.option("--url", help=f"Where PingPilot runs, instead of PINGPILOT_URL (else {DEFAULT_URL}).")
@click.option("--key", help="The API key, instead of PINGPILOT_API_KEY.")
@json_option
def send(  # noqa: PLR0913 - one for each option
    category: str | None,
    description: str | None,
    fields: tuple[str, ...],
    severity: str | None,
    link: str | None,
    dedupe_key: str | None,
    *,
    is_waiting: bool,
    is_test: bool,
    url: str | None,
    key: str | None,
    as_json: bool,
) -> None:
    """Send an event of CATEGORY, with a DESCRIPTION if you like.

    A DESCRIPTION of - is read from standard input. A CATEGORY of - sends the events that standard input holds: a JSON
    object, an array of such, or one on each line, up to 1,000.

    Values that read as numbers or as true and false are sent as such; in double quotes they stay text.
    While PingPilot restarts it is tried again, for some seconds; an event is never counted twice.
    Exit codes: 0 accepted, 1 refused, 2 called wrongly, 3 no answer, 4 with --wait: accepted, but not all delivered.
    """
    who = caller(url, key)
    members = {"severity": severity, "url": link, "dedupe_key": dedupe_key}
    if category == STDIN:
        if description or fields or is_test or is_waiting or any(members.values()):
            raise click.UsageError("Events from standard input bring all they say: give no more than -.")
        _report_many(_post(who, "/api/v1/events", sys.stdin.buffer.read()), as_json=as_json)
        return
    if not category and not is_test:
        raise click.UsageError("Name the category of the event, or send a test event with --test.")
    text = _read() if description == STDIN else description
    members = {
        "category": category or "test",
        "description": text or (TEST_DESCRIPTION if is_test else None),
        **members,
    }
    prefer = {"Prefer": f"wait={WAIT_S}"} if is_waiting else {}
    who = replace(who, timeout_s=who.timeout_s + WAIT_S) if is_waiting else who
    reply = _post(who, "/api/v1/event", typed_event.body(members, fields), prefer)
    _report(reply, as_json=as_json, is_waiting=is_waiting)


def _read() -> str:
    """Return what standard input holds, as far as it fits; say when it was cut."""
    text = sys.stdin.buffer.read(8 * DESCRIPTION_MAX_CHARS).decode("utf-8", "replace").replace("\0", "").strip()
    if len(text) <= DESCRIPTION_MAX_CHARS:
        return text
    click.echo(f"pingpilot: only the first {DESCRIPTION_MAX_CHARS:,} characters are sent.", err=True)
    return text[: DESCRIPTION_MAX_CHARS - len(_CUT)] + _CUT


def _post(who: Caller, path: str, body: bytes, headers: Mapping[str, str] | None = None) -> Reply:
    try:
        return who.post(path, body, headers)
    except Unreached as error:
        click.echo(f"pingpilot: {error}", err=True)
        sys.exit(UNREACHED)


def _report(reply: Reply, *, as_json: bool, is_waiting: bool) -> None:
    said = reply.body.decode("utf-8", "replace") if as_json else "\n".join([refusal(reply), *_ways(reply)])
    click.echo(said, err=not reply.is_accepted and not as_json)
    if not reply.is_accepted:
        sys.exit(UNDELIVERED if reply.members.get("code") == "delivery_failed" else REFUSED)
    if is_waiting and reply.members.get("status") != "DELIVERED":
        sys.exit(UNDELIVERED)


def _ways(reply: Reply) -> Iterator[str]:
    """Yield how each delivery stands, where the server says so."""
    for way in reply.members.get("deliveries") or ():
        yield f"{way.get('channel')}: {way.get('state')} {way.get('detail') or ''}".rstrip()


def _report_many(reply: Reply, *, as_json: bool) -> None:
    """Report on a batch: how many were accepted, and of each other one why not."""
    results: list[dict[str, Any]] | None = reply.members.get("results")
    if results is None:
        _report(reply, as_json=as_json, is_waiting=False)
        return
    refused = [one for one in results if one.get("status") != 200]
    if as_json:
        click.echo(reply.body.decode("utf-8", "replace"))
    else:
        click.echo(f"{len(results) - len(refused)} accepted, {len(refused)} refused")
        for one in refused:
            why = refusal(Reply(int(one.get("status", 0)), {}, json.dumps(one).encode()))
            click.echo(f"event {one.get('index', 0) + 1}: {why}", err=True)
    if refused:
        sys.exit(REFUSED)
