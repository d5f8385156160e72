"""Endpoints of other owners, on a host of their own."""

from tests.lab.dialects.webhook import REFUSALS, limited, read, taken

__all__ = ["REFUSALS", "limited", "read", "taken"]
