"""PingPanda: a client that is pointed here finds its call, its answer and its refusals."""

import pytest

from tests.contract.doors.visitor import Visitor

PATH = "/api/v1/events"


def test_an_event_with_fields(visitor: Visitor):
    body = {
        "category": "sale",
        "description": "Somebody bought PRO",
        "fields": {"plan": "PRO", "amount": 49, "new": True},
    }
    answer = visitor.call(PATH, body, visitor.bearer)
    assert (answer.status, answer.json["message"]) == (200, "Event processed successfully")
    told = visitor.told(answer.json["eventId"])
    assert (told.category, told.description, told.fields) == ("sale", body["description"], body["fields"])


@pytest.mark.parametrize(
    ("headers", "body", "status", "message"),
    [
        ({}, {"category": "sale"}, 401, "Unauthorized"),
        ({"Authorization": "x"}, {"category": "sale"}, 401, "Invalid auth header format. Expected: 'Bearer [API_KEY]'"),
        ({"Authorization": "Bearer x"}, {"category": "sale"}, 401, "Invalid API key"),
        (None, b"{", 400, "Invalid JSON request body"),
        (None, {"category": "none"}, 404, 'You dont have a category named "none"'),
    ],
)
def test_refusals(visitor: Visitor, headers: dict[str, str] | None, body: object, status: int, message: str):
    answer = visitor.call(PATH, body, visitor.bearer if headers is None else headers)
    assert (answer.status, answer.json["message"]) == (status, message)


def test_what_breaks_the_schema(visitor: Visitor):
    answer = visitor.call(PATH, {"category": "sale", "other": 1}, visitor.bearer)
    assert answer.status == 422
    assert isinstance(answer.json["message"], str)
