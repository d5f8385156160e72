"""Fixtures of the doors' contracts: a workspace that has a category for each of them."""

import pytest

from pingpilot.doors.catalogue import SERVICES
from tests.contract.doors.visitor import Visitor
from tests.contract.shop import open_shop
from tests.servers.service import Service


@pytest.fixture(scope="session")
def visitor(shared_service: Service) -> Visitor:
    """Somebody with a key of a workspace without a limit; its categories: sale, backups, and one for each service."""
    shop = open_shop(shared_service, "doors")
    for name in ("backups", *(service.name for service in SERVICES)):
        shared_service.category(shop.workspace, name)
    return Visitor(shop)
