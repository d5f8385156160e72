"""The main job: an event goes in by HTTP, and comes out as an e-mail and as a signed webhook call."""

from email.message import EmailMessage

import pytest
from standardwebhooks import Webhook, WebhookVerificationError

from tests.servers.hook import Hook, Received
from tests.servers.mailbox import Mailbox
from tests.servers.ports import wait_until
from tests.servers.service import Service, Workspace

EVENT = (
    b'{"category":"sale","description":"Jane bought <b>two</b> hats & a scarf","severity":"success",'
    b'"fields":{"amount":99.90,"customer":"J\xc3\xb6rg <script>alert(1)</script>","first order":true,"rank":0}}'
)


@pytest.fixture
def service(installation: Service, mailbox: Mailbox) -> Service:
    """A running service that sends its mail to the mailbox."""
    installation.settings["PINGPILOT_SMTP_URL"] = mailbox.url
    return installation.start()


@pytest.fixture
def workspace(service: Service) -> Workspace:
    made = service.workspace("jane@example.com")
    service.category(made)
    return made


def alert_in(mailbox: Mailbox) -> EmailMessage:
    """Wait for the one alert and return it."""

    def alerts() -> list[EmailMessage]:
        return [mail for mail in mailbox.mails if str(mail["Subject"]).startswith("PingPilot Alert")]

    wait_until(alerts, "an alert is mailed")
    (alert,) = alerts()
    return alert


def part_of(mail: EmailMessage, kind: str) -> str:
    (part,) = (part for part in mail.walk() if part.get_content_type() == kind)
    content: str = part.get_content()
    return content


def verified(received: Received, secret: str) -> object:
    """Return the content of a call whose signature the independent library accepts."""
    return Webhook(secret).verify(received.body, received.headers)


def test_an_event_arrives_by_mail_and_at_a_webhook(
    service: Service, workspace: Workspace, mailbox: Mailbox, hook: Hook
):
    service.destination(workspace, "email", "to=jane@example.com")
    made = service.destination(workspace, "webhook", f"url={hook.url}")
    answer = service.post(workspace.key, EVENT)
    assert (answer.status, "hint" in answer.json) == (200, False)

    alert = alert_in(mailbox)
    assert alert["Subject"] == "PingPilot Alert: 🔔 Sale"
    assert alert["To"] == "jane@example.com"
    assert alert.get_content_type() == "multipart/alternative"
    text, html = part_of(alert, "text/plain"), part_of(alert, "text/html")
    for shown in (text, html):
        assert "99.90" in shown
        assert answer.json["eventId"] in shown  # the link to its receipt
    assert "Jane bought <b>two</b> hats & a scarf" in text
    assert "Jane bought &lt;b&gt;two&lt;/b&gt; hats &amp; a scarf" in html
    assert "<script>" not in html
    assert "#FF6B6B".lower() in html.lower()

    (received,) = hook.wait_for(1)
    content = verified(received, made["made"]["secret"])
    assert content == received.json
    assert received.json["data"]["eventId"] == answer.json["eventId"]
    assert b'"fields":{"amount":99.90,' in received.body
    wait_until(lambda: status_of(service, workspace) == "DELIVERED", "the event counts as delivered")


def test_a_signature_over_other_bytes_is_refused(service: Service, workspace: Workspace, hook: Hook):
    made = service.destination(workspace, "webhook", f"url={hook.url}")
    service.post(workspace.key, EVENT)
    (received,) = hook.wait_for(1)
    forged = Received(received.path, received.headers, received.body.replace(b"99.90", b"99.91"))
    with pytest.raises(WebhookVerificationError):
        verified(forged, made["made"]["secret"])


def test_a_receiver_that_fails_at_first_gets_the_event_again_under_the_same_id(
    service: Service, workspace: Workspace, hook: Hook
):
    made = service.destination(workspace, "webhook", f"url={hook.url}")
    hook.status = 503
    service.post(workspace.key, EVENT)
    hook.wait_for(1)
    hook.status = 200
    first, second = hook.wait_for(2)
    assert first.headers["webhook-id"] == second.headers["webhook-id"]
    assert verified(second, made["made"]["secret"]) == first.json
    wait_until(lambda: status_of(service, workspace) == "DELIVERED", "the event counts as delivered")
    tries = service.rows("SELECT number, outcome FROM store_attempt ORDER BY number")
    assert [tuple(row) for row in tries] == [(1, "transient"), (2, "delivered")]


