"""The chore that looks into what Stripe told, into what lapses, and once a day into everything."""

from datetime import date, datetime, timedelta

from pingpilot.manage import payment_notes, subscriptions
from pingpilot.manage.payment_provider import Heard, PaymentProvider
from pingpilot.manage.services import Services
from pingpilot.store.reader import Reader

EVERY = timedelta(seconds=1)
"""How often to look for what was told: somebody waits for it on the page after the checkout."""
BREATH = timedelta(milliseconds=50)
LAPSED_EVERY = timedelta(minutes=1)
DEADLINE = timedelta(minutes=30)
"""Of a turn: when everything is compared, it makes many calls, each with a deadline of its own."""


class Following:
    """Works on a thread of its own: its calls may take long, and nobody else waits for them."""

    name = "billing"
    every = EVERY
    deadline = DEADLINE

    def __init__(self, services: Services, provider: PaymentProvider, thread: Reader) -> None:
        """Take the services, who sells plans, and a reader of one thread."""
        self._services = services
        self._provider = provider
        self._thread = thread
        self._lapsed_at: datetime | None = None
        self._swept_on: date | None = None

    async def turn(self) -> timedelta:
        """Look into what is due, beside the event loop; return how long to rest."""
        return await self._thread.run(self.look)

    def look(self) -> timedelta:
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
