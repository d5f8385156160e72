"""From the number of a failed attempt to the time of the next."""

from datetime import timedelta

SCHEDULE = (
    timedelta(seconds=1),
    timedelta(seconds=5),
    timedelta(seconds=30),
    timedelta(minutes=2),
    timedelta(minutes=10),
    timedelta(minutes=30),
)
THEN_EVERY = timedelta(hours=1)
GIVE_UP_AFTER = timedelta(hours=24)
RETRY_AFTER_MAX = timedelta(hours=24)
JITTER = 0.2
"""Source of all five: SPEC section 7.3."""


def wait_after(attempts: int, age: timedelta, spread: float, retry_after: timedelta | None = None) -> timedelta | None:
    """Return how long to wait after the ``attempts``-th failed attempt (from 1), or None to give up.

    ``age`` is the time since the schedule began; ``spread`` a random number from 0 to 1 that places the wait within
    ±20 %. A provider's ``retry_after`` replaces a shorter wait, capped at 24 h. Gives up when the next try
    would be later than 24 h after the schedule began.
    """
    step = SCHEDULE[attempts - 1] if attempts <= len(SCHEDULE) else THEN_EVERY
    wait = step * (1 + JITTER * (2 * spread - 1))
    if retry_after is not None:
        wait = max(wait, min(retry_after, RETRY_AFTER_MAX))
    return None if age + wait > GIVE_UP_AFTER else wait
