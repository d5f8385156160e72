"""The handler for `logging`: records become events, a flood becomes a few, and nothing of it harms the application."""

import logging
import os
import threading
import time

import pytest

from pingpilot_client import Background, Client, InvalidEvent, PingPilotHandler
from tests.clients.python.test_background import run
from tests.servers.ports import wait_until


@pytest.fixture
def logger():
    logger = logging.Logger("shop")  # noqa: LOG001 - a fresh one that no other test has touched
    yield logger
    for handler in logger.handlers:
        assert isinstance(handler, PingPilotHandler)
        handler.close()
        handler.background.close(1)
        handler.background.client.close()


@pytest.fixture
def handle(logger, home):
    """Attach a handler whose events arrive."""

    def handle(**options):
        handler = PingPilotHandler(background=Background(Client(home.key, home.url)), **options)
        logger.addHandler(handler)
        return handler

    return handle


def test_a_record_becomes_an_event(handle, logger, home):
    handler = handle(fields={"host": "web-1"}, extra=["order"], level=logging.INFO)
    logger.info("started")
    logger.warning("disk %d %% full", 91)
    logger.error("payment failed", extra={"order": 7, "other": 8})
    logger.debug("nobody wants to know")
    handler.flush()
    info, warning, error = home.wait_for(3)
    assert [event["category_name"] for event in (info, warning, error)] == ["log"] * 3
    assert [event["severity"] for event in (info, warning, error)] == ["info", "warning", "critical"]
    assert warning["description"] == "disk 91 % full"
    assert error["fields"].items() >= {"level": "ERROR", "logger": "shop", "host": "web-1", "order": 7}.items()
    assert error["fields"]["where"].startswith("test_logs.py:")
    assert "other" not in error["fields"]


def test_an_exception_brings_the_end_of_its_traceback(handle, logger, home):
    def deep(depth):
        return deep(depth - 1) if depth else 1 / 0

    handler = handle()
    try:
        deep(90)
    except ZeroDivisionError:
        logger.exception("could not divide")
    handler.flush()
    (event,) = home.wait_for(1)
    assert event["description"].startswith("could not divide\n\n")
    assert event["description"].endswith("ZeroDivisionError: division by zero")
    assert len(event["description"]) <= 4_000


def test_equal_records_are_one_event_and_a_count(handle, logger, home):
    handler = handle(window=60)
    for number in range(500):
        logger.error("order %d failed", number)
    logger.error("another thing")
    handler.flush()
    assert [(event["description"], event["fields"].get("count")) for event in home.wait_for(3)] == [
        ("order 0 failed", None),
        ("another thing", None),
        ("499 more like this: order 0 failed", 499),
    ]


def test_the_window_ends_by_itself(handle, logger, home):
    handle(window=0.2)
    logger.error("again")
    logger.error("again")
    wait_until(lambda: len(home.events()) == 2, "the count is sent without a flush", 20)
    time.sleep(0.3)
    logger.error("again")
    wait_until(lambda: len(home.events()) == 3, "a later one counts anew", 20)


def test_texts_that_say_nothing_without_their_values_are_told_apart_by_them(handle, logger, home):
    handler = handle()
    for text in ("one", "two", "one"):
        logger.error("%s", text)
    logger.error(ValueError("three"))
    handler.flush()
    assert [event["description"] for event in home.wait_for(4)] == ["one", "two", "three", "1 more like this: one"]


def test_a_formatter_has_its_say(handle, logger, home):
    handler = handle()
    handler.setFormatter(logging.Formatter("%(levelname)s! %(message)s"))
    logger.error("fire")
    handler.flush()
    assert home.wait_for(1)[0]["description"] == "ERROR! fire"


class Awkward:
    def __str__(self):
        raise RuntimeError


def test_whatever_is_logged_the_application_goes_on(handle, logger, home, capsys):
    handler = handle(extra=["thing"])
    logger.error("too few values: %s %s", 1)  # noqa: PLE1206 - what this is about
    logger.error(Awkward())
    logger.error("good", extra={"thing": Awkward()})
    logger.error(f"\0\ud800{'x' * 10_000}")  # noqa: G004 - a text of any kind
    handler.flush()
    good, long = home.wait_for(2)
    assert good["fields"]["thing"] == "<Awkward>"
    assert (len(long["description"]), long["description"][-1]) == (4_000, "…")
    assert "Logging error" in capsys.readouterr().err


def test_while_the_server_is_away_nobody_waits(logger):
    handler = PingPilotHandler(background=Background(Client("pp_key", "http://127.0.0.1:1"), capacity=100))
    logger.addHandler(handler)
    begun = time.perf_counter()
    for number in range(2_000):
        logger.error(f"different each time {number}")  # noqa: G004 - what this is about
    assert time.perf_counter() - begun < 5
    assert handler.background.figures().dropped > 0
    handler.background.close(0.1)


def test_its_own_complaints_are_not_sent(home):
    code = """
import logging
from pingpilot_client import PingPilotHandler
logging.getLogger().addHandler(PingPilotHandler("nope", background=b))
for n in range(3): logging.warning("number %d is refused", n)
"""
    run(code, home.environ)
    assert home.events() == []


def test_what_is_logged_is_sent_before_the_process_ends_however_late_it_is_logged(home):
    code = """
import atexit, logging
from pingpilot_client import PingPilotHandler
logging.getLogger().addHandler(PingPilotHandler(background=b))
for n in range(10): logging.warning("in the flow")
atexit.register(logging.error, "at the exit")
"""
    early = "import atexit, logging; atexit.register(logging.error, 'at the very end')\n"
    run(early + code, home.environ)
    said = [event["description"] for event in home.wait_for(4)]
    assert said[:2] == ["in the flow", "at the exit"]
    assert sorted(said[2:]) == ["9 more like this: in the flow", "at the very end"]


def test_many_threads_may_log(handle, logger, home):
    handler = handle()

    def log(name):
        for number in range(200):
            logger.error("thread %s says %d", name, number)

    threads = [threading.Thread(target=log, args=(name,)) for name in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    handler.flush()
    first, more = home.wait_for(2)
    assert (first["fields"].get("count"), more["fields"]["count"]) == (None, 1599)


def test_after_a_fork_what_was_counted_before_is_said_by_the_parent_alone(home):
    code = """
import logging, os, warnings
from pingpilot_client import PingPilotHandler
warnings.simplefilter("ignore")
logging.getLogger().addHandler(PingPilotHandler(background=b))
for n in range(3): logging.warning("before")
pid = os.fork()
if pid: os.waitpid(pid, 0)
else: logging.warning("child")
"""
    run(code, home.environ)
    assert sorted(event["description"] for event in home.wait_for(3)) == ["2 more like this: before", "before", "child"]


def test_a_wrong_set_up_is_said_at_once():
    with pytest.raises(InvalidEvent):
        PingPilotHandler("New Sale", background=Background(Client("pp_key")))
    assert os.environ.get("PINGPILOT_API_KEY") is None
