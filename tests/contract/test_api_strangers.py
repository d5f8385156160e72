"""No call of the REST API reaches into another workspace, whatever ids it names."""

import pytest

from tests.contract.rest import Rest
from tests.contract.shop import open_shop
from tests.servers.service import Service


@pytest.fixture(scope="module")
def theirs(shared_service: Service) -> dict[str, str]:
    """The ids of another workspace's things, and its key."""
    shop = open_shop(shared_service, "victim")
    rest = Rest(shared_service, shop.key)
    made = rest.post("/destinations", {"channel": "webhook", "settings": {"url": "http://127.0.0.1:9/"}}, 201)
    rest.post("/categories", {"name": "private", "color": "#000000"}, 201)
    key = rest.post("/keys", {"name": "app", "scopes": ["events:read"]}, 201)
    event = shop.post({"category": "private", "description": "Confidential"}).json["eventId"]
    return {"event": event, "destination": made["id"], "key": key["id"], "owner": shop.key}


@pytest.fixture(scope="module")
def stranger(shared_service: Service) -> Rest:
    """Calls of a workspace that has nothing to do with it."""
    return Rest(shared_service, open_shop(shared_service, "stranger").key)


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", "/events/{event}", None),
        ("POST", "/events/{event}/replay", None),
        ("POST", "/deliveries/replay", {"since": "2026-01-01T00:00:00Z", "destinationId": "{destination}"}),
        ("GET", "/categories/private", None),
        ("PATCH", "/categories/private", {"color": "#FFFFFF"}),
        ("PATCH", "/categories/sale", {"destinationIds": ["{destination}"]}),
        ("DELETE", "/categories/private?events=delete", None),
        ("POST", "/categories", {"name": "new", "color": "#FFFFFF", "destinationIds": ["{destination}"]}),
        ("GET", "/destinations/{destination}", None),
        ("PATCH", "/destinations/{destination}", {"isEnabled": False}),
        ("DELETE", "/destinations/{destination}", None),
        ("POST", "/destinations/{destination}/test", None),
        ("POST", "/destinations/{destination}/verify", None),
        ("POST", "/destinations/{destination}/rotate", None),
        ("GET", "/keys/{key}", None),
        ("DELETE", "/keys/{key}", None),
        ("POST", "/keys/{key}/regenerate", None),
        ("POST", "/keys", {"name": "x", "scopes": ["events:write"], "categories": ["private"]}),
    ],
)
def test_what_belongs_to_others_is_not_there(stranger: Rest, theirs, method, path, body):
    def filled(value: object) -> object:
        if isinstance(value, list):
            return [filled(one) for one in value]
        return value.format(**theirs) if isinstance(value, str) else value

    content = {name: filled(value) for name, value in body.items()} if body else None
    assert stranger.call(method, path.format(**theirs), content).status == 404


def test_lists_and_numbers_are_ones_own(stranger: Rest, theirs):
    assert stranger.get("/events")["events"] == []
    assert stranger.get("/events?category=private")["events"] == []
    assert stranger.get("/events?q=confidential")["events"] == []
    assert [one["name"] for one in stranger.get("/categories")["categories"]] == ["sale"]
    assert stranger.get("/destinations")["destinations"] == []
    assert [one["name"] for one in stranger.get("/keys")["keys"]] == ["Primary key"]
    assert stranger.get("/stats")["events"] == 0
    assert stranger.post("/deliveries/replay", {"since": "2026-01-01T00:00:00Z"})["replayed"] == 0


def test_nothing_of_theirs_has_changed(shared_service: Service, stranger: Rest, theirs):
    owner = Rest(shared_service, theirs["owner"])
    assert owner.get(f"/events/{theirs['event']}")["description"] == "Confidential"
    assert owner.get(f"/destinations/{theirs['destination']}")["disabledReason"] in (
        "",
        "Not sent: connection refused.",
    )
    assert owner.get(f"/keys/{theirs['key']}")["expiresAt"] is None
