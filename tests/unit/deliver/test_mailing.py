"""A mail past the pipeline."""

import pytest

from pingpilot.channels import email
from pingpilot.deliver.mailing import Mailer
from pingpilot.domain.wire import Failure, Mail, Reply, Said
from tests.unit.channels.sample import a_message


class Wire:
    """Answers every mail alike."""

    def __init__(self, reply: Reply) -> None:
        self.reply = reply
        self.said: list[Said] = []

    async def send(self, said: Said) -> Reply:
        self.said.append(said)
        return self.reply


@pytest.mark.parametrize(
    ("reply", "is_taken"),
    [(Reply(250, body=b"queued as 7"), True), (Reply(535), False), (Reply(failure=Failure.NOT_SENT), False)],
)
async def test_it_looks_like_any_other_mail_and_tells_whether_it_was_taken(reply, is_taken):
    wire = Wire(reply)
    assert await Mailer(email, wire, "https://pings.example").mail("op@example.com", a_message()) is is_taken
    (mail,) = wire.said
    assert isinstance(mail, Mail)
    assert (mail.to, mail.subject) == ("op@example.com", "PingPilot Alert: 💰 Sale")
