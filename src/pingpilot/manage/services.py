"""What the use cases stand on: the instance's choices, the time, randomness, and the way into the pipeline."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import cast

from django.conf import settings

from pingpilot.domain.channel import Channel
from pingpilot.domain.door import DoorSpec
from pingpilot.domain.wire import Call, Reply
from pingpilot.manage.payment_provider import PaymentProvider
from pingpilot.security.sealing import Box
from pingpilot.store.events import Accept, Answer


@dataclass(frozen=True, slots=True)
class Services:
    """Made once by wiring. ``operator`` holds the operator's settings of each channel, by kind and field name.

    ``submit`` puts an event into the store and returns after the commit: never call it inside a transaction, which
    would wait for itself on SQLite. ``wake`` tells the worker that something is due. ``send`` asks a provider over the
    guarded wires and waits for its answer; what went wrong is a failure in it. ``new_id`` makes time-ordered ids.
    ``push_key`` is the public key by which browsers know this instance. ``doors`` are the services that may report.
    ``push_key`` is the public key by which browsers know this instance. ``payments`` sells plans; None: nothing is
    sold here, and who wants another plan asks ``contact``.
    """

    public_url: str
    box: Box = field(repr=False)
    channels: Mapping[str, Channel] = field(repr=False)
    operator: Mapping[str, Mapping[str, str]] = field(repr=False)
    has_smtp: bool
    keys_reveal: bool
    sign_up: str
    allow_private: bool
    now: Callable[[], datetime]
    entropy: Callable[[int], bytes]
    new_id: Callable[[], str]
    submit: Callable[[Accept], Answer]
    wake: Callable[[], None]
    send: Callable[[Call], Reply]
    push_key: str = ""
    doors: Sequence[DoorSpec] = ()
    payments: PaymentProvider | None = field(default=None, repr=False)
    contact: str = ""


def current() -> Services:
    """Return the services of this process, as wiring set them."""
    return cast("Services", settings.PINGPILOT)
