"""The generated reference pages: ``make docs`` writes them, a test fails when one is stale."""

import os
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from importlib import import_module
from pathlib import Path

import click
import django
from django.apps import apps
from pydantic.fields import FieldInfo

from pingpilot.channels import find_channels
from pingpilot.cli import ENTRIES, cli
from pingpilot.config.loading import channel_setting, setting_name
from pingpilot.config.settings import Settings
from pingpilot.domain.channel import ChannelSpec
from pingpilot.domain.delivery import FINAL, TRANSITIONS, DeliveryState
from pingpilot.domain.errors import PingPilotError
from pingpilot.domain.role import Action, Role, may
from pingpilot.doors.catalogue import SERVICES
from pingpilot.ingest.answers import STATUS
from tests.architecture.channel_pages import channel_list, channel_page
from tests.architecture.door_pages import door_list, door_page
from tests.architecture.markdown import NOTE, fenced, page, table
from tests.architecture.source import CLIENTS, ROOT
from tests.architecture.typescript_types import api_types

FOLDER = ROOT / "docs"
WIDTH = 84


TOPICS: Mapping[str, tuple[str, ...]] = {
    "Where it runs": ("data_dir", "host", "port", "public_url", "allowed_hosts", "trusted_proxies", "proxy_header"),
    "Mail": ("smtp_",),
    "Accounts": ("sign_up", "oidc_"),
    "Security": ("keys_reveal", "secret_key", "previous_secret_key", "allow_private"),
    "Plans and payment": ("plans", "default_plan", "held_events", "stripe_"),
    "Many machines": ("database_url", "broker_", "transfer_"),
    "Watching": ("metrics_", "log_", "otel"),
}
"""What a setting belongs to, by how its name begins; others come last."""
REST = "Besides"
STATES: Mapping[DeliveryState, str] = {
    DeliveryState.PENDING: "waits for its next try",
    DeliveryState.SENDING: "is being tried by one worker",
    DeliveryState.DELIVERED: "the provider took it; the end, unless the provider says later that it failed",
    DeliveryState.DEAD: "given up; the end, unless somebody replays it",
    DeliveryState.HELD: "its event waits for quota",
}


def settings() -> str:
    """Return every setting of an instance, and of the channels."""
    return page(
        "Settings",
        "Read once, at the start, from the environment and the file `pingpilot.toml` in the data folder or the working",
        "folder (or wherever `PINGPILOT_CONFIG` says). In the file the names are lower-case and without `PINGPILOT_`.",
        "The environment wins. An unknown name or a wrong value stops the start with one sentence.",
        "`pingpilot doctor` shows what is in force, without secrets.",
        *(line for topic in (*TOPICS, REST) for line in settings_of(topic)),
        "",
        "## Channels",
        "",
        "What an operator sets so that owners can use a channel. Channels that are not named here need nothing.",
        "",
        *table(("setting", "channel", "what it is"), operator_rows()),
    )


def settings_of(topic: str) -> Iterable[str]:
    """Yield the settings of one topic, under its heading, if there are any."""
    rows = [
        (f"`{setting_name(name)}`", default_of(field), f"{field.description or ''} *Value:* {expects(field)}.")
        for name, field in Settings.model_fields.items()
        if name != "channels" and topic_of(name) == topic
    ]
    if rows:
        yield from ("", f"## {topic}", "", *table(("setting", "default", "decides"), rows))


def topic_of(name: str) -> str:
    return next((topic for topic, begins in TOPICS.items() if name.startswith(begins)), REST)


def errors() -> str:
    """Return every error code of the API."""
    rows = sorted((status, f"`{error.code}`", sentence(error)) for error, status in STATUS.items())
    return page(
        "Error codes",
        "Every refusal is a JSON object with `message`, a sentence for people, and `code`, which never changes.",
        "[Doors of other services](doors/README.md) answer in the shape of the service, with our `code` in it.",
        "",
        *table(("status", "`code`", "`message`"), [(str(status), code, text) for status, code, text in rows]),
    )


def delivery_states() -> str:
    """Return the picture of a delivery's states."""
    arrows = [f"    {old} --> {new}" for old, targets in TRANSITIONS.items() for new in sorted(targets)]
    return page(
        "States of a delivery",
        "A delivery changes its state in these ways only: each change is an UPDATE that expects the old state. From a",
        "final state there are two ways back: somebody replays it, or the provider says later that it failed.",
        "",
        *table(("state", "means", "goes to"), [(f"`{one}`", STATES[one], targets_of(one)) for one in DeliveryState]),
        "",
        "```mermaid",
        "stateDiagram-v2",
        "    [*] --> PENDING",
        *arrows,
        *(f"    {state} --> [*]" for state in sorted(FINAL)),
        "```",
    )


def targets_of(state: DeliveryState) -> str:
    return ", ".join(f"`{target}`" for target in sorted(TRANSITIONS[state]))


