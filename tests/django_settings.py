"""Django's settings for tests, for the type checker and for making migrations."""

import os
from datetime import UTC, datetime

from pingpilot.accounts.settings import Choices
from pingpilot.accounts.settings import settings_for as account_settings
from pingpilot.channels import find_channels
from pingpilot.domain.ids import TimeOrderedIds
from pingpilot.manage.services import Services
from pingpilot.wiring.django import Web, postgresql, settings_for, sqlite
from pingpilot.wiring.instance import Socket
from tests.planted import PlantingBox, plant

_database = os.environ.get("PINGPILOT_TEST_DATABASE", ":memory:")
_ids = TimeOrderedIds(lambda: int(datetime.now(UTC).timestamp() * 1000), os.urandom)
_socket = Socket()

SERVICES = Services(
    public_url="http://testserver",
    box=PlantingBox(b"a secret that is only for tests", os.urandom),
    channels=find_channels(),
    operator={"telegram": {"bot_token": plant("1:token-of-a-test"), "bot_username": "pingpilot_test_bot"}},
    has_smtp=True,
    keys_reveal=True,
    sign_up="open",
    allow_private=True,
    now=lambda: datetime.now(UTC),
    entropy=os.urandom,
    new_id=_ids.next,
    submit=_socket.submit,
    wake=_socket.wake,
    send=_socket.send,
)

globals().update(
    settings_for(
        Web(
            secret="only for tests",
            database=postgresql(_database) if _database.startswith("postgresql://") else sqlite(_database),
            public_url="http://testserver",
            sender="PingPilot <pingpilot@testserver>",
            accounts=account_settings(Choices(has_smtp=True)),
            has_issuer=True,
            smtp={"EMAIL_BACKEND": "django.core.mail.backends.locmem.EmailBackend"},
            services=SERVICES,
        )
    )
)
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
