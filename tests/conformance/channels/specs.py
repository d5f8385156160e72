"""The providers' published descriptions, which lie beside the repository."""

import json
import os
from typing import Any

import pytest
import yaml

from tests.architecture.source import ROOT

SPECS = ROOT.parent / "shared" / "specs"


def published(name: str) -> Any:
    """Return a description, parsed; skip the test where it is absent."""
    path = SPECS / name
    if path.is_file():
        text = path.read_text("utf-8")
        return yaml.load(text, yaml.CSafeLoader) if path.suffix == ".yaml" else json.loads(text)
    reason = f"the provider's description {name} is not beside the repository"
    if os.environ.get("PINGPILOT_TEST_REQUIRE_ALL") == "1":
        pytest.fail(reason)
    return pytest.skip(reason)
