"""SPEC section 4, status 503: when the store cannot take more, nothing is stored and the client is to come back."""

import os
import select
import signal
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from tests.contract.shop import is_refusal, open_shop
from tests.lab.processes import children_of
from tests.servers.ports import wait_until
from tests.servers.raw import connected, request
from tests.servers.service import Service

BODY = b'{"category":"sale"}'
BUSY = ("The service is restarting. Please retry", "unavailable")


@contextmanager
def stopped_writer(service: Service) -> Iterator[None]:
    """Nothing is committed inside, so that what comes has to wait, however slowly it comes."""
    assert service.process is not None
    (writer,) = children_of(service.process.pid)
    os.kill(writer, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(writer, signal.SIGCONT)


def test_what_finds_no_room_is_refused_and_not_stored(installation: Service):
    installation.settings["PINGPILOT_WRITER_QUEUE"] = "1"
    shop = open_shop(installation.start(), "busy")
    wait_until(lambda: shop.post({"category": "sale"}).status == 200, "the first event is stored")
    with ExitStack() as stack:
        lines = [stack.enter_context(connected(shop.port)) for _ in range(100)]
        with stopped_writer(installation):
            for line in lines:
                line.send(request(shop.key, BODY))
            assert select.select([line.socket for line in lines], [], [], 15)[0]
        answers = [line.answer() for line in lines]
    refused = [answer for answer in answers if answer.status != 200]
    assert refused
    assert all(is_refusal(answer, 503, *BUSY) for answer in refused)
    assert all(int(answer.headers["retry-after"]) >= 1 for answer in refused)
    assert shop.count() == 1 + len(answers) - len(refused)
    wait_until(lambda: shop.post({"category": "sale"}).status == 200, "there is room again")
