"""One attempt of one delivery: unseal, render, converse."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Protocol

from pingpilot.deliver.conversation import Wires, carry
from pingpilot.deliver.settle import Moved
from pingpilot.domain.channel import Channel, ChannelSpec, Config
from pingpilot.domain.errors import SealBroken
from pingpilot.domain.ids import DestinationId
from pingpilot.domain.message import compose
from pingpilot.domain.outcome import HELD, AddressDead, Outcome, Scope, SenderBroken
from pingpilot.domain.rate import Rate
from pingpilot.security.identity import identity_digest
from pingpilot.store.deliveries import Job
from pingpilot.store.senders import UNREADABLE

DEADLINE = timedelta(seconds=45)
"""For the whole conversation; shorter than a lease, so that no lease runs out under a living attempt."""
OPENED_MAX = 1_000
"""Destinations whose settings stay unsealed in memory, so that a busy one is not unsealed for each delivery."""


class Sealer(Protocol):
    """Opens what was sealed at rest, and seals."""

    def seal(self, plain: bytes, context: str) -> bytes:
        """Return the sealed bytes."""
        ...

    def unseal(self, sealed: bytes, context: str) -> bytes:
        """Return the plain bytes; raises SealBroken."""
        ...


@dataclass(frozen=True, slots=True)
class Attempter:
    """Makes attempts. ``operator`` holds the instance's own settings of each channel; ``public_url`` begins links.

    ``unsubscribe_url`` gives the link by which a destination's recipient stops its messages; empty where there is none.
    """

    channels: Mapping[str, Channel]
    operator: Mapping[str, Mapping[str, str]]
    wires: Wires
    box: Sealer
    public_url: str
    unsubscribe_url: Callable[[DestinationId], str]
    now: Callable[[], datetime]
    opened: dict[DestinationId, tuple[bytes, Mapping[str, str]]] = field(default_factory=dict, repr=False)
    """Settings of the destinations that were used last, each beside what it was when it was sealed."""

    async def attempt(self, job: Job) -> Outcome:
        """Make one attempt; whatever happens, what it meant comes back."""
        channel = self.channels.get(job.channel)
        if channel is None:
            return SenderBroken(f'This instance has no channel "{job.channel}"', scope=Scope.CHANNEL)
        if job.sealed is None:
            return AddressDead("The destination was removed or disabled")
        try:
            config = self._config(job, job.sealed)
        except SealBroken as error:
            detail = f"{UNREADABLE}. {error.message}, or enter them anew."
            return SenderBroken(detail, "unreadable", Scope.ADDRESS)
        link = f"{self.public_url}/dashboard/events/{job.source.event_id}"
        message = compose(job.source, job.delivery, self.now(), link, is_maybe_repeat=job.is_maybe_repeat)
        outcome = await carry(channel.converse(message, config), self.wires, DEADLINE)
        return _narrowed(outcome, channel.SPEC)

    def rates(self) -> Mapping[str, Sequence[Rate]]:
        """Return what the provider of each channel takes of us."""
        return {kind: channel.SPEC.rates_under(self.operator.get(kind, {})) for kind, channel in self.channels.items()}

    def moved(self, job: Job, changes: Mapping[str, str]) -> Moved | None:
        """Return an address with changes that the provider asked for; None without any."""
        if not changes or job.sealed is None:
            return None
        owner = self._owners(job.destination, job.sealed)
        sealed = self.box.seal(json.dumps({**owner, **changes}).encode(), f"destination:{job.destination}")
        return Moved(sealed, self._identity(job, changes))

    def _identity(self, job: Job, changes: Mapping[str, str]) -> bytes | None:
        """Return by what a person is found again whose address changes so; None where they stay who they were."""
        spec = self.channels[job.channel].SPEC
        telling = {name: value for name, value in changes.items() if name in (spec.linked_field, spec.unique_field)}
        return identity_digest(job.channel, telling) if telling else None

    def _config(self, job: Job, sealed: bytes) -> Config:
        """Join the owner's settings and the operator's; the operator's win."""
        owner = self._owners(job.destination, sealed)
        own = {"public_url": self.public_url}
        if self.channels[job.channel].SPEC.is_unsubscribable:
            own["unsubscribe_url"] = self.unsubscribe_url(job.destination)
        return {**owner, **self.operator.get(job.channel, {}), **own}

    def _owners(self, destination: DestinationId, sealed: bytes) -> Mapping[str, str]:
        """Return what the owner has set, unsealed once for as long as it stays the same."""
        known = self.opened.get(destination)
        if known is not None and known[0] == sealed:
            return known[1]
        owner: dict[str, str] = json.loads(self.box.unseal(sealed, f"destination:{destination}"))
        if len(self.opened) >= OPENED_MAX:
            self.opened.clear()
        self.opened[destination] = sealed, owner
        return owner


def _narrowed(outcome: Outcome, spec: ChannelSpec) -> Outcome:
    """Return what an outcome stops at most: a credential that a destination brought stops no other."""
    if spec.has_shared_credential or not isinstance(outcome, HELD):
        return outcome
    return replace(outcome, scope=Scope.ADDRESS) if outcome.scope is Scope.CREDENTIAL else outcome
