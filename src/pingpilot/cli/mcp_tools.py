"""The tools that `pingpilot mcp` offers, each one call of the REST API. Importing this loads the SDK."""

import asyncio
import json
from collections.abc import Callable, Mapping
from typing import Annotated, Any, Literal
from urllib.parse import quote, urlencode

from mcp.server.mcpserver import MCPServer
from mcp.server.mcpserver.exceptions import ToolError
from mcp_types import ToolAnnotations
from pydantic import Field

from pingpilot import __version__
from pingpilot.cli.calling import Caller, Reply, Unreached, refusal

POLL_S = 2.0
"""Between two looks for an answer."""
WAIT_MAX_S = 600
READS = ToolAnnotations(read_only_hint=True, open_world_hint=False)
SENDS = ToolAnnotations(read_only_hint=False, destructive_hint=False, open_world_hint=True)
INSTRUCTIONS = (
    "PingPilot keeps events that applications report, and brings them to its owner's channels. Read them with list and "
    "get. Where send is there, it reaches real people: send what they would want to know, once."
)

Members = dict[str, Any]
Severity = Literal["info", "success", "warning", "critical"]
Status = Literal["PENDING", "DELIVERED", "FAILED"]
Scalar = str | int | float | bool
Answers = list[str]


def server(caller: Caller, *, may_send: bool) -> MCPServer:
    """Return the server; without ``may_send`` its tools only read."""
    made = MCPServer("pingpilot", version=__version__, instructions=INSTRUCTIONS, log_level="WARNING")
    tools = Tools(caller)
    for tool in (tools.list, tools.get, tools.quota):
        made.add_tool(tool, annotations=READS)
    if may_send:
        for deed in (tools.send, tools.ask):
            made.add_tool(deed, annotations=SENDS)
        made.add_tool(tools.answer, annotations=READS)
    return made


class Tools:
    """What an agent may do. Each tool raises ToolError with the server's own words."""

    def __init__(self, caller: Caller, sleep: Callable[[float], Any] = asyncio.sleep) -> None:
        """Take who calls, and how to wait between two looks."""
        self._caller = caller
        self._sleep = sleep

    async def list(
        self,
        category: Annotated[str | None, Field(description="Only of this category.")] = None,
        severity: Annotated[Severity | None, Field(description="Only of this severity.")] = None,
        status: Annotated[Status | None, Field(description="Only with this state of delivery.")] = None,
        text: Annotated[str | None, Field(description="Words in description or fields.")] = None,
        limit: Annotated[int, Field(ge=1, le=100, description="How many at most.")] = 20,
        cursor: Annotated[str | None, Field(description="nextCursor of the page before.")] = None,
    ) -> Members:
        """List events, newest first."""
        wanted = {"category": category, "severity": severity, "status": status, "q": text, "cursor": cursor}
        query = urlencode({"limit": limit, **{name: value for name, value in wanted.items() if value}})
        return await self._get(f"/api/v1/events?{query}")

    async def get(self, event_id: Annotated[str, Field(description="id of an event.")]) -> Members:
        """Get one event with its deliveries and every attempt."""
        return await self._get(f"/api/v1/events/{quote(event_id, safe='')}")

    async def quota(self) -> Members:
        """Get how many events of the month's quota are used."""
        return await self._get("/api/v1/quota")

    async def send(
        self,
        category: Annotated[str, Field(description="A category of the workspace.")],
        description: Annotated[str | None, Field(description="What happened, for people.")] = None,
        fields: Annotated[dict[str, Scalar] | None, Field(description="What is worth knowing; flat.")] = None,
        severity: Severity = "info",
        url: Annotated[str | None, Field(description="Where the title links to.")] = None,
        dedupe_key: Annotated[str | None, Field(description="Repeats are counted, not delivered.")] = None,
    ) -> Members:
        """Report an event to the owner's channels. It reaches people."""
        event = {"category": category, "description": description, "fields": fields, "severity": severity}
        return await self._post("/api/v1/event", {**event, "url": url, "dedupe_key": dedupe_key})

    async def ask(
        self,
        question: Annotated[str, Field(description="What the owner is to decide, with all they need to know.")],
        category: Annotated[str, Field(description="The category whose channels get the question.")],
        options: Annotated[Answers | None, Field(description="2 to 10 answers; none: a text.")] = None,
        wait_s: Annotated[int, Field(ge=0, le=WAIT_MAX_S, description="Seconds to wait for the answer.")] = 120,
        expires_in_s: Annotated[int, Field(ge=60, le=86_400, description="How long it can be answered.")] = 3_600,
    ) -> Members:
        """Ask the owner a question on their channels, and wait for the answer.

        Where status is "open" afterwards nobody has answered yet: look again with answer, and do nothing meanwhile that
        the question was about.
        """
        asked = {"category": category, "question": question, "options": options or [], "expiresInS": expires_in_s}
        made = await self._post("/api/v1/questions", asked)
        return await self._answered(made, wait_s)

    async def answer(
        self,
        question_id: Annotated[str, Field(description="questionId that ask returned.")],
        wait_s: Annotated[int, Field(ge=0, le=WAIT_MAX_S, description="Seconds to wait for the answer.")] = 0,
    ) -> Members:
        """Get the answer to a question that was asked before."""
        found = await self._get(f"/api/v1/questions/{quote(question_id, safe='')}")
        return await self._answered(found, wait_s)

    async def _answered(self, question: Members, wait_s: float) -> Members:
        """Look for the answer until it is there, or the question is over, or the time is."""
        path = f"/api/v1/questions/{question['questionId']}"
        for _ in range(int(wait_s / POLL_S)):
            if question["status"] != "open":
                break
            await self._sleep(POLL_S)
            question = await self._get(path)
        return question

    async def _get(self, path: str) -> Members:
        return await _call(self._caller.get, path)

    async def _post(self, path: str, members: Mapping[str, object]) -> Members:
        said = {name: value for name, value in members.items() if value is not None}
        return await _call(self._caller.post, path, json.dumps(said).encode())


async def _call(work: Callable[..., Reply], *given: object) -> Members:
    """Call the server from a thread; raises ToolError with its words."""
    try:
        reply = await asyncio.to_thread(work, *given)
    except Unreached as error:
        raise ToolError(str(error)) from error
    if not reply.is_accepted:
        raise ToolError(refusal(reply))
    return reply.members
