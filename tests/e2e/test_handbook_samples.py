"""Every sample in the handbook: run against a real service, parsed, or marked with why it is not."""

import json
import os
import re
import subprocess
import sys
import tomllib
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.architecture.source import ROOT
from tests.servers.hook import running_hook

EXAMPLE = "https://pings.example.com"
METRICS_TOKEN = "a token of the operator"
PAGES = [
    path
    for path in sorted((ROOT / "docs").rglob("*.md"))
    if not {"decisions", "channels", "doors"} & set(path.parts) or path.name == "pingpanda.md"
]
"""Channels and doors are generated; what they show is checked where it is made."""
BLOCK = re.compile(
    r"^(?P<why><!-- not run: .+ -->\n)?```(?P<language>\S*)\n(?P<text>.*?)^```$", re.DOTALL | re.MULTILINE
)
NOT_CODE = {"text", "mermaid", "{toctree}"}
CHECKED_ELSEWHERE = {
    ("keys.md", "python"): "tests/architecture/test_security_page.py",
    ("webhooks.md", "python"): "tests/unit/channels/test_webhook_page.py",
}


@dataclass(frozen=True)
class Block:
    """One sample: where it stands, its language, and whether it says why it is not run."""

    page: Path
    language: str
    text: str
    is_excused: bool


def blocks():
    for page in PAGES:
        for found in BLOCK.finditer(page.read_text("utf-8")):
            yield Block(page, found["language"], found["text"], found["why"] is not None)


def commands(text):
    """Yield each command with what it is shown to print."""
    for part in re.split(r"^\$ ", text, flags=re.MULTILINE)[1:]:
        lines = part.splitlines()
        last = next(number for number, line in enumerate(lines) if not line.endswith("\\"))
        yield "\n".join(lines[: last + 1]), "\n".join(lines[last + 1 :])


def is_like(printed, shown):
    """Tell whether something was printed as shown, where "…" is anything."""
    pattern = ".*".join(re.escape(part) for part in shown.split("…"))
    return re.fullmatch(pattern, printed.replace("\r", "").strip(), re.DOTALL) is not None


SAMPLES = {page: [one for one in blocks() if one.page == page] for page in PAGES}
RUN = [page for page, own in SAMPLES.items() if any(one.language == "console" and not one.is_excused for one in own)]


@pytest.fixture(scope="module")
def shell(install, tmp_path_factory):
    """Runs a command as a reader of the handbook would, and returns what it prints."""
    folder = tmp_path_factory.mktemp("reader")
    with running_hook() as hook, install(folder, {"PINGPILOT_METRICS_TOKEN": METRICS_TOKEN}) as service:
        service.start()
        workspace = service.workspace()
        for name in ("sale", "bug"):
            service.category(workspace, name)
        service.destination(workspace, "webhook", f"url={hook.url}")
        environment = {
            **service.environment,
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
            "PINGPILOT_API_KEY": workspace.key,
            "MANAGE_KEY": workspace.key,
            "METRICS_TOKEN": METRICS_TOKEN,
        }

        def run(command):
            done = subprocess.run(
                ["bash", "-euo", "pipefail", "-c", command.replace(EXAMPLE, service.url)],
                cwd=folder, env=environment, capture_output=True, text=True, timeout=60, check=False,
            )  # fmt: skip
            assert done.returncode == 0, (command, done.stdout, done.stderr)
            return done.stdout.replace(service.url, EXAMPLE)

        yield run


@pytest.mark.parametrize("page", RUN, ids=lambda page: page.stem)
def test_every_command_prints_what_is_shown(shell, page):
    for block in SAMPLES[page]:
        if block.language == "console" and not block.is_excused:
            for command, shown in commands(block.text):
                printed = shell(command)
                assert not shown or is_like(printed, shown), f"{command}\nprinted: {printed}\nshown: {shown}"


@pytest.mark.parametrize(("language", "parse"), [("json", json.loads), ("toml", tomllib.loads)])
def test_every_document_is_one(language, parse):
    found = [one for one in blocks() if one.language == language]
    assert found
    for one in found:
        parse(one.text)


def test_nothing_is_left_unchecked_without_a_word():
    checked = NOT_CODE | {"console", "json", "toml"}
    left = [
        (one.page.name, one.language, one.text[:60])
        for one in blocks()
        if one.language not in checked and not one.is_excused and (one.page.name, one.language) not in CHECKED_ELSEWHERE
    ]
    assert left == []
    assert all((ROOT / path).is_file() for path in CHECKED_ELSEWHERE.values())
