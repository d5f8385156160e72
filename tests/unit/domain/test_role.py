"""Roles, and what each may do."""

from itertools import pairwise

import pytest

from pingpilot.domain.role import ALLOWED, GIVEN, Action, Role, may


def test_every_role_may_what_the_next_one_may_and_more():
    assert all(ALLOWED[higher] > ALLOWED[lower] for higher, lower in pairwise(Role))


@pytest.mark.parametrize(
    ("action", "least"),
    [
        (Action.LOOK, Role.VIEWER),
        (Action.TEST, Role.MEMBER),
        (Action.CATEGORIES, Role.MEMBER),
        (Action.CHANNELS, Role.MEMBER),
        (Action.FILTERS, Role.MEMBER),
        (Action.REPLAY, Role.MEMBER),
        (Action.REVEAL_KEY, Role.MEMBER),
        (Action.KEYS, Role.ADMIN),
        (Action.MEMBERS, Role.ADMIN),
        (Action.AUDIT, Role.ADMIN),
        (Action.WORKSPACE, Role.ADMIN),
        (Action.PLAN, Role.OWNER),
        (Action.TRANSFER, Role.OWNER),
        (Action.DELETE, Role.OWNER),
    ],
)
def test_the_least_role_for_each_action(action, least):
    assert [role for role in Role if may(role, action)] == list(Role)[: list(Role).index(least) + 1]


def test_the_owners_role_is_never_given():
    assert set(Role) - set(GIVEN) == {Role.OWNER}
