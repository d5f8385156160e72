"""The SMTP wire against real servers on loopback."""

import asyncio
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest

from pingpilot.deliver.wires import smtp
from pingpilot.deliver.wires.smtp import SmtpWire
from pingpilot.domain.errors import ConfigurationError
from pingpilot.domain.wire import Failure, Reply
from tests.unit.deliver.wires.mail_server import Mailbox, a_mail, certificate, hanging_up, serving

SENDER = "PingPilot <ping@ping.example>"
ELSEWHERE = "127.0.0.2"
"""A loopback address that the settings do not take for this machine."""


@asynccontextmanager
async def wired(url):
    wire = SmtpWire(url, SENDER)
    try:
        yield wire
    finally:
        await wire.close()


async def test_a_mail_arrives_whole():
    box = Mailbox()
    async with serving(box) as (port, _), wired(f"smtp://127.0.0.1:{port}") as wire:
        reply = await wire.send(a_mail())
    assert reply == Reply(250, {"stage": "content"}, b"2.0.0 Ok: queued as 4F2A")
    (mail,) = box.mails
    assert box.envelopes == [("ping@ping.example", ["ada@example.com"], False)]
    assert (mail["From"], mail["To"]) == (SENDER, "ada@example.com")
    assert (mail["Subject"], mail["Message-ID"]) == ("PingPilot Alert: 💰 Sale", "<dddd@ping.example>")
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail.get_content_type() == "multipart/alternative"
    assert [part.get_content_type() for part in mail.iter_parts()] == ["text/plain", "text/html"]
    assert mail.get_body(("plain",)).get_content().splitlines() == ["A new sale", ".", "..dots"]


async def test_one_connection_serves_many_mails():
    box = Mailbox()
    async with serving(box) as (port, sessions), wired(f"smtp://127.0.0.1:{port}") as wire:
        for _ in range(5):
            assert (await wire.send(a_mail())).is_ok
    assert (len(box.raw), len(sessions)) == (5, 1)


async def test_connections_are_few_however_many_mails_wait():
    box = Mailbox()
    async with serving(box) as (port, sessions):
        wire = SmtpWire(f"smtp://127.0.0.1:{port}", SENDER, patience_s=60)
        replies = await asyncio.gather(*(wire.send(a_mail()) for _ in range(40)))
        await wire.close()
    assert all(reply.is_ok for reply in replies)
    assert (len(box.raw), len(sessions) <= smtp.CONNECTIONS_MAX) == (40, True)


async def test_recipients_that_keep_the_server_waiting_hold_up_no_others():
    box = Mailbox()
    async with serving(box) as (port, sessions):
        wire = SmtpWire(f"smtp://127.0.0.1:{port}", SENDER, patience_s=0.05)
        slow = [asyncio.ensure_future(wire.send(a_mail(to="slow@example.com"))) for _ in range(8)]
        while len(sessions) < smtp.CONNECTIONS_MAX:  # noqa: ASYNC110 - the server tells nobody
            await asyncio.sleep(0.01)
        assert (await wire.send(a_mail())).is_ok
        box.gate.set()
        assert all(reply.is_ok for reply in await asyncio.gather(*slow))
        await wire.close()


async def test_however_many_mails_take_long_the_connections_are_bounded():
    box = Mailbox()
    async with serving(box) as (port, sessions):
        wire = SmtpWire(f"smtp://127.0.0.1:{port}", SENDER, patience_s=0)
        slow = [asyncio.ensure_future(wire.send(a_mail(to="slow@example.com"))) for _ in range(40)]
        while len(sessions) < smtp.CONNECTIONS_MAX + smtp.LONG_MAX:  # noqa: ASYNC110 - as above
            await asyncio.sleep(0.01)
        box.gate.set()
        assert all(reply.is_ok for reply in await asyncio.gather(*slow))
        await wire.close()
    assert len(sessions) == smtp.CONNECTIONS_MAX + smtp.LONG_MAX


async def test_a_connection_that_the_server_closed_is_replaced():
    box = Mailbox()
    async with serving(box) as (port, sessions), wired(f"smtp://127.0.0.1:{port}") as wire:
        assert (await wire.send(a_mail())).is_ok
        sessions[0].transport.close()
        assert (await wire.send(a_mail())).is_ok
    assert (len(box.raw), len(sessions)) == (2, 2)


async def test_a_refusal_leaves_the_connection_usable():
    box = Mailbox(rcpt="550 5.1.1 User unknown")
    async with serving(box) as (port, sessions), wired(f"smtp://127.0.0.1:{port}") as wire:
        assert await wire.send(a_mail()) == Reply(550, {"stage": "recipient"}, b"5.1.1 User unknown")
        box.answers.clear()
        assert (await wire.send(a_mail())).is_ok
    assert len(sessions) == 1


async def test_a_refused_content_is_an_answer():
    box = Mailbox(data="552 5.3.4 Message too big")
    async with serving(box) as (port, _), wired(f"smtp://127.0.0.1:{port}") as wire:
        assert await wire.send(a_mail()) == Reply(552, {"stage": "content"}, b"5.3.4 Message too big")


