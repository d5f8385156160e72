"""The process that runs the Apprise library: takes notifications on standard input, one at a time, and answers each.

It is told little, can reach only the hosts of the service at hand, and is killed when it hangs. **Source** of the
library's words: its result and its plugins' log lines, where a refusal's HTTP status stands as ``error=429``.
"""

import json
import os
import re
import sys
from collections.abc import Mapping
from typing import IO

from apprise import Apprise, AppriseAsset, NotifyFormat, NotifyType, common
from apprise.manager_plugins import NotificationManager
from apprise.result import AppriseResult, AppriseResultStatus

from pingpilot.deliver.wires.fence import Fence, code_folders
from pingpilot.deliver.wires.guard import is_public

_STATUS = re.compile(r"\berror=([1-5][0-9]{2})\b")
_KINDS = {kind.value: kind for kind in NotifyType}


def main() -> None:
    """Answer until standard input ends; its first line says what is allowed, and is answered once all is ready."""
    answers = _own_output()
    told = json.loads(sys.stdin.readline())
    services: Mapping[str, list[str]] = told["services"]
    NotificationManager().enable_only(*services)  # type: ignore[no-untyped-call]  # the library leaves it so
    asset = AppriseAsset(storage_mode=common.PersistentStoreMode.MEMORY, http_redirects=False, secure_logging=True)
    fence = Fence(_anything if told["allow_private"] else is_public, code_folders(), any_port=told["allow_private"])
    sys.addaudithook(fence)
    _say(answers, {"result": "ready"})
    for line in sys.stdin:
        asked = json.loads(line)
        fence.hosts, fence.was_hit = frozenset(services.get(asked["url"].partition("://")[0], ())), False
        answer = _notify(asked, asset)
        is_refused = fence.was_hit and answer["result"] == "failed"
        _say(answers, {"result": "refused"} if is_refused else answer)


def _notify(asked: Mapping[str, str], asset: AppriseAsset) -> dict[str, object]:
    service = Apprise.instantiate(asked["url"], asset=asset)
    if service is None:
        return {"result": "invalid"}
    # Whatever the URL says: a checked connection, no waiting, no repeats, and a failure is one.
    service.verify_certificate, service.redirects, service.optional = True, False, False
    service.retry, service.wait, service.request_rate_per_sec = 0, 0.0, 0
    service.overflow_mode = common.OverflowMode.TRUNCATE
    one = Apprise(asset=asset)
    one.add(service)
    kind = _KINDS.get(asked["kind"], NotifyType.INFO)
    return _meant(one.notify(asked["body"], asked["title"], kind, body_format=NotifyFormat.TEXT))


def _meant(result: AppriseResult) -> dict[str, object]:
    if result.status is AppriseResultStatus.SUCCESS:
        return {"result": "delivered"}
    if result.status is AppriseResultStatus.TIMEOUT:
        return {"result": "timeout"}
    said = [found[1] for entry in result.logs() for found in [_STATUS.search(entry.message)] if found]
    return {"result": "failed", "status": int(said[-1]) if said else 0}


def _own_output() -> IO[str]:
    """Return standard output for us alone: what a library prints goes nowhere."""
    own = os.fdopen(os.dup(sys.stdout.fileno()), "w", encoding="utf-8")
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    os.close(nowhere)
    return own


def _say(answers: IO[str], answer: Mapping[str, object]) -> None:
    answers.write(json.dumps(answer) + "\n")
    answers.flush()


def _anything(_address: str) -> bool:
    return True


if __name__ == "__main__":
    main()
