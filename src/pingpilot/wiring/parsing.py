"""The bytes of one connection read as HTTP/1.1: heads, bodies and ends, within bounds of size."""

from typing import Any, Protocol

import httptools

from pingpilot.domain.errors import BadRequest, HeadTooLarge, PingPilotError, TargetTooLong
from pingpilot.observe import get_logger
from pingpilot.wiring.connections import Limits
from pingpilot.wiring.request_head import Header, awaits_go, bytes_of, scope_of, without_offer

_log = get_logger()


class Hearer(Protocol):
    """Who hears of the requests of a connection. What it raises ends the reading."""

    def hear_first_byte(self) -> None:
        """Hear that a request begins."""
        ...

    def hear_head(self, scope: dict[str, Any], *, is_kept: bool, awaits_go: bool) -> None:
        """Hear the head of a request: ASGI's scope without addresses, and what its client wants."""
        ...

    def hear_body(self, piece: bytes) -> None:
        """Hear a piece of its body."""
        ...

    def hear_end(self) -> None:
        """Hear that the request is whole."""
        ...


class RequestParser:
    """Reads requests one after the other; after an error it is of no more use.

    A request that offers an upgrade is read as if it had not: RFC 9110 section 7.8 lets a server ignore the offer; the
    library instead ends at the head of such a request, and its body would be lost. Java's own client offers h2c with
    the first request of each connection.
    """

    __slots__ = ("_headers", "_hearer", "_is_in_body", "_limits", "_parser", "_target", "_unheard_bytes", "is_in_head")

    def __init__(self, hearer: Hearer, limits: Limits) -> None:
        """Take who hears what is read."""
        self.is_in_head = False
        self._is_in_body = False
        self._hearer = hearer
        self._limits = limits
        self._parser = httptools.HttpRequestParser(self)
        self._target = b""
        self._headers: list[Header] = []
        self._unheard_bytes = 0

    def feed(self, data: bytes) -> None:
        """Read what came; raises BadRequest, HeadTooLarge, TargetTooLong, and what the hearer raises."""
        self._unheard_bytes += len(data)
        try:
            self._feed(data)
        except httptools.HttpParserError as error:
            raise _reason(error) from error
        # of what is in the middle of a line the library tells nothing, and keeps it all
        if self._unheard_bytes > self._limits.head_bytes and (self.is_in_head or self._is_in_body):
            raise HeadTooLarge

    def close(self) -> None:
        """Let go of the library's parser, which holds on to this object."""
        del self._parser

    # The library calls these

    def on_message_begin(self) -> None:
        """Begin a request."""
        self._target, self._headers, self.is_in_head = b"", [], True
        self._hearer.hear_first_byte()

    def on_url(self, piece: bytes) -> None:
        """Take a piece of the target."""
        self._target += piece
        if len(self._target) > self._limits.target_bytes:
            raise TargetTooLong

    def on_header(self, name: bytes, value: bytes) -> None:
        """Take a header. One that follows the body is none: whoever checked the head has not seen it."""
        if self.is_in_head:
            self._headers.append((name.lower(), value))

    def on_headers_complete(self) -> None:
        """End the head, unless it is going to be read again."""
        parser, headers = self._parser, self._headers
        if parser.should_upgrade():
            return
        self._check_size()
        version = parser.get_http_version()
        is_held_back = awaits_go(version, headers)
        is_kept = version == "1.1" and parser.should_keep_alive()
        self.is_in_head, self._is_in_body, self._unheard_bytes = False, True, 0
        scope = scope_of(parser.get_method(), self._target, version, headers)
        self._hearer.hear_head(scope, is_kept=is_kept, awaits_go=is_held_back)

    def on_chunk_header(self) -> None:
        """Hear that a chunk begins."""
        self._unheard_bytes = 0

    def on_body(self, piece: bytes) -> None:
        """Take a piece of the body."""
        self._unheard_bytes = 0
        self._hearer.hear_body(piece)

    def on_message_complete(self) -> None:
        """End the request, unless its head is going to be read again."""
        if self._is_in_body:
            self._is_in_body, self._unheard_bytes = False, 0
            self._hearer.hear_end()

    def _feed(self, data: bytes) -> None:
        rest = self._rest_of(data)
        while rest is not None:
            self._read_head_again()
            rest = self._rest_of(rest)

    def _rest_of(self, data: bytes) -> bytes | None:
        """Feed data; return what follows a head with an offer, at which the library ends, else None."""
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserUpgrade as offer:
            return data[offer.args[0] :]
        return None

    def _read_head_again(self) -> None:
        old = self._parser
        head = without_offer(old.get_method(), self._target, old.get_http_version(), self._headers)
        self._parser = httptools.HttpRequestParser(self)
        if self._rest_of(head) is not None:  # CONNECT is an offer by its very method
            raise BadRequest

    def _check_size(self) -> None:
        """Raise HeadTooLarge; a head of which all came in few bytes need not be measured."""
        limits = self._limits
        if len(self._headers) > limits.headers:
            raise HeadTooLarge
        is_short = 0 < self._unheard_bytes <= limits.head_bytes
        if not is_short and bytes_of(self._target, self._headers) > limits.head_bytes:
            raise HeadTooLarge


def _reason(error: httptools.HttpParserError) -> PingPilotError:
    """Return what to say about what the library, or one of its callbacks, did not take."""
    cause = error.__context__
    if isinstance(cause, PingPilotError):
        return cause
    if isinstance(error, httptools.HttpParserCallbackError):
        _log.error("request.unread", error=repr(cause)[:200])
    return BadRequest()
