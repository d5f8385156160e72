"""`pingpilot mcp` with the SDK's own client on its standard streams: reading, sending, asking."""

import asyncio
import json
import re
import subprocess
import sys
from collections.abc import Awaitable, Callable
from http.cookiejar import CookieJar
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from urllib.request import HTTPCookieProcessor, build_opener

import pytest
from mcp import Client, StdioServerParameters

from tests.contract.shop import Shop, open_shop
from tests.servers.hook import Hook, running_hook
from tests.servers.ports import wait_until
from tests.servers.service import Service

COMMAND = str(Path(sys.executable).with_name("pingpilot"))
PATIENCE_S = 60
READING, SENDING = {"list", "get", "quota"}, {"send", "ask", "answer"}


@pytest.fixture(scope="module")
def hook():
    with running_hook() as receiver:
        yield receiver


@pytest.fixture(scope="module")
def shop(shared_service: Service, hook: Hook) -> Shop:
    """A workspace whose events and questions go to a webhook."""
    shop = open_shop(shared_service, "agent")
    shared_service.destination(shop.workspace, "webhook", f"url={hook.url}")
    return shop


def with_agent(shop: Shop, work: Callable[[Any], Awaitable[Any]], *options: str, key: str = "") -> Any:
    """Let an agent work with the tools of a server of its own."""
    environment = {"PINGPILOT_URL": shop.service.url, "PINGPILOT_API_KEY": key or shop.key}

    async def run() -> Any:
        server = StdioServerParameters(command=COMMAND, args=["mcp", *options], env=environment)
        async with asyncio.timeout(PATIENCE_S), Client(server) as client:
            return await work(client)

    return asyncio.run(run())


async def called(client: Any, tool: str, **arguments: Any) -> Any:
    """Call a tool; returns what it found, or the words of its refusal."""
    result = await client.call_tool(tool, arguments)
    text = result.content[0].text
    return text.removeprefix(f"Error executing tool {tool}: ") if result.is_error else json.loads(text)


def link_of(hook: Hook, question: str) -> str:
    """Wait for the message of a question, and return its link."""

    def links() -> list[str]:
        told = [one.json["data"] for one in list(hook.requests)]
        return [str(one["url"]) for one in told if question in one["description"]]

    wait_until(links, "the question is delivered", 20)
    return links()[-1]


def answer_through(link: str, answer: str) -> None:
    """Open a question's link and press one of its answers, as a person would."""
    browser = build_opener(HTTPCookieProcessor(CookieJar()))
    page = browser.open(link, timeout=20).read().decode()
    found = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page)
    assert found is not None
    form = {"csrfmiddlewaretoken": found[1], "answer": answer}
    assert "Answered" in browser.open(link, urlencode(form).encode(), timeout=20).read().decode()


def test_without_leave_it_only_reads(shop: Shop):
    event = shop.post({"category": "sale", "description": "Lamp sold", "fields": {"amount": 99.9}}).json["eventId"]

    async def work(client: Any) -> Any:
        tools = {tool.name: tool for tool in (await client.list_tools()).tools}
        assert set(tools) == READING
        assert all(tool.annotations.read_only_hint for tool in tools.values())
        listed = await called(client, "list", category="sale", limit=5)
        assert event in [one["id"] for one in listed["events"]]
        assert "Lamp sold" in json.dumps(await called(client, "get", event_id=event))
        assert "plan" in await called(client, "quota")
        return await called(client, "get", event_id="0" * 32)

    assert with_agent(shop, work) == "There is no such event"


def test_with_leave_it_sends(shop: Shop):
    async def work(client: Any) -> Any:
        assert {tool.name for tool in (await client.list_tools()).tools} == READING | SENDING
        refused = await called(client, "send", category="nothing-of-the-kind")
        assert refused == 'You dont have a category named "nothing-of-the-kind"'
        return await called(client, "send", category="sale", description="By an agent", fields={"n": 1})

    sent = with_agent(shop, work, "--allow-send")
    assert shop.event(sent["eventId"], "description", "fields") == ("By an agent", '{"n":1}')


def test_it_asks_and_hears_the_answer(shop: Shop, hook: Hook):
    async def work(client: Any) -> Any:
        asking = asyncio.create_task(
            called(client, "ask", question="Deploy now?", category="sale", options=["Yes", "No"], wait_s=30)
        )
        link = await asyncio.to_thread(link_of, hook, "Deploy now?")
        await asyncio.to_thread(answer_through, link, "No")
        answered = await asking
        return answered, await called(client, "answer", question_id=answered["questionId"]), link

    answered, again, link = with_agent(shop, work, "--allow-send")
    assert (answered["status"], answered["answer"]) == ("answered", "No")
    assert again == answered
    assert link not in json.dumps(answered)


def test_who_waits_for_no_answer_is_told_that_there_is_none(shop: Shop):
    async def work(client: Any) -> Any:
        return await called(client, "ask", question="Anybody?", category="sale", wait_s=0)

    assert with_agent(shop, work, "--allow-send")["status"] == "open"


def test_a_wrong_key_is_the_servers_own_word(shop: Shop):
    async def work(client: Any) -> Any:
        return await called(client, "quota")

    assert with_agent(shop, work, key="pp_wrong") == "Invalid API key"


def test_without_a_key_it_does_not_start():
    done = subprocess.run([COMMAND, "mcp"], capture_output=True, text=True, timeout=PATIENCE_S, env={}, check=False)
    assert done.returncode == 2
    assert "PINGPILOT_API_KEY" in done.stderr
