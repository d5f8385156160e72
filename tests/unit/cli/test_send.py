"""`pingpilot send`: what it puts on the wire, and what it says of the answer."""

import json
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from tests.servers.process import run_to_end

KEY = "pp_key"


class Door(HTTPServer):
    """Answers every event as told, and remembers it."""

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Answering)
        self.status, self.answer = 200, b'{"message": "Event processed successfully", "eventId": "e1"}'
        self.seen = []


class Answering(BaseHTTPRequestHandler):
    def do_POST(self):
        assert isinstance(self.server, Door)
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.seen.append((self.path, self.headers["Authorization"], body.decode()))
        self.send_response(self.server.status)
        self.send_header("Content-Length", str(len(self.server.answer)))
        self.end_headers()
        self.wfile.write(self.server.answer)

    def log_message(self, *_):
        pass


@pytest.fixture
def door():
    with Door() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture
def run(door, launch, tmp_path):
    def run(*arguments, **environ):
        url = f"http://127.0.0.1:{door.server_address[1]}"
        environ = {"PINGPILOT_URL": url, "PINGPILOT_API_KEY": KEY, **environ}
        return run_to_end(launch, ["send", *arguments], environ, tmp_path)

    return run


def test_an_event_is_sent_as_it_was_typed(door, run):
    fields = ("amount=99.90", "n=-1e3", "ok=true", "no=null", 'zip="0123"', "text=a=b", "zero=007", "empty=")
    arguments = [part for field in fields for part in ("--field", field)]
    done = run("sale", 'Say "hi" ä', "--severity", "success", *arguments)
    ((path, authorization, body),) = door.seen
    assert (path, authorization) == ("/api/v1/event", f"Bearer {KEY}")
    assert '"amount":99.90' in body
    sent = json.loads(body, parse_float=str)
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
    assert json.loads(door.seen[0][2]) == {"category": "sale"}


def test_a_test_event_needs_no_words(door, run):
    assert run("--test").returncode == 0
    assert run("sale", "--test").returncode == 0
    assert [json.loads(body)["category"] for _, _, body in door.seen] == ["test", "sale"]
    assert "test event" in json.loads(door.seen[0][2])["description"]


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
    assert (done.returncode, door.seen[0][1]) == (0, "Bearer other")
    url = f"http://127.0.0.1:{door.server_address[1]}/"
    assert run("sale", "--url", url, PINGPILOT_URL="http://127.0.0.1:1").returncode == 0


def test_it_loads_neither_django_nor_the_settings(door):
    code = "import sys; from pingpilot.cli.send import send; print({'django', 'pydantic', 'uvicorn'} & {*sys.modules})"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=30, check=True)
    assert done.stdout == "set()\n"
