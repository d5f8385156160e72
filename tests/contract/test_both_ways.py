"""What comes whole goes a straight way, what comes in pieces or with a wish another: the answers are the same."""

from typing import Any

import pytest

from tests.contract.shop import Shop, open_shop
from tests.servers.raw import connected, request
from tests.servers.service import Answer, Service

BODIES = [
    b'{"category":"sale"}',
    b'{"category":"SALE","description":"\\u0000","fields":{"a":"x\\u0000","b":0,"c":false},"severity":"critical"}',
    b'{"category":"sale","timestamp":"2020-01-01T00:00:00Z"}',
    b'{"category":"unknown"}',
    b'{"category":"sale","more":1}',
    b'{"category":"sale"',
    b'"\xff"',
    b"",
    b" " * 70_000,
]
PASSING = {"date", "ratelimit-reset", "ratelimit-remaining"}


@pytest.fixture(scope="module", params=["unlimited", "FREE"])
def counted(request: pytest.FixtureRequest, shared_service: Service) -> Shop:
    return open_shop(shared_service, f"ways-{request.param.lower()}", request.param)


def told(answer: Answer) -> tuple[int, dict[str, str], dict[str, Any]]:
    headers = {name: value for name, value in answer.headers.items() if name not in PASSING}
    return answer.status, headers, {name: value for name, value in answer.json.items() if name != "eventId"}


@pytest.mark.parametrize("body", BODIES, ids=range(len(BODIES)))
def test_pieces_make_no_difference(counted: Shop, body: bytes):
    sent = request(counted.key, body)
    with connected(counted.port) as raw:
        whole = raw.send(sent).answer()
        cut = sent.find(b"\r\n\r\n") + 2
        pieces = raw.send(sent[:cut]).send(sent[cut : cut + 5]).send(sent[cut + 5 :]).answer()
    assert told(whole) == told(pieces)


def test_a_quota_that_is_used_up_unseen_is_told_in_the_contracts_words(shared_service: Service):
    shop = open_shop(shared_service, "ways-full", "FREE")
    assert shop.post({"category": "sale"}).status == 200
    shop.use(100)
    answer = shop.post({"category": "sale"})
    assert (answer.status, answer.headers["ratelimit-remaining"]) == (429, "0")
    assert answer.json["message"] == "Monthly quota reached. Please upgrade your plan for more events"


def test_a_change_at_that_moment_is_followed(shared_service: Service):
    shop = open_shop(shared_service, "ways-changing")
    assert shop.post({"category": "sale"}).status == 200
    shop.change("name = 'other'")
    assert shop.post({"category": "sale"}).status == 200
    assert shop.count() == 2
