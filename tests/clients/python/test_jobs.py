"""Jobs that say how they went, and go on as they would without that."""

import asyncio

import pytest

from pingpilot_client import Client, InvalidEvent, notify_on_failure


@pytest.fixture
def client(home):
    with Client(home.key, home.url, retries=0) as client:
        yield client


def test_a_failure_is_reported_and_goes_on(client, home):
    with pytest.raises(ZeroDivisionError), notify_on_failure("nightly import", client=client, fields={"shop": 7}):
        _ = 1 / 0
    (event,) = home.events()
    assert (event["category_name"], event["severity"]) == ("job", "critical")
    assert event["description"].startswith("nightly import failed after 0.")
    assert event["description"].endswith("ZeroDivisionError: division by zero")
    assert event["fields"].items() >= {"job": "nightly import", "error": "ZeroDivisionError", "shop": 7}.items()


def test_what_goes_well_is_said_only_when_asked_for(client, home):
    with notify_on_failure("quiet", client=client):
        pass
    with notify_on_failure("loud", client=client, on_success=True):
        pass
    (event,) = home.events()
    assert event["description"].startswith("loud ended well")
    assert event["severity"] == "success"


def test_a_function_is_watched_at_each_call(client, home):
    @notify_on_failure("halve", client=client)
    def halve(number: int) -> float:
        """Halve."""
        return number / (number and 2)

    assert halve(4) == 2
    assert (halve.__name__, halve.__doc__) == ("halve", "Halve.")
    for _ in range(2):
        with pytest.raises(ZeroDivisionError):
            halve(0)
    assert len(home.events()) == 2


def test_a_coroutine_function_is_watched_too(client, home):
    @notify_on_failure("fetch", client=client)
    async def fetch(number: int) -> float:
        await asyncio.sleep(0)
        return 1 / number

    async def both():
        return await asyncio.gather(fetch(1), fetch(0), return_exceptions=True)

    good, bad = asyncio.run(both())
    assert good == 1
    assert isinstance(bad, ZeroDivisionError)
    assert [event["fields"]["job"] for event in home.events()] == ["fetch"]


async def test_it_is_an_asynchronous_context_as_well(client, home):
    with pytest.raises(RuntimeError):
        async with notify_on_failure("stream", client=client):
            raise RuntimeError("broken off")
    assert "broken off" in home.events()[0]["description"]


@pytest.mark.parametrize("ending", [KeyboardInterrupt(), SystemExit(0), SystemExit(), asyncio.CancelledError()])
def test_an_end_that_was_asked_for_is_no_failure(client, home, ending):
    with pytest.raises(type(ending)), notify_on_failure("x", client=client):
        raise ending
    assert home.events() == []


def test_an_exit_code_is_a_failure(client, home):
    with pytest.raises(SystemExit), notify_on_failure("x", client=client):
        raise SystemExit(3)
    assert len(home.events()) == 1


def test_a_report_that_cannot_be_made_hides_nothing(caplog, monkeypatch):
    monkeypatch.delenv("PINGPILOT_API_KEY", raising=False)
    for client in (None, Client("pp_key", "http://127.0.0.1:1", retries=0)):
        with pytest.raises(ZeroDivisionError), notify_on_failure("x", client=client):
            _ = 1 / 0
    assert caplog.text.count("The end of x was not reported") == 2


def test_a_long_story_is_cut(client, home):
    with pytest.raises(ValueError, match="x"), notify_on_failure("x", client=client):
        raise ValueError("x" * 20_000)
    assert len(home.events()[0]["description"]) <= 4_000


def test_a_category_that_cannot_be_is_said_at_once():
    with pytest.raises(InvalidEvent):
        notify_on_failure("x", category="New Job")
