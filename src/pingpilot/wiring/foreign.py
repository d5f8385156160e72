"""The door of other services, with its addresses and the secrets that it checks signatures by."""

from pingpilot.domain.ids import WorkspaceId
from pingpilot.doors.catalogue import places
from pingpilot.doors.door import ForeignDoor
from pingpilot.ingest.single import Single
from pingpilot.manage.door_secrets import secret_of
from pingpilot.security.sealing import Box
from pingpilot.store.reader import Reader


def foreign_door(single: Single, reader: Reader, box: Box) -> ForeignDoor:
    """Return the door; it asks for a secret at each call that could be signed, so that a change counts at once."""

    async def find(workspace: WorkspaceId, service: str) -> str:
        return await reader.run(secret_of, box, workspace, service)

    return ForeignDoor(places(), single, find)
