"""The SMTP wire: hand one mail to the operator's server, over a connection that is kept for the next."""

import asyncio
import ssl
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, replace
from email.utils import parseaddr
from typing import TYPE_CHECKING

import aiosmtplib

from pingpilot.deliver.wires.mime import rendered
from pingpilot.domain.smtp_url import SmtpServer, parse_smtp_url
from pingpilot.domain.wire import Failure, Mail, Reply

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable

CONNECTIONS_MAX = 4
LONG_MAX = 16
"""Connections beside those, on which a mail takes long. Servers refuse a client that opens many: Postfix at 50."""
PATIENCE_S = 1.0
"""How long a mail keeps others waiting; then it steps aside."""
IDLE_CHECK_S = 5.0
"""A connection that rested longer is asked whether it still lives before it is used."""
IDLE_MAX_S = 60.0
"""A connection that rested longer is closed; servers drop one after 5 minutes (RFC 5321 section 4.5.3.2.7)."""
MAILS_PER_CONNECTION = 100
CHECK_S = 5.0
GOODBYE_S = 2.0

_START_INPUT, _SERVICE_CLOSES = 354, 421  # RFC 5321 section 4.2.3


@dataclass(slots=True)
class _Line:
    """A connection to the server; ``is_doubtful`` until it answered a reset."""

    client: aiosmtplib.SMTP
    mails: int = 0
    rested_at: float = 0.0
    is_doubtful: bool = False


@dataclass(slots=True)
class _Attempt:
    """How far one mail came: ``stage`` says what is being tried, ``is_handed_in`` that its final dot was written."""

    sender: str
    to: str
    content: bytes
    stage: str = "login"
    is_handed_in: bool = False


class SmtpWire:
    """Send mails through one server over four connections, and more while a recipient keeps some of them waiting.

    Belongs to the event loop of its first mail.
    """

    def __init__(self, url: str | None, sender: str, patience_s: float = PATIENCE_S) -> None:
        """Take ``PINGPILOT_SMTP_URL`` (None: no mail here) and who the mails are from, with or without a name.

        Raises ConfigurationError when the URL is wrong.
        """
        self._server = parse_smtp_url(url) if url else None
        self._sender = sender
        self._patience_s = patience_s
        self._slots = asyncio.Semaphore(CONNECTIONS_MAX)
        self._all = asyncio.Semaphore(CONNECTIONS_MAX + LONG_MAX)
        self._resting: list[_Line] = []
        self._has_upgraded = False
        """Whether the server has taken up TLS once: then it is never spoken to without, whoever says it has none."""

    async def send(self, mail: Mail) -> Reply:
        """Hand in one mail and return the server's last answer; whatever goes wrong is a reply with a failure."""
        if self._server is None:
            return Reply(failure=Failure.NOT_CONFIGURED, failure_detail="no mail server, set PINGPILOT_SMTP_URL")
        try:
            attempt = _Attempt(parseaddr(self._sender)[1], mail.to, rendered(mail, self._sender))
        except ValueError:
            return Reply(553, {"stage": "recipient"}, b"5.1.3 This is not one plain e-mail address")
        try:
            async with asyncio.timeout(mail.timeout.total_seconds()), self._all, self._slot():
                return await self._deliver(self._server, attempt)
        except aiosmtplib.SMTPResponseException as refusal:
            if not _is_answer(refusal):
                return _failed(refusal, attempt)
            return Reply(refusal.code, {"stage": attempt.stage}, refusal.message.encode("utf-8", "replace"))
        except (aiosmtplib.SMTPException, OSError, ValueError) as error:
            return _failed(error, attempt)

    async def close(self) -> None:
        """Take leave of the server on every resting connection."""
        lines, self._resting = self._resting, []
        await asyncio.gather(*map(_take_leave, lines))

    @asynccontextmanager
    async def _slot(self) -> "AsyncIterator[None]":
        """Wait for one of the few slots, and keep it for a while: what takes longer goes on without."""
        await self._slots.acquire()
        held = [self._slots]

        def give_back() -> None:
            while held:
                held.pop().release()

        timer = asyncio.get_running_loop().call_later(self._patience_s, give_back)
        try:
            yield
        finally:
            timer.cancel()
            give_back()

    async def _deliver(self, server: SmtpServer, attempt: _Attempt) -> Reply:
        line = await self._rested_line()
        if line is not None:
            try:
                return await self._use(line, attempt)
            except (aiosmtplib.SMTPServerDisconnected, aiosmtplib.SMTPResponseException) as error:
                if attempt.is_handed_in or getattr(error, "code", _SERVICE_CLOSES) != _SERVICE_CLOSES:
                    raise
        # None at rest, or the server had closed it meanwhile: once more from the beginning.
        attempt.stage = "login"
        return await self._use(_Line(await self._connect(server, attempt.sender)), attempt)

    async def _connect(self, server: SmtpServer, sender: str) -> aiosmtplib.SMTP:
        """Open a connection; where an upgrade is offered and not required, once taken it is required."""
        starttls = True if server.starttls is None and self._has_upgraded else server.starttls
        client = await _connected(replace(server, starttls=starttls), sender)
        self._has_upgraded |= _is_encrypted(client)
        return client

    async def _rested_line(self) -> _Line | None:
        """Return the connection that was used last, once it has shown that it lives; None when there is none."""
        now = asyncio.get_running_loop().time()
        while self._resting:
            line = self._resting.pop()
            idle_s = now - line.rested_at
            if idle_s < IDLE_MAX_S and line.client.is_connected and await _lives(line, idle_s):
                return line
            line.client.close()
        return None

    async def _use(self, line: _Line, attempt: _Attempt) -> Reply:
        try:
            reply = await _hand_in(line.client, attempt)
        except aiosmtplib.SMTPResponseException as refusal:
            if _is_answer(refusal):
                line.is_doubtful = True
                self._rest(line)
            else:
                line.client.close()
            raise
        except BaseException:  # also when cancelled: what the server still has to say must not answer another mail
            line.client.close()
            raise
        self._rest(line)
        return reply

    def _rest(self, line: _Line) -> None:
        line.mails += 1
        line.rested_at = asyncio.get_running_loop().time()
        if line.mails < MAILS_PER_CONNECTION and line.client.is_connected:
            self._resting.append(line)
        else:
            line.client.close()


