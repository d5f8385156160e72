"""Who may watch a workspace, by the session of a browser: asked when a page begins to watch, and again and again."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any, cast

from django.conf import settings
from django.contrib.auth import get_user

from pingpilot.accounts.session_store import SessionStore, digest_of
from pingpilot.domain.errors import NotFound, Unauthorized
from pingpilot.domain.ids import WorkspaceId
from pingpilot.domain.role import Action, Role, may
from pingpilot.manage import services
from pingpilot.store.models import Membership, Session, User

_AT_ONCE = 500
"""Sessions in one question: SQLite takes no more than some values in a statement."""


@dataclass(frozen=True, slots=True)
class Pass:
    """A browser's leave to watch a workspace, and all that what it sees depends on.

    ``proof`` is another one after a change of the password.
    """

    session: str = field(repr=False)
    user: int
    workspace: WorkspaceId
    role: Role
    is_operator: bool
    zone: str
    proof: str = field(repr=False)


def session_cookie() -> str:
    """Return the name of the cookie that holds the key of a session."""
    return str(settings.SESSION_COOKIE_NAME)


def admit(session: str, workspace: int) -> Pass:
    """Return the leave of a browser with this session; raises Unauthorized, and NotFound for who is no member."""
    user = user_of(session)
    if user is None:
        raise Unauthorized
    member = _members([user.pk]).filter(workspace=workspace).first()
    given = _pass(session, member) if member is not None else None
    if given is None:
        raise NotFound
    return given


def user_of(session: str) -> User | None:
    """Return who is signed in with a session, as every page asks it."""
    user = get_user(cast("Any", SimpleNamespace(session=SessionStore(session))))
    return user if isinstance(user, User) else None


def standing(passes: Sequence[Pass]) -> set[Pass]:
    """Return those leaves that would be given again, just as they are."""
    holders = _holders({one.session for one in passes})
    members = {(row.user_id, row.workspace_id): row for row in _members(sorted(set(holders.values())))}

    def again(one: Pass) -> Pass | None:
        row = members.get((holders.get(one.session, 0), one.workspace))
        return None if row is None else _pass(one.session, row)

    return {one for one in passes if again(one) == one}


def _holders(sessions: set[str]) -> dict[str, int]:
    """Return whose the living ones of these sessions are."""
    by_digest = {digest_of(session): session for session in sessions}
    digests, now = sorted(by_digest), services.current().now()
    holders: dict[str, int] = {}
    for start in range(0, len(digests), _AT_ONCE):
        rows = Session.objects.filter(
            digest__in=digests[start : start + _AT_ONCE], expires_at__gt=now, user__isnull=False
        )
        holders |= {by_digest[bytes(digest)]: user for digest, user in rows.values_list("digest", "user_id")}
    return holders


def _members(users: Sequence[int]) -> Any:  # noqa: ANN401 - a set of rows, whose type says nothing more
    rows = Membership.objects.filter(user__in=users, workspace__deleted_at=None, user__is_active=True)
    return rows.select_related("user")


def _pass(session: str, member: Membership) -> Pass | None:
    user, role = member.user, Role(member.role)
    if not may(role, Action.LOOK):
        return None
    workspace, proof = WorkspaceId(member.workspace_id), user.get_session_auth_hash()
    return Pass(session, user.pk, workspace, role, user.is_staff, user.time_zone, proof)