def test_one_channel_never_harms_another(service: Service, workspace: Workspace, mailbox: Mailbox, hook: Hook):
    hook.gate.clear()
    service.destination(workspace, "webhook", f"url={hook.url}")
    service.destination(workspace, "webhook", "url=http://127.0.0.1:1/closed")
    service.destination(workspace, "email", "to=jane@example.com")
    service.post(workspace.key, EVENT)
    assert alert_in(mailbox)["To"] == "jane@example.com"
    hook.gate.set()


def test_an_address_that_is_gone_is_disabled_and_the_others_stay(service: Service, workspace: Workspace, hook: Hook):
    service.destination(workspace, "webhook", f"url={hook.url}")
    hook.status = 410
    service.post(workspace.key, EVENT)
    wait_until(lambda: status_of(service, workspace) == "FAILED", "the event counts as failed")
    (listed,) = service.json("destinations", "list", "--workspace", str(workspace.id))
    assert listed["isDisabled"]
    wait_until(lambda: "hint" in service.post(workspace.key, EVENT).json, "no channel is left", 10)
    assert len(hook.requests) == 1


def test_a_test_message_arrives(service: Service, workspace: Workspace, hook: Hook):
    made = service.destination(workspace, "webhook", f"url={hook.url}")
    service.json("destinations", "test", str(made["destinationId"]), "--workspace", str(workspace.id))
    (received,) = hook.wait_for(1)
    assert verified(received, made["made"]["secret"]) == received.json


def test_the_logs_hold_no_key_no_address_and_no_payload(
    service: Service, workspace: Workspace, mailbox: Mailbox, hook: Hook
):
    made = service.destination(workspace, "webhook", f"url={hook.url}?token=hush")
    service.destination(workspace, "email", "to=jane@example.com")
    service.post(workspace.key, EVENT)
    alert_in(mailbox)
    hook.wait_for(1)
    hook.status = 500
    service.post(workspace.key, EVENT)
    wait_until(lambda: "delivery.attempted" in service.log, "the failure is logged")
    for secret in (workspace.key, made["made"]["secret"], "jane@example.com", "hush", "scarf", "99.90"):
        assert secret not in service.log


def status_of(service: Service, workspace: Workspace) -> str:
    latest, *_ = service.json("events", "list", "--workspace", str(workspace.id))
    return str(latest["status"])


def test_one_press_in_a_mail_program_stops_the_mails_and_the_owner_hears_of_it(
    installation: Service, mailbox: Mailbox, hook: Hook
):
    installation.settings |= {
        "PINGPILOT_SMTP_URL": mailbox.url,
        "PINGPILOT_PUBLIC_URL": "https://a-rather-long-name-of-a-host.pings.example.com",
    }
    service = installation.start()
    workspace = service.workspace("jane@example.com")
    service.category(workspace)
    service.destination(workspace, "email", "to=jane@example.com")
    service.destination(workspace, "webhook", f"url={hook.url}")
    assert service.post(workspace.key, EVENT).status == 200
    alert = alert_in(mailbox)
    assert alert["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    link = str(alert["List-Unsubscribe"]).strip("<>")
    assert link.startswith(installation.settings["PINGPILOT_PUBLIC_URL"] + "/unsubscribe/")
    assert link in part_of(alert, "text/plain")
    assert link in part_of(alert, "text/html")

    hook.wait_for(1)
    form = {
        "Content-Type": "application/x-www-form-urlencoded",
        "Host": "a-rather-long-name-of-a-host.pings.example.com",
    }
    path = "/unsubscribe/" + link.rpartition("/")[2]
    assert service.request("POST", path, b"List-Unsubscribe=One-Click", form).status == 200
    notice = hook.wait_for(2)[1].json["data"]
    assert "was switched off" in notice["description"]
    assert "unsubscribed" in notice["description"]
    service.post(workspace.key, EVENT)
    hook.wait_for(3)
    alert_in(mailbox)  # no second one
