"""`pingpilot tail`: follows the events of a running PingPilot as they come, from any machine."""

import json
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from urllib.parse import urlencode

import click

from pingpilot.cli.calling import DEFAULT_URL, Caller, Unreached, caller, refusal
from pingpilot.cli.following import Event, Following
from pingpilot.cli.output import json_option
from pingpilot.domain.event import Severity

PAGE_MAX = 100
"""Source: SPEC section 5."""
LONGEST_PAUSE_S = 10.0
COLORS = {"success": "green", "warning": "yellow", "critical": "red"}
CATEGORY_WIDTH = 14


class _Passing(Exception):
    """The server is away, or says that it will be back; the text says why."""


@click.command()
@click.option("--category", help="Only this category.")
@click.option("--severity", type=click.Choice([severity.value for severity in Severity]), help="Only these.")
@click.option("--query", "words", default="", help="Only events that hold all of these words.")
@click.option(
    "--last", type=click.IntRange(0, PAGE_MAX), default=10, show_default=True, help="How many of before to show first."
)
@click.option("--every", type=click.FloatRange(0.2, 60), default=1.0, show_default=True, help="Seconds between looks.")
@click.option("--url", help=f"Where PingPilot runs, instead of PINGPILOT_URL (else {DEFAULT_URL}).")
@click.option("--key", help="The API key, instead of PINGPILOT_API_KEY; it needs the scope events:read.")
@json_option
def tail(  # noqa: PLR0913 - one for each option
    category: str | None,
    severity: str | None,
    words: str,
    last: int,
    every: float,
    *,
    url: str | None,
    key: str | None,
    as_json: bool,
) -> None:
    """Follow events as they come, until Ctrl-C.

    With --json each is one line, as the API shows it. While PingPilot is away it is tried again, and what came in the
    meantime is shown then. An event that is reported late, with a time before the hundred latest, is not shown.
    """
    who = replace(caller(url, key), pauses_s=())
    asked = {"category": category, "severity": severity, "q": words, "limit": str(PAGE_MAX)}
    following = Following(lambda cursor: _page(who, {**asked, "cursor": cursor}))
    try:
        for events in _looks(following, last, every):
            for event in events:
                click.echo(json.dumps(event, ensure_ascii=False) if as_json else line(event))
    except KeyboardInterrupt:
        sys.exit()


def line(event: Event) -> str:
    """Return an event as one line for a terminal, which nothing in it can command."""
    at = datetime.fromisoformat(event["occurredAt"]).astimezone().strftime("%H:%M:%S")
    fields = " ".join(f"{name}={value}" for name, value in event["fields"].items())
    start = f"{at}  {_tamed(event['category']).ljust(CATEGORY_WIDTH)}"
    marked = click.style(_tamed(event["description"]), fg=COLORS.get(event["severity"]))
    return f"{start}  {marked}  {click.style(_tamed(fields), dim=True)}".rstrip()


def _looks(following: Following, last: int, every_s: float) -> Iterator[Sequence[Event]]:
    """Yield what is new at each look; over times in which the server is away, too."""
    is_begun, pause_s = False, every_s
    while True:
        try:
            events, is_all = following.look() if is_begun else (_last(following.begin(), last), True)
        except _Passing as error:
            if pause_s == every_s:
                click.echo(f"pingpilot: {error} Trying again.", err=True)
            pause_s = min(LONGEST_PAUSE_S, max(pause_s * 2, 1.0))
        else:
            is_begun, pause_s = True, _back(pause_s, every_s)
            if not is_all:
                click.echo("pingpilot: more came at once than can be shown; some are left out.", err=True)
            yield events
        time.sleep(pause_s)


def _last(events: Sequence[Event], count: int) -> Sequence[Event]:
    return events[len(events) - count :] if count < len(events) else events


def _back(pause_s: float, every_s: float) -> float:
    if pause_s != every_s:
        click.echo("pingpilot: connected again.", err=True)
    return every_s


def _page(who: Caller, asked: dict[str, str | None]) -> tuple[Sequence[Event], str | None]:
    given = {name: value for name, value in asked.items() if value}
    try:
        reply = who.get(f"/api/v1/events?{urlencode(given)}")
    except Unreached as error:
        raise _Passing(str(error)) from error
    members = reply.members
    if reply.is_accepted and "events" in members:
        return members["events"], members.get("nextCursor")
    if reply.status >= 500 or reply.status in {408, 429}:
        raise _Passing(refusal(reply))
    raise click.ClickException(refusal(reply))


def _tamed(text: str) -> str:
    """Return the text on one line, without what would command a terminal."""
    return "".join(sign if sign.isprintable() else " " for sign in text)