def roles() -> str:
    """Return what each role may do."""
    rows = [(say_action(action), *("yes" if may(role, action) else "" for role in Role)) for action in Action]
    return page(
        "Roles",
        "What the members of a workspace may do in the dashboard. It has exactly one owner, whose role passes on by a",
        "transfer alone. API keys know no roles: each has scopes.",
        "",
        *table(("may", *(role.value for role in Role)), rows),
    )


def command_line() -> str:
    """Return the help of every command."""
    set_up_tables()
    context = click.Context(cli, info_name="pingpilot", terminal_width=WIDTH, **cli.context_settings)
    commands = [(entry.name, getattr(import_module(f"pingpilot.cli.{entry.module}"), entry.name)) for entry in ENTRIES]
    helps = [help_of(context, name, command) for name, command in commands]
    return page(
        "Command line",
        "`pingpilot` looks after an instance on its own machine, and talks to one from anywhere. In a clone it is",
        "`.venv/bin/pingpilot`, once `make serve` has run. `send`, `run`, `tail` and `mcp` call a running PingPilot:",
        "they take its address from `PINGPILOT_URL`, a key from `PINGPILOT_API_KEY`. The others open the data folder,",
        "or the database that is [set](settings.md). What lists or makes something prints JSON with `--json`.",
        "",
        *fenced(cli.get_help(context)),
        *(line for lines in helps for line in lines),
    )


def api_shapes() -> str:
    """Return the shapes of the API as TypeScript."""
    set_up_tables()
    description = import_module("pingpilot.api.openapi").document()
    return api_types(description["components"]["schemas"])


def specs() -> list[ChannelSpec]:
    return [channel.SPEC for channel in find_channels().values()]


PAGES: Mapping[str, Callable[[], str]] = {
    "settings.md": settings,
    "channels/README.md": lambda: channel_list(specs()),
    **{f"channels/{spec.kind}.md": partial(channel_page, spec) for spec in specs()},
    "doors/README.md": lambda: door_list(SERVICES),
    **{f"doors/{service.name}.md": partial(door_page, service) for service in SERVICES},
    "errors.md": errors,
    "delivery-states.md": delivery_states,
    "cli.md": command_line,
    "roles.md": roles,
}


SOURCES: Mapping[Path, Callable[[], str]] = {
    CLIENTS / "typescript" / "src" / "api.ts": api_shapes,
    CLIENTS / "typescript" / "lib" / "api.d.ts": lambda: api_shapes().replace("\n\n", "\n"),  # as the compiler does
}
"""Generated files that are no pages."""


def say_action(action: Action) -> str:
    return action.value.replace("_", " ")


def operator_rows() -> Iterable[tuple[str, str, str]]:
    for spec in specs():
        for field in spec.operator_fields:
            yield f"`{channel_setting(spec.kind, field.name)}`", spec.label, f"{field.label}. {field.help}".strip()


def default_of(field: FieldInfo) -> str:
    if field.default_factory is not None:
        return "follows from the others"
    if isinstance(field.default, bool):
        return f"`{field.default}`".lower()
    if isinstance(field.default, Mapping):
        return ", ".join(f"`{name}`" for name in field.default)
    return "none" if field.default in (None, (), "") else f"`{field.default}`"


def expects(field: FieldInfo) -> str:
    extra = field.json_schema_extra
    return str(extra["expects"]) if isinstance(extra, dict) else "text"


def sentence(error: type[PingPilotError]) -> str:
    return (error.__doc__ or "").partition("\n")[0]


def set_up_tables() -> None:
    """Set up Django, unless the tests have done so."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.django_settings")
    if not apps.ready:
        django.setup()


def help_of(parent: click.Context, name: str, command: click.Command) -> Iterable[str]:
    """Yield a command's help, and that of the commands below it."""
    context = click.Context(command, info_name=name, parent=parent, terminal_width=WIDTH)
    yield from ("", f"## `{context.command_path}`", "", *fenced(command.get_help(context)))
    if isinstance(command, click.Group):
        for below in command.list_commands(context):
            inner = click.Context(command.commands[below], info_name=below, parent=context, terminal_width=WIDTH)
            yield from ("", *fenced(inner.command.get_help(inner)))


def write() -> None:
    """Write every page and source, and remove those that nothing generates any more."""
    for path in generated_pages() - {FOLDER / name for name in PAGES}:
        path.unlink()
    for name, generate in PAGES.items():
        (FOLDER / name).parent.mkdir(parents=True, exist_ok=True)
        (FOLDER / name).write_text(generate(), "utf-8")
    for path, generate in SOURCES.items():
        path.write_text(generate(), "utf-8")


def generated_pages() -> set[Path]:
    """Return the pages that say of themselves that they are generated."""
    return {path for path in FOLDER.rglob("*.md") if NOTE in path.read_text("utf-8")}


if __name__ == "__main__":
    write()
