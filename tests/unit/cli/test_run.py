"""`pingpilot run`: the command ends as it would without us, and its end is reported."""

import json
import signal
import tempfile

import pytest

from tests.servers.ports import wait_until
from tests.servers.process import Streams, run_to_end


@pytest.fixture
def environ(door):
    return {"PINGPILOT_URL": door.url, "PINGPILOT_API_KEY": "pp_key", "PATH": "/usr/bin:/bin"}


@pytest.fixture
def run(launch, environ, tmp_path):
    def run(*arguments, **more):
        return run_to_end(launch, ["run", *arguments], {**environ, **more}, tmp_path)

    return run


def reported(door):
    (call,) = door.seen
    return json.loads(call.body)


def test_a_command_that_ends_well_is_reported(door, run):
    done = run("--category", "backup", "--field", "db=main", "--", "sh", "-c", "echo out; echo err >&2")
    assert (done.returncode, done.stdout, done.stderr) == (0, "out\n", "err\n")
    event = reported(door)
    assert (event["category"], event["severity"]) == ("backup", "success")
    assert event["description"].startswith("sh ended well after 0.")
    assert event["fields"].items() >= {"job": "sh", "exit_code": 0, "db": "main"}.items()
    assert 0 <= event["fields"]["duration_s"] < 60
    assert "echo" not in json.dumps(event)


def test_a_failure_keeps_its_exit_code_and_brings_the_last_lines(door, run):
    done = run("--name", "nightly", "--output", "2", "--", "sh", "-c", "seq 5; echo oops >&2; sleep 0.2; exit 42")
    assert (done.returncode, done.stdout, done.stderr) == (42, "1\n2\n3\n4\n5\n", "oops\n")
    event = reported(door)
    first, _, rest = event["description"].partition("\n\n")
    assert first.startswith("nightly failed with exit code 42 after ")
    assert len(rest.splitlines()) == 2
    assert (event["severity"], event["fields"]["exit_code"]) == ("critical", 42)


def test_much_output_is_passed_on_whole_and_kept_within_bounds(door, run):
    done = run("--output", "200", "--", "sh", "-c", "seq 100000")
    assert done.stdout == "".join(f"{number}\n" for number in range(1, 100_001))
    description = reported(door)["description"]
    assert description.endswith("\n100000")
    assert len(description) <= 4_000


def test_only_failures_says_nothing_of_what_went_well(door, run):
    assert run("--only-failures", "--", "true").returncode == 0
    assert door.seen == []
    assert run("--only-failures", "--", "false").returncode == 1
    assert len(door.seen) == 1


def test_the_command_s_own_options_are_its_own(door, run):
    assert run("sh", "-c", "exit 3", "--key").returncode == 3
    assert run("--", "sh", "-c", "exit $1", "--", "4").returncode == 4


@pytest.mark.parametrize(("command", "code"), [("no-such-command", 127), ("/etc/passwd", 126)])
def test_what_cannot_be_started_is_reported_too(door, run, command, code):
    done = run("--", command)
    assert done.returncode == code
    assert command in done.stderr
    assert "could not be started" in reported(door)["description"]


def test_a_command_that_a_signal_ends_says_so_as_a_shell_does(door, run):
    assert run("--", "sh", "-c", "kill -9 $$").returncode == 128 + signal.SIGKILL
    assert reported(door)["fields"]["exit_code"] == 137


@pytest.mark.parametrize(
    "environ_", [{"PINGPILOT_URL": "http://127.0.0.1:1"}, {"PINGPILOT_API_KEY": ""}, {"PINGPILOT_URL": "ftp://x"}]
)
def test_what_becomes_of_the_report_changes_nothing(run, environ_):
    done = run("--", "sh", "-c", "echo out; exit 5", **environ_)
    assert (done.returncode, done.stdout) == (5, "out\n")
    assert "the end of sh was not reported: " in done.stderr
    assert "Traceback" not in done.stderr


def test_a_refusal_is_said_in_the_server_s_words(door, run):
    door.status, door.answer = 404, b'{"message": "You dont have a category named \\"job\\""}'
    done = run("--", "true")
    assert done.returncode == 0
    assert 'You dont have a category named "job"' in done.stderr


def test_signals_are_passed_on(door, launch, environ, tmp_path):
    script = "trap 'echo got; exit 9' TERM; echo ready; while :; do sleep 0.05; done"
    with tempfile.TemporaryFile("w+") as nothing, (tmp_path / "said").open("w+") as said:
        streams = Streams(nothing.fileno(), said.fileno(), said.fileno())
        process = launch(["run", "--", "sh", "-c", script], environ, tmp_path, streams)
        wait_until(lambda: "ready" in (tmp_path / "said").read_text(), "the command runs")
        process.send_signal(signal.SIGTERM)
        assert process.wait(20) == 9
    assert (tmp_path / "said").read_text() == "ready\ngot\n"
    assert reported(door)["fields"]["exit_code"] == 9
