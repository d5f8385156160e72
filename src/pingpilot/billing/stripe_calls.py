"""Stripe's API, with a deadline for every call, and its errors in our words."""

import hashlib
import json
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from http import HTTPStatus
from typing import TypeVar

import stripe

from pingpilot.domain.errors import NotFound, PaymentUnavailable
from pingpilot.observe import get_logger

CONNECT_S, READ_S = 3.0, 8.0
AT_ONCE = 4
"""Calls under way in one process: each holds a thread of the control plane."""
TURN_S = 5.0
PAUSES_S = (0.5, 1.0, 2.0)
"""Whoever clicks twice waits for what the first click does. Source: Stripe, idempotent requests: 409 meanwhile."""
MISSING = "resource_missing"
"""Source: Stripe's error codes."""

stripe.enable_telemetry = False  # how long calls took, and on what machine, is nobody's business
_log = get_logger(__name__)
_T = TypeVar("_T")


class StripeCalls:
    """Makes calls, a few at a time. What goes wrong is NotFound, or PaymentUnavailable; the log has Stripe's reason."""

    def __init__(self, secret_key: str, api_url: str, patience_s: tuple[float, float] = (CONNECT_S, READ_S)) -> None:
        """Take the key, where the API is, and how long to wait for a connection and for an answer."""
        self.client = stripe.StripeClient(
            secret_key,
            base_addresses={"api": api_url},
            http_client=stripe.RequestsClient(timeout=patience_s),
            max_network_retries=0,  # it would sleep for as long as it is told
        )
        self._turns = threading.BoundedSemaphore(AT_ONCE)

    def ask(self, call: Callable[[], _T]) -> _T:
        """Make one call; raises NotFound for what Stripe does not have, PaymentUnavailable."""
        for pause_s in (*PAUSES_S, None):
            try:
                with self._turn(), _in_our_words():
                    return call()
            except stripe.IdempotencyError as error:
                if pause_s is None:
                    raise PaymentUnavailable from error
                time.sleep(pause_s)
        raise PaymentUnavailable

    @contextmanager
    def _turn(self) -> Iterator[None]:
        if not self._turns.acquire(timeout=TURN_S):
            raise PaymentUnavailable
        try:
            yield
        finally:
            self._turns.release()


def repeatable(nonce: str, params: Mapping[str, object]) -> str:
    """Return the idempotency key of a call: repeats with the same parameters are one.

    With other parameters Stripe would refuse the key for a day.
    """
    written = json.dumps(params, sort_keys=True, default=str).encode()
    return f"{nonce}-{hashlib.sha256(written).hexdigest()[:16]}"


@contextmanager
def _in_our_words() -> Iterator[None]:
    try:
        yield
    except stripe.IdempotencyError:
        raise
    except stripe.InvalidRequestError as error:
        if error.code == MISSING and (error.http_status == HTTPStatus.NOT_FOUND or error.param == "customer"):
            raise NotFound from error
        _note(error)
        raise PaymentUnavailable(
            "The payment service refused this. Whoever runs this instance finds why in its log"
        ) from (error)
    except stripe.StripeError as error:
        _note(error)
        raise PaymentUnavailable from error


def _note(error: stripe.StripeError) -> None:
    """Log what Stripe says went wrong. Its sentence is left out: it may hold a part of the key, or what was sent."""
    _log.error(
        "stripe.failed",
        error=type(error).__name__,
        status=error.http_status,
        code=error.code,
        param=getattr(error, "param", None),
        request=error.request_id,
    )
