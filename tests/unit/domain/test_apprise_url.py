"""Which Apprise URLs may be used."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pingpilot.domain.apprise_url import SERVICES, apprise_issue, service_of

TOKEN = "aBcDeFgHiJkLmNoPqRsTuVwXyZ01234567"


@pytest.mark.parametrize(
    "url",
    [
        f"pbul://{TOKEN}",
        f"pagerduty://{TOKEN}@{TOKEN}?region=eu&group=web",
        "vonage://ab12cd34:secret@15551234567/15557654321/?ttl=0",
        "notifiarr://key/#12345678901",
    ],
)
def test_a_service_whose_hosts_are_its_own_may_be_used(url):
    assert apprise_issue(url) is None
    assert service_of(url) is not None


@pytest.mark.parametrize(
    "url",
    [
        "json://10.0.0.1/", "jsons://example.com/", "xml://example.com", "form://localhost:8080", "apprise://host/token",
        "mailto://user:pass@example.com", "ntfy://topic", "tgram://token/chat", "slack://a/b/c", "mqtt://host",
        "syslog://", "dbus://", "gnome://", "windows://", "macosx://", "rsyslog://host", "smpp://host", "irc://host",
        "matrix://host", "mmost://host/token", "rocket://host", "hassio://host/token", "file:///etc/passwd",
        "http://169.254.169.254/", "https://hooks.example/x", "opsgenie://key", "PBUL://token", "pbul:token", "pbul://",
        "pbul://a b", "pbul://a\nb", "pbul://ümlaut", "", "://x", "pbul://" + "x" * 2_000,
    ],
)  # fmt: skip
def test_anything_else_is_refused_in_a_sentence(url):
    assert (apprise_issue(url) or "").endswith(".")


@pytest.mark.parametrize(("url", "label"), [("discord://a/b", "Discord"), ("pover://u@t", "Pushover")])
def test_what_we_speak_ourselves_is_named(url, label):
    assert f"Add the channel {label}" in (apprise_issue(url) or "")


@pytest.mark.parametrize(
    "query",
    [
        "verify=no", "VERIFY=no", "verif%79=no", "%20verify=no", "a=1;verify=no", "a=1&redirect=yes", "optional=yes",
        "rto=900", "cto=900", "overflow=split", "retry=9", "wait=9", "store=yes", "tag=x", "format=html",
        "template=/etc/passwd", "+Host=internal", "-x=1", ":a=b", "verify", "=x",
    ],
)  # fmt: skip
def test_options_that_are_not_for_a_url_to_decide_are_refused(query):
    assert "Leave out the option" in (apprise_issue(f"pbul://{TOKEN}/?{query}") or "")


@given(st.text(max_size=200) | st.text(max_size=200).map("pbul://".__add__))
def test_no_text_breaks_the_check(url):
    issue = apprise_issue(url)
    assert issue is None or issue.endswith(".")


def test_every_service_has_hosts_of_its_own():
    assert all(one.label and one.hosts for one in SERVICES.values())
    assert all("." in host and ":" not in host and "*" not in host for one in SERVICES.values() for host in one.hosts)
