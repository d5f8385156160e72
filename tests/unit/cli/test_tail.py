"""`pingpilot tail`: what comes is shown once, in order, over times in which the server is away, until Ctrl-C."""

import json
import signal
from contextlib import contextmanager
from pathlib import Path

import pytest

from pingpilot.cli.following import KNOWN_MAX, Following
from pingpilot.cli.tail import line
from tests.servers.ports import wait_until
from tests.servers.process import Streams, run_to_end


@contextmanager
def tailing(service, key, folder, *arguments):
    """Follow a service; gives what is said so far. Ended by Ctrl-C, which is a good end."""
    environ = {"PINGPILOT_URL": service.url, "PINGPILOT_API_KEY": key}
    words = ["tail", "--every", "0.2", *arguments]
    with (folder / "said").open("w") as said, (folder / "told").open("w") as told, Path("/dev/null").open() as nothing:
        process = service.launch(words, environ, folder, Streams(nothing.fileno(), said.fileno(), told.fileno()))
        try:
            yield lambda: (folder / "said").read_text().splitlines()
            process.send_signal(signal.SIGINT)
            assert process.wait(20) == 0
        finally:
            process.kill()
    assert "Traceback" not in (folder / "told").read_text()


@pytest.fixture
def shop(installation):
    installation.start()
    workspace = installation.workspace()
    installation.category(workspace)
    installation.category(workspace, "bug")
    return installation, workspace.key


def send(shop, text, category="sale", **members):
    service, key = shop
    assert service.post(key, {"category": category, "description": text, **members}).status == 200


def test_what_comes_is_shown_in_order_also_after_the_server_was_away(shop, tmp_path):
    service, key = shop
    send(shop, "before")
    with tailing(service, key, tmp_path, "--json") as said:
        wait_until(lambda: len(said()) == 1, "what was there is shown")
        for number in range(250):
            send(shop, f"number {number}")
        wait_until(lambda: len(said()) == 251, "what came is shown")
        service.kill()
        wait_until(lambda: "Trying again" in (tmp_path / "told").read_text(), "it is said that the server is away")
        service.start()
        send(shop, "after")
        wait_until(lambda: len(said()) == 252, "what came after is shown", 60)
        shown = [json.loads(text)["description"] for text in said()]
    assert shown == ["before", *(f"number {number}" for number in range(250)), "after"]
    assert "connected again" in (tmp_path / "told").read_text()


def test_only_what_was_asked_for_is_shown(shop, tmp_path):
    service, key = shop
    send(shop, "old")
    with tailing(service, key, tmp_path, "--last", "0", "--category", "bug", "--severity", "critical") as said:
        send(shop, "not this")
        send(shop, "nor this", "bug")
        wait_until(lambda: send(shop, "this", "bug", severity="critical") or said(), "it is shown")
        assert all("this" in text and "bug" in text for text in said())


@pytest.mark.parametrize(
    ("environ", "code", "said"),
    [
        ({"PINGPILOT_API_KEY": "pp_wrong"}, 1, "Invalid API key"),
        ({"PINGPILOT_API_KEY": ""}, 2, "There is no API key."),
    ],
)
def test_what_will_not_become_better_ends_it(shop, launch, tmp_path, environ, code, said):
    done = run_to_end(launch, ["tail"], {"PINGPILOT_URL": shop[0].url, **environ}, tmp_path)
    assert (done.returncode, done.stdout) == (code, "")
    assert said in done.stderr


def event(number, at=None):
    return {"id": f"{number:06}", "occurredAt": f"{number if at is None else at:06}"}


class List:
    """A list as the API pages it, a hundred at a time."""

    def __init__(self, count):
        self.events = [event(number) for number in range(count)]

    def page(self, cursor):
        newest = sorted(self.events, key=lambda one: (one["occurredAt"], one["id"]), reverse=True)
        start = int(cursor or 0)
        return newest[start : start + 100], str(start + 100) if start + 100 < len(newest) else None


def test_what_was_there_before_is_no_news_however_much_comes():
    events = List(1_000)
    following = Following(events.page)
    assert [one["id"] for one in following.begin()] == [f"{number:06}" for number in range(900, 1_000)]
    events.events += [event(number) for number in range(1_000, 1_350)]
    news, is_all = following.look()
    assert ([one["id"] for one in news], is_all) == ([f"{number:06}" for number in range(1_000, 1_350)], True)
    assert following.look() == ([], True)


def test_a_late_one_is_news_too():
    events = List(50)
    following = Following(events.page)
    following.begin()
    events.events.append(event(7_000, at=20))
    assert [one["id"] for one in following.look()[0]] == ["007000"]


def test_it_remembers_no_more_than_it_may_and_shows_nothing_twice():
    events = List(0)
    following = Following(events.page)
    following.begin()
    shown = 0
    for number in range(0, 3 * KNOWN_MAX, 4_000):
        events.events = [*events.events[-200:], *(event(one) for one in range(number, number + 4_000))]
        shown += len(following.look()[0])
    assert shown == 3 * KNOWN_MAX
    assert len(following._known) == len(following._order) == KNOWN_MAX


def test_too_many_at_once_are_said_to_be_left_out():
    events = List(100)
    following = Following(events.page)
    following.begin()
    events.events += [event(number) for number in range(100, 12_100)]
    news, is_all = following.look()
    assert (len(news), is_all) == (10_000, False)
    assert following.look() == ([], True)


def test_no_event_commands_a_terminal():
    shown = {
        "occurredAt": "2026-01-31T12:00:00.000Z",
        "category": "bug",
        "severity": "info",
        "description": "a\x1b[2J\nb\r\x9b",
        "fields": {"k\x07": "v\x1b]0;x\x07"},
    }
    text = line(shown).replace("\x1b[2m", "").replace("\x1b[0m", "")
    assert text.isprintable()
    assert text.endswith("bug             a [2J b    k =v ]0;x ")
