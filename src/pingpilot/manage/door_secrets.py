"""Secrets by which services sign the calls that come to a workspace's doors: set, given up, and found."""

from pingpilot.domain.door import DoorSpec
from pingpilot.domain.errors import InvalidRequest, Issue, NotFound
from pingpilot.domain.ids import WorkspaceId
from pingpilot.manage.audit import Actor, record
from pingpilot.manage.services import Services
from pingpilot.security.sealing import Box
from pingpilot.store.models import DoorSecret, Workspace
from pingpilot.store.workspaces import changing

SECRET_MAX_CHARS = 200
EMPTY = "Enter the secret that the service signs with."
NO_SUCH = "There is no such service"
UNSIGNED = "This service signs nothing"
TOO_LONG = f"A secret has at most {SECRET_MAX_CHARS} characters."


def door_of(services: Services, name: str) -> DoorSpec:
    """Return the door of a service by its name; raises NotFound."""
    for door in services.doors:
        if door.name == name:
            return door
    raise NotFound(NO_SUCH)


def signing_door_of(services: Services, name: str) -> DoorSpec:
    """Return the door of a service that signs its calls; raises NotFound."""
    door = door_of(services, name)
    if not door.signed_by:
        raise NotFound(UNSIGNED)
    return door


def services_with_secret(workspace: Workspace) -> dict[str, DoorSecret]:
    """Return the secrets of a workspace by the name of their service."""
    return {one.service: one for one in DoorSecret.objects.filter(workspace=workspace)}


def checked(secret: str) -> str:
    """Return a secret as it is kept, without space around it; raises InvalidRequest."""
    text = secret.strip()
    if not text or len(text) > SECRET_MAX_CHARS:
        raise InvalidRequest([Issue("too_big" if text else "too_small", ("secret",), TOO_LONG if text else EMPTY)])
    return text


def share(services: Services, workspace: Workspace, service: str, secret: str, actor: Actor) -> None:
    """Take calls of a service from now on only when they are signed by this secret; raises InvalidRequest."""
    text = checked(secret)
    with changing(workspace.pk) as held:
        DoorSecret.objects.filter(workspace=held, service=service).delete()
        row = DoorSecret.objects.create(workspace=held, service=service, sealed=b"", created_at=services.now())
        row.sealed = services.box.seal(text.encode(), _context(row))
        row.save(update_fields=["sealed"])
        record(services, held, actor, "door.secret_set", service)


def give_up(services: Services, workspace: Workspace, service: str, actor: Actor) -> None:
    """Take calls of a service without a signature again."""
    with changing(workspace.pk) as held:
        if DoorSecret.objects.filter(workspace=held, service=service).delete()[0]:
            record(services, held, actor, "door.secret_removed", service)


def secret_of(box: Box, workspace: WorkspaceId, service: str) -> str:
    """Return the secret that a workspace shares with a service, "" for none; raises SealBroken."""
    row = DoorSecret.objects.filter(workspace=workspace, service=service).first()
    return "" if row is None else box.unseal(bytes(row.sealed), _context(row)).decode()


def _context(row: DoorSecret) -> str:
    return f"door:{row.pk}"
