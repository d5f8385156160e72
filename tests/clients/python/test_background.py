"""Sending beside the application: nothing of the buffer is lost in an orderly exit, whatever kind of exit that is."""

import os
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta

import pytest

from pingpilot_client import Background, Client, Event, InvalidEvent, UnknownCategory
from pingpilot_client.calls import Access
from tests.architecture.source import ROOT
from tests.servers.door import running_door
from tests.servers.ports import free_port, wait_until

BEGIN = "from pingpilot_client import Background, Client, Event\nb = Background(Client(retries=0))\n"


def run(code, environ, code_expected=0):
    """Run a program that uses the client, to its end; return what it said on standard error."""
    own = {"PYTHONPATH": str(ROOT / "clients" / "python" / "src"), "PATH": os.environ["PATH"]}
    command = [sys.executable, "-W", "error", "-c", BEGIN + code]
    done = subprocess.run(command, env={**own, **environ}, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == code_expected, done.stderr
    return done.stderr


@pytest.fixture
def background(home):
    with Client(home.key, home.url) as client, Background(client) as background:
        yield background


ORDERLY = {
    "the end of the program": "",
    "sys.exit": "import sys; sys.exit()",
    "an exception": "raise RuntimeError",
    "with a thread running": "import threading, time; threading.Thread(target=time.sleep, args=(0.2,)).start()",
    "after closing": "b.close()",
}


@pytest.mark.parametrize("ending", ORDERLY)
def test_what_waits_is_sent_before_the_process_ends(home, ending):
    code = f"for n in range(2_000): assert b.send('sale', f'number {{n}}')\n{ORDERLY[ending]}"
    run(code, home.environ, code_expected=1 if ending == "an exception" else 0)
    assert [event["description"] for event in home.wait_for(2_000)] == [f"number {n}" for n in range(2_000)]


def test_after_a_fork_each_process_sends_its_own(home):
    code = """
import os
b.send('sale', 'before')
pid = os.fork()
b.send('sale', 'child' if pid == 0 else 'parent')
if pid: os.waitpid(pid, 0)
"""
    run(code.replace("import os", "import os, warnings; warnings.simplefilter('ignore')"), home.environ)
    assert sorted(event["description"] for event in home.wait_for(3)) == ["before", "child", "parent"]


@pytest.mark.parametrize("method", ["fork", "spawn", "forkserver"])
def test_workers_of_multiprocessing_send_before_they_end(home, method):
    # A spawned worker imports the main module: that must be a file, and safe to import.
    code = f"""
import multiprocessing, pathlib, tempfile, subprocess, sys
text = '''
import multiprocessing
from pingpilot_client import Background
b = Background()
def work(n): b.send("sale", f"worker {{n}}")
if __name__ == "__main__":
    context = multiprocessing.get_context({method!r})
    those = [context.Process(target=work, args=(n,)) for n in range(3)]
    for one in those: one.start()
    for one in those: one.join()
'''
with tempfile.TemporaryDirectory() as folder:
    path = pathlib.Path(folder, "workers.py")
    path.write_text(text)
    subprocess.run([sys.executable, path], check=True, timeout=60)
"""
    run(code, home.environ)
    assert sorted(event["description"] for event in home.wait_for(3)) == ["worker 0", "worker 1", "worker 2"]


def test_it_waits_for_a_server_that_is_away():
    port = free_port()
    with Client("pp_key", f"http://127.0.0.1:{port}") as client, Background(client) as background:
        begun = time.perf_counter()
        assert all(background.send("sale", str(number)) for number in range(100))
        assert time.perf_counter() - begun < 5
        assert not background.flush(0.3)
        with running_door(port) as door:
            door.answer = b'{"results": [' + b",".join([b'{"status": 200, "eventId": "e"}'] * 100) + b"]}"
            assert background.flush(20)
            assert len({call.headers["idempotency-key"] for call in door.seen}) == 1
        assert (background.figures().sent, background.figures().waiting) == (100, 0)


def test_what_could_not_be_sent_is_said_at_the_end_and_the_end_comes():
    code = "b._exit_timeout = 0.5\nb.send('sale')"
    said = run(code, {"PINGPILOT_URL": "http://127.0.0.1:1", "PINGPILOT_API_KEY": "pp_key"})
    assert "1 event(s) could not be sent before the process ended" in said


def test_the_buffer_is_bounded_and_what_is_dropped_is_counted():
    with Client("pp_key", "http://127.0.0.1:1") as client:
        background = Background(client, capacity=10)
        taken = [background.send("sale") for _ in range(30)]
        assert taken[:10] == [True] * 10
        assert not taken[-1]
        figures = background.figures()
        assert figures.dropped == taken.count(False)
        assert not background.close(0.1)
        assert not background.send("sale")


def test_who_is_refused_stops_no_other_and_is_told(home):
    heard = []
    with Client(home.key, home.url) as client:
        background = Background(client, on_refused=lambda event, error: heard.append((event.category, type(error))))
        background.send("sale", "first")
        background.send("nope")
        background.send("sale", "last")
        assert background.close(30)
        assert heard == [("nope", UnknownCategory)]
        assert (background.figures().sent, background.figures().refused) == (2, 1)
    assert [event["description"] for event in home.events()] == ["first", "last"]


def test_a_wrong_key_loses_no_time(home):
    with Client("pp_wrong", home.url) as client:
        background = Background(client)
        background.send("sale")
        assert background.close(30)
        assert background.figures().refused == 1


def test_when_it_happened_is_when_it_was_reported(background, home):
    before = datetime.now(UTC)
    background.send("sale")
    assert background.flush(30)
    (event,) = home.events()
    at = datetime.fromisoformat(str(event["occurred_at"]))
    assert abs((at if at.tzinfo else at.replace(tzinfo=UTC)) - before) < timedelta(seconds=5)


def test_a_clock_that_is_wrong_loses_nothing(background, home):
    background.put(Event("sale", "from the future", timestamp=datetime.now(UTC) + timedelta(hours=2)))
    background.put(Event("sale", "from now"))
    assert background.flush(30)
    assert {event["description"] for event in home.wait_for(2)} == {"from the future", "from now"}
    assert background.figures().refused == 0


def test_more_than_fits_into_one_call_goes_in_several(background, home):
    for number in range(120):
        background.send("sale", fields={f"f{index}": "x" * 2_000 for index in range(30)} | {"number": number})
    assert background.flush(60)
    assert [event["fields"]["number"] for event in home.wait_for(120)] == list(range(120))


def test_what_is_wrong_is_said_to_whoever_reports_it(background):
    with pytest.raises(InvalidEvent):
        background.send("sale", severity="loud")


def test_an_access_shows_no_key():
    assert "pp_secret" not in repr(Access("http://x", "pp_secret"))


def test_it_starts_no_thread_before_there_is_something_to_send():
    code = "import threading; assert threading.active_count() == 1; b.flush(); b.close()"
    run(code, {"PINGPILOT_API_KEY": "pp_key"})


def test_it_wakes_soon(background, home):
    background.send("sale")
    wait_until(lambda: len(home.events()) == 1, "the event came without a flush", 20)
