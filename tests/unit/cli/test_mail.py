"""`pingpilot mail`: what becomes of a mail that a mail server hands over."""

import json
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pingpilot.cli import typed_mail
from tests.contract.shop import open_shop
from tests.servers.process import run_to_end

NOW = datetime.now(UTC).replace(microsecond=0)
PLAIN = f"""\
From nagios@mon.example Thu Nov 26 15:40:00 2026
From: Nagios <nagios@mon.example>
To: alerts@ping.example
Subject: =?utf-8?b?RGlzayBmdWxsIPCfkr4=?=
Date: {format_datetime(NOW - timedelta(hours=1))}
Message-ID: <1@mon.example>
Content-Type: text/plain; charset=utf-8

/var is at 97 %


Look at it.
"""
PAGE = """\
Subject: Backup
Content-Type: text/html; charset=latin-1

<html><head><title>no</title><style>p {}</style></head><body>
<h1>Backup</h1><p>It   is <b>done</b>.<br>Sleep &amp; rest.</p>
"""


def event_of(mail, severity=None):
    return json.loads(typed_mail.body(typed_mail.parsed(mail.encode()), "mail", severity, NOW))


@pytest.fixture
def run(door, launch, tmp_path):
    def run(*arguments, stdin=PLAIN, url=""):
        environ = {"PINGPILOT_URL": url or door.url, "PINGPILOT_API_KEY": "pp_key"}
        return run_to_end(launch, ["mail", *arguments], environ, tmp_path, stdin)

    return run


def test_subject_text_sender_and_date_make_the_event():
    event = event_of(PLAIN, "warning")
    assert event == {
        "category": "mail",
        "description": "Disk full 💾\n\n/var is at 97 %\n\nLook at it.",
        "severity": "warning",
        "timestamp": (NOW - timedelta(hours=1)).isoformat(),
        "fields": {"from": "Nagios <nagios@mon.example>"},
    }


def test_of_a_page_the_words_count():
    assert event_of(PAGE)["description"] == "Backup\n\nBackup\n\nIt is done.\nSleep & rest."


@pytest.mark.parametrize(
    "date", ["", "yesterday", "Thu, 1 Jan 1970 00:00:00 +0000", format_datetime(NOW + timedelta(days=1))]
)
def test_a_date_that_no_event_may_have_is_left_out(date):
    assert "timestamp" not in event_of(f"Subject: x\nDate: {date}\n\nx")


def test_what_is_long_is_cut_and_what_is_empty_is_an_event():
    assert len(event_of(f"Subject: x\nFrom: {'a' * 3_000}\n\n{'x' * 9_000}")["description"]) == 4_000
    assert event_of("") == {"category": "mail", "description": "A mail without words"}
    assert event_of("Content-Type: text/plain; charset=klingon\n\nheghlu'meH")["description"] == "heghlu'meH"


@given(st.binary(max_size=400) | st.text(alphabet='Subject:FromDte \n=?utf8b<>@,;"\\()', max_size=200).map(str.encode))
def test_whatever_comes_makes_an_event(content):
    mail = typed_mail.parsed(content)
    event = json.loads(typed_mail.body(mail, "mail", None, NOW))
    assert 0 < len(event["description"]) <= 4_000
    assert typed_mail.name_of(mail, "mail") == typed_mail.name_of(typed_mail.parsed(content), "mail")
    assert not typed_mail.is_ours(mail)


def test_it_is_known_again_whatever_the_server_wrote_above():
    first = typed_mail.name_of(typed_mail.parsed(PLAIN.encode()), "mail")
    again = typed_mail.name_of(typed_mail.parsed(PLAIN.replace("15:40:00 2026", "15:45:00 2026").encode()), "mail")
    other = typed_mail.name_of(typed_mail.parsed(PLAIN.replace("<1@", "<2@").encode()), "mail")
    unnamed = PLAIN.replace("Message-ID: <1@mon.example>\n", "")
    names = [typed_mail.name_of(typed_mail.parsed(one.encode()), "mail") for one in (unnamed, unnamed + "More")]
    assert first == again
    assert len({first, other, *names}) == 4


def test_a_mail_handed_over_twice_is_one_event(shared_service, run):
    shop = open_shop(shared_service, "mails")
    environ = ("--key", shop.key, "--url", shared_service.url)
    assert [run("sale", *environ).returncode for _ in range(2)] == [0, 0]
    assert shop.count() == 1
    (row,) = shared_service.rows("SELECT description FROM store_event WHERE description LIKE 'Disk full%'")
    assert row[0].endswith("Look at it.")


@pytest.mark.parametrize(
    ("status", "code"), [(200, 0), (401, 65), (404, 65), (422, 65), (429, 75), (500, 75), (503, 75)]
)  # fmt: skip
def test_the_exit_code_tells_a_mail_server_what_to_do(door, run, status, code):
    door.status = status
    assert run("sale").returncode == code


def test_nobody_there_is_for_later(run):
    done = run("sale", url="http://127.0.0.1:9")
    assert (done.returncode, done.stderr.count("\n")) == (75, 1)
    assert "does not answer" in done.stderr


def test_our_own_mail_is_let_go_with_a_word(door, run):
    done = run("sale", stdin="Subject: PingPilot Alert: sale\nAuto-Submitted: auto-generated\n\nx")
    assert (done.returncode, door.seen) == (0, [])
    assert "come back, for ever" in done.stderr


def test_a_large_mail_is_read_to_its_end(door, run):
    assert run("sale", stdin=PLAIN + "x" * 3_000_000).returncode == 0
    assert len(json.loads(door.seen[0].body)["description"]) == 4_000
