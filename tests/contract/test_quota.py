"""SPEC sections 4 and 8: the quota, exact under concurrency, in answers and headers."""

from contextlib import ExitStack
from datetime import UTC, datetime

import pytest

from tests.contract.shop import Shop, is_refusal, open_shop
from tests.servers.hook import Hook
from tests.servers.ports import wait_until
from tests.servers.raw import connected, request
from tests.servers.service import Answer, Service

FULL = ("Monthly quota reached. Please upgrade your plan for more events", "quota_reached")
BODY = {"category": "sale"}


@pytest.fixture(scope="module")
def free(shared_service: Service) -> Shop:
    """A workspace of the plan FREE: 100 events a month."""
    return open_shop(shared_service, "free", "free")


def quota_of(answer: Answer) -> tuple[int, int]:
    """Return limit and remainder from the headers, whose reset is the first of next month in UTC."""
    now = datetime.now(UTC)
    reset = datetime(now.year + now.month // 12, now.month % 12 + 1, 1, tzinfo=UTC)
    assert abs(int(answer.headers["ratelimit-reset"]) - (reset - now).total_seconds()) < 5
    return int(answer.headers["ratelimit-limit"]), int(answer.headers["ratelimit-remaining"])


def is_full(answer: Answer) -> bool:
    assert is_refusal(answer, 429, *FULL)
    assert quota_of(answer) == (100, 0)
    assert answer.headers["retry-after"] == answer.headers["ratelimit-reset"]
    return True


def use(shop: Shop, units: int) -> None:
    """Set the units used, and wait until the service has seen it, as it does within 2 seconds."""
    shop.use(units)
    wait_until(lambda: quota_of(shop.post(b"{")) == (100, 100 - units), "the service has seen it", 10)


def test_every_authenticated_answer_carries_the_quota(free: Shop):
    use(free, 40)
    assert quota_of(free.post(BODY)) == (100, 59)
    for body in (b"{", b"{}", b'{"category":"unknown"}', b" " * 70_000):
        answer = free.post(body)
        assert answer.status in (400, 422, 404, 413)
        assert quota_of(answer) == (100, 59)


def test_an_unauthenticated_answer_carries_no_quota(free: Shop):
    answer = free.service.post("x", BODY)
    assert not [name for name in answer.headers if name.startswith("ratelimit")]


def test_refused_calls_cost_nothing(free: Shop):
    use(free, 40)
    for body in (b"{", b"{}", b'{"category":"unknown"}', b'{"category":"sale","x":1}'):
        free.post(body)
    assert free.used() == 40


def test_the_last_unit_and_what_comes_after_it(free: Shop):
    use(free, 99)
    answer = free.post(BODY)
    assert (answer.status, quota_of(answer)) == (200, (100, 0))
    before = free.count()
    assert is_full(free.post(BODY))
    assert (free.used(), free.count()) == (100, before)


def test_200_parallel_calls_at_one_below_the_limit_give_one_200_and_199_times_429(free: Shop):
    use(free, 99)
    before = free.count()
    with ExitStack() as stack:
        lines = [stack.enter_context(connected(free.port)) for _ in range(200)]
        for line in lines:
            line.send(request(free.key, b'{"category":"sale"}'))
        answers = [line.answer() for line in lines]
    assert sorted(answer.status for answer in answers) == [200] + [429] * 199
    assert all(is_full(answer) for answer in answers if answer.status == 429)
    assert (free.used(), free.count()) == (100, before + 1)


def test_the_transaction_counts_what_another_process_has_used(free: Shop):
    use(free, 40)
    assert free.post(BODY).status == 200
    free.use(100)
    assert is_full(free.post(BODY))
    assert free.used() == 100


def test_a_unit_that_was_given_back_can_be_used(free: Shop, hook: Hook):
    use(free, 99)
    free.service.destination(free.workspace, "webhook", f"url={hook.url}")
    hook.status = 400  # this message is refused for good: the event reaches nobody
    assert free.post(BODY).status == 200
    assert is_full(free.post(BODY))
    wait_until(lambda: free.used() == 99, "the unit is given back")
    wait_until(lambda: free.post(BODY).status == 200, "the unit is used", 10)


def test_a_larger_plan_counts_at_once(free: Shop):
    use(free, 100)
    assert free.post(BODY).status == 429
    free.change("plan = 'PRO'")
    wait_until(lambda: free.post(BODY).status == 200, "the new plan counts", 10)
    free.change("plan = 'FREE'")
