"""`pingpilot doctor`: the effective settings, redacted, and what is missing."""

import email.policy
import os
import sqlite3
import sys
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from importlib import import_module
from pathlib import Path
from urllib.parse import urlsplit

import click
from django.db import DatabaseError

from pingpilot.channels import find_channels
from pingpilot.cli.findings import Finding
from pingpilot.cli.output import json_option, show, show_all
from pingpilot.config import world
from pingpilot.config.instance_secret import FILE_NAME, is_private
from pingpilot.config.loading import channel_setting, setting_name
from pingpilot.config.settings import Settings
from pingpilot.config.telemetry import hindrance, wish
from pingpilot.domain.channel import Channel
from pingpilot.domain.errors import ConfigurationError, PingPilotError
from pingpilot.domain.plan import Plan
from pingpilot.security.network import is_loopback
from pingpilot.store.transfer.fence import moved
from pingpilot.wiring.brokers import ready_broker
from pingpilot.wiring.instance import Instance, load_settings, set_up

SQLITE_LEAST = (3, 35, 0)
"""RETURNING and UPDATE … FROM. Source: SQLite's release notes of 3.33 and 3.35."""
FAILED = 1


@click.command()
@json_option
def doctor(*, as_json: bool) -> None:
    """Show the effective settings, what is missing, and how to fix it. Exit code 1 when something is bad."""
    settings, channels = load_settings(), find_channels()
    findings = [*examine(settings, channels), *_stored(settings)]
    if as_json:
        show({"settings": effective(settings), "findings": [asdict(finding) for finding in findings]}, as_json=True)
    else:
        show(effective(settings), as_json=False)
        click.echo()
        show_all([asdict(finding) for finding in findings], as_json=False)
    if any(finding.state == "bad" for finding in findings):
        sys.exit(FAILED)


def effective(settings: Settings) -> dict[str, str]:
    """Return every setting's value by its name; of secrets only that they are set."""
    own = {setting_name(name): _shown(getattr(settings, name)) for name in Settings.model_fields if name != "channels"}
    given = {
        channel_setting(kind, name): str(value)
        for kind, fields in settings.channels.items()
        for name, value in fields.items()
    }
    return {**own, **given}


def _shown(value: object) -> str:
    if isinstance(value, Mapping):
        return ", ".join(value)
    return "" if value is None else str(value)


def examine(settings: Settings, channels: Mapping[str, Channel]) -> Iterator[Finding]:
    """Look at what the instance stands on."""
    yield _data_dir(settings.data_dir)
    yield _secret(settings)
    if settings.database_url is None:
        yield _sqlite(settings)
    yield _plans(settings)
    yield _payment(settings)
    yield from _broker(settings)
    yield _public_url(settings)
    yield _mail(settings)
    yield _mail_headers()
    yield from _traces()
    yield from (_channel(settings, channel) for channel in channels.values())


def _data_dir(data_dir: Path) -> Finding:
    nearest = next(folder for folder in (data_dir.absolute(), *data_dir.absolute().parents) if folder.exists())
    if nearest.is_dir() and os.access(nearest, os.W_OK | os.X_OK):
        return Finding("data folder", "ok", str(data_dir.absolute()))
    fix = "Let the user that runs PingPilot write there, or choose another with PINGPILOT_DATA_DIR."
    return Finding("data folder", "bad", f"{nearest} cannot be written", fix)


def _secret(settings: Settings) -> Finding:
    if settings.secret_key:
        return Finding("secret", "ok", "given by PINGPILOT_SECRET_KEY")
    path = settings.data_dir / FILE_NAME
    if not path.exists():
        return Finding("secret", "note", "made at the first start", f"Back up {path} together with the database.")
    if not is_private(path):
        return Finding("secret", "bad", f"{path} can be read by others", f"Run: chmod 600 {path}")
    return Finding("secret", "ok", str(path))


def _sealed(instance: Instance) -> Finding:
    """Count what is sealed under which secret."""
    try:
        known, counts = import_module("pingpilot.cli.secret").counted(instance.box)
    except (PingPilotError, DatabaseError) as error:
        return Finding("sealed", "note", f"cannot be counted ({type(error).__name__})", "Run `pingpilot migrate`.")
    found = ", ".join(f"{count} rows under {name}" for name, count in sorted(counts.items())) or "nothing yet"
    if counts.keys() <= set(known[:1]):
        return Finding("sealed", "ok", found)
    if counts.keys() <= set(known):
        return Finding("sealed", "note", found, "Run `pingpilot secret rotate` to seal everything under the newest.")
    return Finding("sealed", "bad", found, "Restore the secret.key that belongs to this database: no other opens it.")


def _stored(settings: Settings) -> Iterator[Finding]:
    """Look into the database; an instance that was never started is left as it is."""
    has_secret = settings.secret_key is not None or (settings.data_dir / FILE_NAME).exists()
    if not has_secret or not (settings.database_url or settings.database_path.exists()):
        if settings.database_url:
            yield Finding("database", "note", "PostgreSQL", "Start PingPilot once, and this looks at it.")
        return
    try:
        instance = set_up(settings)
    except PingPilotError as error:
        yield Finding("sealed", "note", "cannot be counted", error.message)
        return
    if settings.database_url:
        yield from import_module("pingpilot.cli.doctor_postgresql").examine_postgresql()
    yield _sealed(instance)


