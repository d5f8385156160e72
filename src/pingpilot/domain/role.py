"""What a member of a workspace may do: roles, actions, and the one table between them."""

from collections.abc import Mapping
from enum import StrEnum


class Role(StrEnum):
    """What somebody is in a workspace, the mightiest first. There is exactly one owner."""

    OWNER = "owner"
    ADMIN = "admin"
    MEMBER = "member"
    VIEWER = "viewer"


class Action(StrEnum):
    """Something done in a workspace: every page of the dashboard states the one it needs."""

    LOOK = "look"
    TEST = "send_tests"
    """Report test events, to all channels or to one."""
    CATEGORIES = "manage_categories"
    CHANNELS = "manage_channels"
    FILTERS = "save_filters"
    """Keep searches over events under names, for all of the workspace."""
    REPLAY = "replay"
    REVEAL_KEY = "reveal_key"
    """See the primary key in clear, or copy it."""
    KEYS = "manage_keys"
    MEMBERS = "manage_members"
    """Invite, give roles, remove."""
    AUDIT = "see_audit_log"
    WORKSPACE = "change_workspace"
    """Its name and its settings."""
    PLAN = "manage_plan"
    TRANSFER = "transfer"
    DELETE = "delete"


_LOOKS = frozenset({Action.LOOK})
_WORKS = _LOOKS | {
    Action.TEST,
    Action.CATEGORIES,
    Action.CHANNELS,
    Action.FILTERS,
    Action.REPLAY,
    Action.REVEAL_KEY,
}
_RUNS = _WORKS | {Action.KEYS, Action.MEMBERS, Action.AUDIT, Action.WORKSPACE}

ALLOWED: Mapping[Role, frozenset[Action]] = {
    Role.VIEWER: _LOOKS,
    Role.MEMBER: _WORKS,
    Role.ADMIN: _RUNS,
    Role.OWNER: frozenset(Action),
}
"""Who may do what: the only place that says so."""

GIVEN = (Role.ADMIN, Role.MEMBER, Role.VIEWER)
"""The roles that may be given to somebody. The owner's passes on by a transfer alone."""


def may(role: Role, action: Action) -> bool:
    """Tell whether a role allows an action."""
    return action in ALLOWED[role]
