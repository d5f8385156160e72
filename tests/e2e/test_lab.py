"""The laboratory itself: a little of everything that may go wrong, and nothing is lost or repeated unmarked."""

import subprocess
import sys

import pytest

PATIENCE_S = 400
"""Some 20 s on a machine that has nothing else to do."""


@pytest.mark.timeout(PATIENCE_S + 20)
def test_whatever_goes_wrong_no_event_is_lost():
    words = [sys.executable, "-m", "tests.lab", "--quick"]
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as lab:
        try:
            said, told = lab.communicate(timeout=PATIENCE_S)
        finally:
            lab.terminate()  # it ends what it has started
    assert lab.returncode == 0, f"{said}\n{told[-4_000:]}"