def _sqlite(settings: Settings) -> Finding:
    if sqlite3.sqlite_version_info < SQLITE_LEAST:
        fix = f"Use a Python built with SQLite {'.'.join(map(str, SQLITE_LEAST))} or later."
        return Finding("database", "bad", f"SQLite {sqlite3.sqlite_version}", fix)
    if (found := moved(settings.database_path)) is not None:
        fix = "Set PINGPILOT_DATABASE_URL to it, or run `pingpilot transfer --back`."
        return Finding("database", "bad", f"moved to PostgreSQL at {found.to}", fix)
    return Finding("database", "ok", f"SQLite {sqlite3.sqlite_version} in {settings.database_path}")


def _plans(settings: Settings) -> Finding:
    return Finding("plans", "ok", "; ".join(f"{plan.code}: {_allowed(plan)}" for plan in settings.plans.values()))


def _allowed(plan: Plan) -> str:
    days = None if plan.history is None else plan.history.days
    limits = ((plan.events_per_month, "events a month"), (plan.categories, "categories"), (days, "days"))
    return ", ".join("no limit of " + unit if limit is None else f"{limit:,} {unit}" for limit, unit in limits)


def _payment(settings: Settings) -> Finding:
    if settings.stripe_secret_key is None:
        return Finding(
            "payment", "note", "off", "Set PINGPILOT_STRIPE_SECRET_KEY to sell plans; docs/payment.md says how."
        )
    mode = "test mode" if "_test_" in settings.stripe_secret_key.reveal() else "live mode"
    priced = {price.plan for price in settings.stripe_prices}
    unsold = [plan.code for plan in settings.plans.values() if plan.is_sold and plan.code not in priced]
    if unsold:
        fix = f"Name a price of {', '.join(unsold)} in PINGPILOT_STRIPE_PRICES, or take its price out of the catalogue."
        return Finding("payment", "bad", f"Stripe, {mode}; {', '.join(unsold)} cannot be bought", fix)
    if mode == "live mode" and not settings.public_url.startswith("https://"):
        return Finding(
            "payment", "bad", f"Stripe, {mode}", "Stripe calls https:// addresses only: set PINGPILOT_PUBLIC_URL."
        )
    return Finding("payment", "ok", f"Stripe, {mode}; it has to call {settings.public_url}/hooks/stripe")


def _broker(settings: Settings) -> Iterator[Finding]:
    """Try the broker, where one is set."""
    if settings.broker_url is None:
        return
    try:
        ready_broker(settings)
    except ConfigurationError as error:
        yield Finding("broker", "bad", "cannot be used", error.message)
    else:
        yield Finding("broker", "ok", f'NATS JetStream, stream "{settings.broker_stream}"')


def _public_url(settings: Settings) -> Finding:
    parts = urlsplit(settings.public_url)
    if is_loopback(parts.hostname or ""):
        fix = "Set PINGPILOT_PUBLIC_URL to the address that people use, so that links in messages work elsewhere."
        return Finding("public URL", "note", f"{settings.public_url} is reached from this machine only", fix)
    if parts.scheme == "http":
        fix = "Put a proxy with TLS in front and set PINGPILOT_PUBLIC_URL to its https:// address."
        return Finding("public URL", "note", f"{settings.public_url} is not encrypted", fix)
    return Finding("public URL", "ok", settings.public_url)


def _mail(settings: Settings) -> Finding:
    if settings.smtp_url is None:
        fix = "Set PINGPILOT_SMTP_URL, for example smtp://user:password@mail.example.com:587, to send e-mail."
        return Finding("e-mail", "note", "off: addresses count as verified at once, passwords cannot be reset", fix)
    if "smtp_from" not in settings.model_fields_set:
        fix = "Set PINGPILOT_SMTP_FROM to an address that your mail server may send from."
        return Finding("e-mail", "note", f"sent from {settings.smtp_from}", fix)
    return Finding("e-mail", "ok", f"sent from {settings.smtp_from}")


def _mail_headers() -> Finding:
    """Old Pythons let a line break in a header value begin another header. Source: CVE-2024-6923."""
    if hasattr(email.policy.SMTP, "verify_generated_headers"):
        return Finding("mail headers", "ok", "checked by Python")
    fix = "Update Python to 3.11.10, 3.12.5 or later."
    return Finding("mail headers", "note", "this Python does not check generated mail headers", fix)


def _traces() -> Iterator[Finding]:
    """Look at the variables that ask for traces, where some do."""
    environment = world.environment()
    if asked_by := wish(environment):
        fix = hindrance(environment)
        found = "they cannot be sent" if fix else f"sent to {_host(environment[asked_by])}"
        yield Finding("traces", "note" if fix else "ok", f"asked for by {asked_by}: {found}", fix)


def _host(url: str) -> str:
    """Return where an address leads, without what may be secret in it."""
    return urlsplit(url).hostname or "an address without a host"


def _channel(settings: Settings, channel: Channel) -> Finding:
    spec = channel.SPEC
    given = settings.operator.get(spec.kind, {})
    names = [channel_setting(spec.kind, name) for name in spec.missing(given)]
    if spec.needs_smtp and settings.smtp_url is None:
        names.append("PINGPILOT_SMTP_URL")
    if names:
        return Finding(f"channel {spec.kind}", "note", "off", f"Set {' and '.join(names)} to offer {spec.label}.")
    wrong = next((item for item in spec.operator_fields if given.get(item.name) and item.check(given[item.name])), None)
    if wrong:
        return Finding(f"channel {spec.kind}", "bad", f"{wrong.label} is wrong", wrong.check(given[wrong.name]) or "")
    return Finding(f"channel {spec.kind}", "ok", "offered")
