"""`pingpilot send`: what it puts on the wire, and what it says of the answer."""

import json
import subprocess
import sys

import pytest

from tests.servers.process import run_to_end

KEY = "pp_key"


@pytest.fixture
def run(door, launch, tmp_path):
    def run(*arguments, stdin="", **environ):
        environ = {"PINGPILOT_URL": door.url, "PINGPILOT_API_KEY": KEY, **environ}
        return run_to_end(launch, ["send", *arguments], environ, tmp_path, stdin)

    return run


def test_an_event_is_sent_as_it_was_typed(door, run):
    fields = ("amount=99.90", "n=-1e3", "ok=true", "no=null", 'zip="0123"', "text=a=b", "zero=007", "empty=")
    arguments = [part for field in fields for part in ("--field", field)]
    done = run("sale", 'Say "hi" ä', "--severity", "success", *arguments)
    (call,) = door.seen
    assert (call.path, call.headers["authorization"]) == ("/api/v1/event", f"Bearer {KEY}")
    assert '"amount":99.90' in call.body
    sent = json.loads(call.body, parse_float=str)
    assert (sent["category"], sent["description"], sent["severity"]) == ("sale", 'Say "hi" ä', "success")
    assert sent["fields"] == {
        "amount": "99.90",
        "n": "-1e3",
        "ok": True,
        "no": "null",
        "zip": "0123",
        "text": "a=b",
        "zero": "007",
        "empty": "",
    }
    assert (done.returncode, done.stdout) == (0, "Event processed successfully\ne1\n")


def test_what_was_not_given_is_not_sent(door, run):
    run("sale")
    assert json.loads(door.seen[0].body) == {"category": "sale"}


def test_a_test_event_needs_no_words(door, run):
    assert run("--test").returncode == 0
    assert run("sale", "--test").returncode == 0
    assert [json.loads(call.body)["category"] for call in door.seen] == ["test", "sale"]
    assert "test event" in json.loads(door.seen[0].body)["description"]


def test_a_hint_of_the_server_is_passed_on(door, run):
    door.answer = b'{"message": "Event processed successfully", "eventId": "e1", "hint": "Set up a channel."}'
    assert run("sale").stdout.endswith("\nSet up a channel.\n")


@pytest.mark.parametrize(
    ("status", "answer", "said"),
    [
        (401, {"message": "Invalid API key"}, "Invalid API key"),
        (404, {"message": 'You dont have a category named "sale"'}, 'You dont have a category named "sale"'),
        (
            422,
            {"message": "[]", "errors": [{"path": ["fields", "a"], "message": "Invalid input"}]},
            "fields.a: Invalid",
        ),
        (502, "<html>", "The server answered 502. Is this PingPilot?"),
        (200, "<html>", "The server answered 200. Is this PingPilot?"),
    ],
)
def test_the_servers_own_words_are_said(door, run, status, answer, said):
    door.status = status
    door.answer = (answer if isinstance(answer, str) else json.dumps(answer)).encode()
    done = run("sale")
    assert said in done.stdout + done.stderr
    assert done.returncode == (0 if status == 200 else 1)


def test_json_is_the_answer_itself(door, run):
    assert json.loads(run("sale", "--json").stdout)["eventId"] == "e1"


@pytest.mark.parametrize(
    ("arguments", "environ", "code", "said"),
    [
        (["sale"], {"PINGPILOT_API_KEY": ""}, 2, "There is no API key."),
        (["sale"], {"PINGPILOT_URL": "ftp://x"}, 2, "PINGPILOT_URL must be an address"),
        ([], {}, 2, "Name the category"),
        (["sale", "--field", "x"], {}, 2, "not NAME=VALUE"),
        (["sale"], {"PINGPILOT_URL": "http://127.0.0.1:1"}, 3, "does not answer"),
    ],
)
def test_called_wrongly_it_says_how_and_sends_nothing(door, run, arguments, environ, code, said):
    done = run(*arguments, **environ)
    assert (done.returncode, door.seen) == (code, [])
    assert said in done.stderr
    assert "Traceback" not in done.stderr


def test_the_options_win_over_the_environment(door, run):
    done = run("sale", "--key", "other", PINGPILOT_API_KEY="")
    assert (done.returncode, door.seen[0].headers["authorization"]) == (0, "Bearer other")
    assert run("sale", "--url", f"{door.url}/", PINGPILOT_URL="http://127.0.0.1:1").returncode == 0


def test_a_description_may_come_from_standard_input(door, run):
    run("crash", "-", stdin="Traceback …\n  last line\n")
    assert json.loads(door.seen[0].body)["description"] == "Traceback …\n  last line"


def test_what_is_too_long_is_cut_and_that_is_said(door, run):
    done = run("crash", "-", stdin="é" * 5_000)
    said = json.loads(door.seen[0].body)["description"]
    assert (len(said), said[-1]) == (4_000, "…")
    assert "only the first 4,000 characters" in done.stderr


def test_events_come_from_standard_input(door, run):
    door.status = 207
    results = [{"index": 0, "status": 200, "eventId": "e1"}, {"index": 1, "status": 404, "message": "No such category"}]
    door.answer = json.dumps({"results": results}).encode()
    lines = '{"category": "a"}\n{"category": "b"}\n'
    done = run("-", stdin=lines)
    assert (door.seen[0].path, door.seen[0].body) == ("/api/v1/events", lines)
    assert (done.returncode, done.stdout) == (1, "1 accepted, 1 refused\n")
    assert done.stderr == "event 2: No such category\n"
    assert "bring all they say" in run("-", "text").stderr


@pytest.mark.parametrize(
    ("status", "code", "state", "exit_code"),
    [(200, "accepted", "DELIVERED", 0), (200, "accepted", "PENDING", 4), (500, "delivery_failed", "FAILED", 4)],
)
def test_it_waits_and_says_how_each_delivery_stands(door, run, status, code, state, exit_code):
    door.status = status
    ways = [{"channel": "telegram", "state": state, "detail": "why"}]
    door.answer = json.dumps({"message": "m", "code": code, "status": state, "deliveries": ways}).encode()
    done = run("sale", "--wait")
    assert door.seen[0].headers["prefer"] == "wait=30"
    assert f"telegram: {state} why" in done.stdout + done.stderr
    assert done.returncode == exit_code


def test_a_server_that_restarts_is_tried_again_with_the_same_key(door, run):
    door.before = [(503, {"Retry-After": "1"}), (502, {})]
    assert run("sale").returncode == 0
    assert len(door.seen) == 3
    assert len({call.headers["idempotency-key"] for call in door.seen}) == 1


@pytest.mark.parametrize(("status", "headers"), [(503, {"Retry-After": "600"}), (429, {"Retry-After": "1"}), (500, {})])
def test_what_another_try_would_not_cure_is_said_at_once(door, run, status, headers):
    door.before = [(status, headers)]
    assert run("sale").returncode == 1
    assert len(door.seen) == 1


def test_it_follows_nobody_elsewhere(door, run):
    door.before = [(302, {"Location": f"{door.url}/elsewhere"})]
    assert run("sale").returncode == 1
    assert [call.path for call in door.seen] == ["/api/v1/event"]


@pytest.mark.parametrize("name", ["send", "run", "tail", "completion"])
def test_it_loads_neither_django_nor_the_settings(name):
    loads = f"import sys; from pingpilot.cli.{name} import {name}"
    code = f"{loads}; print({{'asyncio', 'django', 'pydantic', 'uvicorn'}} & {{*sys.modules}})"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=30, check=True)
    assert done.stdout == "set()\n"
