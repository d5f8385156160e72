"""Mails are sent beside the request."""

import smtplib
import threading

import pytest
from django.core.mail import EmailMessage

from pingpilot.accounts.mail import RETRY_AFTER_S, Postman


class Server:
    """A mail server that fails as it is told, and then takes everything."""

    def __init__(self, *failures):
        self.failures = list(failures)
        self.taken = []
        self.waited = []

    def send(self, message):
        if self.failures:
            raise self.failures.pop(0)
        self.taken.append(message.subject)


def posted(server, *subjects):
    postman = Postman(server.send, server.waited.append)
    for subject in subjects:
        assert postman.take(EmailMessage(subject))
    assert postman.close(10)
    return server


def test_mails_go_out_in_order():
    assert posted(Server(), "one", "two", "three").taken == ["one", "two", "three"]


def test_a_server_that_is_away_is_asked_again_after_a_while():
    server = posted(Server(ConnectionRefusedError(), smtplib.SMTPDataError(451, b"busy")), "one")
    assert (server.taken, server.waited) == (["one"], list(RETRY_AFTER_S[:2]))


@pytest.mark.parametrize(
    "refusal",
    [smtplib.SMTPRecipientsRefused({"a@b.c": (550, b"unknown")}), smtplib.SMTPDataError(554, b"spam"), ValueError()],
    ids=["recipient", "content", "not ours to understand"],
)
def test_a_mail_that_is_refused_is_given_up_and_the_next_one_goes_out(refusal):
    server = posted(Server(refusal), "one", "two")
    assert (server.taken, server.waited) == (["two"], [])


def test_a_server_that_stays_away_is_given_up():
    server = posted(Server(*[ConnectionRefusedError()] * 4), "one", "two")
    assert (server.taken, server.waited) == (["two"], list(RETRY_AFTER_S))


def test_too_many_mails_are_dropped_and_none_waits_for_room():
    busy, go_on = threading.Event(), threading.Event()

    def send(_message):
        busy.set()
        go_on.wait(10)

    postman = Postman(send, room=1)
    assert postman.take(EmailMessage("under way"))
    assert busy.wait(10)
    assert postman.take(EmailMessage("waiting"))
    assert not postman.take(EmailMessage("too many"))
    assert not postman.close(0.01)
    go_on.set()
    assert postman.close(10)
