"""Every setting of an instance: its default, its unit, and what it is for."""

from collections.abc import Mapping
from ipaddress import IPv4Address, IPv6Address, ip_address
from pathlib import Path
from typing import Annotated, Any, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from pingpilot.config import payment, values
from pingpilot.config.choices import LogFormat, LogLevel, ProxyHeader, SignUp
from pingpilot.config.plans import EXAMPLE_PLANS, read_plans
from pingpilot.config.secret import Secret
from pingpilot.domain.plan import HELD_MAX, SHIPPED, Catalogue, Plan

SECRET_KEY_MIN_CHARS = 32
METRICS_TOKEN_MIN_CHARS = 16


def _own_url(data: Mapping[str, Any]) -> str:
    host = str(data["host"])
    if address := _address(host):
        host = "localhost" if address.is_unspecified else f"[{host}]" if address.version == 6 else host
    return f"http://{host}:{data['port']}"


def _address(host: str) -> IPv4Address | IPv6Address | None:
    try:
        return ip_address(host)
    except ValueError:
        return None


def _own_sender(data: Mapping[str, Any]) -> str:
    host = urlsplit(data["public_url"]).hostname or ""
    return f"PingPilot <pingpilot@{'localhost' if _address(host) else host}>"


def _expects(sentence: str, unit: str = "") -> dict[str, Any]:
    return {"expects": sentence, "unit": unit}


def _file(description: str) -> Any:  # noqa: ANN401 - as pydantic's own
    return Field(default=None, description=description, json_schema_extra=_expects("the path of a file"))


_SWITCH = _expects("true or false")


