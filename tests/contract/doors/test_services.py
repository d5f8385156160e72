"""GET /api/v1/services, PUT and DELETE /api/v1/services/{service}/secret, and what they do at the doors."""

import hashlib
import hmac
import json

import pytest

from tests.contract.rest import Rest, issues
from tests.contract.shop import is_refusal, open_shop
from tests.servers.service import Service

BODY = json.dumps({"zen": "Keep it simple.", "hook_id": 7}).encode()
SECRET = "a shared secret"
SIGNING = {"github", "stripe", "sentry"}


@pytest.fixture(scope="module")
def rest(shared_service: Service) -> Rest:
    shop = open_shop(shared_service, "services")
    shared_service.category(shop.workspace, "github")
    return Rest(shared_service, shop.key)


def arrival(rest: Rest, secret: str = "") -> int:
    """Call as GitHub does; return the status."""
    headers = {"X-GitHub-Event": "ping", "Content-Type": "application/json"}
    if secret:
        signature = hmac.new(secret.encode(), BODY, hashlib.sha256).hexdigest()
        headers["X-Hub-Signature-256"] = f"sha256={signature}"
    return rest.service.request("POST", f"/in/github/{rest.key}", BODY, headers).status


def github(rest: Rest) -> dict[str, object]:
    found = [one for one in rest.get("/services")["services"] if one["service"] == "github"]
    assert len(found) == 1
    return dict(found[0])


def test_every_service_has_its_address_and_tells_whether_it_signs(rest: Rest):
    found = {one["service"]: one for one in rest.get("/services")["services"]}
    assert {name for name, one in found.items() if one["signsWith"]} == SIGNING
    assert found["github"]["address"].endswith("/in/github/YOUR_API_KEY")
    assert found["gotify"]["address"].endswith("/message")
    assert "*" not in json.dumps(found)


def test_a_secret_counts_from_its_setting_to_its_removal_and_is_never_shown(rest: Rest):
    assert (arrival(rest), github(rest)["secretSetAt"]) == (200, None)
    answer = rest.call("PUT", "/services/github/secret", {"secret": SECRET})
    assert (answer.status, answer.json) == (200, github(rest))
    assert answer.json["secretSetAt"] is not None
    assert SECRET not in answer.body.decode()
    assert (arrival(rest), arrival(rest, "another"), arrival(rest, SECRET)) == (401, 401, 200)
    assert rest.call("PUT", "/services/github/secret", {"secret": "a newer one"}).status == 200
    assert (arrival(rest, SECRET), arrival(rest, "a newer one")) == (401, 200)
    assert [rest.call("DELETE", "/services/github/secret").status for _ in range(2)] == [204, 204]
    assert (arrival(rest), github(rest)["secretSetAt"]) == (200, None)
    assert SECRET not in rest.service.log


@pytest.mark.parametrize(
    ("body", "code"),
    [({}, "invalid_type"), ({"secret": ""}, "too_small"), ({"secret": " "}, "too_small"),
     ({"secret": 7}, "invalid_type"), ({"secret": "x" * 201}, "too_big"),
     ({"secret": "x", "more": 1}, "unrecognized_keys")],
)  # fmt: skip
def test_what_is_no_secret_is_said_and_changes_nothing(rest: Rest, body, code):
    assert [one[0] for one in issues(rest.call("PUT", "/services/github/secret", body))] == [code]
    assert github(rest)["secretSetAt"] is None


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("nobody", "There is no such service"),
        ("gotify", "This service signs nothing"),
        ("%00", "There is no such service"),
    ],
)
def test_a_service_that_signs_nothing_takes_no_secret(rest: Rest, name: str, sentence: str):
    for method, body in (("PUT", {"secret": "x"}), ("DELETE", None)):
        assert is_refusal(rest.call(method, f"/services/{name}/secret", body), 404, sentence, "not_found")
