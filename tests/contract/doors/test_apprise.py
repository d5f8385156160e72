"""Apprise itself as the client: by its JSON and form addresses, by ours, and as it speaks to Gotify and ntfy."""

from pathlib import Path

import apprise
import pytest
from apprise import NotifyType

from tests.contract.doors.visitor import Told, Visitor

pytestmark = pytest.mark.filterwarnings("ignore:'imghdr':DeprecationWarning")
PLUGINS = Path(__file__).parents[3] / "docs" / "doors"


def sent(visitor: Visitor, url: str, kind: NotifyType = NotifyType.INFO) -> Told:
    """Send one notification and return the newest event."""
    asset = apprise.AppriseAsset(plugin_paths=[str(PLUGINS)], secure_logging=True)
    client = apprise.Apprise(asset=asset)
    assert client.add(url.format(key=visitor.key, host=f"127.0.0.1:{visitor.shop.port}"))
    before = visitor.shop.count()
    assert client.notify("The backup has failed", title="nas", notify_type=kind)
    assert visitor.shop.count() == before + 1
    statement = "SELECT id FROM store_event WHERE workspace_id = ? ORDER BY id DESC LIMIT 1"
    ((event_id,),) = visitor.shop.service.rows(statement, visitor.shop.workspace.id)
    return visitor.told(event_id)


@pytest.mark.parametrize(
    ("url", "category"),
    [
        ("json://{host}/in/apprise/{key}", "apprise"),
        ("json://{host}/in/apprise/{key}/backups", "backups"),
        ("form://{host}/in/apprise/{key}/backups", "backups"),
        ("json://{host}/in/apprise/?+Authorization=Bearer%20{key}", "apprise"),
        ("json://user:{key}@{host}/in/apprise/", "apprise"),
        ("gotify://{host}/{key}", "gotify"),
        ("gotify://{host}/in/gotify/backups/{key}", "backups"),
        ("ntfy://{key}@{host}/backups?auth=token", "backups"),
        ("pingpilot://{key}@{host}/backups", "backups"),
        ("pingpilot://{key}@{host}", "apprise"),
    ],
)
def test_every_way_in(visitor: Visitor, url: str, category: str):
    told = sent(visitor, url)
    assert (told.category, told.description) == (category, "nas\nThe backup has failed")


@pytest.mark.parametrize("scheme", ["json://{host}/in/apprise/{key}", "pingpilot://{key}@{host}"])
@pytest.mark.parametrize(
    ("kind", "severity"),
    [
        (NotifyType.INFO, "info"),
        (NotifyType.SUCCESS, "success"),
        (NotifyType.WARNING, "warning"),
        (NotifyType.FAILURE, "critical"),
    ],
)
def test_the_type_is_a_severity(visitor: Visitor, scheme: str, kind: NotifyType, severity: str):
    assert sent(visitor, scheme, kind).severity == severity


def test_what_the_address_adds_is_a_field(visitor: Visitor):
    assert sent(visitor, "json://{host}/in/apprise/{key}?:host=nas1").fields == {"host": "nas1"}


def test_a_wrong_key_is_a_failure(visitor: Visitor):
    client = apprise.Apprise()
    assert client.add(f"json://127.0.0.1:{visitor.shop.port}/in/apprise/pp_wrong")
    assert not client.notify("x")


def test_our_plugin_says_why_it_failed(visitor: Visitor, caplog: pytest.LogCaptureFixture):
    client = apprise.Apprise(asset=apprise.AppriseAsset(plugin_paths=[str(PLUGINS)]))
    assert client.add(f"pingpilot://{visitor.key}@127.0.0.1:{visitor.shop.port}/nobody-knows")
    with caplog.at_level("WARNING", "apprise"):
        assert not client.notify("x")
    assert 'PingPilot answered 404: You dont have a category named "nobody-knows" Make this category' in caplog.text
    assert visitor.key not in caplog.text
