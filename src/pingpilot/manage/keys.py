"""API keys: made, shown again, replaced, revoked."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, cast

from cuid2 import Cuid

from pingpilot.domain import key as form
from pingpilot.domain.errors import InvalidKey, InvalidRequest, Issue, NotFound, SealBroken
from pingpilot.domain.ids import KeyId
from pingpilot.domain.names import tidied
from pingpilot.domain.rotation import OVERLAPS
from pingpilot.manage import categories
from pingpilot.manage.audit import Actor, record
from pingpilot.manage.services import Services
from pingpilot.security.network import network_of
from pingpilot.store.models import Key, Workspace
from pingpilot.store.workspaces import changing

SCOPES = ("events:write", "events:read", "manage")
"""Source: SPEC section 3."""
DEAD_KEY = "This key is not in use any more"
USE_NOTED_EVERY = timedelta(minutes=1)
_SECRET_ENTROPY_BYTES = 64
_FRACTION_BYTES, _FRACTION_BITS = 7, 53


@dataclass(frozen=True, slots=True)
class Draft:
    """A key beside the primary one, as an owner asks for it. ``categories``: names that it may write to; none: all."""

    name: str
    scopes: tuple[str, ...]
    categories: tuple[str, ...] = ()
    expires_at: datetime | None = None


def create(services: Services, workspace: Workspace, draft: Draft, actor: Actor) -> tuple[Key, str]:
    """Make a named key and return it with its text.

    Raises UnknownCategory, or InvalidRequest for an expiry gone by and for a name that shows nothing.
    """
    if draft.expires_at is not None and draft.expires_at <= services.now():
        raise InvalidRequest([Issue("invalid_date", ("expiresAt",), "The expiry must lie ahead")])
    name = tidied(draft.name)
    if not name:
        raise InvalidRequest([Issue("too_small", ("name",), "A name is required")])
    with changing(workspace.pk) as held:
        allowed = [categories.find(held, name) for name in draft.categories]
        key, text = issue(services, held, name, is_primary=False)
        key.scopes, key.expires_at = " ".join(draft.scopes), draft.expires_at
        key.save(update_fields=["scopes", "expires_at"])
        key.categories.set(allowed)
        record(services, held, actor, "key.created", key.id, {"name": key.name, "scopes": key.scopes})
    return key, text


def issue(services: Services, workspace: Workspace, name: str = "Primary key", *, is_primary: bool) -> tuple[Key, str]:
    """Make a key and return it with its text, which is seen only now where keys are not kept.

    Belongs inside ``changing(workspace)``; two primary keys at a time are refused by the database.
    """
    key_id = new_key_id(services.entropy)
    text = form.compose(key_id, form.secret_from(services.entropy(_SECRET_ENTROPY_BYTES)))
    key = Key.objects.create(
        id=key_id,
        workspace=workspace,
        name=name,
        is_primary=is_primary,
        digest=form.digest(text),
        sealed=services.box.seal(text.encode(), _context(key_id)) if services.keys_reveal else None,
        created_at=services.now(),
    )
    return key, text


def primary(workspace: Workspace) -> Key:
    """Return the workspace's primary key."""
    return Key.objects.get(workspace=workspace, is_primary=True, revoked_at=None)


def living(services: Services, workspace: Workspace) -> list[Key]:
    """Return the keys that work now, the primary one first."""
    rows = Key.objects.filter(workspace=workspace, revoked_at=None).exclude(expires_at__lte=services.now())
    return list(rows.order_by("-is_primary", "created_at"))


def find(workspace: Workspace, key_id: str) -> Key:
    """Return a key of the workspace by its public id; raise NotFound."""
    key = Key.objects.filter(workspace=workspace, pk=key_id).first()
    if key is None:
        raise NotFound("This workspace has no such key")
    return key


def opened_by(services: Services, text: str, actor: Actor) -> Key:
    """Return the living key that a text is, with its workspace, and note its use; raise InvalidKey.

    The use is noted once a minute at most.
    """
    key_id, now = form.id_of(text), services.now()
    key = Key.objects.filter(pk=key_id, revoked_at=None).select_related("workspace").first() if key_id else None
    if key is None or not form.matches(text, bytes(key.digest)) or (key.expires_at and key.expires_at <= now):
        raise InvalidKey
    if key.last_used_at is None or now - key.last_used_at >= USE_NOTED_EVERY:
        Key.objects.filter(pk=key.pk).update(last_used_at=now, last_used_network=network_of(actor.address))
    return key


