"""What an error says."""

import pytest

from pingpilot.domain import errors
from pingpilot.domain.delivery import FINAL, TRANSITIONS, DeliveryState, is_allowed


def test_the_docstring_is_the_default_sentence():
    assert errors.Unauthorized().message == "Unauthorized"
    assert errors.NotFound("No such key").message == "No such key"


def test_errors_with_data_say_it():
    assert errors.UnknownCategory("sale").message == 'You dont have a category named "sale"'
    assert errors.CategoryExists("sale").message == 'You already have a category named "sale"'
    assert errors.BodyTooLarge(65_536).message == "Request body too large (limit 65536 bytes)"
    assert errors.ScopeMissing("events:write").message == "This API key may not do that (needs scope events:write)"


def test_an_error_of_several_issues_says_them_all_and_keeps_them():
    issues = [errors.Issue("too_small", ("name",), "First."), errors.Issue("too_big", ("color",), "Second.")]
    error = errors.InvalidCategory(issues)
    assert error.message == "First. Second."
    assert error.issues == tuple(issues)


def test_an_issue_shows_its_extra_members_between_code_and_path():
    shown = errors.Issue("too_big", ("fields", "a", 0), "Too big", {"maximum": 5}).as_dict()
    assert list(shown) == ["code", "maximum", "path", "message"]
    assert shown["path"] == ["fields", "a", 0]


def test_a_final_state_is_left_by_a_replay_or_by_a_provider_who_says_later_that_a_message_failed():
    ways = {state: TRANSITIONS[state] for state in FINAL}
    assert ways == {
        DeliveryState.DEAD: {DeliveryState.PENDING},
        DeliveryState.DELIVERED: {DeliveryState.PENDING, DeliveryState.DEAD},
    }


@pytest.mark.parametrize("state", DeliveryState)
def test_no_state_leads_to_itself(state):
    assert not is_allowed(state, state)
