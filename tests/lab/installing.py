"""What ``seed`` does once the tables are there."""

from collections.abc import Mapping, Sequence

from django.db import transaction

from pingpilot.manage import categories, destinations, users, workspaces
from pingpilot.manage.services import current


def install(owner: str, wanted: Sequence[tuple[str, Mapping[str, str]]]) -> dict[str, object]:
    """Make one workspace without limits, with a category and destinations."""
    services = current()
    with transaction.atomic():
        account = users.create(services, f"{owner}@example.com", None)
        workspace, key = workspaces.create(services, account, "", "UNLIMITED")
    categories.create(services, workspace, categories.Draft("sale", "#FF6B6B"))
    drafts = [destinations.Draft(kind, settings, is_verified=True) for kind, settings in wanted]
    made = [destinations.add(services, workspace, draft).destination.pk for draft in drafts]
    return {"workspace": workspace.pk, "key": key, "destinations": made}
