"""Each service of the long tail really asks for the hosts that are written down for it, by https, and for no other."""

import json
import subprocess
import sys

import pytest

from pingpilot.domain.apprise_url import SERVICES, apprise_issue

A, FROM, TO = "a", "15551234567", "15557654321"
UUID = "6f1b8a5e-3b1c-4a52-8a3c-0d6f1f2e3a4b"
URLS = [
    f"46elks://user:pass@{FROM}/{TO}",
    f"bulksms://user:{A * 10}@{TO}",
    f"chanify://{A * 30}",
    f"clickatell://{A * 32}/{TO}",
    f"clicksend://user:{A * 20}@{TO}",
    f"d7sms://{A * 20}@{TO}",
    f"dingtalk://{A * 64}",
    f"feishu://{A * 36}",
    f"firehydrant://{A * 30}",
    f"flock://{A * 24}",
    "freemobile://user@pass",
    f"gchat://{A * 11}/{A * 39}/{A * 43}",
    f"groupme://{A * 26}",
    f"httpsms://{A * 30}@{FROM}/{TO}",
    f"ifttt://{A * 22}@event",
    f"ilert://{A * 30}",
    f"incidentio://{A * 26}/{A * 40}",
    f"join://{A * 32}",
    f"lark://{A * 36}",
    f"line://{A * 50}/U1234567",
    f"msgbird://{A * 25}/{FROM}/{TO}",
    f"notifiarr://{A * 32}/#12345678901",
    f"onesignal://{UUID}@{A * 48}/player1",
    f"pagerduty://{A * 32}@{A * 20}",
    f"pagerduty://{A * 32}@{A * 20}?region=eu",
    f"pagertree://int_{A * 10}",
    f"pbul://{A * 34}",
    f"plivo://{A * 25}@{A * 40}/{FROM}/{TO}",
    f"prowl://{A * 40}",
    f"psafers://{A * 20}",
    f"push://{UUID}",
    f"pushme://{A * 20}",
    f"pushplus://{A * 32}",
    f"pushy://{A * 64}/@device",
    f"schan://{A * 20}",
    f"seven://{A * 25}/{TO}",
    f"signl4://{A * 16}",
    f"spike://{A * 32}",
    f"splunk://route@{A * 36}",
    f"spush://{A * 10}",
    f"squadcast://{A * 40}",
    f"squadcast://{A * 40}?region=eu",
    f"telnyx://{A * 30}@{FROM}/{TO}",
    f"threema://*THEGWID@{A * 16}/{TO}",
    f"twilio://AC{A * 32}:{A * 32}@{FROM}/{TO}",
    f"viber://{A * 40}/{A * 24}",
    f"voipms://pass:user@example.com/{FROM}/{TO}",
    f"vonage://{A * 8}:{A * 16}@{FROM}/{TO}",
    f"wecombot://{A * 36}",
    f"wxpusher://AT_{A * 32}/UID_abcd",
    f"zoom://{A * 20}/{A * 20}",
]
"""One of each service, and of each of its regions."""


@pytest.fixture(scope="module")
def seen():
    """What each URL asked for."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.conformance.channels.apprise_hosts"],
        input="\n".join(URLS), capture_output=True, text=True, timeout=120, check=True,
    )  # fmt: skip
    return dict(zip(URLS, map(json.loads, done.stdout.splitlines()), strict=True))


def test_every_service_is_tried_here():
    assert {url.partition("://")[0] for url in URLS} == set(SERVICES)
    assert [url for url in URLS if apprise_issue(url)] == []


def test_a_service_asks_for_its_hosts_by_https_and_for_nothing_else(seen):
    strays = {
        url: found["hosts"]
        for url, found in seen.items()
        if not set(found["hosts"]) <= {f"{host}:443" for host in SERVICES[url.partition("://")[0]].hosts}
    }
    assert strays == {}


def test_no_host_is_written_down_that_nobody_asks_for(seen):
    asked = {host.removesuffix(":443") for found in seen.values() for host in found["hosts"]}
    assert {host for one in SERVICES.values() for host in one.hosts} == asked


def test_none_says_that_it_has_sent_what_it_could_not(seen):
    assert [url for url, found in seen.items() if found["is_sent"] or not found["is_url"]] == []
