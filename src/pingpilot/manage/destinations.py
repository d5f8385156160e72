"""Destinations: added, tested, switched off and on, removed."""

import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field

from pingpilot.domain.channel import ChannelSpec, Proof
from pingpilot.domain.errors import ChannelUnavailable, InvalidProof, NotFound
from pingpilot.domain.event import Purpose
from pingpilot.domain.ids import EventId
from pingpilot.domain.names import tidied
from pingpilot.manage import events, proofs
from pingpilot.manage.audit import NOBODY, Actor, record
from pingpilot.manage.channel_settings import checked, spec_of
from pingpilot.manage.services import Services
from pingpilot.security.identity import identity_digest
from pingpilot.store.destinations import BY_OWNER, BY_RECIPIENT, FORGIVEN, UNTROUBLED, hasten
from pingpilot.store.models import Destination, User, Workspace
from pingpilot.store.workspaces import changing

LABEL_MAX_CHARS = 100
ADDRESS_MAX_CHARS = 200


@dataclass(frozen=True, slots=True)
class Draft:
    """A destination as an owner enters it.

    ``is_verified`` is for the operator, who vouches for the address. ``is_known``: the provider told us the address, so
    that it is theirs; left to be shown is that a message arrives.
    """

    kind: str
    values: Mapping[str, str] = field(repr=False)
    label: str = ""
    is_verified: bool = False
    is_known: bool = False


@dataclass(frozen=True, slots=True)
class Added:
    """A new destination. ``made`` are the secrets that we made for it, shown this once; ``begun`` is its proof."""

    destination: Destination
    made: Mapping[str, str] = field(repr=False)
    begun: proofs.Begun


def list_all(workspace: Workspace) -> list[Destination]:
    """Return the destinations of a workspace in the order of their making."""
    return list(Destination.objects.filter(workspace=workspace, removed_at=None).order_by("pk"))


def find(workspace: Workspace, destination_id: int) -> Destination:
    """Return a destination of the workspace; raise NotFound."""
    row = Destination.objects.filter(workspace=workspace, pk=destination_id, removed_at=None).first()
    if row is None:
        raise NotFound("This workspace has no such destination")
    return row


def add(services: Services, workspace: Workspace, draft: Draft, actor: Actor = NOBODY) -> Added:
    """Add a destination and start to prove it, or renew the one with this address. Not for use inside a transaction.

    Raises ChannelUnavailable, or InvalidDestination with one issue per field.
    """
    spec = spec_of(services, draft.kind, is_vouched=draft.is_verified)
    is_linked = spec.proof is Proof.LINK and not draft.is_verified
    settings = checked(services, spec, draft.values, is_linked=is_linked)
    with changing(workspace.pk) as held:
        known = _known(held, spec, settings)
        destination = _renew(services, known, settings) if known else _insert(services, held, spec, settings, draft)
        action = "destination.renewed" if known else "destination.added"
        record(services, held, actor, action, destination.pk, {"kind": spec.kind})
    begun = proofs.Begun() if draft.is_verified else proofs.begin(services, destination, is_known=draft.is_known)
    generated = {item.name for item in spec.owner_fields if item.is_generated and not draft.values.get(item.name)}
    return Added(destination, {name: settings[name] for name in sorted(generated & settings.keys())}, begun)


def add_account_address(services: Services, workspace: Workspace, user: User) -> Destination | None:
    """Make a user's verified address the first destination; None where mail is not set up or it is there already.

    Only for an address that was verified by a mail to it.
    """
    if not services.has_smtp or "email" not in services.channels:
        return None
    spec = services.channels["email"].SPEC
    if Destination.objects.filter(workspace=workspace, kind=spec.kind, removed_at=None).exists():
        return None
    draft = Draft(spec.kind, {spec.owner_fields[0].name: user.email}, label="Account e-mail", is_verified=True)
    return add(services, workspace, draft, Actor(user)).destination


def test(services: Services, destination: Destination) -> EventId:
    """Send a message to this destination alone and return its event; one not verified yet is proved by it.

    Who tests a destination that is refused has mended it, or wants to see: what waits for it is tried at once, too.
    Raises ChannelUnavailable when it is switched off, or waits for its link to be opened.
    """
    if destination.disabled_at is not None:
        raise ChannelUnavailable("This destination is switched off. Switch it on first")
    if destination.verified_at is None:
        return _prove_by_test(services, destination)
    if destination.broken_at is not None:
        with changing(destination.workspace_id):
            destination.save(update_fields=_assign(destination, UNTROUBLED))
            hasten(destination.pk, services.now())
    routes = events.routes_to([destination])
    event = events.own_event(events.TEST_DESCRIPTION)
    return events.send(services, destination.workspace, event, routes, Purpose.TEST)


def rename(services: Services, destination: Destination, label: str, actor: Actor) -> None:
    """Give a destination another label."""
    with changing(destination.workspace_id) as workspace:
        destination.label = tidied(label)[:LABEL_MAX_CHARS]
        destination.save(update_fields=["label"])
        record(services, workspace, actor, "destination.renamed", destination.pk)


