"""Made-up events to look around in."""

from zoneinfo import ZoneInfo

import pytest

from pingpilot.domain.errors import CategoryLimitReached
from pingpilot.manage import categories, sample_data, statistics, workspaces
from pingpilot.manage.audit import NOBODY
from pingpilot.store.models import Category, Delivery, Event
from tests.unit.manage.sample import report


def test_it_fills_the_dashboard_and_costs_nothing(services, workspace):
    sample_data.make(services, workspace, NOBODY)
    cards = statistics.cards(workspace, services.now(), ZoneInfo("UTC"))
    assert [card.category.name for card in cards] == list(sample_data.NAMES)
    assert [sum(card.days) for card in cards] == [sample_data.EVENTS] * 2
    assert workspaces.usage(services, workspace).used == 0
    assert not Delivery.objects.exists()
    assert not workspaces.first_steps(workspace).has_event


def test_it_is_made_once_and_goes_in_one_go(services, workspace):
    own = categories.create(services, workspace, categories.Draft("sale", "#112233"))
    for _ in range(2):
        sample_data.make(services, workspace, NOBODY)
    assert Event.objects.count() == 2 * sample_data.EVENTS
    assert sample_data.is_there(workspace)
    sample_data.remove(services, workspace, NOBODY)
    assert list(Category.objects.all()) == [own]
    assert not Event.objects.exists()
    assert not sample_data.is_there(workspace)


def test_what_was_sent_to_its_categories_stays(services, workspace):
    sample_data.make(services, workspace, NOBODY)
    category = categories.find(workspace, sample_data.NAMES[0])
    sent = report(services, category)
    sample_data.remove(services, workspace, NOBODY)
    assert [event.pk.hex for event in Event.objects.all()] == [sent]
    assert not sample_data.is_there(workspace)


def test_a_plan_without_room_gets_none_of_it(services, workspace):
    for name in ("a", "b"):
        categories.create(services, workspace, categories.Draft(name, "#112233"))
    with pytest.raises(CategoryLimitReached):
        sample_data.make(services, workspace, NOBODY)
    assert not sample_data.is_there(workspace)
