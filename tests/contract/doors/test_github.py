"""GitHub: payloads in the shapes of its documentation, what names a delivery, and its signature."""

import json
from typing import Any

import pytest

from tests.contract.doors.visitor import FORM, Told, Visitor

ME = {"login": "ada"}
REPOSITORY = {"full_name": "ada/shop", "html_url": "https://github.example/ada/shop"}
ISSUE = {"number": 7, "title": "It is slow", "body": "Very.", "state": "open", "html_url": "https://github.example/7"}
ADVISORY = {"summary": "Bad", "severity": "high"}
PULL = {**ISSUE, "title": "Faster", "merged": False, "head": {"ref": "fast"}, "labels": [{"name": "speed"}]}


def run(conclusion: str | None) -> dict[str, Any]:
    page = "https://github.example/runs/1"
    return {"name": "CI", "head_branch": "main", "head_sha": "a" * 40, "conclusion": conclusion, "html_url": page}


def told(visitor: Visitor, event: str, payload: dict[str, Any], **headers: str) -> Told:
    body = {"repository": REPOSITORY, "sender": ME, **payload}
    answer = visitor.call(f"/in/github/{visitor.key}", body, {"X-GitHub-Event": event, **headers})
    assert answer.status == 200, answer.body
    return visitor.told(answer.json["eventId"])


@pytest.mark.parametrize(
    ("event", "payload", "title", "severity"),
    [
        ("ping", {"zen": "Keep it simple", "hook_id": 1}, "GitHub is connected to ada/shop\nKeep it simple", "info"),
        ("star", {"action": "created"}, "ada gave a star in ada/shop", "info"),
        ("fork", {"forkee": {"full_name": "bob/shop"}}, "ada made a fork in ada/shop\nbob/shop", "info"),
        ("create", {"ref": "v2", "ref_type": "tag"}, "ada created tag v2 in ada/shop", "info"),
        ("issues", {"action": "opened", "issue": ISSUE}, "ada opened issue #7: It is slow in ada/shop\nVery.", "info"),
        (
            "issue_comment",
            {"action": "created", "issue": ISSUE, "comment": {"body": "Same here", "html_url": "https://github.example/c"}},
            "ada created a comment on #7: It is slow in ada/shop\nSame here",
            "info",
        ),
        (
            "pull_request",
            {"action": "closed", "pull_request": {**PULL, "merged": True}},
            "ada merged pull request #7: Faster in ada/shop\nVery.",
            "success",
        ),
        (
            "pull_request_review",
            {"action": "submitted", "pull_request": PULL, "review": {"state": "changes_requested", "body": "Not yet"}},
            "ada requested changes on pull request #7: Faster in ada/shop\nNot yet",
            "warning",
        ),
        (
            "release",
            {"action": "published", "release": {"tag_name": "v2", "name": "Two", "body": "New"}},
            "ada published release: Two in ada/shop\nNew",
            "success",
        ),
        (
            "dependabot_alert",
            {"action": "created", "alert": {"number": 3, "state": "open", "security_advisory": ADVISORY}},
            "ada created alert #3: Bad in ada/shop",
            "critical",
        ),
        ("team_add", {"action": ""}, "Team add: reported, by ada in ada/shop", "info"),
    ],
)  # fmt: skip
def test_what_happened_is_one_sentence(
    visitor: Visitor, event: str, payload: dict[str, Any], title: str, severity: str
):
    found = told(visitor, event, payload)
    assert (found.category, found.description, found.severity) == ("github", title, severity)
    assert (found.fields["event"], found.fields["repository"]) == (event, "ada/shop")
    assert (found.url or "").startswith("https://github.example/")


@pytest.mark.parametrize(
    ("event", "action", "conclusion", "severity"),
    [
        ("workflow_run", "completed", "failure", "critical"),
        ("workflow_run", "completed", "success", "success"),
        ("workflow_run", "requested", None, "info"),
        ("check_run", "completed", "cancelled", "warning"),
    ],
)
def test_how_a_run_ends(visitor: Visitor, event: str, action: str, conclusion: str | None, severity: str):
    found = told(visitor, event, {"action": action, event: run(conclusion)})
    noun = {"workflow_run": "Workflow", "check_run": "Check"}[event]
    assert found.description == f"{noun} CI: {conclusion or action}, by ada in ada/shop"
    assert (found.severity, found.fields["branch"]) == (severity, "main")


