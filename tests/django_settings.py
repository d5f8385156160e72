"""Django's settings for the type checker and for making migrations; the tests set their own database."""

import os

from pingpilot.wiring.django import Web, sqlite, settings_for

globals().update(
    settings_for(
        Web(
            secret="only for tests",
            database=sqlite(os.environ.get("PINGPILOT_TEST_DATABASE", ":memory:")),
            public_url="http://testserver",
            sender="PingPilot <pingpilot@testserver>",
        )
    )
)