@pytest.mark.parametrize(
    ("moment", "failure"),
    [
        ("EHLO", Failure.NOT_SENT),
        ("MAIL", Failure.NOT_SENT),
        ("RCPT", Failure.NOT_SENT),
        ("DATA", Failure.NOT_SENT),
        (".", Failure.NO_ANSWER),
    ],
)
async def test_a_lost_connection_is_unknown_only_after_the_final_dot(moment, failure):
    async with hanging_up(moment) as port, wired(f"smtp://127.0.0.1:{port}") as wire:
        assert (await wire.send(a_mail())).failure is failure


async def test_an_answer_to_the_final_dot_that_cannot_be_read_is_unknown():
    box = Mailbox(data="so be it")
    async with serving(box) as (port, sessions), wired(f"smtp://127.0.0.1:{port}") as wire:
        reply = await wire.send(a_mail())
        assert (reply.failure, reply.failure_detail) == (Failure.NO_ANSWER, "the mail server's answer was not readable")
        box.answers.clear()
        assert (await wire.send(a_mail())).is_ok
    assert len(sessions) == 2


async def test_a_server_that_says_nothing_costs_no_more_than_the_mails_time():
    async with hanging_up("never", greeting=b"") as port, wired(f"smtp://127.0.0.1:{port}") as wire:
        reply = await wire.send(a_mail(timeout=timedelta(seconds=0.2)))
    assert (reply.failure, reply.failure_detail) == (Failure.NOT_SENT, "the mail server did not answer in time")


async def test_a_closed_port_means_not_sent():
    async with wired("smtp://127.0.0.1:1") as wire:
        assert (await wire.send(a_mail())).failure is Failure.NOT_SENT


async def test_without_a_server_nothing_is_configured():
    async with wired(None) as wire:
        assert (await wire.send(a_mail())).failure is Failure.NOT_CONFIGURED


def test_a_wrong_url_stops_the_start():
    with pytest.raises(ConfigurationError):
        SmtpWire("http://mail.example", SENDER)


@pytest.mark.parametrize(
    "to", ["a@example.com, b@example.com", "a@example.com\r\nRCPT TO:<b@x.org>", "ä@example.com", ""]
)
async def test_what_is_no_plain_address_is_refused_here(to):
    box = Mailbox()
    async with serving(box) as (port, sessions), wired(f"smtp://127.0.0.1:{port}") as wire:
        assert (await wire.send(a_mail(to=to))).status == 553
    assert not sessions


async def test_an_offered_upgrade_is_taken(tmp_path, monkeypatch):
    path, context = certificate(tmp_path, ELSEWHERE)
    monkeypatch.setenv("SSL_CERT_FILE", str(path))
    box = Mailbox()
    async with serving(box, ELSEWHERE, tls_context=context) as (port, _), wired(f"smtp://{ELSEWHERE}:{port}") as wire:
        assert (await wire.send(a_mail())).is_ok
    assert box.envelopes[0][2] is True


async def test_a_failing_upgrade_is_never_followed_by_clear_text(tmp_path):
    _, context = certificate(tmp_path, ELSEWHERE)
    box = Mailbox()
    async with serving(box, ELSEWHERE, tls_context=context) as (port, _), wired(f"smtp://{ELSEWHERE}:{port}") as wire:
        reply = await wire.send(a_mail())
    assert reply.failure is Failure.NOT_SENT
    assert "certificate" in reply.failure_detail
    assert not box.raw


async def test_a_server_that_offered_an_upgrade_once_gets_nothing_without_it_later(tmp_path, monkeypatch):
    path, context = certificate(tmp_path, ELSEWHERE)
    monkeypatch.setenv("SSL_CERT_FILE", str(path))
    stripped = Mailbox()
    async with serving(Mailbox(), ELSEWHERE, tls_context=context) as (port, sessions):
        wire = SmtpWire(f"smtp://{ELSEWHERE}:{port}", SENDER)
        assert (await wire.send(a_mail())).is_ok
        sessions[0].transport.close()
    async with serving(stripped, ELSEWHERE, port=port):
        reply = await wire.send(a_mail())
        await wire.close()
    assert reply.failure is Failure.NOT_CONFIGURED
    assert not stripped.raw


@pytest.mark.parametrize("url", ["smtp://127.0.0.1:{}?starttls=required", "smtp://ping:right@127.0.0.2:{}"])
async def test_where_an_upgrade_is_required_nothing_is_sent_without(url):
    box = Mailbox()
    host = "127.0.0.2" if "127.0.0.2" in url else "127.0.0.1"
    async with serving(box, host) as (port, _), wired(url.format(port)) as wire:
        assert (await wire.send(a_mail())).failure is Failure.NOT_CONFIGURED
    assert not box.raw
    assert not box.logins


@pytest.mark.parametrize(("password", "status"), [("right", 250), ("wrong", 535)])
async def test_a_login_is_told_apart_from_a_refused_mail(password, status):
    box = Mailbox()
    options = {"authenticator": box.authenticate, "auth_require_tls": False}
    async with serving(box, **options) as (port, _), wired(f"smtp://ping:{password}@127.0.0.1:{port}") as wire:
        reply = await wire.send(a_mail())
    assert reply.status == status
    assert reply.headers["stage"] == ("content" if reply.is_ok else "login")
    assert password not in repr(reply)
