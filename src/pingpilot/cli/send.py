"""`pingpilot send`: one event over plain HTTP to a running PingPilot, from any machine."""

import json
import re
import sys
from collections.abc import Iterable
from http.client import HTTPException
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit
from urllib.request import Request, urlopen

import click

from pingpilot.cli.output import json_option
from pingpilot.config import world
from pingpilot.domain.errors import ConfigurationError
from pingpilot.domain.event import Severity

DEFAULT_URL = "http://127.0.0.1:8000"
TIMEOUT_S = 30
REFUSED, UNREACHED = 1, 3
"""Exit codes: the server refused the event; there was no answer."""
TEST_DESCRIPTION = "This is a test event. If you can read this, your channel works."
_NUMBER = re.compile(r"-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?")
"""Source: RFC 8259 section 6."""


@click.command()
@click.argument("category", required=False)
@click.argument("description", required=False)
@click.option("--field", "fields", multiple=True, metavar="NAME=VALUE", help="A field; may be given many times.")
@click.option("--severity", type=click.Choice([severity.value for severity in Severity]), help="How much it matters.")
@click.option("--test", "is_test", is_flag=True, help="Fill in what a test event says.")
@click.option("--url", help=f"Where PingPilot runs, instead of PINGPILOT_URL (else {DEFAULT_URL}).")
@click.option("--key", help="The API key, instead of PINGPILOT_API_KEY.")
@json_option
def send(  # noqa: PLR0913 - one for each option
    category: str | None,
    description: str | None,
    fields: tuple[str, ...],
    severity: str | None,
    *,
    is_test: bool,
    url: str | None,
    key: str | None,
    as_json: bool,
) -> None:
    """Send an event of CATEGORY, with a DESCRIPTION if you like.

    Values that read as numbers or as true and false are sent as such; in double quotes they stay text.
    Exit codes: 0 accepted, 1 refused, 2 called wrongly, 3 no answer.
    """
    if not category:
        if not is_test:
            raise click.UsageError("Name the category of the event, or send a test event with --test.")
        category = "test"
    text = description or (TEST_DESCRIPTION if is_test else None)
    body = _body(category, text, severity, fields)
    status, answer = _post(_endpoint(url), _key(key), body)
    _report(status, answer, as_json=as_json)


def _body(category: str, description: str | None, severity: str | None, fields: Iterable[str]) -> bytes:
    """Write the JSON by hand where numbers must stay as they were typed: 99.90 is not 99.9."""
    members = {"category": category, "description": description, "severity": severity}
    written = [f'"{name}":{_text(value)}' for name, value in members.items() if value is not None]
    pairs = [_field(text) for text in fields]
    if pairs:
        written.append(f'"fields":{{{",".join(pairs)}}}')
    return f"{{{','.join(written)}}}".encode()


def _field(text: str) -> str:
    name, sign, value = text.partition("=")
    if not sign or not name:
        raise click.BadParameter(f'"{text}" is not NAME=VALUE.', param_hint="--field")
    if value in {"true", "false"} or _NUMBER.fullmatch(value):
        return f"{_text(name)}:{value}"
    is_quoted = len(value) >= 2 and value[0] == value[-1] == '"'
    return f"{_text(name)}:{_text(value[1:-1] if is_quoted else value)}"


def _text(value: str) -> str:
    return json.dumps(value)


def _endpoint(url: str | None) -> str:
    given = (url or world.environment().get("PINGPILOT_URL") or DEFAULT_URL).rstrip("/")
    if urlsplit(given).scheme not in {"http", "https"}:
        raise ConfigurationError("PINGPILOT_URL must be an address like https://pings.example.com.")
    return f"{given}/api/v1/event"


def _key(key: str | None) -> str:
    given = (key or world.environment().get("PINGPILOT_API_KEY") or "").strip()
    if not given:
        raise ConfigurationError(
            "There is no API key. Set PINGPILOT_API_KEY to the key on the dashboard's API Key page."
        )
    return given


def _post(endpoint: str, key: str, body: bytes) -> tuple[int, bytes]:
    headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
    try:
        request = Request(endpoint, body, headers, method="POST")  # noqa: S310 - the scheme was checked
        with urlopen(request, timeout=TIMEOUT_S) as reply:  # noqa: S310 - as above
            return reply.status, reply.read()
    except HTTPError as error:
        return error.code, error.read()
    except (URLError, HTTPException, OSError, ValueError) as error:
        reason = getattr(error, "reason", error)
        click.echo(f"pingpilot: {endpoint} does not answer ({reason}).", err=True)
        sys.exit(UNREACHED)


def _report(status: int, answer: bytes, *, as_json: bool) -> None:
    is_accepted = 200 <= status < 300
    if as_json:
        click.echo(answer.decode("utf-8", "replace"))
    else:
        click.echo(_sentences(status, answer), err=not is_accepted)
    if not is_accepted:
        sys.exit(REFUSED)


def _sentences(status: int, answer: bytes) -> str:
    """Return the server's own words: its message, or each issue where there are some, and its hint."""
    try:
        found = json.loads(answer)
    except ValueError:
        found = None
    if not isinstance(found, dict):
        return f"The server answered {status}. Is this PingPilot?"
    issues = [_issue(issue) for issue in found.get("errors") or ()]
    said = issues or [str(found.get("message", status))]
    said += [str(found[name]) for name in ("eventId", "hint") if found.get(name)]
    return "\n".join(said)


def _issue(issue: object) -> str:
    if not isinstance(issue, dict):
        return str(issue)
    where = ".".join(map(str, issue.get("path") or ()))
    return f"{where}: {issue.get('message')}" if where else str(issue.get("message"))