def test_a_push_names_its_commits(visitor: Visitor):
    commits = [{"message": f"Step {number}\n\nWhy"} for number in range(12)]
    push = {
        "ref": "refs/heads/main",
        "commits": commits,
        "after": "b" * 40,
        "compare": "https://github.example/compare",
    }
    found = told(visitor, "push", push)
    assert found.description is not None
    lines = found.description.split("\n")
    assert lines[0] == "ada pushed 12 commits to main in ada/shop"
    assert (lines[1], lines[10], lines[11]) == ("• Step 0", "• Step 9", "… and 2 more")
    assert (found.fields["branch"], found.fields["commit"], found.url) == (
        "main",
        "b" * 12,
        "https://github.example/compare",
    )
    assert told(visitor, "push", {**push, "deleted": True}).description == "ada deleted main in ada/shop"
    tag = {**push, "ref": "refs/tags/v2", "commits": []}
    assert told(visitor, "push", tag).description == "ada pushed v2 in ada/shop"


@pytest.mark.parametrize(
    ("action", "state", "did"),
    [
        ("submitted", "approved", "approved"),
        ("submitted", "commented", "commented on"),
        ("submitted", "new to us", "reviewed"),
        ("dismissed", "approved", "changed a review of"),
    ],
)
def test_a_review_says_what_it_did(visitor: Visitor, action: str, state: str, did: str):
    found = told(visitor, "pull_request_review", {"action": action, "pull_request": PULL, "review": {"state": state}})
    assert found.description == f"ada {did} pull request #7: Faster in ada/shop"


def test_a_number_is_a_name_and_is_never_summed(visitor: Visitor):
    found = told(visitor, "issues", {"action": "opened", "issue": ISSUE})
    assert found.fields["number"] == "#7"
    assert not [value for value in found.fields.values() if isinstance(value, int | float)]


def test_a_run_says_for_which_change(visitor: Visitor):
    found = told(
        visitor, "workflow_run", {"action": "completed", "workflow_run": {**run("failure"), "display_title": "Fix it"}}
    )
    assert found.description == "Workflow CI: failure, by ada in ada/shop\nFix it"


def test_a_form_holds_the_same(visitor: Visitor):
    form = {"payload": json.dumps({"action": "created", "sender": ME, "repository": REPOSITORY})}
    answer = visitor.call(f"/in/github/{visitor.key}", form, {**FORM, "X-GitHub-Event": "star"})
    assert visitor.told(answer.json["eventId"]).description == "ada gave a star in ada/shop"


def test_a_delivery_that_comes_again_is_kept_once(visitor: Visitor):
    headers = {"X-GitHub-Event": "ping", "X-GitHub-Delivery": "72d3162e-cc78-11e3-81ab-4c9367dc0958"}
    before = visitor.shop.count()
    first, second = (visitor.call(f"/in/github/{visitor.key}", {"zen": "x"}, headers).json for _ in range(2))
    assert first == second
    assert visitor.shop.count() == before + 1


def test_an_empty_call_says_so(visitor: Visitor):
    answer = visitor.call(f"/in/github/{visitor.key}", b"", {"X-GitHub-Event": "push"})
    told = visitor.told(answer.json["eventId"])
    assert (told.description, told.severity, told.fields) == ("A call from GitHub without a body", "warning", {})


@pytest.mark.parametrize("body", [b"[]", b"{}", b"payload=", b"not json"])
def test_what_cannot_be_read_is_kept_as_it_came(visitor: Visitor, body: bytes):
    answer = visitor.call(f"/in/github/{visitor.key}", body, {"X-GitHub-Event": "push"})
    description = visitor.told(answer.json["eventId"]).description
    assert description is not None
    assert description.startswith("A call from GitHub that could not be read:")


def test_a_body_over_the_limit_is_refused(visitor: Visitor):
    answer = visitor.call(f"/in/github/{visitor.key}", b"x" * 1_048_577)
    assert (answer.status, answer.json["message"]) == (413, "Request body too large (limit 1048576 bytes)")
