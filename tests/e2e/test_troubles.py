"""Who hears of it when a channel fails: its owner on another one, and the operator by mail."""

from collections.abc import Iterator

import pytest

from tests.servers.hook import Hook, running_hook
from tests.servers.mailbox import Mailbox
from tests.servers.ports import wait_until
from tests.servers.service import Service

TOKEN = "123456789:AAtoken-of-a-test-0123456789"
PATIENCE_S = 30

pytestmark = pytest.mark.timeout(120)


@pytest.fixture
def second() -> Iterator[Hook]:
    """Another webhook receiver."""
    with running_hook() as receiver:
        yield receiver


def test_an_owner_hears_on_another_channel_that_one_was_switched_off(installation: Service, hook: Hook, second: Hook):
    service = installation.start()
    workspace = service.workspace()
    service.category(workspace)
    dying = service.destination(workspace, "webhook", f"url={hook.url}")
    service.destination(workspace, "webhook", f"url={second.url}")
    hook.status = 410
    service.post(workspace.key, {"category": "sale"})
    calls = second.wait_for(2, PATIENCE_S)  # the sale, and the notice
    notice = next(call.json["data"] for call in calls if call.json["data"]["category"] == "pingpilot")
    assert notice["severity"] == "warning"
    assert "was switched off: it gets no more events." in notice["description"]
    assert notice["url"] == f"{service.url}/dashboard/channels/{dying['destinationId']}"
    assert "destination.disabled" in service.log
    assert service.rows("SELECT used FROM store_quota") == [(1,)]  # for the sale alone

    service.stop()  # whoever starts again does not tell it again
    service.start()
    service.post(workspace.key, {"category": "sale"})
    second.wait_for(3, PATIENCE_S)
    assert [call.json["data"]["category"] for call in second.requests].count("pingpilot") == 1


def test_the_operator_hears_by_mail_that_a_bot_is_refused(installation: Service, hook: Hook, mailbox: Mailbox):
    installation.settings |= {
        "PINGPILOT_SMTP_URL": mailbox.url,
        "PINGPILOT_TELEGRAM_BOT_TOKEN": TOKEN,
        "PINGPILOT_TELEGRAM_API_URL": hook.url.removesuffix("/hook"),
    }
    hook.status = 401
    service = installation.start()
    workspace = service.workspace("op@example.com")  # the first account runs the instance
    service.category(workspace)
    service.destination(workspace, "telegram", "chat_id=77")
    for _ in range(3):
        service.post(workspace.key, {"category": "sale"})
    wait_until(lambda: mailbox.mails, "the operator is told", PATIENCE_S)
    (mail,) = mailbox.mails
    assert (mail["To"], mail["Subject"]) == ("op@example.com", "PingPilot Alert: ⚠️ Telegram does not work")
    body = mail.get_body(("plain",))
    assert body is not None
    assert "Check PINGPILOT_TELEGRAM_BOT_TOKEN" in body.get_content()
    assert service.log.count('"event": "sender.broken"') == 1  # once for the whole pause
    assert TOKEN not in service.log + body.get_content()
    held = [("PENDING", 0)] * 3  # what was leased when the bot was refused is given back soon
    wait_until(lambda: service.rows("SELECT state, attempts FROM store_delivery") == held, "all is held", PATIENCE_S)


def test_settings_that_cannot_be_unsealed_are_the_operators_and_what_is_mended_goes_at_once(
    installation: Service, hook: Hook, mailbox: Mailbox
):
    installation.settings["PINGPILOT_SMTP_URL"] = mailbox.url
    service = installation.start()
    workspace = service.workspace("op@example.com")
    service.category(workspace)
    number = service.destination(workspace, "webhook", f"url={hook.url}")["destinationId"]
    ((sealed,),) = service.rows("SELECT sealed FROM store_destination WHERE id = ?", number)
    service.rows("UPDATE store_destination SET sealed = ? WHERE id = ?", b"x" * len(sealed), number)
    for _ in range(3):
        assert service.post(workspace.key, {"category": "sale"}).status == 200
    wait_until(lambda: mailbox.mails, "the operator is told", PATIENCE_S)
    (mail,) = mailbox.mails
    assert (mail["To"], mail["Subject"]) == ("op@example.com", "PingPilot Alert: ⚠️ Destinations need you")
    body = mail.get_body(("plain",))
    assert body is not None
    assert "secret.key" in body.get_content()
    assert hook.requests == []

    service.rows("UPDATE store_destination SET sealed = ? WHERE id = ?", sealed, number)
    service.json("destinations", "test", str(number), "--workspace", str(workspace.id))  # from another process
    assert len(hook.wait_for(4, PATIENCE_S)) == 4  # what waited, and the test; the pause was for 5 minutes
    wait_until(lambda: service.rows("SELECT count(*) FROM store_brokensender") == [(0,)], "it is over", PATIENCE_S)