class Settings(BaseModel):
    """What the operator decided. ``expects`` completes the sentence "it must be …" when a value is wrong."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True, str_strip_whitespace=True)

    data_dir: Path = Field(
        default=Path("data"),
        description="The folder that holds the database and the instance's secret.",
        json_schema_extra=_expects("the path of a folder, for example ./data"),
    )
    database_url: Annotated[Secret, AfterValidator(values.database)] | None = Field(
        default=None,
        description="The PostgreSQL database; without it SQLite in the data folder keeps everything. "
        "A server opens at most 32 connections to it, a worker 6.",
        json_schema_extra=_expects(
            "like postgresql://user:password@host:5432/name or, with a replica, "
            "postgresql://user:password@host1:5432,host2:5432/name"
        ),
    )
    broker_url: Annotated[Secret, AfterValidator(values.broker)] | None = Field(
        default=None,
        description="The NATS servers, version 2.10 or later with JetStream, that hand deliveries from any number of "
        "`pingpilot serve` to any number of `pingpilot worker`; several with commas between them. tls:// encrypts; a "
        "token stands before the host as in nats://token@host.",
        json_schema_extra=_expects(
            "like nats://user:password@host:4222 or tls://host1:4222,tls://host2:4222, and only together with "
            "PINGPILOT_DATABASE_URL"
        ),
    )
    broker_credentials: Path | None = _file(
        "The credentials file (`.creds`), or a file with the seed of an nkey, by which NATS knows this instance."
    )
    broker_ca: Path | None = _file("The certificates (PEM) that the NATS servers' are signed by, else the system's.")
    broker_certificate: Path | None = _file("The certificate (PEM) by which the NATS servers know this instance.")
    broker_key: Path | None = _file("The key of that certificate (PEM), unless it stands in the same file.")
    broker_stream: str = Field(
        default="pingpilot",
        pattern=r"^[A-Za-z0-9_-]{1,32}$",
        description="The name of the JetStream stream, with which its subjects begin. One for each instance.",
        json_schema_extra=_expects("1 to 32 letters, digits, hyphens or underscores"),
    )
    broker_replicas: int = Field(
        default=1,
        ge=1,
        le=5,
        description="On how many NATS servers the stream is kept; 3 survive the loss of one.",
        json_schema_extra=_expects("a whole number from 1 to 5", "servers"),
    )
    host: str = Field(
        default="127.0.0.1",
        min_length=1,
        description="The address that `pingpilot serve` listens on; 0.0.0.0 means every network of this machine.",
        json_schema_extra=_expects("an address of this machine, for example 127.0.0.1 or 0.0.0.0"),
    )
    port: int = Field(
        default=8000,
        ge=1,
        le=65_535,
        description="The TCP port that `pingpilot serve` listens on.",
        json_schema_extra=_expects("a whole number from 1 to 65535, for example 8000"),
    )
    worker_host: str = Field(
        default="127.0.0.1",
        min_length=1,
        description="The address that `pingpilot worker` listens on for a monitoring system, if at all.",
        json_schema_extra=_expects("an address of this machine, for example 127.0.0.1 or 0.0.0.0"),
    )
    worker_port: int | None = Field(
        default=None,
        ge=1,
        le=65_535,
        description="The TCP port on which `pingpilot worker` answers `/healthz`, `/readyz` and `/metrics`, the last "
        "to whoever reaches it unless PINGPILOT_METRICS_TOKEN is set; without a port it listens on none.",
        json_schema_extra=_expects("a whole number from 1 to 65535, for example 9464"),
    )
    public_url: Annotated[str, AfterValidator(values.web)] = Field(
        default_factory=_own_url,
        description="Where people reach this instance; links in messages begin with it.",
        json_schema_extra=_expects("an address without a path, like https://pings.example.com"),
    )
    smtp_url: Annotated[Secret, AfterValidator(values.smtp)] | None = Field(
        default=None,
        description="The mail server; without it no e-mail is sent and addresses count as verified at once.",
        json_schema_extra=_expects("like smtp://user:password@host:587 or smtps://user:password@host:465"),
    )
    smtp_from: str = Field(
        default_factory=_own_sender,
        pattern=r"^[^\r\n]*@[^\r\n]+$",
        description="The sender of e-mails, as an address or as `Name <address>`.",
        json_schema_extra=_expects("an address like PingPilot <pings@example.com>"),
    )
    allow_private_destinations: bool = Field(
        default=False,
        description="Whether messages may go to hosts in private, loopback and link-local networks.",
        json_schema_extra=_SWITCH,
    )
    keys_reveal: bool = Field(
        default=True,
        description="Whether API keys are kept sealed and can be shown again; if not, each is shown once.",
        json_schema_extra=_SWITCH,
    )
    plans: Annotated[Mapping[str, Plan], BeforeValidator(read_plans)] = Field(
        default=SHIPPED,
        description="The plans in place of the shipped ones, in the order in which prices are shown; UNLIMITED is "
        "always there. In the file each is a table, [plans.PRO].",
        json_schema_extra=_expects(f"like {EXAMPLE_PLANS}"),
    )
    default_plan: Annotated[str, AfterValidator(values.plan)] = Field(
        default="FREE",
        validate_default=True,
        description="The plan that a new workspace starts on.",
        json_schema_extra=_expects(f"one of {', '.join(SHIPPED)}, or of PINGPILOT_PLANS"),
    )
    held_events: int = Field(
        default=HELD_MAX,
        ge=1,
        le=100_000,
        description="How many events of one workspace may wait for quota where its owner chose to hold them.",
        json_schema_extra=_expects("a whole number from 1 to 100000, for example 10000", "events"),
    )
    sign_up: Annotated[SignUp, BeforeValidator(values.lower)] = Field(
        default=SignUp.OPEN,
        description="Who may make an account: everyone, those invited, or nobody; the first account is always allowed.",
        json_schema_extra=_expects("one of open, invite, closed"),
    )
    oidc_issuer: Annotated[str, AfterValidator(values.issuer)] | None = Field(
        default=None,
        description="The OpenID Connect issuer that people may sign in with; its redirect address is "
        "`<public URL>/sign-in/with/oidc/callback`.",
        json_schema_extra=_expects("an https:// address like https://id.example.com/realms/main"),
    )
    oidc_client_id: Annotated[str | None, AfterValidator(values.with_issuer)] = Field(
        default=None,
        validate_default=True,
        description="What the issuer calls this instance.",
        json_schema_extra=_expects("the client id that the issuer gave, and only together with PINGPILOT_OIDC_ISSUER"),
    )
    oidc_client_secret: Annotated[Secret | None, AfterValidator(values.with_issuer)] = Field(
        default=None,
        validate_default=True,
        description="By which the issuer knows this instance.",
        json_schema_extra=_expects(
            "the client secret that the issuer gave, and only together with PINGPILOT_OIDC_ISSUER"
        ),
    )
    oidc_label: str = Field(
        default="single sign-on",
        min_length=1,
        max_length=40,
        description="What the issuer is called on the sign-in page, after the words “Continue with”.",
        json_schema_extra=_expects("a name of at most 40 characters, for example Acme ID", "characters"),
    )
    trusted_proxies: Annotated[
        tuple[Annotated[str, AfterValidator(values.network)], ...], BeforeValidator(values.listed)
    ] = Field(
        default=(),
        description="The networks of the proxies in front, whose word on who the client is counts; nobody else's does.",
        json_schema_extra=_expects("addresses or networks with commas between them, for example 10.0.0.0/8"),
    )
    proxy_header: Annotated[ProxyHeader, BeforeValidator(values.lower)] = Field(
        default=ProxyHeader.CUSTOMARY,
        description="The header in which trusted proxies name the client; the other one is ignored.",
        json_schema_extra=_expects("x-forwarded-for or forwarded"),
    )
    allowed_hosts: Annotated[
        tuple[Annotated[str, AfterValidator(values.host_name)], ...], BeforeValidator(values.listed)
    ] = Field(
        default=(),
        description="Further host names that pages may be opened under, beside that of the public URL and localhost.",
        json_schema_extra=_expects("host names with commas between them, for example pings.lan,192.168.1.5"),
    )
    secret_key: Annotated[Secret, Field(min_length=SECRET_KEY_MIN_CHARS)] | None = Field(
        default=None,
        description="The instance's secret, in place of the one that is made in the data folder at the first start.",
        json_schema_extra=_expects(f"random text of at least {SECRET_KEY_MIN_CHARS} characters", "characters"),
    )
    previous_secret_key: Annotated[Secret, Field(min_length=SECRET_KEY_MIN_CHARS)] | None = Field(
        default=None,
        description="The secret before PINGPILOT_SECRET_KEY, until `pingpilot secret rotate` has sealed all anew.",
        json_schema_extra=_expects(f"the old text of at least {SECRET_KEY_MIN_CHARS} characters", "characters"),
    )
    metrics_token: Annotated[Secret, Field(min_length=METRICS_TOKEN_MIN_CHARS)] | None = Field(
        default=None,
        description="Who brings this as a bearer token may read /metrics, in Prometheus's format; without it, nobody.",
        json_schema_extra=_expects(f"random text of at least {METRICS_TOKEN_MIN_CHARS} characters", "characters"),
    )
    log_format: Annotated[LogFormat, BeforeValidator(values.lower)] = Field(
        default=LogFormat.AUTO,
        description="How log lines look; auto is text on a terminal and JSON elsewhere.",
        json_schema_extra=_expects("one of auto, json, text"),
    )
    log_level: Annotated[LogLevel, BeforeValidator(values.lower)] = Field(
        default=LogLevel.INFO,
        description="The least level of the log lines that are written.",
        json_schema_extra=_expects("one of debug, info, warning, error"),
    )
    worker_concurrency: int = Field(
        default=64,
        ge=1,
        le=10_000,
        description="How many deliveries one worker attempts at a time.",
        json_schema_extra=_expects("a whole number from 1 to 10000, for example 64", "deliveries"),
    )
    writer_queue: int = Field(
        default=10_000,
        ge=1,
        le=1_000_000,
        description="How many events may wait for their commit before callers are asked to come back.",
        json_schema_extra=_expects("a whole number from 1 to 1000000, for example 10000", "units"),
    )
    stripe_secret_key: payment.StripeSecretKey = None
    stripe_webhook_secret: payment.StripeWebhookSecret = ()
    stripe_prices: payment.StripePrices = ()
    stripe_grace_days: payment.StripeGrace = 7
    stripe_automatic_tax: payment.StripeTax = False
    stripe_api_url: payment.StripeApiUrl = payment.STRIPE_API
    stripe_pages: payment.StripePages = Field(default_factory=payment.pages)
    operator_contact: payment.OperatorContact = ""
    channels: Mapping[str, Mapping[str, Secret]] = Field(
        default_factory=dict,
        description="What the operator set for each channel, by kind and field name.",
    )

    @property
    def database_path(self) -> Path:
        """The SQLite file that is used without a ``database_url``."""
        return self.data_dir / "pingpilot.db"

    @property
    def catalogue(self) -> Catalogue:
        """The plans, and that of new workspaces."""
        return Catalogue(self.plans, self.default_plan, self.held_events)

    @property
    def operator(self) -> dict[str, dict[str, str]]:
        """The channels' settings in clear, by kind and field name."""
        return {
            kind: {name: value.reveal() for name, value in fields.items()} for kind, fields in self.channels.items()
        }

    def replaced(self, **changes: object) -> Self:
        """Return settings with some values replaced, and the defaults that follow from others computed anew."""
        given = {name: getattr(self, name) for name in self.model_fields_set}
        return type(self).model_validate({**given, **changes})
