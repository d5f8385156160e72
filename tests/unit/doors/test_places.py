"""Which address is whose, and where a key may stand."""

import pytest

from pingpilot.doors.catalogue import places
from pingpilot.doors.credentials import authorization_in

KEY = "pp_" + "k" * 24 + "_" + "S" * 38
PLACES = places()
AUTHORIZED = [(b"authorization", b"Bearer x")]


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("/v1/log", ("logsnag", "", "")),
        ("/in/logsnag", ("logsnag", "", "")),
        ("/in/logsnag/v1/log", ("logsnag", "", "")),
        ("/in/logsnag/My_Sales/v1/log", ("logsnag", "", "my-sales")),
        (f"/in/logsnag/{KEY}/sale", ("logsnag", KEY, "sale")),
        (f"/in/logsnag/sale/{KEY}", ("logsnag", KEY, "sale")),
        (f"/in/ntfy/{KEY}/sale", ("ntfy", KEY, "sale")),
        ("/sale", ("ntfy", "", "sale")),
        ("/", ("ntfy", "", "")),
        ("/in/ntfy/", ("ntfy", "", "")),
        ("/in/none", None),
        ("/in/", None),
        ("/in/ntfy/a/b", None),
        (f"/in/ntfy/{KEY}/{KEY}", None),
    ],
)
def test_an_address_says_what_it_is_for(path: str, found: tuple[str, str, str] | None):
    place = PLACES.find(path)
    assert found == (None if place is None else (place.service.name, place.key, place.category))
    assert KEY not in repr(place)


@pytest.mark.parametrize(
    ("method", "path", "headers", "query", "is_ours"),
    [
        ("POST", "/v1/log", [], b"", True),
        ("GET", "/in/anything", [], b"", True),
        ("POST", "/backups", AUTHORIZED, b"", True),
        ("PUT", "/backups", [], b"auth=x", True),
        ("POST", "/backups", [], b"", False),
        ("GET", "/backups", AUTHORIZED, b"", False),
        ("POST", "/sign-in", [], b"", False),
        ("POST", "/", [], b"", True),
        ("GET", "/", AUTHORIZED, b"", False),
        ("POST", "/api/v1/event", AUTHORIZED, b"", False),
        ("POST", "/a.b", AUTHORIZED, b"", False),
        ("POST", "/" + "t" * 65, AUTHORIZED, b"", False),
    ],
)
def test_pages_are_left_alone(method: str, path: str, headers: list[tuple[bytes, bytes]], query: bytes, is_ours: bool):
    assert PLACES.answers(method, path, headers, query) is is_ours


@pytest.mark.parametrize(
    ("path_key", "headers", "query", "said"),
    [
        (KEY, {"authorization": "Basic eDp5"}, {}, f"Bearer {KEY}"),
        ("", {"x-gotify-key": KEY}, {}, f"Bearer {KEY}"),
        ("", {}, {"token": KEY}, f"Bearer {KEY}"),
        ("", {"authorization": f"bearer {KEY}"}, {}, f"Bearer {KEY}"),
        ("", {"authorization": "Basic OmtleQ=="}, {}, "Bearer key"),
        ("", {"authorization": "Basic a2V5Og=="}, {}, "Bearer key"),
        ("", {}, {"auth": "QmVhcmVyIGtleQ"}, "Bearer key"),
        ("", {"authorization": "Digest x"}, {}, "Digest x"),
        ("", {"authorization": "Basic !"}, {}, "Bearer "),
        ("", {}, {}, None),
    ],
)
def test_a_key_is_found_where_clients_put_it(
    path_key: str, headers: dict[str, str], query: dict[str, str], said: str | None
):
    assert authorization_in(path_key, headers, query) == said