def mask(key: Key) -> str:
    """Return what may be shown of a key to those who may not see it whole."""
    return form.mask(KeyId(key.id))


def reveal(services: Services, key: Key, actor: Actor) -> str | None:
    """Return the text of a key and record that it was shown; None where only its digest is kept.

    Raises SealBroken where the instance's secret is not the one it was sealed under; that is recorded too.
    """
    if key.sealed is None:
        return None
    try:
        text = services.box.unseal(bytes(key.sealed), _context(KeyId(key.id))).decode()
    except SealBroken:
        record(services, key.workspace, actor, "key.reveal_failed", key.id)
        raise
    record(services, key.workspace, actor, "key.revealed", key.id)
    return text


def reveal_refused(services: Services, key: Key, actor: Actor) -> None:
    """Record that someone asked for a key and did not show to be its owner."""
    record(services, key.workspace, actor, "key.reveal_failed", key.id)


def regenerate(services: Services, key: Key, actor: Actor, overlap: timedelta = timedelta(0)) -> tuple[Key, str]:
    """Replace a key and return the new one with its text; the old one dies at once, or after one of ``OVERLAPS``.

    Raises NotFound when the key is not alive any more, for instance when it was replaced a moment ago.
    """
    if overlap not in OVERLAPS.values():
        raise ValueError(f"an overlap is one of {tuple(OVERLAPS)}")
    with changing(key.workspace_id) as workspace:
        old = _alive(key)
        was_primary, old.is_primary = old.is_primary, False
        if overlap:
            old.expires_at = services.now() + overlap
        else:
            old.revoked_at = services.now()
        old.save()
        new, text = issue(services, workspace, old.name, is_primary=was_primary)
        _pass_on(old, new)
        record(
            services, workspace, actor, "key.regenerated", old.id, {"by": new.id, "overlap_s": overlap.total_seconds()}
        )
    return new, text


def revoke(services: Services, key: Key, actor: Actor) -> None:
    """End a key at once; a primary key is replaced, since exactly one always exists. Raises NotFound."""
    if key.is_primary:
        regenerate(services, key, actor)
        return
    with changing(key.workspace_id) as workspace:
        # A key that was replaced and still works for its overlap can be ended, too.
        if not Key.objects.filter(pk=key.pk, revoked_at=None).update(revoked_at=services.now()):
            raise NotFound(DEAD_KEY)
        record(services, workspace, actor, "key.revoked", key.id)


def new_key_id(entropy: Callable[[int], bytes]) -> KeyId:
    """Make the public part of a key: a cuid2 of 24 characters."""
    dice = cast("Any", lambda: _Dice(entropy))
    return KeyId(Cuid(random_generator=dice, fingerprint=_no_fingerprint).generate())


class _Dice:
    """Random fractions from random bytes, in the shape that cuid2 asks for."""

    def __init__(self, entropy: Callable[[int], bytes]) -> None:
        self._entropy = entropy

    def random(self) -> float:
        bits = int.from_bytes(self._entropy(_FRACTION_BYTES)) >> (8 * _FRACTION_BYTES - _FRACTION_BITS)
        return bits / (1 << _FRACTION_BITS)


def _no_fingerprint(random_generator: object) -> str:  # noqa: ARG001 - cuid2 passes it by name
    """Tell nothing of this machine: 24 random characters are hashed in anyway."""
    return ""


def _alive(key: Key) -> Key:
    """Return the key afresh; the workspace is held."""
    row = Key.objects.filter(pk=key.pk, revoked_at=None, replaced_by=None).first()
    if row is None:
        raise NotFound(DEAD_KEY)
    return row


def _pass_on(old: Key, new: Key) -> None:
    new.scopes = old.scopes
    new.save(update_fields=["scopes"])
    new.categories.set(old.categories.all())
    old.replaced_by = new
    old.save(update_fields=["replaced_by"])


def _context(key_id: KeyId) -> str:
    return f"key:{key_id}"
