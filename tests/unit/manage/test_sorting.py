"""Events by one of their fields."""

import pytest

from pingpilot.manage import categories, sorting
from pingpilot.manage.events import Wanted
from pingpilot.manage.sorting import Order, Part, sorted_page
from pingpilot.store.filters import Filter
from tests.unit.manage.sample import report

VALUES = ("10", "9.5", '"b"', '"A"', "true", "null")
"""The last one stands for an event without the field."""


@pytest.fixture
def ids(services, workspace):
    category = categories.create(services, workspace, categories.Draft("sale", "#112233"))
    return {value: report(services, category, "{}" if value == "null" else f'{{"n": {value}}}') for value in VALUES}


@pytest.mark.parametrize(
    ("is_descending", "values"),
    [(False, ["true", "9.5", "10", '"A"', '"b"', "null"]), (True, ['"b"', '"A"', "10", "9.5", "true", "null"])],
)
def test_truth_numbers_and_text_are_each_among_their_like_and_what_lacks_it_is_last(
    services, workspace, ids, is_descending, values
):
    found = sorted_page(services, workspace, Wanted(Filter()), Order("n", is_descending=is_descending), Part(1, 50))
    assert [event.pk.hex for event in found.events] == [ids[value] for value in values]


def test_a_page_is_a_part_of_the_whole(services, workspace, ids):
    found = sorted_page(services, workspace, Wanted(Filter()), Order("n", is_descending=False), Part(2, 4))
    assert ([event.pk.hex for event in found.events], found.total) == ([ids['"b"'], ids["null"]], 6)


def test_too_many_are_sorted_as_far_as_can_be_and_that_is_said(services, workspace, ids, monkeypatch):
    monkeypatch.setattr(sorting, "SORTED_MAX", 3)
    found = sorted_page(services, workspace, Wanted(Filter()), Order(is_descending=False), Part(1, 50))
    assert (len(found.events), found.is_partial) == (3, True)
