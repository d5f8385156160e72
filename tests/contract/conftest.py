"""Fixtures of the HTTP contract: one running service, and a workspace without limits on it."""

import pytest

from tests.contract.shop import Shop, open_shop
from tests.servers.service import Service


@pytest.fixture(scope="session")
def shop(shared_service: Service) -> Shop:
    """A workspace without a limit and without a destination."""
    return open_shop(shared_service, "shop")
