"""Tell which hosts a service of the Apprise library asks for, and let it reach none. One URL a line, one answer a line.

Runs as a process of its own, since what watches over it can never be taken off again.
"""

import json
import sys

from apprise import Apprise, AppriseAsset, common

asked: list[str] = []


def watch(event: str, args: tuple[object, ...]) -> None:
    """Note each host, and refuse it."""
    if event == "socket.getaddrinfo":
        asked.append(f"{args[0]}:{args[1]}")
    if event in {"socket.getaddrinfo", "socket.connect", "socket.sendto", "subprocess.Popen", "os.system"}:
        asked.extend([] if event == "socket.getaddrinfo" else [event])
        raise OSError(event)


def main() -> None:
    sys.addaudithook(watch)
    asset = AppriseAsset(storage_mode=common.PersistentStoreMode.MEMORY)
    for line in sys.stdin:
        service = Apprise.instantiate(line.strip(), asset=asset)
        asked.clear()
        is_sent = False
        if service is not None:
            one = Apprise(asset=asset)
            one.add(service)
            is_sent = bool(one.notify("body", "title"))
        print(json.dumps({"is_url": service is not None, "is_sent": is_sent, "hosts": sorted(set(asked))}))


if __name__ == "__main__":
    main()
