"""The GitHub Action, its step run as a runner does: inputs become environment variables, bash runs the script."""

import json
import os
import re
import subprocess

import pytest
import yaml

from tests.architecture.source import CLIENTS
from tests.clients.node import find_node

FOLDER = CLIENTS / "github-action"
ACTION = yaml.safe_load((FOLDER / "action.yml").read_text("utf-8"))
(STEP,) = ACTION["runs"]["steps"]
EXPRESSION = re.compile(r"\$\{\{\s*(.*?)\s*\}\}")
RUN = {
    "GITHUB_SERVER_URL": "https://github.example",
    "GITHUB_REPOSITORY": "shop/web",
    "GITHUB_RUN_ID": "77",
    "GITHUB_RUN_NUMBER": "12",
    "GITHUB_WORKFLOW": "Deploy",
    "GITHUB_JOB": "deploy",
    "GITHUB_REF_NAME": "main",
    "GITHUB_SHA": "0123456789abcdef0123",
    "GITHUB_ACTOR": "ada",
}
HOSTILE = "\"; touch pwned; ' $(touch pwned) `touch pwned` ${{ secrets.X }}\n::error::no\r\n%0A $HOME \\"


@pytest.fixture(scope="module")
def place(shared_service):
    find_node()
    workspace = shared_service.workspace("action@example.com")
    shared_service.category(workspace, "ci")
    return shared_service, workspace


@pytest.fixture
def report(place, tmp_path):
    """Runs the action with these inputs; gives the process and its outputs."""
    service, workspace = place

    def report(job="success", **given):
        inputs = {name: str(one.get("default", "")) for name, one in ACTION["inputs"].items()}
        inputs |= {"api-key": workspace.key, "url": service.url, "status": job}
        inputs |= {name.replace("_", "-"): value for name, value in given.items()}
        names = {name: re.fullmatch(r"inputs\.([\w-]+)", found[1]) for name, found in expressions().items()}
        environ = {name: inputs[found[1]] for name, found in names.items() if found}
        output = tmp_path / "output"
        output.touch()
        own = {"PATH": os.environ["PATH"], "GITHUB_ACTION_PATH": str(FOLDER), "GITHUB_OUTPUT": str(output), **RUN}
        command = ["bash", "--noprofile", "--norc", "-e", "-o", "pipefail", "-c", STEP["run"]]
        done = subprocess.run(
            command, env={**own, **environ}, cwd=tmp_path, capture_output=True, text=True, timeout=100, check=False
        )
        assert sorted(path.name for path in tmp_path.iterdir()) == ["output"]
        return done, dict(line.split("=", 1) for line in output.read_text().splitlines())

    return report


def expressions():
    return {name: EXPRESSION.fullmatch(value) for name, value in STEP["env"].items()}


@pytest.fixture
def stored(place):
    service, _ = place

    def stored(event_id):
        columns = ("category_name", "description", "severity", "url", "dedupe_key", "fields")
        ((*values, fields),) = service.rows(f"SELECT {', '.join(columns)} FROM store_event WHERE id = ?", event_id)
        return dict(zip(columns, values, strict=False)) | {"fields": json.loads(fields)}

    return stored


def test_inputs_reach_the_step_as_environment_variables_alone():
    assert EXPRESSION.search(STEP["run"]) is None
    assert all(expressions().values())
    used = {found[1].removeprefix("inputs.") for found in expressions().values()}
    assert used == ACTION["inputs"].keys()
    assert ACTION["inputs"]["status"]["default"] == "${{ job.status }}"


def test_how_a_job_ended_is_reported(report, stored):
    done, outputs = report()
    assert (done.returncode, done.stderr) == (0, "")
    event = stored(outputs["event-id"])
    assert (event["category_name"], event["severity"]) == ("ci", "success")
    assert event["description"] == "Deploy #12 on main succeeded"
    assert event["url"] == "https://github.example/shop/web/actions/runs/77"
    assert event["fields"] == {
        "repository": "shop/web",
        "workflow": "Deploy",
        "job": "deploy",
        "ref": "main",
        "commit": "0123456789ab",
        "actor": "ada",
        "status": "success",
    }
    failed = stored(report("failure")[1]["event-id"])
    assert (failed["severity"], failed["description"]) == ("critical", "Deploy #12 on main failed")


def test_all_of_it_can_be_replaced(report, stored):
    fields = "environment=production\n\n n = 7 \r\nprice=99.90\nok=true\nurl=https://x.example/?a=b\nref=v1\n"
    given = {"description": "Shipped", "severity": "info", "link": "https://x.example", "dedupe_key": "d", "wait": "5"}
    done, outputs = report(fields=fields, **given)
    assert "DELIVERED" in done.stdout
    event = stored(outputs["event-id"])
    assert (event["description"], event["severity"], event["dedupe_key"]) == ("Shipped", "info", "d")
    assert event["url"] == "https://x.example"
    assert (
        event["fields"].items()
        >= {
            "environment": "production",
            "n": 7,
            "price": "99.90",
            "ok": True,
            "url": "https://x.example/?a=b",
            "ref": "v1",
        }.items()
    )


def test_nothing_in_an_input_is_run(report, stored):
    done, outputs = report(description=HOSTILE, fields=f"text={HOSTILE.splitlines()[0]}", dedupe_key=HOSTILE)
    event = stored(outputs["event-id"])
    assert event["description"] == HOSTILE.strip()
    assert event["fields"]["text"] == HOSTILE.splitlines()[0]
    assert "::error" not in done.stdout
    done, _ = report(category=HOSTILE, fields=HOSTILE)
    assert len(done.stdout.splitlines()) == 1, "an annotation was broken out of"


def test_a_report_that_is_not_taken_fails_a_step_only_where_that_was_asked_for(report):
    for given in ({"category": "nope"}, {"api_key": "pp_wrong"}, {"severity": "loud"}, {"fields": "nonsense"}):
        done, outputs = report(**given)
        assert (done.returncode, outputs) == (0, {})
        assert done.stdout.startswith("::warning title=PingPilot::Not reported: ")
    done, _ = report(category="nope", required="true")
    assert (done.returncode, done.stderr) == (1, "")
    assert done.stdout.startswith('::error title=PingPilot::Not reported: You dont have a category named "nope"')


def test_success_is_passed_over_where_only_failures_matter(report):
    assert report(only_failures="true")[1] == {}
    assert report("cancelled", only_failures="true")[1]["event-id"]
