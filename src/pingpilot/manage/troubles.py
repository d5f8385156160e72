"""What is wrong with destinations and channels, as owners and the operator are told."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import F, Q

from pingpilot.config.loading import channel_setting, setting_name
from pingpilot.domain.channel import ChannelSpec
from pingpilot.domain.ids import WorkspaceId
from pingpilot.manage.services import Services
from pingpilot.store import notices, senders
from pingpilot.store.models import Destination, Workspace
from pingpilot.store.notices import Trouble

SINGLE_REMEDY = (
    "Where settings cannot be read, start with the secret.key that belongs to this database. "
    "Where mail is taken for spam, check SPF, DKIM and DMARC of the sender's domain, and block lists. "
    "Where a push service refuses us, set PINGPILOT_PUBLIC_URL and PINGPILOT_SMTP_FROM to what is reached from outside."
)
"""What the operator does about destinations that are refused one by one."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """A channel whose credential, of this instance, is refused. ``remedy`` is for its operator."""

    channel: str
    label: str
    detail: str
    remedy: str
    since: datetime


def of_workspace(workspace: Workspace) -> list[Trouble]:
    """Return the destinations that were switched off by us, or are refused, the latest first."""
    return notices.of_workspace(WorkspaceId(workspace.pk))


def failing_in(workspace: Workspace) -> int:
    """Return how many destinations fail: in trouble, or their last attempt did not succeed."""
    rows = Destination.objects.filter(workspace=workspace, removed_at=None)
    in_trouble = Q(gone_at__isnull=False) | Q(broken_at__isnull=False)
    failed = Q(last_success_at=None) | Q(last_error_at__gt=F("last_success_at"))
    return rows.filter(in_trouble | Q(failed, disabled_at=None, last_error_at__isnull=False)).count()


def of_instance(services: Services) -> list[Refusal]:
    """Return the channels whose credential is refused, the longest first."""
    return [
        Refusal(
            channel=sender.channel,
            label=label_of(services, sender.channel),
            detail=sender.detail,
            remedy=_remedy_of(services, sender.channel),
            since=sender.since,
        )
        for sender in senders.broken()
    ]


def holding(services: Services, workspace: Workspace) -> list[Refusal]:
    """Return those channels of ``of_instance`` that the workspace has an active destination on."""
    refused = of_instance(services)
    if not refused:
        return []
    mine = Destination.objects.filter(
        workspace=workspace, verified_at__isnull=False, disabled_at=None, removed_at=None
    ).values_list("kind", flat=True)
    return [one for one in refused if one.channel in set(mine)]


def label_of(services: Services, kind: str) -> str:
    """Return the name of a kind of channel; the kind itself where this instance lost it."""
    if kind == senders.SINGLE:
        return "Some destinations"
    channel = services.channels.get(kind)
    return channel.SPEC.label if channel else kind


def _remedy_of(services: Services, kind: str) -> str:
    if kind == senders.SINGLE:
        return SINGLE_REMEDY
    return remedy(services.channels[kind].SPEC) if kind in services.channels else ""


def remedy(spec: ChannelSpec) -> str:
    """Return which settings the operator checks when a channel is refused; empty where there is none."""
    names = [channel_setting(spec.kind, field.name) for field in spec.operator_fields if field.is_secret]
    names += [setting_name("smtp_url"), setting_name("smtp_from")] if spec.needs_smtp else []
    return f"Check {' and '.join(names)}, and start PingPilot again." if names else ""
