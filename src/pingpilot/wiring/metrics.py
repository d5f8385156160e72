"""What those who watch over a process ask: whether it lives, whether it is ready, and what it has counted."""

import hmac
from collections.abc import Awaitable, Callable

from pingpilot.config.secret import Secret
from pingpilot.domain.errors import MethodNotAllowed, NotFound, PingPilotError, UnknownCaller
from pingpilot.ingest.answers import Answer, refused
from pingpilot.ingest.call import give
from pingpilot.wiring.exchange import Scope, Send
from pingpilot.wiring.numbers import Numbers, content_type, written

LIVE, READY, METRICS = "/healthz", "/readyz", "/metrics"
PATHS = frozenset({LIVE, READY, METRICS})
OFF = "There are no metrics here until the operator sets PINGPILOT_METRICS_TOKEN"
WHO = "Bring what PINGPILOT_METRICS_TOKEN says: the header Authorization, Bearer, one space, the token"
NOTHING = f"There is nothing here but {LIVE}, {READY} and {METRICS}"
_TEXT = b"text/plain; charset=utf-8"


class Monitor:
    """Answers requests at ``PATHS``; there is nothing at other addresses."""

    def __init__(
        self,
        is_ready: Callable[[], bool],
        numbers: Callable[[], Awaitable[Numbers]],
        token: Secret | None,
        *,
        is_private: bool = False,
    ) -> None:
        """Take what to tell, and what a reader of the numbers has to bring.

        Without a token they are for nobody, or, where the port ``is_private``, for whoever reaches it.
        """
        self._is_ready = is_ready
        self._numbers = numbers
        self._expected = None if token is None else f"Bearer {token.reveal()}".encode()
        self._is_private = is_private

    async def __call__(self, scope: Scope, send: Send) -> None:
        """Answer one request."""
        try:
            answer = await self._answer(scope)
        except MethodNotAllowed as error:
            answer = refused(error, [(b"allow", b"GET, HEAD")])
        except PingPilotError as error:
            answer = refused(error)
        await give(send, answer.status, answer.headers, b"" if scope["method"] == "HEAD" else answer.body)

    async def _answer(self, scope: Scope) -> Answer:
        """Return what is told; raises NotFound, MethodNotAllowed, UnknownCaller and Overloaded."""
        match scope["path"]:
            case "/healthz":
                return _said(200, b"ok\n", _TEXT)
            case "/readyz":
                return _said(200, b"ready\n", _TEXT) if self._is_ready() else _said(503, b"not ready\n", _TEXT)
            case "/metrics":
                self._refuse_others(scope)
                return _said(200, written(await self._numbers()), content_type())
            case _:
                raise NotFound(NOTHING)

    def _refuse_others(self, scope: Scope) -> None:
        """Raise unless a request may read the numbers."""
        if self._expected is None and not self._is_private:
            raise NotFound(OFF)
        if scope["method"] not in {"GET", "HEAD"}:
            raise MethodNotAllowed("This address takes GET and HEAD only")
        brought = dict(scope["headers"]).get(b"authorization", b"")
        if self._expected is not None and not hmac.compare_digest(brought, self._expected):
            raise UnknownCaller(WHO)


def _said(status: int, body: bytes, kind: bytes) -> Answer:
    headers = [(b"content-type", kind), (b"content-length", b"%d" % len(body)), (b"cache-control", b"no-store")]
    return Answer(status, headers, body)
