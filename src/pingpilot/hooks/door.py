"""The raw ASGI door of ``/hooks/<kind>``: read, let the channel check the signature, act, answer.

Nothing is changed for a call that its channel refuses. A provider is answered once all that it told is on record; where
that fails it is told to come again.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from urllib.parse import parse_qsl

from pingpilot.deliver.hearing import Hearing
from pingpilot.domain.channel import Called, Config
from pingpilot.domain.errors import InternalError, MethodNotAllowed, Overloaded, PingPilotError, UnknownCaller
from pingpilot.domain.incoming import Answer, Incoming, Refused, VerifyEd25519
from pingpilot.ingest.answers import Answer as Sent
from pingpilot.ingest.answers import refused
from pingpilot.ingest.call import Bodies, Call, ClientGone, Receive, Scope, Send, give
from pingpilot.observe import get_logger

PREFIX = "/hooks/"
BODY_MAX_BYTES = 1_048_576
UNREAD_MAX_BYTES = 16 * BODY_MAX_BYTES
ACT_WITHIN_S = 10
"""Providers wait 3 to 60 seconds for an answer, and come again when there is none."""
SEEN_MAX = 10_000

_log = get_logger()


@dataclass(frozen=True, slots=True)
class Hook:
    """A channel that is called, and its settings as ``Called.called`` wants them."""

    channel: Called
    config: Config = field(repr=False)


class HookDoor:
    """Answers GET and POST on one path for each channel that is called. Lives on one event loop."""

    def __init__(
        self,
        hooks: Mapping[str, Hook],
        hearing: Hearing,
        now: Callable[[], datetime],
        verify_ed25519: VerifyEd25519,
        seen_max: int = SEEN_MAX,
    ) -> None:
        """Take the hooks by kind, who acts on what is heard, and what calls are checked with.

        ``seen_max``: how many calls are remembered, so that a repeat is known.
        """
        self._hooks = hooks
        self._hearing = hearing
        self._now = now
        self._verify_ed25519 = verify_ed25519
        self._seen_max = seen_max
        self._bodies = Bodies(UNREAD_MAX_BYTES)
        self._seen: OrderedDict[tuple[str, str], None] = OrderedDict()

    def answers(self, path: str) -> bool:
        """Tell whether a path is one of this door's."""
        return path.startswith(PREFIX) and path[len(PREFIX) :] in self._hooks

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one call on a path of this door."""
        kind = scope["path"][len(PREFIX) :]
        try:
            sent = await self._answer(kind, Call(scope, receive))
        except ClientGone:
            return
        await give(send, sent.status, sent.headers, sent.body)

    async def _answer(self, kind: str, call: Call) -> Sent:
        try:
            if call.scope["method"] not in {"GET", "POST"}:
                return refused(MethodNotAllowed("This address takes GET and POST only"), [(b"allow", b"GET, POST")])
            answer = await self._serve(kind, call)
        except PingPilotError as error:
            return refused(error)
        except ClientGone:
            raise
        except Exception as error:  # noqa: BLE001 - channels may be foreign code, and a provider must get its answer
            _log.error("hook.failed", channel=kind, error=repr(error)[:300])
            return refused(InternalError())
        return _sent(answer)

    async def _serve(self, kind: str, call: Call) -> Answer:
        """Check, act, and return the channel's answer; raises UnknownCaller, or Overloaded: it has to come again."""
        hook = self._hooks[kind]
        body = await self._bodies.read(call, BODY_MAX_BYTES)
        request = self._request(hook.config, call, body)
        answer = hook.channel.called(request, hook.config)
        if isinstance(answer, Refused):
            _log.info("hook.refused", channel=kind, reason=answer.reason)
            raise UnknownCaller
        name = (kind, answer.identity)
        if name in self._seen:
            _log.info("hook.repeated", channel=kind)
            return answer
        await self._act(hook, answer)
        if answer.identity:
            self._remember(name)
        return answer

    async def _act(self, hook: Hook, answer: Answer) -> None:
        try:
            async with asyncio.timeout(ACT_WITHIN_S):
                await self._hearing.act(hook.channel, hook.config, answer.heard)
        except TimeoutError as error:
            raise Overloaded from error

    def _request(self, config: Config, call: Call, body: bytes) -> Incoming:
        raw_query = call.scope.get("query_string", b"").decode("latin-1")
        path = call.scope["path"]
        return Incoming(
            method=call.scope["method"],
            url=f"{config['public_url']}{path}{'?' if raw_query else ''}{raw_query}",
            headers={name.decode("latin-1"): value.decode("latin-1") for name, value in call.head.items()},
            query=dict(parse_qsl(raw_query, keep_blank_values=True)),
            body=body,
            received_at=self._now(),
            verify_ed25519=self._verify_ed25519,
        )

    def _remember(self, name: tuple[str, str]) -> None:
        self._seen[name] = None
        if len(self._seen) > self._seen_max:
            self._seen.popitem(last=False)


def _sent(answer: Answer) -> Sent:
    headers = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in answer.headers.items()]
    if answer.status != 204:
        headers.append((b"content-length", b"%d" % len(answer.body)))
    return Sent(answer.status, headers, answer.body)
