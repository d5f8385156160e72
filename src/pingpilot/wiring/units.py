"""Every kind of unit the writer knows. Import it after Django's set-up only, since it needs the tables."""

from pingpilot.store import (
    backlog,
    batches,
    clearing,
    deliveries,
    events,
    filing,
    forgetting,
    idempotency,
    keeping,
    key_use,
    notices,
    overturn,
    quota_notices,
    releasing,
    settlements,
    tallying,
)
from pingpilot.store.commit import Committer


def committer() -> Committer:
    """Return a committer that knows every kind of unit."""
    return Committer(
        {
            events.Accept: batches.accept_all,
            batches.AcceptMany: batches.accept_all,
            releasing.ReleaseHeld: releasing.release_held,
            idempotency.Amend: idempotency.amend,
            deliveries.Claim: deliveries.claim,
            backlog.ClaimDue: backlog.claim_due,
            deliveries.Release: deliveries.release,
            backlog.ReleaseAll: backlog.release_all,
            settlements.SettleMany: settlements.settle_many,
            overturn.Confirm: overturn.confirm,
            overturn.Overturn: overturn.overturn,
            deliveries.Rescue: deliveries.rescue,
            deliveries.SetBack: deliveries.set_back,
            filing.File: filing.file,
            key_use.Used: key_use.write_uses,
            notices.Tell: notices.tell,
            quota_notices.Warn: quota_notices.warn,
            keeping.TellShrinking: keeping.tell_shrinking,
            # These last: who holds a workspace may be erasing events, and want the mark, as they do.
            clearing.Clear: clearing.clear,
            forgetting.Forget: forgetting.forget,
            forgetting.ForgetAnswers: forgetting.forget_answers,
            tallying.TallyUp: tallying.tally_up,
        },
        straight=[batches.accept_all],
    )
