"""Categories."""

from dataclasses import replace

import pytest

from pingpilot.domain.errors import (
    CategoryExists,
    CategoryLimitReached,
    InvalidCategory,
    NotFound,
    UnknownCategory,
)
from pingpilot.manage import categories, destinations, events
from pingpilot.manage.categories import Draft
from pingpilot.store.models import Attempt, Category, Delivery, Event, Workspace
from tests.unit.manage.sample import make_workspace, report

SALE = Draft("sale", "#FF6B6B", "💰")


def test_a_name_is_kept_in_lower_case_and_a_color_as_a_number(services, workspace):
    category = categories.create(services, workspace, replace(SALE, name="New-SALE"))
    assert (category.name, category.color, category.emoji) == ("new-sale", 16739179, "💰")
    assert categories.find(workspace, "NEW-sale") == category
    assert categories.draft_of(category) == Draft("new-sale", "#FF6B6B", "💰")


def test_all_that_is_wrong_is_said_at_once(services, workspace):
    with pytest.raises(InvalidCategory) as caught:
        categories.create(services, workspace, Draft("New Sale", "red", "xx"))
    assert [issue.message for issue in caught.value.issues] == [
        "Category name can only contain letters, numbers or hypens.",
        "Invalid color format.",
        "Invalid emoji",
    ]


@pytest.mark.parametrize("emoji", ["", "💰", "👩‍💻", "🇩🇪", "1️⃣", "❤️", "👍🏽"])
def test_exactly_one_emoji_or_none(emoji):
    assert not replace(SALE, emoji=emoji).issues()


@pytest.mark.parametrize("emoji", ["x", "💰💰", "💰 ", "1", "🇩", " ", "<b>", "\u200d"])
def test_anything_else_is_no_emoji(emoji):
    assert [issue.message for issue in replace(SALE, emoji=emoji).issues()] == ["Invalid emoji"]


def test_a_name_is_taken_once_in_a_workspace(services, workspace):
    categories.create(services, workspace, SALE)
    with pytest.raises(CategoryExists, match='named "sale"'):
        categories.create(services, workspace, replace(SALE, name="SALE"))
    assert categories.create(services, make_workspace(services, "bob@example.com"), SALE).pk


def test_the_plan_limits_their_number(services, workspace):
    for name in ("a", "b", "c"):
        categories.create(services, workspace, replace(SALE, name=name))
    with pytest.raises(CategoryLimitReached):
        categories.create(services, workspace, SALE)


def test_the_quick_start_set_is_made_once(services, workspace):
    assert [category.name for category in categories.quick_start(services, workspace)] == ["bug", "sale", "question"]
    assert categories.quick_start(services, workspace) == []


def test_the_quick_start_set_fits_into_the_plan(services, workspace):
    for name in ("a", "b"):
        categories.create(services, workspace, replace(SALE, name=name))
    assert [category.name for category in categories.quick_start(services, workspace)] == ["bug"]
    with pytest.raises(CategoryLimitReached):
        categories.quick_start(services, workspace)


def test_a_category_changes_its_name_and_looks(services, workspace):
    categories.create(services, workspace, SALE)
    categories.update(services, workspace, "sale", Draft("Order", "#000001", "", is_muted=True))
    found = categories.find(workspace, "order")
    assert (found.color, found.emoji, found.is_muted) == (1, "", True)


def test_it_may_keep_its_name_but_not_take_anothers(services, workspace):
    categories.create(services, workspace, SALE)
    categories.create(services, workspace, replace(SALE, name="bug"))
    categories.update(services, workspace, "sale", replace(SALE, color="#000000"))
    with pytest.raises(CategoryExists):
        categories.update(services, workspace, "sale", replace(SALE, name="bug"))
    with pytest.raises(UnknownCategory):
        categories.update(services, workspace, "nope", SALE)


def test_it_may_have_destinations_of_its_own(services, workspace):
    categories.create(services, workspace, SALE)
    draft = destinations.Draft("webhook", {"url": "https://example.com/x"}, is_verified=True)
    own = destinations.add(services, workspace, draft).destination
    assert categories.route(services, workspace, "sale", [own.pk]).has_own_destinations
    assert list(categories.find(workspace, "sale").destinations.all()) == [own]
    assert not categories.route(services, workspace, "sale", None).has_own_destinations
    with pytest.raises(NotFound):
        categories.route(services, workspace, "sale", [own.pk + 1])


def populated(services, workspace):
    category = categories.create(services, workspace, SALE)
    draft = destinations.Draft("webhook", {"url": "https://example.com/x"}, is_verified=True)
    destination = destinations.add(services, workspace, draft).destination
    report(services, category, routes=events.routes_to([destination]))
    report(services, category)
    assert categories.events_count(category) == 2
    return category


def test_deleted_with_its_events_nothing_is_left(services, workspace):
    populated(services, workspace)
    categories.delete(services, workspace, "sale", keep_events=False)
    assert not any(model.objects.exists() for model in (Category, Event, Delivery, Attempt))


def test_deleted_alone_its_events_stay_under_their_name(services, workspace):
    populated(services, workspace)
    categories.delete(services, workspace, "sale", keep_events=True)
    assert [(event.category, event.category_name) for event in Event.objects.all()] == [(None, "sale")] * 2
    with pytest.raises(UnknownCategory):
        categories.delete(services, workspace, "sale", keep_events=True)


def test_every_change_makes_cached_pictures_stale(services, workspace):
    revisions = [Workspace.objects.get().revision]
    for change in (
        lambda: categories.create(services, workspace, SALE),
        lambda: categories.update(services, workspace, "sale", SALE),
        lambda: categories.route(services, workspace, "sale", None),
        lambda: categories.delete(services, workspace, "sale", keep_events=False),
    ):
        change()
        revisions.append(Workspace.objects.get().revision)
    assert len(set(revisions)) == 5
