"""Telling the owner of a workspace that one of its keys was found in the open, and is dead."""

from allauth.account.adapter import get_adapter

from pingpilot.domain.role import Role
from pingpilot.manage import keys
from pingpilot.manage.services import Services
from pingpilot.store.models import Key, Membership

_TEMPLATE = "account/email/key_leaked"


def tell_owner(services: Services, key: Key) -> None:
    """Send the owner a mail that names the key by what may be shown of it; nothing where no mail can be sent."""
    owner = Membership.objects.filter(workspace=key.workspace, role=Role.OWNER).select_related("user").first()
    if owner is None or not services.has_smtp:
        return
    context = {
        "name": key.name,
        "mask": keys.mask(key),
        "workspace": key.workspace.name,
        "is_primary": key.is_primary,
        "keys_url": f"{services.public_url}/dashboard/api-key",
    }
    get_adapter().send_mail(_TEMPLATE, owner.user.email, context)
