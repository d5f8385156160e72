"""SPEC section 4, ``Prefer: wait=N``: the answer once every delivery is final, or N seconds have passed."""

import time
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from tests.contract.shop import Shop, open_shop
from tests.servers.hook import Hook, running_hook
from tests.servers.raw import Raw, connected, request
from tests.servers.service import Answer, Service

BODY = {"category": "sale"}


@pytest.fixture(scope="module")
def good() -> Iterator[Hook]:
    with running_hook() as receiver:
        yield receiver


@pytest.fixture(scope="module")
def bad() -> Iterator[Hook]:
    """A receiver that refuses every message: for good with 400, for now with 503."""
    with running_hook() as receiver:
        receiver.status = 400
        yield receiver


@pytest.fixture(scope="module")
def well(shared_service: Service, good: Hook) -> Shop:
    return with_hooks(shared_service, "well", good, good)


@pytest.fixture(scope="module")
def ill(shared_service: Service, bad: Hook) -> Shop:
    return with_hooks(shared_service, "ill", bad, bad)


def with_hooks(service: Service, name: str, *hooks: Hook) -> Shop:
    shop = open_shop(service, name)
    for number, hook in enumerate(hooks):
        service.destination(shop.workspace, "webhook", f"url={hook.url}/{number}")
    return shop


def post(shop: Shop, prefer: str, **headers: str) -> Answer:
    return shop.post(BODY, Prefer=prefer, **headers)


def test_the_answer_tells_how_each_delivery_ended(well: Shop):
    started = time.monotonic()
    answer = post(well, "wait=30")
    assert time.monotonic() - started < 25
    assert (answer.status, answer.headers["preference-applied"]) == (200, "wait=30")
    content = answer.json
    assert (content["message"], content["code"]) == ("Event processed successfully", "accepted")
    assert content["status"] == "DELIVERED"
    assert len(content["deliveries"]) == 2
    for delivery in content["deliveries"]:
        assert set(delivery) == {"id", "channel", "destination", "state", "attempts", "isMaybeRepeat", "detail"}
        assert (delivery["channel"], delivery["state"], delivery["attempts"]) == ("webhook", "DELIVERED", 1)
    assert well.event(content["eventId"], "status") == ("DELIVERED",)


def test_when_every_channel_failed_for_good_it_is_an_error(ill: Shop):
    answer = post(ill, "wait=20")
    content = answer.json
    assert (answer.status, content["message"], content["code"]) == (500, "Error processing event", "delivery_failed")
    assert [delivery["state"] for delivery in content["deliveries"]] == ["DEAD", "DEAD"]
    assert (content["status"], answer.headers["preference-applied"]) == ("FAILED", "wait=20")
    assert ill.event(content["eventId"], "status") == ("FAILED",)


def test_when_one_channel_took_it_it_is_none(shared_service: Service, good: Hook, bad: Hook):
    answer = post(with_hooks(shared_service, "mixed", good, bad), "wait=20")
    assert (answer.status, answer.json["status"]) == (200, "FAILED")
    assert sorted(delivery["state"] for delivery in answer.json["deliveries"]) == ["DEAD", "DELIVERED"]


def test_after_the_time_the_answer_tells_what_is_known(shared_service: Service, bad: Hook):
    with running_hook() as busy:
        busy.status = 503
        shop = with_hooks(shared_service, "patient", busy)
        started = time.monotonic()
        answer = post(shop, "wait=1")
    assert 0.9 < time.monotonic() - started < 15
    assert (answer.status, answer.json["status"]) == (200, "PENDING")
    (delivery,) = answer.json["deliveries"]
    assert delivery["state"] in {"PENDING", "SENDING"}  # just then the second try may be on its way


def test_an_event_without_a_destination_is_delivered_at_once(shop: Shop):
    answer = post(shop, "wait=30")
    assert (answer.json["status"], answer.json["deliveries"]) == ("DELIVERED", [])
    assert "hint" in answer.json


@pytest.mark.parametrize(
    "prefer",
    [
        "",
        "wait",
        "wait=",
        "wait=0",
        "wait=31",
        "wait=-1",
        "wait=1.5",
        "wait=x",
        "wait=99999999999999",
        "await=5",
        "respond-async",
        'wait="',
        "wait=5 5",
        "wait=0, wait=5",
    ],
)
def test_a_wait_that_is_none_is_ignored(well: Shop, prefer: str):
    answer = post(well, prefer)
    assert (answer.status, set(answer.json)) == (200, {"message", "code", "eventId"})
    assert "preference-applied" not in answer.headers


@pytest.mark.parametrize(
    "prefer", ["Wait=20", 'wait="20"', "respond-async, wait=20", "return=minimal;x=1,wait = 20 ;y", "wait=20, wait=3"]
)
def test_the_forms_of_a_preference(well: Shop, prefer: str):
    answer = post(well, prefer)
    assert (answer.json["status"], answer.headers["preference-applied"]) == ("DELIVERED", "wait=20")


def test_a_refusal_does_not_wait(well: Shop):
    assert well.post({"category": "unknown"}, Prefer="wait=30").status == 404


def test_with_an_idempotency_key_the_fuller_answer_is_the_first_one(well: Shop, ill: Shop):
    for shop, status in ((well, 200), (ill, 500)):
        first = post(shop, "wait=20", **{"Idempotency-Key": "wait"})
        again = post(shop, "wait=20", **{"Idempotency-Key": "wait"})
        assert (first.status, again.status, again.body) == (status, status, first.body)
        assert again.headers["idempotency-replayed"] == "true"


def test_many_wait_at_once(well: Shop):
    with ExitStack() as stack:
        lines = [stack.enter_context(connected(well.port, 40)) for _ in range(100)]
        for line in lines:
            line.send(request(well.key, b'{"category":"sale"}', "Prefer: wait=30"))
        answers = [line.answer().json for line in lines]
    assert {answer["status"] for answer in answers} == {"DELIVERED"}
    assert len({answer["eventId"] for answer in answers}) == 100


def test_clients_that_vanish_leave_nothing_behind(shared_service: Service):
    with running_hook() as busy:
        busy.status = 503
        shop = with_hooks(shared_service, "fickle", busy)
        for _ in range(50):
            line = Raw(shop.port).send(request(shop.key, b'{"category":"sale"}', "Prefer: wait=30"))
            line.close()
        assert post(shop, "wait=1").json["status"] == "PENDING"


def test_without_a_worker_in_the_process_the_store_is_asked(installation: Service, good: Hook):
    if "PINGPILOT_DATABASE_URL" not in installation.settings:
        pytest.skip("on SQLite the worker is in the same process")
    shop = with_hooks(installation.start(), "apart", good)
    second = Service(installation.folder / "second", dict(installation.settings), launch=installation.launch)
    second.folder.mkdir()
    secret = installation.folder / "data" / "secret"
    if secret.exists():
        (second.folder / "data").mkdir()
        (second.folder / "data" / "secret").write_bytes(secret.read_bytes())
    second.start("--no-worker")
    try:
        answer = second.post(shop.key, BODY, Prefer="wait=20")
        assert (answer.status, answer.json["status"]) == (200, "DELIVERED")
    finally:
        second.stop()
