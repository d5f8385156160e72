"""The rules for categories."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pingpilot.domain import category
from pingpilot.domain.category import Category
from pingpilot.domain.ids import CategoryId, DestinationId, WorkspaceId
from pingpilot.domain.routing import Route, routes_of


@pytest.mark.parametrize("name", ["bug", "new-sale", "user-signup", "api-error", "payment123", "A", "a" * 64])
def test_valid_names(name):
    assert category.name_issues(name) == []


@pytest.mark.parametrize("name", ["New Sale", "user_signup", "payment!", "URGENT!!!", "ä", "bug\n", "１２"])
def test_invalid_names_are_refused_in_the_words_of_the_contract(name):
    assert [issue.message for issue in category.name_issues(name)] == [
        "Category name can only contain letters, numbers or hypens."
    ]


def test_an_empty_name_is_asked_for():
    assert [issue.message for issue in category.name_issues("")] == ["Category name is required."]


def test_a_name_both_too_long_and_wrong_gets_both_issues():
    assert [issue.code for issue in category.name_issues("!" * 65)] == ["too_big", "invalid_string"]


@pytest.mark.parametrize("color", ["FF6B6B", "#FFF", "rgb(255, 0, 0)", "#FF6B6G", "#FF6B6B ", "#FF6B6B\n"])
def test_invalid_colors(color):
    assert [issue.message for issue in category.color_issues(color)] == ["Invalid color format."]


def test_a_missing_color_is_asked_for():
    assert [issue.message for issue in category.color_issues("")] == ["Color is required"]


def test_a_color_is_a_24_bit_number():
    assert category.color_number("#FF6B6B") == category.color_number("#ff6b6b") == 16739179


@given(st.integers(0, 0xFFFFFF))
def test_a_color_survives_the_way_there_and_back(color):
    assert category.color_issues(category.color_text(color)) == []
    assert category.color_number(category.color_text(color)) == color


def test_what_is_offered_is_valid():
    assert [issue for color in category.PALETTE for issue in category.color_issues(color)] == []
    assert [issue for name, _, color in category.QUICK_START for issue in category.name_issues(name)] == []
    assert len(category.PALETTE) == len(category.EMOJI_OFFERED) == 10


def test_a_title_is_emoji_and_name_with_its_first_letter_raised():
    assert category.title_of("user-signup", "") == "🔔 User-signup"
    assert category.title_of("sale", "💰") == "💰 Sale"


ACTIVE = [Route(DestinationId(pk), "email", WorkspaceId(1)) for pk in (1, 2)]


def rules(*, muted=False, own=None):
    destinations = None if own is None else frozenset(map(DestinationId, own))
    return Category(CategoryId(1), "sale", 0, "", muted=muted, destinations=destinations)


@pytest.mark.parametrize(
    ("category_rules", "expected"),
    [
        (rules(), ACTIVE),
        (rules(muted=True), []),
        (rules(own={2, 9}), ACTIVE[1:]),
        (rules(own=()), []),
    ],
    ids=["all by default", "none when muted", "its own", "its own, none left"],
)
def test_where_the_events_of_a_category_go(category_rules, expected):
    assert routes_of(category_rules, ACTIVE) == expected
