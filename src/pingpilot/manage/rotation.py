"""Replacing a destination's signing secret, with an overlap in which both sign."""

import json
from datetime import UTC, datetime, timedelta

from pingpilot.domain.channel import ChannelField
from pingpilot.domain.errors import ChannelUnavailable, NotFound
from pingpilot.domain.rotation import OVERLAPS, last_end, retired
from pingpilot.manage.audit import Actor, record
from pingpilot.manage.channel_settings import generated
from pingpilot.manage.services import Services
from pingpilot.store.models import Destination
from pingpilot.store.workspaces import changing


def rotating_field(services: Services, destination: Destination) -> ChannelField | None:
    """Return the field of a destination that can be replaced by a new one of our making; None where there is none."""
    channel = services.channels.get(destination.kind)
    fields = channel.SPEC.owner_fields if channel else ()
    return next((field for field in fields if field.is_generated and field.retired_as), None)


def rotate(services: Services, destination: Destination, overlap: timedelta, actor: Actor) -> str:
    """Make a new secret at once and return it, this once; the old one signs too for one of ``OVERLAPS``.

    Raises ChannelUnavailable where there is none to replace, NotFound when the destination was removed meanwhile,
    SealBroken where the instance's secret is another than the settings were sealed under.
    """
    field = rotating_field(services, destination)
    if field is None:
        raise ChannelUnavailable("This destination has no secret that can be replaced")
    if overlap not in OVERLAPS.values():
        raise ValueError(f"an overlap is one of {tuple(OVERLAPS)}")
    new, now = generated(services), services.now()
    with changing(destination.workspace_id) as workspace:
        row = Destination.objects.filter(pk=destination.pk, removed_at=None).first()
        if row is None:
            raise NotFound("This destination was removed")
        settings = _settings(services, row)
        kept = retired(settings.get(field.retired_as, ""), settings.get(field.name, ""), now + overlap, now)
        settings |= {field.name: new, field.retired_as: kept if overlap else ""}  # at once: nothing old signs any more
        sealed = services.box.seal(json.dumps(settings, ensure_ascii=False).encode(), f"destination:{row.pk}")
        Destination.objects.filter(pk=row.pk).update(sealed=sealed)
        record(services, workspace, actor, "destination.rotated", row.pk, {"overlap_s": overlap.total_seconds()})
    return new


def old_until(services: Services, destination: Destination) -> datetime | None:
    """Return until when a replaced secret still signs beside the new one; None when none does. Raises SealBroken."""
    field = rotating_field(services, destination)
    if field is None or destination.removed_at is not None:
        return None
    end = last_end(_settings(services, destination).get(field.retired_as, ""), services.now())
    return None if end is None else datetime.fromtimestamp(end, UTC)


def _settings(services: Services, destination: Destination) -> dict[str, str]:
    settings: dict[str, str] = json.loads(
        services.box.unseal(bytes(destination.sealed), f"destination:{destination.pk}")
    )
    return settings
