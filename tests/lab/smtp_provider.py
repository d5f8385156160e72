"""A mail server that does wrong as it is told, for a recipient or for all."""

import asyncio
from collections.abc import Mapping
from email import message_from_bytes, policy
from typing import Any, cast

from aiosmtpd import smtp

from tests.lab.dialect import MARK
from tests.lab.fault import TAKES, Fault, Kind
from tests.lab.http_provider import Orders

OK = "250 2.0.0 OK"
GARBAGE = "so be it"
AT_RECIPIENT = "recipient"
"""The name of a hang before the mail itself; any other hangs after it."""
REFUSALS: Mapping[str, str] = {
    "no such user": "550 5.1.1 No such user here",
    "mailbox full": "452 4.2.2 The mailbox is full",
    "policy": "554 5.7.1 Refused by policy",
    "too big": "552 5.3.4 The message is too big",
    "odd": "451 4.3.0 Local error in processing",
}
"""Said at the recipient, but for what is about the content."""
_OF_CONTENT = frozenset({"too big", "odd"})


class SmtpLine:
    """All connections of the mail server."""

    def __init__(self, orders: Orders) -> None:
        self.orders = orders
        self._hanging: dict[asyncio.Future[None], str] = {}

    def connection(self) -> asyncio.Protocol:
        return _Session(self.orders, self)

    def cut(self, address: str) -> None:
        for future, hung in self._hanging.items():
            if address in ("", hung) and not future.done():
                future.set_result(None)

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name
        self, server: Any, _session: Any, envelope: Any, address: str, _options: Any
    ) -> str:
        fault = self.orders.fault_for(address)
        match fault.kind:
            case Kind.HANG if fault.name == AT_RECIPIENT:
                return await self._hang(server, address)
            case Kind.LIMIT:
                return "450 4.7.1 Greylisted, come again later"
            case Kind.LIMIT_BARE:
                return "451 4.3.2 Try again later"
            case Kind.REFUSAL if fault.name not in _OF_CONTENT:
                return REFUSALS[fault.name]
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 OK"

    async def handle_DATA(self, server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802 - aiosmtpd's name
        address = envelope.rcpt_tos[0]
        fault = self.orders.fault_for(address)
        if fault.kind is Kind.HANG:
            return await self._hang(server, address)
        if fault.kind is Kind.WELL and fault.seconds:
            await asyncio.sleep(fault.seconds)
        if fault.kind in TAKES:
            self._take(envelope.content, address)
        return _reply(fault, server)

    async def _hang(self, server: Any, address: str) -> str:
        future = asyncio.get_running_loop().create_future()
        self._hanging[future] = address
        try:
            await future
        finally:
            del self._hanging[future]
        server.transport.abort()
        return OK

    def _take(self, content: bytes, address: str) -> None:
        mail = message_from_bytes(content, policy=policy.default)
        text = mail.get_body(("plain",)) if hasattr(mail, "get_body") else None
        mark = MARK.search(text.get_content().encode() if text else b"")
        self.orders.book.take(mark[0].decode() if mark else "", address, "")


class _Session(smtp.SMTP):
    """One connection."""

    def __init__(self, orders: Orders, line: SmtpLine) -> None:
        super().__init__(line, hostname="mail.invalid", ident="ESMTP")
        self._orders = orders

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        if self._orders.fault_for("").kind is Kind.RESET_EARLY:
            cast("asyncio.Transport", transport).abort()


def _reply(fault: Fault, server: Any) -> str:
    match fault.kind:
        case Kind.WELL | Kind.TRICKLE:
            return OK
        case Kind.GARBAGE:
            return GARBAGE
        case Kind.REFUSAL:
            return REFUSALS[fault.name]
        case Kind.RESET_LATE | Kind.SWALLOW | Kind.RESET_EARLY:
            server.transport.abort()
            return OK  # nobody hears it
        case _:
            return REFUSALS["odd"]
