"""Who calls: the key in the Authorization header, its workspace, and what it may do."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import ClassVar

from django.http import HttpRequest

from pingpilot.accounts.acting import actor_of
from pingpilot.domain.errors import ScopeMissing
from pingpilot.domain.ids import WorkspaceId
from pingpilot.domain.quota import Month
from pingpilot.ingest.answers import Header, quota_headers
from pingpilot.ingest.authenticate import key_in
from pingpilot.manage import keys
from pingpilot.manage.audit import Actor
from pingpilot.manage.services import Services, current
from pingpilot.store.access import used_in
from pingpilot.store.models import Key, Workspace
from pingpilot.store.plans import catalogue


@dataclass(frozen=True, slots=True)
class Caller:
    """A living key and its workspace."""

    key: Key
    workspace: Workspace
    services: Services = field(repr=False)
    actor: Actor


class Call(HttpRequest):
    """A request whose key was checked."""

    auth: Caller


class Bearer:
    """Lets a call pass whose key has the scope; without a scope any living key will do."""

    openapi_security_schema: ClassVar = {
        "type": "http",
        "scheme": "bearer",
        "description": "`Authorization: Bearer <key>`: the word, one space, an API key of your workspace.",
    }

    def __init__(self, scope: str = "") -> None:
        """Take the scope that the key needs."""
        self.scope = scope

    def __call__(self, request: Call) -> Caller:
        """Return who calls; raises Unauthorized, InvalidAuthHeader, InvalidKey or ScopeMissing."""
        services = current()
        actor = actor_of(request)
        header = request.META.get("HTTP_AUTHORIZATION")
        key = keys.opened_by(services, key_in(None if header is None else header.encode("latin-1")), actor)
        actor = replace(actor, key=key.id)
        request.auth = Caller(key, key.workspace, services, actor)  # known also when the scope is missing
        if self.scope and self.scope not in key.scopes.split():
            raise ScopeMissing(self.scope)
        return request.auth


def quota_headers_of(caller: Caller) -> Sequence[Header]:
    """Return what every authenticated answer says of the month's quota; nothing where there is no limit."""
    limit = catalogue().of(caller.workspace.plan).events_per_month
    if limit is None:
        return ()
    now = caller.services.now()
    month = Month.of(now)
    return quota_headers(limit, used_in(WorkspaceId(caller.workspace.pk), month), month.end - now)
