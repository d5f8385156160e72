"""The laboratory itself: a few of everything that may go wrong, and nothing is lost or repeated unmarked."""

import subprocess
import sys

import pytest


@pytest.mark.timeout(240)
def test_whatever_goes_wrong_no_event_is_lost():
    done = subprocess.run(
        [sys.executable, "-m", "tests.lab", "--quick"], capture_output=True, text=True, check=False, timeout=230
    )
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr[-4_000:]}"
