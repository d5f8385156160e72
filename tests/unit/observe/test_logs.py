"""Log lines: what they look like, and what is never in them."""

import errno
import io
import json
import logging

import pytest
import structlog

from pingpilot.domain import key
from pingpilot.domain.ids import KeyId
from pingpilot.observe import configure, get_logger

KEY = key.compose(KeyId("tz4a98xxat96iws9zmbrgj3a"), "A" * 32)


@pytest.fixture
def restored():
    """Put the process's logging back as it was."""
    root = logging.getLogger()
    handlers, level, kept = root.handlers[:], root.level, structlog.get_config()
    yield
    root.handlers[:], root.level = handlers, level
    structlog.configure(**kept)


def lines_of(format_name, level, write):
    stream = io.StringIO()
    configure(format_name, level, stream)
    write()
    return stream.getvalue().splitlines()


@pytest.mark.usefixtures("restored")
def test_json_lines_hold_the_event_and_its_values():
    (line,) = lines_of("json", "info", lambda: get_logger("x").info("event.accepted", event_id="e", duration_ms=3))
    found = json.loads(line)
    assert found.pop("timestamp").endswith("Z")
    assert found == {"event": "event.accepted", "module": "x", "level": "info", "event_id": "e", "duration_ms": 3}


@pytest.mark.usefixtures("restored")
def test_auto_means_json_where_nobody_watches():
    (line,) = lines_of("auto", "info", lambda: get_logger().info("a.b"))
    assert json.loads(line)["event"] == "a.b"


@pytest.mark.usefixtures("restored")
def test_text_is_for_people():
    (line,) = lines_of("text", "info", lambda: get_logger().info("event.accepted", event_id="e"))
    assert "event.accepted" in line
    assert "event_id=e" in line


@pytest.mark.usefixtures("restored")
def test_lines_below_the_level_are_not_written():
    assert not lines_of("json", "warning", lambda: get_logger().info("a.b"))


@pytest.mark.usefixtures("restored")
def test_the_libraries_lines_look_like_ours():
    (line,) = lines_of("json", "info", lambda: logging.getLogger("some.library").warning("took %s s", 3))
    found = json.loads(line)
    assert (found["event"], found["logger"], found["level"]) == ("took 3 s", "some.library", "warning")


@pytest.mark.usefixtures("restored")
def test_a_key_is_never_written_wherever_it_stands():
    def write():
        get_logger().info(f"seen {KEY}", text=KEY, deep={"list": [KEY], "pair": (KEY, 1)}, raw=KEY.encode())
        logging.getLogger("django").error("header %s", f"Bearer {KEY}")
        try:
            int(KEY)
        except ValueError as error:
            get_logger().exception("task.crashed", error=error)

    lines = lines_of("json", "info", write)
    assert len(lines) == 3
    assert KEY not in "".join(lines)
    assert "ValueError" in lines[2]


@pytest.mark.usefixtures("restored")
def test_paths_that_may_hold_tokens_are_not_written():
    def write():
        logging.getLogger("django.request").warning("Not Found: /reset/token")
        logging.getLogger("uvicorn.access").info("GET /reset/token")

    assert not lines_of("json", "debug", write)


class FullDisk(io.StringIO):
    def write(self, _text):
        raise OSError(errno.ENOSPC, "No space left on device")


@pytest.mark.usefixtures("restored")
def test_a_line_that_finds_no_room_harms_nobody():
    configure("json", "info", FullDisk())
    get_logger().error("store.unavailable")
