"""No call of the REST API reaches into another workspace, whatever it names. What bodies name: tests/contract."""

import pytest

from pingpilot.manage import deletion
from pingpilot.manage.audit import NOBODY
from tests.unit.api.parts import CALLS

OF_ALL = {"service"}
"""What everybody has one of, under the same name."""
OF_ONE = [call for call in CALLS if set(call.names) - OF_ALL]
NAMED = [f"{call.method} {call.path}" for call in OF_ONE]


def test_there_is_something_to_try():
    assert len(OF_ONE) > 10
    assert [call.path for call in CALLS if not call.takes_key] == ["/keys/leaked"]


@pytest.mark.parametrize("call", OF_ONE, ids=NAMED)
def test_what_belongs_to_others_is_not_there(victim, stranger, call):
    before = victim.contents
    answer = call.by(stranger.key, victim.names)
    assert answer.status_code == 404, answer.content
    assert victim.contents == before
    assert call.by(stranger.key, stranger.names).status_code != 404


@pytest.mark.parametrize("call", [call for call in CALLS if set(call.names) & OF_ALL], ids=lambda call: call.method)
def test_what_everybody_has_is_changed_for_oneself(victim, stranger, call):
    before = victim.contents
    assert call.by(stranger.key, stranger.names).status_code in {204, 422}  # a body without what it needs
    assert victim.contents == before


def test_lists_and_numbers_are_ones_own(victim, stranger):
    lists = [call for call in CALLS if call.method == "GET" and not call.names]
    assert len(lists) > 4
    told = "".join(call.by(stranger.key, {}).content.decode() for call in lists)
    assert not [mark for mark in victim.marks if mark in told]
    assert [mark for mark in stranger.marks if mark in told]


@pytest.mark.parametrize("key", [None, "pp_nonsense"])
def test_without_a_key_there_is_nothing(victim, key):
    found = {f"{call.method} {call.path}": call.by(key, victim.names).status_code for call in CALLS if call.takes_key}
    assert set(found.values()) == {401}


def test_the_key_of_a_deleted_workspace_opens_nothing(services, victim):
    names = victim.names
    deletion.delete(services, victim.workspace, NOBODY)
    assert {call.by(victim.key, names).status_code for call in CALLS if call.takes_key} == {401}
