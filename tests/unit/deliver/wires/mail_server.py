"""Real mail servers on loopback: one that works as told, and one that hangs up at a chosen moment."""

import asyncio
import ssl
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.policy import default
from ipaddress import ip_address

from aiosmtpd.smtp import SMTP, AuthResult
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from pingpilot.domain.wire import Mail


class Mailbox:
    """Takes every mail, but refuses what ``answers`` says by command; counts connections by their EHLO.

    Recipients that begin with "slow" are answered once ``gate`` is open.
    """

    def __init__(self, **answers):
        self.answers = answers
        self.gate = asyncio.Event()
        self.raw, self.envelopes, self.hellos, self.logins = [], [], 0, []

    @property
    def mails(self):
        return [message_from_bytes(raw, policy=default) for raw in self.raw]

    async def handle_EHLO(self, server, session, envelope, hostname, responses):  # noqa: N802 — aiosmtpd's name
        self.hellos += 1
        session.host_name = hostname
        return responses

    async def handle_RCPT(self, server, session, envelope, address, options):  # noqa: N802
        if refusal := self.answers.get("rcpt"):
            return refusal
        if address.startswith("slow"):
            await self.gate.wait()
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):  # noqa: N802
        self.raw.append(envelope.content)
        self.envelopes.append((envelope.mail_from, envelope.rcpt_tos, session.ssl is not None))
        return self.answers.get("data", "250 2.0.0 Ok: queued as 4F2A")

    def authenticate(self, server, session, envelope, mechanism, data):
        self.logins.append((data.login, data.password))
        return AuthResult(success=data.password == b"right", handled=False)


@asynccontextmanager
async def serving(mailbox, host="127.0.0.1", port=0, **options):
    """Run a mail server; yields its port and the list of its connections."""
    loop = asyncio.get_running_loop()
    sessions = []

    def connected():
        sessions.append(SMTP(mailbox, hostname="mail.example", loop=loop, enable_SMTPUTF8=False, **options))
        return sessions[-1]

    server = await loop.create_server(connected, host, port)
    try:
        yield server.sockets[0].getsockname()[1], sessions
    finally:
        server.close()
        for session in sessions:
            if session.transport is not None:
                session.transport.close()
        await asyncio.sleep(0)


@asynccontextmanager
async def hanging_up(after: str, greeting: bytes = b"220 mail.example\r\n"):
    """Run a mail server that closes the connection when it reads a command, or "." for the end of a mail."""
    ended = asyncio.Event()
    answers = {"EHLO": b"250 mail.example", "DATA": b"354 Go on", ".": b"250 OK"}

    async def talk(reader, writer):
        writer.write(greeting)
        is_content = False
        while line := await reader.readline():
            word = line.split()[0].decode() if line.strip() else ""
            if word == after and (not is_content or word == "."):
                break
            is_content = (is_content or word == "DATA") and word != "."
            if not is_content or word == "DATA":
                writer.write(answers.get(word, b"250 OK") + b"\r\n")
        writer.close()
        ended.set()

    server = await asyncio.start_server(talk, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        await ended.wait()


def certificate(folder, host):
    """Write a certificate of its own authority for a host; return its path and a server's TLS context."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, host)])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address(host))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = made.public_bytes(serialization.Encoding.PEM)
    secret = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path = folder / "server.pem"
    path.write_bytes(pem + secret)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path)
    return path, context


def a_mail(**changes):
    made = {
        "to": "ada@example.com",
        "subject": "PingPilot Alert: 💰 Sale",
        "text": "A new sale\n.\n..dots\n",
        "html": "<p>A new sale</p>",
        "message_id": "<dddd@ping.example>",
        "headers": {"Date": "Mon, 23 Nov 2026 05:27:00 +0000", "Auto-Submitted": "auto-generated"},
        "timeout": timedelta(minutes=1),  # many mails may wait for their turn on a machine that is busy
    }
    return Mail(**{**made, **changes})
