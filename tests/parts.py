"""What to do when a part that a test needs is missing on this machine."""

import os

import pytest


def require(is_present: bool, reason: str) -> None:
    """Skip with the reason when a part is missing; fail where every part must be there."""
    if is_present:
        return
    if os.environ.get("PINGPILOT_TEST_REQUIRE_ALL") == "1":
        pytest.fail(f"missing part: {reason}")
    pytest.skip(reason)
