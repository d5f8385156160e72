"""What providers tell us by themselves: their calls to ``/hooks/<kind>``, and what was heard in calls and polls."""

import hmac
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from urllib.parse import parse_qsl

from pingpilot.domain.outcome import Failing

VerifyEd25519 = Callable[[bytes, bytes, bytes], bool]
"""Tells whether a public key (32 bytes) made a signature (64 bytes) of some bytes; False for anything malformed."""


def _trust_nobody(_public_key: bytes, _signature: bytes, _signed: bytes) -> bool:
    return False


@dataclass(frozen=True, slots=True)
class Incoming:
    """One call of a provider: raw, so that its signature can be checked.

    ``url`` is the address as the provider called it, query included: it begins with the public URL, whatever proxy
    stands between. ``headers`` have lower-cased names. ``verify_ed25519`` is lent, since the standard library has none.
    """

    method: str
    url: str = field(repr=False)
    headers: Mapping[str, str] = field(repr=False)
    query: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)
    received_at: datetime
    verify_ed25519: VerifyEd25519 = field(default=_trust_nobody, repr=False, compare=False)

    def json(self) -> object:
        """Return the body as JSON, or None where it is not JSON."""
        try:
            return json.loads(self.body)
        except (ValueError, RecursionError):
            return None

    def form(self) -> list[tuple[str, str]]:
        """Return the members of a form-encoded body in their order, empty ones included; none where it is no form."""
        try:
            return parse_qsl(self.body.decode(), keep_blank_values=True)
        except ValueError:
            return []


def is_secret(given: str, expected: str) -> bool:
    """Compare a secret in constant time; an expected one that is empty was never set and equals nothing."""
    return bool(expected) and hmac.compare_digest(given.encode("utf-8", "replace"), expected.encode())


@dataclass(frozen=True, slots=True)
class LinkAttempt:
    """Someone sent a one-time code (or an API key) to prove an address: ``settings`` are the owner fields it fills in.

    ``label`` is how to show the address; ``reply_to`` is where to answer.
    """

    code: str = field(repr=False)
    settings: Mapping[str, str] = field(repr=False)
    label: str = field(repr=False)
    reply_to: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class AddressGone:
    """The person behind an address blocked us: ``settings`` (the ``linked_field`` alone) find the destinations.

    They are disabled with ``reason``, a sentence for the owner that says what to do.
    """

    settings: Mapping[str, str] = field(repr=False)
    reason: str = "The address was blocked or deleted. Link it again to receive messages."


@dataclass(frozen=True, slots=True)
class AddressBack:
    """An address works again: what is disabled is enabled, unless its owner switched it off."""

    settings: Mapping[str, str] = field(repr=False)


@dataclass(frozen=True, slots=True)
class AddressChanged:
    """The provider tells something of an address: ``settings`` find the destinations, ``changes`` join their settings.

    An address that moved changes its ``linked_field``; the time of the last word of a person may be another field.
    """

    settings: Mapping[str, str] = field(repr=False)
    changes: Mapping[str, str] = field(repr=False)


@dataclass(frozen=True, slots=True)
class MessageArrived:
    """A message that the provider took has arrived; ``provider_id`` is what ``Delivered`` kept of it."""

    provider_id: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class MessageFailed:
    """A message that the provider took has failed after all.

    ``outcome`` says what that means, as of an attempt: Transient and RateLimited send it again on its schedule, any
    other ends the delivery; AddressDead and AddressSuspect count against the destination.
    """

    provider_id: str
    outcome: Failing


@dataclass(frozen=True, slots=True)
class Stray:
    """Anything else that deserves the standard refusal, said to ``reply_to``."""

    reply_to: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Pressed:
    """Someone pressed the button of an answer, counted from 0, under the question that an event carries.

    ``settings`` (the ``linked_field`` alone) say where; ``by`` is how to show who; ``reply_to`` is what the channel
    needs for its reply.
    """

    event_id: str
    choice: int
    settings: Mapping[str, str] = field(repr=False)
    by: str = field(repr=False)
    reply_to: Mapping[str, str] = field(repr=False)


Heard = LinkAttempt | AddressGone | AddressBack | AddressChanged | MessageArrived | MessageFailed | Pressed | Stray
"""What a provider told us, in our words."""


@dataclass(frozen=True, slots=True)
class Refused:
    """The call is not the provider's: unsigned, wrongly signed or stale. ``reason`` is for the log, without secrets."""

    reason: str


@dataclass(frozen=True, slots=True)
class Answer:
    """What to answer the provider once all that was ``heard`` is done.

    ``identity`` is what the provider calls this call, where a repeat must not be acted on again.
    """

    status: int = 200
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    heard: Sequence[Heard] = ()
    identity: str = ""
