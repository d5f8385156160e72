"""Pushover: sending as its documentation shows it. Source: pushover.net/api."""

import pytest

from tests.contract.doors.visitor import FORM, Visitor

PATH = "/1/messages.json"


def test_a_form_brings_the_key_itself(visitor: Visitor):
    form = {
        "token": visitor.key,
        "user": "uQiRzpo4DXghDmr9QzzfQu27cmVRsG",
        "message": "hello world",
        "title": "Direct message",
        "url": "https://example.com/m/1",
        "url_title": "See it",
        "device": "phone",
        "sound": "bike",
    }
    answer = visitor.call(PATH, form, FORM)
    assert (answer.status, answer.json["status"]) == (200, 1)
    assert len(answer.json["request"]) == 36
    told = visitor.told(answer.json["eventId"])
    assert (told.category, told.description) == ("pushover", "Direct message\nhello world")
    assert (told.url, told.fields) == ("https://example.com/m/1", {"device": "phone", "url_title": "See it"})


def test_json_does_as_well(visitor: Visitor):
    answer = visitor.call(
        PATH, {"token": visitor.key, "user": "u", "message": "m"}, {"Content-Type": "application/json"}
    )
    assert visitor.told(answer.json["eventId"]).description == "m"


def test_an_attachment_is_no_hindrance(visitor: Visitor):
    fields = {"token": visitor.key, "user": "u", "message": "cat"}
    parts = [f'--b\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{text}\r\n' for name, text in fields.items()]
    image = b'--b\r\nContent-Disposition: form-data; name="attachment"; filename="c.png"\r\n\r\n' + b"\x89" * 200_000
    body = "".join(parts).encode() + image + b"\r\n--b--\r\n"
    answer = visitor.call(PATH, body, {"Content-Type": "multipart/form-data; boundary=b"})
    assert visitor.told(answer.json["eventId"]).description == "cat"


@pytest.mark.parametrize(("priority", "severity"), [("-2", "info"), ("0", "info"), ("1", "warning"), ("2", "critical")])
def test_the_priority_is_a_severity(visitor: Visitor, priority: str, severity: str):
    form = {"token": visitor.key, "user": "u", "message": "m", "priority": priority}
    answer = visitor.call(PATH, form, FORM)
    assert visitor.told(answer.json["eventId"]).severity == severity
    assert ("receipt" in answer.json) is (priority == "2")


def test_tags_of_html_are_taken_out(visitor: Visitor):
    form = {"token": visitor.key, "user": "u", "message": "<b>Disk</b> 5 &lt; 10 <a href='x'>more</a>", "html": "1"}
    answer = visitor.call(PATH, form, FORM)
    assert visitor.told(answer.json["eventId"]).description == "Disk 5 < 10 more"


@pytest.mark.parametrize("token", [{}, {"token": "azGDORePK8gMaC0QOYAMyEEuzJnyUi"}, {"token": ""}])
def test_a_wrong_token_has_pushovers_words(visitor: Visitor, token: dict[str, str]):
    answer = visitor.call(PATH, {**token, "user": "u", "message": "m"}, FORM)
    assert (answer.status, answer.json["status"], answer.json["token"]) == (400, 0, "invalid")
    assert answer.json["errors"] == ["application token is invalid"]


def test_a_blank_message(visitor: Visitor):
    answer = visitor.call(PATH, {"token": visitor.key, "user": "u"}, FORM)
    assert (answer.status, answer.json["errors"]) == (400, ["message cannot be blank"])


def test_the_address_may_name_the_category(visitor: Visitor):
    form = {"token": visitor.key, "user": "u", "message": "m"}
    answer = visitor.call(f"/in/pushover/backups{PATH}", form, FORM)
    assert visitor.told(answer.json["eventId"]).category == "backups"


@pytest.mark.parametrize("is_known", [True, False])
def test_broken_json_is_called_so(visitor: Visitor, is_known: bool):
    headers = {"Content-Type": "application/json", **(visitor.bearer if is_known else {})}
    answer = visitor.call(PATH, b'{"token": "x', headers)
    assert (answer.status, answer.json["status"], answer.json["errors"]) == (400, 0, ["Invalid JSON request body"])
    assert "token" not in answer.json
