"""PingPilot's Python client: report an event with one call, from anywhere in an application.

::

    from pingpilot_client import Client

    client = Client()  # PINGPILOT_API_KEY and PINGPILOT_URL from the environment
    client.send("sale", "Someone bought PRO", fields={"amount": 49})
"""

from pingpilot_client.answers import Accepted, Delivery, Quota, Result
from pingpilot_client.async_client import AsyncClient
from pingpilot_client.background import Background
from pingpilot_client.client import Client
from pingpilot_client.errors import (
    BodyTooLarge,
    ConfigurationError,
    DeliveryFailed,
    IdempotencyKeyReused,
    InvalidEvent,
    InvalidKey,
    Issue,
    NoDestination,
    PingPilotError,
    QuotaReached,
    Refused,
    ScopeMissing,
    Unavailable,
    UnknownCategory,
    Unreached,
)
from pingpilot_client.event import Event, FieldValue, Severity
from pingpilot_client.jobs import notify_on_failure
from pingpilot_client.logs import PingPilotHandler

__version__ = "0.1.0"

__all__ = [
    "Accepted",
    "AsyncClient",
    "Background",
    "BodyTooLarge",
    "Client",
    "ConfigurationError",
    "Delivery",
    "DeliveryFailed",
    "Event",
    "FieldValue",
    "IdempotencyKeyReused",
    "InvalidEvent",
    "InvalidKey",
    "Issue",
    "NoDestination",
    "PingPilotError",
    "PingPilotHandler",
    "Quota",
    "QuotaReached",
    "Refused",
    "Result",
    "ScopeMissing",
    "Severity",
    "Unavailable",
    "UnknownCategory",
    "Unreached",
    "notify_on_failure",
]
