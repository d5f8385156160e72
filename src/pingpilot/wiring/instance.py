"""One instance: its settings, secret, channels and services, and Django set up on them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from email.utils import parseaddr
from typing import Any, Protocol
from urllib.parse import urlsplit

import django
from django.conf import settings as django_settings
from django.db import connection, transaction

from pingpilot.accounts.settings import EVEN_ANSWER, Choices, Issuer
from pingpilot.accounts.settings import settings_for as account_settings
from pingpilot.channels import find_channels
from pingpilot.config import world
from pingpilot.config.instance_secret import instance_secret, prepare_data_dir
from pingpilot.config.late import Late
from pingpilot.config.loading import load
from pingpilot.config.secret_rotation import older_secret, push_key
from pingpilot.config.settings import Settings
from pingpilot.domain.channel import Channel
from pingpilot.domain.ids import TimeOrderedIds
from pingpilot.domain.smtp_url import parse_smtp_url
from pingpilot.domain.wire import Call, Failure, Reply
from pingpilot.doors.catalogue import SERVICES
from pingpilot.manage.payment_provider import PaymentProvider
from pingpilot.manage.services import Services
from pingpilot.observe import configure
from pingpilot.security.sealing import Box, derive
from pingpilot.security.webpush import Vapid, vapid_material
from pingpilot.store.events import Accept, Answer, accept
from pingpilot.store.transfer.fence import refuse_moved
from pingpilot.wiring.django import Web, postgresql, settings_for, sqlite

_stripe_calls, _stripe_provider = Late("pingpilot.billing.stripe_calls"), Late("pingpilot.billing.stripe_provider")
"""An instance that sells nothing is 35 MB smaller without them."""


class Pipeline(Protocol):
    """The running data plane, as the control plane sees it."""

    def submit(self, unit: Accept) -> Answer:
        """Commit an event and hand its deliveries over; blocks until the commit."""
        ...

    def wake(self) -> None:
        """Look for due deliveries at once."""
        ...

    def send(self, call: Call) -> Reply:
        """Send a call over the guarded wires; blocks until there is an answer, or a failure in its place."""
        ...


class Socket:
    """Where the data plane is plugged in once it runs.

    Until then, and in processes beside a running server, units are applied at once in the calling thread.
    """

    def __init__(self) -> None:
        """Begin with nothing plugged in."""
        self.plugged: Pipeline | None = None

    def submit(self, unit: Accept) -> Answer:
        """Commit an event."""
        if self.plugged is not None:
            return self.plugged.submit(unit)
        with transaction.atomic(), connection.cursor() as cursor:
            return accept(cursor, [unit])[0]

    def wake(self) -> None:
        """Make the worker look, if it is in this process; another one looks by itself."""
        if self.plugged is not None:
            self.plugged.wake()

    def send(self, call: Call) -> Reply:
        """Send a call; only a running server has wires."""
        if self.plugged is not None:
            return self.plugged.send(call)
        return Reply(failure=Failure.NOT_CONFIGURED, failure_detail="no server runs in this process")


@dataclass(frozen=True, slots=True)
class Instance:
    """What every process of an instance shares.

    ``hook_secrets`` holds for each channel one that its provider may be told.
    """

    settings: Settings
    box: Box = field(repr=False)
    vapid: Vapid = field(repr=False)
    channels: Mapping[str, Channel] = field(repr=False)
    operator: dict[str, dict[str, str]] = field(repr=False)
    ids: TimeOrderedIds
    socket: Socket
    hook_secrets: Mapping[str, str] = field(repr=False)

    @property
    def is_embedded(self) -> bool:
        """Whether everything is kept in one SQLite file beside the process."""
        return self.settings.database_url is None

    @property
    def is_spread(self) -> bool:
        """Whether a broker carries deliveries to workers in other processes."""
        return self.settings.broker_url is not None

    def own_config(self, kind: str) -> dict[str, str]:
        """Return what a channel is told of this instance, to be called by its provider."""
        return {"public_url": self.settings.public_url, "hook_secret": self.hook_secrets[kind]}

    def hook_config(self, kind: str) -> dict[str, str]:
        """Return the settings of a channel as it wants them when its provider calls."""
        return {**self.operator.get(kind, {}), **self.own_config(kind)}


def load_settings() -> Settings:
    """Read the settings from the environment and the file; raises ConfigurationError."""
    fields = [(kind, one.name) for kind, channel in find_channels().items() for one in channel.SPEC.operator_fields]
    return load(world.environment(), fields)


def set_up(settings: Settings) -> Instance:
    """Set up logs, secret, services and Django for this process; once. Modules with tables can be imported after it.

    Raises ConfigurationError.
    """
    configure(settings.log_format.value, settings.log_level.value)
    if settings.database_url is None:
        refuse_moved(settings.database_path)
    prepare_data_dir(settings.data_dir)
    given = settings.secret_key.reveal() if settings.secret_key else None
    secret = instance_secret(settings.data_dir, given, world.entropy)
    before = settings.previous_secret_key.reveal() if settings.previous_secret_key else None
    older = older_secret(settings.data_dir, before)
    ids = TimeOrderedIds(world.now_ms, world.entropy)
    box = Box(secret, world.entropy, *([older] if older else []))
    channels = find_channels()
    hook_secrets = {kind: derive(secret, f"hook {kind}").hex() for kind in channels}
    kept = push_key(settings.data_dir, older, vapid_material, world.entropy(4).hex())
    vapid = Vapid(secret, _contact(settings), kept)
    instance = Instance(settings, box, vapid, channels, settings.operator, ids, Socket(), hook_secrets)
    django_settings.configure(**settings_for(_web(settings, secret, _services(instance))))
    django.setup()
    return instance


def _services(instance: Instance) -> Services:
    settings = instance.settings
    return Services(
        public_url=settings.public_url,
        box=instance.box,
        channels=instance.channels,
        operator=instance.operator,
        has_smtp=settings.smtp_url is not None,
        keys_reveal=settings.keys_reveal,
        sign_up=settings.sign_up.value,
        allow_private=settings.allow_private_destinations,
        now=world.now,
        entropy=world.entropy,
        new_id=instance.ids.next,
        submit=instance.socket.submit,
        wake=instance.socket.wake,
        send=instance.socket.send,
        push_key=instance.vapid.public,
        doors=[service.spec for service in SERVICES],
        payments=_payments(settings),
        contact=settings.operator_contact,
    )


def _payments(settings: Settings) -> PaymentProvider | None:
    """Return who sells plans here; None where nothing is sold, and then nothing of Stripe is loaded."""
    if settings.stripe_secret_key is None:
        return None
    calls = _stripe_calls.StripeCalls(settings.stripe_secret_key.reveal(), settings.stripe_api_url)
    provider: PaymentProvider = _stripe_provider.StripeProvider(
        calls,
        [secret.reveal() for secret in settings.stripe_webhook_secret],
        settings.stripe_prices,
        timedelta(days=settings.stripe_grace_days),
        settings.stripe_pages,
        has_tax=settings.stripe_automatic_tax,
    )
    return provider


def _contact(settings: Settings) -> str:
    """Return whom a push service may ask about this instance. Apple's refuses contacts at a host without a dot."""
    mail, url = parseaddr(settings.smtp_from)[1], settings.public_url
    if "." in mail.rpartition("@")[2]:
        return f"mailto:{mail}"
    is_public = url.startswith("https://") and "." in (urlsplit(url).hostname or "")
    return url if is_public else "https://pingpilot.invalid"


