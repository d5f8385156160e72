"""Links by mail that carry what they are about: what is no such link is over, and never a crash."""

from base64 import urlsafe_b64encode

import msgspec
import pytest

from pingpilot.accounts import email_change, email_undo
from pingpilot.accounts.email_undo import Undo
from pingpilot.domain.errors import InvalidProof
from tests.unit.accounts.people import EMAIL

UNDO = Undo(1, EMAIL, "mallory@example.com", 1.0, 2.0)
PURPOSES = [email_change.LINK, email_undo.LINK]


def sealed(services, purpose, plain):
    return urlsafe_b64encode(services.box.seal(plain, purpose)).decode()


def test_a_link_carries_its_content_and_shows_none_of_it(services):
    link = email_undo.LINK.to(services, UNDO)
    address, _, token = link.rpartition("/")
    assert address == services.public_url + "/dashboard/account-settings/email-undo"
    assert "ada" not in token
    assert "mallory" not in token
    assert email_undo.LINK.read(services, token) == UNDO


@pytest.mark.parametrize(
    "plain",
    [
        b'{"user":1,"old":"ada@example.com","new":"new@example.com","at":1.0}',
        msgspec.json.encode({**msgspec.to_builtins(UNDO), "mark": "x", "more": 1}),
        b'{"user":1,"old":"a@example.com","new":"n@example.com","since":"Tuesday","at":"noon","mark":7}',
        b"[1,2]",
        b"7",
        b"no JSON",
        b"\xff",
    ],
    ids=["fewer members", "more members", "other types", "array", "number", "no JSON", "no UTF-8"],
)
@pytest.mark.parametrize("link", PURPOSES, ids=lambda link: link.page)
def test_what_another_release_has_sealed_is_over(services, link, plain):
    with pytest.raises(InvalidProof, match="over"):
        link.read(services, sealed(services, link.purpose, plain))


def test_a_link_of_one_purpose_is_none_of_another(services):
    token = email_undo.LINK.to(services, UNDO).rpartition("/")[2]
    with pytest.raises(InvalidProof):
        email_change.LINK.read(services, token)


@pytest.mark.parametrize("link", PURPOSES, ids=lambda link: link.page)
def test_the_page_of_an_older_releases_link_says_that_it_is_over(services, browser, link):
    token = sealed(services, link.purpose, b'{"user":1}')
    page = link.to(services, link.content(*_content(link))).rpartition("/")[0].removeprefix(services.public_url)
    answer = browser.post(f"{page}/{token}")
    assert answer.status_code == 200
    assert "Nothing was changed" in answer.content.decode()


def _content(link):
    return [{int: 1, str: "x", float: 1.0}[field.type] for field in msgspec.structs.fields(link.content)]
