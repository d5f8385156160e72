"""A Celery worker with a process that it forks, and a task for it: `python celery_prefork.py FOLDER [worker]`."""

import subprocess
import sys
import time
from importlib import import_module
from pathlib import Path

FOLDER = Path(sys.argv[1])
WORKER = ("worker", "--pool=prefork", "--concurrency=1", "--without-gossip", "--without-mingle", "--loglevel=ERROR")
PATIENCE_S = 60


def main() -> None:
    tasks = import_module("celery_tasks")
    app = tasks.app
    app.conf.broker_url = "filesystem://"
    names = ("data_folder_in", "data_folder_out", "control_folder")
    app.conf.broker_transport_options = dict.fromkeys(names, str(FOLDER))
    if sys.argv[2:] == ["worker"]:
        app.worker_main([*WORKER])
        return
    tasks.charge.apply_async([7_000], ignore_result=True)
    process = subprocess.Popen([sys.executable, *sys.argv, "worker"], stdout=subprocess.DEVNULL)
    ends_at = time.monotonic() + PATIENCE_S
    while list(FOLDER.glob("*.msg")) and time.monotonic() < ends_at:
        time.sleep(0.1)
    process.terminate()  # it finishes what it has begun, and then ends
    process.wait(PATIENCE_S)


if __name__ == "__main__":
    main()
