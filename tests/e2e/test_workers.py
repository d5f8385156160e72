"""Several workers beside servers that only accept: one listens to Telegram, and all of them deliver."""

import json
import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from pingpilot.channels.telegram import LINKED
from tests.servers.ports import wait_until
from tests.servers.postgresql import fresh_database
from tests.servers.process import Launch, Process, Streams
from tests.servers.service import Service
from tests.servers.telegram import NAME, TOKEN, Telegram, running_telegram

CHAT = 4_711
TAKEN_OVER_WITHIN_S = 5
"""Source: the issue of scaling out, "takeover in under 5 s"."""
CHORES = {"filing", "clearing", "tallying", "telling", "releasing", "quota", "retention", "alerting"}
SLACK_S = 5
"""For a machine that has much else to do."""


@pytest.fixture
def telegram() -> Iterator[Telegram]:
    with running_telegram() as server:
        yield server


@pytest.fixture
def service(launch: Launch, postgresql: str, telegram: Telegram, tmp_path: Path) -> Iterator[Service]:
    """A server that only accepts, on PostgreSQL."""
    with fresh_database(postgresql, f"pp_workers_{os.getpid()}") as url:
        settings = {
            "PINGPILOT_DATABASE_URL": url,
            "PINGPILOT_SECRET_KEY": "5" * 64,
            "PINGPILOT_TELEGRAM_BOT_TOKEN": TOKEN,
            "PINGPILOT_TELEGRAM_API_URL": telegram.url,
        }
        service = Service(tmp_path, settings, launch=launch)
        assert service.run("migrate").returncode == 0
        yield service.start("--no-worker")
        assert service.stop() == 0


@pytest.fixture
def worker(service: Service, launch: Launch) -> Iterator[Callable[[], Process]]:
    begun: list[Process] = []
    with ExitStack() as stack:

        def begin() -> Process:
            number = len(begun)
            log = stack.enter_context((service.folder / f"worker-{number}.log").open("ab"))
            nothing = stack.enter_context(Path(os.devnull).open("rb"))
            data = {"PINGPILOT_DATA_DIR": str(service.folder / f"data-{number}")}
            streams = Streams(nothing.fileno(), log.fileno(), log.fileno())
            begun.append(launch(["worker"], service.environment | data, service.folder, streams))
            return begun[-1]

        yield begin
        for one in begun:
            if one.poll() is None:
                one.send_signal(signal.SIGTERM)
                assert one.wait(30) == 0


def test_one_of_two_workers_listens_and_the_other_takes_over(
    service: Service, telegram: Telegram, worker: Callable[[], Process]
):
    first = worker()
    wait_until(lambda: telegram.polling, "the first worker listens")
    worker()
    wait_until(lambda: "leadership" in (service.folder / "worker-0.log").read_text(), "it says that it leads")
    workspace = service.workspace()
    service.category(workspace)
    wait_until(lambda: f"t.me/{NAME}" in link_of(service, workspace.key), "the server knows the name of the bot")
    telegram.write(CHAT, f"/start {workspace.key}")
    telegram.wait_for(LINKED)
    assert service.post(workspace.key, {"category": "sale"}).status == 200
    telegram.wait_for("Event Notification")
    time.sleep(2)  # the second has tried meanwhile
    assert telegram.polling_most == 1
    first.kill()
    killed_at = time.monotonic()
    telegram.write(CHAT + 1, f"/start {workspace.key}")
    wait_until(
        lambda: any(LINKED in one["text"] and one["chat_id"] == CHAT + 1 for one in telegram.sent),
        "the second worker listens",
    )  # it may hear of the first chat once more: nobody told that this was heard
    assert time.monotonic() - killed_at < TAKEN_OVER_WITHIN_S + SLACK_S
    assert service.post(workspace.key, {"category": "sale"}).status == 200
    wait_until(lambda: sum("Event Notification" in one["text"] for one in telegram.sent) == 3, "and delivers")


def test_each_chore_is_done_by_one_worker_and_by_the_other_once_that_is_gone(
    service: Service, worker: Callable[[], Process]
):
    first = worker()
    wait_until(lambda: led_by(service, 0) >= CHORES, "the first worker does them all")
    worker()
    workspace = service.workspace()
    service.category(workspace)
    assert service.post(workspace.key, {"category": "sale", "description": "early"}).status == 200
    wait_until(lambda: found(service, workspace.key, "early") == 1, "it files")
    time.sleep(2)  # the second has tried meanwhile
    assert not led_by(service, 1)
    first.kill()
    killed_at = time.monotonic()
    assert service.post(workspace.key, {"category": "sale", "description": "late"}).status == 200
    wait_until(lambda: led_by(service, 1) >= CHORES, "the second worker does them all")
    assert time.monotonic() - killed_at < TAKEN_OVER_WITHIN_S + SLACK_S
    wait_until(lambda: found(service, workspace.key, "late") == 1, "and files")


def led_by(service: Service, number: int) -> set[str]:
    """Return the works that a worker said it leads."""
    log = service.folder / f"worker-{number}.log"
    lines = log.read_text().splitlines() if log.exists() else []
    said = [json.loads(line) for line in lines if line.startswith("{")]
    return {line["work"] for line in said if line["event"] == "leadership.gained"}


def found(service: Service, key: str, word: str) -> int:
    """Return how many events a search finds."""
    answer = service.request("GET", f"/api/v1/events?q={word}", b"", {"Authorization": f"Bearer {key}"})
    return len(json.loads(answer.body)["events"])


def link_of(service: Service, key: str) -> str:
    """Ask the server for a link; empty while it cannot make one."""
    answer = service.request(
        "POST",
        "/api/v1/destinations",
        b'{"channel": "telegram", "settings": {}}',
        {"Authorization": f"Bearer {key}", "Content-Type": "application/json"},
    )
    return answer.body.decode()
