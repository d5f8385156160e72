"""The settings themselves."""

import pytest
from pydantic import ValidationError

from pingpilot.config.secret import Secret
from pingpilot.config.settings import Settings


@pytest.mark.parametrize(
    ("host", "url"),
    [
        ("127.0.0.1", "http://127.0.0.1:8000"),
        ("0.0.0.0", "http://localhost:8000"),
        ("::", "http://localhost:8000"),
        ("::1", "http://[::1]:8000"),
        ("box.example", "http://box.example:8000"),
    ],
)
def test_the_public_url_follows_the_address_until_it_is_set(host, url):
    assert Settings(host=host).public_url == url
    assert Settings(host=host, public_url="https://p.example/").public_url == "https://p.example"


def test_a_replaced_port_moves_the_public_url_with_it():
    assert Settings().replaced(port=81).public_url == "http://127.0.0.1:81"
    assert Settings(public_url="https://p.example").replaced(port=81).public_url == "https://p.example"


def test_the_sender_follows_the_public_url():
    assert Settings(public_url="https://p.example").smtp_from == "PingPilot <pingpilot@p.example>"
    assert Settings().smtp_from == "PingPilot <pingpilot@localhost>"


def test_secrets_do_not_show():
    settings = Settings.model_validate(
        {"smtp_url": "smtp://u:hunter2@mail", "channels": {"telegram": {"bot_token": "hunter2"}}}
    )
    assert "hunter2" not in f"{settings!r} {settings} {settings.smtp_url} {settings.channels}"
    assert repr(Secret("hunter2")) == str(Secret("hunter2")) == "•••"
    assert settings.operator == {"telegram": {"bot_token": "hunter2"}}


def test_settings_never_change():
    with pytest.raises(ValidationError):
        Settings().port = 1


@pytest.mark.parametrize("name", [name for name in Settings.model_fields if name != "channels"])
def test_every_setting_says_what_it_is_and_what_is_right(name):
    field = Settings.model_fields[name]
    assert (field.description or "").endswith(".")
    assert isinstance(field.json_schema_extra, dict)
    assert field.json_schema_extra["expects"]
