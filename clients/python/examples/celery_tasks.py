"""A Celery worker that reports every task that fails, and the end of those that matter.

PINGPILOT_API_KEY=pp_… celery --app celery_tasks worker
"""

from typing import Any

from celery import Celery
from celery.signals import task_failure, worker_process_shutdown, worker_shutdown

from pingpilot_client import Background, notify_on_failure

app = Celery("shop", broker="memory://", backend="cache+memory://")
background = Background()  # made before the workers fork: each sends its own


@task_failure.connect(weak=False)
def report(sender: Any, exception: BaseException, **_: object) -> None:
    """Report what failed; the same failure of a task at most once in the category's cooldown."""
    background.send(
        "job",
        f"{sender.name} failed: {exception!r}"[:4_000],
        fields={"task": sender.name},
        severity="critical",
        dedupe_key=f"{sender.name} {type(exception).__name__}",
    )


@worker_process_shutdown.connect(weak=False)
@worker_shutdown.connect(weak=False)
def flush(**_: object) -> None:
    """Send what waits: a worker ends without the usual exit of a process."""
    background.flush(5)


@app.task
def charge(amount: int) -> int:
    """Fail for amounts that nobody has."""
    if amount > 1_000:
        raise ValueError(f"{amount} is too much")
    return amount


@app.task
def import_orders() -> str:
    """Say how it went, whatever that is."""
    with notify_on_failure("import orders", on_success=True):
        return "imported"
