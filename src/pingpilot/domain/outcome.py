"""What one attempt of a delivery meant.

The eight outcomes of SPEC section 7.3. Each carries ``detail``: a short sentence for the owner, without secrets;
``code``: the provider's own code where it gave one.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum


class Scope(StrEnum):
    """What a rate limit or a broken sender holds back."""

    ADDRESS = "address"
    CREDENTIAL = "credential"
    """All that goes out under the same credential: the instance's; or the destination's own, and then it alone."""
    CHANNEL = "channel"
    """All that goes to the same provider: its channels' kinds share what stands before the hyphen."""
    PROCESS = "process"


@dataclass(frozen=True, slots=True)
class Delivered:
    """The provider took it; ``provider_id`` is the message id it gave, if any.

    ``new_settings``: owner fields that the provider told us to use from now on (a chat that moved). ``rest``: how long
    it wants no more for this address, as far as it said so.
    """

    provider_id: str = ""
    detail: str = ""
    code: str = ""
    new_settings: Mapping[str, str] = field(default_factory=dict, repr=False, hash=False)
    rest: timedelta | None = None


@dataclass(frozen=True, slots=True)
class RateLimited:
    """Wait ``retry_after`` and pause the scope; spends no attempt."""

    retry_after: timedelta
    scope: Scope = Scope.ADDRESS
    detail: str = ""
    code: str = ""


@dataclass(frozen=True, slots=True)
class Transient:
    """Try again at the next step of the schedule; ``retry_after`` is what the provider asked for, if it did."""

    detail: str = ""
    code: str = ""
    retry_after: timedelta | None = None


@dataclass(frozen=True, slots=True)
class Unknown:
    """Sent, but no answer came: it may have arrived. Retried; marked "possibly delivered twice" unless idempotent."""

    detail: str = ""
    code: str = ""
    is_idempotent: bool = False


@dataclass(frozen=True, slots=True)
class BadMessage:
    """The provider refuses this very message: dead at once, the address is not blamed."""

    detail: str = ""
    code: str = ""


@dataclass(frozen=True, slots=True)
class AddressDead:
    """The address works no more until its owner acts: dead at once, destination disabled."""

    detail: str = ""
    code: str = ""


@dataclass(frozen=True, slots=True)
class AddressSuspect:
    """The address looks dead but is known to lie: transient, dead after 3 over at least 24 h."""

    detail: str = ""
    code: str = ""


@dataclass(frozen=True, slots=True)
class SenderBroken:
    """A credential or a set-up is refused: deliveries are held; the operator is told, or the owner where it is theirs.

    ``scope``: whom it stops. ADDRESS where one recipient's server refuses us, which says nothing of the others.
    """

    detail: str = ""
    code: str = ""
    scope: Scope = Scope.CREDENTIAL


Outcome = Delivered | RateLimited | Transient | Unknown | BadMessage | AddressDead | AddressSuspect | SenderBroken

Failing = RateLimited | Transient | Unknown | BadMessage | AddressDead | AddressSuspect | SenderBroken
"""Any outcome but the good one."""

HELD = (RateLimited, SenderBroken)
"""Outcomes that spend no attempt."""

NAMES: dict[type[Outcome], str] = {
    Delivered: "delivered",
    RateLimited: "rate_limited",
    Transient: "transient",
    Unknown: "unknown",
    BadMessage: "bad_message",
    AddressDead: "address_dead",
    AddressSuspect: "address_suspect",
    SenderBroken: "sender_broken",
}
"""How an outcome is called in the store, in logs and in the API."""
