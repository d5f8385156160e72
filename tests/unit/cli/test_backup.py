"""A backup is whole though events come in meanwhile, and comes back; what cannot be restored changes nothing."""

import shutil
import threading
from pathlib import Path

import pytest

from pingpilot.cli.backup import _free_name
from tests.servers.service import Service, Workspace


@pytest.fixture
def running(installation: Service) -> tuple[Service, Workspace]:
    service = installation.start()
    workspace = service.workspace()
    service.category(workspace)
    service.destination(workspace, "webhook", "url=http://127.0.0.1:9/x")
    return service, workspace


def send(service: Service, workspace: Workspace, count: int = 1) -> list[str]:
    return [service.post(workspace.key, {"category": "sale"}).json["eventId"] for _ in range(count)]


def events(service: Service) -> set[str]:
    return {str(row[0]).replace("-", "") for row in service.rows("SELECT id FROM store_event")}


def moved(service: Service, folder: Path) -> Service:
    """Return another installation on another machine, with the secret of the first."""
    (folder / "data").mkdir(parents=True)
    shutil.copy(service.folder / "data" / "secret.key", folder / "data")
    return Service(folder, launch=service.launch)


def test_a_backup_under_load_comes_back_on_another_machine(running: tuple[Service, Workspace], tmp_path: Path):
    service, workspace = running
    before = set(send(service, workspace, 20))
    ended = threading.Event()

    def go_on():
        while not ended.is_set():
            send(service, workspace)

    load = threading.Thread(target=go_on)
    load.start()
    try:
        done = service.json("backup", "copy.db")
    finally:
        ended.set()
        load.join()
    copy = service.folder / "copy.db"
    assert done["bytes"] == copy.stat().st_size
    assert copy.stat().st_mode & 0o777 == 0o600
    assert not [path.name for path in service.folder.glob("copy.db?*")]
    other = moved(service, tmp_path / "other")
    restored = other.json("restore", str(copy))
    assert restored["sealed under another secret"] == 0
    assert before <= events(other) <= events(service)
    other.start()
    try:
        assert other.post(workspace.key, {"category": "sale"}).status == 200
    finally:
        assert other.stop() == 0


def test_nothing_is_written_over_unasked(running: tuple[Service, Workspace]):
    service, _ = running
    service.json("backup", "copy.db")
    again = service.run("backup", "copy.db")
    assert (again.returncode, "is there already" in again.stderr) == (2, True)
    assert service.run("backup", "copy.db", "--replace").returncode == 0
    assert service.run("restore", "copy.db").stderr.startswith("pingpilot: Another PingPilot server")


def test_a_database_that_is_replaced_is_kept_beside(running: tuple[Service, Workspace]):
    service, workspace = running
    service.json("backup", "copy.db")
    later = set(send(service, workspace, 3))
    service.stop()
    refused = service.run("restore", "copy.db")
    assert (refused.returncode, "--replace" in refused.stderr) == (2, True)
    done = service.json("restore", "copy.db", "--replace")
    assert not later & events(service)
    assert Path(done["kept"]).exists()
    service.json("restore", done["kept"], "--replace")
    assert later <= events(service)


def test_what_is_kept_aside_within_one_second_has_a_name_of_its_own(tmp_path: Path):
    first = tmp_path / "pingpilot.db.before-20260301-120000"
    names = []
    for _ in range(3):
        names.append(_free_name(first))
        names[-1].touch()
    assert [name.name for name in names] == [first.name, f"{first.name}-2", f"{first.name}-3"]


@pytest.mark.parametrize(
    ("content", "said"),
    [(None, "cannot be read"), (b"not a database", "is no SQLite database"), (b"SQLite format 3\0" + b"x" * 5000, "")],
)
def test_what_is_no_backup_is_refused_and_changes_nothing(
    running: tuple[Service, Workspace], content: bytes | None, said: str
):
    service, workspace = running
    kept = set(send(service, workspace))
    service.stop()
    if content is not None:
        (service.folder / "copy.db").write_bytes(content)
    refused = service.run("restore", "copy.db", "--replace")
    assert (refused.returncode, said in refused.stderr) == (2, True), refused.stderr
    assert events(service) == kept


def test_a_backup_without_its_secret_is_told_so(running: tuple[Service, Workspace], tmp_path: Path):
    service, _ = running
    service.json("backup", "copy.db")
    (tmp_path / "other").mkdir()
    other = Service(tmp_path / "other", launch=service.launch)
    refused = other.run("restore", str(service.folder / "copy.db"))
    assert refused.returncode == 2
    assert "sealed values belong to another secret" in refused.stderr
