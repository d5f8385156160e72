"""The log of a whole journey, at its most talkative, holds no key, token, secret, address, password or payload."""

import http.cookiejar
import re
import urllib.error
import urllib.request
from collections.abc import Iterator
from urllib.parse import urlencode

import pytest

from pingpilot.channels.telegram import LINKED
from tests.servers.hook import Hook
from tests.servers.mailbox import Mailbox
from tests.servers.ports import wait_until
from tests.servers.service import Service
from tests.servers.telegram import NAME, TOKEN, Telegram, running_telegram

ADDRESS, OTHER = "ada.lovelace@example.com", "somebody.else@example.com"
PASSWORD, WRONG = "planted correct horse", "planted wrong battery"
PAYLOAD, FIELD = "planted words of an event", "planted-field-value"
FORGED = "pp_" + "a" * 24 + "_" + "B" * 38
TOKENS = re.compile(r"/(?:reset|verify-email|channels/confirm)/(\S+)")


@pytest.fixture
def telegram() -> Iterator[Telegram]:
    with running_telegram() as server:
        yield server


@pytest.fixture
def service(installation: Service, telegram: Telegram, mailbox: Mailbox) -> Service:
    installation.settings |= {
        "PINGPILOT_TELEGRAM_BOT_TOKEN": TOKEN,
        "PINGPILOT_TELEGRAM_BOT_USERNAME": NAME,
        "PINGPILOT_TELEGRAM_API_URL": telegram.url,
        "PINGPILOT_SMTP_URL": mailbox.url,
        "PINGPILOT_LOG_LEVEL": "debug",
        "PINGPILOT_SECRET_KEY": "planted-secret-of-the-instance-" * 2,
    }
    return installation.start()


class Browser:
    """Fills in forms, as a browser without script does."""

    def __init__(self, service: Service) -> None:
        self._url = service.url
        jar = urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar())
        self._opener = urllib.request.build_opener(jar)

    def post(self, path: str, page: str = "", **fields: str) -> str:
        token = re.search(r'csrfmiddlewaretoken" value="(\w+)"', self.get(page or path))
        assert token is not None
        return self._open(path, urlencode({"csrfmiddlewaretoken": token[1], **fields}).encode())

    def get(self, path: str) -> str:
        return self._open(path, None)

    def _open(self, path: str, body: bytes | None) -> str:
        try:
            with self._opener.open(self._url + path, body, 30) as answer:
                return str(answer.read().decode())
        except urllib.error.HTTPError as refused:
            with refused:
                return refused.read().decode()


def test_a_whole_journey_leaves_no_secret_in_the_log(
    service: Service, telegram: Telegram, mailbox: Mailbox, hook: Hook
):
    workspace = service.workspace(ADDRESS, password=PASSWORD)
    service.category(workspace)
    made = service.destination(workspace, "webhook", f"url={hook.url}/planted-path?planted=query")
    service.destination(workspace, "email", f"to={ADDRESS}")
    telegram.write(4_711, f"/start {workspace.key}")
    telegram.wait_for(LINKED)
    sign_in_and_about(service, workspace.key)
    send(service, workspace.key, hook)
    guess_and_report(service, workspace.key)
    wait_until(lambda: links_in(mailbox), "a link is mailed")
    disabled = "SELECT 1 FROM store_destination WHERE kind = 'webhook' AND disabled_at IS NOT NULL"
    wait_until(lambda: service.rows(disabled), "the webhook is switched off")
    service.secrets |= {
        *(made["made"]["secret"], TOKEN, ADDRESS, OTHER, PASSWORD, WRONG, PAYLOAD, FIELD, FORGED),
        *("planted", "4711", telegram.url, hook.url),
        *links_in(mailbox),
    }
    assert service.stop() == 0
    assert service.leaked() == set()
    assert "delivery.attempted" in service.log, "the log is empty: nothing was proven"


def sign_in_and_about(service: Service, key: str) -> None:
    browser = Browser(service)
    browser.post("/sign-in", login=OTHER, password=WRONG)
    browser.post("/sign-in", login=ADDRESS, password=WRONG)
    assert "API key" in browser.post("/sign-in", login=ADDRESS, password=PASSWORD)
    assert key in browser.post("/dashboard/api-key/reveal", "/dashboard/api-key")
    Browser(service).post("/forgot", email=ADDRESS)
    Browser(service).post("/sign-up", email=OTHER, password1=PASSWORD)


def send(service: Service, key: str, hook: Hook) -> None:
    event = {"category": "sale", "description": PAYLOAD, "fields": {"x": FIELD}}
    service.post(key, event)
    hook.wait_for(1)
    hook.status = 410  # the next one dies, and says so
    service.post(key, event)
    hook.wait_for(2)
    for body in (f'{{"category":"sale","{PAYLOAD}":1}}'.encode(), PAYLOAD.encode()):
        service.post(key, body)


def guess_and_report(service: Service, key: str) -> None:
    service.post(FORGED, {"category": "sale"})
    service.request("POST", f"/hooks/telegram?{FORGED}", PAYLOAD.encode(), {"X-Telegram-Bot-Api-Secret-Token": FORGED})
    service.request("GET", f"/{FORGED}", headers={"Authorization": f"Bearer {key}"})
    leaked = f'{{"key":"{key}"}}'.encode()
    assert service.request("POST", "/api/v1/keys/leaked", leaked, {"Content-Type": "application/json"}).status == 204


def links_in(mailbox: Mailbox) -> set[str]:
    bodies = [mail.get_body(("plain",)) for mail in mailbox.mails]
    return {token for body in bodies if body is not None for token in TOKENS.findall(str(body.get_content()))}
