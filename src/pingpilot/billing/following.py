"""The chore that looks into what Stripe told, into what lapses, and once a day into everything."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime, timedelta

from django.db import Error, connection

from pingpilot.domain.errors import PingPilotError
from pingpilot.manage import payment_notes, subscriptions
from pingpilot.manage.payment_provider import Heard, PaymentProvider
from pingpilot.manage.services import Services
from pingpilot.observe import get_logger

EVERY = timedelta(seconds=1)
"""How often to look for what was told: somebody waits for it on the page after the checkout."""
BREATH = timedelta(milliseconds=50)
LAPSED_EVERY = timedelta(minutes=1)

_log = get_logger(__name__)


class Following:
    """Works on a thread of its own: its calls may take long, and nobody else waits for them."""

    def __init__(self, services: Services, provider: PaymentProvider) -> None:
        """Take the services, and who sells plans."""
        self._services = services
        self._provider = provider
        self._lapsed_at: datetime | None = None
        self._swept_on: date | None = None

    async def run(self) -> None:
        """Follow until cancelled. A call that is under way then ends by its own deadline."""
        pool = ThreadPoolExecutor(1, thread_name_prefix="billing")
        try:
            while True:
                pause = await asyncio.get_running_loop().run_in_executor(pool, self._safe_turn)
                await asyncio.sleep(pause.total_seconds())
        finally:
            pool.submit(connection.close)
            pool.shutdown(wait=False)

    def turn(self) -> timedelta:
        """Look into what is due; return how long to rest."""
        now = self._services.now()
        self._ask_for_sweep(now)
        if self._lapsed_at is None or now - self._lapsed_at >= LAPSED_EVERY:
            subscriptions.look_at_lapsed(self._services, self._provider)
            payment_notes.forget_old(self._services)
            self._lapsed_at = now
        return BREATH if payment_notes.work_off(self._services, self._provider) else EVERY

    def _ask_for_sweep(self, now: datetime) -> None:
        """Have everything compared after a start, at most once an hour, and once a day.

        Of several processes one does it: the note has the same name for all.
        """
        today = now.date()
        if self._swept_on == today:
            return
        name = f"start {now:%Y-%m-%d %H}" if self._swept_on is None else f"day {today}"
        payment_notes.keep(self._services, Heard(name, payment_notes.SWEEP))
        self._swept_on = today

    def _safe_turn(self) -> timedelta:
        try:
            return self.turn()
        except Error as error:
            connection.close()  # the next turn opens a fresh one
            _log.warning("billing.waits", reason=type(error).__name__)
        except PingPilotError as error:
            _log.warning("billing.waits", reason=error.message)
        return EVERY