def reconfigure(services: Services, destination: Destination, values: Mapping[str, str], actor: Actor) -> None:
    """Give a destination other settings, those that are named; what was held against the old ones is forgotten.

    For the operator, who vouches for the address. Raises ChannelUnavailable, InvalidDestination, SealBroken.
    """
    spec = spec_of(services, destination.kind, is_vouched=True)
    with changing(destination.workspace_id) as workspace:
        opened = services.box.unseal(bytes(destination.sealed), f"destination:{destination.pk}")
        stored: dict[str, str] = json.loads(opened)
        known = {item.name for item in spec.owner_fields}
        asked = {name: value for name, value in {**stored, **values}.items() if name in known}
        is_linked = bool(spec.linked_field) and not asked.get(spec.linked_field)
        settings = {**stored, **checked(services, spec, asked, is_linked=is_linked)}
        destination.sealed = _sealed(services, destination, settings)
        destination.address = spec.address(settings)[:ADDRESS_MAX_CHARS]
        destination.identity_digest = _identity(spec, settings)
        columns = [] if destination.disabled_reason == BY_OWNER else _forgive(destination)
        destination.save(update_fields=["sealed", "address", "identity_digest", *columns])
        record(services, workspace, actor, "destination.reconfigured", destination.pk)


def disable(services: Services, destination: Destination, actor: Actor) -> None:
    """Switch a destination off: it gets no more events until it is switched on."""
    with changing(destination.workspace_id) as workspace:
        destination.disabled_at = services.now()
        destination.disabled_reason = BY_OWNER
        destination.save(update_fields=["disabled_at", "disabled_reason", *_assign(destination, UNTROUBLED)])
        record(services, workspace, actor, "destination.disabled", destination.pk)


def enable(services: Services, destination: Destination, actor: Actor) -> None:
    """Switch a destination on and forget what was held against it.

    Its address has to be proved anew if its recipient had unsubscribed: a link is sent, and it is not verified until
    that is opened. Not for use inside a transaction.
    """
    was_left = destination.disabled_reason == BY_RECIPIENT
    with changing(destination.workspace_id) as workspace:
        columns = _forgive(destination)
        columns += _assign(destination, {"verified_at": None}) if was_left else []
        destination.save(update_fields=columns)
        hasten(destination.pk, services.now())
        record(services, workspace, actor, "destination.enabled", destination.pk)
    services.wake()
    if was_left:
        with suppress(InvalidProof):  # a link was sent a moment ago: that one is still good
            proofs.begin(services, destination)


def remove(services: Services, destination: Destination, actor: Actor) -> None:
    """Remove a destination: its settings are wiped, and what was on its way to it ends.

    The row stays for the history of its deliveries. Waiting deliveries are made due: the worker finds the destination
    gone and settles each, so that events and quota follow as after any other end.
    """
    with changing(destination.workspace_id) as workspace:
        destination.removed_at, destination.sealed = services.now(), b""
        destination.proof_digest = destination.proof_expires_at = destination.identity_digest = None
        destination.save()
        destination.categories.clear()
        hasten(destination.pk, services.now())
        record(services, workspace, actor, "destination.removed", destination.pk, {"kind": destination.kind})
    services.wake()


def _insert(
    services: Services, workspace: Workspace, spec: ChannelSpec, settings: Mapping[str, str], draft: Draft
) -> Destination:
    now = services.now()
    destination = Destination.objects.create(
        workspace=workspace,
        kind=spec.kind,
        label=tidied(draft.label)[:LABEL_MAX_CHARS],
        address=spec.address(settings)[:ADDRESS_MAX_CHARS],
        sealed=b"",
        verified_at=now if draft.is_verified else None,
        identity_digest=_identity(spec, settings),
        created_at=now,
    )
    destination.sealed = _sealed(services, destination, settings)
    destination.save(update_fields=["sealed"])
    return destination


def _identity(spec: ChannelSpec, settings: Mapping[str, str]) -> bytes | None:
    """Return by what the destination of a person, or a browser, is found again; None where nothing tells."""
    telling = {name: value for name, value in settings.items() if name in (spec.linked_field, spec.unique_field)}
    return identity_digest(spec.kind, telling) if telling else None


def _known(workspace: Workspace, spec: ChannelSpec, settings: Mapping[str, str]) -> Destination | None:
    if not spec.unique_field:
        return None
    rows = Destination.objects.filter(workspace=workspace, kind=spec.kind, removed_at=None)
    return rows.filter(identity_digest=_identity(spec, settings)).first()


def _renew(services: Services, destination: Destination, settings: Mapping[str, str]) -> Destination:
    """Give a destination new settings, forget what was held against it, and try at once what waits for it."""
    hasten(destination.pk, services.now())
    destination.sealed = _sealed(services, destination, settings)
    destination.save(update_fields=["sealed", *_forgive(destination)])
    return destination


def _forgive(destination: Destination) -> list[str]:
    """Make a destination as good as new, in memory; returns the names of the columns to save."""
    return _assign(destination, FORGIVEN)


def _assign(destination: Destination, values: Mapping[str, object]) -> list[str]:
    for name, value in values.items():
        setattr(destination, name, value)
    return list(values)


def _sealed(services: Services, destination: Destination, settings: Mapping[str, str]) -> bytes:
    plain = json.dumps(settings, ensure_ascii=False).encode()
    return services.box.seal(plain, f"destination:{destination.pk}")


def _prove_by_test(services: Services, destination: Destination) -> EventId:
    begun = None
    if services.channels[destination.kind].SPEC.proof is Proof.TEST:
        begun = proofs.begin(services, destination).event
    if begun is None:
        raise ChannelUnavailable("This destination is not linked yet. Open its link first")
    return begun
