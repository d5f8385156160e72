"""From the query of a list to a filter."""

import pytest
from django.http import HttpRequest, QueryDict

from pingpilot.api.filters import EventQuery, filter_of
from pingpilot.domain.errors import InvalidRequest
from pingpilot.store.filters import Comparison


def asked(text: str) -> HttpRequest:
    request = HttpRequest()
    request.GET = QueryDict(text)
    return request


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("field.amount=9", ("amount", "eq", "9")),
        ("field.amount.gt=9", ("amount", "gt", "9")),
        ("field.a.b=x", ("a.b", "eq", "x")),
        ("field.a.b.lte=x", ("a.b", "lte", "x")),
        ("field.gt=1", ("gt", "eq", "1")),
        ("field.size.gt.eq=1", ("size.gt", "eq", "1")),
        ("field.plan=", ("plan", "eq", "")),
        ("field.caf%C3%A9=%20x", ("café", "eq", " x")),
    ],
)
def test_the_name_of_a_parameter_says_field_and_comparison(query, expected):
    assert filter_of(asked(query), EventQuery.model_validate({})).fields == (Comparison(*expected),)


def test_one_field_may_be_compared_twice():
    assert (
        len(filter_of(asked("field.n.gt=1&field.n.lt=5&field.n=3&field.n=4"), EventQuery.model_validate({})).fields)
        == 4
    )


def test_every_strange_parameter_is_said():
    with pytest.raises(InvalidRequest) as refusal:
        filter_of(asked("colour=red&field.=1&limit=5"), EventQuery.model_validate({}))
    assert [issue.extra["keys"] for issue in refusal.value.issues] == [["colour"], ["field."]]


def test_a_category_is_asked_for_in_any_case():
    assert filter_of(asked("category=SALE"), EventQuery.model_validate({"category": "SALE"})).category == "sale"
