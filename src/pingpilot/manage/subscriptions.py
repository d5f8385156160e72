"""The plan follows what was bought: read it afresh from the provider, keep it, and put the workspace on its plan.

Nothing that the provider tells is believed: it only says where to look. So it does not matter in which order, how
often or how late it tells.
"""

from django.db import transaction
from django.db.models import F

from pingpilot.domain.errors import NotFound, SubscriptionRuns
from pingpilot.domain.price import Price, known
from pingpilot.domain.subscription import CHARGES, OVER, Status, Subscription, is_entitled, lapses_at
from pingpilot.manage import plans
from pingpilot.manage.payment_provider import PaymentProvider
from pingpilot.manage.services import Services
from pingpilot.observe import get_logger
from pingpilot.store.models import Bought, Payer, Workspace
from pingpilot.store.workspaces import changing

_log = get_logger(__name__)


def look(services: Services, provider: PaymentProvider, subscription: str) -> bool:
    """Read a subscription and follow it; False when somebody has begun to read it since: their answer is newer.

    One that is nobody's here is left alone. Raises PaymentUnavailable; then nothing is changed.
    """
    try:
        if not Bought.objects.filter(pk=subscription).exists() and not _introduce(provider.subscription(subscription)):
            return True
        ticket = _ticket(subscription)
        read = provider.subscription(subscription)
    except NotFound:
        # never so with the account that it was bought in: the key is of another account, or of its test mode
        _log.error("subscription.missing", subscription=subscription)
        return True
    return _follow(services, provider, read, ticket)


def sweep(services: Services, provider: PaymentProvider) -> None:
    """Compare all that runs, there and here, and look at what differs; raises PaymentUnavailable."""
    kept = {bought.pk: bought for bought in Bought.objects.exclude(status__in=OVER)}
    looked = 0
    for read in provider.running():
        bought = kept.pop(read.id, None)
        if bought is None or _differs(provider, bought, read):
            look(services, provider, read.id)
            looked += 1
    for gone in kept:
        look(services, provider, gone)
    _log.info("subscriptions.swept", differed=looked, ended=len(kept))


def look_at_lapsed(services: Services, provider: PaymentProvider) -> None:
    """Look at what goes by itself because nothing was paid in time; raises PaymentUnavailable."""
    rows = Bought.objects.filter(lapses_at__lte=services.now()).exclude(plan="")
    for subscription in rows.values_list("pk", flat=True)[:100]:
        look(services, provider, subscription)


def running(workspace: Workspace) -> Bought | None:
    """Return what a workspace has bought that runs, the newest first read; None where nothing does."""
    return Bought.objects.filter(payer=workspace.pk, status__in=CHARGES).order_by("-plan", "-read_at").first()


def charges_on(workspace: Workspace) -> bool:
    """Tell whether somebody would be charged again for a workspace."""
    return Bought.objects.filter(payer=workspace.pk, status__in=CHARGES, ends_at=None).exists()


def refuse_charges(workspace: Workspace) -> None:
    """Raise SubscriptionRuns while somebody would be charged again for a workspace."""
    if charges_on(workspace):
        raise SubscriptionRuns(
            f"“{workspace.name}” has a subscription that runs on. Cancel it first: Plan, then Manage the subscription"
        )


def _introduce(read: Subscription) -> bool:
    """Keep a subscription that is new here; False when it is nobody's: others may sell by the same account."""
    payer = Payer.objects.filter(customer=read.customer).first()
    if payer is None:
        _log.info("subscription.foreign", subscription=read.id)
        return False
    Bought.objects.get_or_create(pk=read.id, defaults={"payer": payer, "status": Status.INCOMPLETE})
    return True


def _ticket(subscription: str) -> int:
    """Return a number that is higher than those of all who have begun to read."""
    with transaction.atomic():
        Bought.objects.filter(pk=subscription).update(asked=F("asked") + 1)
        return Bought.objects.get(pk=subscription).asked


def _follow(services: Services, provider: PaymentProvider, read: Subscription, ticket: int) -> bool:
    workspace_id = Bought.objects.get(pk=read.id).payer_id
    with changing(workspace_id) as workspace:
        bought = Bought.objects.select_related("payer").get(pk=read.id)
        if bought.asked != ticket:
            return False
        _keep(services, provider, bought, read)
        plans.follow(services, workspace, {"status": read.status})
    if workspace.deleted_at is not None and read.renews:
        provider.cancel(read.id)
        _log.error("subscription.orphaned", subscription=read.id, workspace=workspace.pk)
    return True


def _keep(services: Services, provider: PaymentProvider, bought: Bought, read: Subscription) -> None:
    """Write down what was read. It has to be called while the workspace is held."""
    now = services.now()
    read = _since_first_unpaid(bought, read)
    price = _price(provider, read)
    plan = _plan(bought, read, price)
    bought.status, bought.price_plan, bought.interval = read.status, plan, price.interval if price else bought.interval
    bought.plan = plan if is_entitled(read, provider.grace, now) else ""
    bought.period_ends_at, bought.ends_at = read.period_ends_at, read.ends_at
    bought.unpaid_since, bought.lapses_at = read.unpaid_since, lapses_at(read, provider.grace)
    bought.read_at = now
    bought.save()
    if read.status in CHARGES:
        Payer.objects.filter(pk=bought.payer_id).update(order_nonce="", order_price="", order="", ordered_at=None)
    _log.info("subscription.followed", subscription=read.id, status=read.status.value, plan=bought.plan)


def _since_first_unpaid(bought: Bought, read: Subscription) -> Subscription:
    """Keep when the grace began while it goes on: a further invoice does not begin it anew."""
    begun = bought.unpaid_since
    if begun is None or bought.status != Status.PAST_DUE or read.unpaid_since is None:
        return read
    return read.unpaid_from(min(begun, read.unpaid_since))


def _price(provider: PaymentProvider, read: Subscription) -> Price | None:
    return next((price for one in read.price_ids if (price := known(provider.prices, one))), None)


def _plan(bought: Bought, read: Subscription, price: Price | None) -> str:
    """Return what a subscription's price is for.

    A price that the settings do not know keeps what was bought: who pays must not lose it because a setting did.
    """
    if price is not None:
        return price.plan
    if read.status in CHARGES:
        _log.error("price.unknown", subscription=read.id, prices=list(read.price_ids))
    return bought.price_plan


def _differs(provider: PaymentProvider, bought: Bought, read: Subscription) -> bool:
    price = _price(provider, read)
    return (bought.status, bought.ends_at, bought.period_ends_at) != (
        read.status,
        read.ends_at,
        read.period_ends_at,
    ) or (price is not None and (price.plan, price.interval) != (bought.price_plan, bought.interval))
