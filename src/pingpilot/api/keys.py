"""API keys: GET, POST and DELETE /api/v1/keys, their replacement, and the report of a leaked one."""

from typing import Literal

from django.http import HttpRequest, HttpResponse
from ninja import Router
from pydantic import Field

from pingpilot.accounts.acting import actor_of
from pingpilot.accounts.leak_notice import tell_owner
from pingpilot.api.answers import optional_time, say, say_nothing, time
from pingpilot.api.caller import Bearer, Call
from pingpilot.api.issues import Instant, Text
from pingpilot.api.shapes import Body, Shown
from pingpilot.domain.errors import NotFound
from pingpilot.domain.rotation import OVERLAPS
from pingpilot.manage import keys, leaks
from pingpilot.manage.keys import Draft
from pingpilot.manage.services import current
from pingpilot.store.models import Key

router = Router(tags=["Keys"])
_MANAGE = Bearer("manage")
Scope = Literal["events:write", "events:read", "manage"]


class NewKey(Body):
    """A key beside the primary one."""

    name: Text = Field(min_length=1, max_length=100)
    scopes: list[Scope] = Field(min_length=1, max_length=3)
    categories: list[Text] = Field(default=[], max_length=100, description="`events:write` for these alone; none: all.")
    expires_at: Instant | None = Field(None, description="When it stops working; null: never.")


class Replacement(Body):
    """How long the old key goes on working beside the new one."""

    overlap: Literal["none", "1h", "24h", "7d"] = "none"


class Leak(Body):
    """A key that somebody found where it should not be."""

    key: str = Field(max_length=1_000)


class KeyShown(Shown):
    """An API key, without its secret part."""

    id: str
    name: str
    masked: str
    is_primary: bool
    scopes: list[str]
    categories: list[str]
    expires_at: str | None
    last_used_at: str | None
    last_used_network: str
    created_at: str


class KeyMade(KeyShown):
    """A new key: the only answer that holds the key itself."""

    key: str


class KeyList(Shown):
    """The keys that work now, the primary one first."""

    keys: list[KeyShown]


@router.get("/keys", auth=_MANAGE, response=KeyList, by_alias=True)
def list_keys(request: Call) -> HttpResponse:
    """List the keys that work now."""
    caller = request.auth
    return say({"keys": [_shown(key) for key in keys.living(caller.services, caller.workspace)]})


@router.post("/keys", auth=_MANAGE, response={201: KeyMade}, by_alias=True)
def create_key(request: Call, body: NewKey) -> HttpResponse:
    """Make a named key with scopes, and show it this once."""
    caller, scopes = request.auth, tuple(scope for scope in keys.SCOPES if scope in body.scopes)
    draft = Draft(body.name, scopes, tuple(body.categories), body.expires_at)
    key, text = keys.create(caller.services, caller.workspace, draft, caller.actor)
    return say({**_shown(key), "key": text}, 201)


@router.post("/keys/leaked", auth=None, response={204: None})
def report_leaked_key(request: HttpRequest, body: Leak) -> HttpResponse:
    """Revoke a key that was found in the open; whoever holds it may. The answer never tells whether it existed."""
    services = current()
    if key := leaks.report(services, body.key, actor_of(request)):
        tell_owner(services, key)
    return say_nothing()


@router.get("/keys/{key_id}", auth=_MANAGE, response=KeyShown, by_alias=True)
def show_key(request: Call, key_id: str) -> HttpResponse:
    """Show one key."""
    return say(_shown(_find(request, key_id)))


@router.delete("/keys/{key_id}", auth=_MANAGE, response={204: None})
def revoke_key(request: Call, key_id: str) -> HttpResponse:
    """Revoke a key at once. A primary key is replaced: the new one is shown in the dashboard."""
    caller = request.auth
    keys.revoke(caller.services, _find(request, key_id), caller.actor)
    return say_nothing()


@router.post("/keys/{key_id}/regenerate", auth=_MANAGE, response=KeyMade, by_alias=True)
def regenerate_key(request: Call, key_id: str, body: Replacement | None = None) -> HttpResponse:
    """Replace a key by a new one with the same rights, and show it this once."""
    caller, overlap = request.auth, OVERLAPS[body.overlap if body else "none"]
    key, text = keys.regenerate(caller.services, _find(request, key_id), caller.actor, overlap)
    return say({**_shown(key), "key": text})


def _find(request: Call, key_id: str) -> Key:
    if not key_id.isalnum():
        raise NotFound("This workspace has no such key")
    return keys.find(request.auth.workspace, key_id)


def _shown(key: Key) -> dict[str, object]:
    return {
        "id": key.id,
        "name": key.name,
        "masked": keys.mask(key),
        "isPrimary": key.is_primary,
        "scopes": key.scopes.split(),
        "categories": list(key.categories.order_by("name").values_list("name", flat=True)),
        "expiresAt": optional_time(key.expires_at),
        "lastUsedAt": optional_time(key.last_used_at),
        "lastUsedNetwork": key.last_used_network,
        "createdAt": time(key.created_at),
    }
