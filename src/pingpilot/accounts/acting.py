"""Who acts in a request, and from where: the one place that reads either."""

from django.http import HttpRequest

from pingpilot.manage.audit import Actor
from pingpilot.store.models import User


def user_in(request: HttpRequest) -> User | None:
    """Return who is signed in; None where nobody is."""
    return request.user if isinstance(request.user, User) else None


def actor_of(request: HttpRequest, user: User | None = None) -> Actor:
    """Return who acts: ``user``, whom the caller has found out, or nobody known, and the address of the client."""
    return Actor(user, address_of(request))


def address_of(request: HttpRequest) -> str:
    """Return the address of the client: ``wiring`` has put there what trusted proxies say."""
    return str(request.META.get("REMOTE_ADDR", ""))
