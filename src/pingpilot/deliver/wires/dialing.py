"""Opening a connection to a host: resolve its name, judge each of its addresses, race those, speak TLS."""

import asyncio
import socket
import ssl
from collections.abc import Awaitable, Callable, Sequence
from functools import cache, partial
from typing import TypeVar

import aiohappyeyeballs
from aiohappyeyeballs import AddrInfoType

Resolve = Callable[[str, int], Awaitable[Sequence[AddrInfoType]]]
"""Return the network addresses of a host and port; raises OSError."""
P = TypeVar("P", bound=asyncio.BaseProtocol)

KNOWN_FOR_S = 10.0
"""How long the addresses of a name are believed where nobody has to judge them."""
KNOWN_MAX = 1_000
RACE_AFTER_S = 0.25
"""When the next address is tried beside one that does not answer. Source: RFC 8305 section 5."""


class RefusedAddress(OSError):
    """The guard refused a network address."""


class NameNotFound(OSError):
    """A host's name has no address."""


class Dialer:
    """Opens connections; belongs to one event loop.

    With a judge every address is judged in the moment it is connected to, and names are resolved each time: what a name
    meant before says nothing of what it means now.
    """

    def __init__(self, is_allowed: Callable[[str], bool] | None, resolve: Resolve | None, tls: ssl.SSLContext) -> None:
        """Take the judge of network addresses, who resolves names (None: the system), and whom TLS trusts."""
        self._tls = tls
        self._resolve = resolve or _resolved
        self._is_allowed = is_allowed
        self._known: dict[tuple[str, int], tuple[float, asyncio.Task[Sequence[AddrInfoType]]]] = {}

    async def open(self, make: Callable[[], P], host: str, port: int, *, is_tls: bool) -> P:
        """Connect, and return the protocol that was made for it; raises OSError, of which ssl.SSLError is one."""
        loop = asyncio.get_running_loop()
        addresses = await self._addresses(host, port)
        guarded = partial(_guarded_socket, self._is_allowed) if self._is_allowed else None
        line = await aiohappyeyeballs.start_connection(
            list(addresses), happy_eyeballs_delay=RACE_AFTER_S, socket_factory=guarded
        )
        try:
            name = host.rstrip(".") if is_tls else None  # certificates name hosts without the last dot
            _, protocol = await loop.create_connection(
                make, sock=line, ssl=self._tls if is_tls else None, server_hostname=name
            )
        except BaseException:
            line.close()
            raise
        return protocol

    async def _addresses(self, host: str, port: int) -> Sequence[AddrInfoType]:
        try:
            found = await (self._looked_up(host, port) if self._is_allowed else self._remembered(host, port))
        except (socket.gaierror, UnicodeError) as error:
            raise NameNotFound(host) from error
        if not found:
            raise NameNotFound(host)
        return found

    async def _looked_up(self, host: str, port: int) -> Sequence[AddrInfoType]:
        return await self._resolve(host, port)

    async def _remembered(self, host: str, port: int) -> Sequence[AddrInfoType]:
        """Ask once for all who want to know at a time, and for a while after."""
        now, place = asyncio.get_running_loop().time(), (host, port)
        until, lookup = self._known.get(place, (now, None))
        if lookup is None or now >= until:
            if len(self._known) >= KNOWN_MAX:
                self._known.clear()
            lookup = asyncio.create_task(self._looked_up(host, port))
            lookup.add_done_callback(partial(self._forget_failed, place))
            self._known[place] = now + KNOWN_FOR_S, lookup
        return await asyncio.shield(lookup)  # whoever gives up does so for himself alone

    def _forget_failed(self, place: tuple[str, int], lookup: "asyncio.Task[Sequence[AddrInfoType]]") -> None:
        if lookup.cancelled() or lookup.exception():
            self._known.pop(place, None)


@cache
def trusting_the_system() -> ssl.SSLContext:
    """Return TLS as a client that trusts whom this system trusts."""
    context = ssl.create_default_context()
    context.set_alpn_protocols(["http/1.1"])
    return context


def _guarded_socket(is_allowed: Callable[[str], bool], info: AddrInfoType) -> socket.socket:
    """Make the socket of one connection attempt, unless the address it goes to is refused."""
    family, kind, protocol, _, address = info
    if not is_allowed(str(address[0])):
        # Always the same words: so it comes through unchanged when every address of a name is refused.
        raise RefusedAddress("refused address")
    return socket.socket(family, kind, protocol)


async def _resolved(host: str, port: int) -> Sequence[AddrInfoType]:
    """Ask the system, for addresses of the families that it can reach."""
    loop = asyncio.get_running_loop()
    found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_ADDRCONFIG)
    return list(found)
