"""Who may use the doors: scopes, quotas, guesses, methods; and a key in an address shows in no log."""

import time
from itertools import count

import pytest

from pingpilot.domain.ids import KeyId
from pingpilot.domain.key import compose, digest
from pingpilot.doors.catalogue import SERVICES
from tests.contract.doors.visitor import Visitor
from tests.contract.shop import open_shop
from tests.servers.service import Service

FORGED = compose(KeyId("g" * 24), "G" * 32)
NAMES = [service.name for service in SERVICES]
BODY = {"message": "m", "title": "t", "topic": "backups", "project": "p", "channel": "sale", "event": "e", "type": "x"}
_numbers = count()


def limited(visitor: Visitor, scopes: str) -> str:
    """Make a further key of the workspace."""
    key_id = f"d{next(_numbers)}".ljust(24, "0")
    key = compose(KeyId(key_id), "S" * 32)
    visitor.shop.service.rows(
        "INSERT INTO store_key (id, workspace_id, name, is_primary, digest, scopes, last_used_network, created_at)"
        " VALUES (?, ?, 'limited', ?, ?, ?, '', '2026-01-01 00:00:00')",
        *(key_id, visitor.shop.workspace.id, False, digest(key), scopes),
    )
    return key


@pytest.mark.parametrize("name", NAMES)
def test_the_key_may_stand_in_the_address(visitor: Visitor, name: str):
    answer = visitor.call(f"/in/{name}/{visitor.key}/backups", BODY)
    assert answer.status == 200, answer.body
    assert visitor.key not in visitor.shop.service.log
    assert not visitor.shop.service.leaked()


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("key", ["", FORGED, FORGED[:-1] + "x", "pp_"])
def test_without_a_right_key_nothing_is_kept(visitor: Visitor, name: str, key: str):
    before = visitor.shop.count()
    answer = visitor.call(f"/in/{name}/{key}", BODY)
    assert answer.status == (400 if name == "pushover" else 401)
    assert answer.headers["www-authenticate"] == "Bearer"
    assert answer.headers["content-type"] == "application/json"
    assert visitor.shop.count() == before


def test_a_key_without_the_scope_is_refused(visitor: Visitor):
    key = limited(visitor, "events:read")
    answer = visitor.call(f"/in/github/{key}", BODY)
    assert (answer.status, answer.json["code"]) == (403, "scope_missing")


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "HEAD"])
def test_another_method_is_refused(visitor: Visitor, method: str):
    answer = visitor.call(f"/in/github/{visitor.key}", BODY, method=method)
    assert answer.status == 405


@pytest.mark.parametrize("path", ["/in", "/in/", "/in/none", "/in/github/a/b", "/in/../github"])
def test_there_is_nothing_elsewhere(visitor: Visitor, path: str):
    assert visitor.call(path, BODY, visitor.bearer).status == 404


def test_the_quota_is_the_same(shared_service: Service):
    shop = open_shop(shared_service, "doors-quota", "free")
    shop.use(10_000)
    visitor = Visitor(shop)
    answer = visitor.call("/message?category=sale", {"message": "m"}, visitor.bearer)
    assert (answer.status, answer.json["errorCode"]) == (429, 429)
    assert int(answer.headers["retry-after"]) > 0
    assert answer.headers["ratelimit-remaining"] == "0"


def test_those_who_guess_are_slowed(shared_service: Service):
    def is_slow() -> bool:
        started = time.monotonic()
        answer = shared_service.request("POST", f"/in/github/{FORGED}", b"{}", address="127.9.9.9")
        assert answer.status == 401
        return time.monotonic() - started > 0.5

    assert any(is_slow() for _ in range(70))  # twice what is let pass: a new minute may begin meanwhile
