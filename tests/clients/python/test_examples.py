"""The examples do what they say, each with the framework it is for and against a real server."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.architecture.source import ROOT
from tests.servers.ports import free_port, wait_until

EXAMPLES = ROOT / "clients" / "python" / "examples"


@pytest.fixture
def run(home):
    """Runs a program that may import the examples: a file with its arguments, or a text."""
    path = os.pathsep.join([str(EXAMPLES), str(ROOT / "clients" / "python" / "src")])
    environ = {"PATH": os.environ["PATH"], "PYTHONPATH": path, **home.environ}

    def run(code, *arguments):
        command = [sys.executable, *(() if arguments else ("-c",)), code, *arguments]
        done = subprocess.run(command, env=environ, capture_output=True, text=True, timeout=120, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout

    return run


def test_django(run, home):
    run("""
import django_shop, logging
from django.test import Client
assert Client().get("/buy?amount=49.5").json() == {"sold": 49.5}
assert Client(raise_request_exception=False).get("/buy?amount=much").status_code == 500
""")
    sale, failure = home.wait_for(2)
    assert (sale["category_name"], sale["fields"]) == ("sale", {"amount": "49.5"})
    assert failure["description"].startswith("Internal Server Error: /buy\n\n")
    assert failure["description"].endswith("ValueError: could not convert string to float: 'much'")
    assert failure["fields"].items() >= {"site": "shop", "logger": "django.request"}.items()


def test_fastapi(run, home):
    port = free_port()
    run(f"""
import json, threading, time, urllib.request, uvicorn, fastapi_shop
server = uvicorn.Server(uvicorn.Config(fastapi_shop.app, port={port}, log_level="warning"))
thread = threading.Thread(target=server.run)
thread.start()
while not server.started: time.sleep(0.05)
def post(path):
    request = urllib.request.Request("http://127.0.0.1:{port}" + path, method="POST")
    return json.load(urllib.request.urlopen(request, timeout=30))
assert len(post("/buy?amount=49.5")["event"]) == 32
assert post("/visit?page=home") == {{"taken": True}}
server.should_exit = True
thread.join()
""")
    assert sorted(event["category_name"] for event in home.wait_for(2)) == ["sale", "visit"]


def test_celery(run, home):
    run("""
import celery_tasks
from celery.contrib.testing.worker import start_worker
with start_worker(celery_tasks.app, perform_ping_check=False, pool="solo"):
    assert celery_tasks.charge.delay(7).get(timeout=30) == 7
    assert celery_tasks.import_orders.delay().get(timeout=30) == "imported"
    failed = celery_tasks.charge.delay(7_000)
    assert isinstance(failed.get(timeout=30, propagate=False), ValueError)
""")
    wait_until(lambda: len(home.events()) == 2, "both are reported", 20)
    good, bad = home.events()
    assert good["description"].startswith("import orders ended well")
    assert bad["description"] == "celery_tasks.charge failed: ValueError('7000 is too much')"


def test_celery_reports_from_the_processes_that_it_forks(run, home, tmp_path):
    run(str(Path(__file__).with_name("celery_prefork.py")), str(tmp_path))
    assert home.wait_for(1)[0]["fields"] == {"task": "celery_tasks.charge"}
