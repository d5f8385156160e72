"""A page hears what other processes do: on PostgreSQL, events taken in by one server and delivered by a worker."""

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.servers.hook import Hook
from tests.servers.ports import free_port, wait_until
from tests.servers.postgresql import fresh_database
from tests.servers.process import Launch, Streams
from tests.servers.service import Service
from tests.servers.watcher import PASSWORD, Watch, sign_in, watching

pytestmark = pytest.mark.timeout(180)


@pytest.fixture
def here(launch: Launch, postgresql: str, tmp_path: Path) -> Iterator[Service]:
    """A server that accepts, and shows pages."""
    with fresh_database(postgresql, f"pp_live_{os.getpid()}") as url:
        service = Service(tmp_path, {"PINGPILOT_DATABASE_URL": url, "PINGPILOT_SECRET_KEY": "5" * 64}, launch=launch)
        assert service.run("migrate").returncode == 0
        yield service.start("--no-worker")
        assert service.stop() == 0


@contextmanager
def elsewhere(here: Service, name: str, *command: str) -> Iterator[Service]:
    """Run another process of the same installation, on what might be another machine."""
    folder = here.folder / name
    folder.mkdir()
    service = Service(folder, dict(here.settings), port=free_port(), launch=here.launch)
    with (folder / "log").open("ab") as log, Path(os.devnull).open("rb") as nothing:
        streams = Streams(nothing.fileno(), log.fileno(), log.fileno())
        service.process = here.launch(list(command), service.environment, folder, streams)
    try:
        yield service
    finally:
        assert service.stop() == 0


def until(watch: Watch, pattern: str, shown: str = "") -> str:
    """Read what the page is told until it says so, if what it shows does not yet; return that."""
    while not re.search(pattern, shown, re.DOTALL):
        shown = watch.event(but=("beat",))[1]
    return shown


def test_what_others_take_in_and_deliver_is_shown(here: Service, hook: Hook):
    shop = here.workspace(password=PASSWORD)
    here.category(shop)
    here.destination(shop, "webhook", f"url={hook.url}")
    with elsewhere(here, "worker", "worker"), elsewhere(here, "other", "serve", "--no-worker") as other:
        there = sign_in(here, shop.email)
        wait_until(other.is_ready, "the other server is ready", 60)
        with watching(there, here, shop.id, there.part("/dashboard/events")) as watch:
            assert watch.status == 200
            from_here = here.post(shop.key, {"category": "sale", "description": "Taken in here"})
            shown = until(
                watch, rf"Taken in here.*{from_here.json['eventId']}|{from_here.json['eventId']}.*Taken in here"
            )
            until(watch, "Delivered", shown)
            hook.status = 410
            from_there = other.post(shop.key, {"category": "sale", "description": "Taken in elsewhere"})
            assert from_there.status == 200
            until(watch, "Taken in elsewhere.*Failed|Failed.*Taken in elsewhere")