def _web(settings: Settings, secret: bytes, services: Services) -> Web:
    url = settings.database_url
    return Web(
        secret=derive(secret, "web").hex(),
        database=sqlite(settings.database_path.resolve()) if url is None else postgresql(url.reveal()),
        public_url=settings.public_url,
        sender=settings.smtp_from,
        smtp=_smtp(settings),
        accounts=account_settings(_account_choices(settings)),
        has_issuer=_issuer(settings) is not None,
        services=services,
        plans=settings.catalogue,
        payment_pages=settings.stripe_pages if settings.stripe_secret_key else (),
    )


def _account_choices(settings: Settings) -> Choices:
    return Choices(
        has_smtp=settings.smtp_url is not None,
        is_https=settings.public_url.startswith("https://"),
        issuer=_issuer(settings),
        even_answer=EVEN_ANSWER,
    )


def _issuer(settings: Settings) -> Issuer | None:
    if settings.oidc_issuer is None or settings.oidc_client_id is None or settings.oidc_client_secret is None:
        return None
    secret = settings.oidc_client_secret.reveal()
    return Issuer(settings.oidc_issuer, settings.oidc_client_id, secret, settings.oidc_label)


def _smtp(settings: Settings) -> dict[str, Any]:
    if settings.smtp_url is None:
        return {"EMAIL_BACKEND": "django.core.mail.backends.dummy.EmailBackend"}
    server = parse_smtp_url(settings.smtp_url.reveal())
    return {
        "EMAIL_BACKEND": "pingpilot.accounts.mail.BackgroundBackend",
        "EMAIL_HOST": server.host,
        "EMAIL_PORT": server.port,
        "EMAIL_HOST_USER": server.username,
        "EMAIL_HOST_PASSWORD": server.password,
        "EMAIL_USE_SSL": server.is_tls,
        "EMAIL_USE_TLS": bool(server.starttls),
        "EMAIL_TIMEOUT": 15,
    }
