"""Viewers of one workspace in its own installation: users with a session each, whose keys are printed, one a line.

Run beside a service, in its environment: ``python -m tests.bench.audience WORKSPACE COUNT``.
"""

import sys

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY

from pingpilot.wiring.instance import load_settings, set_up


def make(workspace: int, count: int) -> list[str]:
    """Make viewers, and sign each in; return the keys of their sessions."""
    from pingpilot.accounts.session_store import SessionStore  # noqa: PLC0415 - the tables are there once it is set up
    from pingpilot.store.models import Membership, User  # noqa: PLC0415 - as above

    keys = []
    for number in range(count):
        user = User.objects.create(email=f"viewer-{number}@example.com", password="!")
        Membership.objects.create(workspace_id=workspace, user=user, role="viewer")
        session = SessionStore()
        session[SESSION_KEY], session[BACKEND_SESSION_KEY] = str(user.pk), settings.AUTHENTICATION_BACKENDS[0]
        session[HASH_SESSION_KEY] = user.get_session_auth_hash()
        session.create()
        keys.append(str(session.session_key))
    return keys


if __name__ == "__main__":
    set_up(load_settings())
    print("\n".join(make(int(sys.argv[1]), int(sys.argv[2]))))
