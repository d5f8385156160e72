"""SPEC section 3: the Authorization header, case by case."""

import time
from datetime import UTC, datetime, timedelta

import pytest

from pingpilot.domain.ids import KeyId
from pingpilot.domain.key import compose, digest
from pingpilot.ingest.failures import FREE, STEP_S
from tests.contract.shop import Shop, is_refusal
from tests.servers.ports import wait_until
from tests.servers.service import Answer

UNKNOWN = compose(KeyId("a" * 24), "A" * 32)
BODY = {"category": "sale"}
FORMAT = "Invalid auth header format. Expected: 'Bearer [API_KEY]'"


def call(shop: Shop, authorization: str | None) -> Answer:
    headers = {} if authorization is None else {"Authorization": authorization}
    return shop.service.request("POST", "/api/v1/event", b'{"category":"sale"}', headers)


def new_key(shop: Shop, name: str, expires_at: datetime | None = None, revoked_at: datetime | None = None) -> str:
    """Put a further key of the workspace into the database, unseen by the service until its first use."""
    key = compose(KeyId(name.ljust(24, "0")), "B" * 32)
    shop.service.rows(
        "INSERT INTO store_key (id, workspace_id, name, is_primary, digest, scopes, last_used_network,"
        " expires_at, revoked_at, created_at) VALUES (?, ?, ?, ?, ?, 'events:write', '', ?, ?, ?)",
        *(name.ljust(24, "0"), shop.workspace.id, name, False, digest(key)),
        *(instant.isoformat(" ") if instant else None for instant in (expires_at, revoked_at, datetime.now(UTC))),
    )
    return key


def is_invalid_key(answer: Answer) -> bool:
    assert answer.headers["www-authenticate"] == "Bearer"
    return is_refusal(answer, 401, "Invalid API key", "invalid_api_key")


def test_without_the_header(shop: Shop):
    answer = call(shop, None)
    assert is_refusal(answer, 401, "Unauthorized", "unauthorized")
    assert answer.headers["www-authenticate"] == "Bearer"


@pytest.mark.parametrize(
    "authorization",
    ["", "bearer {key}", "BEARER {key}", "Basic {key}", "{key}", "Bearer\t{key}", "Bearer{key}", "Token {key}"],
)
def test_a_header_that_does_not_start_with_bearer(shop: Shop, authorization: str):
    answer = call(shop, authorization.format(key=shop.key))
    assert is_refusal(answer, 401, FORMAT, "invalid_auth_header")
    assert answer.headers["www-authenticate"] == "Bearer"


@pytest.mark.parametrize("key", ["", " ", "x", UNKNOWN, UNKNOWN[:-1] + "0", "pp_ключ".encode().decode("latin-1")])
def test_an_empty_malformed_or_unknown_key(shop: Shop, key: str):
    assert is_invalid_key(call(shop, f"Bearer {key}"))


def one_character_wrong(key: str) -> str:
    return key[:-7] + ("1" if key[-7] == "0" else "0") + key[-6:]


@pytest.mark.parametrize("change", [str.upper, one_character_wrong, lambda key: key + "0"])
def test_a_key_with_a_typing_error(shop: Shop, change):
    assert is_invalid_key(call(shop, f"Bearer {change(shop.key)}"))


@pytest.mark.parametrize("between", ["  ", " Bearer "])
def test_one_space_stands_before_the_key(shop: Shop, between: str):
    assert is_invalid_key(call(shop, f"Bearer{between}{shop.key}"))


def test_the_public_part_with_another_secret_is_refused_before_and_after_the_key_is_known(shop: Shop):
    forged = compose(KeyId(shop.key[3:27]), "C" * 32)
    assert is_invalid_key(call(shop, f"Bearer {forged}"))
    assert shop.post(BODY).status == 200
    assert is_invalid_key(call(shop, f"Bearer {forged}"))


def test_a_further_key_works_until_it_expires(shop: Shop):
    now = datetime.now(UTC)
    assert shop.service.post(new_key(shop, "lasting", now + timedelta(hours=1)), BODY).status == 200
    assert is_invalid_key(shop.service.post(new_key(shop, "expired", now - timedelta(seconds=1)), BODY))
    brief = new_key(shop, "brief", now + timedelta(seconds=3))
    assert shop.service.post(brief, BODY).status == 200
    wait_until(lambda: shop.service.post(brief, BODY).status == 401, "the key expires", 10)


def test_a_revoked_key_is_refused(shop: Shop):
    assert is_invalid_key(shop.service.post(new_key(shop, "revoked", revoked_at=datetime.now(UTC)), BODY))


def test_a_key_revoked_by_another_process_works_no_more(shop: Shop):
    key = new_key(shop, "withdrawn")
    assert shop.service.post(key, BODY).status == 200
    shop.service.rows(f"UPDATE store_key SET revoked_at = created_at WHERE id = '{key[3:27]}'")
    shop.change("name = name")
    assert is_invalid_key(shop.service.post(key, BODY))


def test_what_comes_from_the_header_is_never_repeated(shop: Shop):
    secret = "this-must-not-come-back"
    for authorization in (f"Bearer {secret}", f"Basic {secret}", secret):
        answer = call(shop, authorization)
        assert secret.encode() not in answer.body
    assert secret not in shop.service.log


def test_who_guesses_at_the_rest_api_is_slowed_on_the_path_of_events_and_a_right_key_is_not(shop: Shop):
    headers, address = {"Authorization": f"Bearer {UNKNOWN}"}, "127.9.9.1"

    def seconds(path: str, key: str) -> float:
        begun = time.monotonic()
        sent = {**headers, "Authorization": f"Bearer {key}"}
        answer = shop.service.request("POST", path, b'{"category":"sale"}', sent, address=address)
        assert answer.status == (401 if key == UNKNOWN else 200)
        return time.monotonic() - begun

    for _ in range(FREE):
        shop.service.request("GET", "/api/v1/quota", b"", headers, address=address)
    waits = [seconds("/api/v1/event", UNKNOWN) for _ in range(3)]
    assert all(wait >= STEP_S * number for number, wait in enumerate(waits, start=1))
    shop.service.request("GET", "/api/v1/quota", b"", address=address)  # without a key it counts as well
    assert seconds("/api/v1/event", UNKNOWN) >= STEP_S * 5
    assert min(seconds("/api/v1/event", shop.key) for _ in range(9)) < STEP_S * 5
