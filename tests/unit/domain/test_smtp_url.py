"""Reading the mail server's URL."""

import pytest

from pingpilot.domain.errors import ConfigurationError
from pingpilot.domain.smtp_url import SmtpServer, parse_smtp_url


@pytest.mark.parametrize(
    ("url", "server"),
    [
        ("smtp://mail.example.com", SmtpServer("mail.example.com", 587, False, None)),
        ("smtp://mail.example.com:25", SmtpServer("mail.example.com", 25, False, None)),
        ("smtp://a:b@mail.example.com", SmtpServer("mail.example.com", 587, False, True, "a", "b")),
        ("smtp://a%40b:p%2F%23@mail.example.com", SmtpServer("mail.example.com", 587, False, True, "a@b", "p/#")),
        ("smtp://mail.example.com?starttls=required", SmtpServer("mail.example.com", 587, False, True)),
        ("smtps://a:b@mail.example.com", SmtpServer("mail.example.com", 465, True, False, "a", "b")),
        ("smtp://localhost", SmtpServer("localhost", 25, False, False)),
        ("smtp://127.0.0.1:1025", SmtpServer("127.0.0.1", 1025, False, False)),
        ("smtp://a:b@[::1]:1025/", SmtpServer("::1", 1025, False, False, "a", "b")),
        ("smtp://localhost:1025?starttls=required", SmtpServer("localhost", 1025, False, True)),
    ],
)
def test_right_urls(url, server):
    assert parse_smtp_url(url) == server


@pytest.mark.parametrize(
    ("url", "advice"),
    [
        ("", "start it with smtp://"),
        ("mail.example.com:587", "start it with smtp://"),
        ("https://mail.example.com", "start it with smtp://"),
        ("smtp://", "name the mail server"),
        ("smtp://:587", "name the mail server"),
        ("smtp://mail.example.com:port", "the port must be a number"),
        ("smtp://mail.example.com:99999", "the port must be a number"),
        ("smtp://a:b/c@mail.example.com", "the port must be a number"),
        ("smtp://mail.example.com/inbox", "only ?starttls=required may follow"),
        ("smtp://mail.example.com?tls=no", "the only option is"),
        ("smtp://mail.example.com?starttls=never", "the only option is"),
        ("smtp://a@mail.example.com", "give both a user name and a password"),
        ("smtps://mail.example.com?starttls=required", "leave out ?starttls=required"),
    ],
)
def test_a_wrong_url_says_what_to_write(url, advice):
    with pytest.raises(ConfigurationError) as refusal:
        parse_smtp_url(url)
    assert advice in refusal.value.message
    assert refusal.value.message.startswith("PINGPILOT_SMTP_URL")


def test_credentials_do_not_show():
    assert "secret" not in repr(parse_smtp_url("smtp://secret-name:secret-word@mail.example.com"))
