"""What has to be looked into at the payment provider: kept first, answered at once, worked off by a chore."""

from datetime import datetime, timedelta

from django.db.models import F

from pingpilot.domain.errors import PaymentUnavailable
from pingpilot.manage import subscriptions
from pingpilot.manage.payment_provider import Heard, PaymentProvider
from pingpilot.manage.services import Services
from pingpilot.observe import get_logger
from pingpilot.store.models import Bought, PaymentNote

SWEEP = "sweep"
"""The kind of a note that a day has passed, or that this instance was away: everything is compared."""
AT_ONCE = 20
LEASE = timedelta(minutes=2)
"""How long a note is one worker's alone; then another may take it."""
FIRST_WAIT, LONGEST_WAIT = timedelta(seconds=5), timedelta(hours=1)
KEPT_FOR = timedelta(days=45)
"""Source: Stripe repeats an event for 3 days by itself, and for 30 days when a person asks for it."""

_log = get_logger(__name__)


def keep(services: Services, heard: Heard) -> bool:
    """Keep what was heard, to be looked into at once; False when it was heard before."""
    now = services.now()
    _, is_new = PaymentNote.objects.get_or_create(
        pk=heard.id,
        defaults={
            "kind": heard.kind,
            "subscription": heard.subscription,
            "customer": heard.customer,
            "received_at": now,
            "due_at": now,
        },
    )
    return is_new


def work_off(services: Services, provider: PaymentProvider) -> int:
    """Look into what is due; return how many notes were done. What does not come off is tried again later."""
    rows = PaymentNote.objects.filter(due_at__lte=services.now()).order_by("due_at", "pk")[:AT_ONCE]
    return sum(_work_off(services, provider, note) for note in rows if _claim(services, note))


def forget_old(services: Services) -> int:
    """Forget what was done long ago; return how many notes."""
    rows = PaymentNote.objects.filter(received_at__lt=services.now() - KEPT_FOR, due_at=None)
    return rows.filter(pk__in=list(rows.values_list("pk", flat=True)[:1_000])).delete()[0]


def _claim(services: Services, note: PaymentNote) -> bool:
    rows = PaymentNote.objects.filter(pk=note.pk, due_at=note.due_at, tries=note.tries)
    return bool(rows.update(due_at=services.now() + LEASE, tries=F("tries") + 1))


def _work_off(services: Services, provider: PaymentProvider, note: PaymentNote) -> bool:
    try:
        is_done = _look_into(services, provider, note)
    except PaymentUnavailable as error:
        _log.warning("payment.waits", note=note.pk, tries=note.tries + 1, reason=error.message)
        is_done = False
    due_at = None if is_done else _next_try(services.now(), note.tries)
    PaymentNote.objects.filter(pk=note.pk).update(due_at=due_at)
    return is_done


def _look_into(services: Services, provider: PaymentProvider, note: PaymentNote) -> bool:
    """Look at what a note is about; all of a customer's where it names no subscription."""
    if note.kind == SWEEP:
        subscriptions.sweep(services, provider)
        return True
    if note.subscription:
        return subscriptions.look(services, provider, note.subscription)
    of_customer = Bought.objects.filter(payer__customer=note.customer or None).values_list("pk", flat=True)
    looked = [subscriptions.look(services, provider, one) for one in of_customer]
    return all(looked)


def _next_try(now: datetime, tries: int) -> datetime:
    wait: timedelta = FIRST_WAIT * (1 << min(tries, 12))
    return now + min(LONGEST_WAIT, wait)
