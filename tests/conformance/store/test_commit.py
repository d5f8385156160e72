"""The committer, where the database undoes one of two transactions."""

import psycopg
import pytest
from django.db import InternalError, OperationalError
from psycopg.errors import ReadOnlySqlTransaction

from pingpilot.store.commit import Committer, Refused

pytestmark = pytest.mark.usefixtures("db")


class Unit:
    """A unit of work that stores nothing."""


class Other:
    """A unit of another kind."""


def failing(times: int, cause: Exception):
    """Apply a unit, but fail so many times first."""
    left = [times]

    def apply(cursor, units):
        if left[0]:
            left[0] -= 1
            raise OperationalError("the database says no") from cause
        return ["kept" for _ in units]

    return apply


def test_a_deadlock_is_tried_once_more():
    apply = failing(1, psycopg.errors.DeadlockDetected())
    assert Committer({Unit: apply}).commit([Unit(), Unit()]) == ["kept", "kept"]


def test_a_second_deadlock_is_said_to_be_the_database_away():
    apply = failing(2, psycopg.errors.DeadlockDetected())
    assert Committer({Unit: apply}).commit([Unit()]) == [Refused("the database says no", is_away=True)]


def test_nothing_else_is_tried_again():
    apply = failing(1, psycopg.errors.AdminShutdown())
    assert Committer({Unit: apply}).commit([Unit()]) == [Refused("the database says no", is_away=True)]


def test_a_server_that_takes_nothing_any_more_is_away_and_no_unit_is_wrong():
    def apply(cursor, units):
        raise InternalError("cannot execute UPDATE in a read-only transaction") from ReadOnlySqlTransaction()

    answers = Committer({Unit: apply}).commit([Unit(), Unit()])
    assert [(answer.is_away, "read-only" in answer.reason) for answer in answers] == [(True, True)] * 2


def test_kinds_are_applied_in_the_order_they_were_given_whatever_comes_first():
    applied = []

    def noting(name: str):
        def apply(_cursor, units):
            applied.append(name)
            return [name for _ in units]

        return apply

    committer = Committer({Unit: noting("first"), Other: noting("second")})
    assert committer.commit([Other(), Unit(), Other()]) == ["second", "first", "second"]
    assert applied == ["first", "second"]
