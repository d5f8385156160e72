"""One server with real limits for the tests of what is read and written."""

from collections.abc import Iterator

import pytest

from tests.servers.http import Http, running_http
from tests.unit.wiring.sample import app


@pytest.fixture(scope="module")
def http() -> Iterator[Http]:
    """A running server."""
    with running_http(app) as running:
        yield running
