"""The generated pages of the channels: a list, and one page for each, made of its description alone."""

import shlex
from collections.abc import Iterable, Mapping

from pingpilot.config.loading import channel_setting
from pingpilot.domain.channel import ChannelField, ChannelSpec, Proof
from pingpilot.domain.outcome import Scope
from pingpilot.domain.rate import Rate
from tests.architecture.markdown import fenced, page, table

PROOFS: Mapping[Proof, str] = {
    Proof.TEST: "a test message that the provider accepts",
    Proof.LINK: "a one-time link or code that comes back through the provider",
    Proof.MAIL: "a confirmation link sent to the address",
    Proof.MESSAGE: "a confirmation link in a message to the address",
}
OUTCOMES = (
    ("Delivered", "The provider took the message."),
    ("Rate limited", "Waits as told, without spending an attempt; so does all that shares the limit."),
    ("Transient", "Tried again after 1 s, 5 s, 30 s, 2 min, 10 min, 30 min, then hourly for 24 hours."),
    ("Unknown", "Sent, but no answer came: tried again, and marked as possibly delivered twice."),
    ("Bad message", "This message is refused and dead at once. The destination goes on."),
    ("Address dead", "The message is dead and the destination is switched off, until its owner acts."),
    ("Address suspect", "Tried again; switched off after 3 such answers over at least 24 hours."),
    (
        "Sender broken",
        "What identifies us is refused: messages are held until whoever can mend that, and is told, does.",
    ),
)

SHOWN_MAX = 2
"""How many settings the list of channels names."""
OF_A_BROWSER = frozenset({"push"})
"""What a browser alone can set up."""
MORE: Mapping[str, str] = {"webhook": "[What the body holds, and how to verify a call](../webhooks.md)"}
"""Where a channel has more to tell than its description holds."""


def channel_list(specs: Iterable[ChannelSpec]) -> str:
    """Return the list of channels, and what is the same for all."""
    rows = [
        (f"{spec.icon} [{spec.label}]({spec.kind}.md)", f"`{spec.kind}`", spec.summary, _asks(spec)) for spec in specs
    ]
    return page(
        "Channels",
        "Where events can go. Each page says how to set the channel up, its limits, and what its errors mean.",
        "`pingpilot destinations add KIND name=value …` takes the kind and the settings by the names used there.",
        "",
        *table(("channel", "kind", "what it does", "the operator sets"), rows),
        "",
        "## What an answer leads to",
        "",
        "Whatever the channel, each attempt ends in one of these; the event's page shows which.",
        "",
        *table(("outcome", "what happens then"), OUTCOMES),
    )


def channel_page(spec: ChannelSpec) -> str:
    """Return the page of one channel."""
    return page(
        f"{spec.icon} {spec.label}",
        spec.summary,
        f"An address is proved by {PROOFS[spec.proof]}.",
        "",
        "## Set it up",
        "",
        f"In the dashboard: *Channels*, *Add a channel*, *{spec.label}*. “Here” is the form that opens.",
        "",
        *_numbered(spec.steps),
        "",
        *table(("setting", "needed", "what it is"), map(_owner_row, spec.owner_fields)),
        "",
        *_without_browser(spec),
        "## For the operator",
        "",
        *_operator(spec),
        *_limits(spec),
        *_rates(spec),
        *_errors(spec),
        *_more(spec),
        "",
        "[All channels, and what each outcome leads to](README.md)",
    )


def _asks(spec: ChannelSpec) -> str:
    names = [channel_setting(spec.kind, name) for name in spec.missing({})]
    names += ["PINGPILOT_SMTP_URL"] if spec.needs_smtp else []
    if len(names) > SHOWN_MAX:
        return f"[{len(names)} settings]({spec.kind}.md#for-the-operator)"
    return ", ".join(f"`{name}`" for name in names) or "nothing"


def _numbered(steps: Iterable[str]) -> Iterable[str]:
    return (f"{number}. {step}" for number, step in enumerate(steps, start=1))


def _owner_row(field: ChannelField) -> tuple[str, str, str]:
    return f"`{field.name}`", ", ".join(_traits(field)), f"{field.label}. {field.help}".strip()


def _traits(field: ChannelField) -> Iterable[str]:
    is_required = field.is_required and not field.default
    yield "made when left empty" if field.is_generated else "required" if is_required else "optional"
    if field.is_secret:
        yield "secret"
    if field.default:
        yield f"default `{field.default}`"


def _without_browser(spec: ChannelSpec) -> Iterable[str]:
    if spec.kind not in OF_A_BROWSER:
        yield from ("Without a browser:", "", *fenced(_command(spec), "console"), "")


def _command(spec: ChannelSpec) -> str:
    asked = [field for field in spec.owner_fields if field.name != spec.linked_field]
    wanted = [field for field in asked if field.is_required] or asked[:1]
    values = [f"{field.name}={shlex.quote(field.placeholder or '…')}" for field in wanted]
    return " ".join(("$ pingpilot destinations add", spec.kind, *values))


def _operator(spec: ChannelSpec) -> Iterable[str]:
    rows = [
        (
            f"`{channel_setting(spec.kind, field.name)}`",
            ", ".join(_traits(field)),
            f"{field.label}. {field.help}".strip(),
        )
        for field in spec.operator_fields
    ]
    if spec.needs_smtp:
        rows.append(("`PINGPILOT_SMTP_URL`", "required, secret", "The mail server; see [settings](../settings.md)."))
        rows.append(("`PINGPILOT_SMTP_FROM`", "optional", "Who the mails are from, as `Name <address>`."))
    if not rows:
        yield "Nothing to set: the channel works on every instance."
        return
    if spec.operator_steps:
        yield from (*_numbered(spec.operator_steps), "")
    yield from table(("setting", "needed", "what it is"), rows)


def _limits(spec: ChannelSpec) -> Iterable[str]:
    if not spec.limits:
        return
    yield from (
        "",
        "## Limits",
        "",
        "What is longer is cut at a character, counted, and linked to the event's page.",
        "",
    )
    yield from table(("of", "at most"), ((name.replace("_", " "), f"{most:,}") for name, most in spec.limits.items()))


def _rates(spec: ChannelSpec) -> Iterable[str]:
    if not spec.rates:
        return
    yield from (
        "",
        "## How fast",
        "",
        "What goes out stays below what the provider takes; what is more waits its turn, fair between workspaces.",
        "Rates are the provider's own: a server of yours, set as API address, is held to none.",
        "",
    )
    yield from table(("for", "at most", "at once, after a rest"), map(_rate_row, spec.rates))


def _rate_row(rate: Rate) -> tuple[str, str, str]:
    seconds = rate.every.total_seconds()
    pace = f"one message in {seconds:g} s" if seconds >= 1 else f"{1 / seconds:.0f} messages a second"
    return (
        {Scope.ADDRESS: "each address", Scope.CREDENTIAL: "all that this instance sends"}[rate.scope],
        pace,
        str(rate.burst),
    )


def _errors(spec: ChannelSpec) -> Iterable[str]:
    yield from ("", "## What its errors mean", "")
    yield from table(
        ("it says", "which means", "what to do"), ((one.says, one.means, one.remedy) for one in spec.errors)
    )
    yield from (
        "",
        "Anything else is tried again for 24 hours, or ends this one message. The event's page shows every attempt,",
        "and what the provider said.",
    )


def _more(spec: ChannelSpec) -> Iterable[str]:
    if spec.kind in MORE:
        yield from ("", MORE[spec.kind])
