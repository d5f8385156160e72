"""That the watch over the log of this process (`tests/planted`) sees what it is there for."""

import logging

import pytest

from pingpilot.domain.ids import KeyId
from pingpilot.domain.key import compose
from pingpilot.observe import get_logger
from tests.planted import LOG, PlantingBox, plant_content, plant_here, shown_in

KEY = compose(KeyId("tz4a98xxat96iws9zmbrgj3a"), "A" * 32)


@pytest.fixture(autouse=True)
def _cleared():
    """Leave nothing for the watch over this very test."""
    yield
    LOG.take()


@pytest.mark.parametrize(
    "secret",
    [KEY, "whsec_MfKQ9r8GKYqrTwjUPD8I", "123456789:" + "A" * 35, "Bearer x", "ada@example.com", "/in?token=abc"],
)
def test_what_looks_like_a_secret_is_seen_without_being_planted(secret):
    assert shown_in(f'{{"event":"x","value":"{secret}"}}')


def test_what_a_logger_of_ours_and_of_a_library_writes_is_searched():
    plant_here("hunter2-of-ours", "hunter2-of-theirs")
    get_logger("somewhere").debug("task.done", value="hunter2-of-ours")
    logging.getLogger("some.library").warning("took %s", "hunter2-of-theirs")
    assert shown_in(LOG.take()) == {"hunter2-of-ours", "hunter2-of-theirs"}


def test_a_traceback_is_searched():
    plant_here("hunter2-in-an-error")
    try:
        int("hunter2-in-an-error")
    except ValueError:
        get_logger().exception("task.crashed")
    assert shown_in(LOG.take()) == {"hunter2-in-an-error"}


def test_what_is_sealed_and_what_an_event_says_is_planted_by_itself():
    PlantingBox(b"s" * 32, lambda count: b"n" * count).seal(b'{"url":"hooks/abcdef","port":7}', "destination:1")
    plant_content("Sold for much", '{"plan":"ENTERPRISE","amount":1}')
    assert shown_in("hooks/abcdef") == {"hooks/abcdef"}
    assert shown_in("Sold for much ENTERPRISE") == {"Sold for much", "ENTERPRISE"}


def test_an_innocent_line_is_not_blamed():
    assert shown_in('{"event":"delivery.attempted","duration_ms":3,"event_id":"' + "e" * 32 + '"}') == set()
