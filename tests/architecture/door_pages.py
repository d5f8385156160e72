"""The generated pages of other services' doors: a list, and one page for each, made of its description alone."""

from collections.abc import Iterable, Sequence
from functools import partial

from pingpilot.domain.errors import (
    BodyTooLarge,
    InvalidKey,
    Overloaded,
    PingPilotError,
    QuotaReached,
    ScopeMissing,
    Unauthorized,
    UnknownCaller,
    UnknownCategory,
)
from pingpilot.doors.refusals import HINT, refused_as
from pingpilot.doors.service import Service
from tests.architecture.markdown import page, table

BASE = "https://pings.example.com"
BY_HAND: Sequence[tuple[str, str]] = (("PingPanda", "pingpanda.md"),)
"""Services whose call is one of our own."""


def door_list(services: Iterable[Service]) -> str:
    """Return the list of doors, and what is the same for all."""
    own = [(f"[{label}]({path})", "`/api/v1/events`", "`category`") for label, path in BY_HAND]
    rows = [(f"[{one.label}]({one.name}.md)", f"`{address(one)}`", one.category) for one in services]
    return page(
        "Doors that other services know",
        "Clients and webhooks that you use already can report here: change an address, keep the rest. Each door turns",
        "a foreign call into an event, by the same rules as `POST /api/v1/event`: one key, one quota, one commit.",
        "",
        *table(("service", "address", "the category is"), [*own, *rows]),
        "",
        "What can send nothing but mail reports [through your mail server](../mail.md).",
        "",
        "## The key",
        "",
        "An API key with the scope `events:write`. It may come in any of these, the first that is there counts:",
        "",
        "- in the address, for webhooks that can set no header: `/in/<service>/<API key>`;",
        "- `X-Gotify-Key: <API key>`, or `?token=<API key>`;",
        "- `Authorization: Bearer <API key>`, or Basic credentials with the key as the password;",
        "- `?auth=` with such a header in base64, as ntfy has it.",
        "",
        "PingPilot never logs addresses, nor keys. Others may: your proxy, the service that calls. So make a key of",
        "its own for each address (*API key*, *New key*), let it write to one category alone, and revoke it later.",
        "",
        "## The category",
        "",
        "What the table says, unless the address names one: `?category=deploys` at its end, or a part of its path,",
        "`/in/<service>/<category>`. Letters, digits and hyphens count, all else becomes a hyphen. Categories are not",
        "made by themselves: an unknown one is refused with 404, and the `hint` in the answer says:",
        "",
        f"> {HINT}",
        "",
        "## Signed calls",
        "",
        "GitHub, Stripe and Sentry sign what they send. Once their secret is known here, only signed calls are taken:",
        "enter it under *Connect a service*, or run `pingpilot services set-secret github`, which reads it from",
        "standard input, or call `PUT /api/v1/services/github/secret`. It is sealed, and never shown.",
        "`pingpilot services list` tells since when one is set, and a [configuration file](../configuration-file.md)",
        "that it has to be.",
        "",
        "## What a call becomes",
        "",
        "- Title and text are the description, the title on its first line; beyond 4,000 characters it is cut.",
        "- Nested members become fields with dots in their names: at most 50, the rest is counted in `…`.",
        "- A call of a webhook that says nothing known is kept as it came, shortened, with the severity `warning`.",
        "- What comes again is answered again, and kept once, for 24 hours. Each page says what names a report.",
        "",
        "Refusals have the shape that the service's clients expect, and our [error code](../errors.md) beside it.",
        "401 comes late to those who guess keys; 429 and 503 say in `Retry-After` when to come again.",
    )


def door_page(service: Service) -> str:
    """Return the page of one door."""
    notes = [f"- {note}" for note in service.notes]
    return page(
        service.label,
        service.about,
        "",
        "## Set it up",
        "",
        *(f"{number}. {step}" for number, step in enumerate(service.steps, 1)),
        "",
        f"The address is `{BASE}{address(service)}`, with the host of your instance.",
        "[Where the key goes, and the category](README.md#the-key).",
        "",
        "## What becomes what",
        "",
        *table(("there", "here"), [*service.maps, (service.category, "category, unless the address names one")]),
        "",
        f"Known again by: {service.repeats}",
        "",
        "## What it answers",
        "",
        "200 when the event is stored, in the shape that clients expect. Otherwise:",
        "",
        *table(("status", "body"), map(partial(refusal, service), refusals(service))),
        *(("", "## Good to know", "", *notes) if notes else ()),
    )


def refusals(service: Service) -> list[PingPilotError]:
    """Return what a service's clients may be refused for."""
    unsigned = [UnknownCaller()] if service.is_signed else []
    denied = [Unauthorized(), InvalidKey(), *unsigned, ScopeMissing("events:write"), UnknownCategory("deploys")]
    return [*denied, BodyTooLarge(service.body_max_bytes), QuotaReached(), Overloaded()]


def refusal(service: Service, error: PingPilotError) -> tuple[str, str]:
    """Return status and body of a refusal as a service's clients get it."""
    answer = refused_as(service, error)
    return str(answer.status), f"`{answer.body.decode()}`"


def address(service: Service) -> str:
    """Return where a service finds its door."""
    return service.path or f"/in/{service.name}/<API key>"