async def _connected(server: SmtpServer, sender: str) -> aiosmtplib.SMTP:
    """Open a connection: greeting, TLS as the server's settings ask, login."""
    client = aiosmtplib.SMTP(
        hostname=server.host,
        port=server.port,
        use_tls=server.is_tls,
        start_tls=server.starttls,
        username=server.username or None,
        password=server.password or None,
        local_hostname=sender.rpartition("@")[2] or "localhost",
    )
    await client.connect()
    return client


def _is_encrypted(client: aiosmtplib.SMTP) -> bool:
    return client.get_transport_info("sslcontext") is not None


async def _lives(line: _Line, idle_s: float) -> bool:
    """Reset a connection that rested long or saw a refusal, and tell whether it answered."""
    if not line.is_doubtful and idle_s < IDLE_CHECK_S:
        return True
    with suppress(aiosmtplib.SMTPException, OSError):
        await line.client.rset(timeout=CHECK_S)
        line.is_doubtful = False
    return not line.is_doubtful and line.client.is_connected


async def _hand_in(client: aiosmtplib.SMTP, attempt: _Attempt) -> Reply:
    """Say who it is from, whom it is for, and the mail itself; noting the moment from which it may have been taken."""
    attempt.stage = "sender"
    await client.mail(attempt.sender)
    attempt.stage = "recipient"
    await client.rcpt(attempt.to)
    attempt.stage = "content"
    started = await client.execute_command(b"DATA")
    if started.code != _START_INPUT or client.protocol is None:
        raise aiosmtplib.SMTPDataError(started.code, started.message)
    client.protocol.write(attempt.content)
    attempt.is_handed_in = True
    taken = await client.protocol.read_response()
    if not 200 <= taken.code < 300:
        raise aiosmtplib.SMTPDataError(taken.code, taken.message)
    return Reply(taken.code, {"stage": "content"}, taken.message.encode("utf-8", "replace"))


async def _take_leave(line: _Line) -> None:
    with suppress(aiosmtplib.SMTPException, OSError):
        await line.client.quit(timeout=GOODBYE_S)
    line.client.close()


def _is_answer(refusal: aiosmtplib.SMTPResponseException) -> bool:
    """Tell whether the server said something that can be read as SMTP."""
    return 200 <= refusal.code < 600


def _failed(error: Exception, attempt: _Attempt) -> Reply:
    """Return the failure that an error means. The detail is our own words: errors may quote names and addresses."""
    if attempt.is_handed_in:
        return Reply(failure=Failure.NO_ANSWER, failure_detail=_cause(error))
    if type(error) is aiosmtplib.SMTPException:
        # What the server offers does not fit the settings: STARTTLS or a login that it does not have.
        return Reply(failure=Failure.NOT_CONFIGURED, failure_detail="the mail server offers no STARTTLS or no login")
    return Reply(failure=Failure.NOT_SENT, failure_detail=_cause(error))


def _cause(error: Exception) -> str:
    causes = tuple(_chain(error))
    if any(isinstance(cause, ssl.SSLCertVerificationError) for cause in causes):
        return "the mail server's certificate is not valid"
    if any(isinstance(cause, ssl.SSLError) for cause in causes):
        return "TLS with the mail server failed"
    if isinstance(error, TimeoutError):
        return "the mail server did not answer in time"
    if isinstance(error, aiosmtplib.SMTPServerDisconnected):
        return "the mail server closed the connection"
    if isinstance(error, aiosmtplib.SMTPResponseException):
        return "the mail server's answer was not readable"
    return "no connection to the mail server"


def _chain(error: BaseException | None) -> "Iterable[BaseException]":
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__
