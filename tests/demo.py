"""``make demo``: PingPilot, and a stand-in for Stripe by which a person can buy a plan in the browser.

All of it is on this machine, in a folder that is gone afterwards. Stripe's objects have the members that PingPilot
reads, and all the published ones where Stripe's fixtures lie beside the repository.
"""

import signal
import tempfile
import threading
from pathlib import Path

from tests.servers.service import Service
from tests.servers.stripe.server import running_stripe

EMAIL, PASSWORD = "demo@example.com", "buy a plan or two"
PLANS = {"sale": "PRO", "bug": "ENTERPRISE"}
HELP = """
PingPilot is at {url}

  sign in       {email}
  password      {password}
  then          {url}/dashboard/upgrade

Buy a plan: the checkout is a stand-in for Stripe's, and no money moves. Its portal lets you change and cancel, lets a
payment fail, and lets the period end at once. What happens is in {log}

End it with Ctrl+C; then all of it is gone.
"""


def main() -> None:
    """Serve until it is ended."""
    ended = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: ended.set())
    with running_stripe() as stripe, tempfile.TemporaryDirectory(prefix="pingpilot-demo-") as folder:
        service = Service(Path(folder), {**stripe.settings, "PINGPILOT_OPERATOR_CONTACT": EMAIL})
        stripe.teller.hook_url = f"{service.url}/hooks/stripe"
        print("Starting …", flush=True)
        service.start()
        try:
            fill(service)
            log = Path(folder) / "log"
            print(HELP.format(url=service.url, email=EMAIL, password=PASSWORD, log=log), flush=True)
            ended.wait()
        finally:
            service.stop()


def fill(service: Service) -> None:
    """Make an account with some events."""
    workspace = service.workspace(EMAIL, "free", PASSWORD)
    for name, plan in PLANS.items():
        service.category(workspace, name)
        for number in range(12):
            service.post(workspace.key, {"category": name, "fields": {"plan": plan, "number": number}})


if __name__ == "__main__":
    main()
