"""ntfy: publishing as its documentation shows it. Source: docs.ntfy.sh/publish."""

import base64

import pytest

from tests.contract.doors.visitor import Visitor


def basic(name: str, password: str) -> str:
    return "Basic " + base64.b64encode(f"{name}:{password}".encode()).decode()


@pytest.mark.parametrize(("path", "status"), [("/", 401), ("/backups", 404), ("/in/ntfy/backups", 401)])
@pytest.mark.parametrize("method", ["PUT", "POST"])
def test_who_forgot_the_key_is_told_so_and_gets_no_page(visitor: Visitor, path: str, status: int, method: str):
    answer = visitor.call(path, b'{"topic": "backups"}', method=method)
    assert answer.status == status
    said = answer.json
    assert said["error"] == "Unauthorized" if status == 401 else "has to bring its API key" in said["message"]


@pytest.mark.parametrize("method", ["PUT", "POST"])
@pytest.mark.parametrize("path", ["/backups", "/in/ntfy/backups", "/in/ntfy/Backups"])
def test_a_body_on_a_topic(visitor: Visitor, method: str, path: str):
    answer = visitor.call(path, b"Backup successful \xf0\x9f\x98\x80", visitor.bearer, method)
    assert answer.status == 200
    assert (answer.json["event"], answer.json["topic"]) == ("message", "backups")
    assert isinstance(answer.json["time"], int)
    told = visitor.told(answer.json["id"])
    assert (told.category, told.description, told.severity) == ("backups", "Backup successful 😀", "info")


def test_headers_say_the_rest(visitor: Visitor):
    headers = {
        "Title": "Unauthorized access detected",
        "Priority": "urgent",
        "Tags": "warning,skull",
        "Click": "https://home.example.com/door",
        "X-Delay": "30min",
    }
    answer = visitor.call("/backups", b"Remote access", visitor.bearer | headers)
    assert (answer.json["priority"], answer.json["tags"]) == (5, ["warning", "skull"])
    told = visitor.told(answer.json["id"])
    assert told.description == "Unauthorized access detected\nRemote access"
    assert (told.severity, told.url) == ("critical", "https://home.example.com/door")
    assert told.fields == {"tags": "warning, skull", "delay": "30min"}


SEVERITIES = {
    "1": "info",
    "low": "info",
    "3": "info",
    "4": "warning",
    "high": "warning",
    "5": "critical",
    "max": "critical",
}


@pytest.mark.parametrize(("said", "severity"), [*SEVERITIES.items(), ("none of them", "info")])
def test_the_priority_is_a_severity(visitor: Visitor, said: str, severity: str):
    answer = visitor.call("/backups", b"x", visitor.bearer | {"p": said})
    assert visitor.told(answer.json["id"]).severity == severity


def test_a_tag_tells_of_success(visitor: Visitor):
    answer = visitor.call("/backups", b"done", visitor.bearer | {"ta": "white_check_mark"})
    assert visitor.told(answer.json["id"]).severity == "success"


def test_a_title_may_be_encoded(visitor: Visitor):
    answer = visitor.call("/backups", b"x", visitor.bearer | {"t": "=?UTF-8?B?8J+HqfCfh6o=?="})
    assert visitor.told(answer.json["id"]).description == "🇩🇪\nx"


@pytest.mark.parametrize("path", ["/", "/in/ntfy"])
def test_json_names_the_topic(visitor: Visitor, path: str):
    body = {
        "topic": "backups",
        "message": "Disk space is low at 5.1 GB",
        "title": "Low disk space alert",
        "tags": ["warning", "cd"],
        "priority": 4,
        "click": "https://homecamera.example.com/",
    }
    answer = visitor.call(path, body, visitor.bearer)
    assert answer.json["topic"] == "backups"
    told = visitor.told(answer.json["id"])
    assert told.description == "Low disk space alert\nDisk space is low at 5.1 GB"
    assert (told.severity, told.fields) == ("warning", {"tags": "warning, cd"})


def test_the_key_comes_as_a_password_or_a_parameter(visitor: Visitor):
    token = base64.urlsafe_b64encode(f"Bearer {visitor.key}".encode()).decode().rstrip("=")
    for path, headers in (
        ("/backups", {"Authorization": basic("", visitor.key)}),
        ("/backups", {"Authorization": basic("phil", visitor.key)}),
        ("/backups", {"Authorization": basic(visitor.key, "")}),
        (f"/backups?auth={token}", {}),
    ):
        assert visitor.call(path, b"x", headers).status == 200


def test_an_empty_message_is_a_trigger(visitor: Visitor):
    answer = visitor.call("/backups", b"", visitor.bearer)
    assert visitor.told(answer.json["id"]).description == "triggered"


def test_without_a_key_pages_stay_pages(visitor: Visitor):
    assert visitor.call("/backups", b"x").status == 404
    assert "text/html" in visitor.call("/sign-in", b"x").headers["content-type"]
    refused = visitor.call("/in/ntfy/backups", b"x")
    assert (refused.status, refused.json["code"], refused.json["http"]) == (401, 40101, 401)
    assert refused.json["reason"] == "unauthorized"


def test_a_topic_without_a_category(visitor: Visitor):
    answer = visitor.call("/nobody_knows", b"x", visitor.bearer)
    assert (answer.status, answer.json["code"]) == (404, 40401)
    assert answer.json["error"] == 'You dont have a category named "nobody-knows"'


def test_a_long_message_is_cut_not_refused(visitor: Visitor):
    answer = visitor.call("/backups", b"x" * 10_000, visitor.bearer)
    description = visitor.told(answer.json["id"]).description
    assert description is not None
    assert (len(description), description[-1]) == (4_000, "…")


def test_a_body_over_the_limit(visitor: Visitor):
    answer = visitor.call("/in/ntfy/backups", b"x" * 65_537, visitor.bearer)
    assert (answer.status, answer.json["code"]) == (413, 41301)
