"""What the pages of accounts ask about how accounts are guarded."""

import json

from django import template

from pingpilot.accounts import security
from pingpilot.manage import services
from pingpilot.store.models import User

register = template.Library()


@register.simple_tag
def issuer_label() -> str:
    """Return what the issuer is called that people may sign in with; empty where there is none."""
    return security.issuer_label()


@register.simple_tag
def offers_passkeys() -> bool:
    """Tell whether browsers do passkeys at this address."""
    return security.can_have_passkeys(services.current().public_url)


@register.simple_tag
def sends_mail() -> bool:
    """Tell whether this instance can send mails."""
    return services.current().has_smtp


@register.filter
def security_of(user: User) -> security.Security:
    """Return how an account is guarded."""
    return security.security_of(user)


@register.filter
def as_json(options: object) -> str:
    """Return the options for a passkey as the page's script reads them from an attribute."""
    return json.dumps(options, default=dict)


@register.filter
def in_groups(text: str, size: int = 4) -> str:
    """Return a long code in groups that can be read and typed."""
    return " ".join(text[start : start + size] for start in range(0, len(text), size))
