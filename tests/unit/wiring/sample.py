"""An application that does on each path one thing that applications do."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any

from pingpilot.wiring.exchange import Receive, Scope, Send

Part = Callable[[Scope, Receive, Send], Awaitable[None]]

LARGE = 16 * 1024 * 1024
"""More than two ends of a connection hold back."""


async def app(scope: Scope, receive: Receive, send: Send) -> None:
    await PARTS[scope["path"]](scope, receive, send)


async def begin(send: Send, status: int = 200, *headers: tuple[bytes, bytes]) -> None:
    await send({"type": "http.response.start", "status": status, "headers": headers})


async def give(send: Send, body: bytes, *, more: bool = False) -> None:
    await send({"type": "http.response.body", "body": body, "more_body": more})


async def say(send: Send, content: object, status: int = 200) -> None:
    body = json.dumps(content).encode()
    await begin(send, status, (b"content-length", b"%d" % len(body)))
    await give(send, body)


async def read(receive: Receive) -> bytes | None:
    """Return the whole body; None when the client goes away before it is."""
    body, more = b"", True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        body += message["body"]
        more = message["more_body"]
    return body


async def _echo(scope: Scope, receive: Receive, send: Send) -> None:
    body = await read(receive)
    if body is None:
        return
    headers = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in scope["headers"]]
    query = scope["query_string"].decode()
    await say(send, {"method": scope["method"], "body": body.decode("latin-1"), "query": query, "headers": headers})


async def _deaf(_scope: Scope, _receive: Receive, send: Send) -> None:
    await say(send, "no thanks", 401)


async def _stream(_scope: Scope, _receive: Receive, send: Send) -> None:
    await begin(send)
    for piece in (b"one", b"", b"two"):
        await give(send, piece, more=True)
    await give(send, b"")


async def _late(_scope: Scope, receive: Receive, send: Send) -> None:
    await begin(send)
    await receive()
    await asyncio.sleep(0.2)
    await give(send, b"at last")


async def _nothing(_scope: Scope, _receive: Receive, send: Send) -> None:
    await begin(send, 204)
    await give(send, b"")


async def _split(_scope: Scope, _receive: Receive, send: Send) -> None:
    await begin(send, 200, (b"location", b"/x\r\nset-cookie: a=b"))


async def _longer(_scope: Scope, _receive: Receive, send: Send) -> None:
    await begin(send, 200, (b"content-length", b"1"))
    await give(send, b"two")


async def _half(_scope: Scope, _receive: Receive, send: Send) -> None:
    await begin(send, 200, (b"content-length", b"10"))
    await give(send, b"half", more=True)
    raise KeyError("a secret")


async def _fail(_scope: Scope, _receive: Receive, _send: Send) -> None:
    raise KeyError("line\r\nbreak" + "x" * 1_000)


async def _silent(_scope: Scope, _receive: Receive, _send: Send) -> None:
    return


async def _farewell(_scope: Scope, _receive: Receive, send: Send) -> None:
    await begin(send, 200, (b"connection", b"close"), (b"content-length", b"3"))
    await give(send, b"bye")


async def _large(_scope: Scope, _receive: Receive, send: Send) -> None:
    await begin(send, 200, (b"content-length", b"%d" % LARGE))
    for _ in range(LARGE // 65_536):
        await give(send, bytes(65_536), more=True)
    await give(send, b"")


async def _huge(_scope: Scope, _receive: Receive, send: Send) -> None:
    await begin(send, 200, (b"content-length", b"%d" % LARGE))
    await give(send, bytes(LARGE))


async def _wait(_scope: Scope, receive: Receive, _send: Send) -> None:
    message: Any = {}
    while message.get("type") != "http.disconnect":
        message = await receive()


PARTS: dict[str, Part] = {
    "/": _echo,
    "/deaf": _deaf,
    "/stream": _stream,
    "/late": _late,
    "/nothing": _nothing,
    "/split": _split,
    "/longer": _longer,
    "/half": _half,
    "/fail": _fail,
    "/silent": _silent,
    "/farewell": _farewell,
    "/large": _large,
    "/huge": _huge,
    "/wait": _wait,
}
