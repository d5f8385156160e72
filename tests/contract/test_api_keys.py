"""SPEC 3: keys made, limited, replaced, revoked and reported over a real socket."""

import pytest

from tests.contract.rest import Rest, issues
from tests.contract.shop import Shop, is_refusal, open_shop
from tests.servers.ports import wait_until
from tests.servers.service import Service

DEAD = "This key is not in use any more"


@pytest.fixture
def shop(shared_service: Service, request: pytest.FixtureRequest) -> Shop:
    """A workspace for one test."""
    return open_shop(shared_service, f"keys-{request.node.name.replace('[', '-').replace(']', '')}"[:60])


def works(shop: Shop, key: str) -> bool:
    return Rest(shop.service, key).call("GET", "/quota").status == 200


def actions(shop: Shop) -> list[str]:
    rows = shop.service.rows(
        "SELECT action FROM store_auditentry WHERE workspace_id = ? ORDER BY id", shop.workspace.id
    )
    return [row[0] for row in rows]


def test_a_key_is_shown_once_and_then_never_again(shop: Shop):
    rest = Rest(shop.service, shop.key)
    made = rest.post("/keys", {"name": "CI", "scopes": ["events:read", "events:write"]}, 201)
    text = made.pop("key")
    assert works(shop, text)
    shown = rest.get(f"/keys/{made['id']}")
    assert {**shown, "lastUsedAt": None, "lastUsedNetwork": ""} == made
    assert shown["scopes"] == ["events:write", "events:read"]
    assert text not in str(rest.get("/keys"))
    assert [(key["name"], key["isPrimary"]) for key in rest.get("/keys")["keys"]] == [
        ("Primary key", True),
        ("CI", False),
    ]
    assert shown["lastUsedNetwork"] == "127.0.0.0/24"


def test_a_key_may_be_limited_to_categories(shop: Shop):
    shop.service.category(shop.workspace, "bug")
    rest = Rest(shop.service, shop.key)
    made = rest.post("/keys", {"name": "sales", "scopes": ["events:write"], "categories": ["Sale"]}, 201)
    assert made["categories"] == ["sale"]
    assert shop.service.post(made["key"], {"category": "sale"}).status == 200
    assert shop.service.post(made["key"], {"category": "bug"}).status == 403
    assert rest.call("DELETE", "/categories/sale").status == 204
    assert rest.get(f"/keys/{made['id']}")["scopes"] == []
    assert shop.service.post(made["key"], {"category": "bug"}).status == 403


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"name": "", "scopes": ["manage"]}, ("too_small", "name")),
        ({"name": "x" * 101, "scopes": ["manage"]}, ("too_big", "name")),
        ({"name": "x", "scopes": []}, ("too_small", "scopes")),
        ({"name": "x", "scopes": ["admin"]}, ("invalid_enum_value", "scopes.0")),
        ({"name": "x", "scopes": ["manage"], "expiresAt": "2020-01-01T00:00:00Z"}, ("invalid_date", "expiresAt")),
        ({"name": "x", "scopes": ["manage"], "expiresAt": "soon"}, ("invalid_date", "expiresAt")),
        ({"name": "x", "scopes": "manage"}, ("invalid_type", "scopes")),
    ],
)
def test_a_wrong_key_is_refused(shared_service: Service, body, expected):
    key = open_shop(shared_service, f"wrong-{abs(hash(str(body)))}").key
    assert issues(Rest(shared_service, key).call("POST", "/keys", body))[0][:2] == expected


def test_an_unknown_category_is_said(shop: Shop):
    answer = Rest(shop.service, shop.key).call(
        "POST", "/keys", {"name": "x", "scopes": ["manage"], "categories": ["no"]}
    )
    assert is_refusal(answer, 404, 'You dont have a category named "no"', "unknown_category")


def test_a_key_is_replaced_at_once_or_after_an_overlap(shop: Shop):
    rest = Rest(shop.service, shop.key)
    first = rest.post("/keys", {"name": "app", "scopes": ["events:read"]}, 201)
    second = rest.post(f"/keys/{first['id']}/regenerate", {"overlap": "1h"})
    assert all(works(shop, one["key"]) for one in (first, second))
    assert rest.get(f"/keys/{first['id']}")["expiresAt"] is not None
    assert is_refusal(rest.call("POST", f"/keys/{first['id']}/regenerate"), 404, DEAD, "not_found")
    third = rest.post(f"/keys/{second['id']}/regenerate")
    assert [works(shop, one["key"]) for one in (second, third)] == [False, True]
    assert third["scopes"] == ["events:read"]
    assert issues(rest.call("POST", f"/keys/{third['id']}/regenerate", {"overlap": "9d"}))[0][1] == "overlap"


def test_a_primary_key_is_replaced_when_it_is_revoked(shop: Shop):
    rest = Rest(shop.service, shop.key)
    (primary,) = rest.get("/keys")["keys"]
    manager = Rest(shop.service, rest.post("/keys", {"name": "m", "scopes": ["manage"]}, 201)["key"])
    assert rest.call("DELETE", f"/keys/{primary['id']}").status == 204
    assert not works(shop, shop.key)
    assert [key["id"] == primary["id"] for key in manager.get("/keys")["keys"] if key["isPrimary"]] == [False]


def test_whoever_finds_a_key_may_end_it(shop: Shop):
    rest, stranger = Rest(shop.service, shop.key), Rest(shop.service, None)
    old = rest.post("/keys", {"name": "app", "scopes": ["events:read"]}, 201)
    rest.post(f"/keys/{old['id']}/regenerate", {"overlap": "7d"})
    for _ in range(2):
        answer = stranger.call("POST", "/keys/leaked", {"key": old["key"]})
        assert (answer.status, answer.body) == (204, b"")
        assert not works(shop, old["key"])
    stranger.post("/keys/leaked", {"key": shop.key}, 204)
    assert not works(shop, shop.key)
    wait_until(lambda: shop.post({"category": "sale"}).status == 401, "the raw door has heard of it")
    assert actions(shop).count("key.leaked") == 2
    assert "key.regenerated" in actions(shop)


@pytest.mark.parametrize("key", ["", "x", "pp_" + "a" * 24 + "_" + "A" * 38, "\x00", "é" * 500])
def test_the_report_of_a_key_never_tells_whether_it_existed(shared_service: Service, key):
    answer = Rest(shared_service, None).call("POST", "/keys/leaked", {"key": key})
    assert (answer.status, answer.body) == (204, b"")
