"""Who a client is behind a proxy, under which names pages are shown, and what every answer says: over real sockets."""

import json
from collections.abc import Iterator

import pytest

from tests.servers.ports import wait_until
from tests.servers.raw import connected
from tests.servers.service import Answer, Install, Service, Workspace

CLIENT = "203.0.113.77"
NETWORK = "203.0.113.0/24"
STRANGER = "127.9.9.9"


@pytest.fixture(scope="module")
def behind(install: Install, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """A service behind a proxy at 127.0.0.1; whoever else is on this machine is a stranger."""
    settings = {
        "PINGPILOT_PUBLIC_URL": "https://pings.example.com",
        "PINGPILOT_TRUSTED_PROXIES": "127.0.0.1",
        "PINGPILOT_ALLOWED_HOSTS": "pings.lan",
    }
    with install(tmp_path_factory.mktemp("behind"), settings) as service:
        yield service.start()


@pytest.fixture(scope="module")
def workspace(behind: Service) -> Workspace:
    made = behind.workspace()
    behind.category(made)
    return made


def used_from(service: Service) -> str:
    return str(service.rows("SELECT last_used_network FROM store_key WHERE is_primary")[0][0])


@pytest.mark.parametrize(("address", "network"), [("127.0.0.1", NETWORK), (STRANGER, "127.9.9.0/24")])
def test_an_event_comes_from_whom_the_proxy_names(behind: Service, workspace: Workspace, address: str, network: str):
    behind.rows("UPDATE store_key SET last_used_network = '', last_used_at = NULL")
    headers = {"Authorization": f"Bearer {workspace.key}", "X-Forwarded-For": CLIENT}
    assert behind.request("POST", "/api/v1/event", b'{"category":"sale"}', headers, address=address).status == 200
    wait_until(lambda: used_from(behind) == network, f"the use from {network} is noted")


@pytest.mark.parametrize(("address", "network"), [("127.0.0.1", NETWORK), (STRANGER, "127.9.9.0/24")])
def test_a_call_of_the_rest_api_too(behind: Service, workspace: Workspace, address: str, network: str):
    headers = {"Authorization": f"Bearer {workspace.key}", "X-Forwarded-For": CLIENT}
    body = json.dumps({"name": f"from {network}", "scopes": ["events:read"]}).encode()
    made = behind.request("POST", "/api/v1/keys", body, headers, address=address)
    assert made.status == 201, made.body
    assert behind.rows("SELECT network FROM store_auditentry ORDER BY id DESC")[0] == (network,)


@pytest.mark.parametrize(
    "name", ["pings.example.com", "Pings.Example.com:443", "pings.lan", "localhost", "127.0.0.1:80", "[::1]"]
)
def test_pages_are_shown_under_our_own_names(behind: Service, name: str):
    assert behind.request("GET", "/", headers={"Host": name}).status == 200


@pytest.mark.parametrize("name", ["evil.example", "pings.example.com.evil.example", "192.168.1.5", "", "[", "a:b:c"])
@pytest.mark.parametrize("path", ["/", "/sign-in", "/forgot", "/openapi.json", "/nowhere"])
def test_pages_are_shown_under_no_other_name(behind: Service, name: str, path: str):
    answer = behind.request("GET", path, headers={"Host": name, "X-Forwarded-Host": "pings.example.com"})
    assert answer.status == 400
    assert b"does not answer to the name" in answer.body
    assert b"https://pings.example.com" in answer.body
    assert b"evil" not in answer.body


def test_programs_may_call_by_any_name(behind: Service, workspace: Workspace):
    headers = {"Host": "pingpilot", "Authorization": f"Bearer {workspace.key}"}
    assert behind.request("POST", "/api/v1/event", b'{"category":"sale"}', headers).status == 200
    assert behind.request("GET", "/api/v1/quota", headers=headers).status == 200
    assert behind.request("GET", "/readyz", headers={"Host": "10.0.0.1"}).status == 200


ROUTES = {
    "the raw door, refused": ("POST", "/api/v1/event", 401),
    "the raw door, another method": ("GET", "/api/v1/event", 405),
    "the batch door": ("POST", "/api/v1/events", 401),
    "the REST API": ("GET", "/api/v1/events", 401),
    "the REST API, nothing there": ("GET", "/api/v1/nothing", 404),
    "a provider's call": ("POST", "/hooks/nobody", 404),
    "a page": ("GET", "/", 200),
    "a form": ("GET", "/sign-in", 200),
    "a page of a member": ("GET", "/dashboard", 302),
    "a form without its token": ("POST", "/sign-in", 403),
    "nothing there": ("GET", "/nowhere", 404),
    "the description": ("GET", "/openapi.json", 200),
    "a file": ("GET", "/static/favicon.svg", 200),
    "a probe": ("GET", "/healthz", 200),
    "a probe that posts": ("POST", "/healthz", 200),
}
PAGES = {
    "a page",
    "a form",
    "a page of a member",
    "a form without its token",
    "nothing there",
    "the description",
    "a file",
}
PUBLIC = {"a page", "the description", "a file", "nothing there"}


@pytest.mark.parametrize("route", ROUTES)
def test_every_answer_says_how_it_is_to_be_taken(behind: Service, route: str):
    method, path, status = ROUTES[route]
    with connected(behind.port) as raw:
        raw.send(
            f"{method} {path} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".encode()
        )
        names = _head(raw.until_end())
    assert names[0][1] == str(status)
    headers = dict(names[1:])
    assert len(headers) == len(names) - 1, "a header comes twice"
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "same-origin"
    assert headers["cross-origin-resource-policy"] == "same-origin"
    assert headers["strict-transport-security"] == "max-age=31536000"
    assert "server" not in headers
    if route in PAGES:
        assert "frame-ancestors 'none'" in headers["content-security-policy"]
        assert "unsafe" not in headers["content-security-policy"]
        assert headers["cross-origin-opener-policy"] == "same-origin"
        assert "camera=()" in headers["permissions-policy"]
    if route not in PUBLIC:
        assert "no-store" in headers["cache-control"]


def test_what_is_no_request_is_answered_with_the_same_care(behind: Service):
    with connected(behind.port) as raw:
        answer: Answer = raw.send(b"nonsense\r\n\r\n").answer()
    assert (answer.status, answer.headers["x-content-type-options"]) == (400, "nosniff")


def test_browsers_are_not_bound_to_https_where_there_is_none(shared_service: Service):
    answer = shared_service.request("GET", "/")
    assert "strict-transport-security" not in answer.headers
    assert answer.headers["x-content-type-options"] == "nosniff"


def _head(answer: bytes) -> list[tuple[str, str]]:
    line, *rest = answer.partition(b"\r\n\r\n")[0].decode("latin-1").split("\r\n")
    pairs = [one.partition(":") for one in rest]
    return [("status", line.split()[1]), *((name.lower(), value.strip()) for name, _, value in pairs)]
